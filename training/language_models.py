"""Train two language models on news of the Brown corpus, one on words, one on characters, and save them.

``python -m training.language_models`` writes ``companion/weights/news-words.safetensors`` and
``news-characters.safetensors``: the parameters in half precision, and the tokens as lines of UTF-8. It takes
about four minutes on one thread of a CPU. Both models read one sentence at a time, from its beginning.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from companion import metrics
from companion.reference import batching
from companion.text import Vocabulary
from companion.torch.lm import LM
from companion.weights import save
from training.news import news

COMMAND = "python -m training.language_models"
MARKS = ("<bos>", "<eos>", "<unk>")
BOS, EOS = 0, 1
SEED = 0
OTHER_SEEDS = {"news-words": (1, 2)}


class Settings(NamedTuple):
    """What is chosen: sizes, and how it is trained. The learning rate falls to 0 on a straight line."""

    vocabulary: int
    embedding: int
    hidden: int
    batch: int
    lr: float
    decay: float
    epochs: int


CHOSEN = {
    "news-words": Settings(4000, 48, 128, 10, 3e-3, 1.0, 6),
    "news-characters": Settings(100, 32, 256, 8, 3e-3, 0.01, 16),
}


def cost(model: LM, sentences: Sequence[Sequence[int]]) -> tuple[float, int]:
    """Give the nats of all tokens, ends included, and their number."""
    total, tokens = 0.0, 0
    with torch.no_grad():
        for inputs, targets, lengths in batching.sentence_batches(
            sentences, 50, BOS, EOS, similar_lengths=True
        ):
            logs, _ = model.log_probs(
                torch.tensor(inputs), torch.tensor(targets), lengths=torch.tensor(lengths)
            )
            total -= float(logs.double().sum())
            tokens += int(lengths.sum())
    return total, tokens


def trained(
    chosen: Settings, size: int, parts: list[list[list[int]]], seed: int
) -> tuple[LM, list[list[float]]]:
    """Train, and give the perplexities of each epoch: while training, and of the sentences for choosing."""
    model = LM(size, chosen.embedding, chosen.hidden, generator=torch.Generator().manual_seed(seed))
    optimiser = torch.optim.AdamW(model.parameters(), lr=chosen.lr, weight_decay=chosen.decay)
    rng = np.random.default_rng(seed)
    steps = chosen.epochs * math.ceil(len(parts[0]) / chosen.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    history = []
    for epoch in range(chosen.epochs):
        total, tokens = 0.0, 0
        for inputs, targets, lengths in batching.sentence_batches(
            parts[0], chosen.batch, BOS, EOS, rng, similar_lengths=True
        ):
            optimiser.zero_grad()
            loss, _ = model.loss(torch.tensor(inputs), torch.tensor(targets), lengths=torch.tensor(lengths))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * int(lengths.sum())
            tokens += int(lengths.sum())
        history.append([metrics.perplexity(total, tokens), metrics.perplexity(*cost(model, parts[1]))])
        print(epoch + 1, [round(value, 3) for value in history[-1]], flush=True)
    return model, history


def main() -> None:
    """Train both, measure what is saved, save."""
    torch.set_num_threads(1)
    words = news()
    texts = {
        "news-words": words,
        "news-characters": [[list(" ".join(line)) for line in part] for part in words],
    }
    for name, chosen in CHOSEN.items():
        vocabulary = Vocabulary.fit(texts[name][0], max_size=chosen.vocabulary, specials=MARKS)
        parts = [[vocabulary.encode(line) for line in part] for part in texts[name]]
        model, history = trained(chosen, len(vocabulary), parts, SEED)
        tensors = {key: value.numpy().astype(np.float16) for key, value in model.state_dict().items()}
        model.load_state_dict({key: torch.tensor(value.astype(np.float32)) for key, value in tensors.items()})
        tensors["tokens"] = np.frombuffer("\n".join(vocabulary.tokens).encode(), np.uint8)
        result = {
            "perplexity while training": [round(first, 2) for first, _ in history],
            "perplexity, sentences for choosing": [round(second, 2) for _, second in history],
            "perplexity, held-out sentences": round(metrics.perplexity(*cost(model, parts[2])), 3),
        }
        if OTHER_SEEDS.get(name):
            others = [trained(chosen, len(vocabulary), parts, seed)[0] for seed in OTHER_SEEDS[name]]
            result["the same from other seeds"] = [
                round(metrics.perplexity(*cost(other, parts[2])), 3) for other in others
            ]
        settings = {**chosen._asdict(), "clip": 1.0, "seed": SEED}
        path = save(name, tensors, command=COMMAND, settings=settings, result=result)
        print(path.name, result)


if __name__ == "__main__":
    main()
