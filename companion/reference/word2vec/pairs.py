"""Which words are whose context: windows over the sentences of a corpus, and the pairs in them."""

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import expect_shape, indices, integers


def context_windows(
    ids: ArrayLike,
    before: int,
    after: int,
    offsets: ArrayLike | None = None,
    reach: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Give each word the words around it ({eq}`eq-context-pairs`).

    The last four words are ``before=4, after=0``, four to the left and four to the right are 4 and 4, the
    last word alone is 1 and 0.

    Parameters
    ----------
    ids
        The words of all sentences, one sentence behind the other, (T,).
    before, after
        How many words to the left and to the right.
    offsets
        Sentence s is ``ids[offsets[s]:offsets[s + 1]]``, (S + 1,); None takes all words for one sentence. No
        window reaches beyond its sentence.
    reach
        How far the window of each word reaches on either side, (T,), as :func:`draw_reach` draws it; None
        for as far as `before` and `after` allow.

    Returns
    -------
    contexts : ndarray
        (T, before + after) ids in the order of the text; 0 where there is no word.
    mask : ndarray
        Truth values of the same shape, False where there is no word.

    Raises
    ------
    TypeError
        If something is not an integer.
    ValueError
        If the window is empty, or offsets or reach do not fit the ids.

    Examples
    --------
    >>> contexts, mask = context_windows([10, 11, 12, 13], before=2, after=1, offsets=[0, 3, 4])
    >>> contexts
    array([[ 0,  0, 11],
           [ 0, 10, 12],
           [10, 11,  0],
           [ 0,  0,  0]])
    >>> mask.sum(axis=1)
    array([1, 2, 2, 0])
    """
    ids = integers("ids", ids)
    expect_shape("ids", ids.shape, ("T",))
    if before < 0 or after < 0 or before + after == 0:
        raise ValueError(f"expected a window of at least one word, got {before} before and {after} after")
    starts, ends = sentence_of_each_word(len(ids), offsets)  # (T,) each
    shifts = np.concatenate([np.arange(-before, 0), np.arange(1, after + 1)])  # (C,), without 0
    places = np.arange(len(ids))[:, None] + shifts  # (T, C)
    mask = (places >= starts[:, None]) & (places < ends[:, None])  # {eq}`eq-context-pairs`
    if reach is not None:
        reach = integers("reach", reach)
        expect_shape("reach", reach.shape, ids.shape)
        mask &= np.abs(shifts) <= reach[:, None]
    return np.where(mask, ids[np.where(mask, places, 0)], 0), mask


def context_pairs(
    ids: ArrayLike,
    before: int,
    after: int,
    offsets: ArrayLike | None = None,
    reach: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """List the pairs (centre, context) of all windows ({eq}`eq-context-pairs`): skip-gram's examples.

    Parameters
    ----------
    ids, before, after, offsets, reach
        As in :func:`context_windows`.

    Returns
    -------
    centres, contexts : ndarray
        (P,) ids each; the pairs of a centre stand together, in the order of the text.

    Raises
    ------
    TypeError, ValueError
        As :func:`context_windows`.

    Examples
    --------
    >>> centres, contexts = context_pairs([10, 11, 12], 1, 1)
    >>> list(zip(centres.tolist(), contexts.tolist()))
    [(10, 11), (11, 10), (11, 12), (12, 11)]
    """
    contexts, mask = context_windows(ids, before, after, offsets, reach)
    centres = np.broadcast_to(np.asarray(ids)[:, None], mask.shape)  # (T, C)
    return centres[mask], contexts[mask]  # {eq}`eq-context-pairs`


def draw_reach(size: int, window: int, rng: np.random.Generator) -> np.ndarray:
    """Draw for each word how far its window reaches, uniformly from 1 to `window`.

    So word2vec counts near words more: one at distance d is in the window with probability
    ``(window - d + 1) / window``.

    Examples
    --------
    >>> np.unique(draw_reach(1000, 3, np.random.default_rng(0)))
    array([1, 2, 3])
    """
    if window < 1:
        raise ValueError(f"window: expected at least 1, got {window}")
    return rng.integers(1, window + 1, size)


def one_nearby(
    ids: ArrayLike, window: int, rng: np.random.Generator, offsets: ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw for each word one word of its window: the context choice "one nearby word".

    Parameters
    ----------
    ids, offsets
        As in :func:`context_windows`.
    window
        How many words on either side one is drawn from; all are equally likely.
    rng
        The generator.

    Returns
    -------
    centres, contexts : ndarray
        (P,) ids each, one pair for each word that has a neighbour.

    Examples
    --------
    >>> centres, contexts = one_nearby([10, 11, 12], 1, np.random.default_rng(0))
    >>> centres, contexts[[0, 2]]
    (array([10, 11, 12]), array([11, 11]))
    """
    contexts, mask = context_windows(ids, window, window, offsets)
    column = np.where(mask, rng.random(mask.shape), -1).argmax(axis=1)  # (T,), uniform where mask is True
    kept = mask.any(axis=1)
    return np.asarray(ids)[kept], contexts[np.arange(len(mask)), column][kept]


def sentence_of_each_word(size: int, offsets: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Give for each word where its sentence starts and where it ends, (T,) each.

    >>> sentence_of_each_word(4, [0, 3, 3, 4])
    (array([0, 0, 0, 3]), array([3, 3, 3, 4]))
    """
    bounds = np.array([0, size]) if offsets is None else indices("offsets", offsets)
    expect_offsets(bounds, size)
    lengths = np.diff(bounds)
    return np.repeat(bounds[:-1], lengths), np.repeat(bounds[1:], lengths)


def expect_offsets(offsets: np.ndarray, size: int) -> None:
    """Refuse offsets that do not cut `size` words into sentences.

    >>> expect_offsets(np.array([0, 2, 5]), 6)
    Traceback (most recent call last):
    ValueError: offsets: expected numbers that rise from 0 to 6, got [0, 2, 5]
    """
    expect_shape("offsets", offsets.shape, ("S + 1",))
    ends = len(offsets) > 0 and offsets[0] == 0 and offsets[-1] == size
    if not (ends and (np.diff(offsets) >= 0).all()):
        some = offsets.tolist() if len(offsets) <= 8 else [*offsets[:4].tolist(), "...", int(offsets[-1])]
        raise ValueError(f"offsets: expected numbers that rise from 0 to {size}, got {some}")
