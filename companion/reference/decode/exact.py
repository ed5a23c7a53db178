"""Exact search: the best sequence there is, and the proof that there is no better one."""

import heapq
from typing import Any, NamedTuple

import numpy as np

from companion.reference.decode.hypotheses import (
    Hypothesis,
    Step,
    checked,
    expect_token,
    length_normalised,
    next_log_probs,
)


class Exact(NamedTuple):
    """What an exact search found, and what it proved."""

    best: Hypothesis | None
    """The best sequence that has ended; None if none did."""
    certified: bool
    """True: no sequence of at most so many tokens has a higher score. False: the budget was spent before."""
    bound: float
    """No sequence that was not looked at has a higher score than this."""
    steps: int
    """How often the model was asked."""


class _Node:
    """A beginning that the model was asked about: its continuations, the best first."""

    def __init__(self, tokens: tuple[int, ...], log_p: np.ndarray, state: Any) -> None:
        self.tokens, self.state = tokens, state
        self.order = np.argsort(-log_p, kind="stable")
        self.log_p = log_p[self.order]


def exact_search(
    step: Step,
    first: int,
    state: Any,
    num_steps: int,
    eos: int,
    alpha: float = 0.0,
    known: Hypothesis | None = None,
    budget: int = 10_000,
) -> Exact:
    r"""Find the sequence with the highest score, and prove it ({eq}`eq-exact-bound`).

    A probability only falls when a sequence grows. So a beginning with log-probability l can end in no score
    above :math:`l / T^{\alpha}`, T being the most tokens allowed. Beginnings are looked at in the order of
    this bound, and when the next one's is not above the best score that was found, that is the best there is
    (Stahlberg and Byrne, 2019, who go depth first).

    Parameters
    ----------
    step
        ``logits (1, V), state = step(ids (1,), state)``. It may not change the state that it is given.
    first
        The token read first.
    state
        The state before it, of a single sequence.
    num_steps
        T, the most tokens to generate, the end included; at least 1.
    eos
        The token that ends a sequence.
    alpha
        As in :func:`companion.reference.decode.length_normalised`, at least 0.
    known
        A hypothesis to beat, such as beam search's best: the better it is, the sooner the search is over. It
        must come from the same model; if it has not ended, it is not used.
    budget
        How often the model may be asked. With vocabularies of thousands the bound may be far from any end.

    Returns
    -------
    Exact

    Raises
    ------
    ValueError
        If ``num_steps`` or ``budget`` is below 1, alpha below 0, the model does not know ``eos``, or its
        logits have the wrong shape or hold no number.

    Examples
    --------
    Whatever comes first, the end is likely after it; the end at once is likelier than all:

    >>> def model(ids, state):
    ...     return np.log(np.where(ids[:, None] == 0, [0.3, 0.4, 0.3], [0.05, 0.05, 0.9])), state
    >>> result = exact_search(model, 0, None, 5, eos=2)
    >>> result.best.tokens, f"{np.exp(result.best.log_prob):.2f}", result.certified, result.steps
    ((1, 2), '0.36', True, 2)
    """
    checked([first], num_steps, eos, alpha)
    if budget < 1:
        raise ValueError(f"budget: expected at least 1, got {budget}")
    best = None
    if known is not None and known.finished:
        best = known._replace(score=length_normalised(known.log_prob, len(known.tokens), alpha))
    log_p, after = next_log_probs(step, np.array([first]), state)
    expect_token(eos, log_p.shape[1])
    steps = 1
    nodes = [_Node((), log_p[0], after)]
    queue = [(_bound(nodes[0], 0, num_steps, alpha), 0, 0)]  # minus the bound, the node, which continuation
    while queue:
        bound, number, place = heapq.heappop(queue)
        if -bound == -np.inf or (best is not None and best.score >= -bound):
            return Exact(best, True, best.score if best else -np.inf, steps)
        node = nodes[number]
        if place + 1 < len(node.order):
            heapq.heappush(queue, (_bound(node, place + 1, num_steps, alpha), number, place + 1))
        token, log_prob = int(node.order[place]), float(node.log_p[place])
        tokens = (*node.tokens, token)
        if token == eos:
            score = length_normalised(log_prob, len(tokens), alpha)
            if best is None or score > best.score:
                best = Hypothesis(tokens, log_prob, score, True)
        elif len(tokens) < num_steps:
            if steps == budget:
                return Exact(best, False, -bound, steps)
            log_p, after = next_log_probs(step, np.array([token]), node.state)
            steps += 1
            nodes.append(_Node(tokens, log_prob + log_p[0], after))
            heapq.heappush(queue, (_bound(nodes[-1], 0, num_steps, alpha), len(nodes) - 1, 0))
    return Exact(best, True, best.score if best else -np.inf, steps)


def _bound(node: _Node, place: int, num_steps: int, alpha: float) -> float:
    """Return minus the best score that any sequence through this continuation could have."""
    return -length_normalised(node.log_p[place], num_steps, alpha)  # {eq}`eq-exact-bound`
