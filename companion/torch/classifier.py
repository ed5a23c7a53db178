"""The classifier in PyTorch: one label for a whole sequence, by the reference's names."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.reference.classifier import POOLS
from companion.torch import losses
from companion.torch._labelling import vectors
from companion.torch._sequences import Lengths
from companion.torch.dense import Dense
from companion.torch.embedding import Embedding
from companion.torch.pooling import global_average_pool, global_max_pool
from companion.torch.rnn import RNN
from companion.torch.stack import Stack


class Classifier(nn.Module):
    """Say which class a sequence is of, from the last states of recurrent layers or from a mean.

    Parameters
    ----------
    num_embeddings
        V, at least 1; None leaves the embedding out: the classifier then reads vectors, (T, N, D).
    embedding_dim, num_classes
        D and K, each at least 1.
    hidden_size
        H, at least 1; None leaves the recurrent layers out.
    num_layers, layer, bidirectional
        L, the kind of recurrent layers, and whether each has two directions.
    pool
        ``"last"`` ({eq}`eq-classifier-last`), ``"mean"`` or ``"max"`` ({eq}`eq-classifier-pool`), as in the
        reference. Without recurrent layers ``"mean"`` averages embeddings ({eq}`eq-average-embedding`).
    dropout
        Between layers, in training, as in :class:`companion.torch.stack.Stack`.
    generator
        What the parameters are drawn from, by each part's own rule; None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, there is no such pool, or ``"last"`` is asked for without recurrent layers.

    Examples
    --------
    >>> words = torch.tensor([[1, 2], [3, 4], [5, 0]])
    >>> Classifier(10, 4, 2, 6, bidirectional=True)(words, [3, 2]).shape
    torch.Size([2, 2])
    >>> list(Classifier(10, 4, 2, pool="mean").state_dict())
    ['embedding.weight', 'readout.weight', 'readout.bias']
    """

    def __init__(
        self,
        num_embeddings: int | None,
        embedding_dim: int,
        num_classes: int,
        hidden_size: int | None = None,
        num_layers: int = 1,
        layer: type[Stack] = RNN,
        bidirectional: bool = False,
        pool: str = "last",
        dropout: float = 0.0,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if pool not in POOLS:
            raise ValueError(f'pool: expected "last", "mean" or "max", got {pool!r}')
        if pool == "last" and hidden_size is None:
            raise ValueError('pool: expected "mean" or "max" without recurrent layers, got "last"')
        self.pool, self.embedding_dim, self.features = pool, embedding_dim, embedding_dim
        self.embedding: Embedding | None = None
        self.rnn: Stack | None = None
        if num_embeddings is not None:
            self.embedding = Embedding(
                num_embeddings, embedding_dim, generator=generator, device=device, dtype=dtype
            )
        if hidden_size is not None:
            self.rnn = layer(
                embedding_dim,
                hidden_size,
                num_layers,
                dropout=dropout,
                bidirectional=bidirectional,
                generator=generator,
                device=device,
                dtype=dtype,
            )
            self.features = hidden_size * (2 if bidirectional else 1)
        self.readout = Dense(self.features, num_classes, generator=generator, device=device, dtype=dtype)

    def forward(self, x: torch.Tensor, lengths: Lengths | None = None) -> torch.Tensor:
        """Score every class for every sequence.

        Parameters
        ----------
        x
            Tokens in ``0..V-1``, (T, N); of a classifier without embedding vectors, (T, N, D).
        lengths
            How many steps of each sequence count, (N,); None counts all.

        Returns
        -------
        Tensor
            Logits, (N, K).

        Raises
        ------
        TypeError, ValueError
            As the parts.
        """
        x = vectors(self.embedding, x, self.embedding_dim)  # (T, N, D)
        y, state = (x, None) if self.rnn is None else self.rnn(x, None, lengths)  # (T, N, H) or (T, N, 2H)
        if self.rnn is not None and self.pool == "last":
            h = self.rnn.output(state)[-(2 if self.rnn.bidirectional else 1) :]  # the uppermost layer's
            v = torch.cat(list(h), dim=1)  # (N, H) or (N, 2H)  {eq}`eq-classifier-last`
        else:
            pooled = global_average_pool if self.pool == "mean" else global_max_pool
            # Of embeddings alone the mean is {eq}`eq-average-embedding`.
            v = pooled(y, lengths)  # (N, F)  {eq}`eq-classifier-pool`
        return self.readout(v)  # (N, K)

    def loss(
        self,
        x: torch.Tensor,
        targets: torch.Tensor,
        lengths: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Score a batch by its cross-entropy; one number, in nats.

        Parameters
        ----------
        x, lengths
            As in :meth:`forward`.
        targets
            Classes in ``0..K-1``, (N,).
        reduction
            ``"mean"`` over the sequences, or ``"sum"``.
        """
        logits = self(x, lengths)
        expect_shape("targets", targets.shape, logits.shape[:1])
        return losses.cross_entropy(logits, targets, reduction)

    def predict(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Give each sequence its most probable class, (N,)."""
        return self(x, lengths).argmax(dim=-1)
