"""The encoder-decoder in PyTorch: one network reads a sequence, another writes one, by the reference's names.

Batches of targets come from :func:`companion.reference.batching.sentence_batch`; sentences are searched for
with :mod:`companion.torch.decode`, which takes :meth:`Seq2Seq.step`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from companion.reference import bridge
from companion.reference._seq2seq import DecoderState, score_of
from companion.reference._validate import expect_shape
from companion.torch import sequence_losses
from companion.torch._sequences import Lengths, counted, padding
from companion.torch._validate import expect_integers
from companion.torch._weights import State
from companion.torch.attention import Attention
from companion.torch.dense import Dense
from companion.torch.dropout import Dropout
from companion.torch.embedding import Embedding
from companion.torch.gru import GRU
from companion.torch.stack import Stack


class Seq2Seq(nn.Module):
    """Read a sequence, and say of another how probable each of its tokens is to come next.

    The parameters are those of :mod:`companion.reference.seq2seq`, by name and shape.

    Parameters
    ----------
    num_source, num_target
        How many tokens each side knows, V_s and V_t.
    embedding_dim, hidden_size, num_layers
        D, H and L of encoder and decoder, each at least 1.
    layer
        The kind of recurrent layers.
    bidirectional
        True lets the encoder read in both directions. The decoder writes in one.
    encoder_size
        The encoder's number of units in each direction, H_e; None is H. Where the decoder cannot take over
        the encoder's states as they are, a bridge makes its own of them: if H_e is not H, and after two
        directions.
    attention
        ``"dot"``, ``"general"`` or ``"additive"`` lets the decoder look at all the encoder's outputs; None
        gives it the encoder's last states and nothing else.
    dropout
        In training, the probability that a number is struck out of the embeddings, of what goes from one
        layer to the next, and of what the read-out reads, in [0, 1).
    generator
        What the parameters are drawn from, by each part's own rule; None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, or the score does not fit the sizes.

    Examples
    --------
    >>> model = Seq2Seq(10, 12, 4, 6, attention="general", bidirectional=True)
    >>> source, inputs = torch.tensor([[3, 4], [5, 0]]), torch.tensor([[1, 1], [7, 8], [9, 6]])
    >>> logits, weights = model(source, inputs, torch.tensor([2, 1]))
    >>> logits.shape, weights.shape
    (torch.Size([3, 2, 12]), torch.Size([3, 2, 2]))
    >>> state = model.encode(source, torch.tensor([2, 1]))
    >>> first, state = model.step(inputs[0], state)
    >>> bool(torch.allclose(first, logits[0], atol=1e-6))
    True
    """

    def __init__(
        self,
        num_source: int,
        num_target: int,
        embedding_dim: int,
        hidden_size: int,
        num_layers: int = 1,
        layer: type[Stack] = GRU,
        bidirectional: bool = False,
        encoder_size: int | None = None,
        attention: str | None = None,
        dropout: float = 0.0,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        D, H, L = embedding_dim, hidden_size, num_layers
        H_e = H if encoder_size is None else encoder_size
        K = 2 * H_e if bidirectional else H_e  # of the encoder's outputs
        between = dropout if L > 1 else 0.0

        def dense(rows: int, columns: int) -> Dense:
            return Dense(columns, rows, generator=generator, device=device, dtype=dtype)

        def embedding(tokens: int) -> Embedding:
            return Embedding(tokens, D, generator=generator, device=device, dtype=dtype)

        def stack(size: int, both: bool) -> Stack:
            return layer(
                D,
                size,
                L,
                dropout=between,
                bidirectional=both,
                generator=generator,
                device=device,
                dtype=dtype,
            )

        self.source_embedding = embedding(num_source)
        self.encoder = stack(H_e, bidirectional)
        shapes = bridge.sizes(H_e, H, L * layer.states, bidirectional)
        self.bridge = nn.ModuleList([dense(*shape) for shape in shapes])
        self.target_embedding = embedding(num_target)
        self.decoder = stack(H, False)
        self.attention, self.combine = None, None
        if attention is not None:
            self.attention = Attention(H, K, attention, generator=generator, device=device, dtype=dtype)
            self.combine = dense(H, K + H)
        self.readout = dense(num_target, H)
        self.dropout = Dropout(dropout)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], layer: type[Stack] = GRU) -> "Seq2Seq":
        """Build the model that these parameters belong to, in double precision; shapes tell its sizes.

        Parameters
        ----------
        params
            Arrays by name, such as the reference's, or what a file of :mod:`companion.weights` holds.
        layer
            The kind of recurrent layers.

        Returns
        -------
        Seq2Seq
            In evaluation mode.
        """
        num_source, D = params["source_embedding.weight"].shape
        num_target, H = params["readout.weight"].shape
        model = cls(
            num_source,
            num_target,
            D,
            H,
            num_layers=sum(name.startswith("decoder.weight_hh_l") for name in params),
            layer=layer,
            bidirectional="encoder.weight_hh_l0_reverse" in params,
            encoder_size=params["encoder.weight_hh_l0"].shape[1],
            attention=score_of(params),
            dtype=torch.float64,
        )
        model.load_state_dict({name: torch.as_tensor(array) for name, array in params.items()})
        return model.eval()

    def encode(self, source: torch.Tensor, lengths: Lengths | None = None) -> DecoderState:
        """Read the sources.

        Parameters
        ----------
        source
            Tokens in ``0..V_s-1``, (S, N).
        lengths
            How many of each source count, N integers; None counts all.

        Returns
        -------
        DecoderState
            What the decoder begins with, the sequences along axis 1 of all its tensors.

        Raises
        ------
        TypeError, ValueError
            If the ids or lengths do not fit.
        """
        expect_integers("source", source)
        expect_shape("source", source.shape, ("S", "N"))
        x = self.dropout(self.source_embedding(source))  # (S, N, D)
        memory, last = self.encoder(x, None, lengths)  # (S, N, K)  {eq}`eq-seq2seq-encoder`
        state = self._bridged(last)  # (L, N, H)
        if self.attention is None:
            return DecoderState(state, None, None)
        kept = None if lengths is None else counted(lengths, memory)[None]  # (1, N)
        return DecoderState(state, memory, kept)

    def forward(
        self,
        source: torch.Tensor,
        inputs: torch.Tensor,
        source_lengths: Lengths | None = None,
        target_lengths: Lengths | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Say at every step of the targets what comes next, as logits, with the true tokens before it given.

        Parameters
        ----------
        source
            Tokens in ``0..V_s-1``, (S, N).
        inputs
            What the decoder reads, tokens in ``0..V_t-1``, (T, N): the targets moved on by one, behind a
            token that begins them all. So the decoder is told the right token before, whatever it would have
            said itself: teacher forcing.
        source_lengths, target_lengths
            How many steps of each count, N integers; None counts all.

        Returns
        -------
        logits : Tensor
            (T, N, V_t)
        weights : Tensor or None
            How much each step attends to each token of the source, (T, N, S); None without attention.
        """
        expect_integers("inputs", inputs)
        expect_shape("inputs", inputs.shape, ("T", "N"))
        if source.ndim == 2:
            expect_shape("inputs", inputs.shape, ("T", source.shape[1]))
        before = self.encode(source, source_lengths)
        x = self.dropout(self.target_embedding(inputs))  # (T, N, D)
        y, _ = self.decoder(x, before.state, target_lengths)  # (T, N, H)  {eq}`eq-seq2seq-decoder`
        y, weights = self._attended(y, before)
        return self.readout(self.dropout(y)), weights  # {eq}`eq-seq2seq-decoder`

    def step(self, ids: torch.Tensor, state: DecoderState) -> tuple[torch.Tensor, DecoderState]:
        """Read one token of each target, (N,), and say what comes next: logits (N, V_t), and the state after.

        It is what the searches of :mod:`companion.torch.decode` ask for. Call ``eval()`` before. There may be
        K targets of each source, side by side: its memory stays one for all of them (``share=True`` there).
        """
        expect_integers("ids", ids)
        expect_shape("ids", ids.shape, ("N",))
        sources = len(ids) if state.memory is None else state.memory.shape[1]
        if len(ids) % max(1, sources):
            raise ValueError(f"ids: expected as many for each of {sources} sources, got {len(ids)}")
        after = self.decoder.step(self.target_embedding(ids), state.state)  # (L, N K, H)
        y = self.decoder.output(after)[-1]  # (N K, H)
        if self.attention is not None and self.combine is not None:
            memory = state.memory.transpose(0, 1)  # (N, S, K), zero beyond each source's end
            beyond = None if state.lengths is None else padding(state.lengths[0], memory.shape[1])  # (N, S)
            queries = y.view(sources, len(ids) // max(1, sources), y.shape[1])  # (N, K, H)
            context, _ = self.attention.attend(queries, memory, memory, beyond)
            y = _combined(self.combine, context.flatten(0, 1), y)  # (N K, H)
        return self.readout(y), state._replace(state=after)

    def loss(
        self,
        source: torch.Tensor,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        source_lengths: Lengths | None = None,
        target_lengths: torch.Tensor | None = None,
        reduction: str = "mean",
    ) -> torch.Tensor:
        """Score a batch: what the right tokens cost, in nats ({eq}`eq-seq2seq-loss`).

        Parameters
        ----------
        source, inputs, source_lengths, target_lengths
            As in :meth:`forward`.
        targets
            What the decoder is to say, (T, N): the target of a step is the input of the next.
        reduction
            ``"mean"`` over the real tokens, or ``"sum"``.

        Returns
        -------
        Tensor
            One number. Only steps within the target's own length count.
        """
        logits, _ = self(source, inputs, source_lengths, target_lengths)
        return sequence_losses.cross_entropy(  # {eq}`eq-seq2seq-loss`
            logits, targets, reduction, lengths=target_lengths
        )

    def log_probs(
        self,
        source: torch.Tensor,
        inputs: torch.Tensor,
        targets: torch.Tensor,
        source_lengths: Lengths | None = None,
        target_lengths: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the logarithm of each target token's probability, (T, N), 0 beyond the targets' ends.

        The sum over the first axis is that of a whole target ({eq}`eq-seq2seq-probability`).
        """
        logits, _ = self(source, inputs, source_lengths, target_lengths)
        return sequence_losses.token_log_probs(  # {eq}`eq-seq2seq-probability`
            logits, targets, lengths=target_lengths
        )

    def _bridged(self, last: State) -> State:
        """Make the decoder's first states of the encoder's last ones, each layer's of that layer's."""
        if not self.bridge:
            return last  # {eq}`eq-seq2seq-bridge`
        directions, L = (2 if self.encoder.bidirectional else 1), self.decoder.num_layers
        bridged = []
        for i, part in enumerate(last if isinstance(last, tuple) else (last,)):
            layers = part.unflatten(0, (L, directions)).transpose(1, 2).flatten(2)  # (L, N, K)
            maps = self.bridge[i * L : (i + 1) * L]
            states = [torch.tanh(m(h)) for m, h in zip(maps, layers, strict=True)]  # {eq}`eq-seq2seq-bridge`
            bridged.append(torch.stack(states))
        return tuple(bridged) if isinstance(last, tuple) else bridged[0]

    def _attended(self, y: torch.Tensor, state: DecoderState) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Join the decoder's outputs, (T, N, H), with what they attend to, if they do."""
        if self.attention is None or self.combine is None:
            return y, None
        lengths = None if state.lengths is None else state.lengths[0]
        context, weights = self.attention(y, state.memory, state.memory, lengths)  # (T, N, K), (T, N, S)
        return _combined(self.combine, context, y), weights


def _combined(combine: Dense, context: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Make of context and output, (..., K) and (..., H), what the read-out sees, (..., H)."""
    joined = torch.cat([context, y], dim=-1)  # (..., K + H)
    return torch.tanh(combine(joined))  # {eq}`eq-attention-decoder`
