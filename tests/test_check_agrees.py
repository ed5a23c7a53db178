"""The checkers' solutions and the companion's functions say the same: neither can drift from the other."""

from typing import Any

import numpy as np
import pytest

from companion import text
from companion.check import exercises
from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import embedding, losses
from companion.text.bpe_training import learn_merges


def bpe_step(words: dict[tuple[str, ...], int]) -> tuple[tuple[str, str], dict[tuple[str, ...], int]]:
    """Take one merge of the companion's training; its ids follow the alphabet."""
    symbols = sorted({symbol for word in words for symbol in word})
    ids = [[symbols.index(symbol) for symbol in word] for word in words]
    ((left, right),) = learn_merges(ids, list(words.values()), len(symbols), 1, 1)
    symbols.append(symbols[left] + symbols[right])
    merged = {tuple(symbols[i] for i in word): n for word, n in zip(ids, words.values(), strict=True)}
    return (symbols[left], symbols[right]), merged


def gradient(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    _, cache = embedding.forward({"weight": np.zeros((size, dy.shape[1]))}, ids, padding)
    return embedding.backward(cache, dy)[1]["weight"]


COMPANION: dict[str, Any] = {
    "tv-one-hot": text.one_hot,
    "tv-ngrams": text.ngrams_up_to,
    "tv-vocabulary": lambda words, specials: list(text.Vocabulary.fit([words], specials=specials).tokens),
    "tv-pad": lambda sequences, length, value: text.pad(sequences, length, value=value),
    "tv-bag-of-words": text.bag_of_words,
    "tv-birthday": text.collision_probability,
    "tv-bpe-step": bpe_step,
    "tv-tfidf": text.tfidf,
    "emb-lookup": lambda E, ids: embedding.forward({"weight": E}, ids)[0],
    "emb-scatter-add": gradient,
    "emb-bce": lambda logits, targets: losses.binary_cross_entropy(logits, targets)[0],
}
"""emb-frozen-step, emb-cosine and emb-nearest ask for what the companion has in another form."""


def test_every_exercise_is_compared_but_three() -> None:
    assert set(exercises()) - set(COMPANION) == {"emb-frozen-step", "emb-cosine", "emb-nearest"}


@pytest.mark.parametrize("name", COMPANION)
def test_the_companion_gives_the_same(name: str) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), COMPANION[name](*arguments)) is None, arguments
