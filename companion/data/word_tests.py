"""The public tests of word vectors: pairs of words that people rated, and analogy questions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find

FILES = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}


class Question(NamedTuple):
    """One analogy: a is to b as c is to d, and d is asked for."""

    a: str
    b: str
    c: str
    d: str


@dataclass(frozen=True, eq=False)
class WordPairs:
    """Rated pairs: ``first`` and ``second``, words; ``scores`` (N,), people's mean rating from 0 to 10."""

    name: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.first)

    def __iter__(self) -> Iterator[tuple[str, str, float]]:
        return iter(zip(self.first, self.second, self.scores.tolist(), strict=True))

    def __repr__(self) -> str:
        return f"WordPairs({self.name}, {len(self)} pairs)"


@dataclass(frozen=True, eq=False)
class Analogies:
    """Analogy questions by section, in the order of the file."""

    sections: MappingProxyType[str, tuple[Question, ...]]

    @property
    def semantic(self) -> tuple[str, ...]:
        """The sections about the world: capitals, currencies, families."""
        return tuple(name for name in self.sections if not name.startswith("gram"))

    @property
    def syntactic(self) -> tuple[str, ...]:
        """The sections about the grammar of English."""
        return tuple(name for name in self.sections if name.startswith("gram"))

    def __len__(self) -> int:
        return sum(map(len, self.sections.values()))

    def __repr__(self) -> str:
        return f"Analogies({len(self.sections)} sections, {len(self):,} questions)"


@lru_cache(maxsize=2)
def load_word_pairs(name: str) -> WordPairs:
    """Load rated pairs of words.

    Parameters
    ----------
    name
        ``"wordsim353"``: 353 pairs rated for how *related* they are. ``"simlex999"``: 999 pairs rated for how
        *similar* they are: *coast* and *shore* high, *clothes* and *closet* low.

    Raises
    ------
    ValueError
        When there is no such test.
    DataUnavailable
        When the pairs can neither be found nor fetched; the message says how to supply them by hand.

    References
    ----------
    L. Finkelstein et al., *Placing Search in Context: The Concept Revisited*, WWW 2001. F. Hill, R. Reichart
    and A. Korhonen, *SimLex-999*, Computational Linguistics 41, 2015.

    Examples
    --------
    >>> next(iter(load_word_pairs("wordsim353")))
    ('love', 'sex', 6.77)
    """
    if name not in FILES:
        raise ValueError(f"name: expected one of {', '.join(FILES)}, got {name!r}")
    rows = []
    for line in _text(FILES[name]).splitlines():
        if line.startswith("#"):
            continue
        columns = line.split("\t")
        if len(columns) != 3:
            raise DataDamaged(
                f"data set 'word-tests': {FILES[name]}: expected two words and a number, got {line!r}"
            )
        rows.append(columns)
    scores = np.array([float(row[2]) for row in rows])  # (N,)
    scores.flags.writeable = False
    return WordPairs(name, tuple(row[0] for row in rows), tuple(row[1] for row in rows), scores)


@lru_cache(maxsize=1)
def load_analogies() -> Analogies:
    """Load the 19,544 analogy questions, such as: Athens is to Greece as Baghdad is to what.

    Raises
    ------
    DataUnavailable
        When the questions can neither be found nor fetched; the message says how to supply them by hand.

    References
    ----------
    T. Mikolov, K. Chen, G. Corrado and J. Dean, *Efficient Estimation of Word Representations in Vector
    Space*, 2013.

    Examples
    --------
    >>> load_analogies()
    Analogies(14 sections, 19,544 questions)
    """
    sections: dict[str, list[Question]] = {}
    for line in _text("questions-words.txt").splitlines():
        if line.startswith(":"):
            section = sections.setdefault(line[1:].strip(), [])
            continue
        words = line.split()
        if len(words) != 4:
            raise DataDamaged(
                f"data set 'word-tests': questions-words.txt: expected four words, got {line!r}"
            )
        section.append(Question(*words))
    return Analogies(MappingProxyType({name: tuple(questions) for name, questions in sections.items()}))


def _text(name: str) -> str:
    data = find("word-tests")
    member = data.member(name)
    return read(fetch(data), data.unpacked, [member])[member.path].decode("utf-8")
