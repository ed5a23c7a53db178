"""The dense layer in PyTorch: ``torch.nn.Linear`` written out."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float


class Dense(nn.Module):
    """Compute ``y = x @ W.T + b`` ({eq}`eq-dense`).

    The parameters are ``weight``, (D_out, D_in), and ``bias``, (D_out,), as in ``torch.nn.Linear``.

    Parameters
    ----------
    in_features, out_features
        D_in and D_out, both at least 1.
    generator
        What weight and bias are drawn from (uniform within +-1/sqrt(D_in), as in ``torch.nn.Linear``); None
        takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> sum(p.numel() for p in Dense(160, 1).parameters())
    161
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if in_features < 1 or out_features < 1:
            raise ValueError(
                f"expected at least one input and one output, got {in_features} and {out_features}"
            )
        self.in_features, self.out_features = in_features, out_features
        self.weight = nn.Parameter(torch.empty(out_features, in_features, device=device, dtype=dtype))
        self.bias = nn.Parameter(torch.empty(out_features, device=device, dtype=dtype))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weight and bias uniformly from +-1/sqrt(D_in)."""
        bound = self.in_features**-0.5
        with torch.no_grad():
            self.weight.uniform_(-bound, bound, generator=generator)
            self.bias.uniform_(-bound, bound, generator=generator)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply the layer to (..., D_in); the result is (..., D_out).

        Raises
        ------
        TypeError
            If x is not floating-point.
        ValueError
            If its last axis is not D_in.
        """
        expect_float("x", x)
        expect_shape("x", x.shape, ("...", self.in_features))
        return x @ self.weight.T + self.bias  # (..., D_out)  {eq}`eq-dense`

    def extra_repr(self) -> str:
        """Say the sizes."""
        return f"{self.in_features}, {self.out_features}"
