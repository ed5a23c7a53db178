"""`word_map`: words where t-SNE, or anything else, has put them, to be searched and moved in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from companion.explore.explorer import LIMIT_BYTES
from companion.explore.map_page import Drawn, page

LIMIT_GROUPS = 6
LIMIT_NEIGHBOURS = 12
EXTENT = 10_000
"""The longer side of the map in the integers that are stored: a fifteenth of a pixel on a page."""

_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))  # within a Persian or an Indic word they are spelling


@dataclass(frozen=True)
class WordMap:
    """What `word_map` returns; a notebook shows it.

    Attributes
    ----------
    words : tuple of str
        The words, as they were given.
    description : str
        The caption.
    html : str
        Everything that JupyterLab or the built page needs.
    """

    words: tuple[str, ...]
    description: str
    html: str

    @property
    def size(self) -> int:
        """Bytes of HTML."""
        return len(self.html.encode())

    def __repr__(self) -> str:
        """Say what is on the map: the same sentence on every machine."""
        return f"WordMap: {len(self.words):,} words. {self.description}"

    def _repr_html_(self) -> str:
        return self.html


def word_map(
    words: Sequence[str],
    xy: ArrayLike,
    *,
    description: str,
    alt: str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    neighbours: ArrayLike | None = None,
    space: str = "the original space",
    start: str | None = None,
) -> WordMap:
    """Draw words on a map that a reader can search, enlarge and move.

    It works in JupyterLab and in the built page alike, without a kernel. Names appear as there is room, the
    first words first. A word that is searched for or pointed at is named with its neighbours: they are those
    of the space, which the map may have torn away, so a line is drawn to each. Without JavaScript the whole
    map is a still picture.

    Parameters
    ----------
    words : sequence of str
        V different words, the commonest first.
    xy : array_like
        (V, 2), where each stands, y upwards, in any unit; both axes keep one scale.
    description : str
        What there is to see, for everybody: the caption.
    alt : str, optional
        What the picture shows, in words. By default how many words and which groups.
    groups : mapping, optional
        Up to six: name -> its words, which get a colour. The others are grey.
    neighbours : array_like, optional
        (V, k) integers, k at most 12: the rows of each word's neighbours, the nearest first.
    space : str
        What the text calls the space where they are neighbours: ``"50 dimensions"``.
    start : str, optional
        The word that is chosen first.

    Returns
    -------
    WordMap
        The last line of a cell shows it.

    Raises
    ------
    TypeError, ValueError
        If a word is no text or stands twice, a coordinate is not finite, the lengths differ, a group or
        ``start`` names a word that is not there, a neighbour is out of range, or all is larger than 1.5 MB.

    Examples
    --------
    >>> word_map(["cat", "dog", "Paris"], [[0, 0], [1, 0], [9, 9]], description="Two animals and a city.")
    WordMap: 3 words. Two animals and a city.
    """
    names = _words(words)
    rows = {word: row for row, word in enumerate(names)}
    places, size = _places(xy, len(names))  # (V, 2) integers, y downwards
    _expect_sentence("description", description)
    titles, colours = _groups(groups or {}, rows)
    near = _neighbours(neighbours, names)
    if alt is None:
        told = f", in colour: {', '.join(titles)}" if titles else ""
        alt = f"Map of {len(names):,} words{told}."
    _expect_sentence("alt", alt)
    _expect_sentence("space", space)
    if start is not None and start not in rows:
        raise ValueError(f"start: expected one of the words, got {start!r}")
    drawn = Drawn(names, places, size, titles, colours, near, space, -1 if start is None else rows[start])
    made = WordMap(names, description, page(drawn, description, alt))
    if made.size > LIMIT_BYTES:
        raise ValueError(
            f"words: expected at most {LIMIT_BYTES / 1e6:g} MB in all, got {made.size / 1e6:.2f}"
        )
    return made


def _words(words: Sequence[str]) -> tuple[str, ...]:
    if isinstance(words, str):
        raise TypeError("words: expected a sequence of strings, got one string")
    seen: dict[str, int] = {}
    for row, word in enumerate(words):
        if not isinstance(word, str):
            raise TypeError(f"words: expected strings, got {type(word).__name__} at {row}")
        if not word.strip() or not word.translate(_JOINERS).isprintable():
            raise ValueError(f"words: expected printable text, got {word!r} at {row}")
        if seen.setdefault(word, row) != row:
            raise ValueError(f"words: {word!r} at {row} was already at {seen[word]}")
    if len(seen) < 2:
        raise ValueError(f"words: expected two or more, got {len(seen)}")
    return tuple(seen)


def _places(xy: ArrayLike, count: int) -> tuple[np.ndarray, tuple[int, int]]:
    """Return integer places, from the upper left corner, and the map's width and height."""
    given = np.asarray(xy, dtype=np.float64)
    if given.shape != (count, 2):
        raise ValueError(f"xy: expected ({count}, 2), a row for each word, got {given.shape}")
    if not np.isfinite(given).all():
        row, column = np.argwhere(~np.isfinite(given))[0]
        raise ValueError(f"xy: expected finite numbers, got {given[row, column]} at row {row}")
    low, high = given.min(axis=0), given.max(axis=0)
    longer = float((high - low).max())
    if not longer > 0:
        raise ValueError(f"xy: expected different places, got {given[0].tolist()} for every word")
    scaled = (given - low) * (EXTENT / longer)
    scaled[:, 1] = (high[1] - low[1]) * (EXTENT / longer) - scaled[:, 1]
    places = np.rint(scaled).astype(np.int64)
    return places, (int(places[:, 0].max()), int(places[:, 1].max()))


