"""``emb-cosine`` and ``emb-nearest``: distances between words. Each solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _cosine_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[3.0, 4.0]]), np.array([4.0, 3.0])
    yield np.array([[1.0, 0.0], [2.0, 2.0]]), np.array([0.0, 5.0])
    yield np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([2.0, 1.0])
    yield np.array([[1.0, 2.0], [5.0, 1.0]]), np.array([0.0, 0.0])
    for size, dimensions in [(3, 5), (6, 2), (4, 7), (8, 3)]:
        yield rng.normal(size=(size, dimensions)) * 2, rng.normal(size=dimensions) * 3


COSINE = Exercise(
    "emb-cosine",
    _cosine_cases,
    (
        Law("a cosine lies between -1 and 1.", lambda given, got: bool((np.abs(got) < 1 + 1e-6).all())),
        Law(
            "a vector of zeros has no direction; its cosine is 0 here.",
            lambda given, got: _zeros_ok(given[0], given[1], got),
            of_nan=True,
        ),
    ),
)


def _zeros_ok(E: np.ndarray, v: np.ndarray, got: np.ndarray) -> bool:
    return bool((got[~E.any(axis=1)] == 0).all() and (v.any() or (got == 0).all()))


def _lengths(E: np.ndarray) -> np.ndarray:
    """Return the Euclidean length of each row, and 1 in place of 0."""
    lengths = np.sqrt((E**2).sum(axis=-1))
    return np.where(lengths > 0, lengths, 1.0)


@COSINE.solved_by
def cosine(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the cosine of each row of E (V, D) with v (D,), an array (V,); 0 where a vector is all zeros."""
    return E @ v / (_lengths(E) * _lengths(v))


@COSINE.mistake(
    "You return the dot product. A long vector then looks similar to everything: what of the lengths?"
)
def _cosine_dot(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    return E @ v


@COSINE.mistake("You divide by the length of v alone; long rows of E still win.")
def _cosine_rows_left(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    return E @ v / _lengths(v)


@COSINE.mistake(
    "You divide by the lengths of the rows alone; make v ten times as long and look at your result."
)
def _cosine_v_left(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    return E @ v / _lengths(E)


@COSINE.mistake("You divide by squared lengths: the root is missing, and long vectors are punished.")
def _cosine_squared(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    return E @ v / (_lengths(E) * _lengths(v)) ** 2


@COSINE.mistake("A vector of zeros gives nan. A padding row is one: what should its cosine be?")
def _cosine_nan(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    return E @ v / np.sqrt((E**2).sum(axis=1) * (v**2).sum())


@COSINE.mistake("You return the distance 1 - cosine: it is small where words are alike.")
def _cosine_distance(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    return 1 - cosine(E, v)


def _nearest_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[1.0, 0.0], [3.0, 1.0], [0.0, 2.0]]), 0, 1
    yield np.array([[1.0, 0.0], [9.0, 1.0], [1.0, 1.0]]), 0, 2
    for size, dimensions, k in [(4, 2, 3), (5, 3, 2), (8, 4, 5), (10, 2, 3), (7, 6, 1)]:
        scales = rng.uniform(0.3, 6.0, (size, 1))
        yield rng.normal(size=(size, dimensions)) * scales, int(rng.integers(size)), k


NEAREST = Exercise(
    "emb-nearest",
    _nearest_cases,
    (
        Law(
            "a neighbour is the number of a row.",
            lambda given, got: bool(((got >= 0) & (got < len(given[0]))).all()),
        ),
        Law("a word is not its own neighbour.", lambda given, got: given[1] not in got),
        Law("no neighbour is named twice.", lambda given, got: len(set(got.tolist())) == len(got)),
        Law(
            "the most similar word comes first.",
            lambda given, got: _falling(cosine(given[0], given[0][given[1]])[got]),
        ),
    ),
)


def _falling(numbers: np.ndarray) -> bool:
    return bool((np.diff(numbers) <= 0).all())


@NEAREST.solved_by
def nearest(E: np.ndarray, word: int, k: int) -> np.ndarray:
    """Return the ids of the k rows of E (V, D) that have the largest cosine with row word, the largest first.

    The word itself is not among them. No row is all zeros, and k is at most V - 1.
    """
    similar = cosine(E, E[word])  # (V,)
    similar[word] = -np.inf
    return np.argsort(-similar)[:k]


@NEAREST.mistake("The first neighbour that you name is the word itself.")
def _nearest_itself(E: np.ndarray, word: int, k: int) -> np.ndarray:
    return np.argsort(-cosine(E, E[word]))[:k]


@NEAREST.mistake("You name the least similar words: argsort begins with the smallest.")
def _nearest_farthest(E: np.ndarray, word: int, k: int) -> np.ndarray:
    similar = cosine(E, E[word])
    similar[word] = np.inf
    return np.argsort(similar)[:k]


@NEAREST.mistake("These are the right words in the wrong order: the most similar should come first.")
def _nearest_reversed(E: np.ndarray, word: int, k: int) -> np.ndarray:
    return nearest(E, word, k)[::-1]


@NEAREST.mistake(
    "You measure the Euclidean distance, in which the length of a vector plays a part; take the angle."
)
def _nearest_euclidean(E: np.ndarray, word: int, k: int) -> np.ndarray:
    distance = ((E - E[word]) ** 2).sum(axis=1)
    distance[word] = np.inf
    return np.argsort(distance)[:k]


@NEAREST.mistake("You compare dot products, in which long vectors win; take the angle.")
def _nearest_dot(E: np.ndarray, word: int, k: int) -> np.ndarray:
    product = E @ E[word]
    product[word] = -np.inf
    return np.argsort(-product)[:k]


@NEAREST.mistake("You leave out the first row instead of the word itself.")
def _nearest_drops_first(E: np.ndarray, word: int, k: int) -> np.ndarray:
    similar = cosine(E, E[word])
    similar[0] = -np.inf
    return np.argsort(-similar)[:k]
