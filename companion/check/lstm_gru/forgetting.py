"""``lstm-half-life``, ``lstm-forget-bias``, ``lstm-chunks``: biases that remember, and states handed on."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _half_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for steps in (1, 2, 10, 50, 1000):
        yield (steps,)
    yield (int(rng.integers(3, 500)),)


HALF_LIFE = Exercise(
    "lstm-half-life",
    _half_cases,
    (
        Law(
            "whoever is to keep something for longer than a step has to keep more than half at each: "
            "the bias is not negative.",
            lambda given, got: bool(got >= -1e-9),
        ),
    ),
)


@HALF_LIFE.solved_by
def bias_for(steps: int) -> float:
    """Return the bias of a forget gate that halves the cell in so many steps."""
    f = 0.5 ** (1 / steps)
    return float(np.log(f / (1 - f)))


@HALF_LIFE.mistake("That is the gate, f. The bias is what the sigmoid makes it of.")
def _half_gate(steps: int) -> float:
    return float(0.5 ** (1 / steps))


@HALF_LIFE.mistake(
    "That is 1 - 1/n for the gate: it leaves 1/e after n steps, roughly. Asked for is what leaves a half."
)
def _half_tau(steps: int) -> float:
    with np.errstate(divide="ignore"):
        return float(np.log(np.float64(steps - 1)))


@HALF_LIFE.mistake("The sign is the wrong way round: an open forget gate keeps.")
def _half_sign(steps: int) -> float:
    return -bias_for(steps)


def _bias_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for H, value in ((1, 1.0), (3, 1.0), (2, 3.0), (5, 2.5), (4, 0.0), (6, -1.0)):
        yield rng.normal(size=4 * H), rng.normal(size=4 * H), value


def _others_stay(given: Arguments, got: list[np.ndarray]) -> bool:
    H = len(given[0]) // 4
    kept = np.r_[:H, 2 * H : 4 * H]
    return all(np.array_equal(a[kept], b[kept]) for a, b in zip(given[:2], got, strict=True))


FORGET_BIAS = Exercise(
    "lstm-forget-bias",
    _bias_cases,
    (Law("the biases of i, g and o stay as they are.", _others_stay),),
)


@FORGET_BIAS.solved_by
def with_forget_bias(b_ih: np.ndarray, b_hh: np.ndarray, value: float) -> list[np.ndarray]:
    """Return both biases, (4H,) each, after the forget gate's have been set; the second is zero there."""
    H = len(b_ih) // 4
    b_ih, b_hh = b_ih.copy(), b_hh.copy()
    b_ih[H : 2 * H], b_hh[H : 2 * H] = value, 0
    return [b_ih, b_hh]


def _set(
    b_ih: np.ndarray, b_hh: np.ndarray, where: slice, first: float, second: float | np.ndarray
) -> list[np.ndarray]:
    b_ih, b_hh = b_ih.copy(), b_hh.copy()
    b_ih[where], b_hh[where] = first, second
    return [b_ih, b_hh]


@FORGET_BIAS.mistake("Both biases hold the value. The gate sees their sum: twice what was asked for.")
def _bias_twice(b_ih: np.ndarray, b_hh: np.ndarray, value: float) -> list[np.ndarray]:
    H = len(b_ih) // 4
    return _set(b_ih, b_hh, slice(H, 2 * H), value, value)


@FORGET_BIAS.mistake("The first holds the value and the second what was drawn: their sum is not the value.")
def _bias_one(b_ih: np.ndarray, b_hh: np.ndarray, value: float) -> list[np.ndarray]:
    H = len(b_ih) // 4
    return _set(b_ih, b_hh, slice(H, 2 * H), value, b_hh[H : 2 * H])


@FORGET_BIAS.mistake("These are the rows of the input gate. The forget gate's are the second quarter.")
def _bias_input(b_ih: np.ndarray, b_hh: np.ndarray, value: float) -> list[np.ndarray]:
    return _set(b_ih, b_hh, slice(0, len(b_ih) // 4), value, 0)


@FORGET_BIAS.mistake(
    "That is the third quarter, as where f comes after the candidate. PyTorch has i, f, g, o."
)
def _bias_third(b_ih: np.ndarray, b_hh: np.ndarray, value: float) -> list[np.ndarray]:
    H = len(b_ih) // 4
    return _set(b_ih, b_hh, slice(2 * H, 3 * H), value, 0)


def _chunk_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N, D, H, size in (
        (1, 1, 1, 1, 1),
        (6, 2, 3, 4, 2),
        (7, 3, 2, 5, 3),
        (5, 2, 4, 3, 5),
        (4, 1, 3, 2, 9),
        (9, 3, 1, 6, 4),
    ):
        weights = [rng.normal(size=shape) for shape in ((4 * H, D), (4 * H, H), (4 * H,))]
        yield rng.normal(size=(T, N, D)), weights, size


CHUNKS = Exercise("lstm-chunks", _chunk_cases)


def _gated(x: np.ndarray, h: np.ndarray, c: np.ndarray, weights: list[np.ndarray]) -> tuple:
    W_ih, W_hh, b = weights
    a_i, a_f, a_g, a_o = np.split(x @ W_ih.T + h @ W_hh.T + b, 4, axis=1)
    i, f, o = (0.5 + 0.5 * np.tanh(a / 2) for a in (a_i, a_f, a_o))
    c = f * c + i * np.tanh(a_g)
    return o * np.tanh(c), c


def _read(x: np.ndarray, weights: list[np.ndarray], size: int, hand_on: str) -> np.ndarray:
    """Read in chunks; what is handed on from one to the next is ``hand_on``: some of h and c."""
    zero = np.zeros((x.shape[1], weights[1].shape[1]))
    h, c, shown = zero, zero, []
    for t, x_t in enumerate(x):
        if t and t % size == 0:
            h, c = (h if "h" in hand_on else zero), (c if "c" in hand_on else h if "H" in hand_on else zero)
        h, c = _gated(x_t, h, c, weights)
        shown.append(h)
    return np.stack(shown)


@CHUNKS.solved_by
def read_in_chunks(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    """Return what the layer shows at every step, (T, N, H), reading x (T, N, D) ``size`` steps at a time."""
    return _read(x, weights, size, "hc")


@CHUNKS.mistake(
    "Only h is handed on. The cell, which is where the memory is, starts from zero in every chunk."
)
def _chunks_h(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    return _read(x, weights, size, "h")


@CHUNKS.mistake("Only c is handed on. The gates of a chunk's first step read h too.")
def _chunks_c(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    return _read(x, weights, size, "c")


@CHUNKS.mistake("Every chunk starts from zero.")
def _chunks_zero(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    return _read(x, weights, size, "")


@CHUNKS.mistake("Handed on is h twice, once in the place of c.")
def _chunks_twice(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    return _read(x, weights, size, "hH")


@CHUNKS.mistake("The last, shorter chunk is left out: T need not be a multiple of the size.")
def _chunks_cut(x: np.ndarray, weights: list[np.ndarray], size: int) -> np.ndarray:
    return _read(x, weights, size, "hc")[: len(x) // size * size]
