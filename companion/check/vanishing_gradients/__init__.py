"""Exercises of the chapter on vanishing gradients: powers, products, clipping, broken numbers."""

from companion.check.vanishing_gradients.back import LATCH, NORMS, POWER, STEPS
from companion.check.vanishing_gradients.training import ACCUMULATE, BROKEN, ORTHOGONAL

EXERCISES = (STEPS, POWER, NORMS, LATCH, ACCUMULATE, BROKEN, ORTHOGONAL)
"""In the order of the chapter."""
