"""CBOW, the continuous bag of words: from the mean of the words around it, predict a word.

Parameters: ``{"input": (V, D), "output": (V, D)}``, as for :mod:`companion.reference.word2vec.skipgram`,
whose ``init`` serves both. The hidden vector is the mean of the context words' rows of ``input``; the word in
the middle is scored by the rows of ``output``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_keys, expect_range, expect_shape, floats, indices, truths
from companion.reference.word2vec import full_softmax, negative_sampling
from companion.reference.word2vec.scatter import add_rows
from companion.reference.word2vec.skipgram import init, layer_backward

__all__ = ["Cache", "backward", "forward", "init", "mean_backward", "mean_of_rows"]

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What the backward pass needs."""

    contexts: np.ndarray  # (N, C)
    context_mask: np.ndarray | None  # (N, C)
    shape: tuple[int, ...]  # of the input table
    layer: full_softmax.Cache | negative_sampling.Cache


def forward(
    params: Params,
    contexts: ArrayLike,
    targets: ArrayLike,
    negatives: ArrayLike | None = None,
    context_mask: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[np.floating, Cache]:
    """Score each word against the mean of its context ({eq}`eq-cbow-mean`, {eq}`eq-cbow-loss`).

    Parameters
    ----------
    params
        ``{"input": (V, D), "output": (V, D)}``
    contexts
        The words around, (N, C).
    targets
        The words in the middle, (N,).
    negatives
        Wrong words in its place, (N, K); None takes the softmax over all words instead.
    context_mask
        Truth values, (N, C), True where there is a context word; None for everywhere.
    mask
        Truth values, (N, K), True where a negative counts; None counts all.
    reduction
        ``"mean"`` over the examples, or ``"sum"``.

    Returns
    -------
    loss : floating
        One number, in nats.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If types do not fit.
    ValueError
        If shapes or ids do not fit, or an example has no context word.

    Examples
    --------
    >>> params = init(7, 4, np.random.default_rng(0))
    >>> loss, cache = forward(params, [[1, 3], [2, 4]], [2, 3])
    >>> print(f"{loss:.4f}")  # log 7
    1.9459
    """
    expect_keys("params", params, ("input", "output"))
    contexts = indices("contexts", contexts)
    kept = None if context_mask is None else truths("context_mask", context_mask)
    h = mean_of_rows(params["input"], contexts, kept)  # (N, D)
    output = {"output": params["output"]}
    loss: np.floating
    layer: full_softmax.Cache | negative_sampling.Cache
    if negatives is None:
        if mask is not None:
            raise ValueError("mask: expected None, for there are no negatives")
        loss, layer = full_softmax.forward(output, h, targets, reduction)  # {eq}`eq-cbow-loss`
    else:
        loss, layer = negative_sampling.forward(output, h, targets, negatives, mask, reduction)
    return loss, Cache(contexts, kept, params["input"].shape, layer)


def backward(cache: Cache, dloss: float = 1.0) -> tuple:
    """Give every context word its share, 1/C, of the mean's gradient ({eq}`eq-cbow-grad`).

    word2vec.c, and gensim after it, add the whole gradient to each of the C rows, which is C times the
    derivative of the mean; their learning rate for CBOW is not comparable with ours.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dloss
        Gradient with respect to the loss.

    Returns
    -------
    dcontexts, dtargets, dnegatives : None
        Words are names: there is nothing to differentiate by. The last only if there were negatives.
    dparams : dict
        ``{"input": (V, D), "output": (V, D)}``

    References
    ----------
    O. İrsoy, A. Benton and K. Stratos, *Corrected CBOW Performs as well as Skip-gram*, Workshop on Insights
    from Negative Results in NLP, 2021.
    """
    dh, *dwords, doutput = layer_backward(cache.layer, dloss)
    dinput = np.zeros(cache.shape, dh.dtype)  # (V, D)
    add_rows(dinput, cache.contexts, mean_backward(cache.contexts, cache.context_mask, dh))
    return (None, *dwords, {"input": dinput, **doutput})


def mean_of_rows(table: np.ndarray, ids: ArrayLike, mask: np.ndarray | None = None) -> np.ndarray:
    """Average the rows of the words that are there ({eq}`eq-cbow-mean`).

    Parameters
    ----------
    table
        (V, D)
    ids
        (N, C)
    mask
        (N, C) truth values; None for all True.

    Returns
    -------
    ndarray
        (N, D)

    Raises
    ------
    TypeError, ValueError
        If something does not fit, or a row of the mask is False everywhere.

    Examples
    --------
    >>> table = np.array([[0.0, 0.0], [2.0, 4.0], [4.0, 0.0]])
    >>> mean_of_rows(table, [[1, 2], [2, 0]], np.array([[True, True], [True, False]]))
    array([[3., 2.],
           [4., 0.]])
    """
    table, ids = floats("input", table), indices("contexts", ids)
    expect_shape("input", table.shape, ("V", "D"))
    expect_shape("contexts", ids.shape, ("N", "C"))
    expect_range("contexts", ids, len(table))
    shares = _shares(ids, mask, table.dtype)  # (N, C)
    return (shares[:, None, :] @ table[ids])[:, 0, :]  # (N, D)  {eq}`eq-cbow-mean`


def mean_backward(ids: np.ndarray, mask: np.ndarray | None, dh: np.ndarray) -> np.ndarray:
    """Give the gradient of each row that was averaged, (N, C, D); zero where the mask is False."""
    return _shares(ids, mask, dh.dtype)[:, :, None] * dh[:, None, :]  # {eq}`eq-cbow-grad`


def _shares(ids: np.ndarray, mask: np.ndarray | None, dtype: np.dtype) -> np.ndarray:
    """Give each context word its weight in the mean: 1/C, or 0 where there is none, (N, C)."""
    kept = np.ones(ids.shape, dtype=bool) if mask is None else mask
    expect_shape("context_mask", kept.shape, ids.shape)
    counts = kept.sum(axis=1, keepdims=True)  # (N, 1)
    if not counts.all():
        place = int(np.flatnonzero(counts[:, 0] == 0)[0])
        raise ValueError(f"context_mask: expected a context word for every example, got none at {place}")
    return kept.astype(dtype) / counts.astype(dtype)
