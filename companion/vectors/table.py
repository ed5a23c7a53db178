"""Word vectors: a table with words for row names, and the question which words lie near each other.

The table may be any (V, D) floating-point array, a read-only memory map too: nothing is read before it is
needed, and nothing is written to it.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

MARGIN = 1e-5
"""More than a quick similarity in :meth:`Vectors.nearest` is off; what lies within is computed anew."""


class Vectors:
    """Words and their vectors.

    Parameters
    ----------
    words
        V different words; a word's place in the list is its row.
    matrix
        (V, D), floating-point. It is not copied, and not changed.

    Raises
    ------
    TypeError
        If a word is not a string or the matrix not floating-point.
    ValueError
        If the matrix has not two axes and a row for each word, or a word occurs twice.

    Examples
    --------
    >>> vectors = Vectors(["man", "woman", "apple"], np.array([[-1.0, 0.1], [1.0, 0.1], [0.0, 2.0]]))
    >>> len(vectors), "king" in vectors, vectors["apple"]
    (3, False, array([0., 2.]))
    >>> round(vectors.similarity("man", "woman"), 3)
    -0.98
    >>> [word for word, similarity in vectors.nearest("woman", 2)]
    ['apple', 'man']
    """

    def __init__(self, words: Sequence[str], matrix: np.ndarray) -> None:
        if isinstance(words, str):
            raise TypeError("words: expected a sequence of strings, got one string")
        table = np.asarray(matrix).view()  # (V, D)
        if not np.issubdtype(table.dtype, np.floating):
            raise TypeError(f"matrix: expected floating-point numbers, got {table.dtype} {table.shape}")
        if table.ndim != 2 or len(table) != len(words):
            raise ValueError(f"matrix: expected ({len(words)}, D), a row for each word, got {table.shape}")
        table.flags.writeable = False
        self.words = tuple(words)
        self.matrix = table
        self._rows: dict[str, int] = {}
        for row, word in enumerate(self.words):
            if not isinstance(word, str):
                raise TypeError(f"words: expected strings, got {type(word).__name__} at {row}")
            if self._rows.setdefault(word, row) != row:
                raise ValueError(f"words: {word!r} at {row} was already at {self._rows[word]}")
        self._unit: tuple[np.ndarray, np.ndarray] | None = None

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    def __getitem__(self, word: str) -> np.ndarray:
        """Give the vector of a word, (D,): a read-only view of the table."""
        return self.matrix[self.index(word)]

    def __repr__(self) -> str:
        return f"Vectors({len(self):,} words, {self.matrix.shape[1]} dimensions)"

    def index(self, word: str) -> int:
        """Give the row of a word.

        Raises
        ------
        KeyError
            If there is no such word.
        """
        if word not in self._rows:
            raise KeyError(f"{word!r} is not among the {len(self):,} words")
        return self._rows[word]

    @property
    def normalised(self) -> np.ndarray:
        """The table with every row divided by its length, (V, D), read-only; a row of zeros stays.

        Computed when first asked for, and kept.

        Raises
        ------
        ValueError
            If the table holds ``nan`` or infinity.
        """
        return self._normalise()[0]

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

    def similarity(self, a: str | np.ndarray, b: str | np.ndarray) -> float:
        """Give the cosine of the angle between two vectors ({eq}`eq-cosine`), in float64.

        Parameters
        ----------
        a, b
            Words, or vectors (D,).

        Returns
        -------
        float
            In [-1, 1]: 1 for the same direction, 0 for a right angle. Lengths do not matter.

        Raises
        ------
        KeyError
            If a word has no vector.
        ValueError
            If a vector has not D finite entries, or is zero and so has no direction.
        """
        return float(_cosines(self._vector("a", a)[None], self._vector("b", b))[0])

    def nearest(
        self, query: str | np.ndarray, k: int = 10, exclude: Iterable[str] = ()
    ) -> list[tuple[str, float]]:
        """Give the k words of greatest cosine similarity, the most similar first.

        Parameters
        ----------
        query
            A word, which is then left out of the answer; or a vector (D,).
        k
            How many, at least 1; fewer come when there are no more.
        exclude
            Words to leave out, as the three words of an analogy.

        Returns
        -------
        list of (word, similarity)
            Equal similarities stand in the order of the rows. A word whose vector is zero has no direction
            and is never near.

        Raises
        ------
        KeyError
            If the query or an excluded word has no vector.
        TypeError
            If ``exclude`` is one string.
        ValueError
            If k is below 1, or a query has not D finite entries or is zero.
        """
        if k < 1:
            raise ValueError(f"k: expected at least 1, got {k}")
        if isinstance(exclude, str):
            raise TypeError(f"exclude: expected several words, as [{exclude!r}], got one string")
        vector = self._vector("query", query)
        own = [query] if isinstance(query, str) else []
        left_out = [self.index(word) for word in (*own, *exclude)]
        unit, zero_rows = self._normalise()
        quick = unit @ (vector / np.linalg.norm(vector)).astype(unit.dtype)  # (V,)
        quick[left_out] = -np.inf
        quick[zero_rows] = -np.inf
        rows = _shortlist(quick, k)
        # A matrix product may sum equal rows in different orders. For a tie to be a tie, do each row alike.
        exact = _cosines(self.matrix[rows], vector)
        order = np.argsort(-exact, kind="stable")[:k]
        return [(self.words[rows[i]], float(exact[i])) for i in order]

    def subset(self, words: Sequence[str]) -> "Vectors":
        """Give these words alone, in this order, with a table of their own.

        Raises
        ------
        KeyError
            If a word has no vector.
        ValueError
            If a word is asked for twice.
        """
        if isinstance(words, str):
            raise TypeError("words: expected a sequence of strings, got one string")
        return Vectors(words, self.matrix[[self.index(word) for word in words]])

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


def _shortlist(scores: np.ndarray, k: int) -> np.ndarray:
    """Give the rows, in order, that may be among the k of greatest score; never one of score -inf."""
    count = min(k, int(np.isfinite(scores).sum()))
    if count == 0:
        return np.empty(0, dtype=np.intp)
    least = np.partition(scores, len(scores) - count)[len(scores) - count]
    return np.flatnonzero(scores >= least - MARGIN)


def _cosines(rows: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Give the cosine of each row, (V, D), with the vector, (D,), in float64."""
    rows = rows.astype(np.float64)
    products = (rows * vector).sum(axis=1)  # (V,)
    lengths = np.sqrt((rows**2).sum(axis=1)) * np.sqrt((vector**2).sum())  # (V,)
    return np.clip(products / lengths, -1, 1)  # {eq}`eq-cosine`
