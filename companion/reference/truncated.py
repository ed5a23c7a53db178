"""Backpropagation through long sequences in pieces: truncated, for less of everything, or with checkpoints.

The full backward pass needs every state of the forward pass: memory for T steps. Both ways here hold the
states of one piece at a time.

* Truncated: the gradient stops at the beginning of each piece. The state is carried on, so the network still
  hears what came before; it does not learn from it what it should have kept. Another gradient, at the full
  one's price in time.
* Checkpointed: the first pass keeps the states at the pieces' beginnings alone, and the pass back computes
  each piece anew before it goes through it. The full gradient, for at most one more forward pass.

What is run is an argument: a module with ``forward`` and ``backward``, as :mod:`companion.reference.rnn`.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from companion.reference import rnn
from companion.reference._validate import expect_shape, floats

Params = dict[str, np.ndarray]
Loss = Callable[[np.ndarray, slice], tuple[float, np.ndarray]]


class Gradients(NamedTuple):
    """The value of a loss, the last state, and the gradients, as a backward pass gives them."""

    value: float
    h_n: np.ndarray  # (N, H)
    dx: np.ndarray  # (T, N, D)
    dh_0: np.ndarray  # (N, H)
    dparams: Params


def truncated_bptt(
    params: Params, x: np.ndarray, h_0: np.ndarray | None, loss: Loss, k: int, layer: ModuleType = rnn
) -> Gradients:
    r"""Go k steps forward and k steps back, and on from there ({eq}`eq-truncated-bptt`).

    .. math::

        \frac{\partial L_t}{\partial \theta} \approx
        \sum_{j = s(t) + 1}^{t} \frac{\partial L_t}{\partial h_t} \frac{\partial h_t}{\partial h_j}
        \frac{\partial^{+} h_j}{\partial \theta}

    with s(t) the last step before the piece that t is in: states before it are taken for constants. Memory
    for k steps; with k = T the full gradient.

    Parameters
    ----------
    params
        The layer's.
    x
        N sequences of T steps, (T, N, D), T at least 1.
    h_0
        The state before the first step, (N, H); None is zero.
    loss
        ``value, dy = loss(y, steps)``: what the outputs y, (k, N, H), of these steps cost, and the gradient
        with respect to them; ``steps`` is their slice of ``0..T``. The values are added up.
    k
        The number of steps of a piece, at least 1; the last piece may be shorter.
    layer
        What is run.

    Returns
    -------
    Gradients
        Those of all pieces added up. ``dx`` and ``dh_0`` are truncated too: only the first piece's loss
        reaches ``dh_0``.

    Raises
    ------
    ValueError
        If k is below 1 or x has no step; and what the layer refuses.

    References
    ----------
    R. J. Williams and J. Peng, An efficient gradient-based algorithm for on-line training of recurrent
    network trajectories, 1990.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = rnn.init(4, 6, rng), rng.standard_normal((10, 3, 4))
    >>> def sum_of_squares(y, steps):
    ...     return float((y**2).sum()), 2 * y
    >>> full = truncated_bptt(params, x, None, sum_of_squares, k=10)
    >>> pieces = truncated_bptt(params, x, None, sum_of_squares, k=5)
    >>> bool(np.isclose(full.value, pieces.value)), bool(np.allclose(full.dx, pieces.dx))
    (True, False)
    """
    pieces = _pieces(x, k, "k")
    value, dx = 0.0, np.zeros_like(x)
    h: Any = h_0
    dparams = {name: np.zeros_like(array) for name, array in params.items()}
    dh_0: Any = None
    for steps in pieces:
        y, h, cache = layer.forward(params, x[steps], h)  # the state is carried on
        cost, dy = loss(y, steps)
        dx[steps], dh, part = layer.backward(cache, dy)  # and its gradient is not  {eq}`eq-truncated-bptt`
        dh_0 = dh if dh_0 is None else dh_0
        value += cost
        _add(dparams, part)
    return Gradients(value, h, dx, dh_0, dparams)


def checkpointed_bptt(
    params: Params, x: np.ndarray, h_0: np.ndarray | None, loss: Loss, every: int, layer: ModuleType = rnn
) -> Gradients:
    """Keep every s-th state on the way forward, and compute the others anew on the way back.

    Memory for T / s states and for the s steps of a piece, each of which takes that of about five states
    (the pass back holds slopes and gradients too): least near s = sqrt(T / 5). Time for at most one more
    forward pass.

    Parameters
    ----------
    params, x, h_0, layer
        As in :func:`truncated_bptt`.
    loss
        As in :func:`truncated_bptt`; it is asked for the last piece first.
    every
        s, the number of steps from one kept state to the next, at least 1.

    Returns
    -------
    Gradients
        Those of the full backward pass, up to the order of its sums.

    Raises
    ------
    ValueError
        As :func:`truncated_bptt`.

    References
    ----------
    A. Gruslys, R. Munos, I. Danihelka, M. Lanctot and A. Graves, Memory-efficient backpropagation through
    time, NeurIPS 2016.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> params, x = rnn.init(4, 6, rng), rng.standard_normal((10, 3, 4))
    >>> def sum_of_squares(y, steps):
    ...     return float((y**2).sum()), 2 * y
    >>> full = truncated_bptt(params, x, None, sum_of_squares, k=10)
    >>> again = checkpointed_bptt(params, x, None, sum_of_squares, every=3)
    >>> bool(np.allclose(full.dparams["weight_hh_l0"], again.dparams["weight_hh_l0"], rtol=1e-12))
    True
    """
    pieces = _pieces(x, every, "every")
    kept = [h_0]
    for steps in pieces[:-1]:
        _, h, _ = layer.forward(params, x[steps], kept[-1])  # the other states are let go
        kept.append(h)
    value, dx = 0.0, np.zeros_like(x)
    dh: Any = None
    dparams = {name: np.zeros_like(array) for name, array in params.items()}
    h_n: Any = None
    for steps in reversed(pieces):
        y, h, cache = layer.forward(params, x[steps], kept.pop())
        h_n = h if h_n is None else h_n
        cost, dy = loss(y, steps)
        dx[steps], dh, part = layer.backward(cache, dy, dh)  # what the later pieces say arrives as dh_n
        value += cost
        _add(dparams, part)
    return Gradients(value, h_n, dx, dh, dparams)


def _pieces(x: np.ndarray, size: int, name: str) -> list[slice]:
    """Cut the steps of x into slices of this size."""
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    if size < 1:
        raise ValueError(f"{name}: expected at least 1, got {size}")
    if len(x) < 1:
        raise ValueError("x: expected at least one step, got none")
    return [slice(start, min(start + size, len(x))) for start in range(0, len(x), size)]


def _add(total: Params, part: Params) -> None:
    """Add the gradients of a piece to those of the pieces before."""
    for name, array in part.items():
        total[name] += array
