"""``lm-chain``, ``lm-perplexity``, ``lm-shift``: what a sentence costs, and what is read of it."""

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


@CHAIN.mistake(
    "Neither mark is there: the first word is foretold after <bos>, and after the last comes <eos>."
)
def _chain_no_marks(p: np.ndarray, words: list[int]) -> float:
    return _chain(p, words)


@CHAIN.mistake("You have taken the mean. The factors of a probability are multiplied, so the logarithms add.")
def _chain_mean(p: np.ndarray, words: list[int]) -> float:
    return sentence_log_prob(p, words) / (len(words) + 1)


@CHAIN.mistake("That is the cost, minus the logarithm. Asked for is the logarithm.")
def _chain_negative(p: np.ndarray, words: list[int]) -> float:
    return -sentence_log_prob(p, words)


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


@PERPLEXITY.mistake("That is the cross-entropy in nats. The perplexity is its exponential.")
def _perplexity_no_exp(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(-log_probs.sum() / lengths.sum())


@PERPLEXITY.mistake("You have not divided: that is one over the probability of the whole batch.")
def _perplexity_no_mean(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(-log_probs.sum()))


@PERPLEXITY.mistake("The sign: it is the exponential of minus the mean, or else a better model has more.")
def _perplexity_inverse(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(log_probs.sum() / lengths.sum()))


@PERPLEXITY.mistake(
    "A mean of means: a token of a short sentence weighs more than one of a long one. Sum over all first."
)
def _perplexity_mean_of_means(log_probs: np.ndarray, lengths: np.ndarray) -> float:
    return float(np.exp(-(log_probs.sum(axis=0) / lengths).mean()))


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


@SHIFT.mistake("One input has no target: when the last word has been read, the end is to be foretold.")
def _shift_end_forgotten(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words], [*words]


@SHIFT.mistake(
    "The end should be foretold, and no input drops out for it: the last word is read, then <eos> due."
)
def _shift_last_not_read(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words[:-1]], [*words]


@SHIFT.mistake("The first word is not foretold: before it the network reads <bos>.")
def _shift_no_beginning(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [*words], [*words[1:], eos]


@SHIFT.mistake("No marks at all: the first word is foretold after <bos>, and <eos> after the last.")
def _shift_no_marks(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [*words[:-1]], [*words[1:]]


@SHIFT.mistake("They are exchanged: the network reads the past and foretells the next word.")
def _shift_turned(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [*words, eos], [bos, *words]


@SHIFT.mistake("One input too many: <eos> is foretold and never read, for nothing comes after it.")
def _shift_end_read(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words, eos], [*words, eos]


@SHIFT.mistake("You read <eos> as an input: after it nothing comes, and there is nothing to foretell.")
def _shift_whole(words: list[int], bos: int, eos: int) -> tuple[list[int], list[int]]:
    return [bos, *words, eos], [*words, eos, eos]
