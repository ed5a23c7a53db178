"""The LSTM layer: a cell state on a conveyor belt, and gates that decide what goes onto it and off it.

::

    i, f, o = sigmoid(...)   g = tanh(...)      each of W_ih x_t + b_ih + W_hh h_{t-1} + b_hh, its own rows
    c_t = f * c_{t-1} + i * g
    h_t = o * tanh(c_t)

Parameters: ``{"weight_ih_l0": (4H, D), "weight_hh_l0": (4H, H), "bias_ih_l0": (4H,), "bias_hh_l0": (4H,)}``,
the names, shapes and rows of a ``torch.nn.LSTM`` of one layer: input gate i, forget gate f, candidate g,
output gate o, H rows each. With peepholes three more, ``weight_ci_l0``, ``weight_cf_l0`` and
``weight_co_l0``, (H,) each: the gates i and f also see the cell state before the step, o the one after it,
each unit its own.

Time is the first axis: x is (T, N, D). A state is a pair ``(h, c)``, (N, H) each. Layers on top of each other
are in :mod:`companion.reference.stack`. Hochreiter and Schmidhuber (1997); the forget gate is from Gers,
Schmidhuber and Cummins (2000), the peepholes from Gers and Schmidhuber (2000).
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._gates import checked, drawn
from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_keys, expect_shape, floats
from companion.reference.activations import sigmoid
from companion.reference.rnn import NAMES, Params

State = tuple[np.ndarray, np.ndarray]  # h and c, (N, H) each
Pair = Sequence[np.ndarray | None]  # gradients of h and c, of which one may be None

CACHED = 2**14  # numbers a gate: four gates of so many in single precision are 256 KiB

PEEPHOLES = ("weight_ci_l0", "weight_cf_l0", "weight_co_l0")


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weight_ih: np.ndarray  # (4H, D)
    weight_hh: np.ndarray  # (4H, H)
    peepholes: np.ndarray | None  # (3, H): of i, f and o
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T + 1, N, H): h_0, h_1, ..., h_T
    c: np.ndarray  # (T + 1, N, H): c_0, c_1, ..., c_T
    gates: np.ndarray  # (4, T, N, H): i, f, g and o
    tanh_c: np.ndarray  # (T, N, H): tanh(c_1), ..., tanh(c_T)
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long


def init(
    input_size: int,
    hidden_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
    peepholes: bool = False,
    forget_bias: float | None = None,
) -> Params:
    """Draw all parameters uniformly from +-1/sqrt(H), as PyTorch does.

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    dtype
        Precision of the parameters.
    peepholes
        True adds the three peephole weights.
    forget_bias
        What the forget gate's bias is set to after the drawing: ``bias_ih_l0`` holds it and ``bias_hh_l0`` is
        zero there. With 1, as in Keras, the cell keeps most of its state before anything is learned. None
        leaves what was drawn.

    Returns
    -------
    dict
        4 H (D + H + 2) numbers in four arrays, by name; with peepholes 3 H more.

    Examples
    --------
    >>> params = init(4, 6, np.random.default_rng(0), forget_bias=1.0)
    >>> {name: array.shape for name, array in params.items()}
    {'weight_ih_l0': (24, 4), 'weight_hh_l0': (24, 6), 'bias_ih_l0': (24,), 'bias_hh_l0': (24,)}
    >>> (params["bias_ih_l0"] + params["bias_hh_l0"])[6:12]
    array([1., 1., 1., 1., 1., 1.])
    """
    params = drawn(4, input_size, hidden_size, rng, dtype)
    H, bound = hidden_size, 1 / np.sqrt(hidden_size)
    if peepholes:
        params |= {name: rng.uniform(-bound, bound, H).astype(dtype) for name in PEEPHOLES}
    if forget_bias is not None:
        params["bias_ih_l0"][H : 2 * H] = forget_bias
        params["bias_hh_l0"][H : 2 * H] = 0
    return params


def step(params: Params, x_t: np.ndarray, state: State) -> State:
    """Take one step: the new state from one input and the old state.

    For decoding, and for reading: the formulas ({eq}`eq-lstm-gates`, {eq}`eq-lstm-cell`,
    {eq}`eq-lstm-hidden`, with peepholes {eq}`eq-lstm-peephole`) line by line. Step after step it gives what
    :func:`forward` gives.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    state
        h and c before, (N, H) each.

    Returns
    -------
    h, c : ndarray
        The state after, (N, H) each.

    Examples
    --------
    >>> params = {"weight_ih_l0": np.zeros((4, 1)), "weight_hh_l0": np.zeros((4, 1))}
    >>> params |= {"bias_ih_l0": np.array([-9.0, 9.0, 0.0, 9.0]), "bias_hh_l0": np.zeros(4)}
    >>> h, c = step(params, np.array([[1.0]]), (np.array([[0.0]]), np.array([[2.0]])))
    >>> h.round(2), c.round(2)  # nothing put on, all kept, all shown
    (array([[0.96]]), array([[2.]]))
    """
    weight_ih, weight_hh, bias_ih, bias_hh, peepholes = _checked(params)
    x_t = floats("x_t", x_t)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    h, c = _pair("state", state, ("h", "c"), (len(x_t), weight_hh.shape[1]))
    p_i, p_f, p_o = (0, 0, 0) if peepholes is None else peepholes  # (H,) each
    a = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh  # (N, 4H)  {eq}`eq-lstm-gates`
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)  # (N, H) each
    i, f = sigmoid(a_i + p_i * c), sigmoid(a_f + p_f * c)  # {eq}`eq-lstm-gates`  {eq}`eq-lstm-peephole`
    c = f * c + i * np.tanh(a_g)  # (N, H)  {eq}`eq-lstm-cell`
    o = sigmoid(a_o + p_o * c)  # {eq}`eq-lstm-gates`  {eq}`eq-lstm-peephole`
    return o * np.tanh(c), c  # (N, H)  {eq}`eq-lstm-hidden`


def forward(
    params: Params, x: np.ndarray, state: State | None = None, lengths: ArrayLike | None = None
) -> tuple[np.ndarray, State, Cache]:
    """Run the layer over whole sequences: what it shows after every step, and the state at the end.

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    state
        h_0 and c_0 before the first step, (N, H) each; None is zero. To go on with sequences whose beginning
        has been read, give the final state of that: both halves.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. What x holds beyond a
        sequence's end changes nothing.

    Returns
    -------
    y : ndarray
        h_1 to h_T, (T, N, H); zero beyond each sequence's end. Read-only: the backward pass computes with it.
    h_n, c_n : tuple of ndarray
        Each sequence's state at its own end, (N, H) each; the initial one for a sequence of length 0.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If x, the state or a parameter is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape or a length does not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = init(4, 6, rng), rng.standard_normal((5, 3, 4))
    >>> y, (h_n, c_n), cache = forward(params, x, lengths=[5, 2, 3])
    >>> y.shape, h_n.shape, c_n.shape, bool((h_n[1] == y[1, 1]).all())
    ((5, 3, 6), (3, 6), (3, 6), True)
    """
    weight_ih, weight_hh, bias_ih, bias_hh, peepholes = _checked(params)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, H = *x.shape[:2], weight_hh.shape[1]
    if state is None:
        state = np.zeros((N, H), x.dtype), np.zeros((N, H), x.dtype)
    h_0, c_0 = _pair("state", state, ("h_0", "c_0"), (N, H))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    # sigmoid(a) = (1 + tanh(a / 2)) / 2: with three gates' weights halved, one tanh serves all four.
    scale = np.array([0.5, 0.5, 1.0, 0.5], x.dtype).reshape(4, 1, 1)
    shift = 1 - scale
    W_ih, W_hh = weight_ih.reshape(4, H, -1) * scale, weight_hh.reshape(4, H, H) * scale
    # What needs no state is computed for all steps at once, each gate in memory of its own.
    a = rows(x) @ W_ih.swapaxes(1, 2)  # (4, T N, H)  {eq}`eq-lstm-gates`
    a += (bias_ih + bias_hh).reshape(4, 1, H) * scale
    W_hh_T = np.ascontiguousarray(W_hh.swapaxes(1, 2))  # (4, H, H), read T times
    h, c = np.empty((2, T + 1, N, H), np.result_type(a, h_0, c_0))
    h[0], c[0] = h_0, c_0
    tanh_c = np.empty((T, N, H), h.dtype)
    gates = a.astype(h.dtype, copy=False).reshape(4, T, N, H)  # from step to step i, f, g and o in a's place
    from_state = np.empty((4, N, H), h.dtype)
    steps = zip(gates.swapaxes(0, 1), h[:-1], h[1:], c[:-1], c[1:], tanh_c, strict=True)
    for t, (a_t, h_before, h_t, c_before, c_t, tanh_t) in enumerate(steps):
        i, f, g, o = a_t  # (N, H) each, as yet what the gates are computed of
        np.matmul(h_before, W_hh_T, out=from_state)
        a_t += from_state  # (4, N, H)  {eq}`eq-lstm-gates`
        if peepholes is None:
            _squash(a_t, scale, shift)
        else:  # o sees the new cell, and waits for it
            a_t[:2] += peepholes[:2, None] / 2 * c_before  # (2, N, H)  {eq}`eq-lstm-peephole`
            _squash(a_t[:3], scale[:3], shift[:3])
        np.multiply(f, c_before, out=c_t)
        c_t += i * g  # (N, H)  {eq}`eq-lstm-cell`
        if peepholes is not None:
            o += peepholes[2] / 2 * c_t  # (N, H)  {eq}`eq-lstm-peephole`
            _squash(o, scale[3], shift[3])
        np.tanh(c_t, out=tanh_t)
        np.multiply(o, tanh_t, out=h_t)  # (N, H)  {eq}`eq-lstm-hidden`
        if ended is not None:
            h_t[ended[t]] = c_t[ended[t]] = 0
    last = h[lengths, np.arange(N)], c[lengths, np.arange(N)]  # (N, H) each
    h.flags.writeable = c.flags.writeable = False
    cache = Cache(weight_ih, weight_hh, peepholes, x, h, c, gates, tanh_c, lengths, ended)
    return h[1:], last, cache


def backward(
    cache: Cache, dy: np.ndarray | None = None, dstate: Pair | None = None
) -> tuple[np.ndarray, State, Params]:
    """Backpropagate through time: from the last step to the first, and then to inputs and parameters.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, H); None is zero. Beyond a sequence's end it is
        ignored.
    dstate
        Gradients with respect to h_n and c_n, (N, H) each; None, for both or one, is zero.

    Returns
    -------
    dx : ndarray
        (T, N, D), zero beyond each sequence's end.
    dh_0, dc_0 : tuple of ndarray
        (N, H) each.
    dparams : dict
        By the names and shapes of the parameters.

    Raises
    ------
    ValueError
        If a gradient has not the shape of what it is the gradient of.
    """
    dh, dc, da = through_time(cache, dy, dstate)  # (T + 1, N, H) twice, (T, N, 4, H)
    da_rows = da.reshape(-1, cache.weight_hh.shape[0])  # (T N, 4H): a sum over steps is one product
    dx = (da_rows @ cache.weight_ih).reshape(cache.x.shape)  # (T, N, D)  {eq}`eq-bptt-x`
    dbias = np.ones(len(da_rows), da.dtype) @ da_rows  # (4H,)  {eq}`eq-bptt-bias`
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(cache.x),  # (4H, D)  {eq}`eq-bptt-input`
        "weight_hh_l0": da_rows.T @ rows(cache.h[:-1]),  # (4H, H)  {eq}`eq-bptt-recurrent`
        "bias_ih_l0": dbias,  # the two biases are only ever added
        "bias_hh_l0": dbias.copy(),
    }
    if cache.peepholes is not None:
        before, after = cache.c[:-1], cache.c[1:]  # (T, N, H) each
        for name, gate, seen in zip(PEEPHOLES, (0, 1, 3), (before, before, after), strict=True):
            dparams[name] = (da[:, :, gate] * seen).sum(axis=(0, 1))  # (H,)  {eq}`eq-lstm-peephole`
    return dx, (dh[0], dc[0]), dparams


def through_time(
    cache: Cache, dy: np.ndarray | None = None, dstate: Pair | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Go back step by step: the part of :func:`backward` in which each step waits for the one after it.

    Parameters
    ----------
    cache, dy, dstate
        As in :func:`backward`.

    Returns
    -------
    dh, dc : ndarray
        The total gradients of h_0, ..., h_T ({eq}`eq-lstm-grad-hidden`) and of c_0, ..., c_T
        ({eq}`eq-lstm-grad-cell`), (T + 1, N, H) each.
    da : ndarray
        The gradients of what the gates i, f, g and o were computed of, (T, N, 4, H)
        ({eq}`eq-lstm-grad-gates`).
    """
    _, T, N, H = cache.gates.shape
    dh, dc = np.zeros((2, *cache.h.shape), cache.h.dtype)  # (T + 1, N, H) each
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, (T, N, H))
        dh[1:] = without(dy, cache.ended)
    dstate = (None, None) if dstate is None else _two("dstate", dstate, ("dh_n", "dc_n"))
    for total, name, last in zip((dh, dc), ("dh_n", "dc_n"), dstate, strict=True):
        if last is not None:
            last = floats(name, last)
            expect_shape(name, last.shape, (N, H))
            total[cache.lengths, np.arange(N)] += last

    f, W_hh, p = cache.gates[1], cache.weight_hh.reshape(4, H, H), cache.peepholes
    da = np.empty((T, N, 4, H), dh.dtype)
    for t, slopes, dh_dc in _slopes(cache):  # from the last step to the first
        da_t = da[t].swapaxes(0, 1)  # (4, N, H)
        np.multiply(slopes[3], dh[t + 1], out=da_t[3])  # (N, H)  {eq}`eq-lstm-grad-gates`
        dc[t + 1] += dh[t + 1] * dh_dc  # (N, H)  {eq}`eq-lstm-grad-cell`
        if p is not None:
            dc[t + 1] += da_t[3] * p[2]  # {eq}`eq-lstm-peephole`
        np.multiply(slopes[:3], dc[t + 1], out=da_t[:3])  # (3, N, H)  {eq}`eq-lstm-grad-gates`
        dc[t] += dc[t + 1] * f[t]  # (N, H)  {eq}`eq-lstm-grad-cell`
        if p is not None:
            dc[t] += (da_t[:2] * p[:2, None]).sum(axis=0)  # {eq}`eq-lstm-peephole`
        dh[t] += (da_t @ W_hh).sum(axis=0)  # (N, H)  {eq}`eq-lstm-grad-hidden`
    return dh, dc, da


