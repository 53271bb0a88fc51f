"""A plan is carried out whole or not at all, and the files are where the standards want them."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from support.stored import World, bare_environment, problem_of, tree
from venvoy.environment import installed
from venvoy.environment.stage import AlteredError
from venvoy.events import Phase
from venvoy.model.plan import Placement, Plan
from venvoy.model.stored import Files
from venvoy.system.fs import LinkMode
from venvoy.values import replace

SITE = "lib/python3.11/site-packages"


def test_the_files_of_a_wheel_go_to_the_folders_that_the_standard_names(world: World) -> None:
    wheel = world.wheel(
        "demo",
        files={"demo/__init__.py": "", "demo/sub/a.py": "x = 1"},
        data={
            "purelib/extra.py": "",
            "platlib/native.so": "ELF",
            "scripts/tool": "#!python -E\nprint(1)\n",
            "headers/demo.h": "int x;",
            "data/share/demo/readme": "hello",
        },
    )
    world.install(wheel)
    there = {path for path, content in world.tree().items() if content is not None}
    assert there >= {
        f"{SITE}/demo/__init__.py",
        f"{SITE}/demo/sub/a.py",
        f"{SITE}/extra.py",
        f"{SITE}/native.so",
        "bin/tool",
        "include/site/python3.11/demo/demo.h",
        "share/demo/readme",
    }
    assert (world.root / "bin" / "tool").read_text() == f"#!{world.environment.python} -E\nprint(1)\n"
    assert not any(".data" in path for path in there)


def test_record_lists_every_file_with_its_right_hash_and_size(world: World) -> None:
    odd = "demo/with,comma" + ' "and" quote' * (os.name != "nt") + ".txt"
    wheel = world.wheel(
        "demo",
        files={odd: "x", "demo/__init__.py": "y"},
        data={"scripts/tool": "#!python\n", "data/etc/demo.cfg": "a"},
        entry_points={"console_scripts": {"demo": "demo:main"}},
    )
    origin = {"url": "https://files.example/demo.whl", "archive_info": {}}
    world.apply(Plan(install=(Placement(wheel, requested=True, direct_url=origin),)))
    info = world.site / "demo-1.0.dist-info"
    with (info / "RECORD").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    for path, digest, size in rows[:-1]:
        data = (world.site / path).read_bytes()
        assert digest == "sha256=" + urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert int(size) == len(data)
    assert rows[-1] == ["demo-1.0.dist-info/RECORD", "", ""]
    listed = {os.path.normpath(world.site / path) for path, _, _ in rows}
    before = tree(bare_environment(world.folder / "other" / "env"))
    new = {path for path, content in world.tree().items() if content is not None and path not in before}
    assert listed == {str(world.root / path) for path in new}
    assert (info / "INSTALLER").read_text() == "venvoy\n"
    assert (info / "REQUESTED").read_bytes() == b""
    assert json.loads((info / "direct_url.json").read_text()) == {
        "url": "https://files.example/demo.whl",
        "archive_info": {"hashes": {"sha256": wheel.sha256}},
    }


def test_what_was_installed_is_read_back_with_the_wheel_it_came_from(world: World) -> None:
    wheel = world.wheel("Demo.Name")
    world.apply(Plan(install=(Placement(wheel, requested=True),)))
    (found,) = installed.read(world.environment)
    assert (found.name, found.version, found.wheel_sha256) == ("demo-name", "1.0", wheel.sha256)
    assert (found.installer, found.requested, found.has_record, found.direct_url) == ("venvoy", True, True, "")


def test_installer_files_inside_a_wheel_are_not_believed(world: World) -> None:
    world.install(
        world.wheel("demo", files={"demo-1.0.dist-info/INSTALLER": "pip", "demo-1.0.dist-info/REQUESTED": ""})
    )
    (found,) = installed.read(world.environment)
    assert (found.installer, found.requested) == ("venvoy", False)


@pytest.mark.parametrize("mode", [LinkMode.AUTO, LinkMode.HARDLINK, LinkMode.COPY])
def test_uninstalling_leaves_exactly_what_was_before(world: World, mode: LinkMode) -> None:
    (world.site / "mine.py").write_text("x = 1")
    (world.site / "google").mkdir()
    (world.site / "google" / "own.py").write_text("")
    before = world.tree()
    demo = world.wheel(
        "demo",
        files={"google/demo.py": "", "demo/deep/er/a.py": "", "top.py": ""},
        data={"scripts/tool": "#!python", "data/share/man/man1/demo.1": "man", "headers/demo.h": ""},
        entry_points={"console_scripts": {"demo": "demo.deep:main"}, "gui_scripts": {"demo-gui": "demo.deep:main"}},
    )
    world.apply(Plan(install=(Placement(demo),)), link=mode)
    for folder in ("demo/deep/er", ".", "google"):
        (world.site / folder / "__pycache__").mkdir()
    (world.site / "demo/deep/er/__pycache__/a.cpython-311.pyc").touch()
    (world.site / "__pycache__/top.cpython-311.opt-1.pyc").touch()
    (world.site / "google/__pycache__/demo.cpython-311.pyc").touch()
    world.remove("demo")
    assert world.tree() == before


def test_a_file_that_nobody_listed_stays_with_its_folders(world: World) -> None:
    world.install(world.wheel("demo", files={"demo/__init__.py": "", "demo/data/a.txt": ""}))
    (world.site / "demo/data/cache.db").touch()
    (world.site / "demo/__pycache__").mkdir()
    (world.site / "demo/__pycache__/other.cpython-311.pyc").touch()
    world.remove("demo")
    left = {path.removeprefix(f"{SITE}/") for path in world.tree() if path.startswith(f"{SITE}/")}
    assert left == {
        "demo",
        "demo/data",
        "demo/data/cache.db",
        "demo/__pycache__",
        "demo/__pycache__/other.cpython-311.pyc",
    }


@pytest.mark.skipif(os.name == "nt", reason="files have no mode there")
def test_scripts_can_be_executed_and_the_store_keeps_its_modes(world: World) -> None:
    spec = {"scripts/binary": b"\x7fELF", "scripts/ready": b"\x7fELF2", "scripts/text": "#!python\n"}
    wheel = world.wheel("demo", data=spec, executable=["demo-1.0.data/scripts/ready"])
    store = tree(Path(wheel.root))
    world.install(wheel)
    for name in ("binary", "ready", "text"):
        assert os.access(world.root / "bin" / name, os.X_OK)
    assert stat.S_IMODE((world.root / "bin" / "text").stat().st_mode) == 0o755
    assert tree(Path(wheel.root)) == store


def test_an_upgrade_replaces_a_distribution_even_when_the_plan_does_not_name_the_old_one(world: World) -> None:
    world.install(world.wheel("demo", "1.0", files={"demo/gone.py": "", "demo/stays.py": "1"}))
    world.install(world.wheel("demo", "2.0", files={"demo/new.py": "", "demo/stays.py": "2"}))
    assert world.versions() == [("demo", "2.0")]
    assert sorted(path.name for path in (world.site / "demo").iterdir()) == ["new.py", "stays.py"]
    assert (world.site / "demo/stays.py").read_text() == "2"
    assert not (world.root / ".venvoy/transaction").exists()


def test_a_folder_becomes_a_file_and_a_file_a_folder(world: World) -> None:
    world.install(world.wheel("demo", "1.0", files={"demo/a.py": "", "other.py": ""}))
    world.install(world.wheel("demo", "2.0", files={"demo": "", "other.py/b": ""}))
    assert (world.site / "demo").is_file()
    assert (world.site / "other.py" / "b").is_file()
    assert world.notes.warnings == []


def test_two_distributions_share_a_file_of_the_same_content_without_a_word(world: World) -> None:
    one = world.wheel("one", files={"shared/__init__.py": "same", "shared/one.py": ""})
    two = world.wheel("two", files={"shared/__init__.py": "same", "shared/two.py": ""})
    world.install(one)
    world.install(two)
    world.remove("one")
    assert sorted(path.name for path in (world.site / "shared").iterdir()) == ["__init__.py", "two.py"]
    assert world.notes.warnings == []


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one"), ("both",)])
def test_the_later_name_wins_a_file_of_different_content_in_any_order(world: World, order: tuple[str, ...]) -> None:
    wheels = {name: world.wheel(name, files={"tests/__init__.py": name}) for name in ("one", "two")}
    if order == ("both",):
        world.install(*wheels.values())
    else:
        for name in order:
            world.install(wheels[name])
    assert (world.site / "tests/__init__.py").read_text() == "two"
    assert world.notes.warnings == [
        f"one and two both bring {SITE}/tests/__init__.py, with different contents. The one of two is in place."
    ]
    world.remove("two")
    assert (world.site / "tests/__init__.py").exists()
    world.remove("one")
    assert not (world.site / "tests").exists()


def test_a_file_of_one_where_another_has_a_folder_is_refused_and_nothing_changes(world: World) -> None:
    world.install(world.wheel("one", files={"thing": ""}))
    before = world.tree()
    two = world.wheel("two", files={"thing/a.py": ""})
    expected = f"""\
