"""What gated layers share: parameters with the rows of several gates, and a sigmoid that works in place."""

import numpy as np
from numpy.typing import DTypeLike

from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.rnn import NAMES, Params


def drawn(
    gates: int, input_size: int, hidden_size: int, rng: np.random.Generator, dtype: DTypeLike
) -> Params:
    """Draw weights with ``gates`` times H rows and two biases uniformly from +-1/sqrt(H), as PyTorch does."""
    if input_size < 1 or hidden_size < 1:
        raise ValueError(f"expected at least one input and one unit, got {input_size} and {hidden_size}")
    bound, rows = 1 / np.sqrt(hidden_size), gates * hidden_size
    shapes = ((rows, input_size), (rows, hidden_size), (rows,), (rows,))
    arrays = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
    return dict(zip(NAMES, arrays, strict=True))


def checked(params: Params, gates: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the four parameters, or say what is wrong with them."""
    expect_keys("params", params, NAMES)
    weight_ih, weight_hh, bias_ih, bias_hh = (floats(name, params[name]) for name in NAMES)
    expect_shape("weight_hh_l0", weight_hh.shape, (f"{gates} H", "H"))
    H = weight_hh.shape[1]
    expect_shape("weight_hh_l0", weight_hh.shape, (gates * H, H))
    expect_shape("weight_ih_l0", weight_ih.shape, (gates * H, "D"))
    expect_shape("bias_ih_l0", bias_ih.shape, (gates * H,))
    expect_shape("bias_hh_l0", bias_hh.shape, (gates * H,))
    return weight_ih, weight_hh, bias_ih, bias_hh


def sigmoid_in_place(a: np.ndarray) -> None:
    """Replace a by ``1 / (1 + exp(-a))``, written as ``(1 + tanh(a / 2)) / 2`` ({eq}`eq-sigmoid`).

    Both are the same function. The second cannot overflow, and NumPy computes a tanh of many numbers at once.

    >>> a = np.array([-1000.0, 0.0, 1000.0])
    >>> sigmoid_in_place(a)
    >>> a
    array([0. , 0.5, 1. ])
    """
    a *= 0.5
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5  # {eq}`eq-sigmoid`
