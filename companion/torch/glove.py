"""GloVe in PyTorch: the parameters, the loss and the training of :mod:`companion.reference.glove`."""

from collections.abc import Iterable

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.reference.cooccurrence import Cooccurrences
from companion.torch._validate import expect_float, expect_integers, expect_range, holds


def weight(counts: torch.Tensor, x_max: float = 100.0, alpha: float = 0.75) -> torch.Tensor:
    """Say how much each pair counts: ``min((x / x_max)^alpha, 1)`` ({eq}`eq-glove-weight`).

    Parameters and errors are those of :func:`companion.reference.glove.weight`.

    Examples
    --------
    >>> weight(torch.tensor([0.0, 1.0, 100.0, 1e6]))
    tensor([0.0000, 0.0316, 1.0000, 1.0000])
    """
    expect_float("counts", counts)
    if not x_max > 0 or not alpha > 0:
        raise ValueError(f"x_max, alpha: expected numbers above 0, got {x_max} and {alpha}")
    if not holds((counts >= 0).all()):
        raise ValueError(f"counts: expected numbers of at least 0, got {counts.min()}")
    return ((counts / x_max) ** alpha).clamp(max=1)  # {eq}`eq-glove-weight`


class GloVe(nn.Module):
    """Two tables of vectors and two of biases, and the weighted squares that fit them ({eq}`eq-glove-loss`).

    The parameters are ``weight`` and ``context_weight``, (V, D), ``bias`` and ``context_bias``, (V,), as in
    the reference.

    Parameters
    ----------
    num_embeddings, embedding_dim
        V and D, both at least 1.
    generator
        What everything is drawn from (uniform within +-0.5/D); None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    References
    ----------
    J. Pennington, R. Socher and C. Manning, *GloVe: Global Vectors for Word Representation*, EMNLP 2014.

    Examples
    --------
    >>> GloVe(10000, 50)
    GloVe(10000, 50)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if num_embeddings < 1 or embedding_dim < 1:
            raise ValueError(f"expected a table of at least (1, 1), got ({num_embeddings}, {embedding_dim})")

        def empty(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.empty(shape, device=device, dtype=dtype))

        self.weight, self.bias = empty(num_embeddings, embedding_dim), empty(num_embeddings)
        self.context_weight, self.context_bias = empty(num_embeddings, embedding_dim), empty(num_embeddings)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw everything uniformly from +-0.5/D."""
        bound = 0.5 / self.weight.shape[1]
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-bound, bound, generator=generator)

    def forward(
        self,
        rows: torch.Tensor,
        columns: torch.Tensor,
        counts: torch.Tensor,
        x_max: float = 100.0,
        alpha: float = 0.75,
    ) -> torch.Tensor:
        """Sum the weighted squares over the M given pairs.

        Parameters
        ----------
        rows, columns
            Ids of both words, int64 or int32, (M,).
        counts
            How often they occur together, (M,), floating-point and above 0.
        x_max, alpha
            Of :func:`weight`.

        Returns
        -------
        Tensor
            One number.

        Raises
        ------
        TypeError
            If ids are not integers or counts not floating-point.
        ValueError
            If shapes differ; on the CPU also if an id has no row or a count is not above 0.
        """
        for name, ids in (("rows", rows), ("columns", columns)):
            expect_integers(name, ids)
            expect_shape(name, ids.shape, ("M",) if ids is rows else rows.shape)
            expect_range(name, ids, len(self.bias))
        expect_float("counts", counts)
        expect_shape("counts", counts.shape, rows.shape)
        if not holds((counts > 0).all()):
            raise ValueError(f"counts: expected numbers above 0, got {counts.min()}")
        x = counts.to(self.weight.dtype)
        w, w_context = (
            self.weight.index_select(0, rows),
            self.context_weight.index_select(0, columns),
        )  # (M, D)
        bias = self.bias.index_select(0, rows) + self.context_bias.index_select(0, columns)  # (M,)
        residual = (w * w_context).sum(1) + bias - x.log()  # (M,)
        return (weight(x, x_max, alpha) * residual**2).sum()  # {eq}`eq-glove-loss`

    def vectors(self) -> torch.Tensor:
        """Give one vector a word, (V, D): the sum of its two, as published; apart from the graph."""
        return self.weight.detach() + self.context_weight.detach()

    def extra_repr(self) -> str:
        """Say the sizes."""
        return ", ".join(map(str, self.weight.shape))


def train(
    model: GloVe,
    entries: Cooccurrences,
    generator: torch.Generator | None = None,
    epochs: int = 25,
    batch_size: int = 4096,
    lr: float = 0.05,
    x_max: float = 100.0,
    alpha: float = 0.75,
    accumulator: float = 1.0,
    orders: Iterable[torch.Tensor] | None = None,
) -> torch.Tensor:
    """Fit the model, in place, by AdaGrad, the pairs in a new random order in every epoch.

    Parameters
    ----------
    model
        Where to start; on its device everything is computed.
    entries
        The M pairs and their counts, from :func:`companion.reference.cooccurrence.cooccurrences`.
    generator
        Draws the orders, on its own device; None takes PyTorch's own.
    epochs, batch_size, lr, x_max, alpha, accumulator, orders
        As in :func:`companion.reference.glove.train`.

    Returns
    -------
    (epochs,) Tensor
        The mean loss a pair in each epoch, measured while training, float64.

    Raises
    ------
    ValueError
        If there are no pairs, a number is below 1, or the orders do not fit.
    """
    device = model.weight.device
    pairs = len(entries.counts)
    if min(pairs, epochs, batch_size) < 1:
        got = f"{pairs}, {epochs} and {batch_size}"
        raise ValueError(f"pairs, epochs and batch_size: expected at least 1 each, got {got}")
    rows, columns = (torch.tensor(ids, device=device) for ids in (entries.rows, entries.columns))
    counts = torch.tensor(entries.counts, device=device, dtype=model.weight.dtype)
    optimiser = torch.optim.Adagrad(model.parameters(), lr, initial_accumulator_value=accumulator)
    losses = []
    for order in _orders(pairs, epochs, generator, orders):
        total = torch.zeros((), dtype=torch.float64, device=device)
        for batch in order.to(device).split(batch_size):
            optimiser.zero_grad()
            loss = model(rows[batch], columns[batch], counts[batch], x_max, alpha)
            loss.backward()
            optimiser.step()
            total += loss.detach()
        losses.append(total / pairs)
    return torch.stack(losses)


def _orders(
    pairs: int, epochs: int, generator: torch.Generator | None, orders: Iterable[torch.Tensor] | None
) -> Iterable[torch.Tensor]:
    """Give the order of each epoch: those given, or one drawn when it is needed."""
    if orders is None:
        device = "cpu" if generator is None else generator.device
        return (torch.randperm(pairs, generator=generator, device=device) for _ in range(epochs))
    given = list(orders)
    for order in given:
        expect_integers("orders", order)
    if len(given) != epochs or any(len(order) != pairs for order in given):
        raise ValueError(f"orders: expected {epochs} of {pairs} pairs, got {[len(order) for order in given]}")
    return given
