"""What the exercises on beam search ask for, asked of the companion."""

from typing import Any

import numpy as np
import pytest

from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import decode
from companion.reference.decode.hypotheses import take_rows


def candidates(V: int, B: int, T: int) -> tuple[int, int]:
    """Count the rows that the companion's search asks for: each is compared in V continuations."""
    rows = []

    def endless(ids: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        rows.append(len(ids))
        return np.where(np.arange(B + 1) == B, -np.inf, np.zeros((len(ids), B + 1))), None

    decode.beam_search(endless, [0], None, T, B, B)
    return len(str(V**T)), V * sum(rows)


def score(p: np.ndarray, alpha: float) -> float:
    """Ask for the log-probability of tokens 0, 0, ... that have these probabilities."""

    def step(ids: np.ndarray, t: int) -> tuple[np.ndarray, int]:
        with np.errstate(divide="ignore"):
            return np.log([[p[t], 1 - p[t]]]), t + 1

    total = decode.log_probability(step, 0, 0, [0] * len(p))
    return decode.length_normalised(total, len(p), alpha)


def beam_step(log_prob: np.ndarray, log_p: np.ndarray, B: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Search for one more step behind beginnings that a first step has found, one token for each."""
    K, V = log_p.shape
    beginnings = [decode.beam.Beginning((k,), float(total)) for k, total in enumerate(log_prob)]
    _, going_on, parents = decode.beam.extend(beginnings, log_p, -1, B)
    tokens = [one.tokens[-1] for one in going_on]
    return np.array(parents), np.array(tokens), np.array([one.log_prob for one in going_on])


def reorder(state: np.ndarray, parents: np.ndarray) -> np.ndarray:
    rows = [n * parents.shape[1] + parent for n, row in enumerate(parents) for parent in row]
    return take_rows(state, np.array(rows), 1)


def still_open(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    return sum(decode.length_normalised(float(total), T, alpha) > best for total in log_probs)


def beam_search(log_p: np.ndarray, first: int, eos: int, T: int, B: int, alpha: float) -> list[int]:
    def step(ids: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        return log_p[ids], None

    return list(decode.beam_search(step, [first], None, T, eos, B, alpha)[0][0].tokens)


def verdicts(star: np.ndarray, hat: np.ndarray, best: np.ndarray) -> tuple[int, int, int]:
    by_search = sum(human > machine for human, machine in zip(star, hat, strict=True))
    missed = sum(machine < there for machine, there in zip(hat, best, strict=True))
    return by_search, len(star) - by_search, missed


COMPANION: dict[str, Any] = {
    "beam-candidates": candidates,
    "beam-score": score,
    "beam-step": beam_step,
    "beam-reorder": reorder,
    "beam-stop": still_open,
    "beam-search": beam_search,
    "beam-verdicts": verdicts,
}


@pytest.mark.parametrize("name", COMPANION)
def test_the_solution_does_what_the_companion_does(name: str) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), COMPANION[name](*arguments)) is None, arguments
