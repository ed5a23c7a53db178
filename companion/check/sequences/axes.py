"""``seq-time-major``, ``seq-lengths``, ``seq-last``: which axis is time, and where it ends for each sequence.

Each solution's docstring is what is asked.
"""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _time_major_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (np.arange(6.0).reshape(2, 3, 1),)
    yield (np.arange(4.0).reshape(1, 4, 1),)
    yield (np.arange(12.0).reshape(2, 2, 3),)
    for shape in [(3, 5, 4), (6, 2, 3), (4, 4, 2), (5, 3, 3), (2, 7, 7)]:
        yield (rng.normal(size=shape).round(3),)


TIME_MAJOR = Exercise(
    "seq-time-major",
    _time_major_cases,
    (
        Law(
            "the first step of every sequence comes first: result[0] is x[:, 0].",
            lambda given, got: bool((got[0] == given[0][:, 0]).all()),
        ),
        Law(
            "one sequence stays one sequence: result[:, 0] is x[0].",
            lambda given, got: bool((got[:, 0] == given[0][0]).all()),
        ),
    ),
)


@TIME_MAJOR.solved_by
def time_major(x: np.ndarray) -> np.ndarray:
    """Return the same sequences with time first: for x (N, T, D) an array (T, N, D)."""
    return x.transpose(1, 0, 2)


@TIME_MAJOR.mistake(
    "The shape is right and the numbers are in the wrong places: reshape keeps the order in memory and cuts "
    "it anew, so that steps of different sequences end up in one. You want the axes exchanged."
)
def _time_major_reshaped(x: np.ndarray) -> np.ndarray:
    return x.reshape(x.shape[1], x.shape[0], x.shape[2])


@TIME_MAJOR.mistake("You return x as it came: the first axis is still the sequences.")
def _time_major_unchanged(x: np.ndarray) -> np.ndarray:
    return x


@TIME_MAJOR.mistake("All three axes are turned round. The D numbers of one step should stay the last axis.")
def _time_major_reversed(x: np.ndarray) -> np.ndarray:
    return x.T


@TIME_MAJOR.mistake("You exchange the last two axes; the two to be exchanged are sequences and time.")
def _time_major_last(x: np.ndarray) -> np.ndarray:
    return x.swapaxes(1, 2)


@TIME_MAJOR.mistake("Time is the first axis now, and it runs backwards.")
def _time_major_backwards(x: np.ndarray) -> np.ndarray:
    return x.transpose(1, 0, 2)[::-1]


def _lengths_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[5, 3, 8, 0], [7, 1, 0, 0]]), 0
    yield np.array([[4, 2, 6]]), 0
    yield np.array([[0, 9, 9], [0, 0, 4]]), 9
    yield np.array([[0, 0]]), 0
    yield np.zeros((0, 3), dtype=int), 0
    for count, width, padding in [(3, 5, 0), (6, 4, 1), (5, 8, 7), (4, 4, 0), (7, 3, 2)]:
        ids = rng.integers(0, 9, (count, width))
        ids[ids == padding] = 9  # padding stands nowhere but at the end
        lengths = rng.integers(0, width + 1, count)
        ids[np.arange(width) >= lengths[:, None]] = padding
        yield ids, padding


LENGTHS = Exercise(
    "seq-lengths",
    _lengths_cases,
    (
        Law(
            "no sequence is longer than its row.",
            lambda given, got: bool(((got >= 0) & (got <= given[0].shape[1])).all()),
        ),
        Law(
            "a row without padding is as long as the array is wide.",
            lambda given, got: bool((got[(given[0] != given[1]).all(axis=1)] == given[0].shape[1]).all()),
        ),
        Law(
            "a row that is all padding has length 0.",
            lambda given, got: bool((got[(given[0] == given[1]).all(axis=1)] == 0).all()),
        ),
    ),
)


