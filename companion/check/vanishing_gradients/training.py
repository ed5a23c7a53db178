"""``van-accumulate``, ``van-broken``, ``van-orthogonal``: before a step, and before the first one."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Arrays = list[np.ndarray]


def _accumulate_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield [[np.array([3.0, 0.0])], [np.array([0.0, 4.0])]], 1.0
    yield [[np.array([3.0]), np.array([[1.0]])], [np.array([-3.0]), np.array([[0.5]])]], 2.0
    yield [[np.zeros((2, 2)), np.zeros(2)]], 0.5
    for chunks, shapes, limit in (
        (3, ((4, 2), (4,)), 1.0),
        (4, ((3, 3), (3, 2), (3,)), 0.5),
        (2, ((2, 5), (5,)), 50.0),
        (5, ((6,),), 2.5),
    ):
        yield [[rng.normal(size=shape) for shape in shapes] for _ in range(chunks)], limit


def _length(grads: Arrays) -> float:
    return float(np.sqrt(sum(float((grad**2).sum()) for grad in grads)))


def _clipped(grads: Arrays, limit: float) -> Arrays:
    length = _length(grads)
    return [grad * (limit / length) for grad in grads] if length > limit else grads


def _added(chunks: list[Arrays]) -> Arrays:
    return [sum(grads[1:], start=grads[0].copy()) for grads in zip(*chunks, strict=True)]


ACCUMULATE = Exercise(
    "van-accumulate",
    _accumulate_cases,
    (
        Law(
            "the norm of everything together is not above the limit.",
            lambda given, got: _length(got) <= given[1] * (1 + 1e-9),
        ),
        Law(
            "a sum that is short enough stays as it is, however long its parts are.",
            lambda given, got: (
                _length(_added(given[0])) > given[1]
                or all(np.allclose(a, b) for a, b in zip(_added(given[0]), got, strict=True))
            ),
        ),
    ),
)


@ACCUMULATE.solved_by
def accumulate(chunks: list[Arrays], limit: float) -> Arrays:
    """Add the gradients of all chunks, then limit the common norm of what came out."""
    total = [np.sum(grads, axis=0) for grads in zip(*chunks, strict=True)]
    norm = np.sqrt(sum((grad**2).sum() for grad in total))
    factor = limit / norm if norm > limit else 1.0
    return [factor * grad for grad in total]


@ACCUMULATE.mistake(
    "You clip each chunk and then add: the sum is as long as it likes, and a chunk with a long gradient "
    "counts no more than any other."
)
def _accumulate_early(chunks: list[Arrays], limit: float) -> Arrays:
    return _added([_clipped(chunk, limit) for chunk in chunks])


@ACCUMULATE.mistake(
    "You clip each chunk and the sum as well. The length is right now; the direction is not that of the "
    "gradient."
)
def _accumulate_twice(chunks: list[Arrays], limit: float) -> Arrays:
    return _clipped(_accumulate_early(chunks, limit), limit)


@ACCUMULATE.mistake(
    "You clip the running sum after every addition: what was added first is cut again and again. Add "
    "first, clip once."
)
def _accumulate_running(chunks: list[Arrays], limit: float) -> Arrays:
    total = [np.zeros_like(grad) for grad in chunks[0]]
    for chunk in chunks:
        total = _clipped([a + b for a, b in zip(total, chunk, strict=True)], limit)
    return total


@ACCUMULATE.mistake("Each tensor is clipped by its own norm. One norm for all of them keeps the direction.")
def _accumulate_each(chunks: list[Arrays], limit: float) -> Arrays:
    return [_clipped([grad], limit)[0] for grad in _added(chunks)]


@ACCUMULATE.mistake("You limit each number by itself; that turns the gradient.")
def _accumulate_values(chunks: list[Arrays], limit: float) -> Arrays:
    return [np.clip(grad, -limit, limit) for grad in _added(chunks)]


@ACCUMULATE.mistake("You have averaged the chunks. The loss is a sum over them, and so is its gradient.")
def _accumulate_mean(chunks: list[Arrays], limit: float) -> Arrays:
    return _clipped([grad / len(chunks) for grad in _added(chunks)], limit)


def _broken_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    nan, inf = np.nan, np.inf
    yield ({"weight": np.ones((2, 2)), "bias": np.zeros(2)},)
    yield ({"weight": np.array([[1.0, nan], [0.0, 2.0]]), "bias": np.zeros(2)},)
    yield ({"weight": np.ones((2, 3)), "bias": np.array([0.0, inf, 1.0])},)
    yield ({"a": np.array([-inf, 1.0]), "b": np.array([inf, -inf]), "c": np.array([nan, nan])},)
    yield ({"large": np.full(3, 1e308), "small": np.full(2, 1e-308)},)
    for _ in range(4):
        grads = {name: rng.normal(size=(3, 2)) for name in ("one", "two", "three", "four")}
        for name in rng.permutation(list(grads))[: rng.integers(0, 4)]:
            grads[str(name)][rng.integers(3), rng.integers(2)] = rng.choice([nan, inf, -inf])
        yield (grads,)


BROKEN = Exercise("van-broken", _broken_cases)


@BROKEN.solved_by
def broken(grads: dict[str, np.ndarray]) -> list[str]:
    """Return the names, in their order, of the gradients that hold a nan or an infinite number."""
    return [name for name, grad in grads.items() if not np.isfinite(grad).all()]


@BROKEN.mistake(
    "You compare with nan. A nan is not equal to anything, itself included: nothing is ever found."
)
def _broken_equal(grads: dict[str, np.ndarray]) -> list[str]:
    return [name for name, grad in grads.items() if (grad == np.nan).any()]


@BROKEN.mistake(
    "You look for nan alone. An infinite gradient breaks the weights just as well; the nan comes one step "
    "later."
)
def _broken_nan_only(grads: dict[str, np.ndarray]) -> list[str]:
    return [name for name, grad in grads.items() if np.isnan(grad).any()]


@BROKEN.mistake("You look for infinite numbers alone. What is already nan is not infinite.")
def _broken_inf_only(grads: dict[str, np.ndarray]) -> list[str]:
    return [name for name, grad in grads.items() if np.isinf(grad).any()]


@BROKEN.mistake("A tensor is named only if all of its numbers are broken. One is enough.")
def _broken_all(grads: dict[str, np.ndarray]) -> list[str]:
    return [name for name, grad in grads.items() if not np.isfinite(grad).any()]


@BROKEN.mistake(
    "You ask the sum. A sum of finite numbers may overflow: an alarm without a fire. Ask the numbers "
    "themselves."
)
def _broken_sum(grads: dict[str, np.ndarray]) -> list[str]:
    with np.errstate(over="ignore", invalid="ignore"):
        return [name for name, grad in grads.items() if not np.isfinite(grad.sum())]


@BROKEN.mistake("You compare with a large number. No comparison with nan is true, so that a nan passes.")
def _broken_large(grads: dict[str, np.ndarray]) -> list[str]:
    return [name for name, grad in grads.items() if (np.abs(grad) > 1e100).any()]


def _orthogonal_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield (np.array([[-2.0]]),)
    yield (np.array([[3.0, 1.0], [4.0, 2.0]]),)
    for size in (2, 3, 4, 6, 5):
        yield (rng.normal(size=(size, size)),)


ORTHOGONAL = Exercise(
    "van-orthogonal",
    _orthogonal_cases,
    (
        Law(
            "the columns have length 1 and are at right angles to each other: Q.T @ Q is the identity.",
            lambda given, got: bool(np.allclose(got.T @ got, np.eye(len(got)))),
        ),
    ),
)


@ORTHOGONAL.solved_by
def orthogonal_factor(A: np.ndarray) -> np.ndarray:
    """Return Q of A = Q R, with R upper triangular and its diagonal positive."""
    q, r = np.linalg.qr(A)
    return np.asarray(q * np.sign(np.diag(r)))


@ORTHOGONAL.mistake(
    "Orthogonal it is, but the diagonal of R is not positive: which Q you get depends on how it was computed."
)
def _orthogonal_signs(A: np.ndarray) -> np.ndarray:
    return np.linalg.qr(A)[0]


@ORTHOGONAL.mistake("The signs are put on the rows. Turning a row of R round turns a column of Q.")
def _orthogonal_rows(A: np.ndarray) -> np.ndarray:
    q, r = np.linalg.qr(A)
    return np.asarray(np.sign(np.diag(r))[:, None] * q)


@ORTHOGONAL.mistake("The columns have length 1 now; they are still not at right angles to each other.")
def _orthogonal_lengths(A: np.ndarray) -> np.ndarray:
    return np.asarray(A / np.linalg.norm(A, axis=0))


@ORTHOGONAL.mistake("That scales the spectral radius to 1. One eigenvalue is right then; the others are not.")
def _orthogonal_radius(A: np.ndarray) -> np.ndarray:
    return np.asarray(A / np.abs(np.linalg.eigvals(A)).max())


@ORTHOGONAL.mistake(
    "That is the orthogonal matrix nearest to A, U V' of its singular value decomposition: a good one "
    "too, but not the factor Q."
)
def _orthogonal_nearest(A: np.ndarray) -> np.ndarray:
    u, _, v = np.linalg.svd(A)
    return np.asarray(u @ v)
