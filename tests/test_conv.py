"""The convolution over time against torch.nn.Conv1d, the time-delay layer, differences, laws; and mutants."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, numpy, tensor

from companion.reference import conv as reference
from companion.reference import tdnn
from companion.reference.gradcheck import check
from companion.torch import conv
from companion.torch.conv import Conv


class Case(NamedTuple):
    """One forward and backward pass."""

    params: dict[str, np.ndarray]
    x: np.ndarray  # (T, N, D)
    dy: np.ndarray  # (T', N, F)
    options: dict[str, Any]
    lengths: np.ndarray | None = None


OPTIONS = [  # the kernel, and how it goes
    (3, {}),
    (1, {"stride": 2}),
    (4, {"padding": "same"}),
    (3, {"padding": "same", "dilation": 2}),
    (2, {"padding": "causal", "stride": 3}),
    (3, {"padding": "causal", "dilation": 2}),
    (2, {"stride": 2, "dilation": 3}),
]
everyway = pytest.mark.parametrize(("K", "options"), OPTIONS)


def drawn(seed, K=3, options=None, ragged=False, square=False):
    """Draw a case whose sizes all differ, unless square asks for D = F."""
    options = options or {}
    rng = np.random.default_rng(seed)
    N, D, F = (3, 4, 4) if square else (3, 4, 6)
    T = 11 + seed
    lengths = rng.permutation([T, T - 3, 1]) if ragged else None
    params = reference.init(D, F, K, rng)
    steps = int(reference.output_size(T, K, **options))
    return Case(params, rng.standard_normal((T, N, D)), rng.standard_normal((steps, N, F)), options, lengths)


def of_reference(case, forward=reference.forward, backward=reference.backward):
    y, cache = forward(case.params, case.x, case.lengths, **case.options)
    dx, dparams = backward(cache, case.dy)
    return [y, dx, dparams["weight"], dparams["bias"]]


def of_torch(case):
    """Run torch.nn.Conv1d, whose sequences are (N, D, T), on what was padded before."""
    F, D, K = case.params["weight"].shape
    before, after = reference.pads(K, **case.options)
    layer = torch.nn.Conv1d(
        D, F, K, case.options.get("stride", 1), dilation=case.options.get("dilation", 1), dtype=torch.float64
    )
    layer.load_state_dict({name: tensor(value) for name, value in case.params.items()})
    x = tensor(case.x, grad=True)
    y = layer(torch.nn.functional.pad(x.permute(1, 2, 0), (before, after))).permute(2, 0, 1)
    y.backward(tensor(case.dy))
    return [y, x.grad, layer.weight.grad, layer.bias.grad]


def of_module(case, device="cpu", module=Conv):
    F, D, K = case.params["weight"].shape
    layer = module(D, F, K, **case.options, dtype=tensor(case.x).dtype, device=device)
    layer.load_state_dict({name: tensor(value) for name, value in case.params.items()})
    x = tensor(case.x, device, grad=True)
    y = layer(x, None if case.lengths is None else tensor(case.lengths))
    y.backward(tensor(case.dy, device))
    return [y, x.grad, layer.weight.grad, layer.bias.grad]


def one_by_one(case):
    """Run torch.nn.Conv1d on each sequence alone, its padding cut off, and put the results together."""
    results = [np.zeros_like(a) for a in (case.dy, case.x, case.params["weight"], case.params["bias"])]
    K = case.params["weight"].shape[2]
    for n, length in enumerate(case.lengths):
        one, steps = slice(n, n + 1), int(reference.output_size(length, K, **case.options))
        if steps:
            alone = case._replace(x=case.x[:length, one], dy=case.dy[:steps, one], lengths=None)
            y, dx, dweight, dbias = of_torch(alone)
            results[0][:steps, one], results[1][:length, one] = numpy(y), numpy(dx)
            results[2] += numpy(dweight)
            results[3] += numpy(dbias)
    return results


def furthest(a, b):
    return max(apart(p, q) for p, q in zip(a, b, strict=True))


@pytest.mark.equation("eq-conv1d")
@pytest.mark.equation("eq-conv1d-size")
@pytest.mark.equation("eq-conv1d-grad-x")
@pytest.mark.equation("eq-conv1d-grad-weight")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ragged", [False, True])
@everyway
def test_agrees_with_conv1d(K, options, ragged, device, measure):
    case = drawn(K, K, options, ragged)
    theirs = one_by_one(case) if ragged else of_torch(case)
    for ours in (of_reference(case), of_module(case, device)):
        measure("eq-conv1d-size", abs(len(ours[0]) - len(theirs[0])), 0)
        measure("eq-conv1d", apart(ours[0], theirs[0]), PARITY)
        measure("eq-conv1d-grad-x", apart(ours[1], theirs[1]), PARITY)
        measure("eq-conv1d-grad-weight", furthest(ours[2:], theirs[2:]), PARITY)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("K", [3, 4])
@pytest.mark.parametrize("dilation", [1, 3])
def test_same_is_torchs_own(K, dilation):
    case = drawn(0, K, {"padding": "same", "dilation": dilation})
    layer = torch.nn.Conv1d(4, 6, K, padding="same", dilation=dilation, dtype=torch.float64)
    layer.load_state_dict({name: tensor(value) for name, value in case.params.items()})
    assert apart(layer(tensor(case.x).permute(1, 2, 0)).permute(2, 0, 1), of_reference(case)[0]) <= PARITY


@everyway
def test_gradients_against_differences(K, options):
    case = drawn(1, K, options, ragged=True)

    def forward(params, x):
        return reference.forward(params, x, case.lengths, **options)

    rng = np.random.default_rng(0)
    assert check(forward, reference.backward, case.params, case.x, rng=rng).error <= GRADCHECK


def test_a_plain_one_is_the_time_delay_layer():
    case = drawn(2)
    y, cache = tdnn.forward(case.params, case.x)
    dx, dparams = tdnn.backward(cache, case.dy)
    assert furthest(of_reference(case), [y, dx, dparams["weight"], dparams["bias"]]) <= PARITY


@pytest.mark.equation("eq-conv1d-size")
def test_the_sizes_are_those_of_counting(measure):
    for T in range(9):
        for K, options in OPTIONS:
            span = options.get("dilation", 1) * (K - 1) + 1
            padded = T + sum(reference.pads(K, **options))
            starts = range(0, max(padded - span + 1, 0), options.get("stride", 1))
            ours = reference.output_size(np.array([[T]]), K, **options)
            assert ours.shape == (1, 1)
            measure("eq-conv1d-size", abs(int(ours[0, 0]) - len(starts)), 0)
            there = conv.output_size(torch.tensor(T), K, **options)
            measure("eq-conv1d-size", abs(there.item() - len(starts)), 0)
    assert reference.output_size(2, 3) == 0  # and not negative


@pytest.mark.parametrize("junk", [np.nan, np.inf, -1e300])
@everyway
def test_padding_is_inert(K, options, junk):
    case = drawn(0, K, options, ragged=True)
    x, dy = case.x.copy(), case.dy.copy()
    beyond = np.arange(len(x))[:, None] >= case.lengths
    beyond_y = np.arange(len(dy))[:, None] >= reference.output_size(case.lengths, K, **options)
    x[beyond], dy[beyond_y] = junk, junk
    spoilt = case._replace(x=x, dy=dy)
    for run in (of_reference, of_module):
        for a, b in zip(run(case), run(spoilt), strict=True):
            np.testing.assert_array_equal(numpy(a), numpy(b))
        assert not numpy(run(case)[0])[beyond_y].any()
        assert not numpy(run(case)[1])[beyond].any()


def test_causal_outputs_see_no_later_input_and_same_ones_do():
    for padding, first in (("causal", 5), ("same", 4)):
        case = drawn(0, 3, {"padding": padding})
        moved = case.x.copy()
        moved[5] += 1
        y, there = (reference.forward(case.params, x, padding=padding)[0] for x in (case.x, moved))
        assert len(y) == len(case.x)
        assert np.flatnonzero((y != there).any(axis=(1, 2))).tolist() == list(range(first, first + 3))


def test_precision_is_kept_and_nothing_given_is_changed():
    case = drawn(0, 3, {"padding": "causal"}, ragged=True)
    given = [case.x, case.dy, case.lengths, *case.params.values()]
    before = [array.copy() for array in given]
    exact = of_reference(case)
    for array, copy in zip(given, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    single = case._replace(
        params={name: value.astype(np.float32) for name, value in case.params.items()},
        x=case.x.astype(np.float32),
        dy=case.dy.astype(np.float32),
    )
    for results in (of_reference(single), of_module(single)):
        assert {str(value.dtype).removeprefix("torch.") for value in results} == {"float32"}
        assert furthest(results, exact) <= FLOAT32


def test_init_is_pytorchs_distribution():
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    bound = 90**-0.5
    for params in (
        reference.init(30, 200, 3, rng),
        dict(Conv(30, 200, 3, generator=generator).named_parameters()),
    ):
        assert {k: tuple(v.shape) for k, v in params.items()} == {"weight": (200, 30, 3), "bias": (200,)}
        for value in params.values():
            assert 0.98 * bound < np.abs(numpy(value)).max() <= bound
    torch.manual_seed(1)
    ours = Conv(4, 6, 3).state_dict()
    torch.manual_seed(1)
    theirs = torch.nn.Conv1d(4, 6, 3).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ("weight", "bias"))


def flipped(params, x, lengths, **options):
    """Convolve as in signal processing: the kernel turned in time."""
    turned = {**params, "weight": params["weight"][:, :, ::-1]}
    y, _ = reference.forward(turned, x, lengths, **options)
    return y, reference.forward(params, x, lengths, **options)[1]


def one_place_late(params, x, lengths, **options):
    """Pad one step too many in front, and one too few behind."""
    y, cache = reference.forward(params, x, lengths, **options)
    return np.concatenate([0 * y[:1] + params["bias"], y[:-1]]), cache


def padding_read(params, x, lengths, **options):
    y, cache = reference.forward(params, x, None, **options)
    return y, cache


def no_bias_at_the_ends(params, x, lengths, **options):
    y, cache = reference.forward({**params, "bias": 0 * params["bias"]}, x, lengths, **options)
    return y + params["bias"], cache


def overwritten(cache, dy):
    """Assign the input's gradient where several places of the kernel add to it."""
    dx = np.zeros_like(cache.padded)
    for k in range(cache.weight.shape[2]):
        dx[k : k + len(dy)] = dy @ cache.weight[:, :, k]
    before, _ = reference.pads(cache.weight.shape[2], cache.stride, cache.padding, cache.dilation)
    return dx[before : before + cache.steps], reference.backward(cache, dy)[1]


def pads_forgotten(cache, dy):
    """Take the gradient of the padded sequence from its start."""
    dx, dparams = reference.backward(cache._replace(padding="valid", steps=len(cache.padded)), dy)
    return dx[: cache.steps], dparams


def mean_of_the_batch(cache, dy):
    dx, dparams = reference.backward(cache, dy)
    return dx, {name: value / dy.shape[1] for name, value in dparams.items()}


@pytest.mark.parametrize("mistake", [flipped, one_place_late, padding_read, no_bias_at_the_ends])
def test_mistakes_in_the_output_are_caught(mistake):
    case = drawn(0, 3, {"padding": "same"}, ragged=True, square=True)
    assert caught(lambda: furthest(of_reference(case, mistake), one_by_one(case)))
    assert furthest(of_reference(case), one_by_one(case)) <= PARITY


@pytest.mark.parametrize("mistake", [overwritten, pads_forgotten, mean_of_the_batch])
def test_mistakes_in_the_gradients_are_caught(mistake):
    case = drawn(0, 3, {"padding": "causal"}, square=True)
    assert caught(lambda: furthest(of_reference(case, backward=mistake), of_torch(case)))
