"""Would other sentences have given another score? The test set, drawn from itself (Koehn, 2004)."""

from collections.abc import Sequence

import numpy as np

from companion.metrics.bleu import bleu_score
from companion.metrics.ngram_overlap import Overlap


def bootstrap_bleu(overlaps: Sequence[Overlap], samples: int, rng: np.random.Generator) -> np.ndarray:
    """Score systems on test sets that are drawn from the one there is.

    Of its S sentences S are drawn with replacement, the same ones for all systems: so that two systems can be
    compared draw by draw, and a set of hard sentences is hard for both. Nothing is counted again.

    Parameters
    ----------
    overlaps
        What :func:`companion.metrics.bleu_statistics` counted for each system, on the same S sentences.
    samples
        How many test sets to draw, at least 1.
    rng
        Draws them.

    Returns
    -------
    numpy.ndarray
        (samples, systems), scores from 0 to 100.

    Raises
    ------
    ValueError
        If there is no system or no sample, or the systems have different numbers of sentences.

    Examples
    --------
    >>> from companion.metrics import bleu_statistics
    >>> references = [["the cat sat on the mat"], ["a dog barks at the cat"]]
    >>> one = bleu_statistics(["the cat sat on the mat", "a dog barked at a cat"], references)
    >>> other = bleu_statistics(["a cat sat on a mat", "a dog barks at the cat"], references)
    >>> scores = bootstrap_bleu([one, other], 1000, np.random.default_rng(0))
    >>> scores.shape, round(float(np.mean(scores[:, 0] > scores[:, 1])), 1)
    ((1000, 2), 0.2)
    """
    if samples < 1:
        raise ValueError(f"samples: expected at least 1, got {samples}")
    sizes = {len(overlap.correct) for overlap in overlaps}
    if len(sizes) != 1:
        raise ValueError(f"overlaps: expected the same number of sentences in all, got {sorted(sizes)}")
    (S,) = sizes
    tables = [np.column_stack(overlap) for overlap in overlaps]  # (S, 2N + 2)
    N = overlaps[0].correct.shape[1]
    scores = np.empty((samples, len(overlaps)))
    for sample in range(samples):
        drawn = np.bincount(rng.integers(S, size=S), minlength=S)  # how often each sentence is drawn, (S,)
        for system, table in enumerate(tables):
            sums = drawn @ table  # (2N + 2,)
            scores[sample, system] = bleu_score(Overlap(sums[:N], sums[N:-2], sums[-2], sums[-1])).score
    return scores
