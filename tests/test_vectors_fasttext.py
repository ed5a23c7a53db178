"""fastText's models: equal to what the original says, files of it and of gensim there and back, damage.

The small models in ``fasttext_models`` were made by the original tool; ``make.py`` beside them says how.
"""

import json
from operator import ne
from pathlib import Path

import gensim
import numpy as np
import pytest
from comparing import PARITY, apart, caught
from gensim.models import FastText
from gensim.models.fasttext import load_facebook_model, save_facebook_model
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.vectors import (
    Settings,
    SubwordVectors,
    character_ngrams,
    fasttext_hash,
    read_fasttext,
    read_word2vec_text,
    write_fasttext,
)
from companion.vectors.subwords import WIDENED, ngram_buckets

MODELS = Path(__file__).parent / "fasttext_models"
SHIPPED = Path(gensim.__file__).parent / "test" / "test_data"
DESCRIBED = json.loads((MODELS / "described.json").read_text(encoding="utf-8"))
WRITABLE = st.characters(exclude_characters="\0", codec="utf-8")
LAWS = settings(deadline=None, derandomize=True, max_examples=100)


@LAWS
@given(st.text(max_size=9), st.integers(1, 4), st.integers(1, 6))
def test_ngrams_and_hashes_are_gensims(word, minn, maxn):
    ngrams = character_ngrams(word, minn, maxn)
    if word != "</s>":
        assert [ngram.encode() for ngram in ngrams] == compute_ngrams_bytes(word, minn, maxn)
    assert [fasttext_hash(ngram) for ngram in ngrams] == [ft_hash_bytes(ngram.encode()) for ngram in ngrams]


WORDS = ["cat", "governmnet", "x", "café", "Straße", "日本語", "a>b", "ümlaut", "naïveté"]


def ours(word, minn, maxn, buckets):
    return [fasttext_hash(ngram) % buckets for ngram in character_ngrams(word, minn, maxn)]


def misplaced(place):
    """Count the n-grams whose bucket is not gensim's."""
    wrong = 0
    for word in WORDS:
        theirs = [ft_hash_bytes(ngram) % 999 for ngram in compute_ngrams_bytes(word, 2, 5)]
        found = place(word, 2, 5, 999)
        wrong += len(found) != len(theirs) or sum(map(ne, found, theirs))
    return wrong


@pytest.mark.equation("eq-fasttext-hash")
def test_buckets_are_gensims(measure):
    measure("eq-fasttext-hash", misplaced(ours), 0)
    measure("eq-fasttext-hash", misplaced(lambda word, *how: ngram_buckets(word.encode(), *how)), 0)


def signed(h):
    return h - 2**32 if h >= 2**31 else h


def modulo_of_a_signed_number(word, minn, maxn, buckets):
    return [signed(fasttext_hash(ngram)) % buckets for ngram in character_ngrams(word, minn, maxn)]


def without_brackets(word, minn, maxn, buckets):
    spans = [(i, i + n) for i in range(len(word)) for n in range(minn, maxn + 1) if i + n <= len(word)]
    return [fasttext_hash(word[a:b]) % buckets for a, b in spans]


def of_bytes(word, minn, maxn, buckets):
    """Cut between bytes: half a character is no n-gram."""
    raw = f"<{word}>".encode()
    spans = [(i, i + n) for i in range(len(raw)) for n in range(minn, maxn + 1) if i + n <= len(raw)]
    return [fasttext_hash(raw[a:b]) % buckets for a, b in spans]


def with_a_hash(step, widened=WIDENED):
    """Replace the step of the hash."""

    def place(word, minn, maxn, buckets):
        hashes = []
        for ngram in character_ngrams(word, minn, maxn):
            h = 2166136261
            for byte in ngram.encode():
                h = step(h, widened[byte]) % 2**32
            hashes.append(h % buckets)
        return hashes

    return place


@pytest.mark.parametrize(
    "mutant",
    [
        modulo_of_a_signed_number,
        without_brackets,
        of_bytes,
        with_a_hash(lambda h, byte: (h * 16777619) ^ byte),  # FNV-1: multiplied first
        with_a_hash(lambda h, byte: (h ^ byte) * 16777619, range(256)),  # FNV-1a: no slip
    ],
)
def test_mistakes_in_the_buckets_are_caught(mutant):
    assert misplaced(with_a_hash(lambda h, byte: (h ^ byte) * 16777619)) == 0
    assert misplaced(mutant) > 0


