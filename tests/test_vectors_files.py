"""Files of word2vec and GloVe: round trips by hypothesis, what gensim wrote and what it reads."""

from pathlib import Path

import gensim
import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import example, given, settings
from hypothesis import strategies as st

from companion.vectors import (
    Vectors,
    read_glove,
    read_word2vec_binary,
    read_word2vec_text,
    write_glove,
    write_word2vec_binary,
    write_word2vec_text,
)

SHIPPED = Path(gensim.__file__).parent / "test" / "test_data"
LAWS = settings(deadline=None, derandomize=True, max_examples=60)
BOTH = {
    "text": (read_word2vec_text, write_word2vec_text),
    "binary": (read_word2vec_binary, write_word2vec_binary),
    "glove": (read_glove, write_glove),
}
# What some tool takes for the end of a line or for a space, and what numbers are made of.
LETTERS = st.sampled_from(list("aé日😀\u00a0\u0085\u2028\u3000\x1c\"'1.-e\ufeff"))
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=5), unique=True, min_size=1, max_size=6)
PLAIN_WORDS = st.lists(st.text("abcé日1.", min_size=1), unique=True, min_size=1, max_size=6)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def tables(words, numbers, dim):
    matrix = np.resize(np.array(numbers, np.float32), (len(words), dim))
    return Vectors(words, matrix)


def same(a, b):
    assert a.words == b.words
    assert a.matrix.dtype == b.matrix.dtype == np.float32
    assert np.array_equal(a.matrix, b.matrix)


@pytest.mark.parametrize("form", BOTH)
@LAWS
@given(WORDS, st.lists(FLOATS, min_size=1, max_size=9), st.integers(2, 5))
@example(["5", "400000"], [1e-45, -3.4e38, 0.1, 1.0], 2)
def test_what_is_written_is_read(tmp_path_factory, form, words, numbers, dim):
    read, write = BOTH[form]
    path = tmp_path_factory.mktemp(form) / "vectors"
    written = tables(words, numbers, dim)
    write(path, written)
    same(read(path), written)


@pytest.mark.parametrize("binary", [False, True])
@LAWS
@given(PLAIN_WORDS, st.lists(FLOATS, min_size=1))
def test_gensim_reads_what_is_written_and_writes_what_is_read(tmp_path_factory, binary, words, numbers):
    read, write = BOTH["binary" if binary else "text"]
    path = tmp_path_factory.mktemp("gensim") / "vectors"
    written = tables(words, numbers, 3)
    write(path, written)
    keyed = KeyedVectors.load_word2vec_format(path, binary=binary)
    same(Vectors(keyed.index_to_key, keyed.vectors), written)
    keyed.save_word2vec_format(path, binary=binary)
    same(read(path), written)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # gensim reads such a file twice
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_gensim_reads_glove_and_writes_it(tmp_path):
    written = Vectors(["a", "b"], np.array([[0.1, 2], [3e-8, -4]], np.float32))
    write_glove(tmp_path / "ours", written)
    keyed = KeyedVectors.load_word2vec_format(tmp_path / "ours", no_header=True)
    same(Vectors(keyed.index_to_key, keyed.vectors), written)
    keyed.save_word2vec_format(tmp_path / "theirs", write_header=False)
    same(read_glove(tmp_path / "theirs"), written)


@pytest.mark.parametrize("name", ["lee_fasttext.vec", "crime-and-punishment.vec", "toy-model.vec"])
def test_files_of_fasttext_are_read_as_gensim_reads_them(name):
    keyed = KeyedVectors.load_word2vec_format(SHIPPED / name)
    same(read_word2vec_text(SHIPPED / name), Vectors(keyed.index_to_key, keyed.vectors))


def test_a_file_of_the_original_tool_is_read_as_gensim_reads_it():
    path = SHIPPED / "euclidean_vectors.bin"  # rows that end in a line feed
    keyed = KeyedVectors.load_word2vec_format(path, binary=True)
    same(read_word2vec_binary(path), Vectors(keyed.index_to_key, keyed.vectors))


