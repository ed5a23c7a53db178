"""The functions of ``safetensors.numpy`` that the companion calls."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from safetensors import read


def load_file(path: Path) -> dict[str, np.ndarray]:
    """Return the tensors of a file by name."""
    return read(path)


def save_file(arrays: Mapping[str, np.ndarray], path: Path, metadata: Mapping[str, str]) -> None:
    """Refuse: a page has no folder that would keep the file."""
    raise NotImplementedError("weights cannot be saved in a page; run the script on your computer")
