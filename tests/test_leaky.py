"""Leaky units: both back ends, autograd from the formula, differences, and the laws that tau brings."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, sizes, tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import leaky as reference
from companion.reference import memory_algebra, rnn, stack
from companion.reference.gradcheck import check, numerical_gradient
from companion.torch.leaky import Leaky

F = {"tanh": torch.tanh, "relu": torch.relu, "identity": torch.positive}
# What differs in each case: the seed, learned time constants, lengths, the non-linearity.
CASES = [
    (0, False, False, "tanh"),
    (1, True, True, "tanh"),
    (2, False, True, "relu"),
    (3, True, False, "identity"),
    (4, True, True, "relu"),
]
cases = pytest.mark.parametrize("case", CASES)


def drawn(seed, learned, ragged, nonlinearity):
    """Draw parameters, inputs, time constants and the outputs' gradients; sizes all differ."""
    rng = np.random.default_rng(seed)
    T, N, D, H = sizes(rng, 4)
    taus = 1 + 9 * rng.random(H) ** 2
    params = {name: 1.5 * value for name, value in reference.init(D, H, rng).items()}
    if learned:
        params["raw_tau_l0"] = np.log(taus - 1)
    lengths = np.append(T, rng.integers(0, T, N - 1)) if ragged else None
    x, h_0, dy, dh_n = (rng.standard_normal(shape) for shape in ((T, N, D), (N, H), (T, N, H), (N, H)))
    return params, (x, h_0, lengths, None if learned else taus, nonlinearity), (dy, dh_n)


def of_reference(params, inputs, doutputs, forward=reference.forward, backward=reference.backward):
    y, h_n, cache = forward(params, *inputs)
    dx, dh_0, dparams = backward(cache, *doutputs)
    return {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}


def of_autograd(params, inputs, doutputs):
    """Run sequence by sequence and step by step from the formula, and differentiate by autograd."""
    x, h_0, lengths, tau, nonlinearity = inputs
    params = {name: tensor(value, grad=True) for name, value in params.items()}
    W, U, b, c = (params[name] for name in rnn.NAMES)
    tau = 1 + params["raw_tau_l0"].exp() if tau is None else tensor(tau)
    x, h_0 = tensor(x, grad=True), tensor(h_0, grad=True)
    loss, y, h_n = 0, torch.zeros(doutputs[0].shape, dtype=torch.float64), []
    for n in range(x.shape[1]):
        h = h_0[n]
        for t in range(len(x) if lengths is None else lengths[n]):
            h = (1 - 1 / tau) * h + 1 / tau * F[nonlinearity](W @ x[t, n] + b + U @ h + c)
            loss = loss + h @ tensor(doutputs[0])[t, n]
            y[t, n] = h.detach()
        loss = loss + h @ tensor(doutputs[1])[n]
        h_n.append(h)
    loss.backward()
    gradients = {name: value.grad for name, value in params.items()}
    return {"y": y, "h_n": torch.stack(h_n), "dx": x.grad, "dh_0": h_0.grad, **gradients}


def of_module(params, inputs, doutputs, device="cpu", module=Leaky):
    x, h_0, lengths, tau, nonlinearity = inputs
    learned = tau is None
    layer = module(
        x.shape[2],
        h_0.shape[1],
        nonlinearity=nonlinearity,
        tau=2.0 if learned else tensor(tau),
        learn_tau=learned,
        device=device,
        dtype=tensor(x).dtype,
    )
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    x, h_0 = tensor(x, device, grad=True), tensor(h_0[None], device, grad=True)
    y, h_n = layer(x, h_0, lengths if lengths is None else tensor(lengths))
    torch.autograd.backward([y, h_n], [tensor(doutputs[0], device), tensor(doutputs[1][None], device)])
    gradients = {name: value.grad for name, value in layer.named_parameters()}
    return {"y": y, "h_n": h_n[0], "dx": x.grad, "dh_0": h_0.grad[0], **gradients}


def errors(a, b):
    assert a.keys() == b.keys()
    return {name: apart(a[name], b[name]) for name in a}


