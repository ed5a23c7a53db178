"""What can be read off a recurrent layer: one stacked matrix, its size, and how states depend on states."""

import numpy as np

from companion.reference._validate import expect_keys, expect_shape
from companion.reference.rnn import NAMES, SLOPES, Cache, Params


def stacked_matrix(params: Params) -> tuple[np.ndarray, np.ndarray]:
    """Write both products of a step as one: ``h_t = f(W [h_{t-1}; x_t] + b)`` ({eq}`eq-rnn-stacked-matrix`).

    Parameters
    ----------
    params
        Of :mod:`companion.reference.rnn`.

    Returns
    -------
    weight : ndarray
        W_hh and W_ih side by side, (H, H + D).
    bias : ndarray
        The sum of the two biases, (H,).

    Examples
    --------
    A vocabulary of 10,000 words and 100 units, as in the lecture:

    >>> from companion.reference import rnn
    >>> weight, bias = stacked_matrix(rnn.init(10_000, 100, np.random.default_rng(0)))
    >>> weight.shape
    (100, 10100)
    """
    expect_keys("params", params, NAMES)
    weight = np.hstack(
        [params["weight_hh_l0"], params["weight_ih_l0"]]
    )  # (H, H + D)  {eq}`eq-rnn-stacked-matrix`
    for name in ("bias_ih_l0", "bias_hh_l0"):  # or the sum would stretch one of them
        expect_shape(name, params[name].shape, weight.shape[:1])
    return weight, params["bias_ih_l0"] + params["bias_hh_l0"]


def parameter_count(input_size: int, hidden_size: int, biases: int = 2) -> int:
    """Count the numbers that a layer learns: ``H (D + H + biases)`` ({eq}`eq-rnn-parameters`).

    The number of steps does not occur in it.

    Parameters
    ----------
    input_size, hidden_size
        D and H.
    biases
        2 in PyTorch, one beside each matrix; 1 in Keras and in the formula.

    Examples
    --------
    >>> parameter_count(32, 32, biases=1), parameter_count(32, 32)
    (2080, 2112)
    """
    return hidden_size * (input_size + hidden_size + biases)  # {eq}`eq-rnn-parameters`


def state_jacobians(cache: Cache) -> np.ndarray:
    """Differentiate every state by the one before: ``dh_t/dh_{t-1} = diag(f'(a_t)) W_hh``.

    Parameters
    ----------
    cache
        From :func:`companion.reference.rnn.forward`.

    Returns
    -------
    ndarray
        (T, N, H, H): row i, column j of entry t - 1 is the derivative of unit i after step t by unit j before
        it; zero beyond a sequence's end. They take T N H H numbers: for long sequences and many units look at
        one pair of steps at a time.

    Examples
    --------
    >>> from companion.reference import rnn
    >>> rng = np.random.default_rng(0)
    >>> _, _, cache = rnn.forward(rnn.init(4, 6, rng), rng.standard_normal((5, 3, 4)))
    >>> state_jacobians(cache).shape
    (5, 3, 6, 6)
    """
    return _slopes(cache)[..., None] * cache.weight_hh  # (T, N, H, 1) * (H, H) = (T, N, H, H)


def state_jacobian(cache: Cache, t: int, k: int) -> np.ndarray:
    """Differentiate the state after step t by that after step k: a product of t - k Jacobians.

    ``dh_t/dh_k = (dh_t/dh_{t-1}) (dh_{t-1}/dh_{t-2}) ... (dh_{k+1}/dh_k)`` ({eq}`eq-bptt-product`).

    Parameters
    ----------
    cache
        From :func:`companion.reference.rnn.forward`.
    t, k
        Two steps, ``0 <= k <= t <= T``; step 0 is h_0. For t = k it is the identity.

    Returns
    -------
    ndarray
        (N, H, H), one matrix a sequence; zero if step t lies beyond the sequence's end.

    Raises
    ------
    ValueError
        If the steps are not in this order, or not steps of this run.
    """
    slopes = _slopes(cache)  # (T, N, H)
    T, N, H = slopes.shape
    if not 0 <= k <= t <= T:
        raise ValueError(f"expected 0 <= k <= t <= {T}, got t = {t} and k = {k}")
    product = np.broadcast_to(np.eye(H, dtype=slopes.dtype), (N, H, H)).copy()
    for slope in slopes[k:t]:  # (N, H)
        product = slope[..., None] * (cache.weight_hh @ product)  # (N, H, H)  {eq}`eq-bptt-product`
    return product


def _slopes(cache: Cache) -> np.ndarray:
    """Return f'(a_t) of every step, (T, N, H), zero beyond a sequence's end."""
    slopes = SLOPES[cache.nonlinearity](cache.h[1:])
    return slopes if cache.ended is None else np.where(cache.ended[..., None], 0, slopes)
