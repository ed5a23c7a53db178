"""Pointwise non-linearities, and their backward passes.

Both derivatives can be written with the output alone, so the output is the cache:
``y = relu(x)``, ``dx = relu_backward(y, dy)``.
"""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats


def relu(x: ArrayLike) -> np.ndarray:
    """Cut off below zero: ``max(x, 0)`` ({eq}`eq-relu`).

    Parameters
    ----------
    x
        Floating-point numbers of any shape.

    Returns
    -------
    ndarray
        Shape and precision of x. ``nan`` stays ``nan``.

    Examples
    --------
    >>> relu([-1.5, 0.0, 2.0])
    array([0., 0., 2.])
    """
    return np.maximum(floats("x", x), 0)  # {eq}`eq-relu`


def relu_backward(y: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Let the gradient through where the unit was on ({eq}`eq-relu-grad`).

    At x = 0 there is no derivative; the gradient is taken as 0 there, as in PyTorch.

    Parameters
    ----------
    y
        The output of :func:`relu`.
    dy
        Gradient with respect to y, of the same shape.

    Returns
    -------
    ndarray
        Gradient with respect to x.

    Examples
    --------
    >>> relu_backward(relu([-1.5, 0.0, 2.0]), np.array([10.0, 20.0, 30.0]))
    array([ 0.,  0., 30.])
    """
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, y.shape)
    return np.where(y > 0, dy, 0)  # {eq}`eq-relu-grad`


def sigmoid(x: ArrayLike) -> np.ndarray:
    """Squash to (0, 1): ``1 / (1 + exp(-x))`` ({eq}`eq-sigmoid`), without overflow.

    ``exp(-x)`` overflows for x = -1000. Multiplied above and below by ``exp(x)`` the fraction is ``exp(x) /
    (1 + exp(x))``, which does not; so the exponential taken is always that of ``-abs(x)``, at most 1.

    Parameters
    ----------
    x
        Floating-point numbers of any shape.

    Returns
    -------
    ndarray
        Shape and precision of x.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1000.0])
    array([0. , 0.5, 1. ])
    """
    x = floats("x", x)
    e = np.exp(-np.abs(x))  # in (0, 1]
    return np.where(x < 0, e, 1) / (1 + e)  # {eq}`eq-sigmoid`


def sigmoid_backward(y: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Multiply the gradient by the slope ``y (1 - y)``, at most 1/4.

    Parameters
    ----------
    y
        The output of :func:`sigmoid`.
    dy
        Gradient with respect to y, of the same shape.

    Returns
    -------
    ndarray
        Gradient with respect to x.
    """
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, y.shape)
    return dy * y * (1 - y)
