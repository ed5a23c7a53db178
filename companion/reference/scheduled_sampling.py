"""Scheduled sampling: in training the network reads the teacher's token or its own, as a coin falls.

With probability epsilon it is the teacher's. Epsilon is 1 at first, which is teacher forcing, and falls as
training goes on, towards what the network will meet at test time, where there is no teacher. The decays are
those of S. Bengio, O. Vinyals, N. Jaitly and N. Shazeer, Scheduled sampling for sequence prediction with
recurrent neural networks, NeurIPS 2015.

The price is the loop: which token is read at step t is known only after step t - 1. And the network's own
tokens are drawn, which has no derivative: the gradient takes them for given.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats, integers, truths
from companion.reference.sampling import draw, probabilities

Step = Callable[[np.ndarray, Any], tuple[np.ndarray, Any]]


def linear_decay(i: ArrayLike, slope: float, start: float = 1.0, floor: float = 0.0) -> np.ndarray:
    r"""Let epsilon fall by the same amount at each step, down to a floor ({eq}`eq-scheduled-sampling`).

    .. math:: \epsilon_i = \max(\epsilon, k - c i)

    Parameters
    ----------
    i
        The number of the training step, from 0; one or an array.
    slope
        c, at least 0.
    start, floor
        k and the least epsilon, ``0 <= floor <= start <= 1``.

    Returns
    -------
    ndarray
        Epsilon, of the shape of i.

    Raises
    ------
    ValueError
        If i or a constant is out of its range.

    Examples
    --------
    >>> linear_decay([0, 100, 1000], slope=0.002, floor=0.25)
    array([1.  , 0.8 , 0.25])
    """
    i = _steps(i)
    if not 0 <= floor <= start <= 1:
        raise ValueError(f"floor, start: expected 0 <= floor <= start <= 1, got {floor} and {start}")
    if not 0 <= slope < np.inf:
        raise ValueError(f"slope: expected a finite number of at least 0, got {slope}")
    return np.maximum(floor, start - slope * i)  # {eq}`eq-scheduled-sampling`


def exponential_decay(i: ArrayLike, k: float) -> np.ndarray:
    r"""Let epsilon fall by the same factor at each step ({eq}`eq-scheduled-sampling`).

    .. math:: \epsilon_i = k^i

    Parameters
    ----------
    i
        The number of the training step, from 0; one or an array.
    k
        In (0, 1).

    Returns
    -------
    ndarray
        Epsilon, of the shape of i.

    Raises
    ------
    ValueError
        If i or k is out of its range.

    Examples
    --------
    >>> exponential_decay([0, 1, 2], k=0.5)
    array([1.  , 0.5 , 0.25])
    """
    i = _steps(i)
    if not 0 < k < 1:
        raise ValueError(f"k: expected 0 < k < 1, got {k}")
    return float(k) ** i  # {eq}`eq-scheduled-sampling`


def inverse_sigmoid_decay(i: ArrayLike, k: float) -> np.ndarray:
    r"""Let epsilon stay near 1, fall, and stay near 0 ({eq}`eq-scheduled-sampling`).

    .. math:: \epsilon_i = \frac{k}{k + \exp(i / k)}

    It is a half at step ``k log k``.

    Parameters
    ----------
    i
        The number of the training step, from 0; one or an array.
    k
        At least 1.

    Returns
    -------
    ndarray
        Epsilon, of the shape of i.

    Raises
    ------
    ValueError
        If i or k is out of its range.

    Examples
    --------
    >>> inverse_sigmoid_decay([0, 230, 500], k=50.0).round(2)
    array([0.98, 0.33, 0.  ])
    """
    i = _steps(i)
    if not 1 <= k < np.inf:
        raise ValueError(f"k: expected a finite number of at least 1, got {k}")
    falling = k * np.exp(-i / k)  # both sides of the fraction times exp(-i / k), which cannot overflow
    return falling / (falling + 1)  # {eq}`eq-scheduled-sampling`


def coins(shape: tuple[int, ...], epsilon: float, rng: np.random.Generator) -> np.ndarray:
    """Flip a coin for every token: True, the teacher's, with probability epsilon.

    Parameters
    ----------
    shape
        (T, N): a coin for each token, as the authors found to work better than one for each sequence.
    epsilon
        In [0, 1].
    rng
        The generator the coins are drawn from.

    Returns
    -------
    ndarray of bool

    Raises
    ------
    ValueError
        If epsilon is outside [0, 1].

    Examples
    --------
    >>> coins((2, 3), 0.5, np.random.default_rng(0))
    array([[False,  True,  True],
           [ True, False, False]])
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon: expected a number in [0, 1], got {epsilon}")
    return rng.random(shape) < epsilon


