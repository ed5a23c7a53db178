"""The numbers of the Keras Tokenizer: the lectures' listing, and the peer itself on random texts."""

import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.text import KerasTokenizer

LAWS = settings(deadline=None, derandomize=True, max_examples=200)
MODES = ["binary", "count", "freq", "tfidf"]
SAMPLES = ["The cat sat on the mat.", "The dog ate my homework."]
TEXTS = st.lists(st.text("abAB '.<>\t\r\n") | st.text(), max_size=6)


@pytest.fixture(scope="module")
def peer():
    """Keras' Tokenizer; Keras 3 keeps it, without offering it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        return importlib.import_module("keras.src.legacy.preprocessing.text").Tokenizer


def fitted(kind, texts, options):
    tokenizer = kind(**options)
    for part in (texts[:1], texts[1:]):  # fitting goes on where it stopped
        tokenizer.fit_on_texts(part)
    return tokenizer


def check_same(ours, theirs, others):
    """Compare everything both tokenizers tell, on texts they know and texts they do not."""
    assert list(ours.word_index.items()) == list(theirs.word_index.items())
    assert list(ours.word_counts.items()) == list(theirs.word_counts.items())
    assert dict(ours.word_docs) == dict(theirs.word_docs)
    assert ours.document_count == theirs.document_count
    if ours.document_count:
        assert ours.texts_to_sequences(others) == theirs.texts_to_sequences(others)
    if ours.document_count and (ours.word_index or ours.num_words):
        for mode in MODES:
            expected = theirs.texts_to_matrix(others, mode)
            np.testing.assert_allclose(ours.texts_to_matrix(others, mode), expected, rtol=1e-15, atol=0)


def test_the_listing_of_the_lectures(peer):
    """F. Chollet, *Deep Learning with Python*, listing 6.3, as two of the decks quote it."""
    ours = fitted(KerasTokenizer, SAMPLES, {"num_words": 1000})
    assert f"Found {len(ours.word_index)} unique tokens." == "Found 9 unique tokens."
    assert ours.texts_to_sequences(SAMPLES) == [[1, 2, 3, 4, 1, 5], [1, 6, 7, 8, 9]]
    assert ours.texts_to_matrix(SAMPLES, "binary").shape == (2, 1000)
    check_same(ours, fitted(peer, SAMPLES, {"num_words": 1000}), SAMPLES)


@LAWS
@given(
    texts=TEXTS,
    others=TEXTS,
    options=st.fixed_dictionaries(
        {},
        optional={
            "num_words": st.integers(1, 8),
            "filters": st.sampled_from(["", "ab", "."]),
            "lower": st.booleans(),
            "split": st.sampled_from(["a", "<>", "\n"]),
            "oov_token": st.sampled_from(["<oov>", "a", ""]),
        },
    ),
)
def test_is_the_peer_on_random_texts(peer, texts, others, options):
    check_same(fitted(KerasTokenizer, texts, options), fitted(peer, texts, options), [*texts, *others])


@pytest.mark.equation("eq-keras-tfidf")
@pytest.mark.parametrize("num_words", [None, 4])
def test_tfidf_is_the_peers(peer, num_words, measure):
    texts = [*SAMPLES, "the the cat", "", "a a a mat"]
    ours, theirs = (fitted(kind, texts, {"num_words": num_words}) for kind in (KerasTokenizer, peer))
    error = np.abs(ours.texts_to_matrix(texts, "tfidf") - theirs.texts_to_matrix(texts, "tfidf")).max()
    measure("eq-keras-tfidf", error, 1e-14)


@pytest.mark.equation("eq-keras-tfidf")
def test_tfidf_by_hand(measure):
    """In two texts "the" occurs in both, twice in the first; "cat" occurs once, in the first alone."""
    matrix = fitted(KerasTokenizer, SAMPLES, {}).texts_to_matrix(SAMPLES, "tfidf")
    measure("eq-keras-tfidf", abs(matrix[0, 1] - (1 + np.log(2)) * np.log(1 + 2 / 3)), 1e-14)
    measure("eq-keras-tfidf", abs(matrix[0, 2] - np.log(1 + 2 / 2)), 1e-14)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: KerasTokenizer(num_words=0), ValueError, "num_words: expected an integer of at least 1"),
        (lambda: KerasTokenizer(num_words="9"), TypeError, "num_words: expected an integer, got str"),
        (lambda: KerasTokenizer(split=""), ValueError, "split: expected a string of at least one character"),
        (lambda: KerasTokenizer(filters=None), TypeError, "filters: expected a string, got NoneType"),
        (lambda: KerasTokenizer(oov_token=1), TypeError, "oov_token: expected a string, got int"),
        (
            lambda: KerasTokenizer().fit_on_texts("the"),
            TypeError,
            "texts: expected a list of strings, got one",
        ),
        (
            lambda: KerasTokenizer().fit_on_texts([["the"]]),
            TypeError,
            r"texts\[0\]: expected a string, got list",
        ),
        (lambda: KerasTokenizer().texts_to_sequences(["the"]), ValueError, "call fit_on_texts first"),
        (lambda: fitted(KerasTokenizer, SAMPLES, {}).texts_to_matrix(SAMPLES, "tf"), ValueError, "got 'tf'"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
