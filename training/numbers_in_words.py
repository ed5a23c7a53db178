"""Train encoder-decoders to write numbers and dates in words, in English and in French, and save them.

``python -m training.numbers_in_words`` writes ``companion/weights/numbers-in-words.safetensors``: for either
language a network for numbers below a million and one for dates, in half precision. They read sign by sign
and write word by word (a hyphen is a word), and hand over one vector. What they are asked is in no batch.
It takes about three minutes on one thread of a CPU.
"""

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import torch

from companion.reference.batching import sentence_batch
from companion.text.codec import BOS, EOS, SPECIALS
from companion.text.dates_in_words import date_in_words
from companion.text.number_words import LANGUAGES, number_words
from companion.text.padding import pad, padded_lengths
from companion.torch.lstm import LSTM
from companion.torch.seq2seq import Seq2Seq
from companion.torch.training import train
from companion.weights import save
from companion.weights.numbers_in_words import KINDS, SIGNS, NumberWriter, pieces, sign_ids

COMMAND = "python -m training.numbers_in_words"
D, H, SEED = 16, 64, 0
DIGITS, FIRST, LAST = 6, date(1800, 1, 1).toordinal(), date(2099, 12, 31).toordinal()
ASKED, SPLIT = 1000, 0
BATCH, STEPS, LR, MAX_NORM = 64, 3000, 6e-3, 1.0
Batch = tuple[torch.Tensor, ...]
Pair = tuple[str, str]


def pair(kind: str, language: str, rng: np.random.Generator) -> Pair:
    """Draw a number, of one to six digits alike, or a day, and write it in words."""
    if kind == "numbers":
        digits = int(rng.integers(1, DIGITS + 1))
        number = int(rng.integers(10 ** (digits - 1) if digits > 1 else 0, 10**digits))
        return str(number), number_words(number, language)
    day = date.fromordinal(int(rng.integers(FIRST, LAST + 1)))
    return day.isoformat(), date_in_words(day, language)


def questions(kind: str, language: str) -> list[Pair]:
    """Give what is kept away from the training: no question twice, and none of less than three signs."""
    rng = np.random.default_rng(SPLIT)
    found: dict[str, str] = {}
    while len(found) < ASKED:
        read, said = pair(kind, language, rng)
        if len(read) > 2:  # there are but a hundred of the shorter ones
            found[read] = said
    return list(found.items())


def batches(kind: str, language: str, words: dict[str, int], kept: set[str]) -> Iterator[Batch]:
    """Draw new pairs for every batch."""
    rng = np.random.default_rng(SEED + 1)
    for _ in range(STEPS):
        drawn: list[Pair] = []
        while len(drawn) < BATCH:
            one = pair(kind, language, rng)
            if one[0] not in kept:
                drawn.append(one)
        yield batch(drawn, words)


def batch(pairs: list[Pair], words: dict[str, int]) -> Batch:
    """Give source, inputs, targets and the lengths of both, times first."""
    sources = [sign_ids(read) for read, _ in pairs]
    inputs, targets, lengths = sentence_batch([[words[w] for w in pieces(s)] for _, s in pairs], BOS, EOS)
    arrays = (pad(sources).T, inputs, targets, padded_lengths(sources), lengths)
    return tuple(torch.as_tensor(np.ascontiguousarray(array)) for array in arrays)


def loss(model: Seq2Seq, given: Batch, carry: None) -> tuple[torch.Tensor, None]:
    """Score a batch, with the true words before each."""
    return model.loss(*given), None


def trained(kind: str, language: str, words: dict[str, int], kept: set[str]) -> Seq2Seq:
    """Train one network."""
    generator = torch.Generator().manual_seed(SEED)
    model = Seq2Seq(len(SIGNS), len(words), D, H, layer=LSTM, generator=generator)
    optimiser = torch.optim.Adam(model.parameters(), lr=LR)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda i: max(0.02, 1 - i / STEPS))
    drawn = batches(kind, language, words, kept)
    train(model, loss, drawn, optimiser, MAX_NORM, watch=lambda step, _: schedule.step())
    return model.eval()


def main() -> None:
    """Train all four, save."""
    tensors: dict[str, np.ndarray] = {}
    result: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
    vocabulary: dict[str, dict[str, list[str]]] = {kind: {} for kind in KINDS}
    for kind, language in product(KINDS, LANGUAGES):
        asked, rng = questions(kind, language), np.random.default_rng(SEED)
        found = sorted({piece for _ in range(20_000) for piece in pieces(pair(kind, language, rng)[1])})
        words = {word: number for number, word in enumerate((*SPECIALS, *found))}
        state = trained(kind, language, words, {read for read, _ in asked}).state_dict()
        half = {name: value.numpy().astype(np.float16) for name, value in state.items()}
        tensors |= {f"{kind}/{language}/{name}": array for name, array in half.items()}
        writer = NumberWriter({name: a.astype(np.float64) for name, a in half.items()}, tuple(words))
        right = [a == said for a, (_, said) in zip(writer.write([r for r, _ in asked]), asked, strict=True)]
        result[kind][language], vocabulary[kind][language] = float(np.mean(right)), found
        print(kind, language, result[kind][language], flush=True)
    settings: dict[str, Any] = {
        "embedding": D, "hidden": H, "layer": "lstm", "seed": SEED, "split": SPLIT, "asked": ASKED,
        "batch": BATCH, "steps": STEPS, "lr": LR, "clip": MAX_NORM, "words": vocabulary,
    }  # fmt: skip
    save("numbers-in-words", tensors, command=COMMAND, settings=settings, result=result)


if __name__ == "__main__":
    main()
