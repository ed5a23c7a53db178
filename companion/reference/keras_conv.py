"""Weights of Keras' ``Conv1D``: the same kernel, its axes the other way round."""

from collections.abc import Sequence

import numpy as np

from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.conv import Params


def conv1d_from_keras(weights: Sequence[np.ndarray]) -> Params:
    """Turn the weights of a ``keras.layers.Conv1D`` into parameters of :mod:`companion.reference.conv`.

    Parameters
    ----------
    weights
        What ``layer.get_weights()`` gives: kernel (K, D, F) and bias (F,); without the bias for a layer made
        with ``use_bias=False``.

    Returns
    -------
    dict
        ``{"weight": (F, D, K), "bias": (F,)}``

    Raises
    ------
    TypeError
        If a weight is not floating-point.
    ValueError
        If there are not one or two weights, or a shape does not fit.

    Examples
    --------
    >>> params = conv1d_from_keras([np.ones((7, 128, 32)), np.zeros(32)])
    >>> {name: array.shape for name, array in params.items()}
    {'weight': (32, 128, 7), 'bias': (32,)}
    """
    if len(weights) not in (1, 2):
        raise ValueError(f"weights: expected kernel and bias, got {len(weights)} arrays")
    kernel = floats("kernel", weights[0])
    expect_shape("kernel", kernel.shape, ("K", "D", "F"))
    F = kernel.shape[2]
    bias = floats("bias", weights[1]) if len(weights) == 2 else np.zeros(F, kernel.dtype)
    expect_shape("bias", bias.shape, (F,))
    return {"weight": np.array(kernel.transpose(2, 1, 0), order="C"), "bias": np.array(bias)}


def conv1d_to_keras(params: Params) -> list[np.ndarray]:
    """Turn parameters of :mod:`companion.reference.conv` into what ``Conv1D.set_weights`` takes.

    Parameters
    ----------
    params
        ``{"weight": (F, D, K), "bias": (F,)}``

    Returns
    -------
    list
        Kernel (K, D, F) and bias (F,).

    Examples
    --------
    >>> there = [np.arange(24.0).reshape(2, 3, 4), np.ones(4)]
    >>> all((a == b).all() for a, b in zip(there, conv1d_to_keras(conv1d_from_keras(there))))
    True
    """
    expect_keys("params", params, ("weight", "bias"))
    weight, bias = floats("weight", params["weight"]), floats("bias", params["bias"])
    expect_shape("weight", weight.shape, ("F", "D", "K"))
    expect_shape("bias", bias.shape, weight.shape[:1])
    return [np.array(weight.transpose(2, 1, 0), order="C"), np.array(bias)]
