"""How far a state reaches, in the layers with a longer memory: products of Jacobians, as in `rnn_algebra`."""

import numpy as np

from companion.reference import leaky, skip_time


def leaky_jacobian(cache: leaky.Cache, t: int, k: int) -> np.ndarray:
    """Differentiate the state after step t by that after step k ({eq}`eq-leaky-jacobian`).

    It is a product of t - k matrices ``(1 - 1/tau) I + (1/tau) diag(f'(a)) W_hh``. For large tau each is
    nearly the identity, and so can the product be, where the plain layer's has vanished.

    Parameters
    ----------
    cache
        From :func:`companion.reference.leaky.forward`.
    t, k
        Two steps, ``0 <= k <= t <= T``; step 0 is h_0.

    Returns
    -------
    ndarray
        (N, H, H), one matrix a sequence; zero if step t lies beyond the sequence's end.

    Raises
    ------
    ValueError
        If the steps are not in this order, or not steps of this run.
    """
    T, N, H = cache.g.shape
    _expect_steps(t, k, T)
    slopes = leaky.SLOPES[cache.nonlinearity](cache.g[k:t]) * cache.rate  # (t - k, N, H)
    keep = (1 - cache.rate)[:, None]  # (H, 1)
    product = np.broadcast_to(np.eye(H, dtype=cache.h.dtype), (N, H, H)).copy()
    for slope in slopes[..., None]:  # (N, H, 1)
        product = keep * product + slope * (cache.weight_hh @ product)  # (N, H, H)  {eq}`eq-leaky-jacobian`
    product[cache.lengths < t] = 0
    return product


def skip_jacobian(cache: skip_time.Cache, t: int, k: int) -> np.ndarray:
    """Differentiate the state after step t by that after step k, where steps of 1 and of d lead from k to t.

    ``J_t = diag(f'(a_t)) (W_hh J_{t-1} + W_skip J_{t-d})`` with ``J_k = I``, and zero before k. It is a sum
    over all ways from k to t; the shortest has (t - k) / d factors ({eq}`eq-skip-decay`).

    Parameters
    ----------
    cache
        From :func:`companion.reference.skip_time.forward`.
    t, k
        Two steps, ``0 <= k <= t <= T``; step 0 is h_0.

    Returns
    -------
    ndarray
        (N, H, H), one matrix a sequence; zero if step t lies beyond the sequence's end.

    Raises
    ------
    ValueError
        If the steps are not in this order, or not steps of this run.
    """
    h = cache.h[cache.delay :]  # (T, N, H)
    T, N, H = h.shape
    _expect_steps(t, k, T)
    slopes = skip_time.SLOPES[cache.nonlinearity](h[k:t])[..., None]  # (t - k, N, H, 1)
    jacobian = np.zeros((t - k + cache.delay, N, H, H), h.dtype)  # of the states k - d + 1 to t
    jacobian[cache.delay - 1] = np.eye(H)
    for i, slope in enumerate(slopes):
        through_last = cache.weight_hh @ jacobian[cache.delay - 1 + i]  # (N, H, H)
        jacobian[cache.delay + i] = slope * (through_last + cache.weight_skip @ jacobian[i])
    product = jacobian[-1]
    product[cache.lengths < t] = 0
    return product


def _expect_steps(t: int, k: int, T: int) -> None:
    """Refuse steps that are not in this order, or not steps of the run."""
    if not 0 <= k <= t <= T:
        raise ValueError(f"expected 0 <= k <= t <= {T}, got t = {t} and k = {k}")
