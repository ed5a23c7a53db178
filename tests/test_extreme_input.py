"""What lies at the edges: gradients that float32 cannot square, texts of one sentence, no probabilities."""

import math

import numpy as np
import pytest
import torch

from companion import metrics
from companion.reference import (
    batching,
    fasttext_training,
    glove,
    keras_weights,
    kneser_ney,
    lm,
    ngram,
    optim,
    rnn,
    rnn_algebra,
    sampling,
    scheduled_sampling,
    training,
    truncated,
)
from companion.reference.cooccurrence import cooccurrences
from companion.reference.subwords import subwords
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.settings import Settings
from companion.torch import fasttext_training as torch_fasttext_training
from companion.torch import logit_filters
from companion.torch import sampling as torch_sampling
from companion.torch import training as torch_training
from companion.torch.lm import LM
from companion.vectors import Vectors, association

ENTRIES = cooccurrences([[0, 1, 0], [1, 2]], window=4)
BATCH = np.ones((1, 3))


def exploded(model, factor, carry):
    return (model.weight * factor).sum(), carry


@pytest.mark.parametrize("factor", [1e20, 1e30, 1e37])
def test_a_gradient_whose_square_float32_cannot_hold_is_clipped(factor):
    model = torch.nn.Linear(3, 1, bias=False)
    before = model.weight.detach().clone()
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    history = torch_training.train(model, exploded, [factor], optimiser, max_norm=1.0)
    assert history.norm == [pytest.approx(factor * math.sqrt(3), rel=1e-6)]
    step = before - model.weight.detach()
    np.testing.assert_allclose(step.numpy(), np.full((1, 3), 1 / math.sqrt(3)), rtol=1e-5)


def test_what_is_not_finite_is_told_in_half_precision_too():
    model = torch.nn.Linear(3, 1, bias=False, dtype=torch.bfloat16)
    optimiser = torch.optim.SGD(model.parameters(), lr=1.0)
    with pytest.raises(training.Diverged, match="step 1: the loss is nan"):
        torch_training.train(model, exploded, [math.nan], optimiser)


def test_the_longest_gradient_is_checked_before_the_first_batch():
    with pytest.raises(ValueError, match="max_norm: expected a number above 0, got 0"):
        training.train({}, lambda *_: (0.0, {}, None), [], optim.sgd(0.1), max_norm=0)


@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([-0.5, 1.5], "p: expected probabilities, got -0.5 to 1.5"),
        ([math.inf, 1.0], "p: expected probabilities, got 1.0 to inf"),
        ([math.nan, 1.0], "p: expected probabilities, got nan to nan"),
        ([], r"p: expected a token to draw, got \(0,\)"),
    ],
)
def test_only_from_probabilities_is_drawn(p, message):
    with pytest.raises(ValueError, match=message):
        sampling.draw(np.array(p, np.float64), np.array(0.5))
    with pytest.raises(ValueError, match=message):
        torch_sampling.draw(torch.tensor(p, dtype=torch.float64), torch.tensor(0.5))


def test_less_than_no_step_is_no_text():
    with pytest.raises(ValueError, match="num_steps: expected at least 0, got -1"):
        sampling.generate(lambda ids, state: (BATCH, state), [0], None, -1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="num_steps: expected at least 0, got -1"):
        torch_sampling.generate(lambda ids, state: (ids, state), torch.tensor([0]), None, -1)


@pytest.mark.parametrize("sentences", [[[2]], [[]], [[2, 3]]])
def test_n_grams_longer_than_every_sentence(sentences):
    counts = ngram.count(sentences, 9, 4, bos=0, eos=1)
    short = ngram.count(sentences, 4, 4, bos=0, eos=1)
    for make in (ngram.maximum_likelihood, ngram.add_k):
        long, right = (
            make(counts).log_probs([[2], [], [2, 3, 3]]),
            make(short).log_probs([[2], [], [2, 3, 3]]),
        )
        assert len(long) == len(right) == 7
        np.testing.assert_array_equal(long[:3], right[:3])
    model = kneser_ney.kneser_ney(counts, [0.5] * 9)
    assert model.distribution([0] + [2] * 20).sum() == pytest.approx(1)
    assert np.isfinite(model.log_probs([[2] * 20])).all()


