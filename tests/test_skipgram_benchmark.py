"""The benchmark's contestants do the same work, on a corpus of a few sentences; and it judges the vectors."""

import dataclasses

import numpy as np
import pytest

from benchmarks import skipgram as benchmark
from benchmarks.harness import Options, measured
from companion.data import load_word_pairs
from companion.reference.word2vec.settings import Settings
from companion.vectors import Vectors

SETTINGS = Settings(dim=4, epochs=2)


@pytest.fixture(scope="module")
def corpus():
    """Write sentences of words that the tests ask about."""
    rng = np.random.default_rng(0)
    words = sorted(
        {word.lower() for first, second, _ in load_word_pairs("wordsim353") for word in (first, second)}
    )
    words += sorted(
        {word for first, second, _ in load_word_pairs("simlex999") for word in (first, second)} - {*words}
    )
    return benchmark.encoded([list(rng.choice(words[:300] + words[-300:], 20)) for _ in range(200)], 3)


@pytest.mark.parametrize(
    "prepared",
    [
        lambda corpus: benchmark.gensim(corpus, SETTINGS, 1),
        lambda corpus: benchmark.pytorch(corpus, SETTINGS, "cpu", 1),
        lambda corpus: benchmark.numpy(corpus, SETTINGS, 1),
    ],
)
def test_all_give_the_same_words_a_vector(prepared, corpus):
    vectors = prepared(corpus)()
    assert set(vectors.words) == set(corpus.vocabulary.tokens)
    assert vectors.matrix.shape[1] == SETTINGS.dim
    assert np.isfinite(vectors.matrix).all()


def test_everybody_trains_in_every_round_with_its_seed_and_is_judged(corpus):
    vectors = benchmark.numpy(corpus, SETTINGS, 0)()
    seeds, qualities = [], {test: {} for test in benchmark.TESTS}
    made = benchmark.contest(corpus, 1, "cpu", qualities)
    assert list(made.sides) == ["PyTorch", "gensim"]
    sides = {
        name: lambda seed, name=name: seeds.append((name, seed)) or (lambda: vectors) for name in made.sides
    }
    (row,) = measured(dataclasses.replace(made, sides=sides), Options(rounds=2))
    assert seeds == [("PyTorch", 0), ("gensim", 0), ("gensim", 1), ("PyTorch", 1)]
    assert (row.who, row.peer, row.promise, row.threads) == ("PyTorch", "gensim", "skip-gram", 2)
    assert {name: len(found) for name, found in qualities["simlex999"].items()} == {"PyTorch": 2, "gensim": 2}


def test_other_words_or_nonsense_end_the_run(corpus):
    right = benchmark.numpy(corpus, SETTINGS, 0)()
    words, matrix = list(right.words), np.array(right.matrix)
    assert benchmark.finite(right, right)
    assert not benchmark.finite(Vectors(["another", *words[1:]], matrix), right)
    matrix[0, 0] = np.nan
    assert not benchmark.finite(Vectors(words, matrix), right)
