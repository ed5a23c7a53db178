"""Vectors in the binary format of word2vec: a line with the sizes, then each word, a space, and its numbers.

The numbers are in single precision, the first byte of least weight. The original tool ends each row with a
line feed and gensim does not; both are read, and gensim's is written.
"""

import mmap

import numpy as np

from companion.vectors._files import (
    Duplicates,
    StrPath,
    Unique,
    atomic,
    decoded,
    encoded,
    enough_bytes,
    header_sizes,
    known_options,
    shown,
    single,
)
from companion.vectors.table import Vectors

LONGEST_WORD = 1 << 16


def read_word2vec_binary(
    path: StrPath,
    *,
    errors: str = "strict",
    duplicates: Duplicates = "refuse",
    limit: int | None = None,
) -> Vectors:
    r"""Read the binary format of word2vec.

    Parameters
    ----------
    path, errors, duplicates, limit
        As of :func:`read_word2vec_text`.

    Returns
    -------
    Vectors
        In single precision. They are copied: between the rows stand the words, so the file cannot be mapped.

    Raises
    ------
    ValueError
        If the file is not what its first line promises; the message names the byte, the first being 0.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "two.bin")
    ...     write_word2vec_binary(path, Vectors(["no", "yes"], np.eye(2)))
    ...     path.read_bytes()
    b'2 2\nno \x00\x00\x80?\x00\x00\x00\x00yes \x00\x00\x00\x00\x00\x00\x80?'
    """
    known_options(errors, limit)
    words = Unique(path, "byte", duplicates)
    with open(path, "rb") as file:
        header = file.readline(100)
        count, dimensions = header_sizes(path, header)
        size = file.seek(0, 2)
        enough_bytes(path, count, dimensions, count * (4 * dimensions + 2), size - len(header))
        wanted = count if limit is None else min(count, limit)
        matrix = np.empty((wanted, dimensions), dtype="<f4")  # (V, D)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            end = _fill(path, data, len(header), matrix, words, errors)
            rest = data[end : end + 60]
    if limit is None and rest not in (b"", b"\n"):
        raise ValueError(f"{path}: byte {end}: expected the end of the file, got {shown(rest)}")
    return Vectors(list(words.places), matrix[: len(words)].astype(np.float32, copy=len(words) < wanted))


def _fill(path: StrPath, data: mmap.mmap, at: int, matrix: np.ndarray, words: Unique, errors: str) -> int:
    """Read the rows that begin at this byte into the matrix, and give the byte where they end."""
    count, dimensions = matrix.shape
    starts = []  # the byte at which the numbers of each kept word begin
    for number in range(count):
        while data[at : at + 1] == b"\n":
            at += 1
        space = data.find(b" ", at, at + LONGEST_WORD)
        start, end = space + 1, space + 1 + 4 * dimensions
        if space < 0 or end > len(data):
            what = "a word and a space" if space < 0 else f"{4 * dimensions:,} bytes of numbers"
            raise ValueError(
                f"{path}: byte {at}: expected {what}, got {len(data) - max(start, at):,} bytes to the end; "
                f"{number:,} of {count:,} words were read"
            )
        if space == at:
            raise ValueError(f"{path}: byte {at}: expected a word, got nothing")
        word = decoded(path, f"byte {at}", data[at:space], errors)
        if words.new(word, at):
            matrix[len(words) - 1] = np.frombuffer(data[start:end], dtype="<f4")
            starts.append(start)
        at = end
    kept = matrix[: len(words)]
    if not np.isfinite(kept).all():
        row, column = np.argwhere(~np.isfinite(kept))[0]
        where = f"byte {starts[row] + 4 * column}: number {column + 1} of {list(words.places)[row]!r}"
        raise ValueError(f"{path}: {where}: expected a finite number, got {kept[row, column]}")
    return at


def write_word2vec_binary(path: StrPath, vectors: Vectors) -> None:
    """Write the binary format of word2vec, whole or not at all.

    Raises
    ------
    ValueError
        If a word is empty or holds a space or a line feed, or a number is not finite in single precision.
    """
    for word in vectors.words:
        raw = encoded(word)
        if not raw or b" " in raw or b"\n" in raw or len(raw) >= LONGEST_WORD:
            raise ValueError(f"words: the format cannot hold {word!r}")
    table = single(vectors.matrix, vectors.words)
    with atomic(path) as file:
        file.write(b"%d %d\n" % table.shape)
        for word, row in zip(vectors.words, table, strict=True):
            file.write(encoded(word) + b" " + row.tobytes())
