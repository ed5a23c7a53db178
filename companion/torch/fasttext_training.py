"""Training fastText in PyTorch, on whatever device: steps of some windows each, gradients by hand.

Autograd would make a gradient of the size of both tables at every step, of which a few thousand rows are not
zero. Here each step touches the rows of its words alone.
"""

from collections.abc import Callable

import torch
from numpy.typing import ArrayLike
from torch.nn import functional as F

from companion.reference._validate import expect_range, expect_shape
from companion.reference.subwords import Subwords
from companion.reference.word2vec.settings import Settings
from companion.reference.word2vec.subsampling import positive_counts
from companion.text import EncodedCorpus
from companion.torch.fasttext import FastText
from companion.torch.word2vec.noise import draw_noise, no_collision, noise_distribution
from companion.torch.word2vec.pairs import context_windows, draw_reach
from companion.torch.word2vec.subsampling import keep_probability, subsample


def step(
    model: FastText,
    words: torch.Tensor,
    contexts: torch.Tensor,
    mask: torch.Tensor,
    negatives: torch.Tensor,
    rate: float,
) -> None:
    """Take all pairs of some windows one step, in place.

    The same as :func:`companion.reference.fasttext_training.step`: each of a word's rows gets the whole
    gradient of their mean.

    Parameters
    ----------
    model
        Its parameters change; no graph is made.
    words
        The centres, (T,).
    contexts, mask
        Their windows, (T, C).
    negatives
        Wrong words for each of the N pairs, (N, K), N the number of True in the mask.
    rate
        The learning rate.
    """
    with torch.no_grad():
        table, output = model.input.detach(), model.output.detach()
        different, which = words.unique(return_inverse=True)  # (U,), (T,)
        rows, starts, lengths = model.rows_of(different)
        h = F.embedding_bag(rows, table, starts, mode="mean")  # (U, D)
        word = which.repeat_interleave(mask.sum(1))  # (N,) which of the different words each pair's centre is
        targets = contexts[mask]  # (N,)
        ids = torch.cat([targets[:, None], negatives], 1)  # (N, 1 + K), the right word first
        chosen, centres = output[ids], h[word]  # (N, 1 + K, D), (N, D)
        slopes = torch.sigmoid((chosen @ centres[:, :, None])[:, :, 0])  # (N, 1 + K)
        slopes[:, 0] -= 1
        slopes[:, 1:] *= no_collision(negatives, targets)
        slopes *= -rate
        moves = (slopes[:, None, :] @ chosen)[:, 0]  # (N, D)
        moves = torch.zeros_like(h).index_add_(0, word, moves)  # (U, D)
        table.index_add_(0, rows, moves.repeat_interleave(lengths, 0))
        output.index_add_(0, ids.reshape(-1), (slopes[:, :, None] * centres[:, None]).flatten(0, 1))


def train(
    corpus: EncodedCorpus,
    counts: ArrayLike,
    pieces: Subwords,
    settings: Settings,
    generator: torch.Generator,
    batch: int = 256,
    on_epoch: Callable[[int, FastText], None] | None = None,
) -> FastText:
    """Train by steps of some hundred words' windows each.

    Parameters
    ----------
    corpus, counts, pieces, settings, batch, on_epoch
        As in :func:`companion.reference.fasttext_training.train`.
    generator
        Of everything drawn; its device is where the model is made and trained.

    Returns
    -------
    FastText
        In float32.

    Raises
    ------
    TypeError, ValueError
        If corpus, counts and pieces do not fit, or no sentence has two words.
    FloatingPointError
        If the training diverged.
    """
    counts = positive_counts(counts)
    expect_shape("counts", counts.shape, (len(pieces.offsets) - 1,))
    expect_range("corpus.ids", corpus.ids, len(counts))
    if batch < 1:
        raise ValueError(f"batch: expected at least 1, got {batch}")
    if settings.model != "skipgram":
        raise ValueError(f'settings.model: expected "skipgram", got {settings.model!r}')
    if not (corpus.lengths >= 2).any():
        raise ValueError("corpus: expected a sentence of two words or more, got none")
    model = FastText(pieces, settings.dim, generator=generator, device=generator.device, dtype=torch.float32)
    all_ids, all_offsets, frequencies = (
        torch.tensor(array, device=generator.device) for array in (corpus.ids, corpus.offsets, counts)
    )
    keep = keep_probability(frequencies, settings.sample)
    noise = noise_distribution(frequencies, settings.power)
    for epoch in range(settings.epochs):
        ids, offsets = subsample(all_ids, all_offsets, keep, generator)
        reach = draw_reach(len(ids), settings.window, generator, ids.device)
        contexts, mask = context_windows(ids, settings.window, settings.window, offsets, reach)  # (T, C)
        pairs = mask.sum(1).cumsum(0).tolist()  # (T,) looked at once: each look makes a GPU wait
        for start in range(0, len(ids), batch):
            rate = settings.rate((epoch + start / len(ids)) / settings.epochs)
            here = slice(start, start + batch)
            count = pairs[min(start + batch, len(ids)) - 1] - (pairs[start - 1] if start else 0)
            negatives = draw_noise(noise, (count, settings.negatives), generator)  # (N, K)
            step(model, ids[here], contexts[here], mask[here], negatives, rate)
        if not all(bool(table.isfinite().all()) for table in model.parameters()):
            raise FloatingPointError(f"training diverged in epoch {epoch + 1}; try a smaller batch or rate")
        if on_epoch is not None:
            on_epoch(epoch + 1, model)
    return model
