"""Wheels that are right are unpacked as RECORD says; every other one is turned down, in words."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import struct
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.wheels import Entry, WheelSpec, broken_wheels, core_metadata, record_line, unsafe_wheels
from venvoy.errors import Problem
from venvoy.model.stored import Files
from venvoy.store.names import Rules
from venvoy.store.unpack import unpack

POSIX = Rules(windows=False, folding=False)
WINDOWS = Rules(windows=True, folding=True)
DIST_INFO = "demo-1.0.dist-info"


def opened(wheel: bytes, folder: Path, filename: str = "demo-1.0-py3-none-any.whl", rules: Rules = POSIX) -> Files:
    (folder / "some.whl").write_bytes(wheel)
    tree = folder / "tree"
    tree.mkdir()
    return unpack(str(folder / "some.whl"), filename, str(tree), rules)[1]


def refusal(spec: WheelSpec, folder: Path, rules: Rules = POSIX) -> Problem:
    with pytest.raises(Problem) as caught:
        opened(spec.content(), folder, spec.file_name, rules)
    return caught.value


def refusal_of_bytes(wheel: bytes, folder: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        opened(wheel, folder)
    return caught.value


def changed(wheel: bytes, path: str, **fields: int) -> bytes:
    """The wheel with numbers in the table of contents replaced; ``local_…`` in the member's own header."""
    data = bytearray(wheel)
    central = {"flags": (8, "<H"), "method": (10, "<H"), "packed": (20, "<L"), "size": (24, "<L"), "offset": (42, "<L")}
    local = {"local_flags": (6, "<H"), "local_method": (8, "<H"), "local_packed": (18, "<L"), "local_size": (22, "<L")}
    last, first = data.rfind(b"PK\x01\x02"), data.find(b"PK\x01\x02")
    at = first
    while not data[at + 46 :].startswith(path.encode()):
        at = data.find(b"PK\x01\x02", at + 1)
        assert at <= last
    begin = struct.unpack_from("<L", data, at + 42)[0]
    for field, value in fields.items():
        place, (offset, form) = (at, central[field]) if field in central else (begin, local[field])
        struct.pack_into(form, data, place + offset, value)
    return bytes(data)


def test_a_wheel_is_unpacked_with_sizes_digests_and_executable_bits(tmp_path: Path) -> None:
    spec = WheelSpec(
        "Demo",
        files={
            "demo/__init__.py": "x = 1\n",
            "demo/data, with comma.txt": "é",
            "demo/run.sh": "#!/bin/sh\n",
            "demo/empty": "",
        },
        executable=["demo/run.sh"],
        data={"scripts/tool": "#!python\n", "headers/demo.h": "int x;\n"},
        entry_points={"console_scripts": {"demo": "demo:main"}},
    )
    (tmp_path / "demo.whl").write_bytes(spec.content())
    tree = tmp_path / "tree"
    tree.mkdir()
    contents, files = unpack(str(tmp_path / "demo.whl"), spec.file_name, str(tree))

    assert (contents.name, contents.version, contents.dist_info, contents.purelib) == ("demo", "1.0", DIST_INFO, True)
    assert [file.path for file in files if file.executable] == ["demo/run.sh", "demo-1.0.data/scripts/tool"]
    on_disk = {path.relative_to(tree).as_posix(): path for path in tree.rglob("*") if path.is_file()}
    assert sorted(on_disk) == sorted(file.path for file in files)
    assert f"{DIST_INFO}/RECORD" not in on_disk
    for file in files:
        path = on_disk[file.path]
        assert (file.size, file.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
        digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
        assert file.digest == digest


@pytest.mark.skipif(
    sys.platform == "win32", reason="read-only files there cannot be deleted through any of their links"
)
def test_files_are_read_only_and_executables_stay_executable_whatever_the_umask(tmp_path: Path) -> None:
    spec = WheelSpec("demo", files={"a.py": "", "run": ""}, executable=["run"])
    umask = os.umask(0o077)
    try:
        opened(spec.content(), tmp_path)
    finally:
        os.umask(umask)
    modes = [stat.S_IMODE((tmp_path / "tree" / name).stat().st_mode) for name in ("a.py", "run")]
    assert modes == [0o444, 0o555]


@pytest.mark.parametrize("with_isal", [True, False])
def test_large_members_come_out_whole_with_either_inflate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_isal: bool
) -> None:
    if with_isal:
        pytest.importorskip("isal")
    else:
        monkeypatch.setitem(sys.modules, "isal", None)
    big = b"".join(hashlib.sha256(str(number % 999).encode()).digest() for number in range(60_000))
    zeros = bytes(3_000_000)
    opened(WheelSpec("demo", files={"big": big, "zeros": zeros, "empty": b""}).content(), tmp_path)
    assert (tmp_path / "tree/big").read_bytes() == big
    assert (tmp_path / "tree/zeros").read_bytes() == zeros