two and one cannot be in one environment.
For one of them {SITE}/thing is a file, for the other a folder.
→ Remove one of them: venvoy remove two"""
    assert str(problem_of(lambda: world.install(two))) == expected
    assert world.tree() == before
    world.remove("one")
    assert (
        problem_of(lambda: world.install(world.wheel("one", files={"thing": ""}), two)).code == "environment-conflict"
    )
    world.install(two)
    assert problem_of(lambda: world.install(world.wheel("one", files={"thing": ""}))).code == "environment-conflict"


def test_what_belongs_to_nobody_and_is_in_the_way_is_put_aside(world: World) -> None:
    (world.site / "demo.py").write_text("mine")
    (world.site / "pack").write_text("also mine")
    (world.root / "bin" / "tool").mkdir()
    world.install(world.wheel("demo", files={"demo.py": "x", "pack/a.py": ""}, data={"scripts/tool": "#!python\n"}))
    assert (world.root / ".venvoy/aside" / SITE / "demo.py").read_text() == "mine"
    assert (world.root / ".venvoy/aside" / SITE / "pack").read_text() == "also mine"
    assert (world.root / ".venvoy/aside/bin/tool").is_dir()
    assert (world.site / "demo.py").read_text() == "x"
    assert sorted(world.notes.warnings) == [
        "bin/tool belongs to no distribution and was in the way of one. It is now .venvoy/aside/bin/tool.",
        f"{SITE}/demo.py belongs to no distribution and was in the way of one. It is now .venvoy/aside/{SITE}/demo.py.",
        f"{SITE}/pack belongs to no distribution and was in the way of one. It is now .venvoy/aside/{SITE}/pack.",
    ]
    world.remove("demo")
    (world.site / "demo.py").write_text("mine again")
    world.install(world.wheel("demo", files={"demo.py": "x"}))
    assert (world.root / ".venvoy/aside" / SITE / "demo.py.2").read_text() == "mine again"


def test_progress_names_each_distribution(world: World) -> None:
    world.install(world.wheel("one"), world.wheel("two"))
    world.notes.events.clear()
    plan = Plan(remove=installed.read(world.environment)[:1], install=(Placement(world.wheel("three")),))
    world.apply(plan)
    install = Phase.INSTALL
    assert world.notes.events == [
        ("begin", install, 2),
        ("advance", install, 1, "one"),
        ("advance", install, 1, "three"),
        ("end", install),
    ]


def test_without_record_nothing_is_removed(world: World) -> None:
    world.install(world.wheel("demo"))
    info = world.site / "demo-1.0.dist-info"
    (info / "RECORD").unlink()
    before = world.tree()
    expected = f"""\
{info}: demo 1.0 cannot be removed: the list of its files is missing.
Without it nobody knows which files are its own, and guessing could delete those of others.
→ Delete the environment's folder and make it anew: venvoy sync"""
    assert str(problem_of(lambda: world.remove("demo"))) == expected
    assert world.tree() == before