def vector_error(mean):
    """Measure the vectors of words seen and unseen against a mean, of whole numbers: the sums are exact."""
    made = Settings(dim=3, bucket=40, minn=2, maxn=4)
    matrix = np.random.default_rng(0).integers(-99, 100, (45, 3)).astype(np.float32)
    model = SubwordVectors(WORDS[:5], matrix, made)
    return max(apart(model[word], np.float32(mean(model, word))) for word in WORDS)


def mean_of_own_and_ngrams(model, word):
    """Write the formula out, with gensim's n-grams and hashes."""
    rows = [5 + ft_hash_bytes(ngram) % 40 for ngram in compute_ngrams_bytes(word, 2, 4)]
    own = [model.words.index(word)] if word in model else []
    table = model.matrix.astype(np.float64)
    return sum(table[row] for row in own + rows) / len(own + rows)


@pytest.mark.equation("eq-fasttext-vector")
def test_a_vector_is_the_mean_of_its_rows(measure):
    measure("eq-fasttext-vector", vector_error(mean_of_own_and_ngrams), PARITY)


def summed(model, word):
    return mean_of_own_and_ngrams(model, word) * len(model.rows(word))


def without_its_own_row(model, word):
    return model.matrix[[row for row in model.rows(word) if row >= 5]].mean(axis=0)


def repeated_ngrams_once(model, word):
    return model.matrix[list(set(model.rows(word)))].mean(axis=0)


@pytest.mark.parametrize("mutant", [summed, without_its_own_row, repeated_ngrams_once])
def test_mistakes_in_the_mean_are_caught(mutant):
    assert caught(lambda: vector_error(mutant))


def test_beyond_ascii_the_hash_is_not_fnv():
    def fnv1a(raw):
        h = 2166136261
        for byte in raw:
            h = ((h ^ byte) * 16777619) % 2**32
        return h

    assert fasttext_hash("foobar") == fnv1a(b"foobar") == 0xBF9CF968
    assert fasttext_hash("é") == ft_hash_bytes("é".encode()) != fnv1a("é".encode())


@pytest.mark.parametrize("name", ["skipgram", "supervised"])
def test_words_seen_and_unseen_have_the_originals_vectors(name):
    model = read_fasttext(MODELS / f"{name}.bin")
    table = model.vectors()
    assert table.words == model.words
    for word, (vector, ngrams, rows) in DESCRIBED[name].items():
        np.testing.assert_allclose(model[word], vector, rtol=0, atol=1e-7)
        assert model.rows(word) == rows
        own = [word] if word in model else []
        assert own + character_ngrams(word, model.settings.minn, model.settings.maxn) == ngrams
        if word in model:
            np.testing.assert_allclose(table[word], vector, rtol=0, atol=1e-7)
    assert {"cafés", "日本"} & set(model.words) == set()


def test_labels_and_counts():
    model = read_fasttext(MODELS / "supervised.bin")
    assert sorted(model.labels) == ["__label__de", "__label__en", "__label__fr", "__label__ja"]
    assert model.label_counts.tolist() == [20] * 4
    assert dict(zip(model.words, model.counts.tolist(), strict=True))["the"] == 80
    assert model.output.shape == (4, 4)
    assert (model.settings.model, model.settings.word_ngrams) == (3, 2)


@pytest.mark.parametrize("name", ["skipgram", "supervised"])
def test_what_is_read_is_written_byte_for_byte(name, tmp_path):
    write_fasttext(tmp_path / "again.bin", read_fasttext(MODELS / f"{name}.bin"))
    assert (tmp_path / "again.bin").read_bytes() == (MODELS / f"{name}.bin").read_bytes()


