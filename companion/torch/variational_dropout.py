"""Variational dropout in PyTorch: one mask for all steps of a sequence, on inputs and on states."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from companion.reference._validate import expect_broadcast, expect_dropout_rate
from companion.torch._sequences import Lengths, Sequences, time_major
from companion.torch._validate import expect_bool
from companion.torch._weights import State, Weights
from companion.torch.dropout import sample_mask
from companion.torch.stack import Stack

Masks = tuple[torch.Tensor, torch.Tensor]


class VariationalDropout(nn.Module):
    """Run recurrent layers, each sequence with its own masks at all steps ({eq}`eq-variational-dropout`).

    After ``eval()`` it is the layer itself. In training, one mask is for what a layer reads, in every layer,
    and one for the state that its W_hh is applied to, in every layer and direction. What of the old state
    reaches the new one without W_hh, as in an LSTM's cell or past a GRU's update gate, is untouched.

    Gal and Ghahramani, *A Theoretically Grounded Application of Dropout in Recurrent Neural Networks*,
    NeurIPS 2016.

    Parameters
    ----------
    layer
        What is run: a module of this package whose cells take a mask on their state, as :class:`RNN`. Its own
        ``dropout`` must be 0.
    p_x, p_h
        Probability of being struck out, of an input and of a unit of the state, in [0, 1).
    per_sequence
        Whether masks are drawn for each sequence, as in the paper. False draws one for a whole batch: W_hh
        can then be thinned out once, and the layer is as fast as without dropout.

    Raises
    ------
    TypeError
        If the layer takes no such mask.
    ValueError
        If the layer has dropout of its own, or a probability is outside [0, 1).

    Examples
    --------
    >>> from companion.torch.rnn import RNN
    >>> network = VariationalDropout(RNN(4, 6, num_layers=2), p_x=0.2, p_h=0.5)
    >>> y, h_n = network(torch.zeros(5, 3, 4))
    >>> y.shape, h_n.shape
    (torch.Size([5, 3, 6]), torch.Size([2, 3, 6]))
    """

    def __init__(self, layer: Stack, p_x: float = 0.0, p_h: float = 0.0, per_sequence: bool = True) -> None:
        super().__init__()
        if not (isinstance(layer, Stack) and layer.masks_state):
            raise TypeError(f"layer: expected one that takes masks on its state, got {type(layer).__name__}")
        if layer.dropout:
            raise ValueError(f"layer: expected no dropout of its own, got dropout={layer.dropout}")
        expect_dropout_rate(p_x)
        expect_dropout_rate(p_h)
        self.layer, self.p_x, self.p_h, self.per_sequence = layer, p_x, p_h, per_sequence

    def forward(
        self,
        x: Sequences,
        state: State = None,
        lengths: Lengths | None = None,
        masks: tuple[Sequence[torch.Tensor], Sequence[torch.Tensor]] | None = None,
        generator: torch.Generator | None = None,
    ) -> tuple[Sequences, State]:
        """Run all layers over whole sequences.

        Parameters
        ----------
        x, state, lengths
            As the layer takes them.
        masks
            True where a number is kept: L masks for what the layers read, (N, D) and above the first (N, H),
            with two directions (N, 2H); and L for their states, (N, H), with two directions 2L. A first axis
            of 1 gives all sequences the same. None draws them.
        generator
            What masks are drawn from, on the device of x; None takes PyTorch's own.

        Returns
        -------
        y, state
            As the layer gives them.

        Raises
        ------
        TypeError, ValueError
            As the layer; and if a mask is not of truth values, does not fit, or there are not as many.
        """
        layer = self.layer
        if not self.training:
            return layer(x, state, lengths)
        y, live, restore = time_major(x, lengths, layer.input_size, layer.batch_first)
        alone = not isinstance(x, PackedSequence) and x.dim() == 2
        states = layer.split(state, y, alone)
        plain = [layer.layer_weights(number) for number in range(len(states))]
        batch = y.shape[1] if self.per_sequence else 1
        inputs = [weights.weight_ih.shape[1] for weights in plain[:: len(plain) // layer.num_layers]]
        drawn = ([(batch, size) for size in inputs], [(batch, layer.hidden_size)] * len(plain))
        scales_x, scales_h = (
            self._scales(f"masks[{i}]", drawn[i], p, None if masks is None else masks[i], generator, y)
            for i, p in enumerate((self.p_x, self.p_h))
        )
        weights = [_masked(w, scale) for w, scale in zip(plain, scales_h, strict=True)]

        def read(y: torch.Tensor, number: int) -> torch.Tensor:
            scale = scales_x[number]
            return y if scale is None else y * scale  # (T, N, D)  {eq}`eq-variational-dropout`

        y, last = layer.run_layers(y, states, live, weights, read)
        return restore(y), layer.join(last, alone)

    @staticmethod
    def _scales(
        name: str,
        shapes: Sequence[tuple[int, int]],
        p: float,
        masks: Sequence[torch.Tensor] | None,
        generator: torch.Generator | None,
        x: torch.Tensor,
    ) -> list[torch.Tensor | None]:
        """Return what numbers are multiplied with, 0 or 1 / (1 - p); None where nothing is struck out."""
        if masks is None and p == 0:
            return [None] * len(shapes)
        if masks is None:
            masks = [sample_mask(shape, p, generator, x.device) for shape in shapes]
        if len(masks) != len(shapes):
            raise ValueError(f"{name}: expected {len(shapes)} masks, got {len(masks)}")
        for i, (mask, shape) in enumerate(zip(masks, shapes, strict=True)):
            expect_bool(f"{name}[{i}]", mask)
            expect_broadcast(f"{name}[{i}]", mask.shape, shape)
        return [mask.to(x.dtype) / (1 - p) for mask in masks]

    def extra_repr(self) -> str:
        """Say the rates, and what differs from the usual."""
        shared = "" if self.per_sequence else ", per_sequence=False"
        return f"p_x={self.p_x}, p_h={self.p_h}{shared}"


def _masked(weights: Weights, scale: torch.Tensor | None) -> Weights:
    """Let a layer heed a mask on its state; one for all sequences is one on the columns of W_hh."""
    if scale is None or len(scale) > 1:
        return weights._replace(state_mask=scale)
    return weights._replace(weight_hh=weights.weight_hh * scale)  # {eq}`eq-variational-dropout`