def test_infinitely_many_additional_counts():
    counts = ngram.count([[2]], 2, 3, bos=0, eos=1)
    with pytest.raises(ValueError, match="k: expected a finite number above 0, got inf"):
        ngram.add_k(counts, math.inf)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scheduled_sampling.linear_decay([0, 1], math.inf), "slope: expected a finite number"),
        (lambda: scheduled_sampling.inverse_sigmoid_decay([0, 1], math.inf), "k: expected a finite number"),
        (lambda: scheduled_sampling.linear_decay([math.inf], 0.0), "i: expected steps from 0 on, got inf"),
        (lambda: batching.text_epochs(range(9), 2, 3, 0), "epochs: expected at least 1, got 0"),
    ],
)
def test_constants_out_of_range(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_tokens_are_not_the_text_they_stand_for():
    with pytest.raises(TypeError, match="text: expected a string or bytes, got list"):
        metrics.bits_per_byte(10.0, ["two", "words"])


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([0, 0, 1, 2, 3], r"orders\[0\]: expected every pair once, got one twice"),
        ([1, 2, 3, 4, 5], r"orders\[0\]: expected 0..4, got 5 at 4"),
        ([[0, 1, 2, 3, 4]], r"orders\[0\]: expected \(5,\), got \(1, 5\)"),
    ],
)
def test_an_order_is_a_permutation(order, message):
    params = glove.init(3, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        glove.train(params, ENTRIES, epochs=1, orders=[np.array(order)])


def test_a_state_of_another_shape_is_not_stretched():
    params = {"w": np.ones(3)}
    with pytest.raises(ValueError, match=r"velocity\['w'\]: expected \(3,\), got \(1,\)"):
        optim.momentum_step(params, params, {"w": np.zeros(1)}, lr=0.1)
    for mean, square, name in (((1,), (3,), "mean"), ((3,), (1,), "square")):
        state = optim.AdamState(0, {"w": np.zeros(mean)}, {"w": np.zeros(square)})
        with pytest.raises(ValueError, match=rf"state.{name}\['w'\]: expected \(3,\), got \(1,\)"):
            optim.adam_step(params, params, state)


def test_fasttext_says_that_it_diverged():
    vocabulary, corpus = encode_sentences([["a", "b"] * 50], min_count=1)
    pieces, settings = subwords(vocabulary.tokens, 2, 3, 10), Settings(dim=3, sample=1.0, lr=1e30)
    with pytest.raises(FloatingPointError, match="training diverged in epoch"):
        fasttext_training.train(corpus, [50, 50], pieces, settings, np.random.default_rng(0))
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(FloatingPointError, match="training diverged in epoch"):
        torch_fasttext_training.train(corpus, [50, 50], pieces, settings, generator)


def test_scores_of_no_steps_and_masks_of_too_many(monkeypatch):
    ids = np.arange(12).reshape(6, 2) % 10
    params, model = lm.init(10, 4, 6, np.random.default_rng(0)), LM(10, 4, 6)
    assert lm.log_probs(params, ids[:0], ids[:0])[0].shape == (0, 2)
    assert model.log_probs(torch.tensor(ids[:0]), torch.tensor(ids[:0]))[0].shape == (0, 2)
    for module in ("companion.reference.lm", "companion.torch.lm"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 20)  # one step at a time: the last piece sees no further
    with pytest.raises(ValueError, match=r"mask: expected \(6, 2\), got \(7, 2\)"):
        lm.log_probs(params, ids, ids, mask=np.ones((7, 2), bool))
    with pytest.raises(ValueError, match=r"mask: expected \(6, 2\), got \(7, 2\)"):
        model.log_probs(torch.tensor(ids), torch.tensor(ids), mask=torch.ones(7, 2, dtype=torch.bool))


LAYER = rnn.init(4, 6, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: rnn.forward(LAYER | {"weight_hh_l0": np.float64(1)}, np.zeros((5, 3, 4))),
            ValueError,
            r"weight_hh_l0: expected \(H, H\), got \(\)",
        ),
        (
            lambda: keras_weights.simple_rnn_from_keras([np.zeros((4, 6)), np.float64(1)]),
            ValueError,
            r"recurrent kernel: expected \(H, H\), got \(\)",
        ),
        (
            lambda: keras_weights.simple_rnn_to_keras(LAYER | {"bias_hh_l0": np.zeros(1)}),
            ValueError,
            r"bias_hh_l0: expected \(6,\), got \(1,\)",
        ),
        (
            lambda: rnn_algebra.stacked_matrix(LAYER | {"bias_ih_l0": np.zeros(1)}),
            ValueError,
            r"bias_ih_l0: expected \(6,\), got \(1,\)",
        ),
        (
            lambda: scheduled_sampling.mixed_inputs(
                None, [[1], [2]], None, np.ones((3, 1), bool), np.zeros((2, 1))
            ),
            ValueError,
            r"coins: expected \(2, 1\), got \(3, 1\)",
        ),
        (lambda: Settings(power=math.nan), ValueError, "power: expected a finite number, got nan"),
        (lambda: Settings(lr=math.inf), ValueError, "expected 0 < min_lr <= lr, got 0.0001 and inf"),
        (
            lambda: logit_filters.forbid(torch.zeros(3), [0.5]),
            TypeError,
            "ids: expected int64 or int32, got float32",
        ),
        (
            lambda: association.leanings(Vectors(["a", "b"], np.eye(2)), "ab", ["a"], ["b"]),
            TypeError,
            "words: expected several words",
        ),
    ],
)
def test_what_would_be_stretched_or_cut_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_one_step_and_no_counts_are_allowed():
    x = np.random.default_rng(0).standard_normal((1, 3, 4))
    found = truncated.truncated_bptt(LAYER, x, None, lambda y, steps: (float(y.sum()), np.ones_like(y)), k=5)
    assert found.dx.shape == x.shape
    assert glove.weight(np.zeros(0)).shape == (0,)
