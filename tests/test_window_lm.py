"""The fixed-window language model against PyTorch's own layers and differences, as a module; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, numpy, tensor
from torch.nn import functional

from companion.reference import window_lm
from companion.reference.gradcheck import check
from companion.reference.losses import cross_entropy, cross_entropy_backward
from companion.reference.optim import sgd_step
from companion.torch.window_lm import WindowLM

SEEDS = range(4)


def drawn(seed):
    """Draw parameters, contexts with repeated words, and a gradient; N, C, V, D and H all differ."""
    rng = np.random.default_rng(seed)
    n, c, v, d, h = (int(size) for size in rng.permutation(np.arange(3, 9))[:5])
    contexts = rng.integers(0, v, (n, c))
    contexts[0, 1] = contexts[0, 0]
    return window_lm.init(v, d, h, c, rng), contexts, rng.standard_normal((n, v)), rng


def parity(forward, backward, seed):
    """Measure the error of the logits, and the largest of the five gradients, against PyTorch's layers."""
    params, contexts, dlogits, _ = drawn(seed)
    logits, cache = forward(params, contexts)
    _, dparams = backward(cache, dlogits)
    ours = {name: tensor(array, grad=True) for name, array in params.items()}
    e = [
        functional.embedding(tensor(contexts[:, c]), ours["embedding.weight"])
        for c in range(contexts.shape[1])
    ]
    h = torch.tanh(functional.linear(torch.cat(e, 1), ours["hidden.weight"], ours["hidden.bias"]))
    peer = functional.linear(h, ours["output.weight"], ours["output.bias"])
    peer.backward(tensor(dlogits))
    return apart(logits, peer), max(apart(dparams[name], ours[name].grad) for name in ours)


def difference(forward, backward, seed):
    params, contexts, _, rng = drawn(seed)
    return check(forward, backward, params, contexts, rng=rng).error


@pytest.mark.equation("eq-window-lm")
@pytest.mark.equation("eq-window-lm-grad")
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_torch(seed, measure):
    logits, gradients = parity(window_lm.forward, window_lm.backward, seed)
    measure("eq-window-lm", logits, PARITY)
    measure("eq-window-lm-grad", gradients, PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed):
    assert difference(window_lm.forward, window_lm.backward, seed) <= GRADCHECK


@pytest.mark.equation("eq-window-lm")
@pytest.mark.equation("eq-window-lm-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_module_agrees_with_the_reference(seed, device, measure):
    params, contexts, dlogits, _ = drawn(seed)
    v, d = params["embedding.weight"].shape
    model = WindowLM(v, d, len(params["hidden.bias"]), contexts.shape[1], device=device, dtype=torch.float64)
    model.load_state_dict({name: tensor(array) for name, array in params.items()})
    y = model(tensor(contexts, device))
    y.backward(tensor(dlogits, device))
    logits, cache = window_lm.forward(params, contexts)
    _, dparams = window_lm.backward(cache, dlogits)
    measure("eq-window-lm", apart(y, logits), PARITY)
    errors = [apart(dparams[name], p.grad) for name, p in model.named_parameters()]
    measure("eq-window-lm-grad", max(errors), PARITY)
    assert apart(model.float()(tensor(contexts, device)), logits) <= FLOAT32


@pytest.mark.parametrize("device", DEVICES)
def test_one_state_dict_serves_both(device):
    generator = torch.Generator(device).manual_seed(0)
    model = WindowLM(7, 2, 3, 4, generator=generator, device=device)
    params = {name: numpy(value) for name, value in model.state_dict().items()}
    expected = window_lm.init(7, 2, 3, 4, np.random.default_rng(0))
    assert {n: a.shape for n, a in params.items()} == {n: a.shape for n, a in expected.items()}
    contexts = np.array([[1, 2, 3, 4]])
    assert apart(model(tensor(contexts, device)), window_lm.forward(params, contexts)[0]) <= FLOAT32
    assert "context=4" in repr(model)


def test_it_learns_what_only_the_order_tells():
    """The next word is the first of the window: a sum of the embeddings could not know which that is."""
    rng = np.random.default_rng(0)
    contexts = rng.integers(0, 4, (64, 2))
    params = window_lm.init(4, 3, 12, 2, rng)
    for _ in range(800):
        logits, cache = window_lm.forward(params, contexts)
        loss, loss_cache = cross_entropy(logits, contexts[:, 0])
        _, dparams = window_lm.backward(cache, cross_entropy_backward(loss_cache))
        params = sgd_step(params, dparams, lr=1.0)
    assert loss < 0.05
    assert np.array_equal(window_lm.forward(params, contexts)[0].argmax(axis=1), contexts[:, 0])


def bag_of_words(params, contexts):
    return window_lm.forward(params, np.sort(contexts, axis=1)[:, ::-1])


def without_tanh(cache, dlogits):
    return window_lm.backward(cache._replace(h=np.zeros_like(cache.h)), dlogits)


def joined_in_another_order(cache, dlogits):
    ids, *rest = cache.embedding
    return window_lm.backward(cache._replace(embedding=(ids[:, ::-1], *rest)), dlogits)


def repeated_words_once(cache, dlogits):
    _, dparams = window_lm.backward(cache, dlogits)
    ids, shape, _ = cache.embedding
    dx, _ = window_lm.dense.backward(
        cache.hidden, window_lm.dense.backward(cache.output, dlogits)[0] * (1 - cache.h**2)
    )
    table = np.zeros(shape)
    table[ids] = dx.reshape(*ids.shape, shape[1])
    return None, {**dparams, "embedding.weight": table}


@pytest.mark.parametrize("mutant", [without_tanh, joined_in_another_order, repeated_words_once])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(mutant, seed):
    assert caught(lambda: parity(window_lm.forward, mutant, seed)[1])
    assert caught(lambda: difference(window_lm.forward, mutant, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mistake_in_the_output_is_caught(seed):
    assert caught(lambda: parity(bag_of_words, window_lm.backward, seed)[0])


PARAMS = window_lm.init(7, 2, 3, 4, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: window_lm.forward(PARAMS, [[1, 2, 3]]), ValueError, "x: expected (..., 8), got (1, 6)"),
        (lambda: window_lm.forward(PARAMS, [1, 2]), ValueError, "contexts: expected (N, C), got (2,)"),
        (
            lambda: window_lm.forward(PARAMS, [[1.0]]),
            TypeError,
            "contexts: expected integers, got float64 (1, 1)",
        ),
        (
            lambda: window_lm.forward(PARAMS, [[1, 2, 3, 7]]),
            ValueError,
            "ids: expected 0..6, got 7 at (0, 3)",
        ),
        (
            lambda: WindowLM(7, 2, 3, 4)(torch.zeros(2, 3, dtype=int)),
            ValueError,
            "contexts: expected (N, 4), got (2, 3)",
        ),
        (
            lambda: WindowLM(7, 2, 3, 4)(torch.zeros(2, 4)),
            TypeError,
            "contexts: expected int64 or int32, got float32 (2, 4)",
        ),
        (
            lambda: WindowLM(7, 2, 0, 4),
            ValueError,
            "expected at least one input and one output, got 8 and 0",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
