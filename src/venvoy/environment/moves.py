"""Which renames turn an environment into the one asked for: as few as possible, whole folders where that is safe."""

from __future__ import annotations

import contextlib
import os

from venvoy.digests import sha256
from venvoy.environment import installed, record, stand_in
from venvoy.environment.contents import clash, overlap, protected
from venvoy.environment.journal import NEW, OLD, Move
from venvoy.errors import Problem
from venvoy.model.stored import encode
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from venvoy.environment.contents import Leaf, Tree
    from venvoy.environment.layout import Environment
    from venvoy.events import Reporter
    from venvoy.model.plan import Installed

ASIDE = ".venvoy/aside"
"""Where a file goes that belongs to no distribution and is in the way of one."""

_CACHE = "__pycache__"
# A path that stays in its folder and is written in the one way there is: nothing to compute, for 20,000 of them.
_PLAIN = pattern(r"[^./\\:][^/\\:]*(?:/[^./\\:][^/\\:]*)*")


class Owners:
    """Which of the distributions that stay has a file. Reads their RECORDs when first asked: mostly nobody asks."""

    def __init__(self, environment: Environment, staying: Sequence[Installed]) -> None:
        self._environment = environment
        self._root = str(environment.root)
        self._staying = staying
        self._names: dict[str, str] | None = None
        self._elsewhere: dict[str, str] | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """Paths relative to the environment, each with the name of its distribution."""
        if self._names is None:
            self._names = {}
            for distribution in self._staying:
                # Nothing is taken from what stays: a broken list of it must not stop a change of others.
                with contextlib.suppress(Problem):
                    listed = [path for path, _ in recorded(self._root, distribution) if path]
                    self._names.update(dict.fromkeys(listed, distribution.name))
        return self._names

    @property
    def elsewhere(self) -> Mapping[str, str]:
        """What distributions of other Pythons have in a user base, each with what these are called."""
        if self._elsewhere is None:
            self._elsewhere = {}
            for site in self._environment.siblings:
                with contextlib.suppress(Problem):
                    for one in installed.read(replace(self._environment, purelib=site, platlib=site)):
                        label = f"{one.name} of {site.parent.name}"
                        self._elsewhere.update({path: label for path, _ in recorded(self._root, one) if path})
        return self._elsewhere

    def below(self, folder: str) -> str:
        """The name of a distribution that has a file below a folder, or nothing."""
        return next((name for path, name in self.names.items() if path.startswith(f"{folder}/")), "")


def recorded(root: str, distribution: Installed) -> Iterator[tuple[str, str]]:
    """What a distribution's RECORD lists.

    Yields:
        The path relative to the environment, or nothing when the file is outside of it or not the distribution's to
        have; and the path as RECORD has it. Nothing at all when there is no RECORD.

    Raises:
        Problem: ``environment-invalid`` when RECORD cannot be understood.
    """
    try:
        text = record.read(distribution.dist_info)
    except FileNotFoundError:
        return
    site = os.path.dirname(distribution.dist_info)
    home = os.path.relpath(site, root).replace(os.sep, "/")
    inside = os.path.join(os.path.normcase(os.path.normpath(root)), "")
    try:
        paths = record.paths(text)
    except ValueError:
        raise _no_record(distribution, "damaged") from None
    for path in paths:
        if _PLAIN.fullmatch(path):
            yield f"{home}/{path}", path
            continue
        full = os.path.normpath(os.path.join(site, path))
        relative = full[len(inside) :].replace(os.sep, "/")
        ours = os.path.normcase(full).startswith(inside) and not protected(relative)
        yield relative if ours else "", path


def outgoing(environment: Environment, remove: Sequence[Installed], owners: Owners) -> list[Move]:
    """The renames that take distributions out.

    Taken out are the files that RECORD lists, what Python compiled from them, and folders that are empty then. A file
    that a distribution which stays lists too is left where it is. A folder reached through a link is never entered.

    Raises:
        Problem: ``environment-invalid`` when a RECORD is missing, or lists a file that is not the distribution's own.
        OSError: a folder or a RECORD cannot be read.
    """
    if not remove:
        return []
    root = str(environment.root)
    files: set[str] = set()
    whole: set[str] = set()
    for distribution in remove:
        try:
            files.update(_own_files(root, distribution))
        except Problem as problem:
            if environment.user:  # it holds more than distributions, and is not to be deleted
                problem.fix = (f'"{environment.python}" -m pip uninstall {distribution.name}   may know more',)
            raise
        whole.add(os.path.relpath(distribution.dist_info, root).replace(os.sep, "/"))
    files.difference_update(owners.names)
    for path in files & owners.elsewhere.keys():
        noted = (digest for one in remove for place, digest in digests(root, one) if place == path)
        if not any(_has(f"{root}/{path}", digest) for digest in noted):
            files.discard(path)  # another Python's has taken its place
    fixed = {"", *with_parents(_relative(environment, root)), "include", "lib64"}
    units, _ = _Removal(root, files, whole, fixed).walk("")
    return [Move(path, f"{OLD}/{path}") for path in units]


