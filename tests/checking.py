"""What the tests of the checkers share: to check without printing, and to make up a reader's function."""

import contextlib
import io
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from companion.check import Exercise, Verdict, check, exercises
from companion.check.library import find
from companion.check.verdict import SEED

NAMES = list(exercises())


def tried(name: str, function: Any, seconds: float = 2.0) -> Verdict:
    """Check without printing; the message with its line breaks taken out is what a reader reads."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        verdict = check(name, function, seconds=seconds)
    assert printed.getvalue() == verdict.message + "\n"
    return verdict


def read(verdict: Verdict) -> str:
    return " ".join(verdict.message.split())


def called(exercise: Exercise, body: str) -> Callable[..., Any]:
    """Define a function with the exercise's own arguments and another body."""
    space: dict[str, Any] = {"np": np}
    exec(f"def {exercise.call}:\n{textwrap.indent(body, '    ')}", space)
    return space[exercise.function_name]


def cases(name: str) -> list[tuple[Any, ...]]:
    """Draw the cases that every reader gets."""
    return list(find(name).cases(np.random.default_rng(SEED)))
