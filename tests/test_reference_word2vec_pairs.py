"""Windows, subsampling and noise against their definitions and against gensim; and mutants."""

import math
from fractions import Fraction

import numpy as np
import pytest
from comparing import PARITY, apart
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from companion.reference.word2vec import noise, pairs, subsampling
from companion.reference.word2vec.corpus import encode_sentences


def listed(sentences, before, after, reach=None):
    """Write the pairs of all sentences down as the definition says, word by word."""
    found, word = [], 0
    for sentence in sentences:
        for t, centre in enumerate(sentence):
            far = math.inf if reach is None else reach[word]
            word += 1
            for other, context in enumerate(sentence):
                near = -min(before, far) <= other - t <= min(after, far)
                if near and other != t:
                    found.append((int(centre), int(context)))
    return found


def joined(sentences):
    ids = np.concatenate([np.array(s, dtype=np.int64) for s in sentences])
    return ids, np.concatenate([[0], np.cumsum([len(s) for s in sentences])])


def drawn(seed):
    rng = np.random.default_rng(seed)
    sentences = [rng.integers(0, 50, n) for n in (0, 7, 1, 12, 2, 0, 5)]
    return (*joined(sentences), sentences, rng)


def wrong_pairs(pairs_of, seed, before, after):
    """Count the pairs that are missing or too many."""
    ids, offsets, sentences, rng = drawn(seed)
    reach = rng.integers(1, 4, len(ids))
    wrong = 0
    for far in (None, reach):
        ours = list(zip(*(a.tolist() for a in pairs_of(ids, before, after, offsets, far)), strict=True))
        expected = listed(sentences, before, after, far)
        wrong += len(set(ours) ^ set(expected)) + abs(len(ours) - len(expected)) + (ours != expected)
    return wrong


WINDOWS = [(4, 0), (4, 4), (1, 0), (2, 3), (0, 1), (20, 20)]


@pytest.mark.equation("eq-context-pairs")
@pytest.mark.parametrize(("before", "after"), WINDOWS)
@pytest.mark.parametrize("seed", range(3))
def test_pairs_are_those_of_the_definition(seed, before, after, measure):
    measure("eq-context-pairs", wrong_pairs(pairs.context_pairs, seed, before, after), 0)


def test_the_lectures_choices_of_context():
    text = "I want a glass of orange juice to go along with my cereal ."
    sentence = text.split()
    ids, place = np.arange(len(sentence)), sentence.index("juice")

    def context(before, after):
        contexts, mask = pairs.context_windows(ids, before, after)
        return [sentence[i] for i in contexts[place][mask[place]]]

    assert context(4, 0) == ["a", "glass", "of", "orange"]
    assert context(4, 4) == ["a", "glass", "of", "orange", "to", "go", "along", "with"]
    assert context(1, 0) == ["orange"]
    centres, nearby = pairs.one_nearby(ids, 5, np.random.default_rng(1))
    assert len(centres) == len(sentence)
    assert 1 <= np.abs(centres - nearby).min() <= np.abs(centres - nearby).max() <= 5


@settings(max_examples=60, deadline=None)
@given(
    st.lists(npst.arrays(np.int64, st.integers(0, 8), elements=st.integers(0, 9)), min_size=1, max_size=4),
    st.integers(1, 6),
)
def test_context_is_mutual(sentences, window):
    """If o is in the window of c, c is in that of o: as many pairs (a, b) as (b, a)."""
    ids, offsets = joined(sentences)
    centres, contexts = pairs.context_pairs(ids, window, window, offsets)
    there, back = np.zeros((10, 10), int), np.zeros((10, 10), int)
    np.add.at(there, (centres, contexts), 1)
    np.add.at(back, (contexts, centres), 1)
    assert np.array_equal(there, back)
    assert len(centres) == sum(
        min(window, n - 1 - t) + min(window, t) for n in map(len, sentences) for t in range(n)
    )


def test_nearer_words_are_drawn_more_often():
    ids = np.arange(200_000)
    reach = pairs.draw_reach(len(ids), 5, np.random.default_rng(0))
    centres, contexts = pairs.context_pairs(ids, 5, 5, reach=reach)
    shares = np.bincount(np.abs(contexts - centres))[1:] / (2 * len(ids))
    assert np.abs(shares - np.array([5, 4, 3, 2, 1]) / 5).max() < 5 * 0.5 / math.sqrt(len(ids))


def test_one_nearby_is_uniform_over_the_window():
    ids = np.tile(np.arange(5), 20_000)
    offsets = np.arange(0, len(ids) + 1, 5)
    centres, nearby = pairs.one_nearby(ids, 2, np.random.default_rng(0), offsets)
    counts = np.zeros((5, 5))
    np.add.at(counts, (centres, nearby), 1)
    distance = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    allowed = (distance <= 2) & (distance > 0)
    assert np.abs(counts / 20_000 - allowed / allowed.sum(axis=1, keepdims=True)).max() < 0.02


def keep_error(keep_probability, counts, sample):
    """Compare with the formula of word2vec.c, in exact fractions but for the root."""
    total = sum(counts)
    expected = []
    for count in counts:
        odds = float(Fraction(count, total)) / sample
        expected.append(min(1.0, (math.sqrt(odds) + 1) / odds))
    return apart(keep_probability(np.array(counts), sample), expected)


