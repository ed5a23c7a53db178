"""Interpolated Kneser-Ney smoothing: the n-gram model to be beaten.

"Francisco" is frequent, but only after "San". After a history that was never seen, how often a word occurred
says less than after how many different words it did. So the counts of the longest n-grams are discounted, and
what is saved goes to a shorter model that counts in how many different ways a word was reached.

The variant is that of Chen and Goodman (1999): interpolated, not backed off; shorter models of continuation
counts; at the bottom the uniform distribution over the words; one discount for each length, or with
``modified=True`` three, for n-grams seen once, twice and more often. N-grams that begin a sentence can be
reached in one way only and keep their plain counts, as in SRILM and KenLM.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from companion.reference._validate import floats
from companion.reference.ngram import Counts, Level, NGram


def kneser_ney(counts: Counts, discounts: Sequence[ArrayLike] | None = None, modified: bool = False) -> NGram:
    r"""Discount, and give what is saved to the shorter histories ({eq}`eq-kneser-ney`).

    .. math::

        p(w \mid h) = \frac{\max(a(h w) - D, 0)}{\sum_v a(h v)}
        + \frac{D \, |\{v : a(h v) > 0\}|}{\sum_v a(h v)} \, p(w \mid h')

    with h' the history without its first word, p after no word at all the uniform distribution, and a the
    count of the longest n-grams; of shorter ones the number of different words before them. After a history
    that never occurred, :math:`p(w \mid h) = p(w \mid h')`.

    Parameters
    ----------
    counts
        From :func:`companion.reference.ngram.count`.
    discounts
        D of the 1-grams, the 2-grams, ..., in [0, 1] each; or with ``modified`` three numbers each, of which
        the second and third may go up to 2 and 3. None estimates them (:func:`estimate_discounts`).
    modified
        True has D depend on the count: ``D_1``, ``D_2``, and ``D_3`` from 3 on.

    Returns
    -------
    NGram

    Raises
    ------
    ValueError
        If there are not as many discounts as orders, one is out of its range, or they cannot be estimated.

    References
    ----------
    Reinhard Kneser and Hermann Ney, Improved backing-off for m-gram language modeling, ICASSP 1995.
    Stanley F. Chen and Joshua Goodman, An empirical study of smoothing techniques for language modeling,
    Computer Speech and Language 13, 1999.

    Examples
    --------
    Three times "San (2) Francisco (3)", once "a (4) cat (5)", once "the (6) cat": Francisco is more frequent,
    and cat more probable after a word that neither has followed, for it was reached in two ways.

    >>> from companion.reference.ngram import count
    >>> sentences = [[2, 3], [2, 3], [2, 3], [4, 5], [6, 5]]
    >>> p = kneser_ney(count(sentences, 2, 7, bos=0, eos=1), discounts=[0.5, 0.5]).distribution([3])
    >>> bool(p[5] > p[3])
    True
    """
    adjusted = continuation_counts(counts)
    if discounts is None:
        table = [estimate_discounts(a, modified) for a in adjusted]
    else:
        table = _checked(discounts, len(adjusted), modified)
    levels, histories = [], 1
    for (keys, *_), a, d in zip(counts.tables, adjusted, table, strict=True):
        history = keys // counts.num_words  # (G,)
        taken = np.minimum(d[np.minimum(a, 3)], a)  # (G,): D of each n-gram, 0 for a count of 0
        total = np.bincount(history, a, histories)  # (G of the shorter table,)
        saved = np.bincount(history, taken, histories)
        followed = total > 0
        total = np.where(followed, total, 1.0)
        alpha = (a - taken) / total[history]  # (G,)  {eq}`eq-kneser-ney`
        gamma = np.where(followed, saved / total, 1.0)  # (G of the shorter table,)  {eq}`eq-kneser-ney`
        levels.append(Level(keys, alpha, gamma))
        histories = len(keys)
    return NGram(counts, levels, interpolated=True)


def continuation_counts(counts: Counts) -> list[np.ndarray]:
    """Return what Kneser and Ney count, for the n-grams of every length.

    Of the longest, how often they occurred. Of shorter ones, how many different words stood before them;
    where none can, at the beginning of a sentence, how often they occurred.

    Parameters
    ----------
    counts
        From :func:`companion.reference.ngram.count`.

    Returns
    -------
    list of (G,) arrays
        In the order of ``counts.tables``.
    """
    adjusted = [table.counts for table in counts.tables]
    for n, longer in enumerate(counts.tables[1:]):
        table = counts.tables[n]
        ways = np.bincount(
            longer.shorter, minlength=len(table.keys)
        )  # (G,): how many longer ones end with it
        adjusted[n] = np.where(table.begins, table.counts, ways)
    return adjusted


def estimate_discounts(counts: np.ndarray, modified: bool = False) -> np.ndarray:
    r"""Estimate D from how many n-grams occurred once, twice, three and four times.

    .. math::

        Y = \frac{n_1}{n_1 + 2 n_2}, \quad D_1 = 1 - 2 Y \frac{n_2}{n_1},
        \quad D_2 = 2 - 3 Y \frac{n_3}{n_2}, \quad D_3 = 3 - 4 Y \frac{n_4}{n_3}

    and without ``modified`` Y for all: Ney, Essen and Kneser's leaving-one-out estimate, which D_1 is too. It
    is 0 where no n-gram was seen once, as after rare words have been replaced by ``<unk>``.

    Parameters
    ----------
    counts
        Of the n-grams of one length, (G,).
    modified
        As in :func:`kneser_ney`.

    Returns
    -------
    ndarray
        D of an n-gram seen 0, 1, 2, and 3 or more times, (4,); the first is 0.

    Raises
    ------
    ValueError
        If a number that is divided by is 0, or a discount comes out below 0: the corpus is too small, or its
        n-grams were chosen. Then give the discounts.

    Examples
    --------
    >>> estimate_discounts(np.array([1, 1, 1, 1, 2, 2, 3, 7]))
    array([0. , 0.5, 0.5, 0.5])
    """
    n = [int((counts == times).sum()) for times in range(5)]
    if n[1] == 0 and not modified:
        return np.zeros(4)
    needed = (1, 2, 3, 4) if modified else (2,)
    if any(n[times] == 0 for times in needed):
        raise ValueError(
            f"discounts: expected n-grams seen {' and '.join(map(str, needed))} times to estimate them from, "
            f"got {[n[times] for times in needed]} of these; give the discounts"
        )
    y = n[1] / (n[1] + 2 * n[2])
    if not modified:
        return np.array([0.0, y, y, y])
    d = np.array([0.0, *(times - (times + 1) * y * n[times + 1] / n[times] for times in (1, 2, 3))])
    if (d < 0).any():
        raise ValueError(f"discounts: expected at least 0, estimated {d[1:].tolist()}; give the discounts")
    return d


def _checked(discounts: Sequence[ArrayLike], order: int, modified: bool) -> list[np.ndarray]:
    """Return the discounts as :func:`estimate_discounts` does, or say what is wrong with them."""
    if len(discounts) != order:
        raise ValueError(f"discounts: expected one for each of {order} orders, got {len(discounts)}")
    shape = (3,) if modified else ()
    limits = np.array([1.0, 2.0, 3.0]) if modified else np.array(1.0)
    table = []
    for number, given in enumerate(discounts):
        d = floats(f"discounts[{number}]", given)
        if d.shape != shape or not np.all((d >= 0) & (d <= limits)):
            raise ValueError(
                f"discounts[{number}]: expected {'three' if modified else 'one'} in [0, {limits.tolist()}], "
                f"got {d.tolist()}"
            )
        table.append(np.concatenate([[0.0], np.broadcast_to(d, 3)]))
    return table
