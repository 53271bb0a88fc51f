"""``list`` and ``freeze``: what is there."""

from __future__ import annotations

from pathlib import Path

from venvoy.environment import installed
from venvoy.formats import locations
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from venvoy.model.plan import Installed
    from venvoy.operations.standalone.sites import Site


@dataclass(frozen=True, slots=True)
class Listed:
    """An environment and the distributions in it, sorted by name."""

    environment: Path
    python: str
    distributions: tuple[Installed, ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """One line of ``freeze``: the name as its authors write it, the version, and the requirement that leads to it."""

    name: str
    version: str
    requirement: str
    comment: str = ""


def list_installed(site: Site) -> Listed:
    """What an environment or a user site holds."""
    return Listed(site.shown, site.layout.version, installed.read(site.layout))


def frozen(site: Site) -> tuple[Frozen, ...]:
    """What an environment or a user site holds, as pip's ``freeze`` writes it, in its order."""
    found = [_frozen(one) for one in installed.read(site.layout)]
    return tuple(sorted(found, key=lambda each: each.name.lower()))


def _written_name(one: Installed) -> str:
    """The name as the distribution's authors write it."""
    try:
        text = Path(one.dist_info, "METADATA").read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    except OSError:
        return one.name
    return next((line[5:].strip() for line in text.splitlines() if line.startswith("Name:")), one.name)


def _frozen(one: Installed) -> Frozen:
    import json  # noqa: PLC0415 - only where something is frozen

    name = _written_name(one)
    try:
        origin = json.loads(one.direct_url) if one.direct_url else {}
        url = str(origin.get("url", ""))
        vcs = origin.get("vcs_info", {})
        if vcs:
            url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
        if origin.get("subdirectory"):
            url += f"#subdirectory={origin['subdirectory']}"
    except (ValueError, KeyError, TypeError, AttributeError):
        url = ""
    if one.editable:
        path = locations.path_of(url)
        return Frozen(name, one.version, f"-e {path or url}", comment=f"# Editable install ({name}=={one.version})")
    return Frozen(name, one.version, f"{name} @ {url}" if url else f"{name}=={one.version}")
