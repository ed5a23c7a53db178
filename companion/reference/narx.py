"""NARX: a network that remembers by its last K outputs, each fed back with a weight of its own.

``y_t = Psi(u_t, y_{t-1}, ..., y_{t-K})``, where Psi is a network of one hidden layer:
``h_t = tanh(W_ih u_t + b_ih + W_oh [y_{t-1}; ...; y_{t-K}])`` and ``y_t = W_ho h_t + b_ho``. In a closed loop
it is told its own outputs; in teacher forcing the targets, and then no step waits for another. With K = 1 it
is :mod:`companion.reference.output_recurrent`, and has that module's parameters.

Parameters: ``{"weight_ih_l0": (H, D), "bias_ih_l0": (H,), "weight_oh_l0": (H, K O), "weight_ho_l0": (O, H),
"bias_ho_l0": (O,)}``; the columns of W_oh belong to y_{t-1} first and to y_{t-K} last. Time is the first
axis: the inputs u are (T, N, D), the outputs y are (T, N, O).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_keys, expect_shape, floats, shown

Params = dict[str, np.ndarray]

NAMES = ("weight_ih_l0", "bias_ih_l0", "weight_oh_l0", "weight_ho_l0", "bias_ho_l0")


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weights: tuple[np.ndarray, np.ndarray, np.ndarray]  # W_ih (H, D), W_oh (H, K O), W_ho (O, H)
    u: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T, N, H)
    told: np.ndarray  # (T, N, K O): the K outputs before each step, the newest first
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long
    forced: bool


def init(
    input_size: int,
    hidden_size: int,
    output_size: int,
    delays: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw all parameters uniformly from +-1/sqrt(H).

    Parameters
    ----------
    input_size, hidden_size, output_size, delays
        D, H, O and K, each at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    dtype
        Precision of the parameters.

    Examples
    --------
    Four output delays, as in the lecture:

    >>> params = init(1, 6, 2, 4, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items() if name.startswith("weight")}
    {'weight_ih_l0': (6, 1), 'weight_oh_l0': (6, 8), 'weight_ho_l0': (2, 6)}
    """
    sizes = (input_size, hidden_size, output_size, delays)
    if min(sizes) < 1:
        raise ValueError(f"expected sizes of at least 1, got {sizes}")
    bound = 1 / np.sqrt(hidden_size)
    shapes = (
        (hidden_size, input_size),
        (hidden_size,),
        (hidden_size, delays * output_size),
        (output_size, hidden_size),
        (output_size,),
    )
    drawn = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
    return dict(zip(NAMES, drawn, strict=True))