def test_hashes_stronger_than_sha256_are_checked_as_well(tmp_path: Path) -> None:
    def sha512(text: str) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha512(b"x = 1").digest()).decode().rstrip("=")
        return text.replace(record_line("demo.py", b"x = 1"), f"demo.py,sha512={digest},5\n")

    (tmp_path / "right").mkdir()
    files = opened(WheelSpec("demo", files={"demo.py": "x = 1"}, record=sha512).content(), tmp_path / "right")
    assert next(iter(files)).digest == record_line("demo.py", b"x = 1").split("sha256=")[1].split(",")[0]
    wrong = WheelSpec("demo", files={"demo.py": "x = 1"}, record=sha512, replaced={"demo.py": b"x = 2"})
    assert refusal(wrong, tmp_path).why == "Its entry 'demo.py' is not what its RECORD says it is."


def test_signatures_of_record_need_no_line_in_it(tmp_path: Path) -> None:
    spec = WheelSpec(
        "demo", unrecorded=[Entry(f"{DIST_INFO}/RECORD.jws", b"{}"), Entry(f"{DIST_INFO}/RECORD.p7s", b"x")]
    )
    assert f"{DIST_INFO}/RECORD.jws" in [file.path for file in opened(spec.content(), tmp_path)]


def test_folders_in_the_archive_need_no_line_in_record(tmp_path: Path) -> None:
    spec = WheelSpec("demo", unrecorded=[Entry("demo/", b"", stat.S_IFDIR | 0o755)])
    assert "demo/" not in [file.path for file in opened(spec.content(), tmp_path)]


UNSAFE = {
    "absolute path": "Its entry '/tmp/venvoy-evil.py' names an absolute place on your disk.",
    "parent folder": "Its entry '../evil.py' leads out of its own folder.",
    "parent folder inside": "Its entry 'evil/../../evil.py' leads out of its own folder.",
    "backslashes": r"Its entry '..\\evil.py' has a backslash in its name.",
    "drive": "Its entry 'C:/evil.py' names an absolute place on your disk.",
    "drive without slash": "Its entry 'C:evil.py' names an absolute place on your disk.",
    "share": "Its entry '//host/share/evil.py' names an absolute place on your disk.",
    "empty part": "Its entry 'evil//x.py' has an empty part in its name.",
    "dot part": "Its entry './evil.py' has an empty part in its name.",
    "control character": r"Its entry 'evil\nx.py' has a control character in its name.",
    "symbolic link": "Its entry 'evil/passwd' is a link or a device, not a file.",
    "device": "Its entry 'evil/null' is a link or a device, not a file.",
    "same path twice": "Its entry 'x.py' is there more than once.",
    "file that is a folder too": "Its entries 'x' and 'x/y.py' would be the same file.",
    "data parent folder": "Its entry 'evil-1.0.data/scripts/../../evil' leads out of its own folder.",
    "data of unknown kind": (
        "Its entry 'evil-1.0.data/elsewhere/evil' is not for a place that is known: "
        "evil-1.0.data with data, headers, platlib, purelib, scripts."
    ),
    "script with slash": "Its command 'sub/evil' would be written outside the folder for commands.",
    "script with parent": "Its command '../evil' would be written outside the folder for commands.",
    "script with backslash": r"Its command '..\\evil' would be written outside the folder for commands.",
    "script with drive": "Its command 'C:evil' would be written outside the folder for commands.",
    "graphical script with slash": "Its command '../evil' would be written outside the folder for commands.",
    "script that is python": "Its command 'python' would take the place of Python itself.",
    "script target with code": "Its command 'evil' does not name a function as module:function.",
}
UNSAFE_ON_SOME = {
    "alternate stream": "Its entry 'evil.py:stream' has a name that Windows does not allow.",
    "device name": "Its entry 'evil/NUL' has the name of a Windows device.",
    "same path in other case": "Its entries 'x.py' and 'X.py' would be the same file.",
}


