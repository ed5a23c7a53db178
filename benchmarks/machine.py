"""The machine: what it is, how fast it is at what nobody can do without, and equal conditions on it."""

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_info, threadpool_limits

PACKAGES = (
    "numpy", "torch", "scikit-learn", "keras", "tokenizers", "gensim", "sacrebleu", "nltk",
    "transformers", "joeynmt",
)  # fmt: skip
CORETYPE = "OPENBLAS_CORETYPE"
SIDE = 1024  # of the matrices whose product is timed
COPIED = 1 << 26  # bytes: more than a cache holds


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Give NumPy's products and PyTorch this many threads each."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(threads, user_api="blas"):
            yield
    finally:
        torch.set_num_threads(before)


def kernels() -> str:
    """Name the processor that OpenBLAS takes this one for; empty where NumPy uses another library."""
    found = [info.get("architecture", "") for info in threadpool_info() if info["internal_api"] == "openblas"]
    return found[0] if found else ""


def with_equal_instructions() -> None:
    """Start anew where PyTorch's products use AVX-512 and OpenBLAS' do not, and nobody has chosen.

    Which of a processor's instructions a product of matrices uses decides more than any program, and OpenBLAS
    takes some processors that have AVX-512 for ones that have not.
    """
    wide = torch.backends.cpu.get_cpu_capability() == "AVX512"
    if wide and kernels() in ("Haswell", "Zen") and CORETYPE not in os.environ:
        print(f"OpenBLAS takes this processor for one without AVX-512: again, with {CORETYPE}=SkylakeX")
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, CORETYPE: "SkylakeX"})


def on_device(asked: str) -> str:
    """Return the device to measure: the CPU, said aloud, where a GPU is asked for and there is none.

    On a GPU both sides multiply in single precision as it is written, without TensorFloat-32, which cuDNN
    would take for its recurrent layers unless told otherwise.
    """
    if asked == "cuda" and not torch.cuda.is_available():
        print("There is no GPU that PyTorch can use here: the CPU is measured instead.", flush=True)
        return "cpu"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return asked


def synchronise(device: str) -> None:
    """Wait until a GPU has done what it was told to; what runs on the CPU is done when its call returns."""
    if device == "cuda":
        torch.cuda.synchronize()


def describe(device: str) -> dict[str, Any]:
    """Return all that the numbers depend on."""
    found = {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_GB": round(memory() / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": installed(),
        "openblas": kernels(),
        "pytorch": torch.backends.cpu.get_cpu_capability(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "rates": rates(),
    }
    if device == "cuda":
        found["gpu"] = torch.cuda.get_device_name()
        found["cuda"], found["cudnn"] = torch.version.cuda, torch.backends.cudnn.version()
    return found


def installed() -> dict[str, str]:
    """Return the versions of the peers and of what computes; what is not installed is left out."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def processor() -> str:
    """Name the processor, as Linux does where it does."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    about = dict(line.split(":", 1) for line in lines if ":" in line)
    parts = {key.strip(): value.strip() for key, value in about.items()}
    named = parts.get("model name") or platform.processor() or platform.machine()
    return (
        f"{named} (family {parts['cpu family']}, model {parts['model']})" if "cpu family" in parts else named
    )


def memory() -> int:
    """Return the bytes of main memory; 0 where the system does not say."""
    names = ("SC_PAGE_SIZE", "SC_PHYS_PAGES")
    known = hasattr(os, "sysconf") and set(names) <= set(os.sysconf_names)
    return os.sysconf(names[0]) * os.sysconf(names[1]) if known else 0


def rates() -> dict[str, float]:
    """Measure, with one thread, how fast matrices are multiplied and how fast memory is copied."""
    a = np.random.default_rng(0).standard_normal((SIDE, SIDE), np.float32)
    tensor, source = torch.tensor(a), np.zeros(COPIED, np.uint8)
    target = np.empty_like(source)
    with limited(1):
        return {
            "numpy_product_GFLOP_per_s": round(2e-9 * SIDE**3 / _least(lambda: a @ a), 1),
            "torch_product_GFLOP_per_s": round(2e-9 * SIDE**3 / _least(lambda: tensor @ tensor), 1),
            "copy_GB_per_s": round(2e-9 * COPIED / _least(lambda: np.copyto(target, source)), 1),
        }


def _least(work: Any) -> float:
    """Return the least of a few times."""
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
