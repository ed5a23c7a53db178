"""Sentences to numbers and back, for models that read and write them: by words, or by byte pairs."""

from collections.abc import Container, Iterable, Sequence
from typing import Protocol

from companion.text.bpe import BytePairEncoding
from companion.text.french import join_tokens, sentence_tokens
from companion.text.vocabulary import UNK, Vocabulary

__all__ = ["BOS", "EOS", "PADDING", "SPECIALS", "BytePairCodec", "Codec", "WordCodec"]

PADDING, BOS, EOS = range(3)
"""The ids of what is no text: padding, the beginning, the end."""

SPECIALS = ("<pad>", "<bos>", "<eos>")
"""What they are called."""


class Codec(Protocol):
    """What a translator needs on either side. Ids 0, 1 and 2 are padding, beginning and end."""

    def __len__(self) -> int:
        """Return the number of tokens."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without beginning and end."""

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids; padding, beginning and end stand for none."""

    def names(self, ids: Iterable[int]) -> list[str]:
        """Return how each token is written, to label figures."""


class WordCodec:
    """By words and marks, of a fixed vocabulary; a word without an id of its own is ``<unk>``.

    The first word of a sentence loses its capital if the vocabulary has it without, and gets it back: so
    "En" and "en" are one word, and Jane stays Jane.

    Parameters
    ----------
    words
        Sentences to take the words from, or the words themselves in the order of their ids.

    Examples
    --------
    >>> codec = WordCodec.fit(["In May, Jane visits Africa.", "Jane leaves in May."])
    >>> codec.names(codec.encode("In May, Jane leaves Paris."))
    ['in', 'May', ',', 'Jane', 'leaves', '<unk>', '.']
    >>> codec.decode(codec.encode("In May, Jane leaves Paris."))
    'In May, Jane leaves <unk>.'
    """

    def __init__(self, words: Sequence[str]) -> None:
        # In the order of a list there are no counts: falling ones keep it.
        self.vocabulary = Vocabulary(
            (*SPECIALS, UNK, *words), (0,) * 4 + tuple(range(len(words), 0, -1)), (*SPECIALS, UNK)
        )

    @classmethod
    def fit(cls, sentences: Iterable[str]) -> "WordCodec":
        """Take the words of these sentences, the most frequent first."""
        tokens = [sentence_tokens(text) for text in sentences]
        inside = {token for sentence in tokens for token in sentence[1:]}
        lowered = [[*_lowered(sentence[:1], inside), *sentence[1:]] for sentence in tokens]
        return cls(Vocabulary.fit(lowered, specials=(*SPECIALS, UNK)).tokens[4:])

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.vocabulary)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that have ids of their own, in their order."""
        return self.vocabulary.tokens[4:]

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's words and marks."""
        tokens = sentence_tokens(text)
        return self.vocabulary.encode([*_lowered(tokens[:1], self.vocabulary), *tokens[1:]])

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text, spaces where they belong, beginning with a capital."""
        text = join_tokens(self.vocabulary.decode(i for i in ids if i > EOS))
        return text[:1].upper() + text[1:]

    def names(self, ids: Iterable[int]) -> list[str]:
        """Return the words."""
        return self.vocabulary.decode(ids)


class BytePairCodec:
    """By a byte-pair encoding, which has to have the three specials; nothing is unknown to it.

    Parameters
    ----------
    encoding
        Learnt with ``specials=SPECIALS``.

    Raises
    ------
    ValueError
        If it has other specials.

    Examples
    --------
    >>> codec = BytePairCodec(BytePairEncoding.train(["Jane visits"], 261, specials=SPECIALS))
    >>> codec.decode(codec.encode("Karim visits Peru"))
    'Karim visits Peru'
    """

    def __init__(self, encoding: BytePairEncoding) -> None:
        if encoding.specials != SPECIALS:
            raise ValueError(f"encoding: expected the specials {SPECIALS}, got {encoding.specials}")
        self.encoding = encoding

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.encoding)

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's tokens."""
        return self.encoding.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text."""
        return self.encoding.decode(ids)

    def names(self, ids: Iterable[int]) -> list[str]:
        """Return the tokens, a space in front of those that begin a word."""
        return [SPECIALS[i] if i <= EOS else self.encoding.decode([i]) for i in ids]


def _lowered(first: list[str], known: Container[str]) -> list[str]:
    """Take the capital from the first word, if it is known without."""
    return [word[:1].lower() + word[1:] if word[:1].lower() + word[1:] in known else word for word in first]
