"""Temperature, top-k, nucleus and min-p, both back ends, against plain definitions; laws; and mutants."""

import math

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, numpy, tensor

from companion.reference import logit_filters as reference
from companion.reference.losses import softmax
from companion.torch import logit_filters as ours

SEEDS = range(4)
FILTERS = {
    "apply_temperature": [0.0, 0.01, 0.5, 1.0, 3.0],
    "keep_top_k": [1, 2, 5, 9],
    "keep_nucleus": [1e-9, 0.3, 0.8, 0.999, 1.0],
    "keep_min_p": [0.0, 0.05, 0.4, 1.0],
}
CASES = [(name, value) for name, values in FILTERS.items() for value in values]


def drawn(seed):
    """Draw logits (T, N, V) with ties, and with tokens that are struck out already."""
    rng = np.random.default_rng(seed)
    z = np.round(2 * rng.standard_normal((4, 3, 9)), 1)
    z[0, 0] = 1.0  # all equal
    z[1, :, 2:5] = z[1, :, :1]  # some
    z[2, :, 1] = -np.inf
    return z


def plain(name, row, value):
    """Go through one row in the order of probability, and decide for each token by the definition."""
    p = [math.exp(z - max(row)) for z in row]
    p = [x / sum(p) for x in p]
    order = sorted(range(len(row)), key=lambda k: (-row[k], k))
    if name == "apply_temperature":
        if value == 0:
            return [float(k == order[0]) for k in range(len(row))]
        powers = [math.exp((z - max(row)) / value) for z in row]
        return [x / sum(powers) for x in powers]
    kept, mass = [], 0.0
    for place, k in enumerate(order):
        full = place >= value if name == "keep_top_k" else mass >= value
        if p[k] < value * max(p) * (1 - 1e-12) if name == "keep_min_p" else full:
            break
        kept.append(k)
        mass += p[k]
    return [p[k] / mass if k in kept else 0.0 for k in range(len(row))]


def definition(name, filters, value, seed):
    """Measure how far a filter's distribution is from the plain one's, over all rows."""
    z = drawn(seed)
    got = softmax(getattr(filters, name)(z, value) if filters is reference else filters(z, value))
    expected = [plain(name, row.tolist(), value) for row in z.reshape(-1, z.shape[-1])]
    return apart(got.reshape(-1, z.shape[-1]), expected)


@pytest.mark.equation("eq-temperature")
@pytest.mark.parametrize("temperature", FILTERS["apply_temperature"])
@pytest.mark.parametrize("seed", SEEDS)
def test_temperature_is_its_definition(seed, temperature, measure):
    measure("eq-temperature", definition("apply_temperature", reference, temperature, seed), PARITY)


@pytest.mark.equation("eq-top-k")
@pytest.mark.parametrize("k", FILTERS["keep_top_k"])
@pytest.mark.parametrize("seed", SEEDS)
def test_top_k_is_its_definition(seed, k, measure):
    measure("eq-top-k", definition("keep_top_k", reference, k, seed), PARITY)


@pytest.mark.equation("eq-nucleus")
@pytest.mark.parametrize("p", FILTERS["keep_nucleus"])
@pytest.mark.parametrize("seed", SEEDS)
def test_nucleus_is_its_definition(seed, p, measure):
    measure("eq-nucleus", definition("keep_nucleus", reference, p, seed), PARITY)


@pytest.mark.equation("eq-min-p")
@pytest.mark.parametrize("p", FILTERS["keep_min_p"])
@pytest.mark.parametrize("seed", SEEDS)
def test_min_p_is_its_definition(seed, p, measure):
    measure("eq-min-p", definition("keep_min_p", reference, p, seed), PARITY)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("name", "value"), CASES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_back_ends_agree(seed, name, value, device):
    z = drawn(seed)
    expected = getattr(reference, name)(z, value)
    got = numpy(getattr(ours, name)(tensor(z, device), value))
    assert np.array_equal(np.isfinite(expected), np.isfinite(got))
    assert apart(softmax(expected), softmax(got)) <= PARITY


