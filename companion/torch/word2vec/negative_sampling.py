"""The output layer that only tells the right word from K wrong ones; autograd differentiates it."""

import torch
from torch.nn import functional

from companion.reference._validate import expect_reduction, expect_shape
from companion.torch._validate import expect_bool, expect_integers, expect_range
from companion.torch.word2vec.full_softmax import expect_layer


def loss(
    h: torch.Tensor,
    output: torch.Tensor,
    targets: torch.Tensor,
    negatives: torch.Tensor,
    mask: torch.Tensor | None = None,
    reduction: str = "mean",
) -> torch.Tensor:
    r"""Score each hidden vector against the right word and K wrong ones ({eq}`eq-sgns-loss`).

    .. math:: -\log \sigma(u_o^\top h) - \sum_{k=1}^{K} \log \sigma(-u_{n_k}^\top h)

    Parameters
    ----------
    h
        (N, D)
    output
        (V, D), row :math:`u_w` for word w.
    targets
        The right words, (N,).
    negatives
        The wrong words, (N, K).
    mask
        Truth values, (N, K), True where the negative counts; None counts all.
    reduction
        ``"mean"`` over the N examples, or ``"sum"``. The K terms of an example are summed.

    Returns
    -------
    Tensor
        One number, in nats.

    Raises
    ------
    TypeError, ValueError
        If types, shapes or ids do not fit, or a mean of no examples is asked for.

    Examples
    --------
    >>> loss(torch.ones(1, 2), torch.zeros(5, 2), torch.tensor([3]), torch.tensor([[0, 1, 4]]))
    tensor(2.7726)
    """
    expect_layer(h, output, "N")
    for name, ids, shape in (("targets", targets, (len(h),)), ("negatives", negatives, (len(h), "K"))):
        expect_integers(name, ids)
        expect_shape(name, ids.shape, shape)
        expect_range(name, ids, len(output))
    expect_reduction(reduction)
    if reduction == "mean" and len(h) == 0:
        raise ValueError("the mean of no examples: the batch is empty")
    right = (functional.embedding(targets, output) * h).sum(-1)  # (N,)
    wrong = (functional.embedding(negatives, output) @ h[:, :, None])[:, :, 0]  # (N, K)
    zero = right.new_zeros(())
    costs = torch.logaddexp(wrong, zero)  # (N, K), -log sigmoid(-score)  {eq}`eq-sgns-loss`
    if mask is not None:
        expect_bool("mask", mask)
        expect_shape("mask", mask.shape, negatives.shape)
        costs = costs.where(mask, 0)
    total = torch.logaddexp(-right, zero).sum() + costs.sum()  # {eq}`eq-sgns-loss`
    return total / len(h) if reduction == "mean" else total