def step(params: Params, u_t: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Take one step: from an input and the K outputs before to the next output ({eq}`eq-narx`).

    Parameters
    ----------
    params
        By the names and shapes above.
    u_t
        One input a sequence, (N, D).
    last
        What it is told of the past, the newest first, (K, N, O).

    Returns
    -------
    ndarray
        The output, (N, O). With it in front, ``np.concatenate([y_t[None], last[:-1]])`` is for the next step.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> step(init(4, 6, 2, 3, rng), np.zeros((5, 4)), np.zeros((3, 5, 2))).shape
    (5, 2)
    """
    weight_ih, bias_ih, weight_oh, weight_ho, bias_ho, K = _checked(params)
    u_t, last = floats("u_t", u_t), floats("last", last)
    expect_shape("u_t", u_t.shape, ("N", weight_ih.shape[1]))
    expect_shape("last", last.shape, (K, len(u_t), len(weight_ho)))
    told = last.transpose(1, 0, 2).reshape(len(u_t), -1)  # (N, K O)
    h = np.tanh(u_t @ weight_ih.T + bias_ih + told @ weight_oh.T)  # (N, H)  {eq}`eq-narx`
    return h @ weight_ho.T + bias_ho  # (N, O)  {eq}`eq-narx`


def forward(
    params: Params,
    u: np.ndarray,
    y_0: np.ndarray | None = None,
    targets: np.ndarray | None = None,
    lengths: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run over whole sequences, in a closed loop or taught by the targets ({eq}`eq-narx`).

    Parameters
    ----------
    params
        By the names and shapes above.
    u
        N sequences of at most T steps, (T, N, D).
    y_0
        What came before the first step, the newest first: y_0, y_{-1}, ..., y_{1-K}, (K, N, O). None is zero.
    targets
        None closes the loop: every step is told the outputs before. Given, (T, N, O), every step is told the
        targets before (teacher forcing), and all steps are computed at once.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all.

    Returns
    -------
    y : ndarray
        (T, N, O), zero beyond each sequence's end.
    y_n : ndarray
        Each sequence's last K outputs at its own end, the newest first, (K, N, O): in a closed loop the
        ``y_0`` to go on with.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If an array is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape or a length does not fit.

    References
    ----------
    S. Chen, S. A. Billings and P. M. Grant, "Non-linear system identification using neural networks",
    *International Journal of Control*, 1990.

    Examples
    --------
    Told its own outputs as targets, the network goes the way it goes alone:

    >>> rng = np.random.default_rng(0)
    >>> params, u = init(1, 6, 2, 4, rng), rng.standard_normal((9, 3, 1))
    >>> closed, _, _ = forward(params, u)
    >>> forced, _, _ = forward(params, u, targets=closed)
    >>> np.allclose(closed, forced)
    True
    """
    weight_ih, bias_ih, weight_oh, weight_ho, bias_ho, K = _checked(params)
    u = floats("u", u)
    expect_shape("u", u.shape, ("T", "N", weight_ih.shape[1]))
    T, N, outputs = *u.shape[:2], len(weight_ho)
    y_0 = np.zeros((K, N, outputs), u.dtype) if y_0 is None else floats("y_0", y_0)
    expect_shape("y_0", y_0.shape, (K, N, outputs))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    u = without(u, ended)  # (T, N, D)

    a = (rows(u) @ weight_ih.T + bias_ih).reshape(T, N, -1)  # (T, N, H)
    y = np.concatenate([y_0[::-1], np.zeros((T, N, outputs), np.result_type(a, y_0))])  # y[K - 1 + t] is y_t
    if targets is None:
        told, h = np.empty((T, N, K * outputs), y.dtype), np.empty(a.shape, y.dtype)
        for t in range(T):
            told[t] = _newest_first(y[t : t + K])  # (N, K O)
            h[t] = np.tanh(a[t] + told[t] @ weight_oh.T)  # (N, H)  {eq}`eq-narx`
            y[K + t] = h[t] @ weight_ho.T + bias_ho  # (N, O)  {eq}`eq-narx`
            if ended is not None:
                y[K + t][ended[t]] = 0
    else:
        targets = floats("targets", targets)
        expect_shape("targets", targets.shape, (T, N, outputs))
        known = np.concatenate([y_0[::-1], without(targets, ended)])  # (K + T, N, O)
        told = np.empty((T, N, K * outputs), known.dtype)
        for t in range(T):
            told[t] = _newest_first(known[t : t + K])  # (N, K O)
        h = np.tanh(a + told @ weight_oh.T)  # (T, N, H), all steps at once  {eq}`eq-narx`
        y[K:] = without(h @ weight_ho.T + bias_ho, ended)  # (T, N, O)  {eq}`eq-narx`
    newest_first = np.arange(K)[::-1, None]  # (K, 1)
    y_n = y[lengths + newest_first, np.arange(N)]  # (K, N, O)
    cache = Cache((weight_ih, weight_oh, weight_ho), u, h, told, lengths, ended, targets is not None)
    return y[K:], y_n, cache


def backward(
    cache: Cache, dy: np.ndarray | None = None, dy_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Pass the gradient back through the outputs that were fed back; in teacher forcing, to each step alone.

    Parameters
    ----------
    cache
        From :func:`forward`.
    dy
        Gradient of the loss with respect to y, (T, N, O); None is zero.
    dy_n
        Gradient with respect to y_n, (K, N, O); None is zero.

    Returns
    -------
    du : ndarray
        (T, N, D)
    dy_0 : ndarray
        (K, N, O), the newest first.
    dparams : dict
        By the names and shapes of the parameters. Targets are given, so they have no gradient.

    Raises
    ------
    ValueError
        If ``dy`` or ``dy_n`` has not the shape of what it is the gradient of.
    """
    (weight_ih, weight_oh, weight_ho), u, h, told, lengths, ended, forced = cache
    T, N, outputs = *told.shape[:2], len(weight_ho)
    K = told.shape[2] // outputs
    gradient = np.zeros((K + T, N, outputs), told.dtype)  # gradient[K - 1 + t] is dL/dy_t
    if dy is not None:
        dy = floats("dy", dy)
        expect_shape("dy", dy.shape, (T, N, outputs))
        gradient[K:] = without(dy, ended)
    if dy_n is not None:
        dy_n = floats("dy_n", dy_n)
        expect_shape("dy_n", dy_n.shape, (K, N, outputs))
        gradient[lengths + np.arange(K)[::-1, None], np.arange(N)] += dy_n

    da = 1 - h * h  # (T, N, H): as yet the slopes of tanh
    if forced:  # the targets that a step was told have no gradient, only what came before the first step
        da *= gradient[K:] @ weight_ho  # (T, N, H), all steps at once  {eq}`eq-narx-grad`
    for t in reversed(range(min(K, T) if forced else T)):
        if not forced:
            da[t] *= gradient[K + t] @ weight_ho  # (N, H)  {eq}`eq-narx-grad`
        back = (da[t] @ weight_oh).reshape(N, K, outputs).transpose(1, 0, 2)[::-1]  # (K, N, O), oldest first
        heard = K - t if forced else K
        gradient[t : t + heard] += back[:heard]  # beside the dy that is there  {eq}`eq-narx-grad`
    da_rows, dy_rows = rows(da), rows(gradient[K:])  # (T N, H), (T N, O)
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(u),  # (H, D)
        "bias_ih_l0": da_rows.sum(axis=0),  # (H,)
        "weight_oh_l0": da_rows.T @ rows(told),  # (H, K O)
        "weight_ho_l0": dy_rows.T @ rows(h),  # (O, H)
        "bias_ho_l0": dy_rows.sum(axis=0),  # (O,)
    }
    return (da_rows @ weight_ih).reshape(u.shape), gradient[:K][::-1], dparams


def _newest_first(past: np.ndarray) -> np.ndarray:
    """Put K outputs (K, N, O), the oldest first, side by side the other way round, (N, K O)."""
    return past[::-1].transpose(1, 0, 2).reshape(past.shape[1], -1)


def _checked(params: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the five parameters and K, or say what is wrong with them."""
    expect_keys("params", params, NAMES)
    weight_ih, bias_ih, weight_oh, weight_ho, bias_ho = (floats(name, params[name]) for name in NAMES)
    expect_shape("weight_ih_l0", weight_ih.shape, ("H", "D"))
    H = len(weight_ih)
    expect_shape("weight_ho_l0", weight_ho.shape, ("O", H))
    outputs = len(weight_ho)
    expect_shape("weight_oh_l0", weight_oh.shape, (H, "K O"))
    if outputs == 0 or weight_oh.shape[1] == 0 or weight_oh.shape[1] % outputs:
        raise ValueError(f"weight_oh_l0: expected {outputs} columns a delay, got {shown(weight_oh.shape)}")
    expect_shape("bias_ih_l0", bias_ih.shape, (H,))
    expect_shape("bias_ho_l0", bias_ho.shape, (outputs,))
    return weight_ih, bias_ih, weight_oh, weight_ho, bias_ho, weight_oh.shape[1] // outputs
