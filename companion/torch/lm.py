"""The language model in PyTorch: embedding, recurrent layers and read-out, by the reference's names.

Batches come from :mod:`companion.reference.batching`.
"""

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.reference.lm import AT_ONCE
from companion.torch import sequence_losses
from companion.torch._validate import expect_bool, expect_integers
from companion.torch._weights import State, detached
from companion.torch.dense import Dense
from companion.torch.embedding import Embedding
from companion.torch.rnn import RNN
from companion.torch.stack import Stack


class LM(nn.Module):
    """Say at every step how probable each token is to come next.

    Parameters
    ----------
    num_embeddings, embedding_dim, hidden_size, num_layers
        V, D, H and L, each at least 1.
    layer
        The kind of recurrent layers.
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
    >>> model = LM(10, 4, 6)
    >>> logits, h_n = model(torch.tensor([[1, 2, 3], [4, 5, 6]]))
    >>> logits.shape, h_n.shape
    (torch.Size([2, 3, 10]), torch.Size([1, 3, 6]))
    >>> list(model.state_dict())[:2]
    ['embedding.weight', 'rnn.weight_ih_l0']
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int = 1,
        layer: type[Stack] = RNN,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.embedding = Embedding(
            num_embeddings, embedding_dim, generator=generator, device=device, dtype=dtype
        )
        self.rnn = layer(
            embedding_dim, hidden_size, num_layers, generator=generator, device=device, dtype=dtype
        )
        self.readout = Dense(hidden_size, num_embeddings, generator=generator, device=device, dtype=dtype)

    def forward(
        self, ids: torch.Tensor, h_0: State = None, lengths: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, State]:
        """Say at every step what comes next, as logits.

        Parameters
        ----------
        ids
            Tokens in ``0..V-1``, (T, N).
        h_0
            The states before the first token, (L, N, H), or a tuple of such if the layer's state is one; None
            is zero.
        lengths
            How many steps of each sequence count, (N,); None counts all.

        Returns
        -------
        logits : Tensor
            (T, N, V)
        h_n : Tensor or tuple of Tensor
            Each layer's states at the sequences' own ends, in the form of h_0.

        Raises
        ------
        TypeError, ValueError
            As the three parts.
        """
        expect_integers("ids", ids)
        expect_shape("ids", ids.shape, ("T", "N"))
        y, h_n = self.rnn(self.embedding(ids), h_0, lengths)  # (T, N, H), (L, N, H)
        return self.readout(y), h_n

    def step(self, ids: torch.Tensor, h: State = None) -> tuple[torch.Tensor, State]:
        """Read one token of each sequence, (N,), and say what comes next: logits (N, V), states (L, N, H)."""
        expect_integers("ids", ids)
        expect_shape("ids", ids.shape, ("N",))
        h = self.rnn.step(self.embedding(ids), h)  # (L, N, H)
        return self.readout(self.rnn.output(h)[-1]), h

    def loss(
        self,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        h_0: State = None,
        reduction: str = "mean",
        mask: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, State]:
        """Score a batch ({eq}`eq-lm-loss`): the loss, and the states to go on with, detached.

        Parameters
        ----------
        inputs, targets
            Tokens, (T, N) each; the target of a step is the input of the next.
        h_0
            The states before the first token, (L, N, H); None is zero.
        reduction, mask, lengths
            As in :func:`companion.torch.sequence_losses.cross_entropy`.

        Returns
        -------
        loss : Tensor
            One number, in nats.
        h_n : Tensor
            (L, N, H), cut off from the graph: no gradient goes from one batch into the one before.
        """
        logits, h_n = self(inputs, h_0, lengths)
        loss = sequence_losses.cross_entropy(  # {eq}`eq-lm-loss`
            logits, targets, reduction, mask, lengths
        )
        return loss, detached(h_n)

    def log_probs(
        self,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        h_0: State = None,
        mask: torch.Tensor | None = None,
        lengths: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, State]:
        """Return the logarithm of each target's probability, (T, N), 0 where nothing counts, and h_n.

        Under ``torch.no_grad()`` it never holds the logits of all steps.
        """
        expect_integers("inputs", inputs)
        expect_shape("inputs", inputs.shape, ("T", "N"))
        expect_shape("targets", targets.shape, inputs.shape)
        if mask is not None:
            expect_bool("mask", mask)
            expect_shape("mask", mask.shape, inputs.shape)
        y, h_n = self.rnn(self.embedding(inputs), h_0, lengths)  # (T, N, H), (L, N, H)
        size = max(1, AT_ONCE // max(1, inputs.shape[1] * len(self.readout.bias)))  # steps at a time
        parts = [y.new_zeros(0, inputs.shape[1])]  # of no steps, what there is to put together
        for start in range(0, len(inputs), size):
            steps = slice(start, start + size)
            part = None if mask is None else mask[steps]
            left = None if lengths is None else (lengths - start).clamp(0, len(y[steps]))
            logits = self.readout(y[steps])  # (size, N, V)
            parts.append(sequence_losses.token_log_probs(logits, targets[steps], part, left))
        return torch.cat(parts), h_n
