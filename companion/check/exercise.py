"""What an exercise is: a solution, cases to try it on, what must hold, and the mistakes that people make."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

Arguments = tuple[Any, ...]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Law:
    """Something that is true of every right answer and says nothing of its numbers.

    ``sentence`` says what must hold; ``holds`` takes the arguments and the reader's result. Of a result with
    nan in it a law is asked only where ``of_nan`` says so: whatever is compared with nan seems broken.
    """

    sentence: str
    holds: Callable[[Arguments, Any], bool]
    of_nan: bool = False


@dataclass(frozen=True)
class Mistake:
    """A mutant of the solution, and what to say to a reader whose function does the same.

    Where it raises, the reader's has to raise an exception of the same type.
    """

    function: Callable[..., Any]
    sentence: str


@dataclass
class Exercise:
    """One exercise; its statement stands in the chapter.

    Attributes
    ----------
    name : str
        Such as ``tv-pad``.
    cases : callable
        Takes a generator; yields tuples of arguments, of different sizes, with the edges (nothing, one)
        among them.
    laws : tuple of Law
        Tried in this order on a wrong answer of the right form.
    mistakes : list of Mistake
        Filled by `mistake`.
    """

    name: str
    cases: Callable[[np.random.Generator], Iterator[Arguments]]
    laws: tuple[Law, ...] = ()
    mistakes: list[Mistake] = field(default_factory=list)
    _solution: Callable[..., Any] | None = None

    @property
    def solution(self) -> Callable[..., Any]:
        """The reference solution."""
        if self._solution is None:
            raise ValueError(f"{self.name}: expected a solution, none is defined")
        return self._solution

    @property
    def function_name(self) -> str:
        """What the reader's function is called."""
        return self.solution.__name__

    @property
    def parameters(self) -> list[str]:
        """The names of its arguments."""
        return list(inspect.signature(self.solution).parameters)

    @property
    def call(self) -> str:
        """How the function is called: ``pad(sequences, length, value)``."""
        return f"{self.function_name}({', '.join(self.parameters)})"

    def solved_by(self, function: Function) -> Function:
        """Take a function as the solution; use as a decorator."""
        self._solution = function
        return function

    def mistake(self, sentence: str) -> Callable[[Function], Function]:
        """Take a function as a known mistake, with the sentence that explains it; use as a decorator."""

        def add(function: Function) -> Function:
            self.mistakes.append(Mistake(function, sentence))
            return function

        return add
