"""Damaged files of vectors: each is refused, with its line or byte, and nothing large is allocated first."""

import re
import tracemalloc

import numpy as np
import pytest
from test_vectors_files import BOTH

from companion.vectors import Vectors, read_glove, read_word2vec_binary, read_word2vec_text

GOOD = Vectors(["the", "cat", "é"], np.array([[0.25, -1.5], [3e-8, 2], [7, 8]], np.float32))


@pytest.mark.parametrize("form", ["text", "binary"])
def test_a_file_cut_at_any_byte_is_refused(tmp_path, form):
    read, write = BOTH[form]
    path = tmp_path / "vectors"
    write(path, GOOD)
    raw = path.read_bytes()
    for size in range(len(raw)):
        path.write_bytes(raw[:size])
        with pytest.raises(ValueError, match=re.escape(str(path))):
            read(path)


def test_a_glove_file_cut_within_a_line_is_refused(tmp_path):
    path = tmp_path / "vectors"
    BOTH["glove"][1](path, GOOD)
    raw = path.read_bytes()
    for size in range(len(raw)):
        path.write_bytes(raw[:size])
        if size == 0 or raw[size - 1 : size] != b"\n":
            with pytest.raises(ValueError, match="line "):
                read_glove(path)
        else:
            assert len(read_glove(path)) == raw[:size].count(b"\n")


def outcome(read, path):
    """Give the table, or the sentence that refuses the file; any other error is one."""
    try:
        return read(path).matrix
    except ValueError as refusal:
        return str(refusal)


@pytest.mark.parametrize("form", BOTH)
def test_any_changed_byte_is_refused_or_read_as_a_table(tmp_path, form):
    read, write = BOTH[form]
    path = tmp_path / "vectors"
    write(path, GOOD)
    raw = path.read_bytes()
    found = []
    for place in range(len(raw)):
        for byte in (0, 10, 32, 45, 0x7F, 0xFF):
            path.write_bytes(raw[:place] + bytes([byte]) + raw[place + 1 :])
            found.append(outcome(read, path))
    refused = [sentence for sentence in found if isinstance(sentence, str)]
    assert all(sentence.startswith(f"{path}: ") for sentence in refused)
    assert len(refused) > len(raw)
    assert all(np.isfinite(table).all() for table in found if not isinstance(table, str))


TEXT = [
    (b"", "line 1: expected the header 'words dimensions', got ''"),
    (b"the 0.1 0.2\n", "line 1: expected the header 'words dimensions', got 'the 0.1 0.2\\n'"),
    (b"2\na 1\nb 2\n", "line 1: expected the header 'words dimensions', got '2\\n'"),
    (b"-2 2\n", "line 1: expected the header 'words dimensions', got '-2 2\\n'"),
    (b"1 0\na\n", "line 1: expected the header 'words dimensions', got '1 0\\n'"),
    (b"\xef\xbb\xbf1 1\na 1\n", "line 1: expected the header 'words dimensions', got '\\ufeff1 1\\n'"),
    (b"\x1f\x8b\x08\x00", "compressed with gzip: unpack it first"),
    (b"3 2\na 1 2\nb 3 4000000\n", "the header promises 3 words, the file holds 2"),
    (b"1 2\na 1 2\nb 3 4\n", "line 3: expected the end of the file, got 'b 3 4\\n'"),
    (b"1 2\na 1 2\n\n", "line 3: expected the end of the file, got '\\n'"),
    (b"2 2\na 1 2\nb 1111\n", "line 3: expected a word and 2 numbers, got 2 columns"),
    (b"2 2\na 1 2\nb 1 2 3\n", "line 3: expected a word and 2 numbers, got 4 columns"),
    (b"2 2\na 1 2\nb c 1 2\n", "line 3: expected a word and 2 numbers, got 4 columns"),
    (b"2 2\na 1 2\n  1.0 2.0\n", "line 3: expected a word and 2 numbers, got 2 columns"),
    (b"2 2\na 1 2\nb 1 2e\n", "line 3: number 2: expected a number, got '2e'"),
    (b"2 2\na 1 2\nb 1_0 2\n", "line 3: number 1: expected a number, got '1_0'"),
    (b"2 2\na 1 2\nb 0x1 2\n", "line 3: number 1: expected a number, got '0x1'"),
    (b"2 2\na 1 2\nb 1\x00 2\n", "line 3: number 1: expected a number, got '1\\x00'"),
    (b"2 2\na 1 2\nb 1,5 2\n", "line 3: number 1: expected a number, got '1,5'"),
    (b"2 2\na 1 2\nb 1.5.5 2\n", "line 3: number 1: expected a number, got '1.5.5'"),
    (b"2 2\na 1 2\nb 1-2 2\n", "line 3: number 1: expected a number, got '1-2'"),
    (b"2 2\na 1 2\nb \xd9\xa1 2\n", "line 3: number 1: expected a number, got '١'"),
    (b"2 2\na 1 nan\nb 3 4\n", "line 2: number 2: expected a finite number, got 'nan'"),
    (b"2 2\na 1 2\nb -inf 4\n", "line 3: number 1: expected a finite number, got '-inf'"),
    (b"2 2\na 1 2\nb 1e39 4\n", "line 3: number 1: expected a finite number, got '1e39'"),
    (b"2 2\na 1 2\nb 3 40", "line 3: cut short: no line feed at the end, got 'b 3 40'"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "message"), TEXT)
