"""Labelled addresses: a real task of labelling, in which each word's label hangs on its neighbours."""

from functools import lru_cache
from typing import NamedTuple
from xml.etree import ElementTree

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import find


class Address(NamedTuple):
    """One address: its words, with the commas that cling to them, and a label for each."""

    words: tuple[str, ...]
    labels: tuple[str, ...]

    @property
    def bio(self) -> tuple[str, ...]:
        """The labels as BIO tags: words of the same label that stand together are one span.

        >>> Address(("3600", "West", "5th", "Ave"), ("Number", "Way", "Way", "Type")).bio
        ('B-Number', 'B-Way', 'I-Way', 'B-Type')
        """
        before = ("", *self.labels)
        return tuple(
            f"{'I' if label == last else 'B'}-{label}"
            for last, label in zip(before, self.labels, strict=False)
        )

    def __str__(self) -> str:
        """Return the words as one string."""
        return " ".join(self.words)


@lru_cache(maxsize=1)
def load_addresses() -> tuple[Address, ...]:
    """Load 1,513 addresses of the United States, in which people labelled every word with one of 29 labels.

    The labels are those of the standard of thoroughfare addresses, such as ``AddressNumber``,
    ``StreetNamePreDirectional`` (West), ``StreetName``, ``StreetNamePostType`` (Avenue), ``PlaceName``,
    ``StateName`` and ``ZipCode``. 25 addresses occur twice: who tests on what was never seen divides by the
    text.

    Raises
    ------
    DataUnavailable
        When the addresses can neither be found nor fetched; the message says how to supply them by hand.

    Examples
    --------
    >>> for word, label in zip(*load_addresses()[1]):
    ...     print(word, label)
    3600 AddressNumber
    West StreetNamePreDirectional
    5th StreetName
    Ave StreetNamePostType
    """
    data = find("addresses")
    content = read(fetch(data), data.unpacked, data.members)[data.members[0].path]
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise DataDamaged(f"data set 'addresses': expected XML, got {error}") from error
    return tuple(_address(element) for element in root)


def _address(element: ElementTree.Element) -> Address:
    """Read one address; every word is an element, whose name is the label."""
    words = tuple(word.text or "" for word in element)
    if not words or any(len(word.split()) != 1 for word in words):
        raise DataDamaged(f"data set 'addresses': expected one word an element, got {words}")
    return Address(words, tuple(word.tag for word in element))
