"""Spans and BIO tags: what ill-formed tags mean, and how found spans are counted."""

import itertools

import numpy as np
import pytest

from companion.metrics.spans import Span, SpanScore, bio, by_kind, span_score, spans

# Tags; what they are in the shared tasks of CoNLL; what they are if they must be well formed.
CASES = [
    ("O O", [], []),
    ("B-a I-a O", [(0, 2, "a")], [(0, 2, "a")]),
    ("B-a B-a", [(0, 1, "a"), (1, 2, "a")], [(0, 1, "a"), (1, 2, "a")]),
    ("B-a I-a B-b I-b", [(0, 2, "a"), (2, 4, "b")], [(0, 2, "a"), (2, 4, "b")]),
    ("I-a I-a O", [(0, 2, "a")], []),
    ("O I-a B-a", [(1, 2, "a"), (2, 3, "a")], [(2, 3, "a")]),
    ("B-a I-b I-b", [(0, 1, "a"), (1, 3, "b")], [(0, 1, "a")]),
    ("B-a I-b I-a", [(0, 1, "a"), (1, 2, "b"), (2, 3, "a")], [(0, 1, "a")]),
    ("B-a-b I-a-b", [(0, 2, "a-b")], [(0, 2, "a-b")]),
    ("", [], []),
]


def tagged(*sentences):
    return [sentence.split() for sentence in sentences]


@pytest.mark.parametrize(("tags", "lenient", "strict"), CASES)
def test_ill_formed_tags_have_a_defined_meaning(tags, lenient, strict):
    assert spans(tags.split()) == lenient
    assert spans(tags.split(), strict=True) == strict


def test_tags_and_spans_are_each_others_inverse():
    """Of all 5**4 sequences those are well formed that come back."""
    marks = ["O", "B-a", "I-a", "B-b", "I-b"]
    well_formed = 0
    for tags in itertools.product(marks, repeat=4):
        found = spans(tags)
        again = bio(found, 4)
        assert spans(again) == found
        follows = [not b.startswith("I-") or a[2:] == b[2:] for a, b in zip(("O", *tags), tags, strict=False)]
        assert (again == list(tags)) == all(follows)
        well_formed += all(follows)
    assert well_formed == 153  # 3, 11, 41, 153: four times the last less the one before


@pytest.mark.equation("eq-span-f1")
def test_scores_by_hand(measure):
    true = tagged("B-a I-a O B-b", "O B-a O", "B-c O")
    said = tagged("B-a I-a O B-a", "B-a I-a O", "B-c B-b")
    score = span_score(true, said)  # right: a at the beginning, and c
    assert score[3:] == (2, 5, 4)
    measure("eq-span-f1", abs(score.precision - 2 / 5), 1e-15)
    measure("eq-span-f1", abs(score.recall - 2 / 4), 1e-15)
    measure("eq-span-f1", abs(score.f1 - 2 * (2 / 5) * (2 / 4) / (2 / 5 + 2 / 4)), 1e-15)
    kinds = by_kind(true, said)
    assert list(kinds) == ["a", "b", "c"]
    assert {kind: own[3:] for kind, own in kinds.items()} == {"a": (1, 3, 2), "b": (0, 1, 1), "c": (1, 1, 1)}
    assert kinds["c"].f1 == 1.0


# Drawn at random; what seqeval 1.2.2 says of them, as conlleval does, and strictly with its scheme IOB2.
SEQEVAL = [
    (
        "O B-b B-b O B-a B-b I-a I-b",
        "O B-b I-a O B-a I-a I-a I-b",
        (0.5, 0.333333333333, 0.4),
        (0.5, 0.25, 0.333333333333),
    ),
    ("I-a I-b B-b I-a O B-a O O", "I-a I-b I-a B-a O B-b O O", (0.6, 0.6, 0.6), (0.0, 0.0, 0.0)),
    (
        "B-b B-a B-a O O I-a I-b I-a",
        "B-b I-a O O O I-a I-b I-a",
        (1.0, 0.833333333333, 0.909090909091),
        (1.0, 0.333333333333, 0.5),
    ),
]


@pytest.mark.equation("eq-span-f1")
@pytest.mark.parametrize(("true", "said", "lenient", "strict"), SEQEVAL)
def test_scores_are_those_of_seqeval(true, said, lenient, strict, measure):
    for expected, strictly in ((lenient, False), (strict, True)):
        score = span_score([true.split()], [said.split()], strictly)
        measure("eq-span-f1", np.abs(np.subtract(score[:3], expected)).max(), 1e-12)


