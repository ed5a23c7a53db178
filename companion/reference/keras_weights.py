"""Weights in Keras' layout: transposed matrices, and one bias where PyTorch has two."""

from collections.abc import Sequence

import numpy as np

from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.rnn import NAMES, Params


def simple_rnn_from_keras(weights: Sequence[np.ndarray]) -> Params:
    """Turn the weights of a ``keras.layers.SimpleRNN`` into parameters of :mod:`companion.reference.rnn`.

    Both compute the same states from the same inputs, Keras with the batch as the first axis. The gradient of
    Keras' one bias is that of either of ours.

    Parameters
    ----------
    weights
        What ``layer.get_weights()`` gives: kernel (D, H), recurrent kernel (H, H) and bias (H,); without the
        bias for a layer made with ``use_bias=False``.

    Returns
    -------
    dict
        By PyTorch's names and shapes. The bias is ``bias_ih_l0``; ``bias_hh_l0`` is zero.

    Raises
    ------
    TypeError
        If a weight is not floating-point.
    ValueError
        If there are not two or three weights, or a shape does not fit.

    Examples
    --------
    >>> params = simple_rnn_from_keras([np.ones((4, 6)), np.ones((6, 6)), np.ones(6)])
    >>> {name: array.shape for name, array in params.items()}
    {'weight_ih_l0': (6, 4), 'weight_hh_l0': (6, 6), 'bias_ih_l0': (6,), 'bias_hh_l0': (6,)}
    """
    if len(weights) not in (2, 3):
        raise ValueError(f"weights: expected kernel, recurrent kernel and bias, got {len(weights)} arrays")
    kernel, recurrent = floats("kernel", weights[0]), floats("recurrent kernel", weights[1])
    expect_shape("recurrent kernel", recurrent.shape, ("H", "H"))
    H = len(recurrent)
    expect_shape("recurrent kernel", recurrent.shape, (H, H))
    expect_shape("kernel", kernel.shape, ("D", H))
    bias = floats("bias", weights[2]) if len(weights) == 3 else np.zeros(H, kernel.dtype)
    expect_shape("bias", bias.shape, (H,))
    arrays = (kernel.T, recurrent.T, bias, np.zeros_like(bias))
    return {name: np.array(value, order="C") for name, value in zip(NAMES, arrays, strict=True)}


def simple_rnn_to_keras(params: Params) -> list[np.ndarray]:
    """Turn parameters of :mod:`companion.reference.rnn` into what ``SimpleRNN.set_weights`` takes.

    Parameters
    ----------
    params
        By PyTorch's names and shapes.

    Returns
    -------
    list
        Kernel (D, H), recurrent kernel (H, H), and the sum of the two biases, (H,).

    Examples
    --------
    >>> there = [np.arange(24.0).reshape(4, 6), np.eye(6), np.ones(6)]
    >>> back = simple_rnn_to_keras(simple_rnn_from_keras(there))
    >>> all((a == b).all() for a, b in zip(there, back))
    True
    """
    expect_keys("params", params, NAMES)
    weight_ih, weight_hh, bias_ih, bias_hh = (floats(name, params[name]) for name in NAMES)
    expect_shape("bias_hh_l0", bias_hh.shape, bias_ih.shape)  # or the sum would stretch one of them
    return [np.array(weight_ih.T, order="C"), np.array(weight_hh.T, order="C"), bias_ih + bias_hh]
