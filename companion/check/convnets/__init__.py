"""Exercises of the chapter on convolutions over time: sizes, kernels, pooling, and an honest forecast."""

from companion.check.convnets.kernels import CAUSAL, KERNEL_GRAD
from companion.check.convnets.pooled import GLOBAL_MAX, MAX_GRAD
from companion.check.convnets.sizes import NAIVE, RECEPTIVE, SIZE

EXERCISES = (SIZE, CAUSAL, KERNEL_GRAD, GLOBAL_MAX, MAX_GRAD, RECEPTIVE, NAIVE)
"""In the order of the chapter."""