def _slopes(cache: Cache) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield what the gradients of each step are multiplied with, from the last step to the first.

    With the number t of the step those of i, f and g, which the cell's gradient is multiplied with, and of o,
    which that of h is, (4, N, H); and dh_t/dc_t, (N, H). None of it waits for a later step: a few steps are
    computed at once, as many as stay in the processor's cache until they are needed.
    """
    T, N, H = cache.tanh_c.shape
    block = max(1, CACHED // max(1, N * H))
    for first in reversed(range(0, T, block)):
        steps = slice(first, first + block)
        gates, tanh_c = cache.gates[:, steps], cache.tanh_c[steps]
        i, _, g, o = gates  # (steps, N, H) each
        slopes = 1 - gates
        slopes *= gates  # i (1 - i), f (1 - f) and o (1 - o): the sigmoid's slopes
        slopes[0] *= g
        slopes[1] *= cache.c[:-1][steps]
        np.multiply(1 - g * g, i, out=slopes[2])
        slopes[3] *= tanh_c
        dh_dc = tanh_c * tanh_c
        np.subtract(1, dh_dc, out=dh_dc)
        dh_dc *= o
        for k in reversed(range(len(dh_dc))):
            yield first + k, slopes[:, k], dh_dc[k]


def _squash(a: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> None:
    """Replace a, already halved where a sigmoid is meant, by the gates: tanh, and back to 0 to 1."""
    np.tanh(a, out=a)
    a *= scale
    a += shift  # {eq}`eq-lstm-gates`


def _checked(params: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the four parameters and the peepholes, (3, H) or None, or say what is wrong with them."""
    plain = checked({name: value for name, value in params.items() if name not in PEEPHOLES}, 4)
    if params.keys().isdisjoint(PEEPHOLES):
        return *plain, None
    expect_keys("params", params, (*NAMES, *PEEPHOLES))
    peepholes = [floats(name, params[name]) for name in PEEPHOLES]
    for name, value in zip(PEEPHOLES, peepholes, strict=True):
        expect_shape(name, value.shape, (plain[1].shape[1],))
    return *plain, np.stack(peepholes)


def _pair(name: str, state: State, names: tuple[str, str], shape: tuple[int, int]) -> State:
    """Return the two halves of a state, or say what is wrong with them."""
    h, c = (floats(half, value) for half, value in zip(names, _two(name, state, names), strict=True))
    expect_shape(names[0], h.shape, shape)
    expect_shape(names[1], c.shape, shape)
    return h, c


def _two(name: str, pair: Any, names: tuple[str, str]) -> Any:
    """Refuse what is not a pair: one array of two rows would pass for one, and is a mistake."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{name}: expected a pair ({', '.join(names)}), got {type(pair).__name__}")
    return pair
