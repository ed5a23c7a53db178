"""The Brown corpus: a million words of American prose of 1961, in sentences, with part-of-speech tags."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from companion.data.archives import walk
from companion.data.cache import DataDamaged
from companion.data.fetch import fetch
from companion.data.prepared import prepared
from companion.data.registry import BROWN

COUNTS = (500, 57_340, 1_161_192)  # texts, sentences, tokens
STRINGS = ("text_ids", "text_genres", "word_types", "tag_types")
NUMBERS = ("word_ids", "tag_ids", "sentence_starts", "text_starts")


@dataclass(frozen=True, eq=False)
class Brown:
    """The corpus, or a part of it, as numbers into two lists of strings; the strings on demand.

    Attributes
    ----------
    text_ids, text_genres : tuple of str
        For each text its name, such as ``ca01``, and its genre, such as ``news``.
    word_types, tag_types : tuple of str
        Every different word and tag of the whole corpus, in the order of first appearance.
    word_ids, tag_ids : (N,) int32, (N,) int16
        For each token its place in `word_types` and in `tag_types`.
    sentence_starts : (S + 1,) int32
        Sentence s is the tokens ``sentence_starts[s]`` to ``sentence_starts[s + 1]``.
    text_starts : (T + 1,) int32
        Text t is the sentences ``text_starts[t]`` to ``text_starts[t + 1]``.
    """

    text_ids: tuple[str, ...]
    text_genres: tuple[str, ...]
    word_types: tuple[str, ...]
    tag_types: tuple[str, ...]
    word_ids: np.ndarray
    tag_ids: np.ndarray
    sentence_starts: np.ndarray
    text_starts: np.ndarray

    def __repr__(self) -> str:
        return (
            f"Brown({len(self.text_ids)} texts, {len(self.sentence_starts) - 1:,} sentences, "
            f"{len(self.word_ids):,} tokens)"
        )

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that occur, in the order of the corpus."""
        return tuple(dict.fromkeys(self.text_genres))

    @cached_property
    def words(self) -> list[str]:
        """Every token, in order."""
        types = self.word_types
        return [types[i] for i in self.word_ids.tolist()]

    @cached_property
    def tags(self) -> list[str]:
        """Every token's part-of-speech tag, in order."""
        types = self.tag_types
        return [types[i] for i in self.tag_ids.tolist()]

    @cached_property
    def sentences(self) -> list[list[str]]:
        """Every sentence, as a list of words."""
        starts = self.sentence_starts.tolist()
        return [self.words[a:b] for a, b in zip(starts, starts[1:], strict=False)]

    @cached_property
    def tagged_sentences(self) -> list[list[tuple[str, str]]]:
        """Every sentence, as a list of (word, tag)."""
        tokens = list(zip(self.words, self.tags, strict=True))
        starts = self.sentence_starts.tolist()
        return [tokens[a:b] for a, b in zip(starts, starts[1:], strict=False)]

    def genre(self, *names: str) -> "Brown":
        """Return the texts of these genres.

        Raises
        ------
        ValueError
            When the corpus has no such genre; the message lists those it has.
        """
        for name in names:
            if name not in self.text_genres:
                raise ValueError(f"genre: expected one of {', '.join(self.genres)}, got {name!r}")
        return self._select([t for t, genre in enumerate(self.text_genres) if genre in names])

    def text(self, *names: str) -> "Brown":
        """Return the texts of these names, in the order of the corpus.

        Raises
        ------
        ValueError
            When the corpus has no such text.
        """
        for name in names:
            if name not in self.text_ids:
                raise ValueError(f"text: expected a name such as {self.text_ids[0]!r}, got {name!r}")
        return self._select([t for t, text in enumerate(self.text_ids) if text in names])

    def _select(self, texts: list[int]) -> "Brown":
        """Return the corpus of these texts alone."""
        per_text = np.diff(self.text_starts)  # (T,) sentences in each text
        per_sentence = np.diff(self.sentence_starts)  # (S,) tokens in each sentence
        chosen = np.zeros(len(per_text), dtype=bool)  # (T,)
        chosen[texts] = True
        sentences = np.repeat(chosen, per_text)  # (S,)
        tokens = np.repeat(sentences, per_sentence)  # (N,)
        return Brown(
            tuple(self.text_ids[t] for t in texts),
            tuple(self.text_genres[t] for t in texts),
            self.word_types,
            self.tag_types,
            self.word_ids[tokens],
            self.tag_ids[tokens],
            _starts(per_sentence[sentences]),
            _starts(per_text[chosen]),
        )


