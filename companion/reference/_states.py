"""States of several layers or directions: one array with them along the first axis, or a tuple of such."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from companion.reference._validate import expect_shape, floats

State = Any
"""One array, or a tuple of arrays, as an LSTM's (h, c)."""


def split(state: State, count: int, names: Sequence[str]) -> list[State]:
    """Check the states of ``count`` layers, and list them; None stays None, alone or in a tuple.

    >>> h, c = np.zeros((2, 3, 6)), np.ones((2, 3, 6))
    >>> [[part.shape for part in state] for state in split((h, c), 2, ("h_0", "c_0"))]
    [[(3, 6), (3, 6)], [(3, 6), (3, 6)]]
    >>> split(h, 4, ("h_0", "c_0"))
    Traceback (most recent call last):
    ValueError: h_0: expected (4, N, H), got (2, 3, 6)
    """
    if isinstance(state, tuple):
        if len(state) > len(names):
            names = [f"state[{i}]" for i in range(len(state))]
        parts = [split(part, count, names[i:]) for i, part in enumerate(state)]
        return list(zip(*parts, strict=True))
    if state is None:
        return [None] * count
    state = floats(names[0], state)
    expect_shape(names[0], state.shape, (count, "N", "H"))
    return list(state)


def join(states: Sequence[State]) -> State:
    """Put the states of several layers into one array, or one tuple of arrays; None stays None.

    >>> join([(np.zeros(6), None), (np.zeros(6), None)])[1] is None
    True
    """
    if isinstance(states[0], tuple):
        return tuple(join(part) for part in zip(*states, strict=True))
    return None if states[0] is None else np.stack(states)
