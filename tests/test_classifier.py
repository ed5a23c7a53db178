"""The classifier, both back ends, against torch.nn's parts, hand calculation and differences; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, tensor
from directions import KINDS
from labelling import Layers, gradients, livened, loaded, worst
from torch import nn

from companion.reference import classifier, lstm, tagger
from companion.reference.gradcheck import check
from companion.torch.classifier import Classifier
from companion.torch.lstm import LSTM

T, N, V, D, H, K = 5, 3, 9, 4, 6, 7
LENGTHS = np.array([3, 5, 1])
FORMS = [  # kind or no recurrent layers, how many, directions, pool
    ("rnn", 1, False, "last"),
    ("lstm", 2, True, "last"),
    ("gru", 1, True, "mean"),
    ("lstm", 1, False, "max"),
    (None, 1, False, "mean"),
    (None, 1, False, "max"),
]
forms = pytest.mark.parametrize(("kind", "layers", "both", "pool"), FORMS)


def module(kind):
    return KINDS[kind or "rnn"].reference


def drawn(seed, kind="lstm", layers=1, both=True, vectors=False, units=H):
    rng = np.random.default_rng(seed)
    hidden = None if kind is None else units
    size = None if vectors else V
    params = classifier.init(size, D, K, rng, hidden, layers, module(kind), both)
    x = rng.standard_normal((T, N, D)) if vectors else rng.integers(0, V, (T, N))
    return params, x, rng.integers(0, K, N)


class Peer(Layers):
    """The same model out of PyTorch's own parts, pooled sequence by sequence."""

    def __init__(self, kind, layers, both, pool, vectors=False):
        super().__init__(None if vectors else V, D, None if kind is None else H, layers, kind, both)
        features = D if kind is None else H * (2 if both else 1)
        self.pool, self.directions = pool, 2 if both else 1
        self.readout = nn.Linear(features, K, dtype=torch.float64)

    def forward(self, x, lengths):
        y, last = self.run(x, lengths)
        alone = [y[:k, n] for n, k in enumerate(lengths)]
        if self.pool == "last":
            v = last[-self.directions :].movedim(0, 1).flatten(1)
        else:
            v = torch.stack([a.mean(0) if self.pool == "mean" else a.amax(0) for a in alone])
        return self.readout(v)

    def loss(self, x, targets, lengths, reduction="mean"):
        return nn.functional.cross_entropy(self(x, lengths), targets, reduction=reduction)


def of_module(model, params, x, targets, reduction="mean"):
    return gradients(
        model, loaded(model, params).loss(tensor(x), tensor(targets), tensor(LENGTHS), reduction)
    )


@pytest.mark.equation("eq-classifier-last")
@pytest.mark.equation("eq-classifier-pool")
@forms
@pytest.mark.parametrize("vectors", [False, True])
def test_loss_and_gradients_agree(kind, layers, both, pool, vectors, measure):
    params, x, targets = drawn(0, kind, layers, both, vectors)
    label = "eq-classifier-last" if pool == "last" else "eq-classifier-pool"
    loss, grads = classifier.loss_and_grads(params, x, targets, LENGTHS, pool, "mean", module(kind))
    assert grads.keys() == params.keys()
    size, hidden = None if vectors else V, None if kind is None else H
    layer = KINDS[kind or "rnn"].ours
    ours = Classifier(size, D, K, hidden, layers, layer, both, pool, dtype=torch.float64)
    for model in (Peer(kind, layers, both, pool, vectors), ours):
        theirs = of_module(model, params, x, targets)
        assert list(theirs) == ["loss", *params]
        measure(label, worst({"loss": loss, **grads}, theirs), PARITY)
    total, _ = classifier.loss_and_grads(params, x, targets, LENGTHS, pool, "sum", module(kind))
    assert apart(total, N * loss) <= PARITY
    assert apart(of_module(ours, params, x, targets, "sum")["loss"], total) <= PARITY


