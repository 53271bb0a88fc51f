"""Wheels under their SHA-256, unpacked and ready to be linked.

Layout below the root, version 2::

    wheels-v2/                       the bucket; another version of venvoy leaves it alone and has its own
      3f/                            the first two digits, so that no folder gets long
        3fa5…/                       the SHA-256 of the wheel file, 64 hexadecimal digits
          manifest                   see venvoy.store.manifest
          files/                     the unpacked wheel without RECORD, which each environment writes for itself
      tmp-8c1f…/                     an entry in the making, or one being deleted
      tmp-8c1f….lock                 held by who works on it; the folder is rubbish once nobody does

An entry is made under a temporary name and renamed when it is whole, so whatever has its final name was whole once, and
two processes that add the same wheel end up with one of two equal entries. Nothing is flushed to the disk (fsync) on
the way: after a power cut a file can be empty, or hold nothing but zeros. So the manifest says in which run of the
machine it was written, and in the next one its files are hashed before they are used, once; a damaged entry is thrown
away, and fetched again. A store that can be filled anew at any time does not need more.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from venvoy.errors import Problem
from venvoy.model.stored import Files, StoredWheel, encode
from venvoy.patterns import pattern
from venvoy.store import manifest
from venvoy.store.manifest import BUCKET
from venvoy.system import boot, fs, native
from venvoy.values import TYPE_CHECKING, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvoy.events import Reporter
    from venvoy.model.stored import StoredFile
    from venvoy.store.bytecode import Job

_MANIFEST = "manifest"
_FILES = "files"
_BYTECODE = "bytecode-"
_TEMPORARY = "tmp-"
_LOCK = ".lock"
_DIGEST = pattern(r"[0-9a-f]{64}")
_PIECE = 1 << 18
_LONG_AGO = 3600
"""In seconds: nobody is still about to make a folder then."""


class Store:
    """The wheels below one folder. Any number of threads and processes may use it at once.

    Args:
        root: the store's folder; made when it is first needed.
        reporter: is told when an entry turned out to be damaged.
    """

    def __init__(self, root: Path, reporter: Reporter) -> None:
        self._bucket = os.path.join(os.path.abspath(root), BUCKET)
        self._reporter = reporter
        self._run = f"{boot.name()} "
        self._swept = False

    def find(self, sha256: str) -> StoredWheel | None:
        """Look a wheel up without a look at its files: whoever links them compares them on the way.

        Returns:
            None when the store does not hold it, or its manifest is damaged, which is said.

        Raises:
            Problem: ``permission-denied`` or ``file-error``.
        """
        entry = self._entry(sha256)
        try:
            return self._settled(self._read(entry), entry)
        except OSError as error:
            raise fs.problem(error, "read the wheel store", error.filename or entry) from error
        except ValueError:
            return self.get(sha256)

    def get(self, sha256: str) -> StoredWheel | None:
        """Look a wheel up and make sure that its files are as they were when it was added.

        Size and modification time of each file are compared with the manifest; where the time differs, the content
        decides. A damaged entry is reported and thrown away.

        Returns:
            None when the store does not hold it, or not any more.

        Raises:
            Problem: ``permission-denied`` or ``file-error``: it cannot be read, or a damaged entry not thrown away.
        """
        entry = self._entry(sha256)
        try:
            wheel = self._settled(self._read(entry), entry)
            if wheel is None:
                return None
            damaged, fresh = _compare(wheel)
        except OSError as error:
            raise fs.problem(error, "read the wheel store", error.filename or entry) from error
        except ValueError:
            self._throw_away(entry, f"{os.path.join(entry, _MANIFEST)} was changed or deleted after it was stored")
            return None
        if damaged:
            path = os.path.normpath(os.path.join(wheel.root, damaged))
            self._throw_away(entry, f"{path} was changed or deleted after it was stored")
            return None
        if fresh is not wheel.files:
            # The contents are right but the times are not, as after copying the store: note them, or each of the files
            # is hashed again every time. Somebody else's store, which we may only read, stays as it is.
            wheel = replace(wheel, files=fresh)
            with suppress(Problem):
                fs.write_atomic(Path(entry, _MANIFEST), manifest.render(wheel))
        return wheel

    def add(self, wheel: Path, filename: str, sha256: str) -> StoredWheel:
        """Unpack a wheel into the store, unless it is there already.

        Args:
            wheel: the file.
            filename: the name under which it was published; ``wheel`` itself may be called otherwise.
            sha256: its hex digest, which the caller has compared with the file.

        Raises:
            Problem: ``wheel-unsafe`` or ``wheel-invalid``; ``disk-full``, ``permission-denied`` or ``file-error``.
        """
        if (found := self.get(sha256)) is not None:
            return found
        entry = self._entry(sha256)
        with (
            fs.attempting(f"unpack {filename} into the wheel store", entry, inside=True),
            self._temporary() as temporary,
        ):
            stored = self._unpack(wheel, filename, os.path.basename(entry), temporary)
            os.makedirs(os.path.dirname(entry), exist_ok=True)
            try:
                fs.replace(temporary, entry)
            except OSError:
                # Somebody else was faster. Their entry is as good as ours, unless it has been damaged since.
                if not os.path.isdir(entry):
                    raise
                if (found := self.get(sha256)) is not None:
                    return found
                fs.replace(temporary, entry)
        return replace(stored, root=os.path.join(entry, _FILES))

    def bytecode(self, wheel: StoredWheel, python: str) -> StoredWheel | None:
        """What a Python (``cpython-3.13.0``) compiled from a wheel, as a wheel; None where it is missing or damaged."""
        place = os.path.join(self._entry(wheel.sha256), f"{_BYTECODE}{python}")
        try:
            found = self._settled(self._read(place), place)
        except (OSError, ValueError):
            return None
        return found and replace(found, sha256=wheel.sha256)

    def add_bytecode(
        self, wheels: Sequence[StoredWheel], python: str, compiler: Callable[[Sequence[Job]], None]
    ) -> dict[str, StoredWheel]:
        """Have wheels compiled, and keep what comes of it beside each of them.

        Args:
            wheels: those that have no bytecode yet; one that is damaged is replaced.
            python: which Python, as in ``cpython-3.13.0``.
            compiler: compiles the modules of each job, or those that can be.

        Returns:
            The bytecode by the wheel's SHA-256.

        Raises:
            Problem: ``disk-full``, ``permission-denied`` or ``file-error``, and what the compiler raises.
        """
        from venvoy.store.bytecode import Job

        with (
            fs.attempting("keep compiled modules in the wheel store", self._bucket, inside=True),
            self._temporary() as temporary,
        ):
            homes = {wheel.sha256: os.path.join(temporary, wheel.sha256) for wheel in wheels}
            compiler([Job(wheel, os.path.join(homes[wheel.sha256], _FILES)) for wheel in wheels])
            for wheel in wheels:
                self._keep(replace(wheel, root=os.path.join(homes[wheel.sha256], _FILES)), python)
        found = ((wheel.sha256, self.bytecode(wheel, python)) for wheel in wheels)
        return {sha256: bytecode for sha256, bytecode in found if bytecode}

    def discard_bytecode(self, sha256: str) -> None:
        """Delete what was compiled from a wheel, for every Python.

        Raises:
            Problem: ``permission-denied`` or ``file-error``.
        """
        entry = self._entry(sha256)
        with suppress(FileNotFoundError):
            for name in os.listdir(entry):
                if name.startswith(_BYTECODE):
                    fs.remove_tree(Path(entry, name))

    def _keep(self, compiled: StoredWheel, python: str) -> None:
        from venvoy.store import bytecode

        home, entry = os.path.dirname(compiled.root), self._entry(compiled.sha256)
        os.makedirs(compiled.root, exist_ok=True)
        with open(os.path.join(home, _MANIFEST), "xb") as file:
            files = bytecode.files(compiled.root)
            file.write(manifest.render(replace(compiled, files=files, written=boot.note(home))))
        place = os.path.join(entry, f"{_BYTECODE}{python}")
        fs.remove_tree(Path(place))
        with suppress(FileNotFoundError, FileExistsError):  # the wheel is gone, or another process was faster
            fs.replace(home, place)

    def verify(self, sha256: str) -> tuple[str, ...] | None:
        """Hash every file of an entry: finds what ``get`` cannot, an edit that put size and time back.

        Returns:
            The absolute paths that are changed, missing, or not in the manifest; empty when the entry is intact, None
            when the store does not hold it. Nothing is thrown away: that is :meth:`discard`.

        Raises:
            Problem: ``permission-denied`` or ``file-error``.
        """
        entry = self._entry(sha256)
        try:
            wheel = self._read(entry)
            if wheel is None:
                return None
            paths = {os.path.normpath(os.path.join(wheel.root, file.path)): file for file in wheel.files}
            there = {os.path.join(folder, name) for folder, _, names in os.walk(wheel.root) for name in names}
            wrong = there - paths.keys()
            wrong.update(path for path, file in paths.items() if not _same_content(path, file))
        except OSError as error:
            raise fs.problem(error, "read the wheel store", error.filename or entry) from error
        except ValueError:
            return (os.path.join(entry, _MANIFEST),)
        return tuple(sorted(wrong))

    def read(self, sha256: str) -> StoredWheel | None:
        """What an entry was when it was added, its files not looked at; None without it, or without its manifest."""
        try:
            return self._read(self._entry(sha256))
        except (OSError, ValueError):
            return None

    def discard(self, sha256: str) -> None:
        """Delete an entry, in one step for everybody else; environments that hold links to its files keep them.

        Raises:
            Problem: ``permission-denied`` or ``file-error``.
        """
        entry = self._entry(sha256)
        with (
            fs.attempting("delete this from the wheel store", entry),
            self._temporary() as temporary,
            suppress(FileNotFoundError),
        ):
            fs.move_tree(Path(entry), Path(temporary, _FILES))

    def _entry(self, sha256: str) -> str:
        digest = sha256.lower()
        if not _DIGEST.fullmatch(digest):  # it is about to become a path
            raise Problem("lockfile-invalid", f"{sha256!r} is not a SHA-256 digest: 64 digits from 0 to 9 and a to f.")
        return os.path.join(self._bucket, digest[:2], digest)

    @staticmethod
    def _read(entry: str) -> StoredWheel | None:
        """None when there is no entry; ValueError when its manifest is missing or broken."""
        try:
            with open(os.path.join(entry, _MANIFEST), "rb", buffering=0) as file:
                data = file.read()
        except FileNotFoundError:
            if os.path.isdir(entry):
                raise ValueError("the manifest is missing") from None
            return None
        return manifest.parse(data, os.path.basename(entry), os.path.join(entry, _FILES))

    def _settled(self, wheel: StoredWheel | None, entry: str) -> StoredWheel | None:
        """The same, when no power cut took anything of it; None when one did, and then it is thrown away."""
        if wheel is None or not wheel.written or wheel.written.startswith(self._run):
            return wheel
        if boot.in_doubt(wheel.written, entry):
            lost = next((file for file in wheel.files if not _same_content(f"{wheel.root}/{file.path}", file)), None)
            if lost is not None:
                if not wheel.sha256.startswith(_BYTECODE):  # which is made anew, and then replaced
                    place = os.path.join(wheel.root, lost.path)
                    self._throw_away(entry, f"{place} was not on the disk yet when the machine went down")
                return None
        wheel = replace(wheel, written="")
        with suppress(Problem):  # somebody else's store, which we may only read
            fs.write_atomic(Path(entry, _MANIFEST), manifest.render(wheel), durable=True)
        return wheel

    def _throw_away(self, entry: str, what: str) -> None:
        self._reporter.warn(
            f"{what}. That copy of the wheel is thrown away, and fetched again when it is needed. "
            "Environments that were filled from it may have the same fault."
        )
        self.discard(os.path.basename(entry))

    @staticmethod
    def _unpack(wheel: Path, filename: str, sha256: str, temporary: str) -> StoredWheel:
        tree = os.path.join(temporary, _FILES)
        os.mkdir(tree)
        from venvoy.store.unpack import unpack

        contents, files = unpack(os.fspath(wheel), filename, tree)
        stored = StoredWheel(
            contents.name,
            contents.version,
            sha256,
            tree,
            contents.dist_info,
            contents.purelib,
            files,
            boot.note(temporary),
        )
        with open(os.path.join(temporary, _MANIFEST), "xb") as file:
            file.write(manifest.render(stored))
        return stored

    @contextmanager
    def _temporary(self) -> Iterator[str]:
        """A new folder in the bucket; whatever is still there of it in the end is deleted."""
        os.makedirs(self._bucket, exist_ok=True)
        self._sweep()
        folder = os.path.join(self._bucket, f"{_TEMPORARY}{os.urandom(8).hex()}")
        lock = os.open(folder + _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            native.try_lock(lock)
            os.mkdir(folder)
            try:
                yield folder
            finally:
                with suppress(Problem):  # what cannot be deleted now is swept later
                    fs.remove_tree(Path(folder))
        finally:
            os.close(lock)
            fs.discard(folder + _LOCK)

    def _sweep(self) -> None:
        """Delete what processes left behind that were ended while they worked; once is enough."""
        if self._swept:
            return
        self._swept = True
        names = {name for name in os.listdir(self._bucket) if name.startswith(_TEMPORARY)}
        for name in names:
            path = os.path.join(self._bucket, name)
            with suppress(OSError, Problem):  # another person's, in a shared store
                if not name.endswith(_LOCK):
                    _sweep_one(path)
                elif name.removesuffix(_LOCK) not in names and time.time() - os.stat(path).st_mtime > _LONG_AGO:
                    fs.discard(path)  # left alone at one of the two moments when it stands without its folder


def _sweep_one(folder: str) -> None:
    lock = os.open(folder + _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        abandoned = native.try_lock(lock)
        if abandoned:
            fs.remove_tree(Path(folder))
    finally:
        os.close(lock)
    if abandoned:
        fs.discard(folder + _LOCK)


def _compare(wheel: StoredWheel) -> tuple[str, Files]:
    """The first file that is not as it was, or else empty; and the files with the times that they have now."""
    root = wheel.root + os.sep
    fresh: dict[int, int] = {}
    for position, file in enumerate(wheel.files):
        path = root + file.path
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return file.path, wheel.files
        if status.st_mtime_ns == file.mtime_ns and status.st_size == file.size:
            continue
        if not _same_content(path, file):
            return file.path, wheel.files
        fresh[position] = status.st_mtime_ns
    files = wheel.files
    if not fresh:
        return "", files
    times = [fresh.get(position, time) for position, time in enumerate(files.times)]
    return "", Files(files.rows, times, files.executable, files.tops)


def _same_content(path: str, file: StoredFile) -> bool:
    from hashlib import sha256

    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size != file.size:
            return False
        digest = sha256()
        with open(path, "rb", buffering=0) as reader:
            while piece := reader.read(_PIECE):
                digest.update(piece)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return encode(digest.digest()) == file.digest
