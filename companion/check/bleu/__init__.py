"""Exercises of the chapter on BLEU: counting, the penalty, the score, a corpus, and whether it is chance."""

from companion.check.bleu.counting import CLIPPED, LENGTH, PENALTY
from companion.check.bleu.scoring import BOOTSTRAP, CORPUS, SCORE, SMOOTHED

EXERCISES = (CLIPPED, PENALTY, LENGTH, SCORE, SMOOTHED, CORPUS, BOOTSTRAP)
"""In the order of the chapter."""
