"""pyproject.toml → ProjectFile ([project] as in PEP 621, [dependency-groups] as in PEP 735)."""

from __future__ import annotations

import re

from venvoy.errors import Problem
from venvoy.errors import near as near_words
from venvoy.formats import conflicts, locations, requirements, sources, toml
from venvoy.model.names import NormalizedName, canonicalize_name, is_valid
from venvoy.model.plain import PlainRequirement, PlainSpecifiers
from venvoy.model.project import COMPUTED, NamedEnvironment, ProjectFile
from venvoy.model.requirement import Dependency, Origin, full
from venvoy.values import TYPE_CHECKING, dataclass, field

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Any, NoReturn

    from venvoy.formats.toml import KeyPath
    from venvoy.model.plain import Bounds
    from venvoy.model.requirement import Written
    from venvoy.model.source import Source

_KINDS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}
# What is read here and easily misspelled: a table or key of another name would go unnoticed (PEP 621, PEP 735).
_READ: Mapping[KeyPath, tuple[str, ...]] = {
    (): ("project", "dependency-groups", "build-system", "tool"),
    ("project",): ("name", "version", "dependencies", "optional-dependencies", "requires-python", "dynamic"),
}
_NOT_READ = (
    "description, readme, license, license-files, authors, maintainers, keywords, classifiers, urls, scripts, "
    "gui-scripts, entry-points, import-names, import-namespaces"
)
_OWN, _EXTRAS, _GROUPS = ("project", "dependencies"), ("project", "optional-dependencies"), ("dependency-groups",)


def parse(text: str, where: str) -> ProjectFile:
    """What a pyproject.toml says.

    Args:
        text: the file's text; a byte order mark and any line ends are fine.
        where: the file's path as people shall see it.

    Raises:
        Problem: toml-invalid, pyproject-invalid, group-unknown, group-cycle or extra-unknown, with the line and column.
    """
    return _Reader(text, where, toml.loads(text, where)).read()


