"""The project itself: installing it, and what only its build backend knows of it."""

from __future__ import annotations

from packaging.version import Version

from venvoy.formats import computed, locations
from venvoy.model.artifact import Artifact
from venvoy.model.plan import Wanted
from venvoy.model.source import DIRECTORY, Pinned
from venvoy.model.source_tree import Python, SourceTree
from venvoy.operations import home as homes
from venvoy.operations.building import builder as building
from venvoy.operations.building import making
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvoy.model.plan import Installed
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


def joined(
    context: Context, located: Located, python: Python, wanted: Sequence[Wanted], present: Sequence[Installed] = ()
) -> tuple[Wanted, ...]:
    """What is wanted, with the project itself, which is a package, in the place of what bears its name.

    It is left out where it shall not be installed. If it is among what is ``present``, it is editable if that is.

    Raises:
        Problem: what building raises, when only its build backend knows its name.
    """
    chosen = context.settings
    name = located.file.name or building.of(context, python).metadata(_tree(located)).name
    if chosen.no_install_project:
        return tuple(item for item in wanted if item.name != name or not _is_here(item, located))
    others = [item for item in wanted if item.name != name]
    there = next((one.editable for one in present if one.name == name and one.direct_url), None)
    editable = not chosen.no_editable if there is None else there
    place = Pinned(DIRECTORY, located.directory.as_uri(), editable=editable, own=True)
    artifact = Artifact(located.directory.name, place.url, making.ITSELF, name, Version("0"))
    info = {"url": place.url, "dir_info": {"editable": True} if editable else {}}
    return (*others, Wanted(name, "", artifact, requested=True, direct_url=info, pinned=place))


def _is_here(item: Wanted, located: Located) -> bool:
    place = item.pinned
    return (
        place is not None and place.kind == DIRECTORY and locations.path_of(place.url) == located.directory.as_posix()
    )


def complete(context: Context, located: Located) -> Located:
    """A project with its dependencies, also where only its build backend knows them (``dynamic``).

    They are computed anew when pyproject.toml, setup.py, setup.cfg, or a file that setuptools reads them from, has
    changed.

    Raises:
        Problem: build-failed, metadata-invalid, and what finding an interpreter raises.
    """
    if not located.file.needs_backend:
        return located
    python = Python(homes.find(context, located).interpreter, located.environment)
    metadata = building.of(context, python).metadata(_tree(located))
    return replace(located, file=computed.completed(located.file, metadata), computed=metadata)


def _tree(located: Located) -> SourceTree:
    """The project as a source tree; its key is what its metadata rests on."""
    files = (located.pyproject, *located.setup_files)
    texts = [path.read_bytes() if path.is_file() else b"" for path in files]
    digest = building.digest(texts)
    label = located.file.written_name or located.directory.name
    return SourceTree(located.directory, label, located.file.name, own=True, key=f"own:{located.directory}:{digest}")
