"""Attention: both back ends, torch's and Keras' own, differences, laws, the usual mistakes, bad input."""

import importlib

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from companion.reference import attention, gradcheck
from companion.torch.attention import Attention

T, N, S, Q, K, A, E = 2, 3, 5, 4, 6, 7, 8
SCORES = ("dot", "general", "additive")
LENGTHS = [5, 1, 3]


def case(score, seed=0, values=E):
    """Parameters, queries, keys and values with all sizes different."""
    rng = np.random.default_rng(seed)
    key_size = Q if score == "dot" else K
    params = attention.init(Q, key_size, rng, score, A if score == "additive" else None)
    shapes = ((T, N, Q), (S, N, key_size), (S, N, values))
    return params, *(rng.standard_normal(shape) for shape in shapes)


def module(score, params, scale=1.0):
    layer = Attention(Q, Q if score == "dot" else K, score, A if score == "additive" else None, scale)
    layer = layer.double()
    layer.load_state_dict({name: torch.tensor(value) for name, value in params.items()})
    return layer


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_both_back_ends_agree(score, lengths):
    params, *inputs = case(score)
    context, weights, cache = attention.forward(params, *inputs, lengths, score, 0.7)
    rng = np.random.default_rng(1)
    dcontext, dweights = rng.standard_normal(context.shape), rng.standard_normal(weights.shape)
    *dinputs, dparams = attention.backward(cache, dcontext, dweights)
    layer = module(score, params, 0.7)
    leaves = [torch.tensor(array, requires_grad=True) for array in inputs]
    theirs = layer(*leaves, lengths)
    loss = sum((a * torch.tensor(b)).sum() for a, b in zip(theirs, (dcontext, dweights), strict=True))
    loss.backward()
    for ours, other in zip((context, weights), theirs, strict=True):
        assert ours == pytest.approx(other.detach().numpy(), abs=1e-12)
    for ours, leaf in zip(dinputs, leaves, strict=True):
        assert ours == pytest.approx(leaf.grad.numpy(), abs=1e-10)
    for name, parameter in layer.named_parameters():
        assert dparams[name] == pytest.approx(parameter.grad.numpy(), abs=1e-10)
    assert dparams.keys() == params.keys() == dict(layer.named_parameters()).keys()


@pytest.mark.equation("eq-attention-grad-weights", "eq-attention-grad-scores", "eq-attention-grad-keys")
@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_gradients_against_differences(score, lengths, measure):
    params, *inputs = case(score, seed=4)

    def forward(params, query, keys, values):
        return attention.forward(params, query, keys, values, lengths, score, 0.7)

    report = gradcheck.check(forward, attention.backward, params, *inputs, rng=np.random.default_rng(2))
    for label in ("eq-attention-grad-weights", "eq-attention-grad-scores", "eq-attention-grad-keys"):
        measure(label, report.error, 1e-7)


@pytest.mark.equation(
    "eq-attention-dot",
    "eq-attention-general",
    "eq-attention-additive",
    "eq-attention-weights",
    "eq-attention-context",
)
@pytest.mark.parametrize("score", SCORES)
def test_every_number_is_the_formula(score, measure):
    """One query, one key, one value at a time, as the formulas stand on paper."""
    params, query, keys, values = case(score)
    context, weights, _ = attention.forward(params, query, keys, values, LENGTHS, score)
    worst = {"score": 0.0, "weights": 0.0, "context": 0.0}
    for t, n in np.ndindex(T, N):
        q, scores = query[t, n], []
        for k in keys[: LENGTHS[n], n]:
            if score == "additive":
                inner = np.tanh(params["weight_query"] @ q + params["weight_key"] @ k)
                scores.append(float(params["weight_score"] @ inner))
            else:
                scores.append(float(q @ (params["weight"] @ k if score == "general" else k)))
        alpha = np.exp(scores) / np.sum(np.exp(scores))
        found = weights[t, n, : LENGTHS[n]]
        apart = np.log(found / found[0]) - (np.array(scores) - scores[0])  # scores, up to a constant
        worst["score"] = max(worst["score"], np.abs(apart).max())
        worst["weights"] = max(worst["weights"], np.abs(found - alpha).max())
        mean = sum(a * v for a, v in zip(alpha, values[: LENGTHS[n], n], strict=True))
        worst["context"] = max(worst["context"], np.abs(context[t, n] - mean).max())
    measure(f"eq-attention-{score}", worst["score"], 1e-12)
    measure("eq-attention-weights", worst["weights"], 1e-12)
    measure("eq-attention-context", worst["context"], 1e-12)


def test_scaled_dot_products_are_torchs_own():
    _, query, keys, values = case("dot")
    context, _, _ = attention.forward({}, query, keys, values, LENGTHS, scale=Q**-0.5)
    mask = torch.arange(S) < torch.tensor(LENGTHS)[:, None, None]  # (N, 1, S)
    batch_first = [torch.tensor(array).transpose(0, 1) for array in (query, keys, values)]
    theirs = scaled_dot_product_attention(*batch_first, attn_mask=mask)
    assert context.swapaxes(0, 1) == pytest.approx(theirs.numpy(), abs=1e-12)


