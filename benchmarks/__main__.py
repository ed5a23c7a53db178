"""Everything in one run, and one table: ``python -m benchmarks``, which is what ``make bench`` does.

Each subject has a process of its own, in which no other library's threads wait and no other's garbage lies,
and puts its measurements into one JSON file as soon as it has them. So a run that was broken off goes on with
``--only`` and the subjects that are missing; the table is that of the whole file. Unless told otherwise the
file is the one that the book's page of measurements is made from, and the page's figures are drawn anew.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks import figures, harness, machine, report
from benchmarks.results import SUBJECTS, read

STORED = Path(__file__).resolve().parents[1] / "book" / "appendix"  # what the page of the book is made from
ON_GPU = ("skipgram", "rnn", "steps", "memory", "beam_search")


def main(given: list[str] | None = None) -> int:
    """Run the subjects one after another; the first that fails ends the run."""
    parser = argparse.ArgumentParser(description="measure the companion beside its peers, and the book")
    harness.arguments(parser)
    parser.add_argument("--only", type=listed, metavar="NAME,NAME", help=f"of {', '.join(SUBJECTS)}")
    parser.add_argument("--without", type=listed, default=(), metavar="NAME,NAME", help="all but these")
    told = parser.parse_args(given)
    device = machine.on_device(told.device)
    path = told.json or (Path("_build") if told.quick else STORED) / f"speed-{device}.json"
    options = ["--device", device, "--json", str(path)]
    options += ["--quick"] if told.quick else []
    options += ["--rounds", str(told.rounds)] if told.rounds else []
    for name in told.only or (ON_GPU if device == "cuda" else SUBJECTS):
        if name not in told.without:
            status = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options]).returncode
            if status:
                print(f"{name}: the run ends here, with status {status}", file=sys.stderr)
                return status
    found = read(path)
    if path.parent == STORED:
        figures.draw(found, STORED, device)
    print("\n" + report.whole({name: found[name] for name in SUBJECTS if name in found}))
    print(f"The rounds are in {path}.")
    return 0


def listed(text: str) -> tuple[str, ...]:
    """Read names of subjects."""
    names = tuple(text.split(","))
    for name in names:
        if name not in SUBJECTS:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join(SUBJECTS)}, got {name!r}")
    return names


if __name__ == "__main__":
    sys.exit(main())
