"""Interpreters that the Windows registry names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from venvoy.python.registry import registered

USER, MACHINE = 1, 2
KEYS = {
    (USER, r"Software\Python"): ["PyLauncher", "PythonCore"],
    (USER, r"Software\Python\PyLauncher"): ["3.9"],
    (USER, r"Software\Python\PythonCore"): ["3.12", "3.13t", "broken"],
    (MACHINE, r"Software\Python"): ["ContinuumAnalytics"],
    (MACHINE, r"Software\Python\ContinuumAnalytics"): ["Anaconda310-64"],
}
VALUES = {
    (USER, r"Software\Python\PythonCore\3.12\InstallPath"): {
        "": "C:\\Py312\\",
        "ExecutablePath": "C:\\Py312\\python.exe",
    },
    (USER, r"Software\Python\PythonCore\3.13t\InstallPath"): {"ExecutablePath": "C:\\Py313\\python3.13t.exe"},
    (USER, r"Software\Python\PythonCore\broken\InstallPath"): {},
    (USER, r"Software\Python\PyLauncher\3.9\InstallPath"): {"": "C:\\not\\a\\python"},
    (MACHINE, r"Software\Python\ContinuumAnalytics\Anaconda310-64\InstallPath"): {"": "C:\\conda"},
}


class Registry:
    """The part of ``winreg`` that is read; the 32-bit view of the machine is empty."""

    HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE = USER, MACHINE
    KEY_READ, KEY_WOW64_64KEY, KEY_WOW64_32KEY = 1, 2, 4

    @contextmanager
    def OpenKeyEx(self, hive: int, place: str, _reserved: int, access: int) -> Iterator[tuple[int, str]]:  # noqa: N802
        if access & self.KEY_WOW64_32KEY or ((hive, place) not in KEYS and (hive, place) not in VALUES):
            raise FileNotFoundError(place)
        yield hive, place

    def QueryInfoKey(self, key: tuple[int, str]) -> tuple[int, int, int]:  # noqa: N802
        return len(KEYS[key]), 0, 0

    def EnumKey(self, key: tuple[int, str], number: int) -> str:  # noqa: N802
        return KEYS[key][number]

    def QueryValueEx(self, key: tuple[int, str], name: str) -> tuple[Any, int]:  # noqa: N802
        if name not in VALUES[key]:
            raise FileNotFoundError(name)
        return VALUES[key][name], 1


def test_every_company_and_tag_is_read_the_users_own_first() -> None:
    assert list(registered(Registry())) == [
        "C:\\Py312\\python.exe",
        "C:\\Py313\\python3.13t.exe",
        "C:\\conda\\python.exe",
    ]
