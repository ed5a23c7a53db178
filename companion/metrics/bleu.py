r"""BLEU: how much of a translation stands in the references too (Papineni et al., 2002).

.. math::

    \text{BLEU} = 100 \, \text{BP} \, \exp\Big(\frac{1}{N} \sum_{n=1}^{N} \log p_n\Big), \qquad
    \text{BP} = \min\big(1, e^{1 - r/c}\big)

These are {eq}`eq-bleu` and {eq}`eq-brevity-penalty`. :math:`p_n`, {eq}`eq-clipped-precision`, is the share of
the translations' n-grams that their references have too, each counted no more often than there; :math:`c` is
the length of the translations, :math:`r` that of the references, in tokens. Counts and lengths are summed
over the corpus first: a corpus' score is no mean of its sentences' scores.

Counting (:mod:`companion.metrics.ngram_overlap`) is apart from scoring, so that a score can be had of any
part of a corpus without counting again. Scores are those of ``sacrebleu`` 2.6 (Post, 2018) with the same
tokenizer and smoothing; a signature says which those were.
"""

import math
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from companion.metrics.bleu_tokenizers import TOKENIZERS, Tokenizer, number_13a
from companion.metrics.ngram_overlap import Overlap, count_overlap, number_tokens

SMOOTHING: dict[str, float | None] = {"none": None, "floor": 0.1, "add-k": 1.0, "exp": None}
"""The ways of smoothing, and the usual values of those that have one (Chen and Cherry, 2014)."""


class Bleu(NamedTuple):
    """A score, and what it was made from."""

    score: float
    """From 0 to 100."""
    precisions: tuple[float, ...]
    """For n-grams of 1 to N tokens, after smoothing, from 0 to 1."""
    brevity_penalty: float
    """From 0 to 1."""
    correct: tuple[int, ...]
    """Clipped matches of each order."""
    total: tuple[int, ...]
    """n-grams of each order in the hypotheses."""
    hypothesis_length: int
    """In tokens."""
    reference_length: int
    """In tokens: for each sentence the reference of the nearest length."""
    signature: str
    """What was decided before counting: without it the score cannot be compared with another."""


def corpus_bleu(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    tokenize: str | Tokenizer = "13a",
    smoothing: str = "exp",
    smoothing_value: float | None = None,
    lowercase: bool = False,
    max_order: int = 4,
    effective_order: bool = False,
) -> Bleu:
    """Score the translations of a corpus.

    Parameters
    ----------
    hypotheses
        The translations, a sentence each, as plain text.
    references
        For each translation a list of right ones, at least one; not, as elsewhere, for each translator a list
        of all sentences.
    tokenize
        ``"13a"`` for European languages, ``"intl"`` for any script with spaces, ``"zh"`` for Chinese,
        ``"char"`` for characters, ``"none"`` for text that is tokenized already; or a function that cuts a
        sentence into tokens.
    smoothing, smoothing_value, effective_order
        As in :func:`bleu_score`.
    lowercase
        True makes no difference between A and a.
    max_order
        N, the length of the longest n-grams.

    Returns
    -------
    Bleu

    Raises
    ------
    TypeError
        If a string stands where a list of sentences should.
    ValueError
        If there is nothing to score, the numbers of translations and of lists of references differ, a
        translation has no reference, or an option is unknown.

    Examples
    --------
    >>> score = corpus_bleu(["the cat sat on the mat"], [["the cat sat on a mat", "a cat sat on the mat"]])
    >>> round(score.score, 2), score.correct, score.total
    (95.54, (5, 5, 4, 3), (6, 5, 4, 3))
    >>> score.signature
    'nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp'
    """
    overlap = bleu_statistics(hypotheses, references, tokenize, lowercase, max_order)
    score = bleu_score(overlap, smoothing, smoothing_value, effective_order)
    numbers = {len(several) for several in references}
    text = f"nrefs:{numbers.pop() if len(numbers) == 1 else 'var'}|case:{'lc' if lowercase else 'mixed'}"
    effective, smooth = score.signature.split("|")
    name = tokenize if isinstance(tokenize, str) else getattr(tokenize, "__name__", "own")
    return score._replace(signature="|".join([text, effective, f"tok:{name}", smooth]))


