"""Ids of any integer type mean the same rows: in a narrow type sums and products of ids would wrap around."""

from functools import partial

import numpy as np
import pytest

from companion.reference import batching, fasttext, glove, lm, ngram, window_lm
from companion.reference.cooccurrence import cooccurrences
from companion.reference.subwords import subwords
from companion.reference.word2vec import cbow, pairs, skipgram
from companion.reference.word2vec.scatter import add_rows

V, D = 128, 9
RNG = np.random.default_rng(0)
TABLES = {name: RNG.standard_normal((V, D)) for name in ("input", "output")}
IDS = RNG.integers(100, V, (7, 4))  # times D they do not fit into 8 bits
PIECES = subwords([f"w{number}" for number in range(V)], 2, 3, buckets=50)
PIECED = {"input": RNG.standard_normal((PIECES.size, D)), "output": TABLES["output"]}
LAST = np.array([127, 1, 127])  # the next one is no int8


def loss_and_grads(forward, backward, *args):
    loss, cache = forward(*args)
    return [loss, *backward(cache)[-1].values()]


def window(as_type):
    params = window_lm.init(V, 4, 6, 3, np.random.default_rng(1))
    logits, cache = window_lm.forward(params, as_type(IDS[:, :3]))
    return list(window_lm.backward(cache, np.cos(logits))[1].values())


def language_model(as_type):
    params = lm.init(V, 4, 6, np.random.default_rng(1))
    loss, grads, h_n = lm.loss_and_grads(
        params, as_type(IDS), as_type(IDS), lengths=as_type(np.array([7, 0, 2, 3]))
    )
    return [loss, h_n, *grads.values()]


def counted(as_type):
    model = ngram.add_k(ngram.count([as_type(row) for row in IDS], 3, V + 2, V, V + 1))
    return [model.log_probs([as_type(row) for row in IDS.T])]


def added(as_type):
    table = np.zeros((V, D))
    add_rows(table, as_type(IDS), np.arange(IDS.size * D).reshape(*IDS.shape, D) / 7)
    return [table]


WORD2VEC = partial(loss_and_grads, skipgram.forward, skipgram.backward, TABLES)
CASES = {
    "add_rows": added,
    "skipgram": lambda t: WORD2VEC(t(IDS[:, 0]), t(IDS[:, 1]), t(IDS[:, 1:])),
    "skipgram, one type beside another": lambda t: WORD2VEC(IDS[:, 0], t(IDS[:, 1]), IDS[:, 1:]),
    "skipgram, softmax": lambda t: WORD2VEC(t(IDS[:, 0]), t(IDS[:, 1])),
    "cbow": lambda t: loss_and_grads(
        cbow.forward, cbow.backward, TABLES, t(IDS), t(IDS[:, 1]), t(IDS[:, 1:])
    ),
    "glove": lambda t: loss_and_grads(
        glove.forward,
        glove.backward,
        glove.init(V, D, np.random.default_rng(1)),
        t(IDS[:, 0]),
        t(IDS[:, 1]),
        np.arange(1.0, 8),
    ),
    "fasttext": lambda t: loss_and_grads(
        fasttext.forward, fasttext.backward, PIECED, t(LAST), t(LAST), t(LAST[:, None]), PIECES
    ),
    "window_lm": window,
    "lm": language_model,
    "ngram": counted,
    "cooccurrences": lambda t: list(cooccurrences([t(row) for row in IDS], 3)),
    "windows": lambda t: list(pairs.context_windows(t(IDS[:, 0]), 2, 2, t(np.array([0, 3, 7])))),
    "chunks": lambda t: [array for chunk in batching.text_chunks(t(IDS[:, 0]), 2, 2) for array in chunk],
    "sentences": lambda t: list(batching.sentence_batch([t(row) for row in IDS], 1, 2)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.uint64])
def test_every_integer_type_means_the_same_rows(case, dtype):
    expected = CASES[case](lambda ids: ids)
    found = CASES[case](lambda ids: ids.astype(dtype))
    assert len(expected) == len(found) > 0
    for right, array in zip(expected, found, strict=True):
        np.testing.assert_array_equal(array, right)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.uint64])
def test_lengths_of_any_type_in_pieces(dtype, monkeypatch):
    params, ids = lm.init(10, 4, 6, np.random.default_rng(0)), np.arange(12).reshape(6, 2) % 10
    whole, _ = lm.log_probs(params, ids, ids, lengths=[5, 2])
    monkeypatch.setattr(lm, "AT_ONCE", 20)  # one step at a time
    parts, _ = lm.log_probs(params, ids, ids, lengths=np.array([5, 2], dtype))
    np.testing.assert_allclose(parts, whole, rtol=1e-12)


def test_a_read_only_table_stays():
    table = np.zeros((3, 2))
    table.flags.writeable = False
    with pytest.raises(ValueError, match="table: expected one that may be changed, got a read-only one"):
        add_rows(table, np.array([0]), np.ones((1, 2)))
    assert not table.any()


def test_ids_whose_pairs_cannot_be_numbered():
    with pytest.raises(ValueError, match="expected ids that number the words from 0, got one of 5000000000"):
        cooccurrences([[0, 5_000_000_000, 7]], window=2)
    wide = cooccurrences([[0, 1, 0], [1, 2]], window=10**30)  # no two words are that far apart
    for found, right in zip(wide, cooccurrences([[0, 1, 0], [1, 2]], window=4), strict=True):
        np.testing.assert_array_equal(found, right)
