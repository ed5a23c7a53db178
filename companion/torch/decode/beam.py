"""Beam search in PyTorch: all beginnings of all sequences go through the model in one batch."""

from typing import Any, NamedTuple

import torch

from companion.reference.decode import Hypothesis, length_normalised
from companion.torch.decode._model import Step, checked, next_log_probs, take_rows


class Level(NamedTuple):
    """What one step left behind: how the beginnings grew, and which ended. N sequences, K of each."""

    parent: torch.Tensor  # (N, K): which beginning of the step before
    token: torch.Tensor  # (N, K)
    ends: torch.Tensor  # (N, C): log-probabilities of those that ended here, -inf for the others
    end_parent: torch.Tensor  # (N, C)


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
) -> list[list[Hypothesis]]:
    """Search for probable sequences, B beginnings at a time.

    What is kept, what ends the search and how equal scores are ordered stands in
    :func:`companion.reference.decode.beam_search`; the results are the same.

    Parameters
    ----------
    step
        ``logits (rows, V), state = step(ids (rows,), state)``. It is asked once a step, with N rows at first
        and then with at most N B.
    first
        The tokens read first, (N,), on the model's device.
    state
        The state before them: a tensor, None, or a tuple, list or dict of such, with the N sequences along
        ``batch_axis``.
    num_steps, eos, beam_width, alpha
        As in the reference.
    batch_axis
        Along which axis a state holds the sequences; 1 is the second, as in (L, N, H).

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
    log_prob = torch.zeros(N, 1, dtype=torch.float64, device=ids.device)  # (N, K); -inf where there is none
    found = torch.zeros(N, dtype=torch.long, device=ids.device)  # (N,): how many have ended
    sequences = torch.arange(N, device=ids.device)[:, None]  # (N, 1)
    levels: list[Level] = []
    while len(levels) < num_steps and bool((log_prob > -torch.inf).any()):
        log_p, state = next_log_probs(step, ids, state, eos)  # (N K, V)
        K, V = log_prob.shape[1], log_p.shape[1]
        scores = (log_prob.view(-1, 1) + log_p).view(N, K * V)
        # B of them end at most, so 2 B hold the B best ends and the B best of the rest.
        score, place = _best(scores, min(2 * beam_width, K * V))  # (N, C)
        parent, token = place // V, place % V
        is_end = (token == eos) & (score > -torch.inf)
        early = torch.arange(score.shape[1], device=ids.device) < beam_width
        ends = torch.where(is_end & early, score, -torch.inf)  # (N, C)
        found = found + (ends > -torch.inf).sum(1)
        going = score.masked_fill(is_end | (found >= beam_width)[:, None], -torch.inf)
        keep = (going == -torch.inf).int().sort(dim=1, stable=True).indices[:, :beam_width]  # (N, K')
        levels.append(Level(parent.gather(1, keep), token.gather(1, keep), ends, parent))
        log_prob = going.gather(1, keep)
        state = take_rows(state, (sequences * K + levels[-1].parent).view(-1), batch_axis)
        ids = levels[-1].token.reshape(-1)
    return _read_out(levels, log_prob, eos, beam_width, alpha)


def _best(scores: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the largest scores of each row in falling order, and their places; of equal ones the first."""
    value, place = scores.topk(count, dim=1)
    least = value[:, -1:]
    crowded = (scores >= least).sum(1, keepdim=True) > count  # topk may have taken any of the last
    if bool((crowded & (least > -torch.inf)).any()):
        value, place = scores.sort(dim=1, descending=True, stable=True)
        return value[:, :count], place[:, :count]
    place = place.sort(1).values
    value, order = scores.gather(1, place).sort(dim=1, descending=True, stable=True)
    return value, place.gather(1, order)


def _read_out(
    levels: list[Level], log_prob: torch.Tensor, eos: int, beam_width: int, alpha: float
) -> list[list[Hypothesis]]:
    """Follow every hypothesis back to its beginning; what was kept comes from the device in one go."""
    history = [(level.parent.tolist(), level.token.tolist()) for level in levels]

    def tokens(n: int, depth: int, k: int) -> tuple[int, ...]:
        read = []
        for parents, words in reversed(history[:depth]):
            read.append(words[n][k])
            k = parents[n][k]
        return tuple(reversed(read))

    result: list[list[Hypothesis]] = []
    ends = [(level.ends.tolist(), level.end_parent.tolist()) for level in levels]
    for n, left in enumerate(log_prob.tolist()):
        hypotheses = []
        for depth, (scores, parents) in enumerate(ends):
            for p, k in zip(scores[n], parents[n], strict=True):
                if p > -torch.inf:
                    hypotheses.append(_hypothesis((*tokens(n, depth, k), eos), p, alpha, True))
        for k, p in enumerate(left):
            if p > -torch.inf:
                hypotheses.append(_hypothesis(tokens(n, len(levels), k), p, alpha, False))
        hypotheses.sort(key=lambda one: (not one.finished, -one.score, one.tokens))
        result.append(hypotheses[:beam_width])
    return result


def _hypothesis(tokens: tuple[int, ...], log_prob: float, alpha: float, finished: bool) -> Hypothesis:
    return Hypothesis(tokens, log_prob, length_normalised(log_prob, len(tokens), alpha), finished)
