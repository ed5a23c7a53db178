"""The recurrent layer over two directions: place by place, by autograd, by differences, and by laws."""

from functools import partial

import numpy as np
import pytest
import torch
from comparing import DEVICES, FLOAT32, GRADCHECK, PARITY, apart, caught, numpy, tensor

from companion.reference import rnn
from companion.reference import rnn_2d as reference
from companion.reference.gradcheck import check
from companion.torch import rnn_2d as ours

SEEDS = range(4)
OUTPUTS = ("y", "dx", "dabove", "dleft", *reference.NAMES)
both = pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])


def drawn(seed, square=False):
    """Draw parameters, pictures with both borders, and dy; all sizes differ, unless square asks for D = H."""
    rng = np.random.default_rng(seed)
    height, width, N, D, H = (int(size) for size in rng.permutation(np.arange(2, 8))[:5])
    D = H if square else D
    params = {name: 1.3 * value for name, value in reference.init(D, H, rng).items()}
    shapes = (height, width, N, D), (width, N, H), (height, N, H), (height, width, N, H)
    return params, *(rng.standard_normal(shape) for shape in shapes)


def of_reference(params, x, above, left, dy, nonlinearity="tanh"):
    y, cache = reference.forward(params, x, above, left, nonlinearity)
    *gradients, dparams = reference.backward(cache, dy)
    return dict(zip(OUTPUTS, (y, *gradients, *dparams.values()), strict=True))


def of_module(params, x, above, left, dy, nonlinearity="tanh", device="cpu"):
    H, D = params["weight_ih"].shape
    layer = ours.RNN2D(D, H, nonlinearity, dtype=tensor(x).dtype, device=device)
    layer.load_state_dict({name: tensor(value) for name, value in params.items()})
    leaves = [tensor(value, device, grad=True) for value in (x, above, left)]
    y = layer(*leaves)
    y.backward(tensor(dy, device))
    gradients = [leaf.grad for leaf in leaves] + [getattr(layer, name).grad for name in reference.NAMES]
    return dict(zip(OUTPUTS, (y, *gradients), strict=True))


class Places:
    """The layer place by place in PyTorch, for autograd; a mistake, by its name, can be put in."""

    def __init__(self, mistake=""):
        self.mistake = mistake

    def neighbours(self, h, i, j, above, left):
        """Return what the place (i, j) hears, from above and from the left."""
        up = h[i - 1, j] if i else above[j]
        back = h[i, j - 1] if j else left[i]
        if self.mistake == "diagonal neighbour" and i and j:
            up = h[i - 1, j - 1]
        if self.mistake == "round the border":
            back = h[i, j - 1] if j else (h[i - 1, above.shape[0] - 1] if i else left[i])
        if self.mistake == "borders ignored" and not i:
            up = 0 * up
        if self.mistake == "directions swapped":
            up, back = back, up
        if self.mistake == "only from above":
            back = 0 * back
        return up, back

    def __call__(self, params, x, above, left, dy, nonlinearity="tanh"):
        """Return the states and all gradients by name."""
        weights = {name: tensor(value, grad=True) for name, value in params.items()}
        x, above, left = (tensor(value, grad=True) for value in (x, above, left))
        f = torch.tanh if nonlinearity == "tanh" else torch.relu
        turned = self.mistake == "weight transposed"
        W_above = weights["weight_above"] if turned else weights["weight_above"].T
        h = {}
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                up, back = self.neighbours(h, i, j, above, left)
                if self.mistake == "state's way back cut":
                    up = up.detach()
                heard = up @ W_above + back @ weights["weight_left"].T
                bias = weights["bias"] * (1 + (self.mistake == "bias twice"))
                h[i, j] = f(x[i, j] @ weights["weight_ih"].T + heard + bias)
        rows = [torch.stack([h[i, j] for j in range(x.shape[1])]) for i in range(x.shape[0])]
        y = torch.stack(rows)
        y.backward(tensor(dy))
        gradients = [leaf.grad for leaf in (x, above, left, *weights.values())]
        return dict(zip(OUTPUTS, (y, *gradients), strict=True))


def worst(a, b):
    """Measure the largest error of all results; what got no gradient at all counts as zero."""
    pairs = [(a[name], b[name]) for name in OUTPUTS]
    return max(apart(p, 0 * numpy(p) if q is None else q) for p, q in pairs)


@pytest.mark.equation("eq-rnn-2d", "eq-rnn-2d-grad")
@both
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", SEEDS)
def test_both_back_ends_agree_with_one_place_at_a_time(seed, device, nonlinearity, measure):
    case = drawn(seed)
    theirs = Places()(*case, nonlinearity)
    for results in (of_reference(*case, nonlinearity), of_module(*case, nonlinearity, device)):
        measure("eq-rnn-2d", apart(results["y"], theirs["y"]), PARITY)
        measure("eq-rnn-2d-grad", worst(results, theirs), PARITY)


