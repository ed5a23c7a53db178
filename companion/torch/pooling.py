"""Pooling over time in PyTorch: windows or whole sequences, with time as the first axis and with lengths."""

import torch

from companion.reference._validate import expect_shape
from companion.torch._sequences import Lengths, time_major
from companion.torch._validate import expect_float
from companion.torch.conv import output_size


def max_pool(
    x: torch.Tensor, pool_size: int, stride: int | None = None, lengths: Lengths | None = None
) -> torch.Tensor:
    """Keep the largest of every window: ``y_t = max_k x_{s t + k}``, k < P ({eq}`eq-max-pool`).

    Parameters
    ----------
    x
        (T, N, D)
    pool_size, stride
        P, the steps in a window, and s, the steps from one to the next; None takes P.
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. Windows that are not
        full are dropped: y is zero from ``conv.output_size(lengths, P, s)`` on.

    Returns
    -------
    Tensor
        (T', N, D). Of equal steps the first has the gradient.

    Raises
    ------
    TypeError
        If x is not floating-point, or the lengths are not integers.
    ValueError
        If a shape or a length does not fit, a size is below 1, or the window is longer than the sequences.

    Examples
    --------
    >>> max_pool(torch.tensor([3.0, 1.0, 4.0, 1.0, 5.0]).view(5, 1, 1), 2).ravel()
    tensor([3., 4.])
    """
    windows, inside = _windows(x, pool_size, stride, lengths)
    winners = windows.argmax(dim=-1, keepdim=True)  # (T', N, D, 1), the first of equals
    largest = windows.gather(-1, winners).squeeze(-1)  # {eq}`eq-max-pool`
    return largest if inside is None else torch.where(inside, largest, 0)


def average_pool(
    x: torch.Tensor, pool_size: int, stride: int | None = None, lengths: Lengths | None = None
) -> torch.Tensor:
    """Keep the mean of every window: ``y_t = 1/P sum_k x_{s t + k}``, k < P ({eq}`eq-average-pool`).

    Parameters, errors and lengths are those of :func:`max_pool`.

    Examples
    --------
    >>> average_pool(torch.tensor([3.0, 1.0, 4.0, 1.0, 5.0]).view(5, 1, 1), 2).ravel()
    tensor([2.0000, 2.5000])
    """
    windows, inside = _windows(x, pool_size, stride, lengths)
    mean = windows.mean(dim=-1)  # (T', N, D)  {eq}`eq-average-pool`
    return mean if inside is None else torch.where(inside, mean, 0)


def global_max_pool(x: torch.Tensor, lengths: Lengths | None = None) -> torch.Tensor:
    """Keep the largest of each whole sequence, one number a feature ({eq}`eq-global-pool`).

    Parameters
    ----------
    x
        (T, N, D)
    lengths
        How many steps of each sequence count, N integers from 0 to T; None counts all. Padding never wins. A
        sequence of no steps gives zero.

    Returns
    -------
    Tensor
        (N, D). Of equal steps the first has the gradient.

    Raises
    ------
    TypeError
        If x is not floating-point, or the lengths are not integers.
    ValueError
        If a shape or a length does not fit, or there is no step at all.

    Examples
    --------
    >>> global_max_pool(torch.tensor([-3.0, -1.0, 0.0]).view(3, 1, 1), lengths=[2])
    tensor([[-1.]])
    """
    x, live = _whole(x, lengths)
    inside = x if live is None else torch.where(live, x, -torch.inf)  # (T, N, D)
    largest = inside.gather(0, inside.argmax(dim=0, keepdim=True))[0]  # (N, D)  {eq}`eq-global-pool`
    return largest if live is None else torch.where(live.any(dim=0), largest, 0)


def global_average_pool(x: torch.Tensor, lengths: Lengths | None = None) -> torch.Tensor:
    """Keep the mean of each whole sequence, divided by its own length ({eq}`eq-global-pool`).

    Parameters and errors are those of :func:`global_max_pool`; a sequence of no steps gives zero.

    Examples
    --------
    >>> global_average_pool(torch.tensor([2.0, 4.0, 0.0]).view(3, 1, 1), lengths=[2])
    tensor([[3.]])
    """
    x, live = _whole(x, lengths)
    counted = len(x) if live is None else live.sum(dim=0).clamp(min=1)  # (N, 1)
    return x.sum(dim=0) / counted  # (N, D)  {eq}`eq-global-pool`


def _windows(
    x: torch.Tensor, pool_size: int, stride: int | None, lengths: Lengths | None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return the windows, (T', N, D, P), and which of them are full, (T', N, 1)."""
    expect_float("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    if pool_size < 1:
        raise ValueError(f"pool_size: expected at least 1, got {pool_size}")
    stride = pool_size if stride is None else stride
    if stride < 1:
        raise ValueError(f"stride: expected at least 1, got {stride}")
    if len(x) < pool_size:
        raise ValueError(f"x: expected at least {pool_size} steps for the window, got {len(x)}")
    x, live, _ = time_major(x, lengths, x.shape[2], batch_first=False)
    windows = x.unfold(0, pool_size, stride)  # (T', N, D, P)
    if live is None:
        return windows, None
    full = output_size(live[..., 0].sum(dim=0), pool_size, stride)  # (N,)
    return windows, (torch.arange(len(windows), device=x.device)[:, None] < full).unsqueeze(-1)


def _whole(x: torch.Tensor, lengths: Lengths | None) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Return x, zero beyond the ends, and which steps count, (T, N, 1)."""
    expect_float("x", x)
    expect_shape("x", x.shape, ("T", "N", "D"))
    if len(x) == 0:
        raise ValueError("x: expected at least 1 step, got 0")
    x, live, _ = time_major(x, lengths, x.shape[2], batch_first=False)
    return x, live
