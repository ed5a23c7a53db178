"""Greedy search: at every step the most probable token, without a thought of what comes of it."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from companion.reference.decode.hypotheses import Hypothesis, Step, follow


def greedy_search(
    step: Step, first: ArrayLike, state: Any, num_steps: int, eos: int, alpha: float = 0.0
) -> list[Hypothesis]:
    """Follow the most probable token until it is the end.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``.
    first
        The tokens read first, (N,).
    state
        The state before them.
    num_steps
        The most tokens to generate, the end included; at least 1.
    eos
        The token that ends a sequence.
    alpha
        The power of the length in the score that is reported; nothing is chosen by it.

    Returns
    -------
    list of Hypothesis
        One for each of the N sequences. Of tokens with the same probability the smaller number is taken.

    Raises
    ------
    ValueError
        If ``num_steps`` is below 1, alpha below 0, the model does not know ``eos``, or its logits have the
        wrong shape or hold no number.

    Examples
    --------
    A model that is almost sure that after n comes n + 1, and after 3 the end, 4:

    >>> def count(ids, state):
    ...     return 9.0 * np.eye(5)[np.minimum(ids + 1, 4)], state
    >>> [hypothesis.tokens for hypothesis in greedy_search(count, [0, 2], None, 9, eos=4)]
    [(1, 2, 3, 4), (3, 4)]
    """

    def most_probable(log_p: np.ndarray) -> np.ndarray:
        return log_p.argmax(axis=1)  # of equal ones the first

    return follow(step, first, state, num_steps, eos, alpha, most_probable)
