"""Wheels made by chance out of every trick there is: each is refused, or installed exactly as its RECORD says.

Whatever happens, nothing is written outside of the store and the environment, and what makes the environment stays.
"""

from __future__ import annotations

import hashlib
import posixpath
import stat
import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from support.notes import Notes
from support.stored import bare_environment
from support.wheels import Entry, WheelSpec, record_line
from venvoy.environment import apply, layout, record, verify
from venvoy.errors import Problem
from venvoy.model.plan import Placement, Plan
from venvoy.store.store import Store
from venvoy.system.fs import LinkMode

SITE = "lib/python3.11/site-packages"
INFO, DATA = "demo-1.0.dist-info", "demo-1.0.data"
REFUSED = {"wheel-invalid", "wheel-unsafe", "environment-conflict"}

PARTS = st.sampled_from(
    [
        *("demo", "Demo", "x.py", "X.PY", "__init__.py", "a b", "é", "e\u0301", "ﬁ", "~x", "-", "x" * 60),
        *("..", ".", "", "...", "C:", "c:x", "\\", "a\\b", "\x00", "a\nb", "x\x7f", "NUL", "con.py", "x:y", "x."),
        *("evil.pth", "sitecustomize.py", "__pycache__", "x.cpython-311.pyc", "pyvenv.cfg", ".venvoy", "transaction"),
        *(INFO, DATA, "other-1.0.dist-info", "other-1.0.data", "demo.egg-info", "RECORD", "METADATA", "venvoy.txt"),
        *("INSTALLER", "direct_url.json", "entry_points.txt", "lib", "python3.11", "site-packages", "bin", "include"),
    ]
)
KINDS = st.sampled_from(["purelib", "platlib", "scripts", "headers", "data", "elsewhere", "..", ""])
PATHS = st.one_of(
    st.lists(PARTS, min_size=1, max_size=4).map("/".join),
    st.builds("{}/{}/{}".format, st.just(DATA), KINDS, st.lists(PARTS, min_size=1, max_size=4).map("/".join)),
    st.builds(
        "{}/data/{}/{}".format, st.just(DATA), st.just(SITE), st.lists(PARTS, min_size=1, max_size=2).map("/".join)
    ),
    st.builds("{}/scripts/{}".format, st.just(DATA), PARTS),
    st.text(max_size=8),
)
CONTENT = st.sampled_from([b"", b"x = 1\n", b"#!python\nprint(1)\n", b"#!python -u\n", b"\xff\x00", b"#!pythonw\r\nx"])
MODES = st.sampled_from(
    [stat.S_IFREG | 0o644] * 6 + [stat.S_IFREG | 0o755, stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, 0]
)
ENTRIES = st.lists(st.builds(Entry, PATHS, CONTENT, MODES), max_size=4)
COMMANDS = st.dictionaries(
    st.one_of(PARTS, st.sampled_from(["demo", "python", "python3", "../x", "activate"]), st.text(max_size=5)),
    st.sampled_from(["demo:main", "demo.x:A.b", "demo", "demo:main [x]", "os; x:y", ":", "demo:main()", "demo:é"]),
    max_size=3,
)


