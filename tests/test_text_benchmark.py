"""The benchmark notices a wrong answer, on a corpus of four sentences."""

import dataclasses
import importlib
import re

import numpy as np
import pytest

from benchmarks import text as benchmark
from companion.text import words

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
        keras = importlib.import_module("keras.src.legacy.preprocessing.text").Tokenizer
    pattern = re.compile(r"(?u)\b\w\w+\b")
    ours = {"tokenizer": words, "token_pattern": None, "lowercase": False}
    return {
        "words": benchmark.words_to_ids(TEXTS, keras),
        "ids": benchmark.keras_ids(TEXTS, keras),
        "counts": benchmark.counts("counts", TEXTS, lambda piece: pattern.findall(piece.lower()), {}),
        "our words": benchmark.counts("our words", TEXTS, words, ours),
        "training": benchmark.bpe_training(TEXTS),
        "encoding": benchmark.bpe_encoding(TEXTS),
    }


def other_word(result):
    vocabulary, corpus = result
    return vocabulary, dataclasses.replace(corpus, ids=(corpus.ids + 1) % len(vocabulary))


def one_count_more(result):
    tokens, (indptr, indices, counts) = result
    return tokens, (indptr, indices, counts + (np.arange(len(counts)) == 3))


# How to spoil each row's result in one place
SPOILT = {
    "words": other_word,
    "ids": lambda result: (result[0], [result[1][0][::-1], *result[1][1:]]),
    "counts": one_count_more,
    "our words": one_count_more,
    "training": lambda bpe: dataclasses.replace(bpe, merges=bpe.merges[:-1]),
    "encoding": lambda ids: [*ids[:-1], ids[-1][:-1]],
}


@pytest.mark.parametrize("name", SPOILT)
def test_the_same_work_gives_the_same(name, rows):
    result = benchmark.measured(rows[name], rounds=1)
    assert len(result["ours"]) == len(result["theirs"]) == len(result["ratios"]) == 1
    assert rows[name].name in benchmark.report(result)


@pytest.mark.parametrize("name", SPOILT)
def test_a_wrong_answer_ends_the_run(name, rows):
    wrong = dataclasses.replace(rows[name], ours=lambda: SPOILT[name](rows[name].ours()))
    with pytest.raises(SystemExit, match="the result is not that of"):
        benchmark.measured(wrong, rounds=1)
