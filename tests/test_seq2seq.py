"""The encoder-decoder in both back ends, against torch.nn's parts and differences; what must hold of it."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, tensor
from translating import (
    KINDS,
    V_S,
    V_T,
    Case,
    D,
    H,
    N,
    Peer,
    S,
    T,
    drawn,
    module,
    of_module,
    of_reference,
    worst,
)

from companion.reference import bridge, decode, seq2seq
from companion.reference.gradcheck import check
from companion.torch import decode as torch_decode
from companion.torch.lstm import LSTM
from companion.torch.seq2seq import Seq2Seq

EQUATIONS = ("encoder", "bridge", "decoder", "probability", "loss", "grad-bridge")


@pytest.mark.equation(
    "eq-seq2seq-encoder",
    "eq-seq2seq-bridge",
    "eq-seq2seq-decoder",
    "eq-seq2seq-probability",
    "eq-seq2seq-loss",
    "eq-seq2seq-grad-bridge",
    "eq-attention-decoder",
)
@pytest.mark.parametrize("name", KINDS)
def test_loss_and_gradients_agree(name, measure):
    case = drawn(name)
    theirs, ours = Peer(case).results(), of_reference(case)
    assert ours.keys() == {"loss", "log_probs"} | case.params.keys()
    for error in (worst(ours, theirs), worst(of_module(case), theirs)):
        for label in EQUATIONS:
            measure(f"eq-seq2seq-{label}", error, PARITY)
        measure("eq-attention-decoder", error, PARITY)


@pytest.mark.equation("eq-seq2seq-grad-bridge")
def test_gradients_against_differences(measure):
    kind, params, source, inputs, _, *lengths = drawn("plain, another size, general", 1)
    params = {name: value / 2 for name, value in params.items()}  # so that no tanh is saturated

    def forward(params):
        return seq2seq.forward(params, source, inputs, *lengths, kind.layer)

    def backward(cache, dlogits, dweights):
        return (seq2seq.backward(cache, dlogits, dweights)[2],)

    report = check(forward, backward, params, rng=np.random.default_rng(0))
    measure("eq-seq2seq-grad-bridge", report.error, GRADCHECK)


def test_the_bridge_alone_against_differences():
    rng = np.random.default_rng(2)
    params, last = bridge.init(4, H, 2, rng, bidirectional=True), rng.standard_normal((4, N, 4))
    forward = partial(bridge.forward, directions=2)
    assert check(forward, bridge.backward, params, last, rng=rng).error <= GRADCHECK


@pytest.mark.equation("eq-seq2seq-probability")
@pytest.mark.parametrize("name", KINDS)
def test_step_by_step_is_what_training_computes(name, measure):
    """Give a step the true token before, and it says what the pass over the whole target says."""
    case = drawn(name, 3)
    logits, _, _ = seq2seq.forward(case.params, *case.batch[:2], case.source_lengths, layer=case.kind.layer)
    state = seq2seq.encode(case.params, case.source, case.source_lengths, case.kind.layer)
    model = module(case)
    theirs = model.encode(tensor(case.source), tensor(case.source_lengths))
    total = np.zeros(N)
    for t, ids in enumerate(case.inputs):
        o, state = seq2seq.step(case.params, ids, state, case.kind.layer)
        o_torch, theirs = model.step(tensor(ids), theirs)
        assert max(apart(o, logits[t]), apart(o_torch, logits[t])) <= PARITY
        p = np.exp(o) / np.exp(o).sum(1, keepdims=True)
        total += np.log(p[range(N), case.targets[t]]) * (t < case.target_lengths)
    each = seq2seq.log_probs(case.params, *case.batch, layer=case.kind.layer)
    measure("eq-seq2seq-probability", apart(each.sum(0), total), PARITY)


@pytest.mark.parametrize("name", KINDS)
def test_padding_changes_nothing_and_the_batch_neither(name):
    case = drawn(name, 4)
    beyond = np.arange(S)[:, None] >= case.source_lengths, np.arange(T)[:, None] >= case.target_lengths
    source = np.where(beyond[0], (case.source + 1) % V_S, case.source)
    inputs = np.where(beyond[1], (case.inputs + 1) % V_T, case.inputs)
    other = case._replace(source=source, inputs=inputs, targets=np.where(beyond[1], -1, case.targets))
    assert worst(of_reference(case), of_reference(other)) == 0
    assert worst(of_module(case), of_module(other)) == 0
    _, weights, _ = seq2seq.forward(case.params, *case.batch[:2], *case.batch[3:], case.kind.layer)
    if weights is not None:
        assert not weights.swapaxes(1, 2)[:, beyond[0]].any()
        assert apart(weights.sum(2), np.ones((T, N))) <= PARITY


@pytest.mark.parametrize("name", ["LSTM, additive", "states handed over"])
def test_searches_say_the_same_alone_and_in_a_batch(name):
    case = drawn(name, 5)
    layer, model, first = case.kind.layer, module(case), np.ones(N, int)
    state = seq2seq.encode(case.params, case.source, case.source_lengths, layer)
    step = partial(seq2seq.step, case.params, layer=layer)
    found = decode.beam_search(step, first, state, 4, 2, 3)
    theirs = torch_decode.beam_search(
        model.step, tensor(first), model.encode(tensor(case.source), tensor(case.source_lengths)), 4, 2, 3
    )
    for n, length in enumerate(case.source_lengths):
        alone = seq2seq.encode(case.params, case.source[:length, n : n + 1], None, layer)
        one = decode.beam_search(step, first[:1], alone, 4, 2, 3)[0]
        for others in (found[n], theirs[n]):
            assert [h.tokens for h in one] == [h.tokens for h in others]
            assert [h.log_prob for h in one] == pytest.approx([h.log_prob for h in others], abs=1e-10)
        greedy = decode.greedy_search(step, first[:1], alone, 4, 2)[0]
        assert decode.log_probability(step, 1, alone, greedy.tokens) == pytest.approx(greedy.log_prob)


def test_each_source_token_counts():
    """Change any token of the source, and every step's logits change: none is past or dropped."""
    case = drawn("two layers, two directions", 6)
    logits, _, _ = seq2seq.forward(case.params, *case.batch[:2])
    for s in range(S):
        source = case.source.copy()
        source[s] = (source[s] + 1) % V_S
        moved = abs(seq2seq.forward(case.params, source, case.inputs)[0] - logits)
        assert (moved.max(axis=2) > 1e-9).all()


