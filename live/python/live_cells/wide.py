"""What NumPy refuses on a platform of 32 bits, although it means the same there as on one of 64."""

from __future__ import annotations

import functools
from typing import Any


def allow(numpy: Any) -> None:
    """Let ``bincount`` take integers of 64 bits, which generators draw on every platform."""
    bincount = numpy.bincount

    @functools.wraps(bincount)
    def wide_bincount(x: Any, *arguments: Any, **options: Any) -> Any:
        ids = numpy.asarray(x)
        return bincount(ids.astype(numpy.intp) if ids.dtype == numpy.int64 else x, *arguments, **options)

    numpy.bincount = wide_bincount
