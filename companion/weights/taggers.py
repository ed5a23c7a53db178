"""Saved taggers: the parameters of the reference, with the words, letters and tags that they know."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from companion.reference import character_features, embedding, lstm, tagger
from companion.text.spelling import spell
from companion.text.vocabulary import PAD, UNK, Vocabulary
from companion.weights import load

FEATURES = "features."


class TrainedTagger(NamedTuple):
    """A tagger out of a file, in double precision, which the reference runs.

    Its recurrent layers are LSTMs. What they read are vectors of words, joined with what the letters say
    where there are parameters for them.
    """

    features: dict[str, np.ndarray]
    """For :mod:`companion.reference.character_features`; or ``words.weight`` alone."""
    params: dict[str, np.ndarray]
    """For :mod:`companion.reference.tagger`."""
    words: Vocabulary
    letters: Vocabulary
    tags: tuple[str, ...]
    longest: int
    """How many letters of a word are read."""

    def read(self, words: Sequence[str]) -> np.ndarray:
        """Return what the recurrent layers read of a sentence, (T, 1, F)."""
        ids = np.array(self.words.encode(words), dtype=np.int64)[:, None]  # (T, 1)
        if set(self.features) == {"words.weight"}:
            return embedding.forward({"weight": self.features["words.weight"]}, ids)[0]
        characters, spelled = spell([words], self.letters, self.longest)
        return character_features.forward(self.features, ids, characters, spelled, lstm)[0]

    def logits(self, words: Sequence[str]) -> np.ndarray:
        """Score every tag for every word of a sentence, (T, K).

        Examples
        --------
        >>> load_tagger("labelled-spans", "names").logits(["Jim", "left"]).shape
        (2, 9)
        """
        if not len(words):
            return np.zeros((0, len(self.tags)))
        return tagger.forward(self.params, self.read(words), layer=lstm)[0][:, 0]

    def tag(self, words: Sequence[str]) -> list[str]:
        """Give each word of a sentence its most probable tag.

        Examples
        --------
        >>> load_tagger("labelled-spans", "names").tag("Yesterday , Harry Potter met Hermione .".split())
        ['O', 'O', 'B-person', 'I-person', 'O', 'B-person', 'O']
        """
        return [self.tags[k] for k in self.logits(words).argmax(axis=-1)]


def load_tagger(file: str, name: str) -> TrainedTagger:
    """Open one of the taggers of a file.

    Parameters
    ----------
    file
        ``"labelled-spans"`` or ``"parts-of-speech"``, as for :func:`companion.weights.load`.
    name
        Which of the file's taggers: ``"names"``, ``"addresses"``; ``"words alone"``, ``"words, letters"``.

    Raises
    ------
    ValueError
        As :func:`companion.weights.load`; or if the file holds no such tagger.
    """
    weights = load(file)
    names = sorted({key.split("/")[0] for key in weights.tensors if f"/{FEATURES}" in key})
    if name not in names:
        raise ValueError(f"name: expected one of {', '.join(names) or 'none'}, got {name!r}")
    of_all, of_one = weights.settings, weights.settings.get(name)
    settings = of_all | of_one if isinstance(of_one, dict) else of_all
    own = weights.of(name)
    return TrainedTagger(
        {key.removeprefix(FEATURES): value for key, value in own.items() if key.startswith(FEATURES)},
        {key: value for key, value in own.items() if not key.startswith(FEATURES)},
        _numbered(settings["words"]),
        _numbered(settings["letters"]),
        tuple(settings["tags"]),
        int(settings["longest"]),
    )


def _numbered(tokens: Sequence[str]) -> Vocabulary:
    """Give the tokens the numbers of their places; how often each occurred is no longer known."""
    return Vocabulary(tuple(tokens), tuple(range(len(tokens), 0, -1)), (PAD, UNK))
