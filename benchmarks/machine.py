"""What the figures were measured on: processor, peak, versions, and whether it was idle."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np

SETS = ("avx512f", "avx2", "fma", "avx", "sse4_2", "asimd", "sve")  # those that matter here

# What keeps this engine, PyTorch (its own loops, oneDNN, MKL) and NumPy's OpenBLAS to an
# instruction set; the other rivals know no such variable.
LIMITS = {
    "avx2": {
        "MINICNN_ISA": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2", "OPENBLAS_CORETYPE": "Haswell",
    },
}  # fmt: skip
TARGETS = {"avx2": "haswell"}  # what compilers call them


def cores() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def processor() -> str:
    """Model, cores and instruction sets in one line."""
    model, flags = platform.processor() or platform.machine(), set()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            elif key.strip() in ("flags", "Features"):
                flags = set(value.split())
                break
    except OSError:  # not Linux: the name has to do
        pass
    known = " ".join(s for s in SETS if s in flags)
    return f"{model} ({platform.machine()}), {cores()} cores{', ' + known if known else ''}"


def engine() -> str:
    """Versions of this engine and of what it stands on."""
    return f"Python {platform.python_version()}, {versions(('minicnn', 'numpy', 'scipy'))}"


def versions(packages: Iterable[str]) -> str:
    """Versions of packages, as they are installed."""
    found = []
    for package in packages:
        try:
            found.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{package} (not installed: from its directory)")
    return ", ".join(found)


def busy_cores(seconds: float = 0.5) -> float | None:
    """How many cores other programs keep busy just now; None where the system does not say."""

    def idle() -> float:
        fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        return (int(fields[3]) + int(fields[4])) / os.sysconf("SC_CLK_TCK")  # idle, iowait

    try:
        before, start = idle(), time.perf_counter()
        time.sleep(seconds)
        asleep = (idle() - before) / (time.perf_counter() - start)
    except (OSError, IndexError, ValueError, AttributeError):
        return None
    return max(0.0, (os.cpu_count() or 1) - asleep)


def limit_to(isa: str) -> None:
    """Keeps the processes that are started from now on to an instruction set of LIMITS."""
    os.environ.update(LIMITS[isa])


def limits() -> list[str]:
    """The instruction sets of LIMITS that processes started now are kept to."""
    return [isa for isa, variables in LIMITS.items() if variables.items() <= os.environ.items()]


def compile_peak(directory: str) -> ctypes.CDLL | None:
    """`peak.c` as a library for this very processor, or None where there is no C compiler."""
    compiler = shlex.split(os.environ.get("CC", "")) or [shutil.which("cc") or "gcc"]
    source, library = Path(__file__).with_name("peak.c"), Path(directory) / "peak.so"
    target = next((TARGETS[isa] for isa in limits()), "native")
    for flags in ([f"-march={target}"], [f"-mcpu={target}"], []):
        command = [*compiler, "-O3", *flags, "-shared", "-fPIC", str(source), "-o", str(library)]
        try:
            if subprocess.run(command, capture_output=True).returncode == 0:
                return ctypes.CDLL(str(library))
        except OSError:
            return None
    return None


def multiply_add_peak(threads: int, samples: int = 7) -> float | None:
    """Float operations a second of fused multiply-adds on `threads` threads: the best sample.

    None where there is no C compiler.
    """
    with tempfile.TemporaryDirectory() as directory:
        library = compile_peak(directory)
        if library is None:
            return None
        run = library.multiply_adds  # ctypes lets go of the interpreter's lock while it runs
        run.restype, run.argtypes = ctypes.c_double, [ctypes.c_long, ctypes.c_void_p]

        def once(rounds: int) -> float:
            done: list[float] = []
            sinks = [ctypes.c_float(0) for _ in range(threads)]
            workers = [
                threading.Thread(target=lambda s=s: done.append(run(rounds, ctypes.byref(s))))
                for s in sinks
            ]
            start = time.perf_counter()
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            return sum(done) / (time.perf_counter() - start)

        once(10_000_000)  # wakes the processor: some 50 ms
        return max(once(10_000_000) for _ in range(samples))


def copy_bandwidth(threads: int, samples: int = 7, mebibytes: int = 256) -> float:
    """Bytes a second, read and written, of copying arrays far larger than the caches."""
    count = mebibytes * 2**20 // 4
    source, target = np.ones(count, np.float32), np.zeros(count, np.float32)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))

    def once() -> float:
        # NumPy lets go of the interpreter's lock while it copies.
        workers = [threading.Thread(target=np.copyto, args=pair) for pair in parts]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return 2 * source.nbytes / (time.perf_counter() - start)

    return max(once() for _ in range(samples))
