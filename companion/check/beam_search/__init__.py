"""Exercises of the chapter on beam search: one step, the whole search, when to stop, and who is at fault."""

from companion.check.beam_search.judging import CANDIDATES, SCORE, STOP, VERDICTS
from companion.check.beam_search.searching import REORDER, SEARCH, STEP

EXERCISES = (CANDIDATES, SCORE, STEP, REORDER, STOP, SEARCH, VERDICTS)
"""In the order of the chapter."""
