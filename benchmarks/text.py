"""companion.text beside its peers on the Brown corpus: ``python -m benchmarks.text``.

Every row does the same work twice, ours and the peer's, on the same 57,340 sentences (each one string, its
tokens joined by spaces), in one process and one thread. Rounds alternate, and time is the processor's, so
that what else the machine does counts for neither. After the first round the two results are compared,
exactly: a fast wrong answer ends the run.

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

import argparse
import gc
import importlib
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

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
PEERS = ("keras", "scikit-learn", "tokenizers")


@dataclass(frozen=True)
class Row:
    """The same work twice, and whether the two results are the same."""

    name: str
    peer: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    same: Callable[[Any, Any], bool]


def fit_on(tokenizer: Any, texts: list[str]) -> tuple[dict[str, int], list[list[int]]]:
    """Fit a tokenizer with Keras' interface on the texts, and give their ids."""
    tokenizer.fit_on_texts(texts)
    return tokenizer.word_index, tokenizer.texts_to_sequences(texts)


def words_to_ids(texts: list[str], peer: Any) -> Row:
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

    return Row("words to ids", "keras", ours, lambda: fit_on(peer(), texts), same)


def keras_ids(texts: list[str], peer: Any) -> Row:
    """Fit on the texts and give their ids, by Keras' rule in Keras' order."""
    return Row(
        "Keras' ids",
        "keras",
        lambda: fit_on(KerasTokenizer(), texts),
        lambda: fit_on(peer(), texts),
        lambda mine, other: mine == other,
    )


def counts(name: str, texts: list[str], tokenize: Callable[[str], list[str]], options: dict[str, Any]) -> Row:
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

    return Row(name, "scikit-learn", ours, theirs, same)


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


def bpe_training(texts: list[str]) -> Row:
    """Learn merges from the texts."""

    def same(ours: BytePairEncoding, theirs: Any) -> bool:
        merges = json.loads(theirs.to_str())["model"]["merges"]
        return [[visible(left), visible(right)] for left, right in ours.merges] == [*map(list, merges)]

    return Row(
        "BPE, training",
        "tokenizers",
        lambda: BytePairEncoding.train(texts, VOCAB_SIZE),
        lambda: peer_bpe(texts),
        same,
    )


def bpe_encoding(texts: list[str]) -> Row:
    """Encode the texts with merges learnt before."""
    merges = BytePairEncoding.train(texts, VOCAB_SIZE).merges
    peer = peer_bpe(texts)

    def ours() -> list[list[int]]:
        bpe = BytePairEncoding(merges)
        return [bpe.encode(text) for text in texts]

    def theirs() -> list[list[int]]:
        return [encoding.ids for encoding in peer.encode_batch(texts)]

    return Row("BPE, encoding", "tokenizers", ours, theirs, lambda mine, other: mine == other)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Run `work` and return the seconds of processor time it took, and its result."""
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def measured(row: Row, rounds: int) -> dict[str, Any]:
    """Time both sides in alternating rounds; a difference between their results ends the run."""
    ours, theirs = [], []
    for number in range(rounds):
        seconds, mine = timed(row.ours)
        ours.append(seconds)
        seconds, other = timed(row.theirs)
        theirs.append(seconds)
        if number == 0 and not row.same(mine, other):
            sys.exit(f"{row.name}: the result is not that of {row.peer}")
        del mine, other
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return {
        "name": row.name,
        "peer": row.peer,
        "ours": ours,
        "theirs": theirs,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
    }


def spread(seconds: list[float]) -> str:
    """Write the median, and from where to where the rounds went."""
    return f"{statistics.median(seconds):6.3f} s ({min(seconds):.3f} to {max(seconds):.3f})"


def report(result: dict[str, Any]) -> str:
    """Write one row of the table."""
    low, high = min(result["ratios"]), max(result["ratios"])
    return (
        f"{result['name']:24} ours {spread(result['ours'])}   {result['peer']:12} {spread(result['theirs'])}"
        f"   ratio {result['ratio']:.2f} ({low:.2f} to {high:.2f})"
    )


def environment() -> dict[str, str]:
    """Return what the numbers depend on."""
    packages = {name: version(name) for name in ("numpy", *PEERS)}
    return {"python": platform.python_version(), "machine": platform.machine(), **packages}


def main() -> None:
    """Run all rows, print them, and write them where asked."""
    parser = argparse.ArgumentParser(description="companion.text beside its peers on the Brown corpus")
    parser.add_argument("--rounds", type=int, default=7, help="how often each row is measured (default 7)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the measurements there")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds: expected at least 1, got {arguments.rounds}")
    os.environ["RAYON_NUM_THREADS"] = "1"  # the peer's threads: as many as ours
    texts = [" ".join(sentence) for sentence in load_brown().sentences]
    pattern = re.compile(r"(?u)\b\w\w+\b")  # CountVectorizer's default
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = importlib.import_module("keras.src.legacy.preprocessing.text").Tokenizer
    rows = [
        words_to_ids(texts, keras),
        keras_ids(texts, keras),
        counts("scikit-learn's counts", texts, lambda piece: pattern.findall(piece.lower()), {}),
        counts(
            "counts of our words",
            texts,
            words,
            {"tokenizer": words, "token_pattern": None, "lowercase": False},
        ),
        bpe_training(texts),
        bpe_encoding(texts),
    ]
    print(f"Brown corpus, {len(texts):,} sentences; {arguments.rounds} rounds of each row")
    print("processor time: median (least to most)")
    print("ratio: the peer's time over ours, above 1 where we are faster")
    results = []
    for row in rows:
        results.append(measured(row, arguments.rounds))
        print(report(results[-1]), flush=True)
    if arguments.json:
        document = {"environment": environment(), "sentences": len(texts), "rows": results}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
