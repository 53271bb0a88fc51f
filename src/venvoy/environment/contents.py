"""Which files wheels become in an environment, before anything is written: paths, where each comes from, and RECORD.

Sources: PEP 427 and the binary distribution format for the folders of a wheel; PEP 376, 610 and 627 for what an
installer adds.
"""

from __future__ import annotations

import json
import os

from venvoy.environment import launchers, record, shebangs
from venvoy.environment.installed import INSTALLER, MARKER
from venvoy.errors import Problem
from venvoy.model.stored import fields, row
from venvoy.patterns import pattern
from venvoy.values import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from venvoy.environment.layout import Environment
    from venvoy.events import Reporter
    from venvoy.model.plan import Placement
    from venvoy.model.stored import StoredFile, StoredWheel

_OURS = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", MARKER)
_PYTHON = pattern(r"(?:python|pypy)[\d.]*t?w?(?:\.exe)?")


class Leaf(NamedTuple):
    """A file to be put into an environment: the one at ``source`` in the store, or ``data`` when ``source`` is empty.

    ``owner`` is the name of its distribution, ``digest`` its SHA-256 as RECORD writes it. ``executable`` asks for a
    mode that the file in the store does not have. ``size`` and ``mtime_ns`` are those that the file in the store must
    have, ``wheel`` is the SHA-256 of the wheel that it belongs to.
    """

    owner: str
    digest: str
    source: str = ""
    data: bytes = b""
    executable: bool = False
    size: int = 0
    mtime_ns: int = 0
    wheel: str = ""


class Part(NamedTuple):
    """A folder of a wheel that nobody else has anything in: it comes as it is, and nobody looks at each of its files.

    Its files are those of ``wheel`` from ``start`` to ``end`` without the paths in ``without``, below the folder
    ``home`` of the environment; ``data`` are the files that are written into it. ``bytecode`` is a part of what was
    compiled from it: files of the same folders.
    """

    wheel: StoredWheel
    home: str
    start: int
    end: int
    without: frozenset[str] = frozenset()
    data: dict[str, bytes] = {}  # noqa: RUF012 - never changed: a Part that has any is given its own
    bytecode: Part | None = None


class Scheme(NamedTuple):
    """An environment's folders as texts relative to its root, with forward slashes; the root itself is empty."""

    purelib: str
    platlib: str
    scripts: str
    include: str
    python: str
    kind: launchers.Kind

    @classmethod
    def of(cls, environment: Environment) -> Scheme:
        """Read it off an environment."""
        kind = launchers.kind(str(environment.python), windows=environment.windows)
        folders = (environment.purelib, environment.platlib, environment.scripts, environment.include)
        purelib, platlib, scripts, include = (folder.relative_to(environment.root).as_posix() for folder in folders)
        python = shebangs.BESIDE if environment.relocatable else str(environment.python)
        return cls(purelib, platlib, scripts, include, python, kind)


