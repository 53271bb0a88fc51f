"""Work that processes and threads share: each piece is done once, whoever does it."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import closing

import pytest

from venvoy.system import process, sharing


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000])
def test_everything_is_taken_once_and_what_comes_first_is_begun_first(count: int) -> None:
    with sharing.turns(range(count)) as take:
        taken = list(take())
        assert list(take()) == []
    assert sorted(taken) == list(range(count))
    assert taken[:1] == list(range(count))[:1]
    assert count > 256 or taken == sorted(taken)


def test_threads_take_in_turn() -> None:
    taken: list[int] = []
    with sharing.turns(range(5000)) as take:
        threads = [threading.Thread(target=lambda: taken.extend(take())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(taken) == list(range(5000))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_copies_of_this_process_take_in_turn_with_it() -> None:
    with sharing.turns(range(1000)) as take:
        with process.copies([lambda: list(take())] * 2) as copies:
            own = list(take())
        taken = [own, *(copy.result() for copy in copies)]
    assert sorted(number for one in taken for number in one) == list(range(1000))


def test_the_least_that_is_ready_comes_first_and_it_ends_with_the_last_entrance() -> None:
    with closing(sharing.Ready(10)) as ready:
        second = os.dup(ready.entrance)
        for number in (7, 3, 5):
            ready.add(number, ready.entrance)
        os.close(ready.entrance)
        found = iter(ready)
        assert [next(found), next(found)] == [3, 5]
        ready.add(0, second)
        os.close(second)
        assert list(found) == [0, 7]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")
def test_what_one_copy_has_ready_another_one_may_get() -> None:
    with closing(sharing.Ready(300)) as ready, sharing.turns(range(300)) as take:

        def work() -> list[int]:
            entrance = os.dup(ready.entrance)
            os.close(ready.entrance)

            def fetch() -> None:
                for number in take():
                    ready.add(number, entrance)
                os.close(entrance)

            thread = threading.Thread(target=fetch)
            thread.start()
            found = list(ready)
            thread.join()
            return found

        with process.copies([work] * 3) as copies:
            os.close(ready.entrance)
            results = [copy.result() for copy in copies]
    assert sorted(number for result in results for number in result) == list(range(300))