def worst(a, b):
    return float(np.max(list(errors(a, b).values())))


@pytest.mark.equation("eq-leaky")
@pytest.mark.equation("eq-leaky-grad")
@pytest.mark.equation("eq-leaky-tau-grad")
@cases
@pytest.mark.parametrize("device", DEVICES)
def test_agrees_with_autograd(case, device, measure):
    case = drawn(*case)
    expected = of_autograd(*case)
    for ours in (of_reference(*case), of_module(*case, device)):
        apart_by = errors(ours, expected)
        measure("eq-leaky", max(apart_by["y"], apart_by["h_n"]), PARITY)
        measure("eq-leaky-grad", max(apart_by.values()), PARITY)
        if "raw_tau_l0" in apart_by:
            measure("eq-leaky-tau-grad", apart_by["raw_tau_l0"], PARITY)


@cases
def test_gradients_against_differences(case):
    params, (x, h_0, lengths, tau, nonlinearity), _ = drawn(*case)
    forward = partial(reference.forward, lengths=lengths, tau=tau, nonlinearity=nonlinearity)
    rng = np.random.default_rng(0)
    assert check(forward, reference.backward, params, x, h_0, rng=rng).error <= GRADCHECK


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
def test_a_leak_of_one_step_is_the_plain_layer_to_the_bit(nonlinearity, ragged):
    params, (x, h_0, lengths, _, _), doutputs = drawn(5, False, ragged, nonlinearity)
    inputs = (x, h_0, lengths, 1.0, nonlinearity)
    ours = of_reference(params, inputs, doutputs)
    y, h_n, cache = rnn.forward(params, x, h_0, lengths, nonlinearity)
    dx, dh_0, dparams = rnn.backward(cache, *doutputs)
    plain = {"y": y, "h_n": h_n, "dx": dx, "dh_0": dh_0, **dparams}
    for name in plain:
        np.testing.assert_array_equal(ours[name], plain[name])
    assert worst(of_module(params, inputs, doutputs), plain) <= PARITY


@pytest.mark.equation("eq-leaky-jacobian")
@pytest.mark.parametrize("case", CASES[:3])
def test_the_jacobian_is_that_of_the_states(case, measure):
    params, (x, h_0, lengths, tau, nonlinearity), _ = drawn(*case)
    forward = partial(reference.forward, lengths=lengths, tau=tau, nonlinearity=nonlinearity)
    y, _, cache = forward(params, x, h_0)
    N, H = h_0.shape
    T, k = len(x), 1
    assert memory_algebra.leaky_jacobian(cache, 0, 0).shape == (N, H, H)
    identity = memory_algebra.leaky_jacobian(cache, k, k)
    np.testing.assert_array_equal(
        identity[cache.lengths >= k], np.eye(H)[None].repeat(sum(cache.lengths >= k), 0)
    )
    after = partial(reference.forward, tau=tau, nonlinearity=nonlinearity)
    jacobian = memory_algebra.leaky_jacobian(cache, T, k)
    for n in range(N):
        for unit in range(H):
            pick = np.zeros((1, H))
            pick[0, unit] = 1
            row = numerical_gradient(
                lambda h, n=n: after(params, x[k:, n : n + 1], h)[1], y[k - 1, n : n + 1], dy=pick
            )
            expected = row[0] if cache.lengths[n] == T else np.zeros(H)
            measure("eq-leaky-jacobian", apart(jacobian[n, unit], expected), GRADCHECK)
    with pytest.raises(ValueError, match=rf"expected 0 <= k <= t <= {T}, got t = 1 and k = 2"):
        memory_algebra.leaky_jacobian(cache, 1, 2)


