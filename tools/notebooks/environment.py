"""The kernel and the environment in which a notebook of the book runs, here and on any other machine."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from tools.notebooks.files import ROOT

KERNEL_NAME = CURRENT_ENV_KERNEL_NAME  # the Python that runs this, not one that a reader's settings name
KernelSpecs = NbvalKernelspecManager

# Stored with one hash seed and checked with another: an output that follows the order of a set is found out.
SEED_WHEN_STORED = "0"
SEED_WHEN_CHECKED = "1"


def kernel_environment(hash_seed: str) -> dict[str, str]:
    """Return the environment variables a kernel gets: those of this process, without its owner's preferences.

    IPython's and matplotlib's settings are their own defaults, figures are drawn inline, and the order of
    sets is fixed by `hash_seed` (a ``PYTHONHASHSEED`` that is set stands). The number of threads stays.
    """
    profile = ROOT / "_build" / "ipython"
    profile.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        # This checkout's companion, whatever another one has installed into the environment.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": str(profile),
        "PYTHONHASHSEED": os.environ.get("PYTHONHASHSEED", hash_seed),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a debugger's warning on stderr
    }
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        environment["MATPLOTLIBRC"] = str(Path(matplotlib.origin).parent / "mpl-data" / "matplotlibrc")
    return environment
