"""Train encoder-decoders to say English words in Pig Latin, letter by letter, and save them.

``python -m training.pig_latin`` writes ``companion/weights/pig-latin.safetensors``: LSTMs that hand over
their last state and no more ("plain"), and LSTMs that attend to all letters ("attention"), each from three
seeds, in half precision. Of encoders that read in both directions, with as many units in all ("halves"), it
keeps how well they did. It takes about ten minutes on one thread of a CPU.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from companion.data import load_brown
from companion.reference.batching import sentence_batch
from companion.text.padding import pad, padded_lengths
from companion.text.pig_latin import BOS, EOS, LETTERS, ids_of, letters_of, pig_latin, words_for_pig_latin
from companion.torch.decode import greedy_search
from companion.torch.lstm import LSTM
from companion.torch.seq2seq import Seq2Seq
from companion.torch.training import train
from companion.weights import save

COMMAND = "python -m training.pig_latin"
D, H, SEEDS = 16, 64, (0, 1, 2)
SYMBOLS = EOS + 1 + len(LETTERS)
HELD_OUT, LONGEST, SPLIT = 3000, 14, 0
BATCH, EPOCHS, LR, MAX_NORM = 128, 12, 6e-3, 5.0
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "attention": {"attention": "general"},
    "halves": {"bidirectional": True, "encoder_size": H // 2},
}
SAVED = ("plain", "attention")
Batch = tuple[torch.Tensor, ...]


def words() -> tuple[list[str], list[str]]:
    """Give the words of the Brown corpus to learn from, and those to ask for."""
    rng = np.random.default_rng(SPLIT)
    return words_for_pig_latin(load_brown().words, HELD_OUT, rng, longest=LONGEST)


def batch(chosen: list[str]) -> Batch:
    """Give source, inputs, targets and the lengths of both, times first."""
    sources = [ids_of(word) for word in chosen]
    inputs, targets, lengths = sentence_batch([ids_of(pig_latin(word)) for word in chosen], BOS, EOS)
    arrays = (pad(sources).T, inputs, targets, padded_lengths(sources), lengths)
    return tuple(torch.as_tensor(np.ascontiguousarray(array)) for array in arrays)


def loss(model: Seq2Seq, given: Batch, carry: None) -> tuple[torch.Tensor, None]:
    """Score a batch, with the true letters before each."""
    return model.loss(*given), None


def said(model: Seq2Seq, asked: list[str]) -> list[str]:
    """Let a model say words, with its own letters before each."""
    source, _, targets, lengths, _ = batch(asked)
    first = torch.full((len(asked),), BOS)
    found = greedy_search(model.step, first, model.encode(source, lengths), len(targets) + 4, EOS)
    return [letters_of(one.tokens) for one in found]


def accuracy(model: Seq2Seq, asked: list[str]) -> dict[int, float]:
    """Give the share of words that are said without a mistake, by their number of letters; 0 holds all."""
    right = np.array([s == pig_latin(w) for s, w in zip(said(model, asked), asked, strict=True)])
    sizes = np.array([len(word) for word in asked])
    shares = {int(size): float(right[sizes == size].mean()) for size in np.unique(sizes)}
    return {0: float(right.mean()), **shares}


def trained(kind: str, seed: int, known: list[str]) -> Seq2Seq:
    """Train one model."""
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    model = Seq2Seq(SYMBOLS, SYMBOLS, D, H, layer=LSTM, generator=generator, **KINDS[kind])
    optimiser = torch.optim.Adam(model.parameters(), lr=LR)
    steps = EPOCHS * (len(known) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda i: max(0.02, 1 - i / steps))

    sizes = np.array([len(word) for word in known])

    def batches() -> Iterator[Batch]:
        for _ in range(EPOCHS):
            order = np.argsort(sizes + rng.uniform(0, 2, len(known)))  # words of about one length together
            for start in BATCH * rng.permutation(len(known) // BATCH):
                yield batch([known[i] for i in order[start : start + BATCH]])

    train(model, loss, batches(), optimiser, MAX_NORM, watch=lambda step, _: schedule.step())
    return model.eval()


def main() -> None:
    """Train all of them, save."""
    known, asked = words()
    tensors: dict[str, np.ndarray] = {}
    result: dict[str, list[dict[int, float]]] = {}
    for kind in KINDS:
        result[kind] = []
        for seed in SEEDS:
            state = trained(kind, seed, known).state_dict()
            half = {name: value.numpy().astype(np.float16) for name, value in state.items()}
            if kind in SAVED:
                tensors |= {f"{kind}/{seed}/{name}": array for name, array in half.items()}
            shares = accuracy(Seq2Seq.from_params(half, LSTM), asked)
            result[kind].append({size: round(share, 4) for size, share in shares.items()})
            print(kind, seed, result[kind][-1], flush=True)
            keep(tensors, result, len(known))


def keep(tensors: dict[str, np.ndarray], result: dict[str, list[dict[int, float]]], words: int) -> None:
    """Save what is there so far."""
    settings = {
        "embedding": D, "hidden": H, "layer": "lstm", "kinds": KINDS, "seeds": list(SEEDS),
        "words": words, "held out": HELD_OUT, "split": SPLIT, "longest": LONGEST, "batch": BATCH,
        "epochs": EPOCHS, "lr": LR, "clip": MAX_NORM,
    }  # fmt: skip
    save("pig-latin", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
