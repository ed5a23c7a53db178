"""N-gram counts and models against dictionaries of tuples; the laws that all of them keep."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from comparing import PARITY, apart

from companion import metrics
from companion.reference import kneser_ney as kn
from companion.reference import ngram

V, PAD, BOS, EOS = 8, 0, 1, 2
WORDS = range(3, V)
SEEDS = range(3)


def corpus(seed, sentences=40):
    """Draw sentences from a chain in which one word is much more frequent than the others."""
    rng = np.random.default_rng(seed)
    chain = rng.dirichlet([0.4] * len(WORDS), len(WORDS) + 1)
    drawn = []
    for _ in range(sentences):
        sentence = [3]
        while rng.random() < 0.8:
            sentence.append(int(rng.choice(len(WORDS), p=chain[sentence[-1] - 3])) + 3)
        drawn.append(sentence[rng.integers(0, 2) :])
    return [*drawn, []]


def grams(sentences, order):
    """Count the n-grams that end in a word to be foretold, as tuples."""
    counts = Counter()
    for sentence in sentences:
        tokens = (BOS, *sentence, EOS)
        for end in range(2, len(tokens) + 1):
            counts.update(tokens[end - n : end] for n in range(1, order + 1) if end >= n)
    return counts


def histories(order):
    """List all histories of up to order - 1 words, at a sentence's beginning and inside, seen and unseen."""
    inside = [h for n in range(order) for h in product(WORDS, repeat=n)]
    return [*inside, *((BOS, *h) for h in inside if len(h) < order - 1)]


def counted(sentences, order):
    return ngram.count(sentences, order, V, BOS, EOS, never=[PAD])


def difference(model, p, order):
    got = [model.distribution(list(h)) for h in histories(order)]
    expected = [[float(p(w, h)) for w in range(V)] for h in histories(order)]
    return apart(np.array(got), np.array(expected))


@pytest.mark.parametrize("k", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_frequencies_are_their_definition(seed, order, k):
    sentences = corpus(seed)
    counts = grams(sentences, order)
    model = (
        ngram.add_k(counted(sentences, order), k)
        if k
        else ngram.maximum_likelihood(counted(sentences, order))
    )

    def p(word, history):
        after = {w: counts[(*history, w)] for w in range(2, V)}
        total = sum(after.values()) + k * len(after)
        return (after.get(word, 0) + k * (word in after)) / total if total else (word in after) / len(after)

    assert difference(model, p, order) <= PARITY


def models(sentences, order):
    counts = counted(sentences, order)
    return {
        "maximum likelihood": ngram.maximum_likelihood(counts),
        "add-k": ngram.add_k(counts, 0.3),
        "Kneser-Ney": kn.kneser_ney(counts, [0.5] * order),
        "modified": kn.kneser_ney(counts, [[0.5, 0.9, 1.3]] * order, modified=True),
    }


@pytest.mark.parametrize("name", ["maximum likelihood", "add-k", "Kneser-Ney", "modified"])
@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities_sum_to_one_after_every_history(seed, order, name):
    model = models(corpus(seed), order)[name]
    for history in [*histories(4), (7, 7, 7, 7, 7), (EOS,), (3, EOS), (BOS, 3, 3, 3, 3, 3)]:
        p = model.distribution(list(history))
        assert abs(p.sum() - 1) < 1e-12
        assert (p >= 0).all()
        assert p[PAD] == p[BOS] == 0
        if name != "maximum likelihood":
            assert (p[EOS:] > 0).all()


@pytest.mark.parametrize("name", ["maximum likelihood", "add-k", "Kneser-Ney", "modified"])
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_log_probs_are_the_distributions(order, name):
    """Score sentences, seen and unseen, token by token out of the distributions."""
    model = models(corpus(0), order)[name]
    sentences = corpus(0)[:5] + corpus(9, 10) + [[7, 7, 7], []]
    expected = [
        model.distribution([BOS, *sentence[:i]])[token]
        for sentence in sentences
        for i, token in enumerate([*sentence, EOS])
    ]
    got = np.exp(model.log_probs(sentences))
    assert apart(got, expected) <= PARITY
    assert len(got) == sum(len(s) + 1 for s in sentences)


def test_what_never_occurred_is_impossible_for_frequencies_alone():
    sentences = corpus(1)
    perplexity = {
        name: metrics.perplexity(-lp.sum(), lp.size)
        for name, model in models(sentences, 3).items()
        if (lp := model.log_probs([[7, 6, 7, 4]])).size
    }
    assert perplexity.pop("maximum likelihood") == np.inf
    assert all(np.isfinite(value) for value in perplexity.values())


def test_kneser_ney_foretells_best():
    """Train and test on different sentences of one chain: smoothing by the number of ways wins."""
    train, test = corpus(5, 300), corpus(5, 900)[300:]
    counts = counted(train, 3)
    cost = {
        name: -model.log_probs(test).mean()
        for name, model in (
            ("1-grams", ngram.add_k(counted(train, 1), 1.0)),
            ("add one", ngram.add_k(counts, 1.0)),
            ("Kneser-Ney", kn.kneser_ney(counts, [0.5, 0.7, 0.7])),
        )
    }
    assert cost["Kneser-Ney"] < cost["add one"] < cost["1-grams"]


COUNTS = ngram.count([[3, 4]], 2, V, BOS, EOS)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: ngram.count([[3]], 0, V, BOS, EOS), ValueError, "order: expected at least 1, got 0"),
        (lambda: ngram.count([], 2, V, BOS, EOS), ValueError, "sentences: expected at least one, got none"),
        (lambda: ngram.count([[3], [V]], 2, V, BOS, EOS), ValueError, "sentences: expected 0..7, got 8 at 4"),
        (
            lambda: ngram.count([[3, BOS]], 2, V, BOS, EOS),
            ValueError,
            "sentences: expected no marks of beginning and end inside, got one",
        ),
        (
            lambda: ngram.count([[0]], 2, V, BOS, EOS, [0]),
            ValueError,
            "sentences: expected no [0, 1] inside, got one",
        ),
        (
            lambda: ngram.count([[3.0]], 2, V, BOS, EOS),
            TypeError,
            "sentences[0]: expected integers, got float64 (1,)",
        ),
        (lambda: ngram.count([[3]], 2, V, BOS, 9), ValueError, "bos, eos, never: expected 0..7, got 9 at 1"),
        (lambda: ngram.add_k(COUNTS, 0.0), ValueError, "k: expected a finite number above 0, got 0.0"),
        (
            lambda: ngram.add_k(COUNTS).distribution([9]),
            ValueError,
            "history: expected 0..7, got 9 at 0",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
