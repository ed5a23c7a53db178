"""The embedding layer in PyTorch: table, look-up and scatter-add of :mod:`companion.reference.embedding`.

The parameter is ``weight``, (V, D), so one ``state_dict`` serves this module, ``torch.nn.Embedding`` and the
reference.
"""

from typing import Any

import torch
from torch import nn

from companion.reference._validate import expect_padding_idx, expect_shape
from companion.torch._validate import expect_float, expect_integers, expect_range


class Embedding(nn.Module):
    """Look every id up in a table of vectors: ``y_n = E[id_n]`` ({eq}`eq-embedding-lookup`).

    Parameters
    ----------
    num_embeddings, embedding_dim
        V and D, both at least 1.
    padding_idx
        The id of the padding token, or None. Its row starts at zero and gets no gradient, so it stays.
        Counted from 0; ``torch.nn.Embedding`` also takes negative ones.
    frozen
        True keeps the whole table as it is: ``weight.requires_grad`` is False.
    generator
        What the table is drawn from (standard normal, as in ``torch.nn.Embedding``); None takes PyTorch's
        own.
    device, dtype
        Of the table, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1 or ``padding_idx`` has no row.

    Examples
    --------
    >>> layer = Embedding(10000, 8, padding_idx=0)
    >>> layer(torch.tensor([[3, 1, 0], [4, 1, 5]])).shape
    torch.Size([2, 3, 8])
    >>> layer
    Embedding(10000, 8, padding_idx=0)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        frozen: bool = False,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if num_embeddings < 1 or embedding_dim < 1:
            raise ValueError(f"expected a table of at least (1, 1), got ({num_embeddings}, {embedding_dim})")
        expect_padding_idx(padding_idx, num_embeddings)
        self.padding_idx = padding_idx
        table = torch.empty(num_embeddings, embedding_dim, device=device, dtype=dtype)  # (V, D)
        self.weight = nn.Parameter(table, requires_grad=not frozen)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw the table from the standard normal distribution, and set the padding row to zero."""
        with torch.no_grad():
            self.weight.normal_(generator=generator)
            if self.padding_idx is not None:
                self.weight[self.padding_idx] = 0

    @classmethod
    def from_pretrained(
        cls, weight: torch.Tensor, frozen: bool = True, padding_idx: int | None = None
    ) -> "Embedding":
        """Start from vectors that were trained elsewhere.

        Parameters
        ----------
        weight
            (V, D), floating-point. It is copied: training the layer does not change it, where
            ``torch.nn.Embedding.from_pretrained`` trains the tensor it was given.
        frozen
            True (the default, as in PyTorch) keeps the vectors as they are; False goes on training them.
        padding_idx
            The id whose row gets no gradient. The row is taken as it is, zero or not.

        Returns
        -------
        Embedding

        Raises
        ------
        TypeError
            If ``weight`` is not floating-point.
        ValueError
            If it has not two axes, or ``padding_idx`` has no row.

        Examples
        --------
        >>> Embedding.from_pretrained(torch.ones(5, 3))
        Embedding(5, 3, frozen=True)
        """
        expect_float("weight", weight)
        expect_shape("weight", weight.shape, ("V", "D"))
        rows, columns = weight.shape
        layer = cls(rows, columns, padding_idx, frozen=frozen, device="meta", dtype=weight.dtype)
        layer.weight = nn.Parameter(weight.detach().clone(), requires_grad=not frozen)
        return layer

    @property
    def num_embeddings(self) -> int:
        """V, the number of rows."""
        return self.weight.shape[0]

    @property
    def embedding_dim(self) -> int:
        """D, the length of a row."""
        return self.weight.shape[1]

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Look up.

        Parameters
        ----------
        ids
            int64 or int32 in ``0..V-1``, of any shape; for a batch of sequences (N, T).

        Returns
        -------
        Tensor
            ``ids.shape + (D,)``

        Raises
        ------
        TypeError
            If the ids are not integers.
        ValueError
            If an id has no row (on the CPU; on a GPU it is PyTorch's kernel that stops).
        """
        expect_integers("ids", ids)
        expect_range("ids", ids, self.num_embeddings)
        if not torch.is_grad_enabled():  # beside a few rows a Function costs several times as much
            return _LookUp.forward(self.weight, ids, self.padding_idx)
        return _LookUp.apply(self.weight, ids, self.padding_idx)

    def as_product(self, ids: torch.Tensor) -> torch.Tensor:
        """Compute the same as a product of one-hot rows with the table ({eq}`eq-embedding-product`).

        Autograd then arrives at the table's gradient by the product's rule. There is no padding row in a
        product: its row gets a gradient like any other.
        """
        expect_integers("ids", ids)
        expect_range("ids", ids, self.num_embeddings)
        one_hot = self.weight.new_zeros(*ids.shape, self.num_embeddings)  # (N, T, V)
        one_hot.scatter_(-1, ids.long()[..., None], 1)
        return one_hot @ self.weight  # (N, T, V) @ (V, D) = (N, T, D)  {eq}`eq-embedding-product`

    def extra_repr(self) -> str:
        """Say sizes, padding id and whether the table is frozen."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        frozen = "" if self.weight.requires_grad else ", frozen=True"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}{frozen}"


class _LookUp(torch.autograd.Function):
    """Rows of a table by id, and the gradient of the table.

    Autograd would differentiate an indexing too, but it knows no padding row.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(weight: torch.Tensor, ids: torch.Tensor, padding_idx: int | None) -> torch.Tensor:
        rows = weight.index_select(0, ids.reshape(-1))  # (N T, D)  {eq}`eq-embedding-lookup`
        return rows.view(*ids.shape, weight.shape[1])  # (N, T, D)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: torch.Tensor) -> None:
        weight, ids, ctx.padding_idx = inputs
        ctx.num_embeddings = len(weight)
        ctx.save_for_backward(ids)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (ids,) = ctx.saved_tensors
        dy = grads[0].reshape(ids.numel(), grads[0].shape[-1])  # (N T, D)
        dweight = dy.new_zeros(ctx.num_embeddings, dy.shape[1])  # (V, D)
        dweight.index_add_(0, ids.reshape(-1), dy)  # {eq}`eq-embedding-grad`
        if ctx.padding_idx is not None:
            dweight[ctx.padding_idx] = 0
        return dweight, None, None
