from __future__ import annotations

import os
from pathlib import Path

import pytest

from venvoy.errors import Problem
from venvoy.formats.pylock import LOCKING
from venvoy.settings import TABLE, Color, environment, load, render_table
from venvoy.system.fs import LinkMode

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"
BASE = {"VENVOY_CACHE_DIR": "/cache"}


def test_defaults_come_without_any_source() -> None:
    settings = load(BASE)
    assert settings.default_groups == ("dev",)
    assert (settings.link_mode, settings.color, settings.concurrency) == (LinkMode.AUTO, Color.AUTO, 8)
    assert (settings.index_url, settings.extra_index_url, settings.offline) == (None, (), False)
    assert {name for name, source in settings.sources.items() if source != "default"} == {"cache_dir"}


def test_the_cache_is_in_the_users_cache_folder_by_default() -> None:
    assert load({}).cache_dir.is_absolute()
    assert "venvoy" in str(load({}).cache_dir)


def test_a_flag_wins_over_a_variable_over_the_file() -> None:
    table = {"concurrency": 2, "python": "3.10", "link-mode": "copy"}
    environ = {**BASE, "VENVOY_CONCURRENCY": "3", "VENVOY_PYTHON": "3.11", "VENVOY_LINK_MODE": ""}
    settings = load(environ, table, {"concurrency": 4, "python": None, "find_links": ()})
    assert (settings.concurrency, settings.python, settings.link_mode) == (4, "3.11", LinkMode.COPY)
    assert settings.sources["concurrency"] == "flag --concurrency"
    assert settings.sources["python"] == "variable VENVOY_PYTHON"
    assert settings.sources["link_mode"] == "pyproject.toml"
    assert settings.sources["find_links"] == "default"


def test_lists_are_split_and_relative_paths_start_at_their_file(tmp_path: Path) -> None:
    table = {"cache-dir": "c", "find-links": ["wheels", "https://f.example/w"]}
    settings = load({}, table, {}, str(tmp_path / "pyproject.toml"))
    assert settings.cache_dir == tmp_path / "c"
    assert settings.find_links == (str(tmp_path / "wheels"), "https://f.example/w")
    settings = load(
        {**BASE, "VENVOY_DEFAULT_GROUPS": "dev, test", "VENVOY_EXTRA_INDEX_URL": "https://a.example file:///b"}
    )
    assert settings.default_groups == ("dev", "test")
    assert settings.extra_index_url == ("https://a.example", "file:///b")
    assert load(BASE, {"default-groups": []}).default_groups == ()
    for here in (load({**BASE, "VENVOY_CACHE_DIR": "c"}), load(BASE, {}, {"cache_dir": Path("c")})):
        assert here.cache_dir == Path.cwd() / "c", "it means the same wherever another program is started"


@pytest.mark.parametrize(
    ("environ", "color", "source"),
    [
        ({}, Color.AUTO, "default"),
        ({"NO_COLOR": ""}, Color.AUTO, "default"),
        ({"NO_COLOR": "0"}, Color.NEVER, "variable NO_COLOR"),
        ({"FORCE_COLOR": "1"}, Color.ALWAYS, "variable FORCE_COLOR"),
        ({"FORCE_COLOR": "0"}, Color.AUTO, "default"),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, Color.NEVER, "variable NO_COLOR"),
        ({"NO_COLOR": "1", "VENVOY_COLOR": "always"}, Color.ALWAYS, "variable VENVOY_COLOR"),
    ],
)
def test_colour_follows_the_common_variables(environ: dict[str, str], color: Color, source: str) -> None:
    settings = load(BASE | environ)
    assert (settings.color, settings.sources["color"]) == (color, source)


@pytest.mark.parametrize("word", ["1", "true", "YES", "on"])
def test_a_switch_understands_the_usual_words(word: str) -> None:
    assert load({**BASE, "VENVOY_OFFLINE": word}).offline is True


