"""What an environment holds, read from the ``.dist-info`` folders of its site-packages (PEP 376, 610, 627).

venvoy keeps one file of its own beside the standard ones, :data:`MARKER`, which names the wheel that was installed.
It lies in the ``.dist-info`` folder and is listed in RECORD, as PEP 376 allows: whoever removes or replaces the
distribution, pip included, takes it away, so it can never speak about another distribution than the one that is there.
It is text, a ``key = value`` line each; today the one key is ``wheel-sha256``. Unknown keys are to be ignored.
"""

from __future__ import annotations

import os
import re

from venvoy.model.names import canonicalize_name
from venvoy.model.plan import Installed
from venvoy.patterns import pattern
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvoy.environment.layout import Environment

MARKER = "venvoy.txt"
INSTALLER = "venvoy"

# Name and version as current tools write them; an underscore in the version may stand for a hyphen in old folders.
_FOLDER = pattern(r"(?P<name>[A-Za-z0-9][\w.]*)-(?P<version>[0-9][0-9A-Za-z.!+]*)\.dist-info")
_SHA256 = pattern(r"^wheel-sha256 = ([0-9a-f]{64})$", re.MULTILINE)
_FIELD = pattern(r"^(Name|Version):\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything in site-packages that has to do with distributions.

    ``installed`` is sorted by name, then by folder; a name that comes twice is a fault to be mended, not hidden.
    ``debris`` holds the absolute paths of what pip leaves when it is interrupted (``~name``): not importable, safe to
    delete.
    """

    installed: tuple[Installed, ...]
    debris: tuple[str, ...] = ()


def read(environment: Environment) -> tuple[Installed, ...]:
    """The distributions of an environment, sorted by name; see :func:`scan`."""
    return scan(environment).installed


def scan(environment: Environment) -> Contents:
    """Look through site-packages.

    What was installed in ways older than wheels (``.egg-info``, ``.egg-link``) is there too, with ``has_record`` false.

    Raises:
        Problem: ``permission-denied`` or ``file-error``.
    """
    found: list[Installed] = []
    debris: list[str] = []
    for folder in environment.site_packages:
        try:
            names = os.listdir(folder)
        except OSError as error:
            if environment.user and isinstance(error, FileNotFoundError):
                continue  # nobody has installed anything there yet
            raise fs.problem(error, "see what is installed", folder) from error
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith("~"):
                debris.append(path)
            elif name.endswith(".dist-info"):
                found.extend(_distribution(path, name))
            elif name.endswith((".egg-info", ".egg-link")):
                found.extend(_legacy(path, name))
    found.sort(key=lambda distribution: (distribution.name, distribution.dist_info))
    return Contents(tuple(found), tuple(sorted(debris)))


def _distribution(path: str, folder: str) -> Iterator[Installed]:
    try:
        files = frozenset(os.listdir(path))
    except NotADirectoryError:
        return
    except OSError as error:
        raise fs.problem(error, "see what is installed", path) from error
    match = _FOLDER.fullmatch(folder)
    name, version = (match["name"], match["version"]) if match else _metadata(os.path.join(path, "METADATA"), folder)
    digest = _SHA256.search(_text(os.path.join(path, MARKER))) if MARKER in files else None
    # Our own marker says who installed it, and reading one file less a distribution is felt in large environments.
    installer = INSTALLER if digest else _text(os.path.join(path, "INSTALLER")).strip() if "INSTALLER" in files else ""
    yield Installed(
        name=canonicalize_name(name),
        version=version,
        dist_info=path,
        installer=installer,
        requested="REQUESTED" in files,
        direct_url=_text(os.path.join(path, "direct_url.json")) if "direct_url.json" in files else "",
        wheel_sha256=digest[1] if digest else "",
        has_record="RECORD" in files,
    )


def _legacy(path: str, entry: str) -> Iterator[Installed]:
    information = path
    if entry.endswith(".egg-link"):
        # Its first line is the folder of a project; setuptools keeps the metadata beside the code there.
        project = _text(path).partition("\n")[0].strip()
        information = os.path.join(project, f"{entry.removesuffix('.egg-link').replace('-', '_')}.egg-info")
    if os.path.isdir(information):
        information = os.path.join(information, "PKG-INFO")
    name, version = _metadata(information, entry)
    yield Installed(canonicalize_name(name), version, path, has_record=False)


def _metadata(path: str, entry: str) -> tuple[str, str]:
    # The header ends at the first empty line: a description may hold lines that look like fields.
    fields = dict(_FIELD.findall(_text(path).partition("\n\n")[0]))
    name, _, version = os.path.splitext(entry)[0].partition("-")
    return fields.get("Name") or name, fields.get("Version") or version.partition("-")[0]


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
