"""The checker itself: how near a difference quotient comes, and that it finds what is wrong."""

import numpy as np
import pytest

from companion.reference import dense, embedding
from companion.reference.gradcheck import STEP, Report, Worst, check, numerical_gradient, relative_error


def error_of(eps, seed=0):
    """Measure the worst relative error of a central difference of sin, which is known."""
    x = np.random.default_rng(seed).uniform(-1, 1, (3, 4))
    return float(relative_error(numerical_gradient(lambda x: np.sin(x).sum(), x, eps), np.cos(x)).max())


@pytest.mark.equation("eq-central-difference")
@pytest.mark.parametrize("seed", range(4))
def test_central_difference_of_a_known_function(seed, measure):
    measure("eq-central-difference", error_of(STEP, seed), 1e-9)


def test_the_step_is_near_the_best():
    errors = {power: error_of(2.0**power) for power in (-8, -11, -14, -17, -20, -26, -35)}
    assert errors[-17] < 4 * min(errors.values())
    assert errors[-8] > errors[-11] > errors[-14] > errors[-17]  # truncation, falling with the step's square
    assert 50 < errors[-8] / errors[-11] < 80  # eight times the step, 64 times the error
    assert errors[-35] > errors[-26] > errors[-17]  # rounding, growing as the step falls


def test_a_forward_difference_is_worse():
    x = np.linspace(-1, 1, 7)
    best = min(
        np.abs((np.sin(x + eps) - np.sin(x)) / eps - np.cos(x)).max() for eps in 2.0 ** np.arange(-40, -5)
    )
    assert best > 1e-9
    assert error_of(STEP) < best / 10


def test_large_and_small_arguments():
    for x, eps in ((0.0, STEP), (1e-6, STEP), (3.0, STEP), (-3e4, 2.0**-3), (1e6, 2.0**3)):
        gradient = numerical_gradient(lambda x: (x**3).sum(), [x], eps)
        assert relative_error(gradient, [3 * x**2], floor=1.0).max() < 1e-9


def test_an_array_is_weighed_by_dy():
    x, dy = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) + 1
    gradient = numerical_gradient(lambda x: x.T, x, dy=dy)  # f returns a view of what is moved
    assert relative_error(gradient, dy.T).max() < 1e-10
    assert np.array_equal(x, np.arange(6.0).reshape(2, 3))


def test_relative_error_is_entry_by_entry():
    assert relative_error([1.0, 0.0, 1e-12], [1.0, 0.0, 3e-12]).tolist() == pytest.approx([0.0, 0.0, 2 / 3])
    assert relative_error([0.0], [1e-12], floor=1e-3)[0] == 1e-12 / 1e-3
    assert np.isnan(relative_error([np.nan], [1.0])).all()
    with pytest.raises(ValueError, match=r"b: expected \(2,\), got \(1, 2\)"):
        relative_error([1.0, 2.0], [[1.0, 2.0]])


def two_outputs(params, x, ids, h):
    """Compute y = (x * w)[ids] and h_n = h * sum(w): two inputs with gradients, one without, two outputs."""
    return (x * params["w"])[ids], h * params["w"].sum(), (params["w"], x, ids, h)


def two_outputs_backward(cache, dy, dh_n):
    w, x, ids, h = cache
    dxw = np.zeros_like(x)
    np.add.at(dxw, ids, dy)
    dw = (dxw * x).sum(axis=0) + (dh_n * h).sum()
    return dxw * w, None, dh_n * w.sum(), {"w": dw}


def toy():
    rng = np.random.default_rng(0)
    return {"w": rng.standard_normal(3)}, (
        rng.standard_normal((4, 3)),
        np.array([1, 1, 3, 0]),
        rng.standard_normal(2),
    )


def run(backward):
    params, inputs = toy()
    return check(two_outputs, backward, params, *inputs, rng=np.random.default_rng(1))


def test_several_inputs_and_outputs():
    report = run(two_outputs_backward)
    assert list(report.worst) == ["inputs[0]", "inputs[2]", "w"]
    assert report.error < 1e-9


def test_a_layer_without_parameters():
    report = check(
        lambda _, x: (x**2, x),
        lambda x, dy: (2 * x * dy, {}),
        {},
        np.ones((2, 3)),
        rng=np.random.default_rng(0),
    )
    assert list(report.worst) == ["inputs[0]"]
    assert report.error < 1e-9


