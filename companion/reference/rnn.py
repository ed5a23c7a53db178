"""The recurrent layer ``h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)``, forward and back through time.

Parameters: ``{"weight_ih_l0": (H, D), "weight_hh_l0": (H, H), "bias_ih_l0": (H,), "bias_hh_l0": (H,)}``, the
names and shapes of a ``torch.nn.RNN`` of one layer. Time is the first axis: x is (T, N, D), T steps of N
sequences with D numbers each; a state has H numbers.

A read-out at every step is :func:`companion.reference.dense.forward` applied to y; a network with one output
at the end applies it to ``h_n``. Layers on top of each other are in :mod:`companion.reference.stack`.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]

NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
Pointwise = Callable[..., np.ndarray]
NONLINEARITIES: dict[str, Pointwise] = {"tanh": np.tanh, "relu": partial(np.maximum, 0.0)}
SLOPES: dict[str, Pointwise] = {"tanh": lambda h: 1 - h * h, "relu": np.sign}
"""Their derivatives, written with the output h, which the forward pass has kept anyway."""


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weight_ih: np.ndarray  # (H, D)
    weight_hh: np.ndarray  # (H, H)
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T + 1, N, H): h_0, h_1, ..., h_T
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long
    nonlinearity: str


def init(
    input_size: int, hidden_size: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Params:
    """Draw all four parameters uniformly from +-1/sqrt(H), as PyTorch does.

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    dtype
        Precision of the parameters.

    Returns
    -------
    dict
        H (D + H + 2) numbers in four arrays, by name.

    Examples
    --------
    >>> {name: array.shape for name, array in init(4, 6, np.random.default_rng(0)).items()}
    {'weight_ih_l0': (6, 4), 'weight_hh_l0': (6, 6), 'bias_ih_l0': (6,), 'bias_hh_l0': (6,)}
    """
    if input_size < 1 or hidden_size < 1:
        raise ValueError(f"expected at least one input and one unit, got {input_size} and {hidden_size}")
    bound = 1 / np.sqrt(hidden_size)
    shapes = ((hidden_size, input_size), (hidden_size, hidden_size), (hidden_size,), (hidden_size,))
    drawn = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
    return dict(zip(NAMES, drawn, strict=True))


def step(params: Params, x_t: np.ndarray, h: np.ndarray, nonlinearity: str = "tanh") -> np.ndarray:
    """Take one step: the new state from one input and the old state ({eq}`eq-rnn`).

    For decoding, where the next input is known only after this step. Step after step it gives what
    :func:`forward` gives.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    h
        The state before, (N, H).
    nonlinearity
        ``"tanh"`` or ``"relu"``.

    Returns
    -------
    ndarray
        The state after, (N, H).

    Examples
    --------
    >>> params = {"weight_ih_l0": np.array([[1.0]]), "weight_hh_l0": np.array([[0.5]])}
    >>> params |= {"bias_ih_l0": np.array([0.0]), "bias_hh_l0": np.array([0.0])}
    >>> step(params, np.array([[1.0]]), np.array([[4.0]]), "relu")
    array([[3.]])
    """
    weight_ih, weight_hh, bias_ih, bias_hh = _checked(params, nonlinearity)
    x_t, h = floats("x_t", x_t), floats("h", h)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    expect_shape("h", h.shape, (len(x_t), len(weight_hh)))
    a = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh  # (N, H)
    return NONLINEARITIES[nonlinearity](a)  # (N, H)  {eq}`eq-rnn`


def forward(
    params: Params,
    x: np.ndarray,
    h_0: np.ndarray | None = None,
    lengths: ArrayLike | None = None,
    nonlinearity: str = "tanh",
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run the layer over whole sequences: the state after every step, and the last one ({eq}`eq-rnn`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    h_0
        The state before the first step, (N, H); None is zero. To go on with sequences whose beginning has
        been read, give the ``h_n`` of that.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. What x holds beyond a
        sequence's end changes nothing.
    nonlinearity
        ``"tanh"`` or ``"relu"``.

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
        If a name, a shape, a length or the non-linearity does not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = init(4, 6, rng), rng.standard_normal((5, 3, 4))
    >>> y, h_n, cache = forward(params, x, lengths=[5, 2, 3])
    >>> y.shape, h_n.shape, bool((h_n[1] == y[1, 1]).all()), bool((y[2:, 1] == 0).all())
    ((5, 3, 6), (3, 6), True, True)
    """
    weight_ih, weight_hh, bias_ih, bias_hh = _checked(params, nonlinearity)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, H = *x.shape[:2], len(weight_hh)
    h_0 = np.zeros((N, H), x.dtype) if h_0 is None else floats("h_0", h_0)
    expect_shape("h_0", h_0.shape, (N, H))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    f = NONLINEARITIES[nonlinearity]
    # What needs no state is computed for all steps at once, in one product.
    a = rows(x) @ weight_ih.T + (bias_ih + bias_hh)  # (T N, H)  {eq}`eq-rnn`
    a = a.reshape(T, N, H)
    h = np.empty((T + 1, N, H), np.result_type(a, h_0))
    h[0] = h_0
    before, y = h[:-1], h[1:]  # (T, N, H) each, of one memory: the states before and after each step
    W_hh_T = np.ascontiguousarray(weight_hh.T)  # (H, H), read T times
    for t in range(T):  # {eq}`eq-unfolded`
        a[t] += before[t] @ W_hh_T  # (N, H)  {eq}`eq-rnn`
        f(a[t], out=y[t])  # (N, H)  {eq}`eq-rnn`
        if ended is not None:
            y[t][ended[t]] = 0
    h_n = h[lengths, np.arange(N)]  # (N, H)  {eq}`eq-rnn-last`
    h.flags.writeable = False
    y.flags.writeable = False
    return y, h_n, Cache(weight_ih, weight_hh, x, h, lengths, ended, nonlinearity)


