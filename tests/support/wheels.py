"""Wheels and source distributions written by hand: right ones, and ones that are broken or malicious on purpose.

    WheelSpec("demo", "1.0", requires=["other>=2"], files={"demo.py": "x = 1"}).write(folder)

The bytes depend on nothing but the arguments, so a hash stays the same from run to run.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import stat
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)


def escaped(name: str) -> str:
    """The form of a name that stands in file names."""
    return re.sub(r"[-_.]+", "_", name).lower()


def record_line(path: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    quoted = f'"{path}"' if "," in path else path
    return f"{quoted},sha256={digest},{len(data)}\n"


def as_bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


@dataclass(frozen=True)
class Entry:
    """A member of the archive exactly as given: ``path`` is not checked, ``mode`` holds the file type too."""

    path: str
    data: bytes = b""
    mode: int = stat.S_IFREG | 0o644

    @classmethod
    def link(cls, path: str, target: str) -> Entry:
        """A symbolic link, as zip files made on Unix hold it."""
        return cls(path, target.encode(), stat.S_IFLNK | 0o777)


def core_metadata(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    requires_python: str = "",
    extras: Sequence[str] = (),
    summary: str = "",
    headers: Sequence[str] = (),
) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Summary: {summary}"] if summary else []
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return "\n".join([*lines, *headers, "", f"About {name}.", ""])


@dataclass(frozen=True)
class WheelSpec:
    """What a wheel holds; everything after ``summary`` is for making it wrong.

    ``files`` maps paths in the wheel to contents (None: one module named for the distribution). ``data`` maps paths
    below ``NAME-VERSION.data/`` (``scripts/run``, ``headers/x.h``). ``executable`` lists paths that get mode 755.
    ``entry_points`` maps groups to names to objects.
    """

    name: str
    version: str = "1.0"
    requires: Sequence[str] = ()
    files: Mapping[str, str | bytes] | None = None
    entry_points: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    data: Mapping[str, str | bytes] = field(default_factory=dict)
    executable: Sequence[str] = ()
    requires_python: str = ""
    extras: Sequence[str] = ()
    headers: Sequence[str] = ()
    """Further lines for the head of METADATA."""
    tag: str = "py3-none-any"
    """Tags of the file name; compressed sets are written out in WHEEL."""
    build: str = ""
    purelib: bool = True
    compress: bool = True
    summary: str = ""
    metadata: str | None = None
    """The whole text of METADATA, in place of the one made from the fields above."""
    wheel: str | None = None
    """The whole text of WHEEL."""
    without: Sequence[str] = ()
    """Members to leave out of archive and RECORD: paths, or ``METADATA``, ``WHEEL``; ``RECORD`` leaves out RECORD."""
    dist_info: str | None = None
    """The name of the .dist-info folder, when it shall not fit the file name."""
    entries: Sequence[Entry] = ()
    """Members added as they stand, with a right line in RECORD."""
    unrecorded: Sequence[Entry] = ()
    """Members added as they stand, unknown to RECORD."""
    replaced: Mapping[str, bytes] = field(default_factory=dict)
    """Contents that differ from what RECORD says."""
    record: Callable[[str], str] | None = None
    """Changes the text of RECORD."""
    filename: str | None = None

    @property
    def file_name(self) -> str:
        build = f"-{self.build}" if self.build else ""
        return self.filename or f"{escaped(self.name)}-{self.version}{build}-{self.tag}.whl"

    @property
    def metadata_text(self) -> str:
        if self.metadata is not None:
            return self.metadata
        return core_metadata(
            self.name,
            self.version,
            requires=self.requires,
            requires_python=self.requires_python,
            extras=self.extras,
            summary=self.summary,
            headers=self.headers,
        )

    def _wheel_text(self) -> str:
        pythons, abis, platforms = (part.split(".") for part in self.tag.split("-"))
        tags = [f"Tag: {p}-{a}-{q}" for p in pythons for a in abis for q in platforms]
        build = [f"Build: {self.build}"] if self.build else []
        head = ["Wheel-Version: 1.0", "Generator: by-hand 1.0", f"Root-Is-Purelib: {str(self.purelib).lower()}"]
        return "\n".join([*head, *build, *tags, ""])

    def _members(self) -> list[Entry]:
        stem = f"{escaped(self.name)}-{self.version}"
        info = self.dist_info or f"{stem}.dist-info"
        files = {f"{escaped(self.name)}.py": f"VERSION = {self.version!r}\n"} if self.files is None else self.files
        contents: dict[str, str | bytes] = {**files}
        contents.update({f"{stem}.data/{path}": content for path, content in self.data.items()})
        contents[f"{info}/METADATA"] = self.metadata_text
        contents[f"{info}/WHEEL"] = self._wheel_text() if self.wheel is None else self.wheel
        if self.entry_points:
            groups = (
                "\n".join([f"[{group}]", *(f"{name} = {target}" for name, target in points.items()), ""])
                for group, points in self.entry_points.items()
            )
            contents[f"{info}/entry_points.txt"] = "\n".join(groups)
        members = [
            Entry(path, as_bytes(content), stat.S_IFREG | (0o755 if path in self.executable else 0o644))
            for path, content in contents.items()
            if path not in self.without and path.removeprefix(f"{info}/") not in self.without
        ]
        members.extend(self.entries)
        text = "".join(record_line(entry.path, entry.data) for entry in members) + f"{info}/RECORD,,\n"
        members = [Entry(e.path, self.replaced.get(e.path, e.data), e.mode) for e in members]
        members.extend(self.unrecorded)
        if "RECORD" not in self.without:
            members.append(Entry(f"{info}/RECORD", (self.record(text) if self.record else text).encode()))
        return members

    def content(self) -> bytes:
        """The bytes of the wheel."""
        buffer = io.BytesIO()
        with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
            warnings.simplefilter("ignore")  # zipfile warns of the same path twice: that is what some of these are for
            for entry in self._members():
                info = zipfile.ZipInfo(entry.path, EPOCH)
                info.filename = entry.path  # ZipInfo cuts at NUL and turns the host's separators: not here
                info.create_system = 3
                info.external_attr = entry.mode << 16
                info.compress_type = zipfile.ZIP_DEFLATED if self.compress else zipfile.ZIP_STORED
                archive.writestr(info, entry.data)
        return buffer.getvalue()

    def write(self, folder: Path) -> Path:
        """Write the wheel into ``folder`` (made when missing) and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.file_name
        path.write_bytes(self.content())
        return path


