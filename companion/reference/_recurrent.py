"""What recurrent layers share that have the plain layer's parameters, more rows of them, or further ones."""

from collections.abc import Sequence

import numpy as np

from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.rnn import NAMES


def plain_parameters(
    params: dict[str, np.ndarray], more: Sequence[str] = (), gates: int = 1
) -> tuple[np.ndarray, ...]:
    """Return the four parameters and the others named, or say what is wrong with the four.

    The four are those of the plain layer, with H rows for each of the gates; the shapes of the others are for
    the layer to check.
    """
    expect_keys("params", params, (*NAMES, *more))
    weight_ih, weight_hh, bias_ih, bias_hh, *others = (floats(name, params[name]) for name in (*NAMES, *more))
    expect_shape("weight_hh_l0", weight_hh.shape, ("H" if gates == 1 else f"{gates} H", "H"))
    H = weight_hh.shape[1]
    expect_shape("weight_hh_l0", weight_hh.shape, (gates * H, H))
    expect_shape("weight_ih_l0", weight_ih.shape, (gates * H, "D"))
    expect_shape("bias_ih_l0", bias_ih.shape, (gates * H,))
    expect_shape("bias_hh_l0", bias_hh.shape, (gates * H,))
    return weight_ih, weight_hh, bias_ih, bias_hh, *others
