"""What gated layers share: parameters with the rows of several gates, and a sigmoid that works in place."""

import numpy as np
from numpy.typing import DTypeLike

from companion.reference._recurrent import plain_parameters
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
    weight_ih, weight_hh, bias_ih, bias_hh = plain_parameters(params, gates=gates)
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
