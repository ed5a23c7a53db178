"""Exercises that check themselves: `check` says what is wrong with a function, and never what is right."""

from companion.check.exercise import Exercise, Law, Mistake
from companion.check.library import exercises
from companion.check.verdict import Verdict, check

__all__ = ["Exercise", "Law", "Mistake", "Verdict", "check", "exercises"]