@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device):
    case = drawn("LSTM, additive", 7)
    exact = of_reference(case)
    single = {name: value.astype(np.float32) for name, value in case.params.items()}
    ours = of_reference(case._replace(params=single))
    assert {np.asarray(value).dtype for value in ours.values()} == {np.dtype(np.float32)}
    assert worst(ours, exact) <= 5 * FLOAT32
    model = Seq2Seq(V_S, V_T, D, H, 2, LSTM, True, 4, "additive", device=device)
    model.load_state_dict({name: torch.tensor(value) for name, value in single.items()})
    given = [tensor(a, device) for a in case.batch]
    assert apart(model.loss(*given), exact["loss"]) <= FLOAT32


@pytest.mark.parametrize("name", KINDS)
def test_both_back_ends_name_and_order_the_parameters_alike(name):
    case = drawn(name)
    generators = [torch.Generator().manual_seed(3) for _ in range(2)]
    kind = case.kind
    first, second = (
        Seq2Seq(
            V_S,
            V_T,
            D,
            H,
            kind.num_layers,
            kind.module,
            kind.bidirectional,
            kind.encoder_size,
            kind.score,
            generator=g,
        ).state_dict()
        for g in generators
    )
    shapes = {key: value.shape for key, value in case.params.items()}
    assert {key: tuple(value.shape) for key, value in first.items()} == shapes
    assert list(first) == list(shapes)
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_dropout_is_for_training_alone():
    case: Case = drawn("states handed over")
    torch.manual_seed(0)
    model = Seq2Seq(V_S, V_T, D, H, dropout=0.5, dtype=torch.float64)
    model.load_state_dict({name: torch.tensor(value) for name, value in case.params.items()})
    given = [tensor(a) for a in case.batch]
    assert apart(model.loss(*given), of_reference(case)["loss"]) > 1e-3
    assert apart(model.eval().loss(*given), of_reference(case)["loss"]) <= PARITY
