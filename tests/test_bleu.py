"""BLEU beside sacrebleu on random corpora and on the decks' sentences, and the laws of the score."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from companion.metrics import bleu_score, bleu_statistics, clipped_matches, corpus_bleu, sentence_bleu
from companion.metrics.bleu import SMOOTHING
from companion.metrics.bleu_tokenizers import TOKENIZERS
from companion.metrics.ngram_overlap import Overlap, corpus_overlap

WORDS = [
    "the",
    "The",
    "cat",
    "is",
    "on",
    "mat,",
    "mat.",
    "3.14",
    "1,000",
    "it's",
    "co-op",
    "(a)",
    "«b»",
    "€5",
]
MAT = ["the cat is on the mat", "there is a cat on the mat"]

sentences = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)
corpora = st.lists(st.tuples(sentences, st.lists(sentences, min_size=2, max_size=2)), min_size=1, max_size=5)


def columns(corpus):
    """Hypotheses, references as we take them, and as sacrebleu does: grouped by translator."""
    hypotheses, references = zip(*corpus, strict=True)
    return list(hypotheses), list(references), [list(each) for each in zip(*references, strict=True)]


@pytest.mark.parametrize("tokenize", sorted(TOKENIZERS))
@given(corpus=corpora, lowercase=st.booleans())
@settings(max_examples=40, deadline=None)
def test_counts_and_score_are_the_standard_tools(tokenize, corpus, lowercase):
    hypotheses, references, by_translator = columns(corpus)
    ours = corpus_bleu(hypotheses, references, tokenize, lowercase=lowercase)
    theirs = BLEU(tokenize=tokenize, lowercase=lowercase, force=True).corpus_score(hypotheses, by_translator)
    assert list(ours.correct) == theirs.counts
    assert list(ours.total) == theirs.totals
    assert (ours.hypothesis_length, ours.reference_length) == (theirs.sys_len, theirs.ref_len)
    assert ours.brevity_penalty == pytest.approx(theirs.bp, abs=1e-15)
    assert ours.score == pytest.approx(theirs.score, abs=1e-9)


@pytest.mark.parametrize("smoothing", sorted(SMOOTHING))
@pytest.mark.parametrize("effective", [False, True])
@given(corpus=corpora, value=st.sampled_from([None, 0.3, 2.0]))
@settings(max_examples=40, deadline=None)
def test_smoothings_are_the_standard_tools(smoothing, effective, corpus, value):
    hypotheses, references, by_translator = columns(corpus)
    value = None if SMOOTHING[smoothing] is None else value
    ours = corpus_bleu(
        hypotheses,
        references,
        smoothing=smoothing,
        smoothing_value=value,
        max_order=3,
        effective_order=effective,
    )
    peer = BLEU(smooth_method=smoothing, smooth_value=value, max_ngram_order=3, effective_order=effective)
    theirs = peer.corpus_score(hypotheses, by_translator)
    assert ours.score == pytest.approx(theirs.score, abs=1e-9)
    assert [100 * p for p in ours.precisions] == pytest.approx(theirs.precisions, abs=1e-9)


def test_signatures_are_the_standard_tools():
    peer = BLEU(lowercase=True, tokenize="intl", smooth_method="floor", effective_order=True)
    peer.corpus_score(["a"], [["a"], ["b"]])
    theirs = str(peer.get_signature()).split("|")[:-1]  # the last names its version
    ours = corpus_bleu(
        ["a"], [["a", "b"]], "intl", smoothing="floor", lowercase=True, effective_order=True
    ).signature
    assert ours.split("|") == theirs
    assert corpus_bleu(["a", "b"], [["a"], ["b", "c"]]).signature.startswith("nrefs:var|case:mixed|eff:no")


def test_the_decks_sentences():
    references = [sentence.split() for sentence in MAT]
    assert clipped_matches(["the"] * 7, references, 1) == (2, 7)
    cats = ["the", "cat", "the", "cat", "on", "the", "mat"]
    assert clipped_matches(cats, references, 1) == (5, 7)
    assert clipped_matches(cats, references, 2) == (4, 6)


@given(corpora)
@settings(max_examples=60, deadline=None)
def test_counting_at_once_is_counting_one_by_one(corpus):
    hypotheses, references, _ = columns(corpus)
    overlap = bleu_statistics(hypotheses, references, "none")
    for s, (hypothesis, several) in enumerate(zip(hypotheses, references, strict=True)):
        texts = [text.split() for text in several]
        for n in range(1, 5):
            pair = (overlap.correct[s, n - 1], overlap.total[s, n - 1])
            assert pair == clipped_matches(hypothesis.split(), texts, n)


@given(corpora, st.permutations(range(2)))
@settings(max_examples=60, deadline=None)
def test_laws(corpus, order):
    hypotheses, references, _ = columns(corpus)
    score = corpus_bleu(hypotheses, references).score
    assert 0 <= score <= 100
    shuffled = [[several[i] for i in order] for several in references]
    assert corpus_bleu(hypotheses, shuffled).score == score
    twice = [several * 2 for several in references]
    assert corpus_bleu(hypotheses, twice).score == score
    assert corpus_bleu(hypotheses[::-1], references[::-1]).score == pytest.approx(score, abs=1e-12)
    own = [[hypothesis, *several] for hypothesis, several in zip(hypotheses, references, strict=True)]
    best = corpus_bleu(hypotheses, own)
    assert best.score == (100 if all(best.correct) else 0)
    assert best.brevity_penalty == 1


def test_a_corpus_score_is_made_of_sums():
    hypotheses, references = ["a b c d e f g", "a x y"], [["a b c d e f g"], ["a b c"]]
    overlap = bleu_statistics(hypotheses, references)
    whole = corpus_bleu(hypotheses, references)
    assert bleu_score(overlap).score == whole.score
    assert bleu_score(Overlap(*(counts.sum(axis=0) for counts in overlap))).score == whole.score
    first = Overlap(*(counts[:1] for counts in overlap))
    assert bleu_score(first).score == corpus_bleu(hypotheses[:1], references[:1]).score
    mean = np.mean([sentence_bleu(*pair).score for pair in zip(hypotheses, references, strict=True)])
    assert abs(mean - whole.score) > 1


def test_by_hand():
    score = corpus_bleu(["a b c d"], [["a b c d e f"]])
    assert score.brevity_penalty == pytest.approx(math.exp(1 - 6 / 4))
    assert score.score == pytest.approx(100 * math.exp(-0.5))


def test_tokens_may_be_anything_that_can_be_counted():
    overlap = corpus_overlap([[1, 2, 2]], [[[2, 2, 1], [1, 2]]], max_order=2)
    assert overlap.correct.tolist() == [[3, 2]]
    assert overlap.reference_length.tolist() == [3]
    assert corpus_bleu(["aXb"], [["aXb"]], lambda text: text.split("X"), max_order=2).score == 100
