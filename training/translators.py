"""Train the translators of the part on translation, with and without attention.

Two files come of it: ``translators-sentences``, on the French-English grammar (:mod:`companion.text.french`),
by words; and ``translators-verses``, on real verses, by byte pairs. On the grammar every batch is new, so
there is nothing to learn by heart. What is tested on occurs in no batch. Learning goes in single precision;
what is saved is in half.

    python -m training.translators sentences longer
    python -m training.translators verses

The second part, ``longer``, trains one without attention four times as long and adds it to the first's file.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count as count_up
from itertools import islice, product
from typing import Any, NamedTuple

import numpy as np
import torch

from companion.data import SentencePair, load_sentence_pairs
from companion.metrics import corpus_bleu
from companion.reference.batching import sentence_batch
from companion.text import BytePairEncoding, pad
from companion.text.codec import BOS, EOS, SPECIALS, BytePairCodec, Codec, WordCodec
from companion.text.french import LECTURE_SENTENCES, FrenchSentence, french_sentence
from companion.torch.decode import greedy_search
from companion.torch.seq2seq import Seq2Seq
from companion.torch.training import train
from companion.weights import load, save
from companion.weights.translators import KINDS, codec_tensors, load_translator

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
MAX_NORM, BATCH = 1.0, 64


class Plan(NamedTuple):
    """The sizes of a network, and how long and with which seeds it is trained."""

    embedding: int
    hidden: int
    steps: int
    lr: float
    dropout: float
    seeds: tuple[int, ...]


SENTENCES = Plan(embedding=48, hidden=96, steps=2400, lr=0.005, dropout=0.0, seeds=(0, 1))
VERSES = Plan(embedding=96, hidden=192, steps=2000, lr=0.003, dropout=0.2, seeds=(0,))
CLAUSES, TESTED, EACH = (1, 2, 3), (1, 2, 3, 4, 5), 100
LONGEST, TOKENS = 20, 1000


def network(kind: str, plan: Plan, source: Codec, target: Codec, seed: int) -> Seq2Seq:
    """Draw a network: what the encoder tells the decoder is as wide in all three kinds."""
    torch.manual_seed(seed)  # dropout draws from PyTorch's own
    both, score = KINDS[kind]
    generator = torch.Generator().manual_seed(seed)
    return Seq2Seq(
        len(source), len(target), plan.embedding, plan.hidden, bidirectional=both,
        encoder_size=plan.hidden // 2 if both else None, attention=score, dropout=plan.dropout,
        generator=generator,
    )  # fmt: skip


def batch(pairs: Sequence[tuple[str, str]], source: Codec, target: Codec) -> Batch:
    """Give source (S, N), inputs, targets (T, N), and the lengths of both."""
    read = [[*source.encode(french), EOS] for french, _ in pairs]
    inputs, targets, lengths = sentence_batch([target.encode(english) for _, english in pairs], BOS, EOS)
    sources, ends = (torch.as_tensor(array) for array in (pad(read), np.array([len(ids) for ids in read])))
    heard, wanted = torch.as_tensor(inputs), torch.as_tensor(targets)
    return sources.T, heard, wanted, ends, torch.as_tensor(lengths)


def trained(kind: str, plan: Plan, source: Codec, target: Codec, seed: int, batches: Any) -> Seq2Seq:
    """Train with Adam, its rate falling to nothing."""
    model = network(kind, plan, source, target, seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=plan.lr)
    fall = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / plan.steps)
    begun, losses = time.monotonic(), [0.0]

    def loss(model: Seq2Seq, given: Batch, carry: None) -> tuple[torch.Tensor, None]:
        value = model.loss(*given)
        losses[0] += 0.01 * (value.item() - losses[0])
        return value, None

    def watch(step: int, model: Seq2Seq) -> bool:
        fall.step()
        if step % 200 == 0:
            print(f"  {kind} {seed}: {step} {losses[0]:.3f} {time.monotonic() - begun:.0f} s", flush=True)
        return step == plan.steps

    train(model, loss, batches, optimiser, MAX_NORM, watch=watch)
    return model.eval()


def translations(model: Seq2Seq, source: Codec, target: Codec, french: Sequence[str]) -> list[str]:
    """Translate greedily."""
    found: list[str] = []
    for start in range(0, len(french), 100):
        read, _, _, lengths, _ = batch([(text, "") for text in french[start : start + 100]], source, target)
        first = torch.full((len(lengths),), BOS)
        state = model.encode(read, lengths)
        found += [
            target.decode(best.tokens)
            for best in greedy_search(model.step, first, state, 3 * int(lengths.max()), EOS)
        ]
    return found


def test_sentences() -> dict[int, list[FrenchSentence]]:
    """Give the sentences that are tested on, by their number of clauses."""
    rng = np.random.default_rng(9999)
    return {count: [french_sentence(rng, count) for _ in range(EACH)] for count in TESTED}


def grammar_batches(source: Codec, target: Codec, seed: int) -> Iterator[Batch]:
    """Draw sentences that are not tested on, 64 of as many clauses, and a translation of each."""
    held_out = {s.french for some in test_sentences().values() for s in some} | set(LECTURE_SENTENCES)
    rng = np.random.default_rng(1000 + seed)
    while True:
        count = int(rng.choice(CLAUSES))
        drawn = (french_sentence(rng, count) for _ in count_up())
        fresh = (sentence for sentence in drawn if sentence.french not in held_out)
        pairs = [(sentence.french, sentence.draw(rng)) for sentence in islice(fresh, BATCH)]
        yield batch(pairs, source, target)


def verse_batches(pairs: Sequence[SentencePair], source: Codec, target: Codec, seed: int) -> Iterator[Batch]:
    """Go through the verses again and again, those of about the same length together."""
    rng = np.random.default_rng(1000 + seed)
    texts = [(pair.french, pair.english[0]) for pair in pairs]
    sizes = np.array([len(target.encode(english)) for _, english in texts])
    while True:
        order = np.argsort(sizes + rng.uniform(0, 8, len(sizes)))
        for number in rng.permutation(len(order) // BATCH):
            yield batch([texts[i] for i in order[number * BATCH :][:BATCH]], source, target)


def sentences() -> None:
    """Train on the grammar, all kinds and seeds; save the first seed's."""
    rng = np.random.default_rng(5)
    drawn = [french_sentence(rng, 3) for _ in range(5000)]
    source = WordCodec.fit(sentence.french for sentence in drawn)
    target = WordCodec.fit(sentence.draw(rng) for sentence in drawn)
    tests = test_sentences()
    tensors, result = codec_tensors(source, target), dict[str, Any]()
    for seed, kind in product(SENTENCES.seeds, reversed(KINDS)):
        model = trained(kind, SENTENCES, source, target, seed, grammar_batches(source, target, seed))
        measured = result.setdefault(kind, {"right": [], "BLEU": []})
        for key, row in measure(model, source, target, tests).items():
            measured[key].append(row)
        print(kind, seed, measured, flush=True)
        if seed == SENTENCES.seeds[0]:
            tensors |= half(kind, model)
        settings = {
            **SENTENCES._asdict(), "batch": BATCH, "clip": MAX_NORM, "clauses": CLAUSES, "codec": "words",
        }  # fmt: skip
        keep("translators-sentences", tensors, "sentences", settings, {"clauses tested": TESTED, **result})


