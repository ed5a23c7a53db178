"""The module against torch.nn.Embedding and the reference; freezing, loading, transforms; and mutants."""

import copy
import pickle

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, PARITY, apart, caught, sizes, tensor
from torch.func import functional_call, grad, vmap

from companion.reference import embedding as reference
from companion.torch.embedding import Embedding

SEEDS = range(4)
PADDING = [None, 0, 1]


def drawn(seed, padding_idx=None, dtype=np.float64):
    rng = np.random.default_rng(seed)
    n, t, v, d = sizes(rng, 4)
    ids = rng.integers(0, v, (n, t))
    ids[0, :2] = ids[-1, 0]
    if padding_idx is not None:
        ids[1, 1] = padding_idx
    return rng.standard_normal((v, d)).astype(dtype), ids, rng.standard_normal((n, t, d)).astype(dtype)


def run(layer, ids, dy):
    """Run a module forward and backward, and return y and the table's gradient."""
    y = layer(ids)
    y.backward(dy)
    return y, layer.weight.grad


def parity(module, seed, padding_idx, device):
    """Measure the errors of y and dweight against torch.nn, and against the reference."""
    weight, ids, dy = drawn(seed, padding_idx)
    ours = module.from_pretrained(tensor(weight, device), False, padding_idx)
    theirs = torch.nn.Embedding.from_pretrained(tensor(weight, device), False, padding_idx)
    arguments = tensor(ids, device), tensor(dy, device)
    y, dweight = run(ours, *arguments)
    y_torch, dweight_torch = run(theirs, *arguments)
    y_reference, cache = reference.forward({"weight": weight}, ids, padding_idx)
    _, dparams = reference.backward(cache, dy)
    return (
        max(apart(y, y_torch), apart(y, y_reference)),
        max(apart(dweight, dweight_torch), apart(dweight, dparams["weight"])),
    )


@pytest.mark.equation("eq-embedding-lookup")
@pytest.mark.equation("eq-embedding-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("padding_idx", PADDING)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch_and_with_the_reference(seed, padding_idx, device, measure):
    y_error, dweight_error = parity(Embedding, seed, padding_idx, device)
    measure("eq-embedding-lookup", y_error, PARITY)
    measure("eq-embedding-grad", dweight_error, PARITY)


@pytest.mark.equation("eq-embedding-product")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_look_up_is_a_product_with_one_hot_rows(seed, device, measure):
    weight, ids, dy = (tensor(a, device) for a in drawn(seed))
    layer, other = Embedding.from_pretrained(weight, False), Embedding.from_pretrained(weight, False)
    y, dweight = run(layer, ids, dy)
    product = other.as_product(ids)
    product.backward(dy)
    measure("eq-embedding-product", max(apart(y, product), apart(dweight, other.weight.grad)), PARITY)


@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device):
    weight, ids, dy = drawn(0, 1, np.float32)
    layer = Embedding.from_pretrained(tensor(weight, device), False, 1)
    y, dweight = run(layer, tensor(ids, device), tensor(dy, device))
    _, cache = reference.forward({"weight": weight.astype(float)}, ids, 1)
    assert y.dtype == dweight.dtype == torch.float32
    assert apart(dweight, reference.backward(cache, dy.astype(float))[1]["weight"]) <= FLOAT32


@pytest.mark.parametrize("device", DEVICES)
def test_derivatives_of_first_and_second_order(device):
    layer = Embedding(5, 2, device=device)
    ids = tensor([[1, 4, 1], [0, 1, 3]], device)
    weight = torch.linspace(-1, 1, 10, dtype=torch.float64, device=device).view(5, 2).requires_grad_()

    def f(weight):
        return functional_call(layer, {"weight": weight}, (ids,)) ** 3

    for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck):
        assert check(f, (weight,), nondet_tol=1e-12)  # a GPU adds up in any order


