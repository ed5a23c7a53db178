"""Exercises of the chapter on sequences: frames and axes, lengths, labels, two measurements of a signal."""

from companion.check.sequences.axes import LAST, LENGTHS, TIME_MAJOR
from companion.check.sequences.labels import LABELS, SHIFT
from companion.check.sequences.signals import AUTOCORRELATION, FRAMES, SPECTROGRAM

EXERCISES = (FRAMES, TIME_MAJOR, LENGTHS, LAST, LABELS, SHIFT, AUTOCORRELATION, SPECTROGRAM)
"""In the order of the chapter."""
