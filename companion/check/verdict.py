"""`check`: try the reader's function on every case of an exercise, and say in a few lines what came of it."""

import copy
import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from companion.check.attempt import Attempt, attempt
from companion.check.compare import Difference, difference
from companion.check.exercise import Arguments, Exercise, Law, Mistake
from companion.check.library import find

SEED = 20  # every reader gets the same cases
_WIDTH = 400  # characters of a value that are shown


@dataclass(frozen=True)
class Verdict:
    """What `check` returns: true when the function passed. Its message has been printed already."""

    name: str
    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"<{self.name}: {'passed' if self.passed else 'not yet'}>"

    def _ipython_display_(self) -> None:
        """Show nothing at the end of a cell: the message stands there."""


@dataclass(frozen=True)
class _Case:
    """One call that went wrong: with what, what came, and how that differs from the right answer."""

    arguments: Arguments
    attempt: Attempt
    wrong: Difference | None  # None where it raised


def check(name: str, function: Callable[..., Any], *, seconds: float = 2.0) -> Verdict:
    """Try a function on the cases of an exercise and print a verdict.

    It passes when every case gives the right type, shape and values and leaves its arguments as they
    were. Otherwise the first case that goes wrong is shown; and where the function does on every case
    what a known mistake does, the sentence that explains this mistake.

    Parameters
    ----------
    name : str
        The exercise, such as ``"tv-pad"``; `exercises` lists them.
    function : callable
        The reader's function.
    seconds : float
        How long one case may take.

    Returns
    -------
    Verdict
        True when the function passed.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> verdict = check("emb-lookup", lambda E, ids: E[ids])
    emb-lookup: passed, all 14 cases.
    >>> bool(verdict)
    True
    """
    exercise = find(name)
    passed, message = _judge(exercise, function, seconds)
    print(message)
    return Verdict(name, passed, message)


def _judge(exercise: Exercise, function: Any, seconds: float) -> tuple[bool, str]:
    """Return whether the function passes, and the message."""
    if unfit := _unfit(exercise, function):
        return False, _wrapped(f"{exercise.name}: not yet. {unfit}")
    cases = list(exercise.cases(np.random.default_rng(SEED)))
    tried: list[Attempt] = []
    wrong: list[_Case] = []
    for arguments in cases:
        tried.append(attempt(function, arguments, seconds))
        if case := _wrong(exercise, arguments, tried[-1]):
            wrong.append(case)
        if tried[-1].endless:
            break
    if wrong:
        count = f"{len(wrong)} of {len(cases)} cases {'goes' if len(wrong) == 1 else 'go'} wrong"
        head = f"{exercise.name}: not yet, " + ("one case never ends." if tried[-1].endless else count + ".")
        return False, "\n".join([head, *_explained(exercise, cases, tried, wrong)])
    if changed := _changed(exercise, tried):
        right = f"All {len(cases)} results are right, but your"
        return False, _wrapped(f"{exercise.name}: not yet. {right} {changed}")
    return True, f"{exercise.name}: passed, all {len(cases)} cases."


def _unfit(exercise: Exercise, function: Any) -> str:
    """Say why a thing cannot be called as the exercise calls it; return nothing where it can."""
    if not callable(function):
        return (
            f"Expected a function, got {type(function).__name__}: "
            f'pass the function itself, as in check("{exercise.name}", {exercise.function_name}).'
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C: it will show when it is called
        return ""
    try:
        signature.bind(*exercise.parameters)
    except TypeError:
        return f"Your function is called as {exercise.call}; yours takes {signature}."
    return ""


def _changed(exercise: Exercise, tried: list[Attempt]) -> str:
    """Say, after "your", which arguments the function changes; return nothing where it changes none."""
    changed = sorted({i for each in tried for i in each.changed})
    if not changed:
        return ""
    names = " and ".join(f"`{exercise.parameters[i]}`" for i in changed)
    many, that = ("s", "them") if len(changed) > 1 else ("", "that")
    return (
        f"function changes its argument{many} {names}: whoever calls it still needs {that}. Work on a copy."
    )


def _wrong(exercise: Exercise, arguments: Arguments, tried: Attempt) -> _Case | None:
    if tried.failure:
        return _Case(arguments, tried, None)
    expected = exercise.solution(*copy.deepcopy(arguments))
    wrong = difference(expected, tried.value)
    return _Case(arguments, tried, wrong) if wrong else None


def _explained(
    exercise: Exercise, cases: list[Arguments], tried: list[Attempt], wrong: list[_Case]
) -> list[str]:
    """Return the lines that explain what is wrong, on the first case where it shows."""
    case = wrong[-1] if wrong[-1].attempt.endless else wrong[0]  # the cases go from small to large
    known = _known(exercise, cases, tried)
    changed = _changed(exercise, tried)
    lines = [_wrapped(sentence) for sentence in (f"Your {changed}" if changed else "", known) if sentence]
    width = max(len(name) for name in exercise.parameters)
    lines += [
        f"    {name:{width}} = {_indented(value, width + 7)}"
        for name, value in zip(exercise.parameters, case.arguments, strict=True)
    ]
    if case.wrong is None:
        lines.append(_wrapped(f"With this {case.attempt.failure}"))
    else:
        lines.append(f"    your result: {_indented(case.attempt.value, 17)}")
        if not known:
            lines.append(_wrapped(_said(exercise, case, case.wrong)))
    if case.attempt.printed:
        lines.append(f"It printed: {_cut(case.attempt.printed.rstrip())}")
    return lines


def _said(exercise: Exercise, case: _Case, wrong: Difference) -> str:
    """Return the law that the result breaks, or else how it differs."""
    sentence = wrong.sentence[0].upper() + wrong.sentence[1:]
    sentence += "" if sentence.endswith("?") else "."
    if wrong.form:
        return sentence
    for law in exercise.laws:
        if wrong.nan and not law.of_nan:
            continue
        if not _holds(law, case):
            return f"{sentence} What must hold: {law.sentence}"
    return sentence


def _holds(law: Law, case: _Case) -> bool:
    try:
        return law.holds(copy.deepcopy(case.arguments), case.attempt.value)
    except Exception:  # the result is so strange that the law cannot be asked
        return False


def _known(exercise: Exercise, cases: list[Arguments], tried: list[Attempt]) -> str:
    """Return the sentence of the mistake that does the same on every case, if there is one."""
    if tried[-1].endless or all(each.failure for each in tried):
        return ""
    for mistake in exercise.mistakes:
        if all(_same(mistake, *both) for both in zip(cases, tried, strict=True)):
            return mistake.sentence
    return ""


def _same(mistake: Mistake, arguments: Arguments, tried: Attempt) -> bool:
    """Say whether a mistake gives what the reader's function gave, or raises what it raised."""
    try:
        with np.errstate(all="ignore"):
            theirs = mistake.function(*copy.deepcopy(arguments))
    except Exception as error:
        return tried.raised == type(error).__name__
    return not tried.failure and difference(theirs, tried.value) is None


def _shown(value: Any) -> str:
    """Write a value compactly and the same on every machine."""
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    with np.printoptions(precision=4, suppress=True, threshold=60, edgeitems=2, linewidth=88):
        text = repr(value)
    return _cut(re.sub(r" at 0x[0-9a-fA-F]+", "", text))


def _wrapped(sentence: str) -> str:
    return textwrap.fill(sentence, 88, break_long_words=False, break_on_hyphens=False)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[:_WIDTH] + " ..."


def _indented(value: Any, columns: int) -> str:
    return _shown(value).replace("\n", "\n" + " " * columns)
