"""Every file of an environment is compared with its wheel and its RECORD: what is found, and what is left in peace."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support.notes import Notes
from support.stored import Crash, Killed, World
from support.wheels import record_line
from venvoy.environment import apply, repair, verify
from venvoy.environment.verify import Kind
from venvoy.model.plan import Placement, Plan
from venvoy.model.stored import StoredWheel

SITE = "lib/python3.11/site-packages"
INFO = f"{SITE}/demo-1.0.dist-info"
SCRIPT = {"console_scripts": {"demo": "demo:main"}}
FILES: dict[str, str | bytes] = {"demo/__init__.py": "x = 1\n", "demo/data.txt": "data\n"}

Found = list[tuple[str, str, str]]


class Shop(World):
    """A world whose wheels are at hand for checking, unless they are put away."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.wheels: dict[str, StoredWheel] = {}

    def wheel(self, name: str, version: str = "1.0", **options: object) -> StoredWheel:
        made = super().wheel(name, version, **options)
        self.wheels[made.sha256] = made
        return made

    def found(self, **right: str) -> Found:
        examined = verify.examine(self.environment, self.wheels, right, map)
        return [(one.kind.value, one.path, one.detail) for one in examined.findings]

    def harmless(self) -> list[str]:
        examined = verify.examine(self.environment, self.wheels, {}, map)
        return [one.path for one in examined.findings if not one.serious]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    demo = shop.wheel(
        "demo", files=FILES, entry_points=SCRIPT, data={"scripts/tool": "#!python\n", "data/share/x": "x"}
    )
    other = shop.wheel("other", purelib=False)
    shop.apply(
        Plan(install=(Placement(demo, requested=True, direct_url={"url": "file:///demo.whl"}), Placement(other)))
    )
    return shop


