"""Words joined with characters: both back ends against torch.nn's parts, differences and laws; mutants."""

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, tensor
from labelling import gradients, loaded, worst
from torch import nn

from companion.reference import character_features, character_gate, lstm, rnn
from companion.reference.gradcheck import check
from companion.text.spelling import alphabet, spell
from companion.torch.character_features import CharacterFeatures
from companion.torch.character_gate import CharacterGate
from companion.torch.lstm import LSTM

T, N, C, V, D, A, D_C, H, K = 4, 3, 6, 9, 5, 8, 2, 7, 3
SPELLED = np.array([[6, 1, 2], [3, 5, 0], [1, 2, 0], [4, 0, 0]])  # (T, N), 0 beyond a sentence's end
FORMS = [(reader, joined) for reader in ("rnn", "cnn") for joined in ("concatenated", "gated")]
forms = pytest.mark.parametrize(("reader", "joined"), FORMS)


def drawn(seed, reader="rnn", joined="gated", vectors=False, units=H, layer=lstm):
    rng = np.random.default_rng(seed)
    size = None if vectors else V
    params = character_features.init(size, D, A, D_C, units, rng, reader, joined, K, layer)
    params = {name: 1.5 * value for name, value in params.items()}
    words = rng.standard_normal((T, N, D)) if vectors else rng.integers(0, V, (T, N))
    return params, words, rng.integers(0, A, (C, T, N))


class Peer(nn.Module):
    """The same out of PyTorch's own parts, one word after the other."""

    def __init__(self, reader, joined, vectors=False):
        super().__init__()
        of = {"dtype": torch.float64}
        if not vectors:
            self.words = nn.Embedding(V, D, **of)
        self.characters = nn.Embedding(A, D_C, **of)
        if reader == "rnn":
            self.rnn = nn.LSTM(D_C, H, bidirectional=True, **of)
        else:
            self.conv = nn.Conv1d(D_C, H, K, padding="same", **of)
        if joined == "gated":
            parts = {"projection": nn.Linear(2 * H if reader == "rnn" else H, D, **of)}
            self.mix = nn.ModuleDict({**parts, "gate": nn.Linear(2 * D, D, **of)})

    def features(self, letters):
        """Read one word, (C,)."""
        x = self.characters(letters)
        if hasattr(self, "rnn"):
            _, (h, _) = self.rnn(x)
            return h.flatten()
        return self.conv(x.T).amax(dim=1).tanh()

    def forward(self, words, characters, spelled):
        w = self.words(words) if hasattr(self, "words") else words
        M = 2 * H if hasattr(self, "rnn") else H
        m = torch.stack(
            [
                self.features(characters[:k, t, n]) if (k := spelled[t, n]) else torch.zeros(M)
                for t in range(T)
                for n in range(N)
            ]
        ).view(T, N, M)
        if not hasattr(self, "mix"):
            return torch.cat([w, m], dim=-1)
        c = self.mix["projection"](m).tanh()
        g = self.mix["gate"](torch.cat([w, c], dim=-1)).sigmoid()
        return torch.lerp(c, w, g)


def of_reference(params, words, characters, dy, forward=character_features.forward):
    y, cache = forward(params, words, characters, SPELLED, lstm)
    _, grads = character_features.backward(cache, dy)
    return {"loss": y, **grads}


def of_module(model, params, words, characters, dy):
    y = loaded(model, params)(tensor(words), tensor(characters), tensor(SPELLED))
    return {**gradients(model, (y * tensor(dy)).sum()), "loss": y}


def direction(seed, reader, joined):
    M = 2 * H if reader == "rnn" else H
    return np.random.default_rng(seed).standard_normal((T, N, D if joined == "gated" else D + M))


@pytest.mark.equation("eq-char-features")
@pytest.mark.equation("eq-char-gate")
@forms
@pytest.mark.parametrize("vectors", [False, True])
def test_results_and_gradients_agree(reader, joined, vectors, measure):
    params, words, characters = drawn(0, reader, joined, vectors)
    dy = direction(1, reader, joined)
    reference = of_reference(params, words, characters, dy)
    size = None if vectors else V
    ours = CharacterFeatures(size, D, A, D_C, H, reader, joined, K, LSTM, dtype=torch.float64)
    label = "eq-char-gate" if joined == "gated" else "eq-char-features"
    for model in (Peer(reader, joined, vectors), ours):
        theirs = of_module(model, params, words, characters, dy)
        assert list(theirs) == ["loss", *params]
        measure(label, worst(reference, theirs), PARITY)
    assert reference["loss"].shape == (T, N, ours.output_size)


