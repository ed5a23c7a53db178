"""Run a command without a network, this machine's own addresses left: Jupyter's kernels may need those."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

_BLOCK = Path(__file__).parent / "no_network"
_IFF_UP_RUNNING = 0x41
_SIOCSIFFLAGS = 0x8914


def offline_command(command: list[str]) -> tuple[list[str], dict[str, str], str]:
    """Return the command that runs `command` without a network, what it adds to the environment, and how.

    Where the kernel lets a user have a network namespace (Linux, ``unshare -rn``), the command finds no
    network but its own loopback. Elsewhere every Python it starts refuses to look up or reach another host.
    """
    if _namespaces_work():
        return ["unshare", "-rn", sys.executable, str(Path(__file__)), *command], {}, "own network namespace"
    path = os.pathsep.join(filter(None, [str(_BLOCK), os.environ.get("PYTHONPATH", "")]))
    return command, {"PYTHONPATH": path}, "sockets that refuse other hosts"


def _namespaces_work() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "-rn", sys.executable, str(Path(__file__)), sys.executable, "-c", "pass"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _raise_loopback() -> None:
    """Switch on the loopback device of a fresh network namespace, which begins switched off."""
    import fcntl  # Linux only, as namespaces are

    request = struct.pack("16sh14x", b"lo", _IFF_UP_RUNNING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        fcntl.ioctl(device, _SIOCSIFFLAGS, request)


if __name__ == "__main__":
    _raise_loopback()
    os.execvp(sys.argv[1], sys.argv[1:])
