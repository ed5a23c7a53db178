"""Exact search for a PyTorch model: the search of the reference, which asks for one beginning at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from companion.reference import decode
from companion.reference.decode import Exact, Hypothesis
from companion.torch.decode._model import Step


@torch.no_grad()
def exact_search(
    step: Step,
    first: int,
    state: Any,
    num_steps: int,
    eos: int,
    alpha: float = 0.0,
    known: Hypothesis | None = None,
    budget: int = 10_000,
    device: torch.device | str | None = None,
) -> Exact:
    """Find the sequence with the highest score, and prove it.

    Parameters
    ----------
    step
        ``logits (1, V), state = step(ids (1,), state)``.
    first, state, num_steps, eos, alpha, known, budget
        As in :func:`companion.reference.decode.exact_search`.
    device
        Where the model is.

    Returns
    -------
    Exact

    Examples
    --------
    >>> p = torch.tensor([[0.3, 0.4, 0.3], [0.05, 0.05, 0.9]], dtype=torch.float64)
    >>> def model(ids, state):
    ...     return p[(ids != 0).long()].log(), state
    >>> result = exact_search(model, 0, None, 5, eos=2)
    >>> result.best.tokens, result.certified, result.steps
    ((1, 2), True, 2)
    """
    return decode.exact_search(_in_numpy(step, device), first, state, num_steps, eos, alpha, known, budget)


@torch.no_grad()
def log_probability(
    step: Step, first: int, state: Any, tokens: Sequence[int], device: torch.device | str | None = None
) -> float:
    """Return how probable a model holds a given sequence, in nats.

    Parameters
    ----------
    step, device
        As in :func:`exact_search`.
    first, state, tokens
        As in :func:`companion.reference.decode.log_probability`.

    Returns
    -------
    float

    Examples
    --------
    >>> def coin(ids, state):
    ...     return torch.zeros(len(ids), 2), state
    >>> print(f"{log_probability(coin, 0, None, [0, 1, 1]) / np.log(2):.1f}")
    -3.0
    """
    return decode.log_probability(_in_numpy(step, device), first, state, tokens)


def _in_numpy(step: Step, device: torch.device | str | None) -> Any:
    """Let the model be asked with arrays; its state stays as it is."""

    def asked(ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        logits, state = step(torch.as_tensor(ids, device=device), state)
        return logits.double().cpu().numpy(), state

    return asked
