"""chrF beside sacrebleu, its laws, and what it refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF

from companion.data import load_translations
from companion.metrics import corpus_chrf, sentence_chrf

sentences = st.text(alphabet="abAé .,(-5", max_size=14)
corpora = st.lists(st.tuples(sentences, st.lists(sentences, min_size=2, max_size=2)), min_size=1, max_size=4)


@pytest.mark.parametrize("word_order", [0, 1, 2])
@given(corpus=corpora, lowercase=st.booleans(), beta=st.sampled_from([1, 2, 3]))
@settings(max_examples=60, deadline=None)
def test_scores_are_the_standard_tools(word_order, corpus, lowercase, beta):
    hypotheses, references = (list(column) for column in zip(*corpus, strict=True))
    ours = corpus_chrf(hypotheses, references, 4, word_order, beta, lowercase)
    peer = CHRF(char_order=4, word_order=word_order, beta=beta, lowercase=lowercase)
    by_translator = [list(each) for each in zip(*references, strict=True)]
    assert ours.score == pytest.approx(peer.corpus_score(hypotheses, by_translator).score, abs=1e-9)


@pytest.mark.parametrize("word_order", [0, 2])
def test_a_real_system_scores_as_with_the_standard_tool(word_order):
    news = load_translations()
    hypotheses, reference = news.systems["uedin-nmt"][:300], news.reference[:300]
    ours = corpus_chrf(hypotheses, [[sentence] for sentence in reference], word_order=word_order)
    theirs = CHRF(word_order=word_order).corpus_score(hypotheses, [reference])
    assert ours.score == pytest.approx(theirs.score, abs=1e-9)


@given(corpora)
@settings(max_examples=40, deadline=None)
def test_laws(corpus):
    for hypothesis, references in corpus:
        found = sentence_chrf(hypothesis, references)
        assert 0 <= found.score <= 100
        one = sentence_chrf(hypothesis, references[:1], beta=1.0).score
        assert one == pytest.approx(sentence_chrf(references[0], [hypothesis], beta=1.0).score, abs=1e-9)
        if "".join(hypothesis.split()):
            assert sentence_chrf(hypothesis, [*references, hypothesis]).score == pytest.approx(100, abs=1e-9)


def test_recall_weighs_more_than_precision():
    text = "the cat sat on the mat"
    longer, shorter = text + " over there", "the cat sat"
    assert sentence_chrf(longer, [text]).score > sentence_chrf(shorter, [text]).score
    assert sentence_chrf(longer, [text]).recall == 1
    assert sentence_chrf(shorter, [text]).precision == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"char_order": 0}, "expected char_order >= 1 and word_order >= 0, got 0 and 0"),
        ({"word_order": -1}, "expected char_order >= 1 and word_order >= 0, got 6 and -1"),
        ({"beta": 0.0}, "beta: expected a number above 0, got 0.0"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        corpus_chrf(["a"], [["a"]], **options)


def test_what_is_no_corpus_is_refused():
    with pytest.raises(TypeError, match=r"references\[0\]: expected a list of sentences, got a string"):
        corpus_chrf(["a"], ["a"])
