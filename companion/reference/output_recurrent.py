"""A network that remembers by its output alone: not the state is fed back, but the output before.

``h_t = tanh(W_ih x_t + b_ih + W_oh p_{t-1})`` and ``o_t = W_ho h_t + b_ho``, where p_{t-1} is the output
before, o_{t-1}; or, in teacher forcing, the target before, and then no step waits for another.

Parameters: ``{"weight_ih_l0": (H, D), "bias_ih_l0": (H,), "weight_oh_l0": (H, O), "weight_ho_l0": (O, H),
"bias_ho_l0": (O,)}``. Time is the first axis: x is (T, N, D), o is (T, N, O).

It is the second design of Goodfellow, Bengio and Courville (2016, section 10.2), and weaker than the first:
what the next step is to know must pass through an output that is trained to be something else.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from companion.reference._sequences import ends, rows, without
from companion.reference._validate import expect_keys, expect_shape, floats

Params = dict[str, np.ndarray]

NAMES = ("weight_ih_l0", "bias_ih_l0", "weight_oh_l0", "weight_ho_l0", "bias_ho_l0")


class Cache(NamedTuple):
    """What :func:`backward` needs of a forward pass."""

    weights: tuple[np.ndarray, np.ndarray, np.ndarray]  # W_ih (H, D), W_oh (H, O), W_ho (O, H)
    x: np.ndarray  # (T, N, D), zero beyond each sequence's end
    h: np.ndarray  # (T, N, H)
    told: np.ndarray  # (T, N, O): p_{t-1}, what each step was told of the one before
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N), True beyond a sequence's end; None if all are T long
    forced: bool


def init(
    input_size: int,
    hidden_size: int,
    output_size: int,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float64,
) -> Params:
    """Draw all parameters uniformly from +-1/sqrt(H).

    Parameters
    ----------
    input_size, hidden_size, output_size
        D, H and O, each at least 1.
    rng
        The generator that they are drawn from, in the order of the names above.
    dtype
        Precision of the parameters.

    Examples
    --------
    >>> params = init(4, 6, 2, np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items() if name.startswith("weight")}
    {'weight_ih_l0': (6, 4), 'weight_oh_l0': (6, 2), 'weight_ho_l0': (2, 6)}
    """
    sizes = (input_size, hidden_size, output_size)
    if min(sizes) < 1:
        raise ValueError(f"expected sizes of at least 1, got {sizes}")
    bound = 1 / np.sqrt(hidden_size)
    shapes = (
        (hidden_size, input_size),
        (hidden_size,),
        (hidden_size, output_size),
        (output_size, hidden_size),
        (output_size,),
    )
    drawn = [rng.uniform(-bound, bound, shape).astype(dtype) for shape in shapes]
    return dict(zip(NAMES, drawn, strict=True))


def step(params: Params, x_t: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Take one step ({eq}`eq-output-recurrence`): from an input and the output before to the next output.

    Parameters
    ----------
    params
        By the names and shapes above.
    x_t
        One input a sequence, (N, D).
    told
        The output before, or what stands for it, (N, O).

    Returns
    -------
    ndarray
        The next output, (N, O).
    """
    weight_ih, bias_ih, weight_oh, weight_ho, bias_ho = _checked(params)
    x_t, told = floats("x_t", x_t), floats("told", told)
    expect_shape("x_t", x_t.shape, ("N", weight_ih.shape[1]))
    expect_shape("told", told.shape, (len(x_t), len(weight_ho)))
    h = np.tanh(x_t @ weight_ih.T + bias_ih + told @ weight_oh.T)  # (N, H)  {eq}`eq-output-recurrence`
    return h @ weight_ho.T + bias_ho  # (N, O)  {eq}`eq-output-recurrence`