def test_words_of_glove_may_hold_spaces(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_text("new york 1 2\n. . . 3 4\nat name@domain.com 5 6\n7 8 9\n", newline="")
    vectors = read_glove(path)
    assert vectors.words == ("new york", ". . .", "at name@domain.com", "7")
    assert vectors["7"].tolist() == [8, 9]
    write_glove(tmp_path / "again.txt", vectors)
    same(read_glove(tmp_path / "again.txt"), vectors)


def test_carriage_returns_and_spaces_at_the_end_do_not_matter(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"2 2 \r\na 1 2 \r\nb 3 4\r\n")
    assert read_word2vec_text(path).matrix.tolist() == [[1, 2], [3, 4]]
    path.write_bytes(b"a 1 2 \r\nb 3 4\r\n")
    assert read_glove(path).matrix.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize("blocks", [1, 3, 2048])
def test_a_limit_reads_the_first_words_alone(tmp_path, form, blocks, monkeypatch):
    monkeypatch.setattr("companion.vectors._lines.BLOCK", blocks)
    read, write = BOTH[form]
    all_words = Vectors([f"w{i}" for i in range(10)], np.arange(20, dtype=np.float32).reshape(10, 2))
    write(tmp_path / "vectors", all_words)
    for limit in (1, 3, 4, 10, 11):
        same(read(tmp_path / "vectors", limit=limit), all_words.subset(all_words.words[:limit]))
    same(read(tmp_path / "vectors"), all_words)


def spelt(form, rows, dim=2):
    """Write rows of bytes and numbers by hand."""
    if form == "binary":
        lines = [word + b" " + np.array(numbers, "<f4").tobytes() for word, numbers in rows]
        return b"%d %d\n" % (len(rows), dim) + b"\n".join(lines) + b"\n"
    head = b"%d %d\n" % (len(rows), dim) if form == "text" else b""
    return head + b"".join(word + b" %g %g\n" % tuple(numbers) for word, numbers in rows)


@pytest.mark.parametrize("form", BOTH)
def test_of_equal_words_the_first_can_be_kept(tmp_path, form):
    read, _ = BOTH[form]
    path = tmp_path / "vectors"
    path.write_bytes(spelt(form, [(b"a", (1, 2)), (b"b", (3, 4)), (b"a", (5, 6)), (b"c", (7, 8))]))
    places = {
        "text": "line 4: .* at line 2",
        "glove": "line 3: .* at line 1",
        "binary": "byte 26: .* at byte 4",
    }
    with pytest.raises(ValueError, match=f"{places[form]}: duplicates='first' keeps the first"):
        read(path)
    kept = read(path, duplicates="first")
    assert kept.words == ("a", "b", "c")
    assert kept.matrix.tolist() == [[1, 2], [3, 4], [7, 8]]
    if form != "glove":
        keyed = KeyedVectors.load_word2vec_format(path, binary=form == "binary")
        same(kept, Vectors(keyed.index_to_key[:3], keyed.vectors[:3]))


@pytest.mark.parametrize("form", BOTH)
def test_bytes_that_are_not_utf8(tmp_path, form):
    read, write = BOTH[form]
    path = tmp_path / "vectors"
    path.write_bytes(spelt(form, [(b"a", (1, 2)), (b"caf\xe9", (3, 4))]))
    place = {"text": "line 3", "glove": "line 2", "binary": "byte 15"}[form]
    with pytest.raises(ValueError, match=rf"{place}: the word b'caf\\xe9' is not UTF-8 .*: errors= says"):
        read(path)
    assert read(path, errors="ignore").words == ("a", "caf")
    assert read(path, errors="replace").words == ("a", "caf\ufffd")
    kept = read(path, errors="surrogateescape")
    write(tmp_path / "again", kept)
    assert b"caf\xe9 " in (tmp_path / "again").read_bytes()
    with pytest.raises(ValueError, match="errors: expected one of strict, .*, got 'shrug'"):
        read(path, errors="shrug")


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize(("option", "value"), [("limit", 0), ("limit", -1), ("duplicates", "last")])
def test_other_options_are_refused(tmp_path, form, option, value):
    (tmp_path / "vectors").write_bytes(spelt(form, [(b"a", (1, 2))]))
    with pytest.raises(ValueError, match=f"{option}: expected .*, got {value!r}"):
        BOTH[form][0](tmp_path / "vectors", **{option: value})


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize("word", ["", "a\nb", "\nb", "a 1", "\ud800"])
def test_words_that_could_not_be_read_back_are_not_written(tmp_path, form, word):
    path = tmp_path / "vectors"
    path.write_text("before")
    with pytest.raises(ValueError, match="words: "):
        BOTH[form][1](path, Vectors(["a", word], np.ones((2, 2))))
    assert path.read_text() == "before"


@pytest.mark.parametrize("form", BOTH)
@pytest.mark.parametrize("number", [np.nan, np.inf, 1e39])
def test_numbers_that_are_not_finite_are_not_written(tmp_path, form, number):
    with pytest.raises(ValueError, match="finite in single precision, got others for 'b'"):
        BOTH[form][1](tmp_path / "vectors", Vectors(["a", "b"], np.array([[1, 2], [3, number]])))
    assert list(tmp_path.iterdir()) == []
