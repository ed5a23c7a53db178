"""``lm-chain``, ``lm-perplexity``, ``lm-shift``, ``lm-bits-per-byte``: what a sentence costs."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

BOS, EOS = 0, 1


def _chain_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for V, length in ((3, 1), (4, 0), (4, 2), (5, 6), (7, 9), (6, 30), (9, 900)):
        p = rng.dirichlet(np.ones(V), V)  # (V, V)
        p[:, BOS] = 0  # nothing is followed by a beginning
        yield p / p.sum(axis=1, keepdims=True), rng.integers(2, V, length).tolist()


CHAIN = Exercise(
    "lm-chain",
    _chain_cases,
    (
        Law(
            "where every factor is above 0 the logarithm is finite, however long the sentence.",
            lambda given, got: bool(np.isfinite(got)),
            True,
        ),
        Law("a logarithm of a probability is never positive.", lambda given, got: bool(got <= 0)),
    ),
)


@CHAIN.solved_by
def sentence_log_prob(p: np.ndarray, words: list[int]) -> float:
    """Return log P(sentence) in nats; p[a, b] is the probability of b after a, 0 is <bos> and 1 is <eos>."""
    return _chain(p, [BOS, *words, EOS])


def _chain(p: np.ndarray, path: list[int]) -> float:
    return float(sum(np.log(p[a, b]) for a, b in zip(path, path[1:], strict=False)))


@CHAIN.mistake("The end is missing. Without the factor of <eos> every beginning of a sentence is a sentence.")
def _chain_no_end(p: np.ndarray, words: list[int]) -> float:
    return _chain(p, [BOS, *words])


@CHAIN.mistake("The first factor is missing: the first word is foretold too, after <bos>.")
def _chain_no_beginning(p: np.ndarray, words: list[int]) -> float:
    return _chain(p, [*words, EOS])


@CHAIN.mistake(
    "You multiply first and take the logarithm then. 900 factors are 0 in any float: add logarithms."
)
def _chain_underflows(p: np.ndarray, words: list[int]) -> float:
    path = [BOS, *words, EOS]
    with np.errstate(divide="ignore", under="ignore"):
        return float(np.log(np.prod([p[a, b] for a, b in zip(path, path[1:], strict=False)])))


@CHAIN.mistake("Those are bits. Asked for is the natural logarithm.")
def _chain_bits(p: np.ndarray, words: list[int]) -> float:
    return sentence_log_prob(p, words) / float(np.log(2))


@CHAIN.mistake("The condition is on the wrong side: p[a, b] is the probability of b after a.")
def _chain_turned(p: np.ndarray, words: list[int]) -> float:
    with np.errstate(divide="ignore"):
        return _chain(p.T, [BOS, *words, EOS])


def _perplexity_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.log(np.full((2, 1), 0.25)), np.array([2])
    for T, N in ((1, 1), (5, 3), (4, 2), (7, 4), (3, 6)):
        lengths = rng.integers(1, T + 1, N)
        lengths[0] = T
        real = np.arange(T)[:, None] < lengths  # (T, N)
        yield np.where(real, np.log(rng.uniform(0.02, 0.9, (T, N))), 0.0), lengths


PERPLEXITY = Exercise(
    "lm-perplexity",
    _perplexity_cases,
    (Law("a perplexity is at least 1.", lambda given, got: bool(got >= 1)),),
)


@PERPLEXITY.solved_by
def perplexity(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    """Return the perplexity of (T, N) log probabilities in nats, 0 beyond each sentence's length."""
    return float(np.exp(-log_probs.sum() / lengths.sum()))


@PERPLEXITY.mistake(
    "You divide by all T N places. Padding is no token; counting it makes every model look better."
)
def _perplexity_padded(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(-log_probs.mean()))


