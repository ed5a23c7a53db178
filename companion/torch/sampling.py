"""Drawing tokens from a language model in PyTorch, and letting it write text, token by token."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

from companion.reference._validate import expect_shape, shown
from companion.torch._validate import expect_float, expect_integers, holds
from companion.torch.logit_filters import (
    apply_temperature,
    forbid,
    keep_min_p,
    keep_nucleus,
    keep_top_k,
)

Step = Callable[[torch.Tensor, Any], tuple[torch.Tensor, Any]]


def probabilities(
    logits: torch.Tensor,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
) -> torch.Tensor:
    """Return what is drawn from: forbidden tokens, temperature, top-k, nucleus and min-p, in this order.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    temperature, top_k, top_p, min_p
        The arguments of the filters in :mod:`companion.torch.logit_filters`; None leaves one out.
    forbidden
        Tokens that are never drawn.

    Returns
    -------
    Tensor
        (..., V), each row a distribution.

    Examples
    --------
    >>> probabilities(torch.tensor([1.0, 2.0, 3.0, 4.0]), temperature=2.0, top_k=3)
    tensor([0.0000, 0.1863, 0.3072, 0.5065])
    """
    z = apply_temperature(forbid(logits, forbidden), temperature)
    if top_k is not None:
        z = keep_top_k(z, top_k)
    if top_p is not None:
        z = keep_nucleus(z, top_p)
    if min_p is not None:
        z = keep_min_p(z, min_p)
    return z.softmax(-1)


def draw(p: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Turn uniform numbers into tokens: the first whose cumulated probability exceeds u.

    Parameters
    ----------
    p
        Probabilities, (..., V), in rows that sum to about 1; they are divided by their sum.
    u
        Numbers in [0, 1), (...). The same u draw the same tokens from both back ends.

    Returns
    -------
    Tensor of int64
        (...). A token of probability 0 is never drawn.

    Raises
    ------
    ValueError
        If shapes differ; on the CPU also if a p is negative or not finite, a row has no probability at all,
        or a u is outside [0, 1).

    Examples
    --------
    >>> draw(torch.tensor([[0.25, 0.5, 0.25]] * 4), torch.tensor([0.0, 0.25, 0.7, 0.9]))
    tensor([0, 1, 1, 2])
    """
    expect_float("p", p)
    expect_float("u", u)
    expect_shape("p", p.shape, ("...", "V"))
    expect_shape("u", u.shape, p.shape[:-1])
    if not holds(((u >= 0) & (u < 1)).all()):
        raise ValueError(f"u: expected numbers in [0, 1), got {u.min().item()} to {u.max().item()}")
    if p.shape[-1] == 0:
        raise ValueError(f"p: expected a token to draw, got {shown(p.shape)}")
    if not holds(((p >= 0) & p.isfinite()).all()):
        raise ValueError(f"p: expected probabilities, got {p.min().item()} to {p.max().item()}")
    cumulated = p.double().cumsum(-1)  # (..., V)
    total = cumulated[..., -1]  # (...)
    if not holds((total >= torch.finfo(torch.float64).tiny).all()):  # u times less could round to all of it
        raise ValueError(f"p: expected rows with a sum above 0, got {total.min().item()}")
    return (cumulated <= (u * total)[..., None]).sum(-1)


def sample(
    logits: torch.Tensor,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
) -> torch.Tensor:
    """Draw one token from each row of logits: :func:`draw` from :func:`probabilities`.

    Parameters
    ----------
    logits
        Floating-point numbers, (..., V).
    generator
        What one uniform number a row is drawn from, on the logits' device; None takes PyTorch's own.
    temperature, top_k, top_p, min_p, forbidden
        As in :func:`probabilities`.

    Returns
    -------
    Tensor of int64
        (...)

    Examples
    --------
    >>> sample(torch.tensor([[0.0, 5.0, 0.0], [9.0, 0.0, 0.0]]), temperature=0.0)
    tensor([1, 0])
    """
    p = probabilities(logits, temperature, top_k, top_p, min_p, forbidden)
    u = torch.rand(p.shape[:-1], generator=generator, device=p.device, dtype=torch.float64)
    return draw(p, u)


@torch.no_grad()
def generate(
    step: Step,
    first: torch.Tensor,
    state: Any,
    num_steps: int,
    generator: torch.Generator | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    forbidden: Sequence[int] = (),
    eos: int | None = None,
) -> torch.Tensor:
    """Let a model write: read a token, draw the next, read that. No graph is kept.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``, such as ``model.step`` of
        :class:`companion.torch.lm.LM`.
    first
        The tokens read first, (N,); they are not part of the result.
    state
        The state before them.
    num_steps
        T, the most tokens to draw.
    generator
        What they are drawn from, on the logits' device.
    temperature, top_k, top_p, min_p, forbidden
        As in :func:`probabilities`.
    eos
        The token that ends a text: behind it a column holds nothing else, and once every column has it no
        further step is taken. None writes on.

    Returns
    -------
    Tensor of int64
        (T, N), or fewer steps if all texts have ended.

    Examples
    --------
    >>> def count(ids, state):
    ...     return 1000 * torch.eye(6)[(ids + 1).clamp(max=5)], state
    >>> generate(count, torch.tensor([0, 2]), None, 9, eos=5).T.tolist()
    [[1, 2, 3, 4, 5], [3, 4, 5, 5, 5]]
    """
    if num_steps < 0:
        raise ValueError(f"num_steps: expected at least 0, got {num_steps}")
    expect_integers("first", first)
    expect_shape("first", first.shape, ("N",))
    ids = first
    ended = torch.zeros_like(ids, dtype=torch.bool)  # (N,)
    written: list[torch.Tensor] = []
    while len(written) < num_steps and not ended.all():
        logits, state = step(ids, state)  # (N, V)
        ids = sample(logits, generator, temperature, top_k, top_p, min_p, forbidden)  # (N,)
        if eos is not None:
            ids = ids.where(~ended, eos)
            ended = ended | (ids == eos)
        written.append(ids)
    return torch.stack(written) if written else first.new_zeros((0, len(first)), dtype=torch.int64)