@pytest.mark.parametrize(("name", "value"), CASES)
def test_laws(name, value):
    """Sum to 1, keep the order, keep the argmax, leave the argument alone, keep the precision."""
    z = drawn(0)
    before = z.copy()
    got = getattr(reference, name)(z, value)
    p = softmax(got)
    assert np.array_equal(z, before)
    assert not np.shares_memory(got, z)
    assert apart(p.sum(-1), np.ones(z.shape[:-1])) < 1e-14
    order = np.argsort(-z, axis=-1, kind="stable")
    assert (np.diff(np.take_along_axis(p, order, -1), axis=-1) <= 1e-15).all()
    assert (np.take_along_axis(p, z.argmax(-1)[..., None], -1) > 0).all()
    assert getattr(reference, name)(z.astype(np.float32), value).dtype == np.float32
    assert getattr(ours, name)(tensor(z).float(), value).dtype == torch.float32


def test_limits():
    z = drawn(1)
    p = softmax(z)
    assert apart(softmax(reference.apply_temperature(z, 1.0)), p) < 1e-15
    for name, neutral in (("keep_top_k", 9), ("keep_nucleus", 1.0), ("keep_min_p", 0.0)):
        assert np.array_equal(getattr(reference, name)(z, neutral), z)
    best = np.eye(9)[z.argmax(-1)]
    for name, strict in (("apply_temperature", 0.0), ("keep_top_k", 1), ("keep_nucleus", 1e-300)):
        assert np.array_equal(softmax(getattr(reference, name)(z, strict)), best)
    finite = np.where(np.isfinite(z), z, 0.0)
    assert apart(softmax(reference.apply_temperature(finite, 1e12)), np.full(z.shape, 1 / 9)) < 1e-11


@pytest.mark.parametrize("temperature", [1e-300, 1e-3])
def test_a_temperature_towards_zero_is_the_argmax(temperature):
    z = np.array([[3.0, 5.0, 4.0], [1e4, -1e4, 0.0]])
    for dtype in (np.float32, np.float64):
        p = softmax(reference.apply_temperature(z.astype(dtype), temperature))
        assert p.tolist() == [[0, 1, 0], [1, 0, 0]]
    assert numpy(ours.apply_temperature(tensor(z), temperature).softmax(-1)).tolist() == [
        [0, 1, 0],
        [1, 0, 0],
    ]


def test_the_nucleus_is_the_smallest_set():
    z = np.random.default_rng(2).standard_normal((500, 20))
    p = softmax(z)
    kept = np.isfinite(reference.keep_nucleus(z, 0.7))
    mass = (p * kept).sum(-1)
    least = np.where(kept, p, 1.0).min(-1)
    assert (mass >= 0.7 - 1e-12).all()
    assert (mass - least < 0.7).all()
    assert len(set(kept.sum(-1).tolist())) > 5  # it is wide where the model is unsure, and narrow where not


@pytest.mark.parametrize(("p", "kept"), [(0.25, 1), (0.5, 2), (0.5000001, 3), (0.75, 3)])
def test_the_nucleus_ends_where_the_mass_is_reached(p, kept):
    """Cut four equally probable tokens: a mass of exactly p is enough."""
    expected = [True] * kept + [False] * (4 - kept)
    assert np.isfinite(reference.keep_nucleus(np.zeros(4), p)).tolist() == expected
    assert torch.isfinite(ours.keep_nucleus(torch.zeros(4, dtype=torch.float64), p)).tolist() == expected


def test_a_nucleus_of_one_keeps_the_improbable():
    z = np.array([0.0, -50.0, -60.0])  # their sum rounds to 1 after the first
    assert np.isfinite(reference.keep_nucleus(z, 1.0)).all()
    assert torch.isfinite(ours.keep_nucleus(tensor(z), 1.0)).all()


def test_the_order_matters():
    """Flatten and cut, or cut and flatten: two distributions."""
    z = drawn(3)[3]
    one = reference.keep_nucleus(reference.apply_temperature(z, 3.0), 0.7)
    other = reference.apply_temperature(reference.keep_nucleus(z, 0.7), 3.0)
    assert np.isfinite(one).sum() > np.isfinite(other).sum()


@pytest.mark.parametrize("ids", [[], [0], [2, 7, 2]])
def test_what_is_forbidden_has_no_probability(ids):
    z = drawn(0)
    expected = softmax(z)
    expected[..., ids] = 0
    expected /= expected.sum(-1, keepdims=True)
    assert apart(softmax(reference.forbid(z, ids)), expected) <= PARITY
    assert apart(ours.forbid(tensor(z), ids).softmax(-1), expected) <= PARITY