def robbed(root: str, remove: Sequence[Installed], staying: Sequence[Installed], owners: Owners) -> list[Installed]:
    """Those that stay and have lost a file to one that goes: both brought it, each with a content of its own.

    Raises:
        Problem: ``environment-invalid`` when a RECORD cannot be understood.
        OSError: a RECORD or a file cannot be read.
    """
    shared = {path for one in remove for path, _ in recorded(root, one)} & owners.names.keys()
    others = [one for one in staying if shared and one.name in {owners.names[path] for path in shared}]
    return [
        one
        for one in others
        if any(path in shared and not _has(f"{root}/{path}", digest) for path, digest in digests(root, one))
    ]


def in_pieces(root: str, out: Iterable[Move]) -> tuple[list[Move], list[str]]:
    """What takes the same out file by file, and the folders that are empty then, those inside others first.

    Some folders cannot be renamed, but the files in them can: on Windows where one of them is in use, such as a library
    that a running Python has loaded, and in a container where they came with its image (overlayfs).
    """
    files, folders = [], []
    for move in out:
        if os.path.islink(f"{root}/{move.source}") or not os.path.isdir(f"{root}/{move.source}"):
            files.append(move)
        for folder, names, others in os.walk(f"{root}/{move.source}"):
            folders.append(folder)
            paths = [f"{folder}/{name}" for name in names if os.path.islink(f"{folder}/{name}")]
            paths += [f"{folder}/{name}" for name in others]
            inside = (os.path.relpath(path, root).replace(os.sep, "/") for path in paths)
            files += [Move(path, f"{OLD}/{path}") for path in inside]
    return files, folders[::-1]


def _own_files(root: str, distribution: Installed) -> Iterator[str]:
    if not distribution.has_record:
        raise _no_record(distribution)
    for path, place in recorded(root, distribution):
        if not path:
            raise _outside(distribution, place)
        yield path


def digests(root: str, distribution: Installed) -> Iterator[tuple[str, str]]:
    """The files of a distribution that have a digest in its RECORD, relative to the environment.

    Raises:
        OSError: RECORD cannot be read.
    """
    noted = dict(record.rows(record.read(distribution.dist_info)))
    yield from ((path, noted[place]) for path, place in recorded(root, distribution) if path and noted.get(place))


class _Removal:
    """A walk through the folders that hold files to be removed, which finds the largest things that can go as one."""

    def __init__(self, root: str, files: set[str], whole: set[str], fixed: set[str]) -> None:
        self._root = root
        self._files = files
        self._whole = whole
        self._fixed = fixed
        self._folders = with_parents([*files, *whole])

    def walk(self, folder: str) -> tuple[list[str], bool]:
        """What goes from a folder, and whether nothing else is in it."""
        units: list[str] = []
        clear = True
        with os.scandir(f"{self._root}/{folder}") as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if path in self._whole:
                    units.append(path)
                elif not entry.is_dir(follow_symlinks=False):
                    if path in self._files or self._compiled(folder, entry.name):
                        units.append(path)
                    else:
                        clear = False
                elif path in self._folders or entry.name == _CACHE:
                    inner, inner_clear = self.walk(path)
                    if inner_clear and path not in self._fixed and (inner or path in self._folders):
                        units.append(path)
                    else:
                        units.extend(inner)
                        clear = clear and inner_clear
                elif folder in self._fixed or os.listdir(entry.path):
                    clear = False
        return units, clear

    def _compiled(self, folder: str, name: str) -> bool:
        parent, _, last = folder.rpartition("/")
        return last == _CACHE and name.endswith(".pyc") and f"{parent}/{name.partition('.')[0]}.py" in self._files


def incoming(root: str, tree: Tree, out: Sequence[Move], owners: Owners, reporter: Reporter) -> list[Move]:
    """The renames that bring a staged tree in, after those of ``out``.

    Leaves of the tree that are in the environment already, or give way to another distribution's, are taken out of it.

    Raises:
        Problem: ``environment-conflict``.
        OSError: a folder or a file cannot be read.
    """
    return list(_Arrival(root, tree, out, owners, reporter).walk(""))


