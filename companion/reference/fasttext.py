"""fastText: skip-gram for vectors made of pieces, so that a word never seen has a vector too.

Parameters: ``{"input": (V + B, D), "output": (V, D)}``. The input table has a row for each of V words and one
for each of B buckets that n-grams are hashed into; a word's vector is the mean of its own row and of those of
its n-grams. The context words are scored by the rows of ``output``, as in word2vec.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._validate import expect_keys, expect_range, expect_shape, floats, indices
from companion.reference.subwords import Subwords
from companion.reference.word2vec import negative_sampling
from companion.reference.word2vec.scatter import add_rows

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What the backward pass needs."""

    mean: tuple[np.ndarray, np.ndarray, int]
    layer: negative_sampling.Cache


def init(pieces: Subwords, dim: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Params:
    """Draw the input rows uniformly within +-1/D, as fastText does; the output rows are zero.

    Parameters
    ----------
    pieces
        Of the V words.
    dim
        D, at least 1.
    rng
        The generator of the input table.
    dtype
        Precision of the tables.

    Returns
    -------
    dict
        ``{"input": (V + B, D), "output": (V, D)}``

    Examples
    --------
    >>> pieces = Subwords(np.array([0, 2, 3, 3, 1]), np.array([0, 4, 5]), 12)
    >>> params = init(pieces, 4, np.random.default_rng(0))
    >>> {name: table.shape for name, table in params.items()}
    {'input': (12, 4), 'output': (2, 4)}
    """
    if dim < 1 or pieces.size < 1:
        raise ValueError(f"expected tables of at least (1, 1), got ({pieces.size}, {dim})")
    table = rng.uniform(-1 / dim, 1 / dim, (pieces.size, dim)).astype(dtype)  # (V + B, D)
    return {"input": table, "output": np.zeros((len(pieces.offsets) - 1, dim), dtype)}


def word_vectors(params: Params, pieces: Subwords, ids: ArrayLike) -> tuple[np.ndarray, tuple]:
    r"""Average each word's rows ({eq}`eq-fasttext-vector`).

    .. math:: v_w = \frac{1}{|P_w|} \sum_{p \in P_w} z_p

    with :math:`P_w` the rows of word w and :math:`z_p` row p of the table.

    Parameters
    ----------
    params
        With ``{"input": (V + B, D)}`` in it.
    pieces
        Of the V words.
    ids
        (N,)

    Returns
    -------
    vectors : ndarray
        (N, D)
    cache
        What :func:`word_vectors_backward` needs.

    Raises
    ------
    TypeError, ValueError
        If types, shapes or ids do not fit.

    Examples
    --------
    >>> params = {"input": np.array([[1.0], [2.0], [30.0], [40.0]])}
    >>> pieces = Subwords(np.array([0, 2, 3, 3, 1]), np.array([0, 4, 5]), 4)  # word 0 has an n-gram twice
    >>> word_vectors(params, pieces, [0, 1])[0]
    array([[27.75],
           [ 2.  ]])
    """
    table, ids = floats("input", params["input"]), indices("ids", ids)
    expect_shape("input", table.shape, (pieces.size, "D"))
    expect_shape("ids", ids.shape, ("N",))
    expect_range("ids", ids, len(pieces.offsets) - 1)
    rows, lengths = _rows_of(pieces, ids)  # (R,), (N,)
    starts = (np.cumsum(lengths) - lengths).astype(np.intp, copy=False)  # (N,), as wide as an index is here
    sums = np.add.reduceat(table[rows], starts, axis=0) if len(ids) else table[:0]  # (N, D)
    vectors = sums / lengths[:, None].astype(table.dtype)  # {eq}`eq-fasttext-vector`
    return vectors, (rows, lengths, pieces.size)


def word_vectors_backward(cache: tuple, dy: np.ndarray) -> tuple[None, Params]:
    r"""Give each of a word's rows its share of the mean's gradient ({eq}`eq-fasttext-grad`).

    .. math:: \frac{\partial L}{\partial z_p}
       = \sum_{w : p \in P_w} \frac{1}{|P_w|} \frac{\partial L}{\partial v_w}

    A row that several words share collects from all of them.

    Parameters
    ----------
    cache
        From :func:`word_vectors`.
    dy
        Gradient with respect to the vectors, (N, D).

    Returns
    -------
    dids : None
        Words are names: there is nothing to differentiate by.
    dparams : dict
        ``{"input": (V + B, D)}``
    """
    rows, lengths, size = cache
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, (len(lengths), "D"))
    dtable = np.zeros((size, dy.shape[1]), dy.dtype)  # (V + B, D)
    shares = dy / lengths[:, None].astype(dy.dtype)  # (N, D)
    add_rows(dtable, rows, np.repeat(shares, lengths, axis=0))  # {eq}`eq-fasttext-grad`
    return None, {"input": dtable}


def forward(
    params: Params,
    centres: ArrayLike,
    contexts: ArrayLike,
    negatives: ArrayLike,
    pieces: Subwords,
    mask: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[np.floating, Cache]:
    """Score pairs by skip-gram with negative sampling ({eq}`eq-sgns-loss`) on the means.

    Parameters
    ----------
    params
        As :func:`init` makes them.
    centres, contexts
        The pairs, (N,) ids of words each.
    negatives
        Wrong words for each pair, (N, K).
    pieces
        Of the V words.
    mask
        Truth values, (N, K), True where a negative counts; None counts all.
    reduction
        ``"mean"`` over the pairs, or ``"sum"``.

    Returns
    -------
    loss : floating
        One number, in nats.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError, ValueError
        If types, shapes or ids do not fit.

    References
    ----------
    P. Bojanowski, E. Grave, A. Joulin and T. Mikolov, *Enriching Word Vectors with Subword Information*, TACL
    5, 2017.
    """
    expect_keys("params", params, ("input", "output"))
    h, mean = word_vectors(params, pieces, centres)  # (N, D)
    output = {"output": params["output"]}
    loss, layer = negative_sampling.forward(output, h, contexts, negatives, mask, reduction)
    return loss, Cache(mean, layer)


def backward(cache: Cache, dloss: float = 1.0) -> tuple[None, None, None, Params]:
    """Pass the gradient to every row of every centre ({eq}`eq-fasttext-grad`), and to the output rows.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dloss
        Gradient with respect to the loss.

    Returns
    -------
    dcentres, dcontexts, dnegatives : None
        Words are names: there is nothing to differentiate by.
    dparams : dict
        ``{"input": (V + B, D), "output": (V, D)}``
    """
    dh, _, _, doutput = negative_sampling.backward(cache.layer, dloss)
    _, dinput = word_vectors_backward(cache.mean, dh)
    return None, None, None, {**dinput, **doutput}


def _rows_of(pieces: Subwords, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the rows of all these words, one word behind the other, (R,), and how many each has, (N,)."""
    lengths = pieces.offsets[ids + 1] - pieces.offsets[ids]  # (N,)
    shift = pieces.offsets[ids] - (np.cumsum(lengths) - lengths)  # (N,) from the result back to all rows
    return pieces.rows[np.repeat(shift, lengths) + np.arange(lengths.sum())], lengths
