"""Damaged models of fastText, refused with the byte and with nothing large allocated; and bad input."""

import re
import struct
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from test_vectors_fasttext import MODELS, SHIPPED

from companion.vectors import Settings, SubwordVectors, read_fasttext, write_fasttext

RAW = (MODELS / "skipgram.bin").read_bytes()
FIRST_WORD = 8 + 56 + 28
DAMAGE = [
    ("magic", 0, "<i", 10, "byte 0: expected the number 793712314 of fastText's models since 2017, got 10"),
    ("version", 4, "<i", 13, "byte 4: expected version 11 or 12, got 13"),
    ("dim", 8, "<i", -4, "byte 8: expected dim of at least 1"),
    ("dim", 8, "<i", 5, "expected the input matrix to be (73, 5), got (73, 4)"),
    ("loss", 32, "<i", 9, "byte 8: expected loss in 1..4 and model in 1..3, got 9 and 2"),
    ("bucket", 40, "<i", 0, "byte 8: expected buckets for the n-grams of up to 4 characters, got none"),
    ("bucket", 40, "<i", 2_000_000_000, "expected the input matrix to be (2000000033, 4), got (73, 4)"),
    ("entries", 64, "<i", 34, "byte 64: expected words + labels = entries, got 33 + 0 and 34"),
    ("entries", 64, "<2i", (2**31 - 1, 2**31 - 1), "entries of the dictionary, and the file ends after"),
    ("pruned", 84, "<q", 10**15, "expected 8,000,000,000,000,000 bytes of 1,000,000,000,000,000 n-grams"),
    ("pruned", 84, "<q", 0, "byte 84: only a quantised model can be pruned, and this one is pruned alone"),
    ("kind", FIRST_WORD + 13, "<b", 1, "byte 92: expected a word (0) and a count of at least 0, got 1 and"),
    ("count", FIRST_WORD + 5, "<q", -1, "byte 92: expected a word (0) and a count of at least 0, got 0 and"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "at", "form", "value", "message"), DAMAGE)
def test_damaged_fields(tmp_path, field, at, form, value, message):
    raw = bytearray(RAW)
    struct.pack_into(form, raw, at, *(value if isinstance(value, tuple) else (value,)))
    path = tmp_path / "model.bin"
    path.write_bytes(raw)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=re.escape(message)):
            read_fasttext(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["skipgram", "supervised"])
def test_a_model_cut_at_any_byte_or_longer_is_refused(tmp_path, name):
    raw = (MODELS / f"{name}.bin").read_bytes()
    path = tmp_path / "model.bin"
    for size in [*range(0, 1300, 3), *range(1300, len(raw))]:
        path.write_bytes(raw[:size])
        with pytest.raises(ValueError, match="byte "):
            read_fasttext(path)
    path.write_bytes(raw + b"\0")
    with pytest.raises(ValueError, match=rf"byte {len(raw)}: expected the end of the file, 1 bytes follow"):
        read_fasttext(path)


@pytest.mark.parametrize("name", ["quantised", "pruned"])
def test_a_quantised_model_is_refused(name):
    with pytest.raises(
        ValueError, match=r"byte \d+: the input matrix is quantised \(.ftz\): read the model it"
    ):
        read_fasttext(MODELS / f"{name}.ftz")


def test_a_model_from_before_2017_is_refused():
    with pytest.raises(ValueError, match="expected the number 793712314"):
        read_fasttext(SHIPPED / "lee_fasttext.bin")


def test_a_number_that_is_not_finite_is_found_unless_nobody_looks(tmp_path):
    path = tmp_path / "model.bin"
    model = read_fasttext(MODELS / "skipgram.bin")
    at = model.matrix.offset + 4 * (50 * 4 + 2)
    path.write_bytes(RAW[:at] + np.float32(np.nan).tobytes() + RAW[at + 4 :])
    with pytest.raises(
        ValueError, match=rf"byte {at}: expected a finite number, got nan in row 50 of the input"
    ):
        read_fasttext(path)
    assert np.isnan(read_fasttext(path, check=False).matrix[50, 2])


def test_equal_words_are_refused(tmp_path):
    raw = RAW.replace("fermé\0".encode(), "était\0".encode())
    (tmp_path / "model.bin").write_bytes(raw)
    with pytest.raises(ValueError, match=r"byte \d+: the word 'était' was already at byte \d+"):
        read_fasttext(tmp_path / "model.bin")


def test_an_old_supervised_model_uses_no_ngrams(tmp_path):
    raw = bytearray((MODELS / "supervised.bin").read_bytes())
    struct.pack_into("<i", raw, 4, 11)
    (tmp_path / "model.bin").write_bytes(raw)
    model = read_fasttext(tmp_path / "model.bin")
    assert np.array_equal(model["cat"], model.matrix[model.words.index("cat")])
    with pytest.raises(KeyError, match="'cafés' is not among the 33 words and has no n-grams"):
        model["cafés"]


def test_the_end_of_a_sentence_has_no_ngrams():
    model = read_fasttext(MODELS / "skipgram.bin")
    assert model.rows("</s>") == [model.words.index("</s>")]


S = Settings(dim=2, bucket=1)
M = np.ones((2, 2), np.float32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SubwordVectors(["a"], M[:1], S), "matrix: expected (1 + 1, 2) float32, got (1, 2) float32"),
        (lambda: SubwordVectors(["a"], M.astype(float), S), "2) float32, got (2, 2) float64"),
        (lambda: SubwordVectors(["a", "a"], M, replace(S, bucket=0, maxn=0)), "words: expected different"),
        (lambda: SubwordVectors(["a"], M, S, np.array([-1])), "counts: expected (1,) integers"),
        (lambda: SubwordVectors(["a"], M, S, np.array([1.0])), "counts: expected (1,) integers"),
        (lambda: SubwordVectors(["a"], M, S, output=M), "output: expected (1, 2) float32, got (2, 2)"),
        (lambda: SubwordVectors(["a"], M, replace(S, maxn=-1)), "settings: expected dim of"),
        (lambda: write_fasttext("x", SubwordVectors(["\0"], M, S)), "words: the format cannot hold '\\x00'"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_a_model_that_is_not_finite_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="matrix: expected finite numbers, got others"):
        write_fasttext(tmp_path / "model.bin", SubwordVectors(["a"], M * np.inf, S))
    assert list(tmp_path.iterdir()) == []
    assert repr(SubwordVectors(["a"], M, S)) == "SubwordVectors(1 words, 1 buckets, 2 dimensions)"
