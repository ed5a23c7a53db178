"""The output layer that names every word: softmax over the vocabulary; autograd differentiates it."""

import torch

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float
from companion.torch.losses import cross_entropy, softmax


def probabilities(h: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """Give each word its probability ({eq}`eq-skipgram-softmax`).

    Parameters
    ----------
    h
        (..., D)
    output
        (V, D)

    Returns
    -------
    Tensor
        (..., V)

    Examples
    --------
    >>> probabilities(torch.ones(2), torch.zeros(4, 2))
    tensor([0.2500, 0.2500, 0.2500, 0.2500])
    """
    expect_layer(h, output, "...")
    return softmax(h @ output.T)  # (..., V)  {eq}`eq-skipgram-softmax`


def loss(
    h: torch.Tensor, output: torch.Tensor, targets: torch.Tensor, reduction: str = "mean"
) -> torch.Tensor:
    """Score each hidden vector against the right word ({eq}`eq-skipgram-loss`).

    Parameters
    ----------
    h
        (N, D)
    output
        (V, D)
    targets
        The right words, (N,).
    reduction
        ``"mean"`` over the examples, or ``"sum"``.

    Returns
    -------
    Tensor
        One number, in nats.

    Raises
    ------
    TypeError, ValueError
        If types, shapes or ids do not fit.
    """
    expect_layer(h, output, "N")
    return cross_entropy(h @ output.T, targets, reduction)  # {eq}`eq-skipgram-loss`


def expect_layer(h: torch.Tensor, output: torch.Tensor, axis: str) -> None:
    """Refuse hidden vectors and a table that do not fit each other."""
    expect_float("h", h)
    expect_float("output", output)
    expect_shape("output", output.shape, ("V", "D"))
    expect_shape("h", h.shape, (axis, output.shape[1]))
