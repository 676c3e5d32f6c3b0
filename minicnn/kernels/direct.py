"""Convolution by its definition: one addition for each term of the sum.

    T(x, w, g) = Σ x[n, c, i·s + a·d − p] · w[o, c, a] · g[n, o, i]

:func:`triples` lists the indices (of x, of w, of y) of all terms. Each derivative of T walks the
list once and adds the product of two arrays into the third. Slow, but there is nothing in it to
get wrong: every other kernel is tested against this one.

Seed 002 "CONVOLUTION - 2D" and "CONVOLUTIONAL LAYER"; without the flip, as all CNN libraries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy import ndindex

from ..backend import array_module
from ..geometry import Geometry

PRIMITIVES = ("convolution",)


def missing() -> str | None:
    """Why this kernel cannot run here: it always can."""
    return None


def refuses(array: Any) -> str | None:
    """Why this kernel cannot serve ``array``: it serves all."""
    return None


def triples(
    batch: int, out_channels: int, channels: int, geometry: Geometry
) -> Iterator[tuple[tuple, tuple, tuple]]:
    """Every (index into x, into w, into y) that meets in T; padding's zeros are left out."""
    out_per_group = out_channels // geometry.groups
    in_per_group = channels // geometry.groups
    for n in range(batch):
        for o in range(out_channels):
            first = o // out_per_group * in_per_group  # the first input channel of o's group
            for c in range(in_per_group):
                for place in ndindex(*geometry.output):
                    for tap in ndindex(*geometry.kernel):
                        pixel = tuple(
                            i * s + a * d - before
                            for i, s, a, d, (before, _) in zip(
                                place, geometry.stride, tap, geometry.dilation,
                                geometry.padding, strict=True,
                            )
                        )
                        inside = all(
                            0 <= at < size
                            for at, size in zip(pixel, geometry.size, strict=True)
                        )
                        if inside:
                            yield (n, first + c, *pixel), (o, c, *tap), (n, o, *place)


def forward(x: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """y[n, o, i] = Σ x[n, c, i·s + a·d − p] · w[o, c, a], summed over channels c and taps a."""
    y = array_module(x).zeros((x.shape[0], w.shape[0], *geometry.output), x.dtype)
    _start(y, bias)
    for at_x, at_w, at_y in triples(x.shape[0], w.shape[0], x.shape[1], geometry):
        y[at_y] += x[at_x] * w[at_w]
    return y


def input_gradient(g: Any, w: Any, geometry: Geometry, bias: Any = None) -> Any:
    """gx[n, c, i·s + a·d − p] = Σ w[o, c, a] · g[n, o, i], summed over filters o, and i, a."""
    channels = w.shape[1] * geometry.groups
    gx = array_module(g).zeros((g.shape[0], channels, *geometry.size), g.dtype)
    _start(gx, bias)
    for at_x, at_w, at_y in triples(g.shape[0], w.shape[0], channels, geometry):
        gx[at_x] += w[at_w] * g[at_y]
    return gx


def weight_gradient(x: Any, g: Any, geometry: Geometry) -> Any:
    """gw[o, c, a] = Σ x[n, c, i·s + a·d − p] · g[n, o, i], summed over images n and places i."""
    per_group = x.shape[1] // geometry.groups
    gw = array_module(x).zeros((g.shape[1], per_group, *geometry.kernel), x.dtype)
    for at_x, at_w, at_y in triples(x.shape[0], g.shape[1], x.shape[1], geometry):
        gw[at_w] += x[at_x] * g[at_y]
    return gw


def _start(y: Any, bias: Any) -> None:
    """The sum of each channel starts at its bias."""
    if bias is not None:
        y += bias.reshape(-1, *(1,) * (y.ndim - 2))
