"""``tv-birthday`` and ``tv-tfidf``: collisions and weights. Each solution's docstring is what is asked."""

import math
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _birthday_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 1, 5
    yield 2, 1
    yield 2, 10
    yield 0, 3
    yield 6, 4
    yield 23, 365
    for _ in range(5):
        yield int(rng.integers(3, 12)), int(rng.integers(12, 90))


BIRTHDAY = Exercise(
    "tv-birthday",
    _birthday_cases,
    (
        Law("a probability lies between 0 and 1.", lambda given, got: -1e-9 <= got <= 1 + 1e-9),
        Law("one word alone collides with nothing.", lambda given, got: given[0] > 1 or abs(got) < 1e-9),
        Law(
            "more words than buckets collide for certain.",
            lambda given, got: given[0] <= given[1] or abs(got - 1) < 1e-9,
        ),
        Law(
            "two words collide with probability 1 / buckets.",
            lambda given, got: given[0] != 2 or abs(got - 1 / given[1]) < 1e-6,
        ),
    ),
)


@BIRTHDAY.solved_by
def collision_probability(words: int, buckets: int) -> float:
    """Return the probability that at least two of so many words share a bucket.

    Each word falls into each of the buckets with the same probability, whatever the others do.
    """
    return 1 - math.prod(1 - i / buckets for i in range(words))


@BIRTHDAY.mistake("You return words / buckets: how full the table is, not how probable a collision.")
def _birthday_load(words: int, buckets: int) -> float:
    return words / buckets


@BIRTHDAY.mistake("You return the probability of the opposite: that all words are alone in their buckets.")
def _birthday_opposite(words: int, buckets: int) -> float:
    return 1 - collision_probability(words, buckets)


@BIRTHDAY.mistake(
    "Your product has one factor too many. How many buckets does the very first word find taken?"
)
def _birthday_late(words: int, buckets: int) -> float:
    return 1 - math.prod(1 - i / buckets for i in range(1, words + 1))


@BIRTHDAY.mistake("Your product has one factor too few: the last word can collide too.")
def _birthday_early(words: int, buckets: int) -> float:
    return collision_probability(max(words - 1, 0), buckets)


@BIRTHDAY.mistake(
    "You return the probability that one given word meets another. Here any two of them may meet, and that "
    "is far more probable."
)
def _birthday_mine(words: int, buckets: int) -> float:
    return 1 - (1 - 1 / buckets) ** max(words - 1, 0)


@BIRTHDAY.mistake(
    "You return the expected number of pairs that agree, and 1 where it is more; several may agree at once."
)
def _birthday_pairs_capped(words: int, buckets: int) -> float:
    return min(1, _birthday_pairs(words, buckets))


@BIRTHDAY.mistake(
    "You return the expected number of pairs that agree. It is no probability: with many words it passes 1."
)
def _birthday_pairs(words: int, buckets: int) -> float:
    return words * (words - 1) / (2 * buckets)


@BIRTHDAY.mistake(
    "That is the approximation with the exponential function; close, but the exact value is asked for."
)
def _birthday_exponential(words: int, buckets: int) -> float:
    return 1 - math.exp(-words * (words - 1) / (2 * buckets))


def _tfidf_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (np.array([[1, 1], [0, 2]]),)
    yield (np.array([[3]]),)
    yield (np.array([[0, 0], [1, 2]]),)
    for texts, words in [(3, 5), (5, 4), (2, 7), (6, 3)]:
        counts = rng.integers(0, 4, (texts, words))
        counts[rng.integers(texts, size=words), np.arange(words)] += 1  # every word occurs somewhere
        yield (counts,)


TFIDF = Exercise(
    "tv-tfidf",
    _tfidf_cases,
    (
        Law(
            "a word that a text does not hold has weight 0.",
            lambda given, got: bool((got[given[0] == 0] == 0).all()),
        ),
        Law(
            "each row has the Euclidean length 1, or is all zeros.",
            lambda given, got: bool(np.allclose((got**2).sum(axis=1), given[0].any(axis=1))),
        ),
    ),
)


def _idf(counts: np.ndarray) -> np.ndarray:
    return np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=0))) + 1  # (V,)


