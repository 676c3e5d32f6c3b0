"""Convolution in compiled loops: the C++ of ``csrc/``, through pybind11.

The same three sums as :mod:`~minicnn.kernels.direct`, visited by threaded loops over plain
C-ordered memory. The extension ``minicnn._ext`` takes contiguous arrays only and checks them
itself; this file makes arrays contiguous and translates a Geometry. It exists where a C++
compiler was found when minicnn was installed: :func:`missing` says what to do where it was not.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from ..geometry import Geometry

PRIMITIVES = ("convolution",)


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
    """Why this kernel cannot serve ``array``: it works on NumPy arrays."""
    return None if isinstance(array, np.ndarray) else "works on CPU arrays only"


def forward(x: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """y[n, o, i] = Σ x[n, c, i·s + a·d − p] · w[o, c, a] + bias[o]."""
    return _ext.conv_forward(
        _plain(x), _plain(w), _plain(bias), geometry.output, *_settings(geometry)
    )


def input_gradient(g: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """gx[n, c, i·s + a·d − p] = Σ w[o, c, a] · g[n, o, i] + bias[c]."""
    return _ext.conv_input_gradient(
        _plain(g), _plain(w), _plain(bias), geometry.size, *_settings(geometry)
    )


def weight_gradient(x: Any, g: Any, geometry: Geometry) -> Any:
    """gw[o, c, a] = Σ x[n, c, i·s + a·d − p] · g[n, o, i]."""
    return _ext.conv_weight_gradient(
        _plain(x), _plain(g), geometry.kernel, *_settings(geometry)
    )


def _plain(array: Any) -> Any:
    """C-contiguous, aligned, native byte order: a copy only where the array is not."""
    if array is None:
        return None
    return np.require(array, array.dtype.newbyteorder("="), ("C", "A", "E"))


def _settings(geometry: Geometry) -> tuple:
    before = tuple(pair[0] for pair in geometry.padding)
    return geometry.stride, before, geometry.dilation, geometry.groups
