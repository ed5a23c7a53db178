"""One-hot, multi-hot, counts, frequencies, tf-idf: by hand, by their definitions, and by scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer

from companion.text import bag_of_words, frequency, inverse_document_frequency, multi_hot, one_hot, tfidf

LAWS = settings(deadline=None, derandomize=True, max_examples=100)
SIZE = 7
SEQUENCES = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=9), max_size=5)
SEEDS = range(4)


def drawn(seed):
    """Sequences of ids of different lengths, one of them empty."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, SIZE, length).tolist() for length in (5, 1, 0, 12)]


@pytest.mark.equation("eq-one-hot")
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 0, 3)])
def test_one_hot_is_a_row_of_the_identity(shape, measure):
    ids = np.random.default_rng(0).integers(0, SIZE, shape)
    vectors = one_hot(ids, SIZE)
    assert vectors.shape == (*shape, SIZE)
    measure("eq-one-hot", np.abs(vectors - np.eye(SIZE)[ids]).max(initial=0), 0)


@LAWS
@given(st.lists(st.integers(0, SIZE - 1)))
def test_one_hot_sums_to_one_and_gives_the_id_back(ids):
    vectors = one_hot(ids, SIZE, dtype=np.int8)
    assert vectors.dtype == np.int8
    assert vectors.sum(axis=-1).tolist() == [1] * len(ids)
    assert vectors.argmax(axis=-1).tolist() == ids


@pytest.mark.equation("eq-multi-hot")
def test_the_decks_multi_hot(measure):
    """[3, 5] in 10,000 dimensions, by the lines that the deck (SDU Summer School, 2022) prints."""
    sequences = [[3, 5], [9999, 0, 9999]]
    results = np.zeros((len(sequences), 10000))
    for i, sequence in enumerate(sequences):
        results[i, sequence] = 1.0
    vectors = multi_hot(sequences, 10000)
    assert vectors[0].nonzero()[0].tolist() == [3, 5]
    measure("eq-multi-hot", np.abs(vectors - results).max(), 0)


@pytest.mark.equation("eq-multi-hot")
@pytest.mark.equation("eq-bag-of-words")
@pytest.mark.equation("eq-frequency")
@pytest.mark.parametrize("seed", SEEDS)
def test_all_follow_from_one_hot_vectors(seed, measure):
    sequences = drawn(seed)
    vectors = [one_hot(ids, SIZE) for ids in sequences]  # (T_i, V) each
    largest = np.array([v.max(axis=0, initial=0) for v in vectors])
    sums = np.array([v.sum(axis=0) for v in vectors])
    means = np.array([v.mean(axis=0) if len(v) else np.zeros(SIZE) for v in vectors])
    measure("eq-multi-hot", np.abs(multi_hot(sequences, SIZE) - largest).max(), 0)
    measure("eq-bag-of-words", np.abs(bag_of_words(sequences, SIZE) - sums).max(), 0)
    measure("eq-frequency", np.abs(frequency(sequences, SIZE) - means).max(), 1e-15)


@LAWS
@given(SEQUENCES)
def test_sums_of_rows(sequences):
    lengths = [len(ids) for ids in sequences]
    assert bag_of_words(sequences, SIZE).sum(axis=1).tolist() == lengths
    assert multi_hot(sequences, SIZE).sum(axis=1).tolist() == [len(set(ids)) for ids in sequences]
    np.testing.assert_allclose(frequency(sequences, SIZE).sum(axis=1), np.minimum(lengths, 1), atol=1e-12)
    for vectorise in (multi_hot, bag_of_words, frequency):
        assert vectorise(sequences, SIZE).shape == (len(sequences), SIZE)
        np.testing.assert_array_equal(
            vectorise([ids[::-1] for ids in sequences], SIZE), vectorise(sequences, SIZE)
        )


def counts_drawn(seed):
    counts = np.random.default_rng(seed).poisson(0.6, (5, 9)).astype(float)  # (N, V)
    counts[2] = 0  # a text without words
    counts[:, 3] = 0  # a word without texts
    return counts


def no_smoothing(counts):
    """Make a mistake: ln(N / df), with df at least 1."""
    documents = np.maximum(np.count_nonzero(counts, axis=0), 1)
    return np.log(len(counts) / documents) + 1


def occurrences_for_documents(counts):
    """Make a mistake: count how often a word occurs, not in how many texts."""
    return np.log((1 + len(counts)) / (1 + counts.sum(axis=0))) + 1


def from_scikit_learn(counts, idf):
    return np.abs(tfidf(counts, idf) - TfidfTransformer().fit_transform(counts).toarray()).max()


