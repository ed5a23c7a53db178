"""Scheduled sampling in PyTorch: the decays are the reference's; coins and tokens are tensors.

:mod:`companion.reference.scheduled_sampling` says what it is and where it comes from.
"""

from collections.abc import Callable
from typing import Any

import torch

from companion.reference._validate import expect_shape
from companion.reference.scheduled_sampling import (
    exponential_decay,
    inverse_sigmoid_decay,
    linear_decay,
)
from companion.torch._validate import expect_bool, expect_float, expect_integers
from companion.torch.sampling import draw, probabilities

__all__ = ["coins", "exponential_decay", "inverse_sigmoid_decay", "linear_decay", "mix", "mixed_inputs"]

Step = Callable[[torch.Tensor, Any], tuple[torch.Tensor, Any]]


def coins(
    shape: tuple[int, ...],
    epsilon: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> torch.Tensor:
    """Flip a coin for every token: True, the teacher's, with probability epsilon, in [0, 1].

    Examples
    --------
    >>> coins((2, 3), 1.0)
    tensor([[True, True, True],
            [True, True, True]])
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon: expected a number in [0, 1], got {epsilon}")
    return torch.rand(shape, generator=generator, device=device, dtype=torch.float64) < epsilon


def mix(targets: torch.Tensor, own: torch.Tensor, coins: torch.Tensor) -> torch.Tensor:
    """Take the teacher's where the coin says so, else the network's own; gradients go to what was taken.

    Parameters
    ----------
    targets, own
        Of one shape: tokens, (T, N), or vectors, (T, N, D).
    coins
        Truth values, (T, N), or of fewer axes: one for what stands at the places of its own axes.

    Returns
    -------
    Tensor

    Raises
    ------
    TypeError
        If the coins are not truth values.
    ValueError
        If shapes do not fit.

    Examples
    --------
    >>> mix(torch.tensor([1, 2, 3]), torch.tensor([7, 8, 9]), torch.tensor([True, False, True]))
    tensor([1, 8, 3])
    """
    expect_bool("coins", coins)
    expect_shape("own", own.shape, targets.shape)
    expect_shape("coins", coins.shape, targets.shape[: coins.ndim])
    return torch.where(coins.reshape(coins.shape + (1,) * (targets.ndim - coins.ndim)), targets, own)


@torch.no_grad()
def mixed_inputs(
    step: Step,
    inputs: torch.Tensor,
    state: Any,
    coins: torch.Tensor,
    u: torch.Tensor,
    temperature: float = 1.0,
) -> torch.Tensor:
    """Run the network once, step by step, to find what it reads: the teacher's tokens or its own.

    What comes out goes into the ordinary forward pass in the place of ``inputs``. No graph is kept here.

    Parameters
    ----------
    step
        ``logits (N, V), state = step(ids (N,), state)``, such as ``model.step`` of
        :class:`companion.torch.lm.LM`.
    inputs
        The teacher's tokens, (T, N); those of the first step are read whatever the coins say.
    state
        The state before.
    coins
        Truth values, (T, N), True for the teacher's.
    u
        Uniform numbers in [0, 1), (T, N): ``u[t]`` draws the network's own token that is read at step t.
    temperature
        What the network's own tokens are drawn at; 0 takes the most probable.

    Returns
    -------
    Tensor of int64
        (T, N)

    Raises
    ------
    TypeError, ValueError
        If types or shapes do not fit.
    """
    expect_integers("inputs", inputs)
    expect_shape("inputs", inputs.shape, ("T", "N"))
    expect_bool("coins", coins)
    expect_shape("coins", coins.shape, inputs.shape)
    expect_float("u", u)
    expect_shape("u", u.shape, inputs.shape)
    read = inputs.long().clone()  # (T, N)
    for t in range(1, len(read)):
        logits, state = step(read[t - 1], state)  # (N, V)
        read[t] = mix(read[t], draw(probabilities(logits, temperature), u[t]), coins[t])  # (N,)
    return read