@pytest.mark.parametrize(
    ("true", "said", "expected"),
    [
        ("O O", "O O", (0.0, 0.0, 0.0)),
        ("B-a O", "O O", (0.0, 0.0, 0.0)),
        ("O O", "B-a O", (0.0, 0.0, 0.0)),
        ("B-a I-a", "B-a I-a", (1.0, 1.0, 1.0)),
        ("B-a I-a", "I-a I-a", (1.0, 1.0, 1.0)),
    ],
)
def test_shares_of_nothing_are_zero(true, said, expected):
    assert span_score([true.split()], [said.split()])[:3] == expected


def test_scores_are_symmetric_and_bounded():
    rng = np.random.default_rng(0)
    marks = np.array(["O", "O", "B-a", "I-a", "B-b", "I-b"])
    for _ in range(50):
        a, b = (rng.choice(marks, (4, 6)).tolist() for _ in range(2))
        score, turned = span_score(a, b), span_score(b, a)
        assert score.f1 == turned.f1
        assert (score.precision, score.recall) == (turned.recall, turned.precision)
        assert min(score.precision, score.recall) <= score.f1 <= max(score.precision, score.recall) <= 1
        assert span_score(a, a).f1 == 1.0
        assert sum(own.right for own in by_kind(a, b).values()) == score.right


def tokens_counted(true, said):
    """Count tags instead of spans: half a name is half right."""
    pairs = [(a, b) for x, y in zip(true, said, strict=True) for a, b in zip(x, y, strict=True)]
    right = sum(a == b != "O" for a, b in pairs)
    return 2 * right / sum((a != "O") + (b != "O") for a, b in pairs)


def kind_forgotten(true, said):
    plain = [[[t[0] if t == "O" else t[:2] + "x" for t in s] for s in part] for part in (true, said)]
    return span_score(*plain).f1


def sentences_run_together(true, said):
    """Lose where one sentence ends: spans of one meet those of the next."""
    return span_score([sum(true, [])], [sum(said, [])]).f1


def mean_of_sentences(true, said):
    return float(np.mean([span_score([a], [b]).f1 for a, b in zip(true, said, strict=True)]))


@pytest.mark.parametrize(
    "mutant", [tokens_counted, kind_forgotten, sentences_run_together, mean_of_sentences]
)
def test_mistakes_are_caught(mutant):
    true = tagged("B-a I-a I-a O B-b B-b", "I-b O B-a")
    said = tagged("B-a I-a O O B-b B-b", "I-b O B-b")
    score = span_score(true, said)
    assert score == SpanScore(3 / 5, 3 / 5, 0.6, 3, 5, 5)
    assert abs(mutant(true, said) - score.f1) > 1e-3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: spans("O"), TypeError, "tags: expected a list of strings, got one str"),
        (lambda: spans(["O", 1]), TypeError, "tags[1]: expected a string, got int"),
        (lambda: spans(["person"]), ValueError, "tags[0]: expected O, B- or I- and a kind, got 'person'"),
        (lambda: spans(["B-"]), ValueError, "tags[0]: expected O, B- or I- and a kind, got 'B-'"),
        (lambda: spans(["Ba"]), ValueError, "tags[0]: expected O, B- or I- and a kind, got 'Ba'"),
        (lambda: spans(["E-a"]), ValueError, "tags[0]: expected O, B- or I- and a kind, got 'E-a'"),
        (lambda: spans(["B"]), ValueError, "tags[0]: expected O, B- or I- and a kind, got 'B'"),
        (lambda: span_score([["O"]], []), ValueError, "predicted: expected 1 sentences, got 0"),
        (lambda: span_score([["O"]], [["O", "O"]]), ValueError, "predicted[0]: expected 1 tags, got 2"),
        (
            lambda: bio([Span(0, 2, "a"), Span(1, 3, "a")], 3),
            ValueError,
            "found: expected no two spans that overlap, got Span(start=1, end=3, kind='a')",
        ),
        (
            lambda: bio([Span(2, 2, "a")], 3),
            ValueError,
            "found: expected a span within 0..3, got Span(start=2, end=2, kind='a')",
        ),
        (
            lambda: bio([Span(0, 4, "a")], 3),
            ValueError,
            "found: expected a span within 0..3, got Span(start=0, end=4, kind='a')",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
