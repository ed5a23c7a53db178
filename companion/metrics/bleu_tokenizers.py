"""How a score cuts sentences into tokens: the rules of the evaluation campaigns, which decide about points.

A BLEU score says nothing without the name of its tokenizer. The rules here are those that ``sacrebleu`` knows
by the same names (Post, 2018), the odd ones included: two tools agree only if they agree in the oddities.
They are for scoring alone; for training there is :mod:`companion.text`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from itertools import chain

import numpy as np

from companion.metrics.ngram_overlap import counted

Tokens = list[str]
Tokenizer = Callable[[str], Tokens]

SPLIT_OFF = re.compile(r"[!-&(-+/:-@\[-`{-~]")
"""ASCII signs that are tokens of their own; of the others, ``'`` belongs to words, ``. , -`` to numbers."""
NUMBERS = (
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),  # a point or comma stays with a digit before it
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),  # ... and with one after it
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
SPACED = {ord(sign): f" {sign} " for sign in map(chr, range(33, 127)) if SPLIT_OFF.match(sign)}
ENDS = ".,:;!?)"
"""Signs that are cut off the end of a word of letters or digits, whatever it is."""
ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))

HAN = (  # first and last code point of what counts as a Chinese sign
    (0x2001, 0x2A6D),  # meant is 20000 to 2A6D6, written with four digits: so it also takes in dashes, and €
    (0x2E80, 0x2EFF),
    (0x2F00, 0x2FDF),
    (0x2FF0, 0x2FFF),
    (0x3000, 0x303F),
    (0x3100, 0x312F),
    (0x31A0, 0x31BF),
    (0x31C0, 0x31EF),
    (0x3200, 0x33FF),
    (0x3400, 0x4DB5),
    (0x4E00, 0x9FBB),
    (0xF900, 0xFA2D),
    (0xFA30, 0xFA6A),
    (0xFA70, 0xFAD9),
    (0xFE10, 0xFE1F),
    (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF),
)
HAN_SIGN = re.compile("([" + "".join(f"{chr(first)}-{chr(last)}" for first, last in HAN) + "])")


def tokenize_13a(sentences: Sequence[str]) -> list[Tokens]:
    """Cut as ``mteval-v13a`` does, the script of the WMT campaigns: the usual choice for European languages.

    Signs become tokens; a point or a comma between digits does not; letters keep their case.

    Examples
    --------
    >>> tokenize_13a(["It's 3.14, isn't it?"])
    [["It's", '3.14', ',', "isn't", 'it', '?']]
    """
    lines = [_one_line(sentence).split() for sentence in sentences]
    words = list(dict.fromkeys(chain.from_iterable(lines)))
    cut = dict(zip(words, _cut_words(words), strict=True))
    return [list(chain.from_iterable(map(cut.__getitem__, line))) for line in lines]


