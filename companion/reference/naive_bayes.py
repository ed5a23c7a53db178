"""Naive Bayes on sets of tokens: the baseline that a network for text has to beat.

It has no step size and no epochs: it counts once. Parameters: ``{"weight": w, "bias": b}``, one weight a
token, and one number.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_keys, expect_range, expect_shape, floats, integers, truths

Params = dict[str, np.ndarray]


def fit(sequences: Sequence[Sequence[int]], labels: ArrayLike, size: int, smoothing: float = 1.0) -> Params:
    r"""Count in how many texts of either class each token occurs ({eq}`eq-naive-bayes`).

    .. math::

        w_j = \ln \frac{\alpha + p_j}{\sum_k (\alpha + p_k)} - \ln \frac{\alpha + q_j}{\sum_k (\alpha + q_k)},
        \qquad b = \ln \frac{N_+}{N_-}

    where p and q count the texts of the true and of the false class that hold token j, :math:`N_+` and
    :math:`N_-` all texts of the class, and :math:`\alpha` is the smoothing.

    Parameters
    ----------
    sequences
        N lists of ids below ``size``. A token counts once a text, however often it occurs there.
    labels
        N truth values.
    size
        V, the number of tokens.
    smoothing
        Added to every count, so that a token seen in one class alone is no proof. Above 0.

    Returns
    -------
    dict
        ``{"weight": (V,), "bias": ()}``

    Raises
    ------
    TypeError
        If the labels are not truth values or the ids not integers.
    ValueError
        If there is not one label a text, a class has no text, an id has no place, or the smoothing is not
        positive.

    References
    ----------
    S. Wang and C. D. Manning, *Baselines and Bigrams: Simple, Good Sentiment and Topic Classification*,
    ACL 2012.

    Examples
    --------
    >>> params = fit([[0, 1], [1, 1], [2]], [True, True, False], size=3)
    >>> score(params, [[0], [2]]).round(2)
    array([ 0.98, -0.41])
    """
    labels = truths("labels", labels)  # (N,)
    expect_shape("labels", labels.shape, (len(sequences),))
    if not 0 < labels.sum() < len(labels):
        raise ValueError(f"labels: expected texts of both classes, got {labels.sum()} true of {len(labels)}")
    if not smoothing > 0:
        raise ValueError(f"smoothing: expected a number above 0, got {smoothing}")
    counts = np.full((2, size), smoothing, dtype=np.float64)  # (2, V): q, then p
    for ids, label in zip(_sets(sequences, size), labels, strict=True):
        counts[int(label), ids] += 1  # each id stands once in ids, so += loses none
    logs = np.log(counts / counts.sum(axis=1, keepdims=True))  # (2, V)
    positive = labels.mean()
    return {
        "weight": logs[1] - logs[0],  # (V,)  {eq}`eq-naive-bayes`
        "bias": np.log(positive / (1 - positive)),
    }


def score(params: Params, sequences: Iterable[Sequence[int]]) -> np.ndarray:
    """Add up the weights of the different tokens of each text; above 0 the true class is the likelier one.

    Parameters
    ----------
    params
        From :func:`fit`.
    sequences
        N lists of ids below V.

    Returns
    -------
    ndarray
        (N,), the logarithm of the odds.

    Raises
    ------
    TypeError
        If the ids are not integers.
    ValueError
        If an id has no weight, or the parameters are not those of :func:`fit`.
    """
    expect_keys("params", params, ("bias", "weight"))
    weight = floats("weight", params["weight"])
    expect_shape("weight", weight.shape, ("V",))
    return np.array([weight[ids].sum() for ids in _sets(sequences, len(weight))]) + params["bias"]


def _sets(sequences: Iterable[Sequence[int]], size: int) -> Iterable[np.ndarray]:
    """Yield the different ids of each text, as an index."""
    for n, sequence in enumerate(sequences):
        ids = np.unique(integers(f"sequences[{n}]", sequence)) if len(sequence) else np.zeros(0, np.intp)
        expect_range(f"sequences[{n}]", ids, size)
        yield ids
