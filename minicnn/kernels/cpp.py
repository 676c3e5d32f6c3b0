"""Convolution in compiled loops: the C++ of ``csrc/``, through pybind11.

The same three sums as :mod:`~minicnn.kernels.direct`, ordered for the processor's caches and
registers (docs/kernels.md walks through it). The extension ``minicnn._ext`` takes contiguous
arrays only and checks them itself; this file makes arrays contiguous and translates a Geometry.
It exists where a C++ compiler was found when minicnn was installed: :func:`missing` says what to
do where it was not.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ..geometry import Geometry
from . import cpp_matmul, cpp_planes, cpp_points
from .cpp_matmul import matmul  # noqa: F401  what else this kernel offers
from .cpp_planes import (  # noqa: F401
    batch_norm,
    batch_norm_fixed,
    batch_norm_gradient,
    batch_norm_sums,
    batch_norm_train,
    concatenate,
    max_pool,
    max_pool_put,
    max_pool_take,
    split,
    spread_pool,
    sum_pool,
)
from .cpp_points import (  # noqa: F401
    adam,
    add,
    add_to,
    copy,
    cross_entropy,
    cross_entropy_gradient,
    dropout,
    in_pool,
    relu,
    relu_gradient,
    relu_with_mask,
    scale,
    sgd,
    sum,
)
from .cpp_prepared import Prepared
from .plain_memory import plain

# Winograd's algorithm where it serves (3×3, stride 1, float32, from 16 channels on both sides), and
# direct sums elsewhere.
_BEST = "winograd"

PRIMITIVES = (
    "convolution", *cpp_matmul.PRIMITIVES, *cpp_planes.PRIMITIVES, *cpp_points.PRIMITIVES
)


def _load() -> tuple[ModuleType | None, str | None]:
    try:
        return importlib.import_module("minicnn._ext"), None
    except ModuleNotFoundError:
        return None, (
            "the C++ extension was not built when minicnn was installed; install a C++ compiler "
            "(g++ or clang++), then, in minicnn's source folder, run the install again: "
            "MINICNN_REQUIRE_EXT=1 python -m pip install -e . (it stops and says why if it fails)"
        )
    except ImportError as error:
        return None, f"the C++ extension was built, but cannot be loaded: {error}"


_ext, _why_missing = _load()


def missing() -> str | None:
    """Why this kernel cannot run here, or None."""
    return _why_missing


def refuses(array: Any) -> str | None:
    """Why this kernel cannot serve ``array``: it works on NumPy arrays of float32 or float64."""
    if _why_missing is not None:
        return "is not built"
    if not isinstance(array, np.ndarray):
        return "works on CPU arrays only"
    return None if array.dtype.char in "fd" else "works on float32 and float64 only"


def forward(x: Any, w: Any, geometry: Geometry, bias: Any = None, algorithm: str = _BEST) -> Any:
    """y[n, o, i] = Σ x[n, c, i·s + a·d − p] · w[o, c, a] + bias[o]."""
    settings = geometry.output, *_settings(geometry), algorithm
    return _on_plain(_ext.conv_forward, (x, w, bias), settings)


def input_gradient(
    g: Any, w: Any, geometry: Geometry, bias: Any = None, algorithm: str = _BEST
) -> Any:
    """gx[n, c, i·s + a·d − p] = Σ w[o, c, a] · g[n, o, i] + bias[c]."""
    settings = geometry.size, *_settings(geometry), algorithm
    return _on_plain(_ext.conv_input_gradient, (g, w, bias), settings)


def prepared(w: Any, bias: Any, algorithm: str = _BEST) -> Prepared:
    """For many calls of :func:`forward` with the same w and bias: see :func:`minicnn.prepare`."""
    return Prepared(w, bias, algorithm)


def weight_gradient(x: Any, g: Any, geometry: Geometry, algorithm: str = _BEST) -> Any:
    """gw[o, c, a] = Σ x[n, c, i·s + a·d − p] · g[n, o, i]."""
    settings = geometry.kernel, *_settings(geometry), algorithm
    return _on_plain(_ext.conv_weight_gradient, (x, g), settings)


def _on_plain(function: Callable, arrays: tuple, settings: tuple) -> Any:
    """The extension's function; of arrays that it refuses, as they lie, of plain copies."""
    try:
        return function(*arrays, *settings)
    except TypeError:
        return function(*map(plain, arrays), *settings)


def _settings(geometry: Geometry) -> tuple:
    return geometry.stride, geometry.before, geometry.dilation, geometry.groups
