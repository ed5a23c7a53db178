"""Train what the chapter on deep networks asks: networks that remember, and networks that read digits.

``python -m training.deep_rnn_readers`` writes ``companion/weights/deep-rnn-readers.safetensors``: recurrent
networks that name the first symbol of a sequence, trained with no masks on the state, with fresh ones at
every step and with one for all steps; and four ways of reading a handwritten digit. Which of them learn, and
how well, hangs on rounding: so they are trained once. It takes about a minute on one thread of a CPU.
"""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy

from companion.reference import clipping, dense, losses, optim, rnn, rnn_2d
from companion.weights import save

COMMAND = "python -m training.deep_rnn_readers"
SEEDS = (0, 1, 2)
Params = dict[str, np.ndarray]
Way = tuple[np.ndarray, Callable[[np.ndarray], Params]]  # states, and the way back from their gradients

SYMBOLS, UNITS, RATE = 4, 32, 0.5
LENGTHS, UPDATES = (8, 12, 16), 200
SIZES = {"softmax": 100, "pixel by pixel": 32, "row by row": 28, "two directions": 22}
INPUTS = {"pixel by pixel": 1, "row by row": 10, "two directions": 1}
ROUNDS, BATCH, LEARN = 40, 60, 1200


class Recaller(nn.Module):
    """A recurrent layer with masks on its state, and a read-out of the last one."""

    def __init__(self, masks: str, seed: int) -> None:
        super().__init__()
        self.masks, self.generator = masks, torch.Generator().manual_seed(seed)
        bound = UNITS**-0.5
        drawn = torch.rand(UNITS, SYMBOLS, generator=self.generator, dtype=torch.float64)
        self.weight_ih = nn.Parameter((2 * drawn - 1) * bound)
        self.weight_hh = nn.Parameter(0.9 * torch.eye(UNITS, dtype=torch.float64))
        self.bias = nn.Parameter(torch.zeros(UNITS, dtype=torch.float64))
        self.weight_ho = nn.Parameter(torch.zeros(SYMBOLS, UNITS, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Read (T, N, 4) as in training, and give logits, (N, 4)."""
        a = x @ self.weight_ih.T + self.bias
        h, scale = torch.zeros_like(a[0]), None
        for a_t in a:
            if self.masks == "fresh" or (self.masks == "one" and scale is None):
                kept = torch.rand(h.shape, generator=self.generator) >= RATE
                scale = kept.double() / (1 - RATE)
            h = torch.tanh(torch.addmm(a_t, h if scale is None else h * scale, self.weight_hh.T))
        return h @ self.weight_ho.T


def recaller(masks: str, length: int, seed: int) -> Params:
    """Train on sequences of symbols to name the first."""
    rng, model = np.random.default_rng(seed), Recaller(masks, seed)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(UPDATES):
        symbols = rng.integers(0, SYMBOLS, (length, 32))
        adam.zero_grad()
        x, first = torch.tensor(np.eye(SYMBOLS)[symbols]), torch.tensor(symbols[0])
        cross_entropy(model(x), first).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
    return {name: value.float().numpy() for name, value in model.state_dict().items()}


def recalled(net: Params, length: int) -> float:
    """Measure the share of right answers to 1,000 sequences, without masks."""
    symbols = np.random.default_rng(99).integers(0, SYMBOLS, (length, 1000))
    h = np.zeros((1000, UNITS))
    for x_t in np.eye(SYMBOLS)[symbols]:
        h = np.tanh(x_t @ net["weight_ih"].T + net["bias"] + h @ net["weight_hh"].T)
    return float(np.mean((h @ net["weight_ho"].T).argmax(axis=1) == symbols[0]))


def sheets(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put each picture down at a random place of a sheet, (N, 10, 10)."""
    paper = np.zeros((len(pictures), 10, 10))
    for sheet, picture in zip(paper, pictures, strict=True):
        i, j = rng.integers(0, 3, 2)
        sheet[i : i + 8, j : j + 8] = picture
    return paper


def reading(kind: str, net: Params, paper: np.ndarray) -> Way:
    """Give the last state of a way of reading, (N, H), and the way back from it."""
    if kind == "softmax":
        return paper.reshape(len(paper), -1), lambda dh: {}
    if kind == "two directions":
        y, places = rnn_2d.forward(net, paper.transpose(1, 2, 0)[..., None])

        def back(dh: np.ndarray) -> Params:
            dy = np.zeros_like(y)
            dy[-1, -1] = dh
            return rnn_2d.backward(places, dy)[-1]

        return y[-1, -1], back
    lines = paper.reshape(len(paper), -1).T[..., None]  # (100, N, 1)
    _, h_n, steps = rnn.forward(net, lines if kind == "pixel by pixel" else paper.transpose(1, 0, 2))
    return h_n, lambda dh: rnn.backward(steps, None, dh)[-1]


def answers(kind: str, params: Params, paper: np.ndarray) -> Way:
    """Give logits, (N, 10), and their way back to all gradients."""
    head = {name: params[f"head.{name}"] for name in ("weight", "bias")}
    h, back = reading(kind, {n: p for n, p in params.items() if not n.startswith("head.")}, paper)
    logits, cache = dense.forward(head, h)

    def gradients(dlogits: np.ndarray) -> Params:
        dh, dhead = dense.backward(cache, dlogits)
        return back(dh) | {f"head.{name}": grad for name, grad in dhead.items()}

    return logits, gradients


def reader(kind: str, seed: int, pictures: np.ndarray, digits: np.ndarray) -> Params:
    """Train on sheets that are new in each round; the learning rate falls to 0 on a straight line."""
    rng, H = np.random.default_rng(seed), SIZES[kind]
    params = {f"head.{name}": p for name, p in dense.init(H, 10, rng).items()}
    if kind != "softmax":
        layer = rnn_2d if kind == "two directions" else rnn
        params |= layer.init(INPUTS[kind], H, rng)
    state, batches = optim.adam_init(params), LEARN // BATCH
    for number in range(ROUNDS):
        paper, shuffled = sheets(pictures, rng), rng.permutation(LEARN)
        for part, rows in enumerate(np.split(shuffled, batches)):
            logits, back = answers(kind, params, paper[rows])
            _, cache = losses.cross_entropy(logits, digits[rows])
            grads, _ = clipping.clip_by_norm(back(losses.cross_entropy_backward(cache)), 1.0)
            lr = 0.01 * (1 - (number * batches + part) / (ROUNDS * batches))
            params, state = optim.adam_step(params, grads, state, lr=lr)
    return {name: p.astype(np.float32) for name, p in params.items()}


def main() -> None:
    """Train all from all seeds, measure, save."""
    torch.set_num_threads(1)
    tensors: Params = {}
    result: dict[str, list[float]] = {}
    for masks in ("none", "fresh", "one"):
        for length in LENGTHS:
            for seed in SEEDS:
                net = recaller(masks, length, seed)
                tensors |= {f"recall/{masks}/{length}/{seed}/{name}": p for name, p in net.items()}
                result.setdefault(f"recalled, {masks}, {length} steps", []).append(recalled(net, length))
    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    learn, ask = order[:LEARN], order[LEARN:]
    paper = sheets(data.images[ask] / 16, np.random.default_rng(99))
    for kind in SIZES:
        for seed in SEEDS:
            net = reader(kind, seed, data.images[learn] / 16, data.target[learn])
            tensors |= {f"digits/{kind}/{seed}/{name}": p for name, p in net.items()}
            right = np.mean(answers(kind, net, paper)[0].argmax(axis=1) == data.target[ask])
            result.setdefault(f"digits right, {kind}", []).append(round(float(right), 4))
    settings = {"seeds": SEEDS, "recall": {"units": UNITS, "rate": RATE, "updates": UPDATES}}
    settings |= {"digits": {"rounds": ROUNDS, "batch": BATCH, "sheets": LEARN}}
    print(save("deep-rnn-readers", tensors, command=COMMAND, settings=settings, result=result).name)
    for name, values in result.items():
        print(name, values)


if __name__ == "__main__":
    main()
