"""``van-steps``, ``van-power``, ``van-norms``, ``van-latch``: what becomes of a gradient on its way back."""

import math
from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _steps_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield from ((0.5, 0.25), (0.5, 0.3), (0.9, 0.01), (0.577, 1e-6), (0.99, 0.5), (0.2, 0.9), (0.7, 1.0))
    for _ in range(5):
        yield float(rng.uniform(0.3, 0.98)), float(rng.uniform(0.001, 0.5))


STEPS = Exercise(
    "van-steps",
    _steps_cases,
    (
        Law(
            "after so many steps no more than the share is left.",
            lambda given, got: bool(given[0] ** got <= given[1] * (1 + 1e-9)),
        ),
    ),
)


@STEPS.solved_by
def steps_until(radius: float, share: float) -> int:
    """Return the smallest n with radius^n <= share."""
    return math.ceil(math.log(share) / math.log(radius) - 1e-12)


@STEPS.mistake("Rounded down: after so many steps a little more than the share is still left.")
def _steps_floor(radius: float, share: float) -> int:
    return math.floor(math.log(share) / math.log(radius) - 1e-12)


@STEPS.mistake(
    "You take the same amount away at every step. A step takes a share of what is left: the amounts shrink."
)
def _steps_linear(radius: float, share: float) -> int:
    return math.ceil((1 - share) / (1 - radius))


@STEPS.mistake("One step too many: at radius 0.5 a quarter is left after two steps.")
def _steps_more(radius: float, share: float) -> int:
    return steps_until(radius, share) + 1


@STEPS.mistake("The logarithm of the share is divided by that of the radius, not the other way round.")
def _steps_upside_down(radius: float, share: float) -> int:
    return math.ceil(math.log(radius) / math.log(share)) if share < 1 else 0


def _power_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[2.0, 1.0], [0.0, 1.0]]), 3
    yield np.array([[0.0, -1.0], [1.0, 0.0]]), 2
    for size, steps in ((1, 4), (3, 0), (3, 1), (4, 5), (6, 12), (5, 30)):
        yield rng.normal(size=(size, size)) / np.sqrt(size), steps


POWER = Exercise(
    "van-power",
    _power_cases,
    (
        Law(
            "a power of real numbers is real: the imaginary parts cancel, and are to be dropped.",
            lambda given, got: not np.iscomplexobj(got),
        ),
        Law(
            "the power 0 is the identity.",
            lambda given, got: given[1] != 0 or bool(np.allclose(got, np.eye(len(given[0])))),
        ),
    ),
)


@POWER.solved_by
def power(W: np.ndarray, n: int) -> np.ndarray:
    """Return W^n from the eigenvalues and eigenvectors of W."""
    values, vectors = np.linalg.eig(W)
    return np.asarray((vectors * values**n @ np.linalg.inv(vectors)).real)


@POWER.mistake("That raises each entry by itself. A power of a matrix is a product of matrices.")
def _power_entries(W: np.ndarray, n: int) -> np.ndarray:
    return W**n


@POWER.mistake(
    "You have transposed V instead of inverting it. They are the same only if the eigenvectors are at "
    "right angles, as those of a symmetric matrix are."
)
def _power_transposed(W: np.ndarray, n: int) -> np.ndarray:
    values, vectors = np.linalg.eig(W)
    return np.asarray((vectors * values**n @ vectors.T).real)


@POWER.mistake("V and its inverse are exchanged: the columns of V are the eigenvectors, and V stands first.")
def _power_exchanged(W: np.ndarray, n: int) -> np.ndarray:
    values, vectors = np.linalg.eig(W)
    return np.asarray((np.linalg.inv(vectors) * values**n @ vectors).real)


@POWER.mistake(
    "You have dropped the imaginary parts before raising to the power. The angle of an eigenvalue turns; "
    "only of the product are they zero."
)
def _power_real_parts(W: np.ndarray, n: int) -> np.ndarray:
    values, vectors = np.linalg.eig(W)
    return np.asarray((vectors * values.real**n @ np.linalg.inv(vectors)).real)


@POWER.mistake(
    "The magnitudes of the eigenvalues are not enough: their signs and angles matter to a product."
)
def _power_magnitudes(W: np.ndarray, n: int) -> np.ndarray:
    values, vectors = np.linalg.eig(W)
    return np.asarray((vectors * np.abs(values) ** n @ np.linalg.inv(vectors)).real)


def _norms_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, H in ((1, 1), (1, 3), (2, 2), (5, 4), (7, 3), (4, 6)):
        yield np.tanh(rng.normal(size=(T, H))), rng.normal(size=(H, H)) / np.sqrt(H)


