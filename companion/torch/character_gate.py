"""The gate between a word's vector and what its characters say, in PyTorch, by the reference's names."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float
from companion.torch.dense import Dense


class CharacterGate(nn.Module):
    """Mix a word's vector w with what its characters say, c ({eq}`eq-char-gate`).

    The parameters are ``projection.weight`` (D, M), ``projection.bias``, ``gate.weight`` (D, 2D), or (1, 2D),
    and ``gate.bias``.

    Parameters
    ----------
    embedding_dim, features
        D, of the word vectors, and M, of the characters' features.
    single
        True makes one gate a word, False one for each of its features.
    generator
        What the parameters are drawn from, as those of two dense layers; None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Examples
    --------
    >>> CharacterGate(4, 6)(torch.zeros(5, 3, 4), torch.zeros(5, 3, 6)).shape
    torch.Size([5, 3, 4])
    """

    def __init__(
        self,
        embedding_dim: int,
        features: int,
        single: bool = False,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.projection = Dense(features, embedding_dim, generator=generator, device=device, dtype=dtype)
        gates = 1 if single else embedding_dim
        self.gate = Dense(2 * embedding_dim, gates, generator=generator, device=device, dtype=dtype)

    def openings(self, w: torch.Tensor, m: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return how far gates are open towards the word's vector, (..., D) or (..., 1), and c, (..., D)."""
        expect_float("w", w)
        c = torch.tanh(self.projection(m))  # (..., D)  {eq}`eq-char-gate`
        expect_shape("w", w.shape, c.shape)
        return torch.sigmoid(self.gate(torch.cat([w, c], dim=-1))), c  # {eq}`eq-char-gate`

    def forward(self, w: torch.Tensor, m: torch.Tensor) -> torch.Tensor:
        """Mix: (..., D) and (..., M) to (..., D).

        Raises
        ------
        TypeError
            If w or m is not floating-point.
        ValueError
            If a shape does not fit.
        """
        g, c = self.openings(w, m)
        return g * w + (1 - g) * c  # {eq}`eq-char-gate`
