"""The training loop in PyTorch: loss and gradients of a batch, clipping, a step of the optimiser; and again.

History, error and batches are those of :mod:`companion.reference.training`.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from companion.reference.training import Diverged, History, Progress

LossFunction = Callable[[Any, Any, Any], tuple[torch.Tensor, Any]]


def train(
    model: nn.Module,
    loss_function: LossFunction,
    batches: Iterable,
    optimiser: torch.optim.Optimizer,
    max_norm: float | None = None,
    carry: Any = None,
    watch: Callable[[int, Any], object] | None = None,
    progress: Progress | None = None,
) -> History:
    """Take one step for every batch.

    Parameters
    ----------
    model
        What is trained, in place.
    loss_function
        ``loss, carry = loss_function(model, batch, carry)``. What it returns as `carry` it gets with the next
        batch: the last state, detached, where a batch goes on with the text of the one before; else None.
    batches
        As many as steps are wanted, of whatever the function above takes, on the device where it wants them.
    optimiser
        Of the model's parameters.
    max_norm
        The longest gradient, all parameters' together; a longer one is shortened to it. None clips nothing.
    carry
        What the first batch gets.
    watch
        Called after each step with its number, from 1, and the model; by returning True it stops.
    progress
        Wraps the batches and shows how far they are, such as ``tqdm.tqdm``; None shows nothing.

    Returns
    -------
    History
        The loss of each step, and the gradient's norm before it was clipped.

    Raises
    ------
    Diverged
        At the first step whose loss or gradient is not finite; it says which parameter it was.
    ValueError
        If ``max_norm`` is not above 0.

    Examples
    --------
    >>> model = nn.Linear(2, 1)
    >>> def loss(model, x, carry):
    ...     return model(x).square().mean(), None
    >>> history = train(model, loss, [torch.ones(3, 2)] * 20, torch.optim.SGD(model.parameters(), lr=0.1))
    >>> len(history.loss), history.loss[-1] < 0.1
    (20, True)
    """
    if max_norm is not None and not max_norm > 0:
        raise ValueError(f"max_norm: expected a number above 0, got {max_norm}")
    history = History([], [])
    bar = batches if progress is None else progress(batches)
    show = getattr(bar, "set_postfix", None)  # what a bar of tqdm has
    for step, batch in enumerate(bar, start=1):
        optimiser.zero_grad()
        loss, carry = loss_function(model, batch, carry)
        loss.backward()
        grads = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
        norm = _norm(grads)
        value = float(loss.detach())
        if not (math.isfinite(value) and math.isfinite(norm)):
            params = {name: parameter.detach() for name, parameter in model.named_parameters()}
            raise Diverged.found(step, value, _arrays(params), _arrays(grads), history)
        if max_norm is not None and norm > max_norm:
            for grad in grads.values():
                grad.mul_(max_norm / norm)
        optimiser.step()
        history.loss.append(value)
        history.norm.append(norm)
        if show is not None:
            show(loss=f"{value:.4f}", refresh=False)
        if watch is not None and watch(step, model):
            break
    return history


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Bring tensors from any device to NumPy."""
    return {name: tensor.double().cpu().numpy() for name, tensor in tensors.items()}  # NumPy has no bfloat16


def _norm(grads: dict[str, torch.Tensor]) -> float:
    """Return the length of all gradients in float64: float32 overflows at 1e20, for it holds the square."""
    norm = float(nn.utils.get_total_norm(grads.values()))
    if norm == math.inf:
        norm = float(nn.utils.get_total_norm([grad.double() for grad in grads.values()]))
    return norm
