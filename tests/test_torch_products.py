"""Products through oneDNN: the same numbers as without, where they are taken, and where they are not."""

from functools import partial

import pytest
import torch
from comparing import apart

from companion.torch import _products
from companion.torch._products import LARGE, adding, linear_at_once, product, suits
from companion.torch.gru import GRU
from companion.torch.leaky import Leaky
from companion.torch.lstm import LSTM
from companion.torch.rnn import RNN
from companion.torch.simple_gru import SimpleGRU
from companion.torch.variational_dropout import VariationalDropout

CLOSE = 2e-6  # single precision, sums over a dozen terms
LAYERS = {
    "RNN": RNN,
    "RNN, relu": partial(RNN, nonlinearity="relu"),
    "RNN, one mask": lambda *sizes, **options: VariationalDropout(RNN(*sizes, **options), 0.2, 0.2).eval(),
    "GRU, reset after": GRU,
    "GRU, reset before": partial(GRU, reset_after=False),
    "simplified GRU": SimpleGRU,
    "leaky": partial(Leaky, tau=3.0),
    "leaky, learned": partial(Leaky, tau=3.0, learn_tau=True),
    "LSTM, written out": partial(LSTM, fused=False),
}
every = pytest.mark.parametrize("kind", LAYERS)


@pytest.fixture
def asked(monkeypatch):
    """Let all products be large, and list the shapes that oneDNN is asked to multiply."""
    shapes, through = [], _products._onednn

    def multiply(x, weight, *others):
        shapes.append((tuple(x.shape), tuple(weight.shape)))
        return through(x, weight, *others)

    monkeypatch.setattr(_products, "LARGE", 0)
    monkeypatch.setattr(_products, "_onednn", multiply)
    return shapes


def drawn(*sizes, seed=0, dtype=torch.float32):
    return torch.randn(*sizes, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def passed(layer, x, lengths=None):
    """Run a layer forward and backward, and return the outputs and all gradients."""
    x = x.requires_grad_()
    y, last = layer(x, lengths=lengths)
    y.square().sum().add(sum(part.sum() for part in (last if isinstance(last, tuple) else [last]))).backward()
    return [y.detach(), x.grad, *(parameter.grad for parameter in layer.parameters())]


@every
@pytest.mark.parametrize("lengths", [None, [7, 2, 5]])
def test_a_layer_computes_the_same(kind, lengths, asked):
    layer = LAYERS[kind](4, 6)
    exact = LAYERS[kind](4, 6, dtype=torch.float64)
    exact.load_state_dict(layer.state_dict())
    x = drawn(7, 3, 4)
    found = passed(layer, x, lengths)
    assert ((7, 3, 4), (layer.state_dict()[weight_ih(layer)].shape[0], 4)) in asked  # all steps at once
    before = len(asked)
    for ours, theirs in zip(found, passed(exact, x.detach().double(), lengths), strict=True):
        assert apart(ours.double(), theirs) < CLOSE * max(1, float(theirs.abs().max()))
    assert len(asked) == before  # double precision goes another way


def weight_ih(layer):
    return next(name for name in layer.state_dict() if name.endswith("weight_ih_l0"))


@every
def test_second_derivatives_are_the_same(kind, asked, monkeypatch):
    layer, x = LAYERS[kind](3, 4), drawn(5, 2, 3).requires_grad_()

    def twice():
        (dx,) = torch.autograd.grad(layer(x)[0].square().sum(), x, create_graph=True)
        return torch.autograd.grad(dx.square().sum(), [x, *layer.parameters()])

    through = twice()
    assert asked
    monkeypatch.setattr(_products, "LARGE", LARGE)
    for ours, theirs in zip(through, twice(), strict=True):
        assert apart(ours, theirs) < 10 * CLOSE * max(1, float(theirs.abs().max()))


def test_the_loop_asks_too_and_only_where_the_size_is_right(monkeypatch):
    layer, x = RNN(8, 256), drawn(3, 32, 8)
    assert not suits(layer.weight_ih_l0, 3 * 32)
    assert suits(layer.weight_hh_l0, 32)
    assert not suits(layer.weight_hh_l0, 31)
    count, through = [], _products._onednn
    monkeypatch.setattr(_products, "_onednn", lambda *given: (count.append(1), through(*given))[1])
    found = passed(layer, x)
    assert len(count) == 3 + 3 + 1  # forward, back, and the weights' gradient
    monkeypatch.setattr(_products, "_onednn", None)
    layer.zero_grad()
    again = passed(layer, drawn(3, 32, 8))
    assert len(count) == 7
    assert max(map(apart, found, again)) < 1e-4


@pytest.mark.parametrize("turned", [False, True])
def test_products_of_any_layout(turned, asked):
    a, b = (drawn(5, 6), drawn(7, 6)) if not turned else (drawn(6, 5).T, drawn(6, 7).T)
    with torch.no_grad():
        assert apart(product(a, b), a @ b.T) < CLOSE
        total = drawn(5, 7, seed=1)
        expected = total + a @ b.T
        assert adding(b, len(a))(total, a) is total
    assert apart(total, expected) < CLOSE
    assert len(asked) == 2
    a.requires_grad_()
    assert product(a, b).requires_grad  # by matmul, which has a gradient
    assert len(asked) == 2


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("frozen", ["x", "weight", "bias", ""])
def test_gradients_of_all_steps_at_once(frozen, bias, asked):
    given = {"x": drawn(5, 2, 3), "weight": drawn(4, 3), "bias": drawn(4) if bias else None}
    for name, value in given.items():
        if value is not None:
            value.requires_grad_(name != frozen)
    dy = drawn(5, 2, 4, seed=3)
    linear_at_once(**given).backward(dy)
    assert asked
    for name, value in given.items():
        if value is None or name == frozen:
            assert value is None or value.grad is None
            continue
        copies = {k: v if v is None else v.detach().double() for k, v in given.items()}
        copies[name].requires_grad_()
        torch.nn.functional.linear(copies["x"], copies["weight"], copies["bias"]).backward(dy.double())
        assert apart(value.grad.double(), copies[name].grad) < 10 * CLOSE


def test_where_it_is_not_asked(asked, monkeypatch):
    weight, x = drawn(4, 3), drawn(5, 2, 3)
    assert suits(weight, 10)
    assert not suits(weight.double(), 10)
    assert not suits(weight.bfloat16(), 10)
    assert not suits(weight.to("meta"), 10)
    with monkeypatch.context() as switched:
        switched.setattr(torch.backends.mkldnn, "enabled", False)
        assert not suits(weight, 10)
    assert suits(weight, 10)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert linear_at_once(x, weight, None).dtype is torch.bfloat16
    with pytest.raises(RuntimeError, match="same dtype|to have the same"):
        linear_at_once(x.double(), weight, None)
    assert not asked


def test_without_onednn_nothing_changes(monkeypatch):
    monkeypatch.setattr(_products, "LARGE", 0)
    monkeypatch.setattr(_products, "_onednn", None)
    weight, x = drawn(4, 3), drawn(5, 2, 3)
    assert torch.equal(linear_at_once(x, weight, None), torch.nn.functional.linear(x, weight))