@pytest.mark.equation("eq-char-features")
@pytest.mark.equation("eq-char-gate-grad")
@pytest.mark.parametrize(
    ("reader", "joined", "layer"), [("rnn", "gated", lstm), ("rnn", "concatenated", rnn)]
)
def test_gradients_against_differences(reader, joined, layer, measure):
    params, words, characters = drawn(2, reader, joined, vectors=True, units=2, layer=layer)

    def forward(params, words):
        return character_features.forward(params, words, characters, SPELLED, layer)

    report = check(forward, character_features.backward, params, words, rng=np.random.default_rng(0))
    measure("eq-char-gate-grad" if joined == "gated" else "eq-char-features", report.error, GRADCHECK)


@pytest.mark.equation("eq-char-gate")
@pytest.mark.equation("eq-char-gate-grad")
@pytest.mark.parametrize("single", [False, True])
def test_gate_agrees(single, measure):
    rng = np.random.default_rng(3)
    params = {name: 2 * v for name, v in character_gate.init(D, H, rng, single).items()}
    w, m, dy = (rng.standard_normal((T, N, size)) for size in (D, H, D))
    y, cache = character_gate.forward(params, w, m)
    dw, dm, dparams = character_gate.backward(cache, dy)
    model = loaded(CharacterGate(D, H, single, dtype=torch.float64), params)
    w_t, m_t = tensor(w, grad=True), tensor(m, grad=True)
    theirs = model(w_t, m_t)
    theirs.backward(tensor(dy))
    measure("eq-char-gate", apart(y, theirs), PARITY)
    pairs = [(dw, w_t.grad), (dm, m_t.grad), *((dparams[k], p.grad) for k, p in model.named_parameters())]
    measure("eq-char-gate-grad", max(apart(a, b) for a, b in pairs), PARITY)
    report = check(
        character_gate.forward, character_gate.backward, params, w, m, rng=np.random.default_rng(0)
    )
    measure("eq-char-gate-grad", report.error, GRADCHECK)
    assert cache.g.shape == (T, N, 1 if single else D)
    assert apart(cache.g, model.openings(w_t, m_t)[0]) <= PARITY


@pytest.mark.equation("eq-char-gate")
def test_an_open_gate_is_the_word_and_a_closed_one_its_characters(measure):
    params, words, characters = drawn(4)
    for bias, own in ((50.0, True), (-50.0, False)):
        forced = params | {
            "mix.gate.weight": 0 * params["mix.gate.weight"],
            "mix.gate.bias": np.full(D, bias),
        }
        y, cache = character_features.forward(forced, words, characters, SPELLED, lstm)
        expected = params["words.weight"][words] if own else cache.mixed.c
        measure("eq-char-gate", apart(y, expected), PARITY)


@forms
def test_what_lies_beyond_a_word_changes_nothing(reader, joined):
    params, words, characters = drawn(5, reader, joined)
    beyond = np.arange(C)[:, None, None] >= SPELLED
    other = np.where(beyond, (characters + 1) % A, characters)
    other = np.pad(other, ((0, 3), (0, 0), (0, 0)), constant_values=7)
    dy = direction(6, reader, joined)
    expected, found = (of_reference(params, words, letters, dy) for letters in (characters, other))
    assert worst(expected, found) <= 1e-15


def test_a_word_reads_the_same_wherever_it_stands():
    """A misspelled word is a neighbour of the right one; the same letters in other words are the same."""
    letters = alphabet(["nation", "station", "cat"])
    sentences = [["nation", "cat", "nation"], ["cat"]]
    ids, spelled = spell(sentences, letters)
    for reader in ("rnn", "cnn"):
        params = character_features.init(None, D, len(letters), D_C, H, np.random.default_rng(0), reader)
        m, _ = character_features.read(params, ids, spelled)
        assert apart(m[0, 0], m[2, 0]) == 0
        assert apart(m[1, 0], m[0, 1]) <= 1e-15
        assert not np.allclose(m[0, 0], m[1, 0])
        assert not m[1, 1].any()


