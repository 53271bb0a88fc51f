"""The interpreters that the Windows registry names (PEP 514), which is where ``py`` looks too."""

from __future__ import annotations

import ntpath
import os

from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_ROOT = r"Software\Python"


def registered(winreg: Any = None) -> Iterator[str]:  # noqa: ANN401 - a module that only Windows has
    """Yield the paths of interpreters: of the user, then of the machine, 64-bit before 32-bit.

    Args:
        winreg: the standard library's module of this name, or what stands in for it; None imports it on Windows.
    """
    if winreg is None:
        if os.name != "nt":
            return
        import importlib  # noqa: PLC0415 - Windows only

        winreg = importlib.import_module("winreg")
    hives = (
        (winreg.HKEY_CURRENT_USER, 0),
        (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_64KEY),
        (winreg.HKEY_LOCAL_MACHINE, winreg.KEY_WOW64_32KEY),
    )
    for hive, flags in hives:
        access = winreg.KEY_READ | flags
        for company in _keys(winreg, hive, _ROOT, access):
            # its key holds settings of the launcher
            for tag in _keys(winreg, hive, rf"{_ROOT}\{company}", access) if company != "PyLauncher" else ():
                place = rf"{_ROOT}\{company}\{tag}\InstallPath"
                folder = _value(winreg, hive, place, "", access)
                path = _value(winreg, hive, place, "ExecutablePath", access)
                if path or folder:
                    yield path or ntpath.join(folder, "python.exe")


def _keys(winreg: Any, hive: int, place: str, access: int) -> list[str]:  # noqa: ANN401 - as above
    try:
        with winreg.OpenKeyEx(hive, place, 0, access) as key:
            return [winreg.EnumKey(key, number) for number in range(winreg.QueryInfoKey(key)[0])]
    except OSError:
        return []


def _value(winreg: Any, hive: int, place: str, name: str, access: int) -> str:  # noqa: ANN401 - as above
    try:
        with winreg.OpenKeyEx(hive, place, 0, access) as key:
            return str(winreg.QueryValueEx(key, name)[0])
    except OSError:
        return ""
