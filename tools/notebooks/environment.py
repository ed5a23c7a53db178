"""The kernel and the environment in which a notebook of the book runs, here and on any other machine."""

from __future__ import annotations

import importlib.util
import os
import secrets
import socket
import tempfile
from pathlib import Path

from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from tools.notebooks.files import ROOT

KERNEL_NAME = CURRENT_ENV_KERNEL_NAME  # the Python that runs this, not one that a reader's settings name
KernelSpecs = NbvalKernelspecManager

# Stored with one hash seed and checked with another: an output that follows the order of a set is found out.
SEED_WHEN_STORED = "0"
SEED_WHEN_CHECKED = "1"

_LONGEST_SOCKET = 100  # characters; a socket's path has 104 on macOS, 108 on Linux, its number among them


def kernel_sockets() -> dict[str, str]:
    """Return the arguments with which a kernel's manager talks to it over sockets that no other kernel has.

    Over TCP, Jupyter looks for free ports, lets them go, and has the kernel take them a second later: of two
    kernels that start together, one may find its port taken, and then never answers (jupyter_client's issue
    487). A socket of the file system has a name that is drawn, not found. It needs no network, either. Where
    there is none (Windows, or a temporary folder far down), TCP it is.
    """
    path = str(Path(tempfile.gettempdir()) / f"kernel-{secrets.token_hex(8)}")
    if not hasattr(socket, "AF_UNIX") or len(path) > _LONGEST_SOCKET - len("-1"):
        return {}
    return {"transport": "ipc", "ip": path}


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
