"""All exercises of the book, by name."""

import difflib

from companion.check import (
    attention,
    beam_search,
    bidirectional,
    bleu,
    bptt,
    convnets,
    deep_rnn,
    embeddings,
    labelling,
    language_models,
    leaky_units,
    learning_embeddings,
    lstm_gru,
    rnn,
    seq2seq,
    sequences,
    teacher_forcing,
    text_vectorization,
    vanishing_gradients,
)
from companion.check.exercise import Exercise

_CHAPTERS = (
    sequences,
    text_vectorization,
    embeddings,
    learning_embeddings,
    rnn,
    bptt,
    language_models,
    teacher_forcing,
    vanishing_gradients,
    leaky_units,
    lstm_gru,
    bidirectional,
    deep_rnn,
    convnets,
    labelling,
    seq2seq,
    attention,
    beam_search,
    bleu,
)  # in the order of the book
_ALL = {e.name: e for chapter in _CHAPTERS for e in chapter.EXERCISES}


def exercises() -> dict[str, str]:
    """Return the name of every exercise, in the order of the book, and how its function is called.

    Examples
    --------
    >>> exercises()["tv-pad"]
    'pad(sequences, length, value)'
    """
    return {name: exercise.call for name, exercise in _ALL.items()}


def find(name: str) -> Exercise:
    """Return an exercise.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if name not in _ALL:
        close = difflib.get_close_matches(str(name), _ALL, n=1, cutoff=0.4)
        near = f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(_ALL)}"
        raise ValueError(f"name: expected an exercise of the book, got {name!r}{near}")
    return _ALL[name]
