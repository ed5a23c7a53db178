"""The convolution over time in PyTorch: ``torch.nn.Conv1d`` written out, with time as the first axis."""

import torch
from torch import nn
from torch.nn import functional as F

from companion.reference._validate import expect_shape
from companion.reference.conv import pads
from companion.torch._sequences import Lengths, time_major
from companion.torch._validate import expect_integers


class Conv(nn.Module):
    """Compute ``y_t = b + sum_k W_k x_{s t + d k - p}`` ({eq}`eq-conv1d`), where W_k is ``weight[:, :, k]``.

    The parameters are ``weight``, (F, D, K), and ``bias``, (F,), as in ``torch.nn.Conv1d``. Each place of the
    kernel is one product, for all steps at once.

    Parameters
    ----------
    input_size, filters, kernel_size
        D, F and K, each at least 1.
    stride, dilation
        s, the steps from one output to the next, and d, the steps between two places of the kernel.
    padding
        ``"valid"``, ``"same"`` or ``"causal"``, as in the reference.
    generator
        What weight and bias are drawn from (uniform within +-1/sqrt(D K), as in ``torch.nn.Conv1d``); None
        takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, or stride and padding do not fit together.

    Examples
    --------
    >>> Conv(4, 6, 3, stride=2, padding="causal")(torch.zeros(5, 2, 4)).shape
    torch.Size([3, 2, 6])
    """

    def __init__(
        self,
        input_size: int,
        filters: int,
        kernel_size: int,
        stride: int = 1,
        padding: str = "valid",
        dilation: int = 1,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes = (input_size, filters, kernel_size)
        if min(sizes) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        self.pads = pads(kernel_size, stride, padding, dilation)
        self.input_size, self.filters, self.kernel_size = sizes
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.weight = nn.Parameter(torch.empty(filters, input_size, kernel_size, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(filters, device=device, dtype=dtype))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weight and bias uniformly from +-1/sqrt(D K)."""
        bound = (self.input_size * self.kernel_size) ** -0.5
        with torch.no_grad():
            self.weight.uniform_(-bound, bound, generator=generator)
            self.bias.uniform_(-bound, bound, generator=generator)

    def forward(self, x: torch.Tensor, lengths: Lengths | None = None) -> torch.Tensor:
        """Apply the layer to (T, N, D); the result is (T', N, F), zero beyond each sequence's end.

        Parameters
        ----------
        x
            (T, N, D)
        lengths
            How many steps of each sequence count, N integers from 0 to T; None counts all. What stands
            beyond is read as zero. ``output_size(lengths, ...)`` are the lengths of the result.

        Raises
        ------
        TypeError
            If x is not floating-point, or the lengths are not integers.
        ValueError
            If a shape or a length does not fit, or the kernel is longer than the sequences.
        """
        expect_shape("x", x.shape, ("T", "N", self.input_size))
        span = self.dilation * (self.kernel_size - 1) + 1
        shortest = span - sum(self.pads)
        if len(x) < shortest:
            raise ValueError(f"x: expected at least {shortest} steps for the kernel, got {len(x)}")
        x, live, _ = time_major(x, lengths, self.input_size, batch_first=False)
        padded = F.pad(x, (0, 0, 0, 0, *self.pads))  # (p + T + q, N, D)
        last = len(padded) - span + 1  # one place of the kernel after the other: no window is copied
        y: torch.Tensor = self.bias  # (F,)
        for k in range(self.kernel_size):
            seen = padded[k * self.dilation : k * self.dilation + last : self.stride]  # (T', N, D)
            y = y + seen @ self.weight[:, :, k].T  # (T', N, F)  {eq}`eq-conv1d`
        if live is None:
            return y
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        live_out = output_size(live[..., 0].sum(dim=0), *options)  # (N,)
        inside = torch.arange(len(y), device=y.device)[:, None] < live_out  # (T', N)
        return torch.where(inside[..., None], y, 0)

    def extra_repr(self) -> str:
        """Say the sizes and the options."""
        said = f"{self.input_size}, {self.filters}, {self.kernel_size}, stride={self.stride}"
        return f"{said}, padding={self.padding!r}, dilation={self.dilation}"


def output_size(
    steps: torch.Tensor, kernel_size: int, stride: int = 1, padding: str = "valid", dilation: int = 1
) -> torch.Tensor:
    """Count the outputs of sequences of so many steps ({eq}`eq-conv1d-size`), of a pooling layer too.

    Parameters
    ----------
    steps
        Integers of any shape: T, or the lengths (N,) of a batch, on any device.
    kernel_size, stride, padding, dilation
        As in :class:`Conv`.

    Returns
    -------
    Tensor
        Integers of the same shape; 0 where the kernel does not fit.

    Examples
    --------
    >>> output_size(torch.tensor([500, 29, 6]), 7)
    tensor([494,  23,   0])
    """
    expect_integers("steps", steps)
    before, after = pads(kernel_size, stride, padding, dilation)
    room = steps + before + after - dilation * (kernel_size - 1) - 1
    return torch.where(room >= 0, room // stride + 1, 0)  # {eq}`eq-conv1d-size`
