"""The look-up and its scatter-add against torch.nn, the one-hot product and differences; and mutants."""

import numpy as np
import pytest
import torch
from comparing import FLOAT32, GRADCHECK, PARITY, apart, caught, sizes, tensor

from companion.reference import embedding
from companion.reference.gradcheck import check

SEEDS = range(4)
PADDING = [None, 0, 1]


def drawn(seed, padding_idx=None):
    """Draw a table whose padding row is not zero, ids that repeat, and a gradient: (params, ids, dy, rng)."""
    rng = np.random.default_rng(seed)
    n, t, v, d = sizes(rng, 4)
    params = {"weight": rng.standard_normal((v, d))}  # (V, D)
    ids = rng.integers(0, v, (n, t))  # (N, T)
    ids[0, :2] = ids[-1, 0]  # one id at least three times
    if padding_idx is not None:
        ids[1, 1] = padding_idx
    return params, ids, rng.standard_normal((n, t, d)), rng


def with_torch(params, ids, dy, padding_idx):
    weight = tensor(params["weight"], grad=True)
    y = torch.nn.functional.embedding(tensor(ids), weight, padding_idx=padding_idx)
    y.backward(tensor(dy))
    return y, weight.grad


def parity(forward, backward, seed, padding_idx):
    """Measure the errors of y and of the table's gradient against torch.nn."""
    params, ids, dy, _ = drawn(seed, padding_idx)
    y, cache = forward(params, ids, padding_idx)
    dx, dparams = backward(cache, dy)
    assert dx is None
    y_torch, dweight_torch = with_torch(params, ids, dy, padding_idx)
    return apart(y, y_torch), apart(dparams["weight"], dweight_torch)


def difference(forward, backward, seed):
    params, ids, _, rng = drawn(seed)
    return check(forward, backward, params, ids, rng=rng).error


@pytest.mark.equation("eq-embedding-lookup")
@pytest.mark.equation("eq-embedding-grad")
@pytest.mark.parametrize("padding_idx", PADDING)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, padding_idx, measure):
    y_error, dweight_error = parity(embedding.forward, embedding.backward, seed, padding_idx)
    measure("eq-embedding-lookup", y_error, PARITY)
    measure("eq-embedding-grad", dweight_error, PARITY)


@pytest.mark.equation("eq-embedding-product")
@pytest.mark.parametrize("seed", SEEDS)
def test_look_up_is_a_product_with_one_hot_rows(seed, measure):
    params, ids, dy, _ = drawn(seed)
    y, cache = embedding.forward(params, ids)
    measure("eq-embedding-product", apart(y, embedding.as_product(params, ids)), PARITY)
    _, dparams = embedding.backward(cache, dy)
    _, dparams_product = embedding.as_product_backward(params, ids, dy)
    assert apart(dparams["weight"], dparams_product["weight"]) <= PARITY


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_against_differences(seed):
    assert difference(embedding.forward, embedding.backward, seed) <= GRADCHECK


def test_padding_row_has_no_gradient_but_is_looked_up():
    params, ids, dy, _ = drawn(0, padding_idx=1)
    y, cache = embedding.forward(params, ids, padding_idx=1)
    _, dparams = embedding.backward(cache, dy)
    assert np.array_equal(y[1, 1], params["weight"][1])
    assert np.array_equal(dparams["weight"][1], np.zeros(y.shape[-1]))
    assert np.any(params["weight"][1])


