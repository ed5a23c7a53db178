"""Greedy search in PyTorch: at every step the most probable token, without a thought of what comes of it."""

from typing import Any

import torch

from companion.reference.decode import Hypothesis
from companion.torch.decode._model import Step, follow


@torch.no_grad()
def greedy_search(
    step: Step, first: torch.Tensor, state: Any, num_steps: int, eos: int, alpha: float = 0.0
) -> list[Hypothesis]:
    """Follow the most probable token until it is the end.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``, such as a model's ``step``.
    first
        The tokens read first, (N,), on the model's device.
    state
        The state before them.
    num_steps, eos, alpha
        As in :func:`companion.reference.decode.greedy_search`.

    Returns
    -------
    list of Hypothesis
        One for each of the N sequences. Of tokens with the same probability the smaller number is taken.

    Raises
    ------
    TypeError
        If ``first`` does not hold integers, or the logits are not floating-point.
    ValueError
        As :func:`companion.reference.decode.greedy_search`.

    Examples
    --------
    >>> def count(ids, state):
    ...     return 9.0 * torch.eye(5)[(ids + 1).clamp(max=4)], state
    >>> [hypothesis.tokens for hypothesis in greedy_search(count, torch.tensor([0, 2]), None, 9, eos=4)]
    [(1, 2, 3, 4), (3, 4)]
    """

    def most_probable(log_p: torch.Tensor) -> torch.Tensor:
        best = log_p.amax(1, keepdim=True)
        return (log_p == best).int().argmax(1)  # the first of equal ones, on any device

    return follow(step, first, state, num_steps, eos, alpha, most_probable)
