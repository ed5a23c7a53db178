"""``le-pairs`` and ``le-noise``: what is predicted and drawn. Each solution's docstring is what is asked."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Pairs = list[tuple[int, int]]


def _pairs_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [4, 7], 1
    yield [5, 6, 7], 1
    yield [], 2
    yield [3], 2
    yield [2, 9, 2, 8], 2
    yield [1, 2, 3], 5
    for count, window in [(5, 2), (7, 3), (9, 1), (12, 4)]:
        yield rng.integers(0, 6, count).tolist(), window


def _both_ways(given: Arguments, got: Pairs) -> bool:
    return Counter(got) == Counter((context, centre) for centre, context in got)


PAIRS = Exercise(
    "le-pairs",
    _pairs_cases,
    (
        Law(
            "if one word stands in the window of another, the other stands in the window of the one.",
            _both_ways,
        ),
    ),
)


@PAIRS.solved_by
def context_pairs(ids: list[int], window: int) -> Pairs:
    """Return the pairs (centre, context) of a sentence, a list of ids.

    A context is any other place of the sentence that is at most `window` places away. The pairs are ordered
    by the place of the centre, then by that of the context.
    """
    places = range(len(ids))
    return [(ids[i], ids[j]) for i in places for j in places if 0 < abs(i - j) <= window]


@PAIRS.mistake("You pair each word with itself: the centre is no part of its context.")
def _pairs_itself(ids: list[int], window: int) -> Pairs:
    places = range(len(ids))
    return [(ids[i], ids[j]) for i in places for j in places if abs(i - j) <= window]


@PAIRS.mistake(
    "Your window ends one word early on the right: a range and a slice stop before the number that ends them."
)
def _pairs_short_right(ids: list[int], window: int) -> Pairs:
    return [
        (ids[i], ids[j])
        for i in range(len(ids))
        for j in range(max(0, i - window), min(len(ids), i + window))
        if j != i
    ]


@PAIRS.mistake(
    "Your window is one word too small on both sides: a word exactly `window` places away belongs to it."
)
def _pairs_short(ids: list[int], window: int) -> Pairs:
    return context_pairs(ids, window - 1)


@PAIRS.mistake(
    "At the beginning of a sentence your window reaches back beyond it, and Python counts a negative place "
    "from the end."
)
def _pairs_wrapped(ids: list[int], window: int) -> Pairs:
    return [
        (ids[i], ids[j])
        for i in range(len(ids))
        for j in range(max(i - window, -len(ids)), min(len(ids), i + window + 1))
        if j != i
    ]


@PAIRS.mistake("You look to the left alone, as a language model does. The window has two sides.")
def _pairs_left(ids: list[int], window: int) -> Pairs:
    places = range(len(ids))
    return [(ids[i], ids[j]) for i in places for j in places if 0 < i - j <= window]


@PAIRS.mistake("You look to the right alone. The window has two sides.")
def _pairs_right(ids: list[int], window: int) -> Pairs:
    places = range(len(ids))
    return [(ids[i], ids[j]) for i in places for j in places if 0 < j - i <= window]


@PAIRS.mistake(
    "You leave out a context that is the same word as the centre. What counts is the place: in *the cat and "
    "the dog* the second *the* may be context of the first."
)
def _pairs_other_words(ids: list[int], window: int) -> Pairs:
    return [pair for pair in context_pairs(ids, window) if pair[0] != pair[1]]


def _noise_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1, 16]), 0.75
    yield np.array([7]), 0.75
    yield np.array([3, 1, 6]), 1.0
    yield np.array([5, 2, 9, 1]), 0.0
    for size, power in [(3, 0.75), (6, 0.5), (9, 0.75), (13, 0.25), (4, 1.5)]:
        yield rng.integers(1, 1000, size), power


NOISE = Exercise(
    "le-noise",
    _noise_cases,
    (
        Law("probabilities are positive.", lambda given, got: bool((got > 0).all())),
        Law("probabilities add up to 1.", lambda given, got: abs(got.sum() - 1) < 1e-6),
        Law(
            "with the power 0 every word is equally likely.",
            lambda given, got: given[1] != 0 or np.ptp(got) < 1e-9,
        ),
    ),
)


@NOISE.solved_by
def noise_probabilities(counts: np.ndarray, power: float) -> np.ndarray:
    """Return the probability of each word to be drawn as noise, (V,), for counts (V,), all at least 1."""
    weights = counts**power  # (V,)
    return weights / weights.sum()


@NOISE.mistake("You raise shares to a power and stop there: they no longer add up to 1.")
def _noise_not_normalised(counts: np.ndarray, power: float) -> np.ndarray:
    return (counts / counts.sum()) ** power


@NOISE.mistake("The counts are raised and not divided: these are no probabilities yet.")
def _noise_raised(counts: np.ndarray, power: float) -> np.ndarray:
    return counts.astype(float) ** power


@NOISE.mistake("The power plays no part: this is the share of each word in the corpus.")
def _noise_unigram(counts: np.ndarray, power: float) -> np.ndarray:
    return counts / counts.sum()


@NOISE.mistake("You draw every word alike, the rarest as often as *the*.")
def _noise_uniform(counts: np.ndarray, power: float) -> np.ndarray:
    return np.full(len(counts), 1 / len(counts))


@NOISE.mistake(
    "You multiply the counts by the power, and it cancels again when you divide. Raise them to it."
)
def _noise_multiplied(counts: np.ndarray, power: float) -> np.ndarray:
    return counts * power / (counts * power).sum()
