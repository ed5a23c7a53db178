"""The tagger, both back ends, against torch.nn's parts and differences; laws; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, tensor
from directions import KINDS
from labelling import Layers, gradients, livened, loaded, worst
from torch import nn

from companion.reference import dense, lstm, sequence_losses, stack, tagger
from companion.reference.gradcheck import check
from companion.torch.lstm import LSTM
from companion.torch.tagger import Tagger

T, N, V, D, H, K = 5, 3, 9, 4, 6, 7
LENGTHS = np.array([3, 5, 1])
FORMS = [("rnn", 1, False), ("lstm", 1, True), ("gru", 2, True)]  # kind, layers, directions
forms = pytest.mark.parametrize(("kind", "layers", "both"), FORMS)


def drawn(seed, kind="lstm", layers=1, both=True, vectors=False, units=H):
    """Draw parameters, inputs and targets; vectors instead of ids if asked for."""
    rng = np.random.default_rng(seed)
    size = None if vectors else V
    params = tagger.init(size, D, units, K, rng, layers, KINDS[kind].reference, both)
    x = rng.standard_normal((T, N, D)) if vectors else rng.integers(0, V, (T, N))
    return params, x, rng.integers(0, K, (T, N))


class Peer(Layers):
    """The same model out of PyTorch's own parts."""

    def __init__(self, layers, kind, both, vectors=False):
        super().__init__(None if vectors else V, D, H, layers, kind, both)
        self.readout = nn.Linear(H * (2 if both else 1), K, dtype=torch.float64)

    def loss(self, x, targets, lengths, mask=None, reduction="mean"):
        y, _ = self.run(x, lengths)
        kept = torch.arange(T)[:, None] < lengths
        kept = kept if mask is None else kept & mask
        logits = self.readout(y).movedim(-1, 1)
        return nn.functional.cross_entropy(logits, targets.where(kept, -100), reduction=reduction)


def of_module(model, params, x, targets, mask=None, reduction="mean"):
    given = [tensor(x), tensor(targets), tensor(LENGTHS), None if mask is None else tensor(mask)]
    return gradients(model, loaded(model, params).loss(*given, reduction))


@pytest.mark.equation("eq-tagger-loss")
@forms
@pytest.mark.parametrize("vectors", [False, True])
def test_loss_and_gradients_agree(kind, layers, both, vectors, measure):
    params, x, targets = drawn(0, kind, layers, both, vectors)
    mask = np.random.default_rng(1).random((T, N)) < 0.7
    size = None if vectors else V
    for kept, reduction in ((None, "mean"), (mask, "sum")):
        loss, grads = tagger.loss_and_grads(
            params, x, targets, LENGTHS, kept, reduction, KINDS[kind].reference
        )
        assert grads.keys() == params.keys()
        ours = Tagger(size, D, H, K, layers, KINDS[kind].ours, both, dtype=torch.float64)
        for model in (Peer(layers, kind, both, vectors), ours):
            theirs = of_module(model, params, x, targets, kept, reduction)
            assert list(theirs) == ["loss", *params]
            measure("eq-tagger-loss", worst({"loss": loss, **grads}, theirs), PARITY)


@pytest.mark.equation("eq-tagger")
@forms
def test_every_step_reads_its_own_states(kind, layers, both, measure):
    params, ids, _ = drawn(2, kind, layers, both)
    logits, _ = tagger.forward(params, ids, LENGTHS, KINDS[kind].reference)
    y, _ = loaded(Peer(layers, kind, both), params).run(tensor(ids), LENGTHS)
    for n, length in enumerate(LENGTHS):
        for t in range(length):
            by_hand = params["readout.weight"] @ y[t, n].detach().numpy() + params["readout.bias"]
            measure("eq-tagger", apart(logits[t, n], by_hand), PARITY)


@pytest.mark.equation("eq-tagger")
@pytest.mark.parametrize("vectors", [False, True])
def test_gradients_against_differences(vectors, measure):
    params, x, _ = drawn(3, vectors=vectors, units=2)

    def forward(params, x):
        return tagger.forward(params, x, LENGTHS, lstm)

    report = check(forward, tagger.backward, params, x, rng=np.random.default_rng(0))
    measure("eq-tagger", report.error, GRADCHECK)


