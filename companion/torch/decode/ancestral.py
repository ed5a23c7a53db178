"""Ancestral sampling in PyTorch: draw each token as the model says, instead of searching for the best."""

from collections.abc import Sequence
from typing import Any

import torch

from companion.reference.decode import Hypothesis
from companion.torch.decode._model import Step, follow
from companion.torch.sampling import sample


@torch.no_grad()
def ancestral_sampling(
    step: Step,
    first: torch.Tensor,
    state: Any,
    num_steps: int,
    eos: int,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
    alpha: float = 0.0,
) -> list[Hypothesis]:
    """Draw token after token until it is the end.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``.
    first
        The tokens read first, (N,), on the model's device.
    state
        The state before them.
    num_steps, eos, alpha
        As in :func:`companion.reference.decode.ancestral_sampling`.
    generator
        What is drawn from, on the logits' device; None takes PyTorch's own.
    temperature, top_k, top_p, min_p, forbidden
        As in :func:`companion.torch.sampling.probabilities`.

    Returns
    -------
    list of Hypothesis
        One for each of the N sequences, with the model's own log-probabilities, whatever the filters have
        made of them.

    Raises
    ------
    TypeError
        If ``first`` does not hold integers, or the logits are not floating-point.
    ValueError
        As the reference.

    Examples
    --------
    >>> def sure(ids, state):
    ...     return torch.eye(5)[(ids + 1).clamp(max=4)], state
    >>> drawn = ancestral_sampling(sure, torch.tensor([0, 2]), None, 9, eos=4, temperature=0.0)
    >>> [hypothesis.tokens for hypothesis in drawn]
    [(1, 2, 3, 4), (3, 4)]
    """

    def draw(log_p: torch.Tensor) -> torch.Tensor:
        return sample(log_p, generator, temperature, top_k, top_p, min_p, forbidden)

    return follow(step, first, state, num_steps, eos, alpha, draw)
