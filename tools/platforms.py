"""``python -m tools.platforms``: the notebooks again as other machines would run them, one after the other.

Each platform is a set of environment variables; the comparison is that of ``make test``. A table says what
the libraries really used, how long it took and whether every output agreed; if not, the exit status is 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tools.notebooks.files import BOOK, ROOT, find_notebooks
from tools.offline import offline_command

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# Says what a fresh Python finds under the variables: they are requests, and a library may not know them.
_PROBE = """
import socket, numpy, torch
from threadpoolctl import threadpool_info
blas = {pool["architecture"] for pool in threadpool_info() if pool["internal_api"] == "openblas"}
threads = {pool["num_threads"] for pool in threadpool_info()} | {torch.get_num_threads()}
simd = numpy.show_config(mode="dicts")["SIMD Extensions"].get("found")
try:  # a datagram's socket: asks for a way to another host, and sends nothing
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.connect(("192.0.2.1", 9))
    network = "on"
except OSError:
    network = "off"
print(f"BLAS {'/'.join(sorted(blas)) or '?'}, NumPy {simd[-1] if simd else 'baseline'}, "
      f"torch {torch.backends.cpu.get_cpu_capability()}, threads {max(threads)}, network {network}")
"""


@dataclass(frozen=True)
class Platform:
    """A machine to be imitated: its name, what it is, and the environment variables that make it."""

    name: str
    what: str
    environment: dict[str, str] = field(default_factory=dict)
    offline: bool = False


def platforms() -> list[Platform]:
    """Return the platforms, in the order in which they run."""
    import numpy

    found = numpy.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    wide = [name for name in found if name.startswith(("AVX512", "X86_V4"))]
    widest = Platform("avx-512", "AVX-512 in NumPy's products too", {"OPENBLAS_CORETYPE": "SkylakeX"})
    return [
        *([widest] if wide else []),
        Platform(
            "haswell",
            "a processor of 2013: AVX2, no AVX-512",
            {
                "OPENBLAS_CORETYPE": "Haswell",
                "ATEN_CPU_CAPABILITY": "avx2",
                "ONEDNN_MAX_CPU_ISA": "AVX2",
                "NPY_DISABLE_CPU_FEATURES": " ".join(wide),
            },
        ),
        Platform(
            "plain",
            "no vector instructions beyond every library's baseline",
            {
                "OPENBLAS_CORETYPE": "Nehalem",
                "ATEN_CPU_CAPABILITY": "default",
                "ONEDNN_MAX_CPU_ISA": "SSE41",
                "MKL_CBWR": "COMPATIBLE",
                "NPY_DISABLE_CPU_FEATURES": " ".join(found),
            },
        ),
        Platform("one-thread", "one thread", dict.fromkeys(_THREADS, "1")),
        Platform("hash-seed", "another order of sets", {"PYTHONHASHSEED": "2"}),
        Platform("offline", "no network", offline=True),
    ]


@dataclass
class Result:
    """How one platform's run ended."""

    platform: Platform
    passed: bool
    seconds: float
    used: str


def run(platform: Platform, paths: list[Path]) -> Result:
    """Compare the notebooks on one platform; pytest's own report goes to the terminal."""
    environment = {**os.environ, **{key: value for key, value in platform.environment.items() if value}}
    probe = [sys.executable, "-c", _PROBE]
    notebooks = find_notebooks(paths)
    workers = ["-n", "2", "--dist", "loadfile"] if len(notebooks) > 1 else []
    test = [sys.executable, "-m", "pytest", "--nbval", "-q", *workers]
    test += [
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "tools.notebooks.pytest_plugin",
    ]
    test += [str(path.resolve()) for path in notebooks]
    how = ""
    if platform.offline:
        probe, extra, how = offline_command(probe)
        test, _, _ = offline_command(test)
        environment |= extra
    found = subprocess.run(probe, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    used = (
        found.stdout.strip() if found.returncode == 0 else f"the probe failed: {found.stderr.strip()[-300:]}"
    )
    begin = time.perf_counter()
    status = subprocess.run(test, env=environment, cwd=ROOT, check=False).returncode
    seconds = time.perf_counter() - begin
    cut_off = not platform.offline or "network off" in used
    return Result(platform, status == 0 and cut_off, seconds, f"{used} ({how})" if how else used)


def table(results: list[Result]) -> str:
    """Return the results as a table."""
    lines = [f"{'platform':12}{'result':8}{'time':>7}  what was used"]
    for result in results:
        outcome = "passed" if result.passed else "FAILED"
        lines.append(f"{result.platform.name:12}{outcome:8}{result.seconds:6.0f}s  {result.used}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the platforms; return the exit status."""
    known = {platform.name: platform for platform in platforms()}
    parser = argparse.ArgumentParser(prog="python -m tools.platforms", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, default=[BOOK], help="notebooks (default: the book's)")
    parser.add_argument("--only", action="append", choices=known, help="one platform; may be repeated")
    options = parser.parse_args(arguments)
    results = []
    for name in options.only or known:
        print(f"\n{name}: {known[name].what}", flush=True)
        results.append(run(known[name], options.paths))
    print("\n" + table(results))
    return int(not all(result.passed for result in results))


if __name__ == "__main__":
    sys.exit(main())
