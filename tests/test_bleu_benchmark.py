"""The benchmark of BLEU notices a wrong score, on four sentences."""

import dataclasses

import pytest

from benchmarks import bleu
from benchmarks.text import measured

REFERENCE = ("The cat sat on the mat.", "It is 3.14, is it not?", "A dog barked at the cat", "No!")
SYSTEMS = [
    ("The cat sat on a mat.", "It is 3.14, isn't it?", "A dog barked at the cat", "No."),
    ("A cat sat on the mat.", "It was 3,14, is it not?", "The dog barked at a cat", "No!"),
]
ROWS = bleu.rows(SYSTEMS, REFERENCE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_same_work_gives_the_same_and_a_wrong_score_is_seen(row):
    mine, other = row.ours(), row.theirs()
    assert row.same(mine, other)
    assert not row.same([score + 1e-6 for score in mine], other)
    assert not row.same(mine[1:], other)


def test_a_wrong_score_ends_the_run():
    wrong = dataclasses.replace(ROWS[0], ours=lambda: [50.0])
    with pytest.raises(SystemExit, match="one system: the result is not that of sacrebleu"):
        measured(wrong, rounds=1)