def forward(
    params: Params,
    x: np.ndarray,
    o_0: np.ndarray | None = None,
    targets: np.ndarray | None = None,
    lengths: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray, Cache]:
    """Run over whole sequences ({eq}`eq-output-recurrence`), free or with the targets as teacher.

    Free, each step is told the output before ({eq}`eq-free-running`); with a teacher, the target before
    ({eq}`eq-teacher-forcing`).

    Parameters
    ----------
    params
        By the names and shapes above.
    x
        N sequences of at most T steps, (T, N, D).
    o_0
        What the first step is told, (N, O); None is zero.
    targets
        None runs free: every step is told the output before. Given, (T, N, O), every step but the first is
        told the target before (teacher forcing), and all steps are computed at once. The last target is told
        to nobody. For the next part of the sequences it is the ``o_0``; without targets that is ``o_n``.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all.

    Returns
    -------
    o : ndarray
        (T, N, O), zero beyond each sequence's end.
    o_n : ndarray
        Each sequence's output at its own end, (N, O); o_0 for a sequence of length 0.
    cache
        What :func:`backward` needs.

    Raises
    ------
    TypeError
        If an array is not floating-point, or the lengths are not integers.
    ValueError
        If a name, a shape or a length does not fit.

    Examples
    --------
    Told its own outputs as targets, the network goes the way it goes alone:

    >>> rng = np.random.default_rng(0)
    >>> params, x = init(4, 6, 2, rng), rng.standard_normal((5, 3, 4))
    >>> free, _, _ = forward(params, x)
    >>> forced, _, _ = forward(params, x, targets=free)
    >>> np.allclose(free, forced)
    True
    """
    weight_ih, bias_ih, weight_oh, weight_ho, bias_ho = _checked(params)
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", weight_ih.shape[1]))
    T, N, hidden, outputs = *x.shape[:2], *weight_oh.shape
    o_0 = np.zeros((N, outputs), x.dtype) if o_0 is None else floats("o_0", o_0)
    expect_shape("o_0", o_0.shape, (N, outputs))
    lengths, ended = ends(lengths, T, N)  # (N,), (T, N)
    x = without(x, ended)  # (T, N, D)

    a = (rows(x) @ weight_ih.T + bias_ih).reshape(T, N, hidden)  # (T, N, H)
    o = np.empty((T + 1, N, outputs), np.result_type(a, o_0))  # o[t] is o_t, o_0 included
    o[0] = o_0
    if targets is None:
        told, h = o[:-1], np.empty(a.shape, o.dtype)  # (T, N, O), (T, N, H)
        for t in range(T):
            h[t] = np.tanh(a[t] + told[t] @ weight_oh.T)  # (N, H)  {eq}`eq-free-running`
            o[t + 1] = h[t] @ weight_ho.T + bias_ho  # (N, O)  {eq}`eq-free-running`
            if ended is not None:
                o[t + 1][ended[t]] = 0
    else:
        targets = floats("targets", targets)
        expect_shape("targets", targets.shape, (T, N, outputs))
        told = np.concatenate([o[:1], without(targets, ended)])[:T]  # (T, N, O)
        h = np.tanh(a + told @ weight_oh.T)  # (T, N, H), all steps at once  {eq}`eq-teacher-forcing`
        o[1:] = without(h @ weight_ho.T + bias_ho, ended)  # (T, N, O)  {eq}`eq-teacher-forcing`
    o_n = o[lengths, np.arange(N)]  # (N, O)
    o.flags.writeable = False  # the backward pass computes with it
    cache = Cache((weight_ih, weight_oh, weight_ho), x, h, told, lengths, ended, targets is not None)
    return o[1:], o_n, cache


def backward(
    cache: Cache, do: np.ndarray | None = None, do_n: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Params]:
    """Pass the gradient back through the outputs that were fed back; in teacher forcing, to each step alone.

    Parameters
    ----------
    cache
        From :func:`forward`.
    do
        Gradient of the loss with respect to o, (T, N, O); None is zero.
    do_n
        Gradient with respect to o_n, (N, O); None is zero.

    Returns
    -------
    dx : ndarray
        (T, N, D)
    do_0 : ndarray
        (N, O)
    dparams : dict
        By the names and shapes of the parameters. Targets are given, so they have no gradient.

    Raises
    ------
    ValueError
        If ``do`` or ``do_n`` has not the shape of what it is the gradient of.
    """
    (weight_ih, weight_oh, weight_ho), x, h, told, lengths, ended, forced = cache
    T, N, outputs = told.shape
    gradient = np.zeros((T + 1, N, outputs), told.dtype)  # gradient[t] is dL/do_t, o_0 included
    if do is not None:
        do = floats("do", do)
        expect_shape("do", do.shape, told.shape)
        gradient[1:] = without(do, ended)
    if do_n is not None:
        do_n = floats("do_n", do_n)
        expect_shape("do_n", do_n.shape, (N, outputs))
        gradient[lengths, np.arange(N)] += do_n

    da = 1 - h * h  # (T, N, H): here the slope of tanh
    if forced:
        da *= gradient[1:] @ weight_ho  # (T, N, H), all steps at once
        gradient[0] += da[:1].sum(axis=0) @ weight_oh  # (N, O): o_0 was told, what came after were targets
    else:
        for t in reversed(range(T)):
            da[t] *= gradient[t + 1] @ weight_ho  # (N, H)
            gradient[t] += da[t] @ weight_oh  # (N, O), beside the do that is there
    da_rows, do_rows = rows(da), rows(gradient[1:])  # (T N, H), (T N, O)
    dparams = {
        "weight_ih_l0": da_rows.T @ rows(x),  # (H, D)
        "bias_ih_l0": da_rows.sum(axis=0),  # (H,)
        "weight_oh_l0": da_rows.T @ rows(told),  # (H, O)
        "weight_ho_l0": do_rows.T @ rows(h),  # (O, H)
        "bias_ho_l0": do_rows.sum(axis=0),  # (O,)
    }
    return (da_rows @ weight_ih).reshape(x.shape), gradient[0], dparams


def _checked(params: Params) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the five parameters, or say what is wrong with them."""
    expect_keys("params", params, NAMES)
    weight_ih, bias_ih, weight_oh, weight_ho, bias_ho = (floats(name, params[name]) for name in NAMES)
    expect_shape("weight_ih_l0", weight_ih.shape, ("H", "D"))
    expect_shape("weight_ho_l0", weight_ho.shape, ("O", len(weight_ih)))
    expect_shape("weight_oh_l0", weight_oh.shape, (len(weight_ih), len(weight_ho)))
    expect_shape("bias_ih_l0", bias_ih.shape, (len(weight_ih),))
    expect_shape("bias_ho_l0", bias_ho.shape, (len(weight_ho),))
    return weight_ih, bias_ih, weight_oh, weight_ho, bias_ho
