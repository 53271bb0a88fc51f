"""What a project's pyproject.toml says, as far as environments and lockfiles need it."""

from __future__ import annotations

from venvoy.errors import Problem
from venvoy.model.plain import PlainSpecifiers
from venvoy.model.requirement import Origin, Root
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packaging.specifiers import SpecifierSet

    from venvoy.model.names import NormalizedName
    from venvoy.model.plain import Bounds
    from venvoy.model.requirement import Dependency
    from venvoy.model.source import Source


@dataclass(frozen=True, slots=True)
class NamedEnvironment:
    """A further environment of a project: the groups and extras that it holds, and its Python (None: the project's)."""

    groups: tuple[NormalizedName, ...] = ()
    extras: tuple[NormalizedName, ...] = ()
    python: str | None = None


COMPUTED = frozenset({"requires-python", "dependencies", "optional-dependencies"})
"""Keys of [project] that are asked from the build backend where they are dynamic (PEP 621)."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """The contents of a pyproject.toml ([project] as in PEP 621, [dependency-groups] as in PEP 735).

    ``where`` is the file's path as people shall see it. ``name`` is the normalized name or None, ``written_name``
    that of the file or empty. ``dynamic`` holds the keys of [project] that only the build backend knows. ``python`` is
    requires-python, as far as it has been understood by now. ``extras`` and
    ``groups`` have normalized names; what they include (``include-group``, and the project's own extras as in
    ``name[extra]``) is already put in. ``settings`` is the raw ``[tool.venvoy]`` table. ``conflicts`` are sets of
    extras and groups of which no two are ever installed together. ``sources`` are the places that names come from where
    somebody has said so.
    """

    where: str
    name: NormalizedName | None = None
    written_name: str = ""
    version: str | None = None
    dynamic: frozenset[str] = frozenset()
    python: Bounds | None = None
    dependencies: tuple[Dependency, ...] = ()
    extras: Mapping[NormalizedName, tuple[Dependency, ...]] = field(default_factory=dict, hash=False)
    groups: Mapping[NormalizedName, tuple[Dependency, ...]] = field(default_factory=dict, hash=False)
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)
    has_project: bool = False
    has_build_system: bool = False
    conflicts: tuple[frozenset[Origin], ...] = ()
    environments: Mapping[str, NamedEnvironment] = field(default_factory=dict, hash=False)
    sources: Mapping[NormalizedName, Source] = field(default_factory=dict, hash=False)

    @property
    def requires_python(self) -> SpecifierSet | None:
        """The versions of Python that the project admits; None when it does not say."""
        return self.python.parsed() if isinstance(self.python, PlainSpecifiers) else self.python

    @property
    def needs_backend(self) -> bool:
        """Whether only the build backend knows what the project needs: of distributions, or of Python."""
        return not self.dynamic.isdisjoint(COMPUTED)

    def is_package(self, said: bool | None) -> bool:  # noqa: FBT001 - a setting
        """Whether the project is installed itself: as ``package`` of [tool.venvoy] says, else if it has a backend."""
        return self.has_build_system if said is None else said

    def roots(self) -> tuple[Root, ...]:
        """What there is to resolve: the project itself, then each extra, then each group, each kind by name.

        Raises:
            Problem: needs-build, when only the build backend knows the project's dependencies.
        """
        if self.needs_backend:
            names = ", ".join(f'"{key}"' for key in sorted(self.dynamic))
            raise Problem(
                "needs-build",
                "What this project needs is not written down: its build backend computes it.",
                why=f"[project] has dynamic = [{names}]." if self.has_project else "There is no [project] table.",
                fix=('Write the list as dependencies = [...] in [project], and take "dependencies" out of dynamic.',),
                where=self.where,
            )
        return (
            Root(Origin("project"), self.dependencies),
            *(Root(Origin("extra", name), self.extras[name]) for name in sorted(self.extras)),
            *(Root(Origin("group", name), self.groups[name]) for name in sorted(self.groups)),
        )

    def require_project(self, what_for: str) -> None:
        """Make sure that there is a [project] table with a name.

        Args:
            what_for: what needs it, as in "to add a dependency".

        Raises:
            Problem: pyproject-invalid, when the table or its name is missing.
        """
        if self.has_project and self.name is not None:
            return
        if self.has_project:
            missing = "its [project] table has no name"
            fix = 'Write one there, as a line of its own: name = "my-project"'
        else:
            missing = "it has no [project] table"
            fix = "Run `venvoy init` in this folder: it adds what is missing and keeps the rest."
            if self.has_build_system:
                fix = "venvoy import FILE   writes one from setup.cfg, setup.py, or Poetry's part of this file"
        raise Problem(
            "pyproject-invalid",
            f"This file does not describe a project yet: {missing}.",
            why=f"A [project] table with a name is needed {what_for}.",
            fix=(fix,),
            where=self.where,
        )
