"""Putting everything new into one folder beside the environment, before any of it is moved to its place.

Filling an environment is making folders and links: nothing but the kernel's work, in which one process waits for
itself. On Linux two processes share it: each takes the next of the pieces, whole folders, so that they do not meet. A
process is forked only where this one has no other threads. Elsewhere one does all.

Every file of the store is compared with its manifest on the way, size and modification time: what somebody edited
through one environment does not get into the next.
"""

from __future__ import annotations

import errno
import os

from venvoy.environment import journal
from venvoy.environment.journal import NEW
from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.system import fs, placing
from venvoy.system.fs import LinkMode
from venvoy.values import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from venvoy.environment.contents import Leaf, Part, Tree
    from venvoy.environment.journal import Journal
    from venvoy.environment.layout import Environment
    from venvoy.events import Reporter

_EXECUTABLE = 0o755
# What a process costs that is forked, in files that are linked meanwhile.
_WORTH_A_PROCESS = 1500
_RELATIVE = {os.stat, os.link, os.mkdir} <= os.supports_dir_fd
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)


class AlteredError(Problem):
    """A file of the store is not what its manifest says; ``sha256`` is the wheel that it belongs to."""

    def __init__(self, sha256: str, path: str) -> None:
        super().__init__(
            "file-error",
            "A file of the wheel store was changed or deleted just now.",
            fix=("Run the command again.",),
            where=path,
        )
        self.sha256 = sha256
        self.path = path


class Stage:
    """The place where everything new is put.

    Args:
        transaction: whose folder it is in.
        environment: for which environment.
        link: how files get there from the store; AUTO finds out, once.
        reporter: told of each distribution in phase INSTALL.
    """

    def __init__(self, transaction: Journal, environment: Environment, link: LinkMode, reporter: Reporter) -> None:
        self._step = transaction.step
        self._base = f"{environment.root}/{NEW}"
        self._posix = not environment.windows
        self._link = link
        self._reporter = reporter

    def fill(self, tree: Tree) -> None:
        """Stage a tree.

        Raises:
            AlteredError: a file in the store is not as it must be.
            OSError: something cannot be read or written.
        """
        # A parent's path is the start of its children's, so it comes before them.
        for folder in filter(None, sorted(tree.folders)):
            self._step(f"make {folder}")
            os.mkdir(f"{self._base}/{folder}")
        self._find_out(tree.parts.values())
        sizes = {folder: len(leaves) for folder, leaves in tree.folders.items()}
        sizes.update((folder, part.end - part.start) for folder, part in tree.parts.items())
        # The largest first, or one process is left with it in the end.
        pieces = sorted(sizes, key=lambda folder: -sizes[folder])
        many = sum(sizes.values()) >= _WORTH_A_PROCESS
        if many and self._step is journal.ignore and self._share(tree, pieces):
            return
        for folder in pieces:
            self._step(f"stage {folder}")
            self._piece(tree, folder)
            self._tell(tree, folder)

    def _share(self, tree: Tree, pieces: Sequence[str]) -> bool:
        """Stage the pieces in two processes; returns whether there may be two."""
        from venvoy.system import process, sharing

        if not process.may_fork():
            return False
        left = set(pieces)
        with sharing.turns(pieces) as take:

            def help_out() -> None:
                for folder in take():
                    self._piece(tree, folder)

            with process.copies([help_out]):
                for folder in take():
                    self._piece(tree, folder)
                    self._tell(tree, folder)
                    left.discard(folder)
        for folder in left:
            self._tell(tree, folder)
        return True

    def _piece(self, tree: Tree, folder: str) -> None:
        if folder in tree.parts:
            self._part(tree.parts[folder])
        else:
            self._files(f"{self._base}/{folder}" if folder else self._base, tree.folders[folder])

    def _part(self, part: Part) -> None:
        made = {""}
        for one in filter(None, (part, part.bytecode)):
            if self._link is LinkMode.HARDLINK and _RELATIVE:
                _link(one, self._base, made)
            else:
                self._part_by_path(one, made)
        for path, data in part.data.items():
            placing.create(f"{self._base}/{path}", data)

    def _tell(self, tree: Tree, folder: str) -> None:
        if folder in tree.dist_infos:
            self._reporter.advance(Phase.INSTALL, 1, tree.dist_infos[folder])

    def _files(self, base: str, leaves: dict[str, Leaf]) -> None:
        for name, leaf in leaves.items():
            path = f"{base}/{name}"
            if not leaf.source:
                placing.create(path, leaf.data)
            else:
                _check(leaf.source, leaf.size, leaf.mtime_ns, leaf.wheel)
                # Where its mode is to change: the mode of a hard link is the mode of the file in the store.
                self._place(leaf.source, path, LinkMode.COPY if leaf.executable else self._link)
            if leaf.executable and self._posix:
                os.chmod(path, _EXECUTABLE)

    def _find_out(self, parts: Iterable[Part]) -> None:
        """Settle on a way to link before the work is shared."""
        one = next(iter(parts), None)
        if one and self._link is LinkMode.AUTO:
            file = next(one.wheel.files.between(one.start, one.end))
            _check(f"{one.wheel.root}/{file.path}", file.size, file.mtime_ns, one.wheel.sha256)
            self._place(f"{one.wheel.root}/{file.path}", f"{self._base}.probe", LinkMode.AUTO)

    def _part_by_path(self, part: Part, made: set[str]) -> None:
        for file in part.wheel.files.between(part.start, part.end):
            if file.path in part.without:
                continue
            folder = file.path.rpartition("/")[0]
            for parent in _missing(folder, made):
                os.mkdir(f"{self._base}/{part.home}/{parent}")
            source = f"{part.wheel.root}/{file.path}"
            _check(source, file.size, file.mtime_ns, part.wheel.sha256)
            self._place(source, f"{self._base}/{part.home}/{file.path}", self._link)

    def _place(self, source: str, path: str, mode: LinkMode) -> None:
        used = fs.place(source, path, mode)
        if mode is LinkMode.AUTO:
            self._link = used


