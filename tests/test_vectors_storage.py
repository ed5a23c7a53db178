"""Vectors saved and loaded: any words, mapped, whole or not at all, and damage that is noticed."""

import json
import mmap
import os
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.vectors import Vectors

LAWS = settings(deadline=None, derandomize=True, max_examples=30)
ANY_WORDS = st.lists(st.text(alphabet=st.characters(exclude_categories=())), unique=True, max_size=6)


@LAWS
@given(ANY_WORDS, st.sampled_from(["<f2", "<f4", "<f8", ">f4"]), st.integers(1, 5), st.integers(0, 99))
def test_what_is_saved_is_loaded(tmp_path_factory, words, dtype, dim, seed):
    folder = tmp_path_factory.mktemp("saved") / "vectors"
    matrix = np.random.default_rng(seed).standard_normal((len(words), dim)).astype(dtype)
    Vectors(words, matrix).save(folder)
    for thorough in (False, True):
        loaded = Vectors.load(folder, thorough=thorough)
        assert loaded.words == tuple(words)
        assert loaded.matrix.dtype == matrix.dtype
        assert np.array_equal(loaded.matrix, matrix)


@pytest.fixture
def folder(tmp_path):
    Vectors(["a", "b", "c"], np.arange(6.0).reshape(3, 2)).save(tmp_path / "saved")
    return tmp_path / "saved"


def the_file(folder, kind):
    return folder / json.loads((folder / "vectors.json").read_text())[kind]


def test_the_matrix_is_mapped_and_read_only(folder):
    vectors = Vectors.load(folder)
    base = vectors.matrix
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(base, mmap.mmap)
    assert not vectors.matrix.flags.writeable
    assert np.load(the_file(folder, "matrix"), allow_pickle=False).tolist() == vectors.matrix.tolist()


def test_saving_again_replaces_and_leaves_nothing_behind(folder):
    before = Vectors.load(folder)
    before.save(folder)  # the very files that are mapped
    Vectors(["x"], np.ones((1, 4), np.float32)).save(folder)
    assert Vectors.load(folder).words == ("x",)
    assert before.matrix.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_an_interrupted_save_changes_nothing(folder, fails_at, monkeypatch):
    calls, replace = [], os.replace

    def breaking(*paths):
        calls.append(paths)
        if len(calls) == fails_at:
            raise OSError("no space left on device")
        replace(*paths)

    before = sorted(folder.iterdir())
    monkeypatch.setattr(os, "replace", breaking)
    with pytest.raises(OSError, match="no space"):
        Vectors(["x"], np.ones((1, 4))).save(folder)
    assert sorted(folder.iterdir()) == before
    assert Vectors.load(folder).words == ("a", "b", "c")


def test_another_folder_is_not_taken_over(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"expected an empty folder or saved vectors, found 'thesis.txt'"):
        Vectors(["x"], np.ones((1, 4))).save(tmp_path)


def rewritten(folder, **changes):
    page = folder / "vectors.json"
    page.write_text(json.dumps({**json.loads(page.read_text()), **changes}))


def damage(kind, change):
    def spoil(folder):
        file = the_file(folder, kind)
        file.write_bytes(change(file.read_bytes()))

    return spoil


OBJECTS = np.array([[None, {}], [1, 2]], dtype=object)


def pickled(folder):
    np.save(the_file(folder, "matrix"), OBJECTS, allow_pickle=True)
    rewritten(folder, matrix_bytes=the_file(folder, "matrix").stat().st_size)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (damage("matrix", lambda raw: raw[:-1]), r"expected 176 bytes, got 175"),
        (damage("matrix", lambda raw: raw + b"x"), r"expected 176 bytes, got 177"),
        (damage("matrix", lambda raw: raw.replace(b"(3, 2)", b"(2, 3)")), r"\[3, 2\] <f8, got \[2, 3\] <f8"),
        (damage("matrix", lambda raw: raw.replace(b"<f8", b"<i8")), r"\[3, 2\] <f8, got \[3, 2\] <i8"),
        (damage("matrix", lambda raw: raw.replace(b"(3, 2), ", b"(3,2**9)")), r"NumPy's format"),
        (damage("matrix", lambda raw: raw.replace(b"(3, 2)", b"(3,99)")), r"NumPy's format"),
        (damage("matrix", lambda raw: b"x" * len(raw)), r"expected a matrix in NumPy's format"),
        (pickled, r"expected a matrix in NumPy's format"),
        (damage("words", lambda raw: raw.replace(b"a", b"z")), r"damaged: expected SHA-256"),
        (damage("words", lambda raw: raw[:-1]), r"expected 15 bytes, got 14"),
        (lambda folder: the_file(folder, "matrix").unlink(), r"names a missing file"),
        (lambda folder: rewritten(folder, words="../other.json"), r"expected the name of a file beside it"),
        (lambda folder: rewritten(folder, shape=None), r"shape: expected list, got None"),
        (lambda folder: rewritten(folder, format="cake"), r"expected the format .*, got 'cake'"),
        (lambda folder: (folder / "vectors.json").write_text("[]"), r"expected the format .*, got 'list'"),
        (lambda folder: (folder / "vectors.json").write_text("{"), r"expected JSON"),
        (lambda folder: (folder / "vectors.json").write_bytes(b"\xff\xfe\xfd"), r"expected JSON"),
    ],
)  # fmt: skip
def test_damage_is_refused(folder, spoil, message):
    spoil(folder)
    with pytest.raises(ValueError, match=message):
        Vectors.load(folder)


def test_a_changed_number_is_noticed_by_the_thorough_look(folder):
    damage("matrix", lambda raw: raw[:-1] + b"\x41")(folder)
    Vectors.load(folder)
    with pytest.raises(ValueError, match="damaged: expected SHA-256"):
        Vectors.load(folder, thorough=True)


def test_where_nothing_was_saved(tmp_path):
    with pytest.raises(FileNotFoundError):
        Vectors.load(tmp_path)


def test_a_large_table_opens_quickly(tmp_path):
    words = [f"word{i}" for i in range(400_000)]
    Vectors(words, np.zeros((400_000, 50), np.float32)).save(tmp_path / "large")
    Vectors.load(tmp_path / "large")
    took = []
    for _ in range(3):
        start = time.perf_counter()
        Vectors.load(tmp_path / "large")
        took.append(time.perf_counter() - start)
    assert min(took) < 1.0
