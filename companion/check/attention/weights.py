"""``att-two-words``, ``att-context``, ``att-additive``, ``att-mask``: scores, their softmax, a mean."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _softmax(scores: np.ndarray, axis: int = -1) -> np.ndarray:
    exps = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return exps / exps.sum(axis=axis, keepdims=True)


def _difference_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for difference in (0.0, 1.0, -1.0, float(np.log(3)), 2.5, -4.0, 10.0, -12.25):
        yield (difference,)


TWO_WORDS = Exercise(
    "att-two-words",
    _difference_cases,
    (Law("a weight lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@TWO_WORDS.solved_by
def weight_of_first(difference: float) -> float:
    """Return the weight of the first of two words, whose score is so much larger than the second's."""
    return float(1 / (1 + np.exp(-difference)))


@TWO_WORDS.mistake("That is the weight of the second word.")
def _second(difference: float) -> float:
    return float(1 / (1 + np.exp(difference)))


@TWO_WORDS.mistake(
    "That is how many times larger the first weight is than the second. The two have to sum to 1."
)
def _ratio(difference: float) -> float:
    return float(np.exp(difference))


@TWO_WORDS.mistake("Scores go through an exponential before they are divided by their sum.")
def _linear(difference: float) -> float:
    return float((1 + difference) / (2 + difference))


def _context_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1.0, 0.0]), np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([[1.0], [3.0]])
    yield np.array([300.0, 0.0]), np.array([[3.0, 1.0], [2.0, 1.0]]), np.array([[1.0, 5.0], [3.0, 2.0]])
    for S, Q, E in ((1, 3, 2), (4, 3, 5), (6, 2, 3), (3, 5, 4)):
        yield rng.normal(size=Q), rng.normal(size=(S, Q)), rng.normal(size=(S, E))


CONTEXT = Exercise(
    "att-context",
    _context_cases,
    (
        Law(
            "every number of a mean lies between the smallest and the largest of what it is a mean of.",
            lambda given, got: bool(
                (got >= given[2].min(axis=0) - 1e-9).all() and (got <= given[2].max(axis=0) + 1e-9).all()
            ),
        ),
    ),
)


