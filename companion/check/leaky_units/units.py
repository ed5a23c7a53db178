"""``leak-step``, ``leak-backward``, ``leak-tau``: a leaky unit, and the gradients of its states and tau."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _step_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, D, H in ((1, 1, 1), (3, 4, 6), (2, 5, 3), (4, 2, 5), (5, 3, 2), (6, 4, 2)):
        tau = 1 + 9 * rng.random(H) ** 2
        yield (
            rng.normal(size=(N, D)),
            np.tanh(rng.normal(size=(N, H))),
            rng.normal(size=(H, D)),
            rng.normal(size=(H, H)) / np.sqrt(H),
            rng.normal(size=H),
            tau,
        )


STEP = Exercise(
    "leak-step",
    _step_cases,
    (
        Law(
            "a unit moves by no more than 2 / tau in one step.",
            lambda given, got: bool((np.abs(got - given[1]) <= 2 / given[5] + 1e-9).all()),
        ),
    ),
)


@STEP.solved_by
def leaky_step(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    """Return the states after one step, (N, H)."""
    return (1 - 1 / tau) * h + np.tanh(x @ W_ih.T + h @ W_hh.T + b) / tau


@STEP.mistake("The tau is on the wrong term: 1/tau is the share of the new, 1 - 1/tau that of the old.")
def _step_swapped(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return h / tau + (1 - 1 / tau) * np.tanh(x @ W_ih.T + h @ W_hh.T + b)


@STEP.mistake("The leak is inside the tanh. Then no way to the next state is straight: all of them are bent.")
def _step_inside(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return np.tanh((1 - 1 / tau) * h + (x @ W_ih.T + h @ W_hh.T + b) / tau)


@STEP.mistake("The whole old state stays, and something is added at every step: nothing leaks away.")
def _step_adds(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return h + np.tanh(x @ W_ih.T + h @ W_hh.T + b) / tau


@STEP.mistake("The new part counts in full. Without its 1/tau the state grows beyond 1.")
def _step_new_in_full(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return (1 - 1 / tau) * h + np.tanh(x @ W_ih.T + h @ W_hh.T + b)


@STEP.mistake("That is the plain step: tau does nothing in it.")
def _step_plain(
    x: np.ndarray, h: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return np.tanh(x @ W_ih.T + h @ W_hh.T + b)


def _backward_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, H in ((1, 1, 2), (2, 1, 3), (5, 3, 6), (4, 2, 5), (7, 4, 3), (6, 2, 4)):
        g = np.tanh(rng.normal(size=(T, N, H)))
        W_hh = rng.normal(size=(H, H)) / np.sqrt(H)
        yield rng.normal(size=(T, N, H)), g, W_hh, 1 + 9 * rng.random(H) ** 2


BACKWARD = Exercise(
    "leak-backward",
    _backward_cases,
    (
        Law(
            "at the last step there is no future: dh[-1] is dy[-1].",
            lambda given, got: bool(np.allclose(got[-1], given[0][-1])),
        ),
    ),
)


@BACKWARD.solved_by
def leaky_backward(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    """Return dL/dh_t of every step, (T, N, H)."""
    return _back(dy, g, W_hh, tau)


def _back(
    dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray, keep: float = 1.0, rate: float = 1.0
) -> np.ndarray:
    """Go back; `keep` and `rate` scale the two ways."""
    dh = dy.copy()
    for t in range(len(dy) - 2, -1, -1):
        da = rate * dh[t + 1] * (1 - g[t + 1] ** 2) / tau
        dh[t] += keep * (1 - 1 / tau) * dh[t + 1] + da @ W_hh
    return dh


@BACKWARD.mistake(
    "The straight way is missing: (1 - 1/tau) of the next state's gradient comes back as it is."
)
def _backward_bent_alone(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return _back(dy, g, W_hh, tau, keep=0.0)


@BACKWARD.mistake("The way through the network is missing: the state is also read by W_hh.")
def _backward_straight_alone(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return _back(dy, g, W_hh, tau, rate=0.0)


@BACKWARD.mistake("In the state g_t counts only 1/tau, so its gradient is dh_t / tau.")
def _backward_no_rate(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    dh = dy.copy()
    for t in range(len(dy) - 2, -1, -1):
        dh[t] += (1 - 1 / tau) * dh[t + 1] + (dh[t + 1] * (1 - g[t + 1] ** 2)) @ W_hh
    return dh


@BACKWARD.mistake("W_hh is turned: forward it was h @ W_hh.T, so backward it is da @ W_hh.")
def _backward_turned(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return _back(dy, g, W_hh.T, tau)


@BACKWARD.mistake("The slope is that of the wrong step: what comes back from h_{t+1} has crossed g_{t+1}.")
def _backward_wrong_slope(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return _back(dy, np.concatenate([g[:1], g[:-1]]), W_hh, tau)


@BACKWARD.mistake("The rate is applied after W_hh. tau belongs to the unit that h_{t+1} is, so da has it.")
def _backward_rate_late(dy: np.ndarray, g: np.ndarray, W_hh: np.ndarray, tau: np.ndarray) -> np.ndarray:
    dh = dy.copy()
    for t in range(len(dy) - 2, -1, -1):
        dh[t] += (1 - 1 / tau) * dh[t + 1] + (dh[t + 1] * (1 - g[t + 1] ** 2)) @ W_hh / tau
    return dh


def _tau_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, H in ((1, 1, 2), (2, 1, 3), (5, 3, 6), (4, 2, 5), (7, 4, 3), (6, 2, 4)):
        g, h = (np.tanh(rng.normal(size=(T, N, H))) for _ in range(2))
        yield rng.normal(size=(T, N, H)), g, h, np.tanh(rng.normal(size=(N, H))), 1 + 9 * rng.random(H) ** 2


TAU = Exercise("leak-tau", _tau_cases)


@TAU.solved_by
def tau_gradient(
    dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    """Return dL/dtau, (H,)."""
    return -_by_rate(dh, g, h, h_0) / tau**2


def _by_rate(dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray) -> np.ndarray:
    """Return the gradient by 1/tau, (H,)."""
    before = np.concatenate([h_0[None], h[:-1]])
    return (dh * (g - before)).sum(axis=(0, 1))


@TAU.mistake(
    "That is the gradient by 1/tau. Asked for is the one by tau: one more factor, and it has a sign."
)
def _tau_of_rate(
    dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return _by_rate(dh, g, h, h_0)


@TAU.mistake("The sign is wrong: a larger tau moves the state less towards g.")
def _tau_sign(dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return _by_rate(dh, g, h, h_0) / tau**2


@TAU.mistake(
    "What 1/tau multiplies is g_t minus the state before the step. You have taken the state after it."
)
def _tau_after(dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return -(dh * (g - h)).sum(axis=(0, 1)) / tau**2


@TAU.mistake("In both terms stands tau: when less of g comes in, more of the old state stays.")
def _tau_new_alone(
    dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return -(dh * g).sum(axis=(0, 1)) / tau**2


@TAU.mistake("The first step is missing: there the state before is h_0.")
def _tau_no_start(
    dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray
) -> np.ndarray:
    return -(dh[1:] * (g[1:] - h[:-1])).sum(axis=(0, 1)) / tau**2


@TAU.mistake("You have averaged over the batch. The loss is a sum here; a mean would already be in dh.")
def _tau_mean(dh: np.ndarray, g: np.ndarray, h: np.ndarray, h_0: np.ndarray, tau: np.ndarray) -> np.ndarray:
    return -_by_rate(dh, g, h, h_0) / tau**2 / dh.shape[1]