def _unit_rows(weights: np.ndarray) -> np.ndarray:
    lengths = np.sqrt((weights**2).sum(axis=1, keepdims=True))  # (N, 1)
    return weights / np.where(lengths > 0, lengths, 1)


@TFIDF.solved_by
def tfidf(counts: np.ndarray) -> np.ndarray:
    """Return tf-idf weights (N, V) for integer counts (N, V), as scikit-learn has them.

    The weight is the count times ln((1 + N) / (1 + df)) + 1, df being the number of texts that hold the
    word; then each row is divided by its Euclidean length, and a row of zeros stays one.
    """
    return _unit_rows(counts * _idf(counts))


@TFIDF.mistake(
    "The weights are right but for their length: two texts of different lengths cannot be compared yet."
)
def _tfidf_unnormalised(counts: np.ndarray) -> np.ndarray:
    return counts * _idf(counts)


@TFIDF.mistake("For df you add up how often a word occurs. It is the number of texts that hold it.")
def _tfidf_tokens(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * (np.log((1 + len(counts)) / (1 + counts.sum(axis=0))) + 1))


@TFIDF.mistake(
    "The 1 after the logarithm is missing; without it a word that all texts hold has no weight at all."
)
def _tfidf_bare(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * (_idf(counts) - 1))


@TFIDF.mistake("Your fraction lacks what smooths it: the formula adds one text that holds every word.")
def _tfidf_rough(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * (np.log(len(counts) / (counts > 0).sum(axis=0)) + 1))


@TFIDF.mistake("Your 1 stands inside the logarithm. It is added once that has been taken.")
def _tfidf_inside(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * np.log(np.exp(_idf(counts) - 1) + 1))


@TFIDF.mistake("N is the number of texts, the rows; you take the number of different words, the columns.")
def _tfidf_columns_counted(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * (np.log((1 + counts.shape[1]) / (1 + (counts > 0).sum(axis=0))) + 1))


@TFIDF.mistake(
    "You count along the wrong axis: df has a number for each text. How many texts hold a word? That is one "
    "number for each column."
)
def _tfidf_wrong_axis(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * (np.log((1 + len(counts)) / (1 + (counts > 0).sum(axis=1))) + 1))


@TFIDF.mistake(
    "Your rows are the counts at length 1, as if there were no logarithm. If there is one, it has the same "
    "value for all words of a text: df should have one for each word."
)
def _tfidf_counts_alone(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts)


def _damped(counts: np.ndarray) -> np.ndarray:
    return np.where(counts > 0, 1 + np.log(np.maximum(counts, 1)), 0)  # (N, V)


@TFIDF.mistake("You take 1 + ln of the count, as scikit-learn does on request; here the count itself counts.")
def _tfidf_sublinear(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(_damped(counts) * _idf(counts))


@TFIDF.mistake(
    "These are the weights of Keras' Tokenizer. Here the formula is another one: the count as it is, another "
    "logarithm, and rows of length 1."
)
def _tfidf_keras(counts: np.ndarray) -> np.ndarray:
    return _damped(counts) * np.log(1 + len(counts) / (1 + (counts > 0).sum(axis=0)))


@TFIDF.mistake(
    "These are the weights of Keras' Tokenizer, made to rows of length 1. Here the formula is another one: "
    "the count as it is, and another logarithm."
)
def _tfidf_keras_unit(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(_tfidf_keras(counts))


@TFIDF.mistake("Your logarithm has another base than e.")
def _tfidf_decimal(counts: np.ndarray) -> np.ndarray:
    return _unit_rows(counts * ((_idf(counts) - 1) / math.log(10) + 1))


@TFIDF.mistake("You divide each row by its sum, so that it adds up to 1; its Euclidean length is asked for.")
def _tfidf_sums(counts: np.ndarray) -> np.ndarray:
    weights = counts * _idf(counts)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)


@TFIDF.mistake("You divide columns by their length, where rows are meant: a text is a row.")
def _tfidf_columns(counts: np.ndarray) -> np.ndarray:
    return _unit_rows((counts * _idf(counts)).T).T


@TFIDF.mistake("A text without a known word becomes nan: you divide nothing by nothing.")
def _tfidf_nan(counts: np.ndarray) -> np.ndarray:
    weights = counts * _idf(counts)
    return weights / np.sqrt((weights**2).sum(axis=1, keepdims=True))