@PERPLEXITY.mistake(
    "The logarithms are natural ones, and you raise 2 to their mean. It is e, or else both are 2."
)
def _perplexity_base(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(2 ** (-log_probs.sum() / lengths.sum()))


@PERPLEXITY.mistake(
    "The mean of the sentences' perplexities: a short bad sentence would count as much as a long one."
)
def _perplexity_by_sentence(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(-log_probs.sum(axis=0) / lengths).mean())


@PERPLEXITY.mistake("You divide by the number of sentences. A perplexity is per token.")
def _perplexity_per_sentence(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(-log_probs.sum() / len(lengths)))


@PERPLEXITY.mistake(
    "The end of each sentence is in the sum, and not in the number of tokens: it was foretold, so it counts."
)
def _perplexity_no_end(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(-log_probs.sum() / max(1, int((lengths - 1).sum()))))


@PERPLEXITY.mistake("That is the mean of 1 / p. The mean has to be taken of the logarithms.")
def _perplexity_arithmetic(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    real = np.arange(len(log_probs))[:, None] < lengths
    return float(np.exp(-log_probs)[real].mean())


def _shift_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [5, 6, 7], 1, 2
    yield [8], 1, 2
    yield [], 0, 1
    for size in (2, 4, 7, 11):
        yield rng.integers(4, 30, size).tolist(), 2, 3


SHIFT = Exercise(
    "lm-shift",
    _shift_cases,
    (
        Law(
            "there are as many targets as inputs, and one more than words.",
            lambda given, got: len(got[0]) == len(got[1]) == len(given[0]) + 1,
        ),
    ),
)


@SHIFT.solved_by
def inputs_and_targets(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    """Return what a language model reads at each step, and what it should foretell there."""
    return [bos, *words], [*words, eos]


@SHIFT.mistake(
    "Inputs and targets are the same. A network that copies what it has just read would have no loss."
)
def _shift_copy(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words], [bos, *words]


@SHIFT.mistake(
    "Both have both marks, and so the target of each step is its own input: copying would have no loss."
)
def _shift_both(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words, eos], [bos, *words, eos]


@SHIFT.mistake("Nobody foretells the end: the model would never learn where a sentence stops.")
def _shift_no_end(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words][:-1] if words else [], [*words]


@SHIFT.mistake("The first word is not foretold: before it the network reads <bos>.")
def _shift_no_beginning(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [*words], [*words[1:], eos] if words else []


@SHIFT.mistake("They are exchanged: the network reads the past and foretells the next word.")
def _shift_turned(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [*words, eos], [bos, *words]


@SHIFT.mistake("You read <eos> as an input: after it nothing comes, and there is nothing to foretell.")
def _shift_whole(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words, eos], [*words, eos, eos]


def _bits_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 12 * float(np.log(2)), "naïve", [], 26
    yield 20.0, "a zyzzyva !\n", ["zyzzyva"], 26
    texts = ("the cat sat .\n", "füße und äpfel\n", "it's a “quoted” word\n", "zwölf boxkämpfer\n")
    for text in texts:
        words = text.split()
        chosen = [words[i] for i in rng.integers(0, len(words), 2)]
        yield float(rng.uniform(15, 60)), text, chosen, int(rng.integers(40, 90))


BITS = Exercise(
    "lm-bits-per-byte",
    _bits_cases,
    (Law("a number of bits is not negative.", lambda given, got: bool(got >= 0)),),
)


@BITS.solved_by
def bits_per_byte(nats: float, text: str, unknown: list[str], letters: int) -> float:
    """Return bits per UTF-8 byte; each unknown word is spelt, with its end, from equally probable signs."""
    spelt = _signs(unknown) * float(np.log(letters + 1))
    return float((nats + spelt) / np.log(2) / len(text.encode()))


def _signs(unknown: list[str]) -> int:
    return sum(len(word) + 1 for word in unknown)


@BITS.mistake("You have not charged for the unknown words: <unk> is cheap because it says nothing.")
def _bits_free(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, [], letters)


@BITS.mistake("Those are nats per byte: a bit is log 2 nats.")
def _bits_nats(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * float(np.log(2))


@BITS.mistake("You divide by characters. In UTF-8 an ä has two bytes.")
def _bits_characters(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * len(text.encode()) / len(text)


@BITS.mistake("You divide by words; then two models with different vocabularies do not compare.")
def _bits_words(nats: float, text: str, unknown: list[str], letters: int) -> float:
    return bits_per_byte(nats, text, unknown, letters) * len(text.encode()) / len(text.split())


@BITS.mistake("The sign that ends an unknown word is missing, in the alphabet and in the length.")
def _bits_no_end(nats: float, text: str, unknown: list[str], letters: int) -> float:
    spelt = sum(len(word) for word in unknown) * float(np.log(letters))
    return float((nats + spelt) / np.log(2) / len(text.encode()))


@BITS.mistake("You add the spelling in bits to a cost in nats: bring both to one unit before adding.")
def _bits_mixed(nats: float, text: str, unknown: list[str], letters: int) -> float:
    spelt = _signs(unknown) * float(np.log2(letters + 1))
    return float((nats + spelt) / np.log(2) / len(text.encode()))
