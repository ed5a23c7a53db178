"""Train the taggers of spans that the chapter on labelling compares: named entities, and parts of addresses.

``python -m training.labelled_spans`` writes ``companion/weights/labelled-spans.safetensors``: one tagger for
each of the two, and in the header what all of them came to, beside a table of each word's most frequent tag.
It takes about six minutes on one thread.

The sentences with names are drawn from the grammar of :mod:`companion.text.named_entities` with 1,500 first
names and 3,000 surnames of the census; of these, 30 per cent occur in the test alone, and so does a quarter
of the sentences' forms. The addresses are real; a fifth of them is the test.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from companion.data import load_addresses, load_names
from companion.metrics.spans import by_kind, span_score
from companion.text.named_entities import (
    DECK_SENTENCES,
    FORMS,
    NAMES,
    EntitySentence,
    NameLists,
    entity_sentence,
    split_names,
)
from companion.text.spelling import alphabet, spell
from companion.text.vocabulary import Vocabulary
from companion.torch.character_features import CharacterFeatures
from companion.torch.lstm import LSTM
from companion.torch.tagger import Tagger
from companion.weights import save

COMMAND = "python -m training.labelled_spans"
D, D_C, M, H = 24, 12, 24, 32
LONGEST, RATE, HIDDEN = 16, 0.005, 0.1
SEEDS = (0, 1, 2)
KEPT = "words, letters"
READERS = {"words": None, "words, letters": "concatenated", "words, letters, gated": "gated"}

Sentence = tuple[Sequence[str], Sequence[str]]  # words and tags


class Task(NamedTuple):
    """What is to be labelled."""

    train: Sequence[Sentence]
    tests: dict[str, Sequence[Sentence]]
    epochs: int
    batch: int


class Model(nn.Module):
    """Words, or words and their letters, and a tagger in both directions."""

    def __init__(self, rows: int, letters: int, tags: int, joined: str | None) -> None:
        super().__init__()
        self.features = (
            nn.Embedding(rows, D)
            if joined is None
            else CharacterFeatures(rows, D, letters, D_C, M, "cnn", joined)
        )
        size = D if joined is None else self.features.output_size
        self.tagger = Tagger(None, size, H, tags, layer=LSTM, bidirectional=True)

    def read(self, given: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return what the tagger reads, (T, N, D)."""
        return self.features(given[0]) if isinstance(self.features, nn.Embedding) else self.features(*given)

    def named(self) -> dict[str, np.ndarray]:
        """Return the parameters in half precision: the features', and the tagger's by their own names."""
        state = self.state_dict()
        words = "features.words." if isinstance(self.features, nn.Embedding) else "features."
        return {
            name.replace("features.", words).removeprefix("tagger."): value.numpy().astype(np.float16)
            for name, value in state.items()
        }


class Numbers(NamedTuple):
    """Which number a word, a letter and a tag has."""

    words: Vocabulary
    letters: Vocabulary
    tags: Vocabulary

    def given(self, batch: Sequence[Sequence[str]]) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
        """Return ids (T, N), characters (C, T, N), letters of each word (T, N); and lengths (N,)."""
        characters, spelled = spell(batch, self.letters, LONGEST)
        ids = np.zeros(spelled.shape, np.int64)
        for n, sentence in enumerate(batch):
            ids[: len(sentence), n] = self.words.encode(sentence)
        lengths = torch.tensor([len(sentence) for sentence in batch])
        return tuple(torch.from_numpy(a) for a in (ids, characters, spelled)), lengths

    def targets(self, batch: Sequence[Sequence[str]]) -> torch.Tensor:
        """Return the numbers of the tags, (T, N)."""
        rows = [torch.tensor(self.tags.encode(tags)) for tags in batch]
        return nn.utils.rnn.pad_sequence(rows)


def numbers(train: Sequence[Sentence]) -> Numbers:
    """Give a row to every word that stands twice in the training part."""
    words = [words for words, _ in train]
    tags = Vocabulary.fit([tags for _, tags in train], specials=())
    return Numbers(Vocabulary.fit(words, min_count=2), alphabet([w for s in words for w in s]), tags)


def trained(task: Task, known: Numbers, joined: str | None, seed: int, name: str) -> Model:
    """Train one; words of the table are hidden now and then, so that what stands around them has to serve."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Model(len(known.words), len(known.letters), len(known.tags), joined)
    optimizer = torch.optim.Adam(model.parameters(), RATE)
    for epoch in tqdm(range(task.epochs), desc=f"{name} {seed}"):
        optimizer.param_groups[0]["lr"] = RATE * (1 - epoch / task.epochs)
        order = rng.permutation(len(task.train))
        for start in range(0, len(order), task.batch):
            batch = [task.train[i] for i in order[start : start + task.batch]]
            (ids, *letters), lengths = known.given([words for words, _ in batch])
            ids = torch.where(torch.from_numpy(rng.random(ids.shape) < HIDDEN), 1, ids)
            loss = model.tagger.loss(
                model.read((ids, *letters)), known.targets([tags for _, tags in batch]), lengths
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
    return model


def answers(model: Model, known: Numbers, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the tags of every sentence."""
    found = []
    with torch.no_grad():
        for start in range(0, len(sentences), 100):
            inputs, lengths = known.given(sentences[start : start + 100])
            best = model.tagger.predict(model.read(inputs), lengths)  # (T, N)
            found += [known.tags.decode(best[:k, n].tolist()) for n, k in enumerate(lengths)]
    return found


