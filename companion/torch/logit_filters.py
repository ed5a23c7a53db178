"""Temperature, top-k, nucleus and min-p on PyTorch's tensors: the filters of the reference, by its names.

Each takes logits, (..., V), and returns logits; what it strikes out is minus infinity. Ties are decided for
the lower id. :mod:`companion.reference.logit_filters` says what each is and where it comes from.
"""

import math
from collections.abc import Sequence

import torch

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float, expect_integers, expect_range, holds


def forbid(logits: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
    """Strike tokens out.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    ids
        The tokens to strike out, in ``0..V-1``.

    Returns
    -------
    Tensor
        (..., V)

    Raises
    ------
    ValueError
        If an id has no logit; on the CPU also if nothing would be left.

    Examples
    --------
    >>> forbid(torch.tensor([1.0, 2.0, 3.0]), [1])
    tensor([1., -inf, 3.])
    """
    _expect_logits(logits)
    struck = torch.tensor(list(ids)) if len(ids) else torch.zeros(0, dtype=torch.int64)
    expect_integers("ids", struck)  # on the host, where its values can be looked at
    expect_range("ids", struck, logits.shape[-1])
    left = logits.index_fill(-1, struck.to(logits.device, torch.int64), -math.inf)
    _expect_logits(left)
    return left


def apply_temperature(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Divide by the temperature, a finite number of at least 0 ({eq}`eq-temperature`); 0 is the argmax.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    temperature
        T; 1 is the model, less is sharper, more is flatter.

    Returns
    -------
    Tensor
        Logits, (..., V), the largest of them 0.

    Raises
    ------
    ValueError
        If T is below 0 or not finite.

    Examples
    --------
    >>> apply_temperature(torch.tensor([0.0, 1.0]), 0.5)
    tensor([-2.,  0.])
    """
    _expect_logits(logits)
    if not 0 <= temperature < math.inf:
        raise ValueError(f"temperature: expected a finite number of at least 0, got {temperature}")
    if temperature < torch.finfo(logits.dtype).tiny:  # what the precision cannot divide by is 0 too
        return torch.zeros_like(logits).where(_rank(logits) == 0, -math.inf)
    return (logits - logits.amax(-1, keepdim=True)) / temperature  # {eq}`eq-temperature`


def keep_top_k(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Keep the k most probable tokens, exactly k, in ``1..V`` ({eq}`eq-top-k`).

    Examples
    --------
    >>> keep_top_k(torch.tensor([1.0, 3.0, 2.0, 2.0]), 2)
    tensor([-inf, 3., 2., -inf])
    """
    _expect_logits(logits)
    if not 1 <= k <= logits.shape[-1]:
        raise ValueError(f"k: expected 1..{logits.shape[-1]}, got {k}")
    return logits.where(_rank(logits) < k, -math.inf)  # {eq}`eq-top-k`


def keep_nucleus(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Keep the fewest tokens that have probability p, in (0, 1], together ({eq}`eq-nucleus`).

    Examples
    --------
    >>> keep_nucleus(torch.tensor([0.1, 0.5, 0.1, 0.3]).log(), 0.7).softmax(-1)
    tensor([0.0000, 0.6250, 0.0000, 0.3750])
    """
    _expect_logits(logits)
    if not 0 < p <= 1:
        raise ValueError(f"p: expected a number in (0, 1], got {p}")
    if p == 1:  # where rounding would strike out what is too improbable to be seen in the sum
        return logits.clone()
    rank = _rank(logits)  # (..., V)
    falling = logits.softmax(-1).gather(-1, rank.argsort(-1))  # (..., V), largest first
    before = torch.zeros_like(falling)  # (..., V): how much the more probable ones have
    before[..., 1:] = falling[..., :-1].cumsum(-1)
    return logits.where(before.gather(-1, rank) < p, -math.inf)  # {eq}`eq-nucleus`


def keep_min_p(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Keep what has at least a share p, in [0, 1], of the largest probability ({eq}`eq-min-p`).

    Examples
    --------
    >>> keep_min_p(torch.tensor([0.1, 0.5, 0.1, 0.3]).log(), 0.5).softmax(-1)
    tensor([0.0000, 0.6250, 0.0000, 0.3750])
    """
    _expect_logits(logits)
    if not 0 <= p <= 1:
        raise ValueError(f"p: expected a number in [0, 1], got {p}")
    share = (logits - logits.amax(-1, keepdim=True)).exp()  # (..., V): p_k / max p
    return logits.where(share >= p, -math.inf)  # {eq}`eq-min-p`


def _expect_logits(logits: torch.Tensor) -> None:
    """Refuse rows with nothing to draw, and nan."""
    expect_float("logits", logits)
    expect_shape("logits", logits.shape, ("...", "V"))
    if not (logits.shape[-1] and holds(logits.amax(-1).isfinite().all())):
        raise ValueError("logits: expected a finite largest one in each row, got nan, inf or none")


def _rank(z: torch.Tensor) -> torch.Tensor:
    """Give the most probable token of each row 0, the next 1, ...; of equal ones the lower id comes first."""
    order = z.argsort(stable=True, dim=-1, descending=True)  # (..., V): the ids, most probable first
    return order.argsort(-1)  # (..., V): the place of each id in that order
