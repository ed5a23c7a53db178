"""Train what the chapter on convolutions compares: sentences in order and shuffled, long lines of characters.

``python -m training.convnets`` writes ``companion/weights/convnets.safetensors``: three networks that tell
from 200 characters where a text comes from, in half precision, and in the header the accuracies of all that
was trained. It takes about two minutes on one thread of a CPU. Of each training the epoch is taken that is
best on the sentences for choosing; what is reported are the held-out ones.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from companion import text
from companion.data import load_reviews, split
from companion.torch import pooling
from companion.torch.conv import Conv
from companion.weights import save

COMMAND = "python -m training.convnets"
SEEDS = (0, 1)
WORDS, LENGTH = 10_000, 50  # of the vocabulary; of a sentence
DOMAINS = ("movies", "editorials", "tweets", "products")
CHARACTERS = " abcdefghijklmnopqrstuvwxyz.,'!?-0123456789@#&:;\"()"
WINDOW, TRAINED, HELD_OUT = 200, 700, 150  # characters; windows of a domain

Part = tuple[torch.Tensor, torch.Tensor]  # ids (N, T), targets (N,)


class Deck(nn.Module):
    """Embedding, Conv1D(32, 7), MaxPooling1D(5), Conv1D(32, 7), GlobalMaxPooling1D, Dense(1)."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.embedding = nn.Embedding(WORDS, 128)
        self.first, self.second = Conv(128, 32, 7, generator=generator), Conv(32, 32, 7, generator=generator)
        self.head = nn.Linear(32, 1)
        with torch.no_grad():
            self.embedding.weight.uniform_(-0.05, 0.05, generator=generator)
            for parameter in self.head.parameters():
                parameter.uniform_(-(32**-0.5), 32**-0.5, generator=generator)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Give a logit for each sentence (N, T)."""
        h = torch.relu(self.first(self.embedding(ids.T)))  # (T', N, 32)
        h = torch.relu(self.second(pooling.max_pool(h, 5)))
        return self.head(pooling.global_max_pool(h))  # (N, 1)


class Reader(nn.Module):
    """An embedding, a front of one convolution or none, and an end that makes one vector of a sequence."""

    def __init__(self, kind: str, seed: int, symbols: int, width: int, classes: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.kind, hidden = kind, 32
        self.embedding = nn.Embedding(symbols, width)
        with torch.no_grad():
            self.embedding.weight.mul_(0.05 if symbols == WORDS else 1)
        if "convolution" in kind:
            self.conv = Conv(width, hidden, 3 if symbols == WORDS else 7)
        if "GRU" in kind:
            self.rnn = nn.GRU(hidden if "convolution" in kind else width, hidden)
        self.head = nn.Linear(width if kind == "mean" else hidden, classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Give the logits of each sequence (N, T); id 0 is padding."""
        h, lengths = self.embedding(ids.T), (ids > 0).sum(dim=1).clamp(min=3)
        if "convolution" in self.kind:
            h, lengths = torch.relu(self.conv(h, lengths)), lengths - self.conv.kernel_size + 1
        if self.kind == "mean":
            return self.head(pooling.global_average_pool(h, lengths))
        if self.kind == "convolution":
            return self.head(pooling.global_max_pool(h, lengths))
        if self.kind == "convolution, GRU":
            h, lengths = pooling.max_pool(h, 5, lengths=lengths), lengths // 5
        y, _ = self.rnn(h)
        return self.head(y[lengths - 1, torch.arange(len(ids))])  # the last step that counts


def accuracy(model: nn.Module, part: Part) -> float:
    """Give the share of right answers."""
    with torch.no_grad():
        z = model(part[0])
    answers = z[:, 0] > 0 if z.shape[1] == 1 else z.argmax(dim=1)
    return float((answers == part[1]).double().mean())


