"""The plain layer's loop, gone back by hand: against the loop written out, and with mistakes in it."""

import inspect
import textwrap

import pytest
import torch
from comparing import CAUGHT, PARITY, apart

from companion.torch import _rnn
from companion.torch._gru import unrolled
from companion.torch._rnn import Plain, plain
from companion.torch.rnn import RNN
from companion.torch.variational_dropout import VariationalDropout

both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
masked = pytest.mark.parametrize("masked", [False, True])


def given(nonlinearity, masked, steps=5):
    """Draw what the loop is given, and the gradient of its outputs."""
    draw = torch.Generator().manual_seed(4)

    def normal(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=draw).requires_grad_()

    mask = 2.0 * (torch.rand(3, 6, generator=draw) < 0.5).double() if masked else None
    return (normal(steps, 3, 6), normal(3, 6), normal(6, 6), mask, nonlinearity), normal(steps, 3, 6).detach()


def results(loop, inputs, dy):
    """Return the outputs, and the gradients of a, h_0 and W_hh."""
    y = loop(*inputs)
    return [y, *torch.autograd.grad(y, inputs[:3], dy)]


def worst(loop, inputs, dy):
    """Say how far a loop is from the one written out."""
    right = results(lambda *one: unrolled(plain, *one), inputs, dy)
    return max(apart(a, b) for a, b in zip(results(loop, inputs, dy), right, strict=True))


@both
@masked
def test_the_derived_loop_is_the_loop_written_out(nonlinearity, masked):
    assert worst(Plain.apply, *given(nonlinearity, masked)) <= PARITY


@both
@masked
def test_derivatives_and_second_ones_agree_with_differences(nonlinearity, masked):
    (a, h_0, weight, mask, name), _ = given(nonlinearity, masked, 3)

    def loop(a, h_0, weight):
        return Plain.apply(a, h_0, weight, mask, name)

    assert torch.autograd.gradcheck(loop, (a, h_0, weight))
    assert torch.autograd.gradgradcheck(loop, (a, h_0, weight))


MISTAKES = {
    "no mask on the way back": ("addcmul_(da_t @ weight_hh, mask)", "add_(da_t @ weight_hh)"),
    "the weights' gradient forgets the mask": ("h * mask\n    return", "h\n    return"),
    "the matrix is not transposed back": ("adding(weight_hh.T,", "adding(weight_hh,"),
    "no slope": ("SLOPES[ctx.nonlinearity](y)", "torch.ones_like(y)"),
    "the wrong way round": ("zip(reversed(da.unbind()), reversed(earlier)", "zip(da.unbind(), earlier"),
    "the states after the step": ("previous(y, h_0)", "y"),
    "h_0 gets the gradient of h_1": ("return da, dh[0]", "return da, dh[1]"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_caught(mistake):
    right, wrong = MISTAKES[mistake]
    source = textwrap.dedent(inspect.getsource(Plain.backward)).replace("@staticmethod\n", "")
    assert source.count(right) == 1
    names = dict(vars(_rnn))
    exec(source.replace(right, wrong), names)
    mutant = type("Mutant", (Plain,), {"backward": staticmethod(names["backward"])})
    cases = [given(name, masked) for name in ("tanh", "relu") for masked in (False, True)]
    assert max(worst(mutant.apply, *case) for case in cases) > CAUGHT


def test_lower_precision_where_autocast_asks_for_it_with_a_mask():
    layer, x = RNN(4, 6), torch.randn(5, 3, 4)
    module = VariationalDropout(layer, 0.0, 0.5)
    masks = ([torch.ones(3, 4, dtype=torch.bool)], [torch.tensor([[True, False] * 3] * 3)])
    exact = module(x, masks=masks)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = module(x, masks=masks)[0]
    rough.sum().backward()
    assert 0 < apart(rough.float(), exact) < 0.05
    assert all(torch.isfinite(p.grad).all() for p in layer.parameters())
