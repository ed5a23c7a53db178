"""Interpolated Kneser-Ney against its definition in fractions, nltk and a hand calculation; and mutants."""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from comparing import PARITY, apart, caught
from nltk.lm import KneserNeyInterpolated
from test_ngram import BOS, EOS, PAD, SEEDS, WORDS, V, corpus, counted, difference, grams, histories

from companion.reference import kneser_ney as kn
from companion.reference import ngram

ONE = [Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
THREE = [
    [Fraction(1, 4), Fraction(1, 2), Fraction(5, 4)],
    [Fraction(1, 2), 1, Fraction(3, 2)],
    [Fraction(3, 4), Fraction(5, 4), 2],
]


def by_definition(sentences, order, discount):
    """Return p(w | h) of interpolated Kneser-Ney out of dictionaries; ``discount(n, count)`` is D."""
    plain = grams(sentences, order)
    ways = defaultdict(set)
    for gram in plain:
        ways[gram[1:]].add(gram[0])
    adjusted = {
        gram: count if len(gram) == order or gram[0] == BOS else len(ways[gram])
        for gram, count in plain.items()
    }

    def p(word, history):
        history = history[max(0, len(history) - order + 1) :]
        after = {gram[-1]: a for gram, a in adjusted.items() if gram[:-1] == history}
        shorter = p(word, history[1:]) if history else Fraction(word not in (PAD, BOS), V - 2)
        if not after:
            return shorter
        taken = {w: discount(len(history) + 1, a) for w, a in after.items()}
        total = sum(after.values())
        own = max(after[word] - taken[word], 0) if word in after else 0
        return Fraction(own) / total + Fraction(sum(taken.values())) / total * shorter

    return p


@pytest.mark.equation("eq-kneser-ney")
@pytest.mark.parametrize("modified", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_kneser_ney_is_its_definition(seed, order, modified, measure):
    sentences = corpus(seed)
    given = [[float(d) for d in row] for row in THREE] if modified else [float(d) for d in ONE]
    p = by_definition(
        sentences,
        order,
        (lambda n, a: THREE[n - 1][min(a, 3) - 1]) if modified else (lambda n, a: ONE[n - 1]),
    )
    model = kn.kneser_ney(counted(sentences, order), given[:order], modified)
    measure("eq-kneser-ney", difference(model, p, order), PARITY)


@pytest.mark.equation("eq-kneser-ney")
@pytest.mark.parametrize("order", [2, 3])
def test_kneser_ney_agrees_with_nltk(order, measure):
    """Compare inside sentences, where the definitions agree: nltk has no uniform part and no plain counts."""
    sentences = corpus(3, 25)
    peer = KneserNeyInterpolated(order, discount=0.6)
    tuples = [tuple(map(str, gram)) for gram in grams(sentences, order).elements()]
    peer.fit([tuples], vocabulary_text=map(str, range(V)))
    model = kn.kneser_ney(counted(sentences, order), [0.0] + [0.6] * (order - 1))
    inside = [h for h in histories(order) if BOS not in h]
    expected = [[peer.score(str(w), tuple(map(str, h))) for w in (EOS, *WORDS)] for h in inside]
    got = [model.distribution(list(h))[EOS:] for h in inside]
    measure("eq-kneser-ney", apart(np.array(got), np.array(expected)), PARITY)


@pytest.mark.equation("eq-kneser-ney")
def test_by_hand(measure):
    """Compute by hand: San (3) Francisco (4), San Francisco, cat (5), the (6) cat; and 7, which never occurs.

    The pairs are bos-San, San-Francisco, Francisco-eos, bos-cat, cat-eos, bos-the and the-cat, 7 kinds: one
    way to San, to Francisco and to the, two to cat and to the end.
    """
    sentences = [[3, 4], [3, 4], [5], [6, 5]]
    model = kn.kneser_ney(counted(sentences, 2), [0.0, 0.5])
    lower = np.array([0, 0, 2, 1, 1, 2, 1, 0]) / 7
    after_san = np.array([0, 0, 0, 0, 1.5, 0, 0, 0]) / 2 + 0.5 / 2 * lower
    at_the_beginning = np.array([0, 0, 0, 1.5, 0, 0.5, 0.5, 0]) / 4 + 3 * 0.5 / 4 * lower
    errors = [
        apart(model.distribution([3]), after_san),
        apart(model.distribution([BOS]), at_the_beginning),
        apart(model.distribution([7]), lower),
    ]
    measure("eq-kneser-ney", max(errors), 1e-15)


def test_estimated_discounts():
    """Take n_1 = 8, n_2 = 4, n_3 = 2, n_4 = 1: Y is a half, and D is 1/2, 5/4, 2."""
    counts = np.array([0] * 9 + [1] * 8 + [2] * 4 + [3] * 2 + [4] + [9] * 7)
    assert kn.estimate_discounts(counts).tolist() == [0, 0.5, 0.5, 0.5]
    assert kn.estimate_discounts(counts, modified=True).tolist() == [0, 0.5, 1.25, 2.0]
    assert kn.estimate_discounts(np.array([2, 3, 5])).tolist() == [0, 0, 0, 0]
    assert kn.estimate_discounts(np.array([3, 5])).tolist() == [0, 0, 0, 0]
    with pytest.raises(ValueError, match=r"^discounts: expected n-grams seen 1 and 2 and 3 and 4 times"):
        kn.estimate_discounts(np.array([2, 3, 5]), modified=True)
    words = np.minimum(2 + np.random.default_rng(0).zipf(1.5, (600, 6)), 599)  # as frequent as words are
    counts = ngram.count(words, 2, 600, BOS, EOS, [PAD])
    for modified in (False, True):
        table = [kn.estimate_discounts(a, modified)[1:] for a in kn.continuation_counts(counts)]
        given = table if modified else [d[0] for d in table]
        one = kn.kneser_ney(counts, given, modified)
        assert np.array_equal(one.distribution([5]), kn.kneser_ney(counts, None, modified).distribution([5]))


def plain_counts(sentences, order):
    """Discount the plain counts at every length: absolute discounting, not Kneser-Ney."""
    counts = counted(sentences, order)
    tables = [table._replace(begins=np.ones_like(table.begins)) for table in counts.tables]
    return kn.kneser_ney(counts._replace(tables=tables), [0.25, 0.5, 0.75][:order])


def no_plain_counts_at_the_beginning(sentences, order):
    counts = counted(sentences, order)
    tables = [table._replace(begins=np.zeros_like(table.begins)) for table in counts.tables]
    return kn.kneser_ney(counts._replace(tables=tables), [0.25, 0.5, 0.75][:order])


def discounts_reversed(sentences, order):
    return kn.kneser_ney(counted(sentences, order), [0.25, 0.5, 0.75][:order][::-1])


def beginning_is_a_word(sentences, order):
    return kn.kneser_ney(ngram.count(sentences, order, V, BOS, EOS), [0.25, 0.5, 0.75][:order])


def sentences_run_together(sentences, order):
    return kn.kneser_ney(counted([sum(sentences, [])], order), [0.25, 0.5, 0.75][:order])


@pytest.mark.parametrize(
    "mutant",
    [
        plain_counts,
        no_plain_counts_at_the_beginning,
        discounts_reversed,
        beginning_is_a_word,
        sentences_run_together,
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mutant, seed):
    p = by_definition(corpus(seed), 3, lambda n, a: ONE[n - 1])
    assert caught(lambda: difference(mutant(corpus(seed), 3), p, 3))


COUNTS = ngram.count([[3, 4]], 2, V, BOS, EOS)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: kn.kneser_ney(COUNTS, [0.5]),
            ValueError,
            "discounts: expected one for each of 2 orders, got 1",
        ),
        (
            lambda: kn.kneser_ney(COUNTS, [0.5, 1.5]),
            ValueError,
            "discounts[1]: expected one in [0, 1.0], got 1.5",
        ),
        (
            lambda: kn.kneser_ney(COUNTS, [[0.5, 1.0], [0.5, 1.0]], modified=True),
            ValueError,
            "discounts[0]: expected three in [0, [1.0, 2.0, 3.0]], got [0.5, 1.0]",
        ),
        (
            lambda: kn.kneser_ney(COUNTS),
            ValueError,
            "discounts: expected n-grams seen 2 times to estimate them from, got [0] of these; "
            "give the discounts",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
