"""Fetch the book's data ahead: ``python -m companion.data [list | fetch NAME... | fetch all | path]``.

The exit status is 0 when all went well, 1 when a data set could not be had, 2 when the command was not
understood.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from companion import data
from companion.data import DataUnavailable, available, cache_dir, table

LOADERS: dict[str, Callable[[], object]] = {
    "speech": data.load_speech,
    "chorale": data.load_chorale,
    "dna": data.load_dna,
    "sunspots": data.load_sunspots,
    "phrases": data.load_phrases,
    "brown": data.load_brown,
    "reviews": data.load_reviews,
    "glove-50": lambda: data.load_glove(50),
    "glove-100": lambda: data.load_glove(100),
    "word-tests": data.load_analogies,
    "vowels": data.load_vowels,
    "el-nino": data.load_el_nino,
    "translations": data.load_translations,
    "sentence-pairs": data.load_sentence_pairs,
    "addresses": data.load_addresses,
    "names": data.load_names,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m companion.data", description="The data sets of the book."
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("list", help="show every data set (what happens without a command)")
    commands.add_parser("path", help="show the cache folder")
    fetch = commands.add_parser("fetch", help="fetch data sets and prepare them for a quick opening")
    names = [each.name for each in available()]
    fetch.add_argument(
        "names", nargs="+", choices=[*names, "all"], metavar="name", help=", ".join([*names, "all"])
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "fetch":
        return _fetch(names if "all" in chosen.names else list(dict.fromkeys(chosen.names)))
    print(cache_dir() if chosen.command == "path" else table())
    return 0


def _fetch(names: Sequence[str]) -> int:
    """Load each data set once, which fetches and prepares it; go on past one that fails."""
    status = 0
    for name in names:
        try:
            LOADERS[name]()
        except DataUnavailable as error:
            print(error, file=sys.stderr)
            status = 1
        else:
            print(f"{name}: ready", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
