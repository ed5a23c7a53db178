"""``lab-average``, ``lab-gate``, ``lab-leak``: vectors for texts and words, and a split that leaks."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _average_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 9.0]]), np.array([[1, 2], [1, 0], [2, 0]]), np.array([3, 1])
    for V, D, T, N in ((7, 3, 5, 4), (4, 2, 6, 3), (9, 5, 3, 6), (3, 1, 4, 2), (6, 4, 7, 5)):
        lengths = rng.integers(1, T + 1, N)
        lengths[0] = T
        ids = rng.integers(1, V, (T, N))
        ids[np.arange(T)[:, None] >= lengths] = 0
        yield rng.normal(size=(V, D)), ids, lengths


AVERAGE = Exercise(
    "lab-average",
    _average_cases,
    (
        Law(
            "no number of a mean is larger than the largest of the table, or smaller than the smallest.",
            lambda given, got: bool(
                given[0].min() - 1e-9 <= got.min() and got.max() <= given[0].max() + 1e-9
            ),
        ),
    ),
)


@AVERAGE.solved_by
def average(E: np.ndarray, ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the mean of each text's word vectors, (N, D), of ids (T, N)."""
    real = np.arange(len(ids))[:, None] < lengths  # (T, N)
    return np.where(real[:, :, None], E[ids], 0).sum(axis=0) / lengths[:, None]


@AVERAGE.mistake("The padding's vector takes part in the mean. Whatever stands in row 0, it is no word.")
def _average_padded(E: np.ndarray, ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return E[ids].mean(axis=0)


@AVERAGE.mistake("The sum leaves the padding out, but it is divided by T: a short text gets a short vector.")
def _average_by_steps(E: np.ndarray, ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return average(E, ids, lengths) * (lengths / len(ids))[:, None]


@AVERAGE.mistake(
    "That is the sum. The mean divides by the number of words, so that a long text is not louder."
)
def _average_sum(E: np.ndarray, ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return average(E, ids, lengths) * lengths[:, None]


@AVERAGE.mistake(
    "A word that occurs twice counts once in yours. The mean is over words in the text, not over types."
)
def _average_types(E: np.ndarray, ids: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.stack([E[np.unique(ids[:n, i])].mean(axis=0) for i, n in enumerate(lengths)])


def _gate_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for N, D in ((1, 1), (3, 4), (5, 2), (2, 6), (4, 3), (6, 5)):
        yield rng.normal(size=(N, D)), rng.normal(size=(D, D)), rng.normal(size=D), rng.normal(size=(N, D))


GATE = Exercise("lab-gate", _gate_cases)
Gradients = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _gate_pass(
    c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray, turned: bool = False, slope: bool = True
) -> tuple[Gradients, np.ndarray]:
    """Go back through e = w + g c with g = sigmoid(W c + b); and what dc gets through the gate."""
    g = 1 / (1 + np.exp(-(c @ W.T + b)))  # (N, D)
    da = de * c * (g * (1 - g) if slope else 1)  # (N, D)
    through = da @ (W.T if turned else W)  # (N, D)
    return (de, de * g + through, da.T @ c, da.sum(axis=0)), through


@GATE.solved_by
def gate_backward(c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray) -> Gradients:
    """Return dw, dc, dW and db of e = w + g c with the gate g = sigmoid(W c + b)."""
    return _gate_pass(c, W, b, de)[0]


@GATE.mistake(
    "The letters' vector is used twice: the gate multiplies it, and it opens the gate. The second is missing."
)
def _gate_once(c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray) -> Gradients:
    (dw, dc, dW, db), through = _gate_pass(c, W, b, de)
    return dw, dc - through, dW, db


@GATE.mistake("Only the way through the gate's sum is in dc: the product g c has another factor, c itself.")
def _gate_through_only(c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray) -> Gradients:
    (dw, _, dW, db), through = _gate_pass(c, W, b, de)
    return dw, through, dW, db


@GATE.mistake("The slope of the sigmoid is missing: between the gate and its sum lies a factor g (1 - g).")
def _gate_no_slope(c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray) -> Gradients:
    return _gate_pass(c, W, b, de, slope=False)[0]


@GATE.mistake("W is turned on the way back: forward it was c @ W.T, so backward it is da @ W.")
def _gate_turned(c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray) -> Gradients:
    return _gate_pass(c, W, b, de, turned=True)[0]


@GATE.mistake("The word's vector is not gated: it is added, and its gradient is what comes from above.")
def _gate_word(c: np.ndarray, W: np.ndarray, b: np.ndarray, de: np.ndarray) -> Gradients:
    (_, dc, dW, db), _ = _gate_pass(c, W, b, de)
    return de / (1 + np.exp(-(c @ W.T + b))), dc, dW, db


def _leak_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([0, 0, 1, 1]), np.array([1, 2, 2])
    yield np.array([3, 4]), np.array([0, 1])
    yield np.array([2, 0, 1]), np.array([2, 2, 2, 5])
    for texts, S, n in ((6, 10, 5), (9, 4, 12), (4, 3, 8), (20, 9, 11)):
        yield rng.integers(0, texts, S), rng.integers(0, texts, n)


LEAK = Exercise(
    "lab-leak",
    _leak_cases,
    (Law("a share lies between 0 and 1.", lambda given, got: bool(0 <= got <= 1)),),
)


@LEAK.solved_by
def leaked(train: np.ndarray, test: np.ndarray) -> float:
    """Return the share of test sentences whose text has sentences in training as well."""
    return float(np.isin(test, train).mean())


@LEAK.mistake(
    "That is the share of *texts* that are on both sides. Asked for is the share of test sentences."
)
def _leak_texts(train: np.ndarray, test: np.ndarray) -> float:
    return float(np.isin(np.unique(test), train).mean())


@LEAK.mistake(
    "The other way round: of the training sentences, those whose text is tested. The test is what is spoilt."
)
def _leak_turned(train: np.ndarray, test: np.ndarray) -> float:
    return float(np.isin(train, test).mean())


@LEAK.mistake("You ask whether there is a leak. Asked for is how large it is, as a share.")
def _leak_any(train: np.ndarray, test: np.ndarray) -> float:
    return float(np.isin(test, train).any())


@LEAK.mistake("That is the share which does *not* leak.")
def _leak_clean(train: np.ndarray, test: np.ndarray) -> float:
    return float(1 - np.isin(test, train).mean())
