"""Real sentence pairs: what was trained on is not tested on, and every text is a text."""

import sqlite3
from collections import Counter

import pytest

from companion.data import DataDamaged, load_sentence_pairs, sentence_pairs
from companion.data.sentence_pairs import part

PAIRS = load_sentence_pairs()
EVERY = [pair for some in PAIRS for pair in some]


def letters(text):
    return "".join(filter(str.isalpha, text.casefold()))


def test_verses_are_those_of_the_three_versions():
    assert len(EVERY) == 28_734
    assert len({pair.place for pair in EVERY}) == len(EVERY)
    verse = {pair.place: pair for pair in EVERY}["John 11:35"]
    assert verse.french == "Jésus pleura."
    assert verse.english == ("And Jesus himself was weeping.", "Jesus wept.")
    for pair in EVERY:
        for text in (pair.french, *pair.english):
            assert text == text.strip()
            assert not set(text) & set("[]()*`0123456789")
            assert letters(text)


def test_what_is_tested_on_was_not_trained_on():
    train, development, test = ({letters(pair.french) for pair in some} for some in PAIRS)
    assert not train & test
    assert not train & development
    assert not development & test
    sizes = [len(some) for some in PAIRS]
    assert 0.88 < sizes[0] / len(EVERY) < 0.92
    assert min(sizes[1:]) > 1200
    # Without that rule there would be such pairs: verses that stand in the text more than once.
    assert sum(count > 1 for count in Counter(letters(pair.french) for pair in EVERY).values()) > 100
    assert {part(pair.french) for pair in PAIRS.test} == {2}


def test_only_short_ones():
    short = load_sentence_pairs(longest=12)
    assert 300 < len(short.training) < len(PAIRS.training)
    for some, all_of_them in zip(short, PAIRS, strict=True):
        wanted = [p for p in all_of_them if max(len(t.split()) for t in (p.french, *p.english)) <= 12]
        assert list(some) == wanted
    with pytest.raises(ValueError, match="longest: expected at least 1, got 0"):
        load_sentence_pairs(longest=0)


def test_the_archive_is_opened_once(monkeypatch):
    load_sentence_pairs()
    load_sentence_pairs.cache_clear()
    monkeypatch.setattr("companion.data.sentence_pairs.read", None)
    assert load_sentence_pairs().test


def test_database_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sentence_pairs, "fetch", lambda data: tmp_path)
    member = sentence_pairs.find("sentence-pairs").members[0].path
    monkeypatch.setattr(sentence_pairs, "read", lambda *_: {member: b"SQLite format 3\0" + b"?" * 4096})
    with pytest.raises(DataDamaged, match="sentence-pairs: ") as refused:
        sentence_pairs._build(tmp_path)
    assert isinstance(refused.value.__cause__, sqlite3.Error)


def test_other_number_of_verses_is_refused(tmp_path):
    (tmp_path / "verses.json").write_text('[["Genesis 1:1", "a", "b", "c"]]', encoding="utf-8")
    with pytest.raises(ValueError, match="expected 28,734 verses, got 1"):
        sentence_pairs._load(tmp_path)
