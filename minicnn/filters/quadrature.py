"""Quadrature filters: an even and an odd filter that together do not care about phase.

A line answers to an even filter, an edge to an odd one, and what is neither to both. A quadrature
filter is the complex filter f = even + i·odd whose frequency response is zero in one half of the
frequencies. A wave cos(ω·x + φ) consists of two frequencies, ω and −ω; as only one of them passes,

    even response = |F(ω)|/2 · cos(ω·x + φ'),    odd response = |F(ω)|/2 · sin(ω·x + φ')

and the magnitude √(even² + odd²) = |F(ω)|/2 is the same at every place of the wave, whatever its
phase φ: it says *that* there is a structure of that size and direction, not where exactly.

Source: 002 "REAL EVEN (TOP) AND IMAGINARY ODD (BOTTOM) OPTIMIZED QUADRATURE FILTERS",
"QUADRATURE FILTER RESPONSES". The response is Knutsson's, lognormal in frequency and cos² in
direction (Granlund & Knutsson 1995, "Signal Processing for Computer Vision").
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, inf, isfinite, pi, sin
from numbers import Real

import numpy as np

from ..geometry import per_axis
from .optimise import frequency_grid, optimise_filter


def quadrature_response(
    shape: int | Sequence[int], frequency: float, angle: float, bandwidth: float
) -> np.ndarray:
    """The ideal: R(ρ)·cos²(angle between ω and the filter's direction) in its half, else 0.

    R(ρ) = exp(−4·ln²(ρ/ρ₀) / (b²·ln 2)) for ρ = |ω|: it is 1 at the centre ``frequency`` ρ₀ (in
    radians a pixel, up to π: structures of about 2π/ρ₀ pixels), and ½ at two frequencies that lie
    ``bandwidth`` b octaves apart.
    ``angle`` of the direction in radians: 0 to the right, π/2 down. ``shape`` of the grid, one
    number or (U, V); returned are real numbers (U, V) in the order of :func:`frequency_grid`.
    """
    op = "quadrature_response"
    for name, value, limit in (("frequency", frequency, pi), ("bandwidth", bandwidth, inf)):
        if not isinstance(value, Real) or not 0 < value <= limit or not isfinite(value):
            upper = " and at most π" if limit == pi else ""
            raise ValueError(f"{op}: {name}={value!r} must be above 0{upper}")
    if not isinstance(angle, Real) or not isfinite(angle):
        raise ValueError(f"{op}: angle={angle!r} must be a number, in radians")
    omega_y, omega_x = frequency_grid(shape)
    rho = np.hypot(omega_y, omega_x)
    rho[0, 0] = 1.0  # frequency 0 has no direction and gets nothing
    radial = np.exp(-4 * np.log(rho / frequency) ** 2 / (bandwidth**2 * np.log(2)))
    along = (omega_x * cos(angle) + omega_y * sin(angle)) / rho  # the cosine
    return radial * np.where(along > 0, along, 0.0) ** 2


def quadrature_pair(
    size: int | Sequence[int], frequency: float, angle: float, bandwidth: float
) -> tuple[np.ndarray, np.ndarray]:
    """(even, odd), two filters (A, B) as near as ``size`` allows to :func:`quadrature_response`.

    They are the real and the imaginary part of what :func:`~minicnn.filters.optimise_filter` finds
    on a grid of about twice the size, with weights that fall with the frequency as images do,
    (ρ + 0.1)^(−½), ten times that at frequency 0: the brightness of an even surface must not
    count. Give about three periods, 6π/frequency pixels, or the magnitude will depend on the phase:
    with 15 pixels at frequency π/3 by some 1 %. With ``conv2d``, which correlates, the odd filter
    answers with the other sign; the magnitude is the same.
    """
    sizes = per_axis("quadrature_pair", "size", size, 2, least=1)
    grid = tuple(2 * n + 1 for n in sizes)
    ideal = quadrature_response(grid, frequency, angle, bandwidth)
    weight = (np.hypot(*frequency_grid(grid)) + 0.1) ** -0.5
    weight[0, 0] *= 10
    found = optimise_filter(ideal, sizes, weight)
    return found.real.copy(), found.imag.copy()
