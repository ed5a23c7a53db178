"""What readers write for the exercises on recurrent networks, and what they are told."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from checking import read, tried

from companion.check.library import find


def step(x_t: Any, h: Any, W_ih: Any, W_hh: Any, b: Any) -> Any:
    return np.tanh(x_t @ W_ih.T + h @ W_hh.T + b)


def collected(x: Any, h_0: Any, W_ih: Any, W_hh: Any, b: Any) -> list[Any]:
    """Collect the states in a list, as one writes it first."""
    found, h = [], h_0
    for x_t in x:
        h = step(x_t, h, W_ih, W_hh, b)
        found.append(h)
    return found


def states_before(x: Any, h_0: Any, *weights: Any) -> np.ndarray:
    return np.array([h_0, *collected(x, h_0, *weights)][:-1])


def row_before(x: Any, h_0: Any, *weights: Any) -> np.ndarray:
    found = np.zeros((len(x), *h_0.shape))
    for t, x_t in enumerate(x):
        found[t] = step(x_t, found[t - 1], *weights)
    return found


def from_zero(x: Any, lengths: Any, W_ih: Any, W_hh: Any, b: Any) -> np.ndarray:
    return np.array(collected(x, np.zeros((x.shape[1], len(W_hh))), W_ih, W_hh, b))


def softmax(z: Any) -> Any:
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def kept(p: Any, keep: Callable[[Any], Any]) -> np.ndarray:
    """Keep words by a rule about the cumulated probabilities, in falling order."""
    order = np.argsort(-p)
    chosen = order[keep(np.cumsum(p[order]))]
    result = np.zeros_like(p)
    result[chosen] = p[chosen]
    return result / result.sum()


def told_last(W: Any, b: Any, last: Any, future: Any) -> np.ndarray:
    """Mend the bug by half: said is computed, and told stays what it was."""
    told, errors = last, []
    for truth in future:
        said = np.tanh(told @ W.T + b)
        errors.append(np.sqrt(np.mean((said - truth) ** 2)))
        last = said
    return np.array(errors)


def outputs(o_0: Any, W_oh: Any, b_h: Any, W_ho: Any, b_o: Any, T: int) -> list[Any]:
    found, o = [], o_0
    for _ in range(T):
        o = np.tanh(o @ W_oh.T + b_h) @ W_ho.T + b_o
        found.append(o)
    return found


def start(targets: Any, first: int) -> np.ndarray:
    return np.full((1, targets.shape[1]), first)


WRITTEN: list[tuple[str, Callable[..., Any], str]] = [
    ("rnn-step", lambda x_t, h, W_ih, W_hh, b: np.tanh(W_ih @ x_t + W_hh @ h + b), "formula for one column"),
    ("rnn-step", lambda x_t, h, *w: np.maximum(x_t @ w[0].T + h @ w[1].T + w[2], 0), "That is a ReLU"),
    ("rnn-read", states_before, "You have stored the state before each step"),
    ("rnn-read", row_before, "You do not use h_0"),
    ("rnn-read", lambda *given: np.concatenate(collected(*given)), "The steps have run together"),
    ("rnn-read", lambda *given: collected(*given)[-1], "That is the last state alone"),
    ("rnn-parameters", lambda V, D, H, T, biases: V * D + H * D + H * H + biases, "A bias is a vector"),
    (
        "rnn-parameters",
        lambda V, D, H, T, biases: V * H + H * (D + H + biases),
        "A row of the embedding has D",
    ),
    ("rnn-stacked", lambda W_ih, W_hh: np.hstack([W_hh.T, W_ih]), "W_hh has been turned"),
    ("rnn-keras", lambda k, r, b: [k.T, r, b, np.zeros_like(b)], "recurrent kernel has to be turned too"),
    ("rnn-keras", lambda k, r, b: (k.reshape(len(b), -1), r.T, b, 0 * b), "reshape cuts them anew"),
    ("rnn-final", lambda x, n, *w: from_zero(x, n, *w)[n, range(len(n))], "Row lengths is one too far"),
    ("rnn-final", lambda x, n, *w: from_zero(x, n, *w)[max(n) - 1], "one length for all, the longest"),
    ("lm-chain", lambda p, words: float(np.log(p[words[:-1], words[1:]]).sum()), "Neither mark is there"),
    ("lm-perplexity", lambda logs, n: -logs.sum() / n.sum(), "That is the cross-entropy in nats"),
    ("lm-perplexity", lambda logs, n: np.exp(-(logs.sum(axis=0) / n).mean()), "A mean of means"),
    ("lm-shift", lambda words, bos, eos: [words, words[1:] + [eos]], "The first word is not foretold"),
    ("lm-shift", lambda words, bos, eos: ([bos] + words, words), "One input has no target"),
    ("lm-shift", lambda words, bos, eos: ([bos] + words + [eos], words + [eos]), "One input too many"),
    ("lm-temperature", lambda z, temperature: z / temperature, "The softmax is still to be taken"),
    ("lm-temperature", lambda z, temperature: softmax(z) ** (1 / temperature), "are the right idea"),
    ("lm-nucleus", lambda p, mass: kept(p, lambda total: total < mass), "is below the mass"),
    ("lm-nucleus", lambda p, mass: kept(p, lambda total: total <= mass), "is not above the mass"),
    ("lm-nucleus", lambda p, mass: np.where(p >= mass, p, 0) / p[p >= mass].sum(), "each word alone"),
    (
        "lm-continuation",
        lambda pairs, size: np.bincount([b for _, b in set(pairs)]) / len(set(pairs)),
        "share",
    ),
    (
        "lm-bits-per-byte",
        lambda nats, text, unknown, letters: (
            (nats + sum(map(len, unknown)) * math.log(letters + 1)) / math.log(2) / len(text.encode())
        ),
        "no word has paid for it",
    ),
    (
        "tf-shift",
        lambda targets, first: np.concatenate([start(targets, first), targets[1:]]),
        "Only the first",
    ),
    ("tf-shift", lambda targets, first: np.roll(targets, 1), "one long row"),
    ("tf-free-run", lambda *given: outputs(*given)[-1], "That is the last output alone"),
    (
        "tf-free-run",
        lambda o_0, W_oh, b_h, W_ho, b_o, T: np.array(outputs(o_0, W_oh, 0 * b_h, W_ho, b_o, T)),
        "b_h, is missing",
    ),
    (
        "tf-rounds",
        lambda needs: max(len(before) for before in needs) + 1,
        "You counted how much a step needs",
    ),
    ("tf-rounds", lambda needs: sum(map(len, needs)) + 1, "all the needs together"),
    (
        "tf-mix",
        lambda targets, own, coins, first: np.concatenate(
            [start(targets, first), np.where(coins, targets, own)]
        ),
        "a row too many",
    ),
    ("tf-decay", lambda i, k: k / (k + math.exp(i / k)), "math.exp refuses"),
    ("tf-decay", lambda i, k: float(k * np.exp(-i / k)), "The numerator alone"),
    ("tf-evaluate", told_last, "Every step is told last"),
    ("tf-bits", lambda joint, epsilon: joint / joint.sum(axis=1, keepdims=True), "what the data say"),
]


@pytest.mark.parametrize(("name", "function", "said"), WRITTEN)
def test_what_is_commonly_written_is_answered(name: str, function: Callable[..., Any], said: str) -> None:
    verdict = tried(name, function)
    assert not verdict
    message = read(verdict)
    assert any(part in message for part in said.split("|")), message


RIGHT: list[tuple[str, Callable[..., Any]]] = [
    ("rnn-read", lambda *given: np.array(collected(*given))),
    ("rnn-keras", lambda k, r, b: [k.T, r.T, b, np.zeros_like(b)]),
    ("lm-shift", lambda words, bos, eos: [[bos, *words], [*words, eos]]),
    ("seq-shift", lambda ids: [ids[:-1], ids[1:]]),
    ("bptt-clip", lambda grads, limit: [g * min(1, limit / max(norm(grads), 1e-30)) for g in grads]),
]


def norm(grads: list[np.ndarray]) -> float:
    return math.sqrt(sum(float((grad**2).sum()) for grad in grads))


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_several_results_may_come_in_a_list(name: str, function: Callable[..., Any]) -> None:
    verdict = tried(name, function)
    assert verdict, read(verdict)


def test_a_pair_that_is_a_key_stays_a_pair() -> None:
    solution = find("tv-bpe-step").solution
    message = read(tried("tv-bpe-step", lambda words: (list(solution(words)[0]), solution(words)[1])))
    assert "Element [0]: expected a tuple, got a list." in message


def test_the_first_example_of_a_gradient_is_one_that_flows() -> None:
    """All units off, all gradients zero: that teaches nothing about a slope."""
    message = read(tried("bptt-relu", lambda x, h_0, W_ih, W_hh, b, dy: None))
    assert "b = array([0.]) dy = array([[[1.]]])" in message
