"""The exercises on learning embeddings: companion, gensim and scipy agree, and readers are judged rightly."""

from typing import Any

import numpy as np
import pytest
from checking import cases, read, tried
from gensim.models.fasttext import ft_ngram_hashes
from scipy.stats import spearmanr

from companion.check.compare import difference
from companion.check.library import find
from companion.reference import cooccurrence
from companion.reference.word2vec import cbow, noise, pairs, skipgram
from companion.vectors import Vectors, character_ngrams, evaluate, fasttext_hash


def context_pairs(ids: list[int], window: int) -> list[tuple[int, int]]:
    centres, contexts = pairs.context_pairs(np.array(ids, dtype=int), window, window)
    return list(zip(centres.tolist(), contexts.tolist(), strict=True))


def sgns_gradients(v: np.ndarray, u: np.ndarray, drawn: np.ndarray) -> tuple[np.ndarray, ...]:
    """Lay the context in row 0 and the noise behind it; the centre is a table of one row."""
    count = len(drawn)
    table = np.concatenate([u[None], drawn, np.zeros((1, len(v)))])
    inputs = np.zeros_like(table)
    inputs[-1] = v
    negatives = np.arange(1, count + 1)[None]
    _, cache = skipgram.forward({"input": inputs, "output": table}, [count + 1], [0], negatives)
    *_, gradients = skipgram.backward(cache)
    return gradients["input"][-1], gradients["output"][0], gradients["output"][1:-1]


def cbow_gradient(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    """Ask for the gradient of a loss whose gradient by the mean is known, and scale it to the given one."""
    params = {"input": np.zeros((size, len(dmean))), "output": np.zeros((size, len(dmean)))}
    params["output"][0] = -2 * dmean  # the mean is 0, the error -1/2: the mean's gradient is dmean
    _, cache = cbow.forward(params, context[None], [0], np.zeros((1, 0), dtype=int))
    *_, gradients = cbow.backward(cache)
    return gradients["input"]


def cooccurrence_table(ids: list[int], window: int, size: int) -> np.ndarray:
    entries = cooccurrence.cooccurrences([ids], window)
    table = np.zeros((size, size))
    table[entries.rows, entries.columns] = entries.counts
    return table


def complete(E: np.ndarray, a: int, b: int, c: int) -> int:
    vectors = Vectors([str(i) for i in range(len(E))], E)
    return int(vectors.analogy([str(b), str(c)], [str(a)], k=1)[0][0])


COMPANION: dict[str, Any] = {
    "le-pairs": context_pairs,
    "le-noise": noise.noise_distribution,
    "le-sgns": sgns_gradients,
    "le-cbow": cbow_gradient,
    "le-cooccurrence": cooccurrence_table,
    "le-ngrams": character_ngrams,
    "le-spearman": evaluate.spearman,
    "le-analogy": complete,
}


@pytest.mark.parametrize("name", COMPANION)
def test_the_companion_gives_the_same(name: str) -> None:
    for arguments in cases(name):
        assert difference(find(name).solution(*arguments), COMPANION[name](*arguments)) is None, arguments


def test_scipy_ranks_the_same() -> None:
    for x, y in cases("le-spearman"):
        assert find("le-spearman").solution(x, y) == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_gensim_cuts_words_into_the_same_ngrams() -> None:
    for word, low, high in cases("le-ngrams"):
        ours = sorted(fasttext_hash(gram) % 10**6 for gram in find("le-ngrams").solution(word, low, high))
        assert ours == sorted(ft_ngram_hashes(word, low, high, 10**6))


def test_a_loop_and_a_broadcast_pass_where_the_solution_does_otherwise() -> None:
    def sgns(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Any:
        error = -1 / (1 + np.exp(u @ v))
        dv, rows = error * u, []
        for n in noise:
            fooled = 1 / (1 + np.exp(-n @ v))
            dv = dv + fooled * n
            rows.append(fooled * v)
        return dv, error * v, np.array(rows)

    assert tried("le-sgns", sgns)

    def cbow_by_counting(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
        return np.outer(np.bincount(context, minlength=size), dmean) / len(context)

    assert tried("le-cbow", cbow_by_counting)


def test_the_bug_of_the_original_is_named() -> None:
    def as_in_word2vec_c(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
        gradient = np.zeros((size, len(dmean)))
        for row in context:
            gradient[row] += dmean
        return gradient

    assert "as in word2vec.c and in gensim." in read(tried("le-cbow", as_in_word2vec_c))


def test_a_slice_with_a_negative_start_is_named() -> None:
    def empty_at_the_start(ids: list[int], window: int) -> list[tuple[int, int]]:
        found = []
        for t, centre in enumerate(ids):
            around = [*ids[max(0, t - window) : t], *ids[t + 1 : t + window]]
            found += [(centre, context) for context in around]
        return found

    assert "Your window ends one word early on the right" in read(tried("le-pairs", empty_at_the_start))


def test_a_law_is_told_where_no_mistake_is_known() -> None:
    def halves(ids: list[int], window: int, size: int) -> np.ndarray:
        return np.triu(find("le-cooccurrence").solution(ids, window, size)) * 2

    assert "What must hold: who stands near whom is mutual" in read(tried("le-cooccurrence", halves))

    def power_of_two(counts: np.ndarray, power: float) -> np.ndarray:
        return 2 * find("le-noise").solution(counts, power)

    assert "What must hold: probabilities add up to 1." in read(tried("le-noise", power_of_two))


def test_every_mistake_shows_in_two_cases_at_least() -> None:
    """A mistake that shows in a single case would be found by luck."""
    for name in COMPANION:
        exercise = find(name)
        for mistake in exercise.mistakes:
            shown = [_differs(exercise.solution, mistake.function, given) for given in cases(name)]
            assert sum(shown) >= 2, mistake.sentence


def _differs(solution: Any, wrong: Any, given: tuple[Any, ...]) -> bool:
    with np.errstate(all="ignore"):
        return difference(solution(*given), wrong(*given)) is not None
