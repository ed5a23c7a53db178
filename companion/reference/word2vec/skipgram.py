"""Skip-gram: from a word, predict each word near it (Mikolov et al., 2013).

Parameters: ``{"input": (V, D), "output": (V, D)}``, a row a word in each. The hidden vector is the centre
word's row of ``input``; the context words are scored by the rows of ``output``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._validate import expect_keys, expect_range, expect_shape, floats, indices
from companion.reference.word2vec import full_softmax, negative_sampling
from companion.reference.word2vec.scatter import add_rows

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What the backward pass needs."""

    centres: np.ndarray  # (N,)
    shape: tuple[int, ...]  # of the input table
    layer: full_softmax.Cache | negative_sampling.Cache


def init(num_words: int, dim: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Params:
    """Start as word2vec.c does: input rows uniform within +-0.5/D, output rows zero.

    Parameters
    ----------
    num_words, dim
        V and D, both at least 1.
    rng
        The generator of the input table.
    dtype
        Precision of the tables.

    Returns
    -------
    dict
        ``{"input": (V, D), "output": (V, D)}``

    Examples
    --------
    >>> {name: table.shape for name, table in init(7, 4, np.random.default_rng(0)).items()}
    {'input': (7, 4), 'output': (7, 4)}
    """
    if num_words < 1 or dim < 1:
        raise ValueError(f"expected tables of at least (1, 1), got ({num_words}, {dim})")
    bound = 0.5 / dim
    return {
        "input": rng.uniform(-bound, bound, (num_words, dim)).astype(dtype),  # (V, D)
        "output": np.zeros((num_words, dim), dtype),  # (V, D)
    }


def forward(
    params: Params,
    centres: ArrayLike,
    contexts: ArrayLike,
    negatives: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    reduction: str = "mean",
) -> tuple[np.floating, Cache]:
    """Score pairs (centre, context): by {eq}`eq-skipgram-loss`, or with negatives by {eq}`eq-sgns-loss`.

    Parameters
    ----------
    params
        ``{"input": (V, D), "output": (V, D)}``
    centres, contexts
        The pairs, (N,) ids each.
    negatives
        Wrong words for each pair, (N, K); None takes the softmax over all words instead.
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

    Examples
    --------
    >>> params = init(7, 4, np.random.default_rng(0))
    >>> loss, cache = forward(params, [1, 1, 2], [2, 3, 1])
    >>> print(f"{loss:.4f}")  # log 7: all words are equally likely as long as the output rows are zero
    1.9459
    """
    expect_keys("params", params, ("input", "output"))
    table, centres = floats("input", params["input"]), indices("centres", centres)
    expect_shape("input", table.shape, ("V", "D"))
    expect_shape("centres", centres.shape, ("N",))
    expect_range("centres", centres, len(table))
    h = table[centres]  # (N, D)
    output = {"output": params["output"]}
    loss: np.floating
    layer: full_softmax.Cache | negative_sampling.Cache
    if negatives is None:
        if mask is not None:
            raise ValueError("mask: expected None, for there are no negatives")
        loss, layer = full_softmax.forward(output, h, contexts, reduction)
    else:
        loss, layer = negative_sampling.forward(output, h, contexts, negatives, mask, reduction)
    return loss, Cache(centres, table.shape, layer)


def backward(cache: Cache, dloss: float = 1.0) -> tuple:
    """Pass the gradient to both tables ({eq}`eq-skipgram-grad`, {eq}`eq-sgns-grad`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dloss
        Gradient with respect to the loss.

    Returns
    -------
    dcentres, dcontexts, dnegatives : None
        Words are names: there is nothing to differentiate by. The last only if there were negatives.
    dparams : dict
        ``{"input": (V, D), "output": (V, D)}``; a centre with several pairs collects all their gradients.
    """
    dh, *dwords, doutput = layer_backward(cache.layer, dloss)
    dinput = np.zeros(cache.shape, dh.dtype)  # (V, D)
    add_rows(dinput, cache.centres, dh)  # {eq}`eq-skipgram-grad`
    return (None, *dwords, {"input": dinput, **doutput})


def layer_backward(layer: full_softmax.Cache | negative_sampling.Cache, dloss: float) -> tuple:
    """Go back through whichever output layer it was."""
    if isinstance(layer, negative_sampling.Cache):
        return negative_sampling.backward(layer, dloss)
    return full_softmax.backward(layer, dloss)
