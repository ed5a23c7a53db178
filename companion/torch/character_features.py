"""Words joined with their spelling, in PyTorch, by the reference's names."""

from typing import Any

import torch
from torch import nn

from companion.reference._validate import expect_shape
from companion.reference.character_features import JOINED, READERS
from companion.torch._validate import expect_float, expect_integers
from companion.torch.character_gate import CharacterGate
from companion.torch.conv import Conv
from companion.torch.embedding import Embedding
from companion.torch.pooling import global_max_pool
from companion.torch.rnn import RNN
from companion.torch.stack import Stack


class CharacterFeatures(nn.Module):
    """Give every word its vector joined with what a network says of its characters.

    Laid beside each other ({eq}`eq-char-features`) or mixed through a gate ({eq}`eq-char-gate`).

    Parameters
    ----------
    num_embeddings
        V, at least 1; None leaves the words' table out: their vectors are given.
    embedding_dim, num_characters, character_dim
        D, A and D_c, each at least 1.
    hidden_size
        H units in each direction, or as many filters.
    reader
        ``"rnn"``: the last states of a recurrent layer in two directions, M = 2H. ``"cnn"``: tanh of the
        largest that each filter says at any place, M = H.
    joined
        ``"concatenated"`` or ``"gated"``.
    kernel_size
        K, the characters that a filter sees at once.
    layer
        The kind of recurrent layer.
    generator
        What the parameters are drawn from, by each part's own rule; None takes PyTorch's own.
    device, dtype
        Of the parameters, as everywhere in PyTorch.

    Raises
    ------
    ValueError
        If a size is below 1, or there is no such reader or joint.

    Examples
    --------
    >>> features = CharacterFeatures(100, 4, 30, 3, 6, "cnn", "gated")
    >>> characters = torch.zeros(7, 5, 2, dtype=torch.int64)  # at most 7 in each of 5 x 2 words
    >>> spelled = torch.full((5, 2), 7)
    >>> features(torch.zeros(5, 2, dtype=torch.int64), characters, spelled).shape
    torch.Size([5, 2, 4])
    """

    def __init__(
        self,
        num_embeddings: int | None,
        embedding_dim: int,
        num_characters: int,
        character_dim: int,
        hidden_size: int,
        reader: str = "rnn",
        joined: str = "concatenated",
        kernel_size: int = 3,
        layer: type[Stack] = RNN,
        *,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if reader not in READERS:
            raise ValueError(f'reader: expected "rnn" or "cnn", got {reader!r}')
        if joined not in JOINED:
            raise ValueError(f'joined: expected "concatenated" or "gated", got {joined!r}')
        of: dict[str, Any] = {"generator": generator, "device": device, "dtype": dtype}
        self.embedding_dim = embedding_dim
        self.words = None if num_embeddings is None else Embedding(num_embeddings, embedding_dim, **of)
        self.characters = Embedding(num_characters, character_dim, **of)
        self.features = 2 * hidden_size if reader == "rnn" else hidden_size
        self.rnn: Stack | None = None
        self.conv: Conv | None = None
        if reader == "rnn":
            self.rnn = layer(character_dim, hidden_size, bidirectional=True, **of)
        else:
            self.conv = Conv(character_dim, hidden_size, kernel_size, padding="same", **of)
        self.mix = CharacterGate(embedding_dim, self.features, **of) if joined == "gated" else None

    @property
    def output_size(self) -> int:
        """How many numbers a word comes out as: D + M, or D."""
        return self.embedding_dim + (self.features if self.mix is None else 0)

    def read(self, characters: torch.Tensor, spelled: torch.Tensor) -> torch.Tensor:
        """Read the characters of every word: (C, T, N) and their numbers (T, N) to (T, N, M)."""
        expect_integers("characters", characters)
        expect_shape("characters", characters.shape, ("C", "T", "N"))
        expect_shape("spelled", spelled.shape, characters.shape[1:])
        _, T, N = characters.shape
        counts = spelled.reshape(T * N)  # every word is a sequence of its own
        x = self.characters(characters.flatten(1))  # (C, T N, D_c)
        if self.rnn is not None:
            _, last = self.rnn(x, None, counts)
            m = torch.cat(list(self.rnn.output(last)), dim=1)  # (T N, 2H)
        if self.conv is not None:
            m = torch.tanh(global_max_pool(self.conv(x, counts), counts))  # (T N, M)
        return m.view(T, N, self.features)

    def forward(self, words: torch.Tensor, characters: torch.Tensor, spelled: torch.Tensor) -> torch.Tensor:
        """Join: (T, N, D + M), or mixed (T, N, D).

        Parameters
        ----------
        words
            Words in ``0..V-1``, (T, N); without a table of words their vectors, (T, N, D).
        characters
            Characters in ``0..A-1``, (C, T, N): along the first axis those of one word.
        spelled
            How many characters each word has, (T, N); 0 for padding.

        Raises
        ------
        TypeError, ValueError
            As the parts.
        """
        m = self.read(characters, spelled)  # (T, N, M)
        if self.words is not None:
            expect_shape("words", words.shape, m.shape[:2])
            w = self.words(words)  # (T, N, D)
        else:
            expect_float("words", words)
            expect_shape("words", words.shape, (*m.shape[:2], self.embedding_dim))
            w = words
        if self.mix is not None:
            return self.mix(w, m)  # (T, N, D)
        return torch.cat([w, m], dim=-1)  # (T, N, D + M)  {eq}`eq-char-features`
