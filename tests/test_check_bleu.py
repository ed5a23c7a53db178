"""The exercises on BLEU beside the companion's functions, and answers that readers write in other ways."""

import math
from typing import Any

import numpy as np
import pytest

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.metrics import bleu_score, clipped_matches
from companion.metrics.ngram_overlap import Overlap, corpus_overlap


def score(correct: Any, total: Any, c: Any, r: Any, smoothing: str = "none") -> float:
    """Score counts with the companion, from 0 to 1."""
    return bleu_score(Overlap(*map(np.asarray, (correct, total, c, r))), smoothing).score / 100


def reference_length(c: int, lengths: list[int]) -> int:
    overlap = corpus_overlap([["x"] * c], [[["y"] * length for length in lengths]], 1)
    return int(overlap.reference_length[0])


def share_better(a: np.ndarray, b: np.ndarray, draws: np.ndarray) -> float:
    def scores(table: np.ndarray) -> list[float]:
        sums = [table[drawn].sum(axis=0) for drawn in draws]
        return [score(row[:4], row[4:8], row[8], row[9]) for row in sums]

    return float(np.mean(np.array(scores(a)) > np.array(scores(b))))


COMPANION: dict[str, Any] = {
    "bleu-clipped": lambda hypothesis, references, n: list(clipped_matches(hypothesis, references, n)),
    "bleu-penalty": lambda c, r: bleu_score(Overlap(*map(np.array, ([1], [1], c, r)))).brevity_penalty,
    "bleu-length": reference_length,
    "bleu-score": score,
    "bleu-smoothed": lambda correct, total: list(
        bleu_score(Overlap(np.array(correct), np.array(total), np.array(9), np.array(9))).precisions
    ),
    "bleu-corpus": score,
    "bleu-bootstrap": share_better,
}


def by_dictionary(hypothesis: list[str], references: list[list[str]], n: int) -> list[int]:
    """Clip while counting, without a Counter."""
    used: dict[str, int] = {}
    matches = 0
    grams = [" ".join(hypothesis[i : i + n]) for i in range(len(hypothesis) - n + 1)]
    for gram in grams:
        used[gram] = used.get(gram, 0) + 1
        most = max(
            sum(" ".join(text[i : i + n]) == gram for i in range(len(text) - n + 1)) for text in references
        )
        matches += used[gram] <= most
    return [matches, len(grams)]


def root_of_the_product(correct: list[int], total: list[int], c: int, r: int) -> float:
    """Take the root in the place of the logarithms."""
    product = math.prod(correct) / math.prod(total)
    return min(1.0, math.exp(1 - r / c)) * product ** (1 / len(total))


@pytest.mark.parametrize(
    ("name", "written"), [("bleu-clipped", by_dictionary), ("bleu-score", root_of_the_product)]
)
def test_other_ways_to_write_it_pass(name: str, written: Any) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), written(*arguments)) is None, arguments
