"""Vectors in text: a word and its numbers on each line, as word2vec, fastText and GloVe write them.

Numbers are in single precision and written with as many digits as it takes to read the very same ones. A line
ends in a line feed, the last one too: by that a file that was cut short is known.
"""

import re
from typing import BinaryIO

from companion.vectors._files import (
    Duplicates,
    StrPath,
    atomic,
    encoded,
    enough_bytes,
    header_sizes,
    not_packed,
    shown,
    single,
)
from companion.vectors._lines import BLOCK, LONGEST_WORD, Lines, numeric
from companion.vectors.table import Vectors


def read_word2vec_text(
    path: StrPath,
    *,
    errors: str = "strict",
    duplicates: Duplicates = "refuse",
    limit: int | None = None,
) -> Vectors:
    r"""Read the text format of word2vec, which is that of fastText's ``.vec`` files and of gensim.

    The first line tells how many words and dimensions follow. No word holds a space.

    Parameters
    ----------
    path
        The file.
    errors
        What to do with bytes that are not UTF-8, as of ``bytes.decode``: "strict" refuses them.
    duplicates
        What to do with a word that comes again: "refuse" the file, or keep the "first", as gensim does.
    limit
        Read only that many lines of vectors; what follows is not looked at.

    Returns
    -------
    Vectors
        In single precision.

    Raises
    ------
    ValueError
        If the file is not what its first line promises; the message names the line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "two.vec")
    ...     _ = path.write_text("2 3\nno 0.5 1 -2\nyes 1 0 1e-3\n")
    ...     read_word2vec_text(path)["no"]
    array([ 0.5,  1. , -2. ], dtype=float32)
    """
    lines = Lines(path, errors, duplicates, limit, spaces=False)
    with open(path, "rb") as file:
        header = file.readline(100)
        count, dimensions = header_sizes(path, header)
        least = count * (2 * dimensions + 2)  # a letter; a space and a digit for each number; the line feed
        enough_bytes(path, count, dimensions, least, file.seek(0, 2) - len(header))
        file.seek(len(header))
        lines.limit = wanted = count if limit is None else min(count, limit)
        found, matrix = lines.read(file, 2, dimensions)
        if found < wanted:
            raise ValueError(f"{path}: the header promises {count:,} words, the file holds {found:,}")
        if limit is None and (more := file.readline(100)):
            raise ValueError(f"{path}: line {count + 2}: expected the end of the file, got {shown(more)}")
    return Vectors(list(lines.words.places), matrix)


def read_glove(
    path: StrPath,
    *,
    dimensions: int | None = None,
    errors: str = "strict",
    duplicates: Duplicates = "refuse",
    limit: int | None = None,
) -> Vectors:
    """Read the text of GloVe: no header, and a word may hold spaces, as some of the 840B file do.

    Nothing tells how many lines there should be: a file that was cut between two lines is not known by it.

    Parameters
    ----------
    path
        The file.
    dimensions
        How many numbers a line has. Left out, as many as end the first line (not counting its word).
    errors, duplicates, limit
        As of :func:`read_word2vec_text`.

    Returns
    -------
    Vectors
        In single precision.

    Raises
    ------
    ValueError
        If a line is damaged, or not as long as the first; the message names the line. A word of several
        parts whose last is a number is refused too: it cannot be told from a line with a number too many.
    """
    if dimensions is not None and dimensions < 1:
        raise ValueError(f"dimensions: expected at least 1, got {dimensions}")
    lines = Lines(path, errors, duplicates, limit, spaces=True)
    with open(path, "rb") as file:
        columns = dimensions or _columns(path, file.readline(1 << 24))
        file.seek(0)
        _, matrix = lines.read(file, 1, columns)
    return Vectors(list(lines.words.places), matrix)


def _columns(path: StrPath, line: bytes) -> int:
    """Count the numbers that end the first line; the word before them may itself be one."""
    not_packed(path, line)
    if re.fullmatch(rb"\d+ \d+\s*", line):
        raise ValueError(
            f"{path}: line 1: {shown(line)} is the header of word2vec's format: use read_word2vec_text"
        )
    pieces = line.split()
    count = next((n for n, piece in enumerate(reversed(pieces)) if not numeric(piece)), len(pieces) - 1)
    if count < 1:
        raise ValueError(f"{path}: line 1: expected a word and its numbers, got {shown(line)}")
    return count


def write_word2vec_text(path: StrPath, vectors: Vectors) -> None:
    """Write the text format of word2vec, whole or not at all.

    Raises
    ------
    ValueError
        If a word is empty or holds a space or a line feed, or a number is not finite in single precision.
    """
    _refuse_words(vectors.words, spaces=False)
    with atomic(path) as file:
        file.write(b"%d %d\n" % vectors.matrix.shape)
        _write_lines(file, vectors)


def write_glove(path: StrPath, vectors: Vectors) -> None:
    """Write the text of GloVe, whole or not at all.

    Raises
    ------
    ValueError
        If a word could not be read back (it is empty, begins or ends with white space, holds a line feed, or
        consists of parts whose last is a number), or a number is not finite in single precision.
    """
    _refuse_words(vectors.words, spaces=True)
    with atomic(path) as file:
        _write_lines(file, vectors)


def _refuse_words(words: tuple[str, ...], spaces: bool) -> None:
    """Refuse words that would not be read back as they are."""
    for word in words:
        raw = encoded(word)
        parts = raw.split(b" ")
        if raw != raw.strip() or not raw or b"\n" in raw or len(raw) > LONGEST_WORD:
            raise ValueError(f"words: the format cannot hold {word!r}")
        if len(parts) > 1 and (not spaces or numeric(parts[-1])):
            raise ValueError(f"words: the format cannot tell {word!r} from a word and a number")


def _write_lines(file: BinaryIO, vectors: Vectors) -> None:
    table = single(vectors.matrix, vectors.words)
    for start in range(0, len(table), BLOCK):
        rows = table[start : start + BLOCK].astype("U").tolist()  # the shortest spelling of each number
        for word, row in zip(vectors.words[start : start + BLOCK], rows, strict=True):
            file.write(encoded(word) + b" " + " ".join(row).encode("ascii") + b"\n")
