"""Word vectors beside gensim, and a map of words beside t-SNE: ``python -m benchmarks.vectors``.

opening, the second time
    400,000 GloVe vectors from the folder that `Vectors.save` wrote, mapped; ``KeyedVectors.load`` with its
    memory map. Equal: all words and all numbers.
reading
    50,000 vectors from word2vec's text and from its binary format, as gensim reads them. The floor is the
    reading of the bytes, nothing done with them.
asking
    The ten nearest of a hundred words, each alone. Equal: the words, and the cosines to 1e-5.
a map
    1,500 words: scikit-learn's t-SNE lays them out anew; ours opens the file that holds where t-SNE put them
    once, and makes the page's map. Right if ours keeps as much of the space (trustworthiness).
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import KeyedVectors
from sklearn.manifold import TSNE

from benchmarks.harness import Contest, Options, Subject, Timing, Work, always, main
from companion.data import load_glove
from companion.explore import word_map
from companion.explore.faithfulness import trustworthiness
from companion.explore.saved_map import SavedMap, saved_map
from companion.vectors import (
    Vectors,
    read_word2vec_binary,
    read_word2vec_text,
    write_word2vec_binary,
    write_word2vec_text,
)

READ = 50_000
ASKED = 100
NEAREST = 10
LESS = 0.01  # of trustworthiness, which differs from one map to the next


def equal(mine: Vectors, other: KeyedVectors) -> bool:
    """Say whether words and numbers are the same."""
    return list(mine.words) == other.index_to_key and np.array_equal(mine.matrix, other.vectors)


def beside(what: str, case: str, ours: Work, theirs: Work, same: Any = equal, **more: Any) -> Contest:
    """Return a contest with gensim."""
    sides = {"companion": always(ours), "gensim": always(theirs)}
    return Contest(what, case, sides, "gensim", same, rounds=3, timing=Timing(warm=True), **more)


def opening(folder: Path, vectors: Vectors, peer: KeyedVectors) -> Contest:
    """Open what has been saved."""
    vectors.save(folder / "ours")
    peer.save(str(folder / "theirs"))
    return beside(
        "vectors opened, the second time",
        f"{len(vectors):,} x {vectors.matrix.shape[1]}",
        lambda: Vectors.load(folder / "ours"),
        lambda: KeyedVectors.load(str(folder / "theirs"), mmap="r"),
        promises={"companion": "vectors"},
    )


def reading(folder: Path, vectors: Vectors) -> Iterator[Contest]:
    """Read word2vec's two formats."""
    text, binary = folder / "vectors.txt", folder / "vectors.bin"
    write_word2vec_text(text, vectors)
    write_word2vec_binary(binary, vectors)
    case = f"{len(vectors):,} x {vectors.matrix.shape[1]}"
    for name, path, read in (("text", text, read_word2vec_text), ("binary", binary, read_word2vec_binary)):
        yield beside(
            f"vectors read from word2vec's {name} format",
            case,
            lambda path=path, read=read: read(path),
            lambda path=path, name=name: KeyedVectors.load_word2vec_format(path, binary=name == "binary"),
            floor=path.read_bytes,
            floor_of=("companion",),
        )


def asking(vectors: Vectors, peer: KeyedVectors) -> Contest:
    """Ask for the nearest of some words."""
    asked = vectors.words[1000 : 1000 + ASKED]

    def same(mine: list[Any], theirs: list[Any]) -> bool:
        pairs = [pair for both in zip(mine, theirs, strict=True) for pair in zip(*both, strict=True)]
        return all(a == b and abs(p - q) < 1e-5 for (a, p), (b, q) in pairs)

    return beside(
        f"the {NEAREST} nearest of a word, {len(asked)} times",
        f"{len(vectors):,} x {vectors.matrix.shape[1]}",
        lambda: [vectors.nearest(word, NEAREST) for word in asked],
        lambda: [peer.most_similar(word, topn=NEAREST) for word in asked],
        same,
    )


def mapping(chart: SavedMap, vectors: Vectors, rounds: int, steps: int) -> Contest:
    """Open the saved map, and lay it out anew."""
    table = vectors.subset(chart.words).matrix.astype(np.float64)
    settings = {name: value for name, value in chart.settings.items() if name != "vectors"}

    def ours() -> np.ndarray:
        opened = saved_map()
        word_map(opened.words, opened.xy, groups=opened.groups, description="Words of GloVe.")
        return opened.xy

    def theirs() -> np.ndarray:
        return TSNE(**{**settings, "max_iter": steps}).fit_transform(table)

    def same(mine: np.ndarray, other: np.ndarray) -> bool:
        return trustworthiness(table, mine) >= trustworthiness(table, other) - LESS

    return Contest(
        f"a map of {len(chart.words):,} words, opened; laid out anew by t-SNE",
        f"{steps:,} iterations",
        {"companion": always(ours), "scikit-learn": always(theirs)},
        "scikit-learn",
        same,
        rounds=rounds,
    )


def contests(options: Options) -> Iterator[Contest]:
    """Yield the contests on GloVe."""
    chart, glove = saved_map(), load_glove(50)
    vectors = glove.subset(glove.words[:2000]) if options.quick else glove
    peer = KeyedVectors(vectors.matrix.shape[1])
    peer.add_vectors(list(vectors.words), np.array(vectors.matrix))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield opening(folder, vectors, peer)
        yield from reading(folder, vectors.subset(vectors.words[:READ]))
        yield asking(vectors, peer)
    iterations = int(chart.settings["max_iter"])
    yield mapping(chart, glove, 2, 250 if options.quick else iterations)


SUBJECT = Subject("vectors", "Word vectors of GloVe, in 50 dimensions", contests)

if __name__ == "__main__":
    main(SUBJECT)