@pytest.mark.parametrize("trick", unsafe_wheels())
def test_a_wheel_that_reaches_elsewhere_is_refused_and_nothing_is_written(trick: str, tmp_path: Path) -> None:
    fault = refusal(unsafe_wheels()[trick], tmp_path, WINDOWS)
    assert (fault.code, fault.why) == ("wheel-unsafe", (UNSAFE | UNSAFE_ON_SOME)[trick])
    assert list((tmp_path / "tree").iterdir()) == []


@pytest.mark.parametrize("trick", unsafe_wheels())
def test_what_harms_only_other_systems_is_refused_only_there(trick: str, tmp_path: Path) -> None:
    spec = unsafe_wheels()[trick]
    if trick in UNSAFE:
        assert refusal(spec, tmp_path, POSIX).why == UNSAFE[trick]
    elif sys.platform == "linux":
        assert opened(spec.content(), tmp_path, spec.file_name, POSIX)


def test_the_words_for_an_unsafe_wheel_say_what_and_why_and_what_to_do(tmp_path: Path) -> None:
    assert str(refusal(unsafe_wheels()["parent folder"], tmp_path)) == (
        "evil-1.0-py3-none-any.whl was not installed, because it is not safe.\n"
        "Its entry '../evil.py' leads out of its own folder.\n"
        '→ Choose another version: venvoy add "evil!=1.0"\n'
        "→ Tell the people who publish evil, so that they can put it right."
    )


BROKEN = {
    "content differs from RECORD": "Its entry 'broken.py' is not what its RECORD says it is.",
    "file not in RECORD": "Its RECORD does not list its entry 'stranger.py'.",
    "RECORD names a missing file": "Its RECORD lists 'missing.py', which is not in the wheel.",
    "RECORD without hash": "Its RECORD has no hash for 'broken-1.0.dist-info/METADATA'.",
    "RECORD with weak hash": "Its RECORD has 'broken.py' with a hash of kind 'md5', which is too weak.",
    "RECORD is not a table": "Its RECORD is not a table of path, hash and size.",
    "no RECORD": "It has no broken-1.0.dist-info/RECORD.",
    "no METADATA": "It has no broken-1.0.dist-info/METADATA.",
    "no WHEEL": "It has no broken-1.0.dist-info/WHEEL.",
    "other name": "Its METADATA says that it is 'something-else', its file name says 'broken'.",
    "other version": "Its METADATA says that it is version '9.9', its file name says '1.0'.",
    "other dist-info": "Its folder something_else-1.0.dist-info does not fit its file name.",
    "newer wheel format": (
        "It has version '9.0' of the wheel format. This venvoy knows version 1; a newer one may know it."
    ),
    "WHEEL is nonsense": "Its WHEEL file does not say which version of the wheel format it has.",
    "entry points are nonsense": "Its entry_points.txt cannot be read.",
}