def longer() -> None:
    """Train one without attention four times as long: is it only slower? Add it to the file."""
    file, tests = load("translators-sentences"), test_sentences()
    saved = load_translator("bidirectional")
    plan = SENTENCES._replace(steps=4 * SENTENCES.steps)
    batches = grammar_batches(saved.source, saved.target, 0)
    model = trained("bidirectional", plan, saved.source, saved.target, 0, batches)
    measured = measure(model, saved.source, saved.target, tests)
    print("longer", measured, flush=True)
    result = {**file.result, "longer": {"steps": plan.steps} | {key: [row] for key, row in measured.items()}}
    keep(
        "translators-sentences",
        {**file.tensors, **half("longer", model)},
        "sentences longer",
        file.settings,
        result,
    )


def measure(
    model: Seq2Seq, source: Codec, target: Codec, tests: dict[int, list[FrenchSentence]]
) -> dict[str, list[float]]:
    """Give the share of right translations and BLEU, by the number of clauses."""
    found = {n: translations(model, source, target, [s.french for s in t]) for n, t in tests.items()}
    right = [np.mean([s.is_right(e) for s, e in zip(tests[n], found[n], strict=True)]) for n in tests]
    return {
        "right": [round(float(share), 3) for share in right],
        "BLEU": [score(found[n], [s.references(20) for s in tests[n]]) for n in tests],
    }


def verses() -> None:
    """Train on real pairs, with attention and without."""
    parts = load_sentence_pairs(LONGEST)
    source, target = (
        BytePairCodec(BytePairEncoding.train(texts, TOKENS, specials=SPECIALS))
        for texts in ([p.french for p in parts.training], [p.english[0] for p in parts.training])
    )
    tensors, result = codec_tensors(source, target), {}
    for kind in ("attention", "bidirectional"):
        model = trained(kind, VERSES, source, target, 0, verse_batches(parts.training, source, target, 0))
        found = translations(model, source, target, [pair.french for pair in parts.test])
        result[kind] = {
            "BLEU, Basic English": score(found, [pair.english[:1] for pair in parts.test]),
            "BLEU, both": score(found, [pair.english for pair in parts.test]),
        }
        print(kind, result[kind], *found[:10], sep="\n", flush=True)
        tensors |= half(kind, model) if kind == "attention" else {}  # the other is only compared with
        settings = {
            **VERSES._asdict(),
            "batch": BATCH,
            "clip": MAX_NORM,
            "longest": LONGEST,
            "codec": "byte pairs",
        }
        pairs = {"training": len(parts.training), "test": len(parts.test)}
        keep("translators-verses", tensors, "verses", settings, {"pairs": pairs, **result})


def score(found: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Give BLEU, to a tenth."""
    return round(corpus_bleu(found, references).score, 1)


def half(kind: str, model: Seq2Seq) -> dict[str, np.ndarray]:
    """Give the parameters in half precision, under the name of their kind."""
    return {f"{kind}/{name}": p.numpy().astype(np.float16) for name, p in model.state_dict().items()}


def keep(name: str, tensors: dict[str, np.ndarray], part: str, settings: Any, result: Any) -> None:
    """Save what is there so far."""
    command = f"python -m training.translators {part}"
    save(name, tensors, command=command, settings=settings, result=result)


def main(arguments: Sequence[str]) -> None:
    """Train what is asked for."""
    torch.set_num_threads(1)
    parts: dict[str, Callable[[], None]] = {"sentences": sentences, "longer": longer, "verses": verses}
    for name in arguments:
        parts[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
