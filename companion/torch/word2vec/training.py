"""Training word2vec in PyTorch, by :mod:`companion.torch.word2vec.fast`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from numpy.typing import ArrayLike

from companion.reference.word2vec.settings import Settings
from companion.text import EncodedCorpus
from companion.torch._validate import expect_range
from companion.torch.word2vec import fast
from companion.torch.word2vec.noise import draw_noise, noise_distribution
from companion.torch.word2vec.pairs import draw_reach, sentence_of_each_word
from companion.torch.word2vec.skipgram import Tables
from companion.torch.word2vec.subsampling import keep_probability, subsample

Params = dict[str, torch.Tensor]

GROUP = 32
"""Words of a group, and noise words drawn for it."""


@torch.no_grad()
def train(
    corpus: EncodedCorpus,
    counts: ArrayLike,
    settings: Settings,
    generator: torch.Generator,
    batch: int = 256,
    on_epoch: Callable[[int, Params], None] | None = None,
    workers: int = 1,
) -> Params:
    """Train skip-gram or CBOW with negative sampling, on the device of the generator.

    Parameters
    ----------
    corpus
        The ids of all sentences.
    counts
        How often each word occurs, (V,).
    settings
        Model, sizes, rates.
    generator
        Of everything drawn: the first table, which words are kept, windows and noise.
    batch
        How many words' windows make one step, rounded up to a multiple of 32. A long batch is fast; in too
        long a one the moves of a frequent word, all computed from one place, add up to more than the way.
    on_epoch
        Called after each epoch with its number, from 1, and the parameters, which training will go on to
        change: copy what is to be kept.
    workers
        How many threads train side by side on the same tables, batch by batch in turn and none waiting for
        another, as gensim's do (Hogwild). Faster than one worker with as many of PyTorch's threads, of
        which each worker should have one (``torch.set_num_threads(1)``); but who writes first is a matter of
        chance, and the result is not repeatable to the last digit.

    Returns
    -------
    dict
        ``{"input": (V, D), "output": (V, D)}``, float32

    Raises
    ------
    TypeError, ValueError
        If corpus and counts do not fit, or no sentence has two words.
    FloatingPointError
        If the training diverged.

    References
    ----------
    B. Recht, C. Ré, S. Wright and F. Niu, *Hogwild!: A Lock-Free Approach to Parallelizing Stochastic
    Gradient Descent*, NIPS 2011.
    """
    device = generator.device
    ids, offsets = (torch.as_tensor(array, device=device) for array in (corpus.ids, corpus.offsets))
    occurrences = torch.as_tensor(counts, device=device)
    keep, noise = (
        keep_probability(occurrences, settings.sample),
        noise_distribution(occurrences, settings.power),
    )
    expect_range("corpus.ids", ids, len(noise))
    for name, number in (("batch", batch), ("workers", workers)):
        if number < 1:
            raise ValueError(f"{name}: expected at least 1, got {number}")
    if not (corpus.lengths >= 2).any():
        raise ValueError("corpus: expected a sentence of two words or more, got none")
    tables = Tables(len(noise), settings.dim, generator=generator, device=device, dtype=torch.float32)
    params = {"input": tables.input.data, "output": tables.output.data}
    for epoch in range(settings.epochs):
        kept, ends = subsample(ids, offsets, keep, generator)
        train_epoch(params, kept, ends, noise, settings, generator, batch, epoch, workers)
        if not all(bool(table.isfinite().all()) for table in params.values()):
            raise FloatingPointError(f"training diverged in epoch {epoch + 1}; try a smaller batch or rate")
        if on_epoch is not None:
            on_epoch(epoch + 1, params)
    return params


def train_epoch(
    params: Params,
    ids: torch.Tensor,
    offsets: torch.Tensor,
    noise: torch.Tensor,
    settings: Settings,
    generator: torch.Generator,
    batch: int,
    epoch: int,
    workers: int,
) -> None:
    """Go through the words that subsampling left, once, in place."""
    step = fast.skipgram_step if settings.model == "skipgram" else fast.cbow_step
    starts, ends = sentence_of_each_word(ids, offsets)  # (T,) each
    places = torch.arange(len(ids), device=ids.device)
    reach = draw_reach(len(ids), settings.window, generator, ids.device)
    left, right = torch.minimum(reach, places - starts), torch.minimum(reach, ends - 1 - places)
    groups = fast.cut(ids, left, right, GROUP, settings.window)
    masks = fast.window_masks(GROUP, settings.window, params["input"])
    wrong = draw_noise(noise, (len(groups.centres), GROUP), generator)  # (groups, M)
    side_by_side = -(-batch // GROUP)

    def work(worker: int) -> None:
        """Train on every so manyth batch, so that all workers are at about the same place in the text."""
        with torch.no_grad():  # each thread has to say so
            for start in range(worker * side_by_side, len(wrong), workers * side_by_side):
                here = slice(start, start + side_by_side)
                rate = settings.rate((epoch + start / len(wrong)) / settings.epochs)
                centres, around, windows = (part[here] for part in groups)
                inside = fast.rows(masks, windows)  # (G, b, b + 2w)
                step(params, centres, around, inside, wrong[here], settings.negatives, rate)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))  # the list passes errors on
