"""The gated recurrent unit: an update gate z that says how much stays, and a reset gate r; forward and back.

``h_t = (1 - z_t) n_t + z_t h_{t-1}``: where z is 1 the state stays as it is, where z is 0 the candidate n
takes its place. Parameters are those of a ``torch.nn.GRU`` of one layer, the rows of r, z and n below one
another: ``{"weight_ih_l0": (3H, D), "weight_hh_l0": (3H, H), "bias_ih_l0": (3H,), "bias_hh_l0": (3H,)}``.

The reset gate stands in one of two places: after the product, ``tanh(W_in x + b_in + r (W_hn h + b_hn))``,
as in PyTorch, cuDNN and by default in Keras, and then the two biases of n may not be summed; or before it,
``tanh(W_in x + b_in + W_hn (r h) + b_hn)``, as Cho et al. (2014) wrote it. These are different functions.
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
    """What :func:`backward` needs of a forward pass; the gates can be looked at."""

    weight_ih: np.ndarray  # (3H, D)
    weight_hh: np.ndarray  # (3H, H)
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T + 1, N, H): h_0, h_1, ..., h_T
    r: np.ndarray  # (T, N, H), the reset gate
    z: np.ndarray  # (T, N, H), the update gate
    n: np.ndarray  # (T, N, H), the candidate
    m: np.ndarray  # (T, N, H), what r is multiplied with: W_hn h + b_hn, or h itself
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long
    reset_after: bool


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
        Precision of the parameters, which are 3 H (D + H + 2) numbers ({eq}`eq-gate-parameters`).

    Examples
    --------
    >>> {name: array.shape for name, array in init(4, 6, np.random.default_rng(0)).items()}
    {'weight_ih_l0': (18, 4), 'weight_hh_l0': (18, 6), 'bias_ih_l0': (18,), 'bias_hh_l0': (18,)}
    """
    return drawn(3, input_size, hidden_size, rng, dtype)  # {eq}`eq-gate-parameters`


def step(params: Params, x_t: np.ndarray, h: np.ndarray, reset_after: bool = True) -> np.ndarray:
    """Take one step: the new state from one input and the old state ({eq}`eq-gru-state`).

    Step after step it gives what :func:`forward` gives.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    h
        The state before, (N, H).
    reset_after
        Whether the reset gate acts after the product with W_hn, or before it.

    Returns
    -------
    ndarray
        The state after, (N, H).

    Examples
    --------
    >>> params = {"weight_ih_l0": np.array([[0.0], [0.0], [1.0]]), "weight_hh_l0": np.zeros((3, 1))}
    >>> params |= {"bias_ih_l0": np.zeros(3), "bias_hh_l0": np.zeros(3)}
    >>> step(params, np.array([[1000.0]]), np.array([[4.0]]))  # r = z = 1/2, n = 1
    array([[2.5]])
    """
    weight_ih, weight_hh, bias_ih, bias_hh = checked(params, 3)
    x_t, h = floats("x_t", x_t), floats("h", h)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    expect_shape("h", h.shape, (len(x_t), weight_hh.shape[1]))
    W_hr, W_hz, W_hn = np.split(weight_hh, 3)  # (H, H) each
    b_hr, b_hz, b_hn = np.split(bias_hh, 3)  # (H,) each
    x_r, x_z, x_n = np.split(x_t @ weight_ih.T + bias_ih, 3, axis=1)  # (N, H) each
    r = sigmoid(x_r + h @ W_hr.T + b_hr)  # (N, H)  {eq}`eq-gru-gates`
    z = sigmoid(x_z + h @ W_hz.T + b_hz)  # (N, H)  {eq}`eq-gru-gates`
    if reset_after:
        n = np.tanh(x_n + r * (h @ W_hn.T + b_hn))  # (N, H)  {eq}`eq-gru-candidate`
    else:
        n = np.tanh(x_n + (r * h) @ W_hn.T + b_hn)  # (N, H)  {eq}`eq-gru-candidate-before`
    return (1 - z) * n + z * h  # (N, H)  {eq}`eq-gru-state`


