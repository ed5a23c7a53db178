"""Words as characters: the numbers of the letters of every word of a batch of sentences."""

from collections.abc import Iterable, Sequence

import numpy as np

from companion.text._checks import collection, token_list
from companion.text.vocabulary import Vocabulary

__all__ = ["alphabet", "spell"]


def alphabet(words: Iterable[str]) -> Vocabulary:
    """Give every character that occurs in the words a number, and all others one together.

    Parameters
    ----------
    words
        The words of the training part. A word that stands there twice counts twice.

    Returns
    -------
    Vocabulary
        Padding is 0 and an unknown character 1; then the characters, the most frequent first.

    Raises
    ------
    TypeError
        If one string is given in place of several, or a word is not a string.

    Examples
    --------
    >>> alphabet(["Jim", "in", "it"]).tokens
    ('<pad>', '<unk>', 'i', 'J', 'm', 'n', 't')
    """
    return Vocabulary.fit([list(word) for word in token_list("words", words)])


def spell(
    sentences: Iterable[Sequence[str]], characters: Vocabulary, longest: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Write every word of every sentence as the numbers of its characters.

    Parameters
    ----------
    sentences
        N sentences, each a list of words.
    characters
        Which number a character has, as of :func:`alphabet`.
    longest
        The most characters of a word that are kept; None keeps all.

    Returns
    -------
    ids : (C, T, N) int64
        Along the first axis the characters of one word, then padding; along the second the words of one
        sentence.
    spelled : (T, N) int64
        How many characters each word has; 0 beyond a sentence's end.

    Raises
    ------
    TypeError
        If sentences are not lists of strings.
    ValueError
        If ``longest`` is below 1; or if the vocabulary has no number for unknown characters and meets one.

    Examples
    --------
    >>> ids, spelled = spell([["Jim", "in"], ["it"]], alphabet(["Jim", "in", "it"]))
    >>> ids[:, 0, 0], spelled
    (array([3, 2, 4]), array([[3, 2],
                              [2, 0]]))
    """
    if longest is not None and longest < 1:
        raise ValueError(f"longest: expected at least 1, got {longest}")
    words = [
        token_list(f"sentences[{n}]", sentence)
        for n, sentence in enumerate(collection("sentences", sentences, "lists of strings"))
    ]
    T = max((len(sentence) for sentence in words), default=0)
    spelled = np.zeros((T, len(words)), np.int64)  # (T, N)
    cut = [[characters.encode(list(word)[:longest]) for word in sentence] for sentence in words]
    C = max((len(word) for sentence in cut for word in sentence), default=0)
    ids = np.zeros((C, T, len(words)), np.int64)  # (C, T, N)
    for n, sentence in enumerate(cut):
        for t, word in enumerate(sentence):
            ids[: len(word), t, n] = word
            spelled[t, n] = len(word)
    return ids, spelled
