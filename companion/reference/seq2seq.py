"""The encoder-decoder."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from companion.reference import attention


class DecoderState(NamedTuple):
    """What the decoder knows before a step: the sequences are along axis 1 of everything that is there."""

    state: Any
    """The decoder's recurrent states, (L, N, H), or a tuple of such."""
    memory: Any
    """The encoder's outputs, (S, N, K); None without attention."""
    lengths: Any
    """How many of them count, (1, N); None without attention, or if all do."""


def bridge_sizes(
    encoder_size: int, hidden_size: int, states: int, bidirectional: bool
) -> list[tuple[int, int]]:
    """Return the shapes of the bridge's matrices, one for each state of the decoder; none if it needs none.

    >>> bridge_sizes(6, 6, 2, False), bridge_sizes(6, 6, 2, True)
    ([], [(6, 12), (6, 12)])
    """
    if encoder_size == hidden_size and not bidirectional:
        return []
    return [(hidden_size, 2 * encoder_size if bidirectional else encoder_size)] * states


def score_of(params: Mapping[str, Any]) -> str | None:
    """Tell by the names of the parameters which score the attention has; None if there is no attention.

    >>> score_of({"combine.weight": 0, "attention.weight": 0}), score_of({"readout.weight": 0})
    ('general', None)
    """
    if "combine.weight" not in params:
        return None
    found = {name.removeprefix("attention.") for name in params if name.startswith("attention.")}
    for score, names in attention.NAMES.items():
        if found == set(names):
            return score
    raise ValueError(
        f"params: expected the names of one of {', '.join(attention.NAMES)}, got {sorted(found)}"
    )
