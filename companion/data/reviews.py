"""Rated sentences from four domains: film reviews, newspaper editorials, tweets and product reviews."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from companion.data.archives import read
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.registry import REVIEWS

INNER_LIMIT = 6_404_608  # bytes that the inner archive unpacks to
DOMAINS = {
    "movies": "movieReviewSnippets_GroundTruth.txt",
    "editorials": "nytEditorialSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
    "products": "amazonReviewSnippets_GroundTruth.txt",
}


class Review(NamedTuple):
    """One rated sentence: its id in its file, the mean rating from -4 to 4, the text, the domain."""

    id: str
    score: float
    text: str
    domain: str


@dataclass(frozen=True, eq=False)
class Reviews:
    """Rated sentences as parallel columns.

    Attributes
    ----------
    ids : tuple of str
        ``"17"`` in movies and tweets; in editorials and products ``"12_3"``: sentence 3 of piece 12.
    scores : (N,) float64
        The mean of some twenty people's ratings, from -4 (extremely negative) to 4 (extremely positive).
    texts : tuple of str
        The text as it stands in the file.
    domains : tuple of str
        ``movies``, ``editorials``, ``tweets`` or ``products``.
    """

    ids: tuple[str, ...]
    scores: np.ndarray
    texts: tuple[str, ...]
    domains: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, i: int) -> Review:
        return Review(self.ids[i], float(self.scores[i]), self.texts[i], self.domains[i])

    def __iter__(self) -> Iterator[Review]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Reviews({len(self):,} sentences: {', '.join(dict.fromkeys(self.domains))})"

    def take(self, rows: Sequence[int] | np.ndarray) -> "Reviews":
        """Return these rows in this order, or the rows where a boolean (N,) array is true.

        Raises
        ------
        IndexError
            When there is no such row, or the boolean array is not of length N.

        Examples
        --------
        >>> films = load_reviews("movies")
        >>> films.take(films.scores > 3.9).texts
        ("One of the greatest films I've ever seen.",)
        """
        chosen = np.arange(len(self))[list(rows)]  # (n,)
        return Reviews(
            tuple(self.ids[i] for i in chosen),
            self.scores[chosen],
            tuple(self.texts[i] for i in chosen),
            tuple(self.domains[i] for i in chosen),
        )


class Split(NamedTuple):
    """Three parts that share no article, no product review and, within a domain, no text."""

    train: Reviews
    validation: Reviews
    test: Reviews


def load_reviews(domain: str | None = None) -> Reviews:
    """Load the rated sentences of one domain, or all 23,703.

    ========== ========= ======================================================
    domain     sentences what they are
    ========== ========= ======================================================
    movies        10,605 one critic's sentence or two about a film
    editorials     5,190 sentences of 498 opinion pieces of the New York Times
    tweets         4,200 tweets, with names and addresses replaced
    products       3,708 sentences of 300 Amazon reviews of five products
    ========== ========= ======================================================

    Texts stand as in the files: some hold ``&amp;``, the films have a space in place of every hyphen (``old
    fashioned``). **The films are sorted**, the recommended ones first: of the first 5,000 rows 96.5 % are
    rated above 0, of the last 5,000 5.2 %. Taking the last tenth for validation would validate on bad reviews
    alone; use `split`.

    Parameters
    ----------
    domain : str, optional
        ``movies``, ``editorials``, ``tweets`` or ``products``; all of them, in that order, when left out.

    Raises
    ------
    ValueError
        When there is no such domain.
    DataUnavailable
        When the data can neither be found nor fetched; the message says how to supply them by hand.

    References
    ----------
    C. J. Hutto and E. Gilbert, *VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
    Text*, ICWSM 2014. The film sentences are those of B. Pang and L. Lee, rated anew.

    Examples
    --------
    >>> films = load_reviews("movies")
    >>> films
    Reviews(10,605 sentences: movies)
    >>> films[2]
    Review(id='3', score=-0.6, text='Effective but too tepid biopic', domain='movies')
    >>> float((films.scores[:5000] > 0).mean()), float((films.scores[-5000:] > 0).mean())
    (0.965, 0.0516)
    """
    if domain is not None and domain not in DOMAINS:
        raise ValueError(f"domain: expected one of {', '.join(DOMAINS)}, got {domain!r}")
    everything = _everything()
    if domain is None:
        return everything
    return everything.take([i for i, other in enumerate(everything.domains) if other == domain])


def split(reviews: Reviews, validation: float = 0.1, test: float = 0.1) -> Split:
    """Divide into training, validation and test parts, the same on every machine.

    Sentences of one article or product review stay together, and so do those of a domain with the same words
    (some tweets occur twice), so that nothing learned by heart pays in the test. The films' ids do not tell
    which film a sentence is about: two sentences about one film may be divided. A SHA-256 of its group's name
    alone decides into which part a sentence falls: this does not depend on what else is loaded, and the parts
    have their sizes only approximately.

    Parameters
    ----------
    reviews : Reviews
        What to divide.
    validation, test : float
        The share of each of these parts, at least 0, less than 1 together.

    Returns
    -------
    Split
        `train`, `validation`, `test`, each in the order of the file.

    Raises
    ------
    ValueError
        When the shares are out of range.

    Examples
    --------
    >>> parts = split(load_reviews("movies"))
    >>> [len(part) for part in parts]
    [8469, 1062, 1074]
    """
    if not (validation >= 0 and test >= 0 and validation + test < 1):
        raise ValueError(
            f"validation, test: expected shares >= 0 and together < 1, got {validation} and {test}"
        )
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for row, group in enumerate(_groups(reviews)):
        digest = hashlib.sha256(group.encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64  # uniform in [0, 1)
        parts[2 if place < test else 1 if place < test + validation else 0].append(row)
    return Split(*(reviews.take(rows) for rows in parts))


def _groups(reviews: Reviews) -> list[str]:
    """Return for each row the name of its group: rows that share a review or a text have the same one."""
    parent: dict[str, str] = {}  # a forest: who has no parent is a group's name

    def root(key: str) -> str:
        while key in parent:
            key = parent[key]
        return key

    sources = [f"{review.domain} {review.id.partition('_')[0]}" for review in reviews]
    texts = [f"{review.domain} text {' '.join(review.text.casefold().split())}" for review in reviews]
    for source, text in zip(sources, texts, strict=True):
        a, b = root(source), root(text)
        if a != b:
            parent[b] = a
    return [root(source) for source in sources]


@lru_cache(maxsize=1)
def _everything() -> Reviews:
    """Read all the domains, from the archive inside the archive."""
    outer, *files = REVIEWS.members
    inner = read(fetch(REVIEWS), REVIEWS.unpacked, [outer])[outer.path]
    contents = read(io.BytesIO(inner), INNER_LIMIT, files)
    rows = []
    for domain, name in DOMAINS.items():
        content = contents[REVIEWS.member(name).path].decode("utf-8")
        for line in content.removesuffix("\r\n").split("\r\n"):
            columns = line.split("\t")
            if len(columns) != 3:
                raise DataDamaged(f"data set 'reviews': {name}: expected id, score, text, got {line!r}")
            rows.append(Review(columns[0], float(columns[1]), columns[2], domain))
    ids, scores, texts, domains = zip(*rows, strict=True)
    column = np.array(scores)  # (N,)
    column.flags.writeable = False  # it is kept for the next call
    return Reviews(ids, column, texts, domains)
