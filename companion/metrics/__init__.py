"""What a model is worth, in numbers: for language models perplexity, and bits for each byte or character."""

from companion.metrics.language import (
    bits,
    bits_per_byte,
    bits_per_character,
    cross_entropy,
    perplexity,
    spelling_nats,
)

__all__ = [
    "bits",
    "bits_per_byte",
    "bits_per_character",
    "cross_entropy",
    "perplexity",
    "spelling_nats",
]