@pytest.mark.parametrize("name", ["crime-and-punishment", "toy-model"])
def test_a_model_has_the_vectors_of_its_text_file(name):
    table = read_fasttext(SHIPPED / f"{name}.bin").vectors()
    text = read_word2vec_text(SHIPPED / f"{name}.vec")  # five digits
    assert table.words == text.words
    np.testing.assert_allclose(table.matrix, text.matrix, rtol=1e-4, atol=1e-5)


def test_an_empty_word_of_the_original_is_kept():
    assert "" in read_fasttext(SHIPPED / "toy-model-pretrained.bin")


def trained(**options):
    sentences = [["le", "café", "était", "fermé"], ["the", "cat", "sat"], ["日本語", "cat"]] * 5
    return FastText(sentences, vector_size=6, min_count=1, epochs=1, workers=1, **options)


@pytest.mark.parametrize("options", [{"sg": 1}, {"hs": 1, "negative": 0}, {"max_n": 0, "min_n": 0}])
def test_gensims_models_there_and_back(tmp_path, options):
    theirs = trained(bucket=50, **options)
    save_facebook_model(theirs, str(tmp_path / "theirs.bin"))
    ours = read_fasttext(tmp_path / "theirs.bin")
    assert list(ours.words) == theirs.wv.index_to_key
    np.testing.assert_allclose(ours.vectors().matrix, theirs.wv.vectors, rtol=1e-5, atol=1e-7)
    if theirs.wv.max_n:
        np.testing.assert_allclose(ours["cafés"], theirs.wv["cafés"], rtol=1e-5, atol=1e-7)
    write_fasttext(tmp_path / "ours.bin", ours)
    again = load_facebook_model(str(tmp_path / "ours.bin"))
    assert again.wv.index_to_key == theirs.wv.index_to_key
    assert np.array_equal(again.wv.vectors_ngrams, theirs.wv.vectors_ngrams)
    np.testing.assert_allclose(again.wv.vectors, theirs.wv.vectors, rtol=1e-5, atol=1e-7)
    assert (tmp_path / "ours.bin").read_bytes() == (tmp_path / "theirs.bin").read_bytes()


@LAWS
@given(
    st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), unique=True, max_size=5),
    st.data(),
)
def test_any_model_there_and_back(tmp_path_factory, words, data):
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    made = Settings(
        dim=3, bucket=data.draw(st.integers(1, 7)), minn=1, maxn=data.draw(st.integers(0, 4)), t=0.5
    )
    matrix = rng.standard_normal((len(words) + made.bucket, 3)).astype(np.float32)
    counts = rng.integers(0, 9, len(words))
    written = SubwordVectors(words, matrix, made, counts)
    path = tmp_path_factory.mktemp("model") / "model.bin"
    write_fasttext(path, written)
    model = read_fasttext(path)
    assert (model.words, model.settings, model.tokens) == (written.words, made, counts.sum())
    assert np.array_equal(model.matrix, matrix)
    assert np.array_equal(model.counts, counts)
    assert not model.output.any()


def test_the_matrix_is_mapped():
    model = read_fasttext(MODELS / "skipgram.bin")
    assert isinstance(model.matrix, np.memmap)
    assert isinstance(model.output, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        model.matrix[0] = 1


def test_bytes_that_are_not_utf8_keep_their_ngrams(tmp_path):
    made = Settings(dim=2, bucket=9, minn=2, maxn=2)
    model = SubwordVectors(["caf\udce9"], np.ones((10, 2), np.float32), made)
    write_fasttext(tmp_path / "model.bin", model)
    assert b"caf\xe9\0" in (tmp_path / "model.bin").read_bytes()
    with pytest.raises(ValueError, match=r"byte 92: the word b'caf\\xe9' is not UTF-8"):
        read_fasttext(tmp_path / "model.bin")
    kept = read_fasttext(tmp_path / "model.bin", errors="surrogateescape")
    assert kept.words == ("caf\udce9",)
    hashes = [fasttext_hash(ngram) % 9 for ngram in (b"<c", b"ca", b"af", b"f\xe9", b"\xe9>")]
    assert kept.rows("caf\udce9") == [0, *(1 + h for h in hashes)]
    with pytest.raises(ValueError, match="errors: expected 'strict' or 'surrogateescape', got 'replace'"):
        read_fasttext(tmp_path / "model.bin", errors="replace")