@dataclass(slots=True)
class _Reader:
    text: str
    where: str
    data: Mapping[str, Any]
    name: NormalizedName | None = None
    has_build_system: bool = False
    extras: dict[NormalizedName, list[tuple[Written, KeyPath]]] = field(default_factory=dict)
    groups: dict[NormalizedName, tuple[str, Sequence[object]]] = field(default_factory=dict)
    # Which parts hold which others as a whole, filled while the requirements are put together.
    held: dict[Origin, set[Origin]] = field(default_factory=dict)

    def read(self) -> ProjectFile:
        for path, known in _READ.items():
            self._check_spelling(path, known)
        written = self._get(("project", "name"), str) or ""
        if written and not is_valid(written):
            self._fault(
                ("project", "name"),
                f"{written!r} cannot be the name of a project.",
                "A name consists of letters, digits, and - _ . between them.",
                f'Write, for example, name = "{_suggested_name(written)}".',
            )
        self.name = canonicalize_name(written) if written else None
        self.has_build_system = self._get(("build-system",), dict) is not None
        own = list(self._requirements(_OWN))
        for path, _ in self._named(_EXTRAS, self.extras, "extra"):
            self.extras[canonicalize_name(str(path[-1]))] = list(self._requirements(path))
        for path, items in self._named(_GROUPS, self.groups, "group"):
            self.groups[canonicalize_name(str(path[-1]))] = str(path[-1]), items
        project = ProjectFile(
            where=self.where,
            name=self.name,
            written_name=written,
            version=self._get(("project", "version"), str),
            dynamic=self._dynamic(),
            python=self._requires_python(),
            dependencies=tuple(self._expand(own, Origin("project"), frozenset())),
            extras={
                name: tuple(self._expand(found, Origin("extra", name), frozenset({name})))
                for name, found in self.extras.items()
            },
            groups={
                name: tuple(self._expand(list(self._group(name, ())), Origin("group", name), frozenset()))
                for name in self.groups
            },
            settings=self._get(("tool", "venvoy"), dict) or {},
            has_project=self._get(("project",), dict) is not None,
            has_build_system=self.has_build_system,
            conflicts=self._conflicts(),
            environments=dict(self._environments()),
            sources=self._sources(),
        )
        parts = (project.dependencies, *project.extras.values(), *project.groups.values())
        self._check_places(project.sources, parts)
        return project

    def _check_spelling(self, path: KeyPath, known: Sequence[str]) -> None:
        for key in sorted((self._get(path, dict) or {}).keys() - {*known, *_NOT_READ.split(", ")}):
            for meant in near_words(key, known, 1, 0.8):
                what = f"{_dotted((*path, key))} is a name that the standard does not know."
                self._fault((*path, key), what, "", f"Did you mean {meant}?")

    def _fault(self, path: KeyPath, what: str, why: str = "", *fix: str, code: str = "pyproject-invalid") -> NoReturn:
        raise Problem(code, what, why=why, fix=fix, where=toml.place(self.text, self.where, path))

    def _get(self, path: KeyPath, kind: type) -> Any:  # noqa: ANN401 - TOML data; the kind is checked here
        value: Any = self.data
        for depth, key in enumerate(path):
            if not isinstance(value, dict):
                self._wrong_type(path[:depth], value, dict)
            if key not in value:
                return None
            value = value[key]
        if not isinstance(value, kind):
            self._wrong_type(path, value, kind)
        return value

    def _wrong_type(self, path: KeyPath, value: object, kind: type) -> NoReturn:
        examples: Mapping[type, str] = {
            list: f'Write it as a list: {_dotted(path[-1:])} = ["…"]',
            dict: f"Write it as a table: [{_dotted(path)}]",
            str: f'Write it as a text: {_dotted(path[-1:])} = "…"',
        }
        is_now = _KINDS.get(type(value), "a date")
        self._fault(path, f"{_dotted(path)} must be {_KINDS[kind]}, and it is {is_now}.", "", examples[kind])

    def _dynamic(self) -> frozenset[str]:
        """What only the build backend knows: all of it where it is to build and there is no [project]."""
        if self._get(("project",), dict) is None and self.has_build_system:
            package = self._get(("tool", "venvoy"), dict) or {}
            return COMPUTED if package.get("package") is not False else frozenset()
        return frozenset(self._get(("project", "dynamic"), list) or ())

    def _requires_python(self) -> Bounds | None:
        path = ("project", "requires-python")
        text = self._get(path, str)
        if text is None:
            return None
        plain = PlainSpecifiers.read(text)
        if plain is not None:
            return plain
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return SpecifierSet(text)
        except InvalidSpecifier:
            number = re.search(r"\d+(?:\.\d+)*", text)
            self._fault(
                path,
                f"requires-python = {toml.quote(text)} is not a range of Python versions.",
                "A range consists of a sign such as >= and a version; several are joined with commas.",
                f'Write, for example, requires-python = ">={number[0] if number else "3.10"}".',
            )

    def _conflicts(self) -> tuple[frozenset[Origin], ...]:
        path = ("tool", "venvoy", conflicts.KEY)
        try:
            known: Mapping[str, Collection[str]] = {"extra": self.extras, "group": self.groups}
            return conflicts.read(self._get(path, list) or [], known, self.held)
        except conflicts.InvalidConflictsError as error:
            fix = f"""Write it as in: {conflicts.KEY} = [[{{ extra = "cpu" }}, {{ extra = "gpu" }}]]"""
            self._fault((*path, *error.path), "conflicts in [tool.venvoy] cannot be used.", str(error), fix)

    def _check_places(self, found: Mapping[NormalizedName, Source], parts: Iterable[Sequence[Dependency]]) -> None:
        """No name may have two places: one here and one in a requirement."""
        for one in (dependency for part in parts for dependency in part):
            if one.written.url and one.name in found:
                self._fault(
                    ("tool", "venvoy", sources.KEY),
                    f"{one.name} has two places: one here, and an address behind @ in a requirement of {one.origin}.",
                    "",
                    "Take one of the two out.",
                )

    def _sources(self) -> Mapping[NormalizedName, Source]:
        path = ("tool", "venvoy", sources.KEY)
        try:
            return sources.read(self._get(path, dict) or {}, locations.folder_of(self.where))
        except sources.InvalidSourceError as error:
            fix = (error.fix,) if error.fix else ()
            named = f"The source of {error.path[0]}" if error.path else _dotted(path)
            self._fault((*path, *error.path), f"{named} cannot be used.", error.why, *fix)

    def _environments(self) -> Iterator[tuple[str, NamedEnvironment]]:
        path = ("tool", "venvoy", "environments")
        for name in self._get(path, dict) or ():
            here = (*path, name)
            if not is_valid(name):
                what = f"{name!r} cannot be the name of an environment."
                self._fault(here, what, "A name consists of letters, digits, and - _ . between them.")
            for key in self._get(here, dict):
                if key not in {"groups", "extras", "python"}:
                    what = f"{_dotted(here)} has the key {key!r}, which venvoy does not know."
                    self._fault((*here, key), what, "The keys are groups, extras and python.")
            groups = tuple(self._parts((*here, "groups"), self.groups, "group"))
            extras = tuple(self._parts((*here, "extras"), self.extras, "extra"))
            yield name, NamedEnvironment(groups, extras, self._get((*here, "python"), str))

    def _parts(self, path: KeyPath, known: Mapping[NormalizedName, object], word: str) -> Iterator[NormalizedName]:
        for index, name in enumerate(self._get(path, list) or ()):
            if not isinstance(name, str) or canonicalize_name(name) not in known:
                has = f"It has: {', '.join(sorted(known))}." if known else ""
                self._fault((*path, index), f"This project has no {word} {name!r}.", has, code=f"{word}-unknown")
            yield canonicalize_name(name)

    def _named(
        self, path: KeyPath, known: Mapping[NormalizedName, object], word: str
    ) -> Iterator[tuple[KeyPath, list[object]]]:
        """The lists in a table whose keys are names; ``known`` is what the caller has made of those before."""
        for written in self._get(path, dict) or ():
            here = (*path, written)
            if not is_valid(written):
                what = f"{written!r} cannot be the name of {'an' if word == 'extra' else 'a'} {word}."
                self._fault(here, what, "A name consists of letters, digits, and - _ . between them.")
            if canonicalize_name(written) in known:
                self._fault(
                    here,
                    f"There are two {word}s that are both called {canonicalize_name(written)!r}.",
                    "Upper and lower case and the signs - _ . make no difference in such a name.",
                    "Put the two lists together, or rename one.",
                )
            yield here, self._get(here, list)

    def _requirements(self, path: KeyPath) -> Iterator[tuple[Written, KeyPath]]:
        for index, item in enumerate(self._get(path, list) or ()):
            yield self._requirement(item, (*path, index)), (*path, index)

    def _requirement(self, item: object, path: KeyPath) -> Written:
        what = f"Item {int(path[-1]) + 1} of {_dotted(path[:-1])}"
        if not isinstance(item, str):
            self._fault(
                path,
                f"{what} must be a text, and it is {_KINDS.get(type(item), 'a date')}.",
                "",
                'Write "NAME" or "NAME>=VERSION".',
            )
        plain = PlainRequirement.read(item)
        if plain is not None:
            return plain
        from packaging.requirements import InvalidRequirement

        try:
            return requirements.read(item)
        except InvalidRequirement as error:
            why, fix = requirements.explain(item, error)
            self._fault(path, f"{what} is not a requirement: {toml.quote(item)}.", why, fix)

    def _group(self, name: NormalizedName, chain: tuple[NormalizedName, ...]) -> Iterator[tuple[Written, KeyPath]]:
        """The requirements of a group with those of the groups it includes (PEP 735); ``chain`` led here."""
        written, items = self.groups[name]
        for index, item in enumerate(items):
            path: KeyPath = (*_GROUPS, written, index)
            if not isinstance(item, dict):
                yield self._requirement(item, path), path
                continue
            included = item.get("include-group")
            if set(item) != {"include-group"} or not isinstance(included, str):
                self._fault(
                    path,
                    f"Item {index + 1} of the group {written!r} is a table that does not name a group.",
                    "",
                    'Write { include-group = "NAME" }, or a requirement in quotes.',
                )
            wanted = canonicalize_name(included)
            if wanted in (*chain, name):
                circle = " → ".join([*chain, name, wanted])
                what = f"The group {wanted!r} includes itself: {circle}."
                self._fault(path, what, "", "Take one of these include-group entries out.", code="group-cycle")
            if wanted not in self.groups:
                what = f"The group {written!r} includes the group {included!r}, which is not there."
                fixes = _near(wanted, self.groups) or ["Add it to [dependency-groups], or take this entry out."]
                self._fault(path, what, "", *fixes, code="group-unknown")
            outermost = Origin("group", (*chain, name)[0])
            self.held.setdefault(outermost, set()).add(Origin("group", wanted))
            yield from self._group(wanted, (*chain, name))

    def _expand(
        self,
        found: Sequence[tuple[Written, KeyPath]],
        origin: Origin,
        seen: frozenset[NormalizedName],
        *,
        whole: bool = True,
    ) -> Iterator[Dependency]:
        """Put the project's own extras in the place of ``name[extra]``; ``whole`` when nothing narrows them."""
        for requirement, path in found:
            if canonicalize_name(requirement.name) != self.name or requirement.url:
                yield Dependency(requirement, origin)
                continue
            if not requirement.extras and (origin.kind == "project" or not self.has_build_system):
                self._fault(
                    path,
                    f"This project is called {self.name!r}, and it requires a distribution of the same name: itself.",
                    "",
                    "If you mean the distribution on the index, give your project another name in [project].",
                    "If you mean the project, take this entry out: it is always there.",
                )
            for extra in sorted(map(canonicalize_name, requirement.extras)):
                if extra not in self.extras:
                    asked = toml.quote(str(requirement))
                    what = f"{asked} asks for the extra {extra!r}, which this project does not have."
                    fixes = _near(extra, self.extras) or [
                        "Add it to [project.optional-dependencies], or take this entry out."
                    ]
                    self._fault(path, what, "", *fixes, code="extra-unknown")
                if extra not in seen:
                    wholly = whole and full(requirement).marker is None
                    if wholly:
                        self.held.setdefault(origin, set()).add(Origin("extra", extra))
                    for dependency in self._expand(self.extras[extra], origin, seen | {extra}, whole=wholly):
                        yield Dependency(_narrowed(dependency.written, requirement), origin)


def _narrowed(requirement: Written, by: Written) -> Written:
    condition = full(by).marker
    if condition is None:
        return requirement
    narrowed = requirements.read(str(requirement))
    narrowed.marker = condition & narrowed.marker if narrowed.marker else condition
    return narrowed


def _near(name: str, names: Mapping[NormalizedName, object]) -> list[str]:
    near = near_words(name, names)
    return [f"Did you mean {' or '.join(map(repr, near))}?"] if near else []


def _dotted(path: KeyPath) -> str:
    return ".".join(str(key) for key in path)


def _suggested_name(written: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", written).strip("-").lower() or "my-project"
