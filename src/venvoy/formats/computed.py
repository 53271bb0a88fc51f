"""What only a build backend knows about a project (``dynamic``), put into what its pyproject.toml says. Pure."""

from __future__ import annotations

import re

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from venvoy.errors import Problem
from venvoy.model.project import COMPUTED
from venvoy.model.requirement import Dependency, Origin
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from venvoy.model.artifact import CoreMetadata
    from venvoy.model.names import NormalizedName
    from venvoy.model.project import ProjectFile

_EXTRA = pattern(r"""^(?:(?P<before>.*) and )?extra == "(?P<name>[^"]*)"$""", re.DOTALL)


def completed(file: ProjectFile, metadata: CoreMetadata) -> ProjectFile:
    """A project with what its backend computed: dependencies, extras, requires-python, a name where it has none.

    Raises:
        Problem: metadata-invalid.
    """
    own: list[Dependency] = []
    extras: dict[NormalizedName, list[Dependency]] = {extra: [] for extra in metadata.provides_extra}  # type: ignore[misc] # normalized
    for text in metadata.requires_dist:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise Problem(
                "metadata-invalid",
                f"The build backend of this project says that it needs {text!r}, which nobody understands.",
                where=file.where,
            ) from error
        found = _EXTRA.match(str(requirement.marker or ""))
        name = found["name"] if found else None
        if found and name in extras:
            requirement.marker = _marker(found["before"])
            extras[name].append(Dependency(requirement, Origin("extra", name)))  # type: ignore[index] # normalized
        else:
            own.append(Dependency(requirement, Origin("project")))
    changed = file
    if "dependencies" in file.dynamic:
        changed = replace(changed, dependencies=tuple(own))
    if "optional-dependencies" in file.dynamic:
        changed = replace(changed, extras={name: tuple(items) for name, items in extras.items()})
    if "requires-python" in file.dynamic and metadata.requires_python:
        changed = replace(changed, python=SpecifierSet(metadata.requires_python))
    return replace(changed, name=file.name or metadata.name, dynamic=file.dynamic - COMPUTED)


def _marker(text: str | None) -> Marker | None:
    if not text:
        return None
    whole = text[1:-1] if text[:1] == "(" and text[-1:] == ")" else text
    try:
        return Marker(whole)
    except InvalidMarker:
        return Marker(text)
