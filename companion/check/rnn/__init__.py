"""Exercises of the chapter on the recurrent network: its loop, its matrices, and what a state remembers."""

from companion.check.rnn.final import FINAL
from companion.check.rnn.matrices import BANDED, KERAS, PARAMETERS, STACKED
from companion.check.rnn.memory import REMEMBERED
from companion.check.rnn.steps import READ, STEP

EXERCISES = (STEP, READ, PARAMETERS, STACKED, KERAS, BANDED, FINAL, REMEMBERED)
"""In the order of the chapter."""
