"""The dense layer against torch.nn.Linear and against differences; and mutants."""

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor

from companion.reference import dense
from companion.reference.gradcheck import check

SEEDS = range(4)


def drawn(seed, batch_axes=2):
    rng = np.random.default_rng(seed)
    d_in, d_out, *batch = sizes(rng, 2 + batch_axes)
    x = rng.standard_normal((*batch, d_in))
    return dense.init(d_in, d_out, rng), x, rng.standard_normal((*batch, d_out)), rng


def parity(forward, backward, seed, batch_axes=2):
    """Measure the error of y, and the largest of dx, dweight and dbias, against torch.nn."""
    params, x, dy, _ = drawn(seed, batch_axes)
    y, cache = forward(params, x)
    dx, dparams = backward(cache, dy)
    weight, bias, x_torch = (tensor(a, grad=True) for a in (params["weight"], params["bias"], x))
    y_torch = torch.nn.functional.linear(x_torch, weight, bias)
    y_torch.backward(tensor(dy))
    gradients = [(dx, x_torch.grad), (dparams["weight"], weight.grad), (dparams["bias"], bias.grad)]
    return apart(y, y_torch), max(apart(a, b) for a, b in gradients)


def difference(forward, backward, seed):
    params, x, _, rng = drawn(seed)
    return check(forward, backward, params, x, rng=rng).error


@pytest.mark.equation("eq-dense")
@pytest.mark.equation("eq-dense-grad")
@pytest.mark.parametrize("batch_axes", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, batch_axes, measure):
    y_error, gradient_error = parity(dense.forward, dense.backward, seed, batch_axes)
    measure("eq-dense", y_error, PARITY)
    measure("eq-dense-grad", gradient_error, PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed):
    assert difference(dense.forward, dense.backward, seed) <= GRADCHECK


def test_precision_is_kept():
    params, x, dy, _ = drawn(0)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    y, cache = dense.forward(single, x.astype(np.float32))
    dx, dparams = dense.backward(cache, dy.astype(np.float32))
    dx_exact, dparams_exact = dense.backward(dense.forward(params, x)[1], dy)
    assert {a.dtype for a in (y, dx, *dparams.values())} == {np.dtype(np.float32)}
    assert max(apart(dx, dx_exact), *(apart(dparams[k], dparams_exact[k]) for k in params)) <= FLOAT32


def test_init_is_pytorchs_distribution():
    params = dense.init(400, 300, np.random.default_rng(0))
    assert {name: value.shape for name, value in params.items()} == {"weight": (300, 400), "bias": (300,)}
    for value in params.values():
        assert np.abs(value).max() <= 0.05
        assert np.abs(value).max() > 0.0495
        assert abs(value.mean()) < 5 * 0.05 / np.sqrt(3 * value.size)
    assert dense.init(4, 3, np.random.default_rng(0), dtype=np.float32)["bias"].dtype == np.float32


def weight_not_transposed(params, x):
    return x @ params["weight"] + params["bias"], (x, params["weight"])


def bias_forgotten(params, x):
    return x @ params["weight"].T, (x, params["weight"])


def bias_not_summed(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return dx, {**dparams, "bias": dy}


def bias_summed_over_one_axis(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return dx, {**dparams, "bias": dy[0].sum(axis=0)}


def bias_averaged(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return dx, {**dparams, "bias": dy.mean(axis=(0, 1))}


def weight_gradient_transposed(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return dx, {**dparams, "weight": dparams["weight"].T}


def weight_gradient_averaged(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return dx, {**dparams, "weight": dparams["weight"] / len(dy)}


def input_gradient_of_the_sum(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return np.broadcast_to(dx.sum(axis=0), dx.shape), dparams


def bias_gradient_missing(cache, dy):
    dx, dparams = dense.backward(cache, dy)
    return dx, {"weight": dparams["weight"]}


@pytest.mark.parametrize(
    "mutant",
    [
        bias_not_summed,
        bias_summed_over_one_axis,
        bias_averaged,
        weight_gradient_transposed,
        weight_gradient_averaged,
        input_gradient_of_the_sum,
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradients_are_caught(mutant, seed):
    assert caught(lambda: parity(dense.forward, mutant, seed)[1])
    assert caught(lambda: difference(dense.forward, mutant, seed))


def test_a_missing_gradient_is_caught():
    with pytest.raises(
        ValueError, match=r"dparams: expected the keys \['bias', 'weight'\], got \['weight'\]"
    ):
        difference(dense.forward, bias_gradient_missing, 0)


@pytest.mark.parametrize("mutant", [weight_not_transposed, bias_forgotten])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_output_are_caught(mutant, seed):
    assert caught(lambda: parity(mutant, dense.backward, seed)[0])
    assert caught(lambda: difference(mutant, dense.backward, seed))


PARAMS = {"weight": np.zeros((2, 3)), "bias": np.zeros(2)}


@pytest.mark.parametrize(
    ("params", "x", "error", "message"),
    [
        (PARAMS, np.zeros((5, 4)), ValueError, "x: expected (..., 3), got (5, 4)"),
        (PARAMS, np.zeros((5, 3), int), TypeError, "x: expected floating-point numbers, got int64 (5, 3)"),
        (PARAMS, np.float64(1), ValueError, "x: expected (..., 3), got ()"),
        ({**PARAMS, "bias": np.zeros(3)}, np.zeros(3), ValueError, "bias: expected (2,), got (3,)"),
        (
            {**PARAMS, "weight": np.zeros(3)},
            np.zeros(3),
            ValueError,
            "weight: expected (D_out, D_in), got (3,)",
        ),
        ({"W": 0}, np.zeros(3), ValueError, "params: expected the keys ['bias', 'weight'], got ['W']"),
    ],
)
def test_bad_input_is_refused(params, x, error, message):
    with pytest.raises(error) as refusal:
        dense.forward(params, x)
    assert str(refusal.value) == message


def test_bad_gradients_and_sizes_are_refused():
    _, cache = dense.forward(PARAMS, np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"dy: expected \(5, 2\), got \(2,\)"):
        dense.backward(cache, np.zeros(2))
    with pytest.raises(ValueError, match="at least one input and one output, got 0 and 2"):
        dense.init(0, 2, np.random.default_rng(0))
