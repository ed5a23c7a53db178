"""What skip-gram with negative sampling converges to: pointwise mutual information, shifted by log k."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.activations import sigmoid

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What the backward pass needs."""

    tables: tuple[np.ndarray, np.ndarray]
    scores: np.ndarray
    right: np.ndarray
    wrong: np.ndarray


def optimum(pair_counts: ArrayLike, negatives: float, noise: ArrayLike | None = None) -> np.ndarray:
    r"""Give the scores at which the expected loss of all pairs is least ({eq}`eq-sgns-pmi`).

    .. math:: u_c^\top v_w = \log \frac{\#(w, c)}{\#(w)\, k\, q(c)}
        = \mathrm{PMI}(w, c) - \log k

    the second where the noise q is the contexts' own distribution. A pair that never occurs wants minus
    infinity.

    Parameters
    ----------
    pair_counts
        How often word c (column) stands in the context of word w (row), (V, V); no row or column is empty.
    negatives
        k, above 0.
    noise
        q, (V,); None for the contexts' own distribution, the columns' share of all pairs.

    Returns
    -------
    ndarray
        (V, V)

    Raises
    ------
    ValueError
        If shapes do not fit, a count is negative or a row or a column empty, or k is not above 0.

    References
    ----------
    O. Levy and Y. Goldberg, *Neural Word Embedding as Implicit Matrix Factorization*, NIPS 2014.

    Examples
    --------
    >>> np.exp(optimum(np.array([[3.0, 1.0], [1.0, 3.0]]), negatives=2)).round(2)  # odds
    array([[0.75, 0.25],
           [0.25, 0.75]])
    """
    right, wrong = _expected_counts(pair_counts, negatives, noise)  # (V, V) each
    with np.errstate(divide="ignore"):
        return np.log(right) - np.log(wrong)  # {eq}`eq-sgns-pmi`


def forward(
    params: Params, pair_counts: ArrayLike, negatives: float, noise: ArrayLike | None = None
) -> tuple[np.floating, Cache]:
    """Add up the loss of all pairs with the negatives that are expected, in place of negatives drawn.

    Parameters
    ----------
    params
        ``{"input": (V, D), "output": (V, D)}``
    pair_counts, negatives, noise
        As in :func:`optimum`.

    Returns
    -------
    loss : floating
        Nats for each pair that occurs.
    cache
        What :func:`backward` needs.
    """
    expect_keys("params", params, ("input", "output"))
    tables = floats("input", params["input"]), floats("output", params["output"])
    right, wrong = _expected_counts(pair_counts, negatives, noise)  # (V, V) each
    for name, table in zip(("input", "output"), tables, strict=True):
        expect_shape(name, table.shape, (len(right), tables[0].shape[-1]))
    scores = tables[0] @ tables[1].T  # (V, V)
    right, wrong = right / right.sum(), wrong / right.sum()
    loss = np.sum(right * np.logaddexp(0, -scores) + wrong * np.logaddexp(0, scores))
    return loss, Cache(tables, scores, right, wrong)


def backward(cache: Cache, dloss: float = 1.0) -> Params:
    """Give the gradient of both tables; it is zero where every score has its optimum.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dloss
        Gradient with respect to the loss.

    Returns
    -------
    dict
        ``{"input": (V, D), "output": (V, D)}``
    """
    p = sigmoid(cache.scores)
    dscores = dloss * (cache.wrong * p - cache.right * (1 - p))  # (V, V)
    return {"input": dscores @ cache.tables[1], "output": dscores.T @ cache.tables[0]}


def _expected_counts(
    pair_counts: ArrayLike, negatives: float, noise: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray]:
    """Count how often each pair comes as a right one, and how often as a wrong one on average, (V, V)."""
    right = np.asarray(pair_counts, dtype=np.float64)
    expect_shape("pair_counts", right.shape, ("V", right.shape[0] if right.ndim else "V"))
    rows, columns = right.sum(axis=1), right.sum(axis=0)  # (V,) each
    if not (right.min(initial=0) >= 0 and (rows > 0).all() and (columns > 0).all()):
        raise ValueError("pair_counts: expected counts of at least 0, and no empty row or column")
    if not negatives > 0:
        raise ValueError(f"negatives: expected a number above 0, got {negatives}")
    q = columns / columns.sum() if noise is None else floats("noise", noise)  # (V,)
    expect_shape("noise", q.shape, rows.shape)
    return right, rows[:, None] * negatives * q
