"""fastText against autograd, differences and word2vec, its special case; a step by loops; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, apart, caught, tensor
from torch.nn import functional as F

from companion.reference import fasttext, fasttext_training
from companion.reference.gradcheck import check
from companion.reference.subwords import Subwords, subwords, to_vectors
from companion.reference.word2vec import skipgram
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.pairs import context_windows
from companion.reference.word2vec.settings import Settings
from companion.vectors import Settings as FileSettings

SEEDS = range(4)
V, B, D, N, K = 6, 5, 4, 7, 3  # few buckets: words share rows, and some have the same row twice
WORDS = ["cat", "cats", "banana", "a", "ban", "catban"]
PIECES = subwords(WORDS, 2, 3, B)


def drawn(seed):
    rng = np.random.default_rng(seed)
    params = {"input": rng.standard_normal((V + B, D)), "output": rng.standard_normal((V, D))}
    centres, contexts = rng.integers(0, V, (2, N))
    centres[0] = centres[1]
    return params, centres, contexts, rng.integers(0, V, (N, K)), rng.random((N, K)) < 0.7, rng


def by_autograd(params, centres, contexts, negatives, mask):
    """Average row by row, and let autograd find the gradients."""
    p = {name: tensor(value, grad=True) for name, value in params.items()}
    bags = [PIECES.rows[PIECES.offsets[c] : PIECES.offsets[c + 1]].tolist() for c in centres]
    h = torch.stack([sum(p["input"][row] for row in bag) / len(bag) for bag in bags])  # (N, D)
    right = (h * p["output"][tensor(contexts)]).sum(1)
    wrong = (h[:, None] * p["output"][tensor(negatives)]).sum(2)
    loss = (-F.logsigmoid(right) - (F.logsigmoid(-wrong) * tensor(mask)).sum(1)).mean()
    loss.backward()
    return h, loss, {name: value.grad for name, value in p.items()}


def parity(forward, backward, seed):
    params, *inputs, mask, _ = drawn(seed)
    loss, cache = forward(params, *inputs, PIECES, mask)
    *names, grads = backward(cache)
    assert names == [None] * 3
    _, expected, theirs = by_autograd(params, *inputs, mask)
    return max(apart(loss, expected), *(apart(grads[name], theirs[name]) for name in params))


def difference(forward, backward, seed):
    params, *inputs, mask, rng = drawn(seed)
    return check(partial(forward, pieces=PIECES, mask=mask), backward, params, *inputs, rng=rng).error


@pytest.mark.equation("eq-fasttext-vector")
@pytest.mark.equation("eq-fasttext-grad")
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_autograd(seed, measure):
    params, *inputs, mask, _ = drawn(seed)
    h = by_autograd(params, *inputs, mask)[0]
    measure("eq-fasttext-vector", apart(fasttext.word_vectors(params, PIECES, inputs[0])[0], h), PARITY)
    measure("eq-fasttext-grad", parity(fasttext.forward, fasttext.backward, seed), PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_against_differences(seed):
    assert difference(fasttext.forward, fasttext.backward, seed) <= GRADCHECK
    params, ids, *_, rng = drawn(seed)

    def vectors_of(params, ids):
        return fasttext.word_vectors(params, PIECES, ids)

    table = {"input": params["input"]}
    assert check(vectors_of, fasttext.word_vectors_backward, table, ids, rng=rng).error <= GRADCHECK


@pytest.mark.parametrize("seed", SEEDS)
def test_without_ngrams_it_is_word2vec(seed):
    params, *inputs, mask, _ = drawn(seed)
    params["input"] = params["input"][:V]
    loss, cache = fasttext.forward(params, *inputs, subwords(WORDS, 3, 0, 0), mask)
    expected, expected_cache = skipgram.forward(params, *inputs, mask)
    assert apart(loss, expected) <= PARITY
    ours, theirs = fasttext.backward(cache)[-1], skipgram.backward(expected_cache)[-1]
    assert max(apart(ours[name], theirs[name]) for name in params) <= PARITY


def test_no_words_have_no_vectors():
    params = drawn(0)[0]
    vectors, cache = fasttext.word_vectors(params, PIECES, np.empty(0, int))
    assert vectors.shape == (0, D)
    assert not fasttext.word_vectors_backward(cache, vectors)[1]["input"].any()


def changed_mean(scale):
    """Make a backward pass with the mean's cache changed."""

    def backward(cache, dloss=1.0):
        return fasttext.backward(cache._replace(mean=scale(*cache.mean)), dloss)

    return backward


def own_row_alone(rows, lengths, size):
    return rows[np.cumsum(lengths) - lengths], np.ones_like(lengths), size


def one_row_more(rows, lengths, size):
    return np.minimum(rows + 1, size - 1), lengths, size


def whole_gradient_to_each(cache, dloss=1.0):
    """Forget the mean's 1/n: right for a step of the original, wrong for a derivative."""
    rows, lengths, _ = cache.mean
    *names, grads = fasttext.backward(cache, dloss)
    dh = fasttext.negative_sampling.backward(cache.layer, dloss)[0]
    grads["input"] = np.zeros_like(grads["input"])
    np.add.at(grads["input"], rows, np.repeat(dh, lengths, axis=0))
    return *names, grads


def repeated_rows_overwritten(cache, dloss=1.0):
    rows, lengths, _ = cache.mean
    *names, grads = fasttext.backward(cache, dloss)
    dh = fasttext.negative_sampling.backward(cache.layer, dloss)[0] / lengths[:, None]
    grads["input"] = np.zeros_like(grads["input"])
    grads["input"][rows] += np.repeat(dh, lengths, axis=0)
    return *names, grads


