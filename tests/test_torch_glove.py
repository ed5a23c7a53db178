"""GloVe in PyTorch beside the reference: loss, every gradient, training step for step; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, tensor
from test_reference_glove import ALPHA, SEEDS, SENTENCES, X_MAX, drawn

from companion.reference import glove as reference
from companion.reference.cooccurrence import cooccurrences
from companion.torch import glove
from companion.torch.glove import GloVe


def loaded(params, device="cpu", kind=GloVe):
    model = kind(*params["weight"].shape, device=device, dtype=torch.float64)
    model.load_state_dict({name: tensor(value) for name, value in params.items()})
    return model


def parity(kind, seed, device):
    params, rows, columns, counts, _ = drawn(seed)
    model = loaded(params, device, kind)
    loss = model(*(tensor(array, device) for array in (rows, columns, counts)), X_MAX, ALPHA)
    loss.backward()
    reference_loss, cache = reference.forward(params, rows, columns, counts, X_MAX, ALPHA)
    grads = reference.backward(cache)[2]
    errors = [apart(parameter.grad, grads[name]) for name, parameter in model.named_parameters()]
    return apart(loss, reference_loss), max(errors)


@pytest.mark.equation("eq-glove-loss")
@pytest.mark.equation("eq-glove-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_reference(seed, device, measure):
    loss, grads = parity(GloVe, seed, device)
    measure("eq-glove-loss", loss, PARITY)
    measure("eq-glove-grad", grads, PARITY)


@pytest.mark.equation("eq-glove-weight")
def test_weight_agrees(measure):
    counts = np.array([0.0, 0.3, 19.9, 20.0, 1e6])
    ours = glove.weight(tensor(counts), X_MAX, ALPHA)
    measure("eq-glove-weight", apart(ours, reference.weight(counts, X_MAX, ALPHA)), PARITY)


def trained(train, device="cpu"):
    """Train both back ends on the same batches; give the errors of the parameters and of the losses."""
    entries = cooccurrences(SENTENCES, 3)
    rng = np.random.default_rng(0)
    start = reference.init(12, 5, rng)
    orders = [rng.permutation(len(entries.counts)) for _ in range(6)]
    settings = {"epochs": 6, "batch_size": 50, "lr": 0.3, "x_max": 5.0}
    params, losses = reference.train(start, entries, orders=orders, **settings)
    model = loaded(start, device)
    theirs = train(model, entries, orders=[tensor(order) for order in orders], **settings)
    errors = [apart(params[name], parameter) for name, parameter in model.named_parameters()]
    assert apart(model.vectors(), reference.vectors(params)) <= 2 * max(errors)
    return max(errors), apart(losses, theirs)


@pytest.mark.equation("eq-adagrad")
@pytest.mark.parametrize("device", DEVICES)
def test_training_agrees_step_for_step(device, measure):
    params, losses = trained(glove.train, device)
    measure("eq-adagrad", params, PARITY)
    assert losses <= PARITY


def test_a_generator_decides():
    entries = cooccurrences(SENTENCES, 3)

    def run(seed):
        generator = torch.Generator().manual_seed(seed)
        model = GloVe(12, 5, generator=generator)
        return glove.train(model, entries, generator, epochs=3, batch_size=40), model.vectors()

    (losses, first), (_, again), (_, other) = run(0), run(0), run(1)
    assert losses.dtype == torch.float64
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_init_is_uniform():
    model = GloVe(4000, 20, generator=torch.Generator().manual_seed(0))
    for parameter in model.parameters():
        assert 0.024 < parameter.abs().max() <= 0.5 / 20
    assert not model.vectors().requires_grad
    assert str(model) == "GloVe(4000, 20)"


class RootOfTheWeight(GloVe):
    def forward(self, rows, columns, counts, x_max, alpha):
        return super().forward(rows, columns, counts, x_max, alpha / 2)


class LogOfOneMore(GloVe):
    def forward(self, rows, columns, counts, x_max, alpha):
        f, g = (glove.weight(x, x_max, alpha) for x in (counts, counts + 1))
        return super().forward(rows, columns, counts + 1, x_max, alpha) * (f / g).mean()


class BiasDetached(GloVe):
    def forward(self, *inputs):
        loss = super().forward(*inputs)
        self.bias.register_hook(torch.zeros_like)
        return loss


@pytest.mark.parametrize("mutant", [RootOfTheWeight, LogOfOneMore, BiasDetached])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mutant, seed):
    assert caught(lambda: max(parity(mutant, seed, "cpu")))


def started_from_zero(model, entries, **settings):
    return glove.train(model, entries, accumulator=0.0, **settings)


def test_mistakes_in_training_are_caught():
    assert caught(lambda: max(trained(started_from_zero)))


ROW, COLUMN, X = torch.tensor([0]), torch.tensor([1]), torch.tensor([1.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: GloVe(3, 0), ValueError, "expected a table of at least (1, 1), got (3, 0)"),
        (lambda m: m(ROW + 4, COLUMN, X), ValueError, "rows: expected 0..3, got 4 at 0"),
        (lambda m: m(ROW, COLUMN - 2, X), ValueError, "columns: expected 0..3, got -1 at 0"),
        (lambda m: m(ROW, torch.tensor([1, 2]), X), ValueError, "columns: expected (1,), got (2,)"),
        (lambda m: m(ROW[None], COLUMN[None], X), ValueError, "rows: expected (M,), got (1, 1)"),
        (lambda m: m(X, COLUMN, X), TypeError, "rows: expected int64 or int32, got float32 (1,)"),
        (lambda m: m(ROW, COLUMN, 0 * X), ValueError, "counts: expected numbers above 0, got 0.0"),
        (lambda m: m(ROW, COLUMN, ROW), TypeError, "counts: expected floating-point numbers, got int64 (1,)"),
        (lambda m: glove.weight(-X), ValueError, "counts: expected numbers of at least 0, got -1.0"),
        (lambda m: glove.weight(X, 1.0, 0.0), ValueError,
         "x_max, alpha: expected numbers above 0, got 1.0 and 0.0"),
        (lambda m: glove.train(m, cooccurrences([], 2)), ValueError,
         "pairs, epochs and batch_size: expected at least 1 each, got 0, 25 and 4096"),
        (lambda m: glove.train(m, cooccurrences([[0, 1]], 2), epochs=1, orders=[torch.arange(3)]), ValueError,
         "orders: expected 1 of 2 pairs, got [3]"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(GloVe(4, 3))
    assert str(refusal.value) == message
