"""The usual mistakes in an encoder-decoder, each caught by a check that the right one passes; bad input."""

from functools import partial

import numpy as np
import pytest
from comparing import PARITY, apart, caught, tensor
from translating import V_S, V_T, D, H, N, Peer, T, drawn, of_reference, worst

from companion.reference import bridge, decode, seq2seq
from companion.torch.seq2seq import Seq2Seq

EVERYWHERE = "LSTM, additive"


@pytest.mark.parametrize(
    "mistake",
    [
        "the target is the input",
        "padding in the loss",
        "source's padding read",
        "output[-1] for the backward direction",
        "no tanh on the bridge",
        "the decoder begins with nothing",
        "gradient cut at the bridge",
        "asked with the state before",
        "context behind the state",
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_mistakes_are_caught(mistake, seed):
    case = drawn(EVERYWHERE, seed)
    right = of_reference(case)
    assert worst(Peer(case).results(), right) <= PARITY
    assert caught(lambda: worst(Peer(case, mistake).results(), right))


def drifting_step(params, ids, state, layer):
    """Ask the attention with the state before the token, as other code than training's might."""
    logits, after = seq2seq.step(params, ids, state, layer)
    stale = state._replace(lengths=np.full_like(state.lengths, len(state.memory)))
    return seq2seq.step(params, ids, stale, layer)[0], after


def frozen_step(params, ids, state, layer):
    """Return the state that came."""
    return seq2seq.step(params, ids, state, layer)[0], state


@pytest.mark.parametrize("step", [drifting_step, frozen_step])
def test_a_step_that_drifts_from_training_is_caught(step):
    case = drawn(EVERYWHERE, 3)
    lengths, layer = case.source_lengths, case.kind.layer
    logits, _, _ = seq2seq.forward(case.params, *case.batch[:2], lengths, layer=layer)

    def error(step):
        state, errors = seq2seq.encode(case.params, case.source, lengths, layer), []
        for ids, expected in zip(case.inputs, logits, strict=True):
            o, state = step(case.params, ids, state, layer)
            errors.append(apart(o, expected))
        return max(errors)

    assert error(seq2seq.step) <= PARITY
    assert caught(lambda: error(step))


def says(case, targets):
    """Search, and look at no target."""
    step = partial(seq2seq.step, case.params, layer=case.kind.layer)
    state = seq2seq.encode(case.params, case.source, case.source_lengths, case.kind.layer)
    return [one.tokens for one in decode.greedy_search(step, np.ones(N, int), state, T, 2)]


def says_with_teacher(case, targets):
    """Leave teacher forcing on: what is judged has read the answers."""
    inputs = np.concatenate([np.ones((1, N), int), targets[:-1]])
    logits, _, _ = seq2seq.forward(
        case.params, case.source, inputs, case.source_lengths, layer=case.kind.layer
    )
    return [tuple(row) for row in logits.argmax(2).T.tolist()]


def test_teacher_forcing_in_evaluation_is_caught():
    """What a model says depends on no target: give it others, and it says the same."""
    case = drawn("states handed over", 2)
    case.params["readout.bias"] *= 0  # or one token would be said always
    others = (case.targets + 3) % V_T
    assert says(case, case.targets) == says(case, others)
    assert says_with_teacher(case, case.targets) != says_with_teacher(case, others)


CASE = drawn("plain, another size, general")
BATCH = CASE.batch
RUN = partial(seq2seq.forward, CASE.params, layer=CASE.kind.layer)
MODEL = Seq2Seq(V_S, V_T, D, H, attention="dot")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: RUN(BATCH[0][0], BATCH[1]), ValueError, "source: expected (S, N), got (3,)"),
        (lambda: RUN(BATCH[0], BATCH[1][:, :2]), ValueError, "inputs: expected (T, 3), got (5, 2)"),
        (lambda: RUN(BATCH[0] / 2, BATCH[1]), TypeError, "source: expected integers, got float64 (4, 3)"),
        (lambda: RUN([[V_S]], [[1]]), ValueError, "ids: expected 0..7, got 8 at (0, 0)"),
        (
            lambda: RUN(*BATCH[:2], [4, 0, 2]),
            ValueError,
            "lengths: expected at least one key a sequence, got [4, 0, 2]",
        ),
        (lambda: RUN(*BATCH[:2], None, [6, 1, 1]), ValueError, "lengths: expected 0..5, got 6 at 0"),
        (
            lambda: seq2seq.backward(RUN(*BATCH[:2])[2], np.zeros((T, N, V_S))),
            ValueError,
            "dy: expected (5, 3, 9), got (5, 3, 8)",
        ),
        (
            lambda: seq2seq.encode({"reader.weight": CASE.source}, CASE.source),
            ValueError,
            "params: expected names that begin with one of source_embedding, encoder, bridge, "
            "target_embedding, decoder, attention, combine, readout, got 'reader.weight'",
        ),
        (
            lambda: seq2seq.score_of({"combine.weight": 0, "attention.weight_key": 0}),
            ValueError,
            "attention: expected the parameters of one of dot, general, additive, got ['weight_key']",
        ),
        (
            lambda: bridge.forward({}, np.zeros((2, N, H)), 2),
            ValueError,
            "bridge: expected the keys ['0.bias', '0.weight'], got []",
        ),
        (
            lambda: seq2seq.init(V_S, V_T, D, H, np.random.default_rng(0), bidirectional=True, score="dot"),
            ValueError,
            "expected queries as long as keys, got 6 and 12",
        ),
        (
            lambda: MODEL.encode(tensor(BATCH[0]), [4, 0, 2]),
            ValueError,
            "lengths: expected at least one key a sequence, got [4, 0, 2]",
        ),
        (
            lambda: MODEL(*map(tensor, (BATCH[0][0], BATCH[1]))),
            ValueError,
            "source: expected (S, N), got (3,)",
        ),
        (
            lambda: MODEL(*map(tensor, (BATCH[0], BATCH[1][:, :2]))),
            ValueError,
            "inputs: expected (T, 3), got (5, 2)",
        ),
        (
            lambda: MODEL.encode(tensor(BATCH[0] / 2)),
            TypeError,
            "source: expected int64 or int32, got float64 (4, 3)",
        ),
        (
            lambda: MODEL(tensor(BATCH[0]), tensor(BATCH[1] / 2)),
            TypeError,
            "inputs: expected int64 or int32, got float64 (5, 3)",
        ),
        (
            lambda: MODEL.step(tensor(BATCH[1]), MODEL.encode(tensor(BATCH[0]))),
            ValueError,
            "ids: expected (N,), got (5, 3)",
        ),
        (
            lambda: MODEL.step(tensor(BATCH[1][0, :2]), MODEL.encode(tensor(BATCH[0]))),
            ValueError,
            "ids: expected as many for each of 3 sources, got 2",
        ),
        (
            lambda: MODEL.encode(tensor(BATCH[0]), tensor(np.array([5, 1, 1]))),
            ValueError,
            "lengths: expected 0..4, got 5 at 0",
        ),
    ],
)
def test_bad_input_is_refused(call, error, message):
    with pytest.raises(error) as refusal:
        call()
    assert str(refusal.value) == message