def test_back_ends_share_names_and_draw_by_the_parts_own_rules():
    for reader, joined in FORMS:
        params, _, _ = drawn(0, reader, joined)
        model = CharacterFeatures(V, D, A, D_C, H, reader, joined, K, LSTM)
        assert {n: tuple(p.shape) for n, p in model.named_parameters()} == {
            n: p.shape for n, p in params.items()
        }
    rng = np.random.default_rng(7)
    first = character_features.init(V, D, A, D_C, H, np.random.default_rng(7), dtype=np.float32)
    assert np.array_equal(first["words.weight"], rng.standard_normal((V, D)).astype(np.float32))
    assert {value.dtype for value in first.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("device", DEVICES)
@forms
def test_single_precision(reader, joined, device):
    params, words, characters = drawn(8, reader, joined)
    single = {name: value.astype(np.float32) for name, value in params.items()}
    exact, _ = character_features.forward(params, words, characters, SPELLED, lstm)
    y, _ = character_features.forward(single, words, characters, SPELLED, lstm)
    model = CharacterFeatures(V, D, A, D_C, H, reader, joined, K, LSTM, device=device)
    theirs = loaded(model, single)(*(tensor(a, device) for a in (words, characters, SPELLED)))
    assert y.dtype == np.float32
    assert max(apart(y, exact), apart(theirs, exact)) <= FLOAT32


def gate_turned_round(params, words, characters, spelled, layer):
    """Let the word through where its characters are meant."""
    y, cache = character_features.forward(params, words, characters, spelled, layer)
    w, c, g, _, _ = cache.mixed
    return (1 - g) * w + g * c, cache


def gate_forgotten_on_the_way_back(params, words, characters, spelled, layer):
    """Take the gate for a constant."""
    y, cache = character_features.forward(params, words, characters, spelled, layer)
    return y, cache._replace(mixed=cache.mixed._replace(w=cache.mixed.c))


def words_read_to_the_end_of_the_array(params, words, characters, spelled, layer):
    return character_features.forward(params, words, characters, np.where(spelled, C, 0), layer)


def words_and_sentences_swapped(params, words, characters, spelled, layer):
    """Lay the words of a batch out in one order, and their characters in another."""
    letters = characters.swapaxes(1, 2).reshape(characters.shape)
    return character_features.forward(params, words, letters, spelled, layer)


@pytest.mark.parametrize(
    "mutant",
    [
        gate_turned_round,
        gate_forgotten_on_the_way_back,
        words_read_to_the_end_of_the_array,
        words_and_sentences_swapped,
    ],
)
def test_mistakes_are_caught(mutant):
    params, words, characters = drawn(9)
    dy = direction(9, "rnn", "gated")
    peer = of_module(Peer("rnn", "gated"), params, words, characters, dy)
    assert caught(lambda: worst(of_reference(params, words, characters, dy, mutant), peer))


PARAMS, WORDS, CHARACTERS = drawn(0)
READER = {name: value for name, value in PARAMS.items() if name[:3] in ("cha", "rnn")}
MIX = {name[4:]: value for name, value in PARAMS.items() if name.startswith("mix.")}


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: character_features.forward(PARAMS, WORDS, CHARACTERS[0], SPELLED, lstm),
            ValueError,
            "characters: expected (C, T, N), got (4, 3)",
        ),
        (
            lambda: character_features.forward(PARAMS, WORDS, CHARACTERS, SPELLED.T, lstm),
            ValueError,
            "spelled: expected (4, 3), got (3, 4)",
        ),
        (
            lambda: character_features.forward(PARAMS, WORDS.T, CHARACTERS, SPELLED, lstm),
            ValueError,
            "words: expected (4, 3, D), got (3, 4, 5)",
        ),
        (
            lambda: character_features.read({**READER, "conv.bias": WORDS}, CHARACTERS, SPELLED),
            ValueError,
            "params: expected names that begin with rnn or with conv, got ['characters', 'conv', 'rnn']",
        ),
        (
            lambda: character_features.init(V, D, A, D_C, H, np.random.default_rng(0), "tdnn"),
            ValueError,
            'reader: expected "rnn" or "cnn", got \'tdnn\'',
        ),
        (
            lambda: CharacterFeatures(V, D, A, D_C, H, "rnn", "added"),
            ValueError,
            'joined: expected "concatenated" or "gated", got \'added\'',
        ),
        (
            lambda: character_gate.forward(MIX, np.zeros((2, D + 1)), np.zeros((2, 2 * H))),
            ValueError,
            "w: expected (2, 5), got (2, 6)",
        ),
        (
            lambda: character_gate.forward(
                MIX | {"gate.weight": np.zeros((2, 2 * D)), "gate.bias": np.zeros(2)},
                np.zeros((4, D)),
                np.zeros((4, 2 * H)),
            ),
            ValueError,
            "gate.bias: expected 1 or 5 numbers, got (2,)",
        ),
        (
            lambda: CharacterFeatures(V, D, A, D_C, H)(tensor(WORDS.T), tensor(CHARACTERS), tensor(SPELLED)),
            ValueError,
            "words: expected (4, 3), got (3, 4)",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
