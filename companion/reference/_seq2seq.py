"""What the encoder-decoder is made of: its parameters by part, the way in, attention on the way out."""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference import _parts, attention, bridge, dense, embedding, stack
from companion.reference._validate import expect_shape, integers

Params = dict[str, np.ndarray]
Parts = dict[str, Params]

PARTS = (
    "source_embedding",
    "encoder",
    "bridge",
    "target_embedding",
    "decoder",
    "attention",
    "combine",
    "readout",
)


class DecoderState(NamedTuple):
    """What the decoder knows before a step: the sequences are along axis 1 of everything that is there."""

    state: Any
    """The decoder's recurrent states, (L, N, H), or a tuple of such."""
    memory: Any
    """The encoder's outputs, (S, N, K); None without attention."""
    lengths: Any
    """How many of them count, (1, N); None without attention, or if all do."""


def encoded(
    parts: Parts, source: ArrayLike, lengths: ArrayLike | None, layer: ModuleType
) -> tuple[DecoderState, embedding.Cache, stack.Cache, bridge.Cache]:
    """Read the sources: what the decoder begins with, and the caches of embedding, encoder and bridge."""
    source = integers("source", source)
    expect_shape("source", source.shape, ("S", "N"))
    both = any(name.endswith(stack.REVERSE) for name in parts["encoder"])
    x, source_cache = embedding.forward(parts["source_embedding"], source)  # (S, N, D)
    memory, last, cache = stack.forward(  # (S, N, K)  {eq}`eq-seq2seq-encoder`
        parts["encoder"], x, None, lengths, layer.forward, both
    )
    state, bridge_cache = bridge.forward(parts["bridge"], last, 2 if both else 1)  # (L, N, H)
    begins = DecoderState(state, None, None)  # without attention nobody asks for the rest
    if parts["combine"]:
        begins = DecoderState(state, memory, None if lengths is None else np.asarray(lengths)[None])
    return begins, source_cache, cache, bridge_cache


class Attended(NamedTuple):
    """What :func:`attended_backward` needs."""

    attention: attention.Cache
    combine: dense.Cache
    made: np.ndarray  # (T, N, H): what the tanh gave


def attended(
    parts: Parts, y: np.ndarray, state: DecoderState
) -> tuple[np.ndarray, np.ndarray | None, Attended | None]:
    """Join the decoder's outputs, (T, N, H), with what they attend to, if they do."""
    if not parts["combine"]:
        return y, None, None
    lengths = None if state.lengths is None else state.lengths[0]
    score = score_by_names(parts["attention"])
    context, weights, asked = attention.forward(
        parts["attention"], y, state.memory, state.memory, lengths, score
    )
    joined = np.concatenate([context, y], axis=2)  # (T, N, K + H)
    a, below = dense.forward(parts["combine"], joined)
    made = np.tanh(a)  # (T, N, H)  {eq}`eq-attention-decoder`
    return made, weights, Attended(asked, below, made)


def attended_backward(
    cache: Attended | None, dy: np.ndarray, dweights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None, Parts]:
    """Go back to the decoder's outputs, (T, N, H), and to the encoder's, (S, N, K), if they were asked."""
    if cache is None:
        if dweights is not None:
            raise ValueError("dweights: expected None without attention")
        return dy, None, {}
    da = dy * (1 - cache.made**2)  # (T, N, H)
    djoined, dcombine = dense.backward(cache.combine, da)  # (T, N, K + H)
    dcontext, dy = np.split(djoined, [djoined.shape[2] - dy.shape[2]], axis=2)
    dquery, dkeys, dvalues, dattention = attention.backward(cache.attention, dcontext, dweights)
    return dy + dquery, dkeys + dvalues, {"attention": dattention, "combine": dcombine}


def score_of(params: Mapping[str, Any]) -> str | None:
    """Tell by the names of the parameters which score the attention has; None if there is no attention.

    >>> score_of({"combine.weight": 0, "attention.weight": 0}), score_of({"readout.weight": 0})
    ('general', None)
    """
    if "combine.weight" not in params:
        return None
    return score_by_names(name.removeprefix("attention.") for name in params if name.startswith("attention."))


def score_by_names(names: Iterable[str]) -> str:
    """Tell which score has these parameters."""
    found = set(names)
    for score, wanted in attention.NAMES.items():
        if found == set(wanted):
            return score
    known = ", ".join(attention.NAMES)
    raise ValueError(f"attention: expected the parameters of one of {known}, got {sorted(found)}")


def split(params: Params) -> Parts:
    """Give each part its parameters, none to one that is not there."""
    return {part: {} for part in PARTS} | _parts.split(params, PARTS)


def join(parts: Mapping[str, Params]) -> Params:
    """Put the parts' parameters into one dict, each name behind its part's, in the order of the parts."""
    return _parts.join({part: parts[part] for part in PARTS if part in parts})
