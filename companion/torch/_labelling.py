"""What taggers and classifiers read: tokens through their embedding, or vectors as they are."""

import torch

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float, expect_integers
from companion.torch.embedding import Embedding


def vectors(embedding: Embedding | None, x: torch.Tensor, size: int) -> torch.Tensor:
    """Give a vector for each step, (T, N, D): of tokens, (T, N), their rows; without embedding x itself."""
    if embedding is None:
        expect_float("x", x)
        expect_shape("x", x.shape, ("T", "N", size))
        return x
    expect_integers("x", x)
    expect_shape("x", x.shape, ("T", "N"))
    return embedding(x)
