"""fastText in PyTorch: the parameters and the loss of :mod:`companion.reference.fasttext`."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from companion.reference._validate import expect_shape
from companion.reference.subwords import Subwords
from companion.torch._validate import expect_integers, expect_range
from companion.torch.word2vec import negative_sampling


class FastText(nn.Module):
    """Skip-gram with negative sampling for words that are the mean of their pieces.

    The parameters are ``input``, (V + B, D), and ``output``, (V, D), as in the reference.

    Parameters
    ----------
    pieces
        Of the V words, from :func:`companion.reference.subwords.subwords`.
    dim
        D, at least 1.
    generator
        What the input table is drawn from (uniform within +-1/D); None takes PyTorch's own. The output table
        starts at zero.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    References
    ----------
    P. Bojanowski, E. Grave, A. Joulin and T. Mikolov, *Enriching Word Vectors with Subword Information*, TACL
    5, 2017.

    Examples
    --------
    >>> from companion.reference.subwords import subwords
    >>> FastText(subwords(["cat", "cats"], buckets=10), 4)
    FastText(2 words, 10 buckets, 4 dimensions)
    """

    rows: torch.Tensor
    offsets: torch.Tensor

    def __init__(
        self,
        pieces: Subwords,
        dim: int,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        words = len(pieces.offsets) - 1
        if dim < 1 or pieces.size < 1:
            raise ValueError(f"expected tables of at least (1, 1), got ({pieces.size}, {dim})")
        self.input = nn.Parameter(torch.empty(pieces.size, dim, device=device, dtype=dtype))
        self.output = nn.Parameter(torch.empty(words, dim, device=device, dtype=dtype))
        # They follow the model from device to device, and are no part of what is saved: words make them.
        for name in ("rows", "offsets"):
            array = np.array(getattr(pieces, name))
            self.register_buffer(name, torch.tensor(array, device=device), persistent=False)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the input rows uniformly within +-1/D, and set the output rows to zero."""
        bound = 1 / self.input.shape[1]
        with torch.no_grad():
            self.input.uniform_(-bound, bound, generator=generator)
            self.output.zero_()

    def rows_of(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Give the rows of all these words, (R,), where each word's begin, and how many it has, (N,) each."""
        lengths = self.offsets[ids + 1] - self.offsets[ids]  # (N,)
        starts = lengths.cumsum(0) - lengths  # (N,)
        shift = (self.offsets[ids] - starts).repeat_interleave(lengths)  # (R,) from here back to all rows
        return self.rows[shift + torch.arange(len(shift), device=shift.device)], starts, lengths

    def word_vectors(self, ids: torch.Tensor) -> torch.Tensor:
        """Average each word's rows ({eq}`eq-fasttext-vector`).

        Parameters
        ----------
        ids
            (N,)

        Returns
        -------
        Tensor
            (N, D)

        Raises
        ------
        TypeError
            If the ids are not integers.
        ValueError
            If they have not one axis; on the CPU also if a word has no row.
        """
        expect_integers("ids", ids)
        expect_shape("ids", ids.shape, ("N",))
        expect_range("ids", ids, len(self.output))
        rows, starts, _ = self.rows_of(ids)
        return F.embedding_bag(rows, self.input, starts, mode="mean")  # (N, D)  {eq}`eq-fasttext-vector`

    def forward(
        self,
        centres: torch.Tensor,
        contexts: torch.Tensor,
        negatives: torch.Tensor,
        mask: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Score pairs by skip-gram with negative sampling ({eq}`eq-sgns-loss`) on the means.

        Parameters
        ----------
        centres, contexts
            The pairs, (N,) ids of words each.
        negatives
            Wrong words for each pair, (N, K).
        mask
            Truth values, (N, K), True where a negative counts; None counts all.
        reduction
            ``"mean"`` over the pairs, or ``"sum"``.

        Returns
        -------
        Tensor
            One number, in nats.

        Raises
        ------
        TypeError, ValueError
            If types or shapes do not fit; on the CPU also if an id does not.
        """
        h = self.word_vectors(centres)  # (N, D)
        return negative_sampling.loss(h, self.output, contexts, negatives, mask, reduction)

    def vectors(self) -> torch.Tensor:
        """Give the vector of every word, (V, D), apart from the graph."""
        with torch.no_grad():
            return F.embedding_bag(self.rows, self.input, self.offsets[:-1], mode="mean")

    def extra_repr(self) -> str:
        """Say the sizes."""
        words, (size, dim) = len(self.output), self.input.shape
        return f"{words} words, {size - words} buckets, {dim} dimensions"
