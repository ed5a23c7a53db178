r"""chrF: how many character n-grams of a translation stand in the reference, and the other way round.

.. math::

    \text{chrF} = 100 \, (1 + \beta^2) \, \frac{P R}{\beta^2 P + R}

This is {eq}`eq-chrf`. P, the precision, is the mean over n = 1 to 6 of the share of the translation's
character n-grams that the reference has too, R, the recall, of the reference's that the translation has;
spaces do not count (Popović, 2015). With :math:`\beta = 2` recall weighs four times as much as precision.
Words need not be cut, and half of a compound or a wrong ending is not all wrong, which helps where words have
many forms. With words and pairs of words beside the characters it is chrF++ (Popović, 2017).
"""

import string
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from companion.metrics.bleu import expect_sentences

PUNCTUATION = frozenset(string.punctuation)


class ChrF(NamedTuple):
    """A score, and the means it was made from."""

    score: float
    """From 0 to 100."""
    precision: float
    """From 0 to 1."""
    recall: float
    """From 0 to 1."""


def corpus_chrf(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    char_order: int = 6,
    word_order: int = 0,
    beta: float = 2.0,
    lowercase: bool = False,
) -> ChrF:
    """Score the translations of a corpus; counts are summed over the sentences first.

    Parameters
    ----------
    hypotheses
        The translations, a sentence each, as plain text.
    references
        For each translation a list of right ones, at least one; the one that it agrees with best counts.
    char_order, word_order
        The longest n-grams of characters, at least 1, and of words, at least 0; 2 makes it chrF++.
    beta
        How much more recall weighs than precision, above 0.
    lowercase
        True makes no difference between A and a.

    Returns
    -------
    ChrF
        Orders that are too long for the sentences are left out of the means.

    Raises
    ------
    TypeError, ValueError
        As :func:`companion.metrics.corpus_bleu`, or if an order or beta is out of range.

    Examples
    --------
    >>> corpus_chrf(["the cat sat"], [["the cat sat"]]).score
    100.0
    >>> print(f"{corpus_chrf(['the cats sat'], [['the cat sat']]).score:.1f}")
    74.8
    """
    expect_sentences(hypotheses, references)
    if char_order < 1 or word_order < 0:
        raise ValueError(f"expected char_order >= 1 and word_order >= 0, got {char_order} and {word_order}")
    if not 0 < beta < np.inf:
        raise ValueError(f"beta: expected a number above 0, got {beta}")
    sums = np.zeros((char_order + word_order, 3), np.int64)
    for hypothesis, several in zip(hypotheses, references, strict=True):
        ours = _counts(hypothesis, char_order, word_order, lowercase)
        found = [_compare(ours, _counts(one, char_order, word_order, lowercase)) for one in several]
        sums += max(found, key=lambda counts: _score(counts, beta).score)  # of equal ones the first
    return _score(sums, beta)


def sentence_chrf(
    hypothesis: str,
    references: Sequence[str],
    char_order: int = 6,
    word_order: int = 0,
    beta: float = 2.0,
    lowercase: bool = False,
) -> ChrF:
    """Score one translation, as a corpus of one sentence.

    Parameters
    ----------
    hypothesis
        The translation.
    references
        Right ones, at least one.
    char_order, word_order, beta, lowercase
        As in :func:`corpus_chrf`.

    Returns
    -------
    ChrF
    """
    return corpus_chrf([hypothesis], [references], char_order, word_order, beta, lowercase)


def _counts(text: str, char_order: int, word_order: int, lowercase: bool) -> list[Counter[object]]:
    """Count the n-grams of a sentence, order by order: of its characters, then of its words."""
    text = text.lower() if lowercase else text
    characters = "".join(text.split())
    counts: list[Counter[object]] = [
        Counter(characters[i : i + n] for i in range(len(characters) - n + 1))
        for n in range(1, char_order + 1)
    ]
    words = _words(text) if word_order else []
    for n in range(1, word_order + 1):
        counts.append(Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1)))
    return counts


def _words(text: str) -> list[str]:
    """Cut at spaces, and one sign of punctuation off the end of a word, or else off its beginning."""
    words: list[str] = []
    for word in text.split():
        if len(word) > 1 and word[-1] in PUNCTUATION:
            words += [word[:-1], word[-1]]
        elif len(word) > 1 and word[0] in PUNCTUATION:
            words += [word[0], word[1:]]
        else:
            words.append(word)
    return words


def _compare(ours: list[Counter[object]], theirs: list[Counter[object]]) -> np.ndarray:
    """Return for each order how many n-grams we have, they have, and both have, (orders, 3)."""
    return np.array(
        [(a.total() if b else 0, b.total(), (a & b).total()) for a, b in zip(ours, theirs, strict=True)]
    )


def _score(counts: np.ndarray, beta: float) -> ChrF:
    """Make the score from the counts: means over the orders that both sides have n-grams of."""
    used = counts[(counts[:, 0] > 0) & (counts[:, 1] > 0)]
    if not len(used) or not used[:, 2].any():
        return ChrF(0.0, 0.0, 0.0)
    precision, recall = (float((used[:, 2] / used[:, side]).mean()) for side in (0, 1))
    score = (1 + beta**2) * precision * recall / (beta**2 * precision + recall)  # {eq}`eq-chrf`
    return ChrF(100 * score, precision, recall)
