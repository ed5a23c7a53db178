"""Training in PyTorch: it learns, repeats itself, shares the work, and diverges aloud."""

import numpy as np
import pytest
import torch
from comparing import DEVICES

from companion.reference.word2vec.corpus import encode_sentences
from companion.reference.word2vec.settings import Settings
from companion.torch.word2vec import fast
from companion.torch.word2vec.training import train

ON = pytest.mark.parametrize("device", DEVICES)


def toy(seed, sentences=400):
    """Draw sentences of two subjects that share no words."""
    rng = np.random.default_rng(seed)
    subjects = [[f"a{i}" for i in range(60)], [f"b{i}" for i in range(60)]]
    return encode_sentences([list(rng.choice(subjects[rng.integers(2)], 12)) for _ in range(sentences)], 1)


@ON
@pytest.mark.parametrize("model", ["skipgram", "cbow"])
def test_training_finds_two_subjects(model, device):
    vocabulary, corpus = toy(0)
    options = Settings(model, dim=6, window=4, sample=1.0, epochs=25, lr=0.05)
    seen = []
    params = train(
        corpus,
        vocabulary.counts,
        options,
        torch.Generator(device).manual_seed(0),
        batch=128,
        on_epoch=lambda epoch, now: seen.append((epoch, now["input"].clone())),
    )
    assert [epoch for epoch, _ in seen] == list(range(1, 26))
    assert torch.equal(seen[-1][1], params["input"])
    for table in (params["input"], params["output"]):
        assert (tuple(table.shape), table.dtype, table.device.type) == ((120, 6), torch.float32, device)
    unit = torch.nn.functional.normalize(params["input"]).cpu()
    first = torch.tensor([word[0] == "a" for word in vocabulary.tokens])
    same = first[:, None] == first
    cosines = unit @ unit.T
    assert float(cosines[same].mean()) > 0.5 + float(cosines[~same].mean())


def test_training_is_repeatable():
    vocabulary, corpus = toy(0, 30)

    def run(seed):
        generator = torch.Generator().manual_seed(seed)
        return train(corpus, vocabulary.counts, Settings(dim=3, epochs=2), generator)["input"]

    assert torch.equal(run(0), run(0))
    assert not torch.equal(run(0), run(1))


def test_two_workers_do_the_work_of_one():
    """Every other batch each, on the same tables: what comes out separates the subjects as well."""
    vocabulary, corpus = toy(0)
    options = Settings(dim=6, window=4, sample=1.0, epochs=25, lr=0.05)
    generator = torch.Generator().manual_seed(0)
    table = train(corpus, vocabulary.counts, options, generator, batch=64, workers=2)["input"]
    unit = torch.nn.functional.normalize(table)
    first = torch.tensor([word[0] == "a" for word in vocabulary.tokens])
    cosines, same = unit @ unit.T, first[:, None] == first
    assert float(cosines[same].mean()) > 0.5 + float(cosines[~same].mean())


def test_more_workers_than_groups():
    vocabulary, corpus = encode_sentences([["a", "b", "a", "c"]] * 3, 1)
    options = Settings(dim=3, sample=1.0, epochs=2)
    runs = [
        train(corpus, vocabulary.counts, options, torch.Generator().manual_seed(0), workers=workers)
        for workers in (1, 5)
    ]
    assert torch.equal(runs[0]["input"], runs[1]["input"])  # one group: one worker has all, four nothing


def test_an_epoch_of_which_subsampling_leaves_nothing():
    vocabulary, corpus = encode_sentences([["a", "b"]], 1)
    options = Settings(dim=3, sample=1e-12)
    first = train(corpus, vocabulary.counts, options, torch.Generator().manual_seed(0))
    assert bool(first["input"].any())
    assert not first["output"].any()


def test_an_error_in_a_worker_is_not_lost(monkeypatch):
    def fail(*arguments):
        raise RuntimeError("no step")

    monkeypatch.setattr(fast, "skipgram_step", fail)
    vocabulary, corpus = toy(0, 10)
    with pytest.raises(RuntimeError, match="no step"):
        train(corpus, vocabulary.counts, Settings(dim=3), torch.Generator(), workers=2)


def test_training_that_diverges_says_so():
    vocabulary, corpus = toy(0)
    options = Settings(dim=6, sample=1.0, lr=5.0, epochs=50)
    with pytest.raises(FloatingPointError, match="training diverged in epoch .*; try a smaller batch"):
        train(corpus, vocabulary.counts, options, torch.Generator(), batch=5000)


@pytest.mark.parametrize(
    ("sentences", "batch", "message"),
    [
        ([["a"], ["b"]], 4, "corpus: expected a sentence of two words or more, got none"),
        ([["a", "b"]], 0, "batch: expected at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(sentences, batch, message):
    vocabulary, corpus = encode_sentences(sentences, 1)
    with pytest.raises(ValueError, match=message):
        train(corpus, vocabulary.counts, Settings(), torch.Generator(), batch)
