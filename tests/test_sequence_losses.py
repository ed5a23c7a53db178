"""The losses over steps, both back ends, against torch.nn.functional and differences; laws; and mutants."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, numpy, sizes, tensor

from companion.reference import sequence_losses as reference
from companion.reference.gradcheck import numerical_gradient
from companion.torch import sequence_losses as ours

SEEDS = range(3)
REDUCTIONS = ["mean", "sum"]
KINDS = ["none", "mask", "lengths"]


def drawn(seed, kind):
    """Draw logits (T, N, V), targets (T, N), and what counts."""
    rng = np.random.default_rng(seed)
    t, n, v = sizes(rng, 3)
    z = 3 * rng.standard_normal((t, n, v))
    counted = {
        "none": {},
        "mask": {"mask": rng.random((t, n)) < 0.6},
        "lengths": {"lengths": rng.integers(1, t + 1, n)},
    }[kind]
    return z, rng.integers(0, v, (t, n)), counted


def real(shape, counted):
    """Write the mask out step by step, as the definition says."""
    if "mask" in counted:
        return counted["mask"]
    lengths = counted.get("lengths", [shape[0]] * shape[1])
    return np.array([[t < lengths[n] for n in range(shape[1])] for t in range(shape[0])])


def peer(z, ids, reduction, counted):
    """Let PyTorch leave out what does not count, in its own way and layout."""
    ids = np.where(real(ids.shape, counted), ids, -100)
    return F.cross_entropy(z.movedim(-1, 1), tensor(ids), reduction=reduction, ignore_index=-100)


def parity(seed, reduction, kind, forward=None, backward=None):
    z, ids, counted = drawn(seed, kind)
    z_peer = tensor(z, grad=True)
    loss_peer = peer(z_peer, ids, reduction, counted)
    (2.5 * loss_peer).backward()
    loss, cache = (forward or reference.cross_entropy)(z, ids, reduction, **counted)
    dz = (backward or reference.cross_entropy_backward)(cache, 2.5)
    return apart(loss, loss_peer), apart(dz, z_peer.grad)


@pytest.mark.equation("eq-sequence-loss")
@pytest.mark.equation("eq-bptt-output")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, reduction, kind, measure):
    loss_error, gradient_error = parity(seed, reduction, kind)
    measure("eq-sequence-loss", loss_error, PARITY)
    measure("eq-bptt-output", gradient_error, PARITY)


@pytest.mark.equation("eq-sequence-loss")
@pytest.mark.equation("eq-bptt-output")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_the_back_ends_agree(reduction, kind, device, measure):
    z, ids, counted = drawn(5, kind)
    z_torch = tensor(z, device, grad=True)
    arguments = tensor(ids, device), reduction
    loss_torch = ours.cross_entropy(z_torch, *arguments, **{k: tensor(v, device) for k, v in counted.items()})
    loss_torch.backward()
    loss, cache = reference.cross_entropy(z, ids, reduction, **counted)
    measure("eq-sequence-loss", apart(loss, loss_torch), PARITY)
    measure("eq-bptt-output", apart(reference.cross_entropy_backward(cache), z_torch.grad), PARITY)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradient_against_differences(reduction, kind):
    z, ids, counted = drawn(1, kind)
    _, cache = reference.cross_entropy(z, ids, reduction, **counted)
    numeric = numerical_gradient(lambda z: reference.cross_entropy(z, ids, reduction, **counted)[0], z)
    assert apart(reference.cross_entropy_backward(cache), numeric) <= GRADCHECK


@pytest.mark.parametrize("axes", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_agrees_with_torch(reduction, kind, axes):
    z, _, counted = drawn(2, kind)
    z = z if axes == 3 else z[..., 0]
    t = np.random.default_rng(0).random(z.shape)
    kept = real(z.shape[:2], counted)
    results = []
    for which in ("peer", "ours"):
        z_torch = tensor(z, grad=True)
        if which == "peer":
            entries = F.binary_cross_entropy_with_logits(z_torch, tensor(t), reduction="none")[tensor(kept)]
            loss = getattr(entries, reduction)()
        else:
            tensors = {name: tensor(value) for name, value in counted.items()}
            loss = ours.binary_cross_entropy(z_torch, tensor(t), reduction, **tensors)
        loss.backward()
        results.append((loss, z_torch.grad))
    loss, cache = reference.binary_cross_entropy(z, t, reduction, **counted)
    for other, dz in results:
        assert apart(loss, other) <= PARITY
        assert apart(reference.binary_cross_entropy_backward(cache), dz) <= PARITY


@pytest.mark.parametrize("kind", KINDS)
def test_token_log_probs_are_what_the_loss_adds_up(kind):
    z, ids, counted = drawn(3, kind)
    tensors = {name: tensor(value) for name, value in counted.items()}
    each = reference.token_log_probs(z, ids, **counted)
    by_hand = np.log(np.exp(z) / np.exp(z).sum(-1, keepdims=True))
    by_hand = np.take_along_axis(by_hand, ids[..., None], -1)[..., 0] * real(ids.shape, counted)
    assert apart(each, by_hand) <= PARITY
    assert apart(each, ours.token_log_probs(tensor(z), tensor(ids), **tensors)) <= PARITY
    assert apart(-each.sum(), reference.cross_entropy(z, ids, "sum", **counted)[0]) <= PARITY


@pytest.mark.parametrize("rubbish", [np.nan, np.inf, -np.inf, 1e300])
def test_padding_never_counts(rubbish):
    z, ids, counted = drawn(4, "lengths")
    kept = real(ids.shape, counted)
    z_bad, ids_bad = np.where(kept[..., None], z, rubbish), np.where(kept, ids, -100)
    for reduction in REDUCTIONS:
        loss, cache = reference.cross_entropy(z, ids, reduction, **counted)
        other, other_cache = reference.cross_entropy(z_bad, ids_bad, reduction, **counted)
        dz = reference.cross_entropy_backward(other_cache)
        assert loss == other
        assert np.array_equal(reference.cross_entropy_backward(cache), dz)
        assert not dz[~kept].any()
        z_torch = tensor(z_bad, grad=True)
        lengths = tensor(counted["lengths"])
        ours.cross_entropy(z_torch, tensor(ids_bad), reduction, lengths=lengths).backward()
        assert apart(dz, z_torch.grad) <= PARITY
    assert not reference.token_log_probs(z_bad, ids_bad, **counted)[~kept].any()


def test_the_mean_of_a_batch_is_that_of_its_tokens():
    """Sum the losses of the sequences alone, and divide by all their tokens: the batch's mean."""
    z, ids, counted = drawn(0, "lengths")
    alone = [
        reference.cross_entropy(z[:length, n : n + 1], ids[:length, n : n + 1], "sum")[0]
        for n, length in enumerate(counted["lengths"])
    ]
    assert apart(reference.cross_entropy(z, ids, "sum", **counted)[0], sum(alone)) <= PARITY
    mean = sum(alone) / counted["lengths"].sum()
    assert apart(reference.cross_entropy(z, ids, "mean", **counted)[0], mean) <= PARITY


