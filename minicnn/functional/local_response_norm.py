"""Local response normalisation: a pixel is damped where neighbouring channels are strong.

    y_c = x_c / (k + (α/n) Σ x_{c'}²)^β      c' from c − ⌊n/2⌋ to c + ⌊(n − 1)/2⌋

Channels outside 0 to C − 1 count as zeros. Nothing is learnt. It stood after the first layers of
AlexNet and GoogLeNet, and batch normalisation replaced it.

Source: 002 "POPULAR 2D CNN CLASSIFICATION ARCHITECTURES" (AlexNet); Krizhevsky, Sutskever &
Hinton 2012, NeurIPS 25, section 3.3. The paper has α where PyTorch, and so this, has α/n: its
n = 5, α = 1e-4, β = 0.75, k = 2 are ``local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0)``.
"""

from __future__ import annotations

from ..geometry import Geometry, whole_number
from ..tensor import Tensor
from .operands import floats_only
from .padding import pad
from .pool import SumPool
from .shape import reshape


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """y = x / (k + alpha · mean of x² over ``size`` channels round each)^beta: (N, C, ...).

    The mean is over ``size`` channels at the border too: those outside count as zeros. Of an even
    ``size`` one channel more lies before than after. ValueError for an input of fewer than 3
    axes or a ``size`` below 1, TypeError for integers.
    """
    op = "local_response_norm"
    x, n = floats_only(op, input), whole_number(op, "size", size)
    if x.ndim < 3:
        raise ValueError(f"{op}: the input must be (N, C, size...), got shape {x.shape}")
    if n < 1:
        raise ValueError(f"{op}: size={size} must be at least 1")
    if 0 in x.shape:
        return x
    # The channels as one more axis of the image, and pooled along it alone. Pooling takes three.
    size = x.shape[2:] if x.ndim < 5 else (x.shape[2], -1)
    squares = reshape(x * x, (x.shape[0], 1, x.shape[1], *size))
    axes = squares.ndim - 2
    squares = pad(squares, (0, 0) * (axes - 1) + (n // 2, (n - 1) // 2))
    window = Geometry.pool(squares.shape, (n,) + (1,) * (axes - 1), 1, op=op, axes=axes)
    mean = reshape(SumPool(window, 1 / n)(squares), x.shape)
    return x / (mean * alpha + k) ** beta
