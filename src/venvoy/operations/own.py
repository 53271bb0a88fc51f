"""The project itself: installing it, and what only its build backend knows of it."""

from __future__ import annotations

from packaging.version import Version

from venvoy.formats import computed
from venvoy.model.artifact import Artifact
from venvoy.model.plan import Wanted
from venvoy.model.source import DIRECTORY, Pinned
from venvoy.model.source_tree import Python, SourceTree
from venvoy.operations import home as homes
from venvoy.operations.building import builder as building
from venvoy.operations.building import making
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from venvoy.operations.context import Context
    from venvoy.operations.project import Located


def wanted(context: Context, located: Located, python: Python) -> tuple[Wanted, ...]:
    """The project itself, which is a package, as something to install; nothing when that shall not be.

    Raises:
        Problem: what building raises, when only its build backend knows its name.
    """
    chosen = context.settings
    if chosen.no_install_project:
        return ()
    name = located.file.name or building.of(context, python).metadata(_tree(located)).name
    editable = not chosen.no_editable
    url = located.directory.as_uri()
    place = Pinned(DIRECTORY, url, editable=editable, own=True)
    artifact = Artifact(located.directory.name, url, making.ITSELF, name, Version("0"))
    info = {"url": url, "dir_info": {"editable": True} if editable else {}}
    return (Wanted(name, "", artifact, requested=True, direct_url=info, pinned=place),)


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
