"""The equations of the chapter on BLEU beside sacrebleu and NLTK; the bootstrap beside sacrebleu."""

import math

import numpy as np
import pytest
from nltk.translate.bleu_score import modified_precision
from sacrebleu.metrics import BLEU, CHRF

from companion.data import load_translations
from companion.metrics import (
    bleu_score,
    bleu_statistics,
    bootstrap_bleu,
    clipped_matches,
    corpus_bleu,
    corpus_chrf,
    matches,
)
from companion.metrics.bleu import SMOOTHING
from companion.metrics.ngram_overlap import ngrams

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "then", "it", "slept"]
MAT = [["the", "cat", "is", "on", "the", "mat"], ["there", "is", "a", "cat", "on", "the", "mat"]]


def corpus(seed, sentences=7, longest=9):
    """Sentences drawn from ten words, two references each of other lengths."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, size=rng.integers(1, longest))) for _ in range(3 * sentences)]
    return texts[:sentences], list(zip(texts[sentences : 2 * sentences], texts[2 * sentences :], strict=True))


def by_translator(references):
    return [list(each) for each in zip(*references, strict=True)]


@pytest.mark.equation("eq-precision")
def test_precision_of_the_deck_and_of_any_sentence(measure):
    assert matches(["the"] * 7, MAT, 1) == (7, 7)
    error = 0.0
    for seed in range(5):
        for text, several in zip(*corpus(seed), strict=True):
            grams, texts = ngrams(text.split(), 2), [f" {other} " for other in several]
            known = sum(any(f" {a} {b} " in other for other in texts) for a, b in grams)
            correct, total = matches(text.split(), [other.split() for other in several], 2)
            error = max(error, abs(correct - known), abs(total - len(grams)))
    measure("eq-precision", error, 0)


@pytest.mark.equation("eq-clipped-precision")
def test_modified_precision_is_that_of_nltk(measure):
    error = 0.0
    for seed in range(5):
        for text, several in zip(*corpus(seed), strict=True):
            tokens, texts = text.split(), [other.split() for other in several]
            for n in range(1, min(4, len(tokens)) + 1):
                correct, total = clipped_matches(tokens, texts, n)
                error = max(error, abs(correct / total - float(modified_precision(texts, tokens, n))))
    measure("eq-clipped-precision", error, 1e-15)


@pytest.mark.equation("eq-brevity-penalty")
def test_brevity_penalty_is_the_standard_tools(measure):
    error = 0.0
    for seed in range(20):
        texts, references = corpus(seed, sentences=3)
        theirs = BLEU().corpus_score(texts, by_translator(references))
        error = max(error, abs(corpus_bleu(texts, references).brevity_penalty - theirs.bp))
    measure("eq-brevity-penalty", error, 1e-15)


@pytest.mark.equation("eq-bleu")
def test_score_is_the_standard_tools(measure):
    error = 0.0
    for seed in range(20):
        texts, references = corpus(seed)
        theirs = BLEU(smooth_method="none").corpus_score(texts, by_translator(references))
        error = max(error, abs(corpus_bleu(texts, references, smoothing="none").score - theirs.score))
    measure("eq-bleu", error, 1e-9)


@pytest.mark.equation("eq-smoothing")
def test_smoothed_precisions_are_the_standard_tools(measure):
    error, zeros = 0.0, 0
    for seed in range(20):
        texts, references = corpus(seed, sentences=2, longest=8)
        for smoothing in SMOOTHING:
            ours = corpus_bleu(texts, references, smoothing=smoothing)
            theirs = BLEU(smooth_method=smoothing).corpus_score(texts, by_translator(references))
            pairs = zip([*ours.precisions, ours.score / 100], [*theirs.precisions, theirs.score], strict=True)
            error = max(error, *(abs(100 * mine - other) for mine, other in pairs))
            zeros += 0 in ours.correct
    assert zeros >= 20, "there was something to smooth"
    measure("eq-smoothing", error, 1e-9)


@pytest.mark.equation("eq-chrf")
def test_chrf_is_the_standard_tools(measure):
    error = 0.0
    for seed in range(10):
        texts, references = corpus(seed)
        for beta in (1, 2):
            theirs = CHRF(beta=beta).corpus_score(texts, by_translator(references)).score
            error = max(error, abs(corpus_chrf(texts, references, beta=beta).score - theirs))
    measure("eq-chrf", error, 1e-9)


def test_a_drawn_test_set_scores_as_if_its_sentences_stood_there():
    news = load_translations()
    names, S = ["uedin-nmt", "online-B"], 60
    systems = [news.systems[name][:S] for name in names]
    references = [[sentence] for sentence in news.reference[:S]]
    overlaps = [bleu_statistics(system, references) for system in systems]
    scores = bootstrap_bleu(overlaps, 4, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for sample in range(4):
        drawn = rng.integers(S, size=S)
        for system, sentences in enumerate(systems):
            theirs = BLEU().corpus_score([sentences[i] for i in drawn], [[news.reference[i] for i in drawn]])
            assert scores[sample, system] == pytest.approx(theirs.score, abs=1e-9)


def test_the_spread_of_the_draws_is_that_of_test_sets():
    """Draw test sets from the whole corpus: their scores spread as the draws from one of them do."""
    rng, size = np.random.default_rng(0), 300
    words = rng.choice(WORDS, size=(60 * size, 9))
    changed = np.where(rng.random(words.shape) < 0.25, rng.choice(WORDS, size=words.shape), words)
    texts, truth = (list(map(" ".join, table.tolist())) for table in (changed, words))
    sets = [slice(k * size, (k + 1) * size) for k in range(60)]
    counted = [bleu_statistics(texts[one], [[text] for text in truth[one]]) for one in sets]
    spread = np.std([bleu_score(overlap).score for overlap in counted])
    drawn = bootstrap_bleu(counted[:1], 300, rng).std()
    assert spread == pytest.approx(drawn, rel=0.3)


@pytest.mark.parametrize(
    ("sentences", "samples", "message"),
    [
        ((2, 2), 0, "samples: expected at least 1, got 0"),
        ((2, 3), 5, r"overlaps: expected the same number of sentences in all, got \[2, 3\]"),
        ((), 5, r"overlaps: expected the same number of sentences in all, got \[\]"),
    ],
)
def test_draws_that_cannot_be_made_are_refused(sentences, samples, message):
    overlaps = [bleu_statistics(["a"] * S, [["a"]] * S) for S in sentences]
    with pytest.raises(ValueError, match=message):
        bootstrap_bleu(overlaps, samples, np.random.default_rng(0))


def test_without_the_logarithm_the_score_is_another_and_exceeds_1():
    """The deck's formula: BP exp(mean of the precisions)."""
    perfect = corpus_bleu(["a b c d e"], [["a b c d e"]])
    deck = perfect.brevity_penalty * math.exp(sum(perfect.precisions) / 4)
    assert perfect.score == 100
    assert deck == pytest.approx(math.e)
    nothing = corpus_bleu(["x y z u v"], [["a b c d e"]])
    assert math.exp(sum(nothing.precisions) / 4) == 1
    assert nothing.score == 0
