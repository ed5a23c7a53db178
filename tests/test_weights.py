"""Saved weights: what is written comes back, what is damaged is refused, and every file says what made it."""

import json
import re

import numpy as np
import pytest
from safetensors.numpy import save_file

from companion import weights
from companion.data import load_word_pairs
from companion.vectors.evaluate import similarity

ABOUT = {"command": "python -m training.nothing", "settings": {"dim": 3}, "result": {"loss": 0.5}}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Let the tests write beside, not into, the package."""
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    return tmp_path


def test_vectors_come_back(folder):
    rng = np.random.default_rng(0)
    words = ["the", "naïve", "Gödel", "¿qué", "\u2028", "日本", " ", "``"]
    matrix = rng.standard_normal((len(words), 3))
    path = weights.save_vectors("some-words", words, matrix, **ABOUT)
    assert path == folder / "some-words.safetensors"
    assert weights.available() == ["some-words"]
    vectors = weights.load_vectors("some-words")
    assert vectors.words == tuple(words)
    assert vectors.matrix.dtype == np.float32
    assert np.abs(vectors.matrix - matrix).max() <= 2**-11 * np.abs(matrix).max()
    assert np.array_equal(vectors.matrix, matrix.astype(np.float16))


def test_tensors_of_any_kind_come_back(folder):
    tensors = {
        "weight": np.arange(6, dtype=np.float64).reshape(2, 3).T,  # not contiguous
        "half": np.array([0.5], dtype=np.float16),
        "ids": np.array([[1, 2]], dtype=np.int64),
    }
    weights.save("model", tensors, **ABOUT)
    back = weights.load("model")
    assert (back.command, back.settings, back.result) == tuple(ABOUT.values())
    assert set(back.tensors) == set(tensors)
    for name, array in tensors.items():
        assert back.tensors[name].dtype == array.dtype
        assert np.array_equal(back.tensors[name], array)


def test_a_second_save_replaces_the_first(folder):
    for value in (1.0, 2.0):
        weights.save("model", {"x": np.array([value])}, **ABOUT)
    assert weights.load("model").tensors["x"].tolist() == [2.0]
    assert len(list(folder.iterdir())) == 1


def test_listing(folder):
    weights.save("b", {"x": np.zeros(500_000)}, **ABOUT)
    weights.save("a", {"x": np.zeros(1)}, **{**ABOUT, "result": {"accuracy": 0.9, "pairs": 3}})
    assert weights.listing().splitlines() == [
        "a (0.00 MB): python -m training.nothing",
        "    accuracy: 0.9",
        "    pairs: 3",
        "b (4.00 MB): python -m training.nothing",
        "    loss: 0.5",
    ]


def truncated(path):
    path.write_bytes(path.read_bytes()[:-4])


def longer(path):
    path.write_bytes(path.read_bytes() + b"\0")


def header_of_another_length(path):
    raw = path.read_bytes()
    path.write_bytes((1 << 60).to_bytes(8, "little") + raw[8:])


def emptied(path):
    path.write_bytes(b"")


def pickled(path):
    path.write_bytes(
        b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins\x94\x8c\x05print\x94\x93\x94."
    )


@pytest.mark.parametrize("damage", [truncated, longer, header_of_another_length, emptied, pickled])
def test_a_damaged_file_is_refused(folder, damage):
    damage(weights.save("model", {"x": np.zeros(8)}, **ABOUT))
    with pytest.raises(ValueError, match=r"model\.safetensors: expected a safetensors file"):
        weights.load("model")


@pytest.mark.parametrize("key", weights.HEADER)
def test_a_file_that_does_not_say_what_made_it_is_refused(folder, key):
    header = {name: json.dumps(value) for name, value in ABOUT.items() if name != key}
    save_file({"x": np.zeros(1)}, folder / "model.safetensors", metadata=header)
    with pytest.raises(ValueError, match=rf"in the header, missing: \['{key}'\]"):
        weights.load("model")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weights.load("modle"), "name: expected one of model, got 'modle'"),
        (lambda: weights.load("../model"), "name: expected one of model, got '../model'"),
        (
            lambda: weights.load_vectors("model"),
            "model: expected the tensors 'vectors' and 'words', got ['x']",
        ),
        (
            lambda: weights.save("../model", {"x": np.zeros(1)}, **ABOUT),
            "name: expected small letters, digits and hyphens, got '../model'",
        ),
        (
            lambda: weights.save("other", {"x": np.zeros(1)}, **{**ABOUT, "command": ""}),
            "expected the command that made the file, and a result",
        ),
        (
            lambda: weights.save("other", {"x": np.zeros(1)}, **{**ABOUT, "result": {}}),
            "expected the command that made the file, and a result",
        ),
        (
            lambda: weights.save_vectors("other", ["a\nb"], np.zeros((1, 2)), **ABOUT),
            "words: expected no line break in a word",
        ),
        (
            lambda: weights.save_vectors("other", ["a", "b"], np.zeros((1, 2)), **ABOUT),
            "matrix: expected (2, D), a row for each word, got (1, 2)",
        ),
        (
            lambda: weights.save_vectors("other", ["a"], np.full((1, 2), 1e6), **ABOUT),
            "matrix: expected finite numbers of at most 65504, which half precision can hold",
        ),
    ],
)
def test_bad_input_is_refused(folder, call, message):
    weights.save("model", {"x": np.zeros(1)}, **ABOUT)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()
    assert weights.available() == ["model"]


@pytest.mark.parametrize("name", weights.available())
def test_every_file_of_the_book(name):
    """The header is whole, the script it names is there, the file is small, and no number is missing."""
    file = weights.load(name)
    module = file.command.removeprefix("python -m training.").split()[0]
    root = weights.FOLDER.parents[1]
    assert (root / "training" / f"{module}.py").is_file()
    assert (weights.FOLDER / f"{name}.safetensors").stat().st_size <= 3_000_000
    assert all(np.isfinite(array).all() for array in file.tensors.values() if array.dtype.kind == "f")
    assert file.result
    assert name in weights.listing()


def holding_vectors():
    return [name for name in weights.available() if set(weights.load(name).tensors) == {"vectors", "words"}]


@pytest.mark.parametrize("name", holding_vectors())
def test_word_vectors_are_as_good_as_they_say(name):
    vectors, said = weights.load_vectors(name), weights.load(name).result
    for pairs in ("wordsim353", "simlex999"):
        measured = similarity(vectors, load_word_pairs(pairs)).spearman
        assert abs(measured - said[pairs]) <= 0.001
