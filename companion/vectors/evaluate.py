"""How good are word vectors? Two public kinds of test: people's ratings of pairs of words, and analogies.

Both tests ask only about the first ``restrict`` words, which are the commonest where the table is sorted by
frequency, as every program that learns vectors writes it; and both take capital and small letters for the
same. These are the rules, and the defaults, of gensim's ``evaluate_word_pairs`` and
``evaluate_word_analogies``, so that numbers can be compared.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np

from companion.vectors import search
from companion.vectors._asked import Asked
from companion.vectors.table import Vectors

METHODS: dict[str, search.Method] = {"add": "3CosAdd", "mul": "3CosMul"}

Pair = tuple[str, str, float]
Sections = Mapping[str, Sequence[Sequence[str]]]


class Sectioned(Protocol):
    """Questions in sections, as ``companion.data.load_analogies()`` gives them."""

    @property
    def sections(self) -> Sections:
        """The questions (a, b, c, d) of each section."""


class SimilarityResult(NamedTuple):
    """Correlations with people's ratings, and how many of the pairs could be asked.

    Attributes
    ----------
    spearman, pearson : float
        The correlation of the ranks ({eq}`eq-spearman`) and that of the numbers, in [-1, 1].
    covered, total : int
        How many pairs have both words in the table, and how many pairs there are.
    """

    spearman: float
    pearson: float
    covered: int
    total: int


class Count(NamedTuple):
    """How many questions were answered rightly, could be asked, and are there."""

    correct: int
    covered: int
    total: int

    @property
    def accuracy(self) -> float:
        """The share that is right of those that could be asked; nan when none could."""
        return self.correct / self.covered if self.covered else float("nan")

    @property
    def accuracy_of_all(self) -> float:
        """The share that is right of all, what could not be asked being wrong; nan when there are none."""
        return self.correct / self.total if self.total else float("nan")


@dataclass(frozen=True)
class AnalogyResult:
    """Answers to analogies, counted by section.

    Attributes
    ----------
    sections : dict of str to Count
        Each section's count, in the order of the questions.
    """

    sections: dict[str, Count]

    @property
    def semantic(self) -> Count:
        """The sections about things: those whose name does not begin with "gram"."""
        return _sum(count for name, count in self.sections.items() if not name.startswith("gram"))

    @property
    def syntactic(self) -> Count:
        """The sections about forms, whose names begin with "gram"."""
        return _sum(count for name, count in self.sections.items() if name.startswith("gram"))

    @property
    def total(self) -> Count:
        """All sections together."""
        return _sum(self.sections.values())

    @property
    def accuracy(self) -> float:
        """The share that is right of all the questions that could be asked; nan when none could."""
        return self.total.accuracy


def ranks(x: np.ndarray) -> np.ndarray:
    """Return the rank of each number, (N,), from 1; equal ones share the mean of the ranks they take up.

    Raises
    ------
    ValueError
        If x is not (N,), or a number is nan.

    Examples
    --------
    >>> ranks(np.array([30, 10, 20, 10]))
    array([4. , 1.5, 3. , 1.5])
    """
    values = np.asarray(x)
    if values.ndim != 1:
        raise ValueError(f"x: expected (N,), got {values.shape}")
    if np.isnan(values).any():
        raise ValueError(f"x: expected numbers, got nan at {int(np.argmax(np.isnan(values)))}")
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)  # (N,), (U,)
    last = np.cumsum(counts)  # (U,) the last rank that each different number takes up
    return (last - (counts - 1) / 2)[place]


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    r"""Return Spearman's rank correlation ({eq}`eq-spearman`): Pearson's correlation of the ranks.

    .. math:: \rho = \frac{\sum_n (r_n - \bar r)(s_n - \bar s)}
        {\sqrt{\sum_n (r_n - \bar r)^2} \sqrt{\sum_n (s_n - \bar s)^2}}

    Parameters
    ----------
    x, y
        Numbers, (N,) each; r and s are their :func:`ranks`.

    Returns
    -------
    float
        1 when both have the same order, -1 when opposite ones.

    Raises
    ------
    ValueError
        If they are not of one length of at least 2, a number is nan, or all of x or all of y are equal.

    References
    ----------
    C. Spearman, *The Proof and Measurement of Association between Two Things*, American Journal of Psychology
    15, 1904.

    Examples
    --------
    >>> round(spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 10.0, 10.0, 7.0])), 4)
    0.3162
    """
    return _pearson(ranks(x), ranks(y))  # {eq}`eq-spearman`


def similarity(
    vectors: Vectors,
    pairs: Iterable[Pair],
    *,
    restrict: int | None = 300_000,
    fold_case: bool = True,
    unknown: Literal["skip", "zero"] = "skip",
) -> SimilarityResult:
    """Correlate cosines with people's ratings.

    Parameters
    ----------
    vectors
        The table.
    pairs
        (word, word, rating), as ``companion.data.load_word_pairs(name)`` gives them.
    restrict
        Only the first so many words are in the test; all of them when None.
    fold_case
        Take capital and small letters for the same; of several such words the first in the table counts.
    unknown
        Whether a pair with a word that is not in the table is left out, "skip", or given the similarity 0,
        "zero", which gensim calls ``dummy4unknown``. A word whose vector is zero has no direction and is not
        in the table.

    Returns
    -------
    SimilarityResult
        `spearman`, `pearson`, `covered`, `total`.

    Raises
    ------
    ValueError
        If `restrict` or `unknown` is out of range, or fewer than two pairs or one similarity alone remain.

    Examples
    --------
    >>> table = Vectors(["cat", "dog", "car"], np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]]))
    >>> rated = [("Cat", "dog", 9.0), ("cat", "car", 1.0), ("dog", "car", 3.0), ("cat", "pet", 8.0)]
    >>> result = similarity(table, rated)
    >>> round(result.spearman, 4), round(result.pearson, 4), result.covered, result.total
    (1.0, 0.8462, 3, 4)
    """
    if unknown not in ("skip", "zero"):
        raise ValueError(f"unknown: expected 'skip' or 'zero', got {unknown!r}")
    asked = Asked(vectors, restrict, fold_case)
    listed = list(pairs)
    found = [asked.find(a, b) for a, b, _ in listed]
    covered = np.array([rows is not None for rows in found], dtype=bool)  # (N,)
    rows = np.array([rows for rows in found if rows is not None], dtype=np.intp).reshape(-1, 2)  # (K, 2)
    first, second = vectors.matrix[rows[:, 0]], vectors.matrix[rows[:, 1]]  # (K, D)
    cosines = np.zeros(len(listed))  # (N,)
    cosines[covered] = search.cosines(first, second.astype(np.float64))
    ratings = np.array([rating for *_, rating in listed], dtype=np.float64)  # (N,)
    if unknown == "skip":
        cosines, ratings = cosines[covered], ratings[covered]
    if len(ratings) < 2:
        raise ValueError(
            f"pairs: expected at least two whose words are in the table, got {len(rows)} of {len(listed)}"
        )
    return SimilarityResult(spearman(cosines, ratings), _pearson(cosines, ratings), len(rows), len(listed))


def analogies(
    vectors: Vectors,
    questions: Sectioned | Sections,
    method: Literal["add", "mul"] = "add",
    *,
    restrict: int | None = 300_000,
    fold_case: bool = True,
) -> AnalogyResult:
    """Ask "a is to b as c is to what?", and count the answers that are d.

    The words of the question may not answer. A question with a word that is not in the table is not asked.

    Parameters
    ----------
    vectors
        The table.
    questions
        What ``companion.data.load_analogies()`` gives, or a dict from names of sections to (a, b, c, d).
    method
        "add" for 3CosAdd ({eq}`eq-analogy-add`), "mul" for 3CosMul ({eq}`eq-analogy-mul`).
    restrict
        Only the first so many words are asked about and may answer; all of them when None.
    fold_case
        Take capital and small letters for the same: of several such words the first in the table is asked
        about, none of them may answer for itself, and any of them is the right answer.

    Returns
    -------
    AnalogyResult
        `sections`, `semantic`, `syntactic`, `total`, each with `correct`, `covered`, `total` and `accuracy`.

    Raises
    ------
    ValueError
        If `method` or `restrict` is out of range, or a question has not four words.

    References
    ----------
    T. Mikolov, K. Chen, G. Corrado and J. Dean, *Efficient Estimation of Word Representations in Vector
    Space*, 2013. O. Levy and Y. Goldberg, *Linguistic Regularities in Sparse and Explicit Word
    Representations*, CoNLL 2014.

    Examples
    --------
    >>> table = np.array([[-1, 0.1, 0], [1, 0.1, 0], [-1, 0, 1], [1, 0, 1], [0, 1, 0]])
    >>> vectors = Vectors(["man", "woman", "king", "queen", "apple"], table)
    >>> family = [("Man", "Woman", "King", "Queen"), ("man", "woman", "boy", "girl")]
    >>> analogies(vectors, {"family": family}).sections["family"]
    Count(correct=1, covered=1, total=2)
    """
    if method not in METHODS:
        raise ValueError(f"method: expected 'add' or 'mul', got {method!r}")
    sections: Sections = questions if isinstance(questions, Mapping) else questions.sections
    for name, section in sections.items():
        for place, question in enumerate(section):
            if isinstance(question, str) or len(question) != 4:
                raise ValueError(f"questions: expected four words, got {question!r} at {place} of {name!r}")
    asked = Asked(vectors, restrict, fold_case)
    found = {
        name: [rows for question in section if (rows := asked.find(*question))]
        for name, section in sections.items()
    }
    right = iter(asked.solved([rows for section in found.values() for rows in section], METHODS[method]))
    counts = {}
    for name, section in sections.items():
        correct = sum(next(right) for _ in found[name])
        counts[name] = Count(correct, len(found[name]), len(section))
    return AnalogyResult(counts)


def _sum(counts: Iterable[Count]) -> Count:
    """Add counts up."""
    listed = list(counts)
    return Count(*(sum(count[place] for count in listed) for place in range(3)))


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    """Return the correlation of x and y, (N,) each."""
    if len(x) != len(y) or len(x) < 2:
        raise ValueError(f"x, y: expected one length of at least 2, got {len(x)} and {len(y)}")
    for name, values in (("x", x), ("y", y)):
        if (values == values[0]).all():
            raise ValueError(f"{name}: expected numbers that differ, got one alone")
    x, y = x - x.mean(), y - y.mean()
    cosine = (x / np.linalg.norm(x)) @ (y / np.linalg.norm(y))
    return float(np.clip(cosine, -1, 1))