@pytest.mark.equation("eq-subsampling")
@pytest.mark.parametrize("sample", [1e-1, 1e-3, 1e-5])
def test_keep_probability_is_word2vecs(sample, measure):
    measure("eq-subsampling", keep_error(subsampling.keep_probability, [6000, 900, 30, 5, 1], sample), 1e-12)


@pytest.fixture(scope="module")
def gensim_model():
    from gensim.models import Word2Vec

    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in rng.zipf(1.4, 20_000) if i < 400]
    sentences = [words[i : i + 17] for i in range(0, len(words), 17)]
    model = Word2Vec(min_count=3, sample=1e-3, vector_size=2)
    model.build_vocab(sentences)
    return model, *encode_sentences(sentences, 3)


def test_keep_probability_is_gensims(gensim_model):
    model, vocabulary, _ = gensim_model
    ours = subsampling.keep_probability(vocabulary.counts, 1e-3)
    theirs = [model.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in vocabulary.tokens]
    assert apart(ours, theirs) < 1e-9  # theirs are rounded to 32 bits


def test_noise_is_gensims(gensim_model):
    model, vocabulary, _ = gensim_model
    shares = np.diff(model.cum_table, prepend=0) / model.cum_table[-1]
    theirs = [shares[model.wv.key_to_index[word]] for word in vocabulary.tokens]
    assert apart(noise.noise_distribution(vocabulary.counts), theirs) < 1e-8  # rounded to 31 bits


def test_the_same_words_are_kept_as_by_gensim(gensim_model):
    model, vocabulary, corpus = gensim_model
    assert set(model.wv.index_to_key) == set(vocabulary.tokens)
    assert model.corpus_total_words > len(corpus.ids) == sum(vocabulary.counts)


def test_subsampling_keeps_what_it_says():
    rng = np.random.default_rng(0)
    ids, offsets = joined([rng.integers(0, 4, 1000) for _ in range(100)])
    keep = np.array([0.9, 0.5, 0.05, 1.0])
    kept, ends = subsampling.subsample(ids, offsets, keep, rng)
    assert np.abs(np.bincount(kept) / np.bincount(ids) - keep).max() < 0.02
    assert np.diff(ends).sum() == len(kept)
    lots = rng.random(len(ids)) < 0.5
    kept, ends = subsampling.keep_only(ids, offsets, lots)
    for s in range(100):
        here = slice(offsets[s], offsets[s + 1])
        assert np.array_equal(kept[ends[s] : ends[s + 1]], ids[here][lots[here]])


def noise_error(distribution):
    weights = [count**0.75 for count in (625, 256, 81, 16, 1)]  # 125, 64, 27, 8, 1
    return apart(distribution(np.array([625, 256, 81, 16, 1])), np.array(weights) / 225)


@pytest.mark.equation("eq-noise")
def test_noise_distribution(measure):
    measure("eq-noise", noise_error(noise.noise_distribution), PARITY)


def test_drawn_noise_has_the_distribution():
    q = noise.noise_distribution([1000, 100, 10, 1])
    drawn_ids = noise.draw_noise(q, (400, 500), np.random.default_rng(0))
    shares = np.bincount(drawn_ids.ravel(), minlength=4) / drawn_ids.size
    assert np.abs(shares - q).max() < 5 * 0.5 / math.sqrt(drawn_ids.size)


def test_a_draw_at_the_very_end_has_a_word():
    class Last:
        def random(self, shape):
            return np.full(shape, np.nextafter(1, 0))

    q = np.full(10, 0.1)
    q[-1] = 0
    q /= q.sum()
    assert noise.draw_noise(q, 3, Last()).tolist() == [8, 8, 8]


def off_by_one(ids, before, after, offsets, reach):
    return pairs.context_pairs(ids, max(before - 1, 0), after + (before == 0), offsets, reach)


def one_sided(ids, before, after, offsets, reach):
    return pairs.context_pairs(ids, before + after, 0, offsets, reach)


def across_sentences(ids, before, after, offsets, reach):
    return pairs.context_pairs(ids, before, after, None, reach)


def itself_too(ids, before, after, offsets, reach):
    centres, contexts = pairs.context_pairs(ids, before, after, offsets, reach)
    return np.append(centres, ids[0]), np.append(contexts, ids[0])


@pytest.mark.parametrize("mutant", [off_by_one, one_sided, across_sentences, itself_too])
@pytest.mark.parametrize("seed", range(3))
def test_mistaken_windows_are_caught(mutant, seed):
    assert wrong_pairs(mutant, seed, 2, 3) > 0


def test_other_mistakes_are_caught():
    def inverted(counts, sample):
        return 1 - subsampling.keep_probability(counts, sample)

    def paper(counts, sample):
        return np.minimum(1, np.sqrt(sample * counts.sum() / counts))

    def frequent_kept(counts, sample):
        return np.minimum(1, counts / counts.sum() / sample)

    for mutant in (inverted, paper, frequent_kept):
        assert keep_error(mutant, [6000, 900, 30, 5, 1], 1e-3) > 1e-3
    for power in (1.0, 0.0, 4 / 3):
        assert noise_error(lambda counts, power=power: noise.noise_distribution(counts, power)) > 1e-3