@pytest.mark.parametrize("scale", [1e3, 1e30])
def test_large_logits_stay_finite(scale):
    z = scale * np.array([[[1.0, -1.0, 0.0]]])
    loss, cache = reference.cross_entropy(z, [[1]])
    assert loss == 2 * scale
    assert reference.cross_entropy_backward(cache).tolist() == [[[1, -1, 0]]]


@pytest.mark.parametrize("kind", KINDS)
def test_precision_purity_and_layout(kind):
    z, ids, counted = drawn(0, kind)
    before = z.copy(), ids.copy()
    single, cache = reference.cross_entropy(np.asfortranarray(z.astype(np.float32)), ids, **counted)
    dz = reference.cross_entropy_backward(cache)
    assert single.dtype == dz.dtype == np.float32
    assert np.array_equal(dz, reference.cross_entropy_backward(cache))  # the cache is not used up
    loss, exact = reference.cross_entropy(z, ids, **counted)
    assert max(apart(single, loss), apart(dz, reference.cross_entropy_backward(exact))) <= FLOAT32
    assert np.array_equal(before[0], z)
    assert np.array_equal(before[1], ids)


def padding_in_the_mean(z, ids, reduction, mask=None, lengths=None):
    loss, cache = reference.cross_entropy(z, ids, "sum", mask, lengths)
    return loss / ids.size, cache._replace(divisor=ids.size)


def padding_in_the_loss(z, ids, reduction, mask=None, lengths=None):
    return reference.cross_entropy(z, ids, reduction)


def mean_over_the_sequences(z, ids, reduction, mask=None, lengths=None):
    loss, cache = reference.cross_entropy(z, ids, "sum", mask, lengths)
    return loss / ids.shape[1], cache._replace(divisor=ids.shape[1])


def lengths_one_short(z, ids, reduction, mask=None, lengths=None):
    return reference.cross_entropy(z, ids, reduction, lengths=lengths - 1)


