"""The training loop, both back ends in step; clipping, carrying, stopping, failing; and mutants."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, tensor
from tqdm import tqdm

from companion.reference import batching, clipping, lm, optim
from companion.reference import training as reference
from companion.torch import training as ours
from companion.torch.lm import LM

V, D, H = 7, 4, 6
TEXT = np.random.default_rng(0).integers(0, V, 90)
OPTIMISERS = {
    "sgd": (optim.sgd(0.5), partial(torch.optim.SGD, lr=0.5)),
    "momentum": (optim.momentum(0.2, 0.8), partial(torch.optim.SGD, lr=0.2, momentum=0.8)),
    "adam": (optim.adam(0.03), partial(torch.optim.Adam, lr=0.03)),
}


def batches():
    return batching.text_epochs(TEXT, 3, 5, epochs=2)


def start():
    return lm.init(V, D, H, np.random.default_rng(1))


def score(params, batch, h):
    inputs, targets, begins = batch
    return lm.loss_and_grads(params, inputs, targets, None if begins else h)


def score_torch(model, batch, h):
    inputs, targets, begins = batch
    device = model.readout.weight.device
    return model.loss(tensor(inputs, device), tensor(targets, device), None if begins else h)


def model(device="cpu"):
    result = LM(V, D, H, dtype=torch.float64, device=device)
    result.load_state_dict({name: torch.tensor(value) for name, value in start().items()})
    return result


def by_torch(name, max_norm, device="cpu"):
    trained = model(device)
    history = ours.train(trained, score_torch, batches(), OPTIMISERS[name][1](trained.parameters()), max_norm)
    return trained.state_dict(), history


def difference(name, max_norm, train=reference.train, device="cpu"):
    """Measure how far parameters, losses and norms of a whole training are from PyTorch's."""
    params, history = train(start(), score, batches(), OPTIMISERS[name][0], max_norm)
    params_torch, history_torch = by_torch(name, max_norm, device)
    return max(
        apart(history.loss, history_torch.loss),
        apart(history.norm, history_torch.norm),
        *(apart(params[key], params_torch[key]) for key in params),
    )


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("max_norm", [None, 0.4])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_the_back_ends_train_alike(name, max_norm, device):
    assert difference(name, max_norm, device=device) <= PARITY


def test_against_a_loop_written_out():
    """Train in ten plain lines of PyTorch's own: same losses, same parameters."""
    trained = model()
    optimiser, h, losses, norms = torch.optim.Adam(trained.parameters(), lr=0.03), None, [], []
    for inputs, targets, begins in batches():
        logits, h = trained(tensor(inputs), None if begins else h)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tensor(targets).flatten())
        optimiser.zero_grad()
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained.parameters(), 1e9)))
        optimiser.step()
        losses.append(loss.item())
        h = h.detach()
    params, history = reference.train(start(), score, batches(), optim.adam(0.03))
    assert max(apart(history.loss, losses), apart(history.norm, norms)) <= PARITY
    assert max(apart(params[name], trained.state_dict()[name]) for name in params) <= PARITY


def test_training_learns_and_repeats():
    text = np.tile(np.arange(V), 40)  # after n comes n + 1: a model that has learned that costs nothing

    def run():
        chunks = batching.text_epochs(text, 4, 10, epochs=20)
        return reference.train(start(), score, chunks, optim.adam(0.02), max_norm=1.0)

    (params, history), (again, _) = run(), run()
    assert history.loss[0] > 1.5
    assert history.loss[-1] < 0.05
    assert all(np.array_equal(params[name], again[name]) for name in params)


def test_the_arguments_are_left_alone():
    params = start()
    before = copy.deepcopy(params)
    new, _ = reference.train(params, score, batches(), optim.adam())
    assert all(np.array_equal(params[name], before[name]) for name in params)
    assert not np.array_equal(new["readout.bias"], params["readout.bias"])


