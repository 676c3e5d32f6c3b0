"""Exercise 4: the gradient that everybody gets wrong.

Normalising the rows of x (R, D) to mean 0 and variance 1 (lecture 001 "Batch normalization"):

    m = mean(x),   v = mean((x − m)²),   y = (x − m) / √(v + ε)            along the last axis

m and v depend on x, and a backward that takes them for constants is wrong. The right one is

    ∂L/∂x = (g − mean(g) − y·mean(g·y)) / √(v + ε)

In ``backward``, compute y and the square root from ``self.inputs[0]`` with Tensor operations
(.mean(-1, keepdim=True), **, ...), not from arrays kept in forward: only then is the gradient's
own gradient right. The check goes to second order.

Check yourself:  python examples/exercises/check.py 4
"""

import numpy as np

import minicnn as mc

EPS = 1e-5


class Normalise(mc.Function):
    """Each row shifted and scaled to mean 0 and variance 1."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("exercise 4: forward")

    def backward(self, grad: mc.Tensor) -> mc.Tensor:
        (x,) = self.inputs
        raise NotImplementedError("exercise 4: backward")
