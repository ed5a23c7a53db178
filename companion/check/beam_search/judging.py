"""``beam-candidates``, ``beam-score``, ``beam-stop``, ``beam-verdicts``: counting, comparing and judging."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _counts(rng: np.random.Generator) -> Iterator[Arguments]:
    yield 10_000, 3, 6
    yield 10_000, 1, 1
    yield 7, 7, 2
    for _ in range(5):
        V = int(rng.integers(20, 50_000))
        yield V, int(rng.integers(2, 20)), int(rng.integers(2, 12))


CANDIDATES = Exercise("beam-candidates", _counts)


@CANDIDATES.solved_by
def candidates(V: int, B: int, T: int) -> tuple[int, int]:
    """Return how many digits the number of sequences has, and how many continuations a beam compares."""
    return len(str(V**T)), V + (T - 1) * B * V


@CANDIDATES.mistake("At the first step there is one beginning, the empty one, and not B of them.")
def _always_b(V: int, B: int, T: int) -> tuple[int, int]:
    return len(str(V**T)), T * B * V


@CANDIDATES.mistake(
    "There are V to the power T sequences, not T to the power V: T places, V tokens for each."
)
def _turned(V: int, B: int, T: int) -> tuple[int, int]:
    return int(V * np.log10(T)) + 1, V + (T - 1) * B * V


@CANDIDATES.mistake("The second number is that of one step. There are T of them.")
def _one_step(V: int, B: int, T: int) -> tuple[int, int]:
    return len(str(V**T)), B * V


@CANDIDATES.mistake(
    "You count what is kept, B beginnings a step. Before they are kept, all their continuations are compared."
)
def _kept(V: int, B: int, T: int) -> tuple[int, int]:
    return len(str(V**T)), B * T


@CANDIDATES.mistake("The tokens of the first step have to be compared as well.")
def _without_first(V: int, B: int, T: int) -> tuple[int, int]:
    return len(str(V**T)), (T - 1) * B * V


@CANDIDATES.mistake("A number with exponent n has n + 1 digits: 10 to the power 2 is 100.")
def _exponent(V: int, B: int, T: int) -> tuple[int, int]:
    return len(str(V**T)) - 1, V + (T - 1) * B * V


def _sentences(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([0.5]), 1.0
    yield np.array([0.25, 0.5, 0.5]), 0.0
    for T in (2, 5, 9, 30):
        for alpha in (0.0, 0.7, 1.0):
            yield rng.uniform(0.05, 1.0, T), alpha


SCORE = Exercise(
    "beam-score",
    _sentences,
    (Law("a score is at most 0: probabilities are at most 1.", lambda given, got: bool(got <= 0)),),
)


@SCORE.solved_by
def score(p: np.ndarray, alpha: float) -> float:
    """Return the length-normalised score of a sentence whose tokens, the end included, have these p."""
    return float(np.log(p).sum() / len(p) ** alpha)


@SCORE.mistake("The end is a token too: it has a probability among these, and it counts in the length.")
def _end_left_out(p: np.ndarray, alpha: float) -> float:
    return float(np.log(p).sum() / max(len(p) - 1, 1) ** alpha)


@SCORE.mistake("One too many: the token that the decoder is given to begin with was not generated.")
def _first_counted(p: np.ndarray, alpha: float) -> float:
    return float(np.log(p).sum() / (len(p) + 1) ** alpha)


@SCORE.mistake(
    "You multiply by the length. The logarithm is negative: that makes long sentences worse still."
)
def _multiplied(p: np.ndarray, alpha: float) -> float:
    return float(np.log(p).sum() * len(p) ** alpha)


@SCORE.mistake("You divide by alpha times the length. Alpha is its power.")
def _times_alpha(p: np.ndarray, alpha: float) -> float:
    return float(np.log(p).sum() / max(alpha * len(p), 1.0))


@SCORE.mistake("That is the mean for every alpha. With alpha = 0 nothing is divided.")
def _always_mean(p: np.ndarray, alpha: float) -> float:
    return float(np.log(p).mean())


@SCORE.mistake("The logarithm is to the base 2. Any base ranks alike, but this book counts in nats.")
def _in_bits(p: np.ndarray, alpha: float) -> float:
    return float(np.log2(p).sum() / len(p) ** alpha)


def _stops(rng: np.random.Generator) -> Iterator[Arguments]:
    yield -1.0, np.array([-2.0, -3.0]), 2, 8, 0.0
    yield -1.0, np.array([-2.0, -3.0]), 2, 8, 1.0
    yield -0.5, np.array([-0.5]), 1, 9, 0.0
    yield -1.0, np.array([]), 4, 9, 0.7
    yield -0.45, np.array([-2.0, -5.0]), 4, 5, 1.0
    yield -0.3, np.array([-2.0, -9.0]), 3, 5, 1.0
    for k in range(9):
        t, alpha = int(rng.integers(2, 8)), (0.0, 0.7, 1.0)[k % 3]
        alive = -np.sort(rng.uniform(1, 12, 6))
        best = -rng.uniform(1.0, 12.0) / rng.uniform(1, t) ** alpha
        yield float(best), alive, t, t + int(rng.integers(1, 12)), alpha


STOP = Exercise("beam-stop", _stops)


@STOP.solved_by
def still_open(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    """Return how many beginnings of t tokens may still end with a score above the best that was found."""
    return int((log_probs / T**alpha > best).sum())


@STOP.mistake(
    "You compare with the score that a beginning would have at its present length. It may grow to T tokens, "
    "and dividing a negative number by more brings it closer to 0."
)
def _present_length(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    return int((log_probs / t**alpha > best).sum())


@STOP.mistake("A beginning may go on for more than one token: the bound is that of the longest, T.")
def _next_length(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    return int((log_probs / (t + 1) ** alpha > best).sum())


@STOP.mistake("The best score is divided by a length already; the log-probabilities are not yet.")
def _not_divided(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    return int((log_probs > best).sum())


@STOP.mistake("These are the others: a beginning is open while its bound lies above the best score.")
def _turned_round(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    return int((log_probs / T**alpha <= best).sum())


@STOP.mistake("You stop as soon as one has ended. The first end need not be the best.")
def _at_once(best: float, log_probs: np.ndarray, t: int, T: int, alpha: float) -> int:
    return 0


def _judged(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.log([2e-10]), np.log([1e-10]), np.log([2e-10])
    yield np.log([1e-10]), np.log([1e-10]), np.log([1e-10])
    yield np.array([-3.0]), np.array([-2.0]), np.array([-1.0])
    for N in (6, 20, 45):
        star, hat = -rng.uniform(1, 9, (2, N))
        hat = np.where(rng.random(N) < 0.2, star, hat)
        best = np.maximum(np.maximum(star, hat), -rng.uniform(1, 12, N))
        yield star, hat, best


VERDICTS = Exercise(
    "beam-verdicts",
    _judged,
    (
        Law(
            "each sentence has one verdict by the lecture's rule: the first two add up to their number.",
            lambda given, got: bool(got[0] + got[1] == len(given[0])),
        ),
    ),
)


@VERDICTS.solved_by
def verdicts(star: np.ndarray, hat: np.ndarray, best: np.ndarray) -> tuple[int, int, int]:
    """Return how often the search and the model are at fault by the rule, and the search in truth."""
    return int((star > hat).sum()), int((star <= hat).sum()), int((hat < best).sum())


@VERDICTS.mistake("Where both are equally probable the search has lost nothing: that is the model's fault.")
def _ties_to_search(star: np.ndarray, hat: np.ndarray, best: np.ndarray) -> tuple[int, int, int]:
    return int((star >= hat).sum()), int((star < hat).sum()), int((hat < best).sum())


@VERDICTS.mistake("The first two are exchanged: a search that missed the more probable one is at fault.")
def _exchanged(star: np.ndarray, hat: np.ndarray, best: np.ndarray) -> tuple[int, int, int]:
    return int((star <= hat).sum()), int((star > hat).sum()), int((hat < best).sum())


@VERDICTS.mistake(
    "In the last number you compare the human's translation with the best. Whether the search erred is told "
    "by what the search has found."
)
def _human_judged(star: np.ndarray, hat: np.ndarray, best: np.ndarray) -> tuple[int, int, int]:
    return int((star > hat).sum()), int((star <= hat).sum()), int((star < best).sum())


@VERDICTS.mistake("The last number repeats the first. The best that there is need not be the human's.")
def _rule_repeated(star: np.ndarray, hat: np.ndarray, best: np.ndarray) -> tuple[int, int, int]:
    return int((star > hat).sum()), int((star <= hat).sum()), int((star > hat).sum())
