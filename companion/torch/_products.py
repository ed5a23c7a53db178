"""Products of large matrices on the CPU through oneDNN, the library that stands behind ``torch.nn.LSTM``.

``torch.mm`` calls MKL, which does not use all vector instructions of every processor that has them; oneDNN
does, and takes half the time on such a processor. Its call is the one that ``torch.compile`` puts in place of
a linear layer. It takes longer to make than that of MKL: small products stay where they are.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

LARGE = 2**21  # multiplications: about where the two take equally long

_onednn: Any = getattr(torch.ops.mkldnn, "_linear_pointwise", None)  # None where PyTorch has no oneDNN

Adding = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def linear_at_once(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """Return ``x @ weight.T + bias`` for all steps at once: (T, N, D) and (G, D) to (T, N, G)."""
    if x.dtype is weight.dtype and suits(weight, x.shape[0] * x.shape[1]):
        result: torch.Tensor = _Linear.apply(x, weight, bias)
        return result
    return functional.linear(x, weight, bias)


def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return ``a @ b.T`` of (M, K) and (N, K); of large ones only where no gradient is asked for.

    >>> product(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    tensor([[11., 17.]])
    """
    if torch.is_grad_enabled() or not suits(b, len(a)):
        return a @ b.T
    return _multiplied(a, b)


def adding(weight: torch.Tensor, rows: int) -> Adding:
    """Return what adds ``h @ weight.T`` to its first argument, in place, and returns that: for a loop.

    There a is (N, M) with N ``rows``, h the second argument, (N, K), weight (M, K), and no gradient is asked
    for. The choice between the two ways is made once, not at every step.

    >>> add = adding(torch.tensor([[3.0, 4.0]]), rows=1)
    >>> add(torch.tensor([[0.5]]), torch.tensor([[1.0, 2.0]]))
    tensor([[11.5000]])
    """
    if suits(weight, rows):
        return lambda a, h: a.add_(_multiplied(h, weight))
    weight_T = weight.T.contiguous()  # read at every step
    return lambda a, h: a.addmm_(h, weight_T)


def suits(weight: torch.Tensor, rows: int) -> bool:
    """Say whether a product of so many rows with the weight is one for oneDNN."""
    return (
        rows * weight.numel() >= LARGE
        and weight.dtype is torch.float32
        and weight.device.type == "cpu"
        and _onednn is not None
        and bool(torch.backends.mkldnn.enabled)
        and not torch.is_autocast_enabled("cpu")
    )


def _multiplied(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    result: torch.Tensor = _onednn(x, weight, bias, "none", [], "")
    return result


class _Linear(torch.autograd.Function):
    """A product with a weight, and the two products of its way back."""

    @staticmethod
    def forward(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """Return ``x @ weight.T + bias``."""
        return _multiplied(x, weight, bias)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor | None, ...], output: torch.Tensor) -> None:
        """Keep what the way back needs."""
        ctx.save_for_backward(*inputs[:2])

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Go back; where second derivatives are asked for, with products that have some."""
        x, weight = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        rows = dy.flatten(0, -2)  # (T N, G)
        dx = product(rows, weight.T).view(x.shape) if wanted[0] else None
        dweight = product(rows.T, x.flatten(0, -2).T) if wanted[1] else None  # (G, D)
        return dx, dweight, rows.sum(dim=0) if wanted[2] else None
