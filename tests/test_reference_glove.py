"""GloVe's loss and gradients against the dense formula, differences and laws; training; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor

from companion.reference import glove
from companion.reference.cooccurrence import Cooccurrences, cooccurrences
from companion.reference.gradcheck import check

SEEDS = range(4)
X_MAX, ALPHA = 20.0, 0.6


def drawn(seed):
    """Draw parameters and M pairs, some of them twice, with counts below and above x_max."""
    rng = np.random.default_rng(seed)
    m, v, d = sizes(rng, 3)
    shapes = zip(glove.NAMES, [(v, d), (v,)] * 2, strict=True)
    params = {name: rng.standard_normal(shape) for name, shape in shapes}
    rows, columns = rng.integers(0, v, (2, m + 3))
    rows[:3], columns[:3] = rows[-3:], columns[-3:]
    rows[0] = rows[1]  # a row that two pairs share
    return params, rows, columns, np.exp(rng.uniform(-1, 5, m + 3)), rng


def dense(params, rows, columns, counts):
    """Compute loss and gradients with whole (V, V) tables and autograd, pair for pair added up."""
    p = {name: tensor(value, grad=True) for name, value in params.items()}
    predicted = p["weight"] @ p["context_weight"].T + p["bias"][:, None] + p["context_bias"][None]  # (V, V)
    loss = torch.zeros((), dtype=torch.float64)
    for i, j, x in zip(rows, columns, counts, strict=True):
        f = (x / X_MAX) ** ALPHA if x < X_MAX else 1.0
        loss = loss + f * (predicted[i, j] - np.log(x)) ** 2
    loss.backward()
    return loss, {name: value.grad for name, value in p.items()}


def parity(forward, backward, seed):
    params, rows, columns, counts, _ = drawn(seed)
    loss, cache = forward(params, rows, columns, counts, X_MAX, ALPHA)
    drows, dcolumns, grads = backward(cache)
    assert drows is dcolumns is None
    loss_dense, grads_dense = dense(params, rows, columns, counts)
    return apart(loss, loss_dense), max(apart(grads[name], grads_dense[name]) for name in params)


def difference(forward, backward, seed):
    params, rows, columns, counts, rng = drawn(seed)
    given = partial(forward, counts=counts, x_max=X_MAX, alpha=ALPHA)
    return check(given, backward, params, rows, columns, rng=rng).error


@pytest.mark.equation("eq-glove-loss")
@pytest.mark.equation("eq-glove-grad")
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_dense_formula(seed, measure):
    loss, grads = parity(glove.forward, glove.backward, seed)
    measure("eq-glove-loss", loss, PARITY)
    measure("eq-glove-grad", grads, PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_against_differences(seed):
    assert difference(glove.forward, glove.backward, seed) <= GRADCHECK


@pytest.mark.equation("eq-glove-weight")
def test_weight_is_a_power_up_to_one(measure):
    counts = np.array([0.0, 0.1, 1.0, 19.999, 20.0, 20.001, 1e9])
    by_hand = [(x / X_MAX) ** ALPHA if x < X_MAX else 1.0 for x in counts]
    measure("eq-glove-weight", apart(glove.weight(counts, X_MAX, ALPHA), by_hand), PARITY)
    assert glove.weight(np.array([50.0])) == pytest.approx(0.5**0.75)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_made_by_the_model_costs_nothing(seed):
    params, rows, columns, _, _ = drawn(seed)
    inner = (params["weight"][rows] * params["context_weight"][columns]).sum(axis=1)
    counts = np.exp(inner + params["bias"][rows] + params["context_bias"][columns])
    loss, cache = glove.forward(params, rows, columns, counts)
    grads = glove.backward(cache)[2]
    assert loss <= 1e-20
    assert max(np.abs(grad).max() for grad in grads.values()) <= 1e-10


def test_rows_and_columns_play_the_same_part():
    params, rows, columns, counts, _ = drawn(1)
    other = {
        "weight": params["context_weight"],
        "bias": params["context_bias"],
        "context_weight": params["weight"],
        "context_bias": params["bias"],
    }
    loss, cache = glove.forward(params, rows, columns, counts)
    swapped, swapped_cache = glove.forward(other, columns, rows, counts)
    assert loss == pytest.approx(swapped, rel=1e-14)
    a, b = glove.backward(cache)[2], glove.backward(swapped_cache)[2]
    np.testing.assert_allclose(a["weight"], b["context_weight"], rtol=1e-12)
    np.testing.assert_allclose(glove.vectors(params), glove.vectors(other), rtol=0)


def test_the_gradient_of_a_multiple_is_the_multiple():
    params, rows, columns, counts, _ = drawn(2)
    _, cache = glove.forward(params, rows, columns, counts)
    once, thrice = glove.backward(cache)[2], glove.backward(cache, 3.0)[2]
    assert max(apart(3 * once[name], thrice[name]) for name in once) <= PARITY


def test_precision_is_kept():
    params, rows, columns, counts, _ = drawn(3)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    loss, cache = glove.forward(single, rows, columns, counts)
    grads = glove.backward(cache)[2]
    assert {loss.dtype, *(grad.dtype for grad in grads.values())} == {np.dtype(np.float32)}
    exact = glove.backward(glove.forward(params, rows, columns, counts)[1])[2]
    scale = max(np.abs(grad).max() for grad in exact.values())
    assert max(np.abs(grads[name] - exact[name]).max() for name in exact) <= FLOAT32 * scale


SENTENCES = [np.random.default_rng(i).integers(0, 12, 15) for i in range(30)]


def test_training_fits_and_repeats():
    entries = cooccurrences(SENTENCES, 3)
    start = glove.init(12, 5, np.random.default_rng(0))
    before = {name: value.copy() for name, value in start.items()}

    def run():
        return glove.train(start, entries, np.random.default_rng(1), 40, 32, 0.2, x_max=5.0)

    (params, losses), (again, losses_again) = run(), run()
    assert losses[-1] < 0.2 * losses[0]
    assert np.array_equal(losses, losses_again)
    assert all(np.array_equal(params[name], again[name]) for name in params)
    assert all(np.array_equal(start[name], before[name]) for name in start)


def test_init_is_uniform():
    params = glove.init(4000, 20, np.random.default_rng(0))
    for value in params.values():
        assert 0.024 < np.abs(value).max() <= 0.5 / 20
        assert abs(value.mean()) < 5 * 0.05 / np.sqrt(12 * value.size)
    single = glove.init(4000, 20, np.random.default_rng(0), np.float32)
    assert np.array_equal(single["bias"], params["bias"].astype(np.float32))


def f_not_in_the_gradient(cache, dloss=1.0):
    params, i, j, weighted = cache
    return glove.backward(glove.Cache(params, i, j, np.sign(weighted)), dloss)


def biases_forgotten(cache, dloss=1.0):
    grads = glove.backward(cache, dloss)[2]
    return None, None, {name: 0 * g if "bias" in name else g for name, g in grads.items()}


def two_forgotten(cache, dloss=1.0):
    return glove.backward(cache, dloss / 2)


def tables_swapped(cache, dloss=1.0):
    params, i, j, weighted = cache
    swapped = {**params, "weight": params["context_weight"], "context_weight": params["weight"]}
    return glove.backward(glove.Cache(swapped, i, j, weighted), dloss)


def last_pair_wins(cache, dloss=1.0):
    """``grad[i] = ...`` keeps the last of a row's several gradients."""
    params, i, j, weighted = cache
    grads = glove.backward(cache, dloss)[2]
    grads["weight"] = np.zeros_like(grads["weight"])
    grads["weight"][i] = 2 * weighted[:, None] * params["context_weight"][j]
    return None, None, grads


