"""The blocks of fast.py have the plain loss's gradient, pair by pair; and mutants."""

import inspect

import numpy as np
import pytest
import torch
from comparing import DEVICES, PARITY, apart, caught, numpy

from companion.reference.word2vec import cbow, pairs, skipgram
from companion.torch.word2vec import fast

SEEDS = range(4)
GROUP, WINDOW, WORDS, DIM, NOISE, NEGATIVES = 4, 3, 9, 5, 6, 2
ON = pytest.mark.parametrize("device", DEVICES)


def drawn(seed, group=GROUP):
    """Draw a text of short sentences with windows of random reach, tables, and noise for each group."""
    rng = np.random.default_rng(seed)
    lengths = [3, 1, 9, 0, 5, 2]
    offsets, ids = np.cumsum([0, *lengths]), rng.integers(0, WORDS, sum(lengths))
    reach = rng.integers(1, WINDOW + 1, len(ids))
    params = {name: rng.standard_normal((WORDS, DIM)) for name in ("input", "output")}
    noise = rng.integers(0, WORDS, (-(-len(ids) // group), NOISE))
    return ids, offsets, reach, params, noise


def moved(step, seed, device):
    """Take one step of rate 1 from the drawn tables; what they moved by is the gradient's opposite."""
    ids, offsets, reach, params, noise = drawn(seed)
    starts, ends = pairs.sentence_of_each_word(len(ids), offsets)
    places = np.arange(len(ids))
    left, right = np.minimum(reach, places - starts), np.minimum(reach, ends - 1 - places)
    tables = {name: torch.tensor(table, device=device) for name, table in params.items()}
    groups = fast.cut(*(torch.tensor(a, device=device) for a in (ids, left, right)), GROUP, WINDOW)
    inside = fast.rows(fast.window_masks(GROUP, WINDOW, tables["input"]), groups.windows)
    wrong = torch.tensor(noise, device=device)
    step(tables, groups.centres, groups.around, inside, wrong, NEGATIVES, 1.0)
    return {name: params[name] - numpy(tables[name]) for name in params}


def plain_skipgram(seed):
    """Differentiate the loss of all pairs, each with the noise words of its centre's group, one by one."""
    ids, offsets, reach, params, noise = drawn(seed)
    contexts, mask = pairs.context_windows(ids, WINDOW, WINDOW, offsets, reach)
    total = {name: np.zeros_like(table) for name, table in params.items()}
    for t, row in enumerate(mask):
        for target in contexts[t][row]:
            for wrong in noise[t // GROUP]:
                add(total, skipgram, params, [ids[t]], [target], wrong, wrong != target)
            add(total, skipgram, params, [ids[t]], [target], None, True)
    return total


def plain_cbow(seed):
    ids, offsets, reach, params, noise = drawn(seed)
    contexts, mask = pairs.context_windows(ids, WINDOW, WINDOW, offsets, reach)
    total = {name: np.zeros_like(table) for name, table in params.items()}
    for t in np.flatnonzero(mask.any(axis=1)):
        for wrong in noise[t // GROUP]:
            add(total, cbow, params, [contexts[t][mask[t]]], [ids[t]], wrong, wrong != ids[t])
        add(total, cbow, params, [contexts[t][mask[t]]], [ids[t]], None, True)
    return total


def add(total, model, params, given, target, wrong, counts):
    """Add the gradient of one right word alone, or of one noise word alone by K / M."""
    if wrong is None:
        negatives, weight = np.zeros((1, 0), int), 1.0
    else:
        negatives, weight = np.array([[wrong]]), NEGATIVES / NOISE
    none = np.zeros((1, 0), int)
    if not counts:
        return
    with_wrong = model.backward(model.forward(params, given, target, negatives)[1])[-1]
    alone = model.backward(model.forward(params, given, target, none)[1])[-1]
    for name in total:
        total[name] += weight * (with_wrong[name] - (0 if wrong is None else alone[name]))


def step_error(step, plain, seed, device="cpu"):
    ours, theirs = moved(step, seed, device), plain(seed)
    return max(apart(ours[name], theirs[name]) for name in ours)


@pytest.mark.equation("eq-sgns-grad")
@ON
@pytest.mark.parametrize("seed", SEEDS)
def test_skipgrams_blocks_have_the_plain_gradient(seed, device, measure):
    measure("eq-sgns-grad", step_error(fast.skipgram_step, plain_skipgram, seed, device), PARITY)


@pytest.mark.equation("eq-cbow-grad")
@ON
@pytest.mark.parametrize("seed", SEEDS)
def test_cbows_blocks_have_the_plain_gradient(seed, device, measure):
    measure("eq-cbow-grad", step_error(fast.cbow_step, plain_cbow, seed, device), PARITY)


def test_autograd_agrees_too():
    """The whole batch as one loss, differentiated by autograd: the same as pair by pair."""
    ids, offsets, reach, params, noise = drawn(0)
    contexts, mask = pairs.context_windows(ids, WINDOW, WINDOW, offsets, reach)
    tables = {name: torch.tensor(table, requires_grad=True) for name, table in params.items()}
    place, column = np.nonzero(mask)
    targets, wrong = contexts[place, column], noise[place // GROUP]
    x, y = tables["input"][ids[place]], tables["output"]
    right = (x * y[targets]).sum(1)
    scores = torch.einsum("pd,pmd->pm", x, y[wrong])
    weight = torch.tensor((wrong != targets[:, None]) * (NEGATIVES / NOISE))
    loss = -torch.nn.functional.logsigmoid(right).sum()
    loss = loss - (weight * torch.nn.functional.logsigmoid(-scores)).sum()
    loss.backward()
    ours = moved(fast.skipgram_step, 0, "cpu")
    assert max(apart(ours[name], tables[name].grad) for name in ours) <= PARITY


def test_noise_shared_by_a_group_has_the_expectation_of_negatives_drawn_for_each_pair():
    """The mean gradient over every possible noise word is K times the mean over a single negative."""
    ids, offsets, reach, params, _ = drawn(1)
    everything = np.arange(NOISE)
    contexts, mask = pairs.context_windows(ids, WINDOW, WINDOW, offsets, reach)
    place, column = np.nonzero(mask)
    targets = contexts[place, column]
    wrong = np.broadcast_to(everything, (len(place), NOISE))
    _, cache = skipgram.forward(
        params, ids[place], targets, wrong, wrong != targets[:, None], reduction="sum"
    )
    with_all = skipgram.backward(cache)[-1]
    none = np.zeros((len(place), 0), int)
    alone = skipgram.backward(skipgram.forward(params, ids[place], targets, none, reduction="sum")[1])[-1]
    expected = {n: alone[n] + NEGATIVES / NOISE * (with_all[n] - alone[n]) for n in alone}

    def same_noise(tables, centres, around, inside, noise, negatives, rate):
        noise = torch.arange(NOISE).expand_as(noise)
        fast.skipgram_step(tables, centres, around, inside, noise, negatives, rate)

    ours = moved(same_noise, 1, "cpu")
    assert max(apart(ours[name], expected[name]) for name in ours) <= PARITY


def mutated(step, old, new):
    """Compile the step again with one expression changed."""
    source = inspect.getsource(step)
    assert source.count(old) == 1
    space = dict(vars(fast))
    exec(source.replace(old, new), space)
    return space[step.__name__]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("around[:, :, None] != noise[:, None, :]", "around[:, :, None] >= 0 * noise[:, None, :]"),
        (".mul_(negatives / noise.shape[1])", ""),
        (".mul_(negatives / noise.shape[1])", ".mul_(1 / noise.shape[1])"),
        ("dscores.mul_(torch.cat([inside, outside], 2))", "pass"),
        ("sub_(inside)", "sub_(inside.roll(1, 2))"),
        ('add_rows(params["output"], words, dz)', 'params["output"][words] += dz'),
        ('add_rows(params["input"], centres, dx)', 'params["input"][centres] += dx'),
        ('rows(params["input"], centres)', 'rows(params["output"], centres)'),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_skipgrams_blocks_are_caught(old, new, seed):
    mutant = mutated(fast.skipgram_step, old, new)
    assert caught(lambda: step_error(mutant, plain_skipgram, seed))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inside / inside.sum(2, keepdim=True).clamp(min=1)", "inside"),
        ("outside.mul_(negatives / noise.shape[1])", "outside.mul_(negatives)"),
        ("centres[:, :, None] != noise[:, None, :]", "centres[:, :, None] >= 0 * noise[:, None, :]"),
        ("torch.bmm(shares.mT, dh)", "torch.bmm(inside.mT, dh)"),
        ('add_rows(params["output"], centres, dright * h)', 'params["output"][centres] += dright * h'),
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_cbows_blocks_are_caught(old, new, seed):
    mutant = mutated(fast.cbow_step, old, new)
    assert caught(lambda: step_error(mutant, plain_cbow, seed))


@ON
def test_groups_hold_the_text_and_what_is_around_it(device):
    ids = torch.arange(1, 8, device=device)
    groups = fast.cut(ids, torch.zeros_like(ids), torch.ones_like(ids), 3, 2)
    assert groups.centres.tolist() == [[1, 2, 3], [4, 5, 6], [7, 0, 0]]
    assert groups.around.tolist() == [[0, 0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 7, 0], [5, 6, 7, 0, 0, 0, 0]]
    masks = fast.window_masks(3, 2, torch.zeros((), device=device))
    inside = fast.rows(masks, groups.windows)
    assert (inside * groups.around[:, None, :]).sum(2).tolist() == [[2, 3, 4], [5, 6, 7], [0, 0, 0]]
