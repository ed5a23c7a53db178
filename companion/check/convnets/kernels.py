"""``conv-causal``, ``conv-kernel``: a convolution that sees no later step, and its kernel's gradient."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _causal_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.ones((4, 1)), np.array([[[1.0, 10.0, 100.0]]]), np.zeros(1)
    for T, D, F, K in ((1, 2, 3, 4), (6, 3, 2, 1), (7, 2, 4, 3), (5, 4, 3, 2), (8, 3, 3, 5)):
        yield rng.normal(size=(T, D)), rng.normal(size=(F, D, K)), rng.normal(size=F)


def _first_step(given: Arguments, got: np.ndarray) -> bool:
    x, weight, bias = given
    return bool(np.allclose(got[0], bias + weight[:, :, -1] @ x[0], 1e-5, 1e-6))


CAUSAL = Exercise(
    "conv-causal",
    _causal_cases,
    (Law("the first output sees the first input alone, through the last place of the kernel.", _first_step),),
)


def _padded(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, before: int, after: int) -> np.ndarray:
    """Return the outputs of a sequence with so many zeros in front and behind."""
    D = x.shape[1]
    long = np.concatenate([np.zeros((before, D)), x, np.zeros((after, D))])
    K = weight.shape[2]
    places = range(len(long) - K + 1)
    return np.array([bias + np.einsum("fdk,kd->f", weight, long[t : t + K]) for t in places])


@CAUSAL.solved_by
def causal(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return y (T, F) of x (T, D) and weight (F, D, K): step t sees the steps t - K + 1 to t."""
    return _padded(x, weight, bias, weight.shape[2] - 1, 0)


@CAUSAL.mistake(
    "The kernel is turned round. In signal processing a convolution does that; the layer called so does not."
)
def _causal_flipped(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return causal(x, weight[:, :, ::-1], bias)


@CAUSAL.mistake(
    "The zeros stand behind the sequence: output t sees later steps. A forecast would read the answer."
)
def _causal_future(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return _padded(x, weight, bias, 0, weight.shape[2] - 1)


@CAUSAL.mistake(
    'Half of the zeros stand behind the sequence: that is "same", which sees half a kernel ahead.'
)
def _causal_same(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    before = (weight.shape[2] - 1) // 2
    return _padded(x, weight, bias, before, weight.shape[2] - 1 - before)


@CAUSAL.mistake("Output t must see step t itself too. Yours ends one step before.")
def _causal_late(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return _padded(x, weight, bias, weight.shape[2], 0)[:-1]


@CAUSAL.mistake("The bias is missing.")
def _causal_no_bias(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return causal(x, weight, 0 * bias)


def _kernel_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.arange(4.0)[:, None], np.ones((2, 1))
    for T, D, F, K in ((5, 2, 3, 2), (6, 3, 2, 6), (4, 2, 4, 1), (9, 3, 4, 3), (7, 4, 2, 5)):
        yield rng.normal(size=(T, D)), rng.normal(size=(T - K + 1, F))


KERNEL_GRAD = Exercise("conv-kernel", _kernel_cases)


@KERNEL_GRAD.solved_by
def kernel_gradient(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    """Return dW (F, D, K) of a convolution without padding, x (T, D), dy (T - K + 1, F)."""
    K = len(x) - len(dy) + 1
    return np.stack([dy.T @ x[k : k + len(dy)] for k in range(K)], axis=-1)


@KERNEL_GRAD.mistake("The places of the kernel come out in the wrong order, the last one first.")
def _kernel_flipped(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    return kernel_gradient(x, dy)[:, :, ::-1].copy()


@KERNEL_GRAD.mistake(
    "That is a mean over the places where the kernel stood. A shared weight's gradient is the sum."
)
def _kernel_mean(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    return kernel_gradient(x, dy) / len(dy)


@KERNEL_GRAD.mistake("Only the first place where the kernel stood is counted. It is shared by all of them.")
def _kernel_first(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    K = len(x) - len(dy) + 1
    return np.einsum("f,kd->fdk", dy[0], x[:K])


@KERNEL_GRAD.mistake("Every place of the kernel gets the same: place k has to meet the input k steps later.")
def _kernel_same(x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    K = len(x) - len(dy) + 1
    return np.repeat((dy.T @ x[: len(dy)])[:, :, None], K, axis=2)
