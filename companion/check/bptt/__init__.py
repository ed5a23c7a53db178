"""Exercises of the chapter on backpropagation through time: gradients by hand, masked losses, clipping."""

from companion.check.bptt.around import CLIP, LOSS, SPACING
from companion.check.bptt.through_time import RECURRENT, RELU, STATE, TWO_STEPS

EXERCISES = (TWO_STEPS, LOSS, STATE, RECURRENT, CLIP, SPACING, RELU)
"""In the order of the chapter."""
