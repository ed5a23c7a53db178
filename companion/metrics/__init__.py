"""What a model is worth, in numbers: perplexity, bits per byte or character, the gap on its own, BLEU."""

from companion.metrics.bleu import Bleu, bleu_score, bleu_statistics, corpus_bleu, sentence_bleu
from companion.metrics.bootstrap import bootstrap_bleu
from companion.metrics.chrf import ChrF, corpus_chrf, sentence_chrf
from companion.metrics.exposure import Gap, exposure_gap
from companion.metrics.language import (
    bits,
    bits_per_byte,
    bits_per_character,
    cross_entropy,
    perplexity,
    spelling_nats,
)
from companion.metrics.ngram_overlap import Overlap, clipped_matches, matches

__all__ = [
    "Bleu",
    "ChrF",
    "Gap",
    "Overlap",
    "bits",
    "bits_per_byte",
    "bits_per_character",
    "bleu_score",
    "bleu_statistics",
    "bootstrap_bleu",
    "clipped_matches",
    "corpus_bleu",
    "corpus_chrf",
    "cross_entropy",
    "exposure_gap",
    "matches",
    "perplexity",
    "sentence_bleu",
    "sentence_chrf",
    "spelling_nats",
]