def shape(word: str) -> str:
    """Say what a word looks like: digits, letters that begin large or small, or something else."""
    if any(letter.isdigit() for letter in word):
        return "digits"
    return ("large" if word[0].isupper() else "small") if word[0].isalpha() else "mark"


def table(train: Sequence[Sentence]) -> Callable[[Sequence[Sequence[str]]], list[list[str]]]:
    """Give every word its most frequent tag; one never seen that of the rare words that look like it."""
    pairs = [pair for words, tags in train for pair in zip(words, tags, strict=True)]
    count = Counter(word for word, _ in pairs)
    tags: dict[str, Counter[str]] = {}
    for word, tag in pairs:
        tags.setdefault(f"={word}", Counter())[tag] += 1
        if count[word] == 1:
            tags.setdefault(shape(word), Counter())[tag] += 1
    best = {key: min(own, key=lambda tag: (-own[tag], tag)) for key, own in tags.items()}
    return lambda sentences: [
        [best.get(f"={word}", best.get(shape(word), "O")) for word in words] for words in sentences
    ]


def measured(gold: Sequence[Sentence], found: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the share of right tags, and precision, recall and F1 of the spans."""
    pairs = [pair for (_, tags), own in zip(gold, found, strict=True) for pair in zip(tags, own, strict=True)]
    truth = [tags for _, tags in gold]
    score = span_score(truth, found)
    return {
        "tokens": round(float(np.mean([a == b for a, b in pairs])), 4),
        **{name: round(getattr(score, name), 4) for name in ("precision", "recall", "f1")},
        "kinds": {kind: round(own.f1, 3) for kind, own in by_kind(truth, found).items() if own.true},
    }


def named_entities() -> Task:
    """Draw sentences: for training, for the test with the same names, and with names never seen."""
    people = load_names()
    first = dict.fromkeys((*people.female[:750], *people.male[:750]))
    seen, unseen = split_names(NameLists(tuple(first), people.surnames[:3000], *NAMES[2:]))

    new = FORMS[3::4]
    old = tuple(form for form in FORMS if form not in new)

    def drawn(count: int, seed: int, names: NameLists, forms: Sequence[str]) -> list[EntitySentence]:
        rng = np.random.default_rng(seed)
        return [entity_sentence(rng, names, forms) for _ in range(count)]

    tests = {
        "seen names": drawn(1000, 1, seen, old),
        "unseen names": drawn(1000, 2, unseen, old),
        "seen names, unseen forms": drawn(1000, 3, seen, new),
        "unseen names, unseen forms": drawn(1000, 4, unseen, new),
    }
    return Task(drawn(3000, 0, seen, old), tests, 8, 32)


def addresses() -> Task:
    """Divide the addresses by their text."""
    parts: tuple[list[Sentence], list[Sentence]] = ([], [])
    for address in load_addresses():
        digest = hashlib.sha256(str(address).encode()).digest()
        parts[digest[0] < 51].append((address.words, address.bio))  # 51 of 256 are a fifth
    return Task(parts[0], {"unseen addresses": parts[1]}, 30, 16)


def main() -> None:
    """Train all, measure all, and store two."""
    torch.set_num_threads(1)
    tensors: dict[str, np.ndarray] = {}
    result: dict[str, Any] = {}
    settings: dict[str, Any] = {"longest": LONGEST, "kept": KEPT, "seeds": SEEDS}
    for name, task in (("names", named_entities()), ("addresses", addresses())):
        known, guess = numbers(task.train), table(task.train)
        result[name] = {
            "table": {t: measured(gold, guess([w for w, _ in gold])) for t, gold in task.tests.items()}
        }
        for kind, joined in READERS.items():
            result[name][kind] = []
            for seed in SEEDS:
                model = trained(task, known, joined, seed, f"{name}, {kind}")
                own = {
                    t: measured(gold, answers(model, known, [w for w, _ in gold]))
                    for t, gold in task.tests.items()
                }
                if name == "names":
                    own["lectures"] = answers(model, known, [words for words, _ in DECK_SENTENCES])
                result[name][kind].append(own)
                tqdm.write(f"{name}, {kind} {seed}: {own}")
                if kind == KEPT and seed == 0:
                    tensors |= {f"{name}/{n}": array for n, array in model.named().items()}
        lists = {part: list(getattr(known, part).tokens) for part in known._fields}
        settings[name] = {**lists, "train": len(task.train), "epochs": task.epochs, "batch": task.batch}
    save("labelled-spans", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