@pytest.mark.equation("eq-classifier-last")
@pytest.mark.equation("eq-classifier-pool")
@pytest.mark.parametrize(
    ("kind", "layers", "pool"), [("lstm", 1, "last"), ("rnn", 2, "last"), ("rnn", 1, "max")]
)
def test_gradients_against_differences(kind, layers, pool, measure):
    params, x, _ = drawn(3, kind, layers, vectors=True, units=2)

    def forward(params, x):
        return classifier.forward(params, x, LENGTHS, pool, module(kind))

    report = check(forward, classifier.backward, params, x, rng=np.random.default_rng(0))
    measure("eq-classifier-last" if pool == "last" else "eq-classifier-pool", report.error, GRADCHECK)


def test_an_average_does_not_see_the_order_and_a_network_does():
    ids = np.array([[3], [1], [4], [1], [5]])
    for kind, pool, same in ((None, "mean", True), (None, "max", True), ("lstm", "last", False)):
        params, _, _ = drawn(5, kind, both=False)
        logits, other = (
            classifier.forward(params, x, None, pool, module(kind))[0] for x in (ids, ids[[4, 1, 0, 3, 2]])
        )
        assert np.allclose(logits, other, rtol=0, atol=1e-12) == same


@forms
def test_padding_changes_nothing(kind, layers, both, pool):
    params, ids, targets = drawn(6, kind, layers, both)
    options = {"pool": pool, "layer": module(kind)}
    expected = classifier.loss_and_grads(params, ids, targets, LENGTHS, **options)
    longer = np.pad(np.where(livened(LENGTHS, T), ids, 8), ((0, 4), (0, 0)), constant_values=7)
    loss, grads = classifier.loss_and_grads(params, longer, targets, LENGTHS, **options)
    assert apart(loss, expected[0]) <= 1e-15
    assert max(apart(grads[name], expected[1][name]) for name in params) <= 1e-15
    alone = [
        classifier.loss_and_grads(params, ids[:k, n : n + 1], targets[n : n + 1], **options)
        for n, k in enumerate(LENGTHS)
    ]
    assert apart(loss, sum(one for one, _ in alone) / N) <= PARITY
    assert max(apart(grads[k], sum(g[k] for _, g in alone) / N) for k in params) <= PARITY


@pytest.mark.parametrize(("kind", "pool"), [("lstm", "last"), ("rnn", "max"), (None, "mean"), (None, "max")])
def test_of_no_words_the_bias_decides(kind, pool):
    params, ids, _ = drawn(7, kind)
    logits, cache = classifier.forward(params, ids, [2, 0, 5], pool, module(kind))
    assert np.array_equal(logits[1], params["readout.bias"]) or kind is not None
    model = Classifier(
        V, D, K, None if kind is None else H, 1, KINDS[kind or "rnn"].ours, True, pool, dtype=torch.float64
    )
    theirs = loaded(model, params)(tensor(ids), torch.tensor([2, 0, 5]))
    assert apart(logits, theirs) <= PARITY
    _, grads = classifier.backward(cache, np.ones((N, K)))
    theirs.sum().backward()
    assert max(apart(grads[n], p.grad) for n, p in model.named_parameters()) <= PARITY


@pytest.mark.parametrize("device", DEVICES)
def test_predictions_and_single_precision(device):
    params, ids, targets = drawn(8)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    exact, _ = classifier.loss_and_grads(params, ids, targets, LENGTHS, layer=lstm)
    loss, grads = classifier.loss_and_grads(single, ids, targets, LENGTHS, layer=lstm)
    assert {a.dtype for a in (loss, *grads.values())} == {np.dtype(np.float32)}
    model = loaded(Classifier(V, D, K, H, 1, LSTM, True, device=device), single)
    given = [tensor(a, device) for a in (ids, targets, LENGTHS)]
    assert max(apart(loss, exact), apart(model.loss(*given), exact)) <= FLOAT32
    logits, _ = classifier.forward(params, ids, LENGTHS, layer=lstm)
    assert np.array_equal(classifier.predict(params, ids, LENGTHS, layer=lstm), logits.argmax(1))
    assert model.predict(given[0], given[2]).tolist() == logits.argmax(1).tolist()


