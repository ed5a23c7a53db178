r"""A gate between a word's vector and what its characters say: which of the two to trust, word by word.

Parameters: ``projection.weight`` (D, M) and ``projection.bias`` (D,), which bring the M numbers of the
characters to the D of the vector; ``gate.weight`` (D, 2D) and ``gate.bias`` (D,), or (1, 2D) and (1,).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from companion.reference import dense
from companion.reference._parts import Params, expect_parts, join, split
from companion.reference._validate import expect_shape, floats, shown
from companion.reference.activations import sigmoid, sigmoid_backward

PARTS = ("projection", "gate")


class Cache(NamedTuple):
    """What :func:`backward` needs."""

    w: np.ndarray  # (..., D)
    c: np.ndarray  # (..., D)
    g: np.ndarray  # (..., D) or (..., 1)
    projection: dense.Cache
    gate: dense.Cache


def init(
    embedding_dim: int,
    features: int,
    rng: np.random.Generator,
    single: bool = False,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters as those of two dense layers.

    Parameters
    ----------
    embedding_dim, features
        D, of the word vectors, and M, of the characters' features.
    rng
        The generator that they are drawn from, the projection's first.
    single
        True makes one gate a word, False one for each of its features.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Examples
    --------
    >>> params = init(4, 6, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items() if name.endswith("weight")}
    {'projection.weight': (4, 6), 'gate.weight': (4, 8)}
    """
    return join(
        {
            "projection": dense.init(features, embedding_dim, rng, dtype),
            "gate": dense.init(2 * embedding_dim, 1 if single else embedding_dim, rng, dtype),
        }
    )


def forward(params: Params, w: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, Cache]:
    r"""Mix a word's vector w with what its characters say, feature by feature ({eq}`eq-char-gate`).

    .. math:: c = \tanh(W_p m + b_p), \quad g = \sigma(W_g [w; c] + b_g), \quad y = g w + (1 - g) c

    Where the word is well known the gate can open towards its vector, and where it is not, towards its
    characters. With D rows in W_g every feature has a gate (M. Rei, G. Crichton and S. Pyysalo, *Attending to
    Characters in Neural Sequence Labeling Models*, COLING 2016), with one row every word (Y. Miyamoto and
    K. Cho, *Gated Word-Character Recurrent Language Model*, EMNLP 2016).

    Parameters
    ----------
    params
        ``projection.weight``, ``projection.bias``, ``gate.weight`` and ``gate.bias``.
    w
        Word vectors, (..., D).
    m
        What the characters say, (..., M).

    Returns
    -------
    y : ndarray
        (..., D)
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If w, m or a parameter is not floating-point.
    ValueError
        If a name or a shape does not fit.

    Examples
    --------
    A gate that is half open takes the mean of both; here c = tanh(0):

    >>> names = {"projection.weight": (2, 3), "projection.bias": (2,), "gate.weight": (2, 4), "gate.bias": 2}
    >>> params = {name: np.zeros(shape) for name, shape in names.items()}
    >>> forward(params, np.array([[1.0, 4.0]]), np.ones((1, 3)))[0]
    array([[0.5, 2. ]])
    """
    parts = split(params, PARTS)
    expect_parts(parts, PARTS)
    w = floats("w", w)
    a, projected = dense.forward(parts["projection"], m)  # (..., D)
    c = np.tanh(a)  # (..., D)  {eq}`eq-char-gate`
    expect_shape("w", w.shape, c.shape)
    both = np.concatenate([w, c], axis=-1)  # (..., 2D)
    openings, weighed = dense.forward(parts["gate"], both)  # (..., D) or (..., 1)
    if openings.shape[-1] not in (1, w.shape[-1]):
        raise ValueError(f"gate.bias: expected 1 or {w.shape[-1]} numbers, got {shown(openings.shape[-1:])}")
    g = sigmoid(openings)  # {eq}`eq-char-gate`
    return g * w + (1 - g) * c, Cache(w, c, g, projected, weighed)  # {eq}`eq-char-gate`


def backward(cache: Cache, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray, Params]:
    r"""Go back through the mixture and through the gate, which read both ({eq}`eq-char-gate-grad`).

    .. math::

        \mathrm{d}a_g &= \mathrm{d}y (w - c)\, g (1 - g), \qquad
        [\mathrm{d}w'; \mathrm{d}c'] = W_g^\top \mathrm{d}a_g \\
        \mathrm{d}w &= g\, \mathrm{d}y + \mathrm{d}w', \qquad
        \mathrm{d}c = (1 - g)\, \mathrm{d}y + \mathrm{d}c'

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        (..., D)

    Returns
    -------
    dw, dm : ndarray
        (..., D) and (..., M)
    dparams : dict
        By the names and shapes of the parameters.
    """
    w, c, g, projected, weighed = cache
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, w.shape)
    dg = dy * (w - c)  # (..., D)  {eq}`eq-char-gate-grad`
    if g.shape != w.shape:
        dg = dg.sum(axis=-1, keepdims=True)  # one gate a word: all its features are moved by it
    dboth, dgate = dense.backward(weighed, sigmoid_backward(g, dg))  # (..., 2D)
    dw, dc = np.split(dboth, 2, axis=-1)  # (..., D) each
    dw = dw + g * dy  # {eq}`eq-char-gate-grad`
    dc = dc + (1 - g) * dy  # {eq}`eq-char-gate-grad`
    dm, dprojection = dense.backward(projected, dc * (1 - c**2))  # (..., M)
    return dw, dm, join({"projection": dprojection, "gate": dgate})
