"""Exercises of the chapter on learning embeddings: pairs, noise, gradients, counts, and what it is worth."""

from companion.check.learning_embeddings.counts import COOCCURRENCE, NGRAMS
from companion.check.learning_embeddings.evaluation import ANALOGY, SPEARMAN
from companion.check.learning_embeddings.gradients import CBOW, SGNS
from companion.check.learning_embeddings.pairs import NOISE, PAIRS

EXERCISES = (PAIRS, NOISE, SGNS, CBOW, COOCCURRENCE, NGRAMS, SPEARMAN, ANALOGY)
"""In the order of the chapter."""
