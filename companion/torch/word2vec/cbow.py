"""CBOW, the continuous bag of words: from the mean of the words around it, predict a word."""

import torch
from torch.nn import functional

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_bool, expect_integers, expect_range, holds
from companion.torch.word2vec.skipgram import Tables


class CBOW(Tables):
    """Score each word against the mean of its context ({eq}`eq-cbow-mean`, {eq}`eq-cbow-loss`).

    The parameters are ``input`` and ``output``, (V, D) each, as in the reference.

    Examples
    --------
    >>> model = CBOW(7, 4)
    >>> model(torch.tensor([[1, 3], [2, 4]]), torch.tensor([2, 3]))  # log 7
    tensor(1.9459, grad_fn=<DivBackward0>)
    """

    def forward(
        self,
        contexts: torch.Tensor,
        targets: torch.Tensor,
        negatives: torch.Tensor | None = None,
        context_mask: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Give the loss of a batch of words.

        Parameters
        ----------
        contexts
            The words around, (N, C).
        targets
            The words in the middle, (N,).
        negatives
            Wrong words in its place, (N, K); None takes the softmax over all words instead.
        context_mask
            Truth values, (N, C), True where there is a context word; None for everywhere.
        mask
            Truth values, (N, K), True where a negative counts; None counts all.
        reduction
            ``"mean"`` over the examples, or ``"sum"``.

        Returns
        -------
        Tensor
            One number, in nats.

        Raises
        ------
        TypeError, ValueError
            If types, shapes or ids do not fit; on the CPU also if an example has no context word.
        """
        h = mean_of_rows(self.input, contexts, context_mask)  # (N, D)
        return self.layer_loss(h, targets, negatives, mask, reduction)  # {eq}`eq-cbow-loss`


def mean_of_rows(table: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Average the rows of the words that are there ({eq}`eq-cbow-mean`).

    As :func:`companion.reference.word2vec.cbow.mean_of_rows`.

    Parameters
    ----------
    table
        (V, D)
    ids
        (N, C)
    mask
        (N, C) truth values; None for all True.

    Returns
    -------
    Tensor
        (N, D)
    """
    expect_integers("contexts", ids)
    expect_shape("contexts", ids.shape, ("N", "C"))
    expect_range("contexts", ids, len(table))
    kept = torch.ones_like(ids, dtype=torch.bool) if mask is None else mask
    expect_bool("context_mask", kept)
    expect_shape("context_mask", kept.shape, ids.shape)
    counts = kept.sum(1, keepdim=True)  # (N, 1)
    if counts.numel() and not holds((counts > 0).all()):
        place = int((counts[:, 0] == 0).nonzero()[0])
        raise ValueError(f"context_mask: expected a context word for every example, got none at {place}")
    rows = functional.embedding(ids, table)  # (N, C, D)
    return (rows * kept[:, :, None]).sum(1) / counts  # (N, D)  {eq}`eq-cbow-mean`
