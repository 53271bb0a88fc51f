"""Scripts start the right interpreter, and hostile declarations are refused."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from venvoy.environment import launchers, shebangs
from venvoy.environment.launchers import EntryPoint, entry_points
from venvoy.errors import Problem

if TYPE_CHECKING:
    from venvoy.environment.launchers import Kind


def test_entry_points_are_read_as_the_specification_has_them() -> None:
    text = """
    # comment
    [console_scripts]
    demo = demo.cli:main
    ; comment
    with-extra = demo : Class.run [fast, more]
    [other.group]
    ignored = not checked at all
    [gui_scripts]
    window.exe=demo:gui
    """
    assert list(entry_points(text, "demo")) == [
        EntryPoint("demo", "demo.cli", "main", "console"),
        EntryPoint("with-extra", "demo", "Class.run", "console"),
        EntryPoint("window.exe", "demo", "gui", "gui"),
    ]


@pytest.mark.parametrize("name", ["../evil", "a/b", "a\\b", "..", "c:x", "x\ty", ""])
def test_a_command_whose_name_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Problem) as caught:
        list(entry_points(f"[console_scripts]\n{name} = demo:main", "demo"))
    assert caught.value.code == "wheel-unsafe"
    assert str(caught.value) == (
        f"demo was not installed: it wants to add a command named {name!r}.\n"
        "Such a name can put a file outside the environment.\n"
        "→ Choose another version. If you did not expect this, tell the maintainers."
    )


@pytest.mark.parametrize("reference", ["demo", "demo:", "demo:main()", "import os; demo:x", "demo:a b", "1demo:main"])
def test_a_command_that_names_no_function_is_refused(reference: str) -> None:
    with pytest.raises(Problem) as caught:
        list(entry_points(f"[console_scripts]\ntool = {reference}", "demo"))
    assert caught.value.code == "wheel-invalid"
    assert str(caught.value) == (
        "demo cannot be installed: its command tool is declared wrongly.\n"
        f'It has to name a function, as in "package.module:function", but says "{reference}".\n'
        "→ Choose another version, and tell the maintainers."
    )


def test_the_script_of_a_command() -> None:
    point = EntryPoint("demo", "demo.cli", "Class.main", "console")
    expected = b"""\
#!/env/bin/python
import sys
from demo.cli import Class
if __name__ == "__main__":
    sys.exit(Class.main())
"""
    assert launchers.launcher(point, "/env/bin/python", "posix") == ("demo", expected)


@pytest.mark.parametrize("kind", ["win-amd64", "win-arm64", "win-ia32"])
@pytest.mark.parametrize(("section", "python"), [("console", b"python.exe"), ("gui", b"pythonw.exe")])
def test_a_windows_launcher_holds_its_script(kind: Kind, section: str, python: bytes) -> None:
    point = EntryPoint("demo", "demo.cli", "main", section)  # type: ignore[arg-type]
    name, data = launchers.launcher(point, r"C:\my env\Scripts\python.exe", kind)
    assert name == "demo.exe"
    assert data.startswith(b"MZ")
    assert rb"#!C:\my env\Scripts" in data or rb"#!C:\my env" in data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"from demo.cli import main" in archive.read("__main__.py")
    if "\\" not in python.decode() and section == "console":
        assert python in data


def test_a_windows_launcher_is_the_same_at_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("demo", "demo.cli", "main", "console")
    now = launchers.launcher(point, r"C:\env\Scripts\python.exe", "win-amd64")
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)
    assert launchers.launcher(point, r"C:\env\Scripts\python.exe", "win-amd64") == now


@pytest.mark.parametrize(
    ("machine", "kind"), [(0x8664, "win-amd64"), (0xAA64, "win-arm64"), (0x014C, "win-ia32"), (0x9999, "win-amd64")]
)
def test_the_kind_of_launcher_is_that_of_the_interpreter(tmp_path: Path, machine: int, kind: str) -> None:
    python = tmp_path / "python.exe"
    header = b"MZ".ljust(0x3C, b"\0") + (0x80).to_bytes(4, "little")
    python.write_bytes(header.ljust(0x80, b"\0") + b"PE\0\0" + machine.to_bytes(2, "little"))
    assert launchers.kind(str(python), windows=True) == kind
    assert launchers.kind(str(python), windows=False) == "posix"


def test_an_interpreter_that_cannot_be_read_gets_the_usual_launcher(tmp_path: Path) -> None:
    assert launchers.kind(str(tmp_path / "python.exe"), windows=True) == "win-amd64"
    (tmp_path / "python.exe").touch()
    assert launchers.kind(str(tmp_path / "python.exe"), windows=True) == "win-amd64"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (b"#!python\nprint(1)\n", b"#!/env/bin/python\nprint(1)\n"),
        (b"#!python -u\r\nprint(1)\r\n", b"#!/env/bin/python -u\nprint(1)\r\n"),
        (b"#!pythonw\nx", b"#!/env/bin/python\nx"),
        (b"#!python", b"#!/env/bin/python\n"),
        (b"#!python3\nx", None),
        (b"#!/usr/bin/python\nx", None),
        (b"#!/bin/sh\nx", None),
        (b"", None),
        (b"\x7fELF", None),
    ],
)
def test_scripts_that_ask_for_the_interpreter_get_it(script: bytes, expected: bytes | None) -> None:
    assert launchers.rewritten(script, "/env/bin/python") == expected


def test_a_script_without_console_on_windows() -> None:
    changed = launchers.rewritten(b"#!pythonw\nx", r"C:\env\Scripts\python.exe".replace("\\", "/"))
    assert changed is not None
    assert changed.replace(b"\\", b"/") == b"#!C:/env/Scripts/pythonw.exe\nx"


def test_a_path_the_kernel_cannot_use_goes_through_the_shell() -> None:
    assert shebangs.shebang("/my env/python") == b"#!/bin/sh\n'''exec' '/my env/python' \"$0\" \"$@\"\n' '''\n"
    short, long = f"/{'x' * 123}", f"/{'x' * 124}"
    assert shebangs.shebang(short) == f"#!{short}\n".encode()
    assert len(shebangs.shebang(short)) == 127
    assert shebangs.shebang(long).startswith(b"#!/bin/sh\n")
    assert shebangs.shebang("/my env/python", b"-E").startswith(b"#!/bin/sh\n'''exec' '/my env/python' -E \"$0\"")
    assert shebangs.shebang("/naïve/python") == "#!/naïve/python\n".encode()
    assert shebangs.shebang(r"C:\my env\python.exe", b"-E") == rb'#!"C:\my env\python.exe" -E' + b"\n"
    assert shebangs.shebang(rf"C:{long}\python.exe") == rf"#!C:{long}\python.exe".encode() + b"\n"
