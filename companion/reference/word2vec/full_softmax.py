"""The output layer that names every word: softmax over the vocabulary, dear because V is large.

Parameters: ``{"output": (V, D)}``. What it is given is a hidden vector a row, h: skip-gram's is a row of the
input table, CBOW's a mean of rows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.losses import Cache as LossCache
from companion.reference.losses import cross_entropy, cross_entropy_backward, softmax

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What the backward pass needs."""

    h: np.ndarray
    output: np.ndarray
    loss: LossCache


def probabilities(params: Params, h: ArrayLike) -> np.ndarray:
    r"""Give each word its probability, :math:`\mathrm{softmax}(U h)_o` ({eq}`eq-skipgram-softmax`).

    Parameters
    ----------
    params
        ``{"output": U}``, (V, D).
    h
        (..., D)

    Returns
    -------
    ndarray
        (..., V), each row of sum 1.

    Raises
    ------
    TypeError, ValueError
        If types or shapes do not fit.

    Examples
    --------
    >>> probabilities({"output": np.zeros((4, 2))}, [1.0, 2.0])
    array([0.25, 0.25, 0.25, 0.25])
    """
    output, h = _checked(params, h)
    return softmax(h @ output.T)  # (..., V)  {eq}`eq-skipgram-softmax`


def forward(
    params: Params, h: ArrayLike, targets: ArrayLike, reduction: str = "mean"
) -> tuple[np.floating, Cache]:
    r"""Score each hidden vector against the right word: :math:`-\log p(o \mid h)` ({eq}`eq-skipgram-loss`).

    Parameters
    ----------
    params
        ``{"output": (V, D)}``
    h
        (N, D)
    targets
        The right words, (N,).
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
    TypeError, ValueError
        If types, shapes or ids do not fit.
    """
    output, h = _checked(params, h)
    expect_shape("h", h.shape, ("N", "D"))
    logits = h @ output.T  # (N, V)
    loss, cache = cross_entropy(logits, targets, reduction)  # {eq}`eq-skipgram-loss`
    return loss, Cache(h, output, cache)


def backward(cache: Cache, dloss: float = 1.0) -> tuple[np.ndarray, None, Params]:
    """Push the right word's row towards h, and every row away by its probability ({eq}`eq-skipgram-grad`).

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
    dtargets : None
        Words are names: there is nothing to differentiate by.
    dparams : dict
        ``{"output": (V, D)}``
    """
    dlogits = cross_entropy_backward(cache.loss, dloss)  # (N, V), p - y
    dh = dlogits @ cache.output  # (N, D)  {eq}`eq-skipgram-grad`
    return dh, None, {"output": dlogits.T @ cache.h}  # (V, D)  {eq}`eq-skipgram-grad`


def _checked(params: Params, h: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    expect_keys("params", params, ("output",))
    output, h = floats("output", params["output"]), floats("h", h)
    expect_shape("output", output.shape, ("V", "D"))
    expect_shape("h", h.shape, ("...", output.shape[1]))
    return output, h
