"""Thinning out the frequent words: "the" stands beside everything and says little about it."""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range, expect_shape, floats, integers, truths
from companion.reference.word2vec.pairs import expect_offsets


def keep_probability(counts: ArrayLike, sample: float = 1e-3) -> np.ndarray:
    r"""Say with what probability each occurrence of a word is kept ({eq}`eq-subsampling`).

    .. math:: P(w) = \min\Big(1, \Big(\sqrt{f_w / s} + 1\Big) \frac{s}{f_w}\Big)

    with :math:`f_w` the word's share of all tokens and s = `sample`. This is the formula of word2vec.c and of
    gensim. The paper's, :math:`\sqrt{s / f_w}`, lacks the second term, :math:`s / f_w`.

    Parameters
    ----------
    counts
        How often each word occurs, (V,), each at least 1.
    sample
        The share from which on words are thinned, about; 1e-3 to 1e-5. At 1 all are kept.

    Returns
    -------
    ndarray
        (V,)

    Raises
    ------
    TypeError
        If the counts are not integers.
    ValueError
        If one is below 1, or `sample` is not above 0.

    References
    ----------
    T. Mikolov, I. Sutskever, K. Chen, G. Corrado and J. Dean, *Distributed Representations of Words and
    Phrases and their Compositionality*, NIPS 2013, section 2.3.

    Examples
    --------
    >>> keep_probability([960, 40], sample=0.01).round(4)
    array([0.1125, 0.75  ])
    """
    counts = positive_counts(counts)
    if not sample > 0:
        raise ValueError(f"sample: expected a number above 0, got {sample}")
    share = counts / counts.sum()  # (V,)
    return np.minimum(1.0, (np.sqrt(share / sample) + 1) * sample / share)  # {eq}`eq-subsampling`


def subsample(
    ids: ArrayLike, offsets: ArrayLike, keep: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Keep each word with its probability, and close the gaps, so that windows reach further.

    Parameters
    ----------
    ids, offsets
        The words of all sentences, (T,), and where the sentences begin and end, (S + 1,).
    keep
        What :func:`keep_probability` gives, (V,).
    rng
        The generator.

    Returns
    -------
    ids, offsets : ndarray
        The same for the words that were kept; as many sentences, some shorter.

    Examples
    --------
    >>> ids, offsets = subsample([0, 1, 0, 1, 0], [0, 2, 5], np.array([0.0, 1.0]), np.random.default_rng(0))
    >>> ids, offsets
    (array([1, 1]), array([0, 1, 2]))
    """
    ids, keep = integers("ids", ids), floats("keep", keep)
    expect_range("ids", ids, len(keep))
    return keep_only(ids, offsets, rng.random(ids.shape) < keep[ids])


def keep_only(ids: ArrayLike, offsets: ArrayLike, kept: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Take the words for which `kept` is True, and say where the sentences are now.

    Parameters
    ----------
    ids, offsets
        The words of all sentences, (T,), and where the sentences begin and end, (S + 1,).
    kept
        (T,) truth values

    Returns
    -------
    ids, offsets : ndarray
        As for :func:`subsample`.
    """
    ids, offsets, kept = integers("ids", ids), integers("offsets", offsets), truths("kept", kept)
    expect_shape("ids", ids.shape, ("T",))
    expect_shape("kept", kept.shape, ids.shape)
    expect_offsets(offsets, len(ids))
    return ids[kept], np.concatenate([[0], np.cumsum(kept)])[offsets]


def positive_counts(counts: ArrayLike) -> np.ndarray:
    """Return the counts of the words as an array, or say what is wrong with them.

    >>> positive_counts([3, 0])
    Traceback (most recent call last):
    ValueError: counts: expected at least 1 for every word, got 0 at 1
    """
    counts = integers("counts", counts)
    expect_shape("counts", counts.shape, ("V",))
    if len(counts) == 0 or counts.min() < 1:
        found = f"{counts.min()} at {counts.argmin()}" if len(counts) else "no words"
        raise ValueError(f"counts: expected at least 1 for every word, got {found}")
    return counts
