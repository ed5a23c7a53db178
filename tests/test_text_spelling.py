"""Words as the numbers of their characters."""

import pytest

from companion import text
from companion.text.spelling import alphabet, spell


def test_the_package_keeps_its_own_names():
    """No file of the package is called like one of its functions, which would stand in its place."""
    assert text.characters("it") == ["i", "t"]
    assert not {name for name in text.__all__ if isinstance(getattr(text, name), type(text))}


def test_spelling_cuts_long_words_and_knows_no_new_letters():
    letters = alphabet(["Jim", "in"])
    assert [array.shape for array in spell([], letters)] == [(0, 0, 0), (0, 0)]
    assert spell([["in"]], letters, longest=1)[1].tolist() == [[1]]
    ids, spelled = spell([["Jimmy", ""], ["ox"]], letters, longest=4)
    assert spelled.tolist() == [[4, 2], [0, 0]]
    assert ids[:, 0, 0].tolist() == letters.encode(list("Jimm"))
    assert ids[:2, 0, 1].tolist() == [1, 1]
    assert not ids[2:, 0, 1].any()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: alphabet("Jim"), TypeError, "words: expected a list of strings, got one str"),
        (
            lambda: spell(["Jim"], alphabet(["Jim"])),
            TypeError,
            "sentences[0]: expected a list of strings, got one str",
        ),
        (lambda: spell([["Jim"]], alphabet(["Jim"]), 0), ValueError, "longest: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
