"""``simple-gru`` and ``gru-step``: one step of a gated unit, and what the gates are mistaken for."""

from collections.abc import Callable, Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

SIZES = ((1, 1, 2), (1, 4, 3), (3, 2, 5), (2, 5, 4), (4, 3, 6), (5, 6, 2))


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def _between(old: np.ndarray, new: np.ndarray) -> bool:
    """Tell whether the new state can lie between the old one and a candidate within (-1, 1)."""
    return bool((np.abs(new) <= np.maximum(np.abs(old), 1) + 1e-9).all())


def _simple_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, D, H in SIZES:
        x, c = rng.normal(size=(N, D)), 1.5 * rng.normal(size=(N, H))
        W_u, W_c = rng.normal(size=(2, H, H + D))
        b_u, b_c = rng.normal(size=(2, H))
        yield x, c, W_u, b_u, W_c, b_c


SIMPLE = Exercise(
    "simple-gru",
    _simple_cases,
    (
        Law(
            "no number gets further from zero than it was, or than 1.",
            lambda given, got: _between(given[1], got),
        ),
    ),
)


@SIMPLE.solved_by
def simple_step(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    """Return the new memory cell, (N, H)."""
    both = np.concatenate([c, x], axis=1)  # (N, H + D)
    gate = 1 / (1 + np.exp(-(both @ W_u.T + b_u)))
    candidate = np.tanh(both @ W_c.T + b_c)
    return gate * candidate + (1 - gate) * c


def _simple_parts(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the two sums, of the gate and of the candidate, (N, H) each."""
    both = np.concatenate([c, x], axis=1)
    return both @ W_u.T + b_u, both @ W_c.T + b_c


@SIMPLE.mistake(
    "The gate works the wrong way round: here 1 means that the candidate is written, 0 that the cell stays."
)
def _simple_turned(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    u, n = _simple_parts(x, c, W_u, b_u, W_c, b_c)
    return (1 - _sigmoid(u)) * np.tanh(n) + _sigmoid(u) * c


@SIMPLE.mistake("The brackets say [c, x]: the cell's columns come first in the matrices. You have x first.")
def _simple_order(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    both = np.concatenate([x, c], axis=1)
    gate = _sigmoid(both @ W_u.T + b_u)
    return gate * np.tanh(both @ W_c.T + b_c) + (1 - gate) * c


@SIMPLE.mistake("The tanh of the candidate is forgotten.")
def _simple_linear(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    u, n = _simple_parts(x, c, W_u, b_u, W_c, b_c)
    return _sigmoid(u) * n + (1 - _sigmoid(u)) * c


@SIMPLE.mistake("A gate is a number between 0 and 1. Yours is not: its sigmoid is missing.")
def _simple_no_sigmoid(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    u, n = _simple_parts(x, c, W_u, b_u, W_c, b_c)
    return u * np.tanh(n) + (1 - u) * c


@SIMPLE.mistake(
    "All of the old cell is kept, whatever the gate says. What is written has to push something out."
)
def _simple_kept(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    u, n = _simple_parts(x, c, W_u, b_u, W_c, b_c)
    return _sigmoid(u) * np.tanh(n) + c


@SIMPLE.mistake("Nothing of the old cell is left: where the gate is shut it has to stay.")
def _simple_lost(
    x: np.ndarray, c: np.ndarray, W_u: np.ndarray, b_u: np.ndarray, W_c: np.ndarray, b_c: np.ndarray
) -> np.ndarray:
    u, n = _simple_parts(x, c, W_u, b_u, W_c, b_c)
    return _sigmoid(u) * np.tanh(n)


def _step_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, D, H in SIZES:
        x, h = rng.normal(size=(N, D)), 1.5 * rng.normal(size=(N, H))
        W_ih, W_hh = rng.normal(size=(3 * H, D)), rng.normal(size=(3 * H, H))
        b_ih, b_hh = rng.normal(size=(2, 3 * H))
        yield x, h, W_ih, W_hh, b_ih, b_hh


STEP = Exercise(
    "gru-step",
    _step_cases,
    (
        Law(
            "no number gets further from zero than it was, or than 1.",
            lambda given, got: _between(given[1], got),
        ),
    ),
)


@STEP.solved_by
def gru_step(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    """Return the new state of torch.nn.GRU, (N, H); the rows are those of r, z and n."""
    x_r, x_z, x_n = np.split(x @ W_ih.T + b_ih, 3, axis=1)
    h_r, h_z, h_n = np.split(h @ W_hh.T + b_hh, 3, axis=1)
    r = 1 / (1 + np.exp(-(x_r + h_r)))
    z = 1 / (1 + np.exp(-(x_z + h_z)))
    n = np.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h


def _stepped(
    x: np.ndarray,
    h: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b_ih: np.ndarray,
    b_hh: np.ndarray,
    squash: Callable[[np.ndarray], np.ndarray] = np.tanh,
    gate: Callable[[np.ndarray], np.ndarray] = _sigmoid,
    turned: bool = False,
    swapped: bool = False,
    summed: bool = False,
    before: bool = False,
    around: bool = False,
    both: bool = False,
) -> np.ndarray:
    """Take the step; the mistakes below are its settings."""
    x_r, x_z, x_n = np.split(x @ W_ih.T + b_ih, 3, axis=1)
    h_r, h_z, h_n = np.split(h @ W_hh.T + b_hh, 3, axis=1)
    r, z = gate(x_r + h_r), gate(x_z + h_z)
    if swapped:
        r, z = z, r
    W_n, b_n = np.split(W_hh, 3)[2], np.split(b_hh, 3)[2]
    if before:
        a = x_n + (r * h) @ W_n.T + b_n
    elif summed:
        a = x_n + b_n + r * (h @ W_n.T)
    elif around:
        a = r * (x_n + h_n)
    else:
        a = x_n + (1 if both else r) * h_n
    if turned:
        z = 1 - z
    kept = r * h if both else h
    return (1 - z) * squash(a) + z * kept


@STEP.mistake(
    "The reset gate stands on the wrong side of the product: you reset the state and then multiply by W_hn. "
    "That is the unit of the original paper. PyTorch multiplies first."
)
def _step_before(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, before=True)


@STEP.mistake(
    "The two biases of the candidate are summed. In PyTorch the second, b_hn, is inside the brackets that "
    "the reset gate multiplies."
)
def _step_summed(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, summed=True)


@STEP.mistake(
    "You have exchanged z and 1 - z. In PyTorch z says how much of the old state stays; in several papers "
    "and lectures the same letter says how much is replaced."
)
def _step_turned(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, turned=True)


@STEP.mistake("The rows of r and z are exchanged: in PyTorch r comes first. In Keras it is z.")
def _step_swapped(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, swapped=True)


@STEP.mistake("The tanh of the candidate is forgotten.")
def _step_linear(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, squash=lambda a: a)


@STEP.mistake("The candidate goes through a tanh, not through a sigmoid: it may be negative.")
def _step_sigmoid(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, squash=_sigmoid)


@STEP.mistake("The gates go through a sigmoid, not through a tanh: they lie between 0 and 1.")
def _step_tanh_gates(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, gate=np.tanh)


@STEP.mistake("The reset gate multiplies the input's share too. It is only for what comes from the state.")
def _step_around(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, around=True)


@STEP.mistake(
    "The reset gate is applied to the state that is carried on. It belongs into the candidate; what is "
    "carried on is the state itself."
)
def _step_carried(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray
) -> np.ndarray:
    return _stepped(x, h, W_ih, W_hh, b_ih, b_hh, both=True)