@pytest.fixture(scope="module")
def layers():
    """Keras' layers, computing with PyTorch, in float64 where they are asked to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        dtypes = importlib.import_module("keras.src.backend.common.dtypes")
        patch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
        yield importlib.import_module("keras").layers


@pytest.mark.parametrize("score", ["dot", "additive"])
def test_keras_attention_is_the_same(score, layers):
    """Keras' layers have no matrices: their additive score is ``sum(scale * tanh(q + k))``."""
    rng = np.random.default_rng(0)
    query, keys, values = (rng.standard_normal((n, N, Q)) for n in (T, S, S))
    w = rng.standard_normal(Q)
    params = {}
    if score == "additive":
        params = {"weight_query": np.eye(Q), "weight_key": np.eye(Q), "weight_score": w}
        layer = layers.AdditiveAttention(dtype="float64")
    else:
        layer = layers.Attention(dtype="float64")
    batch_first = [torch.tensor(array).transpose(0, 1) for array in (query, values, keys)]
    layer.build([array.shape for array in batch_first])
    if score == "additive":
        layer.set_weights([w])
    real = np.arange(S) < np.array(LENGTHS)[:, None]
    found, weights = layer(batch_first, mask=[None, torch.tensor(real)], return_attention_scores=True)
    ours, alpha, _ = attention.forward(params, query, keys, values, LENGTHS, score)
    assert ours.swapaxes(0, 1) == pytest.approx(found.detach().numpy(), abs=1e-10)
    assert alpha.swapaxes(0, 1) == pytest.approx(weights.detach().numpy(), abs=1e-10)


@pytest.mark.parametrize("score", SCORES)
def test_laws(score):
    params, query, keys, values = case(score)
    context, weights, _ = attention.forward(params, query, keys, values, LENGTHS, score)
    assert weights.sum(axis=2) == pytest.approx(np.ones((T, N)))
    assert (weights >= 0).all()
    for n, length in enumerate(LENGTHS):
        assert (weights[:, n, length:] == 0).all()
        alone = (query[:, [n]], keys[:length, [n]], values[:length, [n]])
        assert attention.forward(params, *alone, score=score)[0][:, 0] == pytest.approx(context[:, n])
        low, high = values[:length, n].min(axis=0), values[:length, n].max(axis=0)
        assert ((context[:, n] > low - 1e-12) & (context[:, n] < high + 1e-12)).all()
    order = np.random.default_rng(0).permutation(S)
    whole, alpha, _ = attention.forward(params, query, keys, values, score=score)
    turned, beta, _ = attention.forward(params, query, keys[order], values[order], score=score)
    assert turned == pytest.approx(whole)  # the keys' order says nothing
    assert beta == pytest.approx(alpha[..., order])


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("junk", [1e300, np.nan, np.inf])
def test_padding_changes_nothing(score, junk):
    params, query, keys, values = case(score)
    dirty = [array.copy() for array in (keys, values)]
    for n, length in enumerate(LENGTHS):
        for array in dirty:
            array[length:, n] = junk
    clean = attention.forward(params, query, keys, values, LENGTHS, score)
    found = attention.forward(params, query, *dirty, LENGTHS, score)
    assert np.array_equal(found[0], clean[0])
    ones = np.ones_like(clean[0])
    *dinputs, dparams = attention.backward(found[2], ones)
    *expected, dexpected = attention.backward(clean[2], ones)
    assert all(np.array_equal(*pair) for pair in zip(dinputs, expected, strict=True))
    assert all(np.array_equal(dparams[name], dexpected[name]) for name in params)
    _, dkeys, dvalues = dinputs
    for n, length in enumerate(LENGTHS):
        assert not dkeys[length:, n].any()
        assert not dvalues[length:, n].any()
    theirs, _ = module(score, params)(*map(torch.tensor, (query, *dirty)), LENGTHS)
    assert theirs.detach().numpy() == pytest.approx(clean[0], abs=1e-12)


@pytest.mark.parametrize("score", SCORES)
def test_large_scores_do_not_overflow(score):
    params, query, keys, values = case(score)
    context, weights, _ = attention.forward(params, 1e6 * query, 1e6 * keys, values, score=score)
    assert np.isfinite(context).all()
    assert weights.sum(axis=2) == pytest.approx(np.ones((T, N)))


