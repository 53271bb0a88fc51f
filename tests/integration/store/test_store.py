"""The store on real files: added once, checked on every way out, whole after every accident."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.notes import Notes
from support.wheels import WheelSpec, unsafe_wheels
from venvoy.errors import Problem
from venvoy.events import Silent
from venvoy.model.stored import StoredWheel
from venvoy.store.store import Store

SPEC = WheelSpec(
    "Demo",
    files={"demo/__init__.py": "x = 1\n", "demo/données é.txt": "é" * 5000, "demo/run": "#!/bin/sh\n"},
    executable=["demo/run"],
    data={"scripts/tool": "#!python\n"},
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "my store é"


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def store(root: Path, notes: Notes) -> Store:
    return Store(root, notes)


def written(folder: Path, spec: WheelSpec = SPEC) -> tuple[Path, str, str]:
    path = spec.write(folder / "wheels")
    return path, spec.file_name, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def added(store: Store, tmp_path: Path) -> StoredWheel:
    return store.add(*written(tmp_path))


def edit(path: Path, content: bytes) -> None:
    """Write through protection, as root or an editor with ``!`` does."""
    path.chmod(0o644)
    path.write_bytes(content)


def rubbish(root: Path) -> list[str]:
    return [path.name for path in (root / "wheels-v2").iterdir() if path.name.startswith("tmp-")]


def said(what: Path) -> str:
    return (
        f"{what} was changed or deleted after it was stored. That copy of the wheel is thrown away, and fetched again "
        "when it is needed. Environments that were filled from it may have the same fault."
    )


def test_a_lock_that_was_left_alone_is_swept_once_nobody_can_need_it(root: Path, tmp_path: Path) -> None:
    bucket = root / "wheels-v2"
    bucket.mkdir(parents=True)
    for name in ("tmp-old.lock", "tmp-new.lock"):
        (bucket / name).touch()
    long_ago = time.time() - 7200
    os.utime(bucket / "tmp-old.lock", (long_ago, long_ago))
    Store(root, Silent()).add(*written(tmp_path))
    assert rubbish(root) == ["tmp-new.lock"]


def test_what_was_added_is_found_again_by_anybody(added: StoredWheel, root: Path, store: Store) -> None:
    assert store.get(added.sha256) == added
    assert Store(root, Silent()).get(added.sha256.upper()) == added
    assert (added.name, added.version, added.dist_info, added.purelib) == ("demo", "1.0", "demo-1.0.dist-info", True)
    assert [file.path for file in added.files if file.executable] == ["demo/run", "demo-1.0.data/scripts/tool"]
    assert store.verify(added.sha256) == ()


def test_the_layout_is_the_documented_one(added: StoredWheel, root: Path) -> None:
    entry = root / "wheels-v2" / added.sha256[:2] / added.sha256
    assert sorted(path.name for path in entry.iterdir()) == ["files", "manifest"]
    assert added.root == str(entry / "files")
    assert (entry / "files/demo/données é.txt").read_text(encoding="utf-8") == "é" * 5000
    assert rubbish(root) == []


def test_another_versions_bucket_is_left_alone(root: Path, tmp_path: Path) -> None:
    (root / "wheels-v0/tmp-old").mkdir(parents=True)
    (root / "wheels-v3/tmp-new").mkdir(parents=True)
    Store(root, Silent()).add(*written(tmp_path))
    assert sorted(path.name for path in root.iterdir()) == ["wheels-v0", "wheels-v2", "wheels-v3"]
    assert (root / "wheels-v0/tmp-old").is_dir()
    assert (root / "wheels-v3/tmp-new").is_dir()


def test_what_was_never_added_is_absent(store: Store, root: Path) -> None:
    assert store.get("0" * 64) is None
    assert store.verify("0" * 64) is None
    store.discard("0" * 64)
    assert rubbish(root) == []


@pytest.mark.parametrize("digest", ["", "../../etc", "0" * 63, "g" * 64, "0" * 64 + "\n"])
def test_what_is_no_digest_never_becomes_a_path(digest: str, store: Store) -> None:
    with pytest.raises(Problem) as caught:
        store.get(digest)
    assert str(caught.value) == f"{digest!r} is not a SHA-256 digest: 64 digits from 0 to 9 and a to f."


def test_adding_again_does_nothing(added: StoredWheel, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "wheels" / SPEC.file_name
    path.unlink()
    assert store.add(path, SPEC.file_name, added.sha256) == added


@pytest.mark.skipif(sys.platform == "win32", reason="there the store's files stay writable")
def test_files_are_protected_against_editors(added: StoredWheel) -> None:
    modes = {stat.S_IMODE(Path(added.root, file.path).stat().st_mode) & 0o222 for file in added.files}
    assert modes == {0}


def test_an_edit_is_noticed_said_and_never_given_out(
    added: StoredWheel, store: Store, notes: Notes, root: Path
) -> None:
    path = Path(added.root, "demo", "__init__.py")
    edit(path, b"x = 2\n")
    assert store.get(added.sha256) is None
    assert notes.warnings == [said(path)]
    assert not Path(added.root).exists()
    assert rubbish(root) == []


@pytest.mark.parametrize("harm", ["longer", "deleted", "folder", "link"])
def test_every_kind_of_harm_to_a_file_is_noticed(harm: str, added: StoredWheel, store: Store, notes: Notes) -> None:
    path = Path(added.root, "demo", "__init__.py")
    if harm == "longer":
        edit(path, b"x = 1 # more\n")
    else:
        path.chmod(0o644)
        path.unlink()
    if harm == "folder":
        path.mkdir()
    if harm == "link":
        if sys.platform == "win32":
            pytest.skip("links need a right there")
        (Path(added.root) / "same").write_bytes(b"x = 1\n")
        path.symlink_to(Path(added.root) / "same")
    assert store.get(added.sha256) is None
    assert notes.warnings == [said(path)]


def test_a_deleted_folder_is_noticed(added: StoredWheel, store: Store, notes: Notes) -> None:
    shutil.rmtree(Path(added.root, "demo"))
    assert store.get(added.sha256) is None
    assert len(notes.warnings) == 1


@pytest.mark.parametrize("content", [None, b"", b"venvoy wheel 2\n", b"\xff\xfe"])
def test_a_manifest_that_is_broken_or_gone_counts_as_damage(
    content: bytes | None, added: StoredWheel, store: Store, notes: Notes
) -> None:
    manifest = Path(added.root).parent / "manifest"
    if content is None:
        manifest.unlink()
    else:
        manifest.write_bytes(content)
    assert store.verify(added.sha256) == (str(manifest),)
    assert store.get(added.sha256) is None
    assert notes.warnings == [said(manifest)]


def test_after_damage_the_wheel_can_be_added_again(added: StoredWheel, store: Store, tmp_path: Path) -> None:
    edit(Path(added.root, "demo", "__init__.py"), b"x = 2\n")
    again = store.add(*written(tmp_path))
    assert Path(again.root, "demo", "__init__.py").read_bytes() == b"x = 1\n"
    assert store.verify(added.sha256) == ()


def test_an_environment_keeps_its_links_when_the_entry_goes(added: StoredWheel, store: Store, tmp_path: Path) -> None:
    (tmp_path / "linked.py").hardlink_to(Path(added.root, "demo", "__init__.py"))
    store.discard(added.sha256)
    assert (tmp_path / "linked.py").read_bytes() == b"x = 1\n"
    assert store.get(added.sha256) is None


def test_an_edit_that_puts_size_and_time_back_is_found_by_verify(added: StoredWheel, store: Store) -> None:
    path = Path(added.root, "demo", "__init__.py")
    before = path.stat().st_mtime_ns
    edit(path, b"x = 2\n")
    os.utime(path, ns=(before, before))
    assert store.get(added.sha256) == added
    assert store.verify(added.sha256) == (str(path),)


def test_a_file_that_was_put_in_is_found_by_verify(added: StoredWheel, store: Store) -> None:
    stranger = Path(added.root, "sitecustomize.py")
    stranger.write_bytes(b"")
    assert store.verify(added.sha256) == (str(stranger),)


def test_a_store_that_was_copied_without_its_times_is_right_and_learns_the_new_ones(
    added: StoredWheel, store: Store, notes: Notes
) -> None:
    for file in added.files:
        os.utime(Path(added.root, file.path), ns=(10**18, 10**18))
    fresh = store.get(added.sha256)
    assert fresh is not None
    assert {file.mtime_ns for file in fresh.files} == {10**18}
    assert [(file.path, file.digest) for file in fresh.files] == [(file.path, file.digest) for file in added.files]
    manifest = (Path(added.root).parent / "manifest").read_bytes()
    assert b"\n1000000000000000000 1000000000000000000 " in manifest
    assert store.get(added.sha256) == fresh
    assert notes.warnings == []


def test_a_refused_wheel_leaves_nothing_behind(store: Store, root: Path, tmp_path: Path) -> None:
    spec = WheelSpec("demo", files={"a.py": "1", "z.py": "1"}, replaced={"z.py": b"2"})
    for wrong in (spec, unsafe_wheels()["parent folder"]):
        with pytest.raises(Problem):
            store.add(*written(tmp_path, wrong))
    assert list((root / "wheels-v2").iterdir()) == []


ADD = """
import sys, time
from pathlib import Path
from venvoy.events import Silent
from venvoy.store.store import Store
root, wheel, name, sha256, go = sys.argv[1:]
print("ready", flush=True)
while not Path(go).exists():
    time.sleep(0.001)
