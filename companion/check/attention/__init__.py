"""Exercises of the chapter on attention: weights, masks, scores, a gradient, a decoder, an alignment."""

from companion.check.attention.backward import BACK
from companion.check.attention.decoding import ALIGNMENT, DECODER
from companion.check.attention.weights import ADDITIVE, CONTEXT, MASK, TWO_WORDS

EXERCISES = (TWO_WORDS, CONTEXT, ADDITIVE, MASK, BACK, DECODER, ALIGNMENT)
"""In the order of the chapter."""