@pytest.mark.equation("eq-tfidf")
@pytest.mark.parametrize("seed", SEEDS)
def test_tfidf_is_scikit_learns(seed, measure):
    counts = counts_drawn(seed)
    measure("eq-tfidf", from_scikit_learn(counts, None), 1e-14)
    peer = TfidfTransformer().fit(counts)
    assert np.abs(inverse_document_frequency(counts) - peer.idf_).max() < 1e-14
    others = counts_drawn(seed + 100)
    ours = tfidf(others, inverse_document_frequency(counts))
    measure("eq-tfidf", np.abs(ours - peer.transform(others).toarray()).max(), 1e-14)


@pytest.mark.parametrize("mutant", [no_smoothing, occurrences_for_documents])
def test_scikit_learn_notices(mutant):
    counts = counts_drawn(0)
    assert from_scikit_learn(counts, mutant(counts)) > 1e-3


@pytest.mark.equation("eq-tfidf")
def test_tfidf_by_hand(measure):
    """Two texts: word 0 in both, twice in the first; word 1 in the first alone."""
    rare = np.log(3 / 2) + 1
    expected = np.array([[2, rare], [1, 0]]) / np.array([[np.hypot(2, rare)], [1]])
    measure("eq-tfidf", np.abs(tfidf([[2, 1], [1, 0]]) - expected).max(), 1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8, bool])
def test_dtype(dtype):
    assert one_hot([1], 3, dtype).dtype == dtype
    assert multi_hot([[1]], 3, dtype).dtype == dtype
    assert bag_of_words([[1]], 3, dtype).dtype == dtype
    if dtype is np.float32:
        assert frequency([[1]], 3, dtype).dtype == tfidf([[1]], dtype=dtype).dtype == dtype


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: one_hot([0, 3], 3), ValueError, r"ids: expected ids in \[0, 3\), got 3"),
        (lambda: one_hot([-1], 3), ValueError, r"ids: expected ids in \[0, 3\), got -1"),
        (lambda: one_hot([[0.5, 1]], 3), TypeError, r"ids: expected integers, got float64 \(1, 2\)"),
        (lambda: one_hot([True], 3), TypeError, "ids: expected integers, got bool"),
        (lambda: one_hot([0], 0), ValueError, "size: expected an integer of at least 1, got 0"),
        (lambda: one_hot([0], 2.0), TypeError, "size: expected an integer, got float"),
        (lambda: one_hot([0], 2, dtype=str), TypeError, "dtype: expected one of kind number"),
        (
            lambda: multi_hot([3, 5], 10),
            ValueError,
            r"sequences\[0\]: expected a flat list of ids, got .* \(\)",
        ),
        (lambda: multi_hot([[[1]]], 10), ValueError, r"sequences\[0\]: expected a flat list of ids"),
        (lambda: multi_hot([[1], [[1], [2, 3]]], 10), ValueError, r"sequences\[1\]: .* got a nested one"),
        (lambda: multi_hot([[1], [1.5]], 10), TypeError, r"sequences\[1\]: expected integers, got float64"),
        (lambda: multi_hot([["a"]], 10), TypeError, r"sequences\[0\]: expected integers"),
        (lambda: multi_hot("ab", 10), TypeError, "sequences: expected a list of lists of ids, got one str"),
        (lambda: multi_hot(7, 10), TypeError, "sequences: expected a list of lists of ids, got one int"),
        (lambda: multi_hot([[-1]], 10), ValueError, r"sequences: expected ids in \[0, 10\), got -1"),
        (lambda: bag_of_words([[10]], 10), ValueError, r"sequences: expected ids in \[0, 10\), got 10"),
        (lambda: bag_of_words([[2**64 - 1]], 10), ValueError, "expected ids below 2\\*\\*63"),
        (
            lambda: bag_of_words([[1] * 300], 2, np.uint8),
            ValueError,
            "expected one that holds 300, got uint8",
        ),
        (lambda: frequency([[1]], 2, int), TypeError, "dtype: expected one of kind float, got int64"),
        (lambda: tfidf([1, 2]), ValueError, r"counts: expected \(N, V\) numbers, got int64 \(2,\)"),
        (lambda: tfidf([[-1]]), ValueError, "counts: expected numbers of at least 0, got -1"),
        (lambda: tfidf([[np.nan]]), ValueError, "counts: expected numbers of at least 0, got nan"),
        (lambda: tfidf([[1, 2]], [1]), ValueError, r"idf: expected \(2,\) for counts \(1, 2\), got \(1,\)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
