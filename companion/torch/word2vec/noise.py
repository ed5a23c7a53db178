"""The noise of negative sampling, on whatever device the counts are."""

import math

import torch

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_float, expect_integers, holds
from companion.torch.word2vec.subsampling import expect_counts


def noise_distribution(counts: torch.Tensor, power: float = 0.75) -> torch.Tensor:
    """Say with what probability each word is drawn as a negative ({eq}`eq-noise`).

    As :func:`companion.reference.word2vec.noise.noise_distribution`.

    Parameters
    ----------
    counts
        How often each word occurs, (V,), each at least 1.
    power
        3/4 in the paper.

    Returns
    -------
    Tensor
        (V,), float64, of sum 1.

    Examples
    --------
    >>> [round(q, 4) for q in noise_distribution(torch.tensor([81, 16])).tolist()]
    [0.7714, 0.2286]
    """
    expect_counts(counts)
    if not math.isfinite(power):
        raise ValueError(f"power: expected a finite number, got {power}")
    weights = counts.double() ** power  # (V,)
    return weights / weights.sum()  # {eq}`eq-noise`


def draw_noise(noise: torch.Tensor, shape: int | tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """Draw negatives, with replacement, by looking uniform numbers up in the cumulative distribution.

    Parameters
    ----------
    noise
        The probabilities of the words, (V,), of sum 1.
    shape
        Of the result, such as (N, K).
    generator
        Of the device that the probabilities are on.

    Returns
    -------
    Tensor
        ids, int64

    Raises
    ------
    ValueError
        On the CPU: if a probability is negative or their sum is not 1.
    """
    expect_float("noise", noise)
    expect_shape("noise", noise.shape, ("V",))
    cumulative = noise.double().cumsum(0)  # (V,)
    if not (len(noise) and holds((noise.min() >= 0) & ((cumulative[-1] - 1).abs() < 1e-6))):
        raise ValueError(f"noise: expected probabilities of sum 1, got the sum {noise.sum()}")
    size = (shape,) if isinstance(shape, int) else shape
    uniform = torch.rand(size, generator=generator, device=noise.device, dtype=torch.float64)
    return torch.searchsorted(cumulative, uniform * cumulative[-1], right=True)


def no_collision(negatives: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Say which negatives count: those that are not, by accident, the right answer; (N, K).

    As :func:`companion.reference.word2vec.noise.no_collision`.

    Examples
    --------
    >>> no_collision(torch.tensor([[7, 2], [3, 3]]), torch.tensor([2, 4])).tolist()
    [[True, False], [True, True]]
    """
    expect_integers("negatives", negatives)
    expect_integers("targets", targets)
    expect_shape("targets", targets.shape, ("N",))
    expect_shape("negatives", negatives.shape, (len(targets), "K"))
    return negatives != targets[:, None]
