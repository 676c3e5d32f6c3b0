"""What this installation can do, and how many threads it does it with."""

from __future__ import annotations

import importlib
import operator
import os
import platform
import sys
from types import ModuleType
from typing import TextIO

import numpy as np

from . import backend, kernels

_MAX_THREADS = 4096  # csrc/parallel.h has the same


def _extension() -> ModuleType | None:
    """The compiled kernels, or None where they were not built or cannot be loaded."""
    try:
        return importlib.import_module("minicnn._ext")
    except ImportError:
        return None


def _usable_processors() -> int:
    """The processors that this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _default_threads() -> int:
    """OMP_NUM_THREADS where it is a number from 1 to 4096, else every usable processor."""
    wanted = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= _MAX_THREADS:
        return int(wanted)
    return min(_usable_processors(), _MAX_THREADS)


_threads = _default_threads()  # remembered here where there is no extension to remember it


def set_num_threads(n: int) -> None:
    """Sets how many threads a C++ kernel may use, from the next call on.

    n: an int from 1 to 4096. TypeError for anything but an int (a bool is none), ValueError for
    a number outside.

    NumPy's matrix products, and so the ``im2col`` kernel, have threads of their own: set
    OPENBLAS_NUM_THREADS (or MKL_NUM_THREADS) before Python starts, or use threadpoolctl. Without
    the C++ extension the number is remembered and has no effect.
    """
    global _threads
    if isinstance(n, bool):
        raise TypeError(f"the number of threads must be an int, got {n!r}")
    try:
        threads = operator.index(n)
    except TypeError:
        raise TypeError(
            f"the number of threads must be an int, got {n!r} of type {type(n).__name__}"
        ) from None
    if not 1 <= threads <= _MAX_THREADS:
        raise ValueError(f"the number of threads must be from 1 to {_MAX_THREADS}, got {threads}")
    extension = _extension()
    if extension is not None:
        extension.set_num_threads(threads)
    _threads = threads


def get_num_threads() -> int:
    """How many threads a C++ kernel may use.

    The number given to :func:`set_num_threads`; else OMP_NUM_THREADS, where it is a number from 1
    to 4096; else every processor that the process may run on.
    """
    extension = _extension()
    return _threads if extension is None else extension.get_num_threads()


def memory_stats() -> dict[str, int]:
    """What the C++ extension's memory pool holds, in bytes and in blocks.

    Arrays that the extension computes, from 32 KB up, and its scratch lie in blocks that are kept
    for the next array of about that size once nobody looks at them any more. The dict has

    - ``bytes_in_use``: of blocks that arrays (or views of them) lie in now,
    - ``bytes_cached``: of blocks that lie unused. Used and cached together are never more than a
      quarter above the peak, or 64 MB above what is in use,
    - ``bytes_peak``: the most that was ever in use at once,
    - ``blocks_fresh``: how many blocks the system was asked for so far,
    - ``blocks_reused``: how many were taken from those that lay unused.

    All zeros without the extension. Other memory (small arrays, what NumPy computes) is not
    counted.
    """
    extension = _extension()
    if extension is None:
        names = ("bytes_in_use", "bytes_cached", "bytes_peak", "blocks_fresh", "blocks_reused")
        return dict.fromkeys(names, 0)
    return extension.memory_stats()


def empty_cache() -> None:
    """Gives the memory that lies unused in the extension's pool back to the system.

    Arrays in use are left alone. The next step asks the system again, which takes time, so this is
    for the moment before something else needs the memory. Without the extension there is none.
    """
    extension = _extension()
    if extension is not None:
        extension.empty_cache()


def show_config(file: TextIO | None = None) -> None:
    """Prints versions, convolution kernels, instruction set, threads and GPU.

    For a kernel that is missing it says why, and the command that gets it. The instruction set is
    the best that the machine has; the environment variable MINICNN_ISA, set to another one that
    it has before Python starts, chooses that. ``file`` is where to
    print to, standard output by default. Looking for a GPU imports CuPy, if it is installed.
    """
    import scipy

    from . import __version__

    out = sys.stdout if file is None else file
    extension = _extension()

    def line(name: str, value: object) -> None:
        print(f"  {name:<16}{value}", file=out)

    print(f"minicnn {__version__}", file=out)
    line("Python", platform.python_version())
    line("NumPy", np.__version__)
    line("SciPy", scipy.__version__)
    line("platform", f"{platform.platform()}, {_usable_processors()} usable processors")

    print("convolution kernels", file=out)
    for name, missing in kernels.available().items():
        line(name, "available" if missing is None else f"missing: {missing}")

    print("C++ extension", file=out)
    if extension is None:
        line("loaded", "no: see 'cpp' above")
    else:
        built = extension.build_info()
        optimised = "optimised" if built["optimised"] else "not optimised"
        line("compiler", f"{built['compiler']}, {built['standard']}, {optimised}")
        usable = ", ".join(built["instruction_sets"])
        line("instruction set", f"{built['instruction_set']} (this machine can run {usable})")
    line("threads", get_num_threads())

    print("GPU", file=out)
    line("found", backend.gpu_report())