class _Arrival:
    """A walk through the staged tree and the environment side by side, as far down as both have a folder."""

    def __init__(self, root: str, tree: Tree, out: Iterable[Move], owners: Owners, reporter: Reporter) -> None:
        self._root = root
        self._tree = tree
        self._gone = {move.source for move in out}
        self._owners = owners
        self._reporter = reporter
        self._children: dict[str, list[str]] = {}
        for folder in tree.folders:
            if folder:
                self._children.setdefault(folder.rpartition("/")[0], []).append(folder)

    def walk(self, folder: str) -> Iterator[Move]:
        with os.scandir(f"{self._root}/{folder}") as entries:
            there = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        prefix = f"{folder}/" if folder else ""
        for name, leaf in list(self._tree.folders[folder].items()):
            path = prefix + name
            if name in there and path not in self._gone:
                yield from self._file(path, leaf, is_folder=there[name])
            else:
                yield Move(f"{NEW}/{path}", path)
        for path in self._children.get(folder, ()):
            name = path[len(prefix) :]
            if name not in there or path in self._gone:
                yield Move(f"{NEW}/{path}", path)
            elif there[name]:
                yield from self.walk(path)
            else:
                owner = self._owners.names.get(path)
                if owner:
                    raise clash(path, self._tree.owner(path), owner)
                yield self._aside(path)
                yield Move(f"{NEW}/{path}", path)

    def _file(self, path: str, leaf: Leaf, *, is_folder: bool) -> Iterator[Move]:
        folder, _, name = path.rpartition("/")
        if is_folder:
            owner = self._owners.below(path)
            if owner:
                raise clash(path, leaf.owner, owner)
            yield self._aside(path)
        elif _has(f"{self._root}/{path}", leaf.digest):
            del self._tree.folders[folder][name]
            return
        else:
            owner = self._owners.names.get(path, "")
            if owner > leaf.owner:
                self._reporter.warn(overlap(path, leaf.owner, owner))
                del self._tree.folders[folder][name]
                return
            if owner:
                self._reporter.warn(overlap(path, owner, leaf.owner))
            elif owner := self._owners.elsewhere.get(path, ""):
                self._reporter.warn(f"{path} was that of {owner}. It is now that of {leaf.owner} with this Python.")
            # What Python compiled is worth nothing to anybody once its source changes, nor what stood in for pip.
            lost = owner or f"/{_CACHE}/" in path or stand_in.is_one(f"{self._root}/{path}")
            yield Move(path, f"{OLD}/{path}") if lost else self._aside(path)
        yield Move(f"{NEW}/{path}", path)

    def _aside(self, path: str) -> Move:
        place = free_aside(self._root, path)
        self._reporter.warn(f"{path} belongs to no distribution and was in the way of one. It is now {place}.")
        return Move(path, place)


def free_aside(root: str, path: str) -> str:
    """Where a file of an environment can be set aside, both relative to it."""
    place = f"{ASIDE}/{path}"
    number = 1
    while os.path.lexists(f"{root}/{place}"):
        number += 1
        place = f"{ASIDE}/{path}.{number}"
    return place


def _has(path: str, digest: str) -> bool:
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        found = sha256(file.read()).digest()
    return encode(found) == digest


def _relative(environment: Environment, root: str) -> list[str]:
    folders = (*environment.site_packages, environment.scripts)
    return [f"{os.path.relpath(folder, root)}/".replace(os.sep, "/") for folder in folders]


def with_parents(paths: Iterable[str]) -> set[str]:
    """The folders that these paths are in, with those around them."""
    folders: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _no_record(distribution: Installed, state: str = "missing") -> Problem:
    return Problem(
        "environment-invalid",
        f"{distribution.name} {distribution.version} cannot be removed: the list of its files is {state}.",
        why="Without it nobody knows which files are its own, and guessing could delete those of others.",
        fix=("Delete the environment's folder and make it anew: venvoy sync",),
        where=distribution.dist_info,
    )


def _outside(distribution: Installed, path: str) -> Problem:
    return Problem(
        "environment-invalid",
        f"{distribution.name} {distribution.version} was not removed: the list of its files names {path}.",
        why="That file is outside the environment, or belongs to the environment itself. A list "
        "alone is no reason to delete it.",
        fix=("Delete the environment's folder and make it anew: venvoy sync",),
        where=os.path.join(distribution.dist_info, "RECORD"),
    )
