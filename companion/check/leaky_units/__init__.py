"""Exercises of the chapter on leaky units: what is remembered for how long; a unit's step and gradients."""

from companion.check.leaky_units.averages import AVERAGE, HALF_LIFE, HOPS, RESET
from companion.check.leaky_units.units import BACKWARD, STEP, TAU

EXERCISES = (HALF_LIFE, AVERAGE, STEP, BACKWARD, TAU, HOPS, RESET)
"""In the order of the chapter."""
