"""``tf-decay`` and ``tf-bits``: how the teacher goes, and what is learned when he recites."""

import math
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _decay_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield from ((0, 1.0), (0, 50.0), (1, 2.0), (100, 20.0), (230, 50.0), (500, 50.0), (3000, 200.0))
    yield 1_000_000, 100.0  # exp(10000) is beyond what a float can hold


DECAY = Exercise(
    "tf-decay",
    _decay_cases,
    (Law("epsilon is a probability, from 0 to 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@DECAY.solved_by
def inverse_sigmoid(i: int, k: float) -> float:
    """Return k / (k + exp(i / k)), for any i."""
    falling = k * np.exp(-i / k)
    return float(falling / (1 + falling))


@DECAY.mistake("That is how often the network is told its own word. Epsilon is the teacher's share.")
def _decay_turned(i: int, k: float) -> float:
    return 1 - inverse_sigmoid(i, k)


@DECAY.mistake("The k before the exponential is missing: epsilon begins at a half, and it should near 1.")
def _decay_no_k(i: int, k: float) -> float:
    falling = np.exp(-i / k)
    return float(falling / (1 + falling))


@DECAY.mistake(
    "The power exp(-i / k) alone is the exponential decay. It falls fastest at first; this one stays up."
)
def _decay_exponential(i: int, k: float) -> float:
    return float(np.exp(-i / k))


@DECAY.mistake("That is k to the power i, the second of the three decays. Asked for is the third.")
def _decay_power(i: int, k: float) -> float:
    return float(k**i)


@DECAY.mistake("The numerator alone, after dividing: what it is divided by, 1 plus the same, is missing.")
def _decay_numerator(i: int, k: float) -> float:
    return float(k * np.exp(-i / k))


@DECAY.mistake("The network's share, not the teacher's; and for large i it is inf / inf.")
def _decay_turned_naive(i: int, k: float) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.exp(i / k) / (k + np.exp(i / k)))


@DECAY.mistake("It rises: the sigmoid has the wrong sign. The teacher's share falls with i.")
def _decay_rising(i: int, k: float) -> float:
    return float(1 / (1 + np.exp(-i / k)))


@DECAY.mistake("The update is divided by k in the exponent, not multiplied by it.")
def _decay_times(i: int, k: float) -> float:
    with np.errstate(over="ignore"):
        return float(k / (k + np.exp(i * k)))


@DECAY.mistake(
    "The formula is right, and math.exp refuses what no float can hold. Divide both sides of the fraction by "
    "the exponential."
)
def _decay_refused(i: int, k: float) -> float:
    return k / (k + math.exp(i / k))


@DECAY.mistake("For large i the exponential overflows. Divide both sides of the fraction by it.")
def _decay_overflow(i: int, k: float) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        growing = np.exp(i / k)
        return float(k * growing / ((k + growing) * growing))


def _bits_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[0.45, 0.05], [0.05, 0.45]]), 0.5
    for rows, columns, epsilon in ((2, 2, 0.0), (2, 3, 1.0), (3, 2, 0.25), (4, 3, 0.7), (3, 5, 0.9)):
        yield rng.dirichlet(np.ones(rows * columns)).reshape(rows, columns), epsilon


BITS = Exercise(
    "tf-bits",
    _bits_cases,
    (
        Law(
            "each row is a distribution of the second token, and sums to 1.",
            lambda given, got: bool(np.allclose(np.sum(got, axis=1), 1)),
        ),
    ),
)


@BITS.solved_by
def learned(joint: np.ndarray, epsilon: float) -> np.ndarray:
    """Return q(b | a), (A, B), that scheduled sampling with this epsilon converges to."""
    first, second = joint.sum(axis=1), joint.sum(axis=0)
    return epsilon * joint / first[:, None] + (1 - epsilon) * second


@BITS.mistake("Epsilon is the share of the teacher's tokens; you gave it to the network's own.")
def _bits_turned(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, 1 - epsilon)


@BITS.mistake(
    "That is what the data say of b after a. After a token of the network's own, b belongs to another a."
)
def _bits_truth(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, 1.0)


@BITS.mistake("That is a joint distribution: divide each row by the probability of its a.")
def _bits_joint(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, epsilon) * joint.sum(axis=1, keepdims=True)


@BITS.mistake(
    "For the network's own tokens you took b uniform. It is a target all the same: it has its marginal."
)
def _bits_uniform(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return epsilon * learned(joint, 1.0) + (1 - epsilon) / joint.shape[1]


@BITS.mistake("With epsilon 0 that is right. Told the truth, which happens too, the target hangs on a.")
def _bits_marginal(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return learned(joint, 0.0)


@BITS.mistake("The mean of the rows is not the marginal of b: each row counts as often as its a occurs.")
def _bits_unweighted(joint: np.ndarray, epsilon: float) -> np.ndarray:
    rows = learned(joint, 1.0)
    return epsilon * rows + (1 - epsilon) * rows.mean(axis=0)


@BITS.mistake(
    "The teacher's part is still a joint distribution: divide each row by the probability of its a."
)
def _bits_half_joint(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return epsilon * joint + (1 - epsilon) * joint.sum(axis=0)


@BITS.mistake("You have a and b exchanged: that is how often the first token was a, given b.")
def _bits_exchanged(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return epsilon * joint / joint.sum(axis=0) + (1 - epsilon) * joint.sum(axis=1)[:, None]


@BITS.mistake("For the network's own tokens you took the marginal of a. The target is b, so take that of b.")
def _bits_wrong_marginal(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return epsilon * learned(joint, 1.0) + (1 - epsilon) * joint.sum(axis=1)[:, None]


@BITS.mistake("You divide columns by what belongs to rows: the sum over b wants an axis of its own, (A, 1).")
def _bits_broadcast(joint: np.ndarray, epsilon: float) -> np.ndarray:
    return epsilon * joint / joint.sum(axis=1) + (1 - epsilon) * joint.sum(axis=0)
