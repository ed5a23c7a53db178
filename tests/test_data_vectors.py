"""The GloVe vectors, on the real data: fetched when they are not in the cache."""

import json

import numpy as np
import pytest

from companion.data import glove, load_glove
from companion.data.cache import DataDamaged, cache_dir
from companion.data.glove import GLOVE_100, _rows, _write


@pytest.fixture(scope="module", params=[50, 100])
def vectors(request):
    return load_glove(request.param)


def test_glove_has_the_published_size():
    for dimensions, count in ((50, 400_000), (100, 341_479)):
        vectors = load_glove(dimensions)
        assert len(vectors) == len(set(vectors.words)) == count
        assert vectors.matrix.shape == (count, dimensions)
        assert vectors.matrix.dtype == np.float32


def test_glove_rows_are_the_published_ones():
    # the first line of the official files glove.6B.50d.txt and glove.6B.100d.txt
    assert (
        load_glove(50)["the"][:5].tolist() == np.float32([0.418, 0.24968, -0.41242, 0.1217, 0.34527]).tolist()
    )
    official = np.float32([-0.038194, -0.24487, 0.72812, -0.39961, 0.083172])
    assert load_glove(100)["the"][:5].tolist() == official.tolist()


def test_glove_words_stand_by_frequency():
    assert load_glove(50).words[:8] == ("the", ",", ".", "of", "to", "and", "in", "a")
    rows = {word: row for row, word in enumerate(load_glove(50).words)}
    places = [rows[word] for word in load_glove(100).words]
    assert places == sorted(places)
    assert load_glove(100).words[-1] == "sandberger"


def test_king_minus_man_plus_woman_is_queen(vectors):
    point = vectors["king"] - vectors["man"] + vectors["woman"]
    assert vectors.nearest(point, 1, exclude=["king", "man", "woman"])[0][0] == "queen"


@pytest.mark.parametrize(
    ("dimensions", "a", "b", "cosine"),
    [
        (50, "king", "queen", 0.783904),
        (50, "cat", "dog", 0.921801),
        (100, "king", "queen", 0.750769),
        (100, "cat", "dog", 0.879808),
    ],
)
def test_known_cosines(dimensions, a, b, cosine):
    assert load_glove(dimensions).similarity(a, b) == pytest.approx(cosine, abs=1e-6)


def test_the_hundred_dimensions_lack_single_letters():
    fewer, all_words = load_glove(100), load_glove(50)
    assert all(word in all_words and word not in fewer for word in "abcdefghijklmnopqrstuvwxyz")
    assert all(word in all_words and word not in fewer for word in ("'s", "n't", "u.s.", "1", "2008"))
    assert set(fewer.words) < set(all_words.words)


def test_the_matrix_is_mapped_not_read(vectors):
    base = vectors.matrix
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        vectors.matrix[0, 0] = 1


def test_opening_again_reads_no_archive(monkeypatch):
    monkeypatch.setattr(glove, "walk", lambda *_: pytest.fail("the archive was read again"))
    assert load_glove(50).words[0] == load_glove(100).words[0] == "the"


@pytest.mark.parametrize("dimensions", [300, 0, "50", None, 50.5])
def test_other_dimensions_are_refused(dimensions):
    with pytest.raises(ValueError, match="dimensions: expected 50 or 100, got"):
        load_glove(dimensions)


def test_prepared_matrices_are_plain_arrays_in_rows():
    for dimensions in (50, 100):
        (folder,) = (cache_dir() / "prepared").glob(f"glove-{dimensions}-*")
        assert sorted(file.name for file in folder.iterdir()) == ["manifest.json", "matrix.npy", "words.json"]
        assert np.load(folder / "matrix.npy", mmap_mode="r", allow_pickle=False).flags.c_contiguous


@pytest.mark.parametrize("block", [1, 7, 1000])
def test_rows_are_found_wherever_the_blocks_are_cut(block):
    vectors = {'"': [1, 2.5], "]": [-3e-2, 4], "a\\b": [0, 1], "é\n[": [5, 6], "}": [7, 8]}
    text = {"words": ["vectors", '"vectors":{'], "vectors": vectors, "unkVector": [9, 9]}
    content = json.dumps(text, separators=(",", ":")).encode()
    blocks = [content[i : i + block] for i in range(0, len(content), block)]
    assert {word: row.tolist() for word, row in _rows(blocks)} == vectors


def test_a_list_with_gaps_or_infinite_numbers_is_refused(tmp_path):
    matrix = np.zeros((341_479, 100), dtype=np.float32)
    words = [str(i) for i in range(341_479)]
    with pytest.raises(DataDamaged, match=r"expected \(341479, 100\) float32"):
        _write(GLOVE_100, tmp_path, ["", *words[:-2], ""], matrix)
    with pytest.raises(DataDamaged, match="float64"):
        _write(GLOVE_100, tmp_path, words, matrix.astype(np.float64))
    matrix[5, 7] = np.inf
    with pytest.raises(DataDamaged, match="a vector is not finite"):
        _write(GLOVE_100, tmp_path, words, matrix)
    assert list(tmp_path.iterdir()) == []
