"""Calling the reader's function: whatever it does, the notebook goes on.

The time limit works by tracing (`sys.settrace`): before each line of Python the clock is read. It needs
no signal and no second thread, so that it works in a notebook, off the main thread, on every platform and
in the browser. It has two limits. A single call into C that does not return (``sum`` over an endless
generator is caught, a huge matrix product is not) cannot be stopped from here. And a function that
catches every exception, with a bare ``except:`` inside its endless loop, catches this one too.
"""

import contextlib
import copy
import inspect
import io
import linecache
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any

import numpy as np

from companion.check.compare import difference
from companion.check.exercise import Arguments


class OutOfTime(BaseException):
    """The time is over. Not an `Exception`, so that the reader's ``except Exception`` lets it through."""


@dataclass(frozen=True)
class Attempt:
    """What came of one call: a value, or a ``failure`` in words.

    ``raised`` names the exception; ``changed`` holds the positions of the arguments that the call changed;
    ``endless`` says that the time was over.
    """

    value: Any = None
    failure: str = ""
    raised: str = ""
    printed: str = ""
    changed: tuple[int, ...] = ()
    endless: bool = False


def attempt(function: Callable[..., Any], arguments: Arguments, seconds: float) -> Attempt:
    """Call a function with copies of the arguments, for a limited time, and catch whatever it raises."""
    given = copy.deepcopy(arguments)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            tried = Attempt(_timed(function, given, seconds))
    except OutOfTime:
        sentence = f"it does not finish within {seconds:g} seconds: is there a loop that never ends?"
        tried = Attempt(failure=sentence, endless=True)
    except (Exception, SystemExit) as error:
        tried = Attempt(failure=_failure(function, error), raised=type(error).__name__)
    changed = [i for i, (old, new) in enumerate(zip(arguments, given, strict=True)) if difference(old, new)]
    return replace(tried, printed=printed.getvalue(), changed=tuple(changed))


def _timed(function: Callable[..., Any], arguments: Arguments, seconds: float) -> Any:
    end = time.perf_counter() + seconds

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        frame.f_trace_opcodes = True  # a loop on one line is no new line to Python
        if time.perf_counter() > end:
            raise OutOfTime
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        return function(*arguments)
    finally:
        sys.settrace(before)


def _failure(function: Callable[..., Any], error: BaseException) -> str:
    """Name the exception, its message, and the last line of the reader's own code that it came through."""
    message = str(error).strip().splitlines()
    said = f"it raises {type(error).__name__}" + (f": {message[0]}" if message else "")
    if isinstance(error, RecursionError):
        return "it raises RecursionError: it calls itself without an end"
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.walk_tb(error.__traceback__)
    lines = [number for frame, number in frames if code is not None and frame.f_code is code]
    if code is None or not lines:
        return said
    text = linecache.getline(code.co_filename, lines[-1]).strip()
    place = f"in line {lines[-1] - code.co_firstlineno + 1} of your function"
    return f"{said}, {place}: {text}" if text else f"{said}, {place}"
