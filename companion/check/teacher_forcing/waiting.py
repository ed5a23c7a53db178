"""``tf-rounds`` and ``tf-mix``: what a step waits for, and what a coin lets it read."""

from collections.abc import Iterator

import numpy as np

from companion.check.exercise import Arguments, Exercise, Law
from companion.check.teacher_forcing.told import teacher_inputs


def _rounds_cases(rng: np.random.Generator) -> Iterator[Arguments]:
    yield ([[], [0], [1], [2], [3]],)  # a chain
    yield ([[], [], [], []],)  # a teacher
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
    return max(done)


@ROUNDS.mistake(
    "One round a step is what the loop takes. Steps that need nothing of each other can share one."
)
def _rounds_loop(needs: list[list[int]]) -> int:
    return len(needs)


@ROUNDS.mistake(
    "You counted steps that wait for something. How long they wait depends on what those wait for."
)
def _rounds_waiting(needs: list[list[int]]) -> int:
    return sum(1 for before in needs if before) + 1


@ROUNDS.mistake("You counted how much a step needs. Three results of one round are all there after it.")
def _rounds_widest(needs: list[list[int]]) -> int:
    return max(len(before) for before in needs) + 1


@ROUNDS.mistake(
    "That is the number of waits along the longest chain. The step at its beginning takes a round too."
)
def _rounds_arrows(needs: list[list[int]]) -> int:
    return rounds(needs) - 1


@ROUNDS.mistake("That is the round of the last step. Another one may have waited longer.")
def _rounds_of_last(needs: list[list[int]]) -> int:
    done: list[int] = []
    for before in needs:
        done.append(1 + max((done[s] for s in before), default=0))
    return done[-1]


@ROUNDS.mistake(
    "A step runs when all that it needs is there: it waits for the latest, not for the first of them."
)
def _rounds_first(needs: list[list[int]]) -> int:
    done: list[int] = []
    for before in needs:
        done.append(1 + min((done[s] for s in before), default=0))
    return max(done)


@ROUNDS.mistake(
    "You add up the rounds of all that a step needs. They run side by side: the longest wait counts."
)
def _rounds_added(needs: list[list[int]]) -> int:
    done: list[int] = []
    for before in needs:
        done.append(1 + sum(done[s] for s in before))
    return max(done)


@ROUNDS.mistake("You counted all the needs together. Those that are met in the same round cost one.")
def _rounds_all_needs(needs: list[list[int]]) -> int:
    return 1 + sum(len(before) for before in needs)


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


@MIX.mistake(
    "The targets are those of the steps themselves, their answers. The truth of the step before is told."
)
def _mix_own_target(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    mixed = np.where(coins[1:], targets[1:], own[:-1])
    return np.concatenate([np.full((1, targets.shape[1]), first), mixed])


@MIX.mistake(
    "What the network says at a step is not there yet when the step is told something: move own too."
)
def _mix_own_now(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return np.where(coins, teacher_inputs(targets, first), own)


@MIX.mistake(
    "You replaced the first row and moved nothing: the others are told what stands at their own place."
)
def _mix_first_row(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    mixed = np.where(coins, targets, own)
    return np.concatenate([np.full((1, targets.shape[1]), first), mixed[1:]])


@MIX.mistake("At the first step there is nothing to choose from: it is told first, whatever its coin.")
def _mix_first_by_coin(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    begin = np.where(coins[:1], first, own[:1])
    return np.concatenate([begin, told(targets, own, coins, first)[1:]])


@MIX.mistake("It goes round: the first step is told what stands at the last one.")
def _mix_roll(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return np.where(coins, np.roll(targets, 1, axis=0), np.roll(own, 1, axis=0))


@MIX.mistake("There is a row too many: what stands at the last step is told to nobody.")
def _mix_longer(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return np.concatenate([np.full((1, targets.shape[1]), first), np.where(coins, targets, own)])


@MIX.mistake("The coins are not looked at: every step is told the truth.")
def _mix_no_coins(targets: np.ndarray, own: np.ndarray, coins: np.ndarray, first: int) -> np.ndarray:
    return teacher_inputs(targets, first)
