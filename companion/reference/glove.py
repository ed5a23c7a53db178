"""GloVe: vectors whose inner products are the logarithms of how often two words occur together.

Parameters: ``{"weight": W, "bias": b, "context_weight": W~, "context_bias": b~}`` of shapes (V, D), (V,),
(V, D) and (V,): each word has a vector for the row and one for the column of the table of counts.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import embedding
from companion.reference._validate import expect_keys, expect_range, expect_shape, floats, indices
from companion.reference.adagrad import adagrad_init, adagrad_step
from companion.reference.cooccurrence import Cooccurrences

Params = dict[str, np.ndarray]
NAMES = ("weight", "bias", "context_weight", "context_bias")


class Cache(NamedTuple):
    """What the loss keeps for its backward pass."""

    params: Params
    rows: np.ndarray
    columns: np.ndarray
    weighted: np.ndarray  # f(x) times the residual, (M,)


def init(
    num_embeddings: int, embedding_dim: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Params:
    """Draw everything uniformly from +-0.5/D, as the original tool does.

    Parameters
    ----------
    num_embeddings, embedding_dim
        V and D, both at least 1.
    rng
        The generator; weight, bias, context_weight, context_bias are drawn in this order.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        ``{"weight": (V, D), "bias": (V,), "context_weight": (V, D), "context_bias": (V,)}``

    Examples
    --------
    >>> {name: array.shape for name, array in init(9, 4, np.random.default_rng(0)).items()}
    {'weight': (9, 4), 'bias': (9,), 'context_weight': (9, 4), 'context_bias': (9,)}
    """
    if num_embeddings < 1 or embedding_dim < 1:
        raise ValueError(f"expected a table of at least (1, 1), got ({num_embeddings}, {embedding_dim})")
    bound = 0.5 / embedding_dim
    shapes = [(num_embeddings, embedding_dim), (num_embeddings,)] * 2
    return {n: rng.uniform(-bound, bound, s).astype(dtype) for n, s in zip(NAMES, shapes, strict=True)}


def weight(counts: ArrayLike, x_max: float = 100.0, alpha: float = 0.75) -> np.ndarray:
    r"""Say how much each pair counts: ``min((x / x_max)^alpha, 1)`` ({eq}`eq-glove-weight`).

    Rare pairs are mostly chance and count less; none counts more than 1, or *of the* would outweigh
    everything.

    Parameters
    ----------
    counts
        How often each pair occurs, floating-point, at least 0.
    x_max
        From this count on the weight is 1; above 0. 100 suits corpora of 10^9 words, 10^6 want less.
    alpha
        The exponent, above 0.

    Returns
    -------
    ndarray
        In [0, 1], of the same shape and precision.

    Raises
    ------
    ValueError
        If a count is below 0, or ``x_max`` or ``alpha`` not above 0.

    Examples
    --------
    >>> weight([0.0, 1.0, 100.0, 1e6]).round(4)
    array([0.    , 0.0316, 1.    , 1.    ])
    """
    x = floats("counts", counts)
    if not x_max > 0 or not alpha > 0:
        raise ValueError(f"x_max, alpha: expected numbers above 0, got {x_max} and {alpha}")
    if x.size and not x.min() >= 0:
        raise ValueError(f"counts: expected numbers of at least 0, got {x.min()}")
    return np.minimum((x / x.dtype.type(x_max)) ** x.dtype.type(alpha), 1)  # {eq}`eq-glove-weight`


def forward(
    params: Params,
    rows: ArrayLike,
    columns: ArrayLike,
    counts: ArrayLike,
    x_max: float = 100.0,
    alpha: float = 0.75,
) -> tuple[np.floating, Cache]:
    r"""Sum the weighted squares over the given pairs ({eq}`eq-glove-loss`).

    .. math:: J = \sum_{ij} f(x_{ij}) \, (w_i^\top \tilde w_j + b_i + \tilde b_j - \log x_{ij})^2

    Parameters
    ----------
    params
        As :func:`init` makes them.
    rows, columns
        Ids i and j of the M pairs of a batch, (M,).
    counts
        The :math:`x_{ij}`, (M,), floating-point and above 0: pairs that never occur are no part of the loss.
    x_max, alpha
        Of :func:`weight`.

    Returns
    -------
    loss : floating
        One number, the sum over the pairs.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If ids are not integers, or counts and parameters not floating-point.
    ValueError
        If names or shapes do not fit, an id has no row or a count is not above 0.

    Examples
    --------
    >>> params = {name: np.zeros(3 if "bias" in name else (3, 2)) for name in NAMES}
    >>> loss, cache = forward(params, [0, 2], [1, 1], [100.0, 200.0])
    >>> print(f"{loss:.4f}")  # log(100)^2 + log(200)^2
    49.2798
    """
    params, i, j = _checked(params, rows, columns)
    x = floats("counts", counts).astype(params["weight"].dtype, copy=False)
    expect_shape("counts", x.shape, i.shape)
    if x.size and not x.min() > 0:
        raise ValueError(f"counts: expected numbers above 0, got {x.min()}")
    w, w_context = params["weight"][i], params["context_weight"][j]  # (M, D) each
    predicted = (w * w_context).sum(axis=1) + params["bias"][i] + params["context_bias"][j]  # (M,)
    residual = predicted - np.log(x)  # (M,)
    weighted = weight(x, x_max, alpha) * residual  # (M,)
    loss = (weighted * residual).sum()  # {eq}`eq-glove-loss`
    return loss, Cache(params, i, j, weighted)


def backward(cache: Cache, dloss: float = 1.0) -> tuple[None, None, Params]:
    r"""Collect every pair's gradient in the rows that it touched ({eq}`eq-glove-grad`).

    With :math:`g_{ij} = 2 f(x_{ij}) (w_i^\top \tilde w_j + b_i + \tilde b_j - \log x_{ij})` a pair adds
    :math:`g_{ij} \tilde w_j` to :math:`dw_i`, :math:`g_{ij} w_i` to :math:`d\tilde w_j`, and :math:`g_{ij}`
    to both biases. f is a constant: it does not depend on what is trained.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dloss
        Gradient with respect to the loss.

    Returns
    -------
    drows, dcolumns : None
        Ids have no gradient.
    dparams : dict
        Names and shapes of the parameters.
    """
    params, i, j, weighted = cache
    g = 2 * float(dloss) * weighted  # (M,)  {eq}`eq-glove-grad`
    size = len(params["bias"])
    dw = g[:, None] * params["context_weight"][j]  # (M, D)  {eq}`eq-glove-grad`
    dw_context = g[:, None] * params["weight"][i]  # (M, D)  {eq}`eq-glove-grad`
    dparams = {
        "weight": _added_up(i, dw, size),
        "bias": _added_up(i, g[:, None], size)[:, 0],
        "context_weight": _added_up(j, dw_context, size),
        "context_bias": _added_up(j, g[:, None], size)[:, 0],
    }
    return None, None, dparams


def train(
    params: Params,
    entries: Cooccurrences,
    rng: np.random.Generator | None = None,
    epochs: int = 25,
    batch_size: int = 4096,
    lr: float = 0.05,
    x_max: float = 100.0,
    alpha: float = 0.75,
    accumulator: float = 1.0,
    orders: Iterable[np.ndarray] | None = None,
) -> tuple[Params, np.ndarray]:
    """Fit by AdaGrad, the pairs in a new random order in every epoch.

    Parameters
    ----------
    params
        Where to start, from :func:`init`.
    entries
        The M pairs and their counts.
    rng
        Draws the orders; needed where none are given.
    epochs
        How often every pair is seen.
    batch_size
        Pairs a step. The gradients of a batch are summed; AdaGrad's scale makes up for their number.
    lr
        The learning rate: 0.05 in the original, for one pair at a time; some tenths for tens of thousands.
    x_max, alpha
        Of :func:`weight`.
    accumulator
        What AdaGrad's sums start from (:func:`companion.reference.adagrad.adagrad_init`); 1 in the original.
    orders
        For each epoch a permutation of the pairs, (M,): so two back ends can be given the same ones.

    Returns
    -------
    params : dict
        The trained parameters; those given are left untouched.
    losses : (epochs,) ndarray
        The mean loss a pair in each epoch, measured while training.

    Raises
    ------
    ValueError
        If there are no pairs, a number is below 1, neither ``rng`` nor ``orders`` is given, or an order is
        not a permutation.
    """
    pairs = len(entries.counts)
    state = adagrad_init(params, accumulator)
    losses = []
    for order in _orders(pairs, epochs, batch_size, rng, orders):
        total = 0.0
        for start in range(0, pairs, batch_size):
            batch = order[start : start + batch_size]
            picked = (entries.rows[batch], entries.columns[batch], entries.counts[batch])
            loss, cache = forward(params, *picked, x_max, alpha)
            _, _, grads = backward(cache)
            params, state = adagrad_step(params, grads, state, lr)
            total += float(loss)
        losses.append(total / pairs)
    return params, np.array(losses)


def _orders(
    pairs: int,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator | None,
    orders: Iterable[np.ndarray] | None,
) -> Iterable[np.ndarray]:
    """Give the order of each epoch: those given, or one drawn when it is needed; and check the numbers."""
    if min(pairs, epochs, batch_size) < 1:
        got = f"{pairs}, {epochs} and {batch_size}"
        raise ValueError(f"pairs, epochs and batch_size: expected at least 1 each, got {got}")
    if orders is None:
        if rng is None:
            raise ValueError("rng: expected a generator where no orders are given, got None")
        return (rng.permutation(pairs) for _ in range(epochs))
    given = [indices("orders", order) for order in orders]
    lengths = [order.size for order in given]
    if lengths != [pairs] * epochs:
        raise ValueError(f"orders: expected {epochs} of {pairs} pairs, got {lengths}")
    for number, order in enumerate(given):
        expect_shape(f"orders[{number}]", order.shape, (pairs,))
        expect_range(f"orders[{number}]", order, pairs)
        if len(np.unique(order)) < pairs:
            raise ValueError(f"orders[{number}]: expected every pair once, got one twice")
    return given


def vectors(params: Params) -> np.ndarray:
    """Give one vector a word, (V, D): the sum of its two, as published.

    The loss treats rows and columns alike: the two tables differ by chance alone, and some of it evens out.
    """
    return params["weight"] + params["context_weight"]


def _checked(params: Params, rows: ArrayLike, columns: ArrayLike) -> tuple[Params, np.ndarray, np.ndarray]:
    """Check the parameters and the ids of both words."""
    expect_keys("params", params, NAMES)
    params = {name: floats(name, array) for name, array in params.items()}
    expect_shape("weight", params["weight"].shape, ("V", "D"))
    shape = params["weight"].shape
    for name, expected in (("bias", shape[:1]), ("context_weight", shape), ("context_bias", shape[:1])):
        expect_shape(name, params[name].shape, expected)
    i, j = indices("rows", rows), indices("columns", columns)
    expect_shape("rows", i.shape, ("M",))
    expect_shape("columns", j.shape, i.shape)
    expect_range("rows", i, shape[0])
    expect_range("columns", j, shape[0])
    return params, i, j


def _added_up(ids: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Add each row of values, (M, D), to the row of that id, (V, D): what is looked up twice counts twice."""
    _, grads = embedding.backward((ids, (size, values.shape[1]), None), values)
    return grads["weight"]