@pytest.mark.parametrize("case", CASES[:2])
def test_step_after_step_is_forward(case):
    params, (x, h_0, _, tau, nonlinearity), doutputs = drawn(*case)
    inputs = (x, h_0, None, tau, nonlinearity)
    y = of_reference(params, inputs, doutputs)["y"]
    layer = Leaky(
        x.shape[2], h_0.shape[1], nonlinearity=nonlinearity, learn_tau=tau is None, dtype=torch.float64
    )
    if tau is not None:
        layer = Leaky(
            x.shape[2], h_0.shape[1], nonlinearity=nonlinearity, tau=tensor(tau), dtype=torch.float64
        )
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    h, in_torch = h_0, tensor(h_0[None])
    for x_t, y_t in zip(x, y, strict=True):
        h, in_torch = reference.step(params, x_t, h, tau, nonlinearity), layer.step(tensor(x_t), in_torch)
        assert max(apart(h, y_t), apart(in_torch[0], y_t)) <= PARITY


def test_layers_in_both_directions_with_packed_input():
    rng = np.random.default_rng(1)
    T, N, D, H = 6, 3, 4, 5
    lengths = np.array([4, 6, 1])
    layer = Leaky(
        D, H, 2, learn_tau=True, tau=4.0, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    params = {name: value.numpy() for name, value in layer.state_dict().items()}
    x = rng.standard_normal((T, N, D))
    y, h_n, cache = stack.forward(params, x, lengths=lengths, layer=reference.forward)
    packed = pack_padded_sequence(tensor(x, grad=True), tensor(lengths), enforce_sorted=False)
    ours, last = layer(packed)
    assert max(apart(pad_packed_sequence(ours)[0], y), apart(last, h_n)) <= PARITY
    dy, dh_n = rng.standard_normal(y.shape), rng.standard_normal(h_n.shape)
    torch.autograd.backward([pad_packed_sequence(ours)[0], last], [tensor(dy), tensor(dh_n)])
    _, _, dparams = stack.backward(cache, dy, dh_n, layer=reference.backward)
    assert max(apart(value.grad, dparams[name]) for name, value in layer.named_parameters()) <= PARITY
    both = Leaky(D, H, bidirectional=True, tau=3, batch_first=True, dtype=torch.float64)
    backward = Leaky(D, H, tau=3, dtype=torch.float64)
    backward.load_state_dict(
        {k.removesuffix("_reverse"): v for k, v in both.state_dict().items() if "_rev" in k}
    )
    in_both, _ = both(tensor(x).transpose(0, 1))
    assert apart(in_both[..., H:].transpose(0, 1).flip(0), backward(tensor(x).flip(0))[0]) <= PARITY


@pytest.mark.parametrize("case", CASES[1:3])
@pytest.mark.parametrize("junk", [np.nan, np.inf])
def test_padding_is_inert(case, junk):
    params, inputs, doutputs = drawn(*case)
    beyond = np.arange(len(inputs[0]))[:, None] >= inputs[2]
    clean = of_reference(params, inputs, doutputs), of_module(params, inputs, doutputs)
    assert beyond.any()
    assert not clean[0]["y"][beyond].any()
    inputs[0][beyond] = junk
    assert worst(of_module(params, inputs, doutputs), clean[1]) == 0
    doutputs[0][beyond] = junk
    assert worst(of_reference(params, inputs, doutputs), clean[0]) == 0


def test_chunks_with_the_state_carried_are_one_pass():
    params, (x, h_0, _, tau, f), (dy, dh_n) = drawn(*CASES[3])
    whole = of_reference(params, (x, h_0, None, tau, f), (dy, dh_n))
    y_1, h_1, first = reference.forward(params, x[:2], h_0, None, tau, f)
    y_2, _, second = reference.forward(params, x[2:], h_1, None, tau, f)
    dx_2, dh_1, dparams_2 = reference.backward(second, dy[2:], dh_n)
    dx_1, dh_0, dparams_1 = reference.backward(first, dy[:2], dh_1)
    parts = {"y": np.concatenate([y_1, y_2]), "dx": np.concatenate([dx_1, dx_2]), "dh_0": dh_0}
    parts |= {name: dparams_1[name] + dparams_2[name] for name in params}
    assert max(apart(parts[name], whole[name]) for name in parts) <= PARITY
    y, h_n, cache = reference.forward(params, x[:0], h_0, tau=tau)
    assert y.shape == (0, *h_0.shape)
    np.testing.assert_array_equal(h_n, h_0)
    np.testing.assert_array_equal(reference.backward(cache, None, dh_n)[1], dh_n)


def test_units_are_slow_as_tau_says_and_stay_within_what_they_move_between():
    """Without weights a state decays by (1 - 1/tau)^t; a state between -1 and 1 never leaves."""
    params, (x, h_0, _, _, _), _ = drawn(0, False, False, "tanh")
    silent = {name: 0 * value for name, value in params.items()}
    tau = np.linspace(1, 30, h_0.shape[1])
    y, _, _ = reference.forward(silent, x, h_0, tau=tau)
    t = np.arange(1, len(x) + 1)[:, None, None]
    assert apart(y, (1 - 1 / tau) ** t * h_0) <= PARITY
    bounded, _, _ = reference.forward({k: 9 * v for k, v in params.items()}, x, np.tanh(h_0), tau=tau)
    assert np.abs(bounded).max() <= 1
    frozen, _, _ = reference.forward(params, x, h_0, tau=np.inf)
    np.testing.assert_array_equal(frozen, np.broadcast_to(h_0, frozen.shape))


@pytest.mark.parametrize("case", CASES[:2])
def test_precision_is_kept(case):
    params, inputs, doutputs = drawn(*case)
    exact = of_reference(params, inputs, doutputs)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    x, h_0, *rest = inputs
    arguments = (
        (x.astype(np.float32), h_0.astype(np.float32), *rest),
        [d.astype(np.float32) for d in doutputs],
    )
    for results in (of_reference(single, *arguments), of_module(single, *arguments)):
        assert {str(value.dtype).removeprefix("torch.") for value in results.values()} == {"float32"}
        assert worst(results, exact) <= FLOAT32


@pytest.mark.parametrize("learned", [False, True])
def test_second_derivatives(learned):
    layer = Leaky(
        2, 3, tau=3, learn_tau=learned, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    x = torch.randn(4, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2)).requires_grad_()

    def run(x, *weights):
        names = [name for name, _ in layer.named_parameters()]
        return torch.func.functional_call(layer, dict(zip(names, weights, strict=True)), (x, None, [4, 2]))

    weights = tuple(value.detach().clone().requires_grad_() for value in layer.parameters())
    assert torch.autograd.gradcheck(run, (x, *weights))
    y, h_n = run(x, *weights)
    loss = (y**2).sum() + (h_n**3).sum()
    once = torch.autograd.grad(loss, (x, *weights), retain_graph=True)
    twice = torch.autograd.grad(loss, (x, *weights), create_graph=True)  # by another way
    assert max(map(apart, once, twice)) <= PARITY
    assert torch.autograd.gradgradcheck(run, (x, *weights))


def test_starts_as_torch_does_and_goes_back_there():
    torch.manual_seed(3)
    theirs = torch.nn.RNN(4, 6, 2)
    torch.manual_seed(3)
    taus = torch.tensor([1.5, 2, 4, 8, 16, 32])
    ours = Leaky(4, 6, 2, tau=taus, learn_tau=True)
    for name, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[name], value)
    for layer in range(2):
        assert apart(1 + getattr(ours, f"raw_tau_l{layer}").exp(), taus) <= FLOAT32
    torch.nn.init.zeros_(ours.raw_tau_l1)
    ours.reset_parameters()
    assert apart(1 + ours.raw_tau_l1.exp(), taus) <= FLOAT32
    assert set(Leaky(4, 6, tau=taus).state_dict()) == set(torch.nn.RNN(4, 6).state_dict())
    params = reference.init(4, 6, np.random.default_rng(0), learn_tau=True, tau=taus.double().numpy())
    assert apart(1 + np.exp(params["raw_tau_l0"]), taus) <= PARITY
    assert repr(ours) == "Leaky(4, 6, num_layers=2, tau=1.5 to 32, learn_tau=True)"
    assert repr(Leaky(4, 6, nonlinearity="relu", tau=3)) == "Leaky(4, 6, tau=3, nonlinearity=relu)"
