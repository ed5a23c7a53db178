"""``att-back``: from the gradient of the contexts to that of the scores and of the values."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, S, E in ((1, 1, 2), (1, 3, 2), (2, 5, 4), (4, 3, 5), (3, 6, 2), (5, 4, 3)):
        exps = np.exp(rng.normal(size=(T, S)))
        yield exps / exps.sum(axis=1, keepdims=True), rng.normal(size=(S, E)), rng.normal(size=(T, E))


BACK = Exercise(
    "att-back",
    _cases,
    (
        Law(
            "the gradients of one query's scores sum to 0: to add the same to all of them changes nothing.",
            lambda given, got: bool(np.allclose(got[0].sum(axis=1), 0)),
        ),
    ),
)


@BACK.solved_by
def attend_backward(
    weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the scores, (T, S), and of the values, (S, E)."""
    dweights = dcontext @ values.T
    mean = (weights * dweights).sum(axis=1, keepdims=True)
    return weights * (dweights - mean), weights.T @ dcontext


@BACK.mistake("The first array is the gradient of the weights: it still has to go through the softmax.")
def _no_softmax(
    weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return dcontext @ values.T, weights.T @ dcontext


@BACK.mistake("The mean is missing: a softmax couples all scores, for its weights sum to 1.")
def _no_mean(weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return weights * (dcontext @ values.T), weights.T @ dcontext


@BACK.mistake(
    "Weight times (1 - weight) is the diagonal of the softmax's Jacobian. The rest of it is not zero."
)
def _diagonal(weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return weights * (1 - weights) * (dcontext @ values.T), weights.T @ dcontext


@BACK.mistake("The mean is the plain one. It has to be weighted with the weights themselves.")
def _plain_mean(
    weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    dweights = dcontext @ values.T
    return weights * (dweights - dweights.mean(axis=1, keepdims=True)), weights.T @ dcontext


@BACK.mistake("The mean runs over the queries. Each query has a softmax of its own, over the keys.")
def _other_axis(
    weights: np.ndarray, values: np.ndarray, dcontext: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    dweights = dcontext @ values.T
    mean = (weights * dweights).sum(axis=0, keepdims=True)
    return weights * (dweights - mean), weights.T @ dcontext
