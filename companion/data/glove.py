"""GloVe word vectors: learned from six thousand million words of encyclopedia and newspapers."""

import json
import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from companion.data.archives import checked, read, walk
from companion.data.cache import DataDamaged, DataUnavailable
from companion.data.fetch import fetch
from companion.data.prepared import prepared
from companion.data.registry import GLOVE_50, GLOVE_100, DataSet
from companion.vectors import Vectors

WORDS = {50: 400_000, 100: 341_479}
VECTORS = b'"vectors":{'
ROW = re.compile(rb'("(?:[^"\\]|\\.)*"):\[([^]]*)\][,}]')  # "word":[0.1,...], and } after the last


def load_glove(dimensions: int) -> Vectors:
    """Load the GloVe 6B vectors in 50 or 100 dimensions.

    Words are in lower case, the commonest first. The 50-dimensional set is the official one, 400,000 words.
    The 100-dimensional set is the official one without 58,521 of them: it has no single letter (so no ``a``
    and no ``i``), no ``'s``, ``n't`` or ``u.s.``, few numbers and almost no word with an accent. The first
    call writes the matrix to the cache (80 MB, 137 MB); from then on it is mapped from there, read-only: only
    the rows that are used come into memory.

    Parameters
    ----------
    dimensions : int
        50 or 100.

    Returns
    -------
    Vectors
        The words and the float32 matrix, one row a word.

    Raises
    ------
    ValueError
        When there are no vectors of that many dimensions.
    DataUnavailable
        When they can neither be found nor fetched; the message says how to supply them by hand. The first
        opening of the 50-dimensional set needs pyarrow.

    References
    ----------
    J. Pennington, R. Socher and C. D. Manning, *GloVe: Global Vectors for Word Representation*, EMNLP 2014.

    Examples
    --------
    >>> glove = load_glove(50)
    >>> glove
    Vectors(400,000 words, 50 dimensions)
    >>> [word for word, similarity in glove.nearest("frog", 3)]
    ['snake', 'ape', 'toad']
    """
    if dimensions not in WORDS:
        raise ValueError(f"dimensions: expected 50 or 100, got {dimensions!r}")
    data, build = (GLOVE_50, _prepare_50) if dimensions == 50 else (GLOVE_100, _prepare_100)
    return prepared(data, "rows-1", build, _open)


def _open(folder: Path) -> Vectors:
    """Open what `_write` wrote."""
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    return Vectors(words, np.load(folder / "matrix.npy", mmap_mode="r", allow_pickle=False))


def _prepare_50(folder: Path) -> None:
    """Turn the matrix, which is stored column by column, into rows, and the list of words into JSON."""
    if not find_spec("pyarrow"):
        raise DataUnavailable("data set 'glove-50' needs pyarrow the first time: run `pip install pyarrow`")
    import pyarrow
    from pyarrow import parquet

    matrix_member, words_member = GLOVE_50.members
    archive = fetch(GLOVE_50)
    columns = folder / "columns.npy"
    for name, blocks in walk(archive, GLOVE_50.unpacked):
        if name == matrix_member.path:
            with open(columns, "wb") as file:
                file.writelines(checked(blocks, matrix_member))
    index = read(archive, GLOVE_50.unpacked, [words_member])[words_member.path]
    words = parquet.read_table(pyarrow.BufferReader(index), columns=["index"])["index"].to_pylist()
    _write(GLOVE_50, folder, words, np.load(columns, allow_pickle=False))
    columns.unlink()


def _prepare_100(folder: Path) -> None:
    """Read 307 MB of JSON as a stream; a row is the vector, its length and the word's place in the list."""
    (member,) = GLOVE_100.members
    matrix = np.zeros((WORDS[100], 100), dtype=np.float32)  # (V, D)
    words = [""] * WORDS[100]
    for name, blocks in walk(fetch(GLOVE_100), GLOVE_100.unpacked):
        if name == member.path:
            for word, row in _rows(checked(blocks, member)):
                place = int(row[101])
                matrix[place] = row[:100]
                words[place] = word
    _write(GLOVE_100, folder, words, matrix)


def _rows(blocks: Iterable[bytes]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each word with its numbers, holding little more than one block of the JSON at a time."""
    buffer, inside = b"", False
    for block in blocks:
        buffer += block
        if not inside and VECTORS in buffer:  # a list of the words comes before
            inside, buffer = True, buffer[buffer.index(VECTORS) + len(VECTORS) :]
        end = 0
        while inside and (row := ROW.match(buffer, end)):
            end = row.end()
            yield json.loads(row[1]), np.fromstring(row[2], sep=",")
        buffer = buffer[end:]


def _write(data: DataSet, folder: Path, words: list[str], matrix: np.ndarray) -> None:
    """Write words and rows, once they are seen to be what they should."""
    dimensions = matrix.shape[-1]
    expected = (WORDS.get(dimensions), dimensions)
    if not (matrix.shape == expected == (len(set(words)), dimensions) and matrix.dtype == np.float32):
        raise DataDamaged(
            f"data set {data.name!r}: expected {expected} float32, got {matrix.shape} {matrix.dtype}"
        )
    if not np.isfinite(matrix).all():
        raise DataDamaged(f"data set {data.name!r}: a vector is not finite")
    np.save(folder / "matrix.npy", np.ascontiguousarray(matrix), allow_pickle=False)
    (folder / "words.json").write_text(json.dumps(words), encoding="utf-8")
