"""The output layer that only tells the right word from K wrong ones: K + 1 dot products, whatever V is.

Parameters: ``{"output": (V, D)}``. What it is given is a hidden vector a row, h: skip-gram's is a row of the
input table, CBOW's a mean of rows, fastText's a mean over a word's pieces.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import (
    expect_keys,
    expect_range,
    expect_reduction,
    expect_shape,
    floats,
    indices,
    truths,
)
from companion.reference.activations import sigmoid
from companion.reference.word2vec.scatter import add_rows

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What the backward passes need."""

    h: np.ndarray  # (N, D)
    ids: np.ndarray  # (N, 1 + K), the target first
    rows: np.ndarray  # (N, 1 + K, D), of the output table
    scores: np.ndarray  # (N, 1 + K)
    mask: np.ndarray | None  # (N, 1 + K)
    divisor: int
    shape: tuple[int, ...]  # of the output table


def forward(
    params: Params,
    h: ArrayLike,
    targets: ArrayLike,
    negatives: ArrayLike,
    mask: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[np.floating, Cache]:
    r"""Score each hidden vector against the right word and K wrong ones ({eq}`eq-sgns-loss`).

    .. math:: -\log \sigma(u_o^\top h) - \sum_{k=1}^{K} \log \sigma(-u_{n_k}^\top h)

    Parameters
    ----------
    params
        ``{"output": U}``, (V, D), row :math:`u_w` for word w.
    h
        (N, D)
    targets
        The right words, (N,).
    negatives
        The wrong words, (N, K).
    mask
        Truth values, (N, K), True where the negative counts, such as
        :func:`companion.reference.word2vec.noise.no_collision`; None counts all.
    reduction
        ``"mean"`` over the N examples, or ``"sum"``. The K terms of an example are summed.

    Returns
    -------
    loss : floating
        One number, in nats.
    cache
        What :func:`backward` and :func:`sparse_backward` need.

    Raises
    ------
    TypeError
        If words are not integers, numbers not floating-point, or the mask not of truth values.
    ValueError
        If shapes do not fit, a word has no row, or a mean of no examples is asked for.

    References
    ----------
    T. Mikolov et al., *Distributed Representations of Words and Phrases and their Compositionality*, NIPS
    2013, equation 4.

    Examples
    --------
    >>> loss, cache = forward({"output": np.zeros((5, 2))}, np.ones((1, 2)), [3], [[0, 1, 4]])
    >>> print(f"{loss:.4f}")  # four times log 2
    2.7726
    """
    expect_keys("params", params, ("output",))
    output, h = floats("output", params["output"]), floats("h", h)
    expect_shape("output", output.shape, ("V", "D"))
    expect_shape("h", h.shape, ("N", output.shape[1]))
    ids, kept = _choices(len(h), len(output), targets, negatives, mask)  # (N, 1 + K), the right word first
    expect_reduction(reduction)
    if reduction == "mean" and len(h) == 0:
        raise ValueError("the mean of no examples: the batch is empty")
    divisor = len(h) if reduction == "mean" else 1
    rows = output[ids]  # (N, 1 + K, D)
    scores = (rows @ h[:, :, None])[:, :, 0]  # (N, 1 + K)
    wrong = np.arange(ids.shape[1]) > 0  # (1 + K,)
    costs = np.logaddexp(0, np.where(wrong, scores, -scores))  # -log sigmoid(+-score)  {eq}`eq-sgns-loss`
    total = costs.sum() if kept is None else costs[kept].sum()
    return total / h.dtype.type(divisor), Cache(h, ids, rows, scores, kept, divisor, output.shape)


def backward(cache: Cache, dloss: float = 1.0) -> tuple[np.ndarray, None, None, Params]:
    """Pull the right word's row and h together, push the wrong ones apart ({eq}`eq-sgns-grad`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dloss
        Gradient with respect to the loss.

    Returns
    -------
    dh : ndarray
        (N, D)
    dtargets, dnegatives : None
        Words are names: there is nothing to differentiate by.
    dparams : dict
        ``{"output": (V, D)}``; a word that occurs several times in the batch collects all its gradients.
    """
    dh, ids, drows = sparse_backward(cache, dloss)
    doutput = np.zeros(cache.shape, drows.dtype)  # (V, D)
    add_rows(doutput, ids, drows)
    return dh, None, None, {"output": doutput}


def sparse_backward(cache: Cache, dloss: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the same gradients row by row, without a table of V rows that are nearly all zero.

    Parameters
    ----------
    cache, dloss
        As in :func:`backward`.

    Returns
    -------
    dh : ndarray
        (N, D)
    ids : ndarray
        Which rows of the output table were used, (N, 1 + K): the target, then the negatives.
    drows : ndarray
        Their gradients, (N, 1 + K, D); a row that was used twice stands there twice.
    """
    h, ids, rows, scores, mask, divisor, _ = cache
    dscores = sigmoid(scores)  # (N, 1 + K)
    dscores[:, 0] -= 1  # {eq}`eq-sgns-grad`
    if mask is not None:
        dscores = np.where(mask, dscores, 0)
    dscores *= float(dloss) / divisor
    dh = (dscores[:, None, :] @ rows)[:, 0, :]  # (N, D)  {eq}`eq-sgns-grad`
    return dh, ids, dscores[:, :, None] * h[:, None, :]  # (N, 1 + K, D)  {eq}`eq-sgns-grad`


def _choices(
    size: int, num_words: int, targets: ArrayLike, negatives: ArrayLike, mask: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Put target and negatives side by side, and what counts of them, once they fit."""
    targets, negatives = indices("targets", targets), indices("negatives", negatives)
    expect_shape("targets", targets.shape, (size,))
    expect_shape("negatives", negatives.shape, (size, "K"))
    expect_range("targets", targets, num_words)
    expect_range("negatives", negatives, num_words)
    ids = np.concatenate([targets[:, None], negatives], axis=1)
    if mask is None:
        return ids, None
    mask = truths("mask", mask)
    expect_shape("mask", mask.shape, negatives.shape)
    return ids, np.concatenate([np.ones((size, 1), dtype=bool), mask], axis=1)
