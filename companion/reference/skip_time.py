"""A recurrent layer with a second connection, from the state d steps before: a skip through time.

``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh + W_skip h_{t-d})``, with a delay d of at least 2. Over the
skip, T steps are T / d products.

Parameters: those of :mod:`companion.reference.rnn`, and ``weight_skip_l0`` (H, H). To go on, the layer needs
its last d states: a tuple of d arrays (N, H), the newest first, ``(h_t, h_{t-1}, ..., h_{t-d+1})``.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import rnn
from companion.reference._recurrent import plain_parameters
from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_shape, floats

Params = dict[str, np.ndarray]
State = tuple[np.ndarray, ...]

SKIP = "weight_skip_l0"
NONLINEARITIES, SLOPES = rnn.NONLINEARITIES, rnn.SLOPES


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weight_ih: np.ndarray  # (H, D)
    weight_hh: np.ndarray  # (H, H)
    weight_skip: np.ndarray  # (H, H)
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T + d, N, H): h_{1-d}, ..., h_0, h_1, ..., h_T
    delay: int
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long
    nonlinearity: str


def init(
    input_size: int, hidden_size: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Params:
    """Draw all five parameters uniformly from +-1/sqrt(H), those of the plain layer first.

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from.
    dtype
        Precision of the parameters.

    Examples
    --------
    >>> init(4, 6, np.random.default_rng(0))["weight_skip_l0"].shape
    (6, 6)
    """
    params = rnn.init(input_size, hidden_size, rng, dtype)
    bound = 1 / np.sqrt(hidden_size)
    skip = rng.uniform(-bound, bound, (hidden_size, hidden_size)).astype(dtype)
    return {**params, SKIP: skip}


def step(params: Params, x_t: np.ndarray, state: Sequence[np.ndarray], nonlinearity: str = "tanh") -> State:
    """Take one step ({eq}`eq-skip-time`); the delay is the number of states that are given.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    state
        The last d states, the newest first, (N, H) each.
    nonlinearity
        ``"tanh"`` or ``"relu"``.

    Returns
    -------
    tuple of ndarray
        The last d states now; the first is the new one.

    Examples
    --------
    What was three steps ago comes back:

    >>> params = {"weight_ih_l0": np.zeros((1, 1)), "weight_hh_l0": np.zeros((1, 1))}
    >>> params |= {"bias_ih_l0": np.zeros(1), "bias_hh_l0": np.zeros(1), "weight_skip_l0": np.ones((1, 1))}
    >>> state = tuple(np.array([[value]]) for value in (5.0, 6.0, 7.0))
    >>> step(params, np.zeros((1, 1)), state, "relu")
    (array([[7.]]), array([[5.]]), array([[6.]]))
    """
    weight_ih, weight_hh, bias_ih, bias_hh, weight_skip = _checked(params, nonlinearity)
    x_t = floats("x_t", x_t)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    h = _checked_states("state", state, len(state), (len(x_t), len(weight_hh)))
    a = x_t @ weight_ih.T + bias_ih + h[0] @ weight_hh.T + bias_hh + h[-1] @ weight_skip.T  # (N, H)
    return NONLINEARITIES[nonlinearity](a), *h[:-1]  # (N, H) each  {eq}`eq-skip-time`


def forward(
    params: Params,
    x: np.ndarray,
    state: Sequence[np.ndarray | None] | None = None,
    lengths: ArrayLike | None = None,
    *,
    delay: int,
    nonlinearity: str = "tanh",
) -> tuple[np.ndarray, State, Cache]:
    """Run the layer over whole sequences: the state after every step, and the last d ({eq}`eq-skip-time`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    state
        The d states before the first step, the newest first: (h_0, h_{-1}, ..., h_{1-d}), (N, H) each. None,
        for all or for one, is zero: for the first d steps there is nothing to skip from.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all.
    delay
        d, at least 2. With 1 it would be the plain layer, of two matrices that are only ever added.
    nonlinearity
        ``"tanh"`` or ``"relu"``.

    Returns
    -------
    y : ndarray
        The states h_1 to h_T, (T, N, H); zero beyond each sequence's end. Read-only: the backward pass
        computes with it.
    state_n : tuple of ndarray
        Each sequence's last d states at its own end, the newest first, (N, H) each.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x, a state or a parameter is not floating-point, or the lengths are not integers.
    ValueError
        If the delay is below 2, or a name, a shape, a length or the non-linearity does not fit.

    References
    ----------
    T. Lin, B. G. Horne, P. Tino and C. L. Giles, "Learning long-term dependencies in NARX recurrent neural
    networks", *IEEE Transactions on Neural Networks*, 1996.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, state, cache = forward(init(4, 6, rng), rng.standard_normal((5, 3, 4)), delay=2)
    >>> y.shape, len(state), bool((state[0] == y[-1]).all()), bool((state[1] == y[-2]).all())
    ((5, 3, 6), 2, True, True)
    """
    weight_ih, weight_hh, bias_ih, bias_hh, weight_skip = _checked(params, nonlinearity)
    _expect_delay(delay)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, H = *x.shape[:2], len(weight_hh)
    given = [None] * delay if state is None else state
    first = _checked_states("state", given, delay, (N, H), x.dtype)
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    f = NONLINEARITIES[nonlinearity]
    # What needs no state is computed for all steps at once, in one product.
    a = (rows(x) @ weight_ih.T + (bias_ih + bias_hh)).reshape(T, N, H)  # (T, N, H)
    h = np.empty((T + delay, N, H), np.result_type(a, *first))
    h[:delay] = first[::-1]
    past, before, y = (
        h[:T],
        h[delay - 1 : -1],
        h[delay:],
    )  # h_{t-d}, h_{t-1} and h_t of every step, of one memory
    W_hh_T, W_skip_T = np.ascontiguousarray(weight_hh.T), np.ascontiguousarray(weight_skip.T)  # (H, H) each
    for t in range(T):
        a[t] += before[t] @ W_hh_T + past[t] @ W_skip_T  # (N, H)  {eq}`eq-skip-time`
        f(a[t], out=y[t])  # (N, H)  {eq}`eq-skip-time`
        if ended is not None:
            y[t][ended[t]] = 0
    last = tuple(h[lengths + place, np.arange(N)] for place in reversed(range(delay)))  # (N, H) each
    h.flags.writeable = False
    y.flags.writeable = False
    return y, last, Cache(weight_ih, weight_hh, weight_skip, x, h, delay, lengths, ended, nonlinearity)


def backward(
    cache: Cache, dy: np.ndarray | None = None, dstate: Sequence[np.ndarray | None] | None = None
) -> tuple[np.ndarray, State, Params]:
    """Backpropagate through time: every state hears from the next one and from the one d steps later.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero. Beyond a sequence's end it is
        ignored.
    dstate
        Gradients with respect to the last d states, the newest first, (N, H) each; None, for all or for one,
        is zero.

    Returns
    -------
    dx : ndarray
        (T, N, D), zero beyond each sequence's end.
    dstate_0 : tuple of ndarray
        Of the d states before the first step, the newest first, (N, H) each.
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If ``dy`` or ``dstate`` has not the shape of what it is the gradient of.
    """
    dh, da = through_time(cache, dy, dstate)  # (T + d, N, H), (T, N, H)
    T, delay = len(da), cache.delay
    da_rows = rows(da)  # (T N, H): a sum over steps and sequences is one product
    dbias = da_rows.sum(axis=0)  # (H,)
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(cache.x),  # (H, D)
        "weight_hh_l0": da_rows.T @ rows(cache.h[delay - 1 : -1]),  # (H, H)
        "bias_ih_l0": dbias,  # the two biases are only ever added
        "bias_hh_l0": dbias.copy(),
        SKIP: da_rows.T @ rows(cache.h[:T]),  # (H, H)  {eq}`eq-skip-time-grad`
    }
    dx = (da_rows @ cache.weight_ih).reshape(cache.x.shape)  # (T, N, D)
    return dx, tuple(dh[:delay][::-1]), dparams


def through_time(
    cache: Cache, dy: np.ndarray | None = None, dstate: Sequence[np.ndarray | None] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Go back step by step: the part of :func:`backward` in which each step waits for those after it.

    Parameters
    ----------
    cache, dy, dstate
        As in :func:`backward`.

    Returns
    -------
    dh : ndarray
        The total gradients of the states h_{1-d}, ..., h_0, h_1, ..., h_T, (T + d, N, H).
    da : ndarray
        The gradients of what the non-linearity was applied to, (T, N, H).
    """
    delay, y = cache.delay, cache.h[cache.delay :]
    T, N, H = y.shape
    dh = np.zeros_like(cache.h)  # (T + d, N, H)
    past, before, after = dh[:T], dh[delay - 1 : -1], dh[delay:]  # (T, N, H) each, of one memory
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, y.shape)
        after[:] = without(dy, cache.ended)
    if dstate is not None:
        given = _checked_states("dstate", dstate, delay, (N, H), dh.dtype)
        for place, part in enumerate(reversed(given)):
            dh[cache.lengths + place, np.arange(N)] += part
    da = SLOPES[cache.nonlinearity](y)  # (T, N, H): as yet the slopes
    for t in reversed(range(T)):
        da[t] *= after[t]  # (N, H)
        before[t] += da[t] @ cache.weight_hh  # (N, H)  {eq}`eq-skip-time-grad`
        past[t] += da[t] @ cache.weight_skip  # (N, H)  {eq}`eq-skip-time-grad`
    return dh, da


