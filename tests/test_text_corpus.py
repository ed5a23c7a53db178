"""A whole corpus at once gives what one text at a time gives; and scikit-learn's counts."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from companion.text import UNK, Vocabulary, encode_corpus, fit_and_encode, words

LAWS = settings(deadline=None, derandomize=True, max_examples=200)
TEXTS = st.lists(st.text("abAΣσé'-. \n\u00a0\x1c") | st.text())


def with_punctuation(text):
    return words(text, punctuation="keep")


def with_sklearns_pattern(text):
    return re.findall(r"(?u)\b\w\w+\b", text.lower())


@LAWS
@given(
    TEXTS,
    TEXTS,
    st.sampled_from([words, with_punctuation, with_sklearns_pattern]),
    st.integers(1, 3),
    st.integers(2, 9) | st.none(),
)
def test_is_what_one_text_at_a_time_gives(texts, others, tokenize, min_count, max_size):
    documents = [tokenize(text) for text in texts]
    vocabulary, corpus = fit_and_encode(texts, tokenize, min_count, max_size)
    assert vocabulary == Vocabulary.fit(documents, min_count, max_size)
    assert [ids.tolist() for ids in corpus] == [vocabulary.encode(document) for document in documents]
    assert corpus.lengths.tolist() == [len(document) for document in documents]
    assert len(corpus) == len(texts)

    encoded = encode_corpus(iter(others), vocabulary, tokenize)
    assert [ids.tolist() for ids in encoded] == [vocabulary.encode(tokenize(text)) for text in others]


@LAWS
@given(TEXTS)
def test_sparse_counts(texts):
    vocabulary, corpus = fit_and_encode(texts, with_punctuation)
    indptr, indices, counts = corpus.sparse_counts()
    for i, ids in enumerate(corpus):
        expected, times = np.unique(ids, return_counts=True)
        row = slice(indptr[i], indptr[i + 1])
        np.testing.assert_array_equal(indices[row], expected)
        np.testing.assert_array_equal(counts[row], times)
    assert len(indptr) == len(texts) + 1
    assert len(indices) == len(counts) == indptr[-1]


def test_sparse_counts_are_those_of_scikit_learn():
    texts = ["The cat sat on the mat. The END", "", "A dog ate my homework: a DOG!", "the mat"]
    peer = CountVectorizer()
    expected = peer.fit_transform(texts).toarray()  # (N, V), columns by code points
    vocabulary, corpus = fit_and_encode(texts, with_sklearns_pattern, specials=())
    assert set(vocabulary.tokens) == set(peer.vocabulary_)
    indptr, indices, counts = corpus.sparse_counts()
    columns = np.array([peer.vocabulary_[token] for token in vocabulary.tokens])
    ours = np.zeros_like(expected)
    ours[np.repeat(np.arange(len(texts)), np.diff(indptr)), columns[indices]] = counts
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize("place", [-1, 2, 10])
def test_there_is_no_text_outside(place):
    _, corpus = fit_and_encode(["a b", "c"])
    with pytest.raises(IndexError, match=rf"text: expected a number in \[0, 2\), got {place}"):
        corpus[place]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fit_and_encode("the cat"), TypeError, "texts: expected a list of strings, got one str"),
        (lambda: fit_and_encode(["a", 3]), TypeError, r"texts\[1\]: expected a string, got int"),
        (lambda: fit_and_encode(["a a b"], min_count=2, specials=()), ValueError, "'b' is not in the vocab"),
        (
            lambda: fit_and_encode(["a"], max_size=1),
            ValueError,
            "max_size: expected an integer of at least 2",
        ),
        (lambda: encode_corpus(["b"], Vocabulary.fit([["a"]], specials=())), ValueError, "'b' is not in"),
        (lambda: encode_corpus([None], Vocabulary.fit([["a"]])), TypeError, r"texts\[0\]: expected a string"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_no_texts():
    vocabulary, corpus = fit_and_encode([])
    assert (len(corpus), len(corpus.ids), vocabulary.tokens[-1]) == (0, 0, UNK)
    assert [part.tolist() for part in corpus.sparse_counts()] == [[0], [], []]
