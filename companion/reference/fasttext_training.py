"""Training fastText in NumPy, as :mod:`companion.reference.word2vec.training` trains word2vec."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_range, expect_shape
from companion.reference.fasttext import init, word_vectors
from companion.reference.subwords import Subwords
from companion.reference.word2vec import negative_sampling
from companion.reference.word2vec.noise import draw_noise, no_collision, noise_distribution
from companion.reference.word2vec.pairs import context_windows, draw_reach
from companion.reference.word2vec.scatter import add_rows
from companion.reference.word2vec.settings import Settings
from companion.reference.word2vec.subsampling import keep_probability, positive_counts, subsample
from companion.text import EncodedCorpus

Params = dict[str, np.ndarray]


def step(
    params: Params,
    words: np.ndarray,
    contexts: np.ndarray,
    mask: np.ndarray,
    negatives: np.ndarray,
    pieces: Subwords,
    rate: float,
) -> None:
    """Take all pairs of some windows one step, in place, as the original does.

    The derivative gives each of a word's rows :math:`1/|P_w|` of the vector's gradient. The original gives it
    the whole, and :func:`train` follows: then the vector, their mean, moves by the learning rate times its
    gradient as in word2vec, however many n-grams the word has.

    Parameters
    ----------
    params
        Changed in place.
    words
        The centres, (T,).
    contexts, mask
        Their windows, (T, C), from :func:`companion.reference.word2vec.pairs.context_windows`.
    negatives
        Wrong words for each of the N pairs, (N, K), N the number of True in the mask.
    pieces
        Of the V words.
    rate
        The learning rate.
    """
    h, (rows, lengths, _) = word_vectors(params, pieces, words)  # (T, D)
    place = np.nonzero(mask)[0]  # (N,) which centre each pair has
    targets, output = contexts[mask], {"output": params["output"]}  # (N,)
    counted = no_collision(negatives, targets)
    _, layer = negative_sampling.forward(output, h[place], targets, negatives, counted, "sum")
    dpairs, ids, drows = negative_sampling.sparse_backward(layer)
    dh = np.zeros_like(h)  # (T, D)
    add_rows(dh, place, dpairs)
    add_rows(params["input"], rows, -rate * np.repeat(dh, lengths, axis=0))
    add_rows(params["output"], ids, -rate * drows)


def train(
    corpus: EncodedCorpus,
    counts: ArrayLike,
    pieces: Subwords,
    settings: Settings,
    rng: np.random.Generator,
    batch: int = 256,
    on_epoch: Callable[[int, Params], None] | None = None,
) -> Params:
    """Train by steps of some hundred words' windows each.

    Parameters
    ----------
    corpus, counts, settings, rng, batch, on_epoch
        As in :func:`companion.reference.word2vec.training.train`; the model is skip-gram.
    pieces
        Of the V words.

    Returns
    -------
    dict
        ``{"input": (V + B, D), "output": (V, D)}``, float32

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
    params = init(pieces, settings.dim, rng, np.float32)
    keep, noise = keep_probability(counts, settings.sample), noise_distribution(counts, settings.power)
    for epoch in range(settings.epochs):
        ids, offsets = subsample(corpus.ids, corpus.offsets, keep, rng)
        reach = draw_reach(len(ids), settings.window, rng)
        contexts, mask = context_windows(ids, settings.window, settings.window, offsets, reach)  # (T, C)
        for start in range(0, len(ids), batch):
            rate = settings.rate((epoch + start / len(ids)) / settings.epochs)
            here = slice(start, start + batch)
            negatives = draw_noise(noise, (int(mask[here].sum()), settings.negatives), rng)  # (N, K)
            try:
                with np.errstate(over="raise", invalid="raise"):
                    step(params, ids[here], contexts[here], mask[here], negatives, pieces, rate)
            except FloatingPointError as error:
                message = f"training diverged in epoch {epoch + 1}; try a smaller batch or rate"
                raise FloatingPointError(message) from error
        if on_epoch is not None:
            on_epoch(epoch + 1, params)
    return params
