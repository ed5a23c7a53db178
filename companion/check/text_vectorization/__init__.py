"""Exercises of the chapter on text vectorization: how text is cut, and how the pieces become numbers."""

from companion.check.text_vectorization.counting import BAG_OF_WORDS, ONE_HOT, PAD
from companion.check.text_vectorization.cutting import NGRAMS, VOCABULARY
from companion.check.text_vectorization.subwords import BPE_STEP
from companion.check.text_vectorization.weighing import BIRTHDAY, TFIDF

EXERCISES = (ONE_HOT, NGRAMS, VOCABULARY, PAD, BAG_OF_WORDS, BIRTHDAY, TFIDF, BPE_STEP)
"""In the order of the chapter."""