@CONTEXT.solved_by
def attend(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the context of one query, (E,), with dot products for scores."""
    return _softmax(keys @ query) @ values


@CONTEXT.mistake("The scores weigh the values as they are: they have to become weights first, by a softmax.")
def _context_scores(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return (keys @ query) @ values


@CONTEXT.mistake("That is the value of the best key alone. Attention takes a mean of all of them.")
def _context_hard(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values[int((keys @ query).argmax())]


@CONTEXT.mistake("All values count the same in it: the scores are not used.")
def _context_uniform(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return values.mean(axis=0)


@CONTEXT.mistake("Not a number: the exponential of a large score overflows. Subtract the largest one first.")
def _context_overflows(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        exps = np.exp(keys @ query)
        return (exps / exps.sum()) @ values


@CONTEXT.mistake(
    "The scores are divided by the root of the key's size; the exercise asks for plain products."
)
def _context_scaled(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    return _softmax(keys @ query / np.sqrt(len(query))) @ values


def _additive_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    sizes = (
        (1, 1, 1, 2, 3),
        (2, 4, 3, 5, 6),
        (3, 2, 4, 2, 5),
        (5, 3, 2, 4, 3),
        (4, 6, 5, 3, 2),
        (1, 5, 6, 4, 4),
    )
    for T, S, Q, K, A in sizes:
        yield tuple(rng.normal(size=shape) for shape in ((T, Q), (S, K), (A, Q), (A, K), (A,)))


ADDITIVE = Exercise(
    "att-additive",
    _additive_cases,
    (
        Law(
            "no score is larger than the sum of the magnitudes in v: a tanh is at most 1.",
            lambda given, got: bool(np.abs(got).max() <= np.abs(given[4]).sum() + 1e-9),
        ),
    ),
)


@ADDITIVE.solved_by
def additive_scores(
    queries: np.ndarray, keys: np.ndarray, W_q: np.ndarray, W_k: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """Return the score of every query with every key, (T, S)."""
    return np.tanh((queries @ W_q.T)[:, None] + (keys @ W_k.T)[None]) @ v


@ADDITIVE.mistake(
    "The tanh is missing. Without it the query adds the same to every score and decides nothing."
)
def _additive_linear(
    queries: np.ndarray, keys: np.ndarray, W_q: np.ndarray, W_k: np.ndarray, v: np.ndarray
) -> np.ndarray:
    return ((queries @ W_q.T)[:, None] + (keys @ W_k.T)[None]) @ v


@ADDITIVE.mistake("The tanh stands around the score. It belongs inside, around the sum of query and key.")
def _additive_outside(
    queries: np.ndarray, keys: np.ndarray, W_q: np.ndarray, W_k: np.ndarray, v: np.ndarray
) -> np.ndarray:
    return np.tanh(((queries @ W_q.T)[:, None] + (keys @ W_k.T)[None]) @ v)


@ADDITIVE.mistake("Query and key go through a tanh each, before they are added. It is the tanh of the sum.")
def _additive_each(
    queries: np.ndarray, keys: np.ndarray, W_q: np.ndarray, W_k: np.ndarray, v: np.ndarray
) -> np.ndarray:
    return (np.tanh(queries @ W_q.T)[:, None] + np.tanh(keys @ W_k.T)[None]) @ v


@ADDITIVE.mistake("The hidden units are summed as they are. Each has its weight in v.")
def _additive_summed(
    queries: np.ndarray, keys: np.ndarray, W_q: np.ndarray, W_k: np.ndarray, v: np.ndarray
) -> np.ndarray:
    return additive_scores(queries, keys, W_q, W_k, np.ones_like(v))


def _mask_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, S in ((1, 1, 1), (2, 3, 5), (4, 2, 3), (3, 4, 6), (5, 1, 4)):
        lengths = rng.integers(1, S + 1, N)
        lengths[0] = S
        yield rng.normal(size=(T, N, S)), lengths
    yield np.array([[[5.0, 800.0, -3.0]], [[0.0, 1.0, 900.0]]]), np.array([2])


MASK = Exercise(
    "att-mask",
    _mask_cases,
    (
        Law(
            "the weights of one query sum to 1.",
            lambda given, got: bool(np.allclose(got.sum(axis=2), 1)),
            True,
        ),
        Law(
            "padding has the weight 0.",
            lambda given, got: not got[:, np.arange(got.shape[2]) >= given[1][:, None]].any(),
        ),
    ),
)


@MASK.solved_by
def masked_weights(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the weights, (T, N, S); of sequence n only the first ``lengths[n]`` keys are real."""
    beyond = np.arange(scores.shape[2]) >= lengths[:, None]  # (N, S)
    return _softmax(np.where(beyond, -np.inf, scores))


@MASK.mistake("Padding is not masked: it gets weight that the words then lack.")
def _mask_none(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return _softmax(scores)


@MASK.mistake(
    "A score of 0 is no mask: its exponential is 1. What shall have the weight 0 needs minus infinity."
)
def _mask_zero(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return _softmax(np.where(np.arange(scores.shape[2]) >= lengths[:, None], 0, scores))


@MASK.mistake("Masked after the softmax: what the padding took is lost, and the weights no longer sum to 1.")
def _mask_after(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.where(np.arange(scores.shape[2]) >= lengths[:, None], 0, _softmax(scores))


@MASK.mistake("The softmax runs over the queries. It has to run over the keys, the last axis.")
def _mask_axis(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    weights = _softmax(scores, axis=0)
    return np.where(np.arange(scores.shape[2]) >= lengths[:, None], 0, weights)


@MASK.mistake("The mask is one key too long: of a sequence of length 2 the keys 0 and 1 are real.")
def _mask_more(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return masked_weights(scores, np.minimum(lengths + 1, scores.shape[2]))
