"""Measure what depth is worth and what masks on a state do, and save both for the chapter on deep networks.

``python -m training.deep_rnn`` writes ``companion/weights/deep-rnn.safetensors``: recurrent networks of one
to seven layers with the same number of parameters, which predict the next letter of the Brown corpus's news;
and how a network on film reviews fares with no dropout, with a fresh mask at every step and with one for all
steps. It takes about three minutes on one thread of a CPU.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from companion.data import load_brown, load_reviews, split
from companion.text import Vocabulary, pad, words
from companion.weights import save

COMMAND = "python -m training.deep_rnn"
SEEDS = (0, 1, 2)
LETTERS = 27  # a space, and a to z
HELD_OUT, WINDOW = 24_000, 60
NETWORKS = {"1": (1, False), "2": (2, False), "4": (4, False), "7": (7, False), "7 residual": (7, True)}
BUDGET, STEPS, LETTERS_BATCH, LETTERS_RATE = 6400, 1000, (32, 32), 5e-3
MASKS = {"none": 0.0, "fresh 0.2": 0.2, "same 0.2": 0.2, "fresh 0.5": 0.5, "same 0.5": 0.5}
FILM_STEPS, FILM_VECTOR, FILM_HIDDEN, FILM_EPOCHS, FILM_BATCH, FILM_RATE = 20, 16, 32, 5, 64, 3e-3


class Kept(NamedTuple):
    """What is saved."""

    tensors: dict[str, np.ndarray]
    result: dict[str, list[float]]


def letters() -> torch.Tensor:
    """Give the news as numbers: 0 for a space, 1 to 26 for a to z; nothing else is kept."""
    text = " ".join(word.lower() for word in load_brown().genre("news").words)
    kept = "".join(c for c in text if c == " " or "a" <= c <= "z")
    codes = np.frombuffer(" ".join(kept.split()).encode(), np.uint8).astype(np.int64)
    return torch.tensor(np.where(codes == ord(" "), 0, codes - ord("a") + 1))


def parameters(layers: int, hidden: int) -> int:
    """Count the parameters of a stack with a read-out, one bias a layer too many, as PyTorch has it."""
    inputs = [LETTERS] + [hidden] * (layers - 1)
    return sum(hidden * (size + hidden + 2) for size in inputs) + LETTERS * (hidden + 1)


def width(layers: int) -> int:
    """Find the widest stack within the budget."""
    return max(hidden for hidden in range(1, 100) if parameters(layers, hidden) <= BUDGET)


class Stack(nn.Module):
    """Recurrent layers and a read-out; residual: above the first, each adds to what it reads."""

    def __init__(self, layers: int, residual: bool) -> None:
        super().__init__()
        hidden = width(layers)
        sizes = [LETTERS] + [hidden] * (layers - 1)
        self.layers = nn.ModuleList(nn.RNN(size, hidden, dtype=torch.float64) for size in sizes)
        self.readout = nn.Linear(hidden, LETTERS, dtype=torch.float64)
        self.residual = residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Read (T, N, 27), and give the logits of the next letters."""
        for number, layer in enumerate(self.layers):
            y = layer(x)[0]
            x = x + y if self.residual and number else y
        return self.readout(x)


def loss_of(model: Stack, window: torch.Tensor) -> torch.Tensor:
    """Give the mean loss of the letters after the first, (T + 1, N)."""
    one_hot = nn.functional.one_hot(window[:-1], LETTERS).double()
    return cross_entropy(model(one_hot).flatten(0, 1), window[1:].flatten())


def train_letters(text: torch.Tensor, layers: int, residual: bool, seed: int) -> tuple[Stack, list[float]]:
    """Train, and give the mean loss of each fifty updates."""
    torch.manual_seed(seed)
    rng, (steps, batch), model = np.random.default_rng(seed), LETTERS_BATCH, Stack(layers, residual)
    optimiser = torch.optim.Adam(model.parameters(), lr=LETTERS_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / STEPS)
    losses = []
    for _ in range(STEPS):
        starts = torch.tensor(rng.integers(0, len(text) - steps - 1, batch))
        optimiser.zero_grad()
        loss = loss_of(model, text[starts + torch.arange(steps + 1)[:, None]])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    return model, np.mean(np.reshape(losses, (-1, 50)), axis=1).tolist()


