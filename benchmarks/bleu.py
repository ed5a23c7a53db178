"""BLEU beside sacrebleu and NLTK on the sixteen systems of WMT17: ``python -m benchmarks.bleu``.

Every row scores the same translations twice, ours and the peer's, in one process and one thread. Rounds
alternate, and time is the processor's. In the first round all scores are compared, to 1e-9: a fast wrong
answer ends the run. A system is 3,004 sentences, and there is one reference.

What is remembered. We remember nothing from one call to the next. sacrebleu remembers how each line was
cut, for as long as its ``BLEU`` object lives; its function makes a new object a call. All its caches are
cleared before each round.

one system
    Tokenize, count, score: `corpus_bleu`; ``sacrebleu.corpus_bleu``, as its documentation shows it.
all systems
    One call for each of them.
all, their reference once
    As before, but theirs is one ``BLEU(references=...)``, which cuts and counts the reference once for all
    systems. We have no such thing: ours counts it sixteen times.
counting alone
    Of sentences that are tokens already: `corpus_overlap` and `bleu_score`; NLTK's ``corpus_bleu``. Sentences
    of fewer than four tokens are left out, for NLTK counts an n-gram in them that is not there.
"""

import argparse
import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import sacrebleu
from nltk.translate.bleu_score import corpus_bleu as nltk_bleu
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

from benchmarks.text import Row, measured, report
from companion.data import load_translations
from companion.metrics import bleu_score, bleu_tokenizers, corpus_bleu
from companion.metrics.ngram_overlap import corpus_overlap

PEERS = ("sacrebleu", "nltk")
TOLERANCE = 1e-9

Scores = list[float]


def afresh(work: Callable[[], Scores]) -> Callable[[], Scores]:
    """Return sacrebleu's work, done with its caches empty."""

    def cold() -> Scores:
        Tokenizer13a.__call__.cache_clear()
        TokenizerRegexp.__call__.cache_clear()
        return work()

    return cold


def alike(mine: Scores, other: Scores) -> bool:
    """Say whether all scores are the same."""
    return len(mine) == len(other) and all(abs(a - b) < TOLERANCE for a, b in zip(mine, other, strict=True))


def rows(systems: list[tuple[str, ...]], reference: tuple[str, ...]) -> list[Row]:
    """Return the rows: the first system alone, then all."""
    references = [[sentence] for sentence in reference]

    def ours(some: list[tuple[str, ...]]) -> Scores:
        return [corpus_bleu(system, references).score for system in some]

    def theirs(some: list[tuple[str, ...]]) -> Scores:
        return [sacrebleu.corpus_bleu(system, [reference]).score for system in some]

    def prepared() -> Scores:
        scorer = BLEU(references=[reference])
        return [scorer.corpus_score(system, None).score for system in systems]

    one, peer = systems[:1], "sacrebleu"
    return [
        Row("one system", peer, lambda: ours(one), afresh(lambda: theirs(one)), alike),
        Row("all systems", peer, lambda: ours(systems), afresh(lambda: theirs(systems)), alike),
        Row("all, their reference once", peer, lambda: ours(systems), afresh(prepared), alike),
        counting(systems[0], reference),
    ]


def counting(system: tuple[str, ...], reference: tuple[str, ...]) -> Row:
    """Count the n-grams of tokens, and score."""
    cut = bleu_tokenizers.tokenize_13a
    pairs = zip(cut(system), cut(reference), strict=True)
    kept = [(ours, theirs) for ours, theirs in pairs if min(len(ours), len(theirs)) >= 4]
    texts, references = [ours for ours, _ in kept], [[theirs] for _, theirs in kept]
    return Row(
        "counting alone",
        "nltk",
        lambda: [bleu_score(corpus_overlap(texts, references)).score],
        lambda: [100 * float(nltk_bleu(references, texts))],
        alike,
    )


def main() -> None:
    """Run all rows, print them, and write them where asked."""
    parser = argparse.ArgumentParser(description="BLEU beside sacrebleu and NLTK on sixteen systems")
    parser.add_argument("--rounds", type=int, default=5, help="how often each row is measured (default 5)")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the measurements there")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds: expected at least 1, got {arguments.rounds}")
    news = load_translations()
    print(f"{len(news.systems)} systems of {len(news.reference):,} sentences; {arguments.rounds} rounds")
    print("processor time: median (least to most)")
    print("ratio: the peer's time over ours, above 1 where we are faster")
    results = []
    for row in rows(list(news.systems.values()), news.reference):
        results.append(measured(row, arguments.rounds))
        print(report(results[-1]), flush=True)
    if arguments.json:
        packages = {name: version(name) for name in ("numpy", *PEERS)}
        environment = {"python": platform.python_version(), "machine": platform.machine(), **packages}
        document = {"environment": environment, "sentences": len(news.reference), "rows": results}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
