"""The benchmark notices a wrong answer, on a corpus of four sentences."""

import dataclasses

import numpy as np
import pytest

from benchmarks import text as benchmark
from benchmarks.harness import Options, always, measured

TEXTS = [
    "The cat sat on the mat .",
    "",
    "The dog ate my homework ; the DOG !",
    "It didn't sit on the cat's mat",
]


@pytest.fixture(scope="module")
def rows():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        return {row.what: row for row in benchmark.rows(TEXTS)}


def other_word(result):
    vocabulary, corpus = result
    return vocabulary, dataclasses.replace(corpus, ids=(corpus.ids + 1) % len(vocabulary))


def one_count_more(result):
    tokens, (indptr, indices, counts) = result
    return tokens, (indptr, indices, counts + (np.arange(len(counts)) == 3))


# How to spoil each row's result in one place
SPOILT = {
    "words to ids": other_word,
    "Keras' ids": lambda result: (result[0], [result[1][0][::-1], *result[1][1:]]),
    "scikit-learn's counts": one_count_more,
    "counts of our words": one_count_more,
    "BPE, training": lambda bpe: dataclasses.replace(bpe, merges=bpe.merges[:-1]),
    "BPE, encoding": lambda ids: [*ids[:-1], ids[-1][:-1]],
}


@pytest.mark.parametrize("name", SPOILT)
def test_the_same_work_gives_the_same_and_a_wrong_answer_ends_the_run(name, rows):
    (row,) = measured(rows[name], Options(rounds=1))
    assert len(row.ours) == len(row.theirs) == len(row.ratios) == 1
    right = rows[name].sides["companion"](0)
    spoilt = {**rows[name].sides, "companion": always(lambda: SPOILT[name](right()))}
    with pytest.raises(SystemExit, match="companion: the result is not that of"):
        measured(dataclasses.replace(rows[name], sides=spoilt), Options(rounds=1))


def test_all_rows_are_tried(rows):
    assert list(rows) == list(SPOILT)
