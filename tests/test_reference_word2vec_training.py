"""What negative sampling converges to, and that training in NumPy learns it."""

from functools import partial

import numpy as np
import pytest
from comparing import GRADCHECK, PARITY, apart

from companion.reference.gradcheck import check
from companion.reference.word2vec import negative_sampling, pmi, skipgram
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.pairs import context_pairs
from companion.reference.word2vec.settings import Settings
from companion.reference.word2vec.training import skipgram_step, train

TEXT = "a b c d e a c b e d a b e c d a d b c e b a d c e a e b d c a a b b d e e c c d d"


def counted(window=2):
    """Count the pairs of a tiny corpus, in which every pair of words occurs."""
    vocabulary, corpus = encode_sentences([TEXT.split()], 1)
    counts = np.zeros((len(vocabulary), len(vocabulary)))
    np.add.at(counts, context_pairs(corpus.ids, window, window, corpus.offsets), 1)
    assert counts.min() >= 1
    return counts


def descend(params, counts, negatives, noise, steps=2500):
    """Train on all pairs at once, to the end."""
    losses = []
    for _ in range(steps):
        loss, cache = pmi.forward(params, counts, negatives, noise)
        gradients = pmi.backward(cache)
        params = {name: params[name] - 2.0 * gradients[name] for name in params}
        losses.append(loss)
    return params, losses


def trained_scores(counts, negatives, noise=None, dim=8):
    rng = np.random.default_rng(0)
    params = {name: rng.standard_normal((len(counts), dim)) for name in ("input", "output")}
    params, losses = descend(params, counts, negatives, noise)
    assert losses[-1] < losses[0]
    return params["input"] @ params["output"].T


@pytest.mark.equation("eq-sgns-pmi")
@pytest.mark.parametrize("negatives", [1, 5])
def test_scores_converge_to_pmi_less_log_k(negatives, measure):
    counts = counted()
    total = counts.sum()
    pmi_matrix = np.log(counts * total / np.outer(counts.sum(axis=1), counts.sum(axis=0)))
    expected = pmi_matrix - np.log(negatives)
    measure("eq-sgns-pmi", apart(pmi.optimum(counts, negatives), expected), PARITY)
    scores = trained_scores(counts, negatives)
    measure("eq-sgns-pmi", apart(scores, expected), 1e-4)
    assert apart(scores, pmi_matrix - np.log(negatives + 1)) > 0.1


def test_with_another_noise_the_optimum_moves():
    counts = counted()
    noise = counts.sum(axis=0) ** 0.75 / np.sum(counts.sum(axis=0) ** 0.75)
    optimum = pmi.optimum(counts, 3, noise)
    assert apart(trained_scores(counts, 3, noise), optimum) < 1e-4
    assert apart(optimum, pmi.optimum(counts, 3)) > 1e-3


def test_too_few_dimensions_do_not_reach_it():
    counts = counted()
    assert apart(trained_scores(counts, 2, dim=1), pmi.optimum(counts, 2)) > 1e-2


def test_a_pair_that_never_occurs_wants_minus_infinity():
    optimum = pmi.optimum([[0, 2], [3, 1]], 1)
    assert optimum[0, 0] == -np.inf
    assert np.isfinite(optimum).sum() == 3


def test_gradient_of_the_expected_loss():
    rng = np.random.default_rng(0)
    counts, params = counted(), {"input": rng.standard_normal((5, 3)), "output": rng.standard_normal((5, 3))}
    forward = partial(pmi.forward, pair_counts=counts, negatives=3)
    assert check(forward, lambda *given: (pmi.backward(*given),), params, rng=rng).error <= GRADCHECK


def test_the_expected_loss_is_the_mean_over_draws():
    """With every word drawn exactly as often as expected, the two losses are one."""
    counts, negatives = counted(), 5
    rng = np.random.default_rng(0)
    params = {"input": rng.standard_normal((5, 3)), "output": rng.standard_normal((5, 3))}
    centres, contexts = (np.repeat(ids.ravel(), counts.ravel().astype(int)) for ids in np.indices((5, 5)))
    each = np.broadcast_to(np.arange(5), (len(centres), 5))  # every word once: five draws of uniform noise
    loss, _ = skipgram.forward(params, centres, contexts, each)
    expected, _ = pmi.forward(params, counts, negatives, np.full(5, 0.2))
    assert apart(loss, expected) <= PARITY


