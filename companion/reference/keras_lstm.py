"""An LSTM's weights in Keras' layout: transposed matrices, columns i, f, c, o, and one bias."""

from collections.abc import Sequence

import numpy as np

from companion.reference._gates import checked
from companion.reference._validate import expect_shape, floats
from companion.reference.rnn import NAMES, Params


def lstm_from_keras(weights: Sequence[np.ndarray]) -> Params:
    """Turn the weights of a ``keras.layers.LSTM`` into parameters of :mod:`companion.reference.lstm`.

    Both have the blocks in the same order; what Keras calls c is our candidate g. The gradient of Keras' one
    bias is that of either of ours.

    Parameters
    ----------
    weights
        What ``layer.get_weights()`` gives: kernel (D, 4H), recurrent kernel (H, 4H) and bias (4H,); without
        the bias for a layer made with ``use_bias=False``.

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
    >>> params = lstm_from_keras([np.ones((4, 24)), np.ones((6, 24)), np.ones(24)])
    >>> {name: array.shape for name, array in params.items()}
    {'weight_ih_l0': (24, 4), 'weight_hh_l0': (24, 6), 'bias_ih_l0': (24,), 'bias_hh_l0': (24,)}
    """
    if len(weights) not in (2, 3):
        raise ValueError(f"weights: expected kernel, recurrent kernel and bias, got {len(weights)} arrays")
    kernel, recurrent = floats("kernel", weights[0]), floats("recurrent kernel", weights[1])
    expect_shape("recurrent kernel", recurrent.shape, ("H", "4 H"))
    H = len(recurrent)
    expect_shape("recurrent kernel", recurrent.shape, (H, 4 * H))
    expect_shape("kernel", kernel.shape, ("D", 4 * H))
    bias = floats("bias", weights[2]) if len(weights) == 3 else np.zeros(4 * H, kernel.dtype)
    expect_shape("bias", bias.shape, (4 * H,))
    arrays = (kernel.T, recurrent.T, bias, np.zeros_like(bias))
    return {name: np.array(value, order="C") for name, value in zip(NAMES, arrays, strict=True)}


def lstm_to_keras(params: Params) -> list[np.ndarray]:
    """Turn parameters of :mod:`companion.reference.lstm` into what ``LSTM.set_weights`` takes.

    Parameters
    ----------
    params
        By PyTorch's names and shapes. Keras has no peepholes.

    Returns
    -------
    list
        Kernel (D, 4H), recurrent kernel (H, 4H), and the sum of the two biases, (4H,).

    Examples
    --------
    >>> there = [np.arange(96.0).reshape(4, 24), np.ones((6, 24)), np.ones(24)]
    >>> back = lstm_to_keras(lstm_from_keras(there))
    >>> all((a == b).all() for a, b in zip(there, back))
    True
    """
    weight_ih, weight_hh, bias_ih, bias_hh = checked(params, 4)
    return [np.array(weight_ih.T, order="C"), np.array(weight_hh.T, order="C"), bias_ih + bias_hh]
