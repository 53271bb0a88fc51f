"""Two processes fill an environment as one does, and what goes wrong in the other one is told by this one."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from support.notes import Notes
from support.stored import World
from venvoy.environment import stage
from venvoy.environment.apply import apply
from venvoy.environment.stage import AlteredError
from venvoy.errors import Problem
from venvoy.events import Phase
from venvoy.model.plan import Placement, Plan
from venvoy.model.stored import StoredWheel
from venvoy.system import process
from venvoy.system.fs import LinkMode

if TYPE_CHECKING:
    from _typeshed import TraceFunction

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(stage, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(process, "may_fork", lambda: True)
    return World(tmp_path)


def several(world: World) -> list[StoredWheel]:
    return [
        world.wheel(
            f"name{number}",
            files={
                **{f"pack{number}/{sub}/m{at}.py": f"{number}{sub}{at}" for sub in ("a", "b/c") for at in range(9)},
                f'pack{number}/with,comma "and" quote.txt': "x",
                f"single{number}.py": "",
                f"shared/part{number}.py": "",
            },
            data={"data/share/all.txt": "", f"purelib/more{number}/x.py": ""},
            entry_points={"console_scripts": {f"run{number}": f"pack{number}:main"}},
        )
        for number in range(4)
    ]


def install(world: World, link: LinkMode = LinkMode.AUTO) -> None:
    """As :meth:`World.install`, without its hook: one that looks on keeps everything in one process."""
    plan = Plan(install=tuple(map(Placement, several(world))))
    apply(world.environment, plan, link=link, reporter=world.notes)


@pytest.mark.parametrize("link", [LinkMode.AUTO, LinkMode.HARDLINK, LinkMode.COPY])
def test_two_processes_do_what_one_does(tmp_path: Path, world: World, link: LinkMode) -> None:
    original = stage.Stage._piece

    def spy(self: stage.Stage, *arguments: object) -> None:
        (tmp_path / f"pid{os.getpid()}").touch()
        while len(list(tmp_path.glob("pid*"))) < 2:  # or one may have done it all before the other begins
            pass
        original(self, *arguments)  # type: ignore[arg-type]

    stage.Stage._piece = spy  # type: ignore[method-assign,assignment]
    try:
        install(world, link)
    finally:
        stage.Stage._piece = original  # type: ignore[method-assign]
    pids = {path.name for path in tmp_path.glob("pid*")}
    assert len(pids) == 2
    alone = World(tmp_path / "alone")
    alone.apply(Plan(install=tuple(map(Placement, several(alone)))), lambda _: None, link)
    expected = {
        path: content.replace(str(alone.root).encode(), str(world.root).encode()) if "bin/" in path else content
        for path, (_, content) in ((p, c) for p, c in alone.tree().items() if isinstance(c, tuple))
        if not path.endswith("RECORD")
    }
    found = {path: c[1] for path, c in world.tree().items() if isinstance(c, tuple) and not path.endswith("RECORD")}
    assert found == {**expected, "pyvenv.cfg": found["pyvenv.cfg"]}
    told = [event for event in world.notes.events if event[0] == "advance"]
    assert sorted(told) == [("advance", Phase.INSTALL, 1, f"name{number}") for number in range(4)]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("harm", ["edited", "deleted", "folder deleted"])
def test_a_file_that_was_edited_in_the_store_does_not_get_in(world: World, number: int, harm: str) -> None:
    before = world.tree()
    wheel = several(world)[number]
    plan = Plan(install=tuple(map(Placement, several(world))))
    edited = Path(wheel.root, f"pack{number}/b/c/m3.py")
    edited.chmod(0o644)
    if harm == "edited":
        edited.write_text("evil", encoding="utf-8")
    elif harm == "deleted":
        edited.unlink()
    else:
        edited.parent.rename(edited.parent.with_name("elsewhere"))
    with pytest.raises(AlteredError) as caught:
        apply(world.environment, plan, link=LinkMode.HARDLINK, reporter=world.notes)
    assert caught.value.sha256 == wheel.sha256
    assert caught.value.where == str(edited) or harm == "folder deleted"
    assert world.tree() == before
    assert not (world.root / ".venvoy/transaction").exists()


def test_the_death_of_the_other_process_is_a_fault_that_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = world.tree()
    parent = os.getpid()
    original = stage._link

    def die(*arguments: object) -> None:
        if os.getpid() != parent:
            (tmp_path / "begun").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        while not (tmp_path / "begun").exists():  # or it has nothing left to do
            pass
        original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(stage, "_link", die)
    with pytest.raises(Problem) as caught:
        install(world)
    assert (caught.value.code, caught.value.what) == ("file-error", "Could not change this environment.")
    assert world.tree() == before
    assert not (world.root / ".venvoy/transaction").exists()


def test_ctrl_c_ends_the_other_process_as_well(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = world.tree()
    parent = os.getpid()

    def wait(*_: object) -> None:
        if os.getpid() == parent:
            while not (tmp_path / "other").exists():
                pass
            raise KeyboardInterrupt
        (tmp_path / "another").write_text(str(os.getpid()), encoding="utf-8")
        (tmp_path / "another").rename(tmp_path / "other")
        signal.pause()

    monkeypatch.setattr(stage, "_link", wait)
    with pytest.raises(KeyboardInterrupt):
        install(world)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "other").read_text(encoding="utf-8")), 0)
    assert world.tree() == before
    assert not (world.root / ".venvoy/transaction").exists()


def test_what_a_file_system_has_no_more_links_for_is_copied(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def full(source: str, *arguments: object, **options: object) -> None:
        if source == "pack1/a/m3.py":
            raise OSError(31, "Too many links")
        link(source, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", full)
    install(world, LinkMode.HARDLINK)
    assert (world.site / "pack1/a/m3.py").read_text() == "1a3"
    assert (world.site / "pack1/a/m3.py").stat().st_nlink == 1
    assert (world.site / "pack1/a/m4.py").stat().st_nlink == 2


def test_a_reporter_hears_nothing_from_the_other_process(world: World, tmp_path: Path) -> None:
    class Loud(Notes):
        def advance(self, phase: object, amount: int = 1, detail: str = "") -> None:
            (tmp_path / f"heard-by-{os.getpid()}").touch()

    plan = Plan(install=tuple(map(Placement, several(world))))
    apply(world.environment, plan, link=LinkMode.AUTO, reporter=Loud())
    assert [path.name for path in tmp_path.glob("heard-by-*")] == [f"heard-by-{os.getpid()}"]


def test_ctrl_c_between_any_two_lines_of_the_linking_is_nothing_but_ctrl_c(tmp_path: Path) -> None:
    """A folder that is closed a second time would be a fault of the system, or somebody else's file."""
    lines = 0
    code = {stage._link.__code__, stage._close.__code__}

    def interrupt(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        nonlocal lines
        if frame.f_code not in code:
            return None
        if event == "line":
            lines -= 1
            if lines == 0:
                raise KeyboardInterrupt
        return interrupt

    tracer = sys.gettrace()
    for number in range(1, 400):
        world = World(tmp_path / str(number))
        plan = Plan(install=(Placement(world.wheel("demo", files={"a/x.py": "", "a/b/y.py": "", "a/c/z.py": ""})),))
        lines = number
        sys.settrace(interrupt)
        try:
            apply(world.environment, plan, link=LinkMode.HARDLINK, reporter=world.notes)
        except KeyboardInterrupt:
            continue
        finally:
            sys.settrace(tracer)
        assert number > 30, "hardly anything was interrupted"
        return
    pytest.fail("it never came to its end")
