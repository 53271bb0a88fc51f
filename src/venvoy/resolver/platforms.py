"""The platforms that a lockfile can be for, by their names.

The names are those that a person writes in ``targets`` of ``[tool.venvoy]``:

    linux-x86_64    linux-aarch64    macos-arm64    macos-x86_64    windows-amd64    windows-arm64
    linux-musl-x86_64    linux-musl-aarch64    linux, macos, windows: all of the first six on that system
    default: the first six    current: the platform of the interpreter at hand
    pypy-NAME: the same with PyPy

How new a system a wheel may ask for is a judgement: glibc 2.39 (Ubuntu 24.04, RHEL 10), musl 1.2 and macOS 15. A lower
limit would refuse distributions that most machines can install; whoever has an older system gets an older wheel of the
same version, as a lockfile lists them all, and is told if there is none.
"""

from __future__ import annotations

from venvoy.errors import near as near_words
from venvoy.values import TYPE_CHECKING, dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GLIBC, _MUSL, _MACOS = 39, 2, 15
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_SYSTEMS = {
    "linux": ("posix", "linux", "Linux", "Linux"),
    "macos": ("posix", "darwin", "Darwin", "macOS"),
    "windows": ("nt", "win32", "Windows", "Windows"),
}


@dataclass(frozen=True, slots=True)
class Platform:
    """A system on a kind of machine; ``machine`` is what ``platform.machine()`` says there."""

    name: str
    system: str
    machine: str
    musl: bool = False
    pypy: bool = False

    @property
    def title(self) -> str:
        """What people read: ``Linux (musl) on x86_64``."""
        return f"{_SYSTEMS[self.system][3]}{' (musl)' if self.musl else ''} on {self.machine}"

    def markers(self) -> dict[str, str]:
        """The environment markers but for those of Python's version; those of the system's release are unknown."""
        os_name, sys_platform, platform_system, _ = _SYSTEMS[self.system]
        return {
            "implementation_name": "pypy" if self.pypy else "cpython",
            "implementation_version": "7.3.0",
            "os_name": os_name,
            "platform_machine": self.machine,
            "platform_python_implementation": "PyPy" if self.pypy else "CPython",
            "platform_release": "",
            "platform_system": platform_system,
            "platform_version": "",
            "sys_platform": sys_platform,
        }

    def tags(self) -> list[str]:
        """The platform tags that it can install, best first."""
        if self.system == "windows":
            return [f"win_{self.machine.lower()}"]
        if self.system == "macos":
            return list(self._macos_tags())
        own = [f"linux_{self.machine}"]
        if self.musl:
            return own + [f"musllinux_1_{minor}_{self.machine}" for minor in range(_MUSL, -1, -1)]
        for minor in range(_GLIBC, 4 if self.machine == "x86_64" else 16, -1):
            own.append(f"manylinux_2_{minor}_{self.machine}")
            if minor in _LEGACY:
                own.append(f"{_LEGACY[minor]}_{self.machine}")
        return own

    def _macos_tags(self) -> Iterator[str]:
        """As ``packaging.tags`` has them, which takes 8 ms to load; before 11 there were minor versions of 10."""
        formats = ["x86_64", "intel", "fat64", "fat3"] if self.machine == "x86_64" else [self.machine]
        formats += ["universal2", *(["universal"] if self.machine == "x86_64" else [])]
        yield from (f"macosx_{major}_0_{each}" for major in range(_MACOS, 10, -1) for each in formats)
        formats = formats if self.machine == "x86_64" else ["universal2"]  # there was no other machine
        yield from (f"macosx_10_{minor}_{each}" for minor in range(16, 3, -1) for each in formats)


USUAL = (
    Platform("linux-x86_64", "linux", "x86_64"),
    Platform("linux-aarch64", "linux", "aarch64"),
    Platform("macos-arm64", "macos", "arm64"),
    Platform("macos-x86_64", "macos", "x86_64"),
    Platform("windows-amd64", "windows", "AMD64"),
    Platform("windows-arm64", "windows", "ARM64"),
)
"""Those that a lockfile is for unless somebody says otherwise."""

_MUSLS = (
    Platform("linux-musl-x86_64", "linux", "x86_64", musl=True),
    Platform("linux-musl-aarch64", "linux", "aarch64", musl=True),
)
_CPYTHON = {each.name: each for each in (*USUAL, *_MUSLS)}
PLATFORMS = _CPYTHON | {
    f"pypy-{name}": replace(each, name=f"pypy-{name}", pypy=True) for name, each in _CPYTHON.items()
}
"""Every platform by its name, in the order of a lockfile's targets."""

CURRENT = "current"
_SETS = {"default": [each.name for each in USUAL]}
_SETS |= {system: [each.name for each in USUAL if each.system == system] for system in _SYSTEMS}
_SETS |= {f"pypy-{name}": [f"pypy-{each}" for each in names] for name, names in _SETS.items()}
DEFAULT = tuple(_SETS["default"])
MORE = (*(each.name for each in _MUSLS), *_SYSTEMS, "default", CURRENT, "and each of them after pypy-")
"""What else can be asked for, in words."""


class UnknownTargetError(ValueError):
    """A name that no platform has; ``near`` holds those that it may have meant."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        known = [*PLATFORMS, *_SETS, CURRENT]
        pypy = "pypy" in name.lower()
        self.near = near_words(name.lower(), [each for each in known if pypy == each.startswith("pypy-")])


def platforms(names: Iterable[str]) -> tuple[str, ...]:
    """The platforms that names stand for, each once and in the order of :data:`PLATFORMS`; ``current`` comes last.

    Raises:
        UnknownTargetError: for the first name that is none.
    """
    found: set[str] = set()
    for name in names:
        key = name.strip().lower()
        key = f"pypy-{key.removesuffix('-pypy')}" if key.endswith("-pypy") else key
        if key not in PLATFORMS and key not in _SETS and key != CURRENT:
            raise UnknownTargetError(name)
        found.update(_SETS.get(key, [key]))
    return tuple(name for name in (*PLATFORMS, CURRENT) if name in found)
