"""Skip-gram and CBOW on both output layers, against autograd and against differences; and mutants."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import GRADCHECK, PARITY, apart, caught, tensor
from torch.nn import functional
from word2vec_cases import SEEDS, cbow_batch, skipgram_batch

from companion.reference.gradcheck import check
from companion.reference.word2vec import cbow, full_softmax, negative_sampling, skipgram
from companion.reference.word2vec.scatter import add_rows

BOTH = pytest.mark.parametrize("with_negatives", [False, True])


def peer_loss(h, output, targets, negatives, mask, reduction):
    """Write both output layers with PyTorch's own losses."""
    if negatives is None:
        return functional.cross_entropy(h @ output.T, tensor(targets), reduction=reduction)
    ids = torch.cat([tensor(targets)[:, None], tensor(negatives)], 1)
    scores = torch.einsum("nd,nkd->nk", h, output[ids])
    truth, weight = torch.zeros_like(scores), torch.ones_like(scores)
    truth[:, 0] = 1
    weight[:, 1:] = tensor(mask)
    total = functional.binary_cross_entropy_with_logits(scores, truth, weight, reduction="sum")
    return total / len(h) if reduction == "mean" else total


def errors(loss, dparams, peer, tables):
    """Measure the error of the loss, and the largest of both tables' gradients."""
    peer.backward()
    return apart(loss, peer), max(apart(dparams[name], tables[name].grad) for name in tables)


def skipgram_parity(forward, backward, seed, with_negatives, reduction="sum"):
    params, words, mask, _ = skipgram_batch(seed, with_negatives)
    loss, cache = forward(params, *words, mask=mask, reduction=reduction)
    *dwords, dparams = backward(cache)
    assert dwords == [None] * len(words)
    tables = {name: tensor(table, grad=True) for name, table in params.items()}
    h = functional.embedding(tensor(words[0]), tables["input"])
    negatives = words[2] if with_negatives else None
    peer = peer_loss(h, tables["output"], words[1], negatives, mask, reduction)
    return errors(loss, dparams, peer, tables)


def cbow_parity(forward, backward, seed, with_negatives, reduction="sum"):
    params, words, context_mask, mask, _ = cbow_batch(seed, with_negatives)
    loss, cache = forward(params, *words, context_mask=context_mask, mask=mask, reduction=reduction)
    *dwords, dparams = backward(cache)
    assert dwords == [None] * len(words)
    tables = {name: tensor(table, grad=True) for name, table in params.items()}
    bags = [row[kept] for row, kept in zip(words[0], context_mask, strict=True)]
    starts = np.cumsum([0, *map(len, bags[:-1])])
    h = functional.embedding_bag(tensor(np.concatenate(bags)), tables["input"], tensor(starts), mode="mean")
    negatives = words[2] if with_negatives else None
    peer = peer_loss(h, tables["output"], words[1], negatives, mask, reduction)
    return errors(loss, dparams, peer, tables)


@pytest.mark.equation("eq-skipgram-loss")
@pytest.mark.equation("eq-skipgram-grad")
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_skipgram_with_softmax_agrees_with_torch(seed, reduction, measure):
    loss, gradients = skipgram_parity(skipgram.forward, skipgram.backward, seed, False, reduction)
    measure("eq-skipgram-loss", loss, PARITY)
    measure("eq-skipgram-grad", gradients, PARITY)


@pytest.mark.equation("eq-sgns-loss")
@pytest.mark.equation("eq-sgns-grad")
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_skipgram_with_negatives_agrees_with_torch(seed, reduction, measure):
    loss, gradients = skipgram_parity(skipgram.forward, skipgram.backward, seed, True, reduction)
    measure("eq-sgns-loss", loss, PARITY)
    measure("eq-sgns-grad", gradients, PARITY)


@pytest.mark.equation("eq-cbow-loss")
@pytest.mark.equation("eq-cbow-grad")
@BOTH
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("seed", SEEDS)
def test_cbow_agrees_with_torch(seed, reduction, with_negatives, measure):
    loss, gradients = cbow_parity(cbow.forward, cbow.backward, seed, with_negatives, reduction)
    measure("eq-cbow-loss", loss, PARITY)
    measure("eq-cbow-grad", gradients, PARITY)