print(ascii(Store(Path(root), Silent()).add(Path(wheel), name, sha256).root))
"""


def test_processes_that_add_the_same_wheel_at_once_end_up_with_one_entry(root: Path, tmp_path: Path) -> None:
    many = WheelSpec("Demo", files={f"demo/m{number}.py": f"x = {number}\n" * 50 for number in range(300)})
    wheel, name, sha256 = written(tmp_path, many)
    go = tmp_path / "go"
    command: list[str | Path] = [sys.executable, "-c", ADD, root, wheel, name, sha256, go]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
    go.touch()
    answers = {child.communicate()[0] for child in children}
    assert [child.returncode for child in children] == [0] * 4
    store = Store(root, Silent())
    stored = store.get(sha256)
    assert stored is not None
    assert answers == {ascii(stored.root) + "\n"}
    assert store.verify(sha256) == ()
    assert rubbish(root) == []


def test_threads_that_add_the_same_wheel_at_once_end_up_with_one_entry(
    store: Store, root: Path, tmp_path: Path
) -> None:
    wheel = written(tmp_path)
    start = threading.Barrier(4)
    answers = []

    def work() -> None:
        start.wait()
        answers.append(store.add(*wheel).root)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert rubbish(root) == []


HALF_WAY = """
import sys
from pathlib import Path
from venvoy.events import Silent
from venvoy.store.store import Store
with Store(Path(sys.argv[1]), Silent())._temporary() as folder:
    Path(folder, "files").mkdir()
    Path(folder, "files", "half").write_text("half")
    print("working", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def worker(root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is in the middle of adding something."""
    command = [sys.executable, "-c", HALF_WAY, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        assert child.stdout.readline() == "working\n"
        yield child
        child.kill()


def test_what_a_killed_process_left_is_removed_by_the_next_that_adds(
    worker: subprocess.Popen[str], root: Path, tmp_path: Path
) -> None:
    worker.kill()
    worker.wait()
    assert len(rubbish(root)) == 2
    Store(root, Silent()).add(*written(tmp_path))
    assert rubbish(root) == []


def test_what_a_living_process_works_on_is_left_alone(
    worker: subprocess.Popen[str], root: Path, tmp_path: Path
) -> None:
    before = sorted(rubbish(root))
    Store(root, Silent()).add(*written(tmp_path))
    assert sorted(rubbish(root)) == before
    assert worker.poll() is None


@pytest.mark.skipif(sys.platform == "win32", reason="the words are the system's")
def test_a_file_in_the_way_of_the_store_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"")
    wheel = written(tmp_path)
    with pytest.raises(Problem) as caught:
        Store(tmp_path / "store", Silent()).add(*wheel)
    manifest = tmp_path / "store/wheels-v2" / wheel[2][:2] / wheel[2] / "manifest"
    assert str(caught.value) == f"{manifest}: Could not read the wheel store.\nThe system says: Not a directory."


def test_a_wheel_that_is_not_there_is_a_problem(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        store.add(tmp_path / "gone.whl", SPEC.file_name, "0" * 64)
    assert str(caught.value) == (
        f"{tmp_path / 'gone.whl'}: Could not unpack demo-1.0-py3-none-any.whl into the wheel store.\n"
        "The system says: No such file or directory."
    )


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="modes of this kind are POSIX's")
def test_a_store_that_may_only_be_read_gives_out_what_it_has_and_refuses_the_rest(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a store that belongs to somebody else")
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        root = Path(name).resolve() / "store"
        first, second = written(tmp_path), written(tmp_path, WheelSpec("other"))
        wheel = Store(root, Silent()).add(*first)
        shutil.copy(second[0], name)
        for file in wheel.files:  # also where the manifest cannot be brought up to date
            os.utime(Path(wheel.root, file.path), ns=(10**18, 10**18))
        os.seteuid(65534)
        try:
            store = Store(root, Silent())
            assert store.get(first[2]) is not None
            with pytest.raises(Problem) as caught:
                store.add(Path(name, second[1]), *second[1:])
        finally:
            os.seteuid(0)
    assert caught.value.code == "permission-denied"
    assert caught.value.why == f"{root}/wheels-v2 belongs to root, and you may not change it."


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
def test_a_full_disk_is_a_problem_and_leaves_what_is_stored(tmp_path: Path) -> None:
    disk = tmp_path / "small disk"
    disk.mkdir()
    mount = shutil.which("mount")
    arguments: list[str | Path] = [mount or "", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]
    if not mount or subprocess.run(arguments, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        store = Store(disk / "store", Silent())
        first = store.add(*written(tmp_path))
        with pytest.raises(Problem) as caught:
            store.add(*written(tmp_path, WheelSpec("big", files={"a.py": "", "big.bin": bytes(1 << 20)})))
        assert caught.value.code == "disk-full"
        assert caught.value.what == "Could not unpack big-1.0-py3-none-any.whl into the wheel store."
        assert caught.value.why == f"The disk at {disk} is full."
        assert rubbish(disk / "store") == []
        assert store.verify(first.sha256) == ()
    finally:
        subprocess.run(["umount", disk], check=True)
