"""Saved fastText models: there and back, in half precision, for words unseen too; what is refused."""

import numpy as np
import pytest
from comparing import apart
from gensim.models.fasttext import load_facebook_vectors

from companion import weights
from companion.data import load_word_pairs
from companion.vectors import Settings, SubwordVectors, write_fasttext
from companion.vectors.evaluate import similarity
from companion.weights.subwords import load_subwords, save_subwords

MADE = Settings(dim=4, bucket=20, minn=2, maxn=4)
WORDS = ["cat", "café", "日本語"]
HOW = {"command": "python -m training.fasttext", "settings": {"epochs": 5}, "result": {"rho": 0.2}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Keep what is saved here out of the repository."""
    monkeypatch.setattr(weights, "FOLDER", tmp_path)


def drawn(words=WORDS):
    matrix = np.random.default_rng(0).standard_normal((len(words) + 20, 4)).astype(np.float32)
    return SubwordVectors(words, matrix, MADE, np.array([70_000, 6, 5][: len(words)]))


@pytest.mark.usefixtures("folder")
def test_there_and_back():
    model = drawn()
    save_subwords("tiny-fasttext", model, **HOW)
    again = load_subwords("tiny-fasttext")
    assert again.words == model.words
    assert again.counts.tolist() == [70_000, 6, 5]
    assert np.array_equal(again.matrix, model.matrix.astype(np.float16).astype(np.float32))
    for word in (*WORDS, "cats", "日本"):
        assert again.rows(word) == model.rows(word)
        np.testing.assert_allclose(again[word], model[word], atol=2e-3)
    saved = weights.load("tiny-fasttext")
    assert saved.settings == {"epochs": 5, "dim": 4, "bucket": 20, "minn": 2, "maxn": 4}
    assert (saved.command, saved.result) == (HOW["command"], HOW["result"])


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_kept_is_refused():
    with pytest.raises(ValueError, match="words: expected no line break in a word"):
        save_subwords("bad", drawn(["a\nb"]), **HOW)
    huge = SubwordVectors(["a"], np.full((21, 4), 1e6, np.float32), MADE)
    with pytest.raises(ValueError, match="model: expected finite numbers of at most 65504"):
        save_subwords("bad", huge, **HOW)
    assert weights.available() == []


@pytest.mark.usefixtures("folder")
def test_another_kind_of_file_is_refused():
    weights.save_vectors("plain", ["a"], np.ones((1, 2), np.float32), **HOW)
    message = r"plain: expected a model of words and buckets, got \['vectors', 'words'\]"
    with pytest.raises(ValueError, match=message):
        load_subwords("plain")
    tensors = {name: np.zeros(1, np.uint8) for name in ("rows", "words", "counts")}
    weights.save("unsaid", tensors, **HOW)
    with pytest.raises(ValueError, match="unsaid: expected a model of words and buckets"):
        load_subwords("unsaid")
    with pytest.raises(ValueError, match="name: expected one of plain, unsaid, got 'missing'"):
        load_subwords("missing")


@pytest.mark.parametrize("name", ["brown-fasttext", "brown-gensim-fasttext"])
def test_the_books_models_are_as_good_as_they_say(name):
    table, said = load_subwords(name).vectors(), weights.load(name).result
    for pairs in ("wordsim353", "simlex999"):
        assert abs(similarity(table, load_word_pairs(pairs)).spearman - said[pairs]) <= 0.001


def test_gensim_reads_the_books_model(tmp_path):
    model = load_subwords("brown-fasttext")
    write_fasttext(tmp_path / "brown.bin", model)
    theirs = load_facebook_vectors(str(tmp_path / "brown.bin"))
    assert max(apart(theirs[word], model[word]) for word in ("government", "governmnet", "universty")) <= 1e-6
