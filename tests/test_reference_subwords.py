"""Pieces of words beside gensim's n-grams and hashes; models to files, which gensim reads, and back."""

import numpy as np
import pytest
from comparing import apart
from gensim.models.fasttext import load_facebook_model
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes

from companion.reference.subwords import Subwords, from_vectors, subwords, to_vectors
from companion.vectors import Settings, SubwordVectors, read_fasttext, write_fasttext

WORDS = ["cat", "cats", "café", "a", "banana", "日本語", "</s>"]
UNSEEN = ["bananas", "cafés", "tac", "日本"]
MADE = Settings(dim=4, bucket=30, minn=2, maxn=4)


def furthest(make):
    """Count the words whose rows are not the word's own and then those of gensim's n-grams, in order."""
    pieces = make(WORDS, MADE.minn, MADE.maxn, MADE.bucket)
    wrong = 0
    for number, word in enumerate(WORDS):
        ngrams = compute_ngrams_bytes(word, MADE.minn, MADE.maxn) if word != "</s>" else []
        expected = [number] + [len(WORDS) + ft_hash_bytes(ngram) % MADE.bucket for ngram in ngrams]
        wrong += pieces.rows[pieces.offsets[number] : pieces.offsets[number + 1]].tolist() != expected
    return wrong


@pytest.mark.equation("eq-fasttext-hash")
def test_rows_are_those_of_gensims_ngrams(measure):
    measure("eq-fasttext-hash", furthest(subwords), 0)
    pieces = subwords(WORDS, MADE.minn, MADE.maxn, MADE.bucket)
    assert pieces.size == len(WORDS) + MADE.bucket
    assert (pieces.rows.dtype, pieces.offsets.dtype) == (np.int64, np.int64)


def own_row_forgotten(words, minn, maxn, buckets):
    rows, offsets, size = subwords(words, minn, maxn, buckets)
    kept = np.ones(len(rows), bool)
    kept[offsets[:-1]] = False
    return Subwords(rows[kept], offsets - np.arange(len(offsets)), size)


def buckets_over_the_words(words, minn, maxn, buckets):
    """Count the buckets from 0: their rows are those of the words."""
    rows, offsets, size = subwords(words, minn, maxn, buckets)
    return Subwords(np.where(rows >= len(words), rows - len(words), rows), offsets, size)


def without_brackets(words, minn, maxn, buckets):
    """Cut the word itself: *at* at the end of *cat* is then the *at* of *atom*."""
    rows, ends = [], [0]
    for number, word in enumerate(words):
        spans = [word[i : i + n] for i in range(len(word)) for n in range(minn, maxn + 1)]
        rows += [number] + [len(words) + ft_hash_bytes(s.encode()) % buckets for s in spans if len(s) >= minn]
        ends.append(len(rows))
    return Subwords(np.array(rows), np.array(ends), len(words) + buckets)


@pytest.mark.parametrize("mutant", [own_row_forgotten, buckets_over_the_words, without_brackets])
def test_mistakes_are_caught(mutant):
    assert furthest(mutant) > 0


def test_without_ngrams_a_word_is_its_own_row():
    pieces = subwords(WORDS, 3, 0, 0)
    assert pieces.rows.tolist() == list(range(7))
    assert (pieces.offsets.tolist(), pieces.size) == (list(range(8)), 7)
    assert subwords([]).offsets.tolist() == [0]


def drawn(dtype=np.float64):
    rng = np.random.default_rng(0)
    shapes = {"input": (len(WORDS) + MADE.bucket, 4), "output": (len(WORDS), 4)}
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}


def test_a_model_answers_for_words_seen_and_unseen():
    params, pieces = drawn(), subwords(WORDS, MADE.minn, MADE.maxn, MADE.bucket)
    model = to_vectors(params, WORDS, MADE, np.arange(7, 0, -1))
    for number, word in enumerate(WORDS):
        rows = pieces.rows[pieces.offsets[number] : pieces.offsets[number + 1]]
        assert model.rows(word) == rows.tolist()
        np.testing.assert_allclose(model[word], params["input"][rows].mean(axis=0), rtol=1e-5, atol=1e-7)
    for word in UNSEEN:
        rows = [7 + ft_hash_bytes(n) % MADE.bucket for n in compute_ngrams_bytes(word, MADE.minn, MADE.maxn)]
        np.testing.assert_allclose(model[word], params["input"][rows].mean(axis=0), rtol=1e-5, atol=1e-7)


def test_a_model_there_and_back():
    params = drawn(np.float32)
    again, pieces = from_vectors(to_vectors(params, WORDS, MADE))
    assert all(np.array_equal(again[name], params[name]) for name in params)
    expected = subwords(WORDS, MADE.minn, MADE.maxn, MADE.bucket)
    assert all(np.array_equal(a, b) for a, b in zip(pieces, expected, strict=True))
    again["input"][0] = 1  # a copy of its own


def test_gensim_reads_what_is_written_and_has_the_same_vectors(tmp_path):
    words = WORDS[:-1]  # gensim cuts </s>, too
    params = {name: table[: -1 if name == "output" else None] for name, table in drawn().items()}
    params["input"] = params["input"][: len(words) + MADE.bucket]
    model = to_vectors(params, words, MADE, np.arange(6, 0, -1))
    write_fasttext(tmp_path / "model.bin", model)
    theirs = load_facebook_model(str(tmp_path / "model.bin"))
    assert theirs.wv.index_to_key == words
    assert max(apart(theirs.wv[word], model[word]) for word in (*words, *UNSEEN)) <= 1e-6
    assert [theirs.wv.get_vecattr(word, "count") for word in words] == [6, 5, 4, 3, 2, 1]
    again, _ = from_vectors(read_fasttext(tmp_path / "model.bin"))
    assert all(np.array_equal(again[name], params[name].astype(np.float32)) for name in params)


SUPERVISED = SubwordVectors(["a"], np.zeros((1, 2), np.float32), Settings(2, model=3, bucket=0, maxn=0))
ALL = "minn, maxn, buckets: expected at least 0, and a bucket if maxn > 0, got"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: subwords("cat"), TypeError, "words: expected a sequence of strings, got one string"),
        (lambda: subwords(["cat"], 3, 6, 0), ValueError, f"{ALL} 3, 6 and 0"),
        (lambda: subwords(["cat"], -1), ValueError, f"{ALL} -1, 6 and 20000"),
        (lambda: to_vectors({"input": np.zeros((3, 2))}, ["a"], MADE), ValueError,
         "params: expected the keys ['input', 'output'], got ['input']"),
        (lambda: to_vectors(drawn(), WORDS[1:], MADE), ValueError,
         "matrix: expected (6 + 30, 4) float32, got (37, 4) float32"),
        (lambda: from_vectors(SUPERVISED), ValueError,
         "model: expected one of words alone, got a supervised one"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