def skipgram_difference(forward, backward, seed, with_negatives):
    params, words, mask, rng = skipgram_batch(seed, with_negatives)
    return check(partial(forward, mask=mask), backward, params, *words, rng=rng).error


def cbow_difference(forward, backward, seed, with_negatives):
    params, words, context_mask, mask, rng = cbow_batch(seed, with_negatives)
    masked = partial(forward, context_mask=context_mask, mask=mask)
    return check(masked, backward, params, *words, rng=rng).error


@BOTH
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed, with_negatives):
    assert skipgram_difference(skipgram.forward, skipgram.backward, seed, with_negatives) <= GRADCHECK
    assert cbow_difference(cbow.forward, cbow.backward, seed, with_negatives) <= GRADCHECK


@pytest.mark.parametrize("layer", [full_softmax, negative_sampling])
@pytest.mark.parametrize("seed", SEEDS)
def test_output_layers_pass_the_gradient_on(layer, seed):
    params, words, mask, rng = skipgram_batch(seed, layer is negative_sampling)
    h = rng.standard_normal((len(words[0]), params["input"].shape[1]))
    forward = layer.forward if mask is None else partial(layer.forward, mask=mask)
    assert check(forward, layer.backward, {"output": params["output"]}, h, *words[1:], rng=rng).error <= 1e-7


@pytest.mark.equation("eq-skipgram-softmax")
@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities(seed, measure):
    params, (centres, contexts), _, _ = skipgram_batch(seed, False)
    p = full_softmax.probabilities({"output": params["output"]}, params["input"][centres])
    measure("eq-skipgram-softmax", np.abs(p.sum(axis=1) - 1).max(), 1e-12)
    scores = np.exp(params["input"][centres] @ params["output"].T)
    measure("eq-skipgram-softmax", apart(p, scores / scores.sum(axis=1, keepdims=True)), PARITY)
    loss, _ = skipgram.forward(params, centres, contexts, reduction="sum")
    assert apart(loss, -np.log(p[np.arange(len(centres)), contexts]).sum()) <= PARITY


@pytest.mark.equation("eq-cbow-mean")
@pytest.mark.parametrize("seed", SEEDS)
def test_mean_of_the_words_that_are_there(seed, measure):
    params, (contexts, *_), mask, _, _ = cbow_batch(seed, False)
    means = [params["input"][row[kept]].mean(axis=0) for row, kept in zip(contexts, mask, strict=True)]
    measure("eq-cbow-mean", apart(cbow.mean_of_rows(params["input"], contexts, mask), means), PARITY)


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax_pushes_as_much_as_it_pulls(seed):
    params, words, _, _ = skipgram_batch(seed, False)
    *_, dparams = skipgram.backward(skipgram.forward(params, *words)[1])
    assert np.abs(dparams["output"].sum(axis=0)).max() <= 1e-12


@pytest.mark.parametrize("seed", SEEDS)
def test_a_context_of_one_word_is_skipgram(seed):
    params, words, mask, _ = skipgram_batch(seed, True)
    loss, cache = skipgram.forward(params, *words, mask=mask)
    loss_cbow, cache_cbow = cbow.forward(params, words[0][:, None], *words[1:], mask=mask)
    gradients, gradients_cbow = skipgram.backward(cache)[-1], cbow.backward(cache_cbow)[-1]
    assert apart(loss, loss_cbow) <= PARITY
    assert max(apart(gradients[name], gradients_cbow[name]) for name in gradients) <= PARITY


def test_precision_is_kept():
    params, words, mask, _ = skipgram_batch(0, True)
    single = {name: table.astype(np.float32) for name, table in params.items()}
    loss, cache = skipgram.forward(single, *words, mask=mask)
    assert {a.dtype for a in (loss, *skipgram.backward(cache)[-1].values())} == {np.dtype(np.float32)}


def test_added_rows_of_repeated_ids():
    rng = np.random.default_rng(0)
    table, ids, rows = (
        rng.standard_normal((9, 3)),
        rng.integers(0, 5, (40, 2)),
        rng.standard_normal((40, 2, 3)),
    )
    expected = table.copy()
    np.add.at(expected, ids, rows)
    add_rows(table, ids, rows)
    assert apart(table, expected) <= PARITY
    add_rows(table, np.zeros(0, int), np.zeros((0, 3)))
    assert apart(table, expected) <= PARITY