@pytest.mark.parametrize(
    ("environ", "table", "flags", "message"),
    [
        (
            {"VENVOY_OFFLINE": "maybe"},
            {},
            {},
            (
                "VENVOY_OFFLINE cannot be 'maybe'.\nIt takes true or false.\n"
                "→ Correct the environment variable VENVOY_OFFLINE, or unset it."
            ),
        ),
        (
            {},
            {"link-mode": "hardlinks"},
            {},
            (
                "p/pyproject.toml: link-mode in [tool.venvoy] cannot be 'hardlinks'.\n"
                "It takes one of clone, hardlink, copy, auto.\n→ Did you mean 'hardlink'?"
            ),
        ),
        (
            {},
            {"python": 3.12},
            {},
            (
                "p/pyproject.toml: python in [tool.venvoy] cannot be 3.12.\n"
                'It takes a text in quotes, such as "3.12".\n→ Correct python in [tool.venvoy].'
            ),
        ),
        (
            {},
            {"default-groups": [3]},
            {},
            (
                "p/pyproject.toml: default-groups in [tool.venvoy] cannot be [3].\n"
                "It takes names.\n→ Correct default-groups in [tool.venvoy]."
            ),
        ),
        (
            {},
            {"offline": 1},
            {},
            (
                "p/pyproject.toml: offline in [tool.venvoy] cannot be 1.\n"
                "It takes true or false.\n→ Correct offline in [tool.venvoy]."
            ),
        ),
        (
            {},
            {},
            {"concurrency": "0"},
            "--concurrency cannot be '0'.\nIt takes a whole number, 1 or more.\n→ Correct --concurrency.",
        ),
        (
            {"VENVOY_LOCK_TIMEOUT": "nan"},
            {},
            {},
            (
                "VENVOY_LOCK_TIMEOUT cannot be 'nan'.\nIt takes a number of seconds, 0 or more.\n"
                "→ Correct the environment variable VENVOY_LOCK_TIMEOUT, or unset it."
            ),
        ),
        (
            {"VENVOY_INDEX_URL": "ftp://me:word@x.example"},
            {},
            {},
            (
                "VENVOY_INDEX_URL cannot be 'ftp://***@x.example'.\n"
                "It takes an address that begins with https://, http:// or file:.\n"
                "→ Correct the environment variable VENVOY_INDEX_URL, or unset it."
            ),
        ),
        (
            {},
            {"ofline": True},
            {},
            (
                "p/pyproject.toml: [tool.venvoy] has the key 'ofline', which venvoy does not know.\n"
                "→ Did you mean 'offline'?"
            ),
        ),
        (
            {},
            {"xyz": True},
            {},
            (
                "p/pyproject.toml: [tool.venvoy] has the key 'xyz', which venvoy does not know.\n"
                "→ Take it out. The keys are: build, build-constraints, cache-dir, color, compile-bytecode, "
                "concurrency, config-settings, conflicts, constraints, "
                "default-groups, env, environments, environments-dir, exclude, exclude-newer, "
                "extra-index-url, find-links, git-timeout, history-depth, index-url, json, link-mode, lock-timeout, "
                "max-store-size, no-binary, no-build-isolation, no-editable, no-index, no-install-project, "
                "offline, only-binary, overrides, package, "
                "prerelease-names, prereleases,"
                " python, quiet, required-environments, resolution, sources, store-environments, strict-targets, "
                "targets, verbose."
            ),
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_source(
    environ: dict[str, str], table: dict[str, object], flags: dict[str, object], message: str
) -> None:
    with pytest.raises(Problem) as caught:
        load(BASE | environ, table, flags, "p/pyproject.toml")
    assert caught.value.code == "setting-invalid"
    assert str(caught.value) == message


def test_every_setting_has_every_source_but_those_of_one_run() -> None:
    assert [setting.name for setting in TABLE if not (setting.variable and setting.key)] == ["locked", "frozen"]
    assert all(setting.flag.startswith("-") for setting in TABLE)
    assert len({setting.flag for setting in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a=1", "b=x=y"], ("a=1", "b=x=y")),
        ({"a": "1", "b": ["2", "3"]}, ("a=1", "b=2", "b=3")),
        ("a=1\nb=two words\n", ("a=1", "b=two words")),
    ],
)
def test_config_settings_are_a_list_a_table_or_lines(value: object, expected: tuple[str, ...]) -> None:
    if isinstance(value, str):
        assert load({**BASE, "VENVOY_CONFIG_SETTINGS": value}).config_settings == expected
    else:
        assert load(BASE, {"config-settings": value}).config_settings == expected


@pytest.mark.parametrize("value", [["novalue"], ["=x"], 3, [["a=1"]]])
def test_config_settings_need_a_key_and_a_value(value: object) -> None:
    with pytest.raises(Problem) as caught:
        load(BASE, {"config-settings": value})
    assert caught.value.code == "setting-invalid"
    assert caught.value.why == "It takes KEY=VALUE texts, or a table."


def test_the_keys_that_a_lockfile_depends_on_are_settings() -> None:
    assert set(LOCKING) <= {setting.key for setting in TABLE}


def test_the_environment_is_a_copy() -> None:
    variables = environment()
    assert variables == dict(os.environ)
    variables["VENVOY_NOT_SET"] = "1"
    assert "VENVOY_NOT_SET" not in os.environ


@pytest.mark.skipif(os.name == "nt", reason="Windows has homes of another kind")
def test_an_account_without_a_home_has_the_root_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    def nobody(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setenv("HOME", "/before")  # so that it is put back
    monkeypatch.delenv("HOME")
    assert environment()["HOME"] == "/"
    assert Path.home() == Path("/")
    assert load({}).cache_dir.parts[0] == "/"


def test_the_documentation_shows_the_table_as_it_is() -> None:
    assert render_table() in DOCS.read_text(encoding="utf-8"), (
        "write venvoy.settings.render_table() into docs/settings.md"
    )


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("0", 0),
        ("1234", 1234),
        ("10 B", 10),
        ("2GB", 2 * 10**9),
        ("1.5 mb", 1_500_000),
        ("4 KiB", 4096),
        ("1Ti", 1 << 40),
    ],
)
def test_a_size_is_read_with_or_without_a_unit(text: str, bytes_: int) -> None:
    assert load({**BASE, "VENVOY_MAX_STORE_SIZE": text}).max_store_size == bytes_
    assert load(BASE, {"max-store-size": 7}).max_store_size == 7
    assert load(BASE).max_store_size is None


@pytest.mark.parametrize("wrong", ["large", "-1", "2 XB", "1e3", True, -5, 1.5])
def test_what_is_no_size_is_refused(wrong: object) -> None:
    with pytest.raises(Problem) as caught:
        load(BASE, {"max-store-size": wrong})
    assert caught.value.why == "It takes a size such as 500 MB or 2 GB, or a number of bytes."