def forward(
    params: Params,
    x: np.ndarray,
    h_0: np.ndarray | None = None,
    lengths: ArrayLike | None = None,
    reset_after: bool = True,
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run the layer over whole sequences: the state after every step, and the last one ({eq}`eq-gru-state`).

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
    reset_after
        Whether the reset gate acts after the product with W_hn ({eq}`eq-gru-candidate`), or before it
        ({eq}`eq-gru-candidate-before`).

    Returns
    -------
    y : ndarray
        The states h_1 to h_T, (T, N, H); zero beyond each sequence's end. Read-only: the backward pass
        computes with it.
    h_n : ndarray
        Each sequence's state at its own end, (N, H); h_0 for a sequence of length 0.
    cache
        What :func:`backward` needs, the gates among it: ``cache.r``, ``cache.z`` and ``cache.n``.

    Raises
    ------
    TypeError
        If x, h_0 or a parameter is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape or a length does not fit.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = init(4, 6, rng), rng.standard_normal((5, 3, 4))
    >>> y, h_n, cache = forward(params, x, lengths=[5, 2, 3])
    >>> y.shape, h_n.shape, bool((h_n[1] == y[1, 1]).all()), bool((y[2:, 1] == 0).all())
    ((5, 3, 6), (3, 6), True, True)
    """
    weight_ih, weight_hh, bias_ih, bias_hh = checked(params, 3)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, H = *x.shape[:2], weight_hh.shape[1]
    h_0 = np.zeros((N, H), x.dtype) if h_0 is None else floats("h_0", h_0)
    expect_shape("h_0", h_0.shape, (N, H))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    # What needs no state is computed for all steps at once, in one product. Only b_hn may have to wait for r.
    summed = 2 * H if reset_after else 3 * H
    a = rows(x) @ weight_ih.T + bias_ih  # (T N, 3H)
    a[:, :summed] += bias_hh[:summed]
    h = np.empty((T + 1, N, H), np.result_type(a, h_0))
    h[0] = h_0
    before, y = h[:-1], h[1:]  # (T, N, H) each, of one memory: the states before and after each step
    a = a.astype(h.dtype, copy=False).reshape(T, N, 3 * H)
    gates, r, z, n = a[..., : 2 * H], a[..., :H], a[..., H : 2 * H], a[..., 2 * H :]  # of one memory
    m = np.empty((T, N, H), h.dtype) if reset_after else before
    W_hh_T = np.ascontiguousarray(weight_hh.T)  # (H, 3H), read T times
    for t in range(T):
        if reset_after:
            from_state = before[t] @ W_hh_T  # (N, 3H), one product for the gates and the candidate
            m[t] = from_state[:, 2 * H :] + bias_hh[2 * H :]  # (N, H)
        else:
            from_state = before[t] @ W_hh_T[:, : 2 * H]  # (N, 2H)
        gates[t] += from_state[:, : 2 * H]
        sigmoid_in_place(gates[t])  # (N, 2H)  {eq}`eq-gru-gates`
        if reset_after:
            n[t] += r[t] * m[t]  # (N, H)  {eq}`eq-gru-candidate`
        else:
            n[t] += (r[t] * m[t]) @ W_hh_T[:, 2 * H :]  # (N, H)  {eq}`eq-gru-candidate-before`
        np.tanh(n[t], out=n[t])
        np.subtract(before[t], n[t], out=y[t])
        y[t] *= z[t]
        y[t] += n[t]  # n + z (h - n) is (1 - z) n + z h: (N, H)  {eq}`eq-gru-state`
        if ended is not None:
            y[t][ended[t]] = 0
    h_n = h[lengths, np.arange(N)]  # (N, H)
    h.flags.writeable = False
    y.flags.writeable = False
    return y, h_n, Cache(weight_ih, weight_hh, x, h, r, z, n, m, lengths, ended, reset_after)


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
    dh, da, da_n = through_time(cache, dy, dh_n)  # (T + 1, N, H), (T, N, 3H), (T, N, H)
    H = dh.shape[2]
    da_rows, before = rows(da), rows(cache.h[:-1])  # (T N, 3H), (T N, H): a sum over steps is one product
    dweight_hh = da_rows.T @ before  # (3H, H)  {eq}`eq-bptt-recurrent`
    if not cache.reset_after:  # W_hn was multiplied with r h
        dweight_hh[2 * H :] = da_rows[:, 2 * H :].T @ (rows(cache.r) * before)  # (H, H)
    dbias_hh = da_rows.sum(axis=0)  # (3H,)  {eq}`eq-bptt-bias`
    # On the side of the input no reset gate stands between weights and candidate.
    da[..., 2 * H :] = da_n
    dx = (da_rows @ cache.weight_ih).reshape(cache.x.shape)  # (T, N, D)  {eq}`eq-bptt-x`
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(cache.x),  # (3H, D)  {eq}`eq-bptt-input`
        "weight_hh_l0": dweight_hh,
        "bias_ih_l0": da_rows.sum(axis=0),  # (3H,)  {eq}`eq-bptt-bias`
        "bias_hh_l0": dbias_hh,
    }
    return dx, dh[0], dparams


def through_time(
    cache: Cache, dy: np.ndarray | None = None, dh_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Go back step by step: the part of :func:`backward` in which each step waits for the one after it.

    Returns
    -------
    dh : ndarray
        The total gradients of the states h_0, h_1, ..., h_T, (T + 1, N, H) ({eq}`eq-gru-grad-state`).
    da : ndarray
        The gradients of what each step's products with W_hr, W_hz and W_hn gave, (T, N, 3H)
        ({eq}`eq-gru-grad-gates`, {eq}`eq-gru-grad-reset`).
    da_n : ndarray
        The gradients of what the candidate's tanh was applied to, (T, N, H). The last H columns of ``da`` are
        these where the reset gate stands before the product, and these times r where it stands after it.
    """
    weight_hh, r, z, n, m = cache.weight_hh, cache.r, cache.z, cache.n, cache.m
    T, N, H = r.shape
    dh = np.zeros_like(cache.h)  # (T + 1, N, H)
    before, after = dh[:-1], dh[1:]  # (T, N, H) each, of one memory: for the states around each step
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, r.shape)
        after[:] = without(dy, cache.ended)
    if dh_n is not None:
        dh_n = floats("dh_n", dh_n)
        expect_shape("dh_n", dh_n.shape, (N, H))
        dh[cache.lengths, np.arange(N)] += dh_n

    # As yet the slopes, which need no gradient: those of all steps at once.
    da = np.empty((T, N, 3, H), dh.dtype)
    da_r, da_z, da_m = da[:, :, 0], da[:, :, 1], da[:, :, 2]  # (T, N, H) each, of one memory
    da_n = (1 - z) * (1 - n * n)  # (T, N, H)  {eq}`eq-gru-grad-gates`
    np.multiply(cache.h[:-1] - n, z * (1 - z), out=da_z)  # (T, N, H)  {eq}`eq-gru-grad-gates`
    dr = m * r * (1 - r)  # (T, N, H)  {eq}`eq-gru-grad-reset`
    if cache.reset_after:
        np.multiply(da_n, dr, out=da_r)  # {eq}`eq-gru-grad-reset`
        np.multiply(da_n, r, out=da_m)  # {eq}`eq-gru-grad-reset`
        for t in reversed(range(T)):
            da[t] *= after[t][:, None]  # (N, 3, H)  {eq}`eq-gru-grad-gates`  {eq}`eq-gru-grad-reset`
            before[t] += after[t] * z[t]
            before[t] += da[t].reshape(N, 3 * H) @ weight_hh  # (N, H)  {eq}`eq-gru-grad-state`
        da_n *= after
    else:
        for t in reversed(range(T)):
            np.multiply(da_n[t], after[t], out=da_m[t])  # {eq}`eq-gru-grad-gates`
            da_z[t] *= after[t]  # {eq}`eq-gru-grad-gates`
            dreset = da_m[t] @ weight_hh[2 * H :]  # (N, H), of r h
            np.multiply(dreset, dr[t], out=da_r[t])  # {eq}`eq-gru-grad-reset`
            before[t] += after[t] * z[t] + dreset * r[t]
            gates = da[t, :, :2].reshape(N, 2 * H)
            before[t] += gates @ weight_hh[: 2 * H]  # (N, H)  {eq}`eq-gru-grad-state`
        da_n = da_m
    return dh, da.reshape(T, N, 3 * H), da_n