def _missing(folder: str, made: set[str]) -> list[str]:
    """The folders that have to be made for a file in ``folder``, parents first; they count as made from now on."""
    missing: list[str] = []
    while folder not in made:
        missing.append(folder)
        made.add(folder)
        folder = folder.rpartition("/")[0]
    return missing[::-1]


def _check(path: str, size: int, mtime_ns: int, sha256: str) -> None:
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise AlteredError(sha256, path) from None
    if status.st_mtime_ns != mtime_ns or status.st_size != size:
        raise AlteredError(sha256, path)


def _link(part: Part, base: str, made: set[str]) -> None:
    """Make the folders of a part and hard links to its files: twice 20,000 times, so nothing is done twice here.

    All paths start at two open folders: those that lead there are long, and the kernel would follow them every time.
    """
    files, root, target, without = part.wheel.files, part.wheel.root, f"{base}/{part.home}", part.without
    source = destination = -1
    stat, link = os.stat, os.link
    current = path = ""
    try:
        source = os.open(root, _FOLDER)
        destination = os.open(target, _FOLDER)
        for row, time in zip(files.rows[part.start : part.end], files.times[part.start : part.end], strict=True):
            path, _, size = row.rsplit(",", 2)
            if row[0] == '"':
                path = path[1:-1].replace('""', '"')
            if without and path in without:
                continue
            folder = path.rpartition("/")[0]
            if folder != current:
                for parent in _missing(folder, made):
                    os.mkdir(parent, dir_fd=destination)
                current = folder
            status = stat(path, dir_fd=source, follow_symlinks=False)
            if status.st_mtime_ns != time or status.st_size != int(size):
                raise AlteredError(part.wheel.sha256, f"{root}/{path}")
            try:
                link(path, path, src_dir_fd=source, dst_dir_fd=destination, follow_symlinks=False)
            except OSError as error:
                _copy_if_full(error, f"{root}/{path}", f"{target}/{path}")
    except OSError as error:
        if not os.path.lexists(f"{root}/{path}"):
            raise AlteredError(part.wheel.sha256, f"{root}/{path}") from None
        error.filename, error.filename2 = f"{target}/{path}", None
        raise
    finally:
        _close(source, destination)


def _copy_if_full(error: OSError, source: str, path: str) -> None:
    """A file may have so many links and no more; then the next environment gets a copy of its own."""
    if error.errno != errno.EMLINK:
        raise error
    fs.place(source, path, LinkMode.COPY)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)
