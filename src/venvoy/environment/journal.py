"""The journal: a list of renames that happen all or not at all, whatever interrupts them.

A transaction lives in ``<environment>/.venvoy/transaction/``, on the file system that it changes; one of the files of
a project alone lives below its history, and makes no renames::

    new/      what shall come, staged under its path in the environment
    old/      what went, under the path it had
    files/    files of the project that change in the same step: their old and their new content
    journal   the renames, in order, and the files; while it is there, the change has not happened

1. Stage everything below ``new`` and ``files``. No journal: a crash leaves rubbish in that folder, no more.
2. Write the journal, to the disk. 3. Rename, each a single step of the file system: what goes out, then what comes in.
4. Give the project's files their new content, each in one step. They may lie on another disk, so they are not renamed.
5. Delete the journal: from this moment the change has happened. 6. Delete the folder.

So recovery has one rule: with a journal, undo its renames backwards; then delete the folder. A rename has been done if
its source is gone and its destination is there, because every source is vacated once and no destination existed before:
undoing needs no notes on how far things came, and can itself be interrupted and done again. A file of the project gets
its old content back if it has the new one; if it has neither, somebody has edited it since, and it is left alone.

The journal is text: a line with its format, then for each rename source, NUL, destination, NUL, line feed, then for
each file its path, where its old content is (empty: there was no such file) and where its new one is (empty: it goes),
in the same form.
Paths have forward slashes and are relative to the environment; they may hold any character but NUL.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from venvoy.errors import Problem
from venvoy.system import fs
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from venvoy.events import Reporter

    Step = Callable[[str], None]

FOLDER = ".venvoy/transaction"
RUBBISH = ".venvoy/rubbish"
NEW = f"{FOLDER}/new"
OLD = f"{FOLDER}/old"
FILES = f"{FOLDER}/files"

_FORMAT = "venvoy-journal 1"
_END = "\0\n"


class Move(NamedTuple):
    """One rename; both paths are relative to the environment, with forward slashes."""

    source: str
    destination: str


class Rewrite(NamedTuple):
    """One file of the project that gets a new content, or goes; paths as in the journal."""

    path: str
    old: str
    new: str


def ignore(_step: str) -> None:
    """The hook of every run but a test's: called with a word on each step before the step is taken."""


def recover(root: Path, called: str, reporter: Reporter, *, step: Step = ignore) -> bool:
    """Bring back what was before a change that was interrupted, and say so. The caller holds the lock.

    Costs one system call when there is nothing to do.

    Args:
        root: the environment's folder.
        called: what was changed, in words: ``this environment``.
        reporter: is told.
        step: a test's hook, as for :class:`Journal`.

    Returns:
        Whether a change was undone; what was read before is then no longer true.

    Raises:
        Problem: ``environment-invalid``, ``permission-denied``, ``disk-full`` or ``file-error``; it can be tried again.
    """
    transaction = Journal(root, step)
    if not transaction.leftover:
        return False
    undone = transaction.pending
    with fs.attempting("undo an interrupted change", root, inside=True):
        if undone:
            transaction.roll_back()
            reporter.warn(f"The last change to {called} was interrupted; it is again as it was before.")
        transaction.clean()
    return undone