def toy(rng, sentences=400):
    """Draw sentences of two subjects that share no words: three words of one, or three of the other."""
    subjects = [["cat", "dog", "cow", "pig"], ["red", "blue", "pink", "grey"]]
    return [list(rng.choice(subjects[rng.integers(2)], 6)) for _ in range(sentences)]


@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_training_finds_two_subjects(model):
    vocabulary, corpus = encode_sentences(toy(np.random.default_rng(0)), 1)
    seen = []
    options = Settings(model, dim=6, window=2, sample=1.0, epochs=12, lr=0.05)
    params = train(
        corpus,
        vocabulary.counts,
        options,
        np.random.default_rng(1),
        batch=8,
        on_epoch=lambda epoch, now: seen.append((epoch, now["input"].copy())),
    )
    assert [epoch for epoch, _ in seen] == list(range(1, 13))
    assert np.array_equal(seen[-1][1], params["input"])
    assert {name: (t.shape, t.dtype) for name, t in params.items()} == {
        name: ((8, 6), np.dtype(np.float32)) for name in ("input", "output")
    }
    unit = params["input"] / np.linalg.norm(params["input"], axis=1, keepdims=True)
    cosines = unit @ unit.T
    animal = np.array([word in ("cat", "dog", "cow", "pig") for word in vocabulary.tokens])
    same = animal[:, None] == animal
    assert cosines[same].min() > cosines[~same].max()


def test_an_epoch_of_which_subsampling_leaves_nothing():
    vocabulary, corpus = encode_sentences([["a", "b"]], 1)
    params = train(corpus, vocabulary.counts, Settings(dim=3, sample=1e-12), np.random.default_rng(0))
    assert params["input"].any()
    assert not params["output"].any()


def test_too_long_a_batch_is_noticed():
    """Eight words and a batch of a thousand: every move is made a hundred times over."""
    vocabulary, corpus = encode_sentences(toy(np.random.default_rng(0)), 1)
    with pytest.raises(FloatingPointError, match="training diverged in epoch .; try a smaller batch"):
        train(corpus, vocabulary.counts, Settings(dim=6, sample=1.0, lr=0.5), np.random.default_rng(1), 1000)


def test_training_is_repeatable():
    vocabulary, corpus = encode_sentences(toy(np.random.default_rng(0), 40), 1)

    def run(seed):
        rng = np.random.default_rng(seed)
        return train(corpus, vocabulary.counts, Settings(dim=3, epochs=2), rng)["input"]

    assert np.array_equal(run(0), run(0))
    assert not np.array_equal(run(0), run(1))


def test_a_batch_of_one_pair_is_one_step_down_its_gradient():
    rng = np.random.default_rng(0)
    params = {"input": rng.standard_normal((4, 3)), "output": rng.standard_normal((4, 3))}
    before = {name: table.copy() for name, table in params.items()}
    noise = np.array([0.0, 0.0, 0.0, 1.0])  # every negative is word 3
    contexts, mask = np.array([[2, 1]]), np.array([[True, False]])
    skipgram_step(params, np.array([0]), contexts, mask, noise, 2, 0.1, rng)
    h = before["input"][[0]]
    _, cache = negative_sampling.forward({"output": before["output"]}, h, [2], [[3, 3]])
    dh, *_, dparams = negative_sampling.backward(cache)
    assert apart(params["output"], before["output"] - 0.1 * dparams["output"]) <= PARITY
    assert apart(params["input"][0], before["input"][0] - 0.1 * dh[0]) <= PARITY
    assert np.array_equal(params["input"][1:], before["input"][1:])


def test_the_rate_falls_in_a_straight_line():
    options = Settings(lr=0.5, min_lr=0.1)
    assert [round(options.rate(p), 12) for p in (0, 0.25, 1)] == [0.5, 0.4, 0.1]


@pytest.mark.parametrize(
    ("sentences", "batch", "message"),
    [
        ([["a"], ["b"]], 4, "corpus: expected a sentence of two words or more, got none"),
        ([["a", "b"]], 0, "batch: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(sentences, batch, message):
    vocabulary, corpus = encode_sentences(sentences, 1)
    with pytest.raises(ValueError, match=message):
        train(corpus, vocabulary.counts, Settings(), np.random.default_rng(0), batch)