def test_the_state_is_carried_within_an_epoch_and_not_between():
    given = []

    def keep(params, batch, h):
        given.append((batch[2], h))
        return score(params, batch, h)

    reference.train(start(), keep, batches(), optim.sgd(0.1))
    assert [begins for begins, _ in given] == [True, *[False] * 5] * 2
    assert given[0][1] is None
    assert all(h.shape == (1, 3, H) for _, h in given[1:])


def test_norms_are_those_before_clipping():
    lengths = []

    def step(params, grads, state):
        lengths.append(clipping.global_norm(grads))
        return params, state

    _, history = reference.train(start(), score, batches(), optim.Optimiser(lambda params: None, step), 0.3)
    assert max(apart(lengths, np.minimum(history.norm, 0.3)), 0.0) < 1e-14
    assert max(history.norm) > 0.3


@pytest.mark.parametrize("module", [reference, ours])
def test_watching_and_stopping(module):
    seen = []

    def watch(step, trained):
        bias = trained["readout.bias"] if module is reference else trained.readout.bias.tolist()
        seen.append((step, list(bias)))
        return step == 4

    if module is reference:
        params, history = module.train(start(), score, batches(), optim.sgd(0.5), watch=watch)
        assert seen[-1][1] == list(params["readout.bias"])
    else:
        trained = model()
        history = module.train(
            trained, score_torch, batches(), torch.optim.SGD(trained.parameters(), 0.5), watch=watch
        )
    assert [step for step, _ in seen] == [1, 2, 3, 4]
    assert len({tuple(bias) for _, bias in seen}) == 4
    assert len(history.loss) == len(history.norm) == 4


@pytest.mark.parametrize("module", [reference, ours])
def test_a_progress_bar(module, capsys):
    bar = partial(tqdm, total=12, mininterval=0)
    if module is reference:
        module.train(start(), score, batches(), optim.sgd(0.1), progress=bar)
    else:
        trained = model()
        module.train(
            trained, score_torch, batches(), torch.optim.SGD(trained.parameters(), 0.1), progress=bar
        )
    shown = capsys.readouterr()
    assert "12/12" in shown.err
    assert "loss=" in shown.err
    assert shown.out == ""
    reference.train(start(), score, batches(), optim.sgd(0.1))
    assert capsys.readouterr() == ("", "")


def spoilt(where, value, at):
    """Turn up with a number that is none, at one step, in the loss, a gradient or a parameter."""
    count = 0

    def score_once(params, batch, h):
        nonlocal count
        count += 1
        loss, grads, h = score(params, batch, h)
        if count == at and where == "loss":
            loss = value
        elif count == at and where == "gradient":
            grads["rnn.weight_hh_l0"] = np.where(np.eye(H) == 1, value, grads["rnn.weight_hh_l0"])
        return loss, grads, h

    return score_once


@pytest.mark.parametrize(
    ("where", "value", "name", "message"),
    [
        ("loss", np.nan, None, "step 3: the loss is nan"),
        ("loss", np.inf, None, "step 3: the loss is inf"),
        ("gradient", np.nan, "rnn.weight_hh_l0", "step 3: the gradient of rnn.weight_hh_l0 holds nan"),
        ("gradient", -np.inf, "rnn.weight_hh_l0", "step 3: the gradient of rnn.weight_hh_l0 holds inf"),
        ("gradient", 1e308, None, "step 3: the norm of the gradient is inf"),
    ],
)
def test_what_is_not_finite_is_told_by_its_name(where, value, name, message):
    with pytest.raises(reference.Diverged) as failure:
        reference.train(start(), spoilt(where, value, 3), batches(), optim.sgd(0.1), 1.0)
    assert str(failure.value) == message
    assert failure.value.step == 3
    assert failure.value.name == name
    assert len(failure.value.history.loss) == 2


