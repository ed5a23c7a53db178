"""Inverted dropout in PyTorch, with a mask that may be given."""

from collections.abc import Sequence

import torch
from torch import nn

from companion.reference._validate import expect_broadcast, expect_dropout_rate
from companion.torch._validate import expect_bool, expect_float


def sample_mask(
    shape: Sequence[int],
    p: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> torch.Tensor:
    """Draw which numbers are kept: each independently, with probability 1 - p.

    Parameters
    ----------
    shape
        Shape of the mask, usually that of x.
    p
        Probability of being struck out, in [0, 1).
    generator
        What the mask is drawn from, on the same device; None takes PyTorch's own.
    device
        Where the mask is made.

    Returns
    -------
    Tensor of bool
        True where the number is kept.

    Examples
    --------
    >>> sample_mask((2, 3), 0.0)
    tensor([[True, True, True],
            [True, True, True]])
    """
    expect_dropout_rate(p)
    return torch.rand(tuple(shape), generator=generator, device=device) >= p


class Dropout(nn.Module):
    """Strike out numbers at random and divide the rest by 1 - p ({eq}`eq-dropout`), while training.

    Parameters
    ----------
    p
        Probability of being struck out, in [0, 1).

    Raises
    ------
    ValueError
        If p is outside [0, 1).

    Examples
    --------
    >>> layer = Dropout(0.5)
    >>> layer(torch.tensor([1.0, 2.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor([2., 0., 6.])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        expect_dropout_rate(p)
        self.p = p

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None, generator: torch.Generator | None = None
    ) -> torch.Tensor:
        """Drop.

        Parameters
        ----------
        x
            Floating-point numbers of any shape.
        mask
            True where a number is kept; of the shape of x, or one that broadcasts to it. None draws one.
        generator
            What a mask is drawn from, on the device of x; None takes PyTorch's own.

        Returns
        -------
        Tensor
            Shape and precision of x. After ``eval()`` it is x itself, and a mask is not looked at.

        Raises
        ------
        TypeError
            If x is not floating-point or the mask not of truth values.
        ValueError
            If the mask does not fit x.
        """
        expect_float("x", x)
        if not self.training:
            return x
        if mask is None:
            mask = sample_mask(x.shape, self.p, generator, x.device)
        expect_bool("mask", mask)
        expect_broadcast("mask", mask.shape, x.shape)
        return x * mask / (1 - self.p)  # {eq}`eq-dropout`

    def extra_repr(self) -> str:
        """Say the rate."""
        return f"p={self.p}"
