"""``tv-one-hot``, ``tv-pad`` and ``tv-bag-of-words``. Each solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Sequences = list[list[int]]


def _sequences(rng: np.random.Generator, lengths: list[int], size: int) -> Sequences:
    return [rng.integers(0, size, length).tolist() for length in lengths]


def _one_hot_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [1], 3
    yield [], 2
    yield [0, 2], 3
    for length, size in [(3, 5), (4, 4), (6, 3), (1, 8), (7, 9)]:
        yield rng.integers(0, size, length).tolist(), size


ONE_HOT = Exercise(
    "tv-one-hot",
    _one_hot_cases,
    (Law("each row adds up to 1.", lambda given, got: bool((got.sum(axis=1) == 1).all())),),
)


@ONE_HOT.solved_by
def one_hot(ids: list[int], size: int) -> np.ndarray:
    """Return an array (T, size) for T ids below size: row t holds a 1 at ids[t], and zeros elsewhere."""
    rows = np.zeros((len(ids), size))  # (T, size)
    rows[np.arange(len(ids)), ids] = 1
    return rows


@ONE_HOT.mistake("Every row of your result holds the ones of all tokens; a row belongs to one token alone.")
def _one_hot_everywhere(ids: list[int], size: int) -> np.ndarray:
    rows = np.zeros((len(ids), size))
    rows[:, ids] = 1
    return rows


@ONE_HOT.mistake("Your ones stand one column too far left. The first id is 0: where does its 1 belong?")
def _one_hot_shifted(ids: list[int], size: int) -> np.ndarray:
    return np.roll(one_hot(ids, size), -1, axis=1)


@ONE_HOT.mistake("Rows and columns are exchanged: a token should be a row of your result, and is a column.")
def _one_hot_transposed(ids: list[int], size: int) -> np.ndarray:
    return one_hot(ids, size).T


def _pad_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [[4]], 2, 0
    yield [[4, 7]], 1, 0
    yield [[]], 3, 9
    yield [], 4, 0
    yield [[3, 5, 8], [6]], 2, 0
    for lengths, length, value in [
        ([5, 2, 3], 4, 0),
        ([1, 6], 3, 99),
        ([7, 4, 0, 2, 9], 6, 0),
        ([3, 3], 3, 1),
    ]:
        yield _sequences(rng, lengths, 90), length, value


PAD = Exercise(
    "tv-pad",
    _pad_cases,
    (
        Law(
            "every row starts as its sequence does.",
            lambda given, got: all(
                list(r[: len(s)]) == s[: given[1]] for s, r in zip(given[0], got, strict=True)
            ),
        ),
    ),
)


@PAD.solved_by
def pad(sequences: Sequences, length: int, value: int) -> np.ndarray:
    """Return an integer array (N, length) for N lists of ids.

    Of a longer sequence the beginning is kept; a shorter one is filled at its end with value.
    """
    rows = np.full((len(sequences), length), value)  # (N, length)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = sequence[:length]
    return rows


@PAD.mistake("You cut a long sequence at the wrong end: its beginning is gone, and its end is left.")
def _pad_keeps_end(sequences: Sequences, length: int, value: int) -> np.ndarray:
    return pad([sequence[-length:] for sequence in sequences], length, value)


@PAD.mistake("You fill a short sequence on the wrong side: its ids stand at the end of the row.")
def _pad_left(sequences: Sequences, length: int, value: int) -> np.ndarray:
    return pad([[value] * (length - len(sequence)) + sequence for sequence in sequences], length, value)


@PAD.mistake(
    "You fill and cut on the left. That is what Keras does unless it is told otherwise; here both are on "
    "the right."
)
def _pad_keras(sequences: Sequences, length: int, value: int) -> np.ndarray:
    return _pad_left([sequence[-length:] for sequence in sequences], length, value)


@PAD.mistake("Your rows are as long as the longest sequence. What happens to one that is longer than length?")
def _pad_uncut(sequences: Sequences, length: int, value: int) -> np.ndarray:
    return pad(sequences, max([length, *map(len, sequences)]), value)


@PAD.mistake("You fill with 0 whatever value is.")
def _pad_zero(sequences: Sequences, length: int, value: int) -> np.ndarray:
    return pad(sequences, length, 0)


def _bag_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [[1]], 2
    yield [[1, 1]], 2
    yield [[]], 3
    yield [], 4
    yield [[0, 2, 0], [1]], 3
    for lengths, size in [([5, 3], 4), ([6, 1, 9], 5), ([2, 8, 4, 7], 3)]:
        yield _sequences(rng, lengths, size), size


BAG_OF_WORDS = Exercise(
    "tv-bag-of-words",
    _bag_cases,
    (
        Law(
            "a row adds up to the length of its sequence.",
            lambda given, got: bool(np.allclose(got.sum(axis=1), [len(sequence) for sequence in given[0]])),
        ),
    ),
)


@BAG_OF_WORDS.solved_by
def bag_of_words(sequences: Sequences, size: int) -> np.ndarray:
    """Return an array (N, size) for N lists of ids below size: entry [i, w] counts w in sequence i."""
    counts = np.zeros((len(sequences), size))  # (N, size)
    for row, sequence in zip(counts, sequences, strict=True):
        np.add.at(row, sequence, 1)
    return counts


@BAG_OF_WORDS.mistake(
    "A word counts once, however often it occurs. If you wrote x[i, ids] += 1: of several additions to one "
    "entry NumPy keeps one."
)
def _bag_multi_hot(sequences: Sequences, size: int) -> np.ndarray:
    return np.minimum(bag_of_words(sequences, size), 1)


@BAG_OF_WORDS.mistake(
    "Your rows are divided by the length of the text: that is the frequency, not the count."
)
def _bag_frequency(sequences: Sequences, size: int) -> np.ndarray:
    lengths = [max(len(sequence), 1) for sequence in sequences]
    return bag_of_words(sequences, size) / np.reshape(lengths, (-1, 1))


@BAG_OF_WORDS.mistake(
    "Each row holds the counts of the texts before it as well: something is not set back to zero."
)
def _bag_carried(sequences: Sequences, size: int) -> np.ndarray:
    return np.cumsum(bag_of_words(sequences, size), axis=0)


@BAG_OF_WORDS.mistake("Your counts stand one column too far left: the first id is 0.")
def _bag_shifted(sequences: Sequences, size: int) -> np.ndarray:
    return np.roll(bag_of_words(sequences, size), -1, axis=1)
