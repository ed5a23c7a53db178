"""Word vectors: the table, its questions, and the files that such vectors are kept in."""

from companion.vectors.binary_format import read_word2vec_binary, write_word2vec_binary
from companion.vectors.fasttext import Settings, SubwordVectors
from companion.vectors.fasttext_format import read_fasttext, write_fasttext
from companion.vectors.subwords import character_ngrams, fasttext_hash
from companion.vectors.table import Vectors
from companion.vectors.text_format import read_glove, read_word2vec_text, write_glove, write_word2vec_text

__all__ = [
    "Settings",
    "SubwordVectors",
    "Vectors",
    "character_ngrams",
    "fasttext_hash",
    "read_fasttext",
    "read_glove",
    "read_word2vec_binary",
    "read_word2vec_text",
    "write_fasttext",
    "write_glove",
    "write_word2vec_binary",
    "write_word2vec_text",
]
