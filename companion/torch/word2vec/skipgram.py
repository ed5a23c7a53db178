"""Skip-gram: from a word, predict each word near it."""

import torch
from torch import nn
from torch.nn import functional

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_integers, expect_range
from companion.torch.word2vec import full_softmax, negative_sampling


class Tables(nn.Module):
    """Two tables of a row a word; both models stand on them.

    Parameters
    ----------
    num_words, dim
        V and D, both at least 1.
    generator
        What the input table is drawn from (uniform within +-0.5/D; the output table starts at zero, as in
        word2vec.c); None takes PyTorch's own.
    device, dtype
        Of the tables, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.
    """

    def __init__(
        self,
        num_words: int,
        dim: int,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if num_words < 1 or dim < 1:
            raise ValueError(f"expected tables of at least (1, 1), got ({num_words}, {dim})")
        self.input = nn.Parameter(torch.empty(num_words, dim, device=device, dtype=dtype))  # (V, D)
        self.output = nn.Parameter(torch.zeros(num_words, dim, device=device, dtype=dtype))  # (V, D)
        with torch.no_grad():
            self.input.uniform_(-0.5 / dim, 0.5 / dim, generator=generator)

    def extra_repr(self) -> str:
        """Say the sizes."""
        return ", ".join(str(size) for size in self.input.shape)

    def layer_loss(
        self,
        h: torch.Tensor,
        targets: torch.Tensor,
        negatives: torch.Tensor | None,
        mask: torch.Tensor | None,
        reduction: str,
    ) -> torch.Tensor:
        """Score hidden vectors by the softmax over all words, or against negatives where there are some."""
        if negatives is not None:
            return negative_sampling.loss(h, self.output, targets, negatives, mask, reduction)
        if mask is not None:
            raise ValueError("mask: expected None, for there are no negatives")
        return full_softmax.loss(h, self.output, targets, reduction)


class SkipGram(Tables):
    """Score pairs (centre, context): by {eq}`eq-skipgram-loss`, or with negatives by {eq}`eq-sgns-loss`.

    The parameters are ``input`` and ``output``, (V, D) each, as in the reference.

    Examples
    --------
    >>> model = SkipGram(7, 4)
    >>> model(torch.tensor([1, 1, 2]), torch.tensor([2, 3, 1]))  # log 7
    tensor(1.9459, grad_fn=<DivBackward0>)
    """

    def forward(
        self,
        centres: torch.Tensor,
        contexts: torch.Tensor,
        negatives: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Give the loss of a batch of pairs.

        Parameters
        ----------
        centres, contexts
            The pairs, (N,) ids each.
        negatives
            Wrong words for each pair, (N, K); None takes the softmax over all words instead.
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
            If types, shapes or ids do not fit.
        """
        expect_integers("centres", centres)
        expect_shape("centres", centres.shape, ("N",))
        expect_range("centres", centres, len(self.input))
        h = functional.embedding(centres, self.input)  # (N, D)
        return self.layer_loss(h, contexts, negatives, mask, reduction)
