"""The checkers' solutions and the companion's functions say the same: neither can drift from the other."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from test_check_attention import COMPANION as ATTENTION
from test_check_beam_search import COMPANION as BEAM_SEARCH
from test_check_bidirectional import COMPANION as BIDIRECTIONAL
from test_check_bleu import COMPANION as BLEU
from test_check_bptt import COMPANION as BPTT
from test_check_convnets import COMPANION as CONVNETS
from test_check_deep_rnn import COMPANION as DEEP_RNN
from test_check_labelling import COMPANION as LABELLING
from test_check_language_models import COMPANION as LANGUAGE_MODELS
from test_check_leaky_units import COMPANION as LEAKY_UNITS
from test_check_learning_embeddings import COMPANION as LEARNING_EMBEDDINGS
from test_check_lstm_gru import COMPANION as LSTM_GRU
from test_check_rnn import COMPANION as RNN
from test_check_seq2seq import COMPANION as SEQ2SEQ
from test_check_teacher_forcing import COMPANION as TEACHER_FORCING
from test_check_vanishing_gradients import COMPANION as VANISHING_GRADIENTS

from companion import text
from companion.check import exercises
from companion.check.compare import difference
from companion.check.library import find
from companion.check.verdict import SEED
from companion.reference import dependence, embedding, losses, optim, rnn, spectrogram
from companion.text.bpe_training import learn_merges
from companion.vectors import Vectors


def bpe_step(words: dict[tuple[str, ...], int]) -> tuple[tuple[str, str], dict[tuple[str, ...], int]]:
    """Take one merge of the companion's training; its ids follow the alphabet."""
    symbols = sorted({symbol for word in words for symbol in word})
    ids = [[symbols.index(symbol) for symbol in word] for word in words]
    ((left, right),) = learn_merges(ids, list(words.values()), len(symbols), 1, 1)
    symbols.append(symbols[left] + symbols[right])
    merged: Counter[tuple[str, ...]] = Counter()
    for word, count in zip(ids, words.values(), strict=True):
        merged[tuple(symbols[i] for i in word)] += count
    return (symbols[left], symbols[right]), dict(merged)


def gradient(ids: np.ndarray, dy: np.ndarray, size: int, padding: int | None) -> np.ndarray:
    _, cache = embedding.forward({"weight": np.zeros((size, dy.shape[1]))}, ids, padding)
    return embedding.backward(cache, dy)[1]["weight"]


def frozen_step(E: np.ndarray, dE: np.ndarray, rate: float, frozen: np.ndarray) -> np.ndarray:
    """Take one step of the companion's descent; each row of the table is a parameter of its own."""
    rows, grads = ({str(i): row for i, row in enumerate(table)} for table in (E, dE))
    stepped = optim.sgd_step(rows, grads, rate, [str(i) for i in np.flatnonzero(frozen)])
    return np.array([stepped[name] for name in rows])


def cosine(E: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Ask the companion row by row; it refuses a vector of zeros, to which the exercise gives 0."""
    vectors = named(E)
    return np.array(
        [vectors.similarity(word, v) if vectors[word].any() and v.any() else 0.0 for word in vectors]
    )


def nearest(E: np.ndarray, word: int, k: int) -> np.ndarray:
    return np.array([int(near) for near, _ in named(E).nearest(str(word), k)])


def named(E: np.ndarray) -> Vectors:
    """Name each row by its number."""
    return Vectors([str(i) for i in range(len(E))], E)


def last_states(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Let a recurrent layer that remembers nothing hand its inputs on, and take its last state."""
    units, far = states.shape[2], 100.0  # relu lets what lies above zero through
    params = {name: np.zeros(units) for name in ("bias_ih_l0", "bias_hh_l0")}
    params |= {"weight_ih_l0": np.eye(units), "weight_hh_l0": np.zeros((units, units))}
    return rnn.forward(params, states + far, lengths=lengths, nonlinearity="relu")[1] - far


def name_labels(T: int, names: list[tuple[int, int]]) -> list[int]:
    """Add up the names' beginnings and ends: the running sum is 1 inside a name."""
    steps = np.zeros(T + 1, int)
    for first, last in names:
        steps[first - 1] += 1
        steps[last] -= 1
    return [int(label) for label in np.cumsum(steps)[:T]]


COMPANION: dict[str, Any] = {
    "seq-frames": spectrogram.frame_count,
    "seq-time-major": lambda x: torch.tensor(x).swapaxes(0, 1).numpy(),
    "seq-lengths": lambda ids, padding: np.array(
        [len(np.trim_zeros(row - padding, "b")) for row in ids], int
    ),
    "seq-last": last_states,
    "seq-labels": name_labels,
    "seq-shift": lambda ids: tuple(np.lib.stride_tricks.sliding_window_view(np.r_[ids, 0], 2)[:-1].T),
    "seq-autocorrelation": dependence.autocorrelation,
    "seq-spectrogram": spectrogram.spectrogram,
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
    "emb-frozen-step": frozen_step,
    "emb-cosine": cosine,
    "emb-nearest": nearest,
    **BIDIRECTIONAL,
    **BEAM_SEARCH,
    **BLEU,
    **BPTT,
    **LANGUAGE_MODELS,
    **TEACHER_FORCING,
    **VANISHING_GRADIENTS,
    **LEAKY_UNITS,
    **LSTM_GRU,
    **CONVNETS,
    **DEEP_RNN,
    **SEQ2SEQ,
    **LABELLING,
    **ATTENTION,
}


def test_every_exercise_is_compared() -> None:
    assert set(exercises()) == set(COMPANION) | set(LEARNING_EMBEDDINGS) | set(RNN)


@pytest.mark.parametrize("name", COMPANION)
def test_the_companion_gives_the_same(name: str) -> None:
    for arguments in find(name).cases(np.random.default_rng(SEED)):
        assert difference(find(name).solution(*arguments), COMPANION[name](*arguments)) is None, arguments
