"""``seq-labels`` and ``seq-shift``: one output a word. Each solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _labels_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 9, [(1, 2), (4, 5)]
    yield 3, []
    yield 1, [(1, 1)]
    yield 4, [(3, 4)]
    for size in (5, 7, 8, 10, 12):
        cuts = np.sort(rng.choice(np.arange(1, size + 1), 4, replace=False))
        yield size, [(int(cuts[0]), int(cuts[1])), (int(cuts[2]), int(cuts[3]))]


LABELS = Exercise(
    "seq-labels",
    _labels_cases,
    (
        Law("there is one label a word.", lambda given, got: len(got) == given[0]),
        Law("a label is 0 or 1.", lambda given, got: set(got) <= {0, 1}),
        Law("a word of no name has label 0.", lambda given, got: bool(given[1]) or not any(got)),
    ),
)


@LABELS.solved_by
def name_labels(T: int, names: list[tuple[int, int]]) -> list[int]:
    """Return the labels y_1 to y_T as a list: 1 where the word is part of a name, otherwise 0.

    Each name is a pair (first, last): the places of its first and of its last word, counted from 1.
    """
    return [int(any(first <= t <= last for first, last in names)) for t in range(1, T + 1)]


@LABELS.mistake("Your labels stand one word too far to the right. On paper the first word has the number 1.")
def _labels_late(T: int, names: list[tuple[int, int]]) -> list[int]:
    return [int(any(first <= t <= last for first, last in names)) for t in range(T)]


@LABELS.mistake(
    "The last word of each name is missing: the pairs name their last word, not the one after it."
)
def _labels_short(T: int, names: list[tuple[int, int]]) -> list[int]:
    return [int(any(first <= t < last for first, last in names)) for t in range(1, T + 1)]


@LABELS.mistake(
    "The first word of each name is missing: people count from 1, and a list from 0. And range stops before "
    "its end, which only by luck is right for the last word."
)
def _labels_as_indices(T: int, names: list[tuple[int, int]]) -> list[int]:
    return [int(any(first <= index < last for first, last in names)) for index in range(T)]


@LABELS.mistake(
    "The places are used as indices: everything stands one word too far to the right, and a name at the end "
    "falls off the list."
)
def _labels_off_the_end(T: int, names: list[tuple[int, int]]) -> list[int]:
    labels = [0] * T
    for first, last in names:
        for index in range(first, last + 1):
            labels[index] = 1
    return labels


@LABELS.mistake("You mark where a name begins. Every word of it should have label 1.")
def _labels_first(T: int, names: list[tuple[int, int]]) -> list[int]:
    return [int(any(first == t for first, _ in names)) for t in range(1, T + 1)]


@LABELS.mistake("You number the names. The labels ask only whether a word is part of one.")
def _labels_numbered(T: int, names: list[tuple[int, int]]) -> list[int]:
    numbers = [[i for i, (first, last) in enumerate(names, 1) if first <= t <= last] for t in range(1, T + 1)]
    return [which[0] if which else 0 for which in numbers]


@LABELS.mistake("You have 0 and 1 the wrong way round.")
def _labels_inverted(T: int, names: list[tuple[int, int]]) -> list[int]:
    return [1 - label for label in name_labels(T, names)]


@LABELS.mistake("Only the first of the names is marked.")
def _labels_one_name(T: int, names: list[tuple[int, int]]) -> list[int]:
    return name_labels(T, names[:1])


def _shift_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (np.array([4, 7, 2]),)
    yield (np.array([3, 8]),)
    yield (np.array([6]),)
    for size in (5, 9, 12, 4, 7):
        yield (rng.integers(0, 30, size),)


SHIFT = Exercise(
    "seq-shift",
    _shift_cases,
    (
        Law("there are as many targets as inputs.", lambda given, got: len(got[0]) == len(got[1])),
        Law(
            "no word predicts itself: the target of a step is the input of the next.",
            lambda given, got: bool((got[1][:-1] == got[0][1:]).all()),
        ),
    ),
)


@SHIFT.solved_by
def inputs_and_targets(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two arrays (T - 1,) for ids (T,): the inputs, and for each the id that comes next."""
    return ids[:-1], ids[1:]


@SHIFT.mistake(
    "Your targets are the inputs themselves: a network that copies would be perfect and know nothing."
)
def _shift_not(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ids[:-1], ids[:-1]


@SHIFT.mistake("You have shifted the wrong way: each word is to predict the one that came before.")
def _shift_back(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ids[1:], ids[:-1]


@SHIFT.mistake(
    "Your last target is the first word: roll carries round the end. The last word has no word after it."
)
def _shift_rolled(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ids, np.roll(ids, -1)


@SHIFT.mistake("There is one input more than there are targets: what should the last word predict?")
def _shift_uneven(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ids, ids[1:]


@SHIFT.mistake("Your targets lie two steps ahead of the inputs; the next word is one step ahead.")
def _shift_two(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return ids[:-2], ids[2:]
