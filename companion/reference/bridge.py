"""The bridge of an encoder-decoder: of the encoder's last states, the decoder's first ones.

Where both have the same number of units and the encoder reads in one direction, the states are handed over
as they are. Otherwise each layer's first state is the tanh of a dense layer on that layer's last one, or on
its two last ones beside each other, forward first ({eq}`eq-seq2seq-bridge`).

Parameters: none; or ``0.weight`` (H, K) and ``0.bias`` (H,), one pair for each of the L layers. For layers
whose state is a tuple, as an LSTM's (h, c), those of all h come before those of all c. K is the encoder's
number of units, twice that after two directions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from companion.reference import dense
from companion.reference._states import State
from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]


class Cache(NamedTuple):
    """What :func:`backward` needs."""

    maps: list[tuple[dense.Cache, np.ndarray]]  # of each state what went in, and what the tanh gave, (N, H)
    directions: int
    is_tuple: bool


def sizes(encoder_size: int, hidden_size: int, states: int, bidirectional: bool) -> list[tuple[int, int]]:
    """Return the shapes of the matrices, one for each of the decoder's states; none if it needs none.

    >>> sizes(6, 6, 2, False), sizes(6, 6, 2, True)
    ([], [(6, 12), (6, 12)])
    """
    if encoder_size == hidden_size and not bidirectional:
        return []
    return [(hidden_size, 2 * encoder_size if bidirectional else encoder_size)] * states


def init(
    encoder_size: int,
    hidden_size: int,
    states: int,
    rng: np.random.Generator,
    bidirectional: bool = False,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters, each uniformly from +-1/sqrt(K).

    Parameters
    ----------
    encoder_size, hidden_size
        Units of the encoder, in each direction, and of the decoder.
    states
        How many states the decoder has: its layers, for an LSTM twice as many.
    rng
        The generator that they are drawn from.
    bidirectional
        Whether the encoder reads in both directions.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        By the names and shapes above.

    Examples
    --------
    >>> params = init(4, 6, 1, np.random.default_rng(0), bidirectional=True)
    >>> {name: array.shape for name, array in params.items()}
    {'0.weight': (6, 8), '0.bias': (6,)}
    """
    params: Params = {}
    for i, (rows, columns) in enumerate(sizes(encoder_size, hidden_size, states, bidirectional)):
        params |= {f"{i}.{name}": array for name, array in dense.init(columns, rows, rng, dtype).items()}
    return params


def forward(params: Params, last: State, directions: int = 1) -> tuple[State, Cache]:
    """Make the decoder's first states.

    Parameters
    ----------
    params
        By the names and shapes above; none hands the states over as they are.
    last
        The encoder's last states, (L, N, H_e), after two directions (2L, N, H_e), each layer's forward one
        before its backward one; or a tuple of such.
    directions
        1 or 2.

    Returns
    -------
    state : ndarray or tuple of ndarray
        (L, N, H)
    cache
        What :func:`backward` needs.

    Raises
    ------
    ValueError
        If the parameters are not one pair for each state.

    Examples
    --------
    >>> params = {"0.weight": np.array([[1.0, -1.0]]), "0.bias": np.zeros(1)}
    >>> forward(params, np.array([[[3.0]], [[3.0]]]), directions=2)[0]
    array([[[0.]]])
    """
    parts = last if isinstance(last, tuple) else (last,)
    cache = Cache([], directions, isinstance(last, tuple))
    if not params and directions == 1:
        return last, cache  # {eq}`eq-seq2seq-bridge`
    L = len(parts[0]) // directions
    expect_keys("bridge", params, [f"{i}.{n}" for i in range(len(parts) * L) for n in ("weight", "bias")])
    for part in parts:
        N, size = part.shape[1:]
        for layer in part.reshape(L, directions, N, size).swapaxes(1, 2).reshape(L, N, directions * size):
            one = {name: params[f"{len(cache.maps)}.{name}"] for name in ("weight", "bias")}
            a, below = dense.forward(one, layer)  # (N, H)
            cache.maps.append((below, np.tanh(a)))  # {eq}`eq-seq2seq-bridge`
    made = [np.stack([h for _, h in cache.maps[i * L : (i + 1) * L]]) for i in range(len(parts))]
    return (tuple(made) if cache.is_tuple else made[0]), cache


def backward(cache: Cache, dstate: State) -> tuple[State, Params]:
    """Go back to the encoder's last states ({eq}`eq-seq2seq-grad-bridge`).

    Parameters
    ----------
    cache
        From :func:`forward`.
    dstate
        Gradient of the loss with respect to the decoder's first states, in their form.

    Returns
    -------
    dlast : ndarray or tuple of ndarray
        With respect to the encoder's last states, in their form.
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If a gradient has not the shape of its state.
    """
    if not cache.maps:
        return dstate, {}
    parts = dstate if isinstance(dstate, tuple) else (dstate,)
    L = len(cache.maps) // len(parts)
    dparams: Params = {}
    dlast = []
    for i, part in enumerate(parts):
        expect_shape("dstate", floats("dstate", part).shape, (L, *cache.maps[0][1].shape))
        for layer, dh in enumerate(part):
            below, h = cache.maps[i * L + layer]
            dx, done = dense.backward(below, dh * (1 - h**2))  # (N, K)  {eq}`eq-seq2seq-grad-bridge`
            dparams |= {f"{i * L + layer}.{name}": grad for name, grad in done.items()}
            dlast += np.split(dx, cache.directions, axis=1)  # (N, H_e) each
    rows = np.split(np.stack(dlast), len(parts))  # (directions L, N, H_e) each
    return (tuple(rows) if cache.is_tuple else rows[0]), dparams
