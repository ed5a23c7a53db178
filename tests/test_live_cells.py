"""The Python side of the live cells: what of a cell can run in a page, in which order, and what it shows."""

import ast
import base64
import doctest
import importlib
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from companion import weights

ROOT = Path(__file__).resolve().parents[1]
NUMPY = "import numpy as np"
BOTH = "import numpy as np\nimport torch\nfrom torch import nn\nrng = np.random.default_rng(0)"


@pytest.fixture(autouse=True)
def live(monkeypatch):
    """Let ``live_cells`` be imported, as in a page; the companion keeps its own files, unlike there."""
    monkeypatch.syspath_prepend(str(ROOT / "live" / "python"))
    monkeypatch.setattr(module("files"), "attend", lambda: None)


def module(name):
    return importlib.import_module(f"live_cells.{name}")


def halves(*cells, loaders=None):
    """Split cells; return of the last what runs, the lines that are left out, and what those need."""
    splitter = module("split").Splitter(loaders)
    cell = [splitter.split(source) for source in cells][-1]
    return [ast.unparse(statement) for statement in cell.runs], cell.left_out, cell.needs


@pytest.mark.parametrize("name", ["names", "split", "order"])
def test_examples(name):
    assert doctest.testmod(module(name)).failed == 0


def test_numpy_alone_runs_whole():
    assert halves(NUMPY, "x = np.ones(3)\nprint(x)") == (["x = np.ones(3)", "print(x)"], [], [])


def test_imports_of_what_is_missing_are_left_out_one_by_one():
    runs, out, needs = halves(
        "import numpy as np\nimport torch, math\nfrom companion import plots, torch as back"
    )
    assert runs == ["import numpy as np", "import math", "from companion import plots"]
    assert out == [(2, 3)]
    assert needs == ["PyTorch"]


def test_what_is_read_from_such_a_name_is_left_out_however_late():
    source = "net = nn.RNN(3, 4)\n\ndef run(x):\n    return net(x)\n\ny = np.ones(3)\nz = run(y)\nprint(y)"
    assert halves(BOTH, source) == (["y = np.ones(3)", "print(y)"], [(1, 1), (3, 4), (7, 7)], ["PyTorch"])


def test_a_name_set_anew_is_free_again():
    assert halves(BOTH, "x = torch.ones(3)", "x = np.ones(3)\nprint(x)")[1] == []


def test_a_function_that_is_only_defined_runs_with_the_names_that_it_sets_itself():
    assert halves(BOTH, "net = nn.RNN(3, 4)", "def f(net):\n    return net + 1\n\nprint(f(1))")[1] == []


def test_what_it_would_have_changed_is_unknown_afterwards():
    change = "rows = []\nfor k in range(3):\n    rows.append(torch.ones(k))\nprint(len(rows))\nprint(3)"
    assert halves(BOTH, change)[1] == [(2, 4)]
    assert halves(BOTH, "table = {}\ntable['a'] = torch.ones(3)\nprint(table)")[1] == [(2, 3)]


def test_a_generator_that_it_would_have_drawn_from_is_unknown_afterwards():
    draw = "x = torch.tensor(rng.normal(size=3))"
    assert halves(BOTH, draw, "print(rng.normal())")[1] == [(1, 1)]
    assert halves(BOTH, draw, "rng = np.random.default_rng(1)\nprint(rng.normal())")[1] == []


def test_a_figure_is_not_shown_in_part():
    splitter = module("split").Splitter()
    splitter.split(BOTH + "\nimport matplotlib.pyplot as plt")
    cell = splitter.split(
        "fig, axes = plt.subplots()\naxes.plot(torch.ones(3))\naxes.set(title='x')\nplt.show()"
    )
    assert cell.hides_figures
    assert cell.left_out == [(2, 4)]


def test_data_that_a_page_has_not():
    runs, out, needs = halves(
        "from companion.data import load_brown, load_glove",
        "a = load_brown()\nb = load_glove(50)",
        loaders={"load_glove": "76 MB of vectors"},
    )
    assert (runs, out, needs) == (["a = load_brown()"], [(2, 2)], ["76 MB of vectors"])