def test_padding_changes_nothing():
    params, ids, targets = drawn(4)
    beyond = ~livened(LENGTHS, T)
    expected = tagger.loss_and_grads(params, ids, targets, LENGTHS, layer=lstm)
    other = tagger.loss_and_grads(
        params, np.where(beyond, 8, ids), np.where(beyond, -1, targets), LENGTHS, layer=lstm
    )
    longer = [np.pad(a, ((0, 4), (0, 0))) for a in (ids, targets)]
    padded = tagger.loss_and_grads(params, *longer, LENGTHS, layer=lstm)
    for loss, grads in (other, padded):
        assert apart(loss, expected[0]) <= 1e-15
        assert max(apart(grads[name], expected[1][name]) for name in params) <= 1e-15


@pytest.mark.equation("eq-tagger-loss")
def test_a_batch_is_its_sentences_one_by_one(measure):
    """A mean over tokens: long sentences count more, and no mean of the sentences' means."""
    params, ids, targets = drawn(5)
    loss, grads = tagger.loss_and_grads(params, ids, targets, LENGTHS, layer=lstm)
    alone = [
        tagger.loss_and_grads(params, ids[:k, n : n + 1], targets[:k, n : n + 1], reduction="sum", layer=lstm)
        for n, k in enumerate(LENGTHS)
    ]
    total = LENGTHS.sum()
    measure("eq-tagger-loss", apart(loss, sum(one for one, _ in alone) / total), PARITY)
    assert max(apart(grads[n], sum(one[n] for _, one in alone) / total) for n in params) <= PARITY


def test_one_direction_sees_the_past_and_two_the_whole_sentence():
    for both in (False, True):
        params, ids, _ = drawn(6, both=both)
        changed = ids.copy()
        changed[-1] = (ids[-1] + 1) % V
        logits, other = (tagger.forward(params, x, None, lstm)[0] for x in (ids, changed))
        assert np.array_equal(logits[0], other[0]) == (not both)
        assert not np.allclose(logits[-1], other[-1])


def test_predictions_are_the_largest_and_stop_at_the_ends():
    params, ids, _ = drawn(7)
    logits, _ = tagger.forward(params, ids, LENGTHS, lstm)
    expected = np.where(livened(LENGTHS, T), logits.argmax(-1), -1)
    found = tagger.predict(params, ids, LENGTHS, lstm)
    assert np.array_equal(found, expected)
    assert len(set(found[livened(LENGTHS, T)])) > 1
    model = loaded(Tagger(V, D, H, K, layer=LSTM, bidirectional=True, dtype=torch.float64), params)
    assert np.array_equal(model.predict(tensor(ids), tensor(LENGTHS)).numpy(), expected)
    everything = tagger.predict(params, ids, layer=lstm)
    assert everything.min() >= 0
    assert np.array_equal(model.predict(tensor(ids)).numpy(), everything)


@pytest.mark.parametrize("device", DEVICES)
def test_single_precision(device):
    params, ids, targets = drawn(8)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    exact, _ = tagger.loss_and_grads(params, ids, targets, LENGTHS, layer=lstm)
    loss, grads = tagger.loss_and_grads(single, ids, targets, LENGTHS, layer=lstm)
    assert {a.dtype for a in (loss, *grads.values())} == {np.dtype(np.float32)}
    model = loaded(Tagger(V, D, H, K, layer=LSTM, bidirectional=True, device=device), single)
    given = [tensor(a, device) for a in (ids, targets, LENGTHS)]
    assert max(apart(loss, exact), apart(model.loss(*given), exact)) <= FLOAT32