def number_13a(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Give the tokens of :func:`tokenize_13a` as numbers, text after text, and how many each text has.

    A word of letters is one token, and most words come more than once: so there is little to be cut.

    Examples
    --------
    >>> number_13a(["a cat, a cat", "cat"])
    (array([0, 2, 3, 0, 2, 2]), array([5, 1]))
    """
    number: defaultdict[str, int] = defaultdict()
    number.default_factory = number.__len__  # a word not seen before gets the next number
    words: list[int] = []
    line_ends = [0]
    for sentence in sentences:
        words += map(number.__getitem__, _one_line(sentence).split())
        line_ends.append(len(words))
    distinct = list(number)
    odd = [i for i, text in enumerate(distinct) if not text.isalnum()]
    pieces = _cut_words([distinct[i] for i in odd])
    start, size = np.arange(len(distinct)), np.ones(len(distinct), np.int64)  # where a word's tokens stand
    of_odd = np.fromiter(map(number.__getitem__, chain.from_iterable(pieces)), np.int64)
    tokens = np.concatenate([start, of_odd])  # any other word is its own token
    size[odd] = lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    start[odd] = len(distinct) + np.cumsum(lengths) - lengths
    word = np.array(words, np.int64)
    token_ends = np.concatenate([[0], np.cumsum(size[word])])
    ids = tokens[np.repeat(start[word], size[word]) + counted(size[word])]
    return ids, np.diff(token_ends[line_ends])


def tokenize_zh(sentences: Sequence[str]) -> list[Tokens]:
    """Cut Chinese: every Chinese sign is a token, and the rest goes by the rules of 13a.

    Examples
    --------
    >>> tokenize_zh(["我有3.5个apple。"])
    [['我', '有', '3.5', '个', 'apple', '。']]
    """
    # Unlike in 13a no spaces stand around a line: a point after a number at its end stays with the number.
    return [_western(HAN_SIGN.sub(r" \1 ", sentence.strip())).split() for sentence in sentences]


def tokenize_intl(sentences: Sequence[str]) -> list[Tokens]:
    """Cut as ``mteval-v14`` does: by Unicode's punctuation and symbols, in any script.

    A point after a number at the end of a sentence stays with it, as in the original.

    Examples
    --------
    >>> tokenize_intl(["«Oui», 3,5 € en 2017."])
    [['«', 'Oui', '»', ',', '3,5', '€', 'en', '2017.']]
    """
    rules = _unicode_rules(set().union(*sentences))
    result = []
    for sentence in sentences:
        line = sentence.rstrip()
        for rule, spaced in rules:
            line = rule.sub(spaced, line)
        result.append(line.split())
    return result


def tokenize_char(sentences: Sequence[str]) -> list[Tokens]:
    """Cut into characters, without the spaces.

    Examples
    --------
    >>> tokenize_char(["a b"])
    [['a', 'b']]
    """
    return [list("".join(sentence.split())) for sentence in sentences]


def tokenize_none(sentences: Sequence[str]) -> list[Tokens]:
    """Cut at white space alone, for sentences that have been tokenized before.

    Examples
    --------
    >>> tokenize_none(["It 's 3.14 ."])
    [['It', "'s", '3.14', '.']]
    """
    return [sentence.split() for sentence in sentences]


TOKENIZERS: dict[str, Callable[[Sequence[str]], list[Tokens]]] = {
    "13a": tokenize_13a,
    "intl": tokenize_intl,
    "zh": tokenize_zh,
    "char": tokenize_char,
    "none": tokenize_none,
}


def _one_line(sentence: str) -> str:
    """Take out the mark for what was not translated, and join a sentence that was broken into lines."""
    broken = "\n" in sentence
    if broken:
        sentence = sentence.rstrip()
    if "<skipped>" in sentence:
        sentence = sentence.replace("<skipped>", "")
    return sentence.replace("-\n", "").replace("\n", " ") if broken else sentence


def _cut_words(words: Sequence[str]) -> list[Tokens]:
    """Cut different words by the rules of 13a, which look at two signs at most and never past a space."""
    odd = [word for word in words if not (word[-1] in ENDS and word[:-1].isalnum())]
    lines = "\n".join([f" {word} " for word in odd])  # all at once: they cannot touch each other
    for entity, sign in ENTITIES:
        lines = lines.replace(entity, sign)
    cut = dict(zip(odd, map(str.split, _western(lines).split("\n")), strict=False))
    return [cut[word] if word in cut else [word[:-1], word[-1]] for word in words]


def _western(text: str) -> str:
    """Put spaces around signs, as is usual for European languages."""
    text = text.translate(SPACED)
    for rule, spaced in NUMBERS:
        text = rule.sub(spaced, text)
    return text


def _unicode_rules(signs: Set[str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Write what these signs have of Unicode's classes P, N and S as sets for the standard library's re."""
    members: dict[str, list[str]] = {"P": [], "N": [], "S": []}
    for sign in sorted(signs | set(".0$")):  # or a set were empty
        kind = unicodedata.category(sign)[0]
        if kind in members:
            members[kind].append(re.escape(sign))
    P, N, S = ("".join(members[kind]) for kind in "PNS")
    return (
        (re.compile(f"([^{N}])([{P}])"), r"\1 \2 "),
        (re.compile(f"([{P}])([^{N}])"), r" \1 \2"),
        (re.compile(f"([{S}])"), r" \1 "),
    )
