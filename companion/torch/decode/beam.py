"""Beam search in PyTorch: all beginnings of all sequences go through the model in one batch.

What the model says stays on its device, where the best continuations are selected. They are a few hundred
numbers: the host reads them once a step and keeps the books, which would take the device thirty small
operations.
"""

from typing import Any, NamedTuple

import numpy as np
import torch

from companion.reference.decode import Hypothesis, length_normalised
from companion.torch.decode._model import (
    Step,
    checked,
    expect_possible,
    next_log_probs,
    parts,
    take_rows,
)


class Found(NamedTuple):
    """Hypotheses of the same length, E of them."""

    sequence: np.ndarray  # (E,): whose they are
    log_prob: np.ndarray  # (E,)
    tokens: np.ndarray  # (E, t)
    end: int | None  # the token that each of them ends with, where they have ended


@torch.inference_mode()
def beam_search(
    step: Step,
    first: torch.Tensor,
    state: Any,
    num_steps: int,
    eos: int,
    beam_width: int,
    alpha: float = 0.0,
    batch_axis: int = 1,
    share: bool = False,
) -> list[list[Hypothesis]]:
    """Search for probable sequences, B beginnings at a time.

    What is kept, what ends the search and how equal scores are ordered stands in
    :func:`companion.reference.decode.beam_search`; the results are the same. A sequence whose search is over
    leaves the batch.

    Parameters
    ----------
    step
        ``logits (rows, V), state = step(ids (rows,), state)``. It is asked once a step, with N rows at first
        and then with at most N B. It may not change the tensors that it is given.
    first
        The tokens read first, (N,), on the model's device.
    state
        The state before them: a tensor, None, or a tuple, list or dict of such, with the N sequences along
        ``batch_axis``.
    num_steps, eos, beam_width, alpha
        As in the reference.
    batch_axis
        Along which axis a state holds the sequences; 1 is the second, as in (L, N, H).
    share
        True leaves the tensors that the model hands on as they were, such as the encoder's outputs, with one
        row a sequence, also where its K beginnings, which stand beside one another, have K rows of all
        others. The model has to do with that; it saves it K - 1 copies.

    Returns
    -------
    list of list of Hypothesis
        For each of the N sequences at most B hypotheses, the best first.

    Raises
    ------
    TypeError
        If ``first`` does not hold integers, or the logits are not floating-point.
    ValueError
        As the reference.

    Examples
    --------
    >>> p = torch.tensor([[0.6, 0.4, 0.0, 0.0], [0.35, 0.35, 0.2, 0.1], [0.01, 0.01, 0.97, 0.01]])
    >>> def model(ids, state):  # the state counts the steps
    ...     row = torch.where(state == 0, 0, 1 + ids)[0].clamp(max=2)
    ...     return p[row].log(), state + 1
    >>> zero = torch.zeros(1, 1, dtype=torch.long)
    >>> [beam_search(model, torch.tensor([0]), zero, 2, 2, width)[0][0].tokens for width in (1, 2)]
    [(0, 0), (1, 2)]
    """
    ids = checked(first, num_steps, eos, alpha)
    if beam_width < 1:
        raise ValueError(f"beam_width: expected at least 1, got {beam_width}")
    N = len(ids)
    sequence = np.arange(N)  # (N,): whose beginnings they are
    room = np.full(N, beam_width)  # (N,): how many more may end
    log_prob = np.zeros((N, 1))  # (N, K); -inf where there is none
    written = np.empty((N, 0), np.int64)  # (N K, t): the K beginnings of each, of t tokens
    shared, found = parts(state), []
    while written.shape[1] < num_steps and len(sequence):
        log_p, state = next_log_probs(step, ids, state, eos)  # (N K, V)
        # B of them end at most, so 2 B hold the B best ends and the B best of the rest.
        score, row, token = _continued(log_prob, log_p, 2 * beam_width)  # (N, C)
        is_end = token == eos
        n, c = np.nonzero((is_end & (score > -np.inf))[:, :beam_width])  # (E,) each
        found.append(Found(sequence[n], score[n, c], written[row[n, c]], eos))
        room = room - np.bincount(n, minlength=len(room))
        score = np.where(is_end, -np.inf, score)
        left = np.flatnonzero((room > 0) & (score > -np.inf).any(1))  # (N',): those that are not over
        n, c = left[:, None], np.argsort(is_end, axis=1, kind="stable")[left, :beam_width]  # (N', K')
        rows, tokens = row[n, c].ravel(), token[n, c].ravel()  # (N' K',)
        written = np.concatenate([written[rows], tokens[:, None]], axis=1)  # (N' K', t + 1)
        sources = left if share else rows  # rows of what is shared
        moved = len(left) < len(sequence) if share else c.shape != log_prob.shape
        sequence, room, log_prob = sequence[left], room[left], score[n, c]
        ids = torch.as_tensor(tokens, device=ids.device)
        state, shared = take_rows(state, rows, batch_axis, shared, sources if moved else None)
    n, k = np.nonzero(log_prob > -np.inf)
    found.append(Found(sequence[n], log_prob[n, k], written[n * log_prob.shape[1] + k], None))
    return _ranked(found, N, beam_width, alpha)


def _continued(
    log_prob: np.ndarray, log_p: torch.Tensor, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the best continuations, (N, C) each: their scores, which rows they continue, by which token."""
    (N, K), V = log_prob.shape, log_p.shape[1]
    before = torch.as_tensor(log_prob, device=log_p.device)[:, :, None]  # (N, K, 1)
    scores = (before + log_p.view(N, K, V)).flatten(1)  # (N, K V)  {eq}`eq-beam-score`
    score, place = _best(scores, count)  # {eq}`eq-beam-step`
    expect_possible(score[:, 0])
    parent, token = np.divmod(place, V)
    return score, parent + K * np.arange(N)[:, None], token


def _best(scores: torch.Tensor, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest scores of each row in falling order, and their places; of equal ones the first."""
    if count < scores.shape[1]:
        value, place = (part.numpy(force=True) for part in scores.topk(count + 1, dim=1))
        tied = (value[:, 1:] == value[:, :-1]) & (value[:, 1:] > -np.inf)
        if not tied.any():  # of equal ones topk takes any, in any order
            return value[:, :count], place[:, :count]
    value, place = (part.numpy(force=True) for part in scores.sort(dim=1, descending=True, stable=True))
    return value[:, :count], place[:, :count]


def _ranked(found: list[Found], N: int, beam_width: int, alpha: float) -> list[list[Hypothesis]]:
    """Order what was found for each sequence: what has ended first, then by score, then by the tokens."""
    result: list[list[Hypothesis]] = [[] for _ in range(N)]
    for some in found:
        end = () if some.end is None else (some.end,)
        columns = some.sequence.tolist(), some.log_prob.tolist(), some.tokens.tolist()
        for n, log_prob, begins in zip(*columns, strict=True):
            tokens = (*begins, *end)
            score = length_normalised(log_prob, len(tokens), alpha)
            result[n].append(Hypothesis(tokens, log_prob, score, some.end is not None))
    for hypotheses in result:
        hypotheses.sort(key=lambda one: (not one.finished, -one.score, one.tokens))
        del hypotheses[beam_width:]
    return result
