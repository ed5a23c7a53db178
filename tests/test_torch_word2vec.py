"""word2vec in PyTorch against the reference, on the same tables, windows and negatives."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, PARITY, apart, caught, numpy, tensor
from torch.func import functional_call
from word2vec_cases import SEEDS, cbow_batch, skipgram_batch

from companion.reference.word2vec import cbow, full_softmax, noise, pairs, skipgram, subsampling
from companion.torch.word2vec import full_softmax as torch_full_softmax
from companion.torch.word2vec import noise as torch_noise
from companion.torch.word2vec import pairs as torch_pairs
from companion.torch.word2vec import subsampling as torch_subsampling
from companion.torch.word2vec.cbow import CBOW
from companion.torch.word2vec.skipgram import SkipGram

BOTH = pytest.mark.parametrize("with_negatives", [False, True])
ON = pytest.mark.parametrize("device", DEVICES)


def module(kind, params, device):
    model = kind(*params["input"].shape, device=device, dtype=torch.float64)
    model.load_state_dict({name: tensor(table) for name, table in params.items()})
    return model


def parity(kind, reference, params, words, masks, reduction, device):
    """Measure the error of the loss, and the largest of both tables' gradients, against the reference."""
    model = module(kind, params, device)
    on_device = {name: None if mask is None else tensor(mask, device) for name, mask in masks.items()}
    loss = model(*(tensor(ids, device) for ids in words), **on_device, reduction=reduction)
    loss.backward()
    loss_reference, cache = reference.forward(params, *words, **masks, reduction=reduction)
    *_, dparams = reference.backward(cache)
    gradients = {name: table.grad for name, table in model.named_parameters()}
    return apart(loss, loss_reference), max(apart(dparams[name], gradients[name]) for name in dparams)


@pytest.mark.equation("eq-skipgram-loss")
@pytest.mark.equation("eq-skipgram-grad")
@pytest.mark.equation("eq-sgns-loss")
@pytest.mark.equation("eq-sgns-grad")
@ON
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_skipgram_agrees_with_the_reference(seed, reduction, device, measure):
    for kind, with_negatives in (("skipgram", False), ("sgns", True)):
        params, words, mask, _ = skipgram_batch(seed, with_negatives)
        loss, gradients = parity(SkipGram, skipgram, params, words, {"mask": mask}, reduction, device)
        measure(f"eq-{kind}-loss", loss, PARITY)
        measure(f"eq-{kind}-grad", gradients, PARITY)


@pytest.mark.equation("eq-cbow-loss")
@pytest.mark.equation("eq-cbow-grad")
@ON
@BOTH
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_cbow_agrees_with_the_reference(seed, with_negatives, reduction, device, measure):
    params, words, context_mask, mask, _ = cbow_batch(seed, with_negatives)
    masks = {"context_mask": context_mask, "mask": mask}
    loss, gradients = parity(CBOW, cbow, params, words, masks, reduction, device)
    measure("eq-cbow-loss", loss, PARITY)
    measure("eq-cbow-grad", gradients, PARITY)


