"""``beam-step``, ``beam-reorder``, ``beam-search``: one step, the states behind it, and the whole search."""

from collections.abc import Callable, Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Step = tuple[np.ndarray, np.ndarray, np.ndarray]


def _steps(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.zeros(1), np.log([[0.5, 0.3, 0.2]]), 2
    yield np.log([0.6, 0.4]), np.log([[0.5, 0.25, 0.25], [0.9, 0.05, 0.05]]), 3
    yield np.log([0.5, 0.5]), np.log([[0.5, 0.25, 0.25], [0.5, 0.25, 0.25]]), 5  # ties
    yield np.array([-1.0]), np.log([[0.75, 0.25]]), 9
    for K, V, B in ((3, 7, 3), (2, 5, 4), (4, 9, 4), (5, 3, 2)):
        yield -np.sort(rng.uniform(0.5, 5, K)), np.log(rng.dirichlet(np.ones(V), K)), B


STEP = Exercise(
    "beam-step",
    _steps,
    (
        Law(
            "the scores fall from the first to the last.",
            lambda given, got: bool((np.diff(got[2]) <= 1e-12).all()),
        ),
    ),
)


def _taken(scores: np.ndarray, order: np.ndarray, V: int) -> Step:
    return order // V, order % V, scores.ravel()[order]


@STEP.solved_by
def beam_step(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    """Return parents, tokens and scores of the B best continuations of K beginnings, the best first."""
    scores = log_prob[:, None] + log_p
    return _taken(scores, np.argsort(-scores.ravel(), kind="stable")[:B], log_p.shape[1])


@STEP.mistake("What the beginnings have lost so far is not in the scores: all of them start at 0 again.")
def _forgets(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    return _taken(log_p, np.argsort(-log_p.ravel(), kind="stable")[:B], log_p.shape[1])


@STEP.mistake("Logarithms are added; you multiply them.")
def _multiplies(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    scores = log_prob[:, None] * log_p
    return _taken(scores, np.argsort(-scores.ravel(), kind="stable")[:B], log_p.shape[1])


@STEP.mistake(
    "Every beginning keeps its own best token. The B best are chosen among all continuations together: a "
    "good beginning may have several children, and a bad one none."
)
def _each_its_own(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    tokens = log_p.argmax(axis=1)
    scores = log_prob + log_p.max(axis=1)
    order = np.argsort(-scores, kind="stable")[:B]
    return order, tokens[order], scores[order]


@STEP.mistake("These are the B worst, or the best in rising order: the best comes first.")
def _rising(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    scores = log_prob[:, None] + log_p
    return _taken(scores, np.argsort(-scores.ravel(), kind="stable")[:B][::-1], log_p.shape[1])


@STEP.mistake("Parent and token are exchanged: a row of V scores belongs to one beginning.")
def _exchanged(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    parents, tokens, scores = beam_step(log_prob, log_p, B)
    return tokens, parents, scores


@STEP.mistake("You divide by K, the number of beginnings. In a flat array each of them has V places.")
def _by_k(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    scores = log_prob[:, None] + log_p
    return _taken(scores, np.argsort(-scores.ravel(), kind="stable")[:B], len(log_prob))


@STEP.mistake(
    "Of equal scores the later ones come first. Sort the negative scores with kind='stable'; a sorted array "
    "turned round turns the ties as well."
)
def _ties_turned(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> Step:
    scores = log_prob[:, None] + log_p
    return _taken(scores, np.argsort(scores.ravel(), kind="stable")[::-1][:B], log_p.shape[1])


def _states(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.arange(4.0).reshape(1, 4, 1), np.array([[1, 0], [0, 0]])
    for L, N, K, H in ((1, 1, 3, 2), (2, 3, 2, 4), (1, 4, 3, 5), (3, 2, 4, 1), (1, 5, 2, 3)):
        yield rng.standard_normal((L, N * K, H)), rng.integers(0, K, (N, K))


REORDER = Exercise("beam-reorder", _states)


@REORDER.solved_by
def reorder(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Return the states, (L, N K, H), of what goes on; parents, (N, K), count within a sentence."""
    N, K = parents.shape
    return state[:, (K * np.arange(N)[:, None] + parents).ravel()]


@REORDER.mistake(
    "The states stay where they were: the words follow their parents and the states do not. Nothing fails, "
    "and the decoder remembers another sentence than the one it has written."
)
def _left_alone(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    return state.copy()


@REORDER.mistake(
    "Every sentence takes its states from the first: the parents of sentence n begin at row n K."
)
def _no_offset(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    return state[:, parents.ravel()]


@REORDER.mistake("The offset of sentence n is n K: K rows belong to each sentence before it.")
def _offset_by_n(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    N, _ = parents.shape
    return state[:, (np.arange(N)[:, None] + parents).ravel() % state.shape[1]]


@REORDER.mistake("The rows lie sentence by sentence, and you took them beginning by beginning.")
def _other_order(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    N, K = parents.shape
    return state[:, (K * np.arange(N)[:, None] + parents).T.ravel()]


@REORDER.mistake(
    "You put each state to its parent's place, instead of fetching it from there. Where two have the same "
    "parent one of them is lost."
)
def _scattered(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    N, K = parents.shape
    moved = np.zeros_like(state)
    for row, to in enumerate((K * np.arange(N)[:, None] + parents).ravel()):
        moved[:, to] = state[:, row]
    return moved


def _chains(rng: np.random.Generator) -> Iterator[Arguments]:
    p = np.array([[0, 0, 0, 0], [0, 0.1, 0.6, 0.3], [0.2, 0.3, 0.1, 0.4], [0.9, 0.02, 0.05, 0.03]])
    log_p = np.log(np.maximum(p, 1e-12))
    for B in (1, 2):
        yield log_p, 1, 0, 5, B, 0.0
    for alpha in (0.0, 0.7, 1.0):
        for V, T, B in ((4, 5, 2), (6, 6, 3), (5, 4, 1), (7, 5, 4), (3, 6, 8)):
            yield np.log(rng.dirichlet(np.full(V, 0.6), V) + 1e-9), 1, 0, T, B, alpha


SEARCH = Exercise(
    "beam-search",
    _chains,
    (
        Law("nothing stands behind the end.", lambda given, got: given[2] not in got[:-1]),
        Law("there are at most T tokens.", lambda given, got: 0 < len(got) <= given[3]),
    ),
)

Scored = tuple[float, list[int]]


def _search(
    log_p: np.ndarray,
    first: int,
    eos: int,
    T: int,
    B: int,
    alpha: float,
    start: int = 1,
    enough: int | None = None,
    length: Callable[[list[int], int], int] = lambda tokens, steps: len(tokens),
    past_end: bool = False,
) -> list[int]:
    """Search as asked, or with one of the mistakes."""
    alive: list[Scored] = [(0.0, [])] * start
    ended: list[Scored] = []
    steps = 0
    while steps < T and len(ended) < (enough or B):
        grown = [
            (total + float(log_p[(tokens or [first])[-1], token]), [*tokens, token])
            for total, tokens in alive
            for token in range(log_p.shape[1])
        ]
        grown.sort(key=lambda one: -one[0])
        ended += [one for one in grown[:B] if one[1][-1] == eos]
        alive = [one for one in grown if past_end or one[1][-1] != eos][:B]
        steps += 1
    pool = ended or alive
    return max(pool, key=lambda one: one[0] / length(one[1], steps) ** alpha)[1]


@SEARCH.solved_by
def beam_search(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    """Return the best sequence that a beam of B finds in a chain of tokens."""
    return _search(log_p, first, eos, T, B, alpha)


@SEARCH.mistake(
    "You begin with B equal beginnings. Their continuations are equal too, so that B times the same is kept."
)
def _all_alike(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    return _search(log_p, first, eos, T, B, alpha, start=B)


@SEARCH.mistake("You stop at the first end. A better one may come later; go on until B have ended.")
def _first_end(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    return _search(log_p, first, eos, T, B, alpha, enough=1)


@SEARCH.mistake("The length without the end: it was generated, it has a probability, and it counts.")
def _without_end(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    return _search(log_p, first, eos, T, B, alpha, length=lambda tokens, steps: max(len(tokens) - 1, 1))


@SEARCH.mistake(
    "In the end all are compared by their probability, or divided by the same number, which changes nothing: "
    "each has a length of its own."
)
def _shared_length(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    return _search(log_p, first, eos, T, B, alpha, length=lambda tokens, steps: steps)


@SEARCH.mistake("What has ended goes on: after the end there is nothing to continue.")
def _past_the_end(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    return _search(log_p, first, eos, T, B, alpha, past_end=True)
