"""What differs on the platform of a page, although it means the same there."""

from __future__ import annotations

import functools
import time
from typing import Any


def adapt(numpy: Any) -> None:
    """Let ``bincount`` take integers of 64 bits, and the processor's time be that of the clock.

    Generators draw 64 bits everywhere, but NumPy's own integers have 32 here. The processor's clock stands
    still.
    """
    bincount = numpy.bincount

    @functools.wraps(bincount)
    def wide_bincount(x: Any, *arguments: Any, **options: Any) -> Any:
        ids = numpy.asarray(x)
        return bincount(ids.astype(numpy.intp) if ids.dtype == numpy.int64 else x, *arguments, **options)

    numpy.bincount = wide_bincount
    time.process_time = time.perf_counter