def _norms(
    h: np.ndarray, W_hh: np.ndarray, shift: int = 0, slopes: bool = True, columns: bool = False
) -> list[np.ndarray]:
    """Return the products of 1, 2, ..., T Jacobians, back from the last; mistakes are settings."""
    f = (
        1 - np.concatenate([np.zeros((1, h.shape[1])), h]) ** 2
        if slopes
        else np.ones((len(h) + 1, h.shape[1]))
    )
    product, products = np.eye(h.shape[1]), []
    for j in range(len(h), 0, -1):
        slope = f[j - shift]
        product = product @ (W_hh * slope if columns else slope[:, None] * W_hh)
        products.append(product)
    return products


def _spectral(products: list[np.ndarray]) -> np.ndarray:
    return np.array([np.linalg.norm(product, 2) for product in products])


NORMS = Exercise(
    "van-norms",
    _norms_cases,
    (
        Law(
            "no product is longer than the norms of its factors together.",
            lambda given, got: bool(
                (got <= np.linalg.norm(given[1], 2) ** np.arange(1, len(got) + 1) * (1 + 1e-9)).all()
            ),
        ),
    ),
)


@NORMS.solved_by
def norms(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    """Return the norm of dh_T/dh_{T-n} for n = 1, ..., T, from the states h_1, ..., h_T."""
    product, found = np.eye(h.shape[1]), []
    for state in h[::-1]:
        product = product @ ((1 - state**2)[:, None] * W_hh)
        found.append(np.linalg.norm(product, 2))
    return np.array(found)


@NORMS.mistake("Between two states lies a tanh: its slope, 1 - h^2, is missing in every factor.")
def _norms_linear(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return _spectral(_norms(h, W_hh, slopes=False))


@NORMS.mistake(
    "The slope is that of the state before. The step from h_{j-1} to h_j crosses the tanh that made h_j."
)
def _norms_before(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return _spectral(_norms(h, W_hh, shift=1))


@NORMS.mistake("The slopes multiply the columns of W_hh. They belong to the rows: first W_hh, then the tanh.")
def _norms_columns(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return _spectral(_norms(h, W_hh, columns=True))


@NORMS.mistake(
    "The factors stand in the wrong order: that of the last step has to stay on the left, and each "
    "earlier one comes on the right."
)
def _norms_order(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    product, found = np.eye(h.shape[1]), []
    for state in h[::-1]:
        product = ((1 - state**2)[:, None] * W_hh) @ product
        found.append(np.linalg.norm(product, 2))
    return np.array(found)


@NORMS.mistake("That is the root of the sum of squares. Asked for is the largest singular value.")
def _norms_frobenius(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return np.array([np.linalg.norm(product) for product in _norms(h, W_hh)])


@NORMS.mistake("That is the spectral radius of each product; a single vector may be stretched more.")
def _norms_radius(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return np.array([np.abs(np.linalg.eigvals(product)).max() for product in _norms(h, W_hh)])


@NORMS.mistake(
    "Those are the norms of the single steps. A gradient crosses all of them, one after the other."
)
def _norms_single(h: np.ndarray, W_hh: np.ndarray) -> np.ndarray:
    return _spectral([(1 - state**2)[:, None] * W_hh for state in h[::-1]])


def _latch_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for w in (0.5, 0.95, 1.125, 1.5, 2.0625, 3.0, 5.0):
        yield (w,)
    yield (float(rng.uniform(1.2, 2.5)),)


LATCH = Exercise(
    "van-latch",
    _latch_cases,
    (
        Law(
            "the state stays where it is: h = tanh(w h).",
            lambda given, got: bool(abs(np.tanh(given[0] * got[0]) - got[0]) < 1e-6),
        ),
        Law(
            "the state does come back after a small push: the factor is below 1.",
            lambda given, got: bool(got[1] < 1),
        ),
    ),
)


@LATCH.solved_by
def latch(w: float) -> tuple[float, float]:
    """Return the largest h with h = tanh(w h), and the factor of a gradient at each step spent there."""
    h = 1.0 if w > 1 else 0.0
    for _ in range(2000):
        h = math.tanh(w * h)
    return h, w * (1 - h * h)


@LATCH.mistake(
    "You have stopped at h = 0. It is a solution too, but for w > 1 a state that is pushed does not come "
    "back to it."
)
def _latch_zero(w: float) -> tuple[float, float]:
    return 0.0, w


@LATCH.mistake("The factor is that of the tanh alone. On its way a gradient crosses the weight as well.")
def _latch_no_weight(w: float) -> tuple[float, float]:
    h, _ = latch(w)
    return h, 1 - h * h


@LATCH.mistake("That is the factor of the first step, from h = 0. Asked for is where the unit rests.")
def _latch_start(w: float) -> tuple[float, float]:
    return latch(w)[0], w


@LATCH.mistake(
    "The slope is taken at h, but tanh is applied to w h: in terms of its result it is 1 - h^2, in terms "
    "of h it would be 1 - tanh(w h)^2."
)
def _latch_slope_twice(w: float) -> tuple[float, float]:
    h, _ = latch(w)
    return h, w * (1 - math.tanh(h) ** 2)