def test_init_is_the_parts_own():
    params = tagger.init(V, D, H, K, np.random.default_rng(1), 2, lstm, True, np.float32)
    rng = np.random.default_rng(1)
    table = rng.standard_normal((V, D)).astype(np.float32)
    layers = stack.init(D, H, 2, rng, lstm.init, np.float32, True)
    readout = dense.init(2 * H, K, rng, np.float32)
    assert np.array_equal(params["embedding.weight"], table)
    assert all(np.array_equal(params[f"rnn.{name}"], value) for name, value in layers.items())
    assert np.array_equal(params["readout.bias"], readout["bias"])
    first, second = (
        Tagger(V, D, H, K, layer=LSTM, generator=torch.Generator().manual_seed(3)).state_dict()
        for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def padding_counted(params, ids, targets):
    logits, cache = tagger.forward(params, ids, LENGTHS, lstm)
    loss, kept = sequence_losses.cross_entropy(logits, targets)
    return loss, tagger.backward(cache, sequence_losses.cross_entropy_backward(kept))[1]


def lengths_forgotten(params, ids, targets):
    """Begin to read backwards in the padding."""
    logits, cache = tagger.forward(params, ids, None, lstm)
    loss, kept = sequence_losses.cross_entropy(logits, targets, lengths=LENGTHS)
    return loss, tagger.backward(cache, sequence_losses.cross_entropy_backward(kept))[1]


def mean_of_means(params, ids, targets):
    parts = [
        tagger.loss_and_grads(
            params, ids[:, n : n + 1], targets[:, n : n + 1], LENGTHS[n : n + 1], layer=lstm
        )
        for n in range(N)
    ]
    return np.mean([loss for loss, _ in parts]), {k: sum(g[k] for _, g in parts) / N for k in params}


def one_direction_alone(params, ids, targets):
    """Leave out what is behind."""
    gone = {name: 0 * v if name.endswith("_reverse") else v for name, v in params.items()}
    return tagger.loss_and_grads(gone, ids, targets, LENGTHS, layer=lstm)


def targets_moved_on(params, ids, targets):
    """Take the targets for those of a language model."""
    return tagger.loss_and_grads(params, ids, np.roll(targets, -1, axis=0), LENGTHS, layer=lstm)


MUTANTS = [
    padding_counted,
    lengths_forgotten,
    mean_of_means,
    one_direction_alone,
    targets_moved_on,
]


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize("seed", range(2))
def test_mistakes_are_caught(mutant, seed):
    params, ids, targets = drawn(seed)
    peer = of_module(Peer(1, "lstm", True), params, ids, targets)

    def error():
        loss, grads = mutant(params, ids, targets)
        return worst({"loss": loss, **grads}, peer)

    assert caught(error)


PARAMS, IDS, TARGETS = drawn(0)
VECTORS = {name: value for name, value in PARAMS.items() if name != "embedding.weight"}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: tagger.forward(PARAMS, IDS[0]), ValueError, "x: expected (T, N), got (3,)"),
        (lambda: tagger.forward(PARAMS, IDS / 2), TypeError, "x: expected integers, got float64 (5, 3)"),
        (
            lambda: tagger.forward(VECTORS, IDS, layer=lstm),
            TypeError,
            "x: expected floating-point numbers, got int64 (5, 3)",
        ),
        (
            lambda: tagger.forward(VECTORS, IDS / 2, layer=lstm),
            ValueError,
            "x: expected (T, N, D), got (5, 3)",
        ),
        (
            lambda: tagger.forward({"readout.weight": IDS / 2}, IDS),
            ValueError,
            "params: expected names that begin with rnn, got none",
        ),
        (
            lambda: tagger.forward({**PARAMS, "lstm.bias": IDS}, IDS),
            ValueError,
            "params: expected names that begin with one of embedding, rnn, readout, got 'lstm.bias'",
        ),
        (
            lambda: tagger.backward(tagger.forward(PARAMS, IDS, layer=lstm)[1], np.zeros((T, N, K + 1))),
            ValueError,
            "dlogits: expected (5, 3, 7), got (5, 3, 8)",
        ),
        (
            lambda: tagger.loss_and_grads(PARAMS, IDS, TARGETS, mask=np.ones((N, T), bool), layer=lstm),
            ValueError,
            "mask: expected (5, 3), got (3, 5)",
        ),
        (
            lambda: tagger.loss_and_grads(PARAMS, IDS, TARGETS, mask=np.ones((T, N)), layer=lstm),
            TypeError,
            "mask: expected truth values (bool), got float64 (5, 3)",
        ),
        (
            lambda: Tagger(V, D, H, K).loss(tensor(IDS), tensor(TARGETS), mask=torch.ones(1, N) > 0),
            ValueError,
            "mask: expected (5, 3), got (1, 3)",
        ),
        (lambda: Tagger(V, D, H, K)(tensor(IDS[0])), ValueError, "x: expected (T, N), got (3,)"),
        (
            lambda: Tagger(None, D, H, K)(torch.zeros(T, N, D + 1)),
            ValueError,
            "x: expected (T, N, 4), got (5, 3, 5)",
        ),
        (
            lambda: Tagger(V, D, H, K).loss(tensor(IDS), tensor(TARGETS), mask=torch.ones(T, N)),
            TypeError,
            "mask: expected truth values (bool), got float32 (5, 3)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