@pytest.mark.parametrize("module", [reference, ours])
def test_a_learning_rate_that_is_too_large(module):
    """Let it really explode: squares of squares, and the parameter is named, without a warning."""
    if module is reference:

        def cube(params, batch, carry):
            return float((params["w"] ** 4).sum()), {"w": 4 * params["w"] ** 3}, None

        arguments = {"w": np.array([3.0])}, cube, range(50), optim.sgd(1.0)
    else:
        trained = torch.nn.Module()
        trained.w = torch.nn.Parameter(torch.tensor([3.0], dtype=torch.float64))
        arguments = (
            trained,
            lambda model, batch, carry: ((model.w**4).sum(), None),
            range(50),
            torch.optim.SGD(trained.parameters(), 1.0),
        )
    with pytest.raises(reference.Diverged, match=r"^step 6: the loss is inf$") as failure:
        module.train(*arguments)
    assert len(failure.value.history.loss) == 5


def test_a_parameter_that_is_not_finite_is_the_cause():
    params = start() | {"readout.bias": np.full(V, np.nan)}
    with pytest.raises(reference.Diverged, match=r"^step 1: readout.bias holds nan$"):
        reference.train(params, score, batches(), optim.sgd(0.1))
    trained = model()
    with torch.no_grad():
        trained.readout.bias[0] = np.nan
    with pytest.raises(reference.Diverged, match=r"^step 1: readout.bias holds nan$") as failure:
        ours.train(trained, score_torch, batches(), torch.optim.SGD(trained.parameters(), 0.1))
    assert failure.value.name == "readout.bias"


@pytest.mark.parametrize("epochs", [1, 3])
@pytest.mark.parametrize("batch_size", [1, 4, 30])
def test_minibatches_hold_every_example_once_an_epoch(batch_size, epochs):
    drawn = list(reference.minibatches(10, batch_size, np.random.default_rng(0), epochs))
    per_epoch = -(-10 // batch_size)
    assert len(drawn) == per_epoch * epochs
    orders = [np.concatenate(drawn[e * per_epoch : (e + 1) * per_epoch]).tolist() for e in range(epochs)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert len({tuple(order) for order in orders}) == epochs
    again = list(reference.minibatches(10, batch_size, np.random.default_rng(0), epochs))
    assert all(np.array_equal(a, b) for a, b in zip(drawn, again, strict=True))


def state_between_epochs(params, loss_and_grads, chunks, optimiser, max_norm):
    """Carry the state over to where the text begins anew: a real bug."""
    return reference.train(params, loss_and_grads, ((i, t, False) for i, t, _ in chunks), optimiser, max_norm)


def state_never_carried(params, loss_and_grads, chunks, optimiser, max_norm):
    return reference.train(params, loss_and_grads, ((i, t, True) for i, t, _ in chunks), optimiser, max_norm)


def optimiser_forgets(params, loss_and_grads, chunks, optimiser, max_norm):
    forgetful = optim.Optimiser(
        optimiser.init, lambda p, g, s: (optimiser.step(p, g, optimiser.init(p))[0], s)
    )
    return reference.train(params, loss_and_grads, chunks, forgetful, max_norm)


def not_clipped(params, loss_and_grads, chunks, optimiser, max_norm):
    return reference.train(params, loss_and_grads, chunks, optimiser)


@pytest.mark.parametrize(
    "mutant", [state_between_epochs, state_never_carried, optimiser_forgets, not_clipped]
)
def test_mistakes_are_caught(mutant):
    assert caught(lambda: difference("momentum", 0.4, mutant))


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"^max_norm: expected a number above 0, got 0$"):
        reference.train(start(), score, batches(), optim.sgd(0.1), max_norm=0)
    trained = model()
    with pytest.raises(ValueError, match=r"^max_norm: expected a number above 0, got 0$"):
        ours.train(trained, score_torch, batches(), torch.optim.SGD(trained.parameters(), 0.1), max_norm=0)
    for name, numbers in (("count", (0, 1, 1)), ("batch_size", (1, 0, 1)), ("epochs", (1, 1, 0))):
        with pytest.raises(ValueError, match=f"^{name}: expected at least 1, got 0$"):
            reference.minibatches(numbers[0], numbers[1], np.random.default_rng(0), numbers[2])
