"""Modules compiled once, for every environment that they are linked into.

Python writes what it compiled into ``__pycache__`` when a module is first imported, in each environment anew; a large
one takes many seconds. Compiled here, and linked like any other file, it is there from the start.

A compiled module names the modification time and the size of its source, in whole seconds and bytes, and is used for
as long as they match. Links, clones and copies from the store keep the time, so it is right in every environment; and
somebody who edits the source in one of them is served what they wrote, because Python then compiles it anew and puts
the result in the place of the link. A hash of the source instead of its time would have to be read with each import, or
not be checked at all. Where the source lies does not matter: Python puts that in when it loads a module.

A compiled module is in no RECORD, as when Python writes it: uninstalling takes it away with its source.
"""

from __future__ import annotations

import json
import os

from venvoy.model.stored import Files, StoredFile, encode
from venvoy.system import process
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from venvoy.model.stored import StoredWheel

    Work = Callable[[Callable[[str], None], Iterable[str]], Iterable[None]]

# Run by the Python that the modules are for, as old as it may be. What does not compile is left out: a template, or a
# module for another version.
_PROGRAM = """
import json, os, py_compile, sys
with open(sys.argv[1], "rb") as file:
    jobs = json.loads(file.read().decode("utf-8"))
for source, target, name in jobs:
    folder, base = os.path.split(target)
    try:
        compiled = os.path.join(folder, "__pycache__", "%s.%s.pyc" % (base[:-3], sys.implementation.cache_tag))
        py_compile.compile(source, compiled, name, True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    except (py_compile.PyCompileError, ValueError, RecursionError):
        pass
"""


class Job(NamedTuple):
    """A wheel whose modules are to be compiled into the folder ``target``, which is made."""

    wheel: StoredWheel
    target: str


def compile_with(  # noqa: PLR0913 - what it needs of the world
    jobs: Sequence[Job], executable: str, *, scratch: Path, environ: Mapping[str, str], work: Work, shares: int
) -> None:
    """Compile the modules of wheels.

    Args:
        jobs: which.
        executable: the Python that does it.
        scratch: an existing folder for lists of files.
        environ: the environment variables to run it with.
        work: like ``map``, but may do several pieces at once.
        shares: for how many processes there is use.

    Raises:
        Problem: ``command-not-found``, ``file-error``.
    """
    modules = [
        (os.path.join(job.wheel.root, file.path), os.path.join(job.target, file.path), file.path)
        for job in jobs
        for file in job.wheel.files
        if file.path.endswith(".py") and not file.path.partition("/")[0].endswith(".data")
    ]
    modules.sort(key=lambda module: os.stat(module[0]).st_size)
    lists = []
    for at in range(shares):
        place = scratch / f"compile-{os.getpid()}-{at}.json"
        place.write_text(json.dumps(modules[at::shares]), encoding="utf-8")
        lists.append(str(place))
    clean = {name: value for name, value in environ.items() if not name.upper().startswith("PYTHON")}

    def share(place: str) -> None:
        process.run([executable, "-I", "-S", "-W", "ignore", "-c", _PROGRAM, place], environment=clean)

    try:
        for _ in work(share, lists):
            pass
    finally:
        for name in lists:
            os.unlink(name)


def files(root: str) -> Files:
    """What has been compiled below a folder; the files are protected as those of a wheel."""
    from hashlib import sha256

    from venvoy.store.unpack import FILE_MODE

    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            os.chmod(path, FILE_MODE)
            with open(path, "rb") as file:
                digest = encode(sha256(file.read()).digest())
                status = os.fstat(file.fileno())
            relative = os.path.relpath(path, root).replace(os.sep, "/")
            found.append(StoredFile(relative, status.st_size, status.st_mtime_ns, executable=False, digest=digest))
    return Files.of(found)
