"""The vocabulary: which tokens have a number, and which number.

Its order is defined, so that two people with the same corpus have the same ids: first the specials, then
the other tokens, the most frequent first, those equally frequent by code points.
"""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from operator import index
from typing import SupportsIndex, TypeVar

from companion.text._checks import integer, token_list
from companion.text._files import read_json, write_json

__all__ = ["PAD", "UNK", "Vocabulary"]

T = TypeVar("T")

PAD = "<pad>"
UNK = "<unk>"

_KIND = "unrolled vocabulary"
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "tokens": list,
    "counts": list,
    "specials": list,
    "unknown": (str, type(None)),
}


class _Ids(dict[str, int]):
    """Token to id; a token that is not there gets the id of the unknown one, or is refused."""

    unknown: int | None = None

    def __missing__(self, token: object) -> int:
        if not isinstance(token, str):
            raise TypeError(f"got {type(token).__name__} ({token!r})")
        if self.unknown is None:
            raise ValueError(f"{token!r} is not in the vocabulary, which has no token for unknown ones")
        return self.unknown


@dataclass(frozen=True, repr=False)
class Vocabulary:
    """An immutable numbering of tokens, from 0; build it with `fit`.

    Attributes
    ----------
    tokens : tuple of str
        Token number i is ``tokens[i]``.
    counts : tuple of int
        How often each token occurred in the documents it was fitted on; 0 for a special that did not.
    specials : tuple of str
        The tokens that have the first ids whatever the documents hold.
    unknown : str or None
        The special whose id every token gets that has none of its own; with None such a token is refused.

    Raises
    ------
    ValueError
        If a token stands twice, the order is not the defined one, or the attributes do not fit one another.

    Examples
    --------
    >>> vocabulary = Vocabulary.fit([["the", "cat", "sat"], ["the", "dog"]])
    >>> vocabulary.tokens
    ('<pad>', '<unk>', 'the', 'cat', 'dog', 'sat')
    >>> vocabulary.encode(["the", "mat", "sat"])
    [2, 1, 5]
    >>> vocabulary.decode([2, 1, 5])
    ['the', '<unk>', 'sat']
    """

    tokens: tuple[str, ...]
    counts: tuple[int, ...]
    specials: tuple[str, ...] = (PAD, UNK)
    unknown: str | None = UNK
    _ids: _Ids = field(init=False, compare=False)

    def __post_init__(self) -> None:
        ids = _Ids(zip(self.tokens, range(len(self.tokens)), strict=True))
        self._check(len(ids))
        ids.unknown = None if self.unknown is None else ids[self.unknown]
        object.__setattr__(self, "_ids", ids)

    def _check(self, different: int) -> None:
        n = len(self.specials)
        if different != len(self.tokens):
            twice = [token for token, count in Counter(self.tokens).items() if count > 1]
            raise ValueError(f"tokens: expected each once, got {twice[0]!r} more than once")
        if len(self.counts) != len(self.tokens):
            raise ValueError(
                f"counts: expected one for each of {len(self.tokens)} tokens, got {len(self.counts)}"
            )
        if self.tokens[:n] != self.specials:
            raise ValueError(f"tokens: expected the specials {self.specials} first, got {self.tokens[:n]}")
        if self.unknown is not None and self.unknown not in self.specials:
            raise ValueError(f"unknown: expected one of the specials {self.specials}, got {self.unknown!r}")
        rest = list(zip(self.counts[n:], self.tokens[n:], strict=True))
        if rest != sorted(rest, key=lambda pair: (-pair[0], pair[1])):
            raise ValueError("tokens: expected falling counts, and code-point order where counts are equal")

    @classmethod
    def fit(
        cls,
        documents: Iterable[Iterable[str]],
        min_count: int = 1,
        max_size: int | None = None,
        specials: Iterable[str] = (PAD, UNK),
        unknown: str | None = None,
    ) -> "Vocabulary":
        """Give ids to the tokens of `documents`.

        Parameters
        ----------
        documents : iterable of lists of str
            Their order, and the order of the tokens in them, changes nothing.
        min_count : int
            A token that occurs less often gets no id.
        max_size : int, optional
            The most ids to give, the specials' included: the rows of an embedding.
        specials : iterable of str
            These get the first ids, in this order, whether they occur or not.
        unknown : str, optional
            The special that stands for tokens without an id; ``"<unk>"`` if that is one of the specials,
            else none.

        Raises
        ------
        TypeError
            If a document is one string instead of a list of them, or a token is not a string.
        ValueError
            If `min_count` is below 1, `max_size` does not hold the specials, a special stands twice, or
            `unknown` is not a special.
        """
        try:
            counts = Counter(chain.from_iterable(_not_strings(documents)))
        except TypeError as error:
            raise TypeError(f"documents: expected lists of strings: {error}") from error
        return cls.from_counts(counts, min_count, max_size, specials, unknown)

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        min_count: int = 1,
        max_size: int | None = None,
        specials: Iterable[str] = (PAD, UNK),
        unknown: str | None = None,
    ) -> "Vocabulary":
        """Give ids to tokens whose counts are known; `fit` says what the arguments mean."""
        min_count = integer("min_count", min_count, 1)
        special = tuple(token_list("specials", specials))
        room = None if max_size is None else integer("max_size", max_size, len(special)) - len(special)
        token_list("counts", counts)
        if unknown is None and UNK in special:
            unknown = UNK
        frequent = [token for token, count in counts.items() if count >= min_count and token not in special]
        frequent.sort()
        frequent.sort(key=counts.__getitem__, reverse=True)  # stable: equal counts stay in code-point order
        tokens = (*special, *frequent[:room])
        return cls(tokens, tuple(counts.get(token, 0) for token in tokens), special, unknown)

    def __len__(self) -> int:
        """Return the number of tokens, the specials included."""
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        """Say whether `token` has an id of its own."""
        return token in self._ids

    def __repr__(self) -> str:
        first = ", ".join(map(repr, self.tokens[:6]))
        return f"<Vocabulary of {len(self)} tokens: {first}{', ...' if len(self) > 6 else ''}>"

    def encode(self, tokens: Iterable[str]) -> list[int]:
        """Return the id of each token.

        Raises
        ------
        TypeError
            If `tokens` is one string, or something in it is not a string.
        ValueError
            If a token has no id and the vocabulary no token for unknown ones.
        """
        try:
            return list(map(self._ids.__getitem__, _not_string(tokens)))
        except TypeError as error:
            raise TypeError(f"tokens: expected a list of strings: {error}") from error

    def decode(self, ids: Iterable[SupportsIndex]) -> list[str]:
        """Return the token of each id.

        Raises
        ------
        TypeError
            If an id is not an integer.
        ValueError
            If an id is not in [0, len(self)); a negative one does not count from the end.
        """
        result = []
        for position, number in enumerate(map(index, ids)):
            if not 0 <= number < len(self.tokens):
                raise ValueError(f"ids[{position}]: expected an id in [0, {len(self.tokens)}), got {number}")
            result.append(self.tokens[number])
        return result

    def oov_rate(self, tokens: Iterable[str]) -> float:
        r"""Return the share of `tokens` that are out of the vocabulary.

        .. math:: \mathrm{OOV}(w, V) = \frac{1}{T} \sum_{t=1}^{T} [\, w_t \notin V \,]

        with T the number of tokens ({eq}`eq-oov-rate`). The unknown token itself counts as out of the
        vocabulary.

        Raises
        ------
        TypeError
            If `tokens` is one string, or something in it is not a string.
        ValueError
            If there are no tokens.
        """
        tokens = token_list("tokens", tokens)
        if not tokens:
            raise ValueError("tokens: expected at least one, got none: the rate is 0/0")
        known = self._ids.keys() - {self.unknown}
        return sum(token not in known for token in tokens) / len(tokens)  # {eq}`eq-oov-rate`

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the vocabulary as JSON, whole or not at all.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If a token holds half of a surrogate pair, which no file in UTF-8 can.
        """
        content = {
            "tokens": list(self.tokens),
            "counts": list(self.counts),
            "specials": list(self.specials),
            "unknown": self.unknown,
        }
        write_json(path, _KIND, content)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Vocabulary":
        """Read what `save` wrote.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is damaged, or something else than a vocabulary.
        """
        content = read_json(path, _KIND, _FIELDS)
        tokens, counts, specials = (tuple(content[name]) for name in ("tokens", "counts", "specials"))
        return cls(tokens, counts, specials, content["unknown"])


def _not_string(tokens: T) -> T:
    if isinstance(tokens, (str, bytes)):
        raise TypeError(f"got one {type(tokens).__name__}")
    return tokens


def _not_strings(documents: Iterable[Iterable[str]]) -> Iterable[Iterable[str]]:
    return map(_not_string, _not_string(documents))
