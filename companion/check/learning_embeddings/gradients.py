"""``le-sgns`` and ``le-cbow``: two gradients. The docstring of each solution is what is asked."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Three = tuple[np.ndarray, np.ndarray, np.ndarray]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _sgns_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1.0, 0.0]), np.array([0.0, 2.0]), np.array([[3.0, 1.0]])
    yield np.array([1.0, -1.0]), np.array([2.0, 1.0]), np.array([[0.5, 0.5], [0.5, 0.5]])
    for dimensions, draws in [(3, 1), (2, 4), (4, 5), (6, 3), (5, 2)]:
        yield rng.normal(size=dimensions), rng.normal(size=dimensions), rng.normal(size=(draws, dimensions))


def _pulled(given: Arguments, got: Three) -> bool:
    """Say whether a small step against the gradient raises the score of the pair, by way of its context."""
    return bool(-got[1] @ given[0] > 0)


def _pushed(given: Arguments, got: Three) -> bool:
    return bool((-got[2] @ given[0] < 0).all())


SGNS = Exercise(
    "le-sgns",
    _sgns_cases,
    (
        Law("a step against the gradient of the context raises its product with the centre.", _pulled),
        Law("a step against the gradient of a noise word lowers its product with the centre.", _pushed),
    ),
)


@SGNS.solved_by
def sgns_gradients(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    """Return the gradients of one pair's loss with respect to v (D,), u (D,) and noise (K, D).

    v is the vector of the centre, u that of its context, and the rows of noise those of the words drawn.
    """
    wrong = _sigmoid(u @ v) - 1
    fooled = _sigmoid(noise @ v)  # (K,)
    return wrong * u + fooled @ noise, wrong * v, fooled[:, None] * v


@SGNS.mistake("Every sign is turned: these are the steps to take, not the gradients.")
def _sgns_steps(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    dv, du, dnoise = sgns_gradients(v, u, noise)
    return -dv, -du, -dnoise


@SGNS.mistake("You pull the noise words towards the centre: for them the target is 0.")
def _sgns_noise_pulled(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    wrong, fooled = _sigmoid(u @ v) - 1, _sigmoid(noise @ v) - 1
    return wrong * u + fooled @ noise, wrong * v, fooled[:, None] * v


@SGNS.mistake("For the context you take the probability itself. Its target is 1: how far off is it?")
def _sgns_no_target(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    p, fooled = _sigmoid(u @ v), _sigmoid(noise @ v)
    return p * u + fooled @ noise, p * v, fooled[:, None] * v


@SGNS.mistake("The gradient of the centre has the share of the context alone; the noise words move it too.")
def _sgns_centre_of_one(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    _, du, dnoise = sgns_gradients(v, u, noise)
    return (_sigmoid(u @ v) - 1) * u, du, dnoise


@SGNS.mistake("You take the mean over the noise words. The loss is a sum over them.")
def _sgns_mean(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    wrong, fooled = _sigmoid(u @ v) - 1, _sigmoid(noise @ v) / len(noise)
    return wrong * u + fooled @ noise, wrong * v, fooled[:, None] * v


@SGNS.mistake(
    "You move the context and the noise words before you compute the gradient of the centre, which therefore "
    "sees other vectors than the loss did."
)
def _sgns_in_place(v: np.ndarray, u: np.ndarray, noise: np.ndarray) -> Three:
    _, du, dnoise = sgns_gradients(v, u, noise)
    wrong, fooled = _sigmoid(u @ v) - 1, _sigmoid(noise @ v)
    return wrong * (u - du) + fooled @ (noise - dnoise), du, dnoise


def _cbow_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1]), np.array([2.0, 4.0]), 3
    yield np.array([0, 2]), np.array([2.0, 4.0]), 3
    yield np.array([1, 1]), np.array([2.0, 4.0]), 2
    yield np.array([2, 0, 2]), np.array([3.0]), 4
    for count, dimensions, size in [(4, 3, 6), (7, 2, 4), (10, 5, 3), (6, 4, 9)]:
        yield rng.integers(0, size, count), rng.normal(size=dimensions), size


CBOW = Exercise(
    "le-cbow",
    _cbow_cases,
    (
        Law(
            "a row whose word is not in the context has gradient 0.",
            lambda given, got: bool((got[np.setdiff1d(np.arange(given[2]), given[0])] == 0).all()),
        ),
        Law(
            "the mean's gradient is shared out among the words of the context: nothing is lost or won.",
            lambda given, got: bool(np.allclose(got.sum(axis=0), given[1])),
        ),
    ),
)


@CBOW.solved_by
def cbow_gradient(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    """Return the gradient (size, D) of the table: for C context ids and the gradient (D,) of their mean."""
    gradient = np.zeros((size, len(dmean)))  # (V, D)
    np.add.at(gradient, context, dmean / len(context))
    return gradient


@CBOW.mistake(
    "Each word of the context gets the whole gradient of the mean, as in word2vec.c and in gensim. "
    "If a word moves by one, by how much does the mean?"
)
def _cbow_undivided(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    return cbow_gradient(context, dmean, size) * len(context)


@CBOW.mistake("A word that stands in the context twice has two shares in the mean; yours gets one.")
def _cbow_overwrites(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    gradient = np.zeros((size, len(dmean)))
    gradient[context] += dmean / len(context)
    return gradient


@CBOW.mistake("You take each different word of the context once, in the mean too.")
def _cbow_set(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    return cbow_gradient(np.unique(context), dmean, size)


@CBOW.mistake("You divide by the size of the vocabulary; the mean is over the words of the context.")
def _cbow_by_vocabulary(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    return cbow_gradient(context, dmean, size) * len(context) / size


@CBOW.mistake("The sign is turned: this is the step to take, not the gradient.")
def _cbow_step(context: np.ndarray, dmean: np.ndarray, size: int) -> np.ndarray:
    return -cbow_gradient(context, dmean, size)
