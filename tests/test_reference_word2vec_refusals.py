"""What word2vec refuses, and what it says."""

import math

import numpy as np
import pytest

from companion.reference.word2vec import cbow, noise, pairs, pmi, skipgram, subsampling
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.scatter import add_rows
from companion.reference.word2vec.settings import Settings

TABLES = {"input": np.zeros((5, 3)), "output": np.zeros((5, 3))}
EMPTY = np.zeros(0, int)
GAP = np.array([[True, False], [False, False]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: pairs.context_pairs([1, 2], 0, 0),
            ValueError,
            "expected a window of at least one word, got 0 before and 0 after",
        ),
        (
            lambda: pairs.context_pairs([1, 2], 1, 1, [0, 1]),
            ValueError,
            "offsets: expected numbers that rise from 0 to 2, got [0, 1]",
        ),
        (lambda: pairs.context_pairs([1, 2], 1, 1, reach=[1]), ValueError, "reach: expected (2,), got (1,)"),
        (lambda: pairs.context_pairs([1.0], 1, 1), TypeError, "ids: expected integers, got float64 (1,)"),
        (
            lambda: pairs.draw_reach(3, 0, np.random.default_rng(0)),
            ValueError,
            "window: expected at least 1, got 0",
        ),
        (
            lambda: subsampling.keep_probability([3, 0]),
            ValueError,
            "counts: expected at least 1 for every word, got 0 at 1",
        ),
        (
            lambda: subsampling.keep_probability([3], 0),
            ValueError,
            "sample: expected a number above 0, got 0",
        ),
        (
            lambda: noise.noise_distribution([3], math.nan),
            ValueError,
            "power: expected a finite number, got nan",
        ),
        (
            lambda: noise.draw_noise([0.5, 0.6], 1, np.random.default_rng(0)),
            ValueError,
            "noise: expected probabilities of sum 1, got the sum 1.1",
        ),
        (
            lambda: noise.no_collision([[1, 2]], [1, 2]),
            ValueError,
            "negatives: expected (2, K), got (1, 2)",
        ),
        (
            lambda: encode_sentences([["a"]], 2),
            ValueError,
            "sentences: expected a word that occurs 2 times or more, got none",
        ),
        (
            lambda: encode_sentences(["a b"]),
            TypeError,
            "documents: expected lists of strings: got one str",
        ),
        (
            lambda: skipgram.forward(TABLES, [1, 5], [0, 0]),
            ValueError,
            "centres: expected 0..4, got 5 at 1",
        ),
        (
            lambda: skipgram.forward(TABLES, [1], [0, 0]),
            ValueError,
            "targets: expected (1,), got (2,)",
        ),
        (
            lambda: skipgram.forward(TABLES, [1], [0], [[5]]),
            ValueError,
            "negatives: expected 0..4, got 5 at (0, 0)",
        ),
        (
            lambda: skipgram.forward(TABLES, [1], [0], mask=[[True]]),
            ValueError,
            "mask: expected None, for there are no negatives",
        ),
        (
            lambda: skipgram.forward(TABLES, [1], [0], [[2, 3]], [[1, 1]]),
            TypeError,
            "mask: expected truth values (bool), got int64 (1, 2)",
        ),
        (
            lambda: skipgram.forward(TABLES, EMPTY, EMPTY, np.zeros((0, 2), int)),
            ValueError,
            "the mean of no examples: the batch is empty",
        ),
        (
            lambda: skipgram.forward({"input": TABLES["input"]}, [1], [0]),
            ValueError,
            "params: expected the keys ['input', 'output'], got ['input']",
        ),
        (
            lambda: skipgram.forward({**TABLES, "output": np.zeros((5, 2))}, [1], [0]),
            ValueError,
            "h: expected (..., 2), got (1, 3)",
        ),
        (
            lambda: cbow.forward(TABLES, [[1, 2], [3, 4]], [0, 0], context_mask=GAP),
            ValueError,
            "context_mask: expected a context word for every example, got none at 1",
        ),
        (
            lambda: cbow.forward(TABLES, [1, 2], [0, 0]),
            ValueError,
            "contexts: expected (N, C), got (2,)",
        ),
        (
            lambda: skipgram.init(0, 3, np.random.default_rng(0)),
            ValueError,
            "expected tables of at least (1, 1), got (0, 3)",
        ),
        (
            lambda: add_rows(np.zeros((3, 2)), np.array([3]), np.ones((1, 2))),
            ValueError,
            "ids: expected 0..2, got 3 at 0",
        ),
        (
            lambda: add_rows(np.zeros((2, 3)).T, np.array([0]), np.ones((1, 2))),
            ValueError,
            "table: expected its rows one behind the other in memory (C order)",
        ),
        (
            lambda: Settings("glove"),
            ValueError,
            'model: expected "skipgram" or "cbow", got \'glove\'',
        ),
        (lambda: Settings(epochs=0), ValueError, "epochs: expected at least 1, got 0"),
        (lambda: Settings(sample=0), ValueError, "sample: expected a number above 0, got 0"),
        (lambda: Settings(lr=1e-5), ValueError, "expected 0 < min_lr <= lr, got 0.0001 and 1e-05"),
        (
            lambda: pmi.optimum([[1, 0], [1, 0]], 2),
            ValueError,
            "pair_counts: expected counts of at least 0, and no empty row or column",
        ),
        (
            lambda: pmi.optimum([[1, 2], [1, 0]], 0),
            ValueError,
            "negatives: expected a number above 0, got 0",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
