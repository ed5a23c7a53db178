"""How well a language model foretells a text: cross-entropy, perplexity, bits per byte and per character.

All of them say one thing, the logarithm of the text's probability, divided by something. What it is divided
by decides who may be compared with whom.

* Perplexity is per token. It compares models with the same tokens: the same text, cut in the same way, with
  the same vocabulary, the same marks at the ends of sentences counted. A character model's 4 and a word
  model's 200 say nothing about each other.
* Bits per byte, or per character, divide by the length of the text itself. They compare word, character and
  subword models, as long as each has paid for the whole text.

A model with a closed vocabulary has not. It writes ``<unk>`` for what it does not know, and pays for that
mark only: with the vocabulary ``{<unk>}`` every text has a perplexity of 1. So state the share of unknown
tokens beside a perplexity (:meth:`companion.text.Vocabulary.oov_rate`), and before comparing by bytes add
what spelling the unknown words would cost (:func:`spelling_nats`).
"""

import math
from collections.abc import Iterable
from typing import Literal

LOG_2 = math.log(2)


def bits(nats: float) -> float:
    """Write an amount of information in bits: nats divided by log 2.

    Examples
    --------
    >>> bits(3 * math.log(2))
    3.0
    """
    return float(nats) / LOG_2


def cross_entropy(nats: float, tokens: int, unit: Literal["nats", "bits"] = "nats") -> float:
    r"""Divide what the whole text costs by the number of its tokens.

    .. math:: H = -\frac{1}{N} \sum_{i=1}^{N} \log p(w_i \mid w_1, \ldots, w_{i-1})

    Parameters
    ----------
    nats
        What the text costs: minus the sum of the natural logarithms of its tokens' probabilities, at least 0;
        infinite if the model held one of them for impossible.
    tokens
        N, the number of tokens that were foretold; the mark at a sentence's end is one, that at its
        beginning is not.
    unit
        Of the result: ``"nats"`` or ``"bits"``.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If ``nats`` is below 0 or not a number, there are no tokens, or the unit is unknown.

    Examples
    --------
    >>> cross_entropy(40 * math.log(2), 10, unit="bits")
    4.0
    """
    if unit not in ("nats", "bits"):
        raise ValueError(f'unit: expected "nats" or "bits", got {unit!r}')
    mean = _share(nats, "tokens", tokens)
    return mean if unit == "nats" else bits(mean)


def perplexity(nats: float, tokens: int) -> float:
    r"""Say among how many equally probable tokens the model was choosing ({eq}`eq-perplexity`).

    .. math:: \mathrm{PPL} = \exp(H) = p(w_1, \ldots, w_N)^{-1/N}

    Parameters
    ----------
    nats, tokens
        As in :func:`cross_entropy`.

    Returns
    -------
    float
        At least 1; infinite where the cost is, or where it is larger than any float.

    Raises
    ------
    ValueError
        As :func:`cross_entropy`.

    Examples
    --------
    Who holds six faces for equally probable has a perplexity of 6, however long the game.

    >>> print(f"{perplexity(100 * math.log(6), 100):.6f}")
    6.000000
    """
    mean = cross_entropy(nats, tokens)
    try:
        return math.exp(mean)  # {eq}`eq-perplexity`
    except OverflowError:
        return math.inf


def bits_per_byte(nats: float, text: str | bytes) -> float:
    r"""Divide the bits that a text costs by its length in bytes ({eq}`eq-bits-per-byte`).

    .. math:: \mathrm{BPB} = \frac{1}{B} \sum_{i=1}^{N} -\log_2 p(w_i \mid w_1, \ldots, w_{i-1})

    with B the number of bytes in UTF-8, and N the number of whatever tokens the model cuts the text into. It
    is the size that a perfect compressor with this model would reach, a byte being 8 bits.

    Parameters
    ----------
    nats
        As in :func:`cross_entropy`: the cost of the whole text, unknown words included
        (:func:`spelling_nats`).
    text
        The text that was foretold, with its spaces and ends of lines: what the tokens stand for, not their
        number.

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If the text is neither a string nor bytes, such as a list of tokens.
    ValueError
        If ``nats`` is below 0 or not a number, or the text is empty.

    Examples
    --------
    >>> bits_per_byte(12 * math.log(2), "naïve")
    2.0
    """
    if not isinstance(text, str | bytes):
        raise TypeError(f"text: expected a string or bytes, got {type(text).__name__}")
    size = len(text.encode() if isinstance(text, str) else text)
    return bits(_share(nats, "text", size))  # {eq}`eq-bits-per-byte`


def bits_per_character(nats: float, text: str) -> float:
    """Divide the bits that a text costs by the number of its characters (Unicode code points).

    The same as :func:`bits_per_byte` for plain English, and more than it where characters take several bytes.

    Parameters
    ----------
    nats, text
        As in :func:`bits_per_byte`.

    Returns
    -------
    float

    Examples
    --------
    >>> round(bits_per_character(12 * math.log(2), "naïve"), 9)
    2.4
    """
    if not isinstance(text, str):
        raise TypeError(f"text: expected a string, got {type(text).__name__}")
    return bits(_share(nats, "text", len(text)))


def spelling_nats(words: Iterable[str], alphabet_size: int) -> float:
    r"""Price the spelling of words that a closed vocabulary calls unknown.

    .. math:: \sum_w (|w| + 1) \log (A + 1)

    Each is spelt letter by letter, every letter and the mark that ends the word equally probable: the dearest
    honest way, so that it never flatters. With it, the cost of ``<unk>`` becomes the cost of a text.

    Parameters
    ----------
    words
        Every occurrence of an unknown word, as it stands in the text.
    alphabet_size
        A, the number of different characters to choose from.

    Returns
    -------
    float
        In nats; add it to the cost of the text.

    Raises
    ------
    TypeError
        If `words` is one string, or a word is not a string.
    ValueError
        If a word has more different characters than the alphabet, or the alphabet none.

    Examples
    --------
    >>> round(spelling_nats(["zyzzyva"], 26) / math.log(27), 9)
    8.0
    """
    if alphabet_size < 1:
        raise ValueError(f"alphabet_size: expected at least 1, got {alphabet_size}")
    if isinstance(words, str):
        raise TypeError("words: expected a list of strings, got one str")
    letters = 0
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"words: expected a list of strings, got {type(word).__name__}")
        if len(set(word)) > alphabet_size:
            raise ValueError(
                f"alphabet_size: expected at least {len(set(word))} for {word!r}, got {alphabet_size}"
            )
        letters += len(word) + 1
    return letters * math.log(alphabet_size + 1)


def _share(nats: float, name: str, count: int) -> float:
    """Divide a cost by a count, or say which of the two makes no sense."""
    if not nats >= 0:
        raise ValueError(
            f"nats: expected minus the logarithm of a probability, at least 0, got {float(nats)}"
        )
    if not count >= 1:
        raise ValueError(f"{name}: expected at least one, got {count}")
    return float(nats) / count
