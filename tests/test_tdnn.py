"""The time-delay layer against torch.nn.Conv1d, its banded matrix, differences, and laws; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, numpy, tensor

from companion.reference import tdnn as reference
from companion.reference.gradcheck import check
from companion.torch.tdnn import TDNN

SEEDS = range(4)


def drawn(seed, K=None, square=False):
    """Draw parameters, x and dy; all sizes differ, unless square asks for D = H."""
    rng = np.random.default_rng(seed)
    N, D, H, extra = (int(size) for size in rng.permutation(np.arange(2, 8))[:4])
    K = int(rng.integers(2, 5)) if K is None else K
    H = D if square else H
    T = K + extra
    params = reference.init(D, H, K, rng)
    return params, rng.standard_normal((T, N, D)), rng.standard_normal((T - K + 1, N, H)), rng


def of_reference(params, x, dy, forward=reference.forward, backward=reference.backward):
    y, cache = forward(params, x)
    dx, dparams = backward(cache, dy)
    return [y, dx, dparams["weight"], dparams["bias"]]


def of_conv1d(params, x, dy):
    """Run torch.nn.Conv1d, whose sequences are (N, D, T)."""
    H, D, K = params["weight"].shape
    layer = torch.nn.Conv1d(D, H, K, dtype=torch.float64)
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    x = tensor(x, grad=True)
    y = layer(x.permute(1, 2, 0)).permute(2, 0, 1)
    y.backward(tensor(dy))
    return [y, x.grad, layer.weight.grad, layer.bias.grad]


def of_module(params, x, dy, method="forward", device="cpu"):
    H, D, K = params["weight"].shape
    layer = TDNN(D, H, K, dtype=tensor(x).dtype, device=device)
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    x = tensor(x, device, grad=True)
    y = getattr(layer, method)(x)
    y.backward(tensor(dy, device))
    return [y, x.grad, layer.weight.grad, layer.bias.grad]


def furthest(a, b):
    return max(apart(p, q) for p, q in zip(a, b, strict=True))


@pytest.mark.equation("eq-tdnn")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("K", [1, 2, 3, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_all_forms_agree_with_conv1d(seed, K, device, measure):
    params, x, dy, _ = drawn(seed, K)
    theirs = of_conv1d(params, x, dy)
    measure("eq-tdnn", furthest(of_reference(params, x, dy), theirs), PARITY)
    measure("eq-tdnn", apart(reference.as_product(params, x), theirs[0]), PARITY)
    measure("eq-tdnn", furthest(of_module(params, x, dy, device=device), theirs), PARITY)
    measure("eq-tdnn", furthest(of_module(params, x, dy, "as_product", device), theirs), PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed):
    params, x, _, rng = drawn(seed)
    assert check(reference.forward, reference.backward, params, x, rng=rng).error <= GRADCHECK


@pytest.mark.equation("eq-tdnn")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_matrix_is_a_band_of_the_same_weights(seed, measure):
    params, x, dy, _ = drawn(seed)
    H, D, K = params["weight"].shape
    T, N, _ = x.shape
    matrix = reference.banded_matrix(params, T)
    assert matrix.shape == ((T - K + 1) * H, T * D)
    blocks = matrix.reshape(T - K + 1, H, T, D)
    for t in range(T - K + 1):
        for s in range(T):
            inside = t <= s < t + K
            expected = params["weight"][:, :, s - t] if inside else np.zeros((H, D))
            np.testing.assert_array_equal(blocks[t, :, s], expected)
    dx = matrix.T @ dy.transpose(0, 2, 1).reshape(-1, N)  # going back is the transposed matrix
    measure("eq-tdnn", apart(dx.reshape(T, D, N).transpose(0, 2, 1), of_reference(params, x, dy)[1]), PARITY)
    module = TDNN(D, H, K, dtype=torch.float64)
    module.load_state_dict({name: tensor(value) for name, value in params.items()})
    np.testing.assert_array_equal(module.banded_matrix(T).detach(), matrix)


def test_a_shift_in_time_is_a_shift_of_the_output_and_memory_is_k_steps():
    params, x, _, rng = drawn(0, K=3)
    y, _ = reference.forward(params, x)
    before = rng.standard_normal((2, *x.shape[1:]))
    late, _ = reference.forward(params, np.concatenate([before, x]))
    assert apart(late[2:], y) <= PARITY
    for s in range(len(x)):
        moved = x.copy()
        moved[s] += 1
        changed = np.flatnonzero((reference.forward(params, moved)[0] != y).any(axis=(1, 2)))
        assert changed.min() == max(s - 2, 0)
        assert changed.max() == min(s, len(y) - 1)


def test_alone_as_in_a_batch_and_linear():
    params, x, dy, rng = drawn(1)
    batch = of_reference(params, x, dy)
    alone = [of_reference(params, x[:, n : n + 1], dy[:, n : n + 1]) for n in range(x.shape[1])]
    assert apart(np.concatenate([a[0] for a in alone], axis=1), batch[0]) <= PARITY
    assert apart(sum(a[2] for a in alone), batch[2]) <= PARITY
    unbiased, other = {**params, "bias": 0 * params["bias"]}, rng.standard_normal(x.shape)
    one, two, sum_ = (reference.forward(unbiased, v)[0] for v in (x, other, 2 * x - 3 * other))
    assert apart(sum_, 2 * one - 3 * two) <= PARITY


def test_precision_is_kept():
    params, x, dy, _ = drawn(0)
    exact = of_reference(params, x, dy)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    arguments = single, x.astype(np.float32), dy.astype(np.float32)
    for results in (of_reference(*arguments), of_module(*arguments)):
        assert {str(value.dtype).removeprefix("torch.") for value in results} == {"float32"}
        assert furthest(results, exact) <= FLOAT32


def test_init_is_pytorchs_distribution():
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    names = reference.init(30, 200, 3, rng), dict(TDNN(30, 200, 3, generator=generator).named_parameters())
    bound = 90**-0.5
    for params in names:
        assert {k: tuple(v.shape) for k, v in params.items()} == {"weight": (200, 30, 3), "bias": (200,)}
        for value in params.values():
            assert 0.98 * bound < np.abs(numpy(value)).max() <= bound
    assert repr(TDNN(4, 6, 3)) == "TDNN(4, 6, 3)"


def flipped(params, x):
    """Convolve where correlating is meant: the kernel turned in time."""
    y, _ = reference.forward({**params, "weight": params["weight"][:, :, ::-1]}, x)
    return y, reference.forward(params, x)[1]


def transposed(params, x):
    y, _ = reference.forward({**params, "weight": params["weight"].swapaxes(0, 1)}, x)
    return y, reference.forward(params, x)[1]


def unbiased(params, x):
    y, cache = reference.forward(params, x)
    return y - params["bias"], cache


def one_place_alone(cache, dy):
    x, weight = cache
    _, dparams = reference.backward((x[: weight.shape[2]], weight), dy[:1])
    return reference.backward(cache, dy)[0], dparams


def overwritten(cache, dy):
    x, weight = cache
    dx = np.zeros_like(x)
    for k in range(weight.shape[2]):
        dx[k : k + len(dy)] = dy @ weight[:, :, k]
    return dx, reference.backward(cache, dy)[1]


@pytest.mark.parametrize("mistake", [flipped, transposed, unbiased])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_output_are_caught(mistake, seed):
    params, x, dy, _ = drawn(seed, square=True)
    assert caught(lambda: furthest(of_reference(params, x, dy, mistake), of_conv1d(params, x, dy)))


@pytest.mark.parametrize("mistake", [one_place_alone, overwritten])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradients_are_caught(mistake, seed):
    params, x, dy, rng = drawn(seed)
    assert caught(lambda: furthest(of_reference(params, x, dy, backward=mistake), of_conv1d(params, x, dy)))
    assert caught(lambda: check(reference.forward, mistake, params, x, rng=rng).error)


PARAMS = {"weight": np.zeros((6, 4, 3)), "bias": np.zeros(6)}
LAYER = TDNN(4, 6, 3)
SHORT = "expected sequences of at least 3 steps, the width of the kernel, got 2"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: reference.forward(PARAMS, np.zeros((5, 4))),
            ValueError,
            "x: expected (T, N, 4), got (5, 4)",
        ),
        (lambda: reference.forward(PARAMS, np.zeros((2, 3, 4))), ValueError, SHORT),
        (lambda: reference.banded_matrix(PARAMS, 2), ValueError, SHORT),
        (lambda: reference.as_product(PARAMS, np.zeros((2, 3, 4))), ValueError, SHORT),
        (
            lambda: reference.as_product(PARAMS, np.zeros((5, 3, 7))),
            ValueError,
            "x: expected (T, N, 4), got (5, 3, 7)",
        ),
        (
            lambda: reference.forward({**PARAMS, "weight": np.zeros((6, 4, 0))}, np.zeros((5, 3, 4))),
            ValueError,
            "weight: expected a kernel of at least one step, got (6, 4, 0)",
        ),
        (
            lambda: reference.forward({**PARAMS, "bias": np.zeros(3)}, np.zeros((5, 3, 4))),
            ValueError,
            "bias: expected (6,), got (3,)",
        ),
        (
            lambda: reference.backward((np.zeros((5, 3, 4)), PARAMS["weight"]), np.zeros((5, 3, 6))),
            ValueError,
            "dy: expected (3, 3, 6), got (5, 3, 6)",
        ),
        (
            lambda: reference.init(4, 6, 0, np.random.default_rng(0)),
            ValueError,
            "expected sizes of at least 1, got (4, 6, 0)",
        ),
        (lambda: LAYER(torch.zeros(5, 3, 7)), ValueError, "x: expected (T, N, 4), got (5, 3, 7)"),
        (lambda: LAYER(torch.zeros(2, 3, 4)), ValueError, SHORT),
        (lambda: LAYER.as_product(torch.zeros(2, 3, 4)), ValueError, SHORT),
        (
            lambda: LAYER(torch.zeros(5, 3, 4, dtype=int)),
            TypeError,
            "x: expected floating-point numbers, got int64 (5, 3, 4)",
        ),
        (lambda: TDNN(4, 0, 3), ValueError, "expected sizes of at least 1, got (4, 0, 3)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
