"""The ladder of ``csrc/``: every step from the naive loops to the fast kernel, for study.

docs/kernels.md walks it, ``python -m benchmarks.ladder`` measures it. All steps compute the same
two-dimensional convolution without groups and dilation. This is no kernel that ``mc.use_kernel``
knows: nothing here is meant for use.
"""

from __future__ import annotations

from typing import Any

from ..geometry import Geometry
from . import cpp


def steps() -> list[str]:
    """The names of the steps, the slowest first.

    RuntimeError where the C++ extension is not built.
    """
    return _extension().ladder_steps()


def run(name: str, x: Any, w: Any, geometry: Geometry) -> Any:
    """y[n, o, i, j] = Σ x[n, c, i·s + a − p, j·s + b − p] · w[o, c, a, b], by one step.

    x (N, C, H, W), w (O, C, A, B), both float32 or both float64, C-contiguous arrays; y as x.
    TypeError for other arrays; ValueError for an unknown step and for a geometry that the ladder
    leaves out; RuntimeError where the C++ extension is not built.
    """
    return _extension().ladder(name, x, w, geometry.output, *_settings(geometry))


def input_gradient(name: str, g: Any, w: Any, geometry: Geometry) -> Any:
    """gx[n, c, i·s + a − p, j·s + b − p] = Σ w[o, c, a, b] · g[n, o, i, j], by one step.

    Errors as :func:`run`; ValueError also for a step that has no gradients.
    """
    return _extension().ladder_input_gradient(name, g, w, geometry.size, *_settings(geometry))


def weight_gradient(name: str, x: Any, g: Any, geometry: Geometry) -> Any:
    """gw[o, c, a, b] = Σ x[n, c, i·s + a − p, j·s + b − p] · g[n, o, i, j], by one step.

    Errors as :func:`run`; ValueError also for a step that has no gradients.
    """
    return _extension().ladder_weight_gradient(name, x, g, geometry.kernel, *_settings(geometry))


def _extension() -> Any:
    if (why := cpp.missing()) is not None:
        raise RuntimeError(f"the ladder is C++: {why}")
    return cpp._ext


def _settings(geometry: Geometry) -> tuple:
    """Stride and padding, of a geometry that the ladder can compute."""
    left_out = {
        f"{len(geometry.size)} axes": len(geometry.size) != 2,
        f"groups {geometry.groups}": geometry.groups != 1,
        f"dilation {geometry.dilation}": any(d != 1 for d in geometry.dilation),
    }
    for what, given in left_out.items():
        if given:
            raise ValueError(
                f"the ladder computes convolutions of two axes without groups and dilation, "
                f"got {what}"
            )
    return geometry.stride, geometry.before
