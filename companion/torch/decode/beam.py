"""Beam search in PyTorch: all beginnings of all sequences go through the model in one batch."""

from typing import Any, NamedTuple

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
    """Hypotheses of the same length, E of them; read from the device when the search is over."""

    sequence: torch.Tensor  # (E,): whose they are
    log_prob: torch.Tensor  # (E,)
    tokens: torch.Tensor  # (E, t)
    finished: bool


@torch.no_grad()
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
    N, device = len(ids), ids.device
    sequence = torch.arange(N, device=device)  # (N,): whose beginnings they are
    written = ids.new_empty(N, 1, 0)  # (N, K, t): the K beginnings of each, of t tokens
    log_prob = torch.zeros(N, 1, dtype=torch.float64, device=device)  # (N, K); -inf where there is none
    room = torch.full((N,), beam_width, device=device)  # how many more may end
    shared, found = parts(state), []
    while written.shape[2] < num_steps and len(sequence):
        log_p, state = next_log_probs(step, ids, state, eos)  # (N K, V)
        # B of them end at most, so 2 B hold the B best ends and the B best of the rest.
        score, parent, token = _continued(log_prob, log_p, 2 * beam_width)  # (N, C)
        is_end = (token == eos) & (score > -torch.inf)
        ended = is_end & (torch.arange(score.shape[1], device=device) < beam_width)
        n, c = ended.nonzero(as_tuple=True)  # (E,) each
        tokens = torch.cat([written[n, parent[n, c]], token[n, c][:, None]], 1)  # (E, t + 1)
        found.append(Found(sequence[n], score[n, c], tokens, True))
        room = room - ended.sum(1)
        going = score.masked_fill(is_end | (room <= 0)[:, None], -torch.inf)
        keep = (going == -torch.inf).int().sort(dim=1, stable=True).indices[:, :beam_width]  # (N, K')
        left = (going > -torch.inf).any(1).nonzero()[:, 0]  # (N',): those that are not over
        keep, parent, token, K = keep[left], parent[left], token[left], log_prob.shape[1]
        log_prob, parent = going[left].gather(1, keep), parent.gather(1, keep)  # (N', K')
        ids = token.gather(1, keep).flatten()  # (N' K',)
        written = torch.cat([written[left[:, None], parent], ids.view(*keep.shape, 1)], 2)  # (N', K', t + 1)
        rows = (K * left[:, None] + parent).flatten()  # (N' K',)
        sources = left if share else (K * left).repeat_interleave(keep.shape[1])  # rows of what is shared
        moved = len(left) < len(sequence) or not (share or keep.shape[1] == K)
        state, shared = take_rows(state, rows, batch_axis, shared, sources if moved else None)
        sequence, room = sequence[left], room[left]
    n, k = (log_prob > -torch.inf).nonzero(as_tuple=True)
    found.append(Found(sequence[n], log_prob[n, k], written[n, k], False))
    return _ranked(found, N, beam_width, alpha)


def _continued(
    log_prob: torch.Tensor, log_p: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the best continuations, (N, C) each: their scores, from which beginning, by which token."""
    N, V = len(log_prob), log_p.shape[1]
    scores = (log_prob.view(-1, 1) + log_p).view(N, -1)  # (N, K V)  {eq}`eq-beam-score`
    score, place = _best(scores, count)  # {eq}`eq-beam-step`
    expect_possible(score[:, 0])
    return score, place // V, place % V


def _best(scores: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the largest scores of each row in falling order, and their places; of equal ones the first."""
    if count >= scores.shape[1]:
        value, place = scores.sort(dim=1, descending=True, stable=True)
        return value, place
    value, place = scores.topk(count + 1, dim=1)
    crowded = (value[:, -1] == value[:, -2]) & (value[:, -1] > -torch.inf)
    tied = crowded.nonzero()[:, 0]  # topk may have taken any of the last
    place = place[:, :count].sort(1).values
    value, order = scores.gather(1, place).sort(dim=1, descending=True, stable=True)
    place = place.gather(1, order)
    if len(tied):
        by_place = scores[tied].sort(dim=1, descending=True, stable=True)
        value[tied], place[tied] = (both[:, :count] for both in by_place)
    return value, place


def _ranked(found: list[Found], N: int, beam_width: int, alpha: float) -> list[list[Hypothesis]]:
    """Order what was found for each sequence: what has ended first, then by score, then by the tokens."""
    result: list[list[Hypothesis]] = [[] for _ in range(N)]
    for some in found:
        columns = some.sequence.tolist(), some.log_prob.tolist(), some.tokens.tolist()
        for n, log_prob, tokens in zip(*columns, strict=True):
            score = length_normalised(log_prob, len(tokens), alpha)
            result[n].append(Hypothesis(tuple(tokens), log_prob, score, some.finished))
    for hypotheses in result:
        hypotheses.sort(key=lambda one: (not one.finished, -one.score, one.tokens))
        del hypotheses[beam_width:]
    return result
