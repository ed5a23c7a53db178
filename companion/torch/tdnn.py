"""The time-delay layer in PyTorch: ``torch.nn.Conv1d`` written out, with time as the first axis."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float


class TDNN(nn.Module):
    """Compute ``y_t = b + sum_k W_k x_{t+k}`` ({eq}`eq-tdnn`), where W_k is ``weight[:, :, k]``.

    The parameters are ``weight``, (H, D, K), and ``bias``, (H,), as in ``torch.nn.Conv1d``.

    Parameters
    ----------
    input_size, hidden_size, kernel_size
        D, H and K, each at least 1.
    generator
        What weight and bias are drawn from (uniform within +-1/sqrt(D K), as in ``torch.nn.Conv1d``); None
        takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> TDNN(4, 6, 3)(torch.zeros(5, 2, 4)).shape
    torch.Size([3, 2, 6])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        kernel_size: int,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        sizes = (input_size, hidden_size, kernel_size)
        if min(sizes) < 1:
            raise ValueError(f"expected sizes of at least 1, got {sizes}")
        self.input_size, self.hidden_size, self.kernel_size = sizes
        weight = torch.empty(hidden_size, input_size, kernel_size, device=device, dtype=dtype)
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.empty(hidden_size, device=device, dtype=dtype))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weight and bias uniformly from +-1/sqrt(D K)."""
        bound = (self.input_size * self.kernel_size) ** -0.5
        with torch.no_grad():
            self.weight.uniform_(-bound, bound, generator=generator)
            self.bias.uniform_(-bound, bound, generator=generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the layer to (T, N, D); the result is (T - K + 1, N, H).

        Raises
        ------
        TypeError
            If x is not floating-point.
        ValueError
            If its shape does not fit, or the sequences are shorter than K.
        """
        self._check(x)
        windows = x.unfold(0, self.kernel_size, 1)  # (T - K + 1, N, D, K)
        products = torch.einsum("tndk,hdk->tnh", windows, self.weight)  # {eq}`eq-tdnn`
        return products + self.bias  # (T - K + 1, N, H)

    def banded_matrix(self, steps: int) -> torch.Tensor:
        """Write the layer as one matrix that takes a whole sequence to all outputs, ((T - K + 1) H, T D)."""
        H, D, K = self.weight.shape
        T_out = self._steps_out(steps)
        blocks = self.weight.new_zeros(T_out, H, steps, D)
        for k in range(K):  # the blocks (t, t + k) lie on a diagonal, which comes as the last axis
            blocks.diagonal(k, 0, 2)[:] = self.weight[:, :, k, None]  # (H, D, T - K + 1)  {eq}`eq-tdnn`
        return blocks.reshape(T_out * H, steps * D)

    def as_product(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the same as one product with the banded matrix ({eq}`eq-tdnn`).

        Autograd then arrives at the weights' gradients by the product's rule, and sums along the band.
        """
        self._check(x)
        T, N, D = x.shape
        column = x.transpose(1, 2).reshape(T * D, N)  # a sequence a column, its steps below one another
        y = self.banded_matrix(T) @ column  # ((T - K + 1) H, N)  {eq}`eq-tdnn`
        return y.view(-1, self.hidden_size, N).transpose(1, 2) + self.bias  # (T - K + 1, N, H)

    def _check(self, x: torch.Tensor) -> None:
        expect_float("x", x)
        expect_shape("x", x.shape, ("T", "N", self.input_size))
        self._steps_out(len(x))

    def _steps_out(self, steps: int) -> int:
        """Return T - K + 1, or refuse sequences that are shorter than the kernel."""
        K = self.kernel_size
        if steps < K:
            raise ValueError(
                f"expected sequences of at least {K} steps, the width of the kernel, got {steps}"
            )
        return steps - K + 1

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"{self.input_size}, {self.hidden_size}, {self.kernel_size}"
