"""Exercises of the chapter on the encoder-decoder: words, batches, the bridge both ways, searches, scores."""

from companion.check.seq2seq.bridge import BACK, FIRST_STATE
from companion.check.seq2seq.sentences import BY_LENGTH, GREEDY, PROBABILITY, SHIFT
from companion.check.seq2seq.words import WORD

EXERCISES = (WORD, SHIFT, FIRST_STATE, PROBABILITY, GREEDY, BACK, BY_LENGTH)
"""In the order of the chapter."""
