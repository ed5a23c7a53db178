"""Exercises of the chapter on reading in both directions: the two readers, and what they may be asked."""

from companion.check.bidirectional.asking import AHEAD, AROUND, WAIT
from companion.check.bidirectional.readers import ENDS, HEARD, PARAMETERS, REVERSE

EXERCISES = (HEARD, REVERSE, ENDS, PARAMETERS, WAIT, AHEAD, AROUND)
"""In the order of the chapter."""
