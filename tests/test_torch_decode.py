"""The searches in PyTorch beside those of the reference: the same hypotheses in the same order."""

import numpy as np
import pytest
import torch
from decoding import EOS, FIRST, T, TableModel, V

from companion import reference
from companion.reference import lm
from companion.torch import decode
from companion.torch.lm import LM
from companion.torch.seq2seq import Seq2Seq


class TorchModel(TableModel):
    """The same model, asked with tensors."""

    def start(self, sources):
        return {name: torch.as_tensor(array) for name, array in super().start(sources).items()}

    def step(self, ids, state):
        logits, after = super().step(ids.numpy(), {name: part.numpy() for name, part in state.items()})
        return torch.as_tensor(logits), {
            name: torch.as_tensor(np.asarray(part)) for name, part in after.items()
        }


def same(ours, theirs):
    assert [one.tokens for one in ours] == [one.tokens for one in theirs]
    assert [one.finished for one in ours] == [one.finished for one in theirs]
    for name in ("log_prob", "score"):
        assert [getattr(one, name) for one in ours] == pytest.approx(
            [getattr(one, name) for one in theirs], abs=1e-10
        )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("width", [1, 2, 3, 5, V**T])
def test_beam_search_finds_what_the_reference_finds(seed, ties, width):
    sources = [0, 7, 3]
    a, b = TorchModel(seed, ties), TableModel(seed, ties)
    ours = decode.beam_search(a.step, torch.tensor([FIRST] * 3), a.start(sources), T, EOS, width, 0.7)
    theirs = reference.decode.beam_search(b.step, [FIRST] * 3, b.start(sources), T, EOS, width, 0.7)
    for pair in zip(ours, theirs, strict=True):
        same(*pair)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ties", [False, True])
def test_greedy_and_exact_search_find_what_the_reference_finds(seed, ties):
    a, b = TorchModel(seed, ties), TableModel(seed, ties)
    ours = decode.greedy_search(a.step, torch.tensor([FIRST] * 2), a.start([0, 4]), T, EOS, 0.7)
    same(ours, reference.decode.greedy_search(b.step, [FIRST] * 2, b.start([0, 4]), T, EOS, 0.7))
    ours = decode.exact_search(a.step, FIRST, a.start([4]), T, EOS, 0.7)
    theirs = reference.decode.exact_search(b.step, FIRST, b.start([4]), T, EOS, 0.7)
    same([ours.best], [theirs.best])
    assert ours[1:] == theirs[1:]
    tokens = ours.best.tokens
    assert decode.log_probability(a.step, FIRST, a.start([4]), tokens) == pytest.approx(ours.best.log_prob)


def test_a_language_model_decodes_the_same_on_both_sides():
    params = lm.init(6, 4, 5, np.random.default_rng(0), num_layers=2)
    model = LM(6, 4, 5, num_layers=2, dtype=torch.float64)
    model.load_state_dict({name: torch.as_tensor(value) for name, value in params.items()})
    state = np.random.default_rng(1).standard_normal((2, 3, 5))

    def step(ids, h):
        return lm.step(params, ids, h)

    for width in (1, 4):
        ours = decode.beam_search(
            model.step, torch.tensor([0, 1, 5]), torch.as_tensor(state), 5, 2, width, 1.0
        )
        theirs = reference.decode.beam_search(step, [0, 1, 5], state, 5, 2, width, 1.0)
        for pair in zip(ours, theirs, strict=True):
            same(*pair)


