"""Leaky units: part of the old state stays as it is, and the rest is replaced.

``h_t = (1 - 1/tau) h_{t-1} + (1/tau) tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)``. The time constant tau, in
steps, is at least 1: with 1 this is the plain recurrent layer, with 100 a unit changes by a hundredth of the
way at each step. There is one for all units or one for each, fixed (an argument) or learned (a parameter).

Parameters: those of :mod:`companion.reference.rnn`; and, if the time constants are learned, ``raw_tau_l0``
(H,), any numbers, from which ``tau = 1 + exp(raw)``. So tau stays above 1, and the share that a unit keeps,
``1 - 1/tau``, is the logistic function of raw.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference import rnn
from companion.reference._recurrent import plain_parameters
from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_shape, floats
from companion.reference.activations import sigmoid

Params = dict[str, np.ndarray]

RAW_TAU = "raw_tau_l0"
NONLINEARITIES: dict[str, Callable[..., np.ndarray]] = {**rnn.NONLINEARITIES, "identity": np.positive}
SLOPES: dict[str, Callable[..., np.ndarray]] = {**rnn.SLOPES, "identity": np.ones_like}


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weight_ih: np.ndarray  # (H, D)
    weight_hh: np.ndarray  # (H, H)
    rate: np.ndarray  # (H,): 1/tau
    learned: bool  # whether tau is a parameter
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T + 1, N, H): h_0, h_1, ..., h_T
    g: np.ndarray  # (T, N, H): what each state moves towards
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long
    nonlinearity: str


def init(
    input_size: int,
    hidden_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
    learn_tau: bool = False,
    tau: ArrayLike = 2.0,
) -> Params:
    """Draw the parameters as :func:`companion.reference.rnn.init` does; a learned tau starts as told.

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from.
    dtype
        Precision of the parameters.
    learn_tau
        Whether the time constants are parameters.
    tau
        Where learned time constants start: a number above 1, or (H,). For fixed ones it is an argument of
        :func:`forward` instead, and is ignored here.

    Raises
    ------
    ValueError
        If a size is below 1, or a learned tau does not start above 1.

    Examples
    --------
    >>> params = init(4, 6, np.random.default_rng(0), learn_tau=True, tau=np.array([2.0, 2, 8, 8, 32, 32]))
    >>> np.round(1 + np.exp(params["raw_tau_l0"]), 9)
    array([ 2.,  2.,  8.,  8., 32., 32.])
    """
    params = rnn.init(input_size, hidden_size, rng, dtype)
    if learn_tau:
        start = _checked_tau(tau, hidden_size, np.dtype(np.float64))  # (H,)
        if not ((start > 1) & (start < np.inf)).all():
            raise ValueError(f"tau: expected numbers above 1 to start from, got {start.tolist()}")
        params[RAW_TAU] = np.log(start - 1).astype(dtype)
    return params


def step(
    params: Params,
    x_t: np.ndarray,
    h: np.ndarray,
    tau: ArrayLike | None = None,
    nonlinearity: str = "tanh",
) -> np.ndarray:
    """Take one step: the new state from one input and the old state ({eq}`eq-leaky`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    h
        The state before, (N, H).
    tau, nonlinearity
        As in :func:`forward`.

    Returns
    -------
    ndarray
        The state after, (N, H).

    Examples
    --------
    A quarter of the way from 4 to 8:

    >>> params = {"weight_ih_l0": np.array([[8.0]]), "weight_hh_l0": np.array([[0.0]])}
    >>> params |= {"bias_ih_l0": np.array([0.0]), "bias_hh_l0": np.array([0.0])}
    >>> step(params, np.array([[1.0]]), np.array([[4.0]]), tau=4, nonlinearity="relu")
    array([[5.]])
    """
    weight_ih, weight_hh, bias_ih, bias_hh, rate = _checked(params, tau, nonlinearity)
    x_t, h = floats("x_t", x_t), floats("h", h)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    expect_shape("h", h.shape, (len(x_t), len(weight_hh)))
    g = NONLINEARITIES[nonlinearity](x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh)  # (N, H)
    return (1 - rate) * h + rate * g  # (N, H)  {eq}`eq-leaky`


def forward(
    params: Params,
    x: np.ndarray,
    h_0: np.ndarray | None = None,
    lengths: ArrayLike | None = None,
    tau: ArrayLike | None = None,
    nonlinearity: str = "tanh",
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run the layer over whole sequences: the state after every step, and the last one ({eq}`eq-leaky`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    h_0
        The state before the first step, (N, H); None is zero.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all.
    tau
        The time constants in steps, at least 1: a number, or (H,); None if they are among the parameters.
    nonlinearity
        ``"tanh"``, ``"relu"``, or ``"identity"`` for linear units, which are running averages of their input.

    Returns
    -------
    y : ndarray
        The states h_1 to h_T, (T, N, H); zero beyond each sequence's end. Read-only: the backward pass
        computes with it.
    h_n : ndarray
        Each sequence's state at its own end, (N, H); h_0 for a sequence of length 0.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x, h_0 or a parameter is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape, a length or the non-linearity does not fit; if a tau is below 1, missing, or
        given twice.

    References
    ----------
    M. C. Mozer, "Induction of multiscale temporal structure", *NIPS*, 1991. H. Jaeger, M. Lukosevicius, D.
    Popovici and U. Siewert, "Optimization and applications of echo state networks with leaky-integrator
    neurons", *Neural Networks*, 2007.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = init(4, 6, rng), rng.standard_normal((5, 3, 4))
    >>> y, h_n, cache = forward(params, x, tau=10)
    >>> y.shape, h_n.shape, bool((h_n == y[-1]).all())
    ((5, 3, 6), (3, 6), True)
    """
    weight_ih, weight_hh, bias_ih, bias_hh, rate = _checked(params, tau, nonlinearity)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, H = *x.shape[:2], len(weight_hh)
    h_0 = np.zeros((N, H), x.dtype) if h_0 is None else floats("h_0", h_0)
    expect_shape("h_0", h_0.shape, (N, H))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    f = NONLINEARITIES[nonlinearity]
    # What needs no state is computed for all steps at once, in one product.
    g = (rows(x) @ weight_ih.T + (bias_ih + bias_hh)).reshape(T, N, H)  # as yet a part of what g is of
    h = np.empty((T + 1, N, H), np.result_type(g, h_0))
    h[0] = h_0
    g = g.astype(h.dtype, copy=False)
    before, y = h[:-1], h[1:]  # (T, N, H) each, of one memory: the states before and after each step
    keep = 1 - rate  # (H,)
    W_hh_T = np.ascontiguousarray(weight_hh.T)  # (H, H), read T times
    for t in range(T):
        g[t] += before[t] @ W_hh_T  # (N, H)
        f(g[t], out=g[t])  # (N, H): where the state would be, did it not leak
        y[t] = keep * before[t] + rate * g[t]  # (N, H)  {eq}`eq-leaky`
        if ended is not None:
            y[t][ended[t]] = 0
    h_n = h[lengths, np.arange(N)]  # (N, H)
    h.flags.writeable = False
    y.flags.writeable = False
    cache = Cache(weight_ih, weight_hh, rate, RAW_TAU in params, x, h, g, lengths, ended, nonlinearity)
    return y, h_n, cache


def backward(
    cache: Cache, dy: np.ndarray | None = None, dh_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Backpropagate through time: a part of every gradient goes straight back, and the rest through g.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero. Beyond a sequence's end it is
        ignored.
    dh_n
        Gradient with respect to h_n, (N, H); None is zero.

    Returns
    -------
    dx : ndarray
        (T, N, D), zero beyond each sequence's end.
    dh_0 : ndarray
        (N, H)
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If ``dy`` or ``dh_n`` has not the shape of what it is the gradient of.
    """
    dh, da = through_time(cache, dy, dh_n)  # (T + 1, N, H), (T, N, H)
    before = cache.h[:-1]  # (T, N, H)
    da_rows = rows(da)  # (T N, H): a sum over steps and sequences is one product
    dbias = da_rows.sum(axis=0)  # (H,)
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(cache.x),  # (H, D)
        "weight_hh_l0": da_rows.T @ rows(before),  # (H, H)
        "bias_ih_l0": dbias,  # the two biases are only ever added
        "bias_hh_l0": dbias.copy(),
    }
    if cache.learned:
        drate = (dh[1:] * (cache.g - before)).sum(axis=(0, 1))  # (H,)
        slope = -cache.rate * (1 - cache.rate)  # (H,): of 1/tau by raw
        dparams[RAW_TAU] = slope * drate  # (H,)  {eq}`eq-leaky-tau-grad`
    return (da_rows @ cache.weight_ih).reshape(cache.x.shape), dh[0], dparams


def through_time(
    cache: Cache, dy: np.ndarray | None = None, dh_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Go back step by step: the part of :func:`backward` in which each step waits for the one after it.

    Parameters
    ----------
    cache, dy, dh_n
        As in :func:`backward`.

    Returns
    -------
    dh : ndarray
        The total gradients of the states h_0, h_1, ..., h_T, (T + 1, N, H).
    da : ndarray
        The gradients of what the non-linearity was applied to, (T, N, H).
    """
    T, N, H = cache.g.shape
    dh = np.zeros_like(cache.h)  # (T + 1, N, H)
    before, after = dh[:-1], dh[1:]  # (T, N, H) each, of one memory: for the states around each step
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, cache.g.shape)
        after[:] = without(dy, cache.ended)
    if dh_n is not None:
        dh_n = floats("dh_n", dh_n)
        expect_shape("dh_n", dh_n.shape, (N, H))
        dh[cache.lengths, np.arange(N)] += dh_n
    keep = 1 - cache.rate  # (H,)
    da = SLOPES[cache.nonlinearity](cache.g) * cache.rate  # (T, N, H): as yet the slopes of a step by a
    for t in reversed(range(T)):
        da[t] *= after[t]  # (N, H)  {eq}`eq-leaky-grad`
        # On top of what the step's own output says; h_0 has no such part.
        before[t] += keep * after[t] + da[t] @ cache.weight_hh  # (N, H)  {eq}`eq-leaky-grad`
    return dh, da


def _checked(params: Params, tau: ArrayLike | None, nonlinearity: str) -> tuple[np.ndarray, ...]:
    """Return the four weights and biases and 1/tau, or say what is wrong with them."""
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f'nonlinearity: expected "tanh", "relu" or "identity", got {nonlinearity!r}')
    if RAW_TAU not in params:
        weight_ih, weight_hh, bias_ih, bias_hh = plain_parameters(params)
        rate = 1 / _checked_tau(tau, len(weight_hh), weight_hh.dtype)
        return weight_ih, weight_hh, bias_ih, bias_hh, rate
    if tau is not None:
        raise ValueError(f"tau: expected None beside the learned {RAW_TAU}, got {tau!r}")
    weight_ih, weight_hh, bias_ih, bias_hh, raw = plain_parameters(params, [RAW_TAU])
    expect_shape(RAW_TAU, raw.shape, (len(weight_hh),))
    return weight_ih, weight_hh, bias_ih, bias_hh, sigmoid(-raw)  # 1 / (1 + exp(raw))


def _checked_tau(tau: ArrayLike | None, H: int, dtype: np.dtype) -> np.ndarray:
    """Return the time constants as (H,), or say what is wrong with them."""
    if tau is None:
        raise ValueError(f"tau: expected a number of steps or (H,), or {RAW_TAU} in params, got None")
    taus = np.asarray(tau, dtype)
    if taus.shape != ():
        expect_shape("tau", taus.shape, (H,))
    if not (taus >= 1).all():
        raise ValueError(f"tau: expected at least 1 step, got {taus.tolist()}")
    return np.broadcast_to(taus, (H,))
