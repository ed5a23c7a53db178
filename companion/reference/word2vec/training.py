"""Training word2vec in NumPy: one short batch after the other, each a step of stochastic gradient descent.

A batch is the windows of some hundred consecutive words. Its gradients are summed, not averaged: each pair
moves its rows by the learning rate times its own gradient, as in word2vec.c, only that the pairs of a batch
do not see each other's moves. That asks for short batches: in a long one "the" would add up a hundred moves
computed from one and the same place, and overshoot.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range
from companion.reference.word2vec import cbow, negative_sampling, skipgram
from companion.reference.word2vec.noise import draw_noise, no_collision, noise_distribution
from companion.reference.word2vec.pairs import context_windows, draw_reach
from companion.reference.word2vec.scatter import add_rows
from companion.reference.word2vec.settings import Settings
from companion.reference.word2vec.subsampling import keep_probability, positive_counts, subsample
from companion.text import EncodedCorpus

Params = dict[str, np.ndarray]


def train(
    corpus: EncodedCorpus,
    counts: ArrayLike,
    settings: Settings,
    rng: np.random.Generator,
    batch: int = 256,
    on_epoch: Callable[[int, Params], None] | None = None,
) -> Params:
    """Train skip-gram or CBOW with negative sampling.

    Parameters
    ----------
    corpus
        The ids of all sentences.
    counts
        How often each word occurs, (V,).
    settings
        Model, sizes, rates.
    rng
        Of everything drawn: the first table, which words are kept, windows and negatives.
    batch
        How many words' windows make one step.
    on_epoch
        Called after each epoch with its number, from 1, and the parameters, which training will go on to
        change: copy what is to be kept.

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
    """
    counts = positive_counts(counts)
    expect_range("corpus.ids", corpus.ids, len(counts))
    if batch < 1:
        raise ValueError(f"batch: expected at least 1, got {batch}")
    if not (corpus.lengths >= 2).any():
        raise ValueError("corpus: expected a sentence of two words or more, got none")
    params = skipgram.init(len(counts), settings.dim, rng, np.float32)
    keep, noise = keep_probability(counts, settings.sample), noise_distribution(counts, settings.power)
    step = skipgram_step if settings.model == "skipgram" else cbow_step
    for epoch in range(settings.epochs):
        ids, offsets = subsample(corpus.ids, corpus.offsets, keep, rng)
        reach = draw_reach(len(ids), settings.window, rng)
        contexts, mask = context_windows(ids, settings.window, settings.window, offsets, reach)  # (T, C)
        for start in range(0, len(ids), batch):
            rate = settings.rate((epoch + start / len(ids)) / settings.epochs)
            here = slice(start, start + batch)
            try:
                with np.errstate(over="raise", invalid="raise"):
                    step(params, ids[here], contexts[here], mask[here], noise, settings.negatives, rate, rng)
            except FloatingPointError as error:
                message = f"training diverged in epoch {epoch + 1}; try a smaller batch or rate"
                raise FloatingPointError(message) from error
        if on_epoch is not None:
            on_epoch(epoch + 1, params)
    return params


def skipgram_step(
    params: Params,
    words: np.ndarray,
    contexts: np.ndarray,
    mask: np.ndarray,
    noise: np.ndarray,
    negatives: int,
    rate: float,
    rng: np.random.Generator,
) -> None:
    """Take every pair of a batch of windows one step down its gradient, in place."""
    centres = np.broadcast_to(words[:, None], mask.shape)[mask]  # (N,)
    targets = contexts[mask]  # (N,)
    wrong = draw_noise(noise, (len(targets), negatives), rng)  # (N, K)
    _, cache = negative_sampling.forward(
        {"output": params["output"]},
        params["input"][centres],
        targets,
        wrong,
        no_collision(wrong, targets),
        "sum",
    )
    dh, ids, drows = negative_sampling.sparse_backward(cache)
    add_rows(params["input"], centres, -rate * dh)
    add_rows(params["output"], ids, -rate * drows)


def cbow_step(
    params: Params,
    words: np.ndarray,
    contexts: np.ndarray,
    mask: np.ndarray,
    noise: np.ndarray,
    negatives: int,
    rate: float,
    rng: np.random.Generator,
) -> None:
    """Take every word of a batch that has a context one step down its gradient, in place."""
    there = mask.any(axis=1)
    targets, contexts, mask = words[there], contexts[there], mask[there]  # (N,), (N, C), (N, C)
    wrong = draw_noise(noise, (len(targets), negatives), rng)  # (N, K)
    _, cache = negative_sampling.forward(
        {"output": params["output"]},
        cbow.mean_of_rows(params["input"], contexts, mask),
        targets,
        wrong,
        no_collision(wrong, targets),
        "sum",
    )
    dh, ids, drows = negative_sampling.sparse_backward(cache)
    add_rows(params["input"], contexts[mask], -rate * cbow.mean_backward(contexts, mask, dh)[mask])
    add_rows(params["output"], ids, -rate * drows)