def outputs(params, ids, lengths=LENGTHS):
    """Return what the layers say at every step, (T, N, 2H)."""
    read = {"readout.weight": np.eye(2 * H), "readout.bias": np.zeros(2 * H)}
    return tagger.forward({**params, **read}, ids, lengths, lstm)[0]


def last_step_of_both(params, ids):
    """Take the backward direction's end to be where the forward direction's is."""
    return outputs(params, ids)[LENGTHS - 1, np.arange(N)]


def last_step_of_the_array(params, ids):
    """Forget that sequences end before the array does."""
    y = outputs(params, ids, None)
    return np.concatenate([y[-1, :, :H], y[0, :, H:]], axis=1)


def halves_swapped(params, ids):
    y = outputs(params, ids)
    return np.concatenate([y[0, :, H:], y[LENGTHS - 1, np.arange(N), :H]], axis=1)


def mean_over_the_padding(params, ids):
    return outputs(params, ids).mean(axis=0)


def padding_wins(params, ids):
    """Take the largest with the zeros of the padding among them."""
    return outputs(params, ids).max(axis=0)


def summed(params, ids):
    return outputs(params, ids).sum(axis=0)


MUTANTS = [
    (last_step_of_both, "last"),
    (last_step_of_the_array, "last"),
    (halves_swapped, "last"),
    (mean_over_the_padding, "mean"),
    (summed, "mean"),
    (padding_wins, "max"),
]


@pytest.mark.parametrize(("mutant", "pool"), MUTANTS)
@pytest.mark.parametrize("seed", range(2))
def test_mistakes_are_caught(mutant, pool, seed):
    params, ids, _ = drawn(seed)
    exact = loaded(Peer("lstm", 1, True, pool), params)(tensor(ids), tensor(LENGTHS))

    def logits(v):
        return v @ params["readout.weight"].T + params["readout.bias"]

    assert caught(lambda: apart(logits(mutant(params, ids)), exact))


PARAMS, IDS, TARGETS = drawn(0)
AVERAGE, _, _ = drawn(0, None)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: classifier.forward(PARAMS, IDS[0]), ValueError, "x: expected (T, N), got (3,)"),
        (
            lambda: classifier.forward(PARAMS, IDS, pool="first"),
            ValueError,
            'pool: expected "last", "mean" or "max", got \'first\'',
        ),
        (
            lambda: classifier.forward(AVERAGE, IDS),
            ValueError,
            'pool: expected "mean" or "max" without recurrent layers, got "last"',
        ),
        (
            lambda: classifier.forward({"embedding.weight": IDS / 2}, IDS, pool="mean"),
            ValueError,
            "params: expected names that begin with readout, got none",
        ),
        (
            lambda: classifier.loss_and_grads(AVERAGE, IDS, TARGETS[:2], pool="mean"),
            ValueError,
            "targets: expected (3,), got (2,)",
        ),
        (
            lambda: classifier.backward(classifier.forward(AVERAGE, IDS, pool="max")[1], np.zeros((N, 2))),
            ValueError,
            "dy: expected (3, 7), got (3, 2)",
        ),
        (
            lambda: Classifier(V, D, K),
            ValueError,
            'pool: expected "mean" or "max" without recurrent layers, got "last"',
        ),
        (
            lambda: Classifier(V, D, K, H, pool="sum"),
            ValueError,
            'pool: expected "last", "mean" or "max", got \'sum\'',
        ),
        (
            lambda: Classifier(V, D, K, H).loss(tensor(IDS), torch.zeros(N)),
            TypeError,
            "targets: expected int64 or int32, got float32 (3,)",
        ),
        (lambda: Classifier(V, D, K, H)(tensor(IDS[0])), ValueError, "x: expected (T, N), got (3,)"),
        (
            lambda: Classifier(None, D, K, pool="mean")(torch.zeros(T, N, D + 1)),
            ValueError,
            "x: expected (T, N, 4), got (5, 3, 5)",
        ),
        (
            lambda: Classifier(V, D, K, H).loss(tensor(IDS), tensor(IDS)),
            ValueError,
            "targets: expected (3,), got (5, 3)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
