"""What every test run of this repository loads: with ``--nbval``, the comparison of notebooks."""

from pathlib import Path

pytest_plugins = ["tools.notebooks.pytest_plugin"]


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Under ``tests`` collect test files alone: what they share has no examples for doctest to run."""
    support = collection_path.suffix == ".py" and not collection_path.name.startswith("test_")
    return True if support and "tests" in collection_path.relative_to(Path(__file__).parent).parts else None
