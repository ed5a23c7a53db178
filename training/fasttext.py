"""Train fastText on the Brown corpus, by the companion and by gensim with the same settings, and save both.

``python -m training.fasttext`` writes ``companion/weights/brown-fasttext.safetensors`` and
``brown-gensim-fasttext.safetensors``: the rows of the words and of the buckets, from which the vector of any
word can be made. It takes a few minutes on one thread of a CPU.

The original's two million buckets would take 200 MB here. There are 9,000. The vocabulary has 86,879
different n-grams of 3 to 6 letters, ten to a bucket, but 23,661 of 3 and 4, fewer than three to a bucket;
with so few buckets, the shorter n-grams gave the better vectors by every measure below.
"""

from dataclasses import asdict

import numpy as np
import torch
from gensim.models import FastText as Peer

from companion.data import load_analogies, load_word_pairs
from companion.reference.fasttext import init
from companion.reference.subwords import subwords, to_vectors
from companion.reference.word2vec.settings import Settings
from companion.torch.fasttext_training import train
from companion.vectors import Settings as FileSettings
from companion.vectors import SubwordVectors, Vectors
from companion.vectors.evaluate import analogies, similarity
from companion.weights.subwords import save_subwords
from training.corpus import MIN_COUNT, brown

COMMAND = "python -m training.fasttext"
BUCKETS, MINN, MAXN, SEED = 9_000, 3, 4, 0
SETTINGS = Settings(dim=50, window=5, negatives=5, sample=1e-3, epochs=5, lr=0.025)
MISSPELT = 1000


def ours(words, corpus, counts, buckets: int) -> SubwordVectors:
    """Train the companion's model."""
    generator = torch.Generator().manual_seed(SEED)
    pieces = subwords(words, MINN, MAXN, buckets)
    model = train(corpus, counts, pieces, SETTINGS, generator)
    params = {name: value.numpy() for name, value in model.state_dict().items()}
    return to_vectors(params, words, file_settings(buckets), counts)


def gensims(words, sentences, counts, buckets: int) -> SubwordVectors:
    """Train gensim's model on the same sentences with the same settings."""
    s = SETTINGS
    model = Peer(
        sentences,
        sg=1,
        vector_size=s.dim,
        window=s.window,
        negative=s.negatives,
        sample=s.sample,
        ns_exponent=s.power,
        epochs=s.epochs,
        alpha=s.lr,
        min_alpha=s.min_lr,
        min_count=MIN_COUNT,
        min_n=MINN,
        max_n=MAXN,
        bucket=buckets,
        workers=1,
        seed=SEED,
    )
    own = model.wv.vectors_vocab[[model.wv.key_to_index[word] for word in words]]
    table = np.concatenate([own, model.wv.vectors_ngrams])  # (V + B, D)
    return SubwordVectors(words, table.astype(np.float32), file_settings(buckets), counts)


def file_settings(buckets: int) -> FileSettings:
    """Say the settings by the names of fastText's file."""
    return FileSettings(
        SETTINGS.dim, SETTINGS.window, SETTINGS.epochs, MIN_COUNT, SETTINGS.negatives,
        bucket=buckets, minn=MINN, maxn=MAXN, t=SETTINGS.sample,
    )  # fmt: skip


def misspelt(word: str, rng: np.random.Generator) -> str:
    """Leave a letter out, swap two neighbours, double one or put another in its place; the first stays."""
    at = int(rng.integers(1, len(word) - 1))
    other = "abcdefghijklmnopqrstuvwxyz"[rng.integers(26)]
    return [
        word[:at] + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at] + word[at:],
        word[:at] + other + word[at + 1 :],
    ][rng.integers(4)]


def recovered(model: SubwordVectors, table: Vectors) -> tuple[float, float]:
    """Misspell common words of seven letters or more: how many find back, first or among ten."""
    rng = np.random.default_rng(SEED)
    common = [w for w, n in zip(model.words, model.counts, strict=True) if n >= 20 and len(w) >= 7]
    asked = [word for word in common if word.isalpha()]
    ranks = []
    for word in rng.choice(asked, MISSPELT):
        wrong = misspelt(str(word), rng)
        if wrong not in model:
            near = [found for found, _ in table.nearest(model[wrong], 10)]
            ranks.append(near.index(word) if word in near else 10)
    places = np.array(ranks)
    return float((places == 0).mean()), float((places < 10).mean())


def measured(model: SubwordVectors) -> dict[str, float]:
    """Ask all that is asked of such vectors, rounded."""
    table = model.vectors()
    first, ten = recovered(model, table)
    result = {name: similarity(table, load_word_pairs(name)).spearman for name in ("wordsim353", "simlex999")}
    result |= {"analogies": analogies(table, load_analogies()).accuracy}
    result |= {"misspelt, right word nearest": first, "misspelt, right word among ten": ten}
    return {name: round(value, 3) for name, value in result.items()}


def untrained(words, counts) -> dict[str, float]:
    """Misspell for rows as they are drawn, too: what spelling alone finds back."""
    pieces = subwords(words, MINN, MAXN, BUCKETS)
    params = init(pieces, SETTINGS.dim, np.random.default_rng(SEED))
    model = to_vectors(params, words, file_settings(BUCKETS), counts)
    first, ten = recovered(model, model.vectors())
    return {
        "untrained rows, right word nearest": round(first, 3),
        "untrained rows, right word among ten": round(ten, 3),
    }


def main() -> None:
    """Train both, measure what is saved, save."""
    vocabulary, corpus, counts, sentences = brown()
    words = vocabulary.tokens
    made = {"brown-fasttext": ours(words, corpus, counts, BUCKETS)}
    made["brown-gensim-fasttext"] = gensims(words, sentences, counts, BUCKETS)
    baseline = untrained(words, counts)
    for name, model in made.items():
        result = measured(halved(model)) | baseline
        settings = {**asdict(SETTINGS), "min_count": MIN_COUNT, "seed": SEED}
        path = save_subwords(name, model, command=COMMAND, settings=settings, result=result)
        print(path.name, result)


def halved(model: SubwordVectors) -> SubwordVectors:
    """Round to the half precision in which it is saved."""
    rounded = model.matrix.astype(np.float16).astype(np.float32)
    return SubwordVectors(model.words, rounded, model.settings, model.counts)


if __name__ == "__main__":
    main()
