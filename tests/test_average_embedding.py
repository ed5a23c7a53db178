"""Averaged embeddings: by hand, as the classifier without recurrent layers, and by differences."""

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, apart, caught

from companion.reference import average_embedding, classifier, losses
from companion.reference.gradcheck import check

T, N, V, D, K = 5, 3, 9, 4, 7
LENGTHS = np.array([3, 5, 1])


def drawn(seed):
    rng = np.random.default_rng(seed)
    params = classifier.init(V, D, K, rng)
    return params, rng.integers(0, V, (T, N)), rng.integers(0, K, N)


@pytest.mark.equation("eq-average-embedding")
@pytest.mark.equation("eq-average-embedding-grad")
def test_averaged_embeddings_by_hand(measure):
    """Words 2, 0 and 2 again: two thirds of row 2, one third of row 0, and the gradient so divided."""
    params, _, _ = drawn(4)
    ids = np.array([[2], [0], [2], [8]])
    logits, cache = classifier.forward(params, ids, [3], "mean")
    table, weight = params["embedding.weight"], params["readout.weight"]
    by_hand = weight @ (2 / 3 * table[2] + table[0] / 3) + params["readout.bias"]
    measure("eq-average-embedding", apart(logits[0], by_hand), PARITY)
    do = np.arange(1.0, K + 1)[None]
    _, grads = classifier.backward(cache, do)
    dtable = np.zeros((V, D))
    dtable[2], dtable[0] = 2 / 3 * weight.T @ do[0], weight.T @ do[0] / 3
    measure("eq-average-embedding-grad", apart(grads["embedding.weight"], dtable), PARITY)


@pytest.mark.equation("eq-average-embedding")
@pytest.mark.equation("eq-average-embedding-grad")
@pytest.mark.parametrize("lengths", [LENGTHS, [0, 2, 5], None])
def test_the_average_alone_is_the_classifier_below_its_read_out(lengths, measure):
    params, ids, _ = drawn(10)
    table, do = {"weight": params["embedding.weight"]}, np.random.default_rng(0).standard_normal((N, K))
    v, cache = average_embedding.forward(table, ids, lengths)
    logits, whole = classifier.forward(params, ids, lengths, "mean")
    measure(
        "eq-average-embedding", apart(logits, v @ params["readout.weight"].T + params["readout.bias"]), PARITY
    )
    _, grads = average_embedding.backward(cache, do @ params["readout.weight"])
    _, expected = classifier.backward(whole, do)
    measure("eq-average-embedding-grad", apart(grads["weight"], expected["embedding.weight"]), PARITY)

    def forward(table):
        return average_embedding.forward(table, ids, lengths)

    report = check(
        forward, lambda *a: average_embedding.backward(*a)[1:], table, rng=np.random.default_rng(0)
    )
    measure("eq-average-embedding-grad", report.error, GRADCHECK)


def test_a_mean_of_sequences_that_share_the_gradient_unevenly_is_caught():
    """Divide by the length of the longest sequence instead of each one's own."""
    params, ids, targets = drawn(9)
    table = torch.tensor(params["embedding.weight"], requires_grad=True)
    v = torch.stack([table[ids[:k, n]].mean(0) for n, k in enumerate(LENGTHS)])
    scores = v @ torch.tensor(params["readout.weight"]).T + torch.tensor(params["readout.bias"])
    torch.nn.functional.cross_entropy(scores, torch.tensor(targets)).backward()
    logits, cache = classifier.forward(params, ids, LENGTHS, "mean")
    _, kept = losses.cross_entropy(logits, targets)
    dlogits = losses.cross_entropy_backward(kept)
    _, right = classifier.backward(cache, dlogits)
    assert apart(right["embedding.weight"], table.grad) <= PARITY
    mistaken = cache._replace(pooled=cache.pooled._replace(lengths=np.full(N, T)))
    _, grads = classifier.backward(mistaken, dlogits)
    assert caught(lambda: apart(grads["embedding.weight"], table.grad))


IDS = np.arange(15).reshape(T, N)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: average_embedding.forward({"weight": IDS / 2}, [1]),
            ValueError,
            "ids: expected (T, N), got (1,)",
        ),
        (
            lambda: average_embedding.backward(
                average_embedding.forward({"weight": IDS / 2}, [[1, 2]])[1], np.zeros((2, 2))
            ),
            ValueError,
            "dv: expected (2, 3), got (2, 2)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
