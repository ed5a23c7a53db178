"""``emb-bce``: a loss that stays finite. The solution's docstring is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _bce_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([0.0]), np.array([1])
    yield np.array([2.0]), np.array([0])
    yield np.array([-1.0, 3.0]), np.array([1, 1])
    yield np.array([-900.0]), np.array([1])
    yield np.array([900.0]), np.array([0])
    yield np.array([800.0, -800.0]), np.array([1, 0])
    for count, scale in [(3, 1.0), (5, 2.0), (8, 4.0), (13, 0.5)]:
        yield np.clip(rng.normal(size=count) * scale, -8, 8), rng.integers(0, 2, count)


BCE = Exercise(
    "emb-bce",
    _bce_cases,
    (
        Law("the loss is never negative.", lambda given, got: not got < 0),
        Law(
            "the loss of finite logits is finite: do not compute exp of a large number.",
            lambda given, got: bool(np.isfinite(got)),
            of_nan=True,
        ),
        Law(
            "a logit of 900 on the wrong side costs 900, not less.",
            lambda given, got: abs(given[0][0]) != 900 or abs(got - 900) < 1,
        ),
    ),
)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@BCE.solved_by
def bce(logits: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean binary cross-entropy of logits (N,) and targets (N,), each 0 or 1.

    The probability of 1 is the sigmoid of the logit. The loss of every finite logit is finite.
    """
    return float(np.mean(np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))))


@BCE.mistake(
    "You return the sum over the examples; it grows with the size of the batch. The mean is asked for."
)
def _bce_sum(logits: np.ndarray, targets: np.ndarray) -> float:
    return bce(logits, targets) * len(logits)


@BCE.mistake("The sign is wrong: the logarithm of a probability is negative, a loss is not.")
def _bce_negative(logits: np.ndarray, targets: np.ndarray) -> float:
    return -bce(logits, targets)


@BCE.mistake("Your loss is small where the prediction is wrong: the targets 0 and 1 have changed places.")
def _bce_exchanged(logits: np.ndarray, targets: np.ndarray) -> float:
    return bce(logits, 1 - targets)


@BCE.mistake(
    "Right for small logits, but for large ones the probability is rounded to exactly 0 or 1, and its "
    "logarithm is infinite. Do not go by way of the probability."
)
def _bce_by_probability(logits: np.ndarray, targets: np.ndarray) -> float:
    p = _sigmoid(logits)
    return float(-np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)))


@BCE.mistake(
    "Right for small logits, but the exponential of a large one is more than a float can hold. Which sign "
    "may its argument have?"
)
def _bce_by_exponential(logits: np.ndarray, targets: np.ndarray) -> float:
    return float(np.mean(np.log(1 + np.exp(logits)) - logits * targets))


@BCE.mistake(
    "You clip the probability. That is finite, but an example that is very wrong then costs no more than "
    "one that is wrong, and its gradient is 0: it is never put right."
)
def _bce_clipped(logits: np.ndarray, targets: np.ndarray) -> float:
    p = np.clip(_sigmoid(logits), 1e-7, 1 - 1e-7)
    return float(-np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)))


@BCE.mistake(
    "You count only the examples whose target is 1; what does a confident prediction cost when it is 0?"
)
def _bce_half(logits: np.ndarray, targets: np.ndarray) -> float:
    return float(np.mean(targets * (np.maximum(-logits, 0) + np.log1p(np.exp(-np.abs(logits))))))
