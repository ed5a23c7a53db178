"""The tagger in PyTorch: embedding, recurrent layers, a read-out at every step, by the reference's names."""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.torch import sequence_losses
from companion.torch._labelling import vectors
from companion.torch._sequences import Lengths
from companion.torch._validate import expect_bool
from companion.torch.dense import Dense
from companion.torch.embedding import Embedding
from companion.torch.rnn import RNN
from companion.torch.stack import Stack


class Tagger(nn.Module):
    """Say of every token of a sequence which label it has ({eq}`eq-tagger`).

    Parameters
    ----------
    num_embeddings
        V, at least 1; None leaves the embedding out: the tagger then reads vectors, (T, N, D).
    embedding_dim, hidden_size, num_tags, num_layers
        D, H, K and L, each at least 1.
    layer
        The kind of recurrent layers.
    bidirectional
        Whether each layer has two directions.
    dropout
        Between layers, in training, as in :class:`companion.torch.stack.Stack`.
    generator
        What the parameters are drawn from, by each part's own rule; None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> model = Tagger(10, 4, 6, 3, bidirectional=True)
    >>> model(torch.tensor([[1, 2], [3, 4], [5, 0]]), [3, 2]).shape
    torch.Size([3, 2, 3])
    >>> list(model.state_dict())[:2]
    ['embedding.weight', 'rnn.weight_ih_l0']
    """

    def __init__(
        self,
        num_embeddings: int | None,
        embedding_dim: int,
        hidden_size: int,
        num_tags: int,
        num_layers: int = 1,
        layer: type[Stack] = RNN,
        bidirectional: bool = False,
        dropout: float = 0.0,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.embedding: Embedding | None = None
        if num_embeddings is not None:
            self.embedding = Embedding(
                num_embeddings, embedding_dim, generator=generator, device=device, dtype=dtype
            )
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
        features = hidden_size * (2 if bidirectional else 1)
        self.readout = Dense(features, num_tags, generator=generator, device=device, dtype=dtype)

    def forward(self, x: torch.Tensor, lengths: Lengths | None = None) -> torch.Tensor:
        """Score every label at every step.

        Parameters
        ----------
        x
            Tokens in ``0..V-1``, (T, N); of a tagger without embedding vectors, (T, N, D).
        lengths
            How many steps of each sequence count, (N,); None counts all.

        Returns
        -------
        Tensor
            Logits, (T, N, K). Beyond a sequence's end they mean nothing.

        Raises
        ------
        TypeError, ValueError
            As the parts.
        """
        x = vectors(self.embedding, x, self.rnn.input_size)  # (T, N, D)
        y, _ = self.rnn(x, None, lengths)  # (T, N, H) or (T, N, 2H)
        return self.readout(y)  # (T, N, K)  {eq}`eq-tagger`

    def loss(
        self,
        x: torch.Tensor,
        targets: torch.Tensor,
        lengths: torch.Tensor | None = None,
        mask: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Score a batch over its real tokens ({eq}`eq-tagger-loss`); one number, in nats.

        Parameters
        ----------
        x, lengths
            As in :meth:`forward`.
        targets
            Labels in ``0..K-1``, (T, N). Where nothing counts any integer may stand.
        mask
            Truth values, (T, N): False leaves tokens out that lie within their sequence.
        reduction
            ``"mean"`` over the tokens that count, or ``"sum"``.
        """
        logits = self(x, lengths)
        kept = self._counted(logits, lengths, mask)
        return sequence_losses.cross_entropy(logits, targets, reduction, kept)  # {eq}`eq-tagger-loss`

    def predict(self, x: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Give each token its most probable label, (T, N), -1 beyond each sequence's end."""
        logits = self(x, lengths)
        best = logits.argmax(dim=-1)  # (T, N)
        live = self._counted(logits, lengths, None)
        return best if live is None else best.where(live, -1)

    @staticmethod
    def _counted(
        logits: torch.Tensor, lengths: torch.Tensor | None, mask: torch.Tensor | None
    ) -> torch.Tensor | None:
        """Return which tokens lie within their sequence and are not masked out, (T, N); None: all count."""
        if mask is not None:
            expect_bool("mask", mask)
            expect_shape("mask", mask.shape, logits.shape[:2])
        if lengths is None:
            return mask
        live = sequence_losses.mask_from_lengths(torch.as_tensor(lengths), len(logits)).to(logits.device)
        return live if mask is None else live & mask
