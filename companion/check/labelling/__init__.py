"""Exercises of the chapter on labelling: baseline, spans and their score, masks, averages, a gate, a leak."""

from companion.check.labelling.spans import SPAN_F1, SPANS
from companion.check.labelling.vectors import AVERAGE, GATE, LEAK
from companion.check.labelling.words import ACCURACY, BASELINE

EXERCISES = (BASELINE, SPANS, SPAN_F1, ACCURACY, AVERAGE, GATE, LEAK)
"""In the order of the chapter."""
