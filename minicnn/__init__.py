"""minicnn: convolutional networks with no secrets.

A from-scratch engine on NumPy and CuPy arrays, made to be read: autograd, convolution in several
kernels, layers, losses, optimisers, each next to its formula. Start with ``docs/tour.md``.
"""

from . import functional, kernels
from .autograd import Function, grad, is_grad_enabled, no_grad, set_grad_enabled
from .creation import arange, full, ones, ones_like, rand, randn, zeros, zeros_like
from .functional.activation import relu, sigmoid, tanh
from .functional.arithmetic import add, div, mul, neg, sub
from .functional.elementwise import cos, exp, log, pow, sin, sqrt
from .functional.matmul import matmul
from .functional.reduce import all, any, argmax, argmin, max, mean, min, std, sum, var
from .functional.select import abs_ as abs
from .functional.select import clip, maximum, minimum, where
from .functional.shape import (
    cat,
    flatten,
    flip,
    permute,
    reshape,
    squeeze,
    stack,
    transpose,
    unsqueeze,
)
from .functional.softmax import log_softmax, logsumexp, softmax
from .kernels import use_kernel
from .random import manual_seed
from .tensor import Tensor, tensor

clamp = clip

__version__ = "0.1.0"
