"""The simplified gated recurrent unit: one gate that says how much of the state stays; forward and back.

``h_t = (1 - z_t) n_t + z_t h_{t-1}`` with ``z = sigmoid(W_iz x + b_iz + W_hz h + b_hz)`` and the candidate
``n = tanh(W_in x + b_in + W_hn h + b_hn)``: a GRU whose reset gate is always 1. Lectures call the state a
memory cell c, and its update gate is ``1 - z``: 1 where something new is written.

Parameters are named as PyTorch's, the rows of z above those of n: ``{"weight_ih_l0": (2H, D), "weight_hh_l0":
(2H, H), "bias_ih_l0": (2H,), "bias_hh_l0": (2H,)}``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._gates import checked, drawn, sigmoid_in_place
from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_shape, floats
from companion.reference.activations import sigmoid
from companion.reference.rnn import Params


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass; the gate can be looked at."""

    weight_ih: np.ndarray  # (2H, D)
    weight_hh: np.ndarray  # (2H, H)
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T + 1, N, H): h_0, h_1, ..., h_T
    z: np.ndarray  # (T, N, H), the gate
    n: np.ndarray  # (T, N, H), the candidate
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long


def init(
    input_size: int, hidden_size: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
) -> Params:
    """Draw all four parameters uniformly from +-1/sqrt(H).

    Parameters
    ----------
    input_size, hidden_size
        D and H, both at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    dtype
        Precision of the parameters, which are 2 H (D + H + 2) numbers ({eq}`eq-gate-parameters`).

    Examples
    --------
    >>> {name: array.shape for name, array in init(4, 6, np.random.default_rng(0)).items()}
    {'weight_ih_l0': (12, 4), 'weight_hh_l0': (12, 6), 'bias_ih_l0': (12,), 'bias_hh_l0': (12,)}
    """
    return drawn(2, input_size, hidden_size, rng, dtype)  # {eq}`eq-gate-parameters`


def step(params: Params, x_t: np.ndarray, h: np.ndarray) -> np.ndarray:
    """Take one step: the new state from one input and the old state ({eq}`eq-simple-gru`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    h
        The state before, (N, H).

    Returns
    -------
    ndarray
        The state after, (N, H).

    Examples
    --------
    >>> params = {"weight_ih_l0": np.array([[0.0], [1.0]]), "weight_hh_l0": np.zeros((2, 1))}
    >>> params |= {"bias_ih_l0": np.zeros(2), "bias_hh_l0": np.zeros(2)}
    >>> step(params, np.array([[1000.0]]), np.array([[4.0]]))  # z = 1/2, n = 1
    array([[2.5]])
    """
    weight_ih, weight_hh, bias_ih, bias_hh = checked(params, 2)
    x_t, h = floats("x_t", x_t), floats("h", h)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    expect_shape("h", h.shape, (len(x_t), weight_hh.shape[1]))
    a = x_t @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh  # (N, 2H)
    a_z, a_n = np.split(a, 2, axis=1)  # (N, H) each
    z, n = sigmoid(a_z), np.tanh(a_n)  # {eq}`eq-simple-gru`
    return (1 - z) * n + z * h  # (N, H)  {eq}`eq-simple-gru`


