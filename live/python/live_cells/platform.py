"""What differs on the platform of a page, although it means the same there."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any


def adapt(numpy: Any) -> None:
    """Let NumPy take counts and ids of 64 bits, and the processor's time be that of the clock.

    Generators draw 64 bits everywhere, but NumPy's own integers have 32 here, and two of its functions take
    no others. The processor's clock stands still.
    """

    def narrow(values: Any) -> Any:
        array = numpy.asarray(values)
        return array.astype(numpy.intp) if array.dtype == numpy.int64 else values

    numpy.bincount = _with(numpy.bincount, 0, narrow)
    numpy.repeat = _with(numpy.repeat, 1, narrow)
    time.process_time = time.perf_counter


def _with(function: Callable[..., Any], place: int, change: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return the function with one of its arguments changed first."""

    @functools.wraps(function)
    def changed(*arguments: Any, **options: Any) -> Any:
        given = [change(a) if i == place else a for i, a in enumerate(arguments)]
        return function(*given, **options)

    return changed
