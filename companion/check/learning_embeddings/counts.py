"""``le-cooccurrence`` and ``le-ngrams``: two counts. Each solution's docstring is what is asked."""

from collections.abc import Callable, Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _cooccurrence_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [0, 1], 1, 2
    yield [0, 1, 2], 2, 3
    yield [1, 1], 1, 2
    yield [], 2, 3
    yield [2], 2, 3
    yield [0, 1, 0, 2], 3, 3
    for count, window, size in [(6, 2, 4), (9, 3, 5), (12, 4, 3), (5, 8, 6)]:
        yield rng.integers(0, size, count).tolist(), window, size


COOCCURRENCE = Exercise(
    "le-cooccurrence",
    _cooccurrence_cases,
    (
        Law(
            "who stands near whom is mutual, so the matrix is symmetric.",
            lambda given, got: bool(np.allclose(got, got.T)),
        ),
        Law(
            "words that do not occur have rows of zeros.",
            lambda given, got: bool((got[np.setdiff1d(np.arange(given[2]), given[0])] == 0).all()),
        ),
    ),
)


def _counted(ids: list[int], window: int, size: int, weight: Callable[[int], float]) -> np.ndarray:
    counts = np.zeros((size, size))  # (V, V)
    for i, one in enumerate(ids):
        for j, other in enumerate(ids):
            if 0 < abs(i - j) <= window:
                counts[one, other] += weight(abs(i - j))
    return counts


@COOCCURRENCE.solved_by
def cooccurrence_table(ids: list[int], window: int, size: int) -> np.ndarray:
    """Return how often each word stands near each other one in a sentence, an array (size, size).

    Two words that are d <= window places apart count 1 / d for the row of the one and the column of the
    other, and again the other way round, also where they are the same word.
    """
    return _counted(ids, window, size, lambda apart: 1 / apart)


@COOCCURRENCE.mistake("Every pair counts 1, however far apart it is. What is the weight of a distance?")
def _cooccurrence_flat(ids: list[int], window: int, size: int) -> np.ndarray:
    return _counted(ids, window, size, lambda apart: 1)


@COOCCURRENCE.mistake(
    "The weight falls in a straight line, from 1 for a neighbour to 1 / window. That is what windows of "
    "random width come to; here it falls as one over the distance."
)
def _cooccurrence_linear(ids: list[int], window: int, size: int) -> np.ndarray:
    return _counted(ids, window, size, lambda apart: (window + 1 - apart) / window)


@COOCCURRENCE.mistake("Your window is one word too small: places that are exactly `window` apart count too.")
def _cooccurrence_short(ids: list[int], window: int, size: int) -> np.ndarray:
    return cooccurrence_table(ids, window - 1, size)


@COOCCURRENCE.mistake(
    "Each pair is counted in one direction: the row of the later word, the column of the earlier."
)
def _cooccurrence_left(ids: list[int], window: int, size: int) -> np.ndarray:
    counts = np.zeros((size, size))
    for i, one in enumerate(ids):
        for j in range(max(0, i - window), i):
            counts[one, ids[j]] += 1 / (i - j)
    return counts


@COOCCURRENCE.mistake(
    "Each pair is counted in one direction: the row of the earlier word, the column of the later."
)
def _cooccurrence_right(ids: list[int], window: int, size: int) -> np.ndarray:
    return _cooccurrence_left(ids, window, size).T


@COOCCURRENCE.mistake("A word that stands near another copy of itself should count too, on the diagonal.")
def _cooccurrence_hollow(ids: list[int], window: int, size: int) -> np.ndarray:
    counts = cooccurrence_table(ids, window, size)
    return counts - np.diag(np.diag(counts))


@COOCCURRENCE.mistake(
    "On the diagonal you count half: each of two copies of a word stands near the other, and that makes two."
)
def _cooccurrence_half(ids: list[int], window: int, size: int) -> np.ndarray:
    counts = cooccurrence_table(ids, window, size)
    return counts - np.diag(np.diag(counts)) / 2


def _ngrams_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield "cat", 3, 3
    yield "cat", 3, 4
    yield "a", 3, 6
    yield "banana", 3, 3
    yield "to", 2, 9
    yield from [
        ("where", 3, 6),
        ("orange", 4, 5),
        ("mississippi", 2, 3),
        ("unlearned", 2, 3),
        ("tiger", 5, 7),
        ("été", 3, 4),
    ]


NGRAMS = Exercise(
    "le-ngrams",
    _ngrams_cases,
    (
        Law(
            "every n-gram is a piece of `<word>`.", lambda given, got: all(g in f"<{given[0]}>" for g in got)
        ),
        Law(
            "the lengths lie between low and high.",
            lambda given, got: all(given[1] <= len(g) <= given[2] for g in got),
        ),
    ),
)


@NGRAMS.solved_by
def ngrams_of(word: str, low: int, high: int) -> list[str]:
    """Return the n-grams of `<word>` with n from low, at least 2, to high.

    They come in the order of the character at which they begin, and of those that begin at the same one the
    short ones come first. An n-gram that occurs twice is named twice.
    """
    marked = f"<{word}>"
    return [
        marked[a : a + n] for a in range(len(marked)) for n in range(low, high + 1) if a + n <= len(marked)
    ]


@NGRAMS.mistake("The brackets are missing: with them, *her* the word and *her* in *where* are two n-grams.")
def _ngrams_bare(word: str, low: int, high: int) -> list[str]:
    return [word[a : a + n] for a in range(len(word)) for n in range(low, high + 1) if a + n <= len(word)]


@NGRAMS.mistake("Those of the greatest length are missing: a range stops before its end.")
def _ngrams_short(word: str, low: int, high: int) -> list[str]:
    return ngrams_of(word, low, high - 1)


@NGRAMS.mistake(
    "At the end of the word you name pieces that are shorter than they should be: a slice stops there."
)
def _ngrams_cut(word: str, low: int, high: int) -> list[str]:
    marked = f"<{word}>"
    return [marked[a : a + n] for a in range(len(marked)) for n in range(low, high + 1)]


@NGRAMS.mistake(
    "These are the right n-grams in another order: all that begin at one character come together."
)
def _ngrams_by_length(word: str, low: int, high: int) -> list[str]:
    marked = f"<{word}>"
    return [marked[a : a + n] for n in range(low, high + 1) for a in range(len(marked) - n + 1)]


@NGRAMS.mistake("The last character of `<word>` is never reached: with a word of L letters it has L + 2.")
def _ngrams_no_end(word: str, low: int, high: int) -> list[str]:
    return [gram for gram in ngrams_of(word, low, high) if not gram.endswith(">")]


@NGRAMS.mistake("An n-gram that occurs twice in a word counts twice; yours is named once.")
def _ngrams_once(word: str, low: int, high: int) -> list[str]:
    return list(dict.fromkeys(ngrams_of(word, low, high)))
