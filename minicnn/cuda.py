"""PyTorch's two questions about GPUs: ``"cuda" if mc.cuda.is_available() else "cpu"``.

Asking imports CuPy, where it is installed.
"""

from __future__ import annotations


def device_count() -> int:
    """How many GPUs CuPy can use; 0 where CuPy, a driver or a GPU is missing."""
    try:
        import cupy

        return cupy.cuda.runtime.getDeviceCount()
    except Exception:  # without a driver CuPy raises errors of its own, or OSError
        return 0


def is_available() -> bool:
    """Whether there is a GPU that CuPy can use. ``mc.show_config()`` says why not."""
    return device_count() > 0
