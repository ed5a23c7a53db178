"""``lm-temperature`` and ``lm-nucleus``: what is done to probabilities before a word is drawn."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _softmax(z: np.ndarray) -> np.ndarray:
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def _temperature_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([0.0, 1.0]), 0.5
    yield np.array([800.0, 799.0, -800.0]), 0.5
    for V, temperature in ((3, 0.3), (5, 1.5), (7, 4.0), (4, 1.0), (6, 0.7)):
        yield rng.normal(size=V), temperature


def _is_distribution(got: np.ndarray) -> bool:
    return bool(np.all(got >= 0) and np.isclose(got.sum(), 1))


TEMPERATURE = Exercise(
    "lm-temperature",
    _temperature_cases,
    (
        Law(
            "probabilities are finite, also where a logit is 800.",
            lambda given, got: bool(np.isfinite(got).all()),
            True,
        ),
        Law("probabilities are not negative, and sum to 1.", lambda given, got: _is_distribution(got)),
        Law(
            "no temperature changes the order of the words.",
            lambda given, got: bool(np.all(np.diff(got[np.argsort(given[0])]) >= -1e-12)),
        ),
    ),
)


@TEMPERATURE.solved_by
def with_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities, (V,), at this temperature."""
    return _softmax(logits / temperature)


