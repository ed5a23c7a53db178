"""The training loop: loss and gradients of a batch, clipping, a step of the optimiser; and again.

It holds nothing that a reader would have to guess: what is computed for a batch is a function that it is
given, the batches are what it is given to iterate over, and it draws nothing.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from companion.reference.clipping import clip_by_norm, global_norm
from companion.reference.optim import Optimiser

Params = dict[str, np.ndarray]
LossAndGrads = Callable[[Params, Any, Any], tuple[Any, Params, Any]]
Progress = Callable[[Iterable], Iterable]


class History(NamedTuple):
    """What happened at each step: the loss of the batch, and the gradient's norm before it was clipped."""

    loss: list[float]
    norm: list[float]


class Diverged(ArithmeticError):
    """Training came to something that is not a finite number.

    Attributes
    ----------
    step : int
        At which step, counted from 1.
    name : str or None
        The first parameter that is not finite, or the first whose gradient is not; None if it was the loss.
    history : History
        The steps before.
    """

    def __init__(self, message: str, step: int, name: str | None, history: History) -> None:
        super().__init__(f"step {step}: {message}")
        self.step, self.name, self.history = step, name, history

    @classmethod
    def found(cls, step: int, loss: float, params: Params, grads: Params, history: History) -> "Diverged":
        """Name what is not finite: a parameter, for the rest follows from it; the loss; a gradient."""
        causes: list[tuple[str, str | None, np.ndarray]]
        causes = [(f"{name} holds", name, array) for name, array in params.items()]
        causes += [("the loss is", None, np.asarray(loss))]
        causes += [(f"the gradient of {name} holds", name, array) for name, array in grads.items()]
        for what, name, array in causes:
            if not np.isfinite(array).all():
                return cls(f"{what} {'nan' if np.isnan(array).any() else 'inf'}", step, name, history)
        return cls("the norm of the gradient is inf", step, None, history)


def train(
    params: Params,
    loss_and_grads: LossAndGrads,
    batches: Iterable,
    optimiser: Optimiser,
    max_norm: float | None = None,
    carry: Any = None,
    watch: Callable[[int, Params], object] | None = None,
    progress: Progress | None = None,
) -> tuple[Params, History]:
    """Take one step for every batch.

    Parameters
    ----------
    params
        Where to start; they are left as they are.
    loss_and_grads
        ``loss, grads, carry = loss_and_grads(params, batch, carry)``. What it returns as `carry` it gets with
        the next batch: the last state, where a batch goes on with the text of the one before; None where it
        does not.
    batches
        As many as steps are wanted, of whatever the function above takes; :func:`minibatches` and
        :mod:`companion.reference.batching` make them.
    optimiser
        From :mod:`companion.reference.optim`.
    max_norm
        The longest gradient, all parameters' together; a longer one is shortened to it. None clips nothing.
    carry
        What the first batch gets.
    watch
        Called after each step with its number, from 1, and the parameters: to validate, to keep a snapshot,
        and, by returning True, to stop.
    progress
        Wraps the batches and shows how far they are, such as ``tqdm.tqdm``, or ``functools.partial(tqdm,
        total=1000)`` where they have no length; the loss is shown beside. None shows nothing.

    Returns
    -------
    params : dict
        The parameters after the last step.
    history : History

    Raises
    ------
    Diverged
        At the first step whose loss or gradient is not finite, or overflows in its norm; it says which
        parameter it was.
    ValueError
        If ``max_norm`` is not above 0.

    Examples
    --------
    >>> from companion.reference.optim import sgd
    >>> def distance(params, target, carry):
    ...     gap = params["w"] - target
    ...     return float((gap**2).sum()), {"w": 2 * gap}, None
    >>> params, history = train({"w": np.array([8.0])}, distance, [0.0] * 3, sgd(lr=0.25))
    >>> params["w"], history.loss
    (array([1.]), [64.0, 16.0, 4.0])
    """
    if max_norm is not None and not max_norm > 0:
        raise ValueError(f"max_norm: expected a number above 0, got {max_norm}")
    state = optimiser.init(params)
    history = History([], [])
    bar = batches if progress is None else progress(batches)
    show = getattr(bar, "set_postfix", None)  # what a bar of tqdm has
    for step, batch in enumerate(bar, start=1):
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is told below, by its name
            loss, grads, carry = loss_and_grads(params, batch, carry)
        norm = global_norm(grads)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise Diverged.found(step, float(loss), params, grads, history)
        if max_norm is not None:
            grads, _ = clip_by_norm(grads, max_norm)
        params, state = optimiser.step(params, grads, state)
        history.loss.append(float(loss))
        history.norm.append(norm)
        if show is not None:
            show(loss=f"{loss:.4f}", refresh=False)
        if watch is not None and watch(step, params):
            break
    return params, history


def minibatches(
    count: int, batch_size: int, rng: np.random.Generator, epochs: int = 1
) -> Iterator[np.ndarray]:
    """Go through all examples in an order drawn anew for each epoch, some at a time.

    Parameters
    ----------
    count
        How many examples there are.
    batch_size
        How many at a time; the last of an epoch may be fewer.
    rng
        What the orders are drawn from.
    epochs
        How often.

    Yields
    ------
    ndarray of int64
        The places of a batch's examples, to be used as an index.

    Raises
    ------
    ValueError
        If a number is below 1.

    Examples
    --------
    >>> batches = list(minibatches(5, 2, np.random.default_rng(0)))
    >>> [len(batch) for batch in batches], sorted(np.concatenate(batches).tolist())
    ([2, 2, 1], [0, 1, 2, 3, 4])
    """
    for name, value in (("count", count), ("batch_size", batch_size), ("epochs", epochs)):
        if value < 1:
            raise ValueError(f"{name}: expected at least 1, got {value}")
    orders = (rng.permutation(count) for _ in range(epochs))
    return (order[start : start + batch_size] for order in orders for start in range(0, count, batch_size))
