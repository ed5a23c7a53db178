"""The page of measurements: what it shows is computed from the stored rounds, and these are whole."""

import re
from pathlib import Path

import pytest
from tiny_book import INDEX, TinyBook, tiny_book

from benchmarks import __main__ as everything
from benchmarks import figures, results
from benchmarks.promises import PROMISES
from benchmarks.results import Record, Row
from tools.notebooks.figures import figure_difference

BOOK = Path(__file__).resolve().parents[1] / "book"
APPENDIX = BOOK / "appendix"
MACHINE = {
    "processor": "A processor", "cores": 2, "memory_GB": 8.0, "system": "Linux x86_64", "python": "3.11.7",
    "packages": {"numpy": "2.0.0"}, "openblas": "Haswell", "pytorch": "AVX2", "load": 0.1,
    "rates": {"numpy_product_GFLOP_per_s": 50.0, "torch_product_GFLOP_per_s": 60.0, "copy_GB_per_s": 9.0},
}  # fmt: skip

LSTM = {"what": "LSTM, forward and backward", "case": "(5, 3, 4, 6)", "peer": "nn.LSTM", "theirs": [2.0, 2.0]}
SLOW = {"ours": [2.0, 4.0], "floor": [2.5, 2.5], "operations": 5e9}
FAST = {"ours": [1.0, 1.0], "floor": [0.5, 0.5], "threads": 2}
LAYERS = [
    Row(**LSTM, **SLOW, who="NumPy", promise="gates in NumPy"),
    Row(**LSTM, ours=[1.0, 1.0], who="PyTorch", promise="cells in PyTorch"),
    Row(**LSTM, **FAST, who="NumPy", promise="gates in NumPy"),
]
SLOPE = Row("exponent of RNN", "4 to 8 steps", "NumPy", unit="exponent", ours=[0.98], promise="linear time")
PAGES = [
    Row("weight", "text/sums", "page", unit="B", ours=[900_000.0], promise="weight"),
    Row("interactive", "text/sums", "page", ours=[0.25, 0.2, 0.3], promise="interactive"),
]
PAGE = """# Speed

```{speed} conditions
```

```{speed} promises
:caption: All promises
```

```{speed} misses
```

```{speed} layers rnn
:what: forward and backward
```

```{speed} comparison rnn
```

```{speed} amounts steps
```

```{speed} pages
```

```{speed} notes rnn
```

```{speed} comparison
:device: cuda
```

```{speed} amounts book
```

```{speed} figure layers
A *caption*.
```
"""


def record(rows: list[Row], date: str = "2026-01-01 10:00") -> Record:
    """Return a record of a minute."""
    return Record("a title", date, 60.0, "cpu", False, MACHINE, rows, ["A note."])


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> TinyBook:
    """Build a page of a few measurements."""
    tiny = tiny_book(tmp_path_factory.mktemp("speed"))
    tiny.write(
        {"book/appendix/speed.md": PAGE, "book/index.md": INDEX.replace("map\n", "map\nappendix/speed\n")}
    )
    folder = tiny.root / "book" / "appendix"
    records = {"rnn": record(LAYERS), "steps": record([SLOPE], "2026-01-02 11:00"), "pages": record(PAGES)}
    results.merge(folder / "speed-cpu.json", records)
    (folder / "speed-layers-cpu.png").write_bytes((BOOK / "_static" / "favicon.png").read_bytes())
    assert tiny.build() == []
    return tiny


def tables(book: TinyBook) -> list[list[list[str]]]:
    """Return the text of all cells, by table and line."""
    page = book.page("appendix/speed").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    found = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    lines = [re.findall(r"<tr.*?</tr>", table, re.DOTALL) for table in found]
    cells = [[re.findall(r"<p>(.*?)</p>", line, re.DOTALL) for line in table] for table in lines]
    return cells


