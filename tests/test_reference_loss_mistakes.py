"""The usual mistakes in a softmax and in a loss, each caught by the checks that the right ones pass."""

import numpy as np
import pytest
from comparing import PARITY, caught
from test_reference_losses import LOSSES, difference, parity

from companion.reference import losses

SEEDS = range(4)


def unstable_softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def softmax_over_the_batch(z):
    return losses.softmax(z, axis=0)


def test_softmax_without_the_maximum_is_caught():
    z = np.array([1000.0, 0.0])
    with pytest.warns(RuntimeWarning):
        assert np.isnan(unstable_softmax(z)).any()
    assert losses.softmax(z).tolist() == [1, 0]
    assert abs(unstable_softmax(z / 1000) - losses.softmax(z / 1000)).max() < PARITY  # else it would pass


def test_softmax_along_the_wrong_axis_is_caught():
    z = np.random.default_rng(0).standard_normal((3, 5))
    assert np.abs(softmax_over_the_batch(z).sum(axis=-1) - 1).max() > 0.1
    assert np.abs(losses.softmax(z).sum(axis=-1) - 1).max() < 1e-15


def wrong_sign(name):
    return lambda cache, dloss=1.0: -LOSSES[name][1](cache, dloss)


def mean_forgotten(name):
    """Take the mean for the loss, and the sum for its gradient."""
    return lambda cache, dloss=1.0: LOSSES[name][1](cache._replace(divisor=1), dloss)


def mean_over_the_batch_alone(name):
    return lambda cache, dloss=1.0: LOSSES[name][1](cache._replace(divisor=len(cache.logits)), dloss)


def target_forgotten(name):
    if name == "binary":
        return lambda cache, dloss=1.0: LOSSES[name][1](cache._replace(targets=0 * cache.targets), dloss)
    return lambda cache, dloss=1.0: losses.softmax(cache.logits) * dloss / cache.divisor


def slope_of_the_sigmoid_too(name):
    """Multiply p - y by p (1 - p), as if the loss were a squared error."""

    def backward(cache, dloss=1.0):
        p = losses.softmax(cache.logits) if name == "classes" else losses.sigmoid(cache.logits)
        return LOSSES[name][1](cache, dloss) * p * (1 - p)

    return backward


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    "mutant",
    [wrong_sign, mean_forgotten, mean_over_the_batch_alone, target_forgotten, slope_of_the_sigmoid_too],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_gradient_are_caught(name, mutant, seed):
    backward = mutant(name)
    assert caught(lambda: parity(name, seed, "mean", False, backward=backward)[1])
    assert caught(lambda: difference(name, seed, "mean", False, backward=backward))


def padding_in_the_gradient(name):
    return lambda cache, dloss=1.0: LOSSES[name][1](cache._replace(mask=None), dloss)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("seed", SEEDS)
def test_padding_in_the_gradient_is_caught(name, seed):
    backward = padding_in_the_gradient(name)
    assert caught(lambda: parity(name, seed, "mean", True, backward=backward)[1])
    assert caught(lambda: difference(name, seed, "mean", True, backward=backward))


def padding_in_the_loss(forward):
    return lambda z, targets, reduction, mask: forward(z, targets, reduction)


def padding_in_the_count(forward):
    """Leave the padded entries out of the sum, and count them in the mean."""

    def mutant(z, targets, reduction, mask):
        loss, cache = forward(z, targets, "sum", mask)
        return loss / mask.size, cache

    return mutant


def sum_for_mean(forward):
    return lambda z, targets, reduction, mask: forward(z, targets, "sum", mask)


def in_bits(forward):
    def mutant(z, targets, reduction, mask):
        loss, cache = forward(z, targets, reduction, mask)
        return loss / np.log(2), cache

    return mutant


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("mutant", [padding_in_the_loss, padding_in_the_count, sum_for_mean, in_bits])
@pytest.mark.parametrize("seed", SEEDS)
def test_mistakes_in_the_loss_are_caught(name, mutant, seed):
    assert caught(lambda: parity(name, seed, "mean", True, forward=mutant(LOSSES[name][0]))[0])


def test_a_logarithm_of_zero_is_caught():
    def naive(z, t):
        p = 1 / (1 + np.exp(-z))
        return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()

    z, t = np.array([40.0]), np.array([0.0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert naive(z, t) == np.inf
    assert losses.binary_cross_entropy(z, t)[0] == 40.0