# The mistakes people make, each caught by the comparison with autograd; those in a backward pass by
# differences too.


def overwritten(name, model):
    """Keep the last gradient of a word that occurs several times."""

    def backward(cache, dloss=1.0):
        *dwords, dparams = model.backward(cache, dloss)
        if name == "input":
            ids, drows = cache.centres, negative_sampling.sparse_backward(cache.layer, dloss)[0]
        else:
            _, ids, drows = negative_sampling.sparse_backward(cache.layer, dloss)
        table = np.zeros_like(dparams[name])
        table[ids] = drows
        return (*dwords, {**dparams, name: table})

    return backward


def swapped_tables(cache, dloss=1.0):
    *dwords, dparams = skipgram.backward(cache, dloss)
    return (*dwords, {"input": dparams["output"], "output": dparams["input"]})


def whole_gradient_to_each_context_word(cache, dloss=1.0):
    *dwords, dparams = cbow.backward(cache, dloss)
    dh, *_ = skipgram.layer_backward(cache.layer, dloss)
    dinput = np.zeros_like(dparams["input"])
    add_rows(dinput, cache.contexts, cache.context_mask[:, :, None] * dh[:, None, :])
    return (*dwords, {**dparams, "input": dinput})


def swapped_roles(params, centres, contexts, negatives=None, mask=None, reduction="mean"):
    return skipgram.forward(params, contexts, centres, negatives, mask, reduction)


def collisions_counted(params, centres, contexts, negatives=None, mask=None, reduction="mean"):
    return skipgram.forward(params, centres, contexts, negatives, None, reduction)


def negatives_averaged(params, centres, contexts, negatives=None, mask=None, reduction="mean"):
    alone, _ = skipgram.forward(params, centres, contexts, negatives[:, :0], None, reduction)
    both, cache = skipgram.forward(params, centres, contexts, negatives, mask, reduction)
    return alone + (both - alone) / negatives.shape[1], cache


def negatives_pulled(params, centres, contexts, negatives=None, mask=None, reduction="mean"):
    loss, cache = skipgram.forward(params, centres, contexts, negatives, mask, reduction)
    return loss + cache.layer.scores[:, 1:][mask].sum(), cache


def sum_for_mean(params, contexts, targets, negatives=None, context_mask=None, mask=None, reduction="mean"):
    sizes = context_mask.sum(axis=1)[:, None]
    h = cbow.mean_of_rows(params["input"], contexts, context_mask) * sizes
    loss, _ = negative_sampling.forward({"output": params["output"]}, h, targets, negatives, mask, reduction)
    return loss, cbow.forward(params, contexts, targets, negatives, context_mask, mask, reduction)[1]


def gaps_averaged(params, contexts, targets, negatives=None, context_mask=None, mask=None, reduction="mean"):
    return cbow.forward(params, contexts, targets, negatives, np.ones_like(context_mask), mask, reduction)


@pytest.mark.parametrize(
    "mutant", [overwritten("input", skipgram), overwritten("output", skipgram), swapped_tables]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_skipgrams_gradient_are_caught(mutant, seed):
    assert caught(lambda: skipgram_parity(skipgram.forward, mutant, seed, True)[1])
    assert caught(lambda: skipgram_difference(skipgram.forward, mutant, seed, True))


@pytest.mark.parametrize("mutant", [swapped_roles, collisions_counted, negatives_averaged, negatives_pulled])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_skipgrams_loss_are_caught(mutant, seed):
    assert caught(lambda: skipgram_parity(mutant, skipgram.backward, seed, True)[0])


@pytest.mark.parametrize("mutant", [overwritten("output", cbow), whole_gradient_to_each_context_word])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_cbows_gradient_are_caught(mutant, seed):
    assert caught(lambda: cbow_parity(cbow.forward, mutant, seed, True)[1])
    assert caught(lambda: cbow_difference(cbow.forward, mutant, seed, True))


@pytest.mark.parametrize("mutant", [sum_for_mean, gaps_averaged])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_cbows_loss_are_caught(mutant, seed):
    assert caught(lambda: cbow_parity(mutant, cbow.backward, seed, True)[0])
