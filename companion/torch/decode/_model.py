"""What the searches share: asking the model, and keeping some of its states."""

from collections.abc import Callable
from typing import Any

import torch

from companion.reference._validate import expect_shape
from companion.reference.decode.hypotheses import each_part, expect_settings
from companion.torch._validate import expect_float, expect_integers

Step = Callable[[torch.Tensor, Any], tuple[torch.Tensor, Any]]


def next_log_probs(step: Step, ids: torch.Tensor, state: Any, eos: int) -> tuple[torch.Tensor, Any]:
    """Ask the model, and make log-probabilities of its logits, (N, V)."""
    logits, state = step(ids, state)
    expect_float("logits", logits)
    expect_shape("logits", logits.shape, (len(ids), "V"))
    if eos >= logits.shape[1]:
        raise ValueError(f"eos: expected 0 to {logits.shape[1] - 1}, got {eos}")
    log_p = logits.log_softmax(1)
    if not bool((log_p.amax(1) > -torch.inf).all()):  # also False for what is not a number
        raise ValueError("logits: expected numbers, and in each row one that is not -inf")
    return log_p, state


def take_rows(state: Any, rows: torch.Tensor, batch_axis: int) -> Any:
    """Take some sequences of a state: a tensor, None, or a tuple, list or dict of states."""
    return each_part(state, lambda part: part.index_select(batch_axis, rows))


def checked(first: torch.Tensor, num_steps: int, eos: int, alpha: float) -> torch.Tensor:
    """Return the first tokens, (N,), or say what is wrong with what a search is told."""
    expect_integers("first", first)
    expect_shape("first", first.shape, ("N",))
    expect_settings(num_steps, eos, alpha)
    return first