@both
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_against_differences(seed, nonlinearity):
    params, x, above, left, _ = drawn(seed)

    def forward(*arguments):
        return reference.forward(*arguments, nonlinearity=nonlinearity)

    rng = np.random.default_rng(seed)
    assert check(forward, reference.backward, params, x, above, left, rng=rng).error <= GRADCHECK


def as_rnn(params, along):
    """Return the plain layer of one direction: its parameters by PyTorch's names."""
    bias = params["bias"]
    values = params["weight_ih"], params[f"weight_{along}"], bias, 0 * bias
    return dict(zip(rnn.NAMES, values, strict=True))


@both
def test_a_picture_of_one_row_or_one_column_is_the_plain_rnn(nonlinearity):
    params, x, above, left, dy = drawn(0)
    silent = np.zeros_like(above)
    row = of_reference(params, x[:1], silent, left[:1], dy[:1], nonlinearity)
    y, _, cache = rnn.forward(as_rnn(params, "left"), x[0], left[0], nonlinearity=nonlinearity)
    dx, dh_0, dparams = rnn.backward(cache, dy[0])
    assert max(apart(row["y"][0], y), apart(row["dx"][0], dx), apart(row["dleft"][0], dh_0)) <= PARITY
    assert apart(row["weight_left"], dparams["weight_hh_l0"]) <= PARITY
    column, _ = reference.forward(params, x[:, :1], above[:1], None, nonlinearity)
    y, _, _ = rnn.forward(as_rnn(params, "above"), x[:, 0], above[0], nonlinearity=nonlinearity)
    assert apart(column[:, 0], y) <= PARITY


