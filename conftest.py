"""What every test run of this repository loads: with ``--nbval``, the comparison of notebooks."""

pytest_plugins = ["tools.notebooks.pytest_plugin"]
