"""The matrix product in compiled loops: ``csrc/matmul/`` through pybind11.

:mod:`~minicnn.kernels.cpp` offers it with its own. Matrices may lie in memory row by row or column
by column (a transpose); for all else, and for stacks of matrices, NumPy multiplies.
"""

from __future__ import annotations

from typing import Any

from . import arrays

PRIMITIVES = ("matmul",)

try:
    from minicnn import _ext
except ImportError:  # cpp.missing() says so
    _ext = None


def matmul(a: Any, b: Any, bias: Any = None) -> Any:
    """A B + bias: (I, K) @ (K, J) + (J,), or stacks of matrices."""
    if a.ndim == 2 and b.ndim == 2:
        try:
            return _ext.matmul(a, b, bias)
        except TypeError:  # how it lies in memory
            pass
    return arrays.matmul(a, b, bias)
