"""``seq-frames``, ``seq-spectrogram``, ``seq-autocorrelation``: a solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _frames_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 10, 4, 2
    yield 4, 4, 2
    yield 3, 4, 2
    yield 0, 4, 1
    yield 11, 4, 3
    yield 9, 3, 3
    yield 8000, 200, 80
    for _ in range(6):
        length = int(rng.integers(2, 12))
        yield int(rng.integers(12, 90)), length, int(rng.integers(1, length + 1))


FRAMES = Exercise(
    "seq-frames",
    _frames_cases,
    (
        Law("a count is never negative.", lambda given, got: got >= 0),
        Law("what is shorter than a frame has none.", lambda given, got: given[0] >= given[1] or got == 0),
        Law(
            "the last frame ends within the signal.",
            lambda given, got: got == 0 or (got - 1) * given[2] + given[1] <= given[0],
        ),
        Law(
            "one more frame would not fit.",
            lambda given, got: got * given[2] + given[1] > given[0],
        ),
    ),
)


@FRAMES.solved_by
def frame_count(samples: int, length: int, hop: int) -> int:
    """Return how many whole frames of so many samples fit into a signal, each beginning hop later."""
    return 1 + (samples - length) // hop if samples >= length else 0


@FRAMES.mistake("You return samples / hop: the last of these frames reach beyond the end of the signal.")
def _frames_by_hop(samples: int, length: int, hop: int) -> int:
    return samples // hop


@FRAMES.mistake("You return samples / length: these frames lie side by side. Yours may overlap.")
def _frames_side_by_side(samples: int, length: int, hop: int) -> int:
    return samples // length


@FRAMES.mistake("The first frame is not counted: you count how often one can move on by a hop.")
def _frames_first_missing(samples: int, length: int, hop: int) -> int:
    return max(samples - length, 0) // hop


@FRAMES.mistake("You round up: the last of your frames is not whole.")
def _frames_rounded_up(samples: int, length: int, hop: int) -> int:
    return 1 - (length - samples) // hop if samples >= length else 0


@FRAMES.mistake(
    "Right for long signals, but one that is shorter than a frame still gets a frame, or less than none."
)
def _frames_short_signal(samples: int, length: int, hop: int) -> int:
    return 1 + (samples - length) // hop


def _spectrogram_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.cos(np.pi * np.arange(12) / 2), 4, 4
    yield np.ones(8), 4, 2
    yield np.ones(3), 4, 2
    for samples, length, hop in [(30, 8, 4), (41, 6, 3), (25, 5, 2), (64, 16, 5), (9, 9, 1)]:
        yield rng.normal(size=samples).round(3), length, hop


SPECTROGRAM = Exercise(
    "seq-spectrogram",
    _spectrogram_cases,
    (
        Law(
            "there is one row a frame and one column a frequency from 0 to half the rate.",
            lambda given, got: (
                got.shape == (frame_count(len(given[0]), given[1], given[2]), given[1] // 2 + 1)
            ),
        ),
        Law("a power is never negative.", lambda given, got: bool((got >= -1e-9).all())),
    ),
)


def _frames(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    """Return the frames one below the other, (M, length), without a window."""
    starts = hop * np.arange(frame_count(len(samples), length, hop))
    return samples[starts[:, None] + np.arange(length)]


def _hann(length: int) -> np.ndarray:
    return (1 - np.cos(2 * np.pi * np.arange(length) / length)) / 2


@SPECTROGRAM.solved_by
def spectrogram_of(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    """Return the power of each frequency in each frame, an array (M, length // 2 + 1) for samples (T,).

    Frame m holds the samples from m hop on, times the window (1 - cos(2 pi n / length)) / 2. Its power at
    frequency k is the squared magnitude of the sum over n of frame[n] exp(-2 pi i k n / length).
    """
    return np.abs(np.fft.rfft(_frames(samples, length, hop) * _hann(length), axis=1)) ** 2


@SPECTROGRAM.mistake(
    "The window is missing: a frame that begins and ends abruptly holds frequencies of its own."
)
def _spectrogram_bare(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return np.abs(np.fft.rfft(_frames(samples, length, hop), axis=1)) ** 2


@SPECTROGRAM.mistake("You return magnitudes. The power is their square.")
def _spectrogram_magnitude(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return np.sqrt(spectrogram_of(samples, length, hop))


@SPECTROGRAM.mistake(
    "You return the squared real part. The imaginary part holds as much: take the magnitude."
)
def _spectrogram_real(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return np.fft.rfft(_frames(samples, length, hop) * _hann(length), axis=1).real ** 2


@SPECTROGRAM.mistake(
    "You return both halves of the spectrum. Of a real signal the second is the first in a mirror."
)
def _spectrogram_both_halves(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return np.abs(np.fft.fft(_frames(samples, length, hop) * _hann(length), axis=1)) ** 2


@SPECTROGRAM.mistake("Time and frequency are exchanged: a frame should be a row.")
def _spectrogram_turned(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return spectrogram_of(samples, length, hop).T


@SPECTROGRAM.mistake("Your frames lie side by side: the next begins where the last ends, whatever the hop.")
def _spectrogram_no_overlap(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return spectrogram_of(samples, length, length)


@SPECTROGRAM.mistake(
    "Your window divides by length - 1, as np.hanning does: it reaches 0 at both ends. The one asked for "
    "does not repeat its first value."
)
def _spectrogram_symmetric(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return np.abs(np.fft.rfft(_frames(samples, length, hop) * np.hanning(length), axis=1)) ** 2


@SPECTROGRAM.mistake(
    "You take the spectrum of each frame divided by its length; the sum is asked for, not the mean."
)
def _spectrogram_mean(samples: np.ndarray, length: int, hop: int) -> np.ndarray:
    return spectrogram_of(samples, length, hop) / length**2


def _autocorrelation_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1.0, 2.0, 3.0, 4.0]), 1
    yield np.array([1.0, -1.0, 1.0, -1.0, 1.0]), 1
    yield np.array([2.0, 5.0, 3.0]), 0
    for size, lag in [(6, 2), (12, 3), (20, 5), (9, 8), (15, 1)]:
        yield (rng.normal(size=size).cumsum() + 4).round(3), lag


AUTOCORRELATION = Exercise(
    "seq-autocorrelation",
    _autocorrelation_cases,
    (
        Law("it lies between -1 and 1.", lambda given, got: abs(got) <= 1 + 1e-9),
        Law(
            "a series agrees with itself: at lag 0 it is 1.",
            lambda given, got: given[1] or abs(got - 1) < 1e-9,
        ),
    ),
)


@AUTOCORRELATION.solved_by
def autocorrelation(x: np.ndarray, lag: int) -> float:
    """Return how far a series x (T,) agrees with itself lag steps before.

    With m the mean of all of x: the sum over t of (x[t] - m)(x[t + lag] - m), taken where both exist, divided
    by the sum of all (x[t] - m)^2. x is not constant, and lag is from 0 to T - 1.
    """
    d = x - x.mean()
    return float(d[: len(x) - lag] @ d[lag:] / (d @ d))


@AUTOCORRELATION.mistake(
    "You have not taken off the mean: a series far from 0 then agrees with itself at any lag."
)
def _autocorrelation_not_centred(x: np.ndarray, lag: int) -> float:
    return float(x[: len(x) - lag] @ x[lag:] / (x @ x))


@AUTOCORRELATION.mistake("You return the sum of products. Divided by the sum of squares it has no unit.")
def _autocorrelation_not_divided(x: np.ndarray, lag: int) -> float:
    d = x - x.mean()
    return float(d[: len(x) - lag] @ d[lag:])


@AUTOCORRELATION.mistake(
    "You carry the end of the series round to its beginning, as np.roll does. The last steps have no partner."
)
def _autocorrelation_circular(x: np.ndarray, lag: int) -> float:
    d = x - x.mean()
    return float(d @ np.roll(d, -lag) / (d @ d))


@AUTOCORRELATION.mistake(
    "You divide the products by their own number. At long lags few are left, and one of them counts for "
    "much: the result can pass 1."
)
def _autocorrelation_by_number(x: np.ndarray, lag: int) -> float:
    return autocorrelation(x, lag) * len(x) / (len(x) - lag)


@AUTOCORRELATION.mistake(
    "You correlate the two pieces, each about its own mean. The mean and the sum of squares are those of the "
    "whole series."
)
def _autocorrelation_of_pieces(x: np.ndarray, lag: int) -> float:
    a, b = x[: len(x) - lag], x[lag:]
    a, b = a - a.mean(), b - b.mean()
    with np.errstate(all="ignore"):
        return float(a @ b / np.sqrt((a @ a) * (b @ b)))


@AUTOCORRELATION.mistake("You start the second series one step too far on.")
def _autocorrelation_one_more(x: np.ndarray, lag: int) -> float:
    d = x - x.mean()
    return float(d[: max(len(x) - lag - 1, 0)] @ d[lag + 1 :] / (d @ d))
