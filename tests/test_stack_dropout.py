"""Dropout between layers: both back ends with the same masks, against torch.nn's layers one by one."""

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, apart, caught, tensor
from directions import KINDS, SMALL, drawn, of_module, of_reference, results, worst

from companion.reference import dropout, rnn, stack
from companion.reference.gradcheck import check
from companion.torch.rnn import RNN

P = 0.4


def test_steps_of_layers_whose_state_is_a_tuple():
    case = drawn(0, KINDS["lstm"], 3, both=False)
    layer = KINDS["lstm"].reference
    y, last, _ = stack.forward(case.params, case.x, case.state, layer=layer.forward)
    state, outputs = case.state, []
    for x_t in case.x:
        state = stack.step(case.params, x_t, state, layer.step)
        outputs.append(state[0][-1])
    assert apart(np.stack(outputs), y) <= PARITY
    assert max(apart(a, b) for a, b in zip(state, last, strict=True)) <= PARITY


def test_a_name_that_is_a_number_alone_is_refused():
    with pytest.raises(ValueError, match="expected names that end in a layer's number"):
        stack.forward({"_l0": np.zeros(1)}, np.zeros((5, 3, 4)))


kinds = pytest.mark.parametrize("name", KINDS)


def case_and_masks(kind, seed=0, layers=3, both=True, shape=None):
    case = drawn(seed, kind, layers, both, ragged=True, shape=shape)
    rng = np.random.default_rng(seed)
    return case, [dropout.sample_mask(case.dy.shape, P, rng) for _ in range(layers - 1)]


def module_with_dropout(module, **options):
    """Return a constructor with the rate set."""
    return lambda *given, **more: module(*given, dropout=P, **more, **options)


def by_hand(case, masks, module, states=1):
    """Put torch.nn's layers of one direction on top of each other, a product with the mask between them."""
    x = tensor(case.x, grad=True)
    H = case.dy.shape[2]
    y, after, first, parameters = x, [], [], {}
    for number in range(case.layers):
        layer = module(y.shape[2], H, dtype=torch.float64)
        suffix = f"_l{number}"
        here = {n.replace(suffix, "_l0"): tensor(v) for n, v in case.params.items() if n.endswith(suffix)}
        layer.load_state_dict(here)
        parts = case.state if states == 2 else (case.state,)
        state = tuple(tensor(part[number : number + 1], grad=True) for part in parts)
        if number:
            y = y * tensor(masks[number - 1]) / (1 - P)
        y, last = layer(y, state if states == 2 else state[0])
        after.append(last if states == 2 else (last,))
        first.append(state)
        parameters |= {n.replace("_l0", suffix): v for n, v in layer.named_parameters()}
    last = [torch.cat(part) for part in zip(*after, strict=True)]
    dstate = case.dstate if states == 2 else (case.dstate,)
    torch.autograd.backward([y, *last], [tensor(case.dy), *(tensor(part) for part in dstate)])
    dfirst = tuple(torch.cat([part.grad for part in parts]) for parts in zip(*first, strict=True))
    return results(y, tuple(last), x.grad, dfirst, {n: v.grad for n, v in parameters.items()})


@pytest.mark.equation("eq-layer-dropout")
@pytest.mark.equation("eq-stacked")
@kinds
def test_agrees_with_layers_put_together_by_hand(name, measure):
    kind = KINDS[name]
    case, masks = case_and_masks(kind, both=False)
    case = case._replace(lengths=None)
    theirs = by_hand(case, masks, kind.theirs, kind.states)
    ours = of_reference(case, kind, masks=masks, p=P)
    module = of_module(case, module_with_dropout(kind.ours), masks=[tensor(mask) for mask in masks])
    measure("eq-layer-dropout", max(worst(ours, theirs), worst(module, theirs)), PARITY)
    plain = of_reference(case, kind)
    measure("eq-stacked", worst(plain, of_module(case, kind.theirs)), PARITY)
    assert caught(lambda: worst(plain, theirs))


@pytest.mark.equation("eq-layer-dropout")
@kinds
@pytest.mark.parametrize("both", [False, True])
def test_back_ends_agree_with_lengths_and_both_directions(both, name, measure):
    kind = KINDS[name]
    case, masks = case_and_masks(kind, 1, 2, both)
    module = of_module(case, module_with_dropout(kind.ours), masks=[tensor(mask) for mask in masks])
    measure("eq-layer-dropout", worst(of_reference(case, kind, masks=masks, p=P), module), PARITY)


def test_gradients_against_differences():
    case, masks = case_and_masks(KINDS["rnn"], 3, 2, shape=SMALL)

    def forward(params, x, h_0):
        return stack.forward(params, x, h_0, case.lengths, bidirectional=True, masks=masks, p=P)

    rng = np.random.default_rng(0)
    assert check(forward, stack.backward, case.params, case.x, case.state, rng=rng).error <= GRADCHECK


