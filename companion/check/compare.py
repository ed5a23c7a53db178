"""How an answer differs from the right one, in words that do not give the right one away."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np

RTOL, ATOL = 1e-5, 1e-6  # float32 passes, an approximation does not


@dataclass(frozen=True)
class Difference:
    """What is wrong.

    ``form``: it is the type, the shape or the size; the values were not looked at. ``nan``: there is a nan
    where a number should be.
    """

    sentence: str
    form: bool
    nan: bool = False


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
        columns = ": a result without rows still has its columns" if _flat(expected, got) else ""
        return Difference(f"expected shape {expected.shape}, got {got.shape}{columns}", form=True)
    whole = np.issubdtype(expected.dtype, np.integer)
    kinds = (np.integer,) if whole else (np.integer, np.floating)
    if got.dtype != expected.dtype and not any(np.issubdtype(got.dtype, kind) for kind in kinds):
        empty = "" if got.size else ": of an empty list NumPy makes that, unless you say dtype=int"
        kind = f"integers, got {got.dtype}{empty}" if whole else f"numbers, got {got.dtype}"
        return Difference(f"expected {kind}", form=True)
    if stray := _not_finite(expected, got):
        return stray
    wrong = ~np.isclose(got, expected, RTOL, ATOL, equal_nan=True)
    return Difference(f"{_counted(wrong)} wrong{_first(wrong)}", form=False) if wrong.any() else None


def _flat(expected: np.ndarray, got: np.ndarray) -> bool:
    return len(expected) == 0 and expected.ndim > 1 and got.shape == (0,)


def _number(expected: Any, got: Any) -> Difference | None:
    alone = isinstance(got, np.ndarray) and got.ndim == 0 and np.issubdtype(got.dtype, np.number)
    if not (alone or isinstance(got, Real)) or isinstance(got, (bool, np.bool_)):
        return Difference(f"expected a number, got {_type(got)}", form=True)
    if stray := _not_finite(np.asarray(expected), np.asarray(got)):
        return stray
    right = np.isclose(float(got), float(expected), RTOL, ATOL, equal_nan=True)
    return None if right else Difference("the number is wrong", form=False)


def _not_finite(expected: np.ndarray, got: np.ndarray) -> Difference | None:
    """Say that numbers are nan or infinite which should not be."""
    strays = np.isnan(got) & ~np.isnan(expected)
    if strays.any():
        cause = "0 / 0 gives that, and so does inf / inf"
        return Difference(f"{_counted(strays)} nan{_first(strays)}: {cause}", form=False, nan=True)
    strays = np.isinf(got) & ~np.isinf(expected)
    return Difference(f"{_counted(strays)} infinite", form=False) if strays.any() else None


def _counted(marked: np.ndarray) -> str:
    """Say how many numbers are meant, with the verb."""
    count = int(marked.sum())
    return f"{count} of {marked.size} numbers {_are(count)}" if marked.size > 1 else "the number is"


def _first(marked: np.ndarray) -> str:
    """Say where the first of them stands, if there are several numbers."""
    place = ", ".join(str(i) for i in np.argwhere(marked)[0])
    return f", the first at [{place}]" if marked.size > 1 else ""


def _set(expected: set[Any], got: Any) -> Difference | None:
    if not isinstance(got, set):
        return Difference(f"expected a set, got {_type(got)}", form=True)
    return _members("element", expected, got)


def _members(name: str, expected: set[Any], got: set[Any]) -> Difference | None:
    """Compare two sets; ``name`` is what one of their members is called."""
    kinds, theirs = {_kind(item) for item in expected}, {_kind(item) for item in got}
    if kinds and theirs - kinds:
        yours = "some of yours are" if theirs & kinds else "yours are"
        return Difference(f"the {name}s must be {_join(kinds)}; {yours} {_join(theirs - kinds)}", form=True)
    missing, extra = len(expected - got), len(got - expected)
    wrong = [(count, what) for count, what in ((missing, "missing"), (extra, "too many")) if count]
    said = [f"{count} {name}{'' if count == 1 else 's'} {_are(count)} {what}" for count, what in wrong]
    return Difference(" and ".join(said), form=False) if said else None


_KINDS = {str: "strings", int: "integers", float: "numbers", tuple: "tuples"}


def _kind(value: Any) -> str:
    """Name a type in the plural: strings, tuples of strings."""
    name = _KINDS.get(type(value), f"of type {type(value).__name__}")
    inside = {_kind(item) for item in value} if isinstance(value, tuple) else set()
    return f"{name} of {inside.pop()}" if len(inside) == 1 else name


def _dict(expected: dict[Any, Any], got: Any) -> Difference | None:
    if not isinstance(got, dict):
        return Difference(f"expected a dict, got {_type(got)}", form=True)
    if wrong := _members("key", set(expected), set(got)):
        return wrong
    bad = sum(difference(expected[key], got[key]) is not None for key in expected)
    return Difference(f"{bad} of its {len(expected)} values {_are(bad)} wrong", form=False) if bad else None


def _sequence(expected: Any, got: Any) -> Difference | None:
    kind = type(expected).__name__
    if not (isinstance(got, type(expected)) or _several(expected, got)):
        return Difference(f"expected a {kind}, got {_type(got)}", form=True)
    if len(got) != len(expected):
        return Difference(f"expected a {kind} of {len(expected)}, got one of {len(got)}", form=True)
    for index, (right, item) in enumerate(zip(expected, got, strict=True)):
        if wrong := difference(right, item):
            return replace(wrong, sentence=f"element [{index}]: {wrong.sentence}")
    return None


def _several(expected: Any, got: Any) -> bool:
    """Say whether several results came in a list: whoever unpacks them cannot tell it from a tuple."""
    results = isinstance(expected, tuple) and any(isinstance(e, (np.ndarray, list, dict)) for e in expected)
    return results and isinstance(got, list)


def _equal(expected: Any, got: Any) -> Difference | None:
    if type(got) is not type(expected):
        return Difference(f"expected {type(expected).__name__}, got {_type(got)}", form=True)
    return None if got == expected else Difference("the value is wrong", form=False)


def _type(value: Any) -> str:
    name = "NumPy array" if isinstance(value, np.ndarray) else type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}" if value is not None else "None"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _join(names: set[str]) -> str:
    return " and ".join(sorted(names))