def sentence_bleu(
    hypothesis: str,
    references: Sequence[str],
    tokenize: str | Tokenizer = "13a",
    smoothing: str = "exp",
    smoothing_value: float | None = None,
    lowercase: bool = False,
    max_order: int = 4,
    effective_order: bool = True,
) -> Bleu:
    """Score one translation. Orders for which it is too short are left out, else all short ones score 0.

    Parameters
    ----------
    hypothesis
        The translation.
    references
        Right ones, at least one.
    tokenize, smoothing, smoothing_value, lowercase, max_order, effective_order
        As in :func:`corpus_bleu`.

    Returns
    -------
    Bleu

    Examples
    --------
    >>> sentence_bleu("Thank you", ["Thank you"]).score
    100.0
    >>> sentence_bleu("Thank you", ["Thank you"], effective_order=False).score
    0.0
    """
    if not isinstance(hypothesis, str):
        raise TypeError(f"hypothesis: expected a string, got {type(hypothesis).__name__}")
    return corpus_bleu(
        [hypothesis],
        [references],
        tokenize,
        smoothing,
        smoothing_value,
        lowercase,
        max_order,
        effective_order,
    )


def bleu_statistics(
    hypotheses: Sequence[str],
    references: Sequence[Sequence[str]],
    tokenize: str | Tokenizer = "13a",
    lowercase: bool = False,
    max_order: int = 4,
) -> Overlap:
    """Count, for each sentence of a corpus, what its score is made from.

    Sums over sentences are what a corpus is scored by: those over a part of it, or over sentences drawn with
    replacement, as a bootstrap wants it, give the score of that part.

    Parameters
    ----------
    hypotheses, references, tokenize, lowercase, max_order
        As in :func:`corpus_bleu`.

    Returns
    -------
    Overlap
        Of the S sentences, one by one.

    Raises
    ------
    TypeError, ValueError
        As :func:`corpus_bleu`.

    Examples
    --------
    >>> counts = bleu_statistics(["a b c", "d e"], [["a b d"], ["d e"]], max_order=2)
    >>> counts.correct
    array([[2, 1],
           [2, 1]])
    """
    if max_order < 1:
        raise ValueError(f"max_order: expected at least 1, got {max_order}")
    expect_sentences(hypotheses, references)
    several = [sentence for given in references for sentence in given]
    sentences = [*hypotheses, *several]
    if lowercase:
        sentences = [sentence.lower() for sentence in sentences]
    if tokenize == "13a":
        ids, sizes = number_13a(sentences)
    elif callable(tokenize):
        ids, sizes = number_tokens([tokenize(sentence) for sentence in sentences])
    elif tokenize in TOKENIZERS:
        ids, sizes = number_tokens(TOKENIZERS[tokenize](sentences))
    else:
        raise ValueError(f"tokenize: expected one of {', '.join(TOKENIZERS)} or a function, got {tokenize!r}")
    return count_overlap(ids, sizes, np.array([len(given) for given in references]), max_order)


def bleu_score(
    overlap: Overlap,
    smoothing: str = "exp",
    smoothing_value: float | None = None,
    effective_order: bool = False,
) -> Bleu:
    """Make the score from the counts: sums over the sentences, precisions, brevity penalty: {eq}`eq-bleu`.

    Parameters
    ----------
    overlap
        Counts of any number of sentences.
    smoothing
        What to do about an order without a match, whose logarithm does not exist, {eq}`eq-smoothing`.
        ``"none"``: the score is 0.
        ``"floor"``: count as if there were ``smoothing_value`` (0.1) matches. ``"add-k"``: add
        ``smoothing_value`` (1) to matches and n-grams of all orders above 1; an order for which all sentences
        are too short then counts as right. ``"exp"``: the first such order counts half a match, the second a
        quarter, and so on. Where not a single token matches, the score is 0 whatever the smoothing.
    smoothing_value
        Above 0; None is the usual value.
    effective_order
        True leaves out the orders for which all sentences are too short. Otherwise they make the score 0.

    Returns
    -------
    Bleu

    Raises
    ------
    ValueError
        If there is no such smoothing, or it has no such value.

    Examples
    --------
    >>> counts = bleu_statistics(["a b c", "d e"], [["a b d"], ["d e"]], max_order=2)
    >>> print(f"{bleu_score(counts).score:.2f}")  # 4/5 and 2/3
    73.03
    """
    value = _smoothing_value(smoothing, smoothing_value)
    correct, total = (
        np.atleast_2d(counts).sum(axis=0).tolist() for counts in (overlap.correct, overlap.total)
    )
    c, r = (int(np.sum(lengths)) for lengths in (overlap.hypothesis_length, overlap.reference_length))
    penalty = 1.0 if c >= r else math.exp(1 - r / c) if c else 0.0  # {eq}`eq-brevity-penalty`
    precisions = _precisions(correct, total, smoothing, value)
    orders = len(precisions)
    if effective_order and smoothing != "add-k":
        orders = max(1, sum(count > 0 for count in total))
    used = precisions[:orders]
    mean = math.exp(sum(map(math.log, used)) / orders) if all(used) else 0.0
    score = 100 * penalty * mean  # {eq}`eq-bleu`
    smooth = smoothing if value is None else f"{smoothing}[{value:.2f}]"
    signature = f"eff:{'yes' if effective_order else 'no'}|smooth:{smooth}"
    return Bleu(score, tuple(precisions), penalty, tuple(correct), tuple(total), c, r, signature)


