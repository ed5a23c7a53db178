"""The reference, the text tools and the vectors import with NumPy alone: so they run in a browser."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NUMPY_ALONE = ["companion.reference", "companion.text", "companion.vectors", "companion.metrics"]

# Run in an interpreter of its own: here, other tests have imported everything already.
GUARD = '''
import importlib, importlib.util, pkgutil, sys

allowed = {"numpy", "companion", sys.argv[1]}

class NumpyAlone:
    """Refuse every top-level module that is neither the standard library's, nor NumPy, nor ours."""

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"{name} is more than NumPy", name=name)

for name in [name for name in sys.modules if name.partition(".")[0] not in allowed | sys.stdlib_module_names]:
    if name != "__main__":
        del sys.modules[name]  # start-up files of installed packages may have imported something
sys.meta_path.insert(0, NumpyAlone())
sys.path.insert(0, sys.argv[2])

for name in sys.argv[3:]:
    module = importlib.import_module(name)
    print(name)
    path, fail = getattr(module, "__path__", []), importlib.import_module  # or an error passes
    for found in pkgutil.walk_packages(path, name + ".", onerror=fail):
        importlib.import_module(found.name)
        print(found.name)
'''


def guarded(root, *names):
    """Import these modules, and all under them, with NumPy alone."""
    package = names[0].partition(".")[0]
    command = [sys.executable, "-c", GUARD, package, str(root), *names]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def there(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_the_package_imports_with_numpy_alone():
    names = [name for name in NUMPY_ALONE if there(name)]
    result = guarded(ROOT, *names)
    assert result.returncode == 0, result.stderr
    imported = result.stdout.split()
    assert set(names) <= set(imported)
    assert {"companion.reference.embedding", "companion.reference.gradcheck", "companion.vectors"} <= set(
        imported
    )
    modules = [p for name in names for p in ROOT.joinpath(*name.split(".")).rglob("*.py")]
    modules += [p for name in names if (p := ROOT.joinpath(*name.split(".")).with_suffix(".py")).exists()]
    assert len(imported) == len(modules)


@pytest.fixture
def package(tmp_path):
    """Write a package of two levels that needs NumPy alone, for tests to spoil."""
    for folder in ("pack", "pack/deep"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text("import numpy.linalg, json, xml.dom\n")
    (tmp_path / "pack/deep/fine.py").write_text("from pack import deep\nimport numpy as np\n")
    return tmp_path


def test_the_guard_passes_what_is_clean(package):
    result = guarded(package, "pack")
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["pack", "pack.deep", "pack.deep.fine"]


@pytest.mark.parametrize("place", ["pack/bad.py", "pack/deep/bad.py", "pack/deep/__init__.py"])
@pytest.mark.parametrize(
    "line", ["import torch", "from torch import nn", "import torch.nn", "import scipy.special"]
)
def test_the_guard_fails_on_anything_else(package, place, line):
    (package / place).write_text(f"{line}\n")
    result = guarded(package, "pack")
    assert result.returncode != 0
    assert "is more than NumPy" in result.stderr
    assert Path(place).name in result.stderr


def test_the_guard_fails_on_what_is_not_there(package):
    assert guarded(package, "pack.missing").returncode != 0


def test_the_guard_fails_on_the_pytorch_back_end():
    result = guarded(ROOT, "companion.torch")
    assert result.returncode != 0
    assert "torch is more than NumPy" in result.stderr
