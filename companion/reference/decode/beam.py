"""Beam search: at every step the B most probable beginnings are kept, and their continuations compared."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from companion.reference.decode.hypotheses import (
    Hypothesis,
    Step,
    checked,
    expect_token,
    length_normalised,
    next_log_probs,
    take_rows,
)


class Beginning(NamedTuple):
    """A hypothesis that may go on."""

    tokens: tuple[int, ...]
    log_prob: float


def beam_search(
    step: Step,
    first: ArrayLike,
    state: Any,
    num_steps: int,
    eos: int,
    beam_width: int,
    alpha: float = 0.0,
    batch_axis: int = 1,
) -> list[list[Hypothesis]]:
    r"""Search for probable sequences, B beginnings at a time ({eq}`eq-beam-step`).

    .. math:: \mathcal B_t = \underset{y \in \mathcal B_{t-1} \times V}{B\text{-best}} \; \log P(y \mid x)

    At each step the beginnings of a sequence and their continuations by one token are ranked by
    log-probability. A continuation that is an end is set aside if it is among the B best; of the others the B
    best go on. The search of a sequence is over when B hypotheses have ended, or when there is no room for
    more tokens: one end alone says little, a better one may come later.

    With B = 1 this is greedy search; if B is at least the number of all beginnings, it is exhaustive.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``. It is asked once a step for all beginnings of all
        sequences, so that N changes from step to step. It may not change the arrays that it is given.
    first
        The tokens read first, (N,).
    state
        The state before them: an array, None, or a tuple, list or dict of such, with the N sequences along
        ``batch_axis``.
    num_steps
        The most tokens to generate, the end included; at least 1.
    eos
        The token that ends a sequence.
    beam_width
        B, at least 1; it may be larger than the vocabulary.
    alpha
        The power of the length by which hypotheses are ranked in the end, as in
        :func:`companion.reference.decode.length_normalised`. While they are being searched for, all
        beginnings have the same length.
    batch_axis
        Along which axis a state holds the sequences; 1 is the second, as in (L, N, H).

    Returns
    -------
    list of list of Hypothesis
        For each of the N sequences at most B hypotheses, the best first. Those that have ended come before
        those that there was no room to end; of equal scores the one whose tokens are smaller. What is asked
        of a sequence alone and in a batch is the same.

    Raises
    ------
    ValueError
        If ``num_steps`` or ``beam_width`` is below 1, alpha below 0, the model does not know ``eos``, or its
        logits have the wrong shape or hold no number.

    Examples
    --------
    The first token decides: 0 is likelier, but after it the model does not know how to go on.

    >>> table = np.log([[0.6, 0.4, 1e-9, 1e-9], [0.35, 0.35, 0.2, 0.1], [0.01, 0.01, 0.97, 0.01]])
    >>> def model(ids, state):  # the state counts the steps, and keeps the first token
    ...     row = np.where(state == 0, 0, 1 + ids)[0]
    ...     return table[np.minimum(row, 2)], state + 1
    >>> search = lambda B: beam_search(model, [0], np.zeros((1, 1)), 2, eos=2, beam_width=B)[0][0]
    >>> search(1).tokens, search(2).tokens, search(2).finished
    ((0, 0), (1, 2), True)
    """
    ids = checked(first, num_steps, eos, alpha)
    if beam_width < 1:
        raise ValueError(f"beam_width: expected at least 1, got {beam_width}")
    N = len(ids)
    alive = [[Beginning((), 0.0)] for _ in range(N)]  # a single one: B equal ones would find B times the same
    ended: list[list[Beginning]] = [[] for _ in range(N)]
    for _ in range(num_steps):
        if not any(alive):
            break
        log_p, state = next_log_probs(step, ids, state)  # (rows, V)
        expect_token(eos, log_p.shape[1])
        row, kept_rows, kept_ids = 0, [], []
        for n in range(N):
            beginnings = alive[n]
            block = log_p[row : row + len(beginnings)]
            found, going_on, parents = extend(beginnings, block, eos, beam_width)
            ended[n] += found
            if len(ended[n]) >= beam_width:
                going_on, parents = [], []
            alive[n] = going_on
            kept_rows += [row + parent for parent in parents]
            kept_ids += [beginning.tokens[-1] for beginning in going_on]
            row += len(beginnings)
        state = take_rows(state, np.array(kept_rows, np.intp), batch_axis)
        ids = np.array(kept_ids, np.int64)
    return [_ranked(done, cut_off, alpha)[:beam_width] for done, cut_off in zip(ended, alive, strict=True)]


def extend(
    beginnings: list[Beginning], log_p: np.ndarray, eos: int, beam_width: int
) -> tuple[list[Beginning], list[Beginning], list[int]]:
    """Continue the beginnings of one sentence by a token ({eq}`eq-beam-step`).

    Parameters
    ----------
    beginnings
        K of them; there may be none.
    log_p
        Of each token after each beginning, (K, V).
    eos, beam_width
        The token that ends a sequence, and B.

    Returns
    -------
    ends : list of Beginning
        Those of the B best continuations that are ends.
    going_on : list of Beginning
        The B best of the others.
    parents : list of int
        For each that goes on, the place of the beginning that it continues.

    Examples
    --------
    >>> log_p = np.log([[0.5, 0.3, 0.2]])
    >>> ends, going_on, parents = extend([Beginning((), 0.0)], log_p, eos=0, beam_width=2)
    >>> [one.tokens for one in ends], [one.tokens for one in going_on], parents
    ([(0,)], [(1,), (2,)], [0, 0])
    """
    if not beginnings:
        return [], [], []
    V = log_p.shape[1]
    before = np.array([beginning.log_prob for beginning in beginnings])
    scores = (before[:, None] + log_p).ravel()  # (beginnings V,)  {eq}`eq-beam-score`
    # B of them end at most, so 2 B hold the B best ends and the B best of the rest. Equal ones stay in order.
    order = _best(scores, min(2 * beam_width, scores.size))  # {eq}`eq-beam-step`
    ends: list[Beginning] = []
    going_on: list[Beginning] = []
    parents: list[int] = []
    for rank, place in enumerate(order.tolist()):
        parent, token = divmod(place, V)
        if scores[place] == -np.inf:
            break  # impossible, and so is all that follows
        grown = Beginning((*beginnings[parent].tokens, token), float(scores[place]))
        if token == eos:
            if rank < beam_width:
                ends.append(grown)
        elif len(going_on) < beam_width:
            going_on.append(grown)
            parents.append(parent)
    return ends, going_on, parents


def _best(scores: np.ndarray, count: int) -> np.ndarray:
    """Return the places of the largest scores in falling order; of equal ones the first come first."""
    if count < scores.size:
        least = -np.partition(-scores, count - 1)[count - 1]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(scores.size)
    return places[np.argsort(-scores[places], kind="stable")][:count]


def _ranked(ended: list[Beginning], cut_off: list[Beginning], alpha: float) -> list[Hypothesis]:
    """Order what was found: what has ended first, then by score, then by the tokens."""
    found = [(done, True) for done in ended] + [(beginning, False) for beginning in cut_off]
    hypotheses = [
        Hypothesis(tokens, log_prob, length_normalised(log_prob, len(tokens), alpha), finished)
        for (tokens, log_prob), finished in found
    ]
    return sorted(hypotheses, key=lambda one: (not one.finished, -one.score, one.tokens))
