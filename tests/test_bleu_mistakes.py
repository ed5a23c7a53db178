"""BLEU: what other tools got wrong, what must be refused, and scores that are wrong in the usual ways."""

import math
from collections import Counter

import pytest

from companion.metrics import clipped_matches, corpus_bleu, sentence_bleu
from companion.metrics.ngram_overlap import ngrams

HYPOTHESES = ["the the cat on the mat", "a dog", "it is five o'clock now"]
REFERENCES = [
    ["the cat is on the mat", "there is a cat on the mat over there"],
    ["there was a dog", "a big dog"],
    ["it is now five o'clock", "it is five"],
]


def test_a_short_pair_that_is_equal_scores_100():  # sacrebleu 114, 278
    assert sentence_bleu("Thank you", ["Thank you"]).score == 100
    assert corpus_bleu(["Thank you", "Good day"], [["Thank you"], ["Good day"]]).score == 0
    assert corpus_bleu(["Thank you"], [["Thank you"]], effective_order=True).score == 100


def test_references_by_translator_are_refused_and_not_cut():  # sacrebleu 220
    by_translator = [list(each) for each in zip(*REFERENCES, strict=True)]
    with pytest.raises(ValueError, match=r"for each of 3 hypotheses, got 2; they are grouped by translator"):
        corpus_bleu(HYPOTHESES, by_translator)
    with pytest.raises(ValueError, match="for each of 3 hypotheses, got 2"):
        corpus_bleu(HYPOTHESES, REFERENCES[:2])


def test_no_score_is_above_100():  # sacrebleu 275
    for words in range(1, 60):
        text = " ".join(map(str, range(words)))
        assert sentence_bleu(text, [text]).score == 100


def test_the_short_are_penalised_and_the_long_are_not():  # promptfoo 9717
    text = "a b c d e f g h"
    assert sentence_bleu(text[:9], [text]).brevity_penalty == math.exp(1 - 8 / 5)
    assert sentence_bleu(text + " i j", [text]).brevity_penalty == 1


def test_of_several_references_the_nearest_length_counts():  # torcheval 195, nltk 922
    references = [["a", "a b c d e", "a b c d e f g h i"]]
    assert corpus_bleu(["a b c d"], references).reference_length == 5


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_lengths_as_near_the_shorter_counts(order):  # torchmetrics 3505
    references = ["a b c", "a b c d e"][::order]
    assert corpus_bleu(["a b c d"], [references]).reference_length == 3


def test_an_empty_translation_scores_0():
    score = corpus_bleu([""], [["a b"]])
    assert (score.score, score.brevity_penalty, score.hypothesis_length) == (0, 0, 0)
    assert corpus_bleu(["", "a b c d"], [["a"], ["a b c d"]]).score == pytest.approx(
        100 * math.exp(1 - 5 / 4)
    )
    assert corpus_bleu([""], [[""]]).score == 0
    assert corpus_bleu(["a"], [[""]]).score == 0


@pytest.mark.parametrize(
    ("error", "hypotheses", "references", "message"),
    [
        (TypeError, "a b", [["a b"]], "hypotheses: expected a list of sentences, got a string"),
        (TypeError, ["a b"], "a b", "references: expected a list for each hypothesis, got a string"),
        (TypeError, ["a b"], ["a b"], r"references\[0\]: expected a list of sentences, got a string"),
        (TypeError, [["a"]], [["a b"]], r"hypotheses\[0\]: expected a string, got list"),
        (TypeError, ["a"], [[["a"]]], r"references\[0\]\[0\]: expected a string, got list"),
        (TypeError, ["a"], [None], r"references\[0\]: expected a list of sentences, got NoneType"),
        (ValueError, [], [], "hypotheses: expected at least one sentence, got none"),
        (ValueError, ["a"], [[]], r"references\[0\]: expected at least one sentence, got none"),
    ],
)
def test_what_is_no_corpus_is_refused(error, hypotheses, references, message):
    with pytest.raises(error, match=message):
        corpus_bleu(hypotheses, references)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tokenize": "14a"}, "tokenize: expected one of 13a, intl, zh, char, none or a function, got '14a'"),
        ({"smoothing": "lin"}, "smoothing: expected one of none, floor, add-k, exp, got 'lin'"),
        ({"smoothing_value": 1.0}, "smoothing_value: expected None with smoothing 'exp', got 1.0"),
        (
            {"smoothing": "floor", "smoothing_value": 0.0},
            "smoothing_value: expected a number above 0, got 0.0",
        ),
        ({"smoothing": "add-k", "smoothing_value": math.nan}, "expected a number above 0, got nan"),
        ({"max_order": 0}, "max_order: expected at least 1, got 0"),
    ],
)
def test_options_that_do_not_exist_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        corpus_bleu(["a"], [["a"]], **options)