def test_such_data_asked_of_their_module():
    cells = ["from companion import data", "a = data.load_glove(50)", "print(a)"]
    assert halves(*cells, loaders={"load_glove": "76 MB"})[1:] == ([(1, 1)], ["76 MB"])


def test_what_must_run_before():
    cells = ["import numpy as np", "def f(x):\n    return g(x)", "def g(x):\n    return x", "a = 1", "f(2)"]
    needed = module("order").needed
    assert needed(cells, 4, {}) == [1, 2]
    assert needed(cells, 4, {1: cells[1]}) == [2]
    assert needed(cells, 4, {1: "def f(x): ...", 2: cells[2]}) == [1]


def test_what_changes_a_value_must_run_too():
    cells = ["rows = []", "rows.append(1)", "x = 1", "print(rows)"]
    assert module("order").needed(cells, 3, {}) == [0, 1]


class Page:
    """A session, and everything that it has sent."""

    def __init__(self, *cells):
        self.sent = []
        self.cells = list(cells)
        self.session = module("session").Session(self.hear, {})

    def hear(self, kind, content):
        """Keep what is sent; pieces of a text as one."""
        if kind == "text" and self.sent and self.sent[-1][0] == "text":
            content = self.sent.pop()[1] + content
        self.sent.append((kind, content))

    def run(self, number=None):
        numbers = range(len(self.cells)) if number is None else [number]
        return [self.session.run(self.cells, k) for k in numbers]


@pytest.fixture(autouse=True)
def main_stays(monkeypatch):
    """Give back the module of the running program."""
    import sys

    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def test_a_cell_prints_and_shows_its_last_value():
    page = Page("x = 2\nprint('a')\nx + 1", "x;", "{'b': 1, 'a': 2}")
    assert [ended["ok"] for ended in page.run()] == [True] * 3
    assert page.sent == [("text", "a\n3\n{'b': 1, 'a': 2}\n")]


def test_lines_for_jupyter_do_nothing():
    page = Page("%matplotlib inline\nfor k in range(2):\n    !ls\n    print(k)")
    assert page.run()[0]["ok"]
    assert page.sent == [("text", "0\n1\n")]


def test_an_error_shows_the_readers_lines_alone():
    page = Page("import json\n\ndef f(x):\n    return json.loads(x)", "f('{')", "print(1)")
    assert [ended["ok"] for ended in page.run()] == [True, False, True]
    told = dict(page.sent)["error"]
    assert 'File "cell 2", line 1' in told
    assert 'File "cell 1", line 4, in f\n    return json.loads(x)' in told
    assert "json/" not in told
    assert told.splitlines()[-1].startswith("json.decoder.JSONDecodeError")


def test_what_is_not_python_says_so():
    page = Page("x = = 1")
    assert not page.run()[0]["ok"]
    assert "SyntaxError" in page.sent[0][1]


def test_statements_that_need_what_is_missing_are_left_out():
    page = Page("import torch\nimport math", "print(math.pi > 3)\nprint(torch.ones(1))")
    ended = page.run()
    assert [e["how"] for e in ended] == ["part", "part"]
    assert ended[1]["left_out"] == [(2, 2)]
    assert page.sent == [("text", "True\n")]


def test_figures_come_in_order_and_after_what_was_printed(monkeypatch):
    import matplotlib.pyplot as plt

    before = plt.get_backend()
    plt.switch_backend("module://live_cells.figures")
    try:
        cell = (
            "import matplotlib.pyplot as plt\nprint(1)\nplt.plot([1, 2])\nplt.show()\nprint(2)\nplt.plot([3])"
        )
        page = Page(cell + ";")
        assert page.run()[0]["ok"]
        assert [kind for kind, _ in page.sent] == ["text", "image", "text", "image"]
        assert base64.b64decode(page.sent[1][1]).startswith(b"\x89PNG")
    finally:
        plt.close("all")
        plt.switch_backend(before)