@LENGTHS.solved_by
def real_lengths(ids: np.ndarray, padding: int) -> np.ndarray:
    """Return the length of each sequence, an array (N,), for ids (N, T) that are padded at their ends.

    padding is the id that fills the rows; it stands nowhere else.
    """
    return (ids != padding).sum(axis=1)


@LENGTHS.mistake(
    "You return the width of the array for all: that counts the padding, and T is no sequence's own."
)
def _lengths_width(ids: np.ndarray, padding: int) -> np.ndarray:
    return np.full(len(ids), ids.shape[1])


@LENGTHS.mistake("You count the padding. What is asked for is the rest.")
def _lengths_of_padding(ids: np.ndarray, padding: int) -> np.ndarray:
    return (ids == padding).sum(axis=1)


@LENGTHS.mistake(
    "Right where there is padding, but a row without any gets 0: argmax of a row that is False everywhere "
    "is 0."
)
def _lengths_argmax(ids: np.ndarray, padding: int) -> np.ndarray:
    return (ids == padding).argmax(axis=1)


@LENGTHS.mistake("You count what is not 0. The padding has another id where the argument says so.")
def _lengths_not_zero(ids: np.ndarray, padding: int) -> np.ndarray:
    return (ids != 0).sum(axis=1)


@LENGTHS.mistake("You count along the wrong axis: there is a number for each step, not for each sequence.")
def _lengths_wrong_axis(ids: np.ndarray, padding: int) -> np.ndarray:
    return (ids != padding).sum(axis=0)


@LENGTHS.mistake("You return where the last word stands, counted from 0. The length is one more.")
def _lengths_last_place(ids: np.ndarray, padding: int) -> np.ndarray:
    return (ids != padding).sum(axis=1) - 1


def _last_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.arange(6.0).reshape(3, 2, 1), np.array([3, 1])
    yield np.arange(2.0).reshape(1, 1, 2), np.array([1])
    for steps, count, units in [(5, 3, 4), (4, 6, 2), (7, 2, 3), (6, 4, 1), (4, 4, 5)]:
        lengths = rng.integers(1, steps + 1, count)
        states = rng.normal(size=(steps, count, units)).round(3)
        states[np.arange(steps)[:, None] >= lengths] = 0  # as a recurrent layer leaves them beyond the end
        yield states, lengths


LAST = Exercise(
    "seq-last",
    _last_cases,
    (
        Law(
            "the state of a sequence of full length is in the last row of time.",
            lambda given, got: bool(
                (got[given[1] == len(given[0])] == given[0][-1][given[1] == len(given[0])]).all()
            ),
        ),
        Law("a sequence gets a state of its own.", lambda given, got: _own(given[0], got)),
    ),
)


def _own(states: np.ndarray, got: np.ndarray) -> bool:
    """Whether each result is one of the states of its own sequence."""
    return bool((states == got).all(axis=2).any(axis=0).all())


@LAST.solved_by
def last_states(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the state of each sequence at its own last step, an array (N, H).

    states is (T, N, H) and 0 beyond a sequence's end; lengths (N,) says how many steps each has, 1 to T.
    """
    return states[lengths - 1, np.arange(len(lengths))]


@LAST.mistake(
    "You take states[-1], the state after T steps. A shorter sequence had ended before, and what you hand "
    "on is what padding left."
)
def _last_of_all(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[-1]


@LAST.mistake("You return the first state of each sequence, which has seen one step.")
def _last_first(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[0]


@LAST.mistake("You take one step too few: the state before the last.")
def _last_one_early(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[lengths - 2, np.arange(len(lengths))]


@LAST.mistake("You take the step after the last: steps are counted from 0 and lengths from 1.")
def _last_one_late(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[lengths, np.arange(len(lengths))]


@LAST.mistake("You average over the steps. That is another network's summary; the last state is asked for.")
def _last_mean(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states.sum(axis=0) / lengths[:, None]


@LAST.mistake("You use one length for all, the longest; each sequence has its own.")
def _last_longest(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[lengths.max() - 1]
