"""companion.text beside its peers on the Brown corpus: ``python -m benchmarks.text``.

Every row does the same work twice, ours and the peer's, on the same 57,340 sentences (each one string, its
tokens joined by spaces), in one process and one thread; time is the processor's. Results are compared to the
last number.

words to ids
    Cut by Keras' rule, number the words, give each sentence's ids: `fit_and_encode`; Keras' legacy
    ``Tokenizer``, ``fit_on_texts`` and then ``texts_to_sequences``. Equal: every word of every sentence.
Keras' ids
    The same with `KerasTokenizer`, in Keras' order and as lists. Equal: the word index and all ids.
scikit-learn's counts
    Cut by its default pattern, number the words, count them by sentence into compressed sparse rows:
    `fit_and_encode` and `sparse_counts`; ``CountVectorizer().fit_transform``. Equal: words, and all counts.
counts of our words
    The same with `words` as the tokenizer of both.
BPE, training
    A thousand merges, as the `tokenizers` library, which is compiled Rust, learns them. Equal: the merges.
BPE, encoding
    All sentences, with these merges; no piece has been met before. Equal: the ids.
"""

import importlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.harness import Contest, Options, Subject, Timing, Work, always, main
from companion.data import load_brown
from companion.text import (
    BytePairEncoding,
    EncodedCorpus,
    KerasTokenizer,
    Vocabulary,
    fit_and_encode,
    visible,
    words,
)
from companion.text.keras_compat import FILTERS

VOCAB_SIZE = 1256
DEFAULT = re.compile(r"(?u)\b\w\w+\b")  # CountVectorizer's own pattern


def row(
    name: str, peer: str, ours: Work, theirs: Work, same: Callable[[Any, Any], bool], promise: str = ""
) -> Contest:
    """Return a contest of one thread each."""
    return Contest(
        name,
        "Brown corpus",
        {"companion": always(ours), peer: always(theirs)},
        peer,
        same,
        promises={"companion": promise},
        rounds=7,
        timing=Timing(time.process_time),
    )


def fit_on(tokenizer: Any, texts: list[str]) -> tuple[dict[str, int], list[list[int]]]:
    """Fit a tokenizer with Keras' interface on the texts, and give their ids."""
    tokenizer.fit_on_texts(texts)
    return tokenizer.word_index, tokenizer.texts_to_sequences(texts)


def words_to_ids(texts: list[str], peer: Any) -> Contest:
    """Fit on the texts and give their ids, by Keras' rule in our order."""
    table = str.maketrans(dict.fromkeys(FILTERS, " "))

    def ours() -> tuple[Vocabulary, EncodedCorpus]:
        return fit_and_encode(texts, lambda piece: piece.lower().translate(table).split(), specials=())

    def same(mine: Any, other: Any) -> bool:
        (vocabulary, corpus), (index, sequences) = mine, other
        keras_id = np.array([index[token] for token in vocabulary.tokens])
        lengths = [len(sequence) for sequence in sequences]
        ids = np.concatenate(sequences)
        return np.array_equal(corpus.lengths, lengths) and np.array_equal(keras_id[corpus.ids], ids)

    return row("words to ids", "keras", ours, lambda: fit_on(peer(), texts), same, "text")


def keras_ids(texts: list[str], peer: Any) -> Contest:
    """Fit on the texts and give their ids, by Keras' rule in Keras' order."""
    return row(
        "Keras' ids",
        "keras",
        lambda: fit_on(KerasTokenizer(), texts),
        lambda: fit_on(peer(), texts),
        lambda mine, other: mine == other,
        "text",
    )


def counts(
    name: str, texts: list[str], tokenize: Callable[[str], list[str]], options: dict[str, Any]
) -> Contest:
    """Fit on the texts and count their words into sparse rows."""
    vectorizer = importlib.import_module("sklearn.feature_extraction.text").CountVectorizer

    def ours() -> tuple[tuple[str, ...], tuple[np.ndarray, np.ndarray, np.ndarray]]:
        vocabulary, corpus = fit_and_encode(texts, tokenize, specials=())
        return vocabulary.tokens, corpus.sparse_counts()

    def theirs() -> tuple[dict[str, int], Any]:
        peer = vectorizer(**options)
        matrix = peer.fit_transform(texts)
        return peer.vocabulary_, matrix

    def same(mine: Any, other: Any) -> bool:
        (tokens, (indptr, indices, numbers)), (column_of, matrix) = mine, other
        matrix = matrix.sorted_indices()
        columns = np.array([column_of[token] for token in tokens])  # theirs are in code-point order
        rows = np.repeat(np.arange(len(texts)), np.diff(indptr))
        order = np.lexsort((columns[indices], rows))
        return (
            len(tokens) == len(column_of)
            and np.array_equal(indptr, matrix.indptr)
            and np.array_equal(columns[indices][order], matrix.indices)
            and np.array_equal(numbers[order], matrix.data)
        )

    return row(name, "scikit-learn", ours, theirs, same, "text")


def peer_bpe(texts: list[str]) -> Any:
    """Train the peer's BPE as ours is trained."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB_SIZE, min_frequency=2, show_progress=False, initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def bpe_training(texts: list[str]) -> Contest:
    """Learn merges from the texts."""

    def same(ours: BytePairEncoding, theirs: Any) -> bool:
        merges = json.loads(theirs.to_str())["model"]["merges"]
        return [[visible(left), visible(right)] for left, right in ours.merges] == [*map(list, merges)]

    return row(
        "BPE, training",
        "tokenizers",
        lambda: BytePairEncoding.train(texts, VOCAB_SIZE),
        lambda: peer_bpe(texts),
        same,
    )


def bpe_encoding(texts: list[str]) -> Contest:
    """Encode the texts with merges learnt before."""
    merges = BytePairEncoding.train(texts, VOCAB_SIZE).merges
    peer = peer_bpe(texts)

    def ours() -> list[list[int]]:
        bpe = BytePairEncoding(merges)
        return [bpe.encode(text) for text in texts]

    def theirs() -> list[list[int]]:
        return [encoding.ids for encoding in peer.encode_batch(texts)]

    return row("BPE, encoding", "tokenizers", ours, theirs, lambda mine, other: mine == other)


def keras_tokenizer() -> Any:
    """Import Keras' legacy tokenizer, with PyTorch as what Keras computes with."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    return importlib.import_module("keras.src.legacy.preprocessing.text").Tokenizer


def rows(texts: list[str]) -> Iterator[Contest]:
    """Yield all contests on these texts."""
    keras = keras_tokenizer()
    ours = {"tokenizer": words, "token_pattern": None, "lowercase": False}
    yield words_to_ids(texts, keras)
    yield keras_ids(texts, keras)
    yield counts("scikit-learn's counts", texts, lambda piece: DEFAULT.findall(piece.lower()), {})
    yield counts("counts of our words", texts, words, ours)
    yield bpe_training(texts)
    yield bpe_encoding(texts)


def contests(options: Options) -> Iterator[Contest]:
    """Yield the contests on the Brown corpus."""
    os.environ["RAYON_NUM_THREADS"] = "1"  # the peer's threads: as many as ours
    texts = [" ".join(sentence) for sentence in load_brown().sentences]
    yield from rows(texts[:200] if options.quick else texts)


SUBJECT = Subject(
    "text", "Text to numbers, on the 57,340 sentences of the Brown corpus; processor time", contests
)

if __name__ == "__main__":
    main(SUBJECT)
