"""Every checker knows its solution, its mistakes and any nonsense, and never tells the answer."""

import ast
import inspect
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
from checking import NAMES, called, cases, read, tried

from companion.check import check
from companion.check.attempt import attempt
from companion.check.library import find

MISTAKES = [(name, i) for name in NAMES for i in range(len(find(name).mistakes))]


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes(name: str) -> None:
    verdict = tried(name, find(name).solution)
    assert verdict
    assert verdict.message == f"{name}: passed, all {len(cases(name))} cases."


@pytest.mark.parametrize(("name", "number"), MISTAKES)
def test_a_known_mistake_is_recognised_by_its_own_sentence(name: str, number: int) -> None:
    mistake = find(name).mistakes[number]
    verdict = tried(name, mistake.function)
    assert not verdict
    assert mistake.sentence in read(verdict)


@pytest.mark.parametrize("name", NAMES)
def test_no_mistake_is_explained_in_the_words_of_another(name: str) -> None:
    sentences = [mistake.sentence for mistake in find(name).mistakes]
    assert len(set(sentences)) == len(sentences) >= 3
    for sentence in sentences:
        assert sentence[0].isupper()
        assert sentence[-1] in ".?"


NONSENSE = {
    "return None": "It returns None: is there a return?",
    "pass": "It returns None: is there a return?",
    "return 'nonsense'": "got a str.",
    "return object()": "got an object.",
    "return np.zeros((3, 1, 4, 1, 5))": "(3, 1, 4, 1, 5)",
    "return {1: 2}": "got a dict.",
    "raise KeyError('lost')": "it raises KeyError: 'lost', in line 2 of your function",
    "return 1 / 0": "it raises ZeroDivisionError: division by zero, in line 2 of your function",
    "return undefined": "it raises NameError: name 'undefined' is not defined, in line 2",
    "raise SystemExit": "it raises SystemExit",
}


@pytest.mark.parametrize("body", NONSENSE)
@pytest.mark.parametrize("name", NAMES)
def test_nonsense_gets_a_clear_sentence(name: str, body: str) -> None:
    verdict = tried(name, called(find(name), body))
    assert not verdict
    expected = NONSENSE[body]
    if body.startswith("return np.zeros") and not isinstance(results(name)[0], np.ndarray):
        expected = "got a NumPy array."
    assert expected in read(verdict)
    assert " 0x" not in verdict.message, "an address differs from run to run"


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_called_so_is_told_how_it_is_called(name: str) -> None:
    exercise = find(name)
    assert f'as in check("{name}", {exercise.function_name}).' in read(tried(name, [1, 2]))
    verdict = tried(name, lambda one, of, far, too, many, by, a, lot: None)
    assert f"called as {exercise.call}; yours takes (one, of, far, too, many, by, a, lot)." in read(verdict)


def test_an_unknown_mistake_is_told_what_must_hold() -> None:
    def bag(sequences: list, size: int) -> np.ndarray:
        return 2 * find("tv-bag-of-words").solution(sequences, size)

    verdict = tried("tv-bag-of-words", bag)
    assert "1 of 2 numbers is wrong, the first at [0, 1]." in read(verdict)
    assert "What must hold: a row adds up to the length of its sequence." in read(verdict)


def test_a_result_too_strange_for_a_law_is_still_judged() -> None:
    verdict = tried("tv-bpe-step", lambda words: (("a", "b"), {("ab",): "many"}))
    assert not verdict


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_single_precision_passes(kind: type) -> None:
    solution = find("emb-cosine").solution
    assert tried("emb-cosine", lambda E, v: solution(E, v).astype(kind))


def test_a_callable_object_and_a_function_of_c_are_functions_too() -> None:
    class Pad:
        def __call__(self, sequences: list, length: int, value: int) -> np.ndarray:
            return find("tv-pad").solution(sequences, length, value)

    assert tried("tv-pad", Pad())
    assert "Expected a NumPy array, got an int." in read(tried("tv-tfidf", len))


def test_an_unknown_exercise_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="got 'tv-birtday'; did you mean 'tv-birthday'"):
        check("tv-birtday", len)


def test_a_verdict_is_quiet_at_the_end_of_a_cell() -> None:
    verdict = tried("tv-pad", find("tv-pad").solution)
    assert repr(verdict) == "<tv-pad: passed>"
    assert repr(tried("tv-pad", len)) == "<tv-pad: not yet>"
    assert verdict._ipython_display_() is None


def results(name: str) -> list[Any]:
    return [find(name).solution(*arguments) for arguments in cases(name)]


@pytest.mark.parametrize("name", NAMES)
def test_the_cases_are_many_and_differ_in_size(name: str) -> None:
    given = [repr(arguments) for arguments in cases(name)]
    assert len(set(given)) == len(given) >= 6
    assert len({len(text) for text in given}) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_every_law_holds_for_the_solution_and_every_case(name: str) -> None:
    for arguments, result in zip(cases(name), results(name), strict=True):
        for law in find(name).laws:
            assert law.holds(arguments, result), law.sentence


def messages(name: str) -> list[str]:
    exercise = find(name)
    wrong = [mistake.function for mistake in exercise.mistakes]
    wrong += [called(exercise, body) for body in NONSENSE]
    said = [read(tried(name, function)) for function in wrong]
    return said + [law.sentence for law in exercise.laws]


@pytest.mark.parametrize("name", NAMES)
def test_no_message_contains_the_solution(name: str) -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(find(name).solution)))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    secrets = [ast.unparse(line) for line in function.body[1:]]  # after the docstring
    secrets += [
        ast.unparse(n.value)
        for n in ast.walk(function)
        if isinstance(n, (ast.Return, ast.Assign)) and n.value
    ]
    secrets = [secret for secret in secrets if len(secret) > 6 and not secret.isidentifier()]
    assert secrets
    for message in messages(name):
        for secret in secrets:
            assert secret not in message


@pytest.mark.parametrize("name", NAMES)
def test_no_message_contains_the_right_result(name: str) -> None:
    """The first wrong case is shown with its arguments and the reader's result; the right one is not told."""
    exercise = find(name)
    for mistake in exercise.mistakes:
        verdict = tried(name, mistake.function)
        for arguments in cases(name):
            right, theirs = exercise.solution(*arguments), attempt(mistake.function, arguments, 2.0).value
            if isinstance(right, np.ndarray) and right.size > 3 and not np.array_equal(right, theirs):
                assert repr(right) not in verdict.message


def test_the_checkers_need_numpy_and_nothing_else() -> None:
    code = (
        "import sys, companion.check\n"
        "print(*sorted({'matplotlib', 'torch', 'IPython', 'PIL', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
