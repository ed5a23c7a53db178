"""The noise of negative sampling: wrong answers, drawn by frequency to the power of three quarters."""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, floats, integers
from companion.reference.word2vec.subsampling import positive_counts


def noise_distribution(counts: ArrayLike, power: float = 0.75) -> np.ndarray:
    r"""Say with what probability each word is drawn as a negative ({eq}`eq-noise`).

    .. math:: q(w) = \frac{n_w^{3/4}}{\sum_v n_v^{3/4}}

    The power lies between 1, the words as they are, and 0, all alike: it draws rare words more often than
    they occur.

    Parameters
    ----------
    counts
        How often each word occurs, (V,), each at least 1.
    power
        3/4 in the paper.

    Returns
    -------
    ndarray
        (V,), of sum 1.

    Raises
    ------
    TypeError
        If the counts are not integers.
    ValueError
        If one is below 1, or the power is not finite.

    References
    ----------
    T. Mikolov et al., *Distributed Representations of Words and Phrases and their Compositionality*, NIPS
    2013, section 2.2.

    Examples
    --------
    >>> noise_distribution([81, 16]).round(4)
    array([0.7714, 0.2286])
    """
    counts = positive_counts(counts)
    if not np.isfinite(power):
        raise ValueError(f"power: expected a finite number, got {power}")
    weights = counts.astype(np.float64) ** power  # (V,)
    return weights / weights.sum()  # {eq}`eq-noise`


def draw_noise(noise: ArrayLike, shape: int | tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw negatives, with replacement, by looking uniform numbers up in the cumulative distribution.

    Parameters
    ----------
    noise
        The probabilities of the words, (V,), of sum 1.
    shape
        Of the result, such as (N, K).
    rng
        The generator.

    Returns
    -------
    ndarray
        ids, int64

    Raises
    ------
    ValueError
        If a probability is negative or their sum is not 1.

    Examples
    --------
    >>> draw_noise(np.array([0.0, 1.0, 0.0]), (2, 3), np.random.default_rng(0))
    array([[1, 1, 1],
           [1, 1, 1]])
    """
    noise = floats("noise", noise)
    expect_shape("noise", noise.shape, ("V",))
    cumulative = np.cumsum(noise, dtype=np.float64)  # (V,)
    if not (len(noise) and noise.min() >= 0 and abs(cumulative[-1] - 1) < 1e-6):
        raise ValueError(f"noise: expected probabilities of sum 1, got the sum {noise.sum()}")
    uniform = rng.random(shape) * cumulative[-1]  # below the last entry, which rounding may leave short of 1
    return np.searchsorted(cumulative, uniform, side="right")


def no_collision(negatives: ArrayLike, targets: ArrayLike) -> np.ndarray:
    """Say which negatives count: those that are not, by accident, the right answer.

    word2vec.c passes over such a draw, and so does gensim; the pair then has one negative less.

    Parameters
    ----------
    negatives
        (N, K)
    targets
        (N,)

    Returns
    -------
    ndarray
        (N, K) truth values, False where the negative is the target.

    Examples
    --------
    >>> no_collision([[7, 2], [3, 3]], [2, 4])
    array([[ True, False],
           [ True,  True]])
    """
    negatives, targets = integers("negatives", negatives), integers("targets", targets)
    expect_shape("targets", targets.shape, ("N",))
    expect_shape("negatives", negatives.shape, (len(targets), "K"))
    return negatives != targets[:, None]
