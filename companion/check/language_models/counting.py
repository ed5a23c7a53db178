"""``lm-continuation`` and ``lm-mixture``: what Kneser and Ney count, and two models that share a sentence."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Pairs = list[tuple[int, int]]


def _continuation_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [(0, 1), (0, 1), (0, 1), (2, 3), (4, 3)], 5
    yield [(0, 0)], 2
    for V, size in ((3, 6), (4, 12), (6, 25), (8, 60)):
        draws = np.minimum(rng.geometric(0.4, (size, 2)) - 1, V - 1)
        yield [(int(a), int(b)) for a, b in draws], V


CONTINUATION = Exercise(
    "lm-continuation",
    _continuation_cases,
    (Law("probabilities sum to 1.", lambda given, got: bool(np.isclose(got.sum(), 1))),),
)


@CONTINUATION.solved_by
def continuation(pairs: Pairs, size: int) -> np.ndarray:
    """Return, (size,), the share of the different pairs that end with each word."""
    ends = np.array([b for _, b in set(pairs)])
    return np.bincount(ends, minlength=size) / len(ends)


@CONTINUATION.mistake(
    "That is how often a word occurs, as in a unigram model. Count each pair once, however often it was seen."
)
def _continuation_frequency(pairs: Pairs, size: int) -> np.ndarray:
    return np.bincount([b for _, b in pairs], minlength=size) / len(pairs)


@CONTINUATION.mistake("You count how many words come after it. Asked for is after how many words it comes.")
def _continuation_turned(pairs: Pairs, size: int) -> np.ndarray:
    return continuation([(b, a) for a, b in pairs], size)


@CONTINUATION.mistake("Those are numbers of pairs. Divide by how many different pairs there are.")
def _continuation_counts(pairs: Pairs, size: int) -> np.ndarray:
    return continuation(pairs, size) * len(set(pairs))


@CONTINUATION.mistake(
    "You divide by all pairs seen, repetitions included: the probabilities sum to less than 1."
)
def _continuation_all(pairs: Pairs, size: int) -> np.ndarray:
    return continuation(pairs, size) * len(set(pairs)) / len(pairs)


@CONTINUATION.mistake(
    "A word comes after at most so many different words as there are; you divide by the size."
)
def _continuation_size(pairs: Pairs, size: int) -> np.ndarray:
    return continuation(pairs, size) * len(set(pairs)) / size


@CONTINUATION.mistake(
    "A word that never comes second has a share too, 0: np.bincount stops at the largest id, unless told."
)
def _continuation_short(pairs: Pairs, size: int) -> np.ndarray:
    return np.bincount([b for _, b in set(pairs)]) / len(set(pairs))


def _mixture_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([0.5, 0.1]), np.array([0.1, 0.5])
    yield np.array([0.5, 0.4, 0.3]), np.array([0.2, 0.1, 0.1])
    yield np.array([0.9, 0.01, 0.01, 0.02]), np.array([0.2, 0.1, 0.1, 0.1])  # p has the higher mean alone
    for size, lean in ((7, 0.2), (40, 0.0), (200, 0.6), (500, -0.4)):
        p, q = np.exp(rng.normal(-4, 1.5, (2, size)))
        yield np.minimum(p * np.exp(lean), 0.9), np.minimum(q, 0.9)


MIXTURE = Exercise(
    "lm-mixture",
    _mixture_cases,
    (
        Law("a weight lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),
        Law(
            "the mixture is at least as good as either model on the text that the weight is fitted to.",
            lambda given, got: bool(_fits(given[0], given[1], got)),
        ),
    ),
)


def _nats(p: np.ndarray, q: np.ndarray, weight: float) -> float:
    return float(-np.log(weight * p + (1 - weight) * q).mean())


def _fits(p: np.ndarray, q: np.ndarray, weight: float) -> bool:
    return _nats(p, q, weight) <= min(_nats(p, q, 0.0), _nats(p, q, 1.0)) + 1e-9


@MIXTURE.solved_by
def best_weight(p: np.ndarray, q: np.ndarray) -> float:
    """Return the w in [0, 1] for which w p + (1 - w) q gives the text the lowest perplexity."""
    return _search(p, q)


def _search(p: np.ndarray, q: np.ndarray) -> float:
    """Halve the interval: the slope of the mean log probability falls as the weight rises."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.mean((p - q) / (middle * p + (1 - middle) * q)) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@MIXTURE.mistake("That is the weight of the other model: w belongs to p.")
def _mixture_turned(p: np.ndarray, q: np.ndarray) -> float:
    return 1 - best_weight(p, q)


@MIXTURE.mistake("The share of the tokens on which p is the better one. By how much it is better counts too.")
def _mixture_votes(p: np.ndarray, q: np.ndarray) -> float:
    return float((p > q).mean())


@MIXTURE.mistake("You mix the logarithms. A mixture adds probabilities: log(w p + (1 - w) q).")
def _mixture_logs(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.log(p).mean() > np.log(q).mean())


@MIXTURE.mistake("One step of the iteration is not enough: repeat it until the weight stays where it is.")
def _mixture_one_step(p: np.ndarray, q: np.ndarray) -> float:
    return float((p / (p + q)).mean())


@MIXTURE.mistake("A grid of hundredths is too coarse: the answer is wanted to five digits.")
def _mixture_grid(p: np.ndarray, q: np.ndarray) -> float:
    grid = np.linspace(0, 1, 101)
    return float(grid[np.argmin([_nats(p, q, weight) for weight in grid])])


@MIXTURE.mistake("A grid of thousandths is not fine enough either: halve an interval, or iterate.")
def _mixture_fine_grid(p: np.ndarray, q: np.ndarray) -> float:
    grid = np.linspace(0, 1, 1001)
    return float(grid[np.argmin([_nats(p, q, weight) for weight in grid])])


@MIXTURE.mistake("You have found the weight with the highest perplexity. Asked for is the lowest.")
def _mixture_worst(p: np.ndarray, q: np.ndarray) -> float:
    return float(_nats(p, q, 1.0) > _nats(p, q, 0.0))


@MIXTURE.mistake("You maximise the mean probability. The perplexity asks for the mean of its logarithm.")
def _mixture_arithmetic(p: np.ndarray, q: np.ndarray) -> float:
    return float(p.mean() > q.mean())