def backward(
    cache: Cache, dy: np.ndarray | None = None, dh_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Backpropagate through time: from the last step to the first, and then to inputs and parameters.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero. Of each state it is the immediate
        part, what the step's own output says; what the later steps say is computed here. Beyond a sequence's
        end it is ignored.
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
    da_rows = rows(da)  # (T N, H): a sum over steps and sequences is one product
    dx = (da_rows @ cache.weight_ih).reshape(cache.x.shape)  # (T, N, D)  {eq}`eq-bptt-x`
    dbias = da_rows.sum(axis=0)  # (H,)  {eq}`eq-bptt-bias`
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(cache.x),  # (H, D)  {eq}`eq-bptt-input`
        "weight_hh_l0": da_rows.T @ rows(cache.h[:-1]),  # (H, H)  {eq}`eq-bptt-recurrent`
        "bias_ih_l0": dbias,  # the two biases are only ever added
        "bias_hh_l0": dbias.copy(),
    }
    return dx, dh[0], dparams


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
        The total gradients of the states h_0, h_1, ..., h_T, (T + 1, N, H) ({eq}`eq-bptt-state`).
    da : ndarray
        The gradients of what the non-linearity was applied to, a_1, ..., a_T, (T, N, H)
        ({eq}`eq-bptt-preactivation`).
    """
    y = cache.h[1:]  # (T, N, H)
    T, N, H = y.shape
    dh = np.zeros_like(cache.h)  # (T + 1, N, H)
    before, after = dh[:-1], dh[1:]  # (T, N, H) each, of one memory: for the states around each step
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, y.shape)
        after[:] = without(dy, cache.ended)
    if dh_n is not None:
        dh_n = floats("dh_n", dh_n)
        expect_shape("dh_n", dh_n.shape, (N, H))
        dh[cache.lengths, np.arange(N)] += dh_n

    da = SLOPES[cache.nonlinearity](y)  # (T, N, H): as yet the slopes
    for t in reversed(range(T)):
        da[t] *= after[t]  # (N, H)  {eq}`eq-bptt-preactivation`
        # On top of the immediate part; h_0 has none, and gets its gradient at t = 0.
        before[t] += da[t] @ cache.weight_hh  # (N, H)  {eq}`eq-bptt-state`  {eq}`eq-bptt-h0`
    return dh, da


def _checked(params: Params, nonlinearity: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the four parameters, or say what is wrong with them."""
    if nonlinearity not in NONLINEARITIES:
        raise ValueError(f'nonlinearity: expected "tanh" or "relu", got {nonlinearity!r}')
    expect_keys("params", params, NAMES)
    weight_ih, weight_hh, bias_ih, bias_hh = (floats(name, params[name]) for name in NAMES)
    expect_shape("weight_hh_l0", weight_hh.shape, ("H", "H"))
    H = len(weight_hh)
    expect_shape("weight_hh_l0", weight_hh.shape, (H, H))
    expect_shape("weight_ih_l0", weight_ih.shape, (H, "D"))
    expect_shape("bias_ih_l0", bias_ih.shape, (H,))
    expect_shape("bias_hh_l0", bias_hh.shape, (H,))
    return weight_ih, weight_hh, bias_ih, bias_hh
