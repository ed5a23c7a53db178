"""Who is near: scores of all words at once, quickly, then of the few that matter, exactly.

A matrix product in single precision scores every word, with a small error that depends on how the product is
cut into pieces. What it may have confused is scored once more, row by row alike and in double precision, so
that equal rows score equally and a tie is a tie: the earlier row comes first.
"""

from typing import Literal, get_args

import numpy as np

Method = Literal["3CosAdd", "3CosMul"]

MARGIN = 1e-5
"""More than a quick similarity is off; what lies within is computed anew."""

EPSILON = 1e-6
"""Keeps the division of 3CosMul from one by zero; gensim's value, where the paper has 0.001."""


def cosines(rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Give the cosine of each row, (V, D), with the vector, (D,), or with its own, (V, D), in float64."""
    rows = rows.astype(np.float64)
    products = (rows * vectors).sum(axis=-1)  # (V,)
    lengths = np.sqrt((rows**2).sum(axis=-1)) * np.sqrt((vectors**2).sum(axis=-1))  # (V,)
    return np.clip(products / lengths, -1, 1)  # {eq}`eq-cosine`


def shortlist(scores: np.ndarray, k: int) -> np.ndarray:
    """Give the rows, in order, that may be among the k of greatest score; never one of score -inf."""
    count = min(k, int(np.isfinite(scores).sum()))
    if count == 0:
        return np.empty(0, dtype=np.intp)
    least = np.partition(scores, len(scores) - count)[len(scores) - count]
    return np.flatnonzero(scores >= least - MARGIN)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """Divide each row, (..., D), by its length, in float64."""
    rows = rows.astype(np.float64)
    return rows / np.sqrt((rows**2).sum(axis=-1, keepdims=True))


def answer(
    matrix: np.ndarray,
    unit: np.ndarray,
    zero_rows: np.ndarray,
    left_out: np.ndarray,
    positive: np.ndarray,
    negative: np.ndarray,
    k: int,
    method: Method,
) -> list[list[tuple[int, float]]]:
    """Answer Q analogies.

    Parameters
    ----------
    matrix, unit
        The table and its normalised rows, (V, D).
    zero_rows
        Rows without a direction, which answer nothing.
    left_out
        (Q, E), the rows that may not answer this question.
    positive, negative
        Vectors of length 1, (Q, P, D) and (Q, N, D).

    Returns
    -------
    list of list of (row, score)
        The k best of each question, equal scores in the order of the rows.
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1, got {k}")
    if method not in get_args(Method):
        raise ValueError(f"method: expected '3CosAdd' or '3CosMul', got {method!r}")
    if len(unit) == 0:
        return [[] for _ in positive]
    bounds, score = (_add_bounds, _add) if method == "3CosAdd" else (_mul_bounds, _mul)
    low, high = bounds(unit, positive, negative)  # (Q, V)
    for bound in (low, high):
        bound[np.arange(len(bound))[:, None], left_out] = -np.inf
        bound[:, zero_rows] = -np.inf
    least = low.max(axis=1) if k == 1 else _kth_greatest(low, k)  # (Q,)
    question, row = np.nonzero((high >= least[:, None]) & (high > -np.inf))  # (P,)
    exact = score(matrix[row], positive[question], negative[question])  # (P,)
    answers: list[list[tuple[int, float]]] = [[] for _ in positive]
    for i in np.lexsort((row, -exact, question)):
        found = answers[question[i]]
        if len(found) < k:
            found.append((int(row[i]), float(exact[i])))
    return answers


def _kth_greatest(scores: np.ndarray, k: int) -> np.ndarray:
    """Give the k-th greatest score of each question, (Q,); the smallest of all where k is too large."""
    place = max(scores.shape[1] - k, 0)
    return np.partition(scores, place, axis=1)[:, place]


def _add_bounds(
    unit: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    direction = positive.sum(axis=1) - negative.sum(axis=1)  # (Q, D)
    if not direction.any(axis=1).all():
        raise ValueError("positive: what is positive and what is negative cancel and leave no direction")
    quick = unit_rows(direction).astype(unit.dtype) @ unit.T  # (Q, V)
    return quick, quick + unit.dtype.type(MARGIN)


def _add(rows: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Score rows, (P, D), each by its own question's vectors, (P, number of vectors, D)."""
    return cosines(rows, positive.sum(axis=1) - negative.sum(axis=1))  # {eq}`eq-analogy-add`


def _mul_bounds(
    unit: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give what each score is at least and at most, (Q, V): a small divisor magnifies errors."""
    low, high = _product_bounds(unit, positive)
    least, most = _product_bounds(unit, negative)
    low /= most + unit.dtype.type(EPSILON)
    high /= least + unit.dtype.type(EPSILON)
    return low, high


def _product_bounds(unit: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give what the product of the similarities, each shifted to [0, 1], is at least and at most, (Q, V)."""
    shape = (len(vectors), len(unit))
    low, high = np.ones(shape, unit.dtype), np.ones(shape, unit.dtype)
    for place in range(vectors.shape[1]):
        near = vectors[:, place].astype(unit.dtype) @ unit.T  # (Q, V)
        near += 1 + 2 * MARGIN
        near /= 2
        high *= near
        near -= 2 * MARGIN
        low *= np.maximum(near, 0, out=near)
    return low, high


def _mul(rows: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Score as :func:`_add` does, by products of similarities that are shifted to [0, 1]."""
    products = []
    for vectors in (positive, negative):  # (P, number of vectors, D)
        product = np.ones(len(rows))  # (P,)
        for place in range(vectors.shape[1]):
            product *= (1 + cosines(rows, vectors[:, place])) / 2  # (P,)
        products.append(product)
    return products[0] / (products[1] + EPSILON)  # {eq}`eq-analogy-mul`
