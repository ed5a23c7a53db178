"""What vectors absorb: whether one group of words is nearer to certain attributes than another group."""

from collections.abc import Sequence
from itertools import chain, combinations
from math import comb
from typing import NamedTuple

import numpy as np

from companion.vectors.search import unit_rows
from companion.vectors.table import Vectors
from companion.vectors.word_lists import WORD_LISTS

__all__ = ["WORD_LISTS", "Association", "association", "leanings"]

BLOCK = 1 << 20
"""So many numbers are shuffled at once."""

SAME = 1e-12
"""Sums that differ by less are equal: they have been added up in another order."""


class Association(NamedTuple):
    """What a test of association finds.

    Attributes
    ----------
    effect : float
        The difference of the groups in standard deviations, d ({eq}`eq-association`); between -2 and 2 for
        groups of one size.
    difference : float
        The same difference of means in cosines.
    p : float
        The share of all divisions of the words in which the first group leans at least as far.
    exact : bool
        Whether all divisions were counted, or some drawn.
    missing : tuple of str
        The words that have no vector and were left out.
    """

    effect: float
    difference: float
    p: float
    exact: bool
    missing: tuple[str, ...]


def leanings(vectors: Vectors, words: Sequence[str], a: Sequence[str], b: Sequence[str]) -> np.ndarray:
    r"""Return how much nearer each word is to the attributes `a` than to the attributes `b`, (N,).

    .. math:: s(w) = \operatorname*{mean}_{a \in \mathcal{A}} \cos(w, a)
        - \operatorname*{mean}_{b \in \mathcal{B}} \cos(w, b)

    Raises
    ------
    KeyError
        If a word has no vector.
    ValueError
        If there are no attributes, or a vector is zero.

    Examples
    --------
    >>> table = Vectors(["rose", "wasp", "good", "bad"], np.array([[2.0, 0], [0, 1], [1, 0], [0, 3]]))
    >>> leanings(table, ["rose", "wasp"], ["good"], ["bad"])
    array([ 1., -1.])
    """
    towards, away = (
        _directions(vectors, name, words) for name, words in (("a", a), ("b", b))
    )  # (A, D), (B, D)
    if not len(words):
        return np.empty(0)
    return _directions(vectors, "words", words) @ (towards.mean(axis=0) - away.mean(axis=0))


