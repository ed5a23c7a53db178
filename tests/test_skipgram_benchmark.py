"""The benchmark's contestants do the same work, on a corpus of a few sentences; and its sums are right."""

import numpy as np
import pytest
import torch

from benchmarks import skipgram as benchmark
from companion.data import load_word_pairs
from companion.reference.word2vec.settings import Settings

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
    "run",
    [
        lambda corpus: benchmark.gensim(corpus, SETTINGS, 1),
        lambda corpus: benchmark.pytorch(corpus, SETTINGS, "cpu", 1),
        lambda corpus: benchmark.numpy(corpus, SETTINGS, 1),
    ],
)
def test_all_give_the_same_words_a_vector(run, corpus):
    trained = run(corpus)
    assert set(trained.vectors.words) == set(corpus.vocabulary.tokens)
    assert trained.vectors.matrix.shape[1] == SETTINGS.dim
    assert np.isfinite(trained.vectors.matrix).all()
    assert trained.epochs == 2
    assert trained.seconds > 0
    assert trained.processor > 0


def test_contestants(corpus):
    names = [*benchmark.contestants(corpus, 3)]
    gpu = ["PyTorch, GPU"] if torch.cuda.is_available() else []
    assert names == ["gensim", "PyTorch", *gpu, "NumPy, one epoch"]
    assert corpus.size == 4000


def test_everybody_trains_in_every_round_with_its_seed(corpus):
    vectors = benchmark.numpy(corpus, SETTINGS, 0).vectors
    calls = []

    def run(name, seconds):
        return lambda seed: calls.append((name, seed)) or benchmark.Trained(seconds, 2 * seconds, 5, vectors)

    results = benchmark.measured(
        {"gensim": run("gensim", 2.0), "PyTorch": run("PyTorch", 0.5)}, 100, rounds=2
    )
    assert calls == [("gensim", 0), ("PyTorch", 0), ("gensim", 1), ("PyTorch", 1)]
    assert [row["words per second"] for row in results["gensim"]] == [250, 250]
    assert [row["words per second"] for row in results["PyTorch"]] == [1000, 1000]
    assert [row["words per processor second"] for row in results["PyTorch"]] == [500, 500]
    assert set(results["PyTorch"][0]) == {*benchmark.SPEEDS, *benchmark.TESTS}
    lines = benchmark.report("PyTorch", results["PyTorch"], results["gensim"]).splitlines()
    assert "1,000 (1,000 to 1,000)   ratio 4.00 (4.00 to 4.00)" in lines[1]
    assert "500 (500 to 500)   ratio 4.00 (4.00 to 4.00)" in lines[2]
    assert f"{results['PyTorch'][0]['simlex999']:.3f}" in lines[4]
