"""Train the part-of-speech taggers that the chapter on labelling compares.

``python -m training.parts_of_speech`` writes ``companion/weights/parts-of-speech.safetensors``: two taggers
that the chapter looks into, and in the header what all of them came to on texts that they never saw, as they
are, in lower case and misspelled. It takes about fifteen minutes on one thread.

All have recurrent layers of 48 units in both directions unless it says otherwise, and Adam for three epochs.
The texts are divided by their names, never by their sentences.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from tqdm import tqdm

from companion.data import load_brown
from companion.text.brown_tags import COARSE_TAGS, coarse_tag, held_out
from companion.text.spelling import alphabet, spell
from companion.text.spelling_errors import misspelled
from companion.text.vocabulary import Vocabulary
from companion.weights import save

COMMAND = "python -m training.parts_of_speech"
D, D_C, M, H = 24, 16, 32, 48
ROWS, LONGEST, BATCH, EPOCHS, RATE, DECAY, HIDDEN = 8000, 20, 32, 3, 0.003, 0.4, 0.05
TEST, TRAIN, SHARES = 0.1, 0.3, (0.1, 0.3, 1.0)  # of the texts, and of the words that are misspelled
KEPT = ("words alone", "words, letters")

Sentence = tuple[list[str], list[int]]


class Kind(NamedTuple):
    """One kind of tagger."""

    rows: int | None = ROWS  # of the table of words; 0 for no table, None for all words seen twice
    reader: str | None = None  # of the letters: "cnn", "rnn" or none
    gated: bool = False
    both: bool = True
    seeds: int = 1


KINDS = {
    "words, one direction": Kind(both=False),
    "words alone": Kind(seeds=2),
    "words, larger table": Kind(rows=None),
    "words, letters": Kind(reader="cnn", seeds=2),
    "words, letters by an LSTM": Kind(reader="rnn"),
    "words, letters, gated": Kind(reader="cnn", gated=True),
    "letters alone": Kind(rows=0, reader="cnn"),
}


class Letters(nn.Module):
    """Read the letters of words, and join what they say to the words' vectors."""

    def __init__(self, rows: int, letters: int, kind: Kind) -> None:
        super().__init__()
        if rows:
            self.words = nn.Embedding(rows, D)
        self.kind = kind
        if kind.reader is not None:
            self.characters = nn.Embedding(letters, D_C)
        if kind.reader == "cnn":
            self.conv = nn.Conv1d(D_C, M, 3, padding=1)
        elif kind.reader == "rnn":
            self.rnn = nn.LSTM(D_C, M // 2, bidirectional=True)
        if kind.gated:
            parts = {"projection": nn.Linear(M, D), "gate": nn.Linear(2 * D, D)}
            self.mix = nn.ModuleDict(parts)

    def read(self, characters: torch.Tensor, spelled: torch.Tensor) -> torch.Tensor:
        """Return what the letters say, (T, N, M), as companion.reference.character_features.read does."""
        C, T, N = characters.shape
        x = self.characters(characters.reshape(C, T * N))  # (C, T N, D_c)
        count = spelled.reshape(T * N)
        live = torch.arange(C)[:, None] < count  # (C, T N)
        if self.kind.reader == "rnn":
            _, (h, _) = self.rnn(pack_padded_sequence(x, count.clamp(min=1), enforce_sorted=False))
            m = torch.cat(list(h), dim=1)
        else:
            a = self.conv((x * live[..., None]).permute(1, 2, 0)).permute(2, 0, 1)  # (C, T N, M)
            m = torch.tanh(a.masked_fill(~live[..., None], -torch.inf).amax(dim=0))
        return torch.where(count[:, None] > 0, m, 0).reshape(T, N, M)

    def forward(self, ids: torch.Tensor, characters: torch.Tensor, spelled: torch.Tensor) -> torch.Tensor:
        """Return what the recurrent layers read, (T, N, F)."""
        if self.kind.reader is None:
            return self.words(ids)
        m = self.read(characters, spelled)
        if self.kind.rows == 0:
            return m
        w = self.words(ids)
        if not self.kind.gated:
            return torch.cat([w, m], dim=-1)
        c = torch.tanh(self.mix["projection"](m))
        g = torch.sigmoid(self.mix["gate"](torch.cat([w, c], dim=-1)))
        return g * w + (1 - g) * c


class Tagger(nn.Module):
    """What the letters and words say, recurrent layers over the sentence, and a read-out at every word."""

    def __init__(self, rows: int, letters: int, kind: Kind) -> None:
        super().__init__()
        self.features = Letters(rows, letters, kind)
        size = M * (kind.reader is not None and not kind.gated) + D * (kind.rows != 0)
        self.rnn = nn.LSTM(size, H, bidirectional=kind.both)
        self.readout = nn.Linear(H * (2 if kind.both else 1), len(COARSE_TAGS))

    def forward(self, given: tuple[torch.Tensor, ...], lengths: torch.Tensor) -> torch.Tensor:
        """Return the logits, (T, N, K)."""
        packed = pack_padded_sequence(self.features(*given), lengths, enforce_sorted=False)
        return self.readout(pad_packed_sequence(self.rnn(packed)[0])[0])


class Corpus:
    """The training and test sentences, the words' table and the letters."""

    def __init__(self) -> None:
        brown = load_brown()
        tag = [COARSE_TAGS.index(coarse_tag(name)) for name in brown.tag_types]
        test = [name for name in brown.text_ids if held_out(name, TEST)]
        train = [name for name in brown.text_ids if held_out(name, TEST + TRAIN) and name not in test]
        self.train, self.test = (self._sentences(brown.text(*part), tag) for part in (train, test))
        self.counts = Counter(word for words, _ in self.train for word in words)
        self.letters = alphabet(self.counts)

    @staticmethod
    def _sentences(part: Any, tag: list[int]) -> list[Sentence]:
        tags = [[tag[i] for i in ids] for ids in np.split(part.tag_ids, part.sentence_starts[1:-1])]
        return list(zip(part.sentences, tags, strict=True))

    def table(self, rows: int | None) -> Vocabulary:
        """Return the words that have a row of their own."""
        if rows is None:
            return Vocabulary.fit([[w for w, n in self.counts.items() if n > 1]])
        commonest = sorted(self.counts, key=lambda word: (-self.counts[word], word))[:rows]
        return Vocabulary.fit([commonest])


def given(
    batch: Sequence[Sequence[str]], words: Vocabulary, letters: Vocabulary
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """Return ids (T, N), characters (C, T, N), letters of each word (T, N); lengths (N,)."""
    characters, spelled = spell(batch, letters, LONGEST)
    ids = np.zeros(spelled.shape, np.int64)
    for n, sentence in enumerate(batch):
        ids[: len(sentence), n] = words.encode(sentence)
    lengths = torch.tensor([len(sentence) for sentence in batch])
    return tuple(torch.from_numpy(a) for a in (ids, characters, spelled)), lengths


def batches(sentences: Sequence[Sentence], rng: np.random.Generator) -> list[list[int]]:
    """Put sentences of like length together, 50 batches at a time, and shuffle the batches."""
    order = rng.permutation(len(sentences))
    found = []
    for piece in np.array_split(order, max(1, len(order) // (50 * BATCH))):
        piece = sorted(piece, key=lambda i: len(sentences[i][0]))
        found += [piece[i : i + BATCH] for i in range(0, len(piece), BATCH)]
    return [found[i] for i in rng.permutation(len(found))]


def train(corpus: Corpus, kind: Kind, words: Vocabulary, seed: int, name: str) -> Tagger:
    """Train one tagger; words of the table are hidden now and then, so that their letters have to serve."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Tagger(len(words) if kind.rows != 0 else 0, len(corpus.letters), kind)
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    for epoch in range(EPOCHS):
        optimizer.param_groups[0]["lr"] = RATE * DECAY**epoch
        for rows in tqdm(batches(corpus.train, rng), desc=f"{name} {seed} {epoch}", mininterval=5):
            (ids, *letters), lengths = given([corpus.train[i][0] for i in rows], words, corpus.letters)
            ids = torch.where(torch.from_numpy(rng.random(ids.shape) < HIDDEN), 1, ids)
            targets = nn.utils.rnn.pad_sequence(
                [torch.tensor(corpus.train[i][1]) for i in rows], padding_value=-100
            )
            logits = model((ids, *letters), lengths)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def answers(
    model: Tagger, sentences: Sequence[Sequence[str]], words: Vocabulary, letters: Vocabulary
) -> np.ndarray:
    """Return the tag of every word, sentence after sentence."""
    found = []
    with torch.no_grad():
        for start in range(0, len(sentences), 64):
            inputs, lengths = given(sentences[start : start + 64], words, letters)
            best = model(inputs, lengths).argmax(dim=-1)  # (T, N)
            found += [best[:length, n] for n, length in enumerate(lengths)]
    return torch.cat(found).numpy()


def variants(corpus: Corpus) -> dict[str, list[list[str]]]:
    """Return the test sentences as they are, in lower case, and with words of four letters on misspelled."""
    plain = [words for words, _ in corpus.test]
    found = {"plain": plain, "lower case": [[word.lower() for word in words] for words in plain]}
    for share in SHARES:
        rng = np.random.default_rng(0)
        found[f"misspelled {share}"] = [misspelled(words, share, rng, shortest=4) for words in plain]
    return found


def measured(corpus: Corpus, found: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the share of right tags of every variant, and of the plain one by kinds of words."""
    gold = np.array([tag for _, tags in corpus.test for tag in tags])
    seen: dict[str, set[int]] = {}
    for words, tags in corpus.train:
        for word, tag in zip(words, tags, strict=True):
            seen.setdefault(word, set()).add(tag)
    tags_of = np.array([len(seen.get(word, ())) for words, _ in corpus.test for word in words])
    shares = {name: float((tags == gold).mean()) for name, tags in found.items()}
    right = found["plain"] == gold
    for name, rows in (("unknown", tags_of == 0), ("one tag", tags_of == 1), ("several tags", tags_of > 1)):
        shares[name] = float(right[rows].mean())
    return {name: round(share, 4) for name, share in shares.items()}


def main() -> None:
    """Train all, measure all, and store two."""
    torch.set_num_threads(1)
    corpus = Corpus()
    texts = variants(corpus)
    tensors: dict[str, np.ndarray] = {}
    result: dict[str, Any] = {}
    for name, kind in KINDS.items():
        words = corpus.table(kind.rows)
        result[name] = []
        for seed in range(kind.seeds):
            model = train(corpus, kind, words, seed, name)
            found = {
                text: answers(model, sentences, words, corpus.letters) for text, sentences in texts.items()
            }
            result[name].append(measured(corpus, found))
            tqdm.write(f"{name} {seed}: {result[name][-1]}")
            if name in KEPT and seed == 0:
                state = {n: p.detach().numpy().astype(np.float16) for n, p in model.state_dict().items()}
                tensors |= {f"{name}/{n}": array for n, array in state.items()}
    settings = {
        "words": list(corpus.table(ROWS).tokens),
        "letters": list(corpus.letters.tokens),
        "longest": LONGEST,
        "tags": list(COARSE_TAGS),
        "test": TEST,
        "train": TRAIN,
    }
    save("parts-of-speech", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