def test_by_hand():
    params = {"weight": np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])}
    y, cache = embedding.forward(params, [[2, 0], [2, 2]])
    assert y.tolist() == [[[4, 5], [0, 1]], [[4, 5], [4, 5]]]
    _, dparams = embedding.backward(
        cache, np.array([[[1.0, 2.0], [3.0, 4.0]], [[10.0, 20.0], [100.0, 200.0]]])
    )
    assert dparams["weight"].tolist() == [[3, 4], [0, 0], [111, 222]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    params, ids, dy, _ = drawn(1)
    y, cache = embedding.forward({"weight": params["weight"].astype(dtype)}, ids)
    _, dparams = embedding.backward(cache, dy.astype(dtype))
    exact = embedding.backward(embedding.forward(params, ids)[1], dy)[1]["weight"]
    product = embedding.as_product({"weight": params["weight"].astype(dtype)}, ids)
    assert {y.dtype, dparams["weight"].dtype, product.dtype} == {np.dtype(dtype)}
    assert apart(dparams["weight"], exact) <= FLOAT32


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_narrow_ids_do_not_overflow(dtype):
    rng = np.random.default_rng(0)
    params = {"weight": rng.standard_normal((120, 9))}  # 120 * 9 does not fit 8 bits
    ids = rng.integers(0, 120, 40)
    dy = rng.standard_normal((40, 9))
    wide, narrow = (embedding.forward(params, i) for i in (ids, ids.astype(dtype)))
    assert np.array_equal(wide[0], narrow[0])
    assert np.array_equal(
        embedding.backward(wide[1], dy)[1]["weight"], embedding.backward(narrow[1], dy)[1]["weight"]
    )


@pytest.mark.parametrize("shape", [(), (5,), (0,), (0, 3), (2, 3, 4)])
def test_ids_of_any_shape(shape):
    params = {"weight": np.arange(14.0).reshape(7, 2)}
    ids = np.full(shape, 3)
    y, cache = embedding.forward(params, ids)
    _, dparams = embedding.backward(cache, np.ones((*shape, 2)))
    expected = np.zeros((7, 2))
    expected[3] = ids.size
    assert y.shape == (*shape, 2)
    assert np.array_equal(dparams["weight"], expected)
    assert np.array_equal(
        embedding.as_product_backward(params, ids, np.ones((*shape, 2)))[1]["weight"], expected
    )


def test_arguments_are_left_alone_and_later_changes_do_no_harm():
    params, ids, dy, _ = drawn(2)
    before = params["weight"].copy(), ids.copy(), dy.copy()
    y, cache = embedding.forward(params, ids)
    first = embedding.backward(cache, dy)[1]["weight"]
    assert all(np.array_equal(a, b) for a, b in zip(before, (params["weight"], ids, dy), strict=True))
    ids[:] = 0
    y[:] = 0
    assert np.array_equal(embedding.backward(cache, dy)[1]["weight"], first)
    assert np.array_equal(params["weight"], before[0])


def test_init_is_standard_normal_with_a_zero_padding_row():
    weight = embedding.init(2000, 30, np.random.default_rng(0), padding_idx=5)["weight"]
    assert weight.shape == (2000, 30)
    assert not weight[5].any()
    assert abs(weight.mean()) < 5 / np.sqrt(weight.size)
    assert abs(weight.std() - 1) < 5 / np.sqrt(2 * weight.size) + 1 / 2000
    single = embedding.init(2000, 30, np.random.default_rng(0), padding_idx=5, dtype=np.float32)["weight"]
    assert np.array_equal(single, weight.astype(np.float32))


def assigned(cache, dy):
    """Keep the last of several gradients."""
    ids, shape, _ = cache
    dweight = np.zeros(shape)
    dweight[ids] = dy
    return None, {"weight": dweight}


def added_once(cache, dy):
    """``+=`` with an index array reads, adds and writes once for each row, however often the id occurs."""
    ids, shape, _ = cache
    dweight = np.zeros(shape)
    dweight[ids] += dy
    return None, {"weight": dweight}


def averaged(cache, dy):
    ids, shape, _ = cache
    _, dparams = embedding.backward(cache, dy)
    counts = np.bincount(ids.ravel(), minlength=shape[0])
    return None, {"weight": dparams["weight"] / np.maximum(counts, 1)[:, None]}


def transposed(cache, dy):
    return None, {"weight": embedding.backward(cache, dy)[1]["weight"].T}


def row_too_far(cache, dy):
    return None, {"weight": np.roll(embedding.backward(cache, dy)[1]["weight"], 1, axis=0)}


@pytest.mark.parametrize("mutant", [assigned, added_once, averaged, transposed, row_too_far])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(mutant, seed):
    assert caught(lambda: parity(embedding.forward, mutant, seed, None)[1])
    assert caught(lambda: difference(embedding.forward, mutant, seed))


def trained_padding(cache, dy):
    ids, shape, _ = cache
    return embedding.backward((ids, shape, None), dy)


def zeroed_padding(params, ids, padding_idx=None):
    y, cache = embedding.forward(params, ids, padding_idx)
    return np.where((ids == padding_idx)[..., None], 0, y), cache


def id_off_by_one(params, ids, padding_idx=None):
    return embedding.forward(params, (ids + 1) % len(params["weight"]), padding_idx)


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        (embedding.forward, trained_padding),
        (zeroed_padding, embedding.backward),
        (id_off_by_one, embedding.backward),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_that_only_a_peer_shows_are_caught(forward, backward, seed):
    assert caught(lambda: max(parity(forward, backward, seed, 1)))


TABLE = {"weight": np.zeros((10, 2))}


@pytest.mark.parametrize(
    ("params", "ids", "padding_idx", "error", "message"),
    [
        (TABLE, [[1, 2], [3, 12]], None, ValueError, r"ids: expected 0..9, got 12 at (1, 1)"),
        (TABLE, [4, -1], None, ValueError, r"ids: expected 0..9, got -1 at 1"),
        (TABLE, np.ones((3, 4)), None, TypeError, r"ids: expected integers, got float64 (3, 4)"),
        (TABLE, [True, False], None, TypeError, r"ids: expected integers, got bool (2,)"),
        (TABLE, [1], 10, ValueError, r"padding_idx: expected None or an id in 0..9, got 10"),
        (TABLE, [1], -1, ValueError, r"padding_idx: expected None or an id in 0..9, got -1"),
        ({"W": TABLE["weight"]}, [1], None, ValueError, r"params: expected the keys ['weight'], got ['W']"),
        ({"weight": np.zeros(3)}, [1], None, ValueError, r"weight: expected (V, D), got (3,)"),
        (
            {"weight": np.zeros((3, 1), int)},
            [1],
            None,
            TypeError,
            r"weight: expected floating-point numbers, got int64 (3, 1)",
        ),
    ],
)
def test_bad_input_is_refused(params, ids, padding_idx, error, message):
    with pytest.raises(error) as refusal:
        embedding.forward(params, ids, padding_idx)
    assert str(refusal.value) == message


def test_bad_gradients_and_sizes_are_refused():
    _, cache = embedding.forward(TABLE, [[1, 2, 3]])
    with pytest.raises(ValueError, match=r"dy: expected \(1, 3, 2\), got \(3, 2\)"):
        embedding.backward(cache, np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"dy: expected \(1, 3, 2\), got \(3, 2\)"):
        embedding.as_product_backward(TABLE, [[1, 2, 3]], np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"at least \(1, 1\), got \(0, 4\)"):
        embedding.init(0, 4, np.random.default_rng(0))
    with pytest.raises(ValueError, match="padding_idx: expected None or an id in 0..2, got 3"):
        embedding.init(3, 4, np.random.default_rng(0), padding_idx=3)
