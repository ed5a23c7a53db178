"""Recurrent layers on top of each other: the states of one layer are the inputs of the next.

Parameters carry PyTorch's names, the layer's number at the end: ``weight_ih_l0`` (H, D), ``weight_ih_l1``
(H, H), and so on, as in a ``torch.nn.RNN`` of L layers. States are (L, N, H), the lowest layer first.

Which kind of layer is stacked is an argument: the functions of :mod:`companion.reference.rnn`, or others of
the same form. ``partial(rnn.forward, nonlinearity="relu")`` is such a function too.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import rnn
from companion.reference._validate import expect_shape, floats

Params = dict[str, np.ndarray]
Cache = list[Any]  # one cache a layer


def init(
    input_size: int,
    hidden_size: int,
    num_layers: int,
    rng: np.random.Generator,
    layer: Callable[..., Params] = rnn.init,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw the parameters of L layers, each by the layer's own rule.

    Parameters
    ----------
    input_size, hidden_size, num_layers
        D, H and L, each at least 1.
    rng
        The generator that they are drawn from, the lowest layer first.
    layer
        What draws one layer.
    dtype
        Precision of the parameters.

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
    sizes = [input_size] + [hidden_size] * (num_layers - 1)
    layers = [layer(size, hidden_size, rng, dtype=dtype) for size in sizes]
    return _join(layers)


def step(
    params: Params, x_t: np.ndarray, h: np.ndarray, layer: Callable[..., np.ndarray] = rnn.step
) -> np.ndarray:
    """Take one step in every layer, upwards; the step's output is the uppermost state, ``h[-1]``.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    h
        The states before, (L, N, H).
    layer
        The step of one layer.

    Returns
    -------
    ndarray
        The states after, (L, N, H).
    """
    layers = _split(params)
    expect_shape("h", np.shape(h), (len(layers), "N", "H"))
    after = []
    for layer_params, state in zip(layers, h, strict=True):
        x_t = layer(layer_params, x_t, state)  # (N, H)
        after.append(x_t)
    return np.stack(after)  # (L, N, H)


def forward(
    params: Params,
    x: np.ndarray,
    h_0: np.ndarray | None = None,
    lengths: ArrayLike | None = None,
    layer: Callable[..., tuple] = rnn.forward,
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run the layers over whole sequences, one after the other, upwards.

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    h_0
        The states before the first step, (L, N, H); None is zero.
    lengths
        How many steps of each sequence count, N integers; None counts all.
    layer
        The forward pass of one layer: ``y, h_n, cache = layer(params, x, h_0, lengths)``.

    Returns
    -------
    y : ndarray
        The states of the uppermost layer after each step, (T, N, H).
    h_n : ndarray
        Each layer's states at the sequences' own ends, (L, N, H).
    cache
        What :func:`backward` needs.

    Raises
    ------
    ValueError
        If the names are not those of layers 0 to L - 1, or ``h_0`` does not hold L states; and what the
        layers refuse.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, h_n, cache = forward(init(4, 6, 2, rng), rng.standard_normal((5, 3, 4)))
    >>> y.shape, h_n.shape, bool((h_n[1] == y[-1]).all())
    ((5, 3, 6), (2, 3, 6), True)
    """
    layers = _split(params)
    if h_0 is not None:
        expect_shape("h_0", np.shape(h_0), (len(layers), "N", "H"))
    y, last, caches = x, [], []
    for number, layer_params in enumerate(layers):
        state = None if h_0 is None else h_0[number]  # (N, H)
        y, h_n, cache = layer(layer_params, y, state, lengths)  # (T, N, H), (N, H)
        last.append(h_n)
        caches.append(cache)
    return y, np.stack(last), caches


def backward(
    cache: Cache,
    dy: np.ndarray | None = None,
    dh_n: np.ndarray | None = None,
    layer: Callable[..., tuple] = rnn.backward,
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Go back through the layers, downwards: each layer's dx is the dy of the layer below.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero.
    dh_n
        Gradient with respect to h_n, (L, N, H); None is zero.
    layer
        The backward pass of one layer.

    Returns
    -------
    dx : ndarray
        (T, N, D)
    dh_0 : ndarray
        (L, N, H)
    dparams : dict
        By the names and shapes of the parameters.
    """
    if dh_n is not None:
        expect_shape("dh_n", floats("dh_n", dh_n).shape, (len(cache), "N", "H"))
    dx: Any = dy
    first, gradients = [], []
    for number in reversed(range(len(cache))):
        dlast = None if dh_n is None else dh_n[number]  # (N, H)
        dx, dh_0, dparams = layer(cache[number], dx, dlast)  # (T, N, H), in the end (T, N, D); (N, H)
        first.append(dh_0)
        gradients.append(dparams)
    return dx, np.stack(first[::-1]), _join(gradients[::-1])


def _split(params: Params) -> list[Params]:
    """Give each layer its parameters, under the names that a layer alone has: ``_l1`` becomes ``_l0``."""
    layers: dict[int, Params] = {}
    for name, value in params.items():
        stem, _, number = name.rpartition("_l")
        if not (stem and number.isdecimal()):
            raise ValueError(f"params: expected names that end in a layer's number, as _l0, got {name!r}")
        layers.setdefault(int(number), {})[f"{stem}_l0"] = value
    if sorted(layers) != list(range(len(layers))) or not layers:
        raise ValueError(f"params: expected layers numbered from 0, got {sorted(layers)}")
    return [layers[number] for number in range(len(layers))]


def _join(layers: list[Params]) -> Params:
    """Put the layers' parameters into one dict, each under its layer's number."""
    return {
        f"{name.removesuffix('_l0')}_l{number}": value
        for number, layer in enumerate(layers)
        for name, value in layer.items()
    }
