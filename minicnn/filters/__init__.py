"""Filters made by hand, before networks learnt theirs: arrays (A, B) of float64.

They are the lectures' (002 "COMMON FILTERS IN IMAGE PROCESSING", 004 "Convolution Operation"), as
NumPy arrays to be given to :func:`minicnn.functional.conv2d` as a weight,
``mc.tensor(filters.sobel_x()[None, None])``. ``conv2d`` correlates; for a true convolution, which
turns the filter by 180°, pass ``filter[::-1, ::-1]``.
"""

from .hand_made import (
    averaging,
    box,
    difference,
    edge_bank,
    gaussian,
    laplacian,
    sharpen,
    sobel_x,
    sobel_y,
)
from .optimise import frequency_grid, optimise_filter, optimise_filter_by_descent
from .quadrature import quadrature_pair, quadrature_response

__all__ = [
    "averaging",
    "box",
    "difference",
    "edge_bank",
    "frequency_grid",
    "gaussian",
    "laplacian",
    "optimise_filter",
    "optimise_filter_by_descent",
    "quadrature_pair",
    "quadrature_response",
    "sharpen",
    "sobel_x",
    "sobel_y",
]
