"""Wherever a change is interrupted, the environment is as it was before or as it shall be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.stored import Crash, Killed, World, problem_of
from venvoy.environment import installed, layout
from venvoy.environment.apply import apply, recover
from venvoy.errors import Problem
from venvoy.model.plan import Placement, Plan
from venvoy.system import fs
from venvoy.system.fs import LinkMode
from venvoy.values import replace

SITE = "lib/python3.11/site-packages"


def stop_at(name: str) -> Callable[[str], None]:
    """A hook that kills the process just before the step with this name, and whatever is tried after it."""
    seen: list[str] = []

    def step(current: str) -> None:
        seen.append(current)
        if name in seen:
            raise Killed

    return step


def upgrade(world: World) -> Plan:
    """Three distributions up, one out, one new: whole and merged folders, single files, scripts, a file in the way."""
    points = {"console_scripts": {"one": "one:main"}}
    world.install(
        world.wheel("one", "1", files={"one/a.py": "1", "one/b.py": "1", "ns/one.py": "1"}, entry_points=points),
        world.wheel("two", "1", files={"two.py": "1", "ns/two.py": "1"}, data={"data/share/two": "1"}),
        world.wheel("three", "1", files={"three/a.py": "1"}),
        world.wheel("gone", "1", files={"gone/a.py": "1", "ns/gone.py": ""}),
        world.wheel("stays", "1", files={"ns/stays.py": "1"}),
    )
    (world.site / "in_the_way.py").write_text("mine")
    new = (
        world.wheel("one", "2", files={"one/a.py": "2", "one/c.py": "2", "ns/one.py": "2"}, entry_points=points),
        world.wheel("two", "2", files={"two/a.py": "2", "ns/two.py": "2"}, data={"data/share/two": "2"}),
        world.wheel("three", "2", files={"three/a.py": "2", "in_the_way.py": "3"}),
        world.wheel("new", "2", files={"new/deep/a.py": "2"}),
    )
    remove = tuple(found for found in installed.read(world.environment) if found.name != "stays")
    return Plan(remove, tuple(map(Placement, new)))


def fresh(folder: Path) -> World:
    """A world in the same place every time: scripts and RECORD hold its path."""
    fs.remove_tree(folder)
    return World(folder)


def as_windows_renames(source: str, destination: str, rename: Callable[[str, str], None] = os.replace) -> None:
    """No folder in which a file is in use, as every old a.py is here that has been installed."""
    if "transaction/new" not in source and any(path.read_text() == "1" for path in Path(source).rglob("a.py")):
        error = PermissionError(13, "in use", source)
        setattr(error, "winerror", 5)  # noqa: B010 - type checkers know it on Windows only
        raise error
    rename(source, destination)


@pytest.mark.parametrize("used", [False, True])
def test_a_kill_at_any_step_leaves_the_old_or_the_new_state(
    used: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if used:
        monkeypatch.setattr(os, "replace", as_windows_renames)
        monkeypatch.setattr(fs, "_PAUSES", ())
    folder = tmp_path / "world"
    world = fresh(folder)
    plan = upgrade(world)
    old = world.tree()
    steps: list[str] = []
    world.apply(plan, steps.append)
    new = world.tree()
    assert steps.count("write journal") == 1 + used
    outcomes = []
    tried = range(0, len(steps), 5 if used else 1)
    for after in tried:
        world = fresh(folder)
        plan = upgrade(world)
        with pytest.raises(Killed):
            world.apply(plan, Crash(after))
        undone = recover(world.environment, world.notes)
        now = world.tree()
        assert now in (old, new), steps[after]
        outcomes.append(now == new)
        assert not (world.root / ".venvoy/transaction").exists()
        message = "The last change to this environment was interrupted; it is again as it was before."
        assert (message in world.notes.warnings) is undone
        world.apply(replace(plan, remove=tuple(d for d in installed.read(world.environment) if d.name == "gone")))
        assert world.tree() == new
    assert outcomes == [steps[after] == "clean up" for after in tried]


def test_a_kill_while_recovering_is_recovered_from_as_well(tmp_path: Path) -> None:
    world = World(tmp_path)
    plan = upgrade(world)
    old = world.tree()
    steps: list[str] = []
    probe = World(tmp_path / "probe")
    probe.apply(upgrade(probe), steps.append)
    with pytest.raises(Killed):
        world.apply(plan, Crash(steps.index("commit")))
    for after in range(100):
        try:
            recover(world.environment, world.notes, step=Crash(after))
        except Killed:
            continue
        break
    assert world.tree() == old


def test_an_interrupt_at_any_step_is_undone_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    world = fresh(folder)
    steps: list[str] = []
    plan = upgrade(world)
    old = world.tree()
    world.apply(plan, steps.append)
    for after in range(steps.index("clean up")):
        world = fresh(folder)
        plan = upgrade(world)
        left = iter(range(after, -len(steps), -1))

        def interrupt(_step: str, left: Iterator[int] = left) -> None:
            if next(left) == 0:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            world.apply(plan, interrupt)
        assert world.tree() == old
        assert not (world.root / ".venvoy/transaction").exists()


def test_an_interrupt_after_the_change_is_complete_is_no_failure(world: World) -> None:
    def interrupt(step: str) -> None:
        if step == "clean up":
            raise KeyboardInterrupt

    world.apply(Plan(install=(Placement(world.wheel("demo")),)), interrupt)
    assert world.versions() == [("demo", "1.0")]
    assert world.notes.remarks == [f"{world.root}: what the change replaced will be deleted later."]
    assert recover(world.environment, world.notes) is False
    assert not (world.root / ".venvoy/transaction").exists()


def test_a_plan_made_before_recovery_is_not_carried_out(world: World) -> None:
    with pytest.raises(Killed):
        world.apply(Plan(install=(Placement(world.wheel("one")),)), stop_at("commit"))
    assert (world.root / ".venvoy/transaction/journal").exists()
    expected = f"""\
{world.root}: An earlier change to this environment had been interrupted and has only now been undone.
→ Run the command again."""
    assert str(problem_of(lambda: world.install(world.wheel("one")))) == expected
    assert world.versions() == []


@pytest.mark.parametrize("folders_move", [True, False], ids=["POSIX", "Windows"])
def test_what_is_in_use_is_put_by_and_deleted_later(
    world: World, monkeypatch: pytest.MonkeyPatch, *, folders_move: bool
) -> None:
    world.install(world.wheel("demo", "1", files={"demo/used.py": "1", "demo/b.py": "1"}))
    rename, unlink = os.rename, os.unlink

    def refuse_folders(source: str, destination: str) -> None:
        if not folders_move and Path(source).is_dir():
            raise PermissionError(13, "in use", source)
        rename(source, destination)

    def refuse_used(path: str, **options: Any) -> None:
        if path.endswith(("used.py", "/0", "\\0")) and Path(path).is_file():
            raise PermissionError(13, "in use", path)
        unlink(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", refuse_folders)
        patched.setattr(os, "unlink", refuse_used)
        for version in ("2", "3"):
            world.apply(Plan(install=(Placement(world.wheel("demo", version)),)))
            assert world.versions() == [("demo", version)]
            assert not (world.root / ".venvoy/transaction").exists()
            left = [path for path in (world.root / ".venvoy/rubbish").rglob("*") if path.is_file()]
            assert "1" in {path.read_text() for path in left}  # and what a file system lists behind it
    world.remove("demo")
    assert not (world.root / ".venvoy/rubbish").exists()


def test_the_journal_of_another_version_is_left_alone(world: World) -> None:
    journal = world.root / ".venvoy/transaction/journal"
    journal.parent.mkdir(parents=True)
    journal.write_bytes(b"venvoy-journal 2\0\nx\0y\0\n")
    expected = f"""\
{world.root}: A change to this environment was interrupted, and this version of venvoy cannot undo it.
Another version of venvoy wrote down what it was doing.
→ Run the command with that version, or delete this folder and make it anew: venvoy sync"""
    assert str(problem_of(lambda: recover(world.environment, world.notes))) == expected
    assert journal.exists()


def test_nothing_is_recovered_where_nothing_was_interrupted(world: World) -> None:
    assert recover(world.environment, world.notes) is False
    assert world.notes.warnings == []


def test_files_of_the_project_change_with_the_environment_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "world"

    def prepare() -> tuple[World, Plan]:
        world = fresh(folder)
        (folder / "pyproject.toml").write_bytes(b"old")
        files = ((folder / "pyproject.toml", b"new"), (folder / "pylock.toml", b"first"))
        return world, Plan(install=(Placement(world.wheel("demo")),), files=files)

    def state(world: World) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
        return {path.name: path.read_bytes() for path in folder.glob("*.toml")}, world.versions()

    world, plan = prepare()
    old = state(world)
    steps: list[str] = []
    world.apply(plan, steps.append)
    new = state(world)
    assert new == ({"pyproject.toml": b"new", "pylock.toml": b"first"}, [("demo", "1.0")])
    for after, step in enumerate(steps):
        world, plan = prepare()
        with pytest.raises(Killed):
            world.apply(plan, Crash(after))
        recover(world.environment, world.notes)
        assert state(world) == (new if step == "clean up" else old), step


def test_a_file_of_the_project_goes_with_the_change_or_stays(tmp_path: Path) -> None:
    folder = tmp_path / "world"
    file = folder / "pylock.toml"

    def prepare() -> tuple[World, Plan]:
        world = fresh(folder)
        file.write_bytes(b"old")
        files = ((file, None), (folder / "never.toml", None))
        return world, Plan(install=(Placement(world.wheel("demo")),), files=files)

    world, plan = prepare()
    steps: list[str] = []
    world.apply(plan, steps.append)
    assert not file.exists()
    for after, step in enumerate(steps):
        world, plan = prepare()
        with pytest.raises(Killed):
            world.apply(plan, Crash(after))
        recover(world.environment, world.notes)
        happened = step == "clean up"
        assert (file.exists(), bool(world.versions())) == (not happened, happened), step
        assert happened or file.read_bytes() == b"old"
        assert not (folder / "never.toml").exists()


@pytest.mark.skipif(os.name == "nt", reason="making a link is a privilege there")
def test_files_of_the_project_are_found_from_an_environment_that_is_a_link(tmp_path: Path) -> None:
    world = World(tmp_path / "elsewhere" / "deep")
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(world.root)
    (project / "pyproject.toml").write_bytes(b"old")
    environment = layout.read(project / ".venv", windows=False)
    plan = Plan(files=((project / "pyproject.toml", b"new"),))
    with pytest.raises(Killed):
        apply(environment, plan, link=LinkMode.AUTO, reporter=world.notes, step=stop_at("commit"))
    assert (project / "pyproject.toml").read_bytes() == b"new"
    assert recover(environment, world.notes)
    assert (project / "pyproject.toml").read_bytes() == b"old"
    apply(environment, plan, link=LinkMode.AUTO, reporter=world.notes)
    assert [path.read_bytes() for path in tmp_path.rglob("pyproject.toml")] == [b"new"]


FILES = st.sampled_from(["a/x.py", "a/y.py", "a/b/z.py", "a", "c.py", "ns/one.py", "ns/two.py", "ns/sub/w.py"])
WHEEL = st.dictionaries(FILES, st.sampled_from(["", "1", "2"]), max_size=5).filter(
    lambda files: "a" not in files or not any(path.startswith("a/") for path in files)
)
SET = st.dictionaries(st.sampled_from(["one", "two", "three"]), WHEEL, max_size=3)


CASE = st.fixed_dictionaries({"old": SET, "new": SET, "extra": st.sets(FILES, max_size=2)})


@settings(max_examples=30)
@given(case=CASE, crash=st.integers(0, 50), again=st.integers(0, 30))
def test_any_change_crashed_anywhere_is_old_or_new(
    tmp_path_factory: pytest.TempPathFactory, case: dict[str, Any], crash: int, again: int
) -> None:
    folder = tmp_path_factory.mktemp("random") / "world"
    world, plan = prepared(folder, case)
    before = world.tree()
    with contextlib.suppress(Problem):
        world.apply(plan)
    after = world.tree()
    world, plan = prepared(folder, case)
    assert world.tree() == before
    with contextlib.suppress(Problem, Killed):
        world.apply(plan, Crash(crash))
    with contextlib.suppress(Killed):
        recover(world.environment, world.notes, step=Crash(again))
    recover(world.environment, world.notes)
    assert world.tree() in (before, after)
    assert not (world.root / ".venvoy/transaction").exists()


@settings(max_examples=30)
@given(case=CASE)
def test_an_upgrade_ends_where_a_fresh_environment_ends(
    tmp_path_factory: pytest.TempPathFactory, case: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("random") / "world"
    case = {**case, "extra": set()}
    world, plan = prepared(folder, case)
    upgraded = not problems(lambda: world.apply(plan))
    found = world.tree()
    world, plan = prepared(folder, {**case, "old": {}})
    assert problems(lambda: world.apply(plan)) is not upgraded
    if upgraded:
        assert found == world.tree()


def prepared(folder: Path, case: dict[str, Any]) -> tuple[World, Plan]:
    """A world with the old set installed and some files that belong to nobody, and the plan for the new set."""
    world = fresh(folder)
    old = [world.wheel(name, "1", files=files) for name, files in case["old"].items()]
    with contextlib.suppress(Problem):
        world.install(*old)
    for path in sorted(case["extra"]):
        with contextlib.suppress(OSError):
            (world.site / path).touch(exist_ok=False)
    new = (Placement(world.wheel(name, "2", files=files)) for name, files in case["new"].items())
    return world, Plan(installed.read(world.environment), tuple(new))


def problems(action: Callable[[], object]) -> bool:
    try:
        action()
    except Problem:
        return True
    return False
