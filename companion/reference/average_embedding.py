r"""The mean of a sequence's word vectors: a whole sentence as one vector, which forgets its words' order.

Parameters: ``{"weight": E}`` of shape (V, D), as of :mod:`companion.reference.embedding`. A dense layer on
top makes it a classifier; :mod:`companion.reference.classifier` without recurrent layers is that.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference import embedding
from companion.reference._sequences import ends, without
from companion.reference._validate import expect_shape, floats, integers

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What :func:`backward` needs."""

    embedding: embedding.Cache
    counts: np.ndarray  # (N, 1): what each sum was divided by
    ended: np.ndarray | None  # (T, N): which steps lie beyond the ends


def forward(params: Params, ids: ArrayLike, lengths: ArrayLike | None = None) -> tuple[np.ndarray, Cache]:
    r"""Average the vectors of each sequence's words ({eq}`eq-average-embedding`).

    .. math:: v_n = \frac{1}{T_n} \sum_{t=1}^{T_n} E[x_{tn}]

    Parameters
    ----------
    params
        ``{"weight": (V, D)}``
    ids
        Words in ``0..V-1``, (T, N).
    lengths
        How many words of each sequence count, T_n, (N,), from 0 to T; None counts all. A sequence of none
        gives zero.

    Returns
    -------
    v : ndarray
        (N, D)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If ids or lengths are not integers.
    ValueError
        If names or shapes do not fit, or an id has no row.

    Examples
    --------
    >>> table = {"weight": np.array([[1.0, 0.0], [3.0, 4.0], [9.0, 9.0]])}
    >>> forward(table, [[0], [1], [2]], lengths=[2])[0]
    array([[2., 2.]])
    """
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("T", "N"))
    vectors, looked_up = embedding.forward(params, ids)  # (T, N, D)
    live, ended = ends(lengths, *ids.shape)
    counts = np.maximum(live, 1)[:, None].astype(vectors.dtype)  # (N, 1)
    v = without(vectors, ended).sum(axis=0) / counts  # (N, D)  {eq}`eq-average-embedding`
    return v, Cache(looked_up, counts, ended)


def backward(cache: Cache, dv: np.ndarray) -> tuple[None, Params]:
    r"""Give every word of a sequence the same share of its gradient ({eq}`eq-average-embedding-grad`).

    .. math:: \mathrm{d}E[i] = \sum_n \frac{\text{how often } i \text{ stands in } n}{T_n}\, \mathrm{d}v_n

    Parameters
    ----------
    cache
        From :func:`forward`.
    dv
        Gradient of the loss with respect to v, (N, D).

    Returns
    -------
    dids : None
        There is nothing to differentiate by.
    dparams : dict
        ``{"weight": (V, D)}``
    """
    ids, (_, D), _ = cache.embedding
    dv = floats("dv", dv)
    expect_shape("dv", dv.shape, (ids.shape[1], D))
    share = dv / cache.counts  # (N, D)  {eq}`eq-average-embedding-grad`
    shares = np.repeat(share[None], len(ids), axis=0)  # (T, N, D): the same for every word
    return embedding.backward(cache.embedding, without(shares, cache.ended))
