"""Truncated and checkpointed BPTT, both back ends: gradients, laws, memory, steps counted; and mutants."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, tensor
from torch import nn

from companion.reference import rnn, stack
from companion.reference import truncated as reference
from companion.torch import truncated as ours
from companion.torch.rnn import RNN

T, N, D, H = 13, 3, 4, 6
SEEDS = range(3)
KS = [1, 2, 5, 12, 13, 20]
SAME = 1e-12  # the full gradient, its sums in another order


def drawn(seed):
    rng = np.random.default_rng(seed)
    params = rnn.init(D, H, rng)
    return params, rng.standard_normal((T, N, D)), rng.standard_normal((N, H)), rng.standard_normal((T, N, H))


def weighted_squares(weights):
    """Return a loss whose every output has a gradient of its own, for either back end."""

    def loss(y, steps):
        if isinstance(y, torch.Tensor):
            return (tensor(weights[steps], y.device) * y**2).sum()
        return float((weights[steps] * y**2).sum()), 2 * weights[steps] * y

    return loss


def flat(gradients):
    """Put a value, a state and all gradients into one row, to be compared at once."""
    arrays = [gradients.value, gradients.h_n, gradients.dx, gradients.dh_0]
    arrays += [gradients.dparams[name] for name in rnn.NAMES]
    return np.concatenate([np.ravel(array) for array in arrays])


def full(seed):
    params, x, h_0, weights = drawn(seed)
    y, h_n, cache = rnn.forward(params, x, h_0)
    value, dy = weighted_squares(weights)(y, slice(0, T))
    return flat(reference.Gradients(value, h_n, *rnn.backward(cache, dy)))


def by_torch(seed, k, run=None, layer=None, device="cpu"):
    """Let torch.nn.RNN and autograd do it, the state detached every k steps; or one of our functions."""
    params, x, h_0, weights = drawn(seed)
    layer = (layer or nn.RNN(D, H, dtype=torch.float64)).to(device)
    layer.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    x, h_0 = tensor(x, device, grad=True), tensor(h_0[None], device, grad=True)
    if run is None:
        value, h = 0.0, h_0
        for start in range(0, T, k):
            y, h = layer(x[start : start + k], h)
            value = value + weighted_squares(weights)(y, slice(start, start + k))
            h = h.detach()
        value.backward()
    else:
        value, h = run(layer, x, h_0, weighted_squares(weights), k)
    dparams = {name: parameter.grad.cpu().numpy() for name, parameter in layer.named_parameters()}
    value, h = value.detach().cpu().numpy(), h.detach().cpu().numpy()[0]
    return flat(reference.Gradients(value, h, x.grad.cpu().numpy(), h_0.grad.cpu().numpy()[0], dparams))


def by_reference(seed, k, run):
    params, x, h_0, weights = drawn(seed)
    return flat(run(params, x, h_0, weighted_squares(weights), k))


@pytest.mark.equation("eq-truncated-bptt")
@pytest.mark.parametrize("k", KS)
@pytest.mark.parametrize("seed", SEEDS)
def test_truncated_is_autograd_with_the_state_detached(seed, k, measure):
    error = apart(by_reference(seed, k, reference.truncated_bptt), by_torch(seed, k))
    measure("eq-truncated-bptt", error, PARITY)


@pytest.mark.equation("eq-truncated-bptt")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("k", KS)
def test_truncated_in_torch(k, device, measure):
    for layer in (RNN(D, H, dtype=torch.float64), nn.RNN(D, H, dtype=torch.float64)):
        got = by_torch(1, k, ours.truncated_bptt, layer, device)
        measure("eq-truncated-bptt", apart(by_reference(1, k, reference.truncated_bptt), got), PARITY)


@pytest.mark.equation("eq-truncated-bptt")
@pytest.mark.parametrize("seed", SEEDS)
def test_truncated_is_the_full_sum_without_its_long_terms(seed, measure):
    """Add up, for each step's loss, the terms of the steps since its piece began: the definition."""
    params, x, h_0, weights = drawn(seed)
    k, total = 5, dict.fromkeys(rnn.NAMES, 0.0)
    y, _, _ = rnn.forward(params, x, h_0)
    for t in range(T):
        begin = t // k * k
        state = h_0 if begin == 0 else y[begin - 1]
        part, _, cache = rnn.forward(params, x[begin : t + 1], state)
        _, _, dparams = rnn.backward(cache, dh_n=2 * weights[t] * part[-1])
        total = {name: total[name] + dparams[name] for name in total}
    got = reference.truncated_bptt(params, x, h_0, weighted_squares(weights), k).dparams
    measure("eq-truncated-bptt", max(apart(got[name], total[name]) for name in total), PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_piece_is_the_full_gradient_and_several_are_not(seed):
    for k in (T, T + 7):
        assert np.array_equal(by_reference(seed, k, reference.truncated_bptt), full(seed))
    errors = [apart(by_reference(seed, k, reference.truncated_bptt), full(seed)) for k in (1, 2, 5, 12)]
    assert min(errors) > 1e-3
    value_and_state = slice(0, 1 + N * H)
    assert (
        apart(by_reference(seed, 2, reference.truncated_bptt)[value_and_state], full(seed)[value_and_state])
        < SAME
    )


@pytest.mark.parametrize("every", KS)
@pytest.mark.parametrize("seed", SEEDS)
def test_checkpointed_is_the_full_gradient(seed, every):
    assert apart(by_reference(seed, every, reference.checkpointed_bptt), full(seed)) <= SAME
    assert apart(by_torch(seed, every, ours.checkpointed_bptt), full(seed)) <= PARITY


@pytest.mark.parametrize("device", DEVICES)
def test_checkpointed_in_torch(device):
    layer = RNN(D, H, dtype=torch.float64)
    assert apart(by_torch(2, 4, ours.checkpointed_bptt, layer, device), full(2)) <= PARITY


def test_layers_on_top_of_each_other():
    rng = np.random.default_rng(3)
    params, x, weights = (
        stack.init(D, H, 2, rng),
        rng.standard_normal((T, N, D)),
        rng.standard_normal((T, N, H)),
    )
    one = reference.truncated_bptt(params, x, None, weighted_squares(weights), T, stack)
    pieces = reference.checkpointed_bptt(params, x, None, weighted_squares(weights), 4, stack)
    assert one.h_n.shape == (2, N, H)
    assert max(apart(one.dparams[name], pieces.dparams[name]) for name in params) <= SAME
    assert max(apart(one.dx, pieces.dx), apart(one.dh_0, pieces.dh_0), apart(one.h_n, pieces.h_n)) <= SAME


def ones(y, steps):
    """Return a loss with a gradient that takes no memory of its own."""
    return 0.0, np.broadcast_to(1.0, y.shape)


def peak(run, steps, size):
    """Measure the most memory held at once, in states of (N, H)."""
    n, h = 16, 64
    params = rnn.init(1, h, np.random.default_rng(0))
    x = np.zeros((steps, n, 1))
    tracemalloc.start()
    try:
        run(params, x, None, ones, size)
        return tracemalloc.get_traced_memory()[1] / (n * h * 8)
    finally:
        tracemalloc.stop()


def test_memory():
    """Measure: the full pass holds every state, a truncated one k, a checkpointed one about 2 sqrt(T)."""
    truncated, checkpointed = reference.truncated_bptt, reference.checkpointed_bptt
    assert peak(truncated, 400, 400) > 1200  # states, their slopes and their gradients: the measure works
    assert 1.9 < peak(truncated, 800, 800) / peak(truncated, 400, 400) < 2.1
    assert peak(truncated, 400, 20) < 0.1 * peak(truncated, 400, 400)
    assert peak(truncated, 800, 20) < 1.3 * peak(truncated, 400, 20)
    assert peak(checkpointed, 400, 20) < 0.15 * peak(truncated, 400, 400)
    assert 3 < peak(checkpointed, 6400, 80) / peak(checkpointed, 400, 20) < 5  # sqrt(16) is 4
    assert min([1, 3, 10, 40, 400], key=lambda every: peak(checkpointed, 400, every)) == 10
    assert peak(checkpointed, 400, 400) > 1200


def kept_by_the_graph(run):
    """Count the numbers that autograd keeps for the backward pass outside the pieces it computes anew."""
    kept = 0

    def pack(value):
        nonlocal kept
        kept += value.numel()
        return value

    layer, x = nn.RNN(1, 64), torch.zeros(400, 16, 1)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        run(layer, x)
    return kept / (16 * 64)


def test_what_the_graph_of_torch_keeps():
    def loss(y, steps):
        return (y * y).sum()

    everything = kept_by_the_graph(lambda layer, x: loss(layer(x)[0], None).backward())
    checkpoints = kept_by_the_graph(lambda layer, x: ours.checkpointed_bptt(layer, x, None, loss, 20))
    assert everything > 400
    assert checkpoints < 0.2 * everything


def counted():
    """Return a layer that counts the steps it takes forward and back."""
    steps = {"forward": 0, "backward": 0}

    def forward(params, x, h_0):
        steps["forward"] += len(x)
        return rnn.forward(params, x, h_0)

    def backward(cache, *gradients):
        steps["backward"] += len(cache.x)
        return rnn.backward(cache, *gradients)

    return SimpleNamespace(forward=forward, backward=backward), steps


@pytest.mark.parametrize(("k", "last"), [(13, 13), (5, 3), (4, 1), (1, 1)])
def test_steps_taken(k, last):
    """Checkpoints cost the steps of all pieces but the last once more, and nothing on the way back."""
    params, x, h_0, weights = drawn(0)
    for run, forward in ((reference.truncated_bptt, T), (reference.checkpointed_bptt, 2 * T - last)):
        layer, steps = counted()
        run(params, x, h_0, weighted_squares(weights), k, layer)
        assert steps == {"forward": forward, "backward": T}


def wrong(mutate):
    """Turn checkpointed BPTT into a mutant: a layer whose pieces do one thing wrong."""

    def run(params, x, h_0, loss, every):
        layer = SimpleNamespace(forward=rnn.forward, backward=rnn.backward)
        mutate(layer)
        return reference.checkpointed_bptt(params, x, h_0, loss, every, layer)

    return run


def gradient_stops(layer):
    layer.backward = lambda cache, dy, dh_n: rnn.backward(cache, dy)


def state_forgotten(layer):
    layer.forward = lambda params, x, h_0: rnn.forward(params, x)


def state_gradient_doubled(layer):
    layer.backward = lambda cache, dy, dh_n: rnn.backward(cache, dy, None if dh_n is None else 2 * dh_n)


@pytest.mark.parametrize("mutate", [gradient_stops, state_forgotten, state_gradient_doubled])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_checkpoints_are_caught(mutate, seed):
    assert caught(lambda: apart(by_reference(seed, 4, wrong(mutate)), full(seed)))


def state_not_carried(params, x, h_0, loss, k):
    layer = SimpleNamespace(forward=lambda params, x, h: rnn.forward(params, x), backward=rnn.backward)
    return reference.truncated_bptt(params, x, h_0, loss, k, layer)


def gradient_carried_forward(params, x, h_0, loss, k):
    """Give the next piece the gradient of this one's beginning."""
    last = None

    def backward(cache, dy):
        nonlocal last
        dx, last, dparams = rnn.backward(cache, dy, last)
        return dx, last, dparams

    return reference.truncated_bptt(
        params, x, h_0, loss, k, SimpleNamespace(forward=rnn.forward, backward=backward)
    )


@pytest.mark.parametrize("mutant", [state_not_carried, gradient_carried_forward, reference.checkpointed_bptt])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_truncation_are_caught(mutant, seed):
    assert caught(lambda: apart(by_reference(seed, 4, mutant), by_torch(seed, 4)))


@pytest.mark.parametrize("module", [reference, ours])
def test_bad_input_is_refused(module):
    params, x, h_0, _ = drawn(0)
    first, x = (nn.RNN(D, H), tensor(x)) if module is ours else (params, x)
    for name, argument in (("truncated_bptt", "k"), ("checkpointed_bptt", "every")):
        run = getattr(module, name)
        with pytest.raises(ValueError, match=f"^{argument}: expected at least 1, got 0$"):
            run(first, x, None, ones, 0)
        with pytest.raises(ValueError, match=r"^x: expected at least one step, got none$"):
            run(first, x[:0], None, ones, 2)
        with pytest.raises(ValueError, match=r"^x: expected \(T, N, D\), got \(3, 4\)$"):
            run(first, x[0], None, ones, 2)
