"""What taggers and classifiers share below the read-out: an embedding, or vectors, and recurrent layers."""

from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference import bidirectional, embedding, stack
from companion.reference._parts import Params
from companion.reference._states import State
from companion.reference._validate import expect_shape, floats, integers


class Cache(NamedTuple):
    """What :func:`states_backward` needs."""

    embedding: embedding.Cache | None  # None if vectors were given
    rnn: stack.Cache | None  # None if there are no recurrent layers
    layer: ModuleType


def two_directions(parts: dict[str, Params]) -> bool:
    """Say whether the recurrent layers have a backward direction; their names tell."""
    return any(name.endswith(bidirectional.REVERSE) for name in parts.get("rnn", ()))


def states(
    parts: dict[str, Params], x: ArrayLike, lengths: ArrayLike | None, layer: ModuleType
) -> tuple[np.ndarray, State, Cache]:
    """Look ids up, or take vectors, and run the recurrent layers, if there are any, over them.

    Returns
    -------
    y : ndarray
        (T, N, H) or (T, N, 2H); without recurrent layers the vectors, (T, N, D).
    state
        The layers' last states; None without recurrent layers.
    cache
        What :func:`states_backward` needs.
    """
    looked_up = None
    if "embedding" in parts:
        ids = integers("x", x)
        expect_shape("x", ids.shape, ("T", "N"))
        vectors, looked_up = embedding.forward(parts["embedding"], ids)  # (T, N, D)
    else:
        vectors = floats("x", x)
        expect_shape("x", vectors.shape, ("T", "N", "D"))
    if "rnn" not in parts:
        return vectors, None, Cache(looked_up, None, layer)
    y, last, run = stack.forward(
        parts["rnn"], vectors, None, lengths, layer.forward, two_directions(parts)
    )  # (T, N, H) or (T, N, 2H)
    return y, last, Cache(looked_up, run, layer)


def states_backward(
    cache: Cache, dy: np.ndarray | None, dstate: State = None
) -> tuple[np.ndarray | None, dict[str, Params]]:
    """Go back to the vectors, (T, N, D), or if ids were given into the table; None for dx then."""
    parts: dict[str, Params] = {}
    dx: Any = dy
    if cache.rnn is not None:
        dx, _, parts["rnn"] = stack.backward(cache.rnn, dy, dstate, cache.layer.backward)  # (T, N, D)
    if cache.embedding is not None:
        dx, table = embedding.backward(cache.embedding, dx)
        parts = {"embedding": table, **parts}
    return dx, parts
