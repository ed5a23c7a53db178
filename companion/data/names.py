"""Names of people, as frequent as in the United States census of 1990."""

from functools import lru_cache
from typing import NamedTuple

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find


class Names(NamedTuple):
    """Names by their kind, the most frequent first, and which share of the people has each.

    The shares are per cent of all women, men, or people. They sum to less than 100: the rarest names were not
    published, and most shares of surnames are rounded to 0.
    """

    female: tuple[str, ...]
    male: tuple[str, ...]
    surnames: tuple[str, ...]
    female_shares: tuple[float, ...]
    male_shares: tuple[float, ...]
    surname_shares: tuple[float, ...]


@lru_cache(maxsize=1)
def load_names() -> Names:
    """Load 4,275 first names of women, 1,219 of men, and 88,799 surnames.

    The census wrote them in capitals; here the first letter alone is one: ``Mcdonald``, ``Oneill``.

    Raises
    ------
    DataUnavailable
        When the names can neither be found nor fetched; the message says how to supply them by hand.

    Examples
    --------
    >>> names = load_names()
    >>> names.female[:3], names.male[:3], names.surnames[:3]
    (('Mary', 'Patricia', 'Linda'), ('James', 'John', 'Robert'), ('Smith', 'Johnson', 'Williams'))
    >>> names.surname_shares[0]
    1.006
    """
    data = find("names")
    files = read(fetch(data), data.unpacked, data.members)
    female, male, surnames = (_columns(files[member.path].decode("ascii")) for member in data.members)
    return Names(female[0], male[0], surnames[0], female[1], male[1], surnames[1])


def _columns(text: str) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Read one file: a name, its share, the sum of the shares so far, and its rank, a line."""
    names, shares = [], []
    for line in text.splitlines():
        columns = line.split()
        if len(columns) != 4:
            raise DataDamaged(f"data set 'names': expected a name and three numbers, got {line!r}")
        names.append(columns[0].capitalize())
        shares.append(float(columns[1]))
    return tuple(names), tuple(shares)