def load_brown() -> Brown:
    """Load the Brown corpus: 500 texts in 15 genres, 57,340 sentences, 1,161,192 tokens.

    Words are as printed, with capitals and punctuation marks; quotation marks open with two backquotes and
    close with two apostrophes. A tag is the corpus's own, with its suffixes (``nn-tl``: a noun in a title,
    ``nn-hl``: in a headline).

    Returns
    -------
    Brown
        `words`, `sentences`, `tags`, `tagged_sentences`; `genre("news")` and `text("ca01")` are parts of it.

    Raises
    ------
    DataUnavailable
        When the corpus can neither be found nor fetched; the message says how to supply it by hand.

    References
    ----------
    W. N. Francis and H. Kučera, *A Standard Corpus of Present-Day Edited American English*, Brown University,
    1964.

    Examples
    --------
    >>> brown = load_brown()
    >>> brown
    Brown(500 texts, 57,340 sentences, 1,161,192 tokens)
    >>> brown.sentences[0][:6]
    ['The', 'Fulton', 'County', 'Grand', 'Jury', 'said']
    >>> brown.genre("humor").tagged_sentences[0][:3]
    [('It', 'pps'), ('was', 'bedz'), ('among', 'in')]
    """
    return prepared(BROWN, "tokens-1", _prepare, _open)


def _open(folder: Path) -> Brown:
    """Open what `_prepare` wrote."""
    strings = json.loads((folder / "strings.json").read_text(encoding="utf-8"))
    with np.load(folder / "numbers.npz", allow_pickle=False) as numbers:
        return Brown(
            tuple(strings["text_ids"]),
            tuple(strings["text_genres"]),
            tuple(strings["word_types"]),
            tuple(strings["tag_types"]),
            numbers["word_ids"],
            numbers["tag_ids"],
            numbers["sentence_starts"],
            numbers["text_starts"],
        )


def _prepare(folder: Path) -> None:
    """Read the archive once and write the corpus as numbers and strings."""
    files = {
        name.removeprefix("package/"): b"".join(blocks).decode("ascii")
        for name, blocks in walk(fetch(BROWN), BROWN.unpacked)
        if re.fullmatch(r"package/(c[a-r]\d\d|cats\.txt)", name)
    }
    genres = dict(line.split() for line in files.pop("cats.txt").splitlines())
    brown = _parse(dict(sorted(files.items())), genres)
    found = (len(brown.text_ids), len(brown.sentence_starts) - 1, len(brown.word_ids))
    if found != COUNTS:
        raise DataDamaged(f"data set 'brown': expected {COUNTS} texts, sentences and tokens, got {found}")
    strings = json.dumps({name: getattr(brown, name) for name in STRINGS})
    (folder / "strings.json").write_text(strings, encoding="utf-8")
    np.savez(folder / "numbers.npz", **{name: getattr(brown, name) for name in NUMBERS})


def _parse(files: dict[str, str], genres: dict[str, str]) -> Brown:
    """Parse the tagged texts: a sentence a line, a token is word/tag, and the last slash divides them."""
    words: dict[str, int] = {}
    tags: dict[str, int] = {}
    word_ids: list[int] = []
    tag_ids: list[int] = []
    per_sentence: list[int] = []
    per_text: list[int] = []
    for content in files.values():
        sentences = [tokens for line in content.splitlines() if (tokens := line.split())]
        for tokens in sentences:
            for token in tokens:
                word, _, tag = token.rpartition("/")
                word_ids.append(words.setdefault(word, len(words)))
                tag_ids.append(tags.setdefault(tag, len(tags)))
            per_sentence.append(len(tokens))
        per_text.append(len(sentences))
    return Brown(
        tuple(files),
        tuple(genres[name] for name in files),
        tuple(words),
        tuple(tags),
        np.array(word_ids, dtype=np.int32),
        np.array(tag_ids, dtype=np.int16),
        _starts(per_sentence),
        _starts(per_text),
    )


def _starts(lengths: Iterable[int]) -> np.ndarray:
    """Return the n places where runs of these (n,) lengths start, and the one where the last ends."""
    return np.concatenate([[0], np.cumsum(np.array(lengths, dtype=np.int32))]).astype(np.int32)
