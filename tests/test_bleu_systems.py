"""BLEU of the sixteen systems of WMT17, and of all their sentences, beside the standard tool's."""

import pytest
from sacrebleu.metrics import BLEU

from companion.data import load_translations
from companion.metrics import bleu_score, bleu_statistics, corpus_bleu
from companion.metrics.ngram_overlap import Overlap

NEWS = load_translations()
REFERENCES = [[sentence] for sentence in NEWS.reference]


@pytest.mark.parametrize("system", sorted(NEWS.systems))
def test_score_is_the_standard_tools(system):
    ours = corpus_bleu(NEWS.systems[system], REFERENCES)
    theirs = BLEU().corpus_score(NEWS.systems[system], [NEWS.reference])
    assert ours.score == pytest.approx(theirs.score, abs=1e-9)
    assert list(ours.correct + ours.total) == theirs.counts + theirs.totals


@pytest.mark.parametrize("tokenize", ["intl", "char", "none"])
def test_so_it_is_with_other_tokenizers_and_a_second_reference(tokenize):
    systems = list(NEWS.systems.values())
    several = list(zip(NEWS.reference, systems[1], strict=True))
    ours = corpus_bleu(systems[0], several, tokenize, lowercase=True)
    theirs = BLEU(tokenize=tokenize, lowercase=True).corpus_score(systems[0], [NEWS.reference, systems[1]])
    assert ours.score == pytest.approx(theirs.score, abs=1e-9)


def test_the_score_of_any_part_comes_from_the_same_counts():
    overlap = bleu_statistics(NEWS.systems["uedin-nmt"], REFERENCES)
    part = Overlap(*(counts[100:180] for counts in overlap))
    ours = bleu_score(part).score
    theirs = BLEU().corpus_score(NEWS.systems["uedin-nmt"][100:180], [NEWS.reference[100:180]]).score
    assert ours == pytest.approx(theirs, abs=1e-9)