@pytest.mark.equation("eq-skipgram-softmax")
@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities_agree_with_the_reference(seed, measure):
    params, (centres, _), _, _ = skipgram_batch(seed, False)
    h = params["input"][centres]
    ours = torch_full_softmax.probabilities(tensor(h), tensor(params["output"]))
    reference = full_softmax.probabilities({"output": params["output"]}, h)
    measure("eq-skipgram-softmax", apart(ours, reference), PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_of_first_and_second_order(seed):
    params, words, mask, _ = skipgram_batch(seed, True)
    model = module(SkipGram, params, "cpu")
    arguments = (*(tensor(ids) for ids in words), tensor(mask))

    def loss(*values):
        return functional_call(model, dict(zip(("input", "output"), values, strict=True)), arguments)

    values = tuple(tensor(table, grad=True) for table in params.values())
    assert torch.autograd.gradcheck(loss, values)
    assert torch.autograd.gradgradcheck(loss, values)


@ON
def test_single_precision(device):
    params, words, mask, _ = skipgram_batch(0, True)
    model = module(SkipGram, params, device).float()
    loss = model(*(tensor(ids, device) for ids in words), tensor(mask, device))
    assert loss.dtype == torch.float32
    assert apart(loss, skipgram.forward(params, *words, mask=mask)[0]) <= FLOAT32


@ON
def test_tables_start_as_the_references_do(device):
    generator = torch.Generator(device).manual_seed(0)
    model = SkipGram(400, 50, generator=generator, device=device)
    assert repr(model) == "SkipGram(400, 50)"
    assert [name for name, _ in model.named_parameters()] == ["input", "output"]
    assert not model.output.any()
    table = model.input.detach()
    assert 0.0099 < float(table.abs().max()) <= 0.01
    assert abs(float(table.mean())) < 5 * 0.01 / np.sqrt(3 * 400 * 50)
    again = SkipGram(400, 50, generator=torch.Generator(device).manual_seed(0), device=device)
    assert torch.equal(again.input, table)


@pytest.mark.equation("eq-context-pairs")
@ON
@pytest.mark.parametrize("window", [(4, 0), (4, 4), (1, 0), (2, 3)])
@pytest.mark.parametrize("seed", SEEDS)
def test_windows_agree_with_the_reference(seed, window, device, measure):
    rng = np.random.default_rng(seed)
    lengths = [0, 7, 1, 12, 2, 0, 5]
    ids, offsets = rng.integers(0, 50, sum(lengths)), np.cumsum([0, *lengths])
    reach = rng.integers(1, 4, len(ids))
    for given in ((), (offsets,), (offsets, reach)):
        on_device = [tensor(array, device) for array in given]
        for name in ("context_windows", "context_pairs"):
            ours = getattr(torch_pairs, name)(tensor(ids, device), *window, *on_device)
            theirs = getattr(pairs, name)(ids, *window, *given)
            wrong = sum(int((numpy(a) != b).sum()) for a, b in zip(ours, theirs, strict=True))
            measure("eq-context-pairs", wrong, 0)


@pytest.mark.equation("eq-subsampling")
@pytest.mark.equation("eq-noise")
@ON
@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities_of_words_agree_with_the_reference(seed, device, measure):
    counts = np.random.default_rng(seed).integers(1, 10_000, 60)
    for sample in (1e-2, 1e-4):
        ours = torch_subsampling.keep_probability(tensor(counts, device), sample)
        measure("eq-subsampling", apart(ours, subsampling.keep_probability(counts, sample)), 1e-12)
    for power in (0.75, 0.0, 1.0):
        ours = torch_noise.noise_distribution(tensor(counts, device), power)
        measure("eq-noise", apart(ours, noise.noise_distribution(counts, power)), PARITY)


@ON
def test_what_is_drawn_has_its_distribution(device):
    generator = torch.Generator(device).manual_seed(0)
    q = torch_noise.noise_distribution(torch.tensor([1000, 100, 10, 1], device=device))
    shares = torch_noise.draw_noise(q, (400, 500), generator).ravel().bincount(minlength=4) / 200_000
    assert float((shares - q).abs().max()) < 5 * 0.5 / np.sqrt(200_000)
    reach = torch_pairs.draw_reach(50_000, 5, generator, device)
    assert float((reach.bincount()[1:] / 50_000 - 0.2).abs().max()) < 0.01
    ids = torch.randint(0, 4, (100_000,), generator=generator, device=device)
    offsets = torch.arange(0, 100_001, 1000, device=device)
    keep = torch.tensor([0.9, 0.5, 0.05, 1.0], device=device)
    kept, ends = torch_subsampling.subsample(ids, offsets, keep, generator)
    assert float((kept.bincount() / ids.bincount() - keep).abs().max()) < 0.02
    assert (int(ends[0]), int(ends[-1]), len(ends)) == (0, len(kept), 101)
    text = torch.arange(1000, device=device)
    centres, nearby = torch_pairs.one_nearby(text, 3, generator, torch.tensor([0, 999, 1000], device=device))
    assert torch.equal(centres, text[:-1])
    assert set((nearby - centres).abs().tolist()) == {1, 2, 3}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_words_are_kept(seed):
    rng = np.random.default_rng(seed)
    ids, offsets, kept = rng.integers(0, 9, 30), np.array([0, 4, 4, 21, 30]), rng.random(30) < 0.5
    ours = torch_subsampling.keep_only(tensor(ids), tensor(offsets), tensor(kept))
    for a, b in zip(ours, subsampling.keep_only(ids, offsets, kept), strict=True):
        assert np.array_equal(numpy(a), b)
    negatives = rng.integers(0, 9, (30, 4))
    ours_too = torch_noise.no_collision(tensor(negatives), tensor(ids))
    assert np.array_equal(numpy(ours_too), noise.no_collision(negatives, ids))


def test_mistakes_are_caught():
    class Summed(CBOW):
        def forward(self, contexts, targets, negatives=None, context_mask=None, mask=None, reduction="mean"):
            rows = self.input[contexts].where(context_mask[..., None], 0).sum(1)
            return self.layer_loss(rows, targets, negatives, mask, reduction)

    class Swapped(SkipGram):
        def forward(self, centres, contexts, negatives=None, mask=None, reduction="mean"):
            return super().forward(contexts, centres, negatives, mask, reduction)

    params, words, context_mask, mask, _ = cbow_batch(0, True)
    masks = {"context_mask": context_mask, "mask": mask}
    assert caught(lambda: parity(Summed, cbow, params, words, masks, "mean", "cpu")[0])
    params, words, mask, _ = skipgram_batch(0, True)
    assert caught(lambda: parity(Swapped, skipgram, params, words, {"mask": mask}, "mean", "cpu")[0])


IDS, PAIR = torch.tensor([1, 2]), (torch.tensor([1]), torch.tensor([0]))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m(torch.tensor([5]), PAIR[1]), ValueError, "centres: expected 0..4, got 5 at 0"),
        (lambda m: m(IDS.float(), IDS), TypeError, "centres: expected int64 or int32, got float32 (2,)"),
        (lambda m: m(*PAIR, IDS), ValueError, "negatives: expected (1, K), got (2,)"),
        (
            lambda m: m(*PAIR, mask=torch.ones(1, 2, dtype=bool)),
            ValueError,
            "mask: expected None, for there are no negatives",
        ),
        (
            lambda m: m(*PAIR, IDS[None], IDS[None]),
            TypeError,
            "mask: expected truth values (bool), got int64 (1, 2)",
        ),
        (
            lambda m: m(IDS[:0], IDS[:0], IDS[None][:0]),
            ValueError,
            "the mean of no examples: the batch is empty",
        ),
        (lambda m: SkipGram(0, 3), ValueError, "expected tables of at least (1, 1), got (0, 3)"),
        (
            lambda m: CBOW(5, 3)(IDS[None], IDS[:1], context_mask=torch.zeros(1, 2, dtype=bool)),
            ValueError,
            "context_mask: expected a context word for every example, got none at 0",
        ),
        (
            lambda m: torch_pairs.context_pairs(IDS, 1, 1, torch.tensor([0, 3])),
            ValueError,
            "offsets: expected numbers that rise from 0 to 2, got [0, 3]",
        ),
        (
            lambda m: torch_pairs.context_pairs(IDS, 0, 0),
            ValueError,
            "expected a window of at least one word, got 0 before and 0 after",
        ),
        (
            lambda m: torch_subsampling.keep_probability(torch.tensor([3, 0])),
            ValueError,
            "counts: expected at least 1 for every word, got 0 at 1",
        ),
        (
            lambda m: torch_noise.draw_noise(torch.tensor([0.5, 0.25]), 1, torch.Generator()),
            ValueError,
            "noise: expected probabilities of sum 1, got the sum 0.75",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(SkipGram(5, 3))
    assert str(refusal.value) == message
