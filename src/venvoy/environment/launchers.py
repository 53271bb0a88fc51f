"""Scripts: what a wheel's entry points and its own scripts become in an environment.

Sources: the entry points specification; the binary distribution format, which says that a script whose first line is
``#!python`` or ``#!pythonw`` starts with this environment's interpreter.
"""

from __future__ import annotations

import os

from venvoy.environment.shebangs import BESIDE, shebang
from venvoy.errors import Problem
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    Kind = Literal["posix", "win-ia32", "win-amd64", "win-arm64"]


_SECTIONS: dict[str, Literal["console", "gui"]] = {"console_scripts": "console", "gui_scripts": "gui"}
_OBJECT = pattern(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*)\s*:\s*(?P<attribute>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")
_EXTRAS = pattern(r"\s*\[.*\]\s*$")
# A slash would leave the folder, a colon opens a stream or a drive on Windows, and nobody can type a control character.
_UNSAFE = pattern(r"[/\\:\x00-\x1f\x7f]")
_PLACEHOLDER = pattern(rb"#!pythonw?(?=[ \t\r\n]|$)([^\r\n]*)\r?\n?")
_MACHINES: dict[int, Kind] = {0x014C: "win-ia32", 0x8664: "win-amd64", 0xAA64: "win-arm64"}
# Not installer's template: that one imports re, which makes every command start 5 ms later.
_TEMPLATE = """\
import sys
from {module} import {head}
if __name__ == "__main__":
    sys.exit({attribute}())
"""


class EntryPoint(NamedTuple):
    """A command that a distribution declares: calling ``attribute`` of ``module``; ``section`` is console or gui."""

    name: str
    module: str
    attribute: str
    section: Literal["console", "gui"]


def entry_points(text: str, distribution: str) -> Iterator[EntryPoint]:
    """Read the commands that an entry_points.txt declares.

    Raises:
        Problem: ``wheel-unsafe`` for a name that leads out of the scripts folder, ``wheel-invalid`` for an object
            reference that is none.
    """
    section: Literal["console", "gui"] | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = _SECTIONS.get(line.strip("[] \t"))
            continue
        if section is None or not line or line[0] in "#;":
            continue
        name, _, reference = map(str.strip, line.partition("="))
        check_name(name, distribution)
        match = _OBJECT.fullmatch(_EXTRAS.sub("", reference))
        if not match:
            raise Problem(
                "wheel-invalid",
                f"{distribution} cannot be installed: its command {name} is declared wrongly.",
                why=f'It has to name a function, as in "package.module:function", but says "{reference}".',
                fix=("Choose another version, and tell the maintainers.",),
            )
        yield EntryPoint(name, match["module"], match["attribute"], section)


def check_name(name: str, distribution: str) -> None:
    """Refuse a script name that does not stay in the scripts folder.

    Raises:
        Problem: ``wheel-unsafe``.
    """
    if name in {"", ".", ".."} or _UNSAFE.search(name):
        raise Problem(
            "wheel-unsafe",
            f"{distribution} was not installed: it wants to add a command named {name!r}.",
            why="Such a name can put a file outside the environment.",
            fix=("Choose another version. If you did not expect this, tell the maintainers.",),
        )


def kind(python: str, *, windows: bool) -> Kind:
    """Which launcher starts a script of this environment: read from the header of its Windows interpreter."""
    if not windows:
        return "posix"
    try:
        with open(python, "rb") as file:
            header = file.read(4096)
    except OSError:
        header = b""
    # PE format: the offset of the COFF header stands at 0x3C; the machine follows its four-byte signature.
    start = int.from_bytes(header[0x3C:0x40], "little")
    if header[:2] == b"MZ" and header[start : start + 4] == b"PE\0\0":
        return _MACHINES.get(int.from_bytes(header[start + 4 : start + 6], "little"), "win-amd64")
    return "win-amd64"


def launcher(entry_point: EntryPoint, python: str, launcher_kind: Kind) -> tuple[str, bytes]:
    """The file name and the content of the script that starts an entry point.

    Args:
        entry_point: the command.
        python: absolute path of the environment's interpreter.
        launcher_kind: as :func:`kind` gives it; an ``.exe`` with the script inside for Windows.
    """
    if launcher_kind != "posix":
        from installer.scripts import Script  # noqa: PLC0415 - 50 ms, and only Windows needs an .exe

        python = python.replace(BESIDE, f"{BESIDE}\\python.exe")
        script = Script(entry_point.name, entry_point.module, entry_point.attribute, entry_point.section)
        name, data = script.generate(python, launcher_kind)
        return name, without_time(data)
    code = _TEMPLATE.format(
        module=entry_point.module, head=entry_point.attribute.partition(".")[0], attribute=entry_point.attribute
    )
    return entry_point.name, shebang(python) + code.encode("utf-8")


def without_time(launcher: bytes) -> bytes:
    """A launcher of Windows, which ends in a zip file, without the time when that was made.

    What belongs into an environment must be the same bytes whenever it is asked for: to verify, and to undo.
    """
    import io  # noqa: PLC0415 - with zipfile, which is loaded by now
    import zipfile  # noqa: PLC0415

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(launcher)) as old, zipfile.ZipFile(made, "w") as new:
        (member,) = old.infolist()
        new.writestr(zipfile.ZipInfo(member.filename), old.read(member))
    return launcher[: member.header_offset] + made.getvalue()


def rewritten(data: bytes, python: str) -> bytes | None:
    """A script of ``.data/scripts`` with ``#!python`` replaced, or None when it does not ask for that."""
    match = _PLACEHOLDER.match(data)
    if not match:
        return None
    if data.startswith(b"#!pythonw"):
        folder, name = os.path.split(python)
        # On other systems there is no interpreter without a console.
        python = os.path.join(folder, name.replace("python", "pythonw")) if name.endswith(".exe") else python
    return shebang(python, match[1].strip()) + data[match.end() :]