def test_a_damaged_record_stops_its_own_removal_and_nothing_else(world: World) -> None:
    world.install(world.wheel("demo"), world.wheel("other"))
    info = world.site / "demo-1.0.dist-info"
    (info / "RECORD").write_text('"' + "x" * 200_000)
    expected = f"""\
{info}: demo 1.0 cannot be removed: the list of its files is damaged.
Without it nobody knows which files are its own, and guessing could delete those of others.
→ Delete the environment's folder and make it anew: venvoy sync"""
    assert str(problem_of(lambda: world.remove("demo"))) == expected
    world.remove("other")
    assert world.versions() == [("demo", "1.0")]


def test_a_file_that_a_wheel_brings_twice_is_listed_once(world: World) -> None:
    world.install(world.wheel("demo", files={"demo.py": "1"}, data={"purelib/demo.py": "2"}))
    lines = (world.site / "demo-1.0.dist-info/RECORD").read_text().splitlines()
    assert len([line for line in lines if line.startswith("demo.py,")]) == 1


@pytest.mark.parametrize("path", ["../../../../secret", "/etc/passwd", "../../../pyvenv.cfg", "../../../bin/python3"])
def test_a_record_that_names_a_file_outside_is_not_obeyed(world: World, path: str) -> None:
    (world.folder / "secret").touch()
    world.install(world.wheel("demo"))
    record = world.site / "demo-1.0.dist-info" / "RECORD"
    record.write_text(f"{record.read_text()}{path},,\n")
    before = world.tree()
    expected = f"""\
{record}: demo 1.0 was not removed: the list of its files names {path}.
That file is outside the environment, or belongs to the environment itself. A list alone is no reason to delete it.
→ Delete the environment's folder and make it anew: venvoy sync"""
    assert str(problem_of(lambda: world.remove("demo"))) == expected
    assert world.tree() == before


