"""What the tests of the two back ends share: sizes that differ, a measure of error, the devices there are."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from companion.reference.gradcheck import relative_error

torch.backends.cuda.matmul.allow_tf32 = (
    False  # ten bits of mantissa would hide what the parity tests look for
)

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
PARITY = 1e-10  # float64, against torch.nn: outputs and every gradient
GRADCHECK = 1e-7  # float64, against central differences, which are good to 2e-11 of entries of size 1
FLOAT32 = 1e-5  # float32, against the same in float64
CAUGHT = 1e-3  # a mistake shows at least this much: ten thousand times what a right answer may


def sizes(rng: np.random.Generator, count: int) -> list[int]:
    """Draw different sizes between 2 and 11: where two agree, a transposed array goes unnoticed."""
    return [int(size) for size in rng.permutation(np.arange(2, 12))[:count]]


def numpy(value: Any) -> np.ndarray:
    return value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def tensor(array: Any, device: str = "cpu", grad: bool = False) -> torch.Tensor:
    return torch.tensor(array, device=device).requires_grad_(grad)


def apart(a: Any, b: Any) -> float:
    """Measure the largest difference of two arrays: relative for entries above 1, absolute below."""
    return float(np.max(relative_error(numpy(a), numpy(b), floor=1.0), initial=0.0))


def caught(measurement: Callable[[], float]) -> bool:
    """Whether a check notices: a large error, a nan, or a refusal."""
    try:
        return not measurement() < CAUGHT
    except ValueError:
        return True