@pytest.mark.parametrize("padding_idx", PADDING)
def test_gradients_per_example_by_vmap(padding_idx):
    weight, ids, dy = (tensor(a) for a in drawn(1, padding_idx))
    layer = Embedding.from_pretrained(weight, False, padding_idx)

    def loss(weight, dy, ids):
        return (torch.nn.functional.embedding(ids, weight, padding_idx) * dy).sum()

    def our_loss(weight, dy):
        return (functional_call(layer, {"weight": weight}, (ids,)) * dy).sum()

    several = torch.stack([dy, 2 * dy, -dy])
    ours = vmap(grad(our_loss), in_dims=(None, 0))(weight, several)
    assert apart(ours, torch.stack([grad(loss)(weight, one, ids) for one in several])) <= PARITY


@pytest.mark.parametrize("padding_idx", PADDING)
def test_gradients_per_sequence_by_vmap(padding_idx):
    weight, ids, dy = (tensor(a) for a in drawn(2, padding_idx))
    layer = Embedding.from_pretrained(weight, False, padding_idx)

    def loss(weight, ids, dy):
        return (functional_call(layer, {"weight": weight}, (ids,)) * dy).sum()

    each = vmap(grad(loss), in_dims=(None, 0, 0))(weight, ids, dy)
    assert (
        apart(each, torch.stack([grad(loss)(weight, i, d) for i, d in zip(ids, dy, strict=True)])) <= PARITY
    )
    assert apart(each.sum(0), run(layer, ids, dy)[1]) <= PARITY


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # the compiler does it
def test_compiles_to_one_graph():
    weight, ids, dy = (tensor(a) for a in drawn(3, 1))
    layer = Embedding.from_pretrained(weight, False, 1)
    y, dweight = run(torch.compile(layer, backend="eager", fullgraph=True), ids, dy)
    y_eager, dweight_eager = run(Embedding.from_pretrained(weight, False, 1), ids, dy)
    assert torch.equal(y, y_eager)
    assert torch.equal(dweight, dweight_eager)


def test_one_state_dict_serves_all():
    ours, theirs = Embedding(7, 3, padding_idx=2), torch.nn.Embedding(7, 3, padding_idx=2)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["weight"]
    assert not ours.weight[2].any()
    theirs.load_state_dict(ours.state_dict())
    params = {name: value.numpy() for name, value in theirs.state_dict().items()}
    ids = torch.tensor([[1, 2], [6, 1]])
    assert torch.equal(ours(ids), theirs(ids))
    assert np.array_equal(reference.forward(params, ids.numpy())[0], ours(ids).detach().numpy())
    ours.load_state_dict({name: torch.from_numpy(value) for name, value in params.items()})


def test_from_pretrained_copies_and_freezes():
    weight = torch.arange(6.0).view(3, 2)
    frozen = Embedding.from_pretrained(weight)
    trained = Embedding.from_pretrained(weight, frozen=False)
    assert [p.requires_grad for p in (frozen.weight, trained.weight)] == [False, True]
    optimiser = torch.optim.SGD([*frozen.parameters(), *trained.parameters()], lr=1.0)
    (frozen(torch.tensor([1])) * trained(torch.tensor([1]))).sum().backward()
    optimiser.step()
    assert frozen.weight.grad is None
    assert torch.equal(frozen.weight, torch.arange(6.0).view(3, 2))
    assert trained.weight.tolist() == [[0, 1], [0, 0], [4, 5]]
    assert torch.equal(weight, torch.arange(6.0).view(3, 2))


def test_thawing_a_frozen_table():
    layer = Embedding(4, 2, frozen=True)
    assert repr(layer) == "Embedding(4, 2, frozen=True)"
    layer.requires_grad_(True)
    assert repr(layer) == "Embedding(4, 2)"
    assert repr(Embedding(4, 2, padding_idx=1)) == "Embedding(4, 2, padding_idx=1)"