def test_damaged_text(tmp_path, raw, message):
    path = tmp_path / "vectors"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=f"^{re.escape(f'{path}: {message}')}$"):
        read_word2vec_text(path)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "line 1: expected a word and its numbers, got ''"),
        (b"word\n", "line 1: expected a word and its numbers, got 'word\\n'"),
        (b"2 3\na 1 2 3\nb 4 5 6\n", "line 1: '2 3\\n' is the header of word2vec's format"),
        (b"a 1 2\nb 1 2 3\n", "line 2: expected a word and 2 numbers, got 4 columns"),
        (b"a 1 2\nb 1\n", "line 2: expected a word and 2 numbers, got 2 columns"),
        (b"a 1 2\nb c 1\n", "line 2: number 1: expected a number, got 'c'"),
        (b"a 1 2\n\nb 3 4\n", "line 2: expected a word and 2 numbers, got 0 columns"),
        (b"a 1 x 3 4\nb 1 2 3 4\n", "line 2: expected a word and 2 numbers, got 5 columns"),
    ],
)  # fmt: skip
def test_damaged_glove(tmp_path, raw, message):
    path = tmp_path / "vectors"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=re.escape(f"{path}: {message}")):
        read_glove(path)


def test_the_damaged_line_is_found_wherever_the_blocks_are_cut(tmp_path, monkeypatch):
    path = tmp_path / "vectors"
    path.write_text("a0 1 2\n" + "".join(f"a{i} 1 {'x' if i == 7 else 2}\n" for i in range(1, 10)))
    for block in (1, 2, 3, 7, 8, 9, 100):
        monkeypatch.setattr("companion.vectors._lines.BLOCK", block)
        with pytest.raises(ValueError, match="line 8: number 2: expected a number, got 'x'"):
            read_glove(path)


def floats(*numbers):
    return np.array(numbers, "<f4").tobytes()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "line 1: expected the header"),
        (b"\x1f\x8b\x08\x00", "compressed with gzip"),
        (b"1 2\na " + floats(1, 2) + b"b", "byte 14: expected the end of the file, got 'b'"),
        (b"1 2\na " + floats(1, 2) + b"\n\n", "byte 14: expected the end of the file"),
        (b"1 2\na " + floats(1, np.nan), "byte 10: number 2 of 'a': expected a finite number, got nan"),
        (b"1 2\n\na " + floats(-np.inf, 1), "byte 7: number 1 of 'a': expected a finite number, got -inf"),
        (b"1 2\n " + floats(1, 2) + b"pad", "byte 4: expected a word, got nothing"),
        (b"1 2\n" + b"a" * 20, "byte 4: expected a word and a space, got 20 bytes to the end; 0 of 1 words"),
        (b"2 2\na " + floats(1, 2) + b"abc " + floats(1, 2)[:7],
         "byte 14: expected 8 bytes of numbers, got 7 bytes to the end; 1 of 2 words"),
    ],
)  # fmt: skip
def test_damaged_binary(tmp_path, raw, message):
    path = tmp_path / "vectors"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=re.escape(f"{path}: {message}")):
        read_word2vec_binary(path)


@pytest.mark.parametrize(
    "header", [b"999999999999 300\n", b"3 999999999\n", b"999999999999999999 999999999\n"]
)
@pytest.mark.parametrize("read", [read_word2vec_text, read_word2vec_binary])
def test_an_absurd_header_allocates_nothing(tmp_path, header, read):
    path = tmp_path / "vectors"
    path.write_bytes(header + b"a 1 2 3 4\n" * 10)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"the header promises .* at least .* bytes, and 100 follow it"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("line", [b"a" * 100_000 + b" 1 2\n", b"b 0." + b"0" * 100_000 + b"1 2\n"])
def test_a_line_without_end_is_refused(tmp_path, line):
    path = tmp_path / "vectors"
    path.write_bytes(b"2 2\na 1 2\n" + line)
    with pytest.raises(ValueError, match=r"line 3: longer than 65,666 bytes at the end"):
        read_word2vec_text(path)
