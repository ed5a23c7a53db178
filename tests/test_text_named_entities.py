"""Sentences with names: the tags are right, the lectures' forms are there, the test's names are unseen."""

from collections import Counter

import numpy as np
import pytest

from companion.metrics.spans import bio, spans
from companion.text.named_entities import (
    DAYS,
    DECK_SENTENCES,
    FORMS,
    KINDS,
    MONTHS,
    NAMES,
    NameLists,
    entity_sentence,
    split_names,
)

ENDINGS = {"Corp.", "Inc.", "Ltd.", "Group", "Bank", "Motors", "Airlines", "Press", "Foods", "Steel", "Sons"}


def drawn(count, seed=0, names=NAMES):
    rng = np.random.default_rng(seed)
    return [entity_sentence(rng, names) for _ in range(count)]


def marked(sentence):
    return [(" ".join(sentence.words[a:b]), kind) for a, b, kind in spans(sentence.tags)]


def test_the_lectures_sentences_are_as_on_the_slides():
    assert [str(sentence) for sentence in DECK_SENTENCES] == [
        "[Jim] bought 300 shares of [Acme Corp.] in [2006]",
        "Yesterday , [Harry Potter] met [Hermione Granger] .",
        "[Ali Ahmadi] and [Hassan Hamidi] invented a new drug",
    ]
    assert marked(DECK_SENTENCES[0]) == [("Jim", "person"), ("Acme Corp.", "organization"), ("2006", "time")]
    forms = {
        " ".join("#" if tag != "O" or word.isdigit() else word for word, tag in zip(*sentence, strict=True))
        for sentence in drawn(4000, 1)
    }
    assert "# bought # shares of # # in # ." in forms
    assert "Yesterday , # # met # # ." in forms
    assert any(form.startswith("# # and # # invented a new") for form in forms)


def test_every_name_is_marked_as_what_it_is():
    kinds = Counter()
    for sentence in drawn(2000):
        assert len(sentence.words) == len(sentence.tags)
        assert bio(spans(sentence.tags, strict=True), len(sentence.tags)) == list(sentence.tags)
        for name, kind in marked(sentence):
            kinds[kind] += 1
            words = name.split()
            if kind == "person":
                assert words[0] in NAMES.first_names or words[0] in NAMES.surnames
                assert len(words) == 1 or (words[0] in NAMES.first_names and words[1] in NAMES.surnames)
            elif kind == "organization":
                assert words[-1] in ENDINGS or name in NAMES.companies
                assert words[0] in NAMES.companies + NAMES.surnames
            elif kind == "place":
                assert name in NAMES.places
            else:
                last = words[-1]
                assert last in MONTHS + DAYS or 1950 <= int(last) < 2030
    assert tuple(sorted(kinds)) == KINDS
    assert min(kinds.values()) > 600


def test_the_word_alone_does_not_decide():
    """The same words occur with and without a label, and with several."""
    said = {}
    for sentence in drawn(6000, 2):
        for word, tag in zip(*sentence, strict=True):
            said.setdefault(word, set()).add(tag)
    assert {"O", "B-person", "B-time"} <= said["May"]
    assert {"O", "B-person"} <= said["Will"] & said["Mark"]
    assert {"B-person", "I-person", "B-organization", "B-place"} <= said["Jackson"]
    assert {"O", "B-time", "I-time"} <= said["2006"]
    numbers = [
        int(word)
        for s in drawn(500, 8)
        for word, tag in zip(*s, strict=True)
        if word.isdigit() and tag == "O"
    ]
    assert 0.3 < np.mean([number < 1000 for number in numbers]) < 0.7
    assert min(numbers) >= 20
    assert max(numbers) < 2030
    assert all(sentence.words[0][0].isupper() for sentence in drawn(300, 3))


def test_names_of_the_two_parts_have_nothing_in_common():
    train, test = split_names(NAMES)
    for field in NameLists._fields:
        parts = getattr(train, field), getattr(test, field)
        assert sorted(sum(parts, ())) == sorted(getattr(NAMES, field))
        assert not set(parts[0]) & set(parts[1])
    everything = [set(sum(part, ())) for part in (train, test)]
    assert not everything[0] & everything[1]
    seen = {name for sentence in drawn(1500, 4, train) for name, kind in marked(sentence) if kind == "place"}
    assert seen == set(train.places)


def test_forms_can_be_kept_back():
    rng = np.random.default_rng(7)
    for n, form in enumerate(FORMS):
        sentence = entity_sentence(rng, NAMES, FORMS[n : n + 1])
        fixed = [word for word in form.lower().split() if word[0] != "{"]
        said = iter(word.lower() for word in sentence.words)
        assert all(word in said for word in fixed)


def test_the_same_seed_draws_the_same():
    assert drawn(20, 5) == drawn(20, 5)
    assert drawn(20, 5) != drawn(20, 6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: entity_sentence(np.random.default_rng(0), NAMES._replace(places=())),
            "places: expected at least one name, got none",
        ),
        (
            lambda: entity_sentence(np.random.default_rng(0), NAMES, ()),
            "forms: expected at least one form, got none",
        ),
        (lambda: split_names(NAMES, 1.0), "share: expected a number above 0 and below 1, got 1.0"),
        (
            lambda: split_names(NAMES._replace(surnames=("Smith",))),
            "surnames: expected names for both parts, got 1 names",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
