"""The language model, both back ends, against torch.nn's parts and differences; laws; and mutants."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, tensor
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from companion.reference import dense, embedding, lm, rnn, sequence_losses, stack
from companion.reference.gradcheck import check
from companion.torch.lm import LM

T, N, V, D, H = 5, 3, 9, 4, 6
SEEDS = range(3)


def drawn(seed, num_layers=1, lengths=False):
    rng = np.random.default_rng(seed)
    params = lm.init(V, D, H, rng, num_layers)
    inputs, targets = rng.integers(0, V, (T, N)), rng.integers(0, V, (T, N))
    h_0 = rng.standard_normal((num_layers, N, H))
    return params, inputs, targets, h_0, np.array([3, 5, 1]) if lengths else None


class Peer(nn.Module):
    """The same model out of PyTorch's own parts."""

    def __init__(self, num_layers):
        super().__init__()
        self.embedding = nn.Embedding(V, D, dtype=torch.float64)
        self.rnn = nn.RNN(D, H, num_layers, dtype=torch.float64)
        self.readout = nn.Linear(H, V, dtype=torch.float64)

    def loss(self, inputs, targets, h_0, reduction, lengths):
        x = self.embedding(inputs)
        if lengths is None:
            y, h_n = self.rnn(x, h_0)
        else:
            packed, h_n = self.rnn(pack_padded_sequence(x, lengths, enforce_sorted=False), h_0)
            y, _ = pad_packed_sequence(packed, total_length=T)
            targets = targets.where(torch.arange(T)[:, None] < lengths, -100)
        logits = self.readout(y).movedim(-1, 1)
        loss = nn.functional.cross_entropy(logits, targets, reduction=reduction, ignore_index=-100)
        return loss, h_n


def by_modules(model, given, reduction):
    """Return loss, last state and gradients of a module with our parameters."""
    params, inputs, targets, h_0, lengths = given
    model.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    lengths = None if lengths is None else tensor(lengths)
    loss, h_n = model.loss(tensor(inputs), tensor(targets), tensor(h_0), reduction, lengths=lengths)
    loss.backward()
    return loss, h_n, {name: parameter.grad for name, parameter in model.named_parameters()}


def by_reference(given, reduction, loss_and_grads=lm.loss_and_grads):
    params, inputs, targets, h_0, lengths = given
    loss, grads, h_n = loss_and_grads(params, inputs, targets, h_0, reduction, None, lengths)
    return loss, h_n, grads


def difference(ours, theirs):
    return max(
        apart(ours[0], theirs[0]),
        apart(ours[1], theirs[1]),
        *(apart(grad, theirs[2][name]) for name, grad in ours[2].items()),
    )


