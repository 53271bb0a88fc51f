from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from venvoy.index.work import Work


def test_work_is_done_once_whoever_asks() -> None:
    done: list[str] = []

    def task(key: str) -> str:
        done.append(key)
        return key.upper()

    with ThreadPoolExecutor(4) as pool:
        work: Work[str, str] = Work(pool, task)
        for key in "abcabc":
            work.start(key)
        assert [work.result(key) for key in "abcd"] == ["A", "B", "C", "D"]
        work.put("e", "put")
        assert (work.result("e"), work.known("e"), work.known("f")) == ("put", True, False)
    assert sorted(done) == ["a", "b", "c", "d"]


def test_waiting_work_is_taken_over_by_who_needs_it() -> None:
    gate = threading.Event()

    def task(key: str) -> str:
        if key == "slow":
            gate.wait()
        return threading.current_thread().name

    with ThreadPoolExecutor(1) as pool:
        work: Work[str, str] = Work(pool, task)
        work.start("slow")
        work.start("queued")
        assert work.result("queued") == threading.current_thread().name
        gate.set()
        assert work.result("slow") != threading.current_thread().name


def test_a_failure_is_told_to_everybody_who_asks() -> None:
    def task(key: str) -> str:
        raise LookupError(key)

    with ThreadPoolExecutor(1) as pool:
        work: Work[str, str] = Work(pool, task)
        work.start("a")
        for key in ("a", "a", "b", "b"):
            with pytest.raises(LookupError, match=key):
                work.result(key)


def test_a_pool_that_is_closed_leaves_the_work_to_who_needs_it() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    work: Work[str, str] = Work(pool, str.upper)
    work.start("a")
    assert work.result("a") == "A"


def test_many_threads_get_one_result() -> None:
    done: list[int] = []

    def task(key: int) -> int:
        done.append(key)
        return key

    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(8) as askers:
        work: Work[int, int] = Work(pool, task)
        for key in range(50):
            work.start(key)
        assert list(askers.map(work.result, [*range(50)] * 4)) == [*range(50)] * 4
    assert sorted(done) == [*range(50)]
