"""Train the readers of whole texts that the chapter on labelling compares: praise or blame, and genres.

``python -m training.text_readers`` writes ``companion/weights/text-readers.safetensors``: one reader of
reviews that the chapter questions, and in the header what all of them came to. It takes about six minutes on
one thread. The word vectors are GloVe's, and stay as they are, so that the file is small.

The genres are those of the Brown corpus, read in pieces of a hundred words; a text is judged by the sum of
its pieces' logarithms. Texts are divided, never pieces.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from tqdm import tqdm

from companion import text
from companion.data import load_brown, load_glove, load_reviews, split
from companion.weights import save

COMMAND = "python -m training.text_readers"
H, DROPOUT, BATCH, RATE, LONGEST, PIECE = 32, 0.3, 128, 0.006, 60, 100
EPOCHS, GENRE_EPOCHS, SEEDS, GENRE_SEEDS = 4, 3, range(2), range(1)
READERS = {
    "mean of vectors": (None, False),
    "LSTM, last state": ("last", False),
    "both directions, last states": ("last", True),
    "both directions, mean": ("mean", True),
}
KEPT = "both directions, last states"
REVIEWS = (
    "The dessert is excellent.",
    "Service was quite slow.",
    "Good for a quick meal, but nothing special.",
    "Completely lacking in good taste, good service, and good ambience.",
)

Texts = Sequence[Sequence[str]]


class Reader(nn.Module):
    """GloVe's vectors, an LSTM or none, a pool, and a read-out: a classifier of companion.reference."""

    def __init__(self, table: torch.Tensor, pool: str | None, both: bool, classes: int) -> None:
        super().__init__()
        self.table, self.pool = table, pool
        if pool is not None:
            self.rnn = nn.LSTM(table.shape[1], H, bidirectional=both)
        self.dropout = nn.Dropout(DROPOUT)
        self.readout = nn.Linear(H * (2 if both else 1) if pool else table.shape[1], classes)

    def forward(self, ids: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the logits, (N, K), of ids (T, N)."""
        x, live = self.table[ids], torch.arange(len(ids))[:, None] < lengths  # (T, N, D), (T, N)
        if self.pool is None:
            return self.readout((x * live[..., None]).sum(dim=0) / lengths[:, None])
        packed = pack_padded_sequence(self.dropout(x), lengths, enforce_sorted=False)
        packed, (h, _) = self.rnn(packed)
        y, _ = pad_packed_sequence(packed)  # (T, N, H or 2H)
        if self.pool == "last":
            v = torch.cat(list(h), dim=1)
        else:
            v = y.sum(dim=0) / lengths[:, None]
        return self.readout(self.dropout(v))


class Words:
    """Which row of GloVe's table a word has: 0 is padding, 1 a word without a vector."""

    def __init__(self, texts: Sequence[Texts]) -> None:
        glove = load_glove(50)
        found = sorted({word for part in texts for words in part for word in words if word in glove})
        self.row = {word: row for row, word in enumerate(found, start=2)}
        rows = np.stack([np.zeros(50), np.zeros(50), *(glove[word] for word in found)])
        self.table = torch.tensor(rows, dtype=torch.float32)

    def batch(self, texts: Texts) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ids (T, N) and lengths (N,)."""
        rows = [torch.tensor([self.row.get(word, 1) for word in words] or [1]) for words in texts]
        return nn.utils.rnn.pad_sequence(rows), torch.tensor([len(row) for row in rows])


def log_probabilities(model: Reader, words: Words, texts: Texts) -> torch.Tensor:
    """Return the logarithm of each class's probability, (N, K)."""
    model.eval()
    with torch.no_grad():
        parts = [model(*words.batch(texts[i : i + 200])) for i in range(0, len(texts), 200)]
    return torch.cat(parts).log_softmax(dim=1)


def epochs(
    model: Reader, words: Words, texts: Texts, classes: torch.Tensor, count: int, seed: int, name: str
) -> Any:
    """Train, texts of like length together, and yield after every epoch."""
    rng = np.random.default_rng(seed)
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    for epoch in range(count):
        model.train()
        pieces = np.array_split(rng.permutation(len(texts)), max(1, len(texts) // (50 * BATCH)))
        ordered = [i for piece in pieces for i in sorted(piece, key=lambda i: len(texts[i]))]
        starts = rng.permutation(range(0, len(ordered), BATCH))
        for start in tqdm(starts, desc=f"{name} {seed} {epoch}", mininterval=5):
            rows = ordered[start : start + BATCH]
            logits = model(*words.batch([texts[i] for i in rows]))
            loss = nn.functional.cross_entropy(logits, classes[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        yield


def sentiment() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Train the readers of reviews; the epoch is chosen on the validation part."""
    parts = split(load_reviews(), validation=0.1, test=0.2)
    said = {part: [text.words(s)[:LONGEST] for s in getattr(parts, part).texts] for part in parts._fields}
    praise = {part: torch.tensor(getattr(parts, part).scores > 0).long() for part in parts._fields}
    asked = [text.words(review) for review in REVIEWS]
    words = Words([*said.values(), asked])
    tensors: dict[str, np.ndarray] = {}
    result: dict[str, Any] = {}
    for name, (pool, both) in READERS.items():
        result[name] = []
        for seed in SEEDS:
            torch.manual_seed(seed)
            model = Reader(words.table, pool, both, 2)
            best = (0.0, {}, {})
            for _ in epochs(model, words, said["train"], praise["train"], EPOCHS, seed, name):
                share = {
                    part: (log_probabilities(model, words, said[part]).argmax(dim=1) == praise[part])
                    .double()
                    .mean()
                    .item()
                    for part in ("validation", "test")
                }
                if share["validation"] > best[0]:
                    answers = log_probabilities(model, words, asked)[:, 1].exp()
                    found = {
                        "test": round(share["test"], 4),
                        "reviews": [round(p, 3) for p in answers.tolist()],
                    }
                    state = {n: p.detach().numpy().copy() for n, p in model.state_dict().items()}
                    best = (share["validation"], found, state)
            result[name].append(best[1])
            tqdm.write(f"{name} {seed}: {best[1]}")
            if name == KEPT and seed == 0:
                tensors = {n: array.astype(np.float16) for n, array in best[2].items()}
    return tensors, result


def genres() -> dict[str, Any]:
    """Train a reader of pieces of a hundred words on four fifths of Brown's texts."""
    brown = load_brown()
    fold = np.array([int(hashlib.sha256(name.encode()).hexdigest(), 16) % 5 for name in brown.text_ids])
    starts = brown.sentence_starts[brown.text_starts]
    pieces, owner = [], []
    for n in range(len(brown.text_ids)):
        own = [word.lower() for word in brown.words[starts[n] : starts[n + 1]]]
        pieces += [own[i : i + PIECE] for i in range(0, len(own) - PIECE + 1, PIECE)]
        owner += [n] * (len(pieces) - len(owner))
    genre = np.array([brown.genres.index(name) for name in brown.text_genres])
    train = [i for i, n in enumerate(owner) if fold[n] != 0]
    test = [i for i, n in enumerate(owner) if fold[n] == 0]
    classes = torch.tensor(genre[owner])
    words = Words([pieces])
    result: dict[str, Any] = {}
    for name in ("mean of vectors", "both directions, mean"):
        result[name] = []
        for seed in GENRE_SEEDS:
            torch.manual_seed(seed)
            model = Reader(words.table, *READERS[name], len(brown.genres))
            own = [pieces[i] for i in train]
            for _ in epochs(model, words, own, classes[train], GENRE_EPOCHS, seed, f"genres, {name}"):
                pass
            logs = log_probabilities(model, words, [pieces[i] for i in test])
            sums = torch.zeros(len(fold), logs.shape[1]).index_add(0, torch.tensor(owner)[test], logs)
            right = (sums.argmax(dim=1).numpy() == genre)[fold == 0]
            by_piece = (logs.argmax(dim=1) == classes[test]).double().mean().item()
            result[name].append({"pieces": round(by_piece, 4), "texts": round(float(right.mean()), 4)})
            tqdm.write(f"genres, {name} {seed}: {result[name][-1]}")
    return result


def main() -> None:
    """Train all, and store one."""
    torch.set_num_threads(1)
    tensors, reviews = sentiment()
    result = {"reviews": reviews, "genres": genres()}
    settings = {"units": H, "dropout": DROPOUT, "reviews": list(REVIEWS), "piece": PIECE, "kept": KEPT}
    save("text-readers", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
