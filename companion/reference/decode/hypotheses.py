"""What a search finds: hypotheses, their probabilities, and how those of different lengths are compared."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range, expect_shape, floats, integers

Step = Callable[[np.ndarray, Any], tuple[np.ndarray, Any]]


class Hypothesis(NamedTuple):
    """A sequence that a model might mean."""

    tokens: tuple[int, ...]
    """What was generated, the token that ends it included; the first token, which was given, is not."""
    log_prob: float
    """The logarithm of its probability, in nats."""
    score: float
    """What it is ranked by: ``log_prob``, divided by a power of its length."""
    finished: bool
    """Whether it has ended; otherwise there was no room for more tokens."""


def length_normalised(log_prob: float, length: int, alpha: float) -> float:
    r"""Divide a log-probability by a power of the length ({eq}`eq-length-normalised`).

    .. math:: s(y) = \frac{1}{T_y^{\,\alpha}} \log P(y \mid x)

    Every token makes a sequence less probable, so the most probable one is often too short. With
    :math:`\alpha = 1` sequences are compared by their mean log-probability per token, with 0 by their
    probability; a usual value is 0.7. A larger alpha favours longer sequences.

    Parameters
    ----------
    log_prob
        In nats, at most 0.
    length
        How many tokens were generated: this sequence's own number, its end included, what it was given to
        begin with not.
    alpha
        The power, at least 0.

    Returns
    -------
    float

    Examples
    --------
    >>> length_normalised(-6.0, 3, 1.0), length_normalised(-6.0, 3, 0.0)
    (-2.0, -6.0)
    """
    return float(log_prob) / max(length, 1) ** alpha  # {eq}`eq-length-normalised`


def log_probability(step: Step, first: int, state: Any, tokens: Sequence[int]) -> float:
    r"""Return how probable a model holds a given sequence ({eq}`eq-beam-score`).

    .. math:: \log P(y \mid x) = \sum_{t=1}^{T_y} \log P(y_t \mid x, y_1, \dots, y_{t-1})

    With it one can judge whether the search or the model erred ({eq}`eq-error-analysis`).

    Parameters
    ----------
    step
        ``logits (1, V), state = step(ids (1,), state)``.
    first
        The token read first.
    state
        The state before it, of a single sequence.
    tokens
        The sequence, with its end if it has one.

    Returns
    -------
    float
        In nats.

    Examples
    --------
    >>> def coin(ids, state):
    ...     return np.zeros((len(ids), 2)), state
    >>> print(f"{log_probability(coin, 0, None, [0, 1, 1]) / np.log(2):.1f}")
    -3.0
    """
    total, token = 0.0, first
    for following in tokens:
        log_p, state = next_log_probs(step, np.array([token]), state)  # (1, V)
        if not 0 <= following < log_p.shape[1]:
            raise ValueError(f"tokens: expected 0 to {log_p.shape[1] - 1}, got {following}")
        total += float(log_p[0, following])  # {eq}`eq-beam-score`
        token = following
    return total


def next_log_probs(step: Step, ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
    """Ask the model, and make log-probabilities of its logits, (N, V)."""
    logits, state = step(ids, state)
    logits = floats("logits", logits)
    expect_shape("logits", logits.shape, (len(ids), "V"))
    top = logits.max(axis=1, keepdims=True)  # (N, 1): so that no exponential overflows
    if not np.isfinite(top).all():
        raise ValueError("logits: expected numbers, and in each row one that is not -inf")
    shifted = logits.astype(np.float64) - top
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), state


def follow(
    step: Step,
    first: ArrayLike,
    state: Any,
    num_steps: int,
    eos: int,
    alpha: float,
    choose: Callable[[np.ndarray], np.ndarray],
) -> list[Hypothesis]:
    """Go on with the tokens, (N,), that are chosen at each step from log-probabilities, (N, V)."""
    ids = checked(first, num_steps, eos, alpha)
    N = len(ids)
    tokens: list[list[int]] = [[] for _ in range(N)]
    log_prob = np.zeros(N)
    ended = np.zeros(N, bool)
    for _ in range(num_steps):
        if ended.all():
            break
        log_p, state = next_log_probs(step, ids, state)  # (N, V)
        expect_token(eos, log_p.shape[1])
        ids = choose(log_p)  # (N,)
        for n in np.flatnonzero(~ended):
            tokens[n].append(int(ids[n]))
            log_prob[n] += log_p[n, ids[n]]  # {eq}`eq-beam-score`
        ended |= ids == eos
    return [
        Hypothesis(tuple(t), float(p), length_normalised(p, len(t), alpha), bool(e))
        for t, p, e in zip(tokens, log_prob, ended, strict=True)
    ]


def take_rows(state: Any, rows: np.ndarray, batch_axis: int) -> Any:
    """Take some sequences of a state: an array, None, or a tuple, list or dict of states."""
    return each_part(state, lambda part: np.take(np.asarray(part), rows, axis=batch_axis))


def each_part(state: Any, change: Callable[[Any], Any]) -> Any:
    """Change every array or tensor of a state, however they are nested."""
    if state is None:
        return None
    if isinstance(state, dict):
        return {name: each_part(part, change) for name, part in state.items()}
    if isinstance(state, tuple | list):
        parts = [each_part(part, change) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)
    return change(state)


def checked(first: ArrayLike, num_steps: int, eos: int, alpha: float) -> np.ndarray:
    """Return the first tokens, (N,), or say what is wrong with what a search is told."""
    ids = integers("first", first)
    expect_shape("first", ids.shape, ("N",))
    expect_settings(num_steps, eos, alpha)
    return ids


def expect_settings(num_steps: int, eos: int, alpha: float) -> None:
    """Refuse settings that no search can have, in either back end."""
    if num_steps < 1:
        raise ValueError(f"num_steps: expected at least 1, got {num_steps}")
    if eos < 0:
        raise ValueError(f"eos: expected a token, got {eos}")
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha: expected a number of at least 0, got {alpha}")


def expect_token(eos: int, vocabulary: int) -> None:
    """Refuse an end that the model cannot say."""
    expect_range("eos", np.array([eos]), vocabulary)