@pytest.mark.parametrize("width", [1, 4])
def test_beginnings_may_share_what_belongs_to_their_sequence(width):
    """Encoder outputs with one row a sentence, asked by each of its beginnings: the same results."""
    drawn, sizes = torch.Generator().manual_seed(0), (7, 6, 4, 5)
    model = Seq2Seq(
        *sizes, bidirectional=True, attention="general", generator=drawn, dtype=torch.float64
    ).eval()
    source, lengths = torch.randint(3, 7, (6, 3), generator=drawn), torch.tensor([6, 2, 4])
    rows = []

    def counted(ids, state):
        rows.append((len(ids), state.memory.shape[1]))
        return model.step(ids, state)

    with torch.no_grad():
        state = model.encode(source, lengths)
    first = torch.tensor([1, 1, 1])
    ours = decode.beam_search(counted, first, state, 8, 2, width, 0.7, share=True)
    theirs = decode.beam_search(model.step, first, state, 8, 2, width, 0.7)
    for pair in zip(ours, theirs, strict=True):
        same(*pair)
    assert rows[0] == (3, 3)
    assert rows[1] == (3 * width, 3)
    for n in range(3):  # padding is inert, and so are the neighbours
        with torch.no_grad():
            own = model.encode(source[: lengths[n], [n]], lengths[[n]])
        same(decode.beam_search(model.step, first[:1], own, 8, 2, width, 0.7)[0], theirs[n])


def test_no_graph_is_kept():
    weight = torch.zeros(V, requires_grad=True)

    def step(ids, state):
        logits = weight.expand(len(ids), V)
        assert not (logits * 1).requires_grad
        return logits, state

    first = torch.tensor([0])
    decode.beam_search(step, first, None, 2, EOS, 2)
    decode.greedy_search(step, first, None, 2, EOS)
    decode.exact_search(step, 0, None, 2, EOS)


@pytest.mark.parametrize("width", [3, 1000])
def test_of_many_equal_tokens_the_first_are_kept(width):
    """Neither the largest of a row nor an unstable sort has them in order."""
    flat = torch.zeros(2000, dtype=torch.float64)

    def step(ids, state):
        return flat.expand(len(ids), 2000), state

    found = decode.beam_search(step, torch.tensor([0]), None, 1, 1999, width)[0]
    assert [one.tokens for one in found] == [(token,) for token in range(width)]


def test_logits_may_lie_in_memory_as_they_like():
    table = torch.randn(V, V, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    first = torch.tensor([0, 1])
    straight, turned = (
        decode.beam_search(lambda ids, state, say=say: (say(ids), state), first, None, T, EOS, 3)
        for say in (lambda ids: table[ids], lambda ids: table.T[:, ids].T)
    )
    for pair in zip(straight, turned, strict=True):
        same(*pair)


def test_what_a_model_forbids_is_not_found():
    def step(ids, state):
        return torch.tensor([0.0, -torch.inf, 0.0, -torch.inf]).expand(len(ids), V), state

    found = decode.beam_search(step, torch.tensor([0]), None, 3, EOS, 9)[0]
    assert sorted(one.tokens for one in found) == [(0, 0, 0), (0, 0, 2), (0, 2), (2,)]


@pytest.mark.parametrize(
    ("error", "change", "message"),
    [
        (ValueError, {"first": torch.tensor(0)}, r"first: expected \(N,\), got \(\)"),
        (TypeError, {"first": torch.tensor([0.0])}, "first: expected int64 or int32"),
        (ValueError, {"num_steps": 0}, "num_steps: expected at least 1, got 0"),
        (ValueError, {"eos": -1}, "eos: expected a token, got -1"),
        (ValueError, {"eos": 4}, "eos: expected 0 to 3, got 4"),
        (ValueError, {"alpha": -0.5}, "alpha: expected a number of at least 0, got -0.5"),
        (ValueError, {"beam_width": 0}, "beam_width: expected at least 1, got 0"),
        (ValueError, {"step": lambda ids, s: (torch.zeros(V), s)}, r"logits: expected \(1, V\), got \(4,\)"),
        (TypeError, {"step": lambda ids, s: (torch.zeros(1, V).long(), s)}, "logits: expected floating"),
        (ValueError, {"step": lambda ids, s: (torch.full((1, V), torch.nan), s)}, "logits: expected numbers"),
    ],
)
def test_what_makes_no_search_is_refused(error, change, message):
    usual = {"step": lambda ids, s: (torch.zeros(len(ids), V), s), "first": torch.tensor([0]), "state": None}
    with pytest.raises(error, match=message):
        decode.beam_search(**({**usual, "num_steps": 3, "eos": EOS, "beam_width": 2} | change))
