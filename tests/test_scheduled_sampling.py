"""Scheduled sampling, both back ends: the decays, the mixing, what the network reads; laws; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, numpy, tensor

from companion.reference import lm, sampling
from companion.reference import scheduled_sampling as reference
from companion.torch import scheduled_sampling as ours
from companion.torch.lm import LM

T, N, V, D, H = 15, 10, 7, 5, 6
STEPS = np.array([0, 1, 7, 50, 399, 2000])
DECAYS = {
    "linear": (
        partial(reference.linear_decay, slope=0.01, start=0.9, floor=0.2),
        lambda i: max(0.2, 0.9 - 0.01 * i),
    ),
    "exponential": (partial(reference.exponential_decay, k=0.97), lambda i: 0.97**i),
    "inverse sigmoid": (
        partial(reference.inverse_sigmoid_decay, k=30.0),
        lambda i: 30 / (30 + np.exp(i / 30)),
    ),
}


@pytest.mark.equation("eq-scheduled-sampling")
@pytest.mark.parametrize("name", DECAYS)
def test_decays_are_their_formulas(name, measure):
    ours_, formula = DECAYS[name]
    expected = [formula(i) for i in STEPS.tolist()]
    measure("eq-scheduled-sampling", apart(ours_(STEPS), expected), 1e-12)
    assert ours_(7) == ours_([7])[0]


@pytest.mark.parametrize("name", DECAYS)
def test_decays_fall_and_stay_in_range(name):
    epsilon = DECAYS[name][0](np.arange(100_000))
    assert (np.diff(epsilon) <= 0).all()
    assert epsilon[0] > 0.85
    assert ((epsilon >= 0) & (epsilon <= 1)).all()
    assert np.isfinite(epsilon).all()


def test_half_way():
    for k in (2.0, 50.0, 1000.0):
        assert abs(reference.inverse_sigmoid_decay(k * np.log(k), k) - 0.5) < 1e-12


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_coins_fall_as_often_as_they_should(epsilon):
    drawn = [
        reference.coins((200, 100), epsilon, np.random.default_rng(0)),
        numpy(ours.coins((200, 100), epsilon, torch.Generator().manual_seed(0))),
    ]
    for coins in drawn:
        assert coins.dtype == bool
        assert abs(coins.mean() - epsilon) <= 4 * np.sqrt(epsilon * (1 - epsilon) / coins.size)
    again = reference.coins((200, 100), epsilon, np.random.default_rng(0))
    assert np.array_equal(again, drawn[0])


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("vectors", [False, True])
def test_mixing(vectors, axes, device):
    rng = np.random.default_rng(0)
    shape = (T, N, D) if vectors else (T, N)
    targets, own = rng.standard_normal(shape), rng.standard_normal(shape)
    coins = rng.random(shape[:axes]) < 0.5
    expected = np.empty(shape)
    for place in np.ndindex(shape):
        expected[place] = targets[place] if coins[place[:axes]] else own[place]
    assert np.array_equal(reference.mix(targets, own, coins), expected)
    mixed = ours.mix(tensor(targets, device), tensor(own, device), tensor(coins, device))
    assert np.array_equal(numpy(mixed), expected)


def test_gradients_go_to_what_was_taken():
    targets, own = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, 3, requires_grad=True)
    coins = torch.tensor([True, False])
    ours.mix(targets, own, coins).sum().backward()
    assert targets.grad.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert own.grad.tolist() == [[0, 0, 0], [1, 1, 1]]


def drawn(seed):
    rng = np.random.default_rng(seed)
    params = {name: 3 * value for name, value in lm.init(V, D, H, rng).items()}  # decided, though untrained
    inputs, u = rng.integers(0, V, (T, N)), rng.random((T, N))
    return params, inputs, rng.standard_normal((1, N, H)), rng.random((T, N)) < 0.5, u


def by_definition(params, inputs, h_0, coins, u):
    """Compute every token from the whole sequence before it, sequence by sequence."""
    read = inputs.copy()
    for n in range(N):
        for t in range(1, T):
            logits, _, _ = lm.forward(params, read[:t, n : n + 1], h_0[:, n : n + 1])
            p = np.exp(logits[-1, 0]) / np.exp(logits[-1, 0]).sum()
            own = int(np.flatnonzero(np.cumsum(p) > u[t, n])[0])
            read[t, n] = inputs[t, n] if coins[t, n] else own
    return read


def wrong(mixed_inputs, seed):
    """Measure the share of tokens that are not those of the definition."""
    params, inputs, h_0, coins, u = drawn(seed)
    got = mixed_inputs(partial(lm.step, params), inputs, h_0, coins, u)
    return float((got != by_definition(params, inputs, h_0, coins, u)).mean())


@pytest.mark.parametrize("seed", range(4))
def test_what_is_read_is_its_definition(seed):
    assert wrong(reference.mixed_inputs, seed) == 0


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.0])
def test_the_back_ends_read_the_same(temperature, device):
    params, inputs, h_0, coins, u = drawn(5)
    model = LM(V, D, H, dtype=torch.float64, device=device)
    model.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    expected = reference.mixed_inputs(partial(lm.step, params), inputs, h_0, coins, u, temperature)
    given = [tensor(a, device) for a in (inputs, h_0, coins, u)]
    got = ours.mixed_inputs(model.step, *given, temperature)
    assert np.array_equal(expected, numpy(got))
    assert not got.requires_grad


def test_the_two_ends():
    """Read the teacher's tokens with all coins True, and what the network writes with none."""
    params, inputs, h_0, _, u = drawn(6)
    step, always = partial(lm.step, params), np.ones((T, N), bool)
    assert np.array_equal(reference.mixed_inputs(step, inputs, h_0, always, u), inputs)
    free = reference.mixed_inputs(step, inputs, h_0, ~always, u, temperature=0.0)
    written = sampling.generate(step, inputs[0], h_0, T - 1, np.random.default_rng(0), temperature=0.0)
    assert np.array_equal(free, np.vstack([inputs[:1], written]))
    assert not np.array_equal(free, inputs)