def _precisions(correct: list[int], total: list[int], smoothing: str, value: float | None) -> list[float]:
    """Divide matches by n-grams, order by order, with something in place of 0: {eq}`eq-smoothing`."""
    result = [0.0] * len(total)
    if not any(correct):
        return result
    share = 1.0
    for n, (matches, grams) in enumerate(zip(correct, total, strict=True)):
        if smoothing == "add-k" and n > 0:
            assert value is not None
            result[n] = (matches + value) / (grams + value)  # {eq}`eq-smoothing`
        elif grams and matches:
            result[n] = matches / grams  # {eq}`eq-clipped-precision`
        elif grams and smoothing == "exp":
            share /= 2
            result[n] = share / grams  # {eq}`eq-smoothing`
        elif grams and value is not None:  # floor
            result[n] = value / grams
    return result


def _smoothing_value(smoothing: str, value: float | None) -> float | None:
    """Return the value to smooth with, or say what is wrong with it."""
    if smoothing not in SMOOTHING:
        raise ValueError(f"smoothing: expected one of {', '.join(SMOOTHING)}, got {smoothing!r}")
    usual = SMOOTHING[smoothing]
    if value is None:
        return usual
    if usual is None:
        raise ValueError(f"smoothing_value: expected None with smoothing {smoothing!r}, got {value}")
    if not 0 < value < math.inf:
        raise ValueError(f"smoothing_value: expected a number above 0, got {value}")
    return value


def expect_sentences(hypotheses: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    """Say what is wrong with the texts, above all with how they are nested."""
    if isinstance(hypotheses, str):
        raise TypeError("hypotheses: expected a list of sentences, got a string")
    if isinstance(references, str):
        raise TypeError("references: expected a list for each hypothesis, got a string")
    if not len(hypotheses):
        raise ValueError("hypotheses: expected at least one sentence, got none")
    _expect_strings("hypotheses", hypotheses)
    for number, several in enumerate(references):
        if not isinstance(several, list | tuple):
            kind = "a string" if isinstance(several, str) else type(several).__name__
            raise TypeError(f"references[{number}]: expected a list of sentences, got {kind}")
    if len(references) != len(hypotheses):
        expected = f"expected a list for each of {len(hypotheses)} hypotheses, got {len(references)}"
        each = {len(several) for several in references}
        turned = "; they are grouped by translator, not by sentence" if each == {len(hypotheses)} else ""
        raise ValueError(f"references: {expected}{turned}")
    if all(references) and {str}.issuperset(map(type, chain.from_iterable(references))):
        return  # the usual case, without a loop of our own
    for number, several in enumerate(references):
        if not len(several):
            raise ValueError(f"references[{number}]: expected at least one sentence, got none")
        _expect_strings(f"references[{number}]", several)


def _expect_strings(name: str, sentences: Sequence[str]) -> None:
    for number, sentence in enumerate(sentences):
        if not isinstance(sentence, str):
            raise TypeError(f"{name}[{number}]: expected a string, got {type(sentence).__name__}")
