"""Byte-level byte-pair encoding: tokens between bytes and words; nothing is out of the vocabulary."""

import heapq
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from operator import index
from typing import SupportsIndex

from companion.text._checks import integer, string, token_list
from companion.text._files import read_json, write_json
from companion.text.bpe_training import learn_merges
from companion.text.pretokenize import BYTES, from_visible, split_pieces, visible

__all__ = ["BytePairEncoding"]

_KIND = "unrolled byte-pair encoding"
_FIELDS: dict[str, type | tuple[type, ...]] = {"merges": list, "specials": list}
_CACHED_PIECES = 2**16
_NUMBER = {byte: number for number, byte in enumerate(BYTES)}


@dataclass(frozen=True, repr=False)
class BytePairEncoding:
    """An immutable byte-pair encoding; learn one with `train`.

    Ids go first to the specials, then to the 256 bytes (in the order of
    `companion.text.pretokenize.BYTES`), then to the token that each merge makes. Text is cut into pieces
    (`split_pieces`), each piece into its UTF-8 bytes, and of the pairs of neighbours in a piece the one
    that was merged earliest in training is merged, the leftmost first, until none is left.

    Attributes
    ----------
    merges : tuple of (bytes, bytes)
        In the order they were learnt.
    specials : tuple of str
        Tokens that stand for no text, such as padding. `encode` never gives their ids, whatever the text.

    Raises
    ------
    ValueError
        If a merge uses bytes that are no token yet, or makes a token that there is already, or a special
        stands twice.

    Examples
    --------
    >>> bpe = BytePairEncoding.train(["low lower lowest newest widest"], vocab_size=261)
    >>> bpe.merges[:3]
    ((b'e', b's'), (b'l', b'o'), (b'es', b't'))
    >>> bpe.pieces("lowest wide")
    ['low', 'est', 'Ġ', 'w', 'i', 'd', 'e']
    >>> bpe.decode(bpe.encode("naïve, 猫!"))
    'naïve, 猫!'
    """

    merges: tuple[tuple[bytes, bytes], ...]
    specials: tuple[str, ...] = ()
    _bytes: tuple[bytes, ...] = field(init=False, compare=False)
    _made_by: dict[tuple[int, int], int] = field(init=False, compare=False)
    _cache: dict[str, tuple[int, ...]] = field(init=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if len(set(self.specials)) < len(self.specials):
            raise ValueError(f"specials: expected each once, got {self.specials}")
        first = len(self.specials)
        ids = {bytes([byte]): first + i for i, byte in enumerate(BYTES)}
        made_by = {}
        for number, (left, right) in enumerate(self.merges):
            if left not in ids or right not in ids:
                raise ValueError(f"merges[{number}]: ({left!r}, {right!r}) are not both earlier tokens")
            if left + right in ids:
                raise ValueError(
                    f"merges[{number}]: ({left!r}, {right!r}) make a token that there is already"
                )
            made_by[ids[left], ids[right]] = ids[left + right] = first + len(BYTES) + number
        object.__setattr__(self, "_bytes", (*(b"" for _ in self.specials), *ids))
        object.__setattr__(self, "_made_by", made_by)

    @classmethod
    def train(
        cls, texts: Iterable[str], vocab_size: int, min_count: int = 2, specials: Iterable[str] = ()
    ) -> "BytePairEncoding":
        """Learn merges from `texts` (`learn_merges` says how, and how ties are broken).

        The merges are those of the `tokenizers` library: ``BpeTrainer(vocab_size,
        min_frequency=min_count)`` after a ``ByteLevel(add_prefix_space=False)`` pre-tokenizer, with its
        whole alphabet.

        Parameters
        ----------
        texts : iterable of str
            Their order changes nothing.
        vocab_size : int
            How many tokens to end with: specials, 256 bytes and merges. Fewer, if the texts hold no more
            pairs.
        min_count : int
            A pair that occurs less often is not merged.
        specials : iterable of str

        Raises
        ------
        TypeError
            If `texts` is one string, or a text is not a string.
        ValueError
            If `vocab_size` does not hold the specials and the 256 bytes, or `min_count` is below 1.
        """
        special = tuple(token_list("specials", specials))
        fixed = len(special) + len(BYTES)
        limit = integer("vocab_size", vocab_size, fixed) - fixed
        min_count = integer("min_count", min_count, 1)
        pieces = Counter(chain.from_iterable(map(split_pieces, token_list("texts", texts))))
        words = [[_NUMBER[byte] for byte in _utf8(piece)] for piece in pieces]
        tokens = [bytes([byte]) for byte in BYTES]
        merges = []
        for left, right in learn_merges(words, list(pieces.values()), len(tokens), limit, min_count):
            merges.append((tokens[left], tokens[right]))
            tokens.append(tokens[left] + tokens[right])
        return cls(tuple(merges), special)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every token, by id, as `visible` writes its bytes: a space is "Ġ"."""
        return (*self.specials, *map(visible, self._bytes[len(self.specials) :]))

    def __len__(self) -> int:
        """Return the number of tokens: specials, bytes and merges."""
        return len(self._bytes)

    def __repr__(self) -> str:
        return f"<BytePairEncoding of {len(self)} tokens, {len(self.merges)} of them merged>"

    def encode(self, text: str) -> list[int]:
        """Return the ids of the tokens of `text`.

        Raises
        ------
        TypeError
            If `text` is not a string.
        """
        ids: list[int] = []
        for piece in split_pieces(string("text", text)):
            known = self._cache.get(piece)
            if known is None:
                known = self._encode_piece(_utf8(piece))
                if len(self._cache) < _CACHED_PIECES:
                    self._cache[piece] = known
            ids.extend(known)
        return ids

    def pieces(self, text: str) -> list[str]:
        """Return the tokens of `text`, as `visible` writes them."""
        return [visible(self._bytes[i]) for i in self.encode(text)]

    def decode(self, ids: Iterable[SupportsIndex]) -> str:
        """Return the text that `ids` stand for: for what `encode` gave, exactly the text it was given.

        Specials stand for no text. Where the bytes are no UTF-8, because the ids begin or end inside a
        character, there is a U+FFFD.

        Raises
        ------
        TypeError
            If an id is not an integer.
        ValueError
            If an id is not in [0, len(self)).
        """
        tokens = []
        for position, number in enumerate(map(index, ids)):
            if not 0 <= number < len(self):
                raise ValueError(f"ids[{position}]: expected an id in [0, {len(self)}), got {number}")
            tokens.append(self._bytes[number])
        data = b"".join(tokens)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the encoding as JSON, whole or not at all; OSError if that cannot be."""
        merges = [[visible(left), visible(right)] for left, right in self.merges]
        write_json(path, _KIND, {"merges": merges, "specials": list(self.specials)})

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "BytePairEncoding":
        """Read what `save` wrote.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is damaged, or something else than a byte-pair encoding.
        """
        content = read_json(path, _KIND, _FIELDS)
        merges = tuple((from_visible(left), from_visible(right)) for left, right in content["merges"])
        return cls(merges, tuple(content["specials"]))

    def _encode_piece(self, piece: bytes) -> tuple[int, ...]:
        """Merge the bytes of one piece: the earliest learnt pair first, of equal ones the leftmost.

        The tokens are a linked list over the places of the bytes; a place that was merged into the one
        before it holds -1. The heap holds every pair that might be merged, by the token it makes (those of
        earlier merges have lower ids) and its place; an entry whose pair is gone is passed over.
        """
        ids = [len(self.specials) + _NUMBER[byte] for byte in piece]
        n = len(ids)
        before, after = list(range(-1, n - 1)), list(range(1, n + 1))
        heap: list[tuple[int, int]] = []

        def offer(left: int, right: int) -> None:
            if left >= 0 and right < n:
                made = self._made_by.get((ids[left], ids[right]))
                if made is not None:
                    heapq.heappush(heap, (made, left))

        for place in range(n):
            offer(place, place + 1)
        while heap:
            made, place = heapq.heappop(heap)
            right = after[place]
            if right == n or self._made_by.get((ids[place], ids[right])) != made:
                continue
            ids[place], ids[right] = made, -1
            after[place] = after[right]
            if after[place] < n:
                before[after[place]] = place
            offer(before[place], place)
            offer(place, after[place])
        return tuple(i for i in ids if i >= 0)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
