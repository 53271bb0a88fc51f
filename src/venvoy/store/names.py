"""Which names out of an archive may become files, and which commands a wheel may bring. Pure."""

from __future__ import annotations

import re
import unicodedata

from venvoy.patterns import pattern
from venvoy.system import native
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Rules:
    """What the machine makes of names: ``windows`` has names and letters of its own, ``folding`` ignores case."""

    windows: bool
    folding: bool


HERE = Rules(windows=native.WINDOWS, folding=native.FOLDING)
"""A wheel is checked for the machine it is unpacked on: ``aux.py`` is an honest file everywhere but on Windows."""

_CONTROL = pattern(r"[\x00-\x1f\x7f]")
_DRIVE = pattern(r"[A-Za-z]:")
_FAULTS = (
    ("has a control character in its name", _CONTROL),
    ("has a backslash in its name", pattern(r"\\")),
    ("names an absolute place on your disk", pattern(r"^/|^[A-Za-z]:")),
    ("leads out of its own folder", pattern(r"(?:^|/)\.\.(?:/|$)")),
    ("has an empty part in its name", pattern(r"(?:^|/)\.?(?:/|$)")),
)
# One look at an ordinary path, of which there are thousands; those above find the words for a bad one.
_SUSPECT = pattern(r"[\x00-\x1f\x7f\\]|^[A-Za-z]:|(?:^|/)\.{0,2}(?:/|$)")
_WINDOWS_FORBIDS = pattern(r'[<>:"|?*]')
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: with any suffix, too.
_WINDOWS_DEVICE = pattern(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\..*)?", re.IGNORECASE)
_INTERPRETER = pattern(r"pythonw?[0-9.]*t?(?:\.exe)?", re.IGNORECASE)
_REFERENCE = pattern(r"(?P<module>[^\s:\[\]]+)\s*:\s*(?P<object>[^\s:\[\]]+)\s*(?:\[[^\[\]]*\])?")


def path_fault(path: str, rules: Rules = HERE) -> str:
    """Why ``path`` may not be unpacked, continuing "Its entry 'x' …"; empty when it may."""
    if _SUSPECT.search(path):
        return next(words for words, wrong in _FAULTS if wrong.search(path))
    if rules.windows:
        return next(filter(None, map(_windows_fault, path.split("/"))), "")
    return ""


def same_file(paths: Iterable[str], rules: Rules = HERE) -> tuple[str, str] | None:
    """Two paths that would be one file, or a file and a folder of the same name; None when there are none."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        key = _key(path, rules)
        if key in seen:
            return seen[key], path
        seen[key] = path
        folder = key
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in folders:
                break
            folders[folder] = path
    clash = seen.keys() & folders.keys()
    return min((seen[key], folders[key]) for key in clash) if clash else None


def script_fault(name: str, rules: Rules = HERE) -> str:
    """Why a command may not have this name, continuing "Its command 'x' …"; empty when it may."""
    if not name or name in {".", ".."}:
        return "has no proper name"
    if "/" in name or "\\" in name or _DRIVE.match(name):
        return "would be written outside the folder for commands"
    if _CONTROL.search(name):
        return "has a control character in its name"
    if _INTERPRETER.fullmatch(name):
        return "would take the place of Python itself"
    return _windows_fault(name) if rules.windows else ""


def reference_fault(reference: str) -> str:
    """Why this cannot be what a command calls (``module:object``), continuing "Its command 'x' …"; empty when it can.

    The reference becomes Python source in the command's file, so nothing but dotted names may stand in it.
    """
    match = _REFERENCE.fullmatch(reference.strip())
    dotted = (match["module"], match["object"]) if match else ()
    if not dotted or not all(part.isidentifier() for words in dotted for part in words.split(".")):
        return "does not name a function as module:function"
    return ""


def _key(path: str, rules: Rules) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold()) if rules.folding else path


def _windows_fault(part: str) -> str:
    if _WINDOWS_FORBIDS.search(part) or part.endswith((".", " ")):
        return "has a name that Windows does not allow"
    if _WINDOWS_DEVICE.fullmatch(part):
        return "has the name of a Windows device"
    return ""
