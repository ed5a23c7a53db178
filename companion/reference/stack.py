"""Recurrent layers on top of each other: the states of one layer are the inputs of the next.

Parameters carry PyTorch's names, the layer's number at the end: ``weight_ih_l0`` (H, D), ``weight_ih_l1``
(H, H), and so on, as in a ``torch.nn.RNN`` of L layers; of layers in two directions also
``weight_ih_l0_reverse``, and ``weight_ih_l1`` is (H, 2H). States are (L, N, H), the lowest layer first, or
(2L, N, H), each layer's forward direction before its backward one. Where a layer's state is a tuple of
arrays, as an LSTM's, so is this.

Which kind of layer is stacked is an argument: the functions of :mod:`companion.reference.rnn`, or others of
the same form. ``partial(rnn.forward, nonlinearity="relu")`` is such a function too.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import bidirectional as two_directions
from companion.reference import dropout, rnn
from companion.reference._states import State, join, split
from companion.reference._validate import expect_dropout_rate

Params = dict[str, np.ndarray]

REVERSE = two_directions.REVERSE


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    layers: list[Any]  # one cache a layer
    dropout: list[dropout.Cache]  # one for each mask
    bidirectional: bool


def init(
    input_size: int,
    hidden_size: int,
    num_layers: int,
    rng: np.random.Generator,
    layer: Callable[..., Params] = rnn.init,
    dtype: DTypeLike = np.float64,
    bidirectional: bool = False,
) -> Params:
    """Draw the parameters of L layers, each by the layer's own rule.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    rng
        The generator that they are drawn from, the lowest layer first.
    layer
        What draws one layer, or one direction of it.
    dtype
        Precision of the parameters.
    bidirectional
        Whether each layer has two directions.

    Returns
    -------
    dict
        The parameters of all layers, by name.

    Examples
    --------
    >>> params = init(4, 6, 2, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items() if name.startswith("weight")}
    {'weight_ih_l0': (6, 4), 'weight_hh_l0': (6, 6), 'weight_ih_l1': (6, 6), 'weight_hh_l1': (6, 6)}
    """
    if num_layers < 1:
        raise ValueError(f"num_layers: expected at least 1, got {num_layers}")
    if bidirectional:
        layer = partial(two_directions.init, layer=layer)
    above = 2 * hidden_size if bidirectional else hidden_size
    sizes = [input_size] + [above] * (num_layers - 1)
    return _join([layer(size, hidden_size, rng, dtype=dtype) for size in sizes])


def step(params: Params, x_t: np.ndarray, state: State, layer: Callable[..., State] = rnn.step) -> State:
    """Take one step in every layer, upwards; the step's output is the uppermost state, ``h[-1]``.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    state
        The states before, (L, N, H); a tuple of such arrays if a layer's state is a tuple, of which the first
        goes up.
    layer
        The step of one layer.

    Returns
    -------
    ndarray or tuple of ndarray
        The states after, (L, N, H).
    """
    layers = _split(params)
    after = []
    for layer_params, before in zip(layers, split(state, len(layers), ("h", "c")), strict=True):
        after.append(layer(layer_params, x_t, before))
        x_t = after[-1][0] if isinstance(after[-1], tuple) else after[-1]  # (N, H)
    return join(after)


def forward(
    params: Params,
    x: np.ndarray,
    state: State = None,
    lengths: ArrayLike | None = None,
    layer: Callable[..., tuple] = rnn.forward,
    bidirectional: bool = False,
    masks: Sequence[np.ndarray] | None = None,
    p: float = 0.0,
) -> tuple[np.ndarray, State, Cache]:
    """Run the layers over whole sequences, one after the other, upwards ({eq}`eq-stacked`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    state
        The states before the first step, (L, N, H), with two directions (2L, N, H); a tuple of such arrays if
        a layer's state is a tuple. None is zero.
    lengths
        How many steps of each sequence count, N integers; None counts all.
    layer
        The forward pass of one layer: ``y, h_n, cache = layer(params, x, h_0, lengths)``.
    bidirectional
        Whether each layer has two directions; what goes up is then (T, N, 2H).
    masks
        For dropout between layers in training: True where a number is kept, one mask for each layer but the
        last, (T, N, H), with two directions (T, N, 2H), or what broadcasts to it. None strikes nothing out.
    p
        The probability that the masks were drawn with, in [0, 1).

    Returns
    -------
    y : ndarray
        The outputs of the uppermost layer after each step, (T, N, H), with two directions (T, N, 2H).
    state : ndarray or tuple of ndarray
        Each layer's states at the sequences' own ends, in the form of those before the first step.
    cache
        What :func:`backward` needs.

    Raises
    ------
    ValueError
        If the names are not those of layers 0 to L - 1, the states do not hold one for each, or the masks are
        not L - 1; and what the layers refuse.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, h_n, cache = forward(init(4, 6, 2, rng), rng.standard_normal((5, 3, 4)))
    >>> y.shape, h_n.shape, bool((h_n[1] == y[-1]).all())
    ((5, 3, 6), (2, 3, 6), True)
    """
    layers = _split(params)
    directions = 2 if bidirectional else 1
    states = split(state, directions * len(layers), ("h_0", "c_0"))
    if bidirectional:
        layer = partial(two_directions.forward, layer=layer)
    _expect_masks(masks, p, len(layers) - 1)
    y, last, cache = x, [], Cache([], [], bidirectional)
    for number, layer_params in enumerate(layers):
        if number and masks is not None:
            y, dropped = dropout.forward(y, masks[number - 1], p)  # {eq}`eq-layer-dropout`
            cache.dropout.append(dropped)
        before = _of_layer(states, number, directions)
        y, after, layer_cache = layer(layer_params, y, before, lengths)  # (T, N, H)  {eq}`eq-stacked`
        last.append(after)
        cache.layers.append(layer_cache)
    return y, _all_states(last, directions), cache


def backward(
    cache: Cache,
    dy: np.ndarray | None = None,
    dstate: State = None,
    layer: Callable[..., tuple] = rnn.backward,
) -> tuple[np.ndarray, State, Params]:
    """Go back through the layers, downwards: each layer's dx is the dy of the layer below.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero.
    dstate
        Gradient with respect to the last states, in their form, (L, N, H); None is zero.
    layer
        The backward pass of one layer.

    Returns
    -------
    dx : ndarray
        (T, N, D)
    dstate_0 : ndarray or tuple of ndarray
        (L, N, H)
    dparams : dict
        By the names and shapes of the parameters.
    """
    directions = 2 if cache.bidirectional else 1
    if cache.bidirectional:
        layer = partial(two_directions.backward, layer=layer)
    dlast = split(dstate, directions * len(cache.layers), ("dh_n", "dc_n"))
    dx: Any = dy
    first, gradients = [], []
    for number in reversed(range(len(cache.layers))):
        # (T, N, H), in the end (T, N, D); (N, H)
        dx, dfirst, dparams = layer(cache.layers[number], dx, _of_layer(dlast, number, directions))
        first.append(dfirst)
        gradients.append(dparams)
        if number and cache.dropout:
            dx = dropout.backward(cache.dropout[number - 1], dx)
    return dx, _all_states(first[::-1], directions), _join(gradients[::-1])


def _of_layer(states: list[State], number: int, directions: int) -> State:
    """Return the state of one layer; of a layer in two directions both, along a first axis."""
    if directions == 1:
        return states[number]
    return join(states[2 * number : 2 * number + 2])


def _all_states(layers: list[State], directions: int) -> State:
    """Put the layers' states into one array, or one tuple of arrays."""
    if directions == 1:
        return join(layers)
    if isinstance(layers[0], tuple):
        return tuple(np.concatenate(part) for part in zip(*layers, strict=True))
    return np.concatenate(layers)


def _expect_masks(masks: Sequence[np.ndarray] | None, p: float, count: int) -> None:
    """Refuse masks that are not one for each pair of neighbours, and a probability without masks."""
    expect_dropout_rate(p)
    if masks is None and p:
        raise ValueError(f"masks: expected {count}, drawn with p={p}, got None")
    if masks is not None and len(masks) != count:
        raise ValueError(f"masks: expected {count}, one between each two layers, got {len(masks)}")


def _split(params: Params) -> list[Params]:
    """Give each layer its parameters, under the names that a layer alone has: ``_l1`` becomes ``_l0``."""
    layers: dict[int, Params] = {}
    for name, value in params.items():
        stem, _, number = name.removesuffix(REVERSE).rpartition("_l")
        if not (stem and number.isdecimal()):
            raise ValueError(f"params: expected names that end in a layer's number, as _l0, got {name!r}")
        layers.setdefault(int(number), {})[f"{stem}_l0" + REVERSE * name.endswith(REVERSE)] = value
    if sorted(layers) != list(range(len(layers))) or not layers:
        raise ValueError(f"params: expected layers numbered from 0, got {sorted(layers)}")
    return [layers[number] for number in range(len(layers))]


def _join(layers: list[Params]) -> Params:
    """Put the layers' parameters into one dict, each under its layer's number."""
    return {
        f"{name.removesuffix(REVERSE).removesuffix('_l0')}_l{number}"
        + REVERSE * name.endswith(REVERSE): value
        for number, layer in enumerate(layers)
        for name, value in layer.items()
    }