def test_nothing_is_struck_out_after_eval_nor_above_the_last_layer():
    x = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0))
    layer = RNN(4, 6, 2, dropout=0.99, generator=torch.Generator().manual_seed(0))
    theirs = torch.nn.RNN(4, 6, 2, dropout=0.99).eval()
    theirs.load_state_dict(layer.state_dict())
    top = layer(x)[0]
    assert (top != 0).all()  # 1 of 100 numbers gets up; the last layer's own outputs are whole
    assert apart(layer.eval()(x)[0], theirs(x)[0]) <= 1e-6
    assert not torch.equal(top, layer(x)[0])
    assert torch.equal(layer(x)[0], layer(x, masks=[torch.zeros(1, dtype=torch.bool)])[0])


def test_generator_decides_the_masks():
    x = torch.randn(50, 8, 4, generator=torch.Generator().manual_seed(0))
    layer = RNN(4, 6, 3, dropout=P, bidirectional=True)
    first, again, other = (layer(x, generator=torch.Generator().manual_seed(seed))[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_as_many_are_struck_out_as_by_torch():
    """A layer that passes on what it reads shows the masks: the share kept, and the scale."""
    x = torch.ones(200, 20, 6)
    for module in (RNN, torch.nn.RNN):
        layer = module(6, 6, 2, nonlinearity="relu", bias=False, dropout=P)
        layer.load_state_dict(
            {f"weight_{w}_l{i}": torch.eye(6) * (w == "ih") for w in ("ih", "hh") for i in (0, 1)}
        )
        y = layer(x)[0]
        assert torch.equal(y, torch.where(y > 0, torch.tensor(1 / (1 - P)), 0))
        assert abs((y > 0).float().mean() - (1 - P)) < 0.02


def mask_not_rescaled(case, masks):
    return of_reference(case, KINDS["rnn"], masks=masks, p=0.0)


def masks_upside_down(case, masks):
    return of_reference(case, KINDS["rnn"], masks=masks[::-1], p=P)


def dropped_after_the_last_layer_too(case, masks):
    made = of_reference(case, KINDS["rnn"], masks=masks, p=P)
    return made | {"y": made["y"] * masks[0] / (1 - P)}


@pytest.mark.parametrize("mistake", [mask_not_rescaled, masks_upside_down, dropped_after_the_last_layer_too])
def test_mistakes_are_caught(mistake):
    case, masks = case_and_masks(KINDS["rnn"], 3, both=False)
    case = case._replace(lengths=None)
    theirs = by_hand(case, masks, torch.nn.RNN)
    assert caught(lambda: worst(mistake(case, masks), theirs))


PARAMS = stack.init(4, 6, 2, np.random.default_rng(0))
X = np.zeros((5, 3, 4))
MASK = np.ones((5, 3, 6), dtype=bool)


def test_bad_input_is_refused():
    layer = RNN(4, 6, 2)
    x, mask = tensor(X.astype(np.float32)), tensor(MASK)
    refused = [
        (
            lambda: stack.forward(PARAMS, X, p=0.5),
            ValueError,
            "masks: expected 1, drawn with p=0.5, got None",
        ),
        (
            lambda: stack.forward(PARAMS, X, masks=[MASK] * 2),
            ValueError,
            "masks: expected 1, one between each",
        ),
        (
            lambda: stack.forward(PARAMS, X, masks=[MASK], p=1.0),
            ValueError,
            "p: expected 0 <= p < 1, got 1.0",
        ),
        (lambda: stack.forward(PARAMS, X, masks=[MASK[:4]]), ValueError, "mask: expected (5, 3, 6) or what"),
        (lambda: stack.forward(PARAMS, X, masks=[MASK * 1.0]), TypeError, "mask: expected truth values"),
        (lambda: layer(x, masks=[mask, mask]), ValueError, "masks: expected 1, between layers, got 2"),
        (lambda: layer(x, masks=[mask[:4]]), ValueError, "mask: expected (5, 3, 6) or what"),
        (lambda: layer(x, masks=[mask * 1.0]), TypeError, "mask: expected truth values"),
        (lambda: RNN(4, 6, 2, dropout=1.0), ValueError, "p: expected 0 <= p < 1, got 1.0"),
    ]
    for call, error, message in refused:
        with pytest.raises(error) as refusal:
            call()
        assert str(refusal.value).startswith(message)


def test_dropout_between_no_layers_is_said_as_torch_says_it():
    for module in (RNN, torch.nn.RNN):
        with pytest.warns(UserWarning, match="dropout"):
            module(4, 6, dropout=0.5)
    assert rnn.init(4, 6, np.random.default_rng(0)).keys() == RNN(4, 6).state_dict().keys()
