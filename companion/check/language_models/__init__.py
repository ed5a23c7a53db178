"""Exercises of the chapter on language models: probabilities of sentences, what they are worth, sampling."""

from companion.check.language_models.bits import BITS
from companion.check.language_models.counting import CONTINUATION, MIXTURE
from companion.check.language_models.drawing import NUCLEUS, TEMPERATURE
from companion.check.language_models.scoring import CHAIN, PERPLEXITY, SHIFT

EXERCISES = (CHAIN, PERPLEXITY, SHIFT, TEMPERATURE, NUCLEUS, CONTINUATION, BITS, MIXTURE)
"""In the order of the chapter."""
