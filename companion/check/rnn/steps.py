"""``rnn-step``, ``rnn-read``, ``rnn-final``: one step, the loop, and the state at each sequence's own end."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

SIZES = ((1, 1, 1, 2), (2, 1, 3, 2), (5, 3, 4, 6), (4, 2, 3, 3), (6, 4, 2, 5), (3, 5, 6, 4))  # T, N, D, H


def _weights(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return rng.normal(size=(H, D)), rng.normal(size=(H, H)) / np.sqrt(H), rng.normal(size=H)


def _step_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1)), np.ones((1, 1)), np.zeros(1)
    for _, N, D, H in SIZES:
        yield rng.normal(size=(N, D)), rng.uniform(-1, 1, (N, H)), *_weights(rng, D, H)


STEP = Exercise(
    "rnn-step",
    _step_cases,
    (Law("a state lies between -1 and 1: a tanh made it.", lambda given, got: bool((abs(got) <= 1).all())),),
)


@STEP.solved_by
def step(x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the state after one input, (N, H)."""
    return np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)


@STEP.mistake("The tanh is missing: that is what goes into it.")
def _step_linear(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return x_t @ W_ih.T + h @ W_hh.T + b


@STEP.mistake("The state before does not occur in it: this layer has no memory.")
def _step_forgets(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + b)


@STEP.mistake("W_hh is turned. States are rows here, so the product W_hh h is written h @ W_hh.T.")
def _step_turned(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + h @ W_hh + b)


@STEP.mistake("The bias is missing.")
def _step_no_bias(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + h @ W_hh.T)


@STEP.mistake("Two tanh, added up. The two products are added first; one tanh is taken of their sum.")
def _step_two_tanh(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + b) + np.tanh(h @ W_hh.T)


def _read_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.zeros((0, 2, 3)), np.zeros((2, 4)), *_weights(rng, 3, 4)
    for T, N, D, H in SIZES:
        yield rng.normal(size=(T, N, D)), rng.uniform(-1, 1, (N, H)), *_weights(rng, D, H)


READ = Exercise("rnn-read", _read_cases)


@READ.solved_by
def read(x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the state after every step, (T, N, H)."""
    states, h = np.empty((len(x), *h_0.shape)), h_0
    for t, x_t in enumerate(x):
        h = states[t] = step(x_t, h, W_ih, W_hh, b)
    return states


@READ.mistake("Every step starts from h_0: the state is computed, and never carried to the next step.")
def _read_not_carried(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x @ W_ih.T + h_0 @ W_hh.T + b)


@READ.mistake("You have stored the state before each step. The first entry is h_1, not h_0.")
def _read_before(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.concatenate([h_0[None], read(x, h_0, W_ih, W_hh, b)])[: len(x)]


@READ.mistake("One state too many: T inputs make T states, and h_0, which they start from, is not counted.")
def _read_start_counted(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.concatenate([h_0[None], read(x, h_0, W_ih, W_hh, b)])


@READ.mistake(
    "All entries are the last state. One array was changed in place and stored T times; store a new one."
)
def _read_in_place(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    states = read(x, h_0, W_ih, W_hh, b)
    return np.repeat(states[-1:], len(x), axis=0)


@READ.mistake("It reads from the last step to the first.")
def _read_backward(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return read(x[::-1], h_0, W_ih, W_hh, b)[::-1]


def _final_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, D, H in SIZES:
        lengths = rng.integers(0, T + 1, N)
        lengths[0] = T
        yield rng.normal(size=(T, N, D)), lengths, *_weights(rng, D, H)
    yield rng.normal(size=(4, 3, 2)), np.array([0, 4, 1]), *_weights(rng, 2, 5)


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
