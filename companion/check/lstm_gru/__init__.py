"""Exercises of the chapter on gated units: steps written out and gone back, parameters, biases, states."""

from companion.check.lstm_gru.counts import FROM_KERAS, PARAMETERS
from companion.check.lstm_gru.forgetting import CHUNKS, FORGET_BIAS, HALF_LIFE
from companion.check.lstm_gru.gru import SIMPLE
from companion.check.lstm_gru.gru import STEP as GRU_STEP
from companion.check.lstm_gru.lstm import BACK
from companion.check.lstm_gru.lstm import STEP as LSTM_STEP

EXERCISES = (SIMPLE, HALF_LIFE, LSTM_STEP, GRU_STEP, PARAMETERS, FORGET_BIAS, BACK, CHUNKS, FROM_KERAS)
"""In the order of the chapter; the last stands in the appendix on conventions."""