def forward(
    params: Params, x: np.ndarray, h_0: np.ndarray | None = None, lengths: ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run the layer over whole sequences: the state after every step, and the last one ({eq}`eq-simple-gru`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    h_0
        The state before the first step, (N, H); None is zero.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. What x holds beyond a
        sequence's end changes nothing.

    Returns
    -------
    y : ndarray
        The states h_1 to h_T, (T, N, H); zero beyond each sequence's end. Read-only: the backward pass
        computes with it.
    h_n : ndarray
        Each sequence's state at its own end, (N, H); h_0 for a sequence of length 0.
    cache
        What :func:`backward` needs, the gate among it: ``cache.z`` and ``cache.n``.

    Raises
    ------
    TypeError
        If x, h_0 or a parameter is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape or a length does not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y, h_n, cache = forward(init(4, 6, rng), rng.standard_normal((5, 3, 4)))
    >>> y.shape, h_n.shape, cache.z.shape
    ((5, 3, 6), (3, 6), (5, 3, 6))
    """
    weight_ih, weight_hh, bias_ih, bias_hh = checked(params, 2)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, H = *x.shape[:2], weight_hh.shape[1]
    h_0 = np.zeros((N, H), x.dtype) if h_0 is None else floats("h_0", h_0)
    expect_shape("h_0", h_0.shape, (N, H))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    # What needs no state is computed for all steps at once, in one product.
    a = rows(x) @ weight_ih.T + (bias_ih + bias_hh)  # (T N, 2H)  {eq}`eq-simple-gru`
    h = np.empty((T + 1, N, H), np.result_type(a, h_0))
    h[0] = h_0
    before, y = h[:-1], h[1:]  # (T, N, H) each, of one memory: the states before and after each step
    a = a.astype(h.dtype, copy=False).reshape(T, N, 2 * H)
    z, n = a[..., :H], a[..., H:]  # (T, N, H) each, of one memory
    W_hh_T = np.ascontiguousarray(weight_hh.T)  # (H, 2H), read T times
    for t in range(T):
        a[t] += before[t] @ W_hh_T  # (N, 2H)  {eq}`eq-simple-gru`
        sigmoid_in_place(z[t])  # (N, H)  {eq}`eq-simple-gru`
        np.tanh(n[t], out=n[t])  # (N, H)  {eq}`eq-simple-gru`
        np.subtract(before[t], n[t], out=y[t])
        y[t] *= z[t]
        y[t] += n[t]  # n + z (h - n) is (1 - z) n + z h: (N, H)  {eq}`eq-simple-gru`
        if ended is not None:
            y[t][ended[t]] = 0
    h_n = h[lengths, np.arange(N)]  # (N, H)
    h.flags.writeable = False
    y.flags.writeable = False
    return y, h_n, Cache(weight_ih, weight_hh, x, h, z, n, lengths, ended)


def backward(
    cache: Cache, dy: np.ndarray | None = None, dh_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Backpropagate through time: from the last step to the first, and then to inputs and parameters.

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
    z, n = cache.z, cache.n
    T, N, H = z.shape
    dh = np.zeros_like(cache.h)  # (T + 1, N, H)
    before, after = dh[:-1], dh[1:]  # (T, N, H) each, of one memory: for the states around each step
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, z.shape)
        after[:] = without(dy, cache.ended)
    if dh_n is not None:
        dh_n = floats("dh_n", dh_n)
        expect_shape("dh_n", dh_n.shape, (N, H))
        dh[cache.lengths, np.arange(N)] += dh_n

    da = np.empty((T, N, 2, H), dh.dtype)  # as yet the slopes, which need no gradient: of all steps at once
    np.multiply(cache.h[:-1] - n, z * (1 - z), out=da[:, :, 0])  # {eq}`eq-simple-gru-grad`
    np.multiply(1 - z, 1 - n * n, out=da[:, :, 1])  # {eq}`eq-simple-gru-grad`
    for t in reversed(range(T)):
        da[t] *= after[t][:, None]  # (N, 2, H)  {eq}`eq-simple-gru-grad`
        before[t] += after[t] * z[t]
        before[t] += da[t].reshape(N, 2 * H) @ cache.weight_hh  # (N, H)  {eq}`eq-simple-gru-grad`

    da_rows = da.reshape(T * N, 2 * H)  # a sum over steps and sequences is one product
    dx = (da_rows @ cache.weight_ih).reshape(cache.x.shape)  # (T, N, D)  {eq}`eq-bptt-x`
    dbias = da_rows.sum(axis=0)  # (2H,)  {eq}`eq-bptt-bias`
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(cache.x),  # (2H, D)  {eq}`eq-bptt-input`
        "weight_hh_l0": da_rows.T @ rows(cache.h[:-1]),  # (2H, H)  {eq}`eq-bptt-recurrent`
        "bias_ih_l0": dbias,  # the two biases are only ever added
        "bias_hh_l0": dbias.copy(),
    }
    return dx, dh[0], dparams
