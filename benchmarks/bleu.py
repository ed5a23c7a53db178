"""BLEU beside sacrebleu and NLTK on the sixteen systems of WMT17: ``python -m benchmarks.bleu``.

Every row scores the same translations twice, ours and the peer's, in one process and one thread; time is the
processor's. All scores are compared, to 1e-9. A system is 3,004 sentences, and there is one reference.

What is remembered. We remember nothing from one call to the next. sacrebleu remembers how each line was
cut, for as long as its ``BLEU`` object lives; its function makes a new object a call. All its caches are
cleared before each round.

one system
    Tokenize, count, score: `corpus_bleu`; ``sacrebleu.corpus_bleu``, as its documentation shows it.
16 systems
    One call for each of them.
16 systems, their reference once
    As before, but theirs is one ``BLEU(references=...)``, which cuts and counts the reference once for all
    systems. We have no such thing: ours counts it sixteen times.
counting alone
    Of sentences that are tokens already: `corpus_overlap` and `bleu_score`; NLTK's ``corpus_bleu``. Sentences
    of fewer than four tokens are left out, for NLTK counts an n-gram in them that is not there.
"""

import time
from collections.abc import Callable, Iterator

import sacrebleu
from nltk.translate.bleu_score import corpus_bleu as nltk_bleu
from sacrebleu.metrics import BLEU
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_re import TokenizerRegexp

from benchmarks.harness import Contest, Options, Subject, Timing, always, main
from companion.data import load_translations
from companion.metrics import bleu_score, bleu_tokenizers, corpus_bleu
from companion.metrics.ngram_overlap import corpus_overlap

TOLERANCE = 1e-9

Scores = list[float]
Systems = list[tuple[str, ...]]


def contest(
    what: str,
    case: str,
    peer: str,
    ours: Callable[[], Scores],
    theirs: Callable[[], Scores],
    promise: str = "",
) -> Contest:
    """Return a contest of one thread each."""
    return Contest(
        what,
        case,
        {"companion": always(ours), peer: always(theirs)},
        peer,
        alike,
        promises={"companion": promise},
        timing=Timing(time.process_time),
    )


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


def contests_of(systems: Systems, reference: tuple[str, ...]) -> Iterator[Contest]:
    """Yield the contests: the first system alone, then all."""
    references = [[sentence] for sentence in reference]

    def ours(some: Systems) -> Scores:
        return [corpus_bleu(system, references).score for system in some]

    def theirs(some: Systems) -> Scores:
        return [sacrebleu.corpus_bleu(system, [reference]).score for system in some]

    def prepared() -> Scores:
        scorer = BLEU(references=[reference])
        return [scorer.corpus_score(system, None).score for system in systems]

    one, peer, name = systems[:1], "sacrebleu", "BLEU, tokenization included"
    every = f"{len(systems)} systems"
    yield contest(name, "one system", peer, lambda: ours(one), afresh(lambda: theirs(one)), "BLEU")
    yield contest(name, every, peer, lambda: ours(systems), afresh(lambda: theirs(systems)), "BLEU")
    yield contest(name, f"{every}, their reference once", peer, lambda: ours(systems), afresh(prepared))
    yield counting(systems[0], reference)


def counting(system: tuple[str, ...], reference: tuple[str, ...]) -> Contest:
    """Count the n-grams of tokens, and score."""
    cut = bleu_tokenizers.tokenize_13a
    pairs = zip(cut(system), cut(reference), strict=True)
    kept = [(ours, theirs) for ours, theirs in pairs if min(len(ours), len(theirs)) >= 4]
    texts, references = [ours for ours, _ in kept], [[theirs] for _, theirs in kept]
    return contest(
        "BLEU, counting alone",
        "one system",
        "nltk",
        lambda: [bleu_score(corpus_overlap(texts, references)).score],
        lambda: [100 * float(nltk_bleu(references, texts))],
    )


def contests(options: Options) -> Iterator[Contest]:
    """Yield the contests on WMT17."""
    news = load_translations()
    systems = list(news.systems.values())
    if options.quick:
        systems, kept = systems[:2], 50
        yield from contests_of([system[:kept] for system in systems], news.reference[:kept])
    else:
        yield from contests_of(systems, news.reference)


SUBJECT = Subject(
    "bleu", "BLEU of 3,004 sentences of news, by sixteen systems (WMT17); processor time", contests
)

if __name__ == "__main__":
    main(SUBJECT)
