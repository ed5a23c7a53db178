"""``lab-spans``, ``lab-span-f1``: from labels to spans, and from spans to a score."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Span = tuple[int, int, str]

KINDS = ("person", "place")


def _bio(rng: np.random.Generator, T: int, loose: bool = False) -> list[str]:
    """Draw labels: whole spans, neighbours among them, or with ``loose`` any label at any step."""
    if loose:
        every = ["O", *(f"{mark}-{kind}" for mark in "BI" for kind in KINDS)]
        return [str(label) for label in rng.choice(every, T)]
    labels: list[str] = []
    while len(labels) < T:
        kind = KINDS[rng.integers(2)]
        length = int(rng.integers(1, 4))
        labels += ["O"] if rng.random() < 0.45 else [f"B-{kind}"] + [f"I-{kind}"] * (length - 1)
    return labels[:T]


def _span_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (["B-person", "I-person", "O", "B-place"],)
    yield (["O", "O"],)
    yield ([],)
    yield (["B-person", "I-person", "B-person", "I-person"],)
    yield (["B-person", "I-place", "O", "I-place", "I-place"],)
    for T in (6, 9, 14):
        yield (_bio(rng, T),)
    for T in (8, 12):
        yield (_bio(rng, T, loose=True),)


SPANS = Exercise(
    "lab-spans",
    _span_cases,
    (
        Law(
            "the spans hold as many words as there are labels other than O.",
            lambda given, got: sum(end - start for start, end, _ in got) == sum(x != "O" for x in given[0]),
        ),
    ),
)


def _spans(
    labels: list[str], *, joins: bool = False, mixes: bool = False, strict: bool = False
) -> list[Span]:
    """Read the spans as the solution does, or as its mistakes do."""
    found: list[Span] = []
    for t, label in enumerate(labels):
        if label == "O":
            continue
        mark, kind = label.split("-")
        before = labels[t - 1] if t else "O"
        inside = mark == "I" or joins
        goes_on = inside and before != "O" and (mixes or before[2:] == kind)
        if goes_on and found and found[-1][1] == t:
            found[-1] = (found[-1][0], t + 1, found[-1][2])
        elif mark == "B" or not strict:
            found.append((t, t + 1, kind))
    return found


@SPANS.solved_by
def spans_of(labels: list[str]) -> list[Span]:
    """Return (start, end, kind) of every span, the end exclusive; an I that continues nothing begins one."""
    return _spans(labels)


@SPANS.mistake("Two spans that touch are made one: a B always begins a new span. It is what the B is for.")
def _spans_joined(labels: list[str]) -> list[Span]:
    return _spans(labels, joins=True)


@SPANS.mistake("A span goes on although its kind changes: I-place does not continue a person.")
def _spans_mixed(labels: list[str]) -> list[Span]:
    return _spans(labels, mixes=True)


@SPANS.mistake("An I without its B is dropped. Networks write such labels; here, they begin a span.")
def _spans_strict(labels: list[str]) -> list[Span]:
    return _spans(labels, strict=True)


@SPANS.mistake("The end is the last word of the span; asked for is the place after it, as in a slice.")
def _spans_inclusive(labels: list[str]) -> list[Span]:
    return [(start, end - 1, kind) for start, end, kind in _spans(labels)]


@SPANS.mistake(
    "A span that reaches the last word is lost: it is written down when an O comes, and none comes."
)
def _spans_open(labels: list[str]) -> list[Span]:
    return [span for span in _spans(labels) if span[1] < len(labels)]


def _f1_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [[(0, 2, "person"), (4, 5, "place")]], [[(0, 2, "person"), (4, 6, "place")]]
    yield [[(1, 3, "person")], []], [[], [(1, 3, "person")]]
    yield [[], []], [[], []]
    yield [[(0, 1, "place")]], [[]]
    yield [[(0, 2, "person")], [(0, 2, "place")]], [[(0, 2, "place")], [(0, 2, "place"), (3, 4, "place")]]
    yield [[(0, 3, "person")], [(1, 2, "place"), (4, 5, "person")]], [[(0, 3, "person")], [(1, 2, "place")]]
    for sentences, T in ((3, 9), (6, 7), (5, 12)):
        true = [_spans(_bio(rng, T)) for _ in range(sentences)]
        yield (
            true,
            [
                [s for s in of if rng.random() < 0.7]
                + [(T + i, T + i + 1, "place") for i in range(int(rng.integers(3)))]
                for of in true
            ],
        )


SPAN_F1 = Exercise(
    "lab-span-f1",
    _f1_cases,
    (Law("it lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),),
)

Sentences = list[list[Span]]


def _counts(true: Sentences, found: Sentences) -> tuple[int, int, int]:
    """Return how many spans are right, how many there are and how many were found."""
    right = sum(len(set(t) & set(f)) for t, f in zip(true, found, strict=True))
    return right, sum(map(len, true)), sum(map(len, found))


def _f1(right: float, there: float, found: float) -> float:
    return 2 * right / (there + found) if right else 0.0


@SPAN_F1.solved_by
def span_f1(true: Sentences, found: Sentences) -> float:
    """Return F1 of the spans of all sentences together; 0 where none is right."""
    return _f1(*_counts(true, found))


@SPAN_F1.mistake("That is precision: of the spans found, how many are right. A silent tagger would do well.")
def _f1_precision(true: Sentences, found: Sentences) -> float:
    right, _, said = _counts(true, found)
    return right / said if said else 0.0


@SPAN_F1.mistake(
    "That is recall: of the spans there are, how many were found. What was invented costs nothing."
)
def _f1_recall(true: Sentences, found: Sentences) -> float:
    right, there, _ = _counts(true, found)
    return right / there if there else 0.0


@SPAN_F1.mistake(
    "Each sentence has an F1 of its own in yours, and these are averaged. Count over all sentences first."
)
def _f1_by_sentence(true: Sentences, found: Sentences) -> float:
    return float(np.mean([_f1(*_counts([t], [f])) for t, f in zip(true, found, strict=True)]))


@SPAN_F1.mistake("A span counts in yours though its kind is wrong. Place and kind have to agree.")
def _f1_no_kind(true: Sentences, found: Sentences) -> float:
    return span_f1(*([[(a, b, "") for a, b, _ in of] for of in given] for given in (true, found)))


@SPAN_F1.mistake("That is the F1 of words: half a name counts half. A span is right as a whole, or wrong.")
def _f1_tokens(true: Sentences, found: Sentences) -> float:
    single = [
        [[(t, t + 1, k) for a, b, k in of for t in range(a, b)] for of in given] for given in (true, found)
    ]
    return span_f1(*single)


@SPAN_F1.mistake(
    "The spans of different sentences are thrown together: the same place in another sentence is another."
)
def _f1_pooled(true: Sentences, found: Sentences) -> float:
    there, said = ({span for of in given for span in of} for given in (true, found))
    return _f1(len(there & said), len(there), len(said))


@SPAN_F1.mistake("The mean of precision and recall: of 1 and 0 that makes a half. F1 is their harmonic mean.")
def _f1_arithmetic(true: Sentences, found: Sentences) -> float:
    return (_f1_precision(true, found) + _f1_recall(true, found)) / 2
