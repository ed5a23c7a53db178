"""``deep-dropout``, ``deep-variational``, ``deep-penalty``: what is done against learning by heart."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law

Arrays = list[np.ndarray]


def _dropped(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), 0.5, "train"
    yield np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), 0.5, "eval"
    for shape, p, mode in (
        ((4, 3), 0.2, "train"),
        ((5, 2, 3), 0.4, "train"),
        ((3, 4), 0.25, "eval"),
        ((6,), 0.0, "train"),
    ):
        yield rng.normal(size=shape), rng.random(shape) >= p, p, mode


DROPOUT = Exercise(
    "deep-dropout",
    _dropped,
    (
        Law(
            "after training every number goes through as it is.",
            lambda given, got: bool(given[3] == "train" or np.allclose(got, given[0])),
        ),
        Law(
            "while training, what is struck out is 0.",
            lambda given, got: bool(given[3] == "eval" or (got[~given[1]] == 0).all()),
        ),
    ),
)


@DROPOUT.solved_by
def dropout(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    """Return x with what is not kept struck out in the mode "train"; x itself in "eval"."""
    return x * keep / (1 - p) if mode == "train" else x.copy()


@DROPOUT.mistake(
    "The rescaling is forgotten: with a share of the numbers gone, the sums of the next layer shrink."
)
def _dropout_no_scale(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    return x * keep if mode == "train" else x


@DROPOUT.mistake("Dropout is left on: when training is over, nothing may be struck out and nothing rescaled.")
def _dropout_left_on(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    return x * keep / (1 - p)


@DROPOUT.mistake(
    "That is the other convention: no factor while training, 1 - p afterwards. Here what is kept is enlarged."
)
def _dropout_later(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    return x * keep if mode == "train" else x * (1 - p)


@DROPOUT.mistake("You divide by p, the share that is struck out. What share is kept?")
def _dropout_by_p(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return x * keep / np.float64(p) if mode == "train" else x


@DROPOUT.mistake("You multiply by 1 - p. Fewer numbers are left, so each has to count for more.")
def _dropout_smaller(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    return x * keep * (1 - p) if mode == "train" else x


@DROPOUT.mistake("The mask is the wrong way round: True is kept.")
def _dropout_turned(x: np.ndarray, keep: np.ndarray, p: float, mode: str) -> np.ndarray:
    return x * ~keep / (1 - p) if mode == "train" else x


def _masked(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, D, H, p in (
        (1, 1, 2, 2, 0.5),
        (4, 2, 3, 3, 0.5),
        (5, 3, 4, 6, 0.25),
        (6, 2, 5, 3, 0.4),
        (3, 4, 2, 5, 0.0),
        (2, 3, 4, 2, 0.2),
    ):
        W_ih, W_hh = rng.normal(size=(H, D)) / np.sqrt(D), rng.normal(size=(H, H)) / np.sqrt(H)
        keep_x, keep_h = rng.random((N, D)) >= p, rng.random((N, H)) >= p
        keep_x[0, 0], keep_h[0, 0] = p == 0, p == 0  # something is struck out
        keep_h[-1, -1] = keep_x[-1, -1] = True
        yield rng.normal(size=(T, N, D)), W_ih, W_hh, rng.normal(size=H), keep_x, keep_h, p


VARIATIONAL = Exercise(
    "deep-variational",
    _masked,
    (Law("a tanh stays between -1 and 1.", lambda given, got: bool((np.abs(got) <= 1).all())),),
)


def _run(
    x: np.ndarray, W_ih: np.ndarray, W_hh: np.ndarray, b: np.ndarray, by_x: np.ndarray, by_h: np.ndarray
) -> np.ndarray:
    """Run with what inputs and states are multiplied with, (N, D) and (N, H), or one for each step."""
    h, states = np.zeros((x.shape[1], len(b))), []
    by_x, by_h = (by if by.ndim == 3 else np.repeat(by[None], len(x), axis=0) for by in (by_x, by_h))
    for x_t, scale_x, scale_h in zip(x, by_x, by_h, strict=True):
        h = np.tanh((x_t * scale_x) @ W_ih.T + (h * scale_h) @ W_hh.T + b)
        states.append(h)
    return np.stack(states)


@VARIATIONAL.solved_by
def masked_states(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    """Return all states, (T, N, H), with one mask on the inputs and one on the states before W_hh."""
    return _run(x, W_ih, W_hh, b, keep_x / (1 - p), keep_h / (1 - p))


@VARIATIONAL.mistake("The rescaling is forgotten: what is kept is divided by 1 - p.")
def _variational_no_scale(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    return _run(x, W_ih, W_hh, b, keep_x / 1.0, keep_h / 1.0)


@VARIATIONAL.mistake(
    "The state that comes out is masked. Masked is what W_hh reads; what leaves the layer is whole."
)
def _variational_out(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    return masked_states(x, W_ih, W_hh, b, keep_x, keep_h, p) * keep_h / (1 - p)


@VARIATIONAL.mistake("The states' mask is not used: W_hh reads the whole state.")
def _variational_input_only(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    return _run(x, W_ih, W_hh, b, keep_x / (1 - p), np.ones(keep_h.shape))


@VARIATIONAL.mistake("The inputs' mask is not used: W_ih reads the whole input.")
def _variational_state_only(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    return _run(x, W_ih, W_hh, b, np.ones(keep_x.shape), keep_h / (1 - p))


@VARIATIONAL.mistake("The masks are used at the first step alone. It is one mask for all steps.")
def _variational_first_step(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    by_x, by_h = (np.ones((len(x), *keep.shape)) for keep in (keep_x, keep_h))
    by_x[0], by_h[0] = keep_x / (1 - p), keep_h / (1 - p)
    return _run(x, W_ih, W_hh, b, by_x, by_h)


@VARIATIONAL.mistake(
    "The mask is another at every step: it moves on by a unit. Then no unit keeps anything for long."
)
def _variational_fresh(
    x: np.ndarray,
    W_ih: np.ndarray,
    W_hh: np.ndarray,
    b: np.ndarray,
    keep_x: np.ndarray,
    keep_h: np.ndarray,
    p: float,
) -> np.ndarray:
    by_x, by_h = (
        np.stack([np.roll(keep, t, -1) for t in range(len(x))]) / (1 - p) for keep in (keep_x, keep_h)
    )
    return _run(x, W_ih, W_hh, b, by_x, by_h)


def _networks(rng: np.random.Generator) -> Iterator[Arguments]:
    for H, D, l1, l2 in (
        (2, 3, 0.0, 0.5),
        (3, 2, 0.5, 0.0),
        (4, 5, 0.1, 0.01),
        (5, 3, 0.0, 0.0),
        (1, 4, 1.0, 2.0),
        (6, 2, 0.3, 0.2),
    ):
        shapes = ((H, D), (H, H), (H,))
        params = [rng.normal(size=shape) for shape in shapes]
        params[0][0, 0] = 0.0
        yield [rng.normal(size=shape) for shape in shapes], params, l1, l2


PENALTY = Exercise(
    "deep-penalty",
    _networks,
    (
        Law(
            "a bias is not charged for: its gradient stays as it is.",
            lambda given, got: bool(np.allclose(got[2], given[0][2])),
        ),
        Law(
            "a weight of zero is not pulled anywhere.",
            lambda given, got: bool(np.isclose(got[0][0, 0], given[0][0][0, 0])),
        ),
    ),
)


@PENALTY.solved_by
def penalised(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    """Return the gradients of the loss plus l1 times the sum of |w| and l2 times the sum of w^2."""
    return [
        grad + (l1 * np.sign(w) + 2 * l2 * w if w.ndim == 2 else 0)
        for grad, w in zip(grads, params, strict=True)
    ]


@PENALTY.mistake("The derivative of w^2 is 2 w.")
def _penalty_half(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    return penalised(grads, params, l1, l2 / 2)


@PENALTY.mistake("The biases are charged for too. Only the weight matrices, arrays of two axes, are.")
def _penalty_biases(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    return [grad + l1 * np.sign(w) + 2 * l2 * w for grad, w in zip(grads, params, strict=True)]


@PENALTY.mistake(
    "Subtracted, the penalty's gradient makes the weights grow: the penalty is added to the loss."
)
def _penalty_uphill(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    return penalised(grads, params, -l1, -l2)


@PENALTY.mistake("The derivative of |w| is its sign. You have |w| itself.")
def _penalty_absolute(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    plain = penalised(grads, params, 0, l2)
    return [grad + (l1 * np.abs(w) if w.ndim == 2 else 0) for grad, w in zip(plain, params, strict=True)]


@PENALTY.mistake("That is the penalty's gradient alone: the loss's is missing.")
def _penalty_alone(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    return penalised([0 * grad for grad in grads], params, l1, l2)


@PENALTY.mistake("That is a mean over the weights of a matrix. The penalties are sums.")
def _penalty_mean(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    sums = penalised(grads, params, l1, l2)
    return [grad + (total - grad) / total.size for grad, total in zip(grads, sums, strict=True)]


@PENALTY.mistake("L1 and L2 are exchanged: whose gradient grows with the weight?")
def _penalty_exchanged(grads: Arrays, params: Arrays, l1: float, l2: float) -> Arrays:
    return penalised(grads, params, l2, l1)
