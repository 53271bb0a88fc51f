"""A requirement together with who asks for it."""

from __future__ import annotations

from venvoy.model.names import NormalizedName, canonicalize_name
from venvoy.model.plain import PlainRequirement
from venvoy.values import TYPE_CHECKING, dataclass

if TYPE_CHECKING:
    from typing import TypeAlias

    from packaging.requirements import Requirement

    Written: TypeAlias = Requirement | PlainRequirement


@dataclass(frozen=True, slots=True)
class Origin:
    """Who asks: a part of the project, or a distribution.

    ``kind`` is one of ``project`` ([project] dependencies), ``extra`` ([project.optional-dependencies]), ``group``
    ([dependency-groups], PEP 735), ``command`` (typed on the command line), ``environment`` (an environment without a
    project), ``user`` (a user site) and ``distribution``. ``name`` is the extra's, the group's or the distribution's
    normalized name, empty for the others.
    """

    kind: str
    name: str = ""

    def __str__(self) -> str:
        words = {"project": "your project", "command": "the command line", "environment": "this environment"}
        words["user"] = "your user site"
        return words.get(self.kind) or (self.name if self.kind == "distribution" else f"{self.kind} {self.name!r}")

    @property
    def option(self) -> str:
        """What names this part of a project behind ``venvoy add``, with a space; empty for [project] dependencies."""
        word = {"group": "--group", "extra": "--optional"}.get(self.kind)
        return f"{word} {self.name} " if word else ""


def full(requirement: Written) -> Requirement:
    """A requirement with all its parts."""
    return requirement.parsed() if isinstance(requirement, PlainRequirement) else requirement


def bounds_of(requirement: Written) -> str:
    """The bounds in a requirement, or nothing."""
    return requirement.bounds if isinstance(requirement, PlainRequirement) else str(requirement.specifier)


def condition_of(requirement: Written) -> str:
    """The marker of a requirement, or nothing."""
    return requirement.condition if isinstance(requirement, PlainRequirement) else str(requirement.marker or "")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One requirement (PEP 508), as far as it has been understood by now, and its origin."""

    written: Written
    origin: Origin

    @property
    def requirement(self) -> Requirement:
        """The requirement with all its parts."""
        return full(self.written)

    @property
    def name(self) -> NormalizedName:
        """The normalized name (PEP 503) of the distribution that is required."""
        return canonicalize_name(self.written.name)


@dataclass(frozen=True, slots=True)
class Root:
    """The dependencies that one part of the project brings: itself, one of its extras, or one dependency group."""

    origin: Origin
    dependencies: tuple[Dependency, ...]