def test_the_wrong_entry_is_named():
    def backward(cache, dy, dh_n):
        dx, dids, dh, dparams = two_outputs_backward(cache, dy, dh_n)
        dx[2, 1] += 0.25
        return dx, dids, dh, dparams

    report = run(backward)
    worst = report.worst["inputs[0]"]
    assert worst.index == (2, 1)
    assert worst.analytic - worst.numeric == pytest.approx(0.25)
    assert max(report.worst["inputs[2]"].error, report.worst["w"].error) < 1e-9
    assert f"inputs[0]  error {worst.error:.1e} at (2, 1): analytic " in str(report)
    assert len(str(report).splitlines()) == 3


def test_a_small_wrong_entry_among_large_ones_is_found():
    def forward(params, x):
        return x * np.array([1e4, 1e-4]), None

    def backward(_, dy):
        return dy * np.array([1e4, 0.0]), {}

    assert check(forward, backward, {}, np.ones(2), rng=np.random.default_rng(0)).error > 1e-7


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_never_pass(bad):
    def backward(cache, dy, dh_n):
        dx, dids, dh, dparams = two_outputs_backward(cache, dy, dh_n)
        dx[0, 0] = bad
        return dx, dids, dh, dparams

    with np.errstate(invalid="ignore"):
        report = run(backward)
    assert not report.error < 1e-3
    assert report.worst["inputs[0]"].index == (0, 0)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda dx, dids, dh, dp: (dx, dids, dh, {}), r"dparams: expected the keys \['w'\], got \[\]"),
        (lambda dx, dids, dh, dp: (dx, dh, dp), r"backward: expected 3 gradients before dparams, got 2"),
        (
            lambda dx, dids, dh, dp: (dx.T, dids, dh, dp),
            r"gradient of inputs\[0\]: expected \(4, 3\), got \(3, 4\)",
        ),
        (
            lambda dx, dids, dh, dp: (None, dids, dh, dp),
            r"gradient of inputs\[0\]: expected an array \(4, 3\), got None",
        ),
        (
            lambda dx, dids, dh, dp: (dx, dx, dh, dp),
            r"gradient of inputs\[1\]: expected None for integers, got ndarray",
        ),
    ],
)
def test_a_backward_pass_of_the_wrong_form_is_refused(spoil, message):
    with pytest.raises(ValueError, match=message):
        run(lambda cache, dy, dh_n: spoil(*two_outputs_backward(cache, dy, dh_n)))


def test_float32_is_refused():
    rng = np.random.default_rng(0)
    params = dense.init(3, 2, rng, dtype=np.float32)
    with pytest.raises(TypeError, match=r"weight: expected float64, got float32 \(2, 3\)"):
        check(dense.forward, dense.backward, params, np.zeros((1, 3)), rng=rng)
    with pytest.raises(TypeError, match=r"x: expected float64, got float32 \(2,\)"):
        numerical_gradient(np.sum, np.zeros(2, np.float32))
    params = dense.init(3, 2, rng)
    with pytest.raises(TypeError, match=r"x: expected float64, got float32 \(1, 3\)"):
        check(dense.forward, dense.backward, params, np.zeros((1, 3), np.float32), rng=rng)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"f\(x\), where no dy is given: expected \(\), got \(2,\)"):
        numerical_gradient(lambda x: x, np.zeros(2))
    with pytest.raises(ValueError, match=r"dy: expected \(2,\), got \(3,\)"):
        numerical_gradient(lambda x: x, np.zeros(2), dy=np.zeros(3))
    with pytest.raises(ValueError, match="eps: expected a number above 0, got 0.0"):
        numerical_gradient(np.sum, np.zeros(2), eps=0.0)


def test_empty_arrays_have_nothing_wrong():
    params = embedding.init(3, 2, np.random.default_rng(0))
    report = check(
        embedding.forward, embedding.backward, params, np.zeros((0, 4), int), rng=np.random.default_rng(0)
    )
    assert report.error == 0
    empty = check(
        lambda _, x: (2 * x, None),
        lambda _, dy: (2 * dy, {}),
        {},
        np.zeros((0, 4)),
        rng=np.random.default_rng(0),
    )
    assert empty == Report({"inputs[0]": Worst(0.0, (), 0.0, 0.0)})