@TEMPERATURE.mistake("You multiply by the temperature. A high one should flatten the distribution: divide.")
def _temperature_multiplied(logits: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(logits * temperature)


@TEMPERATURE.mistake(
    "You divide the probabilities, after the softmax, and then by their sum: that changes nothing at all."
)
def _temperature_after(logits: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(logits)


@TEMPERATURE.mistake("You divide the probabilities, after the softmax, and they no longer sum to 1.")
def _temperature_after_sum(logits: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(logits) / temperature


@TEMPERATURE.mistake("A second softmax, over probabilities: whatever went in, nearly uniform comes out.")
def _temperature_twice(logits: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(_softmax(logits) / temperature)


@TEMPERATURE.mistake(
    "It gives nan: exp(1600) overflows. Subtract the largest logit first; the softmax does not notice."
)
def _temperature_overflows(logits: np.ndarray, temperature: float) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(logits / temperature)
        return powers / powers.sum()


@TEMPERATURE.mistake("Those are the logits, divided. The softmax is still to be taken.")
def _temperature_no_softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    return logits / temperature


@TEMPERATURE.mistake("The powers are right, and nobody has divided them by their sum.")
def _temperature_not_normalised(logits: np.ndarray, temperature: float) -> np.ndarray:
    z = logits / temperature
    return np.exp(z - z.max())


@TEMPERATURE.mistake(
    "Probabilities to the power 1 / temperature are the right idea; divide them by their sum."
)
def _temperature_power(logits: np.ndarray, temperature: float) -> np.ndarray:
    return _softmax(logits) ** (1 / temperature)


def _nucleus_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([0.1, 0.5, 0.15, 0.25]), 0.7
    yield np.array([0.05, 0.95]), 0.5
    yield np.array([0.2, 0.3, 0.5]), 1.0
    for V, mass in ((5, 0.9), (7, 0.6), (9, 0.95), (6, 0.3), (12, 0.8)):
        yield rng.dirichlet(np.ones(V)), mass


NUCLEUS = Exercise(
    "lm-nucleus",
    _nucleus_cases,
    (
        Law(
            "something is left: at least the most probable word.",
            lambda given, got: bool(got.max(initial=0) > 0),
        ),
        Law("probabilities are not negative, and sum to 1.", lambda given, got: _is_distribution(got)),
    ),
)


@NUCLEUS.solved_by
def nucleus(p: np.ndarray, mass: float) -> np.ndarray:
    """Return p, (V,), with all but the nucleus set to 0, and the rest made to sum to 1 again."""
    return _kept(p, mass)


def _kept(p: np.ndarray, mass: float, extra: int = 0) -> np.ndarray:
    """Keep the nucleus and so many words more."""
    order = np.argsort(-p)
    before = np.cumsum(p[order]) - p[order]
    size = max(1, int((before < mass - 1e-12).sum()) + extra)
    return _only(p, order[:size])


def _only(p: np.ndarray, ids: np.ndarray) -> np.ndarray:
    result = np.zeros_like(p)
    result[ids] = p[ids]
    return result / result.sum()


@NUCLEUS.mistake(
    "The word that reaches the mass is left out. The nucleus has to have the mass: that word belongs to it."
)
def _nucleus_short(p: np.ndarray, mass: float) -> np.ndarray:
    return _kept(p, mass, extra=-1)


@NUCLEUS.mistake("One word too many: where the mass is reached the set is complete.")
def _nucleus_long(p: np.ndarray, mass: float) -> np.ndarray:
    return _kept(p, mass, extra=1)


@NUCLEUS.mistake("You cumulate in the order of the ids. The most probable words come first.")
def _nucleus_unsorted(p: np.ndarray, mass: float) -> np.ndarray:
    before = np.cumsum(p) - p
    return _only(p, np.flatnonzero(before < mass - 1e-12))


@NUCLEUS.mistake("What is left has to be divided by its sum: it should be a distribution.")
def _nucleus_not_normalised(p: np.ndarray, mass: float) -> np.ndarray:
    return np.where(nucleus(p, mass) > 0, p, 0.0)


@NUCLEUS.mistake(
    "Right set, wrong places: you return the probabilities in falling order, not in that of the ids."
)
def _nucleus_in_order(p: np.ndarray, mass: float) -> np.ndarray:
    return -np.sort(-nucleus(p, mass))


def _cut(p: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Keep the first words in falling order; of nothing 0 / 0 is left."""
    result = np.zeros_like(p)
    result[np.argsort(-p)[kept]] = p[np.argsort(-p)[kept]]
    with np.errstate(invalid="ignore"):
        return result / result.sum()


@NUCLEUS.mistake(
    "You keep a word if the sum up to and with it is below the mass: the one that reaches it is left out; "
    "where the first one does, nothing is left."
)
def _nucleus_below(p: np.ndarray, mass: float) -> np.ndarray:
    return _cut(p, np.cumsum(np.sort(p)[::-1]) < mass)


@NUCLEUS.mistake(
    "You keep a word if the sum up to and with it is not above the mass: the one that carries it over is "
    "left out, and where the first one does, nothing is left."
)
def _nucleus_not_above(p: np.ndarray, mass: float) -> np.ndarray:
    return _cut(p, np.cumsum(np.sort(p)[::-1]) <= mass)


@NUCLEUS.mistake("You compare each word alone with the mass. It is their sum that has to reach it.")
def _nucleus_each_alone(p: np.ndarray, mass: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(p >= mass, p, 0.0) / np.where(p >= mass, p, 0.0).sum()


@NUCLEUS.mistake("That is min-p: a share of the largest probability. A nucleus has the mass together.")
def _nucleus_min_p(p: np.ndarray, mass: float) -> np.ndarray:
    return _only(p, np.flatnonzero(p >= mass * p.max()))


@NUCLEUS.mistake("You begin with the least probable words. The nucleus is made of the most probable ones.")
def _nucleus_from_below(p: np.ndarray, mass: float) -> np.ndarray:
    order = np.argsort(p)
    return _only(p, order[np.cumsum(p[order]) - p[order] < mass - 1e-12])


@NUCLEUS.mistake("You return the kept words alone. The others keep their places, with probability 0.")
def _nucleus_shortened(p: np.ndarray, mass: float) -> np.ndarray:
    kept = -np.sort(-nucleus(p, mass))
    return kept[kept > 0]


@NUCLEUS.mistake("What is kept was decided in falling order, and then laid over p in the order of the ids.")
def _nucleus_misplaced(p: np.ndarray, mass: float) -> np.ndarray:
    falling = p[np.argsort(-p)]
    return _only(p, np.flatnonzero(np.cumsum(falling) - falling < mass - 1e-12))