def test_the_conditions_stand_there(book: TinyBook) -> None:
    page = book.page("appendix/speed")
    assert "Measured: 2026-01-01 10:00 to 2026-01-02 11:00 (UTC), in 3 minutes." in page
    assert page.count("Machine: A processor, 2 cores, 8.0 GB, Linux x86_64.") == 1
    assert "50.0 GFLOP/s in NumPy (OpenBLAS for Haswell), 60.0 GFLOP/s in PyTorch (AVX2)" in page
    assert "<p>A note.</p>" in page
    assert page.count("<p>This has not been measured yet.</p>") == 2  # no GPU, and no book


def test_every_table_is_computed_from_the_rounds(book: TinyBook) -> None:
    promises, misses, layers, comparison, amounts, pages = tables(book)
    assert len(promises) == sum(promise.device == "cpu" for promise in PROMISES.values())
    gates = next(line for line in promises if line[0] == PROMISES["gates in NumPy"].text)
    furthest = "0.75 (0.50 to 1.00): LSTM, forward and backward, (5, 3, 4, 6)"
    assert gates[1:] == ["at least 1", "1 of 2", furthest]
    assert next(line for line in promises if line[0] == PROMISES["BLEU"].text)[2:] == [
        "0 of 0",
        "not measured",
    ]
    work = "LSTM, forward and backward, (5, 3, 4, 6) (NumPy)"
    assert misses == [[work, "0.75 (0.50 to 1.00)", "at least 1", "0.80: limit", "83%, at 2 GFLOP/s"]]
    assert layers == [["LSTM (5, 3, 4, 6)", "2.00 s (nn.LSTM)", "0.75 limit", "2.00", "2.00"]]
    assert len(comparison) == 3
    assert comparison[1][1:] == [
        "1.00 s (PyTorch)",
        "2.00 s (nn.LSTM)",
        "2.00 (2.00 to 2.00)",
        "at least 1: holds",
    ]
    assert amounts == [["exponent of RNN, 4 to 8 steps", "NumPy", "0.980", "at most 1.1: holds"]]
    assert pages == [["text/sums", "\N{EN DASH}", "900 kB", "250 ms"]]


def test_a_picture_has_a_caption_and_names_its_numbers(book: TinyBook) -> None:
    page = book.page("appendix/speed")
    assert "with one thread: LSTM (5, 3, 4, 6) 0.75." in page
    assert "A <em>caption</em>." in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("comparison texts", "nothing was measured of 'texts'; there is rnn, steps, pages"),
        ("colours", "expected conditions, figure, notes"),
        ("figure steps", "there is no speed-steps-cpu.png"),
    ],
)
def test_what_is_not_there_is_a_warning(asked: str, said: str, book: TinyBook) -> None:
    book.write({"book/appendix/speed.md": f"# Speed\n\n```{{speed}} {asked}\n```\n"})
    warnings = book.build()
    assert len(warnings) == 1
    assert f"speed: {said}" in warnings[0]


STORED = {device: APPENDIX / f"speed-{device}.json" for device in ("cpu", "cuda")}
SUBJECTS = {"cpu": everything.SUBJECTS, "cuda": everything.ON_GPU}


def test_the_stored_measurements_are_whole() -> None:
    """A device that has been measured has been measured in full."""
    for device, path in STORED.items():
        stored = results.read(path)
        assert set(stored) in (set(), set(SUBJECTS[device]))
        assert [name for name, record in stored.items() if record.quick or record.device != device] == []
        held = {row.promise for record in stored.values() for row in record.rows} - {""}
        promised = {key for key, promise in PROMISES.items() if promise.device == device}
        assert held == (promised if stored else set())


def test_the_stored_figures_are_drawn_from_the_stored_measurements(tmp_path: Path) -> None:
    for device, path in STORED.items():
        drawn = figures.draw(results.read(path), tmp_path, device)
        there = {file.name: file for file in APPENDIX.glob(f"speed-*-{device}.png")}
        assert {file.name for file in drawn} == set(there)
        for file in drawn:
            assert figure_difference(there[file.name].read_bytes(), file.read_bytes()) is None
