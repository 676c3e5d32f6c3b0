"""Exercise 2, solved: one loop over the terms of the sum serves all three functions."""

from collections.abc import Iterator

import numpy as np


def terms(
    channels: int, size: tuple[int, int], filters: int, kernel: tuple[int, int]
) -> Iterator[tuple[tuple, tuple, tuple]]:
    """The indices (into x, w, y) of every term of Σ x·w·g."""
    height, width = size[0] - kernel[0] + 1, size[1] - kernel[1] + 1
    for o, c, i, j, a, b in np.ndindex(filters, channels, height, width, *kernel):
        yield (c, i + a, j + b), (o, c, a, b), (o, i, j)


def forward(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """y (O, H − A + 1, W − B + 1) from x (C, H, W) and w (O, C, A, B)."""
    kernel = w.shape[2:]
    y = np.zeros((len(w), x.shape[1] - kernel[0] + 1, x.shape[2] - kernel[1] + 1), x.dtype)
    for at_x, at_w, at_y in terms(len(x), x.shape[1:], len(w), kernel):
        y[at_y] += x[at_x] * w[at_w]
    return y


def input_gradient(g: np.ndarray, w: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """gx (C, H, W), with ``size`` = (H, W), from g (O, P, Q) and w (O, C, A, B)."""
    gx = np.zeros((w.shape[1], *size), g.dtype)
    for at_x, at_w, at_y in terms(w.shape[1], size, len(w), w.shape[2:]):
        gx[at_x] += w[at_w] * g[at_y]
    return gx


def weight_gradient(x: np.ndarray, g: np.ndarray, kernel: tuple[int, int]) -> np.ndarray:
    """gw (O, C, A, B), with ``kernel`` = (A, B), from x (C, H, W) and g (O, P, Q)."""
    gw = np.zeros((len(g), len(x), *kernel), x.dtype)
    for at_x, at_w, at_y in terms(len(x), x.shape[1:], len(g), kernel):
        gw[at_w] += x[at_x] * g[at_y]
    return gw