def depths() -> Kept:
    """Train all stacks from all seeds, and measure what is saved."""
    text = letters()
    windows = text[-HELD_OUT:].reshape(-1, WINDOW).T  # (60, 400)
    kept = Kept({}, {})
    for name, (layers, residual) in NETWORKS.items():
        curves = []
        for seed in SEEDS:
            model, curve = train_letters(text[:-HELD_OUT], layers, residual, seed)
            state = {key: value.float() for key, value in model.state_dict().items()}
            model.load_state_dict(state)
            with torch.no_grad():
                kept.result.setdefault(f"held out, {name}", []).append(
                    round(loss_of(model, windows).item(), 4)
                )
            kept.tensors.update({f"{name}/{seed}/{key}": value.numpy() for key, value in state.items()})
            curves.append(curve)
        kept.tensors[f"{name}/curves"] = np.array(curves, np.float32)  # (seeds, STEPS / 50)
        print(name, kept.result[f"held out, {name}"], flush=True)
    return kept


class Films(nn.Module):
    """Vectors of words, a recurrent layer with masks on what it reads and on its state, one output."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.table = nn.Embedding(size, FILM_VECTOR, padding_idx=0, dtype=torch.float64)
        self.cell = nn.RNNCell(FILM_VECTOR, FILM_HIDDEN, dtype=torch.float64)
        self.readout = nn.Linear(FILM_HIDDEN, 1, dtype=torch.float64)
        nn.init.uniform_(self.table.weight, -0.05, 0.05)

    def forward(self, ids: torch.Tensor, mask: Callable[[int], torch.Tensor]) -> torch.Tensor:
        """Read (T, N) ids; ``mask(width)`` gives what numbers are multiplied with, (T or 1, N, width)."""
        x = self.table(ids) * mask(FILM_VECTOR)
        keep = mask(FILM_HIDDEN)
        h = x.new_zeros(ids.shape[1], FILM_HIDDEN)
        for t, x_t in enumerate(x):
            h = self.cell(x_t, h * keep[t % len(keep)])
        return self.readout(h)[:, 0]


def train_films(
    parts: dict[str, tuple[torch.Tensor, torch.Tensor]], kind: str, seed: int
) -> list[list[float]]:
    """Train, and give the loss on both parts, and the share of right answers on the second, by epoch."""
    torch.manual_seed(seed)
    p, model = MASKS[kind], Films(10_000)
    optimiser = torch.optim.Adam(model.parameters(), lr=FILM_RATE, fused=True)
    history = []
    for _ in range(FILM_EPOCHS):
        for rows in torch.randperm(len(parts["train"][1])).split(FILM_BATCH):

            def mask(width: int, batch: int = len(rows)) -> torch.Tensor:
                shape = (FILM_STEPS if kind.startswith("fresh") else 1, batch, width)
                return (torch.rand(shape) >= p).double() / (1 - p)

            ids, labels = parts["train"]
            optimiser.zero_grad()
            binary_cross_entropy_with_logits(model(ids[:, rows], mask), labels[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        with torch.no_grad():
            plain = {name: model(ids, lambda width: torch.ones(1, 1, 1)) for name, (ids, _) in parts.items()}
        losses = [
            binary_cross_entropy_with_logits(plain[n], labels).item() for n, (_, labels) in parts.items()
        ]
        right = (plain["validation"] > 0) == (parts["validation"][1] > 0)
        history.append([*losses, right.double().mean().item()])
    return history


def films() -> Kept:
    """Train with each kind of mask from all seeds."""
    reviews = dict(zip(("train", "validation"), split(load_reviews("movies")), strict=False))
    tokens = {name: [words(text) for text in part.texts] for name, part in reviews.items()}
    vocabulary = Vocabulary.fit(tokens["train"], max_size=10_000)
    parts = {}
    for name, part in reviews.items():
        ids = pad([vocabulary.encode(t)[-FILM_STEPS:] for t in tokens[name]], FILM_STEPS, side="left")
        parts[name] = torch.tensor(ids).T, torch.tensor(part.scores > 0, dtype=torch.float64)
    kept = Kept({}, {})
    for kind in MASKS:
        histories = np.array([train_films(parts, kind, seed) for seed in SEEDS])  # (seeds, epochs, 3)
        kept.tensors[f"films/{kind}"] = histories.astype(np.float32)
        kept.result[f"films, best validation loss, {kind}"] = histories[:, :, 1].min(axis=1).round(4).tolist()
        print(kind, histories.mean(axis=0).round(3).tolist(), flush=True)
    return kept


def main() -> None:
    """Do both, save."""
    torch.set_num_threads(1)
    both = [depths(), films()]
    tensors = {key: value for kept in both for key, value in kept.tensors.items()}
    result = {key: value for kept in both for key, value in kept.result.items()}
    settings = {
        "seeds": SEEDS,
        "letters": {"parameters": BUDGET, "updates": STEPS, "batch": LETTERS_BATCH, "lr": LETTERS_RATE},
        "films": {"hidden": FILM_HIDDEN, "epochs": FILM_EPOCHS, "batch": FILM_BATCH, "lr": FILM_RATE},
    }
    print(save("deep-rnn", tensors, command=COMMAND, settings=settings, result=result))


if __name__ == "__main__":
    main()
