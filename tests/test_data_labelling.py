"""Addresses and names, on the real data: fetched when they are not in the cache."""

from collections import Counter

import pytest

from companion.data import Address, addresses, load_addresses, load_names, names
from companion.data.cache import DataDamaged
from companion.metrics.spans import spans


def test_addresses_are_those_of_the_package():
    everything = load_addresses()
    assert len(everything) == 1513
    labels = Counter(label for address in everything for label in address.labels)
    assert len(labels) == 29
    assert labels["StreetName"] == 1860
    assert labels["ZipCode"] == 967
    assert sum(labels.values()) == 10_722
    assert len({str(address) for address in everything}) == 1488
    assert everything[0].words[:4] == ("8128", "S.", "DR", "MARTIN")
    assert all(len(address.words) == len(address.labels) > 0 for address in everything)


def test_words_of_one_label_are_one_span():
    first = load_addresses()[0]
    assert [(" ".join(first.words[a:b]), kind) for a, b, kind in spans(first.bio, strict=True)] == [
        ("8128", "AddressNumber"),
        ("S.", "StreetNamePreDirectional"),
        ("DR MARTIN LUTHER KING JR", "StreetName"),
        ("Drive", "StreetNamePostType"),
    ]
    for address in load_addresses():
        runs = 1 + sum(a != b for a, b in zip(address.labels, address.labels[1:], strict=False))
        assert len(spans(address.bio, strict=True)) == runs
        assert tuple(tag[2:] for tag in address.bio) == address.labels


def test_names_are_those_of_the_census():
    found = load_names()
    assert [len(column) for column in found] == [4275, 1219, 88_799] * 2
    for column, shares in zip(found[:3], found[3:], strict=True):
        assert len(set(column)) == len(column)
        assert list(shares) == sorted(shares, reverse=True)
        assert 79 < sum(shares) < 91
        assert all(name.isalpha() and name == name.capitalize() for name in column)
    assert "May" in found.female
    assert "Hermione" not in found.female
    assert "Potter" in found.surnames


def test_damaged_content_is_refused(monkeypatch):
    with pytest.raises(DataDamaged, match="a name and three numbers, got 'SMITH 1.006'"):
        names._columns("SMITH 1.006")
    path = addresses.find("addresses").members[0].path
    for content, message in (
        (b"<a><b><c>one two</c></b></a>", "expected one word an element, got \\('one two',\\)"),
        (b"<a><b/></a>", "expected one word an element, got \\(\\)"),
        (b"<a>", "expected XML, got"),
    ):
        monkeypatch.setattr(addresses, "read", lambda *given, content=content: {path: content})
        with pytest.raises(DataDamaged, match=message):
            load_addresses.__wrapped__()


def test_an_address_reads_as_it_is_written():
    assert str(Address(("1", "Main", "St"), ("A", "B", "C"))) == "1 Main St"
