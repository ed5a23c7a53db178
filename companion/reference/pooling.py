"""Pooling over time: of every window of steps, or of the whole sequence, keep the largest or the mean.

Time is the first axis, x is (T, N, D), and every feature is pooled alone. No function here has parameters;
each has its backward function directly under it.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from companion.reference._sequences import ends, without
from companion.reference._validate import expect_shape, floats
from companion.reference.conv import output_size


class Pooled(NamedTuple):
    """What the backward passes of the windows need."""

    steps: int  # T
    stride: int
    pool_size: int
    ended: np.ndarray | None  # (T', N): which outputs lie beyond the ends
    winners: np.ndarray  # (T', N, D): where in its window the largest stands; of a mean it has no entries
    shape: tuple[int, int, int]  # (T', N, D)


class PooledWhole(NamedTuple):
    """What the backward passes of the whole sequences need."""

    steps: int  # T
    lengths: np.ndarray  # (N,)
    ended: np.ndarray | None  # (T, N)
    winners: np.ndarray  # (N, D): the step of the largest; of a mean it has no entries
    shape: tuple[int, int]  # (N, D)


def max_pool(
    x: np.ndarray, pool_size: int, stride: int | None = None, lengths: ArrayLike | None = None
) -> tuple[np.ndarray, Pooled]:
    """Keep the largest of every window: ``y_t = max_k x_{s t + k}``, k < P ({eq}`eq-max-pool`).

    Parameters
    ----------
    x
        (T, N, D)
    pool_size
        P, the steps in a window.
    stride
        s, the steps from one window to the next; None takes P, so that each step is in one window.
    lengths
        How many steps of each sequence count, (N,), from 0 to T; None counts all. Windows that reach beyond
        a sequence's end are not looked at, and y is zero from ``conv.output_size(lengths, P, s)`` on: a last
        window that is not full is dropped, as it would be of the sequence alone.

    Returns
    -------
    y : ndarray
        (T', N, D), with T' = ``conv.output_size(T, P, s)``.
    cache
        What :func:`max_pool_backward` needs.

    Raises
    ------
    TypeError
        If x is not floating-point, or the lengths are not integers.
    ValueError
        If a shape or a length does not fit, a size is below 1, or the window is longer than the sequences.

    Examples
    --------
    >>> x = np.array([3.0, 1.0, 4.0, 1.0, 5.0]).reshape(5, 1, 1)
    >>> max_pool(x, 2)[0].ravel(), max_pool(x, 3, stride=1)[0].ravel()
    (array([3., 4.]), array([4., 4., 5.]))
    """
    windows, ended = _windows(x, pool_size, stride, lengths)
    winners = windows.argmax(axis=-1)  # (T', N, D), the first of equals
    largest = np.take_along_axis(windows, winners[..., None], axis=-1)[..., 0]  # {eq}`eq-max-pool`
    return without(largest, ended), Pooled(
        len(x), stride or pool_size, pool_size, ended, winners, largest.shape
    )


def max_pool_backward(cache: Pooled, dy: np.ndarray) -> np.ndarray:
    """Give the gradient to the step that won, and to no other ({eq}`eq-max-pool-grad`).

    Of equal steps the first wins, as in ``torch.nn.MaxPool1d``. Where windows overlap, a step may win several
    times, and is given the sum.

    Parameters
    ----------
    cache
        From :func:`max_pool`.
    dy
        (T', N, D)

    Returns
    -------
    ndarray
        dx, (T, N, D)
    """
    dy = _gradient(cache, dy)
    T_out, N, D = dy.shape
    t = cache.stride * np.arange(T_out)[:, None, None] + cache.winners  # (T', N, D)
    dx = np.zeros((cache.steps, N, D), dy.dtype)
    np.add.at(dx, (t, np.arange(N)[:, None], np.arange(D)), dy)  # {eq}`eq-max-pool-grad`
    return dx


def average_pool(
    x: np.ndarray, pool_size: int, stride: int | None = None, lengths: ArrayLike | None = None
) -> tuple[np.ndarray, Pooled]:
    """Keep the mean of every window: ``y_t = 1/P sum_k x_{s t + k}``, k < P ({eq}`eq-average-pool`).

    Parameters, errors and lengths are those of :func:`max_pool`.

    Examples
    --------
    >>> x = np.array([3.0, 1.0, 4.0, 1.0, 5.0]).reshape(5, 1, 1)
    >>> average_pool(x, 2)[0].ravel()
    array([2. , 2.5])
    """
    windows, ended = _windows(x, pool_size, stride, lengths)
    mean = windows.mean(axis=-1)  # (T', N, D)  {eq}`eq-average-pool`
    none = np.empty(0, np.intp)
    return without(mean, ended), Pooled(len(x), stride or pool_size, pool_size, ended, none, mean.shape)


def average_pool_backward(cache: Pooled, dy: np.ndarray) -> np.ndarray:
    """Share the gradient of every window equally among its steps ({eq}`eq-average-pool`).

    Parameters
    ----------
    cache
        From :func:`average_pool`.
    dy
        (T', N, D)

    Returns
    -------
    ndarray
        dx, (T, N, D)
    """
    dy = _gradient(cache, dy) / cache.pool_size
    dx = np.zeros((cache.steps, *dy.shape[1:]), dy.dtype)
    for k in range(cache.pool_size):
        dx[k : k + cache.stride * (len(dy) - 1) + 1 : cache.stride] += dy  # {eq}`eq-average-pool`
    return dx


def global_max_pool(x: np.ndarray, lengths: ArrayLike | None = None) -> tuple[np.ndarray, PooledWhole]:
    """Keep the largest of each whole sequence, one number a feature ({eq}`eq-global-pool`).

    Parameters
    ----------
    x
        (T, N, D)
    lengths
        How many steps of each sequence count, (N,), from 0 to T; None counts all. Padding never wins, also
        where all that counts is negative. A sequence of no steps gives zero.

    Returns
    -------
    y : ndarray
        (N, D)
    cache
        What :func:`global_max_pool_backward` needs.

    Raises
    ------
    TypeError
        If x is not floating-point, or the lengths are not integers.
    ValueError
        If a shape or a length does not fit, or there is no step at all.

    Examples
    --------
    >>> x = np.array([[-3.0], [-1.0], [0.0]]).reshape(3, 1, 1)
    >>> global_max_pool(x, lengths=[2])[0]
    array([[-1.]])
    """
    x, lengths, ended = _whole(x, lengths)
    inside = x if ended is None else np.where(ended[..., None], -np.inf, x)  # (T, N, D)
    winners = inside.argmax(axis=0)  # (N, D), the first of equals
    largest = np.take_along_axis(inside, winners[None], axis=0)[0]  # (N, D)  {eq}`eq-global-pool`
    y = np.where(lengths[:, None] > 0, largest, x.dtype.type(0))
    return y, PooledWhole(len(x), lengths, ended, winners, y.shape)


def global_max_pool_backward(cache: PooledWhole, dy: np.ndarray) -> np.ndarray:
    """Give each feature's gradient to the one step that won ({eq}`eq-max-pool-grad`).

    Parameters
    ----------
    cache
        From :func:`global_max_pool`.
    dy
        (N, D)

    Returns
    -------
    ndarray
        dx, (T, N, D)
    """
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, cache.shape)
    dx = np.zeros((cache.steps, *cache.shape), dy.dtype)  # (T, N, D)
    np.put_along_axis(dx, cache.winners[None], dy[None], axis=0)  # {eq}`eq-max-pool-grad`
    return without(dx, cache.ended)


def global_average_pool(x: np.ndarray, lengths: ArrayLike | None = None) -> tuple[np.ndarray, PooledWhole]:
    """Keep the mean of each whole sequence, divided by its own length ({eq}`eq-global-pool`).

    Parameters and errors are those of :func:`global_max_pool`; a sequence of no steps gives zero.

    Examples
    --------
    >>> x = np.array([[2.0], [4.0], [0.0]]).reshape(3, 1, 1)
    >>> global_average_pool(x, lengths=[2])[0]
    array([[3.]])
    """
    x, lengths, ended = _whole(x, lengths)
    counted = np.maximum(lengths, 1)[:, None].astype(x.dtype)  # (N, 1)
    y = without(x, ended).sum(axis=0) / counted  # (N, D)  {eq}`eq-global-pool`
    return y, PooledWhole(len(x), lengths, ended, np.empty(0, np.intp), y.shape)


def global_average_pool_backward(cache: PooledWhole, dy: np.ndarray) -> np.ndarray:
    """Share each feature's gradient equally among the steps that count ({eq}`eq-global-pool`).

    Parameters
    ----------
    cache
        From :func:`global_average_pool`.
    dy
        (N, D)

    Returns
    -------
    ndarray
        dx, (T, N, D)
    """
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, cache.shape)
    share = dy / np.maximum(cache.lengths, 1)[:, None].astype(dy.dtype)  # (N, D)
    return without(np.repeat(share[None], cache.steps, axis=0), cache.ended)  # {eq}`eq-global-pool`


def _windows(
    x: np.ndarray, pool_size: int, stride: int | None, lengths: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the windows, (T', N, D, P), zero beyond the ends, and which of them are not full, (T', N)."""
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    T, N, _ = x.shape
    if pool_size < 1:
        raise ValueError(f"pool_size: expected at least 1, got {pool_size}")
    stride = pool_size if stride is None else stride
    T_out = int(output_size(T, pool_size, stride))
    if T_out == 0:
        raise ValueError(f"x: expected at least {pool_size} steps for the window, got {T}")
    live, ended_x = ends(lengths, T, N)
    windows = sliding_window_view(without(x, ended_x), pool_size, axis=0)[::stride]  # (T', N, D, P)
    ended = None if ended_x is None else ends(output_size(live, pool_size, stride), T_out, N)[1]
    return windows, ended


def _whole(x: np.ndarray, lengths: ArrayLike | None) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return x, the lengths, (N,), and which steps lie beyond them."""
    x = floats("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    if len(x) == 0:
        raise ValueError("x: expected at least 1 step, got 0")
    return x, *ends(lengths, *x.shape[:2])


def _gradient(cache: Pooled, dy: np.ndarray) -> np.ndarray:
    """Return dy, zero beyond the ends, or refuse its shape."""
    dy = floats("dy", dy)
    expect_shape("dy", dy.shape, cache.shape)
    return without(dy, cache.ended)
