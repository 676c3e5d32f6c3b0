"""minicnn: convolutional networks with no secrets.

A from-scratch engine on NumPy and CuPy arrays, made to be read: autograd, convolution in several
kernels, layers, losses, optimisers, each next to its formula. Start with ``docs/tour.md``.
"""

from . import cuda, data, filters, functional, kernels, metrics, nn, optim
from .autograd import (
    Function,
    enable_grad,
    grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from .backend import device
from .config import empty_cache, get_num_threads, memory_stats, set_num_threads, show_config
from .creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
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
from .dtypes import (
    bool,
    double,
    float,
    float16,
    float32,
    float64,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    short,
    uint8,
)
from .files import load_checkpoint, load_weights, save_checkpoint, save_weights
from .functional.activation import relu, sigmoid, tanh
from .functional.arithmetic import add, div, mul, neg, sub
from .functional.compare import allclose, equal, isfinite, isinf, isnan
from .functional.counting import bincount, nonzero, unique
from .functional.cumulative import cumsum
from .functional.diagonal import diag, trace, tril, triu
from .functional.elementwise import (
    cos,
    exp,
    expm1,
    log,
    log1p,
    log2,
    log10,
    pow,
    reciprocal,
    rsqrt,
    sin,
    sqrt,
    square,
)
from .functional.index import index_select
from .functional.length import norm
from .functional.logic import logical_and, logical_not, logical_or, logical_xor
from .functional.matmul import bmm, dot, matmul, mm, mv, outer
from .functional.rank import argsort, gather, masked_fill, sort, topk
from .functional.reduce import (
    all,
    amax,
    amin,
    any,
    argmax,
    argmin,
    max,
    mean,
    min,
    prod,
    std,
    sum,
    var,
)
from .functional.rounding import ceil, floor, floor_divide, remainder, round, sign
from .functional.select import abs_ as abs
from .functional.select import clip, eq, ge, gt, le, lt, maximum, minimum, ne, where
from .functional.shape import (
    cat,
    concat,
    flatten,
    flip,
    permute,
    ravel,
    reshape,
    squeeze,
    stack,
    transpose,
    unsqueeze,
)
from .functional.softmax import log_softmax, logsumexp, softmax
from .functional.splitting import chunk, repeat, repeat_interleave, roll, split, unbind
from .kernels import use_kernel
from .prepare import prepare
from .random import manual_seed
from .receptive_field import receptive_field
from .summary import summary
from .tensor import Tensor, is_tensor, tensor
from .testing import gradcheck
from .visualize import draw_graph

clamp = clip

__version__ = "0.1.0"
