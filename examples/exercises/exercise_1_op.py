"""Exercise 1: an operation of your own.

Swish is y = x·σ(x) with the sigmoid σ(x) = 1/(1 + e⁻ˣ). Its derivative, by the product rule and
σ' = σ(1 − σ), is

    ∂y/∂x = σ(x) + x·σ(x)·(1 − σ(x))

Fill in both methods. ``forward`` sees NumPy arrays; ``backward`` sees Tensors and must be written
with differentiable operations (F.sigmoid, +, ·), so that second derivatives come out right too.

Check yourself:  python examples/exercises/check.py 1
"""

import numpy as np

import minicnn as mc
import minicnn.functional as F


class Swish(mc.Function):
    """y = x·σ(x), entry by entry."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        raise NotImplementedError("exercise 1: compute x·σ(x) of an array")

    def backward(self, grad: mc.Tensor) -> mc.Tensor:
        (x,) = self.inputs
        s = F.sigmoid(x)
        raise NotImplementedError(f"exercise 1: grad times the derivative, from x and s = {s}")