@pytest.mark.equation("eq-lm-loss")
@pytest.mark.parametrize("lengths", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("num_layers", [1, 3])
def test_loss_states_and_gradients_agree(num_layers, reduction, lengths, measure):
    given = drawn(0, num_layers, lengths)
    reference = by_reference(given, reduction)
    assert reference[2].keys() == given[0].keys()
    for model in (Peer(num_layers), LM(V, D, H, num_layers, dtype=torch.float64)):
        measure("eq-lm-loss", difference(reference, by_modules(model, given, reduction)), PARITY)


@pytest.mark.parametrize("num_layers", [1, 2])
def test_gradients_against_differences(num_layers):
    params, inputs, _, h_0, lengths = drawn(1, num_layers, True)

    def forward(params, ids, h_0):
        return lm.forward(params, ids, h_0, lengths)

    assert check(forward, lm.backward, params, inputs, h_0, rng=np.random.default_rng(0)).error <= GRADCHECK


@pytest.mark.equation("eq-lm-loss")
@pytest.mark.parametrize("seed", SEEDS)
def test_the_loss_is_the_chain_rule_token_by_token(seed, measure):
    """Multiply, one step at a time, the probabilities the model gives to what comes."""
    params, inputs, targets, h_0, _ = drawn(seed)
    total, h = 0.0, h_0
    for ids, following in zip(inputs, targets, strict=True):
        logits, h = lm.step(params, ids, h)
        p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        total -= np.log(p[np.arange(N), following]).sum()
    loss, _, h_n = lm.loss_and_grads(params, inputs, targets, h_0, "sum")
    measure("eq-lm-loss", max(apart(loss, total), apart(h_n, h)), PARITY)
    each, _ = lm.log_probs(params, inputs, targets, h_0)
    assert apart(-each.sum(), total) <= PARITY


@pytest.mark.parametrize("at_once", [1, 2 * N * V, 2**22])
def test_log_probs_of_the_back_ends_agree(at_once, monkeypatch):
    """Score one step at a time, two, or all at once."""
    for module in ("companion.reference.lm", "companion.torch.lm"):
        monkeypatch.setattr(f"{module}.AT_ONCE", at_once)
    params, inputs, targets, h_0, lengths = drawn(2, 2, True)
    model = LM(V, D, H, 2, dtype=torch.float64)
    model.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    each, h_n = lm.log_probs(params, inputs, targets, h_0, lengths=lengths)
    given = [tensor(a) for a in (inputs, targets, h_0)]
    each_torch, h_n_torch = model.log_probs(*given, lengths=tensor(lengths))
    assert max(apart(each, each_torch), apart(h_n, h_n_torch)) <= PARITY
    assert each[3:, 0].tolist() == [0, 0]
    mask = sequence_losses.mask_from_lengths(lengths, T)
    assert np.array_equal(each, lm.log_probs(params, inputs, targets, h_0, mask)[0])
    assert apart(each, model.log_probs(*given, tensor(mask))[0]) <= PARITY
    logits, _, _ = lm.forward(params, inputs, h_0, lengths)
    assert apart(each, sequence_losses.token_log_probs(logits, targets, lengths=lengths)) <= 1e-14
    for ids, state in ((inputs[0], h_0), (inputs[1], None)):
        logits, h = lm.step(params, ids, state)
        logits_torch, h_torch = model.step(tensor(ids), None if state is None else tensor(state))
        assert max(apart(logits, logits_torch), apart(h, h_torch)) <= PARITY


def test_padding_changes_nothing():
    params, inputs, targets, h_0, lengths = drawn(3, 2, True)
    expected = lm.loss_and_grads(params, inputs, targets, h_0, lengths=lengths)
    hidden = np.arange(T)[:, None] >= lengths
    other = lm.loss_and_grads(
        params, np.where(hidden, 8, inputs), np.where(hidden, -1, targets), h_0, lengths=lengths
    )
    assert expected[0] == other[0]
    assert np.array_equal(expected[2], other[2])
    assert all(np.array_equal(expected[1][name], other[1][name]) for name in params)


def test_a_batch_is_its_sentences_one_by_one():
    params, inputs, targets, h_0, lengths = drawn(4, 2, True)
    loss, grads, _ = lm.loss_and_grads(params, inputs, targets, h_0, "sum", lengths=lengths)
    alone = [
        lm.loss_and_grads(params, inputs[:k, n : n + 1], targets[:k, n : n + 1], h_0[:, n : n + 1], "sum")
        for n, k in enumerate(lengths)
    ]
    assert apart(loss, sum(one[0] for one in alone)) <= PARITY
    assert max(apart(grads[name], sum(one[1][name] for one in alone)) for name in params) <= PARITY


def test_chunks_with_the_state_carried_are_one_pass():
    params, inputs, targets, h_0, _ = drawn(5, 2)
    whole, h_n = lm.log_probs(params, inputs, targets, h_0)
    first, h = lm.log_probs(params, inputs[:2], targets[:2], h_0)
    second, h = lm.log_probs(params, inputs[2:], targets[2:], h)
    assert max(apart(whole, np.concatenate([first, second])), apart(h_n, h)) <= 1e-14


def test_no_step_looks_ahead():
    params, inputs, _, h_0, _ = drawn(6)
    logits, _, _ = lm.forward(params, inputs, h_0)
    changed = inputs.copy()
    changed[3:] = (changed[3:] + 1) % V
    other, _, _ = lm.forward(params, changed, h_0)
    assert np.array_equal(logits[:3], other[:3])
    assert not np.allclose(logits[3:], other[3:])


def test_another_kind_of_layer():
    """Stack ReLU layers: a namespace with the four functions is a kind of layer."""
    relu = SimpleNamespace(
        init=rnn.init,
        step=lambda *given: rnn.step(*given, nonlinearity="relu"),
        forward=lambda *given: rnn.forward(*given, nonlinearity="relu"),
        backward=rnn.backward,
    )
    params, inputs, _, h_0, _ = drawn(7)
    logits, h_n, cache = lm.forward(params, inputs, h_0, layer=relu)
    y, _, _ = rnn.forward(
        {name[4:]: value for name, value in params.items() if name.startswith("rnn.")},
        params["embedding.weight"][inputs],
        h_0[0],
        nonlinearity="relu",
    )
    assert apart(logits, y @ params["readout.weight"].T + params["readout.bias"]) <= PARITY
    h = h_0
    for ids in inputs:
        last, h = lm.step(params, ids, h, relu)
    assert max(apart(last, logits[-1]), apart(h, h_n)) <= PARITY
    assert lm.backward(cache, np.ones_like(logits))[2].keys() == params.keys()


@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device):
    params, inputs, targets, h_0, lengths = drawn(8, 2, True)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    exact = lm.loss_and_grads(params, inputs, targets, h_0, lengths=lengths)
    loss, grads, h_n = lm.loss_and_grads(single, inputs, targets, h_0.astype(np.float32), lengths=lengths)
    assert {a.dtype for a in (loss, h_n, *grads.values())} == {np.dtype(np.float32)}
    assert max(apart(loss, exact[0]), *(apart(grads[name], exact[1][name]) for name in params)) <= FLOAT32
    model = LM(V, D, H, 2, device=device)
    model.load_state_dict({name: torch.tensor(value) for name, value in single.items()})
    given = [tensor(a, device) for a in (inputs, targets, h_0.astype(np.float32))]
    loss, h_n = model.loss(*given, lengths=tensor(lengths, device))
    assert not h_n.requires_grad
    assert apart(loss, exact[0]) <= FLOAT32


