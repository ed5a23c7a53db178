"""Saved taggers: the reference runs them, and they are as good as their file says."""

import numpy as np
import pytest
import torch
from comparing import apart

from companion import weights
from companion.data import load_addresses
from companion.metrics.spans import span_score
from companion.text.named_entities import DECK_SENTENCES
from companion.torch.character_features import CharacterFeatures
from companion.torch.lstm import LSTM
from companion.torch.tagger import Tagger
from companion.weights.taggers import load_tagger

FILE = "labelled-spans"


@pytest.mark.parametrize("name", ["names", "addresses"])
def test_both_back_ends_say_the_same(name):
    model = load_tagger(FILE, name)
    words = ["Yesterday", ",", "Hermioen", "Granger", "left", "12", "Main", "St"]
    V, D = model.features["words.weight"].shape
    A, D_c = model.features["characters.weight"].shape
    M = len(model.features["conv.bias"])
    of = {"dtype": torch.float64}
    features = CharacterFeatures(V, D, A, D_c, M, "cnn", **of)
    H = model.params["rnn.weight_hh_l0"].shape[1]
    tagger = Tagger(None, D + M, H, len(model.tags), layer=LSTM, bidirectional=True, **of)
    for module, params in ((features, model.features), (tagger, model.params)):
        module.load_state_dict({key: torch.tensor(value) for key, value in params.items()})
    ids = torch.tensor(model.words.encode(words))[:, None]
    letters = [model.letters.encode(list(word)[: model.longest]) for word in words]
    spelled = torch.tensor([len(word) for word in letters])[:, None]
    padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(word) for word in letters])[:, :, None]
    assert apart(model.logits(words), tagger(features(ids, padded, spelled))[:, 0]) <= 1e-10
    assert model.tag(words) == [model.tags[k] for k in model.logits(words).argmax(1)]
    assert model.logits([]).shape == (0, len(model.tags))
    assert model.tag([]) == []


def test_the_lectures_sentences_are_read_as_the_file_says():
    model, said = load_tagger(FILE, "names"), weights.load(FILE).result["names"]["words, letters"][0]
    assert [model.tag(sentence.words) for sentence in DECK_SENTENCES] == said["lectures"]


def test_addresses_are_labelled_as_well_as_the_file_says():
    from training.labelled_spans import addresses

    model, said = load_tagger(FILE, "addresses"), weights.load(FILE).result["addresses"]
    (test,) = addresses().tests.values()
    assert len(test) + len(addresses().train) == len(load_addresses())
    score = span_score([tags for _, tags in test], [model.tag(words) for words, _ in test])
    expected = said["words, letters"][0]["unseen addresses"]["f1"]
    assert abs(score.f1 - expected) <= 0.005  # half precision
    assert score.f1 > said["table"]["unseen addresses"]["f1"]


def test_a_tagger_of_words_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    rng = np.random.default_rng(0)
    shapes = {"features.words.weight": (4, 3), "rnn.weight_ih_l0": (8, 3), "rnn.weight_hh_l0": (8, 2)}
    shapes |= {"rnn.bias_ih_l0": 8, "rnn.bias_hh_l0": 8, "readout.weight": (2, 2), "readout.bias": 2}
    tensors = {f"words/{key}": rng.standard_normal(shape).astype(np.float16) for key, shape in shapes.items()}
    settings = {"words": ["<pad>", "<unk>", "b", "a"], "letters": ["<pad>", "<unk>"], "tags": ["x", "y"]}
    how = {"command": "python -m training.labelled_spans", "result": {"f1": 0.5}}
    weights.save("tiny", tensors, settings=settings | {"longest": 9}, **how)
    model = load_tagger("tiny", "words")
    read = model.read(["a", "b", "c"])[:, 0]
    assert np.array_equal(read, model.features["words.weight"][[3, 2, 1]])
    assert set(model.tag(["a", "b", "c"])) <= {"x", "y"}


@pytest.mark.parametrize(
    ("file", "name", "message"),
    [
        (FILE, "towns", "name: expected one of addresses, names, got 'towns'"),
        ("news-words", "names", "name: expected one of none, got 'names'"),
        ("no-such", "names", "name: expected one of "),
    ],
)
def test_bad_input_is_refused(file, name, message):
    with pytest.raises(ValueError, match=message):
        load_tagger(file, name)
