"""What a reader can move: a name, the values it takes, and how each is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np


@dataclass(frozen=True)
class Control:
    """One slider: the argument of ``draw`` that it sets, its values in order, and the label of each.

    ``between`` says that values between the listed ones have a meaning too: the live slider may stop there.
    """

    name: str
    values: tuple[object, ...]
    labels: tuple[str, ...]
    between: bool

    @property
    def title(self) -> str:
        """The name as the reader sees it."""
        return self.name.replace("_", " ")

    def label(self, value: object) -> str:
        """Return how a value is written: by its label, or as a number where it lies between two of them."""
        for known, label in zip(self.values, self.labels, strict=True):
            if known is value or (self.between and known == value):
                return label
        return number(value)


def control(name: str, spec: object) -> Control:
    """Read one control as it is written in the call of `explore`.

    Parameters
    ----------
    name : str
        The argument of ``draw``.
    spec : tuple, list or mapping
        ``(start, stop, n)`` for n evenly spaced numbers, both ends included; a list of values; or a
        mapping from label to value.

    Raises
    ------
    TypeError, ValueError
        If it is none of these, or has fewer than two values.

    Examples
    --------
    >>> control("alpha", (0.0, 1.0, 5)).values
    (0.0, 0.25, 0.5, 0.75, 1.0)
    >>> control("n", (1, 4, 4)).values
    (1, 2, 3, 4)
    >>> control("unit", {"words": 0, "characters": 1}).labels
    ('words', 'characters')
    """
    if isinstance(spec, tuple):
        values = _spaced(name, spec)
        return Control(name, values, _labels(values), between=True)
    if isinstance(spec, Mapping):
        made = Control(name, tuple(spec.values()), tuple(str(label) for label in spec), between=False)
    elif isinstance(spec, list):
        made = Control(name, tuple(spec), _labels(tuple(spec)), between=False)
    else:
        raise TypeError(
            f"{name}: expected (start, stop, n), a list of values or a dict of label -> value, "
            f"got {type(spec).__name__}"
        )
    if len(made.values) < 2:
        raise ValueError(f"{name}: expected two values or more, got {len(made.values)}")
    return made


def number(value: object) -> str:
    """Write a value as a reader reads it: four significant digits for a float, all of anything else.

    Examples
    --------
    >>> number(0.1 + 0.2), number(20_000), number("words")
    ('0.3', '20000', 'words')
    """
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.4g}"
    return str(value)


def _spaced(name: str, spec: tuple[object, ...]) -> tuple[object, ...]:
    """Return the numbers of ``(start, stop, n)``: integers where all are, else floats without dust."""
    if len(spec) != 3:
        raise ValueError(
            f"{name}: expected (start, stop, n), got {len(spec)} of them; a list of values is written [...]"
        )
    start, stop, count = spec
    if not isinstance(start, Real) or not isinstance(stop, Real) or not isinstance(count, int):
        raise TypeError(
            f"{name}: expected (number, number, integer), got {spec!r}; a list of values is written [...]"
        )
    if count < 2 or not start < stop:
        raise ValueError(f"{name}: expected start < stop and n >= 2, got {spec!r}")
    if isinstance(start, int) and isinstance(stop, int) and (stop - start) % (count - 1) == 0:
        return tuple(range(start, stop + 1, (stop - start) // (count - 1)))
    return tuple(float(f"{v:.12g}") for v in np.linspace(float(start), float(stop), count))


def _labels(values: tuple[object, ...]) -> tuple[str, ...]:
    """Write the values; in full where four digits would make two of them the same."""
    short = tuple(number(v) for v in values)
    return short if len(set(short)) == len(short) else tuple(str(v) for v in values)
