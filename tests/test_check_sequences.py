"""What readers write for the exercises on sequences, and what they are told."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from checking import read, tried


def as_indices(T: int, names: list[tuple[int, int]]) -> list[int]:
    """Take the numbers on paper for those of Python, at both ends."""
    labels = [0] * T
    for first, last in names:
        for place in range(first, last):
            labels[place] = 1
    return labels


def off_the_end(T: int, names: list[tuple[int, int]]) -> list[int]:
    labels = [0] * T
    for first, last in names:
        for place in range(first, last + 1):
            labels[place] = 1
    return labels


WRITTEN: list[tuple[str, Callable[..., Any], str]] = [
    ("seq-frames", lambda samples, length, hop: samples // hop, "reach beyond the end of the signal"),
    (
        "seq-frames",
        lambda samples, length, hop: len(range(0, samples - length, hop)),
        "the last frame ends|one more frame would not fit|first frame is not counted",
    ),
    (
        "seq-frames",
        lambda samples, length, hop: int(np.ceil((samples - length) / hop)) + 1 if samples >= length else 0,
        "You round up",
    ),
    ("seq-time-major", lambda x: x.reshape(x.shape[1], x.shape[0], -1), "reshape keeps the order in memory"),
    ("seq-time-major", lambda x: np.swapaxes(x, 1, 2), "the last two axes"),
    ("seq-lengths", lambda ids, padding: np.argmax(ids == padding, axis=1), "argmax of a row"),
    ("seq-lengths", lambda ids, padding: np.count_nonzero(ids, axis=1), "You count what is not 0"),
    ("seq-lengths", lambda ids, padding: np.array([len(row) for row in ids], int), "counts the padding"),
    ("seq-last", lambda states, lengths: states[-1], "You take states[-1]"),
    ("seq-last", lambda states, lengths: states[lengths, range(len(lengths))], "step after the last"),
    ("seq-last", lambda states, lengths: states[lengths - 1], "Expected shape"),
    (
        "seq-labels",
        lambda T, names: [int(any(t in range(a, b) for a, b in names)) for t in range(1, T + 1)],
        "The last word of each name is missing",
    ),
    (
        "seq-labels",
        lambda T, names: [int(any(t in range(a, b + 1) for a, b in names)) for t in range(T)],
        "one word too far to the right",
    ),
    ("seq-labels", as_indices, "The first word of each name is missing"),
    ("seq-labels", off_the_end, "falls off the list"),
    ("seq-shift", lambda ids: (ids[:-1], ids[:-1]), "Your targets are the inputs themselves"),
    ("seq-shift", lambda ids: (ids, np.append(ids[1:], ids[0])), "roll carries round the end"),
    (
        "seq-autocorrelation",
        lambda x, lag: float(np.corrcoef(x[: len(x) - lag], x[lag:])[0, 1]),
        "each about its own mean",
    ),
    (
        "seq-autocorrelation",
        lambda x, lag: float(np.correlate(x, x, "full")[len(x) - 1 + lag] / np.dot(x, x)),
        "You have not taken off the mean",
    ),
    (
        "seq-spectrogram",
        lambda samples, length, hop: windowed(samples, length, hop, np.ones(length)),
        "The window is missing",
    ),
    (
        "seq-spectrogram",
        lambda samples, length, hop: windowed(samples, length, hop, np.hanning(length)),
        "divides by length - 1",
    ),
    (
        "seq-spectrogram",
        lambda samples, length, hop: windowed(samples, length, hop, periodic(length)) ** 0.5,
        "You return magnitudes",
    ),
]


def periodic(length: int) -> np.ndarray:
    return np.sin(np.pi * np.arange(length) / length) ** 2


def windowed(samples: np.ndarray, length: int, hop: int, window: np.ndarray) -> np.ndarray:
    """Transform frame by frame, as one writes it first."""
    starts = range(0, len(samples) - length + 1, hop)
    rows = [np.abs(np.fft.rfft(window * samples[start : start + length])) ** 2 for start in starts]
    return np.array(rows).reshape(len(rows), length // 2 + 1)


@pytest.mark.parametrize(("name", "function", "said"), WRITTEN)
def test_what_is_commonly_written_is_answered(name: str, function: Callable[..., Any], said: str) -> None:
    verdict = tried(name, function)
    assert not verdict
    message = read(verdict)
    assert any(part in message for part in said.split("|")), message


RIGHT: list[tuple[str, Callable[..., Any]]] = [
    ("seq-frames", lambda samples, length, hop: len(range(0, samples - length + 1, hop))),
    ("seq-time-major", lambda x: np.stack(list(x), axis=1)),
    ("seq-lengths", lambda ids, padding: np.count_nonzero(ids != padding, axis=1)),
    (
        "seq-last",
        lambda states, lengths: np.array([states[n - 1, i] for i, n in enumerate(lengths)]),
    ),
    ("seq-labels", lambda T, names: [int(any(a <= t <= b for a, b in names)) for t in range(1, T + 1)]),
    ("seq-shift", lambda ids: (np.delete(ids, -1), np.delete(ids, 0))),
    (
        "seq-spectrogram",
        lambda samples, length, hop: windowed(samples, length, hop, periodic(length)),
    ),
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
def test_another_way_to_the_right_answer_passes(name: str, function: Callable[..., Any]) -> None:
    verdict = tried(name, function)
    assert verdict, read(verdict)
