"""``rnn-step`` and ``rnn-read``: one step, and the loop around it."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

SIZES = ((1, 1, 1, 2), (2, 1, 3, 2), (5, 3, 4, 6), (4, 2, 3, 3), (6, 4, 2, 5), (3, 5, 6, 4))  # T, N, D, H


def weights(rng: np.random.Generator, D: int, H: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the weights of a layer, and one bias."""
    return rng.normal(size=(H, D)), rng.normal(size=(H, H)) / np.sqrt(H), rng.normal(size=H)


def _step_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1)), np.ones((1, 1)), np.zeros(1)
    for _, N, D, H in SIZES:
        yield rng.normal(size=(N, D)), rng.uniform(-1, 1, (N, H)), *weights(rng, D, H)


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


@STEP.mistake("The bias stands outside the tanh. It is added to the two products, before the tanh is taken.")
def _step_bias_outside(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + h @ W_hh.T) + b


@STEP.mistake("That is the sigmoid, which lies between 0 and 1. The layer of this chapter takes the tanh.")
def _step_sigmoid(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return 1 / (1 + np.exp(-(x_t @ W_ih.T + h @ W_hh.T + b)))


@STEP.mistake("That is a ReLU: what is below 0 is cut off. The layer of this chapter takes the tanh.")
def _step_relu(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.maximum(x_t @ W_ih.T + h @ W_hh.T + b, 0)


@STEP.mistake("The bias is there twice. PyTorch has two of them; here one is given, which is their sum.")
def _step_bias_twice(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + h @ W_hh.T + 2 * b)


@STEP.mistake("The state has been through its tanh already when it was made. It is not squashed once more.")
def _step_squashed_twice(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(x_t @ W_ih.T + np.tanh(h) @ W_hh.T + b)


@STEP.mistake(
    "That is the formula for one column. Here every sequence is a row, so the batch stands on the left."
)
def _step_columns(
    x_t: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return np.tanh(W_ih @ x_t + W_hh @ h + b)


def _read_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    one = np.ones((1, 1))
    yield np.ones((2, 1, 1)), one / 2, one, one, np.zeros(1)
    for T, N, D, H in SIZES:
        yield rng.normal(size=(T, N, D)), rng.uniform(-1, 1, (N, H)), *weights(rng, D, H)


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


@READ.mistake("That is the last state alone. What is asked for is the state after every step.")
def _read_last(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return read(x, h_0, W_ih, W_hh, b)[-1]


@READ.mistake(
    "You do not use h_0: your first step starts from zeros. For t = 0, row t - 1 of an array is its last."
)
def _read_from_zero(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return read(x, np.zeros_like(h_0), W_ih, W_hh, b)


@READ.mistake("The steps have run together: time and batch should stay two axes, (T, N, H).")
def _read_flat(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return read(x, h_0, W_ih, W_hh, b).reshape(-1, h_0.shape[1])


@READ.mistake("The batch has come first. Time is the first axis, as it is in x.")
def _read_batch_first(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray
) -> np.ndarray:
    return read(x, h_0, W_ih, W_hh, b).swapaxes(0, 1)
