"""What the exercises on language models ask for, asked of the companion; test_check_agrees compares."""

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from companion import metrics
from companion.check.library import find
from companion.reference import batching, kneser_ney, logit_filters, losses, ngram


def sentence_log_prob(p: np.ndarray, words: list[int]) -> float:
    """Let the companion batch the sentence, and read the table at its inputs and targets."""
    inputs, targets, _ = batching.sentence_batch([words], bos=0, eos=1)
    return float(np.log(p[inputs, targets]).sum())


def perplexity(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return metrics.perplexity(-log_probs.sum(), int(lengths.sum()))


def inputs_and_targets(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    inputs, targets, _ = batching.sentence_batch([words], bos, eos)
    return inputs[:, 0].tolist(), targets[:, 0].tolist()


def with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    return losses.softmax(logit_filters.apply_temperature(logits, temperature))


def nucleus(p: np.ndarray, mass: float) -> np.ndarray:
    return losses.softmax(logit_filters.keep_nucleus(np.log(p), mass))


def continuation(pairs: list[tuple[int, int]], size: int) -> np.ndarray:
    """Give the companion sentences of two words; what a beginning or an end made is left out."""
    sentences = [[a + 2, b + 2] for a, b in pairs]
    counts = ngram.count(sentences, 3, size + 2, bos=0, eos=1)
    inside = counts.tables[1]
    first, second = inside.keys // (size + 2), inside.keys % (size + 2)
    ways = np.bincount(second[(first > 1) & (second > 1)] - 2, minlength=size)
    return ways / ways.sum()


def bits_per_byte(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return metrics.bits_per_byte(nats + metrics.spelling_nats(unknown, letters), text)


def best_weight(p: np.ndarray, q: np.ndarray) -> float:
    def nats(weight: float) -> float:
        return float(-np.log(weight * p + (1 - weight) * q).mean())

    found = minimize_scalar(nats, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
    return min((0.0, 1.0, float(found.x)), key=nats)


COMPANION: dict[str, Any] = {
    "lm-chain": sentence_log_prob,
    "lm-perplexity": perplexity,
    "lm-shift": inputs_and_targets,
    "lm-temperature": with_temperature,
    "lm-nucleus": nucleus,
    "lm-continuation": continuation,
    "lm-bits-per-byte": bits_per_byte,
    "lm-mixture": best_weight,
}


def test_kneser_and_neys_counts_are_those_of_the_exercise() -> None:
    pairs = [(0, 1), (0, 1), (0, 1), (2, 3), (4, 3)]
    counts = ngram.count([[a + 2, b + 2] for a, b in pairs], 2, 7, bos=0, eos=1)
    ways = kneser_ney.continuation_counts(counts)[0]
    assert ways[[3, 5]].tolist() == [1, 2]  # the words 1 and 3: after one, and after two different ones
    assert find("lm-continuation").solution(pairs, 5).tolist() == [0, 1 / 3, 0, 2 / 3, 0]