def lengths_from_the_end(z, ids, reduction, mask=None, lengths=None):
    mask = reference.mask_from_lengths(lengths, len(ids))[::-1]
    return reference.cross_entropy(z, ids, reduction, mask)


def targets_one_late(z, ids, reduction, mask=None, lengths=None):
    return reference.cross_entropy(z, np.roll(ids, 1, axis=0), reduction, mask, lengths)


MISTAKES = [
    padding_in_the_mean,
    padding_in_the_loss,
    mean_over_the_sequences,
    lengths_one_short,
    lengths_from_the_end,
    targets_one_late,
]


@pytest.mark.parametrize("mutant", MISTAKES)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_loss_are_caught(mutant, seed):
    assert caught(lambda: parity(seed, "mean", "lengths", mutant)[0])
    assert caught(lambda: parity(seed, "mean", "lengths", mutant)[1])


def mean_forgotten(cache, dloss):
    return reference.cross_entropy_backward(cache._replace(divisor=1), dloss)


def padding_in_the_gradient(cache, dloss):
    return reference.cross_entropy_backward(cache._replace(mask=None), dloss)


def target_forgotten(cache, dloss):
    dz = reference.cross_entropy_backward(cache, dloss)
    return np.where(dz < 0, 0, dz)


@pytest.mark.parametrize("mutant", [mean_forgotten, padding_in_the_gradient, target_forgotten])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(mutant, seed):
    assert caught(lambda: parity(seed, "mean", "lengths", backward=mutant)[1])


Z, IDS = np.zeros((4, 3, 5)), np.zeros((4, 3), int)
LONG, FEW = np.array([1, 2, 5]), np.array([1, 2])
BOTH = {"mask": IDS == 0, "lengths": np.array([4, 4, 4])}


@pytest.mark.parametrize("module", [reference, ours])
@pytest.mark.parametrize(
    ("name", "arguments", "counted", "error", "message"),
    [
        ("cross_entropy", (Z[0], IDS), {}, ValueError, "logits: expected (T, N, V), got (3, 5)"),
        ("cross_entropy", (Z, IDS[0]), {}, ValueError, "targets: expected (4, 3), got (3,)"),
        ("cross_entropy", (Z, IDS + 5), {}, ValueError, "targets: expected 0..4, got 5 at (0, 0)"),
        ("token_log_probs", (Z, IDS - 1), {}, ValueError, "targets: expected 0..4, got -1 at (0, 0)"),
        (
            "cross_entropy",
            (Z, IDS, "max"),
            {},
            ValueError,
            'reduction: expected "mean" or "sum", got \'max\'',
        ),
        ("cross_entropy", (Z, IDS), BOTH, ValueError, "mask and lengths: expected one of the two, got both"),
        ("cross_entropy", (Z, IDS), {"mask": IDS[0] == 0}, ValueError, "mask: expected (4, 3), got (3,)"),
        (
            "cross_entropy",
            (Z, IDS),
            {"mask": IDS},
            TypeError,
            "mask: expected truth values (bool), got int64 (4, 3)",
        ),
        ("cross_entropy", (Z, IDS), {"lengths": LONG}, ValueError, "lengths: expected 0..4, got 5 at 2"),
        ("binary_cross_entropy", (Z, Z), {"lengths": FEW}, ValueError, "lengths: expected (3,), got (2,)"),
        ("binary_cross_entropy", (Z[0, 0], Z[0, 0]), {}, ValueError, "logits: expected (T, N), got (5,)"),
    ],
)
def test_bad_input_is_refused(module, name, arguments, counted, error, message):
    convert = tensor if module is ours else numpy
    arguments = [a if isinstance(a, str) else convert(a) for a in arguments]
    with pytest.raises(error) as refusal:
        getattr(module, name)(*arguments, **{key: convert(value) for key, value in counted.items()})
    assert str(refusal.value) == message


def test_a_mean_over_nothing_is_refused_and_a_sum_is_zero():
    empty = np.zeros(3, int)
    with pytest.raises(ValueError, match="the mean over no tokens"):
        reference.cross_entropy(Z, IDS, lengths=empty)
    with pytest.raises(ValueError, match="the mean of no entries"):
        ours.cross_entropy(tensor(Z), tensor(IDS), lengths=tensor(empty))
    assert reference.cross_entropy(Z, IDS, "sum", lengths=empty)[0] == 0
    assert ours.cross_entropy(tensor(Z), tensor(IDS), "sum", lengths=torch.tensor([0, 0, 0])) == 0