class Tree:
    """The files of a set of wheels by folder: ``folders["lib/python3.13/site-packages"]["six.py"]`` is a Leaf.

    Every parent of a folder is there too. Two distributions may bring one file. When it has the same content nothing
    needs to be said; otherwise the distribution whose name comes later wins, so that the result does not depend on
    the order of installation, and the person is told.
    """

    def __init__(self, reporter: Reporter) -> None:
        self.folders: dict[str, dict[str, Leaf]] = {"": {}}
        self.dist_infos: dict[str, str] = {}
        self.parts: dict[str, Part] = {}
        self._reporter = reporter

    def add(self, placement: Placement, scheme: Scheme, alone: Callable[[str], bool] = lambda _: False) -> None:
        """Add a wheel; wheels must come in the order of their names.

        Args:
            placement: the wheel.
            scheme: the environment's folders.
            alone: whether nobody else has, or will have, anything in a folder: it then becomes one of ``parts``.

        Raises:
            Problem: ``wheel-unsafe``, ``wheel-invalid``, or ``file-error`` when the store cannot be read.
        """
        wheel = placement.wheel
        home = scheme.purelib if wheel.purelib else scheme.platlib
        information = f"{home}/{wheel.dist_info}"
        generated = {**dict(_information(placement, information)), **dict(_scripts(placement, scheme))}
        own = frozenset(f"{wheel.dist_info}/{name}" for name in _OURS)
        rows: list[str] = []
        moved: dict[str, str] = {}
        # What a wheel brings twice is what it has in its .data: that comes last, for other installers too.
        for top, start, end in sorted(wheel.files.parts(), key=lambda part: part[0].endswith(".data")):
            if top.endswith(".data"):
                for file in wheel.files.between(start, end):
                    moved.update(self._put_data_file(wheel, file, home, scheme, generated))
                continue
            compiled = _compiled(placement, home, top)
            part = Part(wheel, home, start, end, own if top == wheel.dist_info else frozenset(), {}, compiled)
            lines = wheel.files.rows[start:end]
            rows += [line for line in lines if fields(line)[0] not in own] if part.without else lines
            self._put_part(f"{home}/{top}", part, whole=bool(top) and alone(f"{home}/{top}"))
        inside = {listed for listed in moved if not listed.startswith("../")}
        if inside:
            rows = [line for line in rows if fields(line)[0] not in inside]
        written = {destination: data for destination, (data, _) in generated.items()}
        for destination, data in written.items():
            listed = _relative(destination, home)
            moved[listed] = row(listed, record.digest(data), len(data))
        written[f"{information}/RECORD"] = record.render([*rows, *moved.values()], f"{wheel.dist_info}/RECORD")
        for destination, data in written.items():
            if information in self.parts and destination.startswith(f"{information}/"):
                self.parts[information].data[destination] = data
                continue
            executable = destination in generated and generated[destination][1]
            digest = "" if destination == f"{information}/RECORD" else record.digest(data)
            self._put(destination, Leaf(wheel.name, digest, data=data, executable=executable))
        self.dist_infos[information] = wheel.name

    def check(self) -> None:
        """See that no distribution has a folder where another has a file.

        Raises:
            Problem: ``environment-conflict``.
        """
        for folder in self.folders:
            parent, _, name = folder.rpartition("/")
            leaf = self.folders[parent].get(name) if folder else None
            if leaf:
                raise clash(folder, leaf.owner, self.owner(folder))

    def records(self) -> dict[str, tuple[str, bytes]]:
        """By the name of each distribution its ``.dist-info``, and what RECORD in it will hold."""
        found = {}
        for information, name in self.dist_infos.items():
            part = self.parts.get(information)
            content = part.data[f"{information}/RECORD"] if part else self.folders[information]["RECORD"].data
            found[name] = (information, content)
        return found

    def owner(self, folder: str) -> str:
        """The name of a distribution that brings something below a folder of the tree."""
        below = f"{folder}/"
        inside = (leaves for path, leaves in self.folders.items() if f"{path}/".startswith(below))
        return next((leaf.owner for leaves in inside for leaf in leaves.values()), "")

    def _put_part(self, folder: str, part: Part, *, whole: bool) -> None:
        if whole:
            self.parts[folder] = part
            self._ensure(part.home)
            return
        for one in filter(None, (part, part.bytecode)):
            for file in one.wheel.files.between(one.start, one.end):
                if file.path not in one.without:
                    self._put(f"{one.home}/{file.path}", _leaf(one.wheel, file))

    def _put_data_file(
        self, wheel: StoredWheel, file: StoredFile, home: str, scheme: Scheme, generated: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        destination = _destination(file.path, wheel.name, home, scheme)
        if destination not in generated:
            leaf, size = _data_file(wheel, file, scheme)
            listed = _relative(destination, home)
            self._put(destination, leaf)
            yield listed, row(listed, leaf.digest, size)

    def _put(self, path: str, leaf: Leaf) -> None:
        folder, _, name = path.rpartition("/")
        leaves = self._ensure(folder)
        there = leaves.get(name)
        if there is not None and there.digest != leaf.digest and there.owner != leaf.owner:
            self._reporter.warn(overlap(path, there.owner, leaf.owner))
        leaves[name] = leaf

    def _ensure(self, folder: str) -> dict[str, Leaf]:
        leaves = self.folders.get(folder)
        return self._make(folder) if leaves is None else leaves

    def _make(self, folder: str) -> dict[str, Leaf]:
        parent = folder.rpartition("/")[0]
        if parent not in self.folders:
            self._make(parent)
        return self.folders.setdefault(folder, {})


def claims(placements: Iterable[Placement], scheme: Scheme) -> dict[str, int]:
    """How many wheels, or parts of one, bring something into what stands directly in a folder for modules.

    Returns:
        The count by path in the environment, in lower case: some file systems make no difference.
    """
    counts: dict[str, int] = {}
    homes = tuple(f"{home}/" for home in {scheme.purelib, scheme.platlib})
    for placement in placements:
        wheel = placement.wheel
        home = scheme.purelib if wheel.purelib else scheme.platlib
        for top, start, end in wheel.files.parts():
            if top and not top.endswith(".data"):
                claimed = {f"{home}/{top}"}
            else:
                files = wheel.files.between(start, end)
                paths = (_destination(file.path, wheel.name, home, scheme) for file in files)
                claimed = {
                    prefix + path[len(prefix) :].partition("/")[0]
                    for path in paths
                    for prefix in homes
                    if path.startswith(prefix)
                }
            for path in claimed:
                counts[path.lower()] = counts.get(path.lower(), 0) + 1
    return counts


def protected(path: str) -> bool:
    """Whether a path, relative to the environment, is the environment's own: no distribution may bring or remove it."""
    path = path.lower()
    top, _, rest = path.partition("/")
    if top in {"bin", "scripts"}:
        return rest.startswith(("python", "pypy")) and bool(_PYTHON.fullmatch(rest))
    return top == ".venvoy" or path == "pyvenv.cfg"


def overlap(path: str, loser: str, winner: str) -> str:
    """The warning for a file that two distributions bring with different contents."""
    return f"{loser} and {winner} both bring {path}, with different contents. The one of {winner} is in place."


def clash(path: str, one: str, other: str) -> Problem:
    """The fault of a file of one distribution where another has a folder."""
    return Problem(
        "environment-conflict",
        f"{one} and {other} cannot be in one environment.",
        why=f"For one of them {path} is a file, for the other a folder.",
        fix=(f"Remove one of them: venvoy remove {one}",),
    )


def _destination(path: str, name: str, home: str, scheme: Scheme) -> str:
    top, _, rest = path.partition("/")
    if not top.endswith(".data"):
        return f"{home}/{path}"
    key, _, rest = rest.partition("/")
    if not rest:
        key = ""
    if key == "data":
        destination = rest
    elif key == "headers":
        destination = f"{scheme.include}/{name}/{rest}"
    elif key in {"purelib", "platlib", "scripts"}:
        destination = f"{getattr(scheme, key)}/{rest}"
    else:
        raise Problem(
            "wheel-invalid",
            f"{name} cannot be installed: nobody knows where its file {path} belongs.",
            why="In this folder of a wheel only purelib, platlib, headers, scripts and data are defined.",
            fix=("Choose another version, and tell the maintainers.",),
        )
    _refuse_protected(destination, name)
    _refuse_information(destination, name, scheme)
    return destination


def _refuse_information(destination: str, name: str, scheme: Scheme) -> None:
    for home in {scheme.purelib, scheme.platlib}:
        if not destination.startswith(f"{home}/"):
            continue
        top = destination[len(home) + 1 :].partition("/")[0]
        if top.lower().endswith((".dist-info", ".egg-info", ".egg-link")):
            raise Problem(
                "wheel-unsafe",
                f"{name} was not installed: it wants to add {destination}.",
                why="Such a file says what is installed: with it a distribution could pass for another one.",
                fix=("Choose another version. If you did not expect this, tell the maintainers.",),
            )


def _refuse_protected(destination: str, name: str) -> None:
    if protected(destination):
        raise Problem(
            "wheel-unsafe",
            f"{name} was not installed: it wants to replace {destination}.",
            why="That file belongs to the environment itself and decides which Python runs.",
            fix=("Choose another version. If you did not expect this, tell the maintainers.",),
        )


def _relative(path: str, home: str) -> str:
    """A path in the environment as RECORD has it, seen from ``home``."""
    up = 0
    while home and not path.startswith(f"{home}/"):
        home = home.rpartition("/")[0]
        up += 1
    return "../" * up + (path[len(home) + 1 :] if home else path)


def _compiled(placement: Placement, home: str, top: str) -> Part | None:
    """What was compiled from the files below a folder, or from those that are in none: their cache is a folder."""
    wanted = top or "__pycache__"
    if placement.bytecode:
        for name, start, end in placement.bytecode.files.parts():
            if name == wanted:
                return Part(placement.bytecode, home, start, end)
    return None


def _leaf(wheel: StoredWheel, file: StoredFile) -> Leaf:
    source = f"{wheel.root}/{file.path}"
    return Leaf(wheel.name, file.digest, source, size=file.size, mtime_ns=file.mtime_ns, wheel=wheel.sha256)


def _data_file(wheel: StoredWheel, file: StoredFile, scheme: Scheme) -> tuple[Leaf, int]:
    leaf = _leaf(wheel, file)
    parts = file.path.split("/", 2)
    if not (parts[0].endswith(".data") and parts[1] == "scripts"):
        return leaf, file.size
    with open(leaf.source, "rb") as script:
        # A script may be a program of many megabytes: look at its first bytes before reading it whole.
        head = script.read(9)
        changed = launchers.rewritten(head + script.read(), scheme.python) if head[:8] == b"#!python" else None
    if changed is None:
        return leaf._replace(executable=not file.executable), file.size
    return Leaf(wheel.name, record.digest(changed), data=changed, executable=True), len(changed)


def _information(placement: Placement, folder: str) -> Iterator[tuple[str, tuple[bytes, bool]]]:
    wheel = placement.wheel
    yield f"{folder}/INSTALLER", (f"{INSTALLER}\n".encode(), False)
    yield f"{folder}/{MARKER}", (f"wheel-sha256 = {wheel.sha256}\n".encode(), False)
    if placement.requested:
        yield f"{folder}/REQUESTED", (b"", False)
    if placement.direct_url is not None:
        yield f"{folder}/direct_url.json", (direct_url(placement).encode(), False)


def direct_url(placement: Placement) -> str:
    """The text of direct_url.json (PEP 610); empty for what comes from an index."""
    if placement.direct_url is None:
        return ""
    origin = dict(placement.direct_url)
    archive = origin.get("archive_info")
    if isinstance(archive, dict):
        hashes = archive.get("hashes") or {"sha256": placement.wheel.sha256}
        origin["archive_info"] = {**archive, "hashes": hashes}
    return json.dumps(origin, sort_keys=True)


def _scripts(placement: Placement, scheme: Scheme) -> Iterator[tuple[str, tuple[bytes, bool]]]:
    wheel = placement.wheel
    path = f"{wheel.dist_info}/entry_points.txt"
    start, end = next(((start, end) for top, start, end in wheel.files.parts() if top == wheel.dist_info), (0, 0))
    if not any(line.startswith(f"{path},") for line in wheel.files.rows[start:end]):
        return
    with open(os.path.join(wheel.root, path), encoding="utf-8", errors="replace") as file:
        text = file.read()
    for entry_point in launchers.entry_points(text, wheel.name):
        name, data = launchers.launcher(entry_point, scheme.python, scheme.kind)
        destination = f"{scheme.scripts}/{name}"
        _refuse_protected(destination, wheel.name)
        yield destination, (data, True)
