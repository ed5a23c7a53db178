"""What a recurrent layer in PyTorch is given to compute with: its parameters, and a state."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

State = Any
"""What a layer keeps from step to step: a tensor, or a tuple (h, c)."""

NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Weights(NamedTuple):
    """The parameters of one layer in one direction, with G rows: the number of gates times H."""

    weight_ih: torch.Tensor  # (G, D)
    weight_hh: torch.Tensor  # (G, H)
    bias_ih: torch.Tensor | None  # (G,); None for a bias that is not there
    bias_hh: torch.Tensor | None  # (G,)
    extra: Mapping[str, torch.Tensor] = {}  # a cell's further parameters, by the names it gave them
    state_mask: torch.Tensor | None = None  # (N, H), for h wherever W_hh is applied to it; None is ones

    @property
    def bias(self) -> torch.Tensor | None:
        """The sum of the two biases."""
        return None if self.bias_ih is None or self.bias_hh is None else self.bias_ih + self.bias_hh


def detached(state: State) -> State:
    """Cut a state off from the graph."""
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