class Place:
    """A store and an environment side by side, with something of somebody's around them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bare_environment(folder / "env")
        (folder / "outside.txt").write_text("mine", encoding="utf-8")
        (folder / "cache" / "simple-v1").mkdir(parents=True)
        self.store = Store(folder / "cache", Notes())
        self.environment = layout.read(folder / "env", windows=False)
        self.before = self.around()

    def around(self) -> dict[str, bytes]:
        """Everything but what the store and an environment may change."""
        own = {"env/pyvenv.cfg", "env/bin/python"}
        found = {}
        for path in self.folder.rglob("*"):
            place = path.relative_to(self.folder).as_posix()
            if place in own or not place.startswith(("env/", "cache/wheels-v", "new.whl")):
                found[place] = b"" if path.is_dir() else path.read_bytes()
        return found

    def install(self, wheel: bytes) -> str:
        """Put a wheel into the environment; returns the code of the refusal, or nothing."""
        file = self.folder / "new.whl"
        file.write_bytes(wheel)
        try:
            stored = self.store.add(file, "demo-1.0-py3-none-any.whl", hashlib.sha256(wheel).hexdigest())
            plan = Plan(install=(Placement(stored),))
            apply.apply(self.environment, plan, link=LinkMode.COPY, reporter=Notes())
        except Problem as problem:
            assert problem.code in REFUSED, problem  # noqa: PT017 - any other is a fault of ours
            assert self.files() == {"bin/python", "pyvenv.cfg"}, "what is refused leaves nothing behind"
            return problem.code
        finally:
            assert self.around() == self.before, "something was written elsewhere"
        wheels = {stored.sha256: stored}
        for known in (wheels, {}):
            examined = verify.examine(self.environment, known, {}, map)
            faults = [one for one in examined.findings if one.serious]
            assert faults == [], "not what RECORD says"
        return ""

    def files(self) -> set[str]:
        root = self.folder / "env"
        return {
            path.relative_to(root).as_posix()
            for path in root.rglob("*")
            if not path.is_dir() and path.relative_to(root).parts[0] != ".venvoy"
        }

    def listed(self) -> set[str]:
        """The paths that RECORD of the distribution lists, relative to the environment."""
        text = (self.environment.purelib / INFO / "RECORD").read_text(encoding="utf-8")
        return {posixpath.normpath(f"{SITE}/{path}") for path in record.paths(text)}


def tried(spec: WheelSpec) -> bytes:
    try:
        return spec.content()
    except (ValueError, OverflowError, UnicodeError):
        assume(False)
        raise


def check(wheel: bytes) -> str:
    with TemporaryDirectory() as folder:
        place = Place(Path(folder).resolve())
        refused = place.install(wheel)
        if not refused:
            assert place.files() - {"bin/python", "pyvenv.cfg"} == place.listed()
            with zipfile.ZipFile(BytesIO(wheel)) as archive:
                record = archive.read(f"{INFO}/RECORD").decode()
            for path in place.files() & {f"{SITE}/demo.py", f"{SITE}/demo/x.py"}:
                content = (place.folder / "env" / path).read_bytes()
                assert record_line(path.removeprefix(f"{SITE}/"), content).strip() in record
        return refused


@settings(max_examples=200)
@given(ENTRIES, COMMANDS, st.booleans())
@example([], {"direct_url.json": "demo:main"}, True)
@example([Entry(f"{DATA}/purelib/demo.py", b"other\n")], {}, True)
@example([Entry("x/x.py", b"x = 1\n"), Entry(f"{DATA}/purelib/x/x.py", b"")], {}, True)
@example([Entry(f"{DATA}/purelib/other-1.0.dist-info/METADATA", b"Name: other\nVersion: 1.0\n")], {}, True)
@example([Entry(f"{DATA}/data/{SITE}/other-1.0.dist-info/METADATA", b"Name: other\nVersion: 1.0\n")], {}, True)
@example([Entry(f"{DATA}/data/bin/python", b"")], {}, True)
@example([Entry(f"{DATA}/scripts/activate", b"#!python\n")], {"activate": "demo:main"}, True)
@example([Entry(f"{DATA}/purelib/{INFO}/RECORD", b"")], {}, True)
@example([Entry(f"{DATA}/purelib/{INFO}/venvoy.txt", b"wheel-sha256 = " + b"0" * 64 + b"\n")], {}, True)
@example([Entry(f"{INFO}/venvoy.txt", b"wheel-sha256 = " + b"0" * 64 + b"\n")], {}, True)
@example([Entry(f"{DATA}/data/.venvoy/transaction/journal", b"venvoy-journal 1\0\n")], {}, True)
@example([Entry(f"{DATA}/data/{SITE}", b"a file where the modules lie")], {}, True)
@example([Entry(f"{DATA}/headers/../x", b"")], {}, True)
@example([Entry("demo.egg-info", b"")], {}, False)
@example([Entry("demo.EGG-INFO/PKG-INFO", b"Name: other\nVersion: 1.0\n")], {}, True)
def test_a_wheel_of_tricks_is_refused_or_installed_as_its_record_says(
    entries: list[Entry], commands: dict[str, str], purelib: bool
) -> None:
    check(tried(WheelSpec("demo", entries=entries, entry_points={"console_scripts": commands}, purelib=purelib)))


RIGHT = WheelSpec(
    "demo",
    files={"demo/__init__.py": b"x = 1\n" * 20, "demo/x.py": b"y = 2\n", "demo.py": b"z = 3\n"},
    data={"scripts/tool": b"#!python\n", "data/share/x": b"x", "headers/demo.h": b"int x;\n"},
    entry_points={"console_scripts": {"demo": "demo:main"}},
)
CONTENTS = RIGHT.content()


def test_a_right_wheel_passes() -> None:
    assert check(CONTENTS) == ""


@settings(max_examples=150)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("byte"), st.integers(0, len(CONTENTS) - 1), st.integers(0, 255)),
            st.tuples(st.just("cut"), st.integers(0, len(CONTENTS) - 1), st.integers(1, 40)),
            st.tuples(st.just("twice"), st.integers(0, len(CONTENTS) - 1), st.integers(1, 40)),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_damaged_bytes_are_refused_or_harmless(edits: list[tuple[str, int, int]]) -> None:
    wheel = CONTENTS
    for kind, at, value in edits:
        head, tail = wheel[:at], wheel[at:]
        if kind == "byte":
            wheel = head + bytes([value]) + tail[1:]
        elif kind == "cut":
            wheel = head + tail[value:]
        else:
            wheel = head + tail[:value] + tail
    check(wheel)


@settings(max_examples=80)
@given(st.integers(0, 400), st.sampled_from([b"../x", b"\\..\\x", b"/etc/x", b"\0", b"RECORD", b"C:x", b"__init__.py"]))
def test_names_that_are_written_over_in_the_archive(at: int, name: bytes) -> None:
    """The same bytes put over names, in the headers of members and in the table of contents."""
    places = [index for index in range(len(CONTENTS)) if CONTENTS.startswith((b"demo/", b"demo-1.0"), index)]
    start = places[at % len(places)]
    check(CONTENTS[:start] + name + CONTENTS[start + len(name) :])
