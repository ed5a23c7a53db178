"""What the modules refuse, in the same words as the reference.

Types and shapes are checked on every device. Values are checked on the CPU alone: on a GPU the check would
make the host wait for the device at every call. There PyTorch's own kernels stop at an id that has no row.
"""

from collections.abc import Sequence

import numpy as np
import torch

from companion.reference import _validate
from companion.reference._validate import shown


def named(dtype: torch.dtype, shape: Sequence[int]) -> str:
    """Write type and shape as the reference does.

    >>> named(torch.float32, (3, 4))
    'float32 (3, 4)'
    """
    return f"{str(dtype).removeprefix('torch.')} {shown(shape)}"


def expect_float(name: str, x: torch.Tensor) -> None:
    """Refuse all but floating-point tensors."""
    if not x.is_floating_point():
        raise TypeError(f"{name}: expected floating-point numbers, got {named(x.dtype, x.shape)}")


def expect_integers(name: str, ids: torch.Tensor) -> None:
    """Refuse all but the two types that PyTorch indexes with."""
    if ids.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"{name}: expected int64 or int32, got {named(ids.dtype, ids.shape)}")


def expect_bool(name: str, mask: torch.Tensor) -> None:
    """Refuse all but truth values."""
    if mask.dtype != torch.bool:
        raise TypeError(f"{name}: expected truth values (bool), got {named(mask.dtype, mask.shape)}")


def expect_range(name: str, ids: torch.Tensor, size: int) -> None:
    """Refuse ids outside ``0..size-1``: name the first, and where it stands."""
    if ids.numel() == 0:
        return
    low, high = torch.aminmax(ids)
    if not holds((low >= 0) & (high < size)):
        _validate.expect_range(name, np.asarray(ids.tolist()), size)


def holds(condition: torch.Tensor) -> bool:
    """Look at one truth value, and take it for true where looking is dear or impossible.

    Dear on a GPU; impossible while a graph is compiled, and inside ``vmap``, where one value stands for many.
    """
    if condition.device.type != "cpu" or torch.compiler.is_compiling():
        return True
    try:
        return bool(condition)
    except RuntimeError:  # so says vmap
        return True
