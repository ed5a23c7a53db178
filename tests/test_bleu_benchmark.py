"""The benchmark of BLEU notices a wrong score, on four sentences."""

import dataclasses

import pytest

from benchmarks import bleu
from benchmarks.harness import Options, always, measured

REFERENCE = ("The cat sat on the mat.", "It is 3.14, is it not?", "A dog barked at the cat", "No!")
SYSTEMS = [
    ("The cat sat on a mat.", "It is 3.14, isn't it?", "A dog barked at the cat", "No."),
    ("A cat sat on the mat.", "It was 3,14, is it not?", "The dog barked at a cat", "No!"),
]
CONTESTS = list(bleu.contests_of(SYSTEMS, REFERENCE))


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda contest: f"{contest.what}, {contest.case}")
def test_the_same_work_gives_the_same_and_a_wrong_score_is_seen(contest):
    mine, other = contest.sides["companion"](0)(), contest.sides[contest.peer](0)()
    assert contest.same(mine, other)
    assert not contest.same([score + 1e-6 for score in mine], other)
    assert not contest.same(mine[1:], other)


def test_a_wrong_score_ends_the_run():
    wrong = dataclasses.replace(CONTESTS[0], sides={**CONTESTS[0].sides, "companion": always(lambda: [50.0])})
    with pytest.raises(SystemExit, match="one system: companion: the result is not that of sacrebleu"):
        measured(wrong, Options(rounds=1))
