"""Text outputs: words exactly, numbers to the last digit shown, noise beyond the digits let pass."""

import doctest
import math

import pytest

from tools.notebooks import numbers
from tools.notebooks.numbers import Tolerance, difference

DEFAULT = Tolerance()


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ("loss 0.6931", "loss 0.6931"),
        ("0.1234567890123456", "0.1234567890124"),  # 1e-13 apart
        ("0.30000000000000004", "0.3"),
        ("error 2.220446049250313e-16", "error 4.440892098500626e-16"),
        ("1234567.8901234567", "1234567.8901234571"),
        ("[0.1        0.30000000000000004]", "[0.1 0.3]"),  # NumPy pads with blanks
        ("[-0.  1.]", "[0. 1.]"),
        ("-5e-14", "0.0"),
        ("\u22120.5", "-0.5"),  # a minus sign for a hyphen
    ],
)
def test_the_same_number_passes(stored: str, new: str) -> None:
    assert difference(stored, new, DEFAULT) is None
    assert difference(new, stored, DEFAULT) is None


@pytest.mark.parametrize(
    ("stored", "new", "named"),
    [
        ("loss 0.6931", "loss 0.6932", "0.6931 became 0.6932"),
        ("0.123456789", "0.123456788", "0.123456789 became"),
        ("1,320,065 weights", "1,320,066 weights", "065 became 066"),
        ("Found 9 unique tokens.", "Found 8 unique tokens.", "9"),
        ("id 12345678901234567890", "id 12345678901234567891", "exactly"),
        ("3", "3.0", "exactly"),
        ("x = -0.5", "x = 0.5", "-0.5 became 0.5"),
        ("x = 0.5", "x = nan", "words"),
        ("1e-05", "1e-06", "1e-05 became 1e-06"),
        ("['a', 'b']", "['b', 'a']", "words"),
        ("accuracy 0.5", "precision 0.5", "words"),
        ("a  b", "a b", "words"),  # blanks count where the numbers are printed alike
        ("h2o", "h3o", "words"),
        ("0.1 0.2", "0.1", "words"),
        ("0.1", "0.1\n0.2", "words"),
    ],
)
def test_a_difference_is_found_and_named(stored: str, new: str, named: str) -> None:
    why = difference(stored, new, DEFAULT)
    assert why is not None
    assert named in why
    assert difference(new, stored, DEFAULT) is not None


@pytest.mark.parametrize("digits", range(1, 11))
def test_the_last_of_ten_digits_counts(digits: int) -> None:
    for value in (math.pi, 9.999999999, 1.0 / 700, 6.02e23):
        text = f"{value:.{digits - 1}e}"
        mantissa, exponent = text.split("e")
        last = "1" if mantissa[-1] == "0" else str(int(mantissa[-1]) - 1)
        changed = f"{mantissa[:-1]}{last}e{exponent}"
        assert difference(f"value {text}.", f"value {changed}.", DEFAULT) is not None


def test_the_examples_run() -> None:
    result = doctest.testmod(numbers)
    assert result.attempted >= 2
    assert result.failed == 0


def test_a_stated_tolerance_is_for_numbers_with_a_point() -> None:
    wide = Tolerance(rtol=1e-2)
    assert difference("loss 0.690 after 20 steps", "loss 0.693 after 20 steps", wide) is None
    assert difference("loss 0.690 after 20 steps", "loss 0.700 after 20 steps", wide) is not None
    assert difference("loss 0.690 after 2000 steps", "loss 0.690 after 2001 steps", wide) is not None
    assert difference("loss 0.690", "loss 0.695", Tolerance(atol=0.01)) is None
    assert difference("loss 0.690", "loss 0.705", Tolerance(atol=0.01)) is not None


def test_the_message_shows_both_lines() -> None:
    why = difference("first\nloss 0.5\nlast", "first\nloss 0.6\nlast", DEFAULT)
    assert why is not None
    assert why.splitlines()[0].startswith("line 2: 0.5 became 0.6")
    assert "stored: loss 0.5" in why
    assert "now:    loss 0.6" in why


def test_a_long_line_is_cut_around_the_difference() -> None:
    padding = "word " * 100
    why = difference(f"{padding}0.5 {padding}", f"{padding}0.6 {padding}", DEFAULT)
    assert why is not None
    assert len(max(why.splitlines(), key=len)) < 200
    assert "0.6 word" in why
