"""``bptt-two-steps``, ``bptt-state``, ``bptt-recurrent``, ``bptt-relu``: gradients back in time."""

from collections.abc import Callable, Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Gradients = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _numbers(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 0.9, 1.0, -0.5, 0.6, 0.8, 0.9
    for _ in range(9):
        yield tuple(float(number) for number in rng.uniform(-1.2, 1.2, 6))


TWO_STEPS = Exercise("bptt-two-steps", _numbers)


@TWO_STEPS.solved_by
def two_steps(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> float:
    """Return dL/du of L = (h_2 - y)^2 / 2 with h_t = tanh(w h_{t-1} + u x_t)."""
    h_1 = np.tanh(w * h_0 + u * x_1)
    h_2 = np.tanh(w * h_1 + u * x_2)
    da_2 = (h_2 - y) * (1 - h_2**2)
    return float(da_2 * x_2 + da_2 * w * (1 - h_1**2) * x_1)


def _two_steps(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> tuple[float, ...]:
    """Return dL/da_2, h_1 and the state's slope at step 1."""
    h_1 = np.tanh(w * h_0 + u * x_1)
    h_2 = np.tanh(w * h_1 + u * x_2)
    return float((h_2 - y) * (1 - h_2**2)), float(h_1), float(1 - h_1**2)


@TWO_STEPS.mistake(
    "That is the immediate derivative: the use of u at step 2. The use at step 1 moves h_1, and with it h_2."
)
def _two_steps_immediate(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> float:
    da_2, _, _ = _two_steps(w, u, x_1, x_2, h_0, y)
    return da_2 * x_2


@TWO_STEPS.mistake("The path of step 1 goes through a tanh of its own: the slope of h_1 is missing.")
def _two_steps_no_slope(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> float:
    da_2, _, _ = _two_steps(w, u, x_1, x_2, h_0, y)
    return da_2 * x_2 + da_2 * w * x_1


@TWO_STEPS.mistake("What moves h_1 moves h_2 by a factor more: which weight stands before h_1?")
def _two_steps_no_w(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> float:
    da_2, _, slope = _two_steps(w, u, x_1, x_2, h_0, y)
    return da_2 * x_2 + da_2 * slope * x_1


@TWO_STEPS.mistake("That is the derivative with respect to w, which the chapter has found. Asked for is u.")
def _two_steps_of_w(w: float, u: float, x_1: float, x_2: float, h_0: float, y: float) -> float:
    da_2, h_1, slope = _two_steps(w, u, x_1, x_2, h_0, y)
    return da_2 * h_1 + da_2 * w * slope * h_0


def _state_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, V, H in ((1, 1, 2, 1), (2, 1, 3, 2), (5, 3, 7, 6), (4, 2, 3, 5), (6, 4, 2, 3), (3, 5, 6, 4)):
        h = np.tanh(rng.normal(size=(T, N, H)))
        yield rng.normal(size=(T, N, V)), h, rng.normal(size=(V, H)), rng.normal(size=(H, H)) / np.sqrt(H)


STATE = Exercise(
    "bptt-state",
    _state_cases,
    (
        Law(
            "at the last step there is no future: dh[-1] is do[-1] @ W_ho.",
            lambda given, got: bool(np.allclose(got[-1], given[0][-1] @ given[2])),
        ),
    ),
)


@STATE.solved_by
def state_gradients(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    """Return dL/dh_t of every step, (T, N, H)."""
    dh = do @ W_ho  # (T, N, H), the immediate parts
    for t in range(len(h) - 2, -1, -1):
        dh[t] += dh[t + 1] * (1 - h[t + 1] ** 2) @ W_hh
    return dh


@STATE.mistake("Those are the immediate parts alone. A state also acts on the loss through the next state.")
def _state_immediate(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return do @ W_ho


@STATE.mistake("Between h_{t+1} and h_t lies a tanh: its slope is missing on the way back.")
def _state_no_slope(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    dh = do @ W_ho
    for t in range(len(h) - 2, -1, -1):
        dh[t] += dh[t + 1] @ W_hh
    return dh


@STATE.mistake(
    "The slope is that of the wrong step: what comes back from h_{t+1} has crossed its tanh, not that of h_t."
)
def _state_wrong_slope(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    dh = do @ W_ho
    for t in range(len(h) - 2, -1, -1):
        dh[t] += dh[t + 1] * (1 - h[t] ** 2) @ W_hh
    return dh


@STATE.mistake("W_hh is turned: forward it was h @ W_hh.T, so backward it is da @ W_hh.")
def _state_turned(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    dh = do @ W_ho
    for t in range(len(h) - 2, -1, -1):
        dh[t] += dh[t + 1] * (1 - h[t + 1] ** 2) @ W_hh.T
    return dh


@STATE.mistake(
    "Only the immediate part of the next step is handed back: a gradient from one step away and no further."
)
def _state_one_step(do: np.ndarray, h: np.ndarray, W_ho: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    immediate = do @ W_ho
    dh = immediate.copy()
    dh[:-1] += immediate[1:] * (1 - h[1:] ** 2) @ W_hh
    return dh


def _recurrent_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, H in ((1, 1, 2), (2, 1, 3), (5, 3, 6), (4, 2, 5), (6, 4, 3), (3, 5, 4)):
        yield rng.normal(size=(T, N, H)), np.tanh(rng.normal(size=(T, N, H))), rng.normal(size=(N, H))


RECURRENT = Exercise("bptt-recurrent", _recurrent_cases)


@RECURRENT.solved_by
def recurrent_gradient(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    """Return dL/dW_hh, (H, H)."""
    before = np.concatenate([h_0[None], h[:-1]])  # (T, N, H), h_{t-1}
    return np.einsum("tng,tnh->gh", da, before)


@RECURRENT.mistake("W_hh multiplies the state before the step. You have taken the state after it.")
def _recurrent_after(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    return np.einsum("tng,tnh->gh", da, h)


@RECURRENT.mistake("The first step is missing: there W_hh multiplies h_0, which need not be zero.")
def _recurrent_no_start(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    return np.einsum("tng,tnh->gh", da[1:], h[:-1])


@RECURRENT.mistake(
    "Rows and columns are exchanged: the gradient has the shape of W_hh, (out, in), so da comes first."
)
def _recurrent_turned(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    return recurrent_gradient(da, h, h_0).T


@RECURRENT.mistake(
    "That is the use of the last step alone. The same matrix is used at every step, and the uses add up."
)
def _recurrent_last(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    before = np.concatenate([h_0[None], h[:-1]])
    return da[-1].T @ before[-1]


@RECURRENT.mistake("You have averaged over the batch. The loss is a sum here; a mean would already be in da.")
def _recurrent_mean(da: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    return recurrent_gradient(da, h, h_0) / da.shape[1]


def _relu_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    one = np.ones((1, 1))  # the smallest: one unit that is on, so that there is a gradient to see
    yield one[None], 2 * one, 3 * one, one, np.zeros(1), one[None]
    for T, N, D, H in ((1, 1, 1, 2), (2, 1, 3, 2), (5, 3, 4, 6), (4, 2, 3, 5), (6, 4, 2, 3), (3, 5, 6, 4)):
        yield (
            rng.normal(size=(T, N, D)),
            rng.normal(size=(N, H)),
            rng.normal(size=(H, D)),
            rng.normal(size=(H, H)) / np.sqrt(H),
            rng.normal(size=H),
            rng.normal(size=(T, N, H)),
        )


RELU = Exercise("bptt-relu", _relu_cases)


@RELU.solved_by
def relu_gradients(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> Gradients:
    """Return dW_ih, dW_hh, db and dh_0 of h_t = relu(W_ih x_t + W_hh h_{t-1} + b)."""
    return _relu_pass(x, h_0, W_ih, W_hh, b, dy)


def _tanh_slope(h: np.ndarray) -> np.ndarray:
    return 1 - h * h


def _relu_pass(
    x: np.ndarray,
    h_0: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    dy: np.ndarray,
    slope: Callable[[np.ndarray], np.ndarray] = lambda h: (h > 0).astype(h.dtype),
    future: float = 1.0,
    shift: int = 0,
) -> Gradients:
    """Go forward and back; the mistakes below are its settings."""
    h = [h_0]
    for x_t in x:
        h.append(np.maximum(x_t @ W_ih.T + h[-1] @ W_hh.T + b, 0))
    dW_ih, dW_hh, db = np.zeros_like(W_ih), np.zeros_like(W_hh), np.zeros_like(b)
    da = np.zeros_like(h_0)
    for t in reversed(range(len(x))):
        da = (dy[t] + future * (da @ W_hh)) * slope(h[t + 1])
        dW_ih += da.T @ x[t]
        dW_hh += da.T @ h[t + shift]
        db += da.sum(axis=0)
    return dW_ih, dW_hh, db, da @ W_hh


@RELU.mistake(
    "The slope 1 - h^2 is that of the tanh. A ReLU's is 1 where the unit is on, and 0 where it is off."
)
def _relu_tanh(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _relu_pass(x, h_0, W_ih, W_hh, b, dy, slope=_tanh_slope)


@RELU.mistake("No slope at all: a unit that is off passes no gradient on.")
def _relu_linear(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _relu_pass(x, h_0, W_ih, W_hh, b, dy, slope=np.ones_like)


@RELU.mistake(
    "Only the immediate parts: dy[t] is what the step's own output says. What the later steps say is missing."
)
def _relu_immediate(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _relu_pass(x, h_0, W_ih, W_hh, b, dy, future=0.0)


@RELU.mistake(
    "In dW_hh belongs the state before the step, h_{t-1}; at the first step h_0. You have the one after it."
)
def _relu_after(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> Gradients:
    return _relu_pass(x, h_0, W_ih, W_hh, b, dy, shift=1)


@RELU.mistake("To h_0 the gradient has to cross the first step: through W_hh; you have that of a_1 itself.")
def _relu_start(
    x: np.ndarray, h_0: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, dy: np.ndarray
) -> Gradients:
    dW_ih, dW_hh, db, dh_0 = _relu_pass(x, h_0, W_ih, W_hh, b, dy)
    return dW_ih, dW_hh, db, np.linalg.solve(W_hh.T, dh_0.T).T
