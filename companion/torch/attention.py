"""Attention in PyTorch: dot, general and additive scores, as in :mod:`companion.reference.attention`."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.reference.attention import parameter_shapes
from companion.torch._sequences import Lengths, counted, padding
from companion.torch._validate import expect_float


class Attention(nn.Module):
    """To each query a mean of values, weighted by how well the query agrees with their keys.

    Parameters have the names and shapes of the reference.

    Parameters
    ----------
    query_size, key_size
        Q and K, each at least 1; for ``"dot"`` they are the same.
    score
        ``"dot"``, ``"general"`` or ``"additive"``.
    attention_size
        A, for the additive score alone; None is K.
    scale
        What the scores are multiplied with before the softmax.
    generator
        What the parameters are drawn from, uniformly within +-1/sqrt(the size of what each is multiplied
        with); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If there is no such score, or a size does not fit it.

    Examples
    --------
    >>> attention = Attention(4, 6, "additive", attention_size=5)
    >>> keys = torch.zeros(7, 3, 6)  # (S, N, K)
    >>> context, weights = attention(torch.zeros(2, 3, 4), keys, keys)
    >>> context.shape, weights.shape
    (torch.Size([2, 3, 6]), torch.Size([2, 3, 7]))
    """

    weight: nn.Parameter
    weight_query: nn.Parameter
    weight_key: nn.Parameter
    weight_score: nn.Parameter

    def __init__(
        self,
        query_size: int,
        key_size: int,
        score: str = "dot",
        attention_size: int | None = None,
        scale: float = 1.0,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.query_size, self.key_size, self.score, self.scale = query_size, key_size, score, scale
        for name, shape in parameter_shapes(score, query_size, key_size, attention_size).items():
            self.register_parameter(name, nn.Parameter(torch.empty(shape, device=device, dtype=dtype)))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters, in the order of the reference."""
        with torch.no_grad():
            for parameter in self.parameters():
                bound = parameter.shape[-1] ** -0.5
                parameter.uniform_(-bound, bound, generator=generator)

    def forward(
        self,
        query: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        lengths: Lengths | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend: the context of every query, and the weights it is made with.

        Parameters
        ----------
        query
            (T, N, Q)
        keys, values
            (S, N, K) and (S, N, E).
        lengths
            How many of the S keys of each sequence count, N integers from 1 to S; None counts all.

        Returns
        -------
        context, weights : Tensor
            (T, N, E), and (T, N, S), whose rows sum to 1.

        Raises
        ------
        TypeError
            If a tensor is not floating-point, or the lengths are not integers.
        ValueError
            If a shape or a length does not fit; a sequence without any key is refused.
        """
        for name, given in (("query", query), ("keys", keys), ("values", values)):
            expect_float(name, given)
        expect_shape("query", query.shape, ("T", "N", self.query_size))
        expect_shape("keys", keys.shape, ("S", query.shape[1], self.key_size))
        expect_shape("values", values.shape, (len(keys), query.shape[1], "E"))
        q, k, v = (
            given.transpose(0, 1) for given in (query, keys, values)
        )  # (N, T, Q), (N, S, K), (N, S, E)
        beyond = None
        if lengths is not None:  # what stands beyond may be anything, also not a number
            beyond = padding(counted(lengths, keys), len(keys))  # (N, S)
            k = k.masked_fill(beyond[..., None], 0)
            v = k if values is keys else v.masked_fill(beyond[..., None], 0)
        context, weights = self.attend(q, k, v, beyond)
        return context.transpose(0, 1), weights.transpose(0, 1)

    def attend(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, beyond: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend, the batch first, to what needs no more checks: what a decoder does at every step.

        Parameters
        ----------
        q, k, v
            (N, T, Q), (N, S, K) and (N, S, E).
        beyond
            True where a key is only padding, (N, S), which then gets no weight; but as zero times what is
            not a number is none, keys and values have to be numbers there too. None if all keys count.

        Returns
        -------
        context, weights : Tensor
            (N, T, E), and (N, T, S), whose rows sum to 1.
        """
        scores = self._scores(q, k)  # (N, T, S)
        if self.scale != 1:
            scores = scores * self.scale
        if beyond is not None:
            scores = scores.masked_fill(beyond[:, None], -torch.inf)
        weights = scores.softmax(-1)  # (N, T, S)  {eq}`eq-attention-weights`
        return weights @ v, weights  # (N, T, E)  {eq}`eq-attention-context`

    def _scores(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        """Score every query against every key, (N, T, S)."""
        if self.score == "dot":
            return q @ k.transpose(1, 2)  # {eq}`eq-attention-dot`
        if self.score == "general":
            return (q @ self.weight) @ k.transpose(1, 2)  # {eq}`eq-attention-general`
        from_query = q @ self.weight_query.T  # (N, T, A)
        from_key = k @ self.weight_key.T  # (N, S, A): once for all queries
        hidden = torch.tanh(from_query[:, :, None] + from_key[:, None])  # (N, T, S, A)
        return hidden @ self.weight_score  # {eq}`eq-attention-additive`

    def extra_repr(self) -> str:
        """Say the sizes and the score."""
        scale = "" if self.scale == 1 else f", scale={self.scale:g}"
        return f"{self.query_size}, {self.key_size}, {self.score!r}{scale}"
