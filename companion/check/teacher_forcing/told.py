"""``tf-shift`` and ``tf-free-run``: what each step is told, with a teacher and without."""

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


@SHIFT.mistake(
    "Only the first row is replaced: from the second on each step still reads its own target. Move them all."
)
def _shift_first_row(targets: np.ndarray, first: int) -> np.ndarray:
    return np.concatenate([np.full((1, targets.shape[1]), first), targets[1:]])


@SHIFT.mistake(
    "Without an axis np.roll takes the array for one long row, and goes round from sequence to sequence."
)
def _shift_roll_flat(targets: np.ndarray, first: int) -> np.ndarray:
    return np.roll(targets, 1)


@SHIFT.mistake("A step is missing: before the first target the network reads first.")
def _shift_shorter(targets: np.ndarray, first: int) -> np.ndarray:
    return targets[:-1]


@SHIFT.mistake("The first step reads 0 in yours, whatever first is.")
def _shift_zero(targets: np.ndarray, first: int) -> np.ndarray:
    return teacher_inputs(targets, 0)


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


@FREE_RUN.mistake("There is a tanh on the outputs too. The read-out is linear; only the state has a tanh.")
def _run_squashed_output(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    outputs, o = [], o_0
    for _ in range(T):
        o = np.tanh(np.tanh(o @ W_oh.T + b_h) @ W_ho.T + b_o)
        outputs.append(o)
    return np.array(outputs)


@FREE_RUN.mistake("The bias of the hidden units, b_h, is missing.")
def _run_no_hidden_bias(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return free_run(o_0, W_oh, np.zeros_like(b_h), W_ho, b_o, T)


@FREE_RUN.mistake("The bias of the outputs, b_o, is missing.")
def _run_no_output_bias(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return free_run(o_0, W_oh, b_h, W_ho, np.zeros_like(b_o), T)


@FREE_RUN.mistake("That is the last output alone. Asked for is the output of every step.")
def _run_last(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return free_run(o_0, W_oh, b_h, W_ho, b_o, T)[-1]


@FREE_RUN.mistake("All entries are the last output: one array was changed in place, and stored T times.")
def _run_in_place(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return np.repeat(free_run(o_0, W_oh, b_h, W_ho, b_o, T)[-1:], T, axis=0)


@FREE_RUN.mistake("One too many: o_0 is given, the network has not said it.")
def _run_start_counted(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    return np.concatenate([o_0[None], free_run(o_0, W_oh, b_h, W_ho, b_o, T)])


@FREE_RUN.mistake("You have collected the states of the hidden units. Asked for is what the network says.")
def _run_states(
    o_0: np.ndarray, W_oh: np.ndarray, b_h: np.ndarray, W_ho: np.ndarray, b_o: np.ndarray, T: int
) -> np.ndarray:
    told = np.concatenate([o_0[None], free_run(o_0, W_oh, b_h, W_ho, b_o, T)[:-1]])
    return np.tanh(told @ W_oh.T + b_h)
