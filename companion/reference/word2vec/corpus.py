"""From sentences of words to ids: what word2vec reads."""

from collections.abc import Iterable
from itertools import chain

import numpy as np

from companion.text import EncodedCorpus, Vocabulary


def encode_sentences(
    sentences: Iterable[Iterable[str]], min_count: int = 5
) -> tuple[Vocabulary, EncodedCorpus]:
    """Give the words ids and leave the rare ones out.

    A rare word is dropped before any window is laid, so its neighbours become each other's: word2vec.c and
    gensim do the same.

    Parameters
    ----------
    sentences
        Lists of words.
    min_count
        A word that occurs less often gets no vector.

    Returns
    -------
    vocabulary : Vocabulary
        The most frequent word first, no specials.
    corpus : EncodedCorpus
        Its ids; a sentence may have become empty.

    Raises
    ------
    TypeError, ValueError
        As :meth:`companion.text.Vocabulary.fit`; and if no word is frequent enough.

    Examples
    --------
    >>> vocabulary, corpus = encode_sentences([["a", "b", "a"], ["c", "b"]], min_count=2)
    >>> vocabulary.tokens, corpus.ids, corpus.offsets
    (('a', 'b'), array([0, 1, 0, 1]), array([0, 3, 4]))
    """
    kept = [list(sentence) if not isinstance(sentence, str) else sentence for sentence in sentences]
    vocabulary = Vocabulary.fit(kept, min_count, specials=())
    if not len(vocabulary):
        raise ValueError(f"sentences: expected a word that occurs {min_count} times or more, got none")
    number_of = {word: i for i, word in enumerate(vocabulary.tokens)}
    encoded = [[number_of[word] for word in sentence if word in number_of] for sentence in kept]
    lengths = np.array([len(sentence) for sentence in encoded], dtype=np.int64)
    ids = np.fromiter(chain.from_iterable(encoded), np.int64, count=int(lengths.sum()))
    return vocabulary, EncodedCorpus(ids, np.concatenate([[0], np.cumsum(lengths)]))
