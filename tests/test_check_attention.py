"""What the exercises on attention ask for, asked of the companion."""

import numpy as np

from companion.reference import attention, seq2seq
from companion.reference.decode import greedy_search


def attend(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    context, _, _ = attention.forward({}, query[None, None], keys[:, None], values[:, None])
    return context[0, 0]


def weight_of_first(difference: float) -> float:
    keys = np.array([[[difference]], [[0.0]]])
    return float(attention.forward({}, np.ones((1, 1, 1)), keys, keys)[1][0, 0, 0])


def additive_scores(
    queries: np.ndarray, keys: np.ndarray, W_q: np.ndarray, W_k: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """Undo the companion's softmax: logarithms of its weights are the scores, up to each query's constant."""
    params = dict(zip(attention.NAMES["additive"], (W_q, W_k, v), strict=True))
    # A second key whose score is known fixes the constant: one with which every tanh is the query's own.
    zero = np.zeros((1, 1, keys.shape[1]))
    with_zero = np.concatenate([keys[:, None], zero])
    _, weights, _ = attention.forward(params, queries[:, None], with_zero, with_zero, score="additive")
    logs = np.log(weights[:, 0])
    return logs[:, :-1] - logs[:, -1:] + (np.tanh(queries @ W_q.T) @ v)[:, None]


def masked_weights(scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Ask with queries that pick out one score each: the keys are the scores' columns."""
    T, N, S = scores.shape
    queries = np.broadcast_to(np.eye(T)[:, None], (T, N, T))
    keys = scores.transpose(2, 1, 0)  # (S, N, T)
    return attention.forward({}, queries, keys, keys, lengths)[1]


def attend_backward(
    weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    T, S = weights.shape
    keys = np.log(weights).T[:, None]  # (S, 1, T): with these the scores are the weights' logarithms
    _, _, cache = attention.forward({}, np.eye(T)[:, None], keys, values[:, None])
    _, dkeys, dvalues, _ = attention.backward(cache, dcontext[:, None])
    return dkeys[:, 0].T, dvalues[:, 0]


def write(
    h: np.ndarray, memory: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int
) -> list[int]:
    E, W, U, W_o = net

    def step(ids: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        state = np.tanh(E[ids] + state @ W.T)
        context, _, _ = attention.forward({}, state[None], memory[:, None], memory[:, None])
        return np.tanh(np.concatenate([context[0], state], axis=1) @ U.T) @ W_o.T, state

    return list(greedy_search(step, [bos], h[None], limit, eos)[0].tokens)


def alignment_error(weights: np.ndarray, gold: list[tuple[int, int]]) -> float:
    """Count in matrices of zeros and ones."""
    found, wanted = np.zeros_like(weights), np.zeros_like(weights)
    found[np.arange(len(weights)), weights.argmax(axis=1)] = 1
    wanted[tuple(np.array(gold).T)] = 1
    return float(1 - 2 * (found * wanted).sum() / (found.sum() + wanted.sum()))


COMPANION = {
    "att-two-words": weight_of_first,
    "att-context": attend,
    "att-additive": additive_scores,
    "att-mask": masked_weights,
    "att-back": attend_backward,
    "att-decoder": write,
    "att-alignment": alignment_error,
}
"""By the name of the exercise; the last is counted in another way, for the library has no such rate."""


def test_decoder_of_the_exercise_is_the_librarys():
    """Its context stands before its state, as in the companion's `combine.weight`."""
    rng = np.random.default_rng(0)
    params = seq2seq.init(5, 6, 3, 4, rng, score="dot")
    assert params["combine.weight"].shape == (4, 8)
