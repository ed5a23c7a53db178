"""fastText's binary model, as ``fasttext ... -output model`` leaves it in ``model.bin``.

All numbers have their byte of least weight first. In this order: a magic number and the version (int32 each);
the settings (twelve int32 and a double); how many entries, words and labels there are (int32 each), how many
words were read and how many n-grams were kept in pruning, -1 for no pruning (int64 each); for each entry its
bytes up to a zero, its count (int64) and its kind (int8: 0 a word, 1 a label); the pairs of pruning (int32);
then twice, for the input and for the output, a byte that is 1 where the matrix is quantised, the rows and the
columns (int64 each) and the matrix (float32).
"""

import mmap
import struct
from dataclasses import astuple
from typing import Any

import numpy as np

from companion.vectors._files import StrPath, Unique, atomic, decoded, encoded, known_options, not_packed
from companion.vectors.fasttext import SUPERVISED, Settings, SubwordVectors

MAGIC, VERSION = 793712314, 12
SETTINGS = "<12id"
ENTRY_BYTES = 10  # a zero, a count and a kind
WORD, LABEL = 0, 1
ROWS = 1 << 14  # so many are looked through or written at once


def read_fasttext(path: StrPath, *, errors: str = "strict", check: bool = True) -> SubwordVectors:
    """Read a model of fastText or gensim's ``save_facebook_model``, supervised or not.

    The matrices are mapped: only rows that are used come into memory.

    Parameters
    ----------
    path
        The ``.bin`` file.
    errors
        What to do with bytes that are not UTF-8, as of ``bytes.decode``: "strict" refuses them,
        "surrogateescape" keeps them, and with them the n-grams, as they are; no other is allowed.
    check
        Read the input matrix to the end to see that every number is finite.

    Raises
    ------
    ValueError
        If the file is damaged (the message names the byte, the first being 0), of a version before 11, or
        quantised (``.ftz``), which is a way to classify in little memory and not to keep vectors.
    """
    if errors not in ("strict", "surrogateescape"):
        raise ValueError(f"errors: expected 'strict' or 'surrogateescape', got {errors!r}")
    known_options(errors, None)
    with open(path, "rb") as file:
        if file.seek(0, 2) == 0:
            raise ValueError(f"{path}: byte 0: expected a model of fastText, got an empty file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            cursor = _Cursor(path, data)
            settings = _settings(cursor)
            names, tokens = _dictionary(cursor, errors)
            start = cursor.at + 17  # after the byte that tells a quantised matrix, the rows and the columns
            matrix = cursor.matrix("input", len(names[WORD][0]) + settings.bucket, settings.dim)
            kind = LABEL if settings.model == SUPERVISED else WORD
            output = cursor.matrix("output", len(names[kind][0]), settings.dim)
            if cursor.at != len(data):
                cursor.refuse(f"expected the end of the file, {len(data) - cursor.at:,} bytes follow")
    if check:
        _finite(path, matrix, start)
    (words, counts), (labels, label_counts) = names
    return SubwordVectors(
        words,
        matrix,
        settings,
        np.array(counts, np.int64),
        labels,
        np.array(label_counts, np.int64),
        output,
        tokens,
    )


class _Cursor:
    """A place in a file that moves on as it is read, and never beyond the end."""

    def __init__(self, path: StrPath, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 0

    def refuse(self, what: str, at: int | None = None) -> None:
        raise ValueError(f"{self.path}: byte {self.at if at is None else at}: {what}")

    def need(self, count: int, what: str) -> None:
        if (left := len(self.data) - self.at) < count:
            self.refuse(f"expected {count:,} bytes of {what}, and the file ends after {left:,}")

    def take(self, form: str, what: str) -> tuple[Any, ...]:
        self.need(struct.calcsize(form), what)
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def text(self) -> bytes:
        end = self.data.find(b"\0", self.at)
        if end < 0:
            self.refuse("expected a word and the zero that ends it, and the file ends before")
        raw = self.data[self.at : end]
        self.at = end + 1
        return raw

    def matrix(self, what: str, rows: int, columns: int) -> np.ndarray:
        """Map a matrix of the expected shape, (rows, columns)."""
        start = self.at
        (quantised,) = self.take("<b", f"the {what} matrix")
        if quantised:
            message = f"the {what} matrix is quantised (.ftz): read the model it was made from"
            self.refuse(message if quantised == 1 else f"expected 0 or 1, got {quantised}", start)
        shape = self.take("<2q", f"the {what} matrix")
        if shape != (rows, columns):
            self.refuse(f"expected the {what} matrix to be {(rows, columns)}, got {shape}", start + 1)
        self.need(4 * rows * columns, f"the {what} matrix")
        start, self.at = self.at, self.at + 4 * rows * columns
        if rows == 0:
            return np.empty(shape, np.float32)
        return np.memmap(self.path, "<f4", "r", start, shape)


def _settings(cursor: _Cursor) -> Settings:
    """Read the magic number, the version and the settings."""
    not_packed(cursor.path, cursor.data[:2])
    magic, version = cursor.take("<2i", "a model of fastText")
    if magic != MAGIC:
        cursor.refuse(f"expected the number {MAGIC} of fastText's models since 2017, got {magic}", 0)
    if version not in (11, VERSION):
        cursor.refuse(f"expected version 11 or 12, got {version}", 4)
    values = list(cursor.take(SETTINGS, "settings"))
    if version == 11 and values[7] == SUPERVISED:
        values[10] = 0  # such models were written with a length of n-grams that they did not use
    settings = Settings(*values)
    if problem := settings.problem():
        cursor.refuse(problem, 8)
    return settings


Names = list[tuple[list[str], list[int]]]


def _dictionary(cursor: _Cursor, errors: str) -> tuple[Names, int]:
    """Read the words with their counts, the labels with theirs, and how many words were read in training."""
    start = cursor.at
    size, words, labels, tokens, pruned = cursor.take("<3i2q", "the dictionary")
    if min(words, labels, tokens) < 0 or words + labels != size or pruned < -1:
        cursor.refuse(f"expected words + labels = entries, got {words} + {labels} and {size}", start)
    cursor.need(size * ENTRY_BYTES, f"the {size:,} entries of the dictionary")
    names: Names = [([], []), ([], [])]
    seen = Unique(cursor.path, "byte", "refuse")
    for number in range(size):
        at = cursor.at
        name = decoded(cursor.path, f"byte {at}", cursor.text(), errors)
        count, kind = cursor.take("<qb", "the count and the kind of an entry")
        if count < 0 or kind != (WORD if number < words else LABEL):
            expected = "a word (0)" if number < words else "a label (1)"
            cursor.refuse(f"expected {expected} and a count of at least 0, got {kind} and {count}", at)
        seen.new(name, at)
        names[kind][0].append(name)
        names[kind][1].append(count)
    if pruned > 0:
        cursor.need(8 * pruned, f"{pruned:,} n-grams that were kept in pruning")
        cursor.at += 8 * pruned
    if pruned >= 0 and cursor.data[cursor.at : cursor.at + 1] == b"\0":
        cursor.refuse("only a quantised model can be pruned, and this one is pruned alone", start + 20)
    return names, tokens


def _finite(path: StrPath, matrix: np.ndarray, offset: int) -> None:
    """Refuse a matrix, which begins at that byte, with numbers that are not finite; look at parts of it."""
    for start in range(0, len(matrix), ROWS):
        finite = np.isfinite(matrix[start : start + ROWS])
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            at = offset + 4 * ((start + row) * matrix.shape[1] + column)
            raise ValueError(
                f"{path}: byte {at}: expected a finite number, got {matrix[start + row, column]} "
                f"in row {start + row} of the input matrix"
            )


def write_fasttext(path: StrPath, model: SubwordVectors) -> None:
    """Write fastText's binary model, version 12, whole or not at all.

    Raises
    ------
    ValueError
        If a word holds a zero byte, or a number is not finite.
    """
    entries = [
        *((word, count, WORD) for word, count in zip(model.words, model.counts, strict=True)),
        *((label, count, LABEL) for label, count in zip(model.labels, model.label_counts, strict=True)),
    ]
    for name, _, _ in entries:
        if "\0" in name:
            raise ValueError(f"words: the format cannot hold {name!r}")
    with atomic(path) as file:
        file.write(struct.pack("<2i", MAGIC, VERSION) + struct.pack(SETTINGS, *astuple(model.settings)))
        sizes = (len(entries), len(model.words), len(model.labels))
        file.write(struct.pack("<3i2q", *sizes, model.tokens, -1))
        for name, count, kind in entries:
            file.write(encoded(name) + b"\0" + struct.pack("<qb", count, kind))
        for what in ("matrix", "output"):
            table = getattr(model, what)
            file.write(struct.pack("<b2q", 0, *table.shape))
            for start in range(0, len(table), ROWS):
                rows = table[start : start + ROWS]
                if not np.isfinite(rows).all():
                    raise ValueError(f"{what}: expected finite numbers, got others")
                file.write(rows.astype("<f4").tobytes())