def test_an_exercise_is_checked():
    wrong = "from companion.check import check\ndef look(E, ids):\n    return E.T\ncheck('emb-lookup', look)"
    page = Page(wrong, wrong.replace("E.T", "E[ids]"))
    page.run(0)
    assert page.sent.pop()[1].startswith("emb-lookup: not yet")
    page.run(1)
    assert page.sent.pop()[1].startswith("emb-lookup: passed")


def stand_in(monkeypatch):
    """Import what stands in a page for safetensors."""
    import sys

    monkeypatch.syspath_prepend(str(ROOT / "live" / "stand_ins"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "safetensors"]:
        monkeypatch.delitem(sys.modules, name)
    here = importlib.import_module("safetensors.numpy"), importlib.import_module("safetensors")
    for name in [name for name in sys.modules if name.partition(".")[0] == "safetensors"]:
        monkeypatch.delitem(sys.modules, name)
    return here


def test_saved_weights_are_read_as_the_library_reads_them(monkeypatch, tmp_path):
    kinds = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1"]
    save_file({kind: np.arange(6).astype(kind).reshape(2, 3) for kind in kinds}, tmp_path / "kinds")
    paths = [tmp_path / "kinds", *sorted(weights.FOLDER.glob("*.safetensors"))]
    theirs = [load_file(path) for path in paths]
    reader, library = stand_in(monkeypatch)
    for path, expected in zip(paths, theirs, strict=True):
        found = reader.load_file(path)
        assert found.keys() == expected.keys()
        assert all(np.array_equal(found[k], expected[k], equal_nan=found[k].dtype.kind == "f") for k in found)
        assert all(found[k].dtype == expected[k].dtype for k in found)
    damaged = tmp_path / "damaged"
    damaged.write_bytes((1 << 40).to_bytes(8, "little") + b"{}")
    with pytest.raises(library.SafetensorError, match="longer than the file"):
        reader.load_file(damaged)
    with library.safe_open(paths[1], framework="numpy") as file:
        assert set(file.metadata()) == {"command", "settings", "result"}


def test_weights_are_fetched_when_they_are_asked_for(monkeypatch, tmp_path):
    files = module("files")
    asked, stored = [], weights.FOLDER

    def fetch(name):
        asked.append(name)
        return (stored / Path(name).name).read_bytes()

    monkeypatch.setattr(files, "fetch", fetch)
    monkeypatch.setattr(files, "offered", {"weights/convnets.safetensors", "members/abc"})
    for name in ("FOLDER", "_path", "available"):
        monkeypatch.setattr(weights, name, tmp_path if name == "FOLDER" else getattr(weights, name))
    files._weights(weights)
    assert weights.available() == ["convnets"]
    assert weights.load("convnets").command == weights.load("convnets").command
    assert asked == ["weights/convnets.safetensors"]


def test_every_chapter_can_be_split():
    splitter = module("split").Splitter
    for path in sorted((ROOT / "book").glob("*/*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        one = splitter()
        how = [one.split("".join(c["source"])).how for c in cells if c["cell_type"] == "code"]
        assert "all" in how or "part" in how, path.name


def test_numpy_takes_wide_integers_where_its_own_are_narrow(monkeypatch):
    for name in ("bincount", "repeat"):
        monkeypatch.setattr(np, name, getattr(np, name))
    monkeypatch.setattr(np, "intp", np.int32)  # as in a page
    monkeypatch.setattr("time.process_time", None)
    module("platform").adapt(np)
    wide = np.array([2, 0, 1], dtype=np.int64)
    assert np.bincount(wide, minlength=4).tolist() == [1, 1, 1, 0]
    assert np.repeat(np.array([5, 6, 7]), wide).tolist() == [5, 5, 7]
    assert np.repeat([[1, 2]], 2, axis=0).tolist() == [[1, 2], [1, 2]]
