"""``rnn-final``: the state at each sequence's own end."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law
from companion.check.rnn.steps import SIZES, read, step, weights


def _final_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    one = np.ones((1, 1))
    yield np.ones((3, 2, 1)), np.array([3, 1]), one, one, np.zeros(1)
    for T, N, D, H in SIZES:
        lengths = rng.integers(0, T + 1, N)
        lengths[0] = T
        yield rng.normal(size=(T, N, D)), lengths, *weights(rng, D, H)
    yield rng.normal(size=(4, 3, 2)), np.array([0, 4, 1]), *weights(rng, 2, 5)
    yield rng.normal(size=(5, 3, 2)), np.array([2, 4, 1]), *weights(rng, 2, 3)  # all shorter than the batch


def _alone(given: Arguments, got: np.ndarray) -> bool:
    """Check whether the shortest sequence, cut to its length and read alone, gives the same state."""
    x, lengths, *weights = given
    n = int(np.argmin(lengths))
    return np.allclose(got[n], final_states(x[: lengths[n], [n]], lengths[[n]], *weights)[0])


FINAL = Exercise(
    "rnn-final",
    _final_cases,
    (Law("a sequence gives the same state alone as in a batch, whatever it is padded with.", _alone),),
)


@FINAL.solved_by
def final_states(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    """Return each sequence's state after its own last step, (N, H), starting from zero."""
    h = np.zeros((x.shape[1], len(W_hh)))
    for t, x_t in enumerate(x):
        h = np.where((t < lengths)[:, None], step(x_t, h, W_ih, W_hh, b), h)
    return h


def _all_states(x: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return h_1 to h_T of all sequences, padding read like the rest."""
    return read(x, np.zeros((x.shape[1], len(W_hh))), W_ih, W_hh, b)


@FINAL.mistake("That is y[-1]: the short sequences have read their padding by then.")
def _final_last(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _all_states(x, W_ih, W_hh, b)[-1]


@FINAL.mistake(
    "For a sequence of length 0, lengths - 1 is -1, which is the last step of all. It has read nothing yet."
)
def _final_wraps(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _all_states(x, W_ih, W_hh, b)[lengths - 1, np.arange(len(lengths))]


@FINAL.mistake("One step too far: after two steps the state stands in row 1, counted from 0.")
def _final_one_more(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return final_states(x, np.minimum(lengths + 1, len(x)), W_ih, W_hh, b)


@FINAL.mistake(
    "Padding set to zero is still read: a step with an input of zero moves the state, by W_hh and the bias."
)
def _final_zeroed(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    real = np.arange(len(x))[:, None] < lengths  # (T, N)
    return _all_states(x * real[:, :, None], W_ih, W_hh, b)[-1]


@FINAL.mistake("The state is set to zero where a sequence has ended. It should stay what it was at the end.")
def _final_erased(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return final_states(x, lengths, W_ih, W_hh, b) * (lengths == len(x))[:, None]


@FINAL.mistake(
    "Row lengths is one too far: rows are counted from 0, so a sequence of full length has no such row."
)
def _final_row_of_length(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _all_states(x, W_ih, W_hh, b)[lengths, np.arange(len(lengths))]


@FINAL.mistake("That is the mean of a sequence's states. Asked for is the last of them.")
def _final_mean(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    real = (np.arange(len(x))[:, None] < lengths)[:, :, None]  # (T, N, 1)
    return (_all_states(x, W_ih, W_hh, b) * real).sum(axis=0) / np.maximum(lengths, 1)[:, None]


@FINAL.mistake("You use one length for all, the longest. Each sequence has its own.")
def _final_longest(
    x: np.ndarray, lengths: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return _all_states(x, W_ih, W_hh, b)[lengths.max() - 1]
