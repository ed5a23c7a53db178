"""Windows over the sentences of a corpus, and the pairs in them, on whatever device the ids are."""

import torch

from companion.reference._validate import expect_shape
from companion.torch._validate import expect_integers, holds


def context_windows(
    ids: torch.Tensor,
    before: int,
    after: int,
    offsets: torch.Tensor | None = None,
    reach: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give each word the words around it ({eq}`eq-context-pairs`).

    Parameters, results and refusals are those of
    :func:`companion.reference.word2vec.pairs.context_windows`, with tensors for arrays.

    Examples
    --------
    >>> contexts, mask = context_windows(torch.tensor([10, 11, 12]), before=1, after=1)
    >>> contexts.tolist(), mask.sum(1).tolist()
    ([[0, 11], [10, 12], [11, 0]], [1, 2, 1])
    """
    expect_integers("ids", ids)
    expect_shape("ids", ids.shape, ("T",))
    if before < 0 or after < 0 or before + after == 0:
        raise ValueError(f"expected a window of at least one word, got {before} before and {after} after")
    starts, ends = sentence_of_each_word(ids, offsets)  # (T,) each
    shifts = torch.cat([torch.arange(-before, 0), torch.arange(1, after + 1)]).to(ids.device)  # (C,)
    places = torch.arange(len(ids), device=ids.device)[:, None] + shifts  # (T, C)
    mask = (places >= starts[:, None]) & (places < ends[:, None])  # {eq}`eq-context-pairs`
    if reach is not None:
        expect_integers("reach", reach)
        expect_shape("reach", reach.shape, ids.shape)
        mask &= shifts.abs() <= reach[:, None]
    return ids[places.where(mask, 0)].where(mask, 0), mask


def context_pairs(
    ids: torch.Tensor,
    before: int,
    after: int,
    offsets: torch.Tensor | None = None,
    reach: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """List the pairs (centre, context) of all windows ({eq}`eq-context-pairs`): skip-gram's examples.

    As :func:`companion.reference.word2vec.pairs.context_pairs`, with tensors for arrays.

    Examples
    --------
    >>> centres, contexts = context_pairs(torch.tensor([10, 11, 12]), 1, 1)
    >>> list(zip(centres.tolist(), contexts.tolist()))
    [(10, 11), (11, 10), (11, 12), (12, 11)]
    """
    contexts, mask = context_windows(ids, before, after, offsets, reach)
    return ids[:, None].expand_as(mask)[mask], contexts[mask]  # {eq}`eq-context-pairs`


def draw_reach(
    size: int, window: int, generator: torch.Generator, device: torch.device | str | None = None
) -> torch.Tensor:
    """Draw for each word how far its window reaches, uniformly from 1 to `window`.

    Parameters
    ----------
    size
        How many words.
    window
        The farthest reach.
    generator
        Of the device that the result shall be on.
    device
        That device.

    Returns
    -------
    Tensor
        (size,) int64
    """
    if window < 1:
        raise ValueError(f"window: expected at least 1, got {window}")
    return torch.randint(1, window + 1, (size,), generator=generator, device=device)


def one_nearby(
    ids: torch.Tensor, window: int, generator: torch.Generator, offsets: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw for each word one word of its window: the context choice "one nearby word".

    As :func:`companion.reference.word2vec.pairs.one_nearby`, with a generator of the ids' device.
    """
    contexts, mask = context_windows(ids, window, window, offsets)
    lots = torch.rand(mask.shape, generator=generator, device=ids.device).where(mask, -1)  # (T, C)
    kept = mask.any(1)
    return ids[kept], contexts.gather(1, lots.argmax(1, keepdim=True))[:, 0][kept]


def sentence_of_each_word(
    ids: torch.Tensor, offsets: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give for each word where its sentence starts and where it ends, (T,) each."""
    if offsets is None:
        offsets = torch.tensor([0, len(ids)], device=ids.device)
    expect_offsets(offsets, len(ids))
    lengths = offsets.diff()
    starts = torch.repeat_interleave(offsets[:-1], lengths, output_size=len(ids))
    return starts, torch.repeat_interleave(offsets[1:], lengths, output_size=len(ids))


def expect_offsets(offsets: torch.Tensor, size: int) -> None:
    """Refuse offsets that do not cut `size` words into sentences (on the CPU)."""
    expect_integers("offsets", offsets)
    expect_shape("offsets", offsets.shape, ("S + 1",))
    if len(offsets) and holds((offsets[0] == 0) & (offsets[-1] == size) & (offsets.diff() >= 0).all()):
        return
    some = offsets.tolist() if len(offsets) <= 8 else [*offsets[:4].tolist(), "...", int(offsets[-1])]
    raise ValueError(f"offsets: expected numbers that rise from 0 to {size}, got {some}")
