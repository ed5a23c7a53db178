"""Weights of a GRU in Keras' layout: transposed, the gates in the order z, r, n, and two biases or one."""

from collections.abc import Sequence

import numpy as np

from companion.reference._gates import checked
from companion.reference._validate import expect_shape, floats
from companion.reference.rnn import NAMES, Params


def gru_from_keras(weights: Sequence[np.ndarray], reset_after: bool = True) -> Params:
    """Turn the weights of a ``keras.layers.GRU`` into parameters of :mod:`companion.reference.gru`.

    With the same ``reset_after`` both compute the same states from the same inputs, Keras with the batch as
    the first axis. Keras' z means what PyTorch's does: ``h = z h_before + (1 - z) n``.

    Parameters
    ----------
    weights
        What ``layer.get_weights()`` gives: kernel (D, 3H), recurrent kernel (H, 3H) and bias: (2, 3H) with
        ``reset_after``, one row for either product, else (3H,); no bias for a layer made with
        ``use_bias=False``.
    reset_after
        As the layer was made; True is Keras' default too.

    Returns
    -------
    dict
        By PyTorch's names and shapes, rows r, z, n. Where there is one bias it is ``bias_ih_l0``, and
        ``bias_hh_l0`` is zero.

    Raises
    ------
    TypeError
        If a weight is not floating-point.
    ValueError
        If there are not two or three weights, or a shape does not fit.

    Examples
    --------
    >>> params = gru_from_keras([np.ones((4, 18)), np.ones((6, 18)), np.ones((2, 18))])
    >>> {name: array.shape for name, array in params.items()}
    {'weight_ih_l0': (18, 4), 'weight_hh_l0': (18, 6), 'bias_ih_l0': (18,), 'bias_hh_l0': (18,)}
    """
    if len(weights) not in (2, 3):
        raise ValueError(f"weights: expected kernel, recurrent kernel and bias, got {len(weights)} arrays")
    kernel, recurrent = floats("kernel", weights[0]), floats("recurrent kernel", weights[1])
    expect_shape("recurrent kernel", recurrent.shape, ("H", "3 H"))
    H = len(recurrent)
    expect_shape("recurrent kernel", recurrent.shape, (H, 3 * H))
    expect_shape("kernel", kernel.shape, ("D", 3 * H))
    biases = np.zeros((2, 3 * H), kernel.dtype)
    if len(weights) == 3:
        bias = floats("bias", weights[2])
        expect_shape("bias", bias.shape, (2, 3 * H) if reset_after else (3 * H,))
        biases = bias if reset_after else np.stack([bias, np.zeros_like(bias)])
    arrays = (kernel.T, recurrent.T, *biases)
    return {name: _exchanged(array) for name, array in zip(NAMES, arrays, strict=True)}


def gru_to_keras(params: Params, reset_after: bool = True) -> list[np.ndarray]:
    """Turn parameters of :mod:`companion.reference.gru` into what ``keras.layers.GRU.set_weights`` takes.

    Parameters
    ----------
    params
        By PyTorch's names and shapes, rows r, z, n.
    reset_after
        As the Keras layer was made. Without it the two biases are only ever added, and Keras holds their sum.

    Returns
    -------
    list
        Kernel (D, 3H), recurrent kernel (H, 3H), and bias, (2, 3H) with ``reset_after``, else (3H,).

    Examples
    --------
    >>> there = [np.arange(72.0).reshape(4, 18), np.eye(6, 18), np.ones((2, 18))]
    >>> back = gru_to_keras(gru_from_keras(there))
    >>> all((a == b).all() for a, b in zip(there, back))
    True
    """
    weight_ih, weight_hh, bias_ih, bias_hh = (_exchanged(array) for array in checked(params, 3))
    bias = np.stack([bias_ih, bias_hh]) if reset_after else bias_ih + bias_hh
    return [np.array(weight_ih.T, order="C"), np.array(weight_hh.T, order="C"), bias]


def _exchanged(array: np.ndarray) -> np.ndarray:
    """Exchange the first two thirds of the rows: r, z, n is then z, r, n, and the other way round."""
    first, second, candidate = np.split(array, 3)
    return np.concatenate([second, first, candidate])