def multiplied(z, temperature):
    return z * temperature


def after_the_softmax(z, temperature):
    return softmax(z) / temperature


def ties_kept(z, k):
    return np.where(z >= np.sort(z, axis=-1)[..., -k][..., None], z, -np.inf)


def one_more(z, k):
    return reference.keep_top_k(z, min(k + 1, z.shape[-1]))


def set_to_zero(z, k):
    return np.where(np.isfinite(reference.keep_top_k(z, k)), z, 0.0)


def last_one_lost(z, p):
    """Stop before the mass is reached: the token that crosses the line is struck out."""
    kept = reference.keep_nucleus(z, p)
    least = np.where(np.isfinite(kept), kept, np.inf).min(-1, keepdims=True)
    return np.where((kept > least) | (kept == kept.max(-1, keepdims=True)), kept, -np.inf)


def least_probable_first(z, p):
    return np.where(np.isfinite(reference.keep_nucleus(np.where(np.isfinite(z), -z, -1e9), p)), z, -1e9)


def probability_threshold(z, p):
    return np.where((softmax(z) >= p) | (z == z.max(-1, keepdims=True)), z, -np.inf)


def of_the_logits(z, p):
    largest = z.max(-1, keepdims=True)
    return np.where((z >= p * largest) | (z == largest), z, -np.inf)


@pytest.mark.parametrize(
    ("name", "mutant", "value"),
    [
        ("apply_temperature", multiplied, 0.5),
        ("apply_temperature", after_the_softmax, 0.5),
        ("keep_top_k", ties_kept, 2),
        ("keep_top_k", one_more, 2),
        ("keep_top_k", set_to_zero, 2),
        ("keep_nucleus", last_one_lost, 0.8),
        ("keep_nucleus", least_probable_first, 0.8),
        ("keep_nucleus", probability_threshold, 0.3),
        ("keep_min_p", probability_threshold, 0.2),
        ("keep_min_p", of_the_logits, 0.4),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(name, mutant, value, seed):
    assert caught(lambda: definition(name, mutant, value, seed))


Z = np.zeros((2, 3))
NOTHING = "logits: expected a finite largest one in each row, got nan, inf or none"


@pytest.mark.parametrize("filters", [reference, ours])
@pytest.mark.parametrize(
    ("name", "z", "value", "error", "message"),
    [
        (
            "apply_temperature",
            Z,
            -1.0,
            ValueError,
            "temperature: expected a finite number of at least 0, got -1.0",
        ),
        (
            "apply_temperature",
            Z,
            math.inf,
            ValueError,
            "temperature: expected a finite number of at least 0, got inf",
        ),
        ("keep_top_k", Z, 0, ValueError, "k: expected 1..3, got 0"),
        ("keep_top_k", Z, 4, ValueError, "k: expected 1..3, got 4"),
        ("keep_nucleus", Z, 0.0, ValueError, "p: expected a number in (0, 1], got 0.0"),
        ("keep_nucleus", Z, 1.5, ValueError, "p: expected a number in (0, 1], got 1.5"),
        ("keep_min_p", Z, -0.1, ValueError, "p: expected a number in [0, 1], got -0.1"),
        ("keep_min_p", Z, math.nan, ValueError, "p: expected a number in [0, 1], got nan"),
        ("forbid", Z, [3], ValueError, "ids: expected 0..2, got 3 at 0"),
        ("forbid", Z, [0, 1, 2], ValueError, NOTHING),
        ("keep_top_k", Z + np.nan, 1, ValueError, NOTHING),
        ("keep_top_k", Z - np.inf, 1, ValueError, NOTHING),
        ("keep_min_p", Z[:, :0], 0.1, ValueError, NOTHING),
        (
            "keep_nucleus",
            Z.astype(int),
            0.1,
            TypeError,
            "logits: expected floating-point numbers, got int64 (2, 3)",
        ),
    ],
)
def test_bad_input_is_refused(filters, name, z, value, error, message):
    with pytest.raises(error) as refusal:
        getattr(filters, name)(tensor(z) if filters is ours else z, value)
    assert str(refusal.value) == message