@dataclass(frozen=True)
class SdistSpec:
    """A source distribution that builds with flit_core (nothing here builds it): pyproject.toml, PKG-INFO, a module."""

    name: str
    version: str = "1.0"
    requires: Sequence[str] = ()
    requires_python: str = ""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    entries: Sequence[tarfile.TarInfo] = ()
    """Members added as they stand, without content: links and other mischief."""
    dynamic: bool = False
    """Only building it tells what it needs."""

    @property
    def file_name(self) -> str:
        return f"{escaped(self.name)}-{self.version}.tar.gz"

    @property
    def metadata_text(self) -> str:
        return core_metadata(
            self.name, self.version, requires=self.requires, requires_python=self.requires_python
        ).replace("Metadata-Version: 2.1", "Metadata-Version: 2.1" if self.dynamic else "Metadata-Version: 2.2")

    def content(self) -> bytes:
        """The bytes of the archive."""
        module = escaped(self.name)
        pyproject = (
            '[build-system]\nrequires = ["flit_core>=3.11,<5"]\nbuild-backend = "flit_core.buildapi"\n\n'
            f'[project]\nname = "{self.name}"\nversion = "{self.version}"\ndescription = "by hand"\n'
            f"dependencies = [{', '.join(repr(r) for r in self.requires)}]\n"
        ).replace("[project]", '[project]\ndynamic = ["dependencies"]' if self.dynamic else "[project]")
        contents: dict[str, str | bytes] = {
            "PKG-INFO": self.metadata_text,
            "pyproject.toml": pyproject,
            f"{module}.py": f"VERSION = {self.version!r}\n",
            **self.files,
        }
        buffer = io.BytesIO()
        with (
            gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path, content in contents.items():
                member = tarfile.TarInfo(f"{module}-{self.version}/{path}")
                member.size = len(as_bytes(content))
                archive.addfile(member, io.BytesIO(as_bytes(content)))
            for member in self.entries:
                archive.addfile(member)
        return buffer.getvalue()

    def write(self, folder: Path) -> Path:
        """Write the archive into ``folder`` (made when missing) and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / self.file_name
        path.write_bytes(self.content())
        return path


def unsafe_wheels(name: str = "evil") -> dict[str, WheelSpec]:
    """Wheels that try to write outside their place, by the trick they use; each is otherwise valid."""

    def holding(path: str) -> WheelSpec:
        return WheelSpec(name, entries=[Entry(path, b"evil = True\n")])

    def command(script: str, target: str = "evil:main", group: str = "console_scripts") -> WheelSpec:
        return WheelSpec(name, entry_points={group: {script: target}})

    return {
        "absolute path": holding("/tmp/venvoy-evil.py"),
        "parent folder": holding("../evil.py"),
        "parent folder inside": holding("evil/../../evil.py"),
        "backslashes": holding("..\\evil.py"),
        "drive": holding("C:/evil.py"),
        "drive without slash": holding("C:evil.py"),
        "share": holding("//host/share/evil.py"),
        "empty part": holding("evil//x.py"),
        "dot part": holding("./evil.py"),
        "control character": holding("evil\nx.py"),
        "alternate stream": holding("evil.py:stream"),
        "device name": holding("evil/NUL"),
        "symbolic link": WheelSpec(name, entries=[Entry.link("evil/passwd", "/etc/passwd")]),
        "device": WheelSpec(name, entries=[Entry("evil/null", b"", stat.S_IFCHR | 0o666)]),
        "same path twice": WheelSpec(name, entries=[Entry("x.py", b"1"), Entry("x.py", b"2")]),
        "same path in other case": WheelSpec(name, entries=[Entry("x.py", b"1"), Entry("X.py", b"2")]),
        "file that is a folder too": WheelSpec(name, entries=[Entry("x", b"1"), Entry("x/y.py", b"2")]),
        "data parent folder": WheelSpec(name, data={"scripts/../../evil": "#!python\n"}),
        "data of unknown kind": WheelSpec(name, data={"elsewhere/evil": "x"}),
        "script with slash": command("sub/evil"),
        "script with parent": command("../evil"),
        "script with backslash": command("..\\evil"),
        "script with drive": command("C:evil"),
        "graphical script with slash": command("../evil", group="gui_scripts"),
        "script that is python": command("python"),
        "script target with code": command("evil", target="os; import evil:main"),
    }


def broken_wheels(name: str = "broken") -> dict[str, WheelSpec]:
    """Wheels that break the format, by what is wrong."""
    module = f"{escaped(name)}.py"

    def record(change: Callable[[str], str]) -> WheelSpec:
        return WheelSpec(name, record=change)

    return {
        "content differs from RECORD": WheelSpec(name, replaced={module: b"changed = True\n"}),
        "file not in RECORD": WheelSpec(name, unrecorded=[Entry("stranger.py", b"")]),
        "RECORD names a missing file": record(lambda text: record_line("missing.py", b"") + text),
        "RECORD without hash": record(lambda text: re.sub(r"sha256=[^,]*", "", text)),
        "RECORD with weak hash": record(lambda text: text.replace("sha256=", "md5=")),
        "RECORD is not a table": record(lambda _: "nonsense\n"),
        "no RECORD": WheelSpec(name, without=["RECORD"]),
        "no METADATA": WheelSpec(name, without=["METADATA"]),
        "no WHEEL": WheelSpec(name, without=["WHEEL"]),
        "other name": WheelSpec(name, metadata=core_metadata("something-else", "1.0")),
        "other version": WheelSpec(name, metadata=core_metadata(name, "9.9")),
        "other dist-info": WheelSpec(name, dist_info="something_else-1.0.dist-info"),
        "newer wheel format": WheelSpec(name, wheel="Wheel-Version: 9.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        "WHEEL is nonsense": WheelSpec(name, wheel="nonsense"),
        "entry points are nonsense": WheelSpec(
            name, entries=[Entry(f"{escaped(name)}-1.0.dist-info/entry_points.txt", b"[console_scripts\nx")]
        ),
    }
