"""Thinning out the frequent words, on whatever device they are."""

import torch

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_bool, expect_float, expect_integers, expect_range, holds
from companion.torch.word2vec.pairs import expect_offsets


def keep_probability(counts: torch.Tensor, sample: float = 1e-3) -> torch.Tensor:
    """Say with what probability each occurrence of a word is kept ({eq}`eq-subsampling`).

    As :func:`companion.reference.word2vec.subsampling.keep_probability`, by the formula of word2vec.c.

    Parameters
    ----------
    counts
        How often each word occurs, (V,), each at least 1.
    sample
        The share from which on words are thinned, about.

    Returns
    -------
    Tensor
        (V,), float64

    Examples
    --------
    >>> [round(p, 4) for p in keep_probability(torch.tensor([960, 40]), sample=0.01).tolist()]
    [0.1125, 0.75]
    """
    expect_counts(counts)
    if not sample > 0:
        raise ValueError(f"sample: expected a number above 0, got {sample}")
    share = counts.double() / counts.sum()  # (V,)
    return ((torch.sqrt(share / sample) + 1) * sample / share).clamp(max=1)  # {eq}`eq-subsampling`


def subsample(
    ids: torch.Tensor, offsets: torch.Tensor, keep: torch.Tensor, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Keep each word with its probability, and close the gaps, so that windows reach further.

    As :func:`companion.reference.word2vec.subsampling.subsample`, with a generator of the ids' device.
    """
    expect_integers("ids", ids)
    expect_float("keep", keep)
    expect_range("ids", ids, len(keep))
    lots = torch.rand(ids.shape, generator=generator, device=ids.device, dtype=keep.dtype)
    return keep_only(ids, offsets, lots < keep[ids])


def keep_only(
    ids: torch.Tensor, offsets: torch.Tensor, kept: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Take the words for which `kept` is True, and say where the sentences are now.

    As :func:`companion.reference.word2vec.subsampling.keep_only`.

    Examples
    --------
    >>> kept = torch.tensor([False, True, False, True])
    >>> [t.tolist() for t in keep_only(torch.tensor([5, 6, 7, 8]), torch.tensor([0, 3, 4]), kept)]
    [[6, 8], [0, 1, 2]]
    """
    expect_bool("kept", kept)
    expect_shape("ids", ids.shape, ("T",))
    expect_shape("kept", kept.shape, ids.shape)
    expect_offsets(offsets, len(ids))
    ends = torch.cat([kept.new_zeros(1, dtype=torch.int64), kept.cumsum(0)])  # (T + 1,)
    return ids[kept], ends[offsets]


def expect_counts(counts: torch.Tensor) -> None:
    """Refuse counts that are not integers of at least 1 (their values on the CPU alone)."""
    expect_integers("counts", counts)
    expect_shape("counts", counts.shape, ("V",))
    if not len(counts):
        raise ValueError("counts: expected at least 1 for every word, got no words")
    if not holds(counts.min() >= 1):
        place = int(counts.argmin())
        raise ValueError(f"counts: expected at least 1 for every word, got {int(counts[place])} at {place}")
