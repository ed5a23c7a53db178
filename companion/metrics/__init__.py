"""What a model is worth, in numbers: perplexity, bits per byte, the gap on its own, BLEU, spans found."""

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
from companion.metrics.spans import Span, SpanScore, bio, by_kind, span_score

__all__ = [
    "Bleu",
    "ChrF",
    "Gap",
    "Overlap",
    "Span",
    "SpanScore",
    "bio",
    "bits",
    "bits_per_byte",
    "bits_per_character",
    "bleu_score",
    "bleu_statistics",
    "bootstrap_bleu",
    "by_kind",
    "clipped_matches",
    "corpus_bleu",
    "corpus_chrf",
    "cross_entropy",
    "exposure_gap",
    "matches",
    "perplexity",
    "sentence_bleu",
    "sentence_chrf",
    "span_score",
    "spelling_nats",
]
