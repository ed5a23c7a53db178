"""``leak-half-life``, ``leak-average``, ``leak-hops``, ``leak-reset``: what is remembered for how long."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _half_life_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for tau in (2.0, 1.25, 3.0, 10.0, 64.0, 1000.0):
        yield (tau,)
    for tau in rng.uniform(1.1, 50, 4):
        yield (float(tau),)


HALF_LIFE = Exercise("leak-half-life", _half_life_cases)


@HALF_LIFE.solved_by
def half_life(tau: float) -> float:
    """Return after how many steps a value's weight in a running average has fallen to half."""
    return float(np.log(0.5) / np.log(1 - 1 / tau))


@HALF_LIFE.mistake(
    "That is tau times ln 2: right for a capacitor, and for large tau nearly right. Steps are whole."
)
def _half_life_continuous(tau: float) -> float:
    return float(tau * np.log(2))


@HALF_LIFE.mistake("That is the time constant: after tau steps a weight has fallen to about 1/e, not to 1/2.")
def _half_life_tau(tau: float) -> float:
    return tau


@HALF_LIFE.mistake("That is the mean age of what is in the average.")
def _half_life_mean_age(tau: float) -> float:
    return tau - 1


@HALF_LIFE.mistake("You have taken 1/tau for the share that stays. It is the share that leaks away.")
def _half_life_swapped(tau: float) -> float:
    return float(np.log(0.5) / np.log(1 / tau))


def _series(rng: np.random.Generator, T: int) -> np.ndarray:
    return 3 + rng.normal(size=T)


def _average_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([4.0]), 0.9
    yield np.full(3, 2.0), 0.99
    for T, alpha in ((5, 0.5), (9, 0.8), (12, 0.95), (7, 0.0), (30, 0.9)):
        yield _series(rng, T), alpha


def _means(v: np.ndarray, alpha: float) -> np.ndarray:
    """Return the running averages from zero."""
    mu, means = 0.0, []
    for value in v:
        mu = alpha * mu + (1 - alpha) * value
        means.append(mu)
    return np.array(means)


AVERAGE = Exercise(
    "leak-average",
    _average_cases,
    (
        Law(
            "the first average is the first value: there is nothing else to average.",
            lambda given, got: bool(np.isclose(got[0], given[0][0])),
        ),
        Law(
            "a running average lies between the least and the largest value so far.",
            lambda given, got: bool(
                (got <= np.maximum.accumulate(given[0]) + 1e-9).all()
                and (got >= np.minimum.accumulate(given[0]) - 1e-9).all()
            ),
        ),
    ),
)


@AVERAGE.solved_by
def average(v: np.ndarray, alpha: float) -> np.ndarray:
    """Return the running averages from zero, each divided by the sum of its weights, (T,)."""
    return _means(v, alpha) / (1 - alpha ** np.arange(1, len(v) + 1))


@AVERAGE.mistake("The start is not corrected: from zero, the first weights sum to 1 - alpha^t and not to 1.")
def _average_from_zero(v: np.ndarray, alpha: float) -> np.ndarray:
    return _means(v, alpha)


@AVERAGE.mistake(
    "Here alpha is the weight of the old average, as on the slide. You gave it to the new value."
)
def _average_swapped(v: np.ndarray, alpha: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return average(v, 1 - alpha)


@AVERAGE.mistake("The sum of the weights is one step behind: after the first value it is 1 - alpha.")
def _average_late(v: np.ndarray, alpha: float) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return _means(v, alpha) / (1 - float(alpha) ** np.arange(len(v)))


@AVERAGE.mistake("You divide by 1 - alpha at every step. That is right at the first step alone.")
def _average_first_alone(v: np.ndarray, alpha: float) -> np.ndarray:
    return _means(v, alpha) / (1 - alpha)


@AVERAGE.mistake(
    "The corrected average is fed back: keep the average from zero, and correct only what you return."
)
def _average_fed_back(v: np.ndarray, alpha: float) -> np.ndarray:
    mu, means = 0.0, []
    for t, value in enumerate(v, start=1):
        mu = (alpha * mu + (1 - alpha) * value) / (1 - alpha**t)
        means.append(mu)
    return np.array(means)


def _hops_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield from ((16, 4), (15, 16), (17, 16), (0, 3), (1, 2), (63, 8), (64, 8), (7, 10), (100, 16))


HOPS = Exercise("leak-hops", _hops_cases)


@HOPS.solved_by
def hops(n: int, d: int) -> int:
    """Return the least number of steps, of 1 or of d, that lead n steps back."""
    return n // d + n % d


@HOPS.mistake(
    "That is n / d, rounded up. A skip cannot be cut: what it does not reach is walked in steps of 1."
)
def _hops_up(n: int, d: int) -> int:
    return -(-n // d)


@HOPS.mistake("The skips are counted, and the steps of 1 that are left are not.")
def _hops_skips(n: int, d: int) -> int:
    return n // d


@HOPS.mistake("Those are the plain steps alone.")
def _hops_rest(n: int, d: int) -> int:
    return n % d


@HOPS.mistake("Asked for is a whole number of factors, not the quotient n / d.")
def _hops_quotient(n: int, d: int) -> float:
    return n / d


def _reset_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.ones((4, 1)), np.array([[False], [False], [True], [False]]), 4.0
    for T, N, tau in ((5, 3, 2.0), (8, 2, 10.0), (12, 4, 5.0), (3, 2, 1.0), (6, 3, 8.0)):
        yield rng.normal(size=(T, N)), rng.random((T, N)) < 0.3, tau


RESET = Exercise("leak-reset", _reset_cases)


@RESET.solved_by
def told(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    """Return running averages from zero that are cleared, before they take in v_t, where reset_t is true."""
    return _told(v, reset, tau)


def _told(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    h, states = np.zeros(v.shape[1]), []
    for v_t, reset_t in zip(v, reset, strict=True):
        h = (1 - 1 / tau) * np.where(reset_t, 0, h) + v_t / tau
        states.append(h)
    return np.array(states)


@RESET.mistake("Nothing is forgotten: that is the running average, whatever the marker says.")
def _told_nothing(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    return _told(v, np.zeros_like(reset), tau)


@RESET.mistake("The state is cleared after it has taken in v_t. It is to be cleared before, and v_t counts.")
def _told_after(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    return _told(v, np.vstack([np.zeros_like(reset[:1]), reset[:-1]]), tau) * ~reset


@RESET.mistake("The gate is the wrong way round: it clears where nothing was said, and keeps at the marker.")
def _told_inverted(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    return _told(v, ~reset, tau)


@RESET.mistake("One marker clears all sequences of the batch. Each has its own.")
def _told_all(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    return _told(v, np.broadcast_to(reset.any(axis=1, keepdims=True), reset.shape), tau)


@RESET.mistake("At the marker you take v_t in whole. It counts 1/tau there as everywhere; only the old goes.")
def _told_whole(v: np.ndarray, reset: np.ndarray, tau: float) -> np.ndarray:
    h, states = np.zeros(v.shape[1]), []
    for v_t, reset_t in zip(v, reset, strict=True):
        h = np.where(reset_t, v_t, (1 - 1 / tau) * h + v_t / tau)
        states.append(h)
    return np.array(states)
