"""Exercises of the chapter on embeddings: the table and its gradient, the loss, the neighbours of words."""

from companion.check.embeddings.loss import BCE
from companion.check.embeddings.neighbours import COSINE, NEAREST
from companion.check.embeddings.table import FROZEN_STEP, LOOKUP, SCATTER_ADD

EXERCISES = (LOOKUP, SCATTER_ADD, BCE, FROZEN_STEP, COSINE, NEAREST)
"""In the order of the chapter."""
