"""Whatever the reader's function does when it is called, the notebook goes on and says what it did."""

import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from checking import NAMES, called, read, tried

from companion.check import Verdict, check
from companion.check.library import find

ENDLESS = [
    "while True:\n    pass",
    "while True: pass",
    "n = 0\nwhile True:\n    n += 1",
    "return [x for x in iter(int, 1)]",
    "while True:\n    try:\n        1 / 0\n    except Exception:\n        continue",
    "import itertools\nreturn sum(x for x in itertools.count())",
]


@pytest.mark.parametrize("body", ENDLESS)
def test_an_endless_loop_ends(body: str) -> None:
    begin = time.perf_counter()
    verdict = tried("tv-pad", called(find("tv-pad"), body), seconds=0.2)
    assert time.perf_counter() - begin < 5
    assert "tv-pad: not yet, one case never ends." in verdict.message
    assert "it does not finish within 0.2 seconds: is there a loop that never ends?" in read(verdict)


@pytest.mark.parametrize("name", NAMES)
def test_every_checker_ends_an_endless_loop(name: str) -> None:
    assert "one case never ends" in read(tried(name, called(find(name), ENDLESS[0]), seconds=0.02))


def test_a_loop_ends_off_the_main_thread_too() -> None:
    got: list[Verdict] = []
    endless = called(find("tv-pad"), ENDLESS[0])
    thread = threading.Thread(target=lambda: got.append(check("tv-pad", endless, seconds=0.2)))
    thread.start()
    thread.join(10)
    assert "one case never ends" in got[0].message


def test_whoever_traced_before_goes_on_tracing() -> None:
    before = sys.gettrace()

    def watch(frame: Any, event: str, argument: Any) -> None:
        return None

    try:
        sys.settrace(watch)
        tried("tv-pad", find("tv-pad").solution)
        assert sys.gettrace() is watch
    finally:
        sys.settrace(before)


def test_a_function_that_calls_itself_without_an_end() -> None:
    assert "RecursionError: it calls itself" in read(
        tried("tv-pad", called(find("tv-pad"), "return pad([], 1, 0)"))
    )


def test_the_line_that_raised_is_the_readers_own() -> None:
    def pad(sequences: list, length: int, value: int) -> Any:
        rows = []
        for sequence in sequences:
            rows.append(sequence[length])
        return np.array(rows)

    verdict = tried("tv-pad", pad)
    assert "it raises IndexError: list index out of range, in line 4 of your function: rows.append(" in read(
        verdict
    )


def test_the_exception_of_a_library_is_placed_in_the_readers_line() -> None:
    def tfidf(counts: np.ndarray) -> np.ndarray:
        return np.linalg.inv(counts[0])

    assert "in line 2 of your function: return np.linalg.inv(counts[0])" in read(tried("tv-tfidf", tfidf))


def test_changing_an_argument_is_found_out() -> None:
    def pad(sequences: list[list[int]], length: int, value: int) -> np.ndarray:
        for sequence in sequences:
            sequence[length:] = []
            sequence.extend([value] * (length - len(sequence)))
        return np.array(sequences, dtype=int).reshape(len(sequences), length)

    def frozen_step(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
        E[~frozen] -= rate * dE[~frozen]
        return E

    assert "results are right, but your function changes its argument `sequences`" in read(
        tried("tv-pad", pad)
    )
    verdict = tried("emb-frozen-step", frozen_step)
    assert not verdict
    assert "changes its argument `E`: whoever calls it still needs that." in read(verdict)


def test_what_the_function_printed_is_shown_once() -> None:
    def pad(sequences: list, length: int, value: int) -> None:
        print("here", length)

    verdict = tried("tv-pad", pad)
    assert verdict.message.endswith("It printed: here 2")


def test_changing_an_argument_is_said_first_where_the_result_is_wrong_too() -> None:
    def pad(sequences: list[list[int]], length: int, value: int) -> np.ndarray:
        for sequence in sequences:
            while len(sequence) < length:
                sequence.append(value)
        return np.array([sequence[:length] for sequence in sequences]).reshape(-1, length)

    message = read(tried("tv-pad", pad))
    changes = (
        "Your function changes its argument `sequences`: whoever calls it still needs that. Work on a copy."
    )
    assert message.startswith(f"tv-pad: not yet, 1 of 9 cases goes wrong. {changes}")
    assert "Expected integers, got float64" in message


def test_a_change_is_seen_though_the_function_raises_or_never_ends() -> None:
    changing = "sequences.append([])\n"
    for body in ("raise KeyError('lost')", "while True:\n    pass"):
        message = read(tried("tv-pad", called(find("tv-pad"), changing + body), seconds=0.02))
        assert "Your function changes its argument `sequences`" in message


def test_two_changed_arguments_are_named_together() -> None:
    def frozen_step(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
        dE[frozen] = 0
        E -= rate * dE
        return E

    message = read(tried("emb-frozen-step", frozen_step))
    assert "changes its arguments `E` and `dE`: whoever calls it still needs them." in message
