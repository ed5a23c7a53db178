"""Recurrent layers on top of each other in PyTorch: what modules with ``torch.nn.RNN``'s interface share."""

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from companion.reference._validate import expect_shape
from companion.torch._sequences import Lengths, Sequences, time_major
from companion.torch._validate import expect_float

Weights = tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, torch.Tensor | None]
"""W_ih, W_hh, b_ih and b_hh of a layer, None for a bias that is not there."""


NAMES = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Stack(nn.Module):
    """L recurrent layers, the states of one the inputs of the next; a subclass says what a layer computes.

    The parameters are those of ``torch.nn.RNN``, by name and shape: ``weight_ih_l0`` (H, D), ``weight_hh_l0``
    (H, H), ``bias_ih_l0`` and ``bias_hh_l0`` (H,), and the same with ``_l1`` and so on, where D is H.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    bias
        False leaves the biases out.
    batch_first
        True takes and gives (N, T, D) instead of (T, N, D). States stay (L, N, H).
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(H) as in ``torch.nn.RNN``; None takes
        PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        for name, size in (("input", input_size), ("hidden", hidden_size)):
            if size < 1:
                raise ValueError(f"{name}_size: expected at least 1, got {size}")
        if num_layers < 1:
            raise ValueError(f"num_layers: expected at least 1, got {num_layers}")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first = bias, batch_first
        for layer in range(num_layers):
            columns = hidden_size if layer else input_size
            shapes = [(hidden_size, columns), (hidden_size, hidden_size), (hidden_size,), (hidden_size,)]
            for name, shape in zip(NAMES[: 4 if bias else 2], shapes, strict=False):
                parameter = nn.Parameter(torch.empty(shape, device=device, dtype=dtype))
                self.register_parameter(f"{name}_l{layer}", parameter)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters uniformly from +-1/sqrt(H), in the order of ``torch.nn.RNN``."""
        bound = self.hidden_size**-0.5
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-bound, bound, generator=generator)

    def run_layer(
        self, x: torch.Tensor, h: torch.Tensor, live: torch.Tensor | None, weights: Weights
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run one layer over (T, N, D) from the state (N, H), and return all states and the last one."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a layer computes")

    def run_step(self, x_t: torch.Tensor, h: torch.Tensor, weights: Weights) -> torch.Tensor:
        """Take one step of one layer: (N, D) and (N, H) to (N, H)."""
        raise NotImplementedError(f"{type(self).__name__} does not say what a step computes")

    def layer_weights(self, layer: int) -> Weights:
        """Return the parameters of a layer."""
        weight_ih, weight_hh = (getattr(self, f"{name}_l{layer}") for name in NAMES[:2])
        bias_ih, bias_hh = (getattr(self, f"{name}_l{layer}", None) for name in NAMES[2:])
        return weight_ih, weight_hh, bias_ih, bias_hh

    def forward(
        self, x: Sequences, h_0: torch.Tensor | None = None, lengths: Lengths | None = None
    ) -> tuple[Sequences, torch.Tensor]:
        """Run all layers over whole sequences.

        Parameters
        ----------
        x
            (T, N, D), or (N, T, D) with ``batch_first``; (T, D) for one sequence alone; or packed.
        h_0
            The states before the first step, (L, N, H), for one sequence alone (L, H); None is zero.
        lengths
            How many steps of each sequence count, N integers from 0 to T; None counts all. What x holds
            beyond changes nothing.

        Returns
        -------
        y : Tensor or PackedSequence
            The states of the uppermost layer, in the form of x; zero beyond each sequence's end.
        h_n : Tensor
            Each layer's states at the sequences' own ends, in the form of h_0.

        Raises
        ------
        TypeError
            If x or h_0 is not floating-point, or the lengths are not integers.
        ValueError
            If a shape or a length does not fit.
        """
        y, live, restore = time_major(x, lengths, self.input_size, self.batch_first)
        alone = not isinstance(x, PackedSequence) and x.dim() == 2
        states = self._initial(h_0, y, alone)  # (L, N, H)
        last = []
        for layer in range(self.num_layers):
            y, h = self.run_layer(y, states[layer], live, self.layer_weights(layer))
            last.append(h)
        h_n = torch.stack(last)  # (L, N, H)
        return restore(y), h_n.squeeze(1) if alone else h_n

    def step(self, x_t: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        """Take one step in every layer: (N, D) and (L, N, H) to (L, N, H); the step's output is ``h[-1]``."""
        expect_float("x_t", x_t)
        expect_shape("x_t", x_t.shape, ("N", self.input_size))
        expect_float("h", h)
        expect_shape("h", h.shape, (self.num_layers, len(x_t), self.hidden_size))
        after = []
        for layer, state in enumerate(h):
            x_t = self.run_step(x_t, state, self.layer_weights(layer))  # (N, H)
            after.append(x_t)
        return torch.stack(after)  # (L, N, H)

    def _initial(self, h_0: torch.Tensor | None, x: torch.Tensor, alone: bool) -> torch.Tensor:
        """Return the states before the first step, (L, N, H)."""
        if h_0 is None:
            return x.new_zeros(self.num_layers, x.shape[1], self.hidden_size)
        expect_float("h_0", h_0)
        batch = () if alone else (x.shape[1],)
        expect_shape("h_0", h_0.shape, (self.num_layers, *batch, self.hidden_size))
        return h_0.unsqueeze(1) if alone else h_0

    def extra_repr(self) -> str:
        """Say the sizes, and what differs from the usual."""
        layers = f", num_layers={self.num_layers}" if self.num_layers > 1 else ""
        bias = "" if self.bias else ", bias=False"
        batch_first = ", batch_first=True" if self.batch_first else ""
        return f"{self.input_size}, {self.hidden_size}{layers}{bias}{batch_first}"
