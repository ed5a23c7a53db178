"""The corpus that the saved word vectors are trained on, the same for all of them."""

import numpy as np

from companion.data import load_brown
from companion.reference.word2vec.corpus import encode_sentences
from companion.text import EncodedCorpus, Vocabulary

MIN_COUNT = 5


def brown(min_count: int = MIN_COUNT) -> tuple[Vocabulary, EncodedCorpus, np.ndarray, list[list[str]]]:
    """Give the words of the Brown corpus, in small letters and without punctuation.

    Returns
    -------
    vocabulary : Vocabulary
        The words that occur `min_count` times or more, the commonest first.
    corpus : EncodedCorpus
        The sentences as ids, without the rarer words.
    counts : ndarray
        How often each word occurs, (V,).
    sentences : list of lists of str
        With the rarer words, for a peer that drops them itself.
    """
    sentences = [
        [word.lower() for word in sentence if any(map(str.isalnum, word))]
        for sentence in load_brown().sentences
    ]
    vocabulary, corpus = encode_sentences(sentences, min_count)
    return vocabulary, corpus, np.array(vocabulary.counts), sentences
