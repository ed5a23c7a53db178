"""Labelled spans: names and the parts of an address, from tags and back, and how many of them were found.

BIO tags write spans as one label a token: ``B-person`` begins one, ``I-person`` goes on, ``O`` is outside of
all. A tagger that errs writes sequences which no spans have, such as an ``I-person`` after an ``O``; what
such a tag means is a convention, and scores hang on it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Span", "SpanScore", "bio", "by_kind", "span_score", "spans"]

OUTSIDE = "O"


class Span(NamedTuple):
    """Tokens ``start`` to ``end - 1``, counted from 0, that together are of one kind."""

    start: int
    end: int
    kind: str


class SpanScore(NamedTuple):
    """How many spans were found: shares from 0 to 1, and the three counts that they are made of."""

    precision: float
    recall: float
    f1: float
    right: int  # predicted and true
    predicted: int
    true: int


def spans(tags: Sequence[str], strict: bool = False) -> list[Span]:
    """Read the spans off BIO tags.

    Parameters
    ----------
    tags
        One a token: ``"O"``, or ``"B-"`` or ``"I-"`` with a kind behind it.
    strict
        What an ``I-`` is that continues no span of its kind. False: it begins one, as in the shared tasks of
        CoNLL and their script conlleval. True: it is nothing.

    Returns
    -------
    list of Span
        In the order of the sentence. None overlap.

    Raises
    ------
    TypeError
        If one string is given in place of several, or a tag is not a string.
    ValueError
        If a tag has another form.

    References
    ----------
    E. F. Tjong Kim Sang and F. De Meulder, *Introduction to the CoNLL-2003 Shared Task*, CoNLL 2003.

    Examples
    --------
    >>> spans(["B-person", "O", "B-company", "I-company", "O", "I-date"])
    [Span(start=0, end=1, kind='person'), Span(start=2, end=4, kind='company'),
     Span(start=5, end=6, kind='date')]
    >>> spans(["O", "I-date"], strict=True)
    []
    """
    found: list[Span] = []
    begun: tuple[int, str] | None = None  # where the open span began, and of which kind it is
    for t, (mark, kind) in enumerate(_marks(tags)):
        if mark == "I" and begun is not None and begun[1] == kind:
            continue
        if begun is not None:
            found.append(Span(begun[0], t, begun[1]))
        begun = (t, kind) if mark == "B" or (mark == "I" and not strict) else None
    if begun is not None:
        found.append(Span(begun[0], len(tags), begun[1]))
    return found


def bio(found: Iterable[Span], length: int) -> list[str]:
    """Write spans as BIO tags: the inverse of :func:`spans`.

    Parameters
    ----------
    found
        Spans that do not overlap, in any order.
    length
        How many tokens there are.

    Raises
    ------
    ValueError
        If a span is empty, reaches beyond the tokens, has no kind, or overlaps another.

    Examples
    --------
    >>> bio([Span(0, 1, "person"), Span(2, 4, "company")], 5)
    ['B-person', 'O', 'B-company', 'I-company', 'O']
    """
    tags = [OUTSIDE] * length
    for start, end, kind in found:
        if not (0 <= start < end <= length and kind):
            raise ValueError(f"found: expected a span within 0..{length}, got {Span(start, end, kind)}")
        if any(tag != OUTSIDE for tag in tags[start:end]):
            raise ValueError(f"found: expected no two spans that overlap, got {Span(start, end, kind)}")
        tags[start:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - start - 1)
    return tags


def span_score(
    true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], strict: bool = False
) -> SpanScore:
    r"""Count the spans that were found exactly: beginning, end and kind ({eq}`eq-span-f1`).

    .. math::

        P = \frac{|S \cap \hat{S}|}{|\hat{S}|}, \quad R = \frac{|S \cap \hat{S}|}{|S|}, \quad
        F_1 = \frac{2 P R}{P + R} = \frac{2 |S \cap \hat{S}|}{|S| + |\hat{S}|}

    with S the true spans of all sentences and the other the predicted ones. Half a name is no name: it costs
    precision, and the whole one costs recall. A share of nothing is 0.

    Parameters
    ----------
    true, predicted
        BIO tags, sentence by sentence.
    strict
        As in :func:`spans`, for both.

    Raises
    ------
    TypeError, ValueError
        As :func:`spans`; if the sentences are not as many, or not as long.

    Examples
    --------
    The company's second word was left out: of two spans one is right.

    >>> true = [["B-person", "O", "B-company", "I-company"]]
    >>> span_score(true, [["B-person", "O", "B-company", "O"]])
    SpanScore(precision=0.5, recall=0.5, f1=0.5, right=1, predicted=2, true=2)
    """
    pairs = _pairs(true, predicted, strict)
    right = sum(len(a & b) for a, b in pairs)
    return _score(right, sum(len(b) for _, b in pairs), sum(len(a) for a, _ in pairs))


def by_kind(
    true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], strict: bool = False
) -> dict[str, SpanScore]:
    """Score each kind of span alone, in alphabetical order; arguments are those of :func:`span_score`.

    Examples
    --------
    >>> by_kind([["B-person", "O"]], [["B-person", "B-date"]])["date"].precision
    0.0
    """
    pairs = _pairs(true, predicted, strict)
    scores = {}
    for kind in sorted({span.kind for pair in pairs for part in pair for span in part}):
        own = [tuple({span for span in part if span.kind == kind} for part in pair) for pair in pairs]
        right = sum(len(a & b) for a, b in own)
        scores[kind] = _score(right, sum(len(b) for _, b in own), sum(len(a) for a, _ in own))
    return scores


def _score(right: int, predicted: int, true: int) -> SpanScore:
    precision = right / predicted if predicted else 0.0  # {eq}`eq-span-f1`
    recall = right / true if true else 0.0  # {eq}`eq-span-f1`
    f1 = 2 * right / (predicted + true) if predicted + true else 0.0  # {eq}`eq-span-f1`
    return SpanScore(precision, recall, f1, right, predicted, true)


def _pairs(
    true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], strict: bool
) -> list[tuple[set[Span], set[Span]]]:
    """Return the spans of each sentence, true and predicted, or say how the two differ in length."""
    true, predicted = list(true), list(predicted)
    if len(true) != len(predicted):
        raise ValueError(f"predicted: expected {len(true)} sentences, got {len(predicted)}")
    for n, (a, b) in enumerate(zip(true, predicted, strict=True)):
        if len(a) != len(b):
            raise ValueError(f"predicted[{n}]: expected {len(a)} tags, got {len(b)}")
    return [(set(spans(a, strict)), set(spans(b, strict))) for a, b in zip(true, predicted, strict=True)]


def _marks(tags: Sequence[str]) -> list[tuple[str, str]]:
    """Cut each tag into B, I or O and its kind, which is empty for O; or say what is wrong with it."""
    if isinstance(tags, str):
        raise TypeError("tags: expected a list of strings, got one str")
    marks = []
    for t, tag in enumerate(tags):
        if not isinstance(tag, str):
            raise TypeError(f"tags[{t}]: expected a string, got {type(tag).__name__}")
        mark, dash, kind = tag.partition("-")
        if tag != OUTSIDE and not (mark in ("B", "I") and dash and kind):
            raise ValueError(f"tags[{t}]: expected O, B- or I- and a kind, got {tag!r}")
        marks.append((mark, kind))
    return marks