def association(
    vectors: Vectors,
    x: Sequence[str],
    y: Sequence[str],
    a: Sequence[str],
    b: Sequence[str],
    *,
    permutations: int = 10_000,
    rng: np.random.Generator | None = None,
) -> Association:
    r"""Test whether the words `x` are nearer to `a`, and the words `y` to `b`, than chance would have it.

    With s(w) as in :func:`leanings`, the effect is ({eq}`eq-association`)

    .. math:: d = \frac
        {\operatorname*{mean}_{x \in \mathcal{X}} s(x) - \operatorname*{mean}_{y \in \mathcal{Y}} s(y)}
        {\operatorname*{std}_{w \in \mathcal{X} \cup \mathcal{Y}} s(w)} ,

    with the standard deviation of a sample (N - 1). Its p-value is the share of all divisions of the words
    into two groups of these sizes in which the first group leans towards `a` at least as far as `x` does. The
    division that is the case is one of them, so p is never 0.

    Parameters
    ----------
    vectors
        The table.
    x, y
        Two groups of words to compare. Words without a vector are left out, here and in the attributes.
    a, b
        Two groups of attributes.
    permutations
        All divisions are counted if there are not more than this; else so many are drawn, and p is
        (1 + those as far) / (1 + `permutations`).
    rng
        For drawing; it may be left out when all divisions are counted.

    Returns
    -------
    Association
        `effect`, `difference`, `p`, `exact`, `missing`.

    Raises
    ------
    TypeError
        If a group is one string.
    ValueError
        If a word is in both of the groups compared, a group has no word with a vector, all words lean alike,
        `permutations` is below 1, or divisions have to be drawn and there is no `rng`.

    References
    ----------
    A. Caliskan, J. J. Bryson and A. Narayanan, *Semantics derived automatically from language corpora contain
    human-like biases*, Science 356, 2017.

    Examples
    --------
    >>> table = Vectors(list("abcdxy"), np.array([[9.0, 1], [8, 2], [1, 9], [2, 8], [1, 0], [0, 1]]))
    >>> found = association(table, ["a", "b"], ["c", "d"], ["x"], ["y"])
    >>> round(found.effect, 3), round(found.p, 3), found.exact
    (1.724, 0.167, True)
    """
    if permutations < 1:
        raise ValueError(f"permutations: expected at least 1, got {permutations}")
    groups = {"x": x, "y": y, "a": a, "b": b}
    known = {name: _known(vectors, name, words) for name, words in groups.items()}
    if both := sorted(set(known["x"]) & set(known["y"])):
        raise ValueError(f"x, y: expected no word in both, got {', '.join(both)}")
    missing = tuple(dict.fromkeys(word for words in groups.values() for word in words if word not in vectors))
    count = len(known["x"])
    scores = leanings(
        vectors, known["x"] + known["y"], known["a"], known["b"]
    )  # (N,), the first `count` are x
    difference = scores[:count].mean() - scores[count:].mean()
    deviation = scores.std(ddof=1)
    if deviation <= SAME:
        raise ValueError("x, y: expected words that differ, but all are equally near to a and b")
    effect = difference / deviation  # {eq}`eq-association`
    exact = comb(len(scores), count) <= permutations
    if exact:
        p = _share_of_all(scores, count)
    elif rng is None:
        raise ValueError(
            f"rng: expected a generator, as there are {comb(len(scores), count):,} divisions and at most "
            f"{permutations:,} are looked at"
        )
    else:
        p = _share_of_drawn(scores, count, permutations, rng)
    return Association(float(effect), float(difference), p, exact, missing)


def _known(vectors: Vectors, name: str, words: Sequence[str]) -> list[str]:
    """Return the words that have a vector, each once."""
    if isinstance(words, str):
        raise TypeError(f"{name}: expected several words, as [{words!r}], got one string")
    known = [word for word in dict.fromkeys(words) if word in vectors]
    if not known:
        raise ValueError(f"{name}: expected at least one word with a vector, got {list(words)}")
    return known


def _directions(vectors: Vectors, name: str, words: Sequence[str]) -> np.ndarray:
    """Return the vectors of the words, each of length 1, (N, D)."""
    if isinstance(words, str):
        raise TypeError(f"{name}: expected several words, as [{words!r}], got one string")
    if not len(words):
        raise ValueError(f"{name}: expected at least one word, got none")
    rows = np.array([vectors[word] for word in words], dtype=np.float64)  # (N, D)
    for word, row in zip(words, rows, strict=True):
        if not row.any():
            raise ValueError(f"{name}: the vector of {word!r} is zero and has no direction")
    return unit_rows(rows)


def _share_of_all(scores: np.ndarray, count: int) -> float:
    """Go through all ways to choose `count` of (N,) scores: the share of sums not below that of the first."""
    total = comb(len(scores), count)
    places = np.fromiter(chain.from_iterable(combinations(range(len(scores)), count)), dtype=np.intp)
    sums = scores[places.reshape(total, count)].sum(axis=1)  # (C,)
    return float((sums >= scores[:count].sum() - SAME).mean())


def _share_of_drawn(scores: np.ndarray, count: int, draws: int, rng: np.random.Generator) -> float:
    """Draw ways to choose `count` of the (N,) scores; the real one counts as drawn, so it is never 0."""
    far = 0
    step = max(1, BLOCK // len(scores))
    for start in range(0, draws, step):
        shuffled = rng.permuted(np.tile(scores, (min(step, draws - start), 1)), axis=1)  # (draws, N)
        far += int((shuffled[:, :count].sum(axis=1) >= scores[:count].sum() - SAME).sum())
    return (1 + far) / (1 + draws)
