"""What the searches share: asking the model, and keeping some of its states."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from companion.reference._validate import expect_shape
from companion.reference.decode.hypotheses import (
    Hypothesis,
    each_part,
    expect_settings,
    length_normalised,
)
from companion.torch._validate import expect_float, expect_integers

Step = Callable[[torch.Tensor, Any], tuple[torch.Tensor, Any]]


def next_log_probs(step: Step, ids: torch.Tensor, state: Any, eos: int) -> tuple[torch.Tensor, Any]:
    """Ask the model, and make log-probabilities of its logits, (N, V)."""
    logits, state = step(ids, state)
    expect_float("logits", logits)
    expect_shape("logits", logits.shape, (len(ids), "V"))
    if eos >= logits.shape[1]:
        raise ValueError(f"eos: expected 0 to {logits.shape[1] - 1}, got {eos}")
    return logits.log_softmax(1), state


def expect_possible(best: torch.Tensor | np.ndarray) -> None:
    """Refuse logits of which the largest log-probability of a row, (N,), is none."""
    if not bool((best > -torch.inf).all()):  # also False for what is not a number
        raise ValueError("logits: expected numbers, and in each row one that is not -inf")


def parts(state: Any) -> list[torch.Tensor]:
    """Return the tensors of a state, however they are nested."""
    found: list[torch.Tensor] = []
    each_part(state, found.append)
    return found


def take_rows(
    state: Any, rows: np.ndarray, batch_axis: int, shared: list[torch.Tensor], sources: np.ndarray | None
) -> tuple[Any, list[torch.Tensor]]:
    """Take some rows of a state, and say which of its tensors are the same for all beginnings of a sequence.

    Those are ``shared``: what the model was given for each sequence and has handed on as it was, such as the
    encoder's outputs. They need only be moved where a sequence's rows have another place, to ``sources``.
    """
    still: list[torch.Tensor] = []

    def take(part: torch.Tensor) -> torch.Tensor:
        if not any(part is one for one in shared):
            return part.index_select(batch_axis, torch.as_tensor(rows, device=part.device))
        if sources is not None:
            part = part.index_select(batch_axis, torch.as_tensor(sources, device=part.device))
        still.append(part)
        return still[-1]

    return each_part(state, take), still


def checked(first: torch.Tensor, num_steps: int, eos: int, alpha: float) -> torch.Tensor:
    """Return the first tokens, (N,), or say what is wrong with what a search is told."""
    expect_integers("first", first)
    expect_shape("first", first.shape, ("N",))
    expect_settings(num_steps, eos, alpha)
    return first


def follow(
    step: Step,
    first: torch.Tensor,
    state: Any,
    num_steps: int,
    eos: int,
    alpha: float,
    choose: Callable[[torch.Tensor], torch.Tensor],
) -> list[Hypothesis]:
    """Go on with the tokens, (N,), that are chosen at each step from log-probabilities, (N, V)."""
    ids = checked(first, num_steps, eos, alpha)
    ended = torch.zeros_like(ids, dtype=torch.bool)  # (N,)
    written: list[torch.Tensor] = []
    gained: list[torch.Tensor] = []
    while len(written) < num_steps and not bool(ended.all()):
        log_p, state = next_log_probs(step, ids, state, eos)  # (N, V)
        expect_possible(log_p.amax(1))
        ids = choose(log_p)  # (N,)
        written.append(torch.where(ended, -1, ids))
        gained.append(torch.where(ended, 0.0, log_p.gather(1, ids[:, None])[:, 0].double()))
        ended = ended | (ids == eos)
    tokens = torch.stack(written).T.tolist()  # (N, steps), -1 behind the ends
    totals = torch.stack(gained).sum(0).tolist()  # {eq}`eq-beam-score`
    result = []
    for row, total, done in zip(tokens, totals, ended.tolist(), strict=True):
        kept = tuple(token for token in row if token >= 0)
        result.append(Hypothesis(kept, total, length_normalised(total, len(kept), alpha), done))
    return result