def trained(
    model: nn.Module, parts: Sequence[Part], epochs: int, lr: float, batch: int, seed: int
) -> tuple[nn.Module, float]:
    """Train; give the model of the epoch that is best for choosing, and its share of held-out answers."""
    optimiser, rng = torch.optim.Adam(model.parameters(), lr=lr), np.random.default_rng(seed)
    ids, targets = parts[0]
    best: tuple[float, dict[str, torch.Tensor]] = (-1.0, {})
    for _ in range(epochs):
        for rows in np.array_split(rng.permutation(len(ids)), len(ids) // batch):
            z = model(ids[rows])
            binary = z.shape[1] == 1
            loss = (
                F.binary_cross_entropy_with_logits(z[:, 0], targets[rows].float())
                if binary
                else F.cross_entropy(z, targets[rows])
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        chosen = accuracy(model, parts[1])
        if chosen > best[0]:
            best = chosen, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(best[1])
    return model, accuracy(model, parts[2])


def films() -> tuple[list[Part], list[Part]]:
    """Give the film sentences, praise or blame, in their order and shuffled."""
    parts = split(load_reviews("movies"), validation=0.1, test=0.2)
    words = [[text.words(sentence) for sentence in part.texts] for part in parts]
    vocabulary = text.Vocabulary.fit(words[0], max_size=WORDS)
    rng = np.random.default_rng(7)
    ordered, shuffled = [], []
    for part, sentences in zip(parts, words, strict=True):
        ids = [vocabulary.encode(sentence) for sentence in sentences]
        mixed = [[sentence[i] for i in rng.permutation(len(sentence))] for sentence in ids]
        praise = torch.tensor(part.scores > 0)
        ordered.append((torch.tensor(text.pad(ids, LENGTH)), praise))
        shuffled.append((torch.tensor(text.pad(mixed, LENGTH)), praise))
    return ordered, shuffled


def windows() -> list[Part]:
    """Give windows of 200 characters and the domain that each comes from."""
    number = {character: i for i, character in enumerate(CHARACTERS, start=1)}
    domains = [split(load_reviews(domain), validation=0.1, test=0.2) for domain in DOMAINS]
    parts = []
    for which, count in ((0, TRAINED), (1, HELD_OUT), (2, HELD_OUT)):
        ids, targets = [], []
        for target, domain in enumerate(domains):
            line = " ".join(domain[which].texts).lower()
            for start in range(0, count * WINDOW, WINDOW):
                ids.append([number.get(character, 1) for character in line[start : start + WINDOW]])
                targets.append(target)
        parts.append((torch.tensor(ids), torch.tensor(targets)))
    return parts


def measured(make: Callable[[int], nn.Module], parts: Sequence[Part], *settings: float) -> list[float]:
    """Train from each seed; give the shares of held-out answers."""
    epochs, lr, batch = settings
    return [round(trained(make(s), parts, int(epochs), lr, int(batch), s)[1], 3) for s in SEEDS]


def main() -> None:
    """Train all, save the networks that read characters, and say how good everything is."""
    torch.set_num_threads(1)
    ordered, shuffled = films()
    result: dict[str, list[float]] = {}
    for name, parts in (("in order", ordered), ("shuffled", shuffled)):
        result[f"film sentences {name}"] = measured(Deck, parts, 3, 1e-3, 64)
        print(name, result, flush=True)
    both = [
        (torch.cat([a[0], b[0]]), torch.arange(2 * len(a[0])) < len(a[0]))
        for a, b in zip(ordered, shuffled, strict=True)
    ]
    for kind in ("mean", "convolution", "GRU"):
        make = partial(Reader, kind, symbols=WORDS, width=32, classes=1)
        result[f"in order or shuffled: {kind}"] = measured(make, both, 3, 3e-3, 64)
        print(kind, result, flush=True)
    tensors: dict[str, np.ndarray] = {}
    seconds: dict[str, float] = {}
    parts = windows()
    for kind in ("convolution", "convolution, GRU", "GRU"):
        shares, began = [], time.process_time()
        for seed in SEEDS:
            model, share = trained(Reader(kind, seed, len(CHARACTERS) + 1, 16, 4), parts, 6, 3e-3, 32, seed)
            shares.append(round(share, 3))
            if seed == 0:
                state = model.state_dict().items()
                tensors |= {f"{kind}/{name}": value.numpy().astype(np.float16) for name, value in state}
        result[f"characters: {kind}"] = shares
        seconds[kind] = time.process_time() - began
        print(kind, shares, flush=True)
    for kind, spent in seconds.items():
        result[f"processor time, GRU alone = 1: {kind}"] = [round(spent / seconds["GRU"], 2)]
    settings = {"seeds": list(SEEDS), "window": WINDOW, "windows a domain": [TRAINED, HELD_OUT, HELD_OUT]}
    print(save("convnets", tensors, command=COMMAND, settings=settings, result=result).name)


if __name__ == "__main__":
    main()
