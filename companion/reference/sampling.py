"""Drawing tokens from a language model, and letting it write text, token by token."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats, integers, shown
from companion.reference.logit_filters import (
    apply_temperature,
    forbid,
    keep_min_p,
    keep_nucleus,
    keep_top_k,
)
from companion.reference.losses import softmax

Step = Callable[[np.ndarray, Any], tuple[np.ndarray, Any]]


def probabilities(
    logits: ArrayLike,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
) -> np.ndarray:
    """Return what is drawn from: forbidden tokens, temperature, top-k, nucleus and min-p, in this order.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    temperature, top_k, top_p, min_p
        The arguments of the filters in :mod:`companion.reference.logit_filters`; None leaves one out. Each
        sees what the one before has left, its probabilities made to sum to 1 again.
    forbidden
        Tokens that are never drawn.

    Returns
    -------
    ndarray
        (..., V), each row a distribution.

    Examples
    --------
    >>> probabilities([1.0, 2.0, 3.0, 4.0], temperature=2.0, top_k=3).round(3)
    array([0.   , 0.186, 0.307, 0.506])
    """
    z = apply_temperature(forbid(logits, forbidden), temperature)
    if top_k is not None:
        z = keep_top_k(z, top_k)
    if top_p is not None:
        z = keep_nucleus(z, top_p)
    if min_p is not None:
        z = keep_min_p(z, min_p)
    return softmax(z)


def draw(p: ArrayLike, u: ArrayLike) -> np.ndarray:
    """Turn uniform numbers into tokens: the first whose cumulated probability exceeds u.

    Parameters
    ----------
    p
        Probabilities, (..., V), in rows that sum to about 1; they are divided by their sum.
    u
        Numbers in [0, 1), (...). The same u draw the same tokens from both back ends.

    Returns
    -------
    ndarray of int64
        (...). A token of probability 0 is never drawn.

    Raises
    ------
    ValueError
        If shapes differ, a p is negative or not finite, a row has no probability at all, or a u is outside
        [0, 1).

    Examples
    --------
    >>> draw([[0.25, 0.5, 0.25]] * 4, [0.0, 0.25, 0.7, 0.9])
    array([0, 1, 1, 2])
    """
    p, u = floats("p", p), floats("u", u)
    expect_shape("p", p.shape, ("...", "V"))
    expect_shape("u", u.shape, p.shape[:-1])
    if not np.all((u >= 0) & (u < 1)):
        raise ValueError(f"u: expected numbers in [0, 1), got {u.min()} to {u.max()}")
    if p.size and not 0 <= p.min() <= p.max() < np.inf:
        raise ValueError(f"p: expected probabilities, got {p.min()} to {p.max()}")
    if p.shape[-1] == 0:
        raise ValueError(f"p: expected a token to draw, got {shown(p.shape)}")
    cumulated = np.cumsum(p, axis=-1, dtype=np.float64)  # (..., V)
    total = cumulated[..., -1]  # (...)
    if not np.all(total >= np.finfo(np.float64).tiny):  # u times less could round to all of it
        raise ValueError(f"p: expected rows with a sum above 0, got {total.min()}")
    return (cumulated <= (u * total)[..., None]).sum(axis=-1)


def sample(
    logits: ArrayLike,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
) -> np.ndarray:
    """Draw one token from each row of logits: :func:`draw` from :func:`probabilities`.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    rng
        The generator that one uniform number a row is drawn from.
    temperature, top_k, top_p, min_p, forbidden
        As in :func:`probabilities`.

    Returns
    -------
    ndarray of int64
        (...)

    Examples
    --------
    >>> sample([[0.0, 5.0, 0.0], [9.0, 0.0, 0.0]], np.random.default_rng(0), temperature=0.0)
    array([1, 0])
    """
    p = probabilities(logits, temperature, top_k, top_p, min_p, forbidden)
    return draw(p, rng.random(p.shape[:-1]))


def generate(
    step: Step,
    first: ArrayLike,
    state: Any,
    num_steps: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
    eos: int | None = None,
) -> np.ndarray:
    """Let a model write: read a token, draw the next, read that.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``, such as ``functools.partial(lm.step, params)``.
    first
        The tokens read first, (N,); they are not part of the result. To go on with a text, run the model
        over all of it but its last token, and give that and the state.
    state
        The state before them.
    num_steps
        T, the most tokens to draw.
    rng
        The generator they are drawn from.
    temperature, top_k, top_p, min_p, forbidden
        As in :func:`probabilities`.
    eos
        The token that ends a text: behind it a column holds nothing else, and once every column has it no
        further step is taken. None writes on.

    Returns
    -------
    ndarray of int64
        (T, N), or fewer steps if all texts have ended.

    Examples
    --------
    A model that is sure that after n comes n + 1, and after 4 the end:

    >>> def count(ids, state):
    ...     return 1000 * np.eye(6)[np.minimum(ids + 1, 5)], state
    >>> generate(count, [0, 2], None, 9, np.random.default_rng(0), eos=5).T.tolist()
    [[1, 2, 3, 4, 5], [3, 4, 5, 5, 5]]
    """
    if num_steps < 0:
        raise ValueError(f"num_steps: expected at least 0, got {num_steps}")
    ids = integers("first", first)
    expect_shape("first", ids.shape, ("N",))
    ended = np.zeros(len(ids), bool)  # (N,)
    written: list[np.ndarray] = []
    while len(written) < num_steps and not ended.all():
        logits, state = step(ids, state)  # (N, V)
        ids = sample(logits, rng, temperature, top_k, top_p, min_p, forbidden)  # (N,)
        if eos is not None:
            ids = np.where(ended, eos, ids)
            ended |= ids == eos
        written.append(ids)
    return np.array(written, np.int64).reshape(len(written), len(ended))  # (T, N)
