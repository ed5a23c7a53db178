"""What the exercises on two directions ask for, asked of the companion; test_check_agrees compares."""

from typing import Any

import numpy as np
import torch

from companion.reference import bidirectional, rnn, stack
from companion.torch.stack import Stack

FAR = 100.0  # relu lets what lies above zero through


def passing_on(units: int) -> dict[str, np.ndarray]:
    """Return parameters with which a relu layer hands its inputs on and remembers nothing."""
    zeros = {name: np.zeros(units) for name in ("bias_ih_l0", "bias_hh_l0")}
    return {"weight_ih_l0": np.eye(units), "weight_hh_l0": np.zeros((units, units))} | zeros


def heard(t: int, T: int) -> tuple[int, int]:
    """Let both readers count: a relu unit adds 1 at every token."""
    params = {name: np.ones((1, 1)) for name in ("weight_ih_l0", "weight_hh_l0")}
    params |= {name: np.zeros(1) for name in ("bias_ih_l0", "bias_hh_l0")}

    def count(params: Any, x: np.ndarray, state: Any, lengths: Any) -> tuple:
        return rnn.forward(params, x, state, lengths, "relu")

    y, _, _ = bidirectional.forward(bidirectional.both(params, params), np.ones((T, 1, 1)), layer=count)
    return int(y[t - 1, 0, 0]), int(y[t - 1, 0, 1])


def both_ends(y: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Let two readers that remember nothing hand each its half on, and take their last states."""
    ahead, back = np.split(y + FAR, 2, axis=2)
    layer = passing_on(ahead.shape[2])
    _, last, _ = rnn.forward(layer, ahead, None, lengths, "relu")
    _, first, _ = rnn.forward(layer, bidirectional.reverse(back, lengths), None, lengths, "relu")
    return np.concatenate([last, first], axis=1) - FAR


def parameters(D: int, H: int, L: int, G: int) -> int:
    """Count those of a stack with so many gates."""

    class Gated(Stack):
        gates = G

    with torch.device("meta"):
        return sum(p.numel() for p in Gated(D, H, L, bidirectional=True).parameters())


def wait(ids: np.ndarray, targets: np.ndarray, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Answer for a word when d more have come, with a queue."""
    read = [*ids, *[np.zeros_like(ids[0])] * d]
    queue = [np.full_like(targets[0], -1)] * d + list(targets)
    return np.array(read), np.array(queue)


def hears_ahead(reach: np.ndarray) -> int:
    """Take the upper diagonals off one by one until nothing is left above."""
    return next(d for d in range(len(reach) + 1) if not np.triu(reach, d + 1).any())


def around(y: np.ndarray) -> np.ndarray:
    """Turn the backward half round, so that both move the same way."""
    H = y.shape[2] // 2
    both = np.concatenate([y[..., :H], bidirectional.reverse(y[..., H:])], axis=2)
    moved = np.pad(both, [(1, 0), (0, 0), (0, 0)])[:-1]
    return np.concatenate([moved[..., :H], bidirectional.reverse(moved[..., H:])], axis=2)


COMPANION: dict[str, Any] = {
    "bi-heard": heard,
    "bi-reverse": bidirectional.reverse,
    "bi-ends": both_ends,
    "bi-parameters": parameters,
    "bi-wait": wait,
    "bi-ahead": hears_ahead,
    "bi-around": around,
}


def test_the_count_is_that_of_the_layers_it_is_for() -> None:
    drawn = stack.init(4, 6, 2, np.random.default_rng(0), bidirectional=True)
    assert parameters(4, 6, 2, 1) == sum(value.size for value in drawn.values())
    assert parameters(4, 6, 2, 4) == sum(
        p.numel() for p in torch.nn.LSTM(4, 6, 2, bidirectional=True).parameters()
    )
