"""Greedy search in PyTorch: at every step the most probable token, without a thought of what comes of it."""

from typing import Any

import torch

from companion.reference.decode import Hypothesis, length_normalised
from companion.torch.decode._model import Step, checked, next_log_probs


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
    ids = checked(first, num_steps, eos, alpha)
    ended = torch.zeros_like(ids, dtype=torch.bool)  # (N,)
    written: list[torch.Tensor] = []
    scores: list[torch.Tensor] = []
    while len(written) < num_steps and not bool(ended.all()):
        log_p, state = next_log_probs(step, ids, state, eos)  # (N, V)
        best = log_p.amax(1, keepdim=True)
        ids = (log_p == best).int().argmax(1)  # (N,): the first of equal ones, on any device
        written.append(torch.where(ended, -1, ids))
        scores.append(torch.where(ended, 0.0, best[:, 0].double()))
        ended = ended | (ids == eos)
    tokens = torch.stack(written).T.tolist()  # (N, steps), -1 behind the ends
    log_prob = torch.stack(scores).sum(0).tolist()
    result = []
    for row, p, done in zip(tokens, log_prob, ended.tolist(), strict=True):
        kept = tuple(token for token in row if token >= 0)
        result.append(Hypothesis(kept, p, length_normalised(p, len(kept), alpha), done))
    return result