def test_the_sentence_alone_is_a_string():
    with pytest.raises(TypeError, match="hypothesis: expected a string, got list"):
        sentence_bleu(["a"], ["a"])
    with pytest.raises(ValueError, match="n: expected at least 1, got 0"):
        clipped_matches(["a"], [["a"]], 0)


def written_out(log=math.log, brevity=None, clip=min, nearest=None, merge=max, weights=(1 / 2, 1 / 2)):
    """BLEU of orders 1 and 2 in the plainest way, with a place for each of the usual mistakes."""
    brevity = brevity or (lambda c, r: min(1, math.exp(1 - r / c)))
    nearest = nearest or (lambda c, lengths: min(lengths, key=lambda length: (abs(length - c), length)))
    texts = [text.split() for text in HYPOTHESES]
    several = [[text.split() for text in given] for given in REFERENCES]
    precisions = []
    for n in (1, 2):
        correct = total = 0
        for text, given in zip(texts, several, strict=True):
            counts = [Counter(ngrams(reference, n)) for reference in given]
            for gram, count in Counter(ngrams(text, n)).items():
                correct += clip(count, merge(each[gram] for each in counts))
                total += count
        precisions.append(correct / total)
    c = sum(map(len, texts))
    r = sum(nearest(len(text), list(map(len, given))) for text, given in zip(texts, several, strict=True))
    return 100 * brevity(c, r) * math.exp(sum(w * log(p) for w, p in zip(weights, precisions, strict=True)))


MISTAKES = {
    "no logarithm, as on the deck": {"log": float},
    "the penalty the wrong way round": {"brevity": lambda c, r: min(1, math.exp(1 - c / r))},
    "no penalty": {"brevity": lambda c, r: 1},
    "a penalty without e": {"brevity": lambda c, r: min(1, c / r)},
    "nothing clipped": {"clip": lambda count, most: count if most else 0},
    "each n-gram counted once": {"clip": lambda count, most: min(1, most)},
    "counts added over the references": {"merge": sum},
    "the shortest reference": {"nearest": lambda c, lengths: min(lengths)},
    "the longest reference": {"nearest": lambda c, lengths: max(lengths)},
    "orders weighed by 2 to the minus n, as in d2l": {"weights": (1 / 2, 1 / 4)},
    "a sum in the place of the mean": {"weights": (1, 1)},
    "the difference in length": {"nearest": lambda c, lengths: min(abs(c - length) for length in lengths)},
}


def test_written_out_it_is_the_same():
    assert written_out() == pytest.approx(corpus_bleu(HYPOTHESES, REFERENCES, "none", max_order=2).score)


@pytest.mark.parametrize("mistake", sorted(MISTAKES))
def test_the_usual_mistakes_make_another_score(mistake):
    right = corpus_bleu(HYPOTHESES, REFERENCES, "none", max_order=2).score
    assert abs(written_out(**MISTAKES[mistake]) - right) > 0.1


def mean_of_sentences(hypotheses, references):
    """Give the mean of the sentences' scores for the score of the corpus."""
    scores = [
        sentence_bleu(text, several, "none", max_order=2).score
        for text, several in zip(hypotheses, references, strict=True)
    ]
    return sum(scores) / len(scores)


def cut_by_zip(hypotheses, references):
    """Take references by translator for references by sentence, and stop at the shorter list."""
    pairs = list(zip(hypotheses, zip(*references, strict=True), strict=False))
    texts, several = zip(*pairs, strict=True)
    return corpus_bleu(texts, several, "none", max_order=2).score


@pytest.mark.parametrize("mistake", [mean_of_sentences, cut_by_zip])
def test_other_ways_to_go_through_a_corpus_make_another_score(mistake):
    right = corpus_bleu(HYPOTHESES, REFERENCES, "none", max_order=2).score
    assert abs(mistake(HYPOTHESES, REFERENCES) - right) > 1
