"""``conv-global-max``, ``conv-max-grad``: the largest of each sequence, and who is given its gradient."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _global_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[[-3.0]], [[-1.0]], [[5.0]]]), np.array([1])
    yield np.full((4, 2, 3), -2.0), np.array([4, 1])
    for T, N, D in ((5, 3, 2), (3, 4, 5), (6, 2, 4), (1, 1, 3)):
        lengths = rng.integers(1, T + 1, N)
        lengths[0] = T
        x = rng.normal(size=(T, N, D)) - 1
        x[np.arange(T)[:, None] >= lengths] = rng.choice([0.0, 5.0])
        yield x, lengths


GLOBAL_MAX = Exercise(
    "conv-global-max",
    _global_cases,
    (
        Law(
            "every number of the result stands somewhere in its sequence.",
            lambda given, got: bool((given[0] == got).any(axis=0).all()),
        ),
    ),
)


def _beyond(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return (np.arange(len(x))[:, None] >= lengths)[:, :, None]


@GLOBAL_MAX.solved_by
def global_max(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the largest of each sequence's real steps, (N, D), of x (T, N, D)."""
    return np.where(_beyond(x, lengths), -np.inf, x).max(axis=0)


@GLOBAL_MAX.mistake(
    "The padding is set to zero, and zero wins where all that is real is negative. What never wins a maximum?"
)
def _global_zero(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.where(_beyond(x, lengths), 0.0, x).max(axis=0)


@GLOBAL_MAX.mistake("The padding takes part: what stands beyond a sequence's length is not part of it.")
def _global_padding(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return x.max(axis=0)


@GLOBAL_MAX.mistake("One step too many: a sequence of length 2 has the steps 0 and 1.")
def _global_one_more(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return global_max(x, np.minimum(lengths + 1, len(x)))


@GLOBAL_MAX.mistake("That is the mean over the real steps; asked for is the largest.")
def _global_mean(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.where(_beyond(x, lengths), 0, x).sum(axis=0) / lengths[:, None]


@GLOBAL_MAX.mistake("That is the last real step, as one would take it from an RNN. Asked for is the largest.")
def _global_last(x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return x[lengths - 1, np.arange(x.shape[1])]


def _grad_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[2.0], [2.0], [1.0], [3.0]]), 2, np.array([[10.0], [1.0]])
    yield np.zeros((6, 2)), 3, np.array([[1.0, 2.0], [3.0, 4.0]])
    yield np.array([[1.0], [0.0], [4.0], [4.0], [9.0]]), 2, np.array([[1.0], [2.0]])
    for T, D, P in ((7, 3, 2), (6, 2, 3), (5, 4, 5), (8, 3, 1)):
        yield rng.integers(0, 3, (T, D)).astype(float), P, rng.normal(size=(T // P, D))


MAX_GRAD = Exercise(
    "conv-max-grad",
    _grad_cases,
    (
        Law(
            "what comes in from above goes out below: the sums are equal, feature by feature.",
            lambda given, got: bool(np.allclose(got.sum(axis=0), given[2].sum(axis=0), 1e-5, 1e-6)),
        ),
    ),
)


def _windows(x: np.ndarray, P: int) -> np.ndarray:
    """Return the full windows, (T // P, P, D)."""
    return x[: len(x) // P * P].reshape(-1, P, x.shape[1])


def _spread(x: np.ndarray, P: int, shares: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Give each step its share, (T // P, P, D), of its window's gradient."""
    dx = np.zeros_like(x)
    dx[: len(dy) * P] = (shares * dy[:, None]).reshape(-1, x.shape[1])
    return dx


@MAX_GRAD.solved_by
def max_gradient(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    """Return dx (T, D) of a max pooling over windows of P steps; of equal steps the first has it all."""
    dx = np.zeros_like(x)
    for t in range(len(dy)):
        winners = x[t * P : (t + 1) * P].argmax(axis=0)  # (D,)
        dx[t * P + winners, np.arange(x.shape[1])] = dy[t]
    return dx


@MAX_GRAD.mistake("Each of several equal steps gets the whole gradient: more comes out than went in.")
def _max_all(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    windows = _windows(x, P)
    return _spread(x, P, windows == windows.max(axis=1, keepdims=True), dy)


@MAX_GRAD.mistake(
    "Equal steps share the gradient. That is a convention too; asked for is: the first has it all."
)
def _max_shared(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    windows = _windows(x, P)
    winners = windows == windows.max(axis=1, keepdims=True)
    return _spread(x, P, winners / winners.sum(axis=1, keepdims=True), dy)


@MAX_GRAD.mistake("Of equal steps you take the last one.")
def _max_last(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    whole = x[: len(dy) * P]
    backward = max_gradient(whole[::-1].copy(), P, dy[::-1])[::-1]
    return np.concatenate([backward, np.zeros_like(x[len(dy) * P :])])


@MAX_GRAD.mistake("That is the gradient of a mean: every step of the window gets a share of it.")
def _max_mean(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    return _spread(x, P, np.full_like(_windows(x, P), 1 / P), dy)


@MAX_GRAD.mistake(
    "Every step of the window gets the gradient. Moving one that is not the largest changes nothing."
)
def _max_everyone(x: np.ndarray, P: int, dy: np.ndarray) -> np.ndarray:
    return _spread(x, P, np.ones_like(_windows(x, P)), dy)
