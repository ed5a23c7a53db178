"""What the convolution over time, the pooling functions and Keras' kernels refuse, and in which words."""

import numpy as np
import pytest
import torch

from companion.reference import conv as reference
from companion.reference import pooling
from companion.reference.keras_conv import conv1d_from_keras, conv1d_to_keras
from companion.torch import pooling as there
from companion.torch.conv import Conv

PARAMS = {"weight": np.zeros((6, 4, 3)), "bias": np.zeros(6)}
X = np.zeros((5, 3, 4))
LAYER = Conv(4, 6, 3)
T = torch.zeros(5, 3, 4)


def forward(params=PARAMS, x=X, **options):
    return reference.forward(params, x, **options)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: forward(x=X[0]), ValueError, "x: expected (T, N, 4), got (3, 4)"),
        (lambda: forward(x=X[..., :2]), ValueError, "x: expected (T, N, 4), got (5, 3, 2)"),
        (lambda: forward(x=X[:2]), ValueError, "x: expected at least 3 steps for the kernel, got 2"),
        (lambda: forward(dilation=3), ValueError, "x: expected at least 7 steps for the kernel, got 5"),
        (
            lambda: forward(x=X[:0], padding="causal"),
            ValueError,
            "x: expected at least 1 steps for the kernel, got 0",
        ),
        (
            lambda: forward(x=X.astype(int)),
            TypeError,
            "x: expected floating-point numbers, got int64 (5, 3, 4)",
        ),
        (lambda: forward({"weight": np.zeros((6, 4, 3))}), ValueError, "params: expected the keys ['bias', "),
        (
            lambda: forward({**PARAMS, "weight": np.zeros((6, 4))}),
            ValueError,
            "weight: expected (F, D, K), got (6, 4)",
        ),
        (
            lambda: forward({**PARAMS, "weight": np.zeros((6, 4, 0))}),
            ValueError,
            "weight: expected a kernel of at least one step, got (6, 4, 0)",
        ),
        (lambda: forward({**PARAMS, "bias": np.zeros(1)}), ValueError, "bias: expected (6,), got (1,)"),
        (lambda: forward(lengths=[5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
        (lambda: forward(lengths=[5, 1]), ValueError, "lengths: expected (3,), got (2,)"),
        (lambda: forward(lengths=[5.0, 1.0, 1.0]), TypeError, "lengths: expected integers, got float64 (3,)"),
        (lambda: forward(stride=0), ValueError, "stride: expected at least 1, got 0"),
        (lambda: forward(dilation=0), ValueError, "dilation: expected at least 1, got 0"),
        (
            lambda: forward(padding="full"),
            ValueError,
            'padding: expected "valid", "same" or "causal", got \'full\'',
        ),
        (
            lambda: forward(padding="same", stride=2),
            ValueError,
            'padding: "same" needs a stride of 1, got 2',
        ),
        (
            lambda: reference.backward(forward()[1], np.zeros((5, 3, 6))),
            ValueError,
            "dy: expected (3, 3, 6), got (5, 3, 6)",
        ),
        (lambda: reference.output_size(5, 0), ValueError, "kernel_size: expected at least 1, got 0"),
        (lambda: reference.output_size(5.0, 3), TypeError, "steps: expected integers, got float64 ()"),
        (
            lambda: reference.init(4, 6, 0, np.random.default_rng(0)),
            ValueError,
            "expected sizes of at least 1, got (4, 6, 0)",
        ),
        (lambda: LAYER(T[0]), ValueError, "x: expected (T, N, 4), got (3, 4)"),
        (lambda: LAYER(T[..., :2]), ValueError, "x: expected (T, N, 4), got (5, 3, 2)"),
        (lambda: LAYER(T[:2]), ValueError, "x: expected at least 3 steps for the kernel, got 2"),
        (
            lambda: Conv(4, 6, 3, padding="causal")(T[:0]),
            ValueError,
            "x: expected at least 1 steps for the kernel, got 0",
        ),
        (lambda: LAYER(T.long()), TypeError, "x: expected floating-point numbers, got int64 (5, 3, 4)"),
        (lambda: LAYER(T, [5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
        (lambda: Conv(4, 0, 3), ValueError, "expected sizes of at least 1, got (4, 0, 3)"),
        (lambda: Conv(4, 6, 3, 2, "same"), ValueError, 'padding: "same" needs a stride of 1, got 2'),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value).startswith(message)


WINDOWS = ["max_pool", "average_pool"]
WHOLE = ["global_max_pool", "global_average_pool"]


@pytest.mark.parametrize(("module", "x"), [(pooling, X), (there, T)])
@pytest.mark.parametrize("name", WINDOWS)
def test_bad_windows_are_refused(name, module, x):
    pool = getattr(module, name)
    for call, error, message in [
        (lambda: pool(x[0], 2), ValueError, "x: expected (T, N, D), got (3, 4)"),
        (lambda: pool(x, 6), ValueError, "x: expected at least 6 steps for the window, got 5"),
        (lambda: pool(x, 0), ValueError, "pool_size: expected at least 1, got 0"),
        (lambda: pool(x, 2, 0), ValueError, "stride: expected at least 1, got 0"),
        (lambda: pool(x, 2, None, [5, 1]), ValueError, "lengths: expected (3,), got (2,)"),
    ]:
        with pytest.raises(error) as refusal:
            call()
        assert str(refusal.value) == message


@pytest.mark.parametrize(("module", "x", "whole"), [(pooling, X, X.astype(int)), (there, T, T.long())])
@pytest.mark.parametrize("name", WHOLE)
def test_bad_sequences_are_refused(name, module, x, whole):
    pool = getattr(module, name)
    for call, error, message in [
        (lambda: pool(x[0]), ValueError, "x: expected (T, N, D), got (3, 4)"),
        (lambda: pool(x[:0]), ValueError, "x: expected at least 1 step, got 0"),
        (lambda: pool(x, [5, 6, 1]), ValueError, "lengths: expected 0..5, got 6 at 1"),
        (lambda: pool(whole), TypeError, "x: expected floating-point numbers, got int64 (5, 3, 4)"),
    ]:
        with pytest.raises(error) as refusal:
            call()
        assert str(refusal.value) == message


@pytest.mark.parametrize("name", [*WINDOWS, *WHOLE])
def test_bad_gradients_are_refused(name):
    arguments = (X, 2) if name in WINDOWS else (X,)
    y, cache = getattr(pooling, name)(*arguments)
    with pytest.raises(ValueError, match="dy: expected") as refusal:
        getattr(pooling, f"{name}_backward")(cache, np.zeros((*y.shape[:-1], 3)))
    assert str(refusal.value) == f"dy: expected {y.shape}, got {(*y.shape[:-1], 3)}"


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(3, 4, 6), (6,), (6,)], "weights: expected kernel and bias, got 3 arrays"),
        ([(4, 6), (6,)], "kernel: expected (K, D, F), got (4, 6)"),
        ([(6, 4, 3), (6,)], "bias: expected (3,), got (6,)"),
    ],
)
def test_bad_kernels_are_refused(shapes, message):
    with pytest.raises(ValueError, match="expected") as refusal:
        conv1d_from_keras([np.zeros(shape) for shape in shapes])
    assert str(refusal.value) == message


def test_bad_parameters_do_not_go_to_keras():
    with pytest.raises(ValueError, match=r"bias: expected \(6,\), got \(1,\)"):
        conv1d_to_keras({**PARAMS, "bias": np.zeros(1)})
