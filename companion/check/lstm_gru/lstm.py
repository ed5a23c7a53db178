"""``lstm-step`` and ``lstm-backward-step``: one step of the LSTM, forward and back."""

from collections.abc import Callable, Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

SIZES = ((1, 1, 2), (1, 4, 3), (3, 2, 5), (2, 5, 4), (4, 3, 6), (5, 6, 2))
State = tuple[np.ndarray, np.ndarray]


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * a)


def _step_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, D, H in SIZES:
        x, h, c = rng.normal(size=(N, D)), np.tanh(rng.normal(size=(N, H))), 2 * rng.normal(size=(N, H))
        W_ih, W_hh = rng.normal(size=(4 * H, D)), rng.normal(size=(4 * H, H))
        b_ih, b_hh = rng.normal(size=(2, 4 * H))
        yield x, h, c, W_ih, W_hh, b_ih, b_hh


STEP = Exercise(
    "lstm-step",
    _step_cases,
    (
        Law(
            "what a unit shows lies between -1 and 1: it is a gate times a tanh.",
            lambda given, got: bool((np.abs(got[0]) <= 1).all()),
        ),
        Law(
            "no cell can grow by more than 1 in a step: a gate times a candidate.",
            lambda given, got: bool((np.abs(got[1]) <= np.abs(given[2]) + 1 + 1e-9).all()),
        ),
        Law(
            "a cell holds at least what it shows: |tanh c| is not below |h|.",
            lambda given, got: bool((np.abs(np.tanh(got[1])) >= np.abs(got[0]) - 1e-9).all()),
        ),
    ),
)


@STEP.solved_by
def lstm_step(
    x: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b_ih: np.ndarray,
    b_hh: np.ndarray,
) -> State:
    """Return h and c after one step of torch.nn.LSTM, (N, H) each; the rows are those of i, f, g and o."""
    a_i, a_f, a_g, a_o = np.split(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh, 4, axis=1)
    i, f, o = (1 / (1 + np.exp(-a)) for a in (a_i, a_f, a_o))
    c = f * c + i * np.tanh(a_g)
    return o * np.tanh(c), c


def _stepped(
    given: Arguments,
    order: tuple[int, ...] = (0, 1, 2, 3),
    squash: Callable[[np.ndarray], np.ndarray] = np.tanh,
    gate: Callable[[np.ndarray], np.ndarray] = _sigmoid,
    show: Callable[[np.ndarray], np.ndarray] = np.tanh,
    coupled: bool = False,
    old: bool = False,
    second: float = 1.0,
) -> State:
    """Take the step; the mistakes below are its settings."""
    x, h, c, W_ih, W_hh, b_ih, b_hh = given
    blocks = np.split(x @ W_ih.T + b_ih + h @ W_hh.T + second * b_hh, 4, axis=1)
    a_i, a_f, a_g, a_o = (blocks[k] for k in order)
    i, f, o = gate(a_i), gate(a_f), gate(a_o)
    new = f * c + (1 - f if coupled else i) * squash(a_g)
    return o * show(c if old else new), new


@STEP.mistake(
    "The rows are taken in the order i, f, o, g. PyTorch has the candidate third and the output last."
)
def _step_iofg(*given: np.ndarray) -> State:
    return _stepped(given, order=(0, 1, 3, 2))


@STEP.mistake("The forget gate and the input gate are exchanged: the rows of i come first.")
def _step_swapped(*given: np.ndarray) -> State:
    return _stepped(given, order=(1, 0, 2, 3))


@STEP.mistake("The candidate goes through a tanh, not through a sigmoid: it has to be able to take away.")
def _step_sigmoid(*given: np.ndarray) -> State:
    return _stepped(given, squash=_sigmoid)


@STEP.mistake("The gates go through a sigmoid, not through a tanh: they lie between 0 and 1.")
def _step_tanh_gates(*given: np.ndarray) -> State:
    return _stepped(given, gate=np.tanh)


