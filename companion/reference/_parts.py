"""Parameters of a model made of parts: each part's names stand behind the part's own name and a dot."""

from collections.abc import Mapping, Sequence

import numpy as np

Params = dict[str, np.ndarray]


def join(parts: Mapping[str, Params]) -> Params:
    """Put the parts' parameters into one dict.

    >>> join({"rnn": {"bias": 1}, "readout": {"bias": 2}})
    {'rnn.bias': 1, 'readout.bias': 2}
    """
    return {f"{part}.{name}": value for part, params in parts.items() for name, value in params.items()}


def split(params: Params, allowed: Sequence[str]) -> dict[str, Params]:
    """Give each part that is there its parameters.

    >>> split({"rnn.bias": 1, "readout.bias": 2}, ("embedding", "rnn", "readout"))
    {'rnn': {'bias': 1}, 'readout': {'bias': 2}}
    >>> split({"rnns.bias": 1}, ("embedding", "rnn"))
    Traceback (most recent call last):
    ValueError: params: expected names that begin with one of embedding, rnn, got 'rnns.bias'
    """
    parts: dict[str, Params] = {}
    for key, value in params.items():
        part, _, name = key.partition(".")
        if part not in allowed:
            raise ValueError(
                f"params: expected names that begin with one of {', '.join(allowed)}, got {key!r}"
            )
        parts.setdefault(part, {})[name] = value
    return parts


def expect_parts(parts: Mapping[str, Params], needed: Sequence[str]) -> None:
    """Refuse parameters that lack a part.

    >>> expect_parts({"rnn": {}}, ("rnn", "readout"))
    Traceback (most recent call last):
    ValueError: params: expected names that begin with readout, got none
    """
    for part in needed:
        if part not in parts:
            raise ValueError(f"params: expected names that begin with {part}, got none")