@pytest.mark.parametrize(
    "mutant",
    [
        changed_mean(own_row_alone),
        changed_mean(one_row_more),
        whole_gradient_to_each,
        repeated_rows_overwritten,
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(mutant, seed):
    assert caught(lambda: parity(fasttext.forward, mutant, seed))
    assert caught(lambda: difference(fasttext.forward, mutant, seed))


def sum_of_rows(params, *inputs):
    loss, cache = fasttext.forward({**params, "input": 9 * params["input"]}, *inputs)
    return loss, cache


def each_row_once(params, centres, contexts, negatives, pieces, mask):
    bags = [list(dict.fromkeys(bag)) for bag in np.split(pieces.rows, pieces.offsets[1:-1])]
    ends = np.cumsum([0, *map(len, bags)])
    once = Subwords(np.concatenate(bags).astype(int), ends, pieces.size)
    return fasttext.forward(params, centres, contexts, negatives, once, mask)


@pytest.mark.parametrize("mutant", [sum_of_rows, each_row_once])
def test_mistakes_in_the_mean_are_caught(mutant):
    assert all(caught(lambda s=s: parity(mutant, fasttext.backward, s)) for s in SEEDS)


def test_a_step_gives_each_row_the_whole_gradient():
    params, *_, rng = drawn(0)
    words = rng.integers(0, V, 8)
    contexts, mask = context_windows(words, 2, 2, [0, 5, 8])
    negatives = rng.integers(0, V, (int(mask.sum()), K))
    expected = {name: table.copy() for name, table in params.items()}
    pair = 0
    for t in range(8):
        rows = PIECES.rows[PIECES.offsets[words[t]] : PIECES.offsets[words[t] + 1]]
        h = params["input"][rows].mean(axis=0)
        for context in contexts[t][mask[t]]:
            wrong = [n for n in negatives[pair] if n != context]
            for word, label in [(context, 1), *((n, 0) for n in wrong)]:
                slope = 1 / (1 + np.exp(-params["output"][word] @ h)) - label
                expected["output"][word] -= 0.1 * slope * h
                for row in rows:
                    expected["input"][row] -= 0.1 * slope * params["output"][word]
            pair += 1
    fasttext_training.step(params, words, contexts, mask, negatives, PIECES, 0.1)
    assert max(apart(params[name], expected[name]) for name in params) <= PARITY


SENTENCES = [f"the {a} cat{e} {b} sleeping".split() for a in "xyz" for b in ("is", "was") for e in ("", "s")]


def test_training_repeats_and_a_misspelt_word_is_near_the_right_one():
    words, corpus = encode_sentences(SENTENCES * 8 + [["a", "banana", "split"]] * 40, 1)
    pieces = subwords(words.tokens, 3, 4, 50)
    settings = Settings(dim=8, window=3, epochs=6, lr=0.1, sample=1.0)

    def run():
        seen = []
        params = fasttext_training.train(
            corpus,
            np.array(words.counts),
            pieces,
            settings,
            np.random.default_rng(0),
            20,
            lambda epoch, params: seen.append((epoch, params["input"].copy())),
        )
        return params, seen

    (params, seen), (again, _) = run(), run()
    assert [epoch for epoch, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert np.array_equal(seen[-1][1], params["input"])
    assert all(np.array_equal(params[name], again[name]) for name in params)
    assert {table.dtype for table in params.values()} == {np.dtype(np.float32)}
    model = to_vectors(params, words.tokens, FileSettings(dim=8, bucket=50, minn=3, maxn=4))
    assert model.vectors().nearest(model["bannana"], 1)[0][0] == "banana"


def test_init_is_uniform():
    params = fasttext.init(subwords(WORDS, buckets=3000), 20, np.random.default_rng(0), np.float32)
    assert 0.049 < np.abs(params["input"]).max() <= 0.05
    assert params["input"].dtype == params["output"].dtype == np.float32
    assert params["output"].shape == (V, 20)
    assert not params["output"].any()


P, CORPUS = drawn(0)[0], encode_sentences([WORDS, WORDS[:3]], 1)[1]
COUNTS = np.ones(V, int)


def train(**changes):
    given = {"corpus": CORPUS, "counts": COUNTS, "pieces": PIECES, "settings": Settings(dim=2), **changes}
    return fasttext_training.train(rng=np.random.default_rng(0), **given)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: fasttext.init(PIECES, 0, np.random.default_rng(0)), ValueError,
         "expected tables of at least (1, 1), got (11, 0)"),
        (lambda: fasttext.word_vectors(P, PIECES, [6]), ValueError, "ids: expected 0..5, got 6 at 0"),
        (lambda: fasttext.word_vectors(P, PIECES, [0.5]), TypeError,
         "ids: expected integers, got float64 (1,)"),
        (lambda: fasttext.word_vectors(P, subwords(WORDS, buckets=9), [0]), ValueError,
         "input: expected (15, D), got (11, 4)"),
        (lambda: fasttext.forward({}, [0], [1], [[2]], PIECES), ValueError,
         "params: expected the keys ['input', 'output'], got []"),
        (lambda: fasttext.forward(P, [0], [1, 2], [[2]], PIECES), ValueError,
         "targets: expected (1,), got (2,)"),
        (lambda: train(batch=0), ValueError, "batch: expected at least 1, got 0"),
        (lambda: train(counts=COUNTS[1:]), ValueError, "counts: expected (6,), got (5,)"),
        (lambda: train(settings=Settings(model="cbow")), ValueError,
         "settings.model: expected \"skipgram\", got 'cbow'"),
        (lambda: train(corpus=encode_sentences([["a"], ["b"]], 1)[1]), ValueError,
         "corpus: expected a sentence of two words or more, got none"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