def _groups(
    groups: Mapping[str, Sequence[str]], rows: Mapping[str, int]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the groups' names, and for each word the number of its group from 1 on, 0 for none."""
    if len(groups) > LIMIT_GROUPS:
        raise ValueError(
            f"groups: expected at most {LIMIT_GROUPS}, as many as have a colour, got {len(groups)}"
        )
    colours = np.zeros(len(rows), dtype=np.int64)
    titles = tuple(groups)
    for number, (title, members) in enumerate(groups.items(), 1):
        _expect_sentence("groups: a name", title)
        if isinstance(members, str):
            raise TypeError(f"groups: expected a sequence of words in {title!r}, got one string")
        for word in members:
            if word not in rows:
                raise ValueError(f"groups: expected words of the map in {title!r}, got {word!r}")
            if colours[rows[word]] not in (0, number):
                other = titles[colours[rows[word]] - 1]
                raise ValueError(f"groups: {word!r} is in {other!r} and in {title!r}")
            colours[rows[word]] = number
    return titles, colours


def _neighbours(neighbours: ArrayLike | None, words: tuple[str, ...]) -> np.ndarray:
    """Return the neighbours' rows, (V, k); (V, 0) where none are given."""
    if neighbours is None:
        return np.zeros((len(words), 0), dtype=np.int64)
    near = np.asarray(neighbours)
    if not np.issubdtype(near.dtype, np.integer):
        raise TypeError(f"neighbours: expected integers, the rows of words, got {near.dtype}")
    if near.ndim != 2 or len(near) != len(words) or not 1 <= near.shape[1] <= LIMIT_NEIGHBOURS:
        expected = f"({len(words)}, k), k from 1 to {LIMIT_NEIGHBOURS}"
        raise ValueError(f"neighbours: expected {expected}, got {near.shape}")
    outside = np.argwhere((near < 0) | (near >= len(words)))
    if len(outside):
        row, column = outside[0]
        raise ValueError(
            f"neighbours: expected rows from 0 to {len(words) - 1}, "
            f"got {near[row, column]} for {words[row]!r}"
        )
    for row, found in enumerate(near.tolist()):
        if row in found or len(set(found)) < len(found):
            raise ValueError(f"neighbours: expected different other words, got {found} for {words[row]!r}")
    return near


def _expect_sentence(name: str, text: object) -> None:
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name}: expected a text, got {text!r}")
