"""Two recurrent layers over the same sequences, one reading forwards and one backwards.

Parameters carry PyTorch's names, those of the backward direction with ``_reverse`` at the end:
``weight_ih_l0`` (H, D), ``weight_ih_l0_reverse`` (H, D), and so on, as in a ``torch.nn.RNN`` with
``bidirectional=True``. States are (2, N, H), forward first; an output has 2H numbers, forward first.

Which kind of layer reads is an argument: the functions of :mod:`companion.reference.rnn`, or others of the
same form. There is no ``step``: the backward layer begins with the end, so all must be there. Such layers on
top of each other are ``companion.reference.stack.forward(..., bidirectional=True)``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import dense, rnn
from companion.reference._sequences import ends
from companion.reference._states import State, join, split
from companion.reference._validate import expect_shape, floats
from companion.reference.activations import sigmoid
from companion.reference.losses import softmax

Params = dict[str, np.ndarray]

REVERSE = "_reverse"


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    forward: Any
    backward: Any
    lengths: np.ndarray | None  # (N,)
    shape: tuple[int, ...]  # of y, (T, N, 2H)


def init(
    input_size: int,
    hidden_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
    layer: Callable[..., Params] = rnn.init,
) -> Params:
    """Draw the parameters of both directions, each by the layer's own rule.

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from, the forward direction first.
    dtype
        Precision of the parameters.
    layer
        What draws one direction.

    Returns
    -------
    dict
        The parameters of both directions, by name.

    Examples
    --------
    >>> [name for name in init(4, 6, np.random.default_rng(0)) if "weight" in name]
    ['weight_ih_l0', 'weight_hh_l0', 'weight_ih_l0_reverse', 'weight_hh_l0_reverse']
    """
    return both(*(layer(input_size, hidden_size, rng, dtype=dtype) for _ in range(2)))


def reverse(x: np.ndarray, lengths: ArrayLike | None = None) -> np.ndarray:
    """Turn each sequence round within its own length ({eq}`eq-birnn-reverse`).

    What lies beyond a sequence's end stays where it is. Done twice, all is where it was.

    Parameters
    ----------
    x
        N sequences of at most T steps, (T, N, ...).
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all.

    Returns
    -------
    ndarray
        Of the shape of x.

    Raises
    ------
    ValueError
        If x has no two axes, or a length does not fit.

    Examples
    --------
    >>> reverse(np.array([[1, 4], [2, 5], [3, 0]]), [3, 2]).T
    array([[3, 2, 1],
           [5, 4, 0]])
    """
    x = np.asarray(x)
    if x.ndim < 2:
        expect_shape("x", x.shape, ("T", "N"))
    T, N = x.shape[:2]
    if lengths is None:
        return x[::-1]
    last, _ = ends(lengths, T, N)  # (N,)
    steps = np.arange(T)[:, None]  # (T, 1)
    order = np.where(steps < last, last - 1 - steps, steps)  # (T, N)  {eq}`eq-birnn-reverse`
    return x[order, np.arange(N)]


def forward(
    params: Params,
    x: np.ndarray,
    state: State = None,
    lengths: ArrayLike | None = None,
    layer: Callable[..., tuple] = rnn.forward,
) -> tuple[np.ndarray, State, Cache]:
    """Read the sequences forwards and backwards: at each step, what both know ({eq}`eq-birnn-states`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    state
        Where both begin, (2, N, H): the forward layer before the first step, the backward layer after the
        last. A tuple of such arrays if the layer's state is a tuple. None is zero.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. The backward layer
        begins at each sequence's own end.
    layer
        The forward pass of one direction: ``y, h_n, cache = layer(params, x, h_0, lengths)``.

    Returns
    -------
    y : ndarray
        (T, N, 2H): at step t the forward state after steps 1 to t, then the backward state after the last
        step down to t; zero beyond each sequence's end.
    state : ndarray or tuple of ndarray
        (2, N, H): the forward layer's state at each sequence's end, the backward layer's at its beginning.
    cache
        What :func:`backward` needs.

    Raises
    ------
    ValueError
        If the names are not those of two directions; and what :func:`reverse` and the layer refuse.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = init(4, 6, rng), rng.standard_normal((5, 3, 4))
    >>> y, h_n, cache = forward(params, x, lengths=[5, 2, 3])
    >>> y.shape, h_n.shape, bool((h_n[0, 1] == y[1, 1, :6]).all()), bool((h_n[1, 1] == y[0, 1, 6:]).all())
    ((5, 3, 12), (2, 3, 6), True, True)
    """
    ahead, back = directions(params)
    state_ahead, state_back = split(state, 2, ("h_0", "c_0"))
    y_ahead, last_ahead, cache_ahead = layer(ahead, x, state_ahead, lengths)  # (T, N, H)
    y_back, last_back, cache_back = layer(back, reverse(x, lengths), state_back, lengths)  # (T, N, H)
    y = np.concatenate([y_ahead, reverse(y_back, lengths)], axis=2)  # (T, N, 2H)  {eq}`eq-birnn-states`
    kept = None if lengths is None else np.array(lengths)
    return y, join([last_ahead, last_back]), Cache(cache_ahead, cache_back, kept, y.shape)


def backward(
    cache: Cache,
    dy: np.ndarray | None = None,
    dstate: State = None,
    layer: Callable[..., tuple] = rnn.backward,
) -> tuple[np.ndarray, State, Params]:
    """Go back through both directions: each gets its half of dy, and dx is the sum of what both say.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, 2H); None is zero.
    dstate
        Gradient with respect to the last states, in their form; None is zero.
    layer
        The backward pass of one direction.

    Returns
    -------
    dx : ndarray
        (T, N, D)
    dstate_0 : ndarray or tuple of ndarray
        (2, N, H)
    dparams : dict
        By the names and shapes of the parameters.
    """
    dy_ahead, dy_back = None, None
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, cache.shape)
        dy_ahead, dy_back = np.split(dy, 2, axis=2)  # (T, N, H) each
        dy_back = reverse(dy_back, cache.lengths)
    dlast_ahead, dlast_back = split(dstate, 2, ("dh_n", "dc_n"))
    dx, dfirst_ahead, dahead = layer(cache.forward, dy_ahead, dlast_ahead)  # (T, N, D)
    dx_back, dfirst_back, dback = layer(cache.backward, dy_back, dlast_back)
    dx = dx + reverse(dx_back, cache.lengths)  # (T, N, D)
    return dx, join([dfirst_ahead, dfirst_back]), both(dahead, dback)


NONLINEARITIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": np.positive,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "softmax": softmax,
}


def output(params: Params, y: np.ndarray, g: str = "softmax") -> np.ndarray:
    """Say at every step what is to be said there: ``o_t = g(W_y [forward; backward] + b)``.

    That is {eq}`eq-birnn-output`. To learn, take ``g="identity"``, which is
    :func:`companion.reference.dense.forward`, and a loss that holds the g itself.

    Parameters
    ----------
    params
        ``{"weight": (V, 2H), "bias": (V,)}``
    y
        Of :func:`forward`, (T, N, 2H).
    g
        ``"identity"``, ``"tanh"``, ``"sigmoid"`` or ``"softmax"``.

    Returns
    -------
    ndarray
        (T, N, V)

    Raises
    ------
    ValueError
        If a name or a shape does not fit, or there is no such g.

    Examples
    --------
    >>> params = {"weight": np.array([[1.0, 10.0]]), "bias": np.array([0.5])}
    >>> output(params, np.array([[[2.0, 3.0]]]), "identity")
    array([[[32.5]]])
    """
    if g not in NONLINEARITIES:
        raise ValueError(f"g: expected one of {', '.join(NONLINEARITIES)}, got {g!r}")
    y = floats("y", y)
    expect_shape("y", y.shape, ("T", "N", "2H"))
    logits, _ = dense.forward(params, y)  # (T, N, V)
    return NONLINEARITIES[g](logits)  # {eq}`eq-birnn-output`


def both(ahead: Params, back: Params) -> Params:
    """Put the parameters of two directions into one dict, those of the second with ``_reverse``."""
    return ahead | {name + REVERSE: value for name, value in back.items()}


def directions(params: Params) -> tuple[Params, Params]:
    """Give each direction its parameters, under the names that a layer alone has."""
    ahead = {name: value for name, value in params.items() if not name.endswith(REVERSE)}
    back = {name.removesuffix(REVERSE): value for name, value in params.items() if name not in ahead}
    if ahead.keys() != back.keys():
        raise ValueError(
            f"params: expected each name with and without {REVERSE}, got {sorted(ahead)} and {sorted(back)}"
        )
    return ahead, back
