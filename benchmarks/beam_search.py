"""Beam search beside joeynmt and ``generate`` of transformers: ``python -m benchmarks.beam_search``.

64 sentences are translated with a beam of five by a trained encoder-decoder with attention: test sentences of
the grammar, and verses of the test part. Every search has the same weights in single precision. joeynmt has a
recurrent network of its own, of the same size, and searches for the most probable translations;
transformers has none and is given ours, and hypotheses are compared by their mean log-probability.

The translations are compared, and a sentence for which transformers has found a better one ends the run.
(Where one search finds another one than the other, their sums were rounded differently.) joeynmt goes on
until all of its beam has ended, where we stop at as many ends as the beam is wide: it may find a better one
for one sentence in twenty. The reference in NumPy, in double precision, is reported beside them.

The floor is the network alone: the sources read, and then the very steps that our search asks for, replayed
with nothing chosen between them. What is left of the ratio with it is what a search that costs nothing would
have, as long as it asks this network as often.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from benchmarks import beam_peers
from benchmarks.beam_peers import Best
from benchmarks.harness import Contest, Options, Subject, Timing, always, main
from benchmarks.machine import synchronise
from companion.data import load_sentence_pairs
from companion.reference.decode import length_normalised
from companion.reference.seq2seq import DecoderState
from companion.text.codec import BOS, EOS
from companion.torch.decode import beam_search, log_probability
from companion.torch.seq2seq import Seq2Seq
from companion.weights.translators import Translator, load_translator
from training.translators import CLAUSES, test_sentences

WIDTH, SENTENCES = 5, 64
MOST = {"sentences": 60, "verses": 100}  # tokens a translation may have
THREADS = (1, 2)
TOLERANCE = 1e-4  # in nats a token; single precision
REST = 0.3  # seconds between turns: a library's threads wait busily for a while after their work
PASSES = 3  # of a turn, after one that does not count

Step = Callable[[torch.Tensor, DecoderState], tuple[torch.Tensor, DecoderState]]


class Task(NamedTuple):
    """What is to be translated, and with what."""

    name: str
    translator: Translator
    texts: list[str]
    network: Seq2Seq
    source: torch.Tensor  # (S, N)
    lengths: torch.Tensor  # (N,)
    most: int


class Peer(NamedTuple):
    """Whom we are compared with, and what both search for."""

    name: str
    alpha: float  # the best has the greatest log-probability over its length to this power
    sought: str
    equal: float  # the least share of sentences for which it has nothing better
    searcher: Callable[[Task], Callable[[], Best]]


PEERS = (
    Peer(
        "joeynmt",
        0.0,
        "most probable",
        0.95,
        lambda task: beam_peers.joeynmt(task.network, task.source, task.lengths, task.most, WIDTH),
    ),
    Peer(
        "transformers",
        1.0,
        "most probable a token",
        1.0,
        lambda task: beam_peers.transformers(
            task.network, task.source, task.lengths, task.most, WIDTH, alpha=1.0
        ),
    ),
)


def task(name: str, sentences: int = SENTENCES, device: str = "cpu") -> Task:
    """Load a translator and what it has not been trained on."""
    translator = load_translator("attention", name)
    if name == "verses":
        texts = [pair.french for pair in load_sentence_pairs(20).test]
    else:
        trained_for = [test_sentences()[clauses] for clauses in CLAUSES]
        texts = [sentence.french for some in zip(*trained_for, strict=True) for sentence in some]
    return task_of(name, translator, texts[:sentences], MOST[name], device)


def task_of(name: str, translator: Translator, texts: list[str], most: int, device: str = "cpu") -> Task:
    """Give all searches the same sentences."""
    ids, lengths = (torch.as_tensor(array, device=device) for array in translator.read(texts))
    network = Seq2Seq.from_params(translator.params).float().eval().to(device)
    return Task(name, translator, texts, network, ids, lengths, most)


def in_torch(task: Task, alpha: float, step: Step | None = None) -> Best:
    """Search with the companion, the beginnings of a sentence asking one and the same memory."""
    with torch.no_grad():
        state = task.network.encode(task.source, task.lengths)
    first = torch.full((len(task.lengths),), BOS, device=task.source.device)
    step = step or task.network.step
    found = beam_search(step, first, state, task.most, EOS, WIDTH, alpha, share=True)
    return [best[0].tokens for best in found]


def in_numpy(task: Task, alpha: float) -> Best:
    """Search with the reference."""
    return [best[0].tokens for best in task.translator.search(task.texts, WIDTH, task.most, alpha)]


def network_alone(task: Task) -> Callable[[], None]:
    """Return what reads the sources and takes the steps of our search again, without searching."""
    asked: list[tuple[torch.Tensor, DecoderState]] = []

    def noted(tokens: torch.Tensor, state: DecoderState) -> tuple[torch.Tensor, DecoderState]:
        asked.append((tokens, state))
        return task.network.step(tokens, state)

    in_torch(task, 0.0, noted)  # which of its finds are the best changes no step

    @torch.no_grad()
    def work() -> None:
        task.network.encode(task.source, task.lengths)
        for tokens, state in asked:
            task.network.step(tokens, state)

    return work


def scores(task: Task, best: Best, alpha: float) -> np.ndarray:
    """Score translations by the network, whoever found them, (N,)."""
    found = []
    with torch.no_grad():
        for n, tokens in enumerate(best):
            state = task.network.encode(task.source[: task.lengths[n], [n]], task.lengths[[n]])
            total = log_probability(task.network.step, BOS, state, tokens, task.source.device)
            found.append(length_normalised(total, len(tokens), alpha))
    return np.array(found)


def contest(task: Task, peer: Peer, threads: int, device: str) -> Contest:
    """Let all searches have their turn; a result is right where the peer has found nothing better."""
    alpha, on_cpu = peer.alpha, device == "cpu"

    def right(mine: Best, theirs: Best) -> bool:
        whole = all(tokens[-1:] == (EOS,) or len(tokens) == task.most for tokens in mine)
        no_worse = scores(task, mine, alpha) >= scores(task, theirs, alpha) - TOLERANCE
        return whole and bool(no_worse.mean() >= peer.equal)

    sides = {"NumPy": lambda: in_numpy(task, alpha)} if on_cpu else {}
    sides |= {"PyTorch": lambda: in_torch(task, alpha), peer.name: peer.searcher(task)}
    return Contest(
        "beam search",
        f"{task.name}, {len(task.lengths)} sentences, {peer.sought}",
        {name: always(work) for name, work in sides.items()},
        peer.name,
        right,
        promises={"PyTorch": "beam search"} if on_cpu else {},
        threads=threads,
        rounds=5,
        timing=Timing(pause=REST, warm=True, passes=PASSES, synchronise=lambda: synchronise(device)),
        floor=network_alone(task) if on_cpu else None,
        floor_of=("PyTorch",),
    )


def contests(options: Options) -> Iterator[Contest]:
    """Yield both translators beside both peers, with one thread and with two."""
    for name in MOST:
        work = task(name, 2 if options.quick else SENTENCES, options.device)
        for peer in PEERS:
            made = contest(work, peer, 1, options.device)  # the peer's network and our floor: once
            for threads in (1,) if options.quick or options.device == "cuda" else THREADS:
                yield replace(made, threads=threads)


SUBJECT = Subject(
    "beam_search",
    f"Beam search beside joeynmt and transformers, a beam of {WIDTH}",
    contests,
    ("cpu", "cuda"),
)

if __name__ == "__main__":
    main(SUBJECT)