class Journal:
    """The transaction of one environment.

    Args:
        root: the environment's folder.
        step: called before each change to the file system; what it raises stops the transaction there, as a kill would.
    """

    def __init__(self, root: Path, step: Step = ignore) -> None:
        self._root = os.fspath(root)
        self.step = step
        self._begun = False
        self._kept: list[str] = []
        self._path = self._absolute(f"{FOLDER}/journal")
        self._temporary = f"{self._path}.new"

    @property
    def pending(self) -> bool:
        """Whether there is a change that was begun and has not happened."""
        return os.path.lexists(self._path)

    @property
    def happened(self) -> bool:
        """Whether the change of this :meth:`perform` is complete, even if it was interrupted just after that."""
        return self._begun and not self.pending and not os.path.lexists(self._temporary)

    @property
    def leftover(self) -> bool:
        """Whether there is anything to recover or to clean up."""
        return os.path.lexists(self._absolute(FOLDER))

    def open(self) -> None:
        """Make the transaction's folders; there must be no leftover."""
        self.step("make folders")
        for folder in (NEW, OLD, FILES):
            os.makedirs(self._absolute(folder))

    def stage(self, files: Sequence[tuple[Path, bytes | None]]) -> list[Rewrite]:
        """Put the old and the new content of files of the project aside."""
        rewrites: list[Rewrite] = []
        for number, (path, content) in enumerate(files):
            self.step(f"stage {path}")
            new, old = f"{FILES}/{number}.new", f"{FILES}/{number}.old"
            if content is None:
                new = ""
            else:
                self._keep(new, content)
            if os.path.lexists(path):
                self._keep(old, path.read_bytes())
            else:
                old = ""
            rewrites.append(Rewrite(self._outside(path), old, new))
        return rewrites

    def replace(self, path: str, content: bytes) -> list[Move]:
        """Stage a file of the environment; returns what brings it in, for :meth:`perform`."""
        self.step(f"stage {path}")
        os.makedirs(os.path.dirname(self._absolute(f"{NEW}/{path}")), exist_ok=True)
        self._keep(f"{NEW}/{path}", content)
        there = os.path.lexists(self._absolute(path))
        return [*([Move(path, f"{OLD}/{path}")] if there else []), Move(f"{NEW}/{path}", path)]

    def perform(self, moves: Sequence[Move], rewrites: Sequence[Rewrite] = ()) -> None:
        """Make the change happen.

        Args:
            moves: in order; every source is there, no destination is, once the moves before it are done.
            rewrites: from :meth:`stage`.

        Raises:
            OSError: a rename failed; the journal is still there, so :meth:`roll_back` is to be called.
            Problem: a file of the project could not be written; likewise.
        """
        for folder in sorted({os.path.dirname(path) for _, path in moves if path.startswith(".venvoy/")}):
            os.makedirs(self._absolute(folder), exist_ok=True)
        self._write([*moves, *rewrites])
        for move in moves:
            self._rename(move.source, move.destination)
        self._settle(moves)
        for rewrite in rewrites:
            self.step(f"write {rewrite.path}")
            self._rewrite(self._project(rewrite.path), rewrite.new)
        self.step("commit")
        os.unlink(self._path)
        fs.sync_folder(os.path.dirname(self._path))

    def roll_back(self) -> None:
        """Undo what a journal says, as far as it was done, and drop the journal.

        Raises:
            OSError: a rename failed; the journal stays, and this may be called again.
            Problem: ``environment-invalid`` when another version of venvoy wrote the journal.
        """
        self._begun = False
        moves, rewrites = self._read()
        for rewrite in rewrites:
            self._restore(rewrite)
        for move in reversed(moves):
            source, destination = map(self._absolute, move)
            if os.path.lexists(destination) and not os.path.lexists(source):
                self._rename(move.destination, move.source)
        self._settle(moves)
        self.step("drop journal")
        os.unlink(self._path)
        fs.sync_folder(os.path.dirname(self._path))

    def clean(self) -> None:
        """Delete the transaction's folder; only without a journal.

        What cannot be deleted, because a program runs from it (Windows) or somebody protected it, is put by and tried
        again the next time: it is nobody's any more, and must not stop the next change.

        Raises:
            Problem: ``permission-denied`` or ``file-error``, when it cannot even be put by.
        """
        self.step("clean up")
        with contextlib.suppress(Problem):
            fs.remove_tree(Path(self._absolute(RUBBISH)))
        try:
            fs.remove_tree(Path(self._absolute(FOLDER)))
        except Problem:
            self._put_by()

    def _put_by(self) -> None:
        folder, place = self._absolute(FOLDER), self._absolute(f"{RUBBISH}/{os.urandom(8).hex()}")
        os.makedirs(os.path.dirname(place), exist_ok=True)
        try:
            os.rename(folder, place)
        except OSError:
            # Windows renames no folder with a file in use in it, but the file itself.
            os.mkdir(place)
            left = [os.path.join(below, name) for below, _, names in os.walk(folder) for name in names]
            for number, path in enumerate(left):
                with contextlib.suppress(OSError):
                    os.rename(path, f"{place}/{number}")
            fs.remove_tree(Path(folder))

    def _restore(self, rewrite: Rewrite) -> None:
        path = self._project(rewrite.path)
        there = path.read_bytes() if path.is_file() else None
        if there != (self._content(rewrite.new) if rewrite.new else None):
            return
        self.step(f"restore {rewrite.path}")
        self._rewrite(path, rewrite.old)

    def _rewrite(self, path: Path, content: str) -> None:
        if content:
            fs.write_atomic(path, self._content(content), durable=True)
        else:
            path.unlink(missing_ok=True)
            fs.sync_folder(os.path.dirname(path))

    def _outside(self, path: Path) -> str:
        # The environment may be a link, and ".." leads out of what it points to, not out of where it stands.
        real = os.path.join(os.path.realpath(path.parent), path.name)
        try:
            return os.path.relpath(real, os.path.realpath(self._root)).replace(os.sep, "/")
        except ValueError:
            return real.replace(os.sep, "/")  # on another drive (Windows)

    def _project(self, path: str) -> Path:
        return Path(os.path.normpath(os.path.join(os.path.realpath(self._root), path)))

    def _content(self, relative: str) -> bytes:
        with open(self._absolute(relative), "rb") as file:
            return file.read()

    def _write(self, entries: Sequence[Move | Rewrite]) -> None:
        text = _FORMAT + _END + "".join("\0".join(entry) + _END for entry in entries)
        self.step("write journal")
        with open(self._temporary, "wb") as file:
            file.write(os.fsencode(text))
        # One after the other, when all are written: file systems then write down once where they lie.
        fs.flush([*self._kept, self._temporary])
        self.step("begin")
        self._begun = True
        os.rename(self._temporary, self._path)
        staged = [FILES] if any(isinstance(entry, Rewrite) for entry in entries) else []
        for folder in (*staged, FOLDER, os.path.dirname(FOLDER), ""):
            fs.sync_folder(self._absolute(folder))

    def _keep(self, relative: str, content: bytes) -> None:
        """Write a file that is to be on the disk before the change begins."""
        path = self._absolute(relative)
        with open(path, "wb") as file:
            file.write(content)
        self._kept.append(path)

    def _read(self) -> tuple[list[Move], list[Rewrite]]:
        with open(self._path, "rb") as file:
            lines = os.fsdecode(file.read()).split(_END)
        if lines[0] != _FORMAT:
            raise Problem(
                "environment-invalid",
                "A change to this environment was interrupted, and this version of venvoy cannot undo it.",
                why="Another version of venvoy wrote down what it was doing.",
                fix=("Run the command with that version.",)
                if not os.path.isfile(os.path.join(self._root, "pyvenv.cfg"))
                else ("Run the command with that version, or delete this folder and make it anew: venvoy sync",),
                where=self._root,
            )
        entries = [line.split("\0") for line in lines[1:] if line]
        moves = [Move(*entry) for entry in entries if len(entry) == len(Move._fields)]
        return moves, [Rewrite(*entry) for entry in entries if len(entry) == len(Rewrite._fields)]

    def _rename(self, source: str, destination: str) -> None:
        self.step(f"rename {source}")
        # Nothing is there to be replaced; on Windows this waits for an antivirus program that holds the file.
        fs.replace(self._absolute(source), self._absolute(destination))

    def _settle(self, moves: Sequence[Move]) -> None:
        # Until the names are on the disk the journal must stay: the file system may write them in any order.
        for folder in {os.path.dirname(path) for move in moves for path in move}:
            if os.path.isdir(self._absolute(folder)):
                fs.sync_folder(self._absolute(folder))

    def _absolute(self, relative: str) -> str:
        return f"{self._root}/{relative}" if relative else self._root
