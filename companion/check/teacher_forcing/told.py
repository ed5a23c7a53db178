"""``tf-shift``, ``tf-free-run``, ``tf-rounds``, ``tf-mix``: what each step is told, and waits for."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law


def _shift_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield np.array([[4, 7], [5, 8], [6, 9]]), 0
    for T, N, V in ((1, 1, 5), (1, 4, 6), (5, 1, 7), (5, 3, 9), (3, 6, 20)):
        yield rng.integers(1, V, (T, N)), 0
    yield rng.integers(0, 9, (4, 2)), 9


SHIFT = Exercise(
    "tf-shift",
    _shift_cases,
    (
        Law(
            "at the first step nothing has been written yet: what is read there is first.",
            lambda given, got: bool((got[0] == given[1]).all()),
        ),
    ),
)


@SHIFT.solved_by
def teacher_inputs(targets: np.ndarray, first: int) -> np.ndarray:
    """Return what is read with a teacher, (T, N): the target of the step before."""
    return np.concatenate([np.full((1, targets.shape[1]), first), targets[:-1]])


@SHIFT.mistake("Each step reads its own target: the answer it is asked for. The loss falls to nothing.")
def _shift_not(targets: np.ndarray, first: int) -> np.ndarray:
    return targets.copy()


@SHIFT.mistake("Shifted to the wrong side: each step reads the target of the step after it.")
def _shift_left(targets: np.ndarray, first: int) -> np.ndarray:
    return np.concatenate([targets[1:], np.full((1, targets.shape[1]), first)])


@SHIFT.mistake("The roll goes round: the first step reads the last target. Put first in its place.")
def _shift_roll(targets: np.ndarray, first: int) -> np.ndarray:
    return np.roll(targets, 1, axis=0)


@SHIFT.mistake("You shifted along the batch: a sequence reads its neighbour. Time is the first axis.")
def _shift_batch(targets: np.ndarray, first: int) -> np.ndarray:
    return np.concatenate([np.full((len(targets), 1), first), targets[:, :-1]], axis=1)


@SHIFT.mistake("There is a step too many: the last target is read by nobody, so it drops out.")
def _shift_longer(targets: np.ndarray, first: int) -> np.ndarray:
    return np.concatenate([np.full((1, targets.shape[1]), first), targets])


def _run_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    sizes = (1, 1, 2, 1), (2, 1, 3, 2), (5, 3, 6, 2), (4, 2, 5, 3), (7, 4, 3, 5), (3, 6, 4, 1)
    for T, N, H, outputs in sizes:
        shapes = (outputs,), (H, outputs), (H,), (outputs, H), (outputs,)
        drawn = [rng.normal(size=shape) for shape in shapes[1:]]
        yield rng.normal(size=(N, outputs)), *drawn, T


FREE_RUN = Exercise("tf-free-run", _run_cases)


@FREE_RUN.solved_by
def free_run(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    """Return o_1 to o_T, (T, N, O), of the network that is told its own output before."""
    outputs, o = [], o_0
    for _ in range(T):
        o = np.tanh(o @ W_oh.T + b_h) @ W_ho.T + b_o
        outputs.append(o)
    return np.array(outputs)


@FREE_RUN.mistake(
    "The network is told o_0, it does not say it: its first output is o_1, and your last is missing."
)
def _run_from_zero(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return np.concatenate([o_0[None], free_run(o_0, W_oh, b_h, W_ho, b_o, T)])[:T]


@FREE_RUN.mistake("Every step is told o_0. What a step is told is the output of the step before.")
def _run_told_start(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return np.repeat(free_run(o_0, W_oh, b_h, W_ho, b_o, 1), T, axis=0)


@FREE_RUN.mistake("The output is fed back through a tanh of its own. It is told as it is.")
def _run_squashed(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    outputs, told = [], o_0
    for _ in range(T):
        o = np.tanh(told @ W_oh.T + b_h) @ W_ho.T + b_o
        told = np.tanh(o)
        outputs.append(o)
    return np.array(outputs)


@FREE_RUN.mistake("The tanh is missing: so the network is linear, and one matrix would do.")
def _run_linear(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    outputs, o = [], o_0
    for _ in range(T):
        o = (o @ W_oh.T + b_h) @ W_ho.T + b_o
        outputs.append(o)
    return np.array(outputs)


def _rounds_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield ([[], [0], [1], [2], [3]],)  # a chain
    yield ([[], [], [], []],)  # a teacher
    yield ([],)
    yield ([[]],)
    yield ([[], [0], [], [2], [], [4]],)  # a teacher at every second step
    yield ([[], [0], [0, 1], [], [3]],)
    yield ([[], [], [0, 1], [0], [2, 3]],)
    for T in (6, 9, 12):
        yield (
            [
                sorted({int(s) for s in rng.integers(0, t, rng.integers(0, min(t, 3) + 1))}) if t else []
                for t in range(T)
            ],
        )


ROUNDS = Exercise("tf-rounds", _rounds_cases)


@ROUNDS.solved_by
def rounds(needs: list[list[int]]) -> int:
    """Return the least number of rounds; in a round every step runs whose needs are there."""
    done: list[int] = []
    for before in needs:
        done.append(1 + max((done[s] for s in before), default=0))
    return max(done, default=0)


@ROUNDS.mistake(
    "One round a step is what the loop takes. Steps that need nothing of each other can share one."
)
def _rounds_loop(needs: list[list[int]]) -> int:
    return len(needs)


@ROUNDS.mistake(
    "You counted steps that wait for something. How long they wait depends on what those wait for."
)
def _rounds_waiting(needs: list[list[int]]) -> int:
    return sum(1 for before in needs if before) + bool(needs)


@ROUNDS.mistake("You counted how much a step needs. Three results of one round are all there after it.")
def _rounds_widest(needs: list[list[int]]) -> int:
    return max((len(before) for before in needs), default=-1) + 1


@ROUNDS.mistake(
    "That is the number of waits along the longest chain. The step at its beginning takes a round too."
)
def _rounds_arrows(needs: list[list[int]]) -> int:
    return max(rounds(needs) - 1, 0)


def _mix_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    for T, N in ((1, 1), (1, 3), (2, 1), (5, 3), (4, 6), (7, 2)):
        targets, own = rng.integers(1, 50, (T, N)), rng.integers(50, 99, (T, N))
        yield targets, own, rng.random((T, N)) < 0.5, 0
    targets, own = rng.integers(1, 50, (4, 3)), rng.integers(50, 99, (4, 3))
    yield targets, own, np.ones((4, 3), bool), 0
    yield targets, own, np.zeros((4, 3), bool), 0


MIX = Exercise(
    "tf-mix",
    _mix_cases,
    (
        Law(
            "with every coin True it is teacher forcing: the target before, and first at the beginning.",
            lambda given, got: bool(
                not given[2].all() or np.array_equal(got, teacher_inputs(given[0], given[3]))
            ),
        ),
    ),
)


@MIX.solved_by
def told(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    """Return what each step is told, (T, N): the target before where its coin is True, else its own."""
    mixed = np.where(coins[1:], targets[:-1], own[:-1])
    return np.concatenate([np.full((1, targets.shape[1]), first), mixed])


@MIX.mistake("The coins are turned round: True is the teacher's.")
def _mix_turned(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return told(own, targets, coins, first)


@MIX.mistake("Nothing is shifted: a step is told what stands at its own place, its answer among it.")
def _mix_unshifted(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return np.where(coins, targets, own)


@MIX.mistake("The coin of step t decides what step t is told. You used the coin of the step before.")
def _mix_coin_before(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    mixed = np.where(coins, targets, own)
    return np.concatenate([np.full((1, targets.shape[1]), first), mixed[:-1]])


@MIX.mistake("You flip one coin a sequence, that of its first step. Every step has a coin of its own.")
def _mix_one_coin(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return told(targets, own, np.broadcast_to(coins[:1], coins.shape), first)
