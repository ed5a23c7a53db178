"""Word vectors: a table with words for row names, and the question which words lie near each other.

The table may be any (V, D) floating-point array, a read-only memory map too: nothing is read before it is
needed, and nothing is written to it.
"""

import os
from collections.abc import Iterable, Sequence

import numpy as np

from companion.vectors import search, storage
from companion.vectors._rows import Rows

BLOCK = 1 << 19
"""So many scores are held at once while analogies are answered: 2 MB, which stay in a processor's cache."""


class Vectors(Rows):
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

    def index(self, word: str) -> int:
        """Give the row of a word.

        Raises
        ------
        KeyError
            If there is no such word.
        """
        return self._row(word)

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
        return float(search.cosines(self._vector("a", a)[None], self._vector("b", b))[0])

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
        rows = search.shortlist(quick, k)
        # A matrix product may sum equal rows in different orders. For a tie to be a tie, do each row alike.
        exact = search.cosines(self.matrix[rows], vector)
        order = np.argsort(-exact, kind="stable")[:k]
        return [(self.words[rows[i]], float(exact[i])) for i in order]

    def analogy(
        self,
        positive: Sequence[str | np.ndarray],
        negative: Sequence[str | np.ndarray] = (),
        k: int = 10,
        method: search.Method = "3CosAdd",
    ) -> list[tuple[str, float]]:
        r"""Give the k words that are near what is positive and far from what is negative.

        Man is to woman as king is to what? Positive are woman and king, negative is man. With every vector
        divided by its length, and :math:`P` and :math:`N` the positive and the negative ones, the score of a
        word :math:`b` is

        .. math:: \cos\Big(b, \sum_{p \in P} p - \sum_{n \in N} n\Big)
           \qquad\text{or}\qquad
           \frac{\prod_{p \in P} (1 + \cos(b, p)) / 2}{\prod_{n \in N} (1 + \cos(b, n)) / 2 + 10^{-6}}

        by 3CosAdd ({eq}`eq-analogy-add`) or by 3CosMul ({eq}`eq-analogy-mul`), in which no one large
        similarity outweighs the others.

        Parameters
        ----------
        positive, negative
            Words, which are then left out of the answer, or vectors (D,). 3CosMul needs a positive one.
        k
            How many, at least 1; fewer come when there are no more.
        method
            "3CosAdd" or "3CosMul".

        Returns
        -------
        list of (word, score)
            Equal scores stand in the order of the rows. A word whose vector is zero is no answer.

        Raises
        ------
        KeyError
            If a word has no vector.
        TypeError
            If `positive` or `negative` is one string.
        ValueError
            If k is below 1, the method unknown, nothing is given, or a vector or their sum has no direction.

        References
        ----------
        O. Levy and Y. Goldberg, *Linguistic Regularities in Sparse and Explicit Word Representations*, CoNLL
        2014.

        Examples
        --------
        >>> table = np.array([[-1, 0.1, 0], [1, 0.1, 0], [-1, 0, 1], [1, 0, 1], [0, 1, 0]])
        >>> vectors = Vectors(["man", "woman", "king", "queen", "apple"], table)
        >>> vectors.analogy(["woman", "king"], ["man"], k=1)[0][0]
        'queen'
        """
        plus, minus = self._units("positive", positive), self._units("negative", negative)  # (P, D), (N, D)
        if len(plus) == 0 and (len(minus) == 0 or method == "3CosMul"):
            raise ValueError("positive: expected at least one word, got none")
        words = [word for word in (*positive, *negative) if isinstance(word, str)]
        left_out = np.array([[self.index(word) for word in words]], dtype=np.intp)  # (1, E)
        table = (self.matrix, *self._normalise())
        found = search.answer(*table, left_out, plus[None], minus[None], k, method)[0]
        return [(self.words[row], score) for row, score in found]

    def analogies(
        self, questions: Sequence[Sequence[str]], k: int = 1, method: search.Method = "3CosAdd"
    ) -> list[list[tuple[str, float]]]:
        """Answer many questions "a is to b as c is to what?" at once.

        Each answer is the one that ``analogy([b, c], [a], k, method)`` gives, and raises what that raises.

        Parameters
        ----------
        questions
            Triples of words (a, b, c).
        k, method
            As in :meth:`analogy`.
        """
        for place, question in enumerate(questions):
            if isinstance(question, str) or len(question) != 3:
                raise ValueError(f"questions: expected three words, got {question!r} at {place}")
        rows = [[self.index(word) for word in question] for question in questions]
        unit, zero_rows = self._normalise()
        for row in np.intersect1d(rows, zero_rows):
            raise ValueError(f"questions: the vector of {self.words[row]!r} is zero and has no direction")
        answers = []
        step = max(1, BLOCK // max(1, len(self)))
        for start in range(0, len(rows), step):
            block = np.array(rows[start : start + step])  # (Q, 3): a, b, c
            units = search.unit_rows(self.matrix[block])  # (Q, 3, D)
            answers += search.answer(
                self.matrix, unit, zero_rows, block, units[:, 1:], units[:, :1], k, method
            )
        return [[(self.words[row], score) for row, score in answer] for answer in answers]

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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write words and matrix to a folder, whole or not at all, for :meth:`load` to open at once.

        The folder holds the matrix in NumPy's own format, the words as JSON and ``vectors.json``, which
        names both files with their sizes and their SHA-256. It is written last, and in one step: an
        interrupted call leaves what was there before.

        Parameters
        ----------
        path
            A folder, made if need be; vectors saved there before are replaced.

        Raises
        ------
        ValueError
            If there are files of other kinds in the folder.
        """
        storage.save(path, self.words, self.matrix)

    @classmethod
    def load(cls, path: str | os.PathLike[str], thorough: bool = False) -> "Vectors":
        """Open what :meth:`save` wrote; the matrix is mapped, and only rows that are used come into memory.

        Parameters
        ----------
        path
            The folder.
        thorough
            Read the matrix to the end and compare its SHA-256. Else the sizes of both files are compared
            and the SHA-256 of the words alone, which takes a moment.

        Raises
        ------
        FileNotFoundError
            If there is no such folder, or nothing was saved in it.
        ValueError
            If a file is damaged or of another kind.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Vectors(["a", "b"], np.eye(2)).save(folder)
        ...     Vectors.load(folder)["b"].tolist()
        [0.0, 1.0]
        """
        return cls(*storage.load(path, thorough))