def mix(targets: ArrayLike, own: ArrayLike, coins: ArrayLike) -> np.ndarray:
    """Take the teacher's where the coin says so, else the network's own.

    Parameters
    ----------
    targets, own
        Of one shape: tokens, (T, N), or vectors, (T, N, D).
    coins
        Truth values, (T, N), or of fewer axes: one for what stands at the places of its own axes.

    Returns
    -------
    ndarray

    Raises
    ------
    TypeError
        If the coins are not truth values.
    ValueError
        If shapes do not fit.

    Examples
    --------
    >>> mix([1, 2, 3], [7, 8, 9], [True, False, True])
    array([1, 8, 3])
    """
    targets, own, coins = np.asarray(targets), np.asarray(own), truths("coins", coins)
    expect_shape("own", own.shape, targets.shape)
    expect_shape("coins", coins.shape, targets.shape[: coins.ndim])
    return np.where(coins.reshape(coins.shape + (1,) * (targets.ndim - coins.ndim)), targets, own)


def mixed_inputs(
    step: Step, inputs: ArrayLike, state: Any, coins: ArrayLike, u: ArrayLike, temperature: float = 1.0
) -> np.ndarray:
    """Run the network once, step by step, to find what it reads: the teacher's tokens or its own.

    What comes out goes into the ordinary forward and backward pass in the place of ``inputs``, with the same
    targets. With all coins True it is ``inputs`` (teacher forcing), with all of them False, but for the first
    token, what the network writes by itself (free running).

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``, such as ``functools.partial(lm.step, params)``.
    inputs
        The teacher's tokens, (T, N); those of the first step are read whatever the coins say.
    state
        The state before.
    coins
        Truth values, (T, N), True for the teacher's.
    u
        Uniform numbers in [0, 1), (T, N): ``u[t]`` draws the network's own token that is read at step t.
    temperature
        What the network's own tokens are drawn at; 0 takes the most probable.

    Returns
    -------
    ndarray of int64
        (T, N)

    Raises
    ------
    TypeError, ValueError
        If types or shapes do not fit.

    Examples
    --------
    >>> def count(ids, state):
    ...     return 1000 * np.eye(9)[ids + 1], state
    >>> coins = np.array([[True], [False], [False], [True], [False]])
    >>> mixed_inputs(count, [[0], [5], [5], [5], [5]], None, coins, np.zeros((5, 1))).T
    array([[0, 1, 2, 5, 6]])
    """
    inputs, coins, u = integers("inputs", inputs), truths("coins", coins), floats("u", u)
    expect_shape("inputs", inputs.shape, ("T", "N"))
    expect_shape("coins", coins.shape, inputs.shape)
    expect_shape("u", u.shape, inputs.shape)
    read = inputs.astype(np.int64)  # (T, N), a copy
    for t in range(1, len(read)):
        logits, state = step(read[t - 1], state)  # (N, V)
        read[t] = mix(inputs[t], draw(probabilities(logits, temperature), u[t]), coins[t])  # (N,)
    return read


def _steps(i: ArrayLike) -> np.ndarray:
    """Return the numbers of training steps, or refuse negative ones."""
    steps = np.asarray(i, dtype=np.float64)
    wrong = steps[~((steps >= 0) & (steps < np.inf))]
    if wrong.size:
        raise ValueError(f"i: expected steps from 0 on, got {wrong[0]:g}")
    return steps
