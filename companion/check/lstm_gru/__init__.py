"""Exercises of the chapter on gated units: one step written out, parameters counted, weights carried over."""

from companion.check.lstm_gru.counts import FROM_KERAS, PARAMETERS
from companion.check.lstm_gru.gru import SIMPLE, STEP

EXERCISES = (SIMPLE, STEP, PARAMETERS, FROM_KERAS)
"""In the order of the chapter."""
