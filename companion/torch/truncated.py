"""Truncated and checkpointed backpropagation through time in PyTorch.

Gradients are added to ``.grad``, as everywhere in PyTorch: to that of the layer's parameters, of x and h_0
where they want one, and of everything else that the loss is computed with, such as a read-out.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float

Loss = Callable[[torch.Tensor, slice], torch.Tensor]


def truncated_bptt(
    layer: nn.Module, x: torch.Tensor, h_0: torch.Tensor | None, loss: Loss, k: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Go k steps forward and k steps back, and on from there ({eq}`eq-truncated-bptt`).

    Parameters
    ----------
    layer
        What is run, with the interface of ``torch.nn.RNN``.
    x
        N sequences of T steps, (T, N, D), T at least 1.
    h_0
        The state before the first step, (L, N, H); None is zero.
    loss
        ``loss(y, steps)``: what the outputs y, (k, N, H), of these steps cost, one number; ``steps`` is their
        slice of ``0..T``. The values are added up.
    k
        The number of steps of a piece, at least 1; the last may be shorter.

    Returns
    -------
    value : Tensor
        The sum of the losses.
    h_n : Tensor
        (L, N, H). Both are cut off from the graph.

    Raises
    ------
    ValueError
        If k is below 1 or x has no step; and what the layer refuses.

    Examples
    --------
    >>> layer = nn.RNN(4, 6)
    >>> value, h_n = truncated_bptt(layer, torch.zeros(10, 3, 4), None, lambda y, steps: (y**2).sum(), k=5)
    >>> value.shape, h_n.shape, layer.weight_hh_l0.grad.shape
    (torch.Size([]), torch.Size([1, 3, 6]), torch.Size([6, 6]))
    """
    value = x.new_zeros(())
    h: Any = h_0
    for steps in _pieces(x, k, "k"):
        y, h = layer(x[steps], h)
        part = loss(y, steps)
        part.backward()
        h = h.detach()  # the state is carried on, and its gradient is not  {eq}`eq-truncated-bptt`
        value = value + part.detach()
    return value, h


def checkpointed_bptt(
    layer: nn.Module, x: torch.Tensor, h_0: torch.Tensor | None, loss: Loss, every: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Keep every s-th state on the way forward, and compute the others anew on the way back.

    ``torch.utils.checkpoint`` does that for any function; here the function is a piece of s steps, its loss
    included.

    Parameters
    ----------
    layer, x, h_0, loss
        As in :func:`truncated_bptt`. The loss of a piece is computed twice.
    every
        s, the number of steps from one kept state to the next, at least 1.

    Returns
    -------
    value, h_n : Tensor
        As of :func:`truncated_bptt`; the gradients added to ``.grad`` are those of the full backward pass.

    Raises
    ------
    ValueError
        As :func:`truncated_bptt`.
    """

    def piece(
        x_piece: torch.Tensor, h: torch.Tensor | None, steps: slice
    ) -> tuple[torch.Tensor, torch.Tensor]:
        y, h = layer(x_piece, h)
        return loss(y, steps), h

    value = x.new_zeros(())
    h: Any = h_0
    for steps in _pieces(x, every, "every"):
        part, h = checkpoint(piece, x[steps], h, steps, use_reentrant=False)
        value = value + part
    value.backward()
    return value.detach(), h.detach()


def _pieces(x: torch.Tensor, size: int, name: str) -> list[slice]:
    """Cut the steps of x into slices of this size."""
    expect_float("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    if size < 1:
        raise ValueError(f"{name}: expected at least 1, got {size}")
    if len(x) < 1:
        raise ValueError("x: expected at least one step, got none")
    return [slice(start, min(start + size, len(x))) for start in range(0, len(x), size)]
