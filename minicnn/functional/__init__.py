"""Differentiable operations, one subject a file: ``import minicnn.functional as F``.

Floor 3 of the house: everything here is a Function (or composed of such) over the array code of
:mod:`minicnn.kernels`.
"""

from . import methods as _methods  # noqa: F401  (hangs the operators onto Tensor)
from .activation import log_softmax, relu, sigmoid, softmax, tanh
from .conv import conv1d, conv2d, conv3d, conv_transpose2d
from .dropout import dropout
from .loss import cross_entropy, mse_loss, nll_loss
from .matmul import linear, matmul
from .norm import batch_norm
from .pool import avg_pool2d, max_pool2d
from .shape import cat, flatten, pad, stack

__all__ = [
    "avg_pool2d",
    "batch_norm",
    "cat",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "flatten",
    "linear",
    "log_softmax",
    "matmul",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "pad",
    "relu",
    "sigmoid",
    "softmax",
    "stack",
    "tanh",
]
