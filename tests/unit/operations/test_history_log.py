"""The history as data: where undo and redo lead, what is kept, and what a change that was cut off leaves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from venvoy.errors import Problem
from venvoy.operations.history.log import FOLDER, Held, History, Log, Snapshot, State, Step, digest_of, remembered
from venvoy.operations.project import Place


def state(name: str, interpreter: str = "") -> State:
    return State(name, f"{name}-lock", f"{name}-environment", "3.11.7", interpreter)


def step(before: State, after: State) -> Step:
    return Step("2026-01-02T03:04:05Z", ("add", after.pyproject), before, after)


A, B, C = state("a"), state("b"), state("c")


def log_of(*states: State) -> Log:
    log = Log()
    for before, after in pairwise(states):
        log = log.with_step(step(before, after), 10)
    return log


def at(log: Log, position: int) -> Log:
    return Log(log.steps, position, log.tip)


def test_undo_leads_to_what_was_before_and_redo_to_what_came_next() -> None:
    log = log_of(A, B, C)
    assert log.position == 2
    assert [at(log, position).expected for position in range(3)] == [A, B, C]


def test_a_change_after_an_undo_forgets_what_was_undone() -> None:
    log = at(log_of(A, B, C), 1).with_step(step(B, A), 10)
    assert [one.after for one in log.steps] == [B, A]
    assert (log.position, log.expected) == (2, A)


def test_only_the_newest_changes_are_kept() -> None:
    log = log_of(A, B).with_step(step(B, C), 1)
    assert [one.before for one in log.steps] == [B]
    assert log.position == 1


def test_a_new_project_begins_a_new_history_that_cannot_be_left() -> None:
    log = log_of(A, B).with_step(step(State(), C), 10)
    assert [one.after for one in log.steps] == [C]
    assert log.first == 1
    assert log_of(A, B).first == 0


def test_what_was_edited_by_hand_is_where_redo_leads_back_to() -> None:
    log = log_of(A, B, C)
    edited = state("edited")
    left = at(log.leaving(edited), 1)
    assert left.expected == B
    assert at(left, 2).expected == edited
    again = at(left.leaving(state("again")), 0)
    assert at(again, 1).expected == state("again")
    assert at(again, 2).expected == edited
    assert again.steps[1].before == B, "what the step itself changed stays known"


def test_a_file_or_an_environment_that_was_deleted_is_nothing_to_come_back_to() -> None:
    log = log_of(A, B)
    assert log.leaving(State(lockfile="x")) == log
    assert log.leaving(State("b", "b-lock")).tip == B


def test_states_differ_in_files_distributions_or_minor_version() -> None:
    assert A.same(state("a", interpreter="elsewhere"))
    assert A.same(State("a", "a-lock", "a-environment", "3.11.9"))
    assert A.same(State("a", "a-lock", "a-environment"))
    assert not A.same(State("a", "a-lock", "a-environment", "3.12.0"))
    assert not A.same(State("a", "a-lock", "other", "3.11.7"))
    assert not A.same(State("a", "other", "a-environment", "3.11.7"))


def real(name: str) -> Snapshot:
    held = [Held("demo", name, "0" * 64, requested=True, direct_url="")]
    files = {"pyproject.toml": f"{name} = 1".encode(), "pylock.toml": b""}
    return Snapshot(State(), {}).changed(files, held, python="3.11.7", groups=("dev", "docs"), current=True)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    one, two = real("one"), real("two")
    history = History(tmp_path / "cache", Place(tmp_path, tmp_path / ".venv"))
    log = log_of(one.state, two.state).leaving(one.state)
    history.prepare(log, {**one.contents, **two.contents})
    assert history.load() == Log(), "a change that has not happened"
    history.commit()
    assert history.load() == log
    assert history.content(one.state.pyproject) == b"one = 1"
    assert history.content(one.state.lockfile) == b""
    assert history.distributions(two.state) == (Held("demo", "two", "0" * 64, requested=True, direct_url=""),)
    assert remembered(tmp_path / "cache", tmp_path / "deep" / "er") == tmp_path
    assert remembered(tmp_path / "cache", tmp_path.parent) is None


@pytest.mark.parametrize("happened", [True, False])
def test_a_command_that_was_cut_off_at_its_very_end(tmp_path: Path, happened: bool) -> None:
    one, two = real("one"), real("two")
    history = History(tmp_path / "cache", Place(tmp_path, tmp_path / ".venv"))
    log = log_of(one.state, two.state)
    history.prepare(log, {**one.contents, **two.contents})
    assert history.settled((two if happened else one).state) == (log if happened else Log())
    assert [path.name for path in (tmp_path / "cache" / FOLDER).glob("*/log*")] == (["log"] if happened else [])


def test_contents_that_nothing_leads_to_are_deleted(tmp_path: Path) -> None:
    one, two, three = map(real, ("one", "two", "three"))
    history = History(tmp_path / "cache", Place(tmp_path, tmp_path / ".venv"))
    log = log_of(one.state, two.state)
    for following in (log, log.with_step(step(two.state, three.state), 1)):
        history.prepare(following, {**one.contents, **two.contents, **three.contents})
        history.commit()
    kept = {path.name for path in (tmp_path / "cache").glob(f"{FOLDER}/*/blobs/*")}
    assert kept == {*two.contents, *three.contents}
    assert one.state.pyproject not in kept


@pytest.mark.parametrize("text", ["", "{", "[]", '{"steps": [{}], "position": 0, "tip": {}}'])
def test_a_log_that_cannot_be_read_is_an_empty_one(tmp_path: Path, text: str) -> None:
    history = History(tmp_path / "cache", Place(tmp_path, tmp_path / ".venv"))
    history.prepare(log_of(A, B), {})
    history.commit()
    (file,) = (tmp_path / "cache").glob(f"{FOLDER}/*/log")
    file.write_text(text, encoding="utf-8")
    assert history.load() == Log()


def test_a_content_that_was_changed_is_not_taken(tmp_path: Path) -> None:
    history = History(tmp_path / "cache", Place(tmp_path, tmp_path / ".venv"))
    with pytest.raises(Problem) as caught:
        history.content(digest_of(b"gone"))
    assert caught.value.code == "history-incomplete"


def test_each_environment_of_a_project_has_a_history_of_its_own(tmp_path: Path) -> None:
    for name in (".venv", ".venv-docs"):
        history = History(tmp_path / "cache", Place(tmp_path, tmp_path / name))
        history.prepare(log_of(A, B), {})
        history.commit()
    assert len(list((tmp_path / "cache" / FOLDER).iterdir())) == 2
