"""The words that a test of a table asks about and that may answer: the first ones, by folded spelling."""

from collections.abc import Sequence

import numpy as np

from companion.vectors import search
from companion.vectors.table import BLOCK, Vectors


class Asked:
    """The first `restrict` words of a table, found by their spelling in capitals if case is folded.

    Raises
    ------
    ValueError
        If `restrict` is below 1.
    """

    def __init__(self, vectors: Vectors, restrict: int | None, fold_case: bool) -> None:
        if restrict is not None and restrict < 1:
            raise ValueError(f"restrict: expected None or at least 1, got {restrict}")
        count = len(vectors) if restrict is None else min(restrict, len(vectors))
        whole = count == len(vectors)
        self.table = vectors if whole else Vectors(vectors.words[:count], vectors.matrix[:count])
        self._fold_case = fold_case
        self._spelt: dict[str, list[int]] = {}  # every row of a spelling, the first one first
        for row, word in enumerate(self.table.words):
            self._spelt.setdefault(self._form(word), []).append(row)

    def _form(self, word: str) -> str:
        return word.upper() if self._fold_case else word

    def find(self, *words: str) -> tuple[int, ...] | None:
        """Give the rows of these words; None if one is not here, or is zero and has no direction."""
        spelt = [self._spelt.get(self._form(word)) for word in words]
        rows = tuple(same[0] for same in spelt if same)
        found = len(rows) == len(words) and self.table.matrix[list(rows)].any(axis=1).all()
        return rows if found else None

    def solved(self, questions: Sequence[tuple[int, ...]], method: search.Method) -> list[bool]:
        """Tell of each question, rows (a, b, c, d), whether d is what a is to b as c is to."""
        unit = self.table.normalised  # (V, D)
        zero_rows = np.flatnonzero(~unit.any(axis=1))
        right: list[bool] = []
        step = max(1, BLOCK // max(1, len(self.table)))
        for start in range(0, len(questions), step):
            block = questions[start : start + step]
            given = np.array([question[:3] for question in block])  # (Q, 3)
            vectors = search.unit_rows(self.table.matrix[given])  # (Q, 3, D)
            answers = search.answer(
                self.table.matrix, unit, zero_rows, self._left_out(block), vectors[:, 1:], vectors[:, :1], 1,
                method,
            )  # fmt: skip
            right += [
                bool(best) and best[0][0] in self._same(question[3])
                for question, best in zip(block, answers, strict=True)
            ]
        return right

    def _same(self, row: int) -> list[int]:
        """Give the rows that are spelt as this one."""
        return self._spelt[self._form(self.table.words[row])]

    def _left_out(self, block: Sequence[tuple[int, ...]]) -> np.ndarray:
        """Give the rows that may not answer, (Q, E): of each question the words and what is spelt as they."""
        rows = [[row for given in question[:3] for row in self._same(given)] for question in block]
        width = max(map(len, rows))
        return np.array([found + found[:1] * (width - len(found)) for found in rows])