def test_the_gradient_takes_the_tokens_for_given():
    """Feed what was read to the ordinary pass: the gradient of a loss with those tokens as constants."""
    params, inputs, h_0, coins, u = drawn(7)
    targets = np.roll(inputs, -1, axis=0)
    read = reference.mixed_inputs(partial(lm.step, params), inputs, h_0, coins, u)
    loss, grads, _ = lm.loss_and_grads(params, read, targets, h_0)
    model = LM(V, D, H, dtype=torch.float64)
    model.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    read_torch = ours.mixed_inputs(model.step, *(tensor(a) for a in (inputs, h_0, coins, u)))
    loss_torch, _ = model.loss(read_torch, tensor(targets), tensor(h_0))
    loss_torch.backward()
    assert apart(loss, loss_torch) <= PARITY
    assert max(apart(grads[name], p.grad) for name, p in model.named_parameters()) <= PARITY


def coins_turned_round(step, inputs, state, coins, u):
    return reference.mixed_inputs(step, inputs, state, ~coins, u)


def teacher_read_whatever_was_chosen(step, inputs, state, coins, u):
    """Let the network draw after the teacher's tokens alone: it never meets its own mistakes."""
    free = np.zeros_like(coins)
    read = [inputs[0]]
    for t in range(1, T):
        own = reference.mixed_inputs(step, inputs[t - 1 : t + 1], state, free[:2], u[t - 1 : t + 1])[1]
        _, state = step(inputs[t - 1], state)
        read.append(np.where(coins[t], inputs[t], own))
    return np.array(read)


def one_coin_a_sequence(step, inputs, state, coins, u):
    return reference.mixed_inputs(step, inputs, state, np.broadcast_to(coins[:1], coins.shape), u)


def state_forgotten(step, inputs, state, coins, u):
    return reference.mixed_inputs(lambda ids, h: (step(ids, None)[0], h), inputs, state, coins, u)


def draw_one_step_late(step, inputs, state, coins, u):
    read = reference.mixed_inputs(step, inputs, state, coins, u)
    return np.where(coins, inputs, np.roll(read, 1, axis=0))


@pytest.mark.parametrize(
    "mutant",
    [
        coins_turned_round,
        teacher_read_whatever_was_chosen,
        one_coin_a_sequence,
        state_forgotten,
        draw_one_step_late,
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_mistakes_are_caught(mutant, seed):
    assert caught(lambda: wrong(mutant, seed))


IDS, COINS, U = np.zeros((T, N), int), np.ones((T, N), bool), np.zeros((T, N))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, c: m.linear_decay(-1, 0.1), ValueError, "i: expected steps from 0 on, got -1"),
        (
            lambda m, c: m.linear_decay(1, 0.1, 0.5, 0.6),
            ValueError,
            "floor, start: expected 0 <= floor <= start <= 1, got 0.6 and 0.5",
        ),
        (
            lambda m, c: m.linear_decay(1, -0.1),
            ValueError,
            "slope: expected a finite number of at least 0, got -0.1",
        ),
        (lambda m, c: m.exponential_decay(1, 1.0), ValueError, "k: expected 0 < k < 1, got 1.0"),
        (
            lambda m, c: m.inverse_sigmoid_decay(1, 0.5),
            ValueError,
            "k: expected a finite number of at least 1, got 0.5",
        ),
        (lambda m, c: m.coins((2,), 1.1, None), ValueError, "epsilon: expected a number in [0, 1], got 1.1"),
        (lambda m, c: m.mix(c(IDS), c(IDS[0]), c(COINS)), ValueError, "own: expected (15, 10), got (10,)"),
        (lambda m, c: m.mix(c(IDS), c(IDS), c(COINS[0])), ValueError, "coins: expected (15,), got (10,)"),
        (
            lambda m, c: m.mix(c(IDS), c(IDS), c(IDS)),
            TypeError,
            "coins: expected truth values (bool), got int64 (15, 10)",
        ),
        (
            lambda m, c: m.mixed_inputs(None, c(IDS), None, c(COINS), c(U[0])),
            ValueError,
            "u: expected (15, 10), got (10,)",
        ),
        (
            lambda m, c: m.mixed_inputs(None, c(IDS[0]), None, c(COINS), c(U)),
            ValueError,
            "inputs: expected (T, N), got (10,)",
        ),
    ],
)
@pytest.mark.parametrize("module", [reference, ours])
def test_bad_input_is_refused(module, call, error, message):
    with pytest.raises(error) as refusal:
        call(module, tensor if module is ours else np.asarray)
    assert str(refusal.value) == message
