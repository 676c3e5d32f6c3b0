"""minicnn: convolutional networks with no secrets.

A from-scratch engine on NumPy and CuPy arrays, made to be read: autograd, convolution in several
kernels, layers, losses, optimisers, each next to its formula. Start with ``docs/tour.md``.
"""

from . import data, functional, kernels, nn, optim
from .autograd import Function, grad, is_grad_enabled, no_grad, set_grad_enabled
from .checkpoint import load_checkpoint, save_checkpoint
from .config import get_num_threads, set_num_threads, show_config
from .creation import (
    arange,
    as_tensor,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    zeros,
    zeros_like,
)
from .functional.activation import relu, sigmoid, tanh
from .functional.arithmetic import add, div, mul, neg, sub
from .functional.compare import allclose, equal, isfinite, isinf, isnan
from .functional.elementwise import cos, exp, log, pow, sin, sqrt
from .functional.matmul import matmul
from .functional.rank import argsort, gather, masked_fill, sort, topk
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
from .functional.splitting import chunk, repeat, roll, split, unbind
from .kernels import use_kernel
from .random import manual_seed
from .summary import summary
from .tensor import Tensor, tensor
from .testing import gradcheck
from .visualize import draw_graph
from .weights import load_weights, save_weights

clamp = clip

__version__ = "0.1.0"
