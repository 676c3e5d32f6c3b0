"""Exercise 2: convolution and its two gradients, as loops.

For one image x (C, H, W), filters w (O, C, A, B), no padding, stride 1:

    y[o, i, j] = Σ_{c, a, b} x[c, i + a, j + b] · w[o, c, a, b]

All three functions run over the same sum Σ x·w·g (docs/tour.md): each adds the product of two
of the numbers to the third. Write them with plain loops; speed does not matter.

Check yourself:  python examples/exercises/check.py 2
"""

import numpy as np


def forward(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """y (O, H − A + 1, W − B + 1) from x (C, H, W) and w (O, C, A, B)."""
    raise NotImplementedError("exercise 2: forward")


def input_gradient(g: np.ndarray, w: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """gx (C, H, W), with ``size`` = (H, W), from g (O, P, Q) and w (O, C, A, B)."""
    raise NotImplementedError("exercise 2: input_gradient")


def weight_gradient(x: np.ndarray, g: np.ndarray, kernel: tuple[int, int]) -> np.ndarray:
    """gw (O, C, A, B), with ``kernel`` = (A, B), from x (C, H, W) and g (O, P, Q)."""
    raise NotImplementedError("exercise 2: weight_gradient")