def test_counts_of_the_lectures():
    """Count 80,000 parameters for 10,000 words of 8 numbers; a million for 100, none trained if frozen."""
    assert sum(p.numel() for p in Embedding(10000, 8).parameters()) == 80000
    frozen = Embedding(10000, 100, frozen=True)
    assert sum(p.numel() for p in frozen.parameters()) == 1000000
    assert sum(p.numel() for p in frozen.parameters() if p.requires_grad) == 0


@pytest.mark.parametrize("device", DEVICES)
def test_init_is_standard_normal_and_repeatable(device):
    def made():
        generator = torch.Generator(device).manual_seed(3)
        return Embedding(2000, 30, padding_idx=5, generator=generator, device=device).weight.detach()

    weight = made()
    assert weight.device.type == device
    assert torch.equal(weight, made())
    assert not weight[5].any()
    assert abs(float(weight.mean())) < 0.02
    assert abs(float(weight.std()) - 1) < 0.02


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("shape", [(), (5,), (0,), (0, 3), (2, 3, 4)])
@pytest.mark.parametrize("dtype", [torch.int32, torch.int64])
def test_ids_of_any_shape(shape, dtype, device):
    layer = Embedding(7, 2, device=device)
    ids = torch.full(shape, 3, dtype=dtype, device=device)
    y, dweight = run(layer, ids, torch.ones(*shape, 2, device=device))
    assert y.shape == (*shape, 2)
    assert dweight[3].tolist() == [ids.numel()] * 2
    assert float(dweight.sum()) == 2 * ids.numel()
    assert torch.equal(layer.as_product(ids), y)


def test_copies_and_pickles():
    layer = Embedding(4, 2, padding_idx=1)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other.weight, layer.weight)
        assert other.padding_idx == 1


class Unpadded(Embedding):
    """Index, and let the padding row be trained."""

    def forward(self, ids):
        return self.weight[ids]


class PaddingToZero(Embedding):
    """Return zero for padding, whatever its row holds."""

    def forward(self, ids):
        return super().forward(ids) * (ids != self.padding_idx)[..., None]


class LastGradientWins(Embedding):
    """Give each row the gradient of its last occurrence alone."""

    def forward(self, ids):
        flat = ids.reshape(-1)
        last = torch.tensor([i not in flat[n + 1 :] for n, i in enumerate(flat)]).view(ids.shape)[..., None]
        y = super().forward(ids)
        return y.where(last, y.detach())


@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(seed):
    assert caught(lambda: parity(Unpadded, seed, 1, "cpu")[1])
    assert caught(lambda: parity(PaddingToZero, seed, 1, "cpu")[0])
    assert caught(lambda: parity(LastGradientWins, seed, None, "cpu")[1])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda e: e(torch.tensor([[1, 2], [3, 12]])), ValueError, "ids: expected 0..9, got 12 at (1, 1)"),
        (lambda e: e(torch.tensor([4, -1])), ValueError, "ids: expected 0..9, got -1 at 1"),
        (lambda e: e(torch.zeros(3, 4)), TypeError, "ids: expected int64 or int32, got float32 (3, 4)"),
        (lambda e: e(torch.ones(2, dtype=bool)), TypeError, "ids: expected int64 or int32, got bool (2,)"),
        (lambda e: e.as_product(torch.tensor([10])), ValueError, "ids: expected 0..9, got 10 at 0"),
        (lambda e: Embedding(0, 2), ValueError, "expected a table of at least (1, 1), got (0, 2)"),
        (lambda e: Embedding(3, 2, 3), ValueError, "padding_idx: expected None or an id in 0..2, got 3"),
        (
            lambda e: Embedding.from_pretrained(torch.zeros(3)),
            ValueError,
            "weight: expected (V, D), got (3,)",
        ),
        (
            lambda e: Embedding.from_pretrained(torch.zeros(3, 2, dtype=int)),
            TypeError,
            "weight: expected floating-point numbers, got int64 (3, 2)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(Embedding(10, 2))
    assert str(refusal.value) == message