def _expect_delay(delay: int) -> None:
    """Refuse a delay that skips nothing."""
    if delay < 2:
        raise ValueError(f"delay: expected at least 2 steps, got {delay}")


def _checked_states(
    name: str,
    states: Sequence[np.ndarray | None],
    delay: int,
    shape: tuple[int, int],
    dtype: DTypeLike = np.float64,
) -> State:
    """Return the d states, zero for those not given, or say what is wrong with them."""
    _expect_delay(delay)
    if len(states) != delay:
        raise ValueError(f"{name}: expected {delay} arrays, one a step of the delay, got {len(states)}")
    arrays = []
    for k, state in enumerate(states):
        arrays.append(np.zeros(shape, dtype) if state is None else floats(f"{name}[{k}]", state))
        expect_shape(f"{name}[{k}]", arrays[-1].shape, shape)
    return tuple(arrays)


def _checked(params: Params, nonlinearity: str) -> tuple[np.ndarray, ...]:
    """Return the five parameters, or say what is wrong with them."""
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f'nonlinearity: expected "tanh" or "relu", got {nonlinearity!r}')
    weight_ih, weight_hh, bias_ih, bias_hh, weight_skip = plain_parameters(params, [SKIP])
    expect_shape(SKIP, weight_skip.shape, weight_hh.shape)
    return weight_ih, weight_hh, bias_ih, bias_hh, weight_skip
