"""Inverted dropout: in training, numbers are struck out at random and the rest enlarged to keep the mean.

The mask is an argument, never drawn inside: the same mask can then go to both back ends, and to a finite
difference. In evaluation there is nothing to call.
"""

import numpy as np

from companion.reference._validate import expect_broadcast, expect_dropout_rate, expect_shape, floats, truths

Cache = tuple[np.ndarray, float, tuple[int, ...]]


def sample_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> np.ndarray:
    """Draw which numbers are kept: each independently, with probability 1 - p.

    Parameters
    ----------
    shape
        Shape of the mask, usually that of x.
    p
        Probability of being struck out, in [0, 1).
    rng
        The generator that the mask is drawn from.

    Returns
    -------
    ndarray of bool
        True where the number is kept.

    Examples
    --------
    >>> sample_mask((2, 4), 0.5, np.random.default_rng(0))
    array([[ True, False, False, False],
           [ True,  True,  True,  True]])
    """
    expect_dropout_rate(p)
    return rng.random(shape) >= p


def forward(x: np.ndarray, mask: np.ndarray, p: float) -> tuple[np.ndarray, Cache]:
    """Strike out, and divide the rest by 1 - p ({eq}`eq-dropout`).

    Parameters
    ----------
    x
        Floating-point numbers of any shape.
    mask
        True where the number is kept; of the shape of x, or one that broadcasts to it.
    p
        The probability that the mask was drawn with, in [0, 1).

    Returns
    -------
    y : ndarray
        Shape and precision of x.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x is not floating-point or the mask not of truth values.
    ValueError
        If the mask does not fit x, or p is outside [0, 1).

    Examples
    --------
    >>> y, cache = forward(np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), p=0.5)
    >>> y
    array([2., 0., 6.])
    """
    x, mask = floats("x", x), truths("mask", mask)
    expect_dropout_rate(p)
    expect_broadcast("mask", mask.shape, x.shape)
    p = float(p)
    y = x * mask / (1 - p)  # {eq}`eq-dropout`
    return y, (mask, p, x.shape)


def backward(cache: Cache, dy: np.ndarray) -> np.ndarray:
    """Treat the gradient as the numbers were treated: the same mask, the same scale ({eq}`eq-dropout-grad`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient with respect to y, of the shape of x.

    Returns
    -------
    ndarray
        Gradient with respect to x.
    """
    mask, p, shape = cache
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, shape)
    return dy * mask / (1 - p)  # {eq}`eq-dropout-grad`
