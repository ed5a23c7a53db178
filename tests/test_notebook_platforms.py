"""Other machines: the variables reach the notebook, a difference fails, and offline means offline."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import offline
from tools.notebooks.__main__ import main as notebooks
from tools.platforms import Platform, Result, main, platforms, table

REACH = """
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=server.accept, daemon=True).start()
with socket.create_connection(server.getsockname(), timeout=5):
    print("this machine answers")
for attempt in (
    lambda: socket.create_connection(("192.0.2.1", 9), timeout=5),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9)),
    lambda: socket.getaddrinfo("example.org", 80),
):
    try:
        attempt()
        print("another host answers")
    except OSError:
        print("no way to another host")
"""
CUT_OFF = ["this machine answers", *["no way to another host"] * 3]


def run_offline() -> tuple[list[str], str]:
    command, extra, how = offline.offline_command([sys.executable, "-W", "ignore", "-c", REACH])
    done = subprocess.run(
        command, env={**os.environ, **extra}, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines(), how


def test_offline_leaves_this_machine_alone() -> None:
    said, how = run_offline()
    assert said == CUT_OFF
    assert how in ("own network namespace", "sockets that refuse other hosts")


def test_offline_where_the_kernel_has_no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offline, "_namespaces_work", lambda: False)
    said, how = run_offline()
    assert said == CUT_OFF
    assert how == "sockets that refuse other hosts"


def test_the_platforms_that_the_book_promises_are_there() -> None:
    known = {platform.name: platform for platform in platforms()}
    assert known["haswell"].environment["OPENBLAS_CORETYPE"] == "Haswell"
    assert known["plain"].environment["ATEN_CPU_CAPABILITY"] == "default"
    assert set(known["one-thread"].environment.values()) == {"1"}
    assert known["offline"].offline


def test_the_table_says_what_passed_and_what_was_used() -> None:
    results = [
        Result(Platform("a", "one"), True, 61.4, "BLAS Haswell"),
        Result(Platform("b", "two"), False, 5.0, "BLAS Nehalem"),
    ]
    assert table(results).splitlines()[1:] == [
        "a           passed      61s  BLAS Haswell",
        "b           FAILED       5s  BLAS Nehalem",
    ]


def test_a_notebook_that_differs_on_a_platform_fails_there_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = '# Threads\n\n```{code-cell}\nimport os\nprint(os.environ.get("OMP_NUM_THREADS"))\n```\n'
    (tmp_path / "threads.md").write_text(text, encoding="utf-8")
    assert notebooks(["from-text", str(tmp_path / "threads.md"), str(tmp_path / "threads.ipynb")]) == 0
    assert main([str(tmp_path), "--only", "one-thread", "--only", "offline"]) == 1
    said = capfd.readouterr().out.splitlines()[-2:]
    assert said[0].startswith("one-thread  FAILED")
    assert "threads 1, " in said[0]
    assert said[1].startswith("offline     passed")
    assert "network off" in said[1]