def test_init_is_the_parts_own():
    params = lm.init(V, D, H, np.random.default_rng(1), 2, dtype=np.float32)
    rng = np.random.default_rng(1)
    assert np.array_equal(params["embedding.weight"], embedding.init(V, D, rng, dtype=np.float32)["weight"])
    assert np.array_equal(
        params["rnn.weight_hh_l1"], stack.init(D, H, 2, rng, dtype=np.float32)["weight_hh_l1"]
    )
    assert np.array_equal(params["readout.bias"], dense.init(H, V, rng, np.float32)["bias"])
    generators = [torch.Generator().manual_seed(3) for _ in range(2)]
    first, second = (LM(V, D, H, generator=generator).state_dict() for generator in generators)
    assert list(first) == list(lm.init(V, D, H, rng))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert {name: tuple(value.shape) for name, value in first.items()} == {
        name: value.shape for name, value in lm.init(V, D, H, rng).items()
    }


def reads_the_targets(params, inputs, targets, h_0, reduction, mask, lengths):
    return lm.loss_and_grads(params, targets, targets, h_0, reduction, mask, lengths)


def padding_counted(params, inputs, targets, h_0, reduction, mask, lengths):
    return lm.loss_and_grads(params, inputs, targets, h_0, reduction, mask)


def state_forgotten(params, inputs, targets, h_0, reduction, mask, lengths):
    return lm.loss_and_grads(params, inputs, targets, None, reduction, mask, lengths)


def one_step_back(params, inputs, targets, h_0, reduction, mask, lengths):
    """Cut the gradient between the steps, and leave the output as it is."""
    _, _, h_n = lm.loss_and_grads(params, inputs, targets, h_0, reduction, mask, lengths)
    kept = sequence_losses.mask_from_lengths(lengths, T)
    total, grads, h = 0.0, dict.fromkeys(params, 0.0), h_0
    for t in range(T):
        loss, part, after = lm.loss_and_grads(
            params, inputs[t : t + 1], targets[t : t + 1], h, "sum", kept[t : t + 1]
        )
        h = np.where(kept[t][:, None], after, h)
        total, grads = total + loss, {name: grads[name] + part[name] for name in params}
    return total / kept.sum(), {name: grad / kept.sum() for name, grad in grads.items()}, h_n


@pytest.mark.parametrize("mutant", [reads_the_targets, padding_counted, state_forgotten, one_step_back])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_are_caught(mutant, seed):
    given = drawn(seed, 2, True)
    peer = by_modules(Peer(2), given, "mean")
    assert caught(lambda: difference(by_reference(given, "mean", mutant), peer))


PARAMS, IDS, TARGETS, H_0, _ = drawn(0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: lm.forward(PARAMS, IDS[0]), ValueError, "ids: expected (T, N), got (3,)"),
        (lambda: lm.forward(PARAMS, IDS / 2), TypeError, "ids: expected integers, got float64 (5, 3)"),
        (lambda: lm.forward(PARAMS, [[V]]), ValueError, "ids: expected 0..8, got 9 at (0, 0)"),
        (lambda: lm.forward(PARAMS, IDS, H_0[0]), ValueError, "h_0: expected (1, N, H), got (3, 6)"),
        (lambda: lm.step(PARAMS, IDS), ValueError, "ids: expected (N,), got (5, 3)"),
        (
            lambda: lm.forward({**PARAMS, "decoder.weight": H_0}, IDS),
            ValueError,
            "params: expected names that begin with one of embedding, rnn, readout, got 'decoder.weight'",
        ),
        (
            lambda: lm.backward(lm.forward(PARAMS, IDS)[2], np.zeros((T, N, V + 1))),
            ValueError,
            "dlogits: expected (5, 3, 9), got (5, 3, 10)",
        ),
        (lambda: LM(V, D, H)(tensor(IDS[0])), ValueError, "ids: expected (T, N), got (3,)"),
        (lambda: LM(V, D, H).step(tensor(IDS)), ValueError, "ids: expected (N,), got (5, 3)"),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