@pytest.mark.skipif(os.name == "nt", reason="making a link is a privilege there")
def test_a_folder_that_is_a_link_is_not_entered(world: World) -> None:
    outside = world.folder / "outside"
    outside.mkdir()
    (outside / "a.py").touch()
    world.install(world.wheel("demo", files={"demo/a.py": "", "keep.py": ""}))
    (world.site / "demo" / "a.py").unlink()
    (world.site / "demo").rmdir()
    (world.site / "demo").symlink_to(outside)
    world.remove("demo")
    assert (outside / "a.py").exists()
    assert not (world.site / "keep.py").exists()


@pytest.mark.parametrize("path", ["data/pyvenv.cfg", "scripts/python", "scripts/Python3.12", "data/.venvoy/stamp"])
def test_a_wheel_may_not_replace_what_the_environment_is_made_of(world: World, path: str) -> None:
    target = path.removeprefix("data/").replace("scripts/", "bin/")
    expected = f"""\
demo was not installed: it wants to replace {target}.
That file belongs to the environment itself and decides which Python runs.
→ Choose another version. If you did not expect this, tell the maintainers."""
    assert str(problem_of(lambda: world.install(world.wheel("demo", data={path: ""})))) == expected
    entry = world.wheel("demo", entry_points={"console_scripts": {"python3": "demo:main"}})
    assert problem_of(lambda: world.install(entry)).code == "wheel-unsafe"


@pytest.mark.parametrize("top", ["other-1.0.dist-info", "demo-1.0.dist-info", "Other.egg-info", "other.egg-link"])
@pytest.mark.parametrize("kind", ["purelib", "platlib", "data/lib/python3.11/site-packages"])
def test_a_wheel_may_not_say_that_something_else_is_installed(world: World, kind: str, top: str) -> None:
    expected = f"""\
demo was not installed: it wants to add lib/python3.11/site-packages/{top}/METADATA.
Such a file says what is installed: with it a distribution could pass for another one.
→ Choose another version. If you did not expect this, tell the maintainers."""
    wheel = world.wheel("demo", data={f"{kind}/{top}/METADATA": "Name: other\n"})
    assert str(problem_of(lambda: world.install(wheel))) == expected
    assert world.versions() == []


def test_an_unknown_folder_of_a_wheel_is_refused(world: World) -> None:
    expected = """\
demo cannot be installed: nobody knows where its file demo-1.0.data/stuff/x belongs.
In this folder of a wheel only purelib, platlib, headers, scripts and data are defined.
→ Choose another version, and tell the maintainers."""
    assert str(problem_of(lambda: world.install(world.wheel("demo", data={"stuff/x": ""})))) == expected


def test_a_fault_half_way_leaves_the_old_state(world: World) -> None:
    world.install(world.wheel("demo", "1.0"))
    before = world.tree()
    broken = world.wheel("demo", "2.0", files={"a.py": "", "b.py": ""})
    lost = replace(next(iter(broken.files)), path="never-there.py")
    problem = problem_of(lambda: world.install(replace(broken, files=Files.of([*broken.files, lost]))))
    assert str(problem) == (
        f"{broken.root}/never-there.py: A file of the wheel store was changed or deleted just now.\n"
        "→ Run the command again."
    )
    assert isinstance(problem, AlteredError)
    assert problem.sha256 == broken.sha256
    assert world.tree() == before
    assert not (world.root / ".venvoy/transaction").exists()
