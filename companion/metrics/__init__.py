"""What a model is worth, in numbers: perplexity, bits for each byte or character, and the gap on its own."""

from companion.metrics.exposure import Gap, exposure_gap
from companion.metrics.language import (
    bits,
    bits_per_byte,
    bits_per_character,
    cross_entropy,
    perplexity,
    spelling_nats,
)

__all__ = [
    "Gap",
    "bits",
    "bits_per_byte",
    "bits_per_character",
    "cross_entropy",
    "exposure_gap",
    "perplexity",
    "spelling_nats",
]
