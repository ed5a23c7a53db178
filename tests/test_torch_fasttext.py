"""fastText in PyTorch beside the reference: vectors, loss, every gradient, steps, training; and mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, tensor
from test_reference_fasttext import COUNTS, PIECES, SEEDS, SENTENCES, D, K, V, drawn

from companion.reference import fasttext as reference
from companion.reference import fasttext_training as reference_training
from companion.reference.subwords import subwords, to_vectors
from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.pairs import context_windows
from companion.reference.word2vec.settings import Settings
from companion.torch import fasttext_training
from companion.torch.fasttext import FastText
from companion.vectors import Settings as FileSettings


def loaded(params, device="cpu", kind=FastText):
    model = kind(PIECES, D, device=device, dtype=torch.float64)
    model.load_state_dict({name: tensor(value) for name, value in params.items()})
    return model


def parity(kind, seed, device):
    params, *inputs, mask, _ = drawn(seed)
    model = loaded(params, device, kind)
    loss = model(*(tensor(ids, device) for ids in inputs), tensor(mask, device))
    loss.backward()
    expected, cache = reference.forward(params, *inputs, PIECES, mask)
    grads = reference.backward(cache)[-1]
    errors = [apart(parameter.grad, grads[name]) for name, parameter in model.named_parameters()]
    return apart(loss, expected), max(errors)


@pytest.mark.equation("eq-fasttext-vector")
@pytest.mark.equation("eq-fasttext-grad")
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_agrees_with_the_reference(seed, device, measure):
    params, centres, *_ = drawn(seed)
    model = loaded(params, device)
    ours = model.word_vectors(tensor(centres, device))
    measure("eq-fasttext-vector", apart(ours, reference.word_vectors(params, PIECES, centres)[0]), PARITY)
    loss, grads = parity(FastText, seed, device)
    measure("eq-fasttext-grad", grads, PARITY)
    assert loss <= PARITY
    everyone = reference.word_vectors(params, PIECES, np.arange(V))[0]
    assert apart(model.vectors(), everyone) <= PARITY
    assert not model.vectors().requires_grad


def stepped(step, seed, device="cpu"):
    """Take three steps in both back ends; give the largest error of any parameter."""
    params, *_, rng = drawn(seed)
    model = loaded(params, device)
    for _ in range(3):
        words = rng.integers(0, V, 9)
        contexts, mask = context_windows(words, 2, 2, [0, 5, 9])
        negatives = rng.integers(0, V, (int(mask.sum()), K))
        given = [tensor(array, device) for array in (words, contexts, mask, negatives)]
        step(model, *given, 0.1)
        reference_training.step(params, words, contexts, mask, negatives, PIECES, 0.1)
    return max(apart(parameter, params[name]) for name, parameter in model.named_parameters())


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_steps_agree(seed, device):
    assert stepped(fasttext_training.step, seed, device) <= PARITY


def shared_by_the_rows(model, words, contexts, mask, negatives, rate):
    """Step down the derivative, of which each row gets 1/n, in place of the original's rule."""
    centres = words[:, None].expand(mask.shape)[mask]
    counted = negatives != contexts[mask][:, None]
    model.zero_grad()
    model(centres, contexts[mask], negatives, counted, "sum").backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= rate * parameter.grad


def collisions_counted(model, words, contexts, mask, negatives, rate):
    """Push the right word away where it was drawn as a negative."""
    others = torch.where(negatives == contexts[mask][:, None], (negatives + 1) % V, negatives)
    fasttext_training.step(model, words, contexts, mask, others, rate)


def overwritten(model, words, contexts, mask, negatives, rate):
    before = model.input.detach().clone()
    fasttext_training.step(model, words, contexts, mask, negatives, rate)
    once = before + (model.input.detach() - before) / 2
    model.input.data[PIECES.rows] = once[PIECES.rows]


@pytest.mark.parametrize("mutant", [shared_by_the_rows, collisions_counted, overwritten])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_a_step_are_caught(mutant, seed):
    assert caught(lambda: stepped(mutant, seed))


