"""Co-occurrence counts against a dictionary and two loops, on drawn sentences and on the Brown corpus."""

from collections import Counter

import numpy as np
import pytest
from comparing import caught

from companion.data import load_brown
from companion.reference.cooccurrence import Cooccurrences, cooccurrences
from companion.text import EncodedCorpus

EXACT = 1e-12


def by_dictionary(sentences, window):
    """Look at every position, and from there to both sides."""
    counts = Counter()
    for sentence in sentences:
        for t, word in enumerate(sentence):
            for s in range(max(t - window, 0), min(t + window + 1, len(sentence))):
                if s != t:
                    counts[int(word), int(sentence[s])] += 1 / abs(s - t)
    return counts


def difference(count, sentences, window):
    """Measure the largest relative difference of any cell, empty ones included."""
    rows, columns, counts = count(sentences, window)
    ours = Counter()
    for row, column, value in zip(rows, columns, counts, strict=True):
        ours[int(row), int(column)] += value
    theirs = by_dictionary(sentences, window)
    return max((abs(ours[p] - theirs[p]) / max(theirs[p], 1) for p in ours | theirs), default=0.0)


def drawn(seed):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 7, length) for length in (9, 0, 1, 14, 2, 5)]


@pytest.mark.equation("eq-cooccurrence")
@pytest.mark.parametrize("window", [1, 2, 3, 10, 40])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_a_dictionary(seed, window, measure):
    measure("eq-cooccurrence", difference(cooccurrences, drawn(seed), window), EXACT)


@pytest.mark.parametrize("window", [5, 10])
def test_agrees_on_the_first_sentences_of_the_brown_corpus(window):
    brown = load_brown()
    starts = brown.sentence_starts[:2001]
    corpus = EncodedCorpus(brown.word_ids[: starts[-1]], starts)
    assert difference(cooccurrences, corpus, window) <= EXACT


def test_by_hand():
    # a b a c: the two a stand at distance 2, which counts 1/2 from either end.
    rows, columns, counts = cooccurrences([[0, 1, 0, 2]], window=2)
    table = np.zeros((3, 3))
    table[rows, columns] = counts
    assert table.tolist() == [[1, 2, 1], [2, 0, 0.5], [1, 0.5, 0]]


@pytest.mark.parametrize("window", [1, 4])
def test_is_sorted_symmetric_and_without_empty_cells(window):
    entries = cooccurrences(drawn(5), window)
    places = list(zip(entries.rows.tolist(), entries.columns.tolist(), strict=True))
    assert places == sorted(set(places))
    table = np.zeros((7, 7))
    table[entries.rows, entries.columns] = entries.counts
    assert np.array_equal(table, table.T)
    assert entries.counts.min() > 0
    assert [array.dtype for array in entries] == [np.int64, np.int64, np.float64]


def test_what_is_counted_adds_up():
    # n words at distances up to the window: at each distance d there are n - d pairs, seen from both ends.
    total = sum(2 * (9 - d) / d for d in range(1, 5))
    assert cooccurrences([np.arange(9)], 4).counts.sum() == pytest.approx(total, rel=1e-14)


def test_sentences_in_any_form():
    sentences = drawn(3)
    offsets = np.cumsum([0, *map(len, sentences)])
    corpus = EncodedCorpus(np.concatenate(sentences), offsets)
    as_lists = [sentence.tolist() for sentence in sentences]
    narrow = [sentence.astype(np.uint8) for sentence in sentences]
    expected = cooccurrences(sentences, 3)
    for form in (corpus, as_lists, iter(as_lists), narrow, sentences[::-1]):
        assert all(np.array_equal(a, b) for a, b in zip(cooccurrences(form, 3), expected, strict=True))


@pytest.mark.parametrize("sentences", [[], [[]], [[3]], [[1], [2]]])
def test_nothing_to_count(sentences):
    entries = cooccurrences(sentences, 5)
    assert [(array.shape, array.dtype) for array in entries] == [((0,), t) for t in (int, int, float)]


def asymmetric_window(sentences, window):
    """Look to the left alone."""
    entries = by_dictionary(sentences, window)
    left = Counter()
    for sentence in sentences:
        for t, word in enumerate(sentence):
            for s in range(max(t - window, 0), t):
                left[int(word), int(sentence[s])] += 1 / (t - s)
    return as_entries({pair: left[pair] for pair in entries})


def as_entries(counts):
    pairs = np.array(list(counts)).reshape(-1, 2)
    return Cooccurrences(pairs[:, 0], pairs[:, 1], np.array(list(counts.values())))


def diagonal_forgotten(sentences, window):
    rows, columns, counts = cooccurrences(sentences, window)
    return Cooccurrences(rows, columns, np.where(rows == columns, 0, counts))


def diagonal_once(sentences, window):
    """Mirror the upper half and leave the diagonal as it is."""
    rows, columns, counts = cooccurrences(sentences, window)
    return Cooccurrences(rows, columns, np.where(rows == columns, counts / 2, counts))


def across_sentences(sentences, window):
    return cooccurrences([np.concatenate(sentences)], window)


def every_distance_alike(sentences, window):
    rows, columns, _ = cooccurrences(sentences, window)
    counts = Counter()
    for sentence in sentences:
        for t in range(len(sentence)):
            for s in range(max(t - window, 0), min(t + window + 1, len(sentence))):
                counts[int(sentence[t]), int(sentence[s])] += 1
    return Cooccurrences(
        rows, columns, np.array([counts[int(r), int(c)] for r, c in zip(rows, columns, strict=True)], float)
    )


def window_one_short(sentences, window):
    return cooccurrences(sentences, max(window - 1, 1))


def repeated_pairs_once(sentences, window):
    """``table[i, j] += x`` with index arrays keeps the last of several."""
    table = np.zeros((7, 7))
    for sentence in sentences:
        for d in range(1, window + 1):
            table[sentence[:-d], sentence[d:]] += 1 / d
            table[sentence[d:], sentence[:-d]] += 1 / d
    rows, columns = np.nonzero(table)
    return Cooccurrences(rows, columns, table[rows, columns])


@pytest.mark.parametrize(
    "mutant",
    [
        asymmetric_window,
        diagonal_forgotten,
        diagonal_once,
        across_sentences,
        every_distance_alike,
        window_one_short,
        repeated_pairs_once,
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_mistakes_are_caught(mutant, seed):
    assert caught(lambda: difference(mutant, drawn(seed), 3))


@pytest.mark.parametrize(
    ("sentences", "window", "error", "message"),
    [
        ([[1, 2]], 0, ValueError, "window: expected at least 1, got 0"),
        ([[1], [2, -3]], 2, ValueError, "sentences: expected ids of at least 0, got -3"),
        ([[1], [0.5]], 2, TypeError, "sentences[1]: expected integers, got float64 (1,)"),
        ([[1], [[1, 2]]], 2, ValueError, "sentences[1]: expected (T,), got (1, 2)"),
        ([1, 2], 2, ValueError, "sentences[0]: expected (T,), got ()"),
        (["a b"], 2, TypeError, "sentences[0]: expected integers, got <U3 ()"),
    ],
)
def test_bad_input_is_refused(sentences, window, error, message):
    with pytest.raises(error) as refusal:
        cooccurrences(sentences, window)
    assert str(refusal.value) == message