@pytest.mark.parametrize("fault", broken_wheels())
def test_a_wheel_that_breaks_the_format_is_refused(fault: str, tmp_path: Path) -> None:
    problem = refusal(broken_wheels()[fault], tmp_path)
    assert (problem.code, problem.why) == ("wheel-invalid", BROKEN[fault])


def test_the_words_for_a_wrong_wheel_say_what_and_why_and_what_to_do(tmp_path: Path) -> None:
    assert str(refusal(broken_wheels()["no RECORD"], tmp_path)) == (
        "broken-1.0-py3-none-any.whl was not installed, because it is not a correct wheel.\n"
        "It has no broken-1.0.dist-info/RECORD.\n"
        '→ Choose another version: venvoy add "broken!=1.0"\n'
        "→ Tell the people who publish broken, so that they can put it right."
    )


FIVE: dict[str, str | bytes] = {"demo.py": b"12345"}
FURTHER = {
    "Its entry 'demo.py' is not what its RECORD says it is.": WheelSpec(
        "demo", files=FIVE, record=lambda text: text.replace(",5\n", ",6\n")
    ),
    "Its RECORD has 'demo.py' with a size that is not a number.": WheelSpec(
        "demo", files=FIVE, record=lambda text: text.replace(",5\n", ",five\n")
    ),
    "Its RECORD has 'demo.py' with a hash that cannot be read.": WheelSpec(
        "demo", record=lambda text: "demo.py,sha256=short,0\n" + text
    ),
    "Its RECORD says two things about 'demo.py'.": WheelSpec(
        "demo", record=lambda text: record_line("demo.py", b"other") + text
    ),
    "Its RECORD has 'demo.py' with a hash of kind 'sha1', which is too weak.": WheelSpec(
        "demo", record=lambda text: text.replace("sha256=", "sha1=")
    ),
    "It has more than one .dist-info folder: demo-1.0.dist-info, other-1.0.dist-info.": WheelSpec(
        "demo", entries=[Entry("other-1.0.dist-info/METADATA")]
    ),
    "Its folder demo-2.0.dist-info does not fit its file name.": WheelSpec("demo", dist_info="demo-2.0.dist-info"),
    "It has no .dist-info folder.": WheelSpec("demo", dist_info="Lib"),
    f"Its {DIST_INFO}/entry_points.txt is not UTF-8 text.": WheelSpec(
        "demo", entries=[Entry(f"{DIST_INFO}/entry_points.txt", b"\xff")]
    ),
}


@pytest.mark.parametrize("why", FURTHER)
def test_further_faults_of_the_format_are_named(why: str, tmp_path: Path) -> None:
    assert refusal(FURTHER[why], tmp_path).why == why


@pytest.mark.parametrize("dist_info", ["Demo-1.0.dist-info", "demo-1.0.0.dist-info"])
def test_a_dist_info_that_is_spelled_otherwise_still_fits(dist_info: str, tmp_path: Path) -> None:
    assert opened(WheelSpec("demo", dist_info=dist_info).content(), tmp_path)


def test_metadata_in_other_letters_than_utf_8_are_no_fault(tmp_path: Path) -> None:
    metadata = core_metadata("demo", "1.0", headers=["Author: José"]).encode("latin-1")
    spec = WheelSpec("demo", without=["METADATA"], entries=[Entry(f"{DIST_INFO}/METADATA", metadata)])
    assert opened(spec.content(), tmp_path)


def test_a_data_folder_that_is_spelled_otherwise_is_refused(tmp_path: Path) -> None:
    spec = WheelSpec("demo", entries=[Entry("Demo-1.0.data/scripts/x")])
    assert refusal(spec, tmp_path).code == "wheel-unsafe"


def test_a_folder_that_only_ends_like_a_data_folder_is_an_ordinary_one(tmp_path: Path) -> None:
    assert opened(WheelSpec("demo", entries=[Entry("assets.data/x")]).content(), tmp_path)