def mistaken(name, params, query, keys, values):
    """Additive attention written out, with one of the usual mistakes."""
    W_q, W_k, w = params.values()
    a = np.einsum("tnq,aq->tna", query, W_q)[:, None] + np.einsum("snk,ak->sna", keys, W_k)[None]
    scores = np.einsum("tsna,a->tsn", a if name == "no tanh" else np.tanh(a), w)
    if name == "padding not masked":
        beyond = np.zeros((S, N), bool)
    else:
        beyond = np.arange(S)[:, None] >= np.array(LENGTHS)
    scores = np.where(beyond, 0 if name == "masked with 0" else -np.inf, scores)
    axis = {"softmax over queries": 0, "softmax over the batch": 2}.get(name, 1)
    top = scores.max(axis=axis, keepdims=True)
    exps = np.exp(scores - np.where(np.isfinite(top), top, 0))
    alpha = exps / np.maximum(exps.sum(axis=axis, keepdims=True), 1e-300)
    if name == "masked after the softmax":
        free = np.exp(np.einsum("tsna,a->tsn", np.tanh(a), w))
        alpha = np.where(beyond, 0, free / free.sum(axis=1, keepdims=True))
    return np.einsum("tsn,sne->tne", alpha, values)


MISTAKES = [
    "no tanh",
    "padding not masked",
    "masked with 0",
    "softmax over queries",
    "softmax over the batch",
    "masked after the softmax",
]


@pytest.mark.parametrize("name", ["none", *MISTAKES])
def test_the_usual_mistakes_are_seen(name):
    params, query, keys, values = case("additive")
    context, _, _ = attention.forward(params, query, keys, values, LENGTHS, "additive")
    apart = np.abs(mistaken(name, params, query, keys, values) - context).max()
    assert (apart < 1e-12) == (name == "none")


@pytest.mark.parametrize(
    ("error", "change", "message"),
    [
        (ValueError, {"score": "cosine"}, "score: expected one of dot, general, additive, got 'cosine'"),
        (
            ValueError,
            {"lengths": [5, 0, 3]},
            r"lengths: expected at least one key a sequence, got \[5, 0, 3\]",
        ),
        (ValueError, {"lengths": [5, 6, 3]}, "lengths: "),
        (ValueError, {"lengths": [5, 3]}, r"lengths: expected \(3,\), got \(2,\)"),
        (TypeError, {"lengths": [5.0, 1.0, 3.0]}, "lengths: "),
        (ValueError, {"keys": np.zeros((S, N, K + 1))}, r"weight: expected \(4, 7\), got \(4, 6\)"),
        (ValueError, {"keys": np.zeros((S, N + 1, K))}, r"keys: expected \(S, 3, K\), got \(5, 4, 6\)"),
        (ValueError, {"values": np.zeros((S + 1, N, E))}, r"values: expected \(5, 3, E\), got \(6, 3, 8\)"),
        (ValueError, {"query": np.zeros((T, Q))}, r"query: expected \(T, N, Q\), got \(2, 4\)"),
        (TypeError, {"query": np.zeros((T, N, Q), int)}, "query: expected floating"),
        (ValueError, {"params": {}}, "params: expected the keys"),
    ],
)
def test_bad_input_is_refused(error, change, message):
    params, query, keys, values = case("general")
    usual = {"params": params, "query": query, "keys": keys, "values": values, "score": "general"}
    with pytest.raises(error, match=message):
        attention.forward(**(usual | change))


@pytest.mark.parametrize(
    "make", [lambda *a: attention.init(*a[:2], np.random.default_rng(0), *a[2:]), Attention]
)
@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((4, 6, "dot"), "expected queries as long as keys, got 4 and 6"),
        ((0, 6, "general"), "expected sizes of at least 1, got 0 and 6"),
        ((4, 6, "additive", 0), "attention_size: expected at least 1, got 0"),
        ((4, 6, "general", 5), "attention_size: expected None for the score 'general', got 5"),
        ((4, 6, "cosine"), "score: expected one of dot, general, additive, got 'cosine'"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(make, sizes, message):
    with pytest.raises(ValueError, match=message):
        make(*sizes)


def test_the_module_refuses_what_the_reference_refuses():
    params, *inputs = case("general")
    layer = module("general", params)
    tensors = [torch.tensor(array) for array in inputs]
    with pytest.raises(ValueError, match="expected at least one key a sequence"):
        layer(*tensors, [5, 0, 3])
    with pytest.raises(ValueError, match=r"keys: expected \(S, 3, 6\), got \(5, 3, 5\)"):
        layer(tensors[0], tensors[1][..., :5], tensors[2])
    with pytest.raises(TypeError, match="query: expected floating"):
        layer(tensors[0].long(), *tensors[1:])


def test_wrong_gradients_are_refused():
    params, *inputs = case("dot")
    _, _, cache = attention.forward(params, *inputs)
    with pytest.raises(ValueError, match=r"dcontext: expected \(2, 3, 8\)"):
        attention.backward(cache, np.zeros((T, N, E + 1)))
    with pytest.raises(ValueError, match=r"dweights: expected \(2, 3, 5\)"):
        attention.backward(cache, None, np.zeros((T, N, S + 1)))
