from __future__ import annotations

import os
from pathlib import Path

import pytest

from venvoy.errors import Problem
from venvoy.index import pip_config
from venvoy.index.pip_config import Sourced


def alone(home: Path, **more: str) -> dict[str, str]:
    """An environment in which only files below ``home`` count."""
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "xdg"), **more}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def as_linux_says(home: Path, path: Path) -> str:
    """A file below a home folder, named as the rules of Linux put it together."""
    return f"{home}/{path.relative_to(home).as_posix()}"


@pytest.fixture(autouse=True)
def no_machine_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own global file is left out: what it holds is not ours to know."""
    usual = pip_config.config_files
    monkeypatch.setattr(pip_config, "config_files", lambda *given: [p for p in usual(*given) if p != "/etc/pip.conf"])


def test_nothing_configured_means_the_defaults(tmp_path: Path) -> None:
    assert pip_config.load(alone(tmp_path), platform="linux") == pip_config.PipConfig()


def test_every_value_is_read_with_its_source(tmp_path: Path) -> None:
    path = write(
        tmp_path / ".config/pip/pip.conf",
        "[global]\nindex-url = https://a.example/simple\nextra-index-url =\n  https://b.example/simple\n"
        "  https://c.example/simple\nfind_links = /wheels ~/more\nno-index = no\ncert = /ca.pem\n"
        "client-cert = /me.pem\nproxy = http://p.example:1\ntrusted-host = a.example b.example:8443\n"
        "timeout = 7.5\nretries = 2\n",
    )
    found = as_linux_says(tmp_path, path)
    source = f"{found} [global]"
    assert pip_config.load(alone(tmp_path), platform="linux") == pip_config.PipConfig(
        index_url=Sourced("https://a.example/simple", source),
        extra_index_url=Sourced(("https://b.example/simple", "https://c.example/simple"), source),
        find_links=Sourced(("/wheels", "~/more"), source),
        no_index=Sourced(value=False, source=source),
        cert=Sourced("/ca.pem", source),
        client_cert=Sourced("/me.pem", source),
        proxy=Sourced("http://p.example:1", source),
        trusted_host=Sourced(("a.example", "b.example:8443"), source),
        timeout=Sourced(7.5, source),
        retries=Sourced(2, source),
    )


@pytest.mark.skipif(os.name == "nt", reason="a colon divides the folders of Linux")
def test_later_files_win_then_the_install_section_then_variables(tmp_path: Path) -> None:
    write(
        tmp_path / "xdg/pip/pip.conf",
        "[install]\nindex-url = global-install\n[global]\nproxy = global\ncert = global\n",
    )
    user = write(tmp_path / ".config/pip/pip.conf", "[global]\nindex-url = user\ntimeout = 3\nproxy = user\n")
    site = write(tmp_path / "env/pip.conf", "[global]\ntimeout = 4\n")
    named = write(tmp_path / "named.conf", "[global]\nretries = 9\n")
    config = pip_config.load(alone(tmp_path, PIP_CERT="variable"), platform="linux", prefix=str(tmp_path / "env"))
    assert config.index_url.value == "global-install"
    assert config.proxy == Sourced("user", f"{user} [global]")
    assert config.timeout == Sourced(4.0, f"{site} [global]")
    assert config.cert == Sourced("variable", "PIP_CERT")
    # A file that PIP_CONFIG_FILE names takes the place of the user's.
    config = pip_config.load(alone(tmp_path, PIP_CONFIG_FILE=str(named)), platform="linux")
    assert (config.proxy.value, config.retries.value) == ("global", 9)


def test_the_old_place_counts_less_than_the_new_one(tmp_path: Path) -> None:
    write(tmp_path / ".pip/pip.conf", "[global]\nproxy = old\ncert = old\n")
    write(tmp_path / "other/pip/pip.conf", "[global]\nproxy = new\n")
    config = pip_config.load(alone(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "other")), platform="linux")
    assert (config.proxy.value, config.cert.value) == ("new", "old")


def test_the_null_device_switches_all_files_off(tmp_path: Path) -> None:
    write(tmp_path / ".config/pip/pip.conf", "[global]\nproxy = user\n")
    config = pip_config.load(
        alone(tmp_path, PIP_CONFIG_FILE=os.devnull, PIP_CERT="c"), platform="linux", prefix=str(tmp_path)
    )
    assert (config.proxy.value, config.cert.value) == ("", "c")


def test_variables_have_aliases_and_empty_ones_do_not_count(tmp_path: Path) -> None:
    environ = alone(
        tmp_path, PIP_DEFAULT_TIMEOUT="180", PIP_INDEX_URL="", PIP_EXTRA_INDEX_URL="a  b", PIP_NO_INDEX="on"
    )
    config = pip_config.load(environ, platform="linux")
    assert config.timeout == Sourced(180.0, "PIP_DEFAULT_TIMEOUT")
    assert config.index_url == Sourced("")
    assert config.extra_index_url == Sourced(("a", "b"), "PIP_EXTRA_INDEX_URL")
    assert config.no_index == Sourced(value=True, source="PIP_NO_INDEX")


def test_each_system_has_its_places(tmp_path: Path) -> None:
    windows = {
        "USERPROFILE": r"C:\Users\me",
        "APPDATA": r"C:\Users\me\AppData\Roaming",
        "PROGRAMDATA": r"C:\ProgramData",
    }
    assert pip_config.config_files(windows, "win32", r"C:\env") == [
        r"C:\ProgramData\pip\pip.ini",
        r"C:\Users\me\pip\pip.ini",
        r"C:\Users\me\AppData\Roaming\pip\pip.ini",
        r"C:\env\pip.ini",
    ]
    mac = {"HOME": str(tmp_path)}
    shared = "/Library/Application Support/pip/pip.conf"
    assert pip_config.config_files(mac, "darwin") == [
        shared,
        f"{tmp_path}/.pip/pip.conf",
        f"{tmp_path}/.config/pip/pip.conf",
    ]
    (tmp_path / "Library/Application Support/pip").mkdir(parents=True)
    assert pip_config.config_files(mac, "darwin")[-1] == f"{tmp_path}/Library/Application Support/pip/pip.conf"
    assert pip_config.config_files({"HOME": "/h"}, "linux", "/env")[-4:] == [
        "/etc/xdg/pip/pip.conf",
        "/h/.pip/pip.conf",
        "/h/.config/pip/pip.conf",
        "/env/pip.conf",
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("index-url = x\n", ":1", "A section such as [global] must come before the first setting."),
        (
            "[global]\n\nnonsense\n",
            ":3",
            "This line is no setting: nonsense\nA setting looks like this: timeout = 60",
        ),
        ("[global]\na = 1\n[global]\n", ":3", "The section [global] is there twice."),
        ("[global]\ncert = 1\ncert = 2\n", ":3", "“cert” is set twice in the section [global]."),
        ("[global]\ntimeout = soon\n", " [global]", "timeout must be a number of seconds, but it is “soon”."),
        ("[global]\nretries = -1\n", " [global]", "retries must be a whole number, but it is “-1”."),
        ("[global]\nno-index = maybe\n", " [global]", "no-index must be true or false, but it is “maybe”."),
    ],
)
def test_a_broken_file_is_named_with_its_line(tmp_path: Path, text: str, line: str, why: str) -> None:
    path = write(tmp_path / ".config/pip/pip.conf", text)
    with pytest.raises(Problem) as caught:
        pip_config.load(alone(tmp_path), platform="linux")
    assert caught.value.code == "pip-config-invalid"
    assert str(caught.value) == (
        f"{as_linux_says(tmp_path, path)}{line}: "
        f"pip's configuration is broken.\n{why}\n→ Correct the file, then run the command again."
    )


def test_a_file_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / ".config/pip/pip.conf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"[global]\nproxy = caf\xe9\n")
    with pytest.raises(Problem) as caught:
        pip_config.load(alone(tmp_path), platform="linux")
    assert str(caught.value).startswith(
        f"{as_linux_says(tmp_path, path)}:2: pip's configuration is broken.\nIt is not written in UTF-8."
    )


def test_a_broken_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        pip_config.load(alone(tmp_path, PIP_TIMEOUT="0"), platform="linux")
    assert str(caught.value) == (
        "PIP_TIMEOUT: pip's configuration is broken.\n"
        "timeout must be a number of seconds, but it is “0”.\n"
        "→ Correct or unset the variable PIP_TIMEOUT."
    )