def test_a_file_name_that_is_none_is_refused_without_advice_about_a_version(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        opened(WheelSpec("demo").content(), tmp_path, "demo.whl")
    assert str(caught.value) == (
        "demo.whl was not installed, because it is not a correct wheel.\n"
        "Its file name is not NAME-VERSION-PYTHON-ABI-PLATFORM.whl."
    )


FILE = WheelSpec("demo", files={"demo.py": b"12345" * 100})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"size": 499, "local_size": 499}, "Its entry 'demo.py' is larger than it says."),
        ({"size": 501, "local_size": 501}, "Its entry 'demo.py' is broken and cannot be unpacked."),
        ({"size": 499}, "Its entry 'demo.py' is described in two ways that differ."),
        ({"local_method": 0}, "Its entry 'demo.py' is described in two ways that differ."),
        ({"method": 12, "local_method": 12}, "Its entry 'demo.py' is packed in a way that wheels do not use."),
        ({"flags": 1, "local_flags": 1}, "Its entry 'demo.py' is encrypted."),
        ({"packed": 400, "local_packed": 400}, "Its entry 'demo.py' overlaps another one."),
        (
            {"size": 1 << 30, "local_size": 1 << 30},
            "It would fill your disk: 335 bytes grow to 1,073,742,217 in 4 files.",
        ),
    ],
    ids=str,
)
def test_an_archive_that_lies_about_itself_is_refused(fields: dict[str, int], why: str, tmp_path: Path) -> None:
    assert refusal_of_bytes(changed(FILE.content(), "demo.py", **fields), tmp_path).why == why


def test_another_members_bytes_cannot_be_borrowed(tmp_path: Path) -> None:
    wheel = WheelSpec("demo", files={"a.py": b"same", "b.py": b"same"}, compress=False).content()
    borrowed = changed(wheel, "b.py", offset=wheel.find(b"PK\x03\x04"))
    assert refusal_of_bytes(borrowed, tmp_path).why == "Its entry 'b.py' is described in two ways that differ."


@pytest.mark.parametrize("wheel", [b"", b"no archive", FILE.content()[:-30], FILE.content()[:200]], ids=len)
def test_what_is_no_archive_is_refused(wheel: bytes, tmp_path: Path) -> None:
    assert refusal_of_bytes(wheel, tmp_path).why == "It is not a zip archive that can be read."


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    wheel = bytearray(FILE.content())
    wheel[40] ^= 0xFF
    assert refusal_of_bytes(bytes(wheel), tmp_path).code == "wheel-invalid"


MUTATED = WheelSpec(
    "demo",
    files={"demo/__init__.py": b"x = 1\n" * 20, "demo/b.bin": bytes(range(256))},
    data={"scripts/tool": b"#!python\n"},
    entry_points={"console_scripts": {"demo": "demo:main"}},
)


@settings(max_examples=300)
@example([(MUTATED.content().rfind(b"PK\x01\x02") + 16, 0)])  # the CRC-32 of RECORD, which comes last
@given(st.lists(st.tuples(st.integers(0, len(MUTATED.content()) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_mutated_wheel_is_refused_or_unpacked_as_its_record_says(edits: list[tuple[int, int]]) -> None:
    wheel = bytearray(MUTATED.content())
    for position, value in edits:
        wheel[position] = value
    with TemporaryDirectory() as folder:
        try:
            files = opened(bytes(wheel), Path(folder))
        except Problem as problem:
            assert problem.code in {"wheel-invalid", "wheel-unsafe"}  # noqa: PT017 - either outcome is right
            assert sorted(path.name for path in Path(folder).iterdir()) == ["some.whl", "tree"]
            return
        with zipfile.ZipFile(Path(folder, "some.whl")) as archive:
            record = archive.read(f"{DIST_INFO}/RECORD").decode()
        for file in files:
            assert f"{file.path},sha256={file.digest},{file.size}" in record
            content = Path(folder, "tree", file.path).read_bytes()
            assert record_line(file.path, content).strip() in record