class Summed(FastText):
    def word_vectors(self, ids):
        return super().word_vectors(ids) * self.rows_of(ids)[2][:, None]


class OwnRowForgotten(FastText):
    def word_vectors(self, ids):
        lengths = self.rows_of(ids)[2][:, None]
        return (super().word_vectors(ids) * lengths - self.input[ids]) / (lengths - 1)


class OwnRowAlone(FastText):
    def word_vectors(self, ids):
        return self.input[ids]


@pytest.mark.parametrize("mutant", [Summed, OwnRowForgotten, OwnRowAlone])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_mean_are_caught(mutant, seed):
    assert caught(lambda: max(parity(mutant, seed, "cpu")))


@pytest.mark.parametrize("device", DEVICES)
def test_training_repeats_and_a_misspelt_word_is_near_the_right_one(device):
    words, corpus = encode_sentences(SENTENCES * 8 + [["a", "banana", "split"]] * 40, 1)
    pieces = subwords(words.tokens, 3, 4, 50)
    settings = Settings(dim=8, window=3, epochs=6, lr=0.1, sample=1.0)
    epochs = []

    def run(seed):
        generator = torch.Generator(device).manual_seed(seed)
        counts = np.array(words.counts)
        return fasttext_training.train(
            corpus, counts, pieces, settings, generator, 20, lambda epoch, _: epochs.append(epoch)
        )

    model, again, other = run(0), run(0), run(1)
    assert epochs == [1, 2, 3, 4, 5, 6] * 3
    assert model.input.device.type == device
    if device == "cpu":  # a GPU adds rows up in any order
        assert torch.equal(model.input, again.input)
    assert not torch.allclose(model.input, other.input)
    params = {name: value.cpu().numpy() for name, value in model.state_dict().items()}
    vectors = to_vectors(params, words.tokens, FileSettings(dim=8, bucket=50, minn=3, maxn=4))
    assert vectors.vectors().nearest(vectors["bannana"], 1)[0][0] == "banana"


def test_init_is_uniform():
    model = FastText(subwords(["cat"], buckets=3000), 20, generator=torch.Generator().manual_seed(0))
    assert 0.049 < model.input.abs().max() <= 0.05
    assert not model.output.any()
    assert str(model) == "FastText(1 words, 3000 buckets, 20 dimensions)"
    assert sorted(model.state_dict()) == ["input", "output"]


def train(**changes):
    corpus = encode_sentences([["a", "b", "c", "a", "d", "e", "f"]], 1)[1]
    given = {"corpus": corpus, "counts": COUNTS, "pieces": PIECES, "settings": Settings(dim=2), **changes}
    return fasttext_training.train(generator=torch.Generator(), **given)


IDS = torch.tensor([0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: FastText(PIECES, 0), ValueError, "expected tables of at least (1, 1), got (11, 0)"),
        (lambda m: m.word_vectors(IDS + V), ValueError, "ids: expected 0..5, got 6 at 0"),
        (lambda m: m.word_vectors(IDS[None]), ValueError, "ids: expected (N,), got (1, 1)"),
        (lambda m: m.word_vectors(IDS.float()), TypeError,
         "ids: expected int64 or int32, got float32 (1,)"),
        (lambda m: m(IDS, IDS, IDS), ValueError, "negatives: expected (1, K), got (1,)"),
        (lambda m: train(batch=0), ValueError, "batch: expected at least 1, got 0"),
        (lambda m: train(counts=COUNTS[1:]), ValueError, "counts: expected (6,), got (5,)"),
        (lambda m: train(settings=Settings(model="cbow")), ValueError,
         "settings.model: expected \"skipgram\", got 'cbow'"),
        (lambda m: train(corpus=encode_sentences([["a"], ["b"]], 1)[1]), ValueError,
         "corpus: expected a sentence of two words or more, got none"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call(FastText(PIECES, D))
    assert str(refusal.value) == message
