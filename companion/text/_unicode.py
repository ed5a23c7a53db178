r"""Classes for ``re``: it has ``\w`` and ``\d``, but no marks (``\p{M}``) or numbers (``\p{N}``)."""

import sys
from collections.abc import Callable

__all__ = ["character_class"]


def character_class(belongs: Callable[[str], bool]) -> str:
    r"""Return the inside of a ``[...]`` that matches exactly the characters that `belongs` accepts.

    Looks at every code point of the Unicode version that this Python carries, which takes a tenth of a
    second: keep the result.

    Examples
    --------
    >>> character_class(lambda c: c in "abcx")
    '\\U00000061-\\U00000063\\U00000078-\\U00000078'
    """
    points = [point for point in range(sys.maxunicode + 1) if belongs(chr(point))]
    starts = [p for p, before in zip(points, [-2, *points], strict=False) if p != before + 1]
    ends = [p for p, after in zip(points, [*points[1:], -2], strict=True) if p + 1 != after]
    return "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(starts, ends, strict=True))
