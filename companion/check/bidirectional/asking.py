"""``bi-wait``, ``bi-ahead``, ``bi-around``: when a network is asked, and what it must not have heard."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Pair = tuple[np.ndarray, np.ndarray]


def _wait_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, d in ((1, 1, 1), (5, 3, 2), (4, 2, 3), (3, 4, 5), (6, 1, 1)):
        yield rng.integers(1, 50, (T, N)), rng.integers(0, 4, (T, N)), d
    yield rng.integers(1, 50, (4, 3)), rng.integers(0, 4, (4, 3)), 0


WAIT = Exercise(
    "bi-wait",
    _wait_cases,
    (
        Law(
            "d is 0: nothing is added and nothing moved.",
            lambda given, got: (
                given[2] != 0 or all(np.array_equal(a, b) for a, b in zip(given, got, strict=False))
            ),
        ),
    ),
)


@WAIT.solved_by
def wait(ids: np.ndarray, targets: np.ndarray, d: int) -> Pair:
    """Return what is read and what is asked, (T + d, N) each."""
    read = np.pad(ids, [(0, d), (0, 0)])
    asked = np.pad(targets, [(d, 0), (0, 0)], constant_values=-1)
    return read, asked


@WAIT.mistake("You moved the targets to the wrong side: it is asked before it has heard.")
def _wait_early(ids: np.ndarray, targets: np.ndarray, d: int) -> Pair:
    late = np.pad(targets, [(0, d), (0, 0)], constant_values=-1)
    return np.pad(ids, [(d, 0), (0, 0)]), late


@WAIT.mistake("Nothing is moved: a target stands where its word stands, and the added steps ask for nothing.")
def _wait_not(ids: np.ndarray, targets: np.ndarray, d: int) -> Pair:
    return np.pad(ids, [(0, d), (0, 0)]), np.pad(targets, [(0, d), (0, 0)], constant_values=-1)


@WAIT.mistake("Where nothing is asked stands -1. A 0 is a class, and would be learned.")
def _wait_zero(ids: np.ndarray, targets: np.ndarray, d: int) -> Pair:
    return np.pad(ids, [(0, d), (0, 0)]), np.pad(targets, [(d, 0), (0, 0)])


@WAIT.mistake("Both are moved by d, the ids with the targets. So nothing has been waited for.")
def _wait_both(ids: np.ndarray, targets: np.ndarray, d: int) -> Pair:
    return np.pad(ids, [(d, 0), (0, 0)]), np.pad(targets, [(d, 0), (0, 0)], constant_values=-1)


@WAIT.mistake("The last d words are never answered for: d steps have to be added at the end.")
def _wait_cut(ids: np.ndarray, targets: np.ndarray, d: int) -> Pair:
    return ids.copy(), wait(ids, targets, d)[1][: len(ids)]


def _ahead_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (np.ones((1, 1)),)
    for T in (4, 7):
        strength = rng.uniform(0.1, 2.0, (T, T))
        yield (np.tril(strength),)
        yield (strength,)
    yield (np.triu(rng.uniform(0.1, 2.0, (5, 5))),)
    for window in (1, 2, 3):
        yield (np.tril(rng.uniform(0.1, 2.0, (6, 6)), window),)
    yield (np.tril(rng.uniform(0.1, 2.0, (6, 6)), -1),)
    faint = np.tril(rng.uniform(0.1, 2.0, (6, 6)))
    faint[0, 2] = faint[1, 4] = 1e-9
    yield (faint,)
    yield (np.zeros((3, 3)),)


AHEAD = Exercise("bi-ahead", _ahead_cases)


@AHEAD.solved_by
def hears_ahead(reach: np.ndarray) -> int:
    """Return the largest s - t with reach[t, s] not zero, or 0."""
    t, s = np.nonzero(reach)
    return int(max((s - t).max(initial=0), 0))


@AHEAD.mistake("That is how far it hears back. Rows are outputs, columns are inputs.")
def _ahead_back(reach: np.ndarray) -> int:
    return hears_ahead(reach.T)


@AHEAD.mistake("You took the distance without its sign: what lies behind counts as ahead.")
def _ahead_distance(reach: np.ndarray) -> int:
    t, s = np.nonzero(reach)
    return int(np.abs(s - t).max(initial=0))


@AHEAD.mistake("You looked at the first output alone. Others may hear further, or be the only ones that do.")
def _ahead_first(reach: np.ndarray) -> int:
    return hears_ahead(reach[:1])


@AHEAD.mistake(
    "You counted the inputs ahead that an output hears. How far the furthest lies is what is asked."
)
def _ahead_count(reach: np.ndarray) -> int:
    return int((np.triu(reach, 1) != 0).sum(axis=1).max(initial=0))


@AHEAD.mistake("A billionth is not zero. The network has heard it, and training makes it louder.")
def _ahead_threshold(reach: np.ndarray) -> int:
    return hears_ahead(np.where(np.abs(reach) < 1e-6, 0.0, reach))


@AHEAD.mistake("A causal network hears nothing ahead: 0. What the output reads at its own step is not ahead.")
def _ahead_one_more(reach: np.ndarray) -> int:
    return hears_ahead(reach) + 1


def _around_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, H in ((1, 1, 1), (2, 1, 2), (5, 3, 2), (4, 2, 3), (6, 4, 1), (3, 5, 4)):
        yield (rng.normal(size=(T, N, 2 * H)),)


AROUND = Exercise("bi-around", _around_cases)


@AROUND.solved_by
def around(y: np.ndarray) -> np.ndarray:
    """Return at each step the forward half of the step before and the backward half of the step after."""
    H = y.shape[2] // 2
    shifted = np.zeros_like(y)
    shifted[1:, :, :H] = y[:-1, :, :H]
    shifted[:-1, :, H:] = y[1:, :, H:]
    return shifted


@AROUND.mistake("Nothing is moved: both halves have read the very token that is asked for.")
def _around_not(y: np.ndarray) -> np.ndarray:
    return y.copy()


@AROUND.mistake(
    "The halves have moved the wrong way: each has read the token in the gap, and its neighbour too."
)
def _around_wrong_way(y: np.ndarray) -> np.ndarray:
    H = y.shape[2] // 2
    shifted = np.zeros_like(y)
    shifted[:-1, :, :H] = y[1:, :, :H]
    shifted[1:, :, H:] = y[:-1, :, H:]
    return shifted


@AROUND.mistake("Only the forward half has moved. The backward half at step t has read token t.")
def _around_half(y: np.ndarray) -> np.ndarray:
    H = y.shape[2] // 2
    shifted = y.copy()
    shifted[:, :, :H] = around(y)[:, :, :H]
    return shifted


@AROUND.mistake(
    "The roll goes round: at the first step stands the forward state of the last, which has read all."
)
def _around_roll(y: np.ndarray) -> np.ndarray:
    H = y.shape[2] // 2
    return np.concatenate([np.roll(y[..., :H], 1, axis=0), np.roll(y[..., H:], -1, axis=0)], axis=2)


@AROUND.mistake("Both halves have moved the same way. What is before for the one is behind for the other.")
def _around_same_way(y: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(y[:1]), y[:-1]])
