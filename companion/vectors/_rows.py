"""What a table of vectors is apart from its questions: a collection of words, with checked vectors."""

from collections.abc import Iterator, Sequence

import numpy as np

from companion.vectors import search


class Rows:
    """The words, their rows, and the quick way to similarities; :class:`companion.vectors.Vectors` asks."""

    words: tuple[str, ...]
    matrix: np.ndarray  # (V, D)
    _rows: dict[str, int]
    _unit: tuple[np.ndarray, np.ndarray] | None

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    def __getitem__(self, word: str) -> np.ndarray:
        """Give the vector of a word, (D,): a read-only view of the table."""
        return self.matrix[self._row(word)]

    def __repr__(self) -> str:
        return f"Vectors({len(self):,} words, {self.matrix.shape[1]} dimensions)"

    def _row(self, word: str) -> int:
        if word not in self._rows:
            raise KeyError(f"{word!r} is not among the {len(self):,} words")
        return self._rows[word]

    def _normalise(self) -> tuple[np.ndarray, np.ndarray]:
        """Give the rows divided by their lengths, (V, D), and the numbers of the rows that are zero."""
        if self._unit is None:
            squares = np.einsum("vd,vd->v", self.matrix, self.matrix, dtype=np.float64)  # (V,)
            if not np.isfinite(squares).all():
                word = self.words[int(np.argmin(np.isfinite(squares)))]
                raise ValueError(f"matrix: expected finite numbers, got others in the row of {word!r}")
            precision = np.result_type(self.matrix, np.float32)
            lengths = np.sqrt(np.where(squares == 0, 1, squares)).astype(precision)  # (V,)
            unit = self.matrix / lengths[:, None]  # (V, D)
            unit.flags.writeable = False
            self._unit = unit, np.flatnonzero(squares == 0)
        return self._unit

    def _vector(self, name: str, query: str | np.ndarray) -> np.ndarray:
        """Turn a word or a vector into a float64 vector (D,) that has a direction."""
        vector = np.asarray(self[query] if isinstance(query, str) else query)
        if not np.issubdtype(vector.dtype, np.number):
            raise TypeError(f"{name}: expected a word or a vector, got {type(query).__name__}")
        if vector.shape != self.matrix.shape[1:]:
            raise ValueError(f"{name}: expected {self.matrix.shape[1:]}, got {vector.shape}")
        vector = vector.astype(np.float64)
        square = vector @ vector
        if not np.isfinite(square):
            raise ValueError(f"{name}: expected finite numbers, got {vector}")
        if square == 0:
            raise ValueError(f"{name}: the zero vector has no direction")
        return vector

    def _units(self, name: str, queries: Sequence[str | np.ndarray]) -> np.ndarray:
        """Turn words and vectors into vectors of length 1, (number, D)."""
        if isinstance(queries, str):
            raise TypeError(f"{name}: expected several words, as [{queries!r}], got one string")
        units = [search.unit_rows(self._vector(name, query)) for query in queries]
        return np.array(units).reshape(len(units), self.matrix.shape[1])
