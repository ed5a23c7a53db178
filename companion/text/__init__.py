"""From text to arrays: tokens, vocabularies, byte-pair encoding, one-hot and count vectors, hashing, padding.

NumPy and the standard library only: this package runs in the browser too.
"""

from companion.text.bpe import BytePairEncoding
from companion.text.corpus import EncodedCorpus, encode_corpus, fit_and_encode
from companion.text.hashing import (
    collision_probability,
    expected_colliding,
    hash_bucket,
    hash_vector,
    hash_vectors,
    stable_hash,
)
from companion.text.keras_compat import KerasTokenizer
from companion.text.padding import pad, padded_lengths
from companion.text.pretokenize import split_pieces, visible
from companion.text.tokenize import char_ngrams, characters, ngrams_up_to, normalise, word_ngrams, words
from companion.text.vectorize import (
    bag_of_words,
    frequency,
    inverse_document_frequency,
    multi_hot,
    one_hot,
    tfidf,
)
from companion.text.vocabulary import PAD, UNK, Vocabulary

__all__ = [
    "PAD",
    "UNK",
    "BytePairEncoding",
    "EncodedCorpus",
    "KerasTokenizer",
    "Vocabulary",
    "bag_of_words",
    "char_ngrams",
    "characters",
    "collision_probability",
    "encode_corpus",
    "expected_colliding",
    "fit_and_encode",
    "frequency",
    "hash_bucket",
    "hash_vector",
    "hash_vectors",
    "inverse_document_frequency",
    "multi_hot",
    "ngrams_up_to",
    "normalise",
    "one_hot",
    "pad",
    "padded_lengths",
    "split_pieces",
    "stable_hash",
    "tfidf",
    "visible",
    "word_ngrams",
    "words",
]
