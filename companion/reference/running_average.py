"""The running average: the simplest memory there is, one number that leaks.

``mu_t = alpha mu_{t-1} + (1 - alpha) v_t``. It is the leaky unit of :mod:`companion.reference.leaky` with
nothing but the leak: no activation, no weights, ``alpha = 1 - 1/tau``.
"""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_broadcast, floats


def running_average(v: ArrayLike, alpha: ArrayLike, mu_0: ArrayLike | None = None) -> np.ndarray:
    """Compute ``mu_t = alpha mu_{t-1} + (1 - alpha) v_t`` ({eq}`eq-running-average`).

    Parameters
    ----------
    v
        The values, time first: (T, ...).
    alpha
        How much of the old average stays at each step, from 0 (only the last value counts) to 1 (nothing is
        ever taken in): a number, or an array that broadcasts with a step of v. ``v[:, None]`` and A numbers
        give A averages of one series at once.
    mu_0
        The average before the first step; None is zero. It broadcasts with a step of the result.

    Returns
    -------
    ndarray
        mu_1 to mu_T, (T, ...).

    Raises
    ------
    TypeError
        If the values or alpha are not floating-point.
    ValueError
        If an alpha is outside [0, 1], v has no axis of time, or the shapes do not fit.

    References
    ----------
    S. W. Roberts, "Control chart tests based on geometric moving averages", *Technometrics*, 1959.

    Examples
    --------
    A value that is 8 once is remembered for as long as alpha says:

    >>> running_average(np.array([8.0, 0.0, 0.0])[:, None], np.array([0.0, 0.5]))
    array([[8., 4.],
           [0., 2.],
           [0., 1.]])
    """
    v, alpha = floats("v", v), floats("alpha", alpha)
    if v.ndim < 1:
        raise ValueError("v: expected (T, ...), got ()")
    if not ((alpha >= 0) & (alpha <= 1)).all():
        raise ValueError(f"alpha: expected 0 <= alpha <= 1, got {alpha}")
    try:
        shape = np.broadcast_shapes(v.shape[1:], alpha.shape)
    except ValueError:
        raise ValueError(
            f"alpha: expected what broadcasts with {v.shape[1:]}, a step of v, got {alpha.shape}"
        ) from None
    mu_0 = np.zeros((), v.dtype) if mu_0 is None else floats("mu_0", mu_0)
    expect_broadcast("mu_0", mu_0.shape, shape)
    mu = np.empty((len(v) + 1, *shape), np.result_type(v, alpha, mu_0))
    mu[0] = mu_0
    for t, v_t in enumerate(v, start=1):
        mu[t] = alpha * mu[t - 1] + (1 - alpha) * v_t  # {eq}`eq-running-average`
    return mu[1:]


def average_weights(alpha: ArrayLike, steps: int) -> np.ndarray:
    """Say how much each value before counts: ``(1 - alpha) alpha^k`` ({eq}`eq-average-weights`).

    Parameters
    ----------
    alpha
        As above: a number, or A of them.
    steps
        For how many values, the newest first (k = 0).

    Returns
    -------
    ndarray
        (steps, ...). All there are sum to 1; the first `steps` of them to ``1 - alpha^steps``.

    Raises
    ------
    TypeError
        If alpha is not floating-point.
    ValueError
        If an alpha is outside [0, 1], or steps is negative.

    Examples
    --------
    >>> average_weights(0.5, 4)
    array([0.5   , 0.25  , 0.125 , 0.0625])
    """
    alpha = floats("alpha", alpha)
    if not ((alpha >= 0) & (alpha <= 1)).all():
        raise ValueError(f"alpha: expected 0 <= alpha <= 1, got {alpha}")
    if steps < 0:
        raise ValueError(f"steps: expected at least 0, got {steps}")
    k = np.arange(steps).reshape(-1, *[1] * alpha.ndim)  # (steps, 1, ...)
    return (1 - alpha) * alpha**k  # {eq}`eq-average-weights`
