"""Ancestral sampling: draw each token as the model says, instead of searching for the best."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion.reference.decode.hypotheses import Hypothesis, Step, follow
from companion.reference.sampling import sample


def ancestral_sampling(
    step: Step,
    first: ArrayLike,
    state: Any,
    num_steps: int,
    eos: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
    alpha: float = 0.0,
) -> list[Hypothesis]:
    """Draw token after token until it is the end.

    With no filter and a temperature of 1 a sequence is drawn as often as it is probable. It is
    :func:`companion.reference.sampling.generate`, with what the searches return.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``.
    first
        The tokens read first, (N,); the same one N times, with the same states, draws N sequences.
    state
        The state before them.
    num_steps
        The most tokens to generate, the end included; at least 1.
    eos
        The token that ends a sequence.
    rng
        What is drawn from: N uniform numbers a step, as long as one of the N has not ended.
    temperature, top_k, top_p, min_p, forbidden
        As in :func:`companion.reference.sampling.probabilities`.
    alpha
        The power of the length in the score that is reported; nothing is chosen by it.

    Returns
    -------
    list of Hypothesis
        One for each of the N sequences. Their log-probabilities are the model's own, whatever the filters
        have made of them, so that they can be held against those that a search has found.

    Raises
    ------
    ValueError
        If ``num_steps`` is below 1, alpha below 0, the model does not know ``eos``, its logits have the wrong
        shape or hold no number, or a filter's argument is out of its range.

    Examples
    --------
    >>> def coin(ids, state):  # heads is 0, tails the end
    ...     return np.zeros((len(ids), 2)), state
    >>> drawn = ancestral_sampling(coin, [0] * 1000, None, 20, 1, np.random.default_rng(0))
    >>> sum(one.tokens == (0, 0, 1) for one in drawn)  # of which 125 are expected
    115
    >>> print(f"{drawn[0].log_prob / np.log(2):.1f}")
    -1.0
    """

    def draw(log_p: np.ndarray) -> np.ndarray:
        return sample(log_p, rng, temperature, top_k, top_p, min_p, forbidden)

    return follow(step, first, state, num_steps, eos, alpha, draw)
