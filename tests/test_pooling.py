"""Pooling over time against PyTorch's layers, each sequence alone, differences and laws; and mutants."""

import numpy as np
import pytest
import torch
from comparing import CAUGHT, DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, numpy, tensor
from torch.nn import functional

from companion.reference import pooling as reference
from companion.reference.conv import output_size
from companion.reference.gradcheck import numerical_gradient
from companion.torch import pooling

WINDOWS = [(2, None), (3, 1), (2, 3), (1, 2)]  # the window, and the step to the next
windows = pytest.mark.parametrize(("pool_size", "stride"), WINDOWS)
LAYERS = {"max_pool": functional.max_pool1d, "average_pool": functional.avg_pool1d}
WHOLE = {
    "global_max_pool": functional.adaptive_max_pool1d,
    "global_average_pool": functional.adaptive_avg_pool1d,
}


def drawn(seed, shape=(7, 3, 4), ties=False):
    """Draw x and lengths; with ties, x holds few different numbers, all of them negative."""
    rng = np.random.default_rng(seed)
    x = -rng.integers(1, 3, shape).astype(float) if ties else rng.standard_normal(shape)
    return x, np.array([shape[0], 1, 4]), rng


def of_reference(name, x, dy, *options, lengths=None):
    y, cache = getattr(reference, name)(x, *options, lengths=lengths)
    return [y, getattr(reference, f"{name}_backward")(cache, dy)]


def of_ours(name, x, dy, *options, lengths=None, device="cpu"):
    x = tensor(x, device, grad=True)
    y = getattr(pooling, name)(x, *options, lengths=lengths)
    y.backward(tensor(dy, device))
    return [y, x.grad]


def of_torch(name, x, dy, pool_size, stride=None):
    """Run PyTorch's function, whose sequences are (N, D, T)."""
    x = tensor(x, grad=True)
    y = LAYERS[name](x.permute(1, 2, 0), pool_size, stride).permute(2, 0, 1)
    y.backward(tensor(dy))
    return [y, x.grad]


def of_torch_whole(name, x, dy):
    x = tensor(x, grad=True)
    y = WHOLE[name](x.permute(1, 2, 0), 1)[..., 0]
    y.backward(tensor(dy))
    return [y, x.grad]


def furthest(a, b):
    return max(apart(p, q) for p, q in zip(a, b, strict=True))


@pytest.mark.equation("eq-max-pool")
@pytest.mark.equation("eq-max-pool-grad")
@pytest.mark.equation("eq-average-pool")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", LAYERS)
@windows
def test_windows_agree_with_torch(name, pool_size, stride, ties, device, measure):
    x, _, rng = drawn(1, ties=ties)
    dy = rng.standard_normal((int(output_size(7, pool_size, stride or pool_size)), 3, 4))
    theirs = of_torch(name, x, dy, pool_size, stride)
    for ours in (
        of_reference(name, x, dy, pool_size, stride),
        of_ours(name, x, dy, pool_size, stride, device=device),
    ):
        forward = "eq-max-pool" if name == "max_pool" else "eq-average-pool"
        measure(forward, apart(ours[0], theirs[0]), PARITY)
        measure("eq-max-pool-grad" if name == "max_pool" else forward, apart(ours[1], theirs[1]), PARITY)


