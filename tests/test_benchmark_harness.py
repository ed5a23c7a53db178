"""The harness: turns, clocks, wrong answers, devices, and the runs of single subjects and of all."""

import dataclasses
import subprocess

import pytest
import torch

from benchmarks import __main__ as everything
from benchmarks import harness, machine, results
from benchmarks.harness import Contest, Options, Subject, Timing, always, measured
from benchmarks.results import Record, Row

ABOUT = {
    "processor": "a processor", "cores": 2, "memory_GB": 8.0, "system": "Linux x86_64", "python": "3.11.7",
    "packages": {"numpy": "2.0.0"}, "openblas": "Haswell", "pytorch": "AVX2", "load": 0.1,
    "rates": {"numpy_product_GFLOP_per_s": 50.0, "torch_product_GFLOP_per_s": 60.0, "copy_GB_per_s": 9.0},
}  # fmt: skip


class Clock:
    """Time passes where somebody works, and nowhere else."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def __call__(self):
        return self.now

    def work(self, name, *seconds, result=1):
        """Return work that takes these seconds, pass by pass."""
        left = iter(seconds * 9)

        def done():
            self.log.append(name)
            self.now += next(left)
            return result

        return always(done)


@pytest.fixture
def clock():
    return Clock()


def contest(clock, **more):
    sides = {"ours": clock.work("ours", 1.0, 2.0), "theirs": clock.work("theirs", 4.0, 4.0)}
    given = {"sides": sides, "peer": "theirs", "timing": Timing(clock), "rounds": 2, **more}
    return Contest("adding", "1 + 1", **given)


def test_everybody_has_a_turn_in_each_round_and_nobody_is_always_first(clock):
    (row,) = measured(contest(clock), Options())
    assert clock.log == ["ours", "theirs", "theirs", "ours"]
    assert (row.ours, row.theirs, row.ratios) == ([1.0, 2.0], [4.0, 4.0], [4.0, 2.0])


def test_of_several_passes_the_least_counts_and_a_warm_one_does_not(clock):
    sides = {"ours": clock.work("ours", 0.5, 3.0, 2.0, 7.0)}
    timing = Timing(clock, warm=True, passes=3)
    (row,) = measured(contest(clock, sides=sides, peer="", timing=timing, rounds=1), Options())
    assert (row.ours, row.theirs, row.ratios, row.verdict) == ([2.0], [], [], "")


def test_the_device_is_waited_for_before_and_after_each_pass(clock):
    def finish():
        clock.log.append("wait")
        clock.now += 10.0  # what the device had still to do

    sides = {"ours": clock.work("ours", 1.0)}
    timing = Timing(clock, passes=2, synchronise=finish)
    (row,) = measured(contest(clock, sides=sides, peer="", timing=timing, rounds=1), Options())
    assert clock.log == ["wait", "ours", "wait"] * 2
    assert row.ours == [11.0]


def test_the_floor_is_timed_in_turn_and_belongs_to_whom_it_is_said_to(clock):
    floor = clock.work("floor", 0.5)(0)
    sides = {name: clock.work(name, 2.0) for name in ("NumPy", "PyTorch", "theirs")}
    made = contest(clock, sides=sides, floor=floor, floor_of=("NumPy",), rounds=1)
    first, second = measured(made, Options())
    assert clock.log == ["NumPy", "PyTorch", "theirs", "floor"]
    assert (first.floor, second.floor, first.best_ratio) == ([0.5], [], 4.0)


def test_a_wrong_answer_ends_the_run_and_the_truth_may_be_another_side(clock):
    sides = {name: clock.work(name, 1.0, result=number) for number, name in enumerate("abc")}
    made = contest(clock, sides=sides, peer="c", same=lambda mine, truth: mine == truth)
    with pytest.raises(SystemExit, match="^adding, 1 [+] 1: a: the result is not that of c$"):
        measured(made, Options())
    with pytest.raises(SystemExit, match="^adding, 1 [+] 1: b: the result is not that of a$"):
        measured(dataclasses.replace(made, truth="a"), Options())
    sides["b"] = clock.work("b", 1.0, result=0)
    assert len(measured(dataclasses.replace(made, sides=sides, truth="a"), Options())) == 2


def test_threads_are_what_they_were(clock):
    before, seen = torch.get_num_threads(), []
    work = always(lambda: seen.append(torch.get_num_threads()))
    measured(contest(clock, sides={"ours": work}, peer="", threads=2, rounds=1), Options())
    assert (seen, torch.get_num_threads()) == ([2], before)


def test_the_run_starts_anew_only_where_the_instructions_differ_and_nobody_chose(monkeypatch):
    started = []
    monkeypatch.setattr(machine.os, "execve", lambda *arguments: started.append(arguments[2]))
    for kernels, capability, chosen, anew in [
        ("Haswell", "AVX512", False, True),
        ("Haswell", "AVX512", True, False),
        ("SkylakeX", "AVX512", False, False),
        ("Haswell", "AVX2", False, False),
    ]:
        started.clear()
        monkeypatch.setattr(machine, "kernels", lambda found=kernels: found)
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda found=capability: found)
        monkeypatch.delenv(machine.CORETYPE, raising=False)
        if chosen:
            monkeypatch.setenv(machine.CORETYPE, "Haswell")
        machine.with_equal_instructions()
        assert [environment[machine.CORETYPE] for environment in started] == ["SkylakeX"] * anew


@pytest.mark.parametrize("there", [False, True])
def test_a_gpu_that_is_not_there_is_said_to_be_missing(there, monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    try:
        assert machine.on_device("cuda") == ("cuda" if there else "cpu")
        assert ("no GPU" in capsys.readouterr().out) is not there
        allowed = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
        assert allowed == (not there, not there)
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def test_the_machine_is_described():
    found = machine.describe("cpu")
    assert found.keys() == ABOUT.keys()
    assert found["packages"].keys() == {*machine.PACKAGES}
    assert all(rate > 0 for rate in found["rates"].values())


@pytest.fixture
def adding(clock, monkeypatch):
    monkeypatch.setattr(machine, "describe", lambda device: ABOUT)
    monkeypatch.setattr(machine, "with_equal_instructions", lambda: None)

    def contests(options):
        yield contest(clock)
        yield Row("weighing", "a page", "ours", unit="B", ours=[2e6], promise="weight")
        yield "A sentence."

    return Subject("adding", "Adding numbers", contests)


def test_a_subject_is_run_and_kept(adding, tmp_path, capsys):
    path = tmp_path / "new" / "speed.json"
    harness.main(adding, ["--json", str(path), "--rounds", "3"])
    record = results.read(path)["adding"]
    assert [len(row.ours) for row in record.rows] == [3, 1]
    assert (record.device, record.quick, record.notes, record.machine) == (
        "cpu",
        False,
        ["A sentence."],
        ABOUT,
    )
    said = capsys.readouterr().out
    assert "adding  1 + 1  1  ours  1.00 s  theirs  4.00 s  4.00 (2.00 to 4.00)\n" in said
    assert "weighing  a page  1  ours  2.00 MB  at most 1.5 MB  misses\n" in said


def test_rows_are_selected_and_then_not_kept(adding, tmp_path, capsys):
    harness.main(adding, ["--select", "weigh"])
    assert "adding  1 + 1" not in capsys.readouterr().out
    with pytest.raises(SystemExit):
        harness.main(adding, ["--select", "weigh", "--json", str(tmp_path / "speed.json")])
    with pytest.raises(SystemExit):
        harness.main(adding, ["--rounds", "0"])
    assert "expected at least 1, got 0" in capsys.readouterr().err


@pytest.fixture
def ran(monkeypatch):
    """Note the commands of the subjects; each writes a record, and the one for beams fails."""
    commands = []

    def run(command):
        commands.append(command)
        name, path = command[2].removeprefix("benchmarks."), command[command.index("--json") + 1]
        record = Record(
            name, "2026-01-01 10:00", 1.0, "cpu", True, ABOUT, [Row(name, "", "ours", ours=[1.0])]
        )
        results.merge(everything.Path(path), {name: record})
        return subprocess.CompletedProcess(command, 3 * (name == "beam_search"))

    monkeypatch.setattr(everything.subprocess, "run", run)
    return commands


def test_all_subjects_that_are_asked_for_come_into_one_table(ran, tmp_path, capsys):
    path = tmp_path / "speed.json"
    assert everything.main(["--json", str(path), "--only", "rnn,bleu"]) == 0
    assert (
        everything.main(["--json", str(path), "--only", "text,pages", "--without", "pages", "--quick"]) == 0
    )
    assert [command[2] for command in ran] == ["benchmarks.rnn", "benchmarks.bleu", "benchmarks.text"]
    assert ["--quick" in command for command in ran] == [False, False, True]
    last = capsys.readouterr().out.rpartition("a processor")[2]
    assert [line.split()[0] for line in last.splitlines() if "ours  1.00 s" in line] == [
        "text",
        "rnn",
        "bleu",
    ]


def test_a_subject_that_fails_ends_the_run(ran, tmp_path, capsys):
    assert everything.main(["--json", str(tmp_path / "speed.json"), "--without", "text,skipgram,rnn"]) == 3
    assert ran[-1][2] == "benchmarks.beam_search"
    assert "beam_search: the run ends here, with status 3" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        everything.main(["--only", "rnm"])
    assert "got 'rnm'" in capsys.readouterr().err
