"""What the exercises on the encoder-decoder ask for, asked of the companion."""

from collections import Counter
from typing import Any

import numpy as np

from companion.reference import bridge, rnn, sequence_losses
from companion.reference.batching import sentence_batch
from companion.reference.decode import greedy_search
from companion.text import pig_latin


def first_state(y: np.ndarray, lengths: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Give the bridge the last states that an encoder with these outputs has, sentence by sentence."""
    ends = [np.split(y[length - 1, n], 2)[0] for n, length in enumerate(lengths)]
    last = np.stack([np.array(ends), y[0, :, y.shape[2] // 2 :]])  # (2, N, H)
    state, _ = bridge.forward({"0.weight": W, "0.bias": b}, last, 2)
    return state[0]


def bridge_backward(last: np.ndarray, W: np.ndarray, h_0: np.ndarray, dh_0: np.ndarray) -> tuple[Any, ...]:
    """Find a bias that gives these states: each sentence its own, so one sentence at a time."""
    dlast, dW, db = [], np.zeros_like(W), np.zeros(len(W))
    for n in range(len(last)):
        params = {"0.weight": W, "0.bias": np.arctanh(h_0[n]) - W @ last[n]}
        states = np.stack(np.split(last[n : n + 1], 2, axis=1))
        back, grads = bridge.backward(bridge.forward(params, states, 2)[1], dh_0[None, n : n + 1])
        dlast.append(back.reshape(-1))
        dW, db = dW + grads["0.weight"], db + grads["0.bias"]
    return np.array(dlast), dW, db


def teacher(sentences: list[list[int]], bos: int, eos: int) -> tuple[np.ndarray, np.ndarray]:
    return sentence_batch(sentences, bos, eos)[:2]


def log_probability(logits: np.ndarray, targets: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return sequence_losses.token_log_probs(logits, targets, lengths=lengths).sum(axis=0)


def say(h: np.ndarray, net: list[np.ndarray], bos: int, eos: int, limit: int) -> list[int]:
    """Search greedily with the companion's layer."""
    E, W_ih, W_hh, W_ho = net
    zero = np.zeros(len(h))
    params = dict(zip(rnn.NAMES, (W_ih, W_hh, zero, zero), strict=True))

    def step(ids: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        state = rnn.step(params, E[ids], state)
        return state @ W_ho.T, state

    (found,) = greedy_search(step, [bos], h[None], limit, eos)
    return [token for token in found.tokens if token != eos]


def say_words(words: list[str]) -> list[str]:
    return [pig_latin.pig_latin(word) for word in words]


def by_length(sources: list[str], said: list[str], wanted: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Count once more, word by word."""
    asked, right = Counter(map(len, sources)), Counter()
    for source, one, other in zip(sources, said, wanted, strict=True):
        right[len(source)] += one == other
    lengths = sorted(asked)
    return np.array(lengths), np.array([right[n] / asked[n] for n in lengths])


COMPANION: dict[str, Any] = {
    "s2s-word": say_words,
    "s2s-shift": teacher,
    "s2s-first-state": first_state,
    "s2s-probability": log_probability,
    "s2s-greedy": say,
    "s2s-bridge-backward": bridge_backward,
    "s2s-by-length": by_length,
}
