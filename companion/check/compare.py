"""How an answer differs from the right one, in words that do not give the right one away."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

RTOL, ATOL = 1e-5, 1e-6  # float32 passes, an approximation does not


@dataclass(frozen=True)
class Difference:
    """What is wrong. ``form``: it is the type, the shape or the size; the values were not looked at."""

    sentence: str
    form: bool


def difference(expected: Any, got: Any) -> Difference | None:
    """Compare a result with the right one: type first, then shape, then values.

    Numbers agree within a relative tolerance of 1e-5 and an absolute one of 1e-6; ``nan`` agrees with
    ``nan``.

    Returns
    -------
    Difference or None
        None where they agree.

    Examples
    --------
    >>> difference(np.zeros((2, 3)), np.zeros((3, 2))).sentence
    'expected shape (2, 3), got (3, 2)'
    >>> difference([1, 2], [1, 2]) is None
    True
    """
    if got is None and expected is not None:
        return Difference("it returns None: is there a return?", form=True)
    return _compare_for(expected)(expected, got)


def _compare_for(expected: Any) -> Callable[[Any, Any], Difference | None]:
    if isinstance(expected, np.ndarray):
        return _array
    if isinstance(expected, Real):
        return _number
    if isinstance(expected, (set, dict)):
        return _set if isinstance(expected, set) else _dict
    return _sequence if isinstance(expected, (list, tuple)) else _equal


def _array(expected: np.ndarray, got: Any) -> Difference | None:
    if not isinstance(got, np.ndarray):
        return Difference(f"expected a NumPy array, got {_type(got)}", form=True)
    if got.shape != expected.shape:
        return Difference(f"expected shape {expected.shape}, got {got.shape}", form=True)
    whole = np.issubdtype(expected.dtype, np.integer)
    kinds = (np.integer,) if whole else (np.integer, np.floating)
    if got.dtype != expected.dtype and not any(np.issubdtype(got.dtype, kind) for kind in kinds):
        return Difference(f"expected {'integers' if whole else 'numbers'}, got {got.dtype}", form=True)
    if stray := _not_finite(expected, got):
        return Difference(stray, form=False)
    wrong = np.argwhere(~np.isclose(got, expected, RTOL, ATOL, equal_nan=True))
    if not len(wrong):
        return None
    place = ", ".join(str(i) for i in wrong[0])
    return Difference(f"{len(wrong)} of {got.size} numbers are wrong, the first at [{place}]", form=False)


def _number(expected: Any, got: Any) -> Difference | None:
    alone = isinstance(got, np.ndarray) and got.ndim == 0 and np.issubdtype(got.dtype, np.number)
    if not (alone or isinstance(got, Real)) or isinstance(got, (bool, np.bool_)):
        return Difference(f"expected a number, got {_type(got)}", form=True)
    if stray := _not_finite(np.asarray(expected), np.asarray(got)):
        return Difference(stray, form=False)
    right = np.isclose(float(got), float(expected), RTOL, ATOL, equal_nan=True)
    return None if right else Difference("the number is wrong", form=False)


def _not_finite(expected: np.ndarray, got: np.ndarray) -> str:
    """Say that numbers are nan or infinite which should not be; return nothing where none is."""
    for name, test in (("nan", np.isnan), ("infinite", np.isinf)):
        if strays := int(np.sum(test(got) & ~test(expected))):
            many = f"{strays} of {got.size} numbers are" if got.ndim else "the number is"
            return f"{many} {name}"
    return ""


def _set(expected: set[Any], got: Any) -> Difference | None:
    if not isinstance(got, set):
        return Difference(f"expected a set, got {_type(got)}", form=True)
    kinds = {type(item).__name__ for item in expected}
    strange = {type(item).__name__ for item in got} - kinds
    if kinds and strange:
        return Difference(f"expected a set of {_join(kinds)}, got one of {_join(strange)}", form=True)
    missing, extra = len(expected - got), len(got - expected)
    if not missing and not extra:
        return None
    return Difference(f"of its elements {missing} are missing, and {extra} too many", form=False)


def _dict(expected: dict[Any, Any], got: Any) -> Difference | None:
    if not isinstance(got, dict):
        return Difference(f"expected a dict, got {_type(got)}", form=True)
    if wrong := _set(set(expected), set(got)):
        return Difference("keys: " + wrong.sentence, wrong.form)
    if bad := [key for key in expected if difference(expected[key], got[key])]:
        return Difference(f"{len(bad)} of its {len(expected)} values are wrong", form=False)
    return None


def _sequence(expected: Any, got: Any) -> Difference | None:
    kind = type(expected).__name__
    if not isinstance(got, type(expected)):
        return Difference(f"expected a {kind}, got {_type(got)}", form=True)
    if len(got) != len(expected):
        return Difference(f"expected a {kind} of {len(expected)}, got one of {len(got)}", form=True)
    for index, (right, item) in enumerate(zip(expected, got, strict=True)):
        if wrong := difference(right, item):
            return Difference(f"element [{index}]: {wrong.sentence}", wrong.form)
    return None


def _equal(expected: Any, got: Any) -> Difference | None:
    if type(got) is not type(expected):
        return Difference(f"expected {type(expected).__name__}, got {_type(got)}", form=True)
    return None if got == expected else Difference("the value is wrong", form=False)


def _type(value: Any) -> str:
    name = "NumPy array" if isinstance(value, np.ndarray) else type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if value is not None else "None"


def _join(names: set[str]) -> str:
    return " and ".join(sorted(names))