@STEP.mistake("The cell is shown without its tanh.")
def _step_bare(*given: np.ndarray) -> State:
    return _stepped(given, show=lambda c: c)


@STEP.mistake("What is shown is the old cell. The output gate opens on the new one.")
def _step_old(*given: np.ndarray) -> State:
    return _stepped(given, old=True)


@STEP.mistake("The input gate is 1 - f. That is the GRU's economy; an LSTM has a gate for each.")
def _step_coupled(*given: np.ndarray) -> State:
    return _stepped(given, coupled=True)


@STEP.mistake("The second bias, b_hh, is missing.")
def _step_one_bias(*given: np.ndarray) -> State:
    return _stepped(given, second=0.0)


@STEP.mistake("Both are right, and in the wrong order: h comes first.")
def _step_order(*given: np.ndarray) -> State:
    h, c = _stepped(given)
    return c, h


def _back_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, H in ((1, 1), (1, 3), (3, 5), (2, 4), (4, 6), (5, 2)):
        i, f, o = rng.uniform(0.05, 0.95, (3, N, H))
        g, c = np.tanh(rng.normal(size=(N, H))), rng.normal(size=(N, H))
        dh, dc = rng.normal(size=(2, N, H))
        yield i, f, g, o, c, dh, dc


BACK = Exercise(
    "lstm-backward-step",
    _back_cases,
    (
        Law(
            "along the belt: the gradient of the old cell has the sign that it has after the step, "
            "wherever dh adds nothing against it.",
            lambda given, got: bool((got[1] * given[6] >= -1e-12)[given[5] * given[6] >= 0].all()),
        ),
    ),
)


@BACK.solved_by
def backward_step(
    i: np.ndarray,
    f: np.ndarray,
    g: np.ndarray,
    o: np.ndarray,
    c: np.ndarray,
    dh: np.ndarray,
    dc: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return da of i, f, g and o beside each other, (N, 4H), and the gradient of the old cell c, (N, H)."""
    shown = np.tanh(f * c + i * g)
    dc = dc + dh * o * (1 - shown**2)
    da = (dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2), dh * shown * o * (1 - o))
    return np.concatenate(da, axis=1), dc * f


def _back(given: Arguments, **wrong: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Go back; the mistakes below are what stands in the place of something."""
    i, f, g, o, c, dh, dc = given
    new = f * c + i * g
    shown = np.tanh(wrong.get("shown", new))
    total = wrong.get("later", dc) + dh * o * wrong.get("slope", 1 - np.tanh(new) ** 2)
    da = (
        total * g * i * (1 - i),
        total * wrong.get("seen", c) * f * (1 - f),
        total * i * wrong.get("slope_g", 1 - g**2),
        dh * shown * o * (1 - o),
    )
    return np.concatenate(da, axis=1), total * wrong.get("keep", f)


@BACK.mistake("The gradient that the later step sends along the belt, dc, is forgotten: all memory is in it.")
def _back_forgotten(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _back(given, later=0.0)


@BACK.mistake("The slope of the tanh that the cell is shown through is missing.")
def _back_slope(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _back(given, slope=1.0)


@BACK.mistake("The output gate multiplied the tanh of the new cell; you take that of the old one.")
def _back_old(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _back(given, shown=given[4])


@BACK.mistake("The forget gate multiplied the old cell; you take the new one.")
def _back_new(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    i, f, g, _, c, _, _ = given
    return _back(given, seen=f * c + i * g)


@BACK.mistake("The candidate's slope is that of a tanh, 1 - g^2; g (1 - g) is that of a sigmoid.")
def _back_sigmoid(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _back(given, slope_g=given[2] * (1 - given[2]))


@BACK.mistake("The old cell's gradient is multiplied by i; on the belt stands the forget gate.")
def _back_input(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _back(given, keep=given[0])


@BACK.mistake("The old cell's gradient went back through no gate: it is to be multiplied by f.")
def _back_whole(*given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return _back(given, keep=1.0)