SWAP = {"weight_above": "weight_left", "weight_left": "weight_above", "dabove": "dleft", "dleft": "dabove"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_transposed_picture_with_exchanged_weights_has_the_transposed_states(seed):
    params, x, above, left, dy = drawn(seed)
    ahead = of_reference(params, x, above, left, dy)
    exchanged = {name: params[SWAP.get(name, name)] for name in params}
    turned = of_reference(exchanged, x.swapaxes(0, 1), left, above, dy.swapaxes(0, 1))
    for name in OUTPUTS:
        value = turned[SWAP.get(name, name)]
        assert apart(ahead[name], value.swapaxes(0, 1) if name in ("y", "dx") else value) <= PARITY


def test_parts_with_the_border_carried_are_one_picture():
    params, x, above, left, _ = drawn(1)
    whole, _ = reference.forward(params, x, above, left)
    for cut in range(len(x) + 1):
        upper, _ = reference.forward(params, x[:cut], above, left[:cut])
        lower, _ = reference.forward(params, x[cut:], upper[-1] if cut else above, left[cut:])
        assert apart(np.concatenate([upper, lower]), whole) <= PARITY
    for cut in range(1, x.shape[1]):
        first, _ = reference.forward(params, x[:, :cut], above[:cut], left)
        second, _ = reference.forward(params, x[:, cut:], above[cut:], first[:, -1])
        assert apart(np.concatenate([first, second], axis=1), whole) <= PARITY


def test_a_place_is_heard_below_and_to_the_right_and_nowhere_else():
    params, x, above, left, _ = drawn(2)
    before, _ = reference.forward(params, x, above, left)
    for i, j in np.ndindex(x.shape[:2]):
        moved, expected = x.copy(), np.zeros(x.shape[:2], bool)
        moved[i, j] += 1
        expected[i:, j:] = True
        changed = (reference.forward(params, moved, above, left)[0] != before).any(axis=(2, 3))
        np.testing.assert_array_equal(changed, expected)


def test_alone_as_in_a_batch():
    params, x, above, left, dy = drawn(3)
    batch = of_reference(params, x, above, left, dy)
    total = dict.fromkeys(reference.NAMES, 0.0)
    for n in range(x.shape[2]):
        one = slice(n, n + 1)
        alone = of_reference(params, x[:, :, one], above[:, one], left[:, one], dy[:, :, one])
        assert max(apart(alone[name], batch[name][:, :, one]) for name in ("y", "dx")) <= PARITY
        total = {name: total[name] + alone[name] for name in total}
    assert max(apart(total[name], batch[name]) for name in total) <= PARITY


def test_the_diagonals_are_every_place_once_and_in_an_order_that_can_be_computed():
    for height, width in ((1, 1), (1, 5), (4, 1), (3, 5), (6, 2)):
        places = [pair for i, j in reference.diagonals(height, width) for pair in zip(i, j, strict=True)]
        assert sorted(places) == list(np.ndindex(height, width))
        assert len(reference.diagonals(height, width)) == height + width - 1
        theirs = ours.diagonals(height, width)
        for pair, theirs_pair in zip(reference.diagonals(height, width), theirs, strict=True):
            assert len(set(sum(pair))) == 1
            np.testing.assert_array_equal(pair, [numpy(numbers) for numbers in theirs_pair])


@pytest.mark.parametrize("cut", [(slice(0, 0), slice(None)), (slice(None), slice(0, 0))])
def test_a_picture_of_no_places_has_no_states(cut):
    params, x, above, *_ = drawn(0)
    x = x[cut]
    y, cache = reference.forward(params, x)
    dx, *_, dparams = reference.backward(cache, y)
    module = ours.RNN2D(x.shape[3], y.shape[3], dtype=torch.float64)(tensor(x))
    assert y.shape == module.shape == (*x.shape[:3], above.shape[2])
    assert dx.shape == x.shape
    assert not any(value.any() for value in dparams.values())
    assert reference.diagonals(*x.shape[:2]) == ours.diagonals(*x.shape[:2]) == []


def test_precision_is_kept():
    case = drawn(0)
    single = {name: value.astype(np.float32) for name, value in case[0].items()}
    narrow = single, *(value.astype(np.float32) for value in case[1:])
    for results in (of_reference(*narrow), of_module(*narrow)):
        assert {str(value.dtype).removeprefix("torch.") for value in results.values()} == {"float32"}
        assert worst(results, of_reference(*case)) <= FLOAT32


def test_both_draw_pytorchs_distribution():
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    drawn_by = reference.init(30, 100, rng), dict(ours.RNN2D(30, 100, generator=generator).named_parameters())
    for params in drawn_by:
        assert tuple(params) == reference.NAMES
        shapes = [tuple(value.shape) for value in params.values()]
        assert shapes == [(100, 30), (100, 100), (100, 100), (100,)]
        assert all(0.09 < np.abs(numpy(value)).max() <= 0.1 for value in params.values())
    assert ours.RNN2D(1, 1)(torch.ones(2, 3, 1, 1)).shape == (2, 3, 1, 1)
    assert repr(ours.RNN2D(3, 5, "relu")) == "RNN2D(3, 5, nonlinearity=relu)"


MISTAKES = (
    "diagonal neighbour, round the border, borders ignored, directions swapped, only from above, "
    "weight transposed, state's way back cut, bias twice"
)


@pytest.mark.parametrize("mistake", MISTAKES.split(", "))
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_mistakes_are_caught(mistake, seed):
    case = drawn(seed)
    assert caught(lambda: worst(of_reference(*case), Places(mistake)(*case)))


PARAMS = dict(zip(reference.NAMES, (np.zeros((6, 4)), *np.zeros((2, 6, 6)), np.zeros(6)), strict=True))
X = np.zeros((5, 2, 3, 4))
LAYER = ours.RNN2D(4, 6, dtype=torch.float64)


def refused(call, error=ValueError):
    """Return what a call is refused with."""
    with pytest.raises(error) as refusal:
        call()
    return str(refusal.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X[0],), "x: expected (I, J, N, 4), got (2, 3, 4)"),
        ((np.zeros((5, 2, 3, 7)),), "x: expected (I, J, N, 4), got (5, 2, 3, 7)"),
        ((X, np.zeros((5, 3, 6))), "above: expected (2, 3, 6), got (5, 3, 6)"),
        ((X, None, np.zeros((2, 3, 6))), "left: expected (5, 3, 6), got (2, 3, 6)"),
        ((X, np.zeros((2, 3, 6), int)), "above: expected floating-point numbers, got int64 (2, 3, 6)"),
    ],
)
def test_both_refuse_bad_pictures_in_the_same_words(arguments, message):
    error = TypeError if "numbers" in message else ValueError
    assert refused(lambda: reference.forward(PARAMS, *arguments), error) == message
    given = [None if value is None else tensor(value) for value in arguments]
    assert refused(lambda: LAYER(*given), error) == message


def test_bad_parameters_gradients_and_sizes_are_refused():
    def run(**other):
        return reference.forward({**PARAMS, **other}, X)

    assert refused(lambda: run(bias=np.zeros((6, 1)))) == "bias: expected (H,), got (6, 1)"
    assert refused(lambda: run(weight_ih=np.zeros((4, 6)))) == "weight_ih: expected (6, D), got (4, 6)"
    for name in ("weight_above", "weight_left"):
        message = f"{name}: expected (6, 6), got (6, 4)"
        assert refused(partial(run, **{name: np.zeros((6, 4))})) == message
    assert refused(lambda: run(weight_hh=X)).startswith("params: expected the keys ['bias', 'weight_above', ")
    _, cache = reference.forward(PARAMS, X)
    message = "dy: expected (5, 2, 3, 6), got (5, 2, 6)"
    assert refused(lambda: reference.backward(cache, np.zeros((5, 2, 6)))) == message
    message = 'nonlinearity: expected "tanh" or "relu", got \'gelu\''
    assert refused(lambda: reference.forward(PARAMS, X, nonlinearity="gelu")) == message
    assert refused(lambda: ours.RNN2D(4, 6, "gelu")) == message
    message = "expected at least one input and one unit, got 4 and 0"
    assert refused(lambda: reference.init(4, 0, np.random.default_rng(0))) == message
    assert refused(lambda: ours.RNN2D(4, 0)) == message