@pytest.mark.parametrize(
    "mutant", [f_not_in_the_gradient, biases_forgotten, two_forgotten, tables_swapped, last_pair_wins]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(mutant, seed):
    assert caught(lambda: parity(glove.forward, mutant, seed)[1])
    assert caught(lambda: difference(glove.forward, mutant, seed))


def log_of_one_more(params, rows, columns, counts, x_max, alpha):
    p, i, j = params, rows, columns
    residual = (p["weight"][i] * p["context_weight"][j]).sum(1) + p["bias"][i] + p["context_bias"][j]
    weighted = glove.weight(counts, x_max, alpha) * (residual - np.log1p(counts))
    return (weighted * (residual - np.log1p(counts))).sum(), glove.Cache(p, i, j, weighted)


def never_capped(params, rows, columns, counts, x_max, alpha):
    loss, cache = glove.forward(params, rows, columns, counts, x_max, alpha)
    factor = np.maximum((counts / x_max) ** alpha, 1)
    residual = cache.weighted / glove.weight(counts, x_max, alpha)
    return (cache.weighted * residual * factor).sum(), cache._replace(weighted=cache.weighted * factor)


def one_bias(params, rows, columns, counts, x_max, alpha):
    return glove.forward({**params, "context_bias": params["bias"]}, rows, columns, counts, x_max, alpha)


@pytest.mark.parametrize("mutant", [log_of_one_more, never_capped, one_bias])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_loss_are_caught(mutant, seed):
    assert caught(lambda: parity(mutant, glove.backward, seed)[0])


P = glove.init(4, 3, np.random.default_rng(0))
E = Cooccurrences(np.array([0, 1]), np.array([1, 0]), np.array([2.0, 2.0]))
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: glove.init(0, 3, RNG), ValueError, "expected a table of at least (1, 1), got (0, 3)"),
        (lambda: glove.weight([-1.0]), ValueError, "counts: expected numbers of at least 0, got -1.0"),
        (lambda: glove.weight([1]), TypeError, "counts: expected floating-point numbers, got int64 (1,)"),
        (lambda: glove.weight([1.0], 0), ValueError,
         "x_max, alpha: expected numbers above 0, got 0 and 0.75"),
        (lambda: glove.forward(P, [0], [4], [1.0]), ValueError, "columns: expected 0..3, got 4 at 0"),
        (lambda: glove.forward(P, [-1], [0], [1.0]), ValueError, "rows: expected 0..3, got -1 at 0"),
        (lambda: glove.forward(P, [0], [1, 2], [1.0]), ValueError, "columns: expected (1,), got (2,)"),
        (lambda: glove.forward(P, [0], [1], [1.0, 2.0]), ValueError, "counts: expected (1,), got (2,)"),
        (lambda: glove.forward(P, [0], [1], [0.0]), ValueError, "counts: expected numbers above 0, got 0.0"),
        (lambda: glove.forward({}, [0], [1], [1.0]), ValueError,
         "params: expected the keys ['bias', 'context_bias', 'context_weight', 'weight'], got []"),
        (lambda: glove.forward({**P, "bias": np.zeros(3)}, [0], [1], [1.0]), ValueError,
         "bias: expected (4,), got (3,)"),
        (lambda: glove.train(P, E), ValueError,
         "rng: expected a generator where no orders are given, got None"),
        (lambda: glove.train(P, E, RNG, epochs=0), ValueError,
         "pairs, epochs and batch_size: expected at least 1 each, got 2, 0 and 4096"),
        (lambda: glove.train(P, E, epochs=2, orders=[np.arange(2)]), ValueError,
         "orders: expected 2 of 2 pairs, got [2]"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