def put(path: Path, content: str | bytes) -> None:
    """Replace a file, as an editor does that writes a new one: hard links keep the old content."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_what_was_installed_is_as_it_should_be(shop: Shop) -> None:
    assert shop.found() == []
    examined = verify.examine(shop.environment, shop.wheels, {}, map)
    assert (examined.distributions, len(examined.present)) == (2, 2)
    shop.wheels.clear()
    assert shop.found() == [], "RECORD alone says the same"
    assert verify.examine(shop.environment, {}, {}, map).files == examined.files


@pytest.mark.parametrize("at_hand", [True, False], ids=["with the wheel", "with RECORD alone"])
@pytest.mark.parametrize(
    "path", [f"{SITE}/demo/__init__.py", f"{INFO}/METADATA", f"{INFO}/venvoy.txt", "bin/demo", "bin/tool", "share/x"]
)
def test_an_edit_is_found_even_when_size_and_time_are_put_back(shop: Shop, path: str, *, at_hand: bool) -> None:
    if not at_hand:
        shop.wheels.clear()
    file = shop.root / path
    before, content = file.stat(), file.read_bytes()
    put(file, bytes(reversed(content)) if content[0] != content[-1] else b"~" * len(content))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert ("edited", path, "") in shop.found()


def test_an_edit_that_was_written_into_record_too_is_found_with_the_wheel(shop: Shop) -> None:
    put(shop.site / "demo/__init__.py", "x = 2\n")
    record = shop.root / INFO / "RECORD"
    lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [record_line("demo/__init__.py", b"x = 2\n") if "demo/__init__" in line else line for line in lines]
    put(record, "".join(changed))
    assert shop.found() == [
        ("edited", f"{SITE}/demo/__init__.py", ""),
        ("record", f"{INFO}/RECORD", f"differs from the wheel about {SITE}/demo/__init__.py"),
    ]


@pytest.mark.parametrize(
    ("change", "about"),
    [
        (lambda text: text.replace(record_line("demo/data.txt", b"data\n"), ""), f"{SITE}/demo/data.txt"),
        (lambda text: record_line("stranger.py", b"") + text, f"{SITE}/stranger.py"),
    ],
    ids=["a line less", "a line more"],
)
def test_a_record_that_differs_from_the_wheel_is_found(shop: Shop, change: Callable[[str], str], about: str) -> None:
    record = shop.root / INFO / "RECORD"
    put(record, change(record.read_text(encoding="utf-8")))
    assert shop.found() == [("record", f"{INFO}/RECORD", f"differs from the wheel about {about}")]


def test_missing_files_are_found(shop: Shop) -> None:
    for path in ("bin/demo", "share/x", f"{SITE}/demo/data.txt"):
        (shop.root / path).unlink()
    assert [(kind, path) for kind, path, _ in shop.found()] == [
        ("missing", "bin/demo"),
        ("missing", f"{SITE}/demo/data.txt"),
        ("missing", "share/x"),
    ]


def test_a_link_or_a_folder_in_the_place_of_a_file_is_an_edit(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "same.py").write_text("x = 1\n", encoding="utf-8")
    (shop.site / "demo/__init__.py").unlink()
    (shop.site / "demo/__init__.py").symlink_to(tmp_path / "same.py")
    (shop.site / "demo/data.txt").unlink()
    (shop.site / "demo/data.txt").mkdir()
    assert shop.found() == [
        ("edited", f"{SITE}/demo/__init__.py", "is a link or a folder now"),
        ("edited", f"{SITE}/demo/data.txt", "is a link or a folder now"),
    ]


RUN = "Python runs it each time it starts"
READ = "Python reads it each time it starts, and runs code that it holds"
IMPORT = "programs can import it"


@pytest.mark.parametrize(
    ("path", "reported", "why"),
    [
        ("evil.pth", "evil.pth", READ),
        ("Evil.PTH", "Evil.PTH", READ),
        ("evil.start", "evil.start", READ),
        ("sitecustomize.py", "sitecustomize.py", RUN),
        ("usercustomize.py", "usercustomize.py", RUN),
        ("sitecustomize.cpython-311-x86_64-linux-gnu.so", "sitecustomize.cpython-311-x86_64-linux-gnu.so", RUN),
        ("sitecustomize/__init__.py", "sitecustomize/", RUN),
        ("mine.py", "mine.py", IMPORT),
        ("mine/deep/x.py", "mine/", IMPORT),
        ("demo/extra.py", "demo/extra.py", IMPORT),
        ("demo/extra.pth", "demo/extra.pth", ""),
        ("demo/cache/x.bin", "demo/cache/", ""),
        ("notes.txt", "notes.txt", ""),
        ("demo-1.0.dist-info/notes.txt", "demo-1.0.dist-info/notes.txt", ""),
    ],
)
def test_a_file_of_nobody_is_found_with_what_it_can_do(shop: Shop, path: str, reported: str, why: str) -> None:
    put(shop.site / path, "")
    assert shop.found() == [("added", f"{SITE}/{reported}", why)]
    assert shop.harmless() == ([] if why else [f"{SITE}/{reported}"])


def test_a_command_of_nobody_is_found_and_those_that_make_an_environment_are_not(shop: Shop) -> None:
    for name in (
        "activate",
        "activate.fish",
        "Activate.ps1",
        "deactivate.nu",
        "activate_this.py",
        "python3.11",
        "pypy3",
    ):
        put(shop.root / "bin" / name, "")
    put(shop.root / "bin/git", "")
    assert shop.found() == [("added", "bin/git", "it runs when its name is typed in this environment")]


def test_what_python_compiled_is_fine_while_its_source_is_there(shop: Shop) -> None:
    put(shop.site / "demo/__pycache__/__init__.cpython-311.pyc", "")
    put(shop.site / "__pycache__/other.cpython-311.opt-1.pyc", "")
    assert shop.found() == []
    put(shop.site / "demo/__pycache__/gone.cpython-311.pyc", "")
    assert shop.found() == [("added", f"{SITE}/demo/__pycache__/gone.cpython-311.pyc", "")]
    assert shop.harmless() == [f"{SITE}/demo/__pycache__/gone.cpython-311.pyc"]


def test_empty_folders_are_nobodys_business(shop: Shop) -> None:
    (shop.site / "empty/deep").mkdir(parents=True)
    assert shop.found() == []


def test_two_versions_side_by_side_are_a_duplicate_and_the_lockfile_says_which_counts(shop: Shop) -> None:
    info = shop.root / f"{SITE}/demo-0.9.dist-info"
    put(info / "METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 0.9\n")
    put(info / "RECORD", "demo-0.9.dist-info/METADATA,,\n")
    old, new = f"{SITE}/demo-0.9.dist-info", INFO
    assert shop.found() == [("duplicate", old, "is there more than once")]
    assert shop.found(demo="1.0") == [("duplicate", old, "is there more than once")]
    assert ("duplicate", new, "is there more than once") in shop.found(demo="0.9")


def test_a_distribution_without_the_list_of_its_files(shop: Shop) -> None:
    (shop.root / INFO / "RECORD").unlink()
    assert shop.found() == [("broken", INFO, "has no list of its files")]
    put(shop.site / "demo/__init__.py", "x = 2\n")
    assert ("edited", f"{SITE}/demo/__init__.py", "") in shop.found(), "its wheel still says what it must be"


def test_a_distribution_of_old_times_cannot_be_checked_and_is_no_fault(shop: Shop) -> None:
    put(shop.site / "old.egg-link", "/home/me/old\n")
    assert shop.found() == [
        ("broken", f"{SITE}/old.egg-link", "was installed in an old way, without a list of its files")
    ]
    assert shop.harmless() == [f"{SITE}/old.egg-link"]


def test_what_an_interrupted_pip_left_is_debris(shop: Shop) -> None:
    put(shop.site / "~emo/__init__.py", "")
    assert shop.found() == [("debris", f"{SITE}/~emo", "")]


def test_what_a_wheel_brought_is_no_debris_whatever_it_is_called(shop: Shop) -> None:
    shop.install(shop.wheel("odd", files={"~odd/x.py": "", "~y.py": ""}, data={"scripts/deep/tool": "#!python\n"}))
    assert shop.found() == []


def test_a_script_for_another_place_is_told_from_an_edited_one(shop: Shop) -> None:
    moved = b"#!/elsewhere/bin/python\n"
    put(shop.root / "bin/demo", moved)
    record = shop.root / INFO / "RECORD"
    lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
    put(record, "".join(record_line("../../../bin/demo", moved) if "bin/demo," in line else line for line in lines))
    assert shop.found() == [("outdated", "bin/demo", "was made by another venvoy, or for another place")]


def test_a_distribution_that_pip_installed_is_checked_against_its_record(shop: Shop) -> None:
    home = shop.site / "pipped-2.0.dist-info"
    put(shop.site / "pipped.py", "y = 1\n")
    put(home / "METADATA", "Metadata-Version: 2.1\nName: pipped\nVersion: 2.0\n")
    put(home / "INSTALLER", "pip\n")
    put(
        home / "RECORD",
        record_line("pipped.py", b"y = 1\n")
        + "__pycache__/pipped.cpython-311.pyc,,\npipped-2.0.dist-info/METADATA,,\npipped-2.0.dist-info/INSTALLER,,\n"
        + "pipped-2.0.dist-info/RECORD,,\n",
    )
    assert shop.found() == []
    put(shop.site / "pipped.py", "y = 2\n")
    assert shop.found() == [("edited", f"{SITE}/pipped.py", "")]


def test_hashes_of_other_kinds_in_record_are_understood(shop: Shop) -> None:
    import base64
    import hashlib

    digest = base64.urlsafe_b64encode(hashlib.sha512(b"z = 1\n").digest()).decode().rstrip("=")
    put(shop.site / "strong.py", "z = 1\n")
    put(shop.site / "strong-1.0.dist-info/RECORD", f"strong.py,sha512={digest},6\nstrong-1.0.dist-info/RECORD,,\n")
    assert shop.found() == []
    put(shop.site / "strong.py", "z = 2\n")
    assert shop.found() == [("edited", f"{SITE}/strong.py", "")]


def test_one_file_of_two_distributions_may_be_either_of_them(shop: Shop) -> None:
    first, second = (shop.wheel(name, files={"shared.py": f"{name} = 1\n"}) for name in ("aaa", "bbb"))
    shop.install(first, second)
    assert (shop.site / "shared.py").read_text() == "bbb = 1\n"
    assert shop.found() == []
    put(shop.site / "shared.py", "neither = 1\n")
    assert [path for _, path, _ in shop.found()] == [f"{SITE}/shared.py"]


def test_every_kind_is_a_word_for_json() -> None:
    assert [kind.value for kind in Kind] == [kind.name.lower() for kind in Kind]


def test_a_record_is_written_again_and_the_distribution_can_be_removed(shop: Shop) -> None:
    record = shop.root / INFO / "RECORD"
    before = record.read_bytes()
    record.unlink()
    one = next(one for one in verify.examine(shop.environment, {}, {}, map).present if one.name == "demo")
    repair.write_record(shop.environment, one, shop.wheels.get)
    lines = set(before.splitlines())
    assert {line for line in lines if b"direct_url" not in line} == set(record.read_bytes().splitlines())
    shop.remove("demo")
    assert shop.versions() == [("other", "1.0")]
    assert not (shop.site / "demo").exists()


def test_a_record_without_a_wheel_names_no_more_than_its_own_folder(shop: Shop) -> None:
    (shop.root / INFO / "RECORD").unlink()
    one = next(one for one in verify.examine(shop.environment, {}, {}, map).present if one.name == "demo")
    repair.write_record(shop.environment, one, lambda _: None)
    shop.remove("demo")
    assert not (shop.root / INFO).exists()
    assert (shop.site / "demo/__init__.py").exists()


def test_strangers_are_set_aside_all_or_none(shop: Shop) -> None:
    put(shop.site / "evil.pth", "1")
    put(shop.site / "mine/x.py", "2")
    before = shop.tree()
    for after in range(99):
        with contextlib.suppress(Killed):
            repair.set_aside(shop.environment, [f"{SITE}/evil.pth", f"{SITE}/mine/"], Notes(), step=Crash(after))
        apply.recover(shop.environment, Notes())
        if not (shop.site / "evil.pth").exists():
            break
        assert shop.tree() == before
    assert after > 3
    aside = shop.root / ".venvoy/aside" / SITE
    assert ((aside / "evil.pth").read_text(), (aside / "mine/x.py").read_text()) == ("1", "2")
    assert not (shop.site / "mine").exists()
    assert shop.found() == []


def test_what_lies_aside_already_stays(shop: Shop) -> None:
    for number in range(3):
        put(shop.site / "evil.pth", str(number))
        moved = repair.set_aside(shop.environment, [f"{SITE}/evil.pth"], Notes())
    assert moved == ((f"{SITE}/evil.pth", f".venvoy/aside/{SITE}/evil.pth.3"),)
    aside = shop.root / ".venvoy/aside" / SITE
    assert {path.name: path.read_text() for path in aside.iterdir()} == {
        "evil.pth": "0",
        "evil.pth.2": "1",
        "evil.pth.3": "2",
    }
    assert repair.set_aside(shop.environment, [], Notes()) == ()
