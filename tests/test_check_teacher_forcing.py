"""What the exercises on teacher forcing ask for, asked of the companion; test_check_agrees compares."""

from typing import Any

import numpy as np

from companion.check.library import find
from companion.metrics import exposure_gap
from companion.reference import output_recurrent, scheduled_sampling

N_PAIRS = 400_000


def teacher_inputs(targets: np.ndarray, first: int) -> np.ndarray:
    """Read the inputs off a step that notes down what it is given."""
    read: list[np.ndarray] = []

    def step(ids: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        read.append(ids)
        return np.zeros((len(ids), 1)), state

    given = np.concatenate([np.full((1, targets.shape[1]), first), targets])
    scheduled_sampling.mixed_inputs(step, given, None, np.ones(given.shape, bool), np.zeros(given.shape))
    return np.array(read)


def free_run(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    """Let the companion's network run with inputs of zero."""
    arrays = np.zeros((len(b_h), 1)), b_h, W_oh, W_ho, b_o
    params = dict(zip(output_recurrent.NAMES, arrays, strict=True))
    return output_recurrent.forward(params, np.zeros((T, len(o_0), 1)), o_0)[0]


def rounds(needs: list[list[int]]) -> int:
    """Count the powers of the matrix of needs until it is zero: the longest chain."""
    matrix = np.zeros((len(needs), len(needs)), int)
    for step, before in enumerate(needs):
        matrix[step, before] = 1
    reached, count = np.eye(len(needs), dtype=int), 0
    while reached.any():
        reached, count = (reached @ matrix > 0).astype(int), count + 1
    return count


def told(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    """Mix by the companion and shift the whole, with the coins moved to the tokens they decide on."""
    moved = np.concatenate([coins[1:], coins[:1]])
    mixed = scheduled_sampling.mix(targets, own, moved)
    return np.concatenate([np.full((1, targets.shape[1]), first), mixed])[:-1]


def forecast_errors(W: np.ndarray, b: np.ndarray, last: np.ndarray, future: np.ndarray) -> np.ndarray:
    """Forecast with the companion's network whose read-out hands the state on."""
    size = len(b)
    outputs = free_run(last, W, b, np.eye(size), np.zeros(size), len(future))
    return np.sqrt(((outputs - future) ** 2).mean(axis=(1, 2)))


def exposure(
    own: np.ndarray, own_lengths: np.ndarray, true: np.ndarray, true_lengths: np.ndarray
) -> np.ndarray:
    masks = [np.arange(len(own))[:, None] < lengths for lengths in (own_lengths, true_lengths)]
    return exposure_gap(own, true, *masks).gap


def learned(joint: np.ndarray, epsilon: float) -> np.ndarray:
    """Write down how often a token is read with a target, and condition on what is read."""
    read_and_target = epsilon * joint + (1 - epsilon) * np.outer(joint.sum(axis=1), joint.sum(axis=0))
    return read_and_target / read_and_target.sum(axis=1, keepdims=True)


COMPANION: dict[str, Any] = {
    "tf-shift": teacher_inputs,
    "tf-free-run": free_run,
    "tf-rounds": rounds,
    "tf-mix": told,
    "tf-decay": lambda i, k: float(scheduled_sampling.inverse_sigmoid_decay(i, k)),
    "tf-evaluate": forecast_errors,
    "tf-gap": exposure,
    "tf-bits": learned,
}


def test_two_bits_by_drawing_them() -> None:
    """Draw pairs, replace the first token by one of the network's own as the coins fall, and count."""
    rng = np.random.default_rng(0)
    joint, epsilon = np.array([[0.4, 0.1, 0.05], [0.05, 0.1, 0.3]]), 0.3
    pairs = rng.choice(joint.size, N_PAIRS, p=joint.ravel())
    first, second = np.divmod(pairs, joint.shape[1])
    own = rng.choice(2, N_PAIRS, p=joint.sum(axis=1))
    read = scheduled_sampling.mix(first, own, scheduled_sampling.coins((N_PAIRS,), epsilon, rng))
    counts = np.zeros(joint.shape)
    np.add.at(counts, (read, second), 1)
    found = counts / counts.sum(axis=1, keepdims=True)
    assert np.abs(found - find("tf-bits").solution(joint, epsilon)).max() < 0.005
