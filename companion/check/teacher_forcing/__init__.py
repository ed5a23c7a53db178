"""Exercises of the chapter on teacher forcing: what a step is told, what it waits for, what is measured."""

from companion.check.teacher_forcing.judged import EVALUATE, GAP
from companion.check.teacher_forcing.measured import BITS, DECAY
from companion.check.teacher_forcing.told import FREE_RUN, SHIFT
from companion.check.teacher_forcing.waiting import MIX, ROUNDS

EXERCISES = (SHIFT, FREE_RUN, ROUNDS, MIX, DECAY, EVALUATE, GAP, BITS)
"""In the order of the chapter."""
