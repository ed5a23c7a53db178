"""Variational dropout: both back ends against steps by hand, differences, Keras' cells and laws; mistakes."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import CAUGHT, GRADCHECK, PARITY, apart, caught, tensor
from directions import KINDS, SMALL, drawn, results, worst

from companion.reference import rnn, variational_dropout
from companion.reference.gradcheck import check
from companion.torch.rnn import RNN
from companion.torch.variational_dropout import VariationalDropout

P_X, P_H = 0.3, 0.6
SEEDS = range(2)
kinds = pytest.mark.parametrize("name", KINDS)
variational = partial(variational_dropout.forward, p_x=P_X, p_h=P_H)


def prepared(kind, seed=0, ragged=True, shape=None):
    """Draw a case of one direction, and masks of which two sequences share one."""
    case = drawn(seed, kind, both=False, ragged=ragged, shape=shape)
    (_, N, D), H = case.x.shape, case.dy.shape[2]
    mask_x, mask_h = variational_dropout.sample_masks(N, D, H, P_X, P_H, np.random.default_rng(seed))
    mask_h[-1] = mask_h[0]
    mask_h[:, 0], mask_h[:, 1] = True, False  # something is kept, and something not
    return case, (mask_x, mask_h)


def layer_of(state, number=0):
    return tuple(part[number] for part in state) if isinstance(state, tuple) else state[number]


def of_reference(case, kind, masks, forward=variational):
    y, last, cache = forward(
        case.params, case.x, layer_of(case.state), case.lengths, masks=masks, layer=kind.reference.forward
    )
    back = variational_dropout.backward(cache, case.dy, layer_of(case.dstate), kind.reference.backward)
    return results(y, last, *back)


def of_module(case, kind, masks, module=VariationalDropout):
    layer = kind.ours(case.x.shape[2], case.dy.shape[2], dtype=torch.float64)
    layer.load_state_dict({name: tensor(value) for name, value in case.params.items()})
    x = tensor(case.x, grad=True)
    before = tuple(tensor(p, grad=True) for p in (case.state if kind.states == 2 else (case.state,)))
    lengths = None if case.lengths is None else tensor(case.lengths)
    given = [[tensor(mask)] for mask in masks]
    y, after = module(layer, P_X, P_H)(x, before if kind.states == 2 else before[0], lengths, given)
    after = after if kind.states == 2 else (after,)
    dafter = case.dstate if kind.states == 2 else (case.dstate,)
    torch.autograd.backward([y, *after], [tensor(part) for part in (case.dy, *dafter)])
    dparams = {name: value.grad for name, value in layer.named_parameters()}
    first, last = tuple(p.grad[0] for p in before), tuple(p[0] for p in after)
    return results(y, last, x.grad, first, dparams)


def by_hand(case, kind, masks):
    """Take torch.nn's cell step by step, one sequence at a time, its W_hh thinned out for that sequence."""
    H = case.dy.shape[2]
    params = {name: tensor(value, grad=True) for name, value in case.params.items()}
    x = tensor(case.x, grad=True)
    before = tuple(tensor(p, grad=True) for p in (case.state if kind.states == 2 else (case.state,)))
    cell = {"rnn": torch.rnn_tanh_cell, "lstm": torch.lstm_cell, "gru": torch.gru_cell}[
        next(name for name, value in KINDS.items() if value is kind)
    ]
    scale_x, scale_h = (tensor(mask / (1 - p)) for mask, p in zip(masks, (P_X, P_H), strict=True))
    total = torch.zeros((), dtype=torch.float64)
    ys, ends = [], []
    for n in range(case.x.shape[1]):
        length = len(case.x) if case.lengths is None else int(case.lengths[n])
        weights = [params[f"{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        weights[1] = weights[1] @ torch.diag(scale_h[n])
        state = tuple(part[0, n : n + 1] for part in before)
        outputs = []
        for t in range(length):
            new = cell(x[t, n : n + 1] * scale_x[n], state if kind.states == 2 else state[0], *weights)
            state = new if kind.states == 2 else (new,)
            outputs.append(state[0])
        y = torch.cat([*outputs, torch.zeros(len(case.x) - length, H, dtype=torch.float64)])
        dlast = case.dstate if kind.states == 2 else (case.dstate,)
        total = total + (y * tensor(case.dy[:, n])).sum()
        total = total + sum((s[0] * tensor(d[0, n])).sum() for s, d in zip(state, dlast, strict=True))
        ys.append(y)
        ends.append(torch.cat(state))
    total.backward()
    last = torch.stack(ends, dim=1)
    return results(
        torch.stack(ys, dim=1), tuple(last), x.grad, tuple(p.grad[0] for p in before),
        {name: value.grad for name, value in params.items()},
    )  # fmt: skip


@pytest.mark.equation("eq-variational-dropout")
@pytest.mark.equation("eq-variational-dropout-grad")
@kinds
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_steps_by_hand(seed, ragged, name, measure):
    kind = KINDS[name]
    case, masks = prepared(kind, seed, ragged)
    expected = by_hand(case, kind, masks)
    ours, module = of_reference(case, kind, masks), of_module(case, kind, masks)
    measure("eq-variational-dropout", max(apart(r["y"], expected["y"]) for r in (ours, module)), PARITY)
    measure("eq-variational-dropout-grad", max(worst(ours, expected), worst(module, expected)), PARITY)


@pytest.mark.equation("eq-variational-dropout-grad")
@kinds
def test_gradients_against_differences(name, measure):
    kind = KINDS[name]
    case, masks = prepared(kind, 3, shape=SMALL)

    def forward(params, x):
        y, _, cache = variational(params, x, None, case.lengths, masks=masks, layer=kind.reference.forward)
        return y, cache

    def backward(cache, dy):
        dx, _, dparams = variational_dropout.backward(cache, dy, None, kind.reference.backward)
        return dx, dparams

    report = check(forward, backward, case.params, case.x, rng=np.random.default_rng(0))
    measure("eq-variational-dropout-grad", report.error, GRADCHECK)


@kinds
def test_a_rate_of_zero_is_the_layer_itself(name):
    kind = KINDS[name]
    case, masks = prepared(kind, 1)
    ones = tuple(np.ones_like(mask) for mask in masks)
    y, _, _ = variational_dropout.forward(
        case.params, case.x, layer_of(case.state), case.lengths, masks=ones, p_x=0.0, p_h=0.0,
        layer=kind.reference.forward,
    )  # fmt: skip
    plain, _, _ = kind.reference.forward(case.params, case.x, layer_of(case.state), case.lengths)
    assert np.array_equal(y, plain)
    layer = kind.ours(4, 6)
    x = torch.randn(5, 3, 4)
    assert torch.equal(VariationalDropout(layer)(x)[0], layer(x)[0])
    assert torch.equal(VariationalDropout(layer, P_X, P_H).eval()(x)[0], layer(x)[0])


def test_the_mask_is_the_same_at_all_steps():
    """With the recurrence cut, equal inputs give equal outputs at every step, in each sequence its own."""
    rng = np.random.default_rng(0)
    params = rnn.init(4, 6, rng) | {"weight_hh_l0": np.zeros((6, 6))}
    masks = variational_dropout.sample_masks(3, 4, 6, 0.5, 0.5, rng)
    y, _, _ = variational_dropout.forward(params, np.ones((7, 3, 4)), masks=masks, p_x=0.5, p_h=0.5)
    assert np.array_equal(y, np.broadcast_to(y[0], y.shape))
    assert not np.allclose(y[:, 0], y[:, 1])


def test_a_struck_out_unit_is_not_heard_by_any_other():
    """A unit whose mask is False changes its own state alone, however long the sequence."""
    case, masks = prepared(KINDS["rnn"], 2, ragged=False)
    unit = 1
    masks[1][:] = True
    masks[1][:, unit] = False
    y, _, _ = variational(case.params, case.x, masks=masks)
    louder = case.params | {"weight_hh_l0": case.params["weight_hh_l0"].copy()}
    louder["weight_hh_l0"][:, unit] *= 100
    assert np.array_equal(variational(louder, case.x, masks=masks)[0], y)


@kinds
def test_padding_is_inert(name):
    kind = KINDS[name]
    case, masks = prepared(kind, 4)
    beyond = np.arange(len(case.x))[:, None] >= case.lengths
    x, dy = case.x.copy(), case.dy.copy()
    x[beyond], dy[beyond] = np.nan, np.inf
    assert worst(of_reference(case._replace(x=x, dy=dy), kind, masks), of_reference(case, kind, masks)) == 0


@kinds
def test_one_mask_for_all_sequences(name):
    kind = KINDS[name]
    case, masks = prepared(kind, 5)
    shared = tuple(mask[:1] for mask in masks)
    each = tuple(np.broadcast_to(mask, full.shape) for mask, full in zip(shared, masks, strict=True))
    assert worst(of_reference(case, kind, shared), of_reference(case, kind, each)) == 0
    assert worst(of_module(case, kind, shared), of_reference(case, kind, each)) <= PARITY


@kinds
@pytest.mark.parametrize("both", [False, True])
def test_modules_of_many_layers_are_layers_one_by_one(both, name):
    kind = KINDS[name]
    options = {"generator": torch.Generator().manual_seed(0), "dtype": torch.float64}
    layer = kind.ours(4, 6, 2, bidirectional=both, **options)
    width, directions = (12, 2) if both else (6, 1)
    rng = np.random.default_rng(1)
    masks_x = [rng.random((3, size)) < 0.7 for size in (4, width)]
    masks_h = [rng.random((3, 6)) < 0.4 for _ in range(2 * directions)]
    x, lengths = rng.standard_normal((5, 3, 4)), np.array([5, 2, 3])
    masks = [[tensor(mask) for mask in group] for group in (masks_x, masks_h)]
    y, _ = VariationalDropout(layer, P_X, P_H)(tensor(x), None, tensor(lengths), masks)
    state = {name: value.detach().numpy() for name, value in layer.named_parameters()}
    for number in range(2):
        outputs = []
        for direction, suffix in enumerate(["", "_reverse"][:directions]):
            ending = f"_l{number}{suffix}"
            params = {n.replace(ending, "_l0"): v for n, v in state.items() if n.endswith(ending)}
            turned = reversed_within(x, lengths) if direction else x
            z, _, _ = variational(
                params, turned, None, lengths, layer=kind.reference.forward,
                masks=(masks_x[number], masks_h[number * directions + direction]),
            )  # fmt: skip
            outputs.append(reversed_within(z, lengths) if direction else z)
        x = np.concatenate(outputs, axis=2)
    assert apart(y, x) <= PARITY


def reversed_within(x, lengths):
    turned = x.copy()
    for n, length in enumerate(lengths):
        turned[:length, n] = x[:length, n][::-1]
    return turned


def test_generator_decides_and_the_rates_are_met():
    masks = variational_dropout.sample_masks(400, 30, 20, P_X, P_H, np.random.default_rng(0))
    assert abs(masks[0].mean() - (1 - P_X)) < 0.02
    assert abs(masks[1].mean() - (1 - P_H)) < 0.02
    network = VariationalDropout(RNN(4, 6, 2, bidirectional=True), P_X, P_H)
    x = torch.randn(5, 3, 4)
    first, again, other = (network(x, generator=torch.Generator().manual_seed(s))[0] for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@kinds
def test_one_mask_for_a_batch_treats_equal_sequences_alike(name):
    x = torch.randn(5, 1, 4).expand(5, 3, 4)
    outputs = {}
    for per_sequence in (True, False):
        network = VariationalDropout(KINDS[name].ours(4, 6), 0.5, 0.5, per_sequence)
        outputs[per_sequence], _ = network(x, generator=torch.Generator().manual_seed(0))
    assert apart(outputs[False][:, 0], outputs[False][:, 1]) <= 1e-6
    assert not torch.allclose(outputs[True][:, 0], outputs[True][:, 1])
    assert repr(network).startswith("VariationalDropout(\n  p_x=0.5, p_h=0.5, per_sequence=False\n")


# Mistakes: functions with the interface of variational_dropout.forward.
def fresh_mask_at_every_step(params, x, state, lengths, *, masks, layer):
    """Draw the state's mask anew at each step."""
    rng, ys = np.random.default_rng(0), []
    for x_t in x:
        fresh = rng.permuted(masks[1], axis=1)
        y, state, _ = variational(params, x_t[None], state, masks=(masks[0], fresh), layer=layer)
        ys.append(y)
    return np.concatenate(ys), state


def not_rescaled(params, x, state, lengths, *, masks, layer):
    return variational_dropout.forward(params, x, state, lengths, masks=masks, p_x=0.0, p_h=0.0, layer=layer)


def rates_exchanged(params, x, state, lengths, *, masks, layer):
    return variational_dropout.forward(params, x, state, lengths, masks=masks, p_x=P_H, p_h=P_X, layer=layer)


def rows_masked(params, x, state, lengths, *, masks, layer):
    """Mask what W_hh gives instead of what it is given, for the first sequence's mask."""
    thinned = params | {"weight_hh_l0": params["weight_hh_l0"] * masks[1][0][:, None] / (1 - P_H)}
    ones = (masks[0], np.ones_like(masks[1]))
    return variational_dropout.forward(thinned, x, state, lengths, masks=ones, p_x=P_X, p_h=0.0, layer=layer)


def first_mask_for_all(params, x, state, lengths, *, masks, layer):
    return variational(params, x, state, lengths, masks=(masks[0], masks[1][:1]), layer=layer)


MISTAKES = [fresh_mask_at_every_step, not_rescaled, rates_exchanged, rows_masked, first_mask_for_all]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_caught(mistake):
    kind = KINDS["rnn"]
    case, masks = prepared(kind, 0, ragged=False)
    expected = by_hand(case, kind, masks)

    def error(forward):
        given = (case.params, case.x, case.state[0], None)
        y, *_ = forward(*given, masks=masks, layer=rnn.forward)
        return apart(y, expected["y"])

    assert caught(lambda: error(mistake))
    assert error(variational) <= PARITY < CAUGHT


class MasksTheNewState(VariationalDropout):
    """Strike out of every output, too."""

    def forward(self, x, state=None, lengths=None, masks=None, generator=None):
        y, after = super().forward(x, state, lengths, masks, generator)
        return y * masks[1][0], after


def test_a_wrong_module_is_caught():
    case, masks = prepared(KINDS["rnn"], 1, ragged=False)
    expected = by_hand(case, KINDS["rnn"], masks)
    assert caught(lambda: worst(of_module(case, KINDS["rnn"], masks, MasksTheNewState), expected))
