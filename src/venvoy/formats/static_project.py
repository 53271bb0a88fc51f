"""What a source distribution needs, from its pyproject.toml: backends must keep to the [project] table (PEP 621)."""

from __future__ import annotations

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement

from venvoy.errors import Problem
from venvoy.formats import core_metadata, toml
from venvoy.model.names import canonicalize_name
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from typing import Any

    from venvoy.model.artifact import CoreMetadata

_NEEDS = frozenset({"dependencies", "optional-dependencies", "requires-python"})


def read(pkg_info: bytes, pyproject: bytes, where: str) -> CoreMetadata | None:
    """Name and version as PKG-INFO says, the rest from the table; None where the table leaves it to the backend.

    Raises:
        Problem: ``metadata-invalid``: PKG-INFO lacks name or version.
    """
    try:
        project = toml.loads(toml.decode(pyproject, where), where).get("project")
        found = _needs(project) if isinstance(project, dict) and "name" in project else None
    except (Problem, InvalidRequirement, AttributeError, TypeError):
        found = None  # no table that anybody could build from
    if found is None or not isinstance(project, dict):
        return None
    extras = frozenset(map(canonicalize_name, project.get("optional-dependencies", {})))
    return replace(
        core_metadata.parse(pkg_info, where),
        requires_dist=found,
        requires_python=project.get("requires-python"),
        provides_extra=extras,
    )


def of_tree(pkg_info: bytes | None, pyproject: bytes, where: str) -> CoreMetadata | None:
    """What a folder is and needs; without PKG-INFO, name and version have to stand in the table as well.

    Raises:
        Problem: ``metadata-invalid``, as :func:`read`.
    """
    if pkg_info is None:
        try:
            project = toml.loads(toml.decode(pyproject, where), where).get("project")
        except Problem:
            return None
        told = [project.get(key) for key in ("name", "version")] if isinstance(project, dict) else [None]
        if not all(isinstance(text, str) and text for text in told):
            return None
        pkg_info = f"Name: {told[0]}\nVersion: {told[1]}\n".encode()
    return read(pkg_info, pyproject, where)


def _needs(project: dict[str, Any]) -> tuple[str, ...] | None:
    if _NEEDS & set(project.get("dynamic", ())):
        return None
    texts = [str(Requirement(text)) for text in project.get("dependencies", ())]
    for extra, items in project.get("optional-dependencies", {}).items():
        for text in items:
            requirement = Requirement(text)
            only = f'extra == "{canonicalize_name(extra)}"'
            requirement.marker = Marker(f"({requirement.marker}) and {only}" if requirement.marker else only)
            texts.append(str(requirement))
    return tuple(texts)