@pytest.mark.equation("eq-global-pool")
@pytest.mark.equation("eq-max-pool-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("name", WHOLE)
def test_whole_sequences_agree_with_torch(name, ties, device, measure):
    x, lengths, rng = drawn(2, ties=ties)
    dy = rng.standard_normal((3, 4))
    alone = [of_torch_whole(name, x[:t, [n]], dy[[n]]) for n, t in enumerate(lengths)]
    dx = np.zeros_like(x)
    for n, (t, (_, d)) in enumerate(zip(lengths, alone, strict=True)):
        dx[:t, [n]] = numpy(d)
    ragged = [np.concatenate([numpy(y) for y, _ in alone]), dx]
    for theirs, given in ((of_torch_whole(name, x, dy), None), (ragged, lengths)):
        for ours in (
            of_reference(name, x, dy, lengths=given),
            of_ours(name, x, dy, lengths=given, device=device),
        ):
            measure("eq-global-pool", apart(ours[0], theirs[0]), PARITY)
            measure(
                "eq-max-pool-grad" if "max" in name else "eq-global-pool", apart(ours[1], theirs[1]), PARITY
            )


@pytest.mark.parametrize("name", LAYERS)
@windows
def test_a_sequence_is_pooled_as_if_it_came_alone(name, pool_size, stride):
    x, lengths, rng = drawn(3)
    steps = output_size(lengths, pool_size, stride or pool_size)
    dy = rng.standard_normal((steps.max(), 3, 4))
    for run in (of_reference, of_ours):
        y, dx = (numpy(v) for v in run(name, x, dy, pool_size, stride, lengths=lengths))
        for n, (length, count) in enumerate(zip(lengths, steps, strict=True)):
            assert not y[count:, n].any()
            assert not dx[length:, n].any()
            if count:
                alone = of_torch(name, x[:length, [n]], dy[:count, [n]], pool_size, stride)
                assert furthest([y[:count, [n]], dx[:length, [n]]], alone) <= PARITY
            else:
                assert not dx[:, n].any()


@pytest.mark.parametrize("junk", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("name", [*LAYERS, *WHOLE])
def test_padding_is_inert(name, junk):
    x, lengths, rng = drawn(4, ties=True)  # all negative: a zero in the padding would be the largest
    options = (2, None) if name in LAYERS else ()
    dy = rng.standard_normal((3, 3, 4) if name in LAYERS else (3, 4))
    spoilt, spoilt_dy = x.copy(), dy.copy()
    spoilt[np.arange(7)[:, None] >= lengths] = junk
    if name in LAYERS:
        spoilt_dy[np.arange(3)[:, None] >= output_size(lengths, 2, 2)] = junk
    for run in (of_reference, of_ours):
        clean = run(name, x, dy, *options, lengths=lengths)
        for a, b in zip(clean, run(name, spoilt, spoilt_dy, *options, lengths=lengths), strict=True):
            np.testing.assert_array_equal(numpy(a), numpy(b))


@pytest.mark.parametrize("name", WHOLE)
def test_a_sequence_of_no_steps_gives_zero_and_takes_nothing(name):
    x, _, rng = drawn(5)
    for run in (of_reference, of_ours):
        y, dx = (numpy(v) for v in run(name, x, rng.standard_normal((3, 4)), lengths=[2, 0, 7]))
        assert not y[1].any()
        assert not dx[:, 1].any()
        assert y[0].all()


@pytest.mark.parametrize("name", [*LAYERS, *WHOLE])
def test_gradients_against_differences(name):
    x, lengths, rng = drawn(6)
    options = (3, 2) if name in LAYERS else ()

    def forward(x):
        return getattr(reference, name)(x, *options, lengths=lengths)[0]

    dy = rng.standard_normal(forward(x).shape)
    ours = of_reference(name, x, dy, *options, lengths=lengths)[1]
    assert apart(ours, numerical_gradient(forward, x, dy=dy)) <= GRADCHECK


def test_max_passes_the_whole_gradient_on_and_average_too():
    x, lengths, rng = drawn(7, ties=True)
    for name, options, shape in (
        ("max_pool", (2,), (3, 3, 4)),
        ("average_pool", (2,), (3, 3, 4)),
        ("global_max_pool", (), (3, 4)),
        ("global_average_pool", (), (3, 4)),
    ):
        dy = rng.standard_normal(shape)
        for run in (of_reference, of_ours):
            assert (
                apart(numpy(run(name, x, dy, *options)[1]).sum(axis=0), dy.reshape(-1, 3, 4).sum(axis=0))
                <= PARITY
            )


def test_precision_is_kept():
    x, lengths, rng = drawn(8)
    for name in (*LAYERS, *WHOLE):
        options, shape = ((2,), (3, 3, 4)) if name in LAYERS else ((), (3, 4))
        dy = rng.standard_normal(shape)
        exact = of_reference(name, x, dy, *options, lengths=lengths)
        for run in (of_reference, of_ours):
            single = run(name, x.astype(np.float32), dy.astype(np.float32), *options, lengths=lengths)
            assert {str(value.dtype).removeprefix("torch.") for value in single} == {"float32"}
            assert furthest(single, exact) <= FLOAT32


def shared_among_equals(x, dy):
    largest = x.max(axis=0)
    winners = x == largest
    return [largest, winners * dy / winners.sum(axis=0)]


def given_to_all_equals(x, dy):
    largest = x.max(axis=0)
    return [largest, (x == largest) * dy]


def last_of_equals(x, dy):
    dx = np.zeros_like(x)
    np.put_along_axis(dx, len(x) - 1 - x[::-1].argmax(axis=0)[None], dy[None], axis=0)
    return [x.max(axis=0), dx]


@pytest.mark.parametrize("mistake", [shared_among_equals, given_to_all_equals, last_of_equals])
def test_mistakes_among_equals_are_caught(mistake):
    x, _, rng = drawn(9, ties=True)
    dy = rng.standard_normal((3, 4))
    right = of_torch_whole("global_max_pool", x, dy)
    assert caught(lambda: furthest(mistake(x, dy), right))
    assert furthest(of_reference("global_max_pool", x, dy), right) <= PARITY < CAUGHT
    distinct, _, _ = drawn(9)
    assert furthest(mistake(distinct, dy), of_torch_whole("global_max_pool", distinct, dy)) <= PARITY


def padding_wins(x, lengths):
    return np.where(np.arange(len(x))[:, None, None] < lengths[:, None], x, 0).max(axis=0)


def mean_over_the_padding(x, lengths):
    return np.where(np.arange(len(x))[:, None, None] < lengths[:, None], x, 0).mean(axis=0)


def padding_read(x, lengths):
    return x.max(axis=0)


@pytest.mark.parametrize("mistake", [padding_wins, mean_over_the_padding, padding_read])
def test_mistakes_about_padding_are_caught(mistake):
    x, lengths, _ = drawn(10, ties=True)
    x[4:, 2] = 3.0
    name = "global_average_pool" if mistake is mean_over_the_padding else "global_max_pool"
    right, _ = getattr(reference, name)(x, lengths)
    assert caught(lambda: apart(mistake(x, lengths), right))


def assigned(cache, dy):
    """Assign where windows overlap and a step may win twice."""
    dx = np.zeros((cache.steps, *dy.shape[1:]))
    for t, (winners, d) in enumerate(zip(cache.winners, dy, strict=True)):
        np.put_along_axis(dx, (t * cache.stride + winners)[None], d[None], axis=0)
    return dx


def test_a_step_that_wins_twice_is_paid_twice():
    x, _, rng = drawn(11)
    dy = rng.standard_normal((5, 3, 4))
    _, cache = reference.max_pool(x, 3, 1)
    right = of_torch("max_pool", x, dy, 3, 1)[1]
    assert apart(reference.max_pool_backward(cache, dy), right) <= PARITY
    assert caught(lambda: apart(assigned(cache, dy), right))


def test_torch_differentiates_twice():
    x = torch.randn(5, 2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    for f in (lambda x: pooling.max_pool(x, 2, 1), lambda x: pooling.global_average_pool(x, [5, 2])):
        assert torch.autograd.gradgradcheck(lambda x, f=f: f(x) ** 2, x)
