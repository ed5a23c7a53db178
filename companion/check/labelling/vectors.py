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
        w, c, dy = (rng.normal(size=(N, D)) for _ in range(3))
        yield w, np.tanh(c), rng.normal(size=(D, 2 * D)), rng.normal(size=D), dy


GATE = Exercise("lab-gate", _gate_cases)
Gradients = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
Gated = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _sum_gradient(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gated:
    """Return the gate g, the gradient da of its sum, and what da says of w and of c, (N, D) each."""
    g = 1 / (1 + np.exp(-(np.concatenate([w, c], axis=1) @ W.T + b)))
    da = dy * (w - c) * g * (1 - g)
    through_w, through_c = np.split(da @ W, 2, axis=1)
    return g, da, through_w, through_c


@GATE.solved_by
def gate_backward(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gradients:
    """Return dw, dc, dW and db of y = g w + (1 - g) c with the gate g = sigmoid(W [w; c] + b)."""
    g, da, through_w, through_c = _sum_gradient(w, c, W, b, dy)
    dW = da.T @ np.concatenate([w, c], axis=1)  # (D, 2D)
    return dy * g + through_w, dy * (1 - g) + through_c, dW, da.sum(axis=0)


@GATE.mistake(
    "Each vector is used twice: the gate weighs it, and it moves the gate. The second use is missing."
)
def _gate_once(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gradients:
    g, _, _, _ = _sum_gradient(w, c, W, b, dy)
    _, _, dW, db = gate_backward(w, c, W, b, dy)
    return dy * g, dy * (1 - g), dW, db


@GATE.mistake("The slope of the sigmoid is missing: between the gate and its sum lies a factor g (1 - g).")
def _gate_no_slope(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gradients:
    g, _, _, _ = _sum_gradient(w, c, W, b, dy)
    da, both = dy * (w - c), np.concatenate([w, c], axis=1)
    through_w, through_c = np.split(da @ W, 2, axis=1)
    return dy * g + through_w, dy * (1 - g) + through_c, da.T @ both, da.sum(axis=0)


@GATE.mistake("What the gate moves is the difference w - c: where it lets more of w in, it keeps c out.")
def _gate_word_alone(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gradients:
    g, _, _, _ = _sum_gradient(w, c, W, b, dy)
    da, both = dy * w * g * (1 - g), np.concatenate([w, c], axis=1)
    through_w, through_c = np.split(da @ W, 2, axis=1)
    return dy * g + through_w, dy * (1 - g) + through_c, da.T @ both, da.sum(axis=0)


@GATE.mistake(
    "W's first half multiplies the word, its second half the letters. You have them the other way round."
)
def _gate_halves(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gradients:
    g, da, through_w, through_c = _sum_gradient(w, c, W, b, dy)
    dW = da.T @ np.concatenate([c, w], axis=1)
    return dy * g + through_c, dy * (1 - g) + through_w, dW, da.sum(axis=0)


@GATE.mistake("The letters are weighed with g in yours. Their share is 1 - g.")
def _gate_share(w: np.ndarray, c: np.ndarray, W: np.ndarray, b: np.ndarray, dy: np.ndarray) -> Gradients:
    g, _, _, through_c = _sum_gradient(w, c, W, b, dy)
    dw, _, dW, db = gate_backward(w, c, W, b, dy)
    return dw, dy * g + through_c, dW, db


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
