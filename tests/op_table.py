"""Every differentiable operation, once: with inputs to try it on and what PyTorch calls it.

One line makes all the tests of an operation: values and gradients against PyTorch in both float
types and from odd memory layouts, gradcheck to second order, and the strict device. An operation
that is missing here fails ``test_strict_device.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn.functional.broadcast import broadcast_to, sum_to


@dataclass(frozen=True)
class Op:
    subject: str  # the file in minicnn/functional that it stands in
    name: str
    function: Callable
    arrays: tuple[np.ndarray, ...]
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    oracle: Any = None  # fn(torch, *tensors); None: PyTorch's of this name; False: none
    covers: tuple[Callable, ...] = ()
    constants: tuple[int, ...] = ()  # inputs that PyTorch does not differentiate

    def needs(self, i: int) -> bool:
        """Whether input i requires a gradient."""
        return self.arrays[i].dtype.kind == "f" and i not in self.constants

    def ours(self, *tensors: Any) -> Any:
        return self.function(*tensors, *self.args, **self.kwargs)

    def theirs(self, torch: Any, *tensors: Any) -> Any:
        if self.oracle is not None:
            return self.oracle(torch, *tensors)
        name = self.function.__name__.strip("_")
        function = getattr(torch.nn.functional, name, None) or getattr(torch, name)
        return function(*tensors, *self.args, **self.kwargs)

    def __str__(self) -> str:
        return self.name


OPS: list[Op] = []


def op(
    subject, function, *arrays, args=(), oracle=None, name=None, covers=(), constants=(), **kwargs
):
    given = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])
    name = name or f"{function.__name__.strip('_')}({given})"
    name += " of " + ", ".join(str(a.shape) for a in arrays)
    covers = (function, *covers)
    OPS.append(Op(subject, name, function, arrays, args, kwargs, oracle, covers, constants))


def of(*subjects: str) -> list[Op]:
    return [o for o in OPS if o.subject in subjects]


def spread(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers from −2.3 to 2.3, no two alike, none near a half, where activations have kinks."""
    n = int(np.prod(shape))
    x = np.random.default_rng(seed + 100 * n).permutation(np.linspace(-2.3, 2.3, max(n, 2)))[:n]
    x = x + 0.011 * seed  # no ties between two of them
    return np.where(abs(x - np.round(2 * x) / 2) < 0.03, x + 0.06, x).reshape(shape)


def positive(*shape: int, seed: int = 0) -> np.ndarray:
    return abs(spread(*shape, seed=seed)) + 0.3


def share(*shape: int, seed: int = 0) -> np.ndarray:
    """Probabilities, away from 0 and 1."""
    return 0.5 + 0.2 * spread(*shape, seed=seed)


def classes(*shape: int, below: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, below, shape)


A, B = spread(2, 3, 4), spread(2, 3, 4, seed=1)
ROW, COLUMN = spread(4, seed=2), spread(3, 1, seed=3)

# Arithmetic -----------------------------------------------------------------------------

for function in (mc.add, mc.sub, mc.mul):
    for b in (B, ROW, COLUMN, spread(1, 2, 1, 1, seed=4)):
        op("arithmetic", function, A, b)
    op("arithmetic", function, ROW, A)
for b in (positive(2, 3, 4), positive(4, seed=2), positive(3, 1, seed=3)):
    op("arithmetic", mc.div, A, b)
op("arithmetic", mc.div, ROW, positive(2, 3, 4))
op("arithmetic", mc.neg, A)
for name, formula in {
    "x + 2": lambda x: x + 2, "2 + x": lambda x: 2 + x, "x - 2": lambda x: x - 2,
    "2 - x": lambda x: 2 - x, "x * 2": lambda x: x * 2, "2 * x": lambda x: 2 * x,
    "x / 2": lambda x: x / 2, "2 / x": lambda x: 2 / x, "-x": lambda x: -x,
    "x + x": lambda x: x + x, "x * x": lambda x: x * x, "x / x * x": lambda x: x / x * x,
}.items():
    op("arithmetic", formula, A, name=name, oracle=lambda torch, x, f=formula: f(x))

# Smooth functions -----------------------------------------------------------------------

for function in (mc.exp, mc.sin, mc.cos):
    op("elementwise", function, A)
for function in (mc.log, mc.sqrt):
    op("elementwise", function, positive(2, 3, 4))
for function in (mc.expm1, mc.square):
    op("elementwise", function, A)
for function in (mc.log1p, mc.log2, mc.log10, mc.rsqrt, mc.reciprocal):
    op("elementwise", function, positive(2, 3, 4))
for exponent in (0, 1, 2, 3, 2.0):
    op("elementwise", mc.pow, A, args=(exponent,))
for exponent in (-1, 0.5, -1.5, 2.5):
    op("elementwise", mc.pow, positive(2, 3, 4), args=(exponent,))
op("elementwise", mc.pow, positive(3, 4), ROW)
op("elementwise", mc.pow, positive(4), spread(3, 4))
op("elementwise", lambda x: 2 ** x, A, name="2 ** x", oracle=lambda torch, x: 2 ** x)

# Steps and masks ------------------------------------------------------------------------

for function in (mc.round, mc.floor, mc.ceil, mc.sign):
    op("rounding", function, A)
for b in (B, ROW):
    op("rounding", mc.remainder, A, b)
    op("rounding", mc.floor_divide, A, b,
       oracle=lambda torch, a, b: torch.floor_divide(a.detach(), b.detach()))
op("rounding", lambda x: x % 0.713 + x // 0.713, A, name="numbers on the right",
   covers=(mc.floor_divide,), oracle=lambda torch, x: x % 0.713 + x.detach() // 0.713)
op("rounding", lambda x: 2 % x + 3 // x, B, name="numbers on the left",
   oracle=lambda torch, x: 2 % x.detach() + 3 // x.detach())
for name in ("logical_and", "logical_or", "logical_xor"):
    op("logic", getattr(mc, name), A > 0, B > 0)
    op("logic", getattr(mc, name), np.round(A).astype(int), B > 0)
op("logic", mc.logical_not, np.round(A))
for name, formula in {"and": lambda a, b: a & b, "or": lambda a, b: a | b,
                      "xor": lambda a, b: a ^ ~b}.items():
    op("logic", formula, A > 0, B > 0, name=name, oracle=lambda torch, a, b, f=formula: f(a, b))
    op("logic", formula, classes(3, 4, below=9), classes(4, below=9), name=f"{name} of integers",
       oracle=lambda torch, a, b, f=formula: f(a, b))

# Choosing -------------------------------------------------------------------------------

for function in (mc.maximum, mc.minimum):
    op("select", function, A, B)
    op("select", function, A, ROW)
op("select", mc.where, A > B, A, B)
op("select", mc.where, A > 0, ROW, COLUMN)
op("select", mc.where, spread(2, 1, 1) > 0, spread(1), A)
op("select", mc.abs, A)
for low, high in ((-1, None), (None, 0.707), (-1.202, 0.707), (None, None)):
    op("select", mc.clip, A, args=(low, high), oracle=lambda torch, x, lo=low, hi=high: (
        x.clone() if lo is hi is None else torch.clamp(x, lo, hi)))
for symbol in ("eq", "ne", "lt", "le", "gt", "ge"):
    function = getattr(mc.Tensor, f"__{symbol}__")
    op("select", function, np.round(A), np.round(B), name=symbol, covers=(getattr(mc, symbol),),
       oracle=lambda torch, a, b, s=symbol: getattr(torch, s)(a, b))
    op("select", lambda x, f=function: f(x, 1), np.round(A), name=f"{symbol} 1",
       oracle=lambda torch, a, s=symbol: getattr(torch, s)(a, 1))

# Reductions -----------------------------------------------------------------------------

DIMS = (None, 0, -1, (0, 2), (-1, 0, 1))
for dim in DIMS:
    for keepdim in (False, True):
        for function in (mc.sum, mc.mean):
            op("reduce", function, A, dim=dim, keepdim=keepdim)
        for function, name in ((mc.max, "amax"), (mc.min, "amin")):
            op("reduce", function, A, dim=dim, keepdim=keepdim,
               oracle=lambda torch, x, f=name, d=dim, k=keepdim: getattr(torch, f)(
                   x, (0, 1, 2) if d is None else d, k))
        for correction in (0, 1):
            op("reduce", mc.var, A, dim=dim, keepdim=keepdim, correction=correction)
    op("reduce", mc.std, A, dim=dim)
for function in (mc.argmax, mc.argmin):
    for dim in (None, 0, -1):
        op("reduce", function, A, dim=dim)
        op("reduce", function, A, dim=dim, keepdim=True)
for function in (mc.any, mc.all):
    for dim in (None, 0, -1):
        op("reduce", function, A > 0.9, dim=dim)
        op("reduce", function, np.round(A), dim=dim, keepdim=True)
for dim in (None, 0, -1):
    op("reduce", mc.prod, A, oracle=lambda torch, x, d=dim: (
        torch.prod(x) if d is None else torch.prod(x, d, True)), dim=dim, keepdim=dim is not None)
    for n in (1, 2):  # zeros in a row
        op("reduce", mc.prod, np.array([[2.0, 0.0, 3.0], [1.0, *[0.0] * n, 4.0][:3]]), dim=dim,
           oracle=lambda torch, x, d=dim: torch.prod(x) if d is None else torch.prod(x, d))
for dim in (0, 1, -1):
    op("cumulative", mc.cumsum, A, dim=dim)
for p in (1, 2, 3, 1.5, float("inf")):
    for dim in (None, 1, (0, 2)):
        op("length", mc.norm, B, p=p, dim=dim, keepdim=dim == 1)
    op("length", F.normalize, B, p=p)
op("length", mc.norm, A, p="fro", oracle=lambda torch, x: torch.norm(x))
op("length", F.normalize, A, dim=-1)
op("length", F.cosine_similarity, A, B)
op("length", F.cosine_similarity, A, ROW, dim=-1)
op("counting", mc.nonzero, np.round(A))
op("counting", mc.unique, np.round(A), constants=(0,))
op("counting", lambda x: mc.unique(x, True, True)[1], np.round(A), name="unique inverse",
   oracle=lambda torch, x: torch.unique(x, return_inverse=True)[1])
op("counting", lambda x: mc.unique(x, return_counts=True)[1], np.round(A), name="unique counts",
   oracle=lambda torch, x: torch.unique(x, return_counts=True)[1])
op("counting", mc.bincount, classes(9, below=4))
op("counting", mc.bincount, classes(9, below=4), minlength=7)

# Indexing -------------------------------------------------------------------------------

X = spread(4, 3, 5)
for key in (1, -1, (1, 2), (slice(None), 0), slice(1, 3), (..., slice(0, 5, 2)), (None, 2, ...),
            (slice(None), None, slice(-2, None)), (), slice(2, 2)):
    op("index", mc.Tensor.__getitem__, X, args=(key,), oracle=lambda torch, x, k=key: x[k])
for key, flips, theirs in (
    (slice(None, None, -1), (0,), slice(None)),
    ((slice(None), slice(2, 0, -1)), (1,), (slice(None), slice(0, 2))),
    ((..., slice(None, None, -2)), (2,), (..., slice(None, None, 2))),
):
    op("index", mc.Tensor.__getitem__, X, args=(key,), name=f"x[{key}]",
       oracle=lambda torch, x, d=flips, k=theirs: x.flip(d)[k])
for name, key in {
    "list": [0, 2, 0], "two lists": ([0, 1, 0], [2, 2, 2]), "grid": ([[0], [3]], [1, 1, 2]),
    "negative": [-1, 0, -1], "list, slice": ([0, 0], slice(1, None)),
    "slice, list": (slice(None), [2, 2, 0], slice(None, 3)),
    "apart": ([1, 1, 0], slice(None), [4, 4, 1]), "mask": [True, False, True, True],
    "no place": [],
}.items():
    op("index", mc.Tensor.__getitem__, X, args=(key,), name=f"x[{name}]",
       oracle=lambda torch, x, k=key: x[
           torch.zeros(0, dtype=torch.long) if k == [] else k])
op("index", lambda x, i: x[i], X, classes(3, 2, below=4), name="x[Tensor]",
   oracle=lambda torch, x, i: x[i])
op("index", lambda x, m: x[m], X, X > 0.2, name="x[mask]", oracle=lambda torch, x, m: x[m])

op("index", lambda x, i: mc.index_select(x, 1, i), X, classes(4, below=3), name="index_select",
   covers=(mc.index_select,), oracle=lambda torch, x, i: torch.index_select(x, 1, i))
op("index", lambda x, i: mc.index_select(x, -1, i), X, classes(4, below=3), name="index_select -1",
   oracle=lambda torch, x, i: torch.index_select(x, -1, i))

# Shapes ---------------------------------------------------------------------------------

for shape in ((4, 6), (-1,), (2, -1, 2), (24, 1)):
    op("shape", mc.reshape, A, args=(shape,))
op("shape", mc.flatten, A)
op("shape", mc.flatten, A, start_dim=1)
op("shape", mc.flatten, A, args=(0, 1))
op("shape", mc.squeeze, spread(1, 3, 1, 2))
op("shape", mc.squeeze, spread(1, 3, 1, 2), dim=(0, -2))
op("shape", mc.squeeze, spread(1, 3, 1, 2), dim=1)
for dim in (0, 1, -1):
    op("shape", mc.unsqueeze, A, args=(dim,))
op("shape", mc.permute, A, args=((2, 0, 1),))
op("shape", mc.permute, A, args=((-1, 1, 0),))
op("shape", mc.transpose, A, args=(0, -1))
op("shape", mc.Tensor.expand, COLUMN, args=(2, 3, 4), oracle=lambda torch, x: x.expand(2, 3, 4))
op("shape", mc.Tensor.expand, COLUMN, args=((-1, 5),), oracle=lambda torch, x: x.expand(-1, 5))
op("shape", mc.flip, A, args=((0, 2),))
op("shape", mc.flip, A, args=((-1,),))
for dim in (0, 1, -1):
    op("shape", lambda *ts, d=dim: mc.cat(ts, d), A, B, spread(2, 3, 4, seed=5),
       name=f"cat {dim}", covers=(mc.cat,), oracle=lambda torch, *ts, d=dim: torch.cat(ts, d))
    op("shape", lambda *ts, d=dim: mc.stack(ts, d), A, B, name=f"stack {dim}", covers=(mc.stack,),
       oracle=lambda torch, *ts, d=dim: torch.stack(ts, d))
op("shape", lambda a, b: mc.cat([a, b, a], 1), A, spread(2, 1, 4), name="cat sizes",
   oracle=lambda torch, a, b: torch.cat([a, b, a], 1))
op("shape", mc.ravel, A)
op("shape", mc.Tensor.expand_as, COLUMN, A, oracle=lambda torch, x, y: x.expand_as(y))
op("shape", lambda x: x.mT, A, name="x.mT", oracle=lambda torch, x: x.mT)
for k in (0, 1, -2, 3):
    for shape in ((3, 4), (4, 3)):
        op("diagonal", mc.diag, spread(*shape), args=(k,))
        op("diagonal", mc.tril, spread(2, *shape), args=(k,))
        op("diagonal", mc.triu, spread(2, *shape), args=(k,))
    op("diagonal", mc.diag, ROW, args=(k,))
op("diagonal", mc.trace, spread(3, 4))
op("shape", mc.Tensor.t, COLUMN, oracle=lambda torch, x: x.t())
op("shape", lambda x: x.T, A, name="x.T", oracle=lambda torch, x: x.permute(2, 1, 0))

for name, formula in {
    "split": lambda m, x: m.split(x, 3, dim=2)[::-1], "split 4": lambda m, x: m.split(x, 4, 2),
    "split sizes": lambda m, x: m.split(x, [1, 0, 3], dim=2)[::-1],
    "chunk": lambda m, x: m.chunk(x, 3, dim=2)[::-1], "chunk 9": lambda m, x: m.chunk(x, 9, dim=1),
}.items():
    op("splitting", lambda x, f=formula: mc.cat(f(mc, x), -1), A, name=name,
       covers=(mc.split, mc.chunk), oracle=lambda torch, x, f=formula: torch.cat(f(torch, x), -1))
for dim in (0, 1, -1):
    op("splitting", lambda x, d=dim: mc.stack(mc.unbind(x, d)[::-1]), A, name=f"unbind {dim}",
       covers=(mc.unbind,), oracle=lambda torch, x, d=dim: torch.stack(torch.unbind(x, d)[::-1]))
    op("splitting", mc.roll, A, args=(dim + 1, dim))
    op("splitting", mc.repeat_interleave, A, args=(3, dim))
op("splitting", mc.roll, A, args=(-7, 2))
for times in ((2, 1, 3), (2, 2, 1, 1), (0, 1, 1)):
    op("splitting", mc.repeat, A, args=times, oracle=lambda torch, x, t=times: x.repeat(t))
for dim, shape in ((0, (4, 3, 2)), (1, (2, 5, 4)), (-1, (1, 3, 2))):
    op("rank", lambda x, i, d=dim: mc.gather(x, d, i), A, classes(*shape, below=2),
       name=f"gather {dim}", covers=(mc.gather,),
       oracle=lambda torch, x, i, d=dim: torch.gather(x, d, i))
    for down in (False, True):
        for i in (0, 1):
            op("rank", lambda x, d=dim, r=down, i=i: mc.sort(x, d, r)[i], A,
               name=f"sort {dim} {down} {i}", covers=(mc.sort,),
               oracle=lambda torch, x, d=dim, r=down, i=i: torch.sort(x, d, r)[i])
            op("rank", lambda x, d=dim, r=down, i=i: mc.topk(x, 2, d, r)[i], A,
               name=f"topk {dim} {down} {i}", covers=(mc.topk,),
               oracle=lambda torch, x, d=dim, r=down, i=i: torch.topk(x, 2, d, r)[i])
        op("rank", mc.argsort, A, dim=dim, descending=down)
op("rank", lambda x, m: mc.masked_fill(x, m, 2.5), A, A > 0.2, name="masked_fill",
   covers=(mc.masked_fill,), oracle=lambda torch, x, m: torch.masked_fill(x, m, 2.5))
for function in (mc.isnan, mc.isinf, mc.isfinite):
    op("compare", function, np.array([1.0, np.nan, np.inf, -np.inf, 0.0]))
for function in (mc.equal, mc.allclose):
    op("compare", function, A, A.copy(), oracle=False)
    op("compare", function, A, B, oracle=False)
op("shape", mc.Tensor.view_as, A, B[0].reshape(4, 3).repeat(2, 1).astype("int64"),
   oracle=lambda torch, x, y: x.reshape(y.shape))
op("operands", mc.Tensor.clone, A, oracle=lambda torch, x: x.clone())
op("operands", mc.Tensor.contiguous, A, oracle=lambda torch, x: x.clone())

# Broadcasting, conversion ---------------------------------------------------------------

op("broadcast", lambda x: broadcast_to(x, (2, 3, 4)), COLUMN, name="broadcast_to",
   oracle=lambda torch, x: torch.broadcast_to(x, (2, 3, 4)))
for shape in ((3, 1), (4,), (1, 1, 1), (2, 1, 4), ()):
    op("broadcast", lambda x, s=shape: sum_to(x, s), A, name=f"sum_to {shape}",
       oracle=lambda torch, x, s=shape: x.sum_to_size(s))
op("operands", lambda x: x.to("float64") * 2, A, name="to", covers=(mc.Tensor.to,),
   oracle=lambda torch, x: x.to(torch.float64) * 2)
for name in ("half", "int", "bool"):
    op("operands", getattr(mc.Tensor, name), np.round(A), name=name,
       oracle=lambda torch, x, n=name: getattr(x, n)())
op("operands", lambda x: x.type("float64"), A, name="type", covers=(mc.Tensor.type,),
   oracle=lambda torch, x: x.type(torch.float64))
op("operands", lambda x, y: y.type_as(x), A, classes(3, below=4), name="type_as",
   covers=(mc.Tensor.type_as,), oracle=lambda torch, x, y: y.type_as(x))
op("operands", mc.Tensor.double, A, oracle=lambda torch, x: x.double())
op("operands", mc.Tensor.long, A, oracle=lambda torch, x: x.long())

# Matrix products ------------------------------------------------------------------------

for a, b in (((3, 4), (4, 2)), ((4,), (4,)), ((4,), (4, 3)), ((3, 4), (4,)),
             ((2, 3, 4), (2, 4, 2)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((2, 1, 3, 4),
             (3, 4, 1)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,)), ((1, 1), (1, 1))):
    op("matmul", mc.matmul, spread(*a), spread(*b, seed=1))
for function, a, b in ((mc.mm, (3, 4), (4, 2)), (mc.bmm, (2, 3, 4), (2, 4, 1)),
                       (mc.mv, (3, 4), (4,)), (mc.dot, (4,), (4,)), (mc.outer, (3,), (4,))):
    op("matmul", function, spread(*a), spread(*b, seed=1))
op("matmul", F.linear, spread(3, 4), spread(5, 4, seed=1), spread(5, seed=2))
op("matmul", F.linear, spread(3, 4), spread(5, 4, seed=1))
op("matmul", F.linear, spread(4), spread(5, 4, seed=1), spread(5, seed=2))
op("matmul", F.linear, spread(2, 3, 4), spread(1, 4, seed=1), spread(1, seed=2))

# Activations ----------------------------------------------------------------------------

for function in (F.relu, F.sigmoid, F.tanh):
    op("activation", function, A)
for function in (F.leaky_relu, F.elu, F.softplus, F.gelu, F.silu, F.hardtanh):
    op("rectifiers", function, A)
op("rectifiers", F.relu6, 4 * A)
op("rectifiers", F.leaky_relu, A, negative_slope=0.3)
op("rectifiers", F.elu, A, alpha=0.4)
op("rectifiers", F.softplus, A, beta=2.0)
op("rectifiers", F.softplus, A, threshold=1.0)
op("rectifiers", F.gelu, A, approximate="tanh")
op("rectifiers", F.hardtanh, A, args=(-0.707, 1.303))
for dim in (0, 1, -1):
    op("softmax", F.softmax, A, dim=dim)
    op("softmax", F.log_softmax, A, dim=dim)
    op("softmax", F.logsumexp, A, dim=dim, oracle=lambda torch, x, d=dim: torch.logsumexp(x, d))
op("softmax", F.logsumexp, A, dim=(0, 2), keepdim=True,
   oracle=lambda torch, x: torch.logsumexp(x, (0, 2), True))


def seeded(function, *args):
    """A random operation that draws the same numbers each time."""
    def call(x):
        mc.manual_seed(7)
        return function(x, *args)

    return call


for function, shape in ((F.dropout, (3, 4)), (F.dropout1d, (2, 5, 3)), (F.dropout2d, (2, 5, 1, 2)),
                        (F.dropout3d, (2, 5, 1, 1, 2))):
    op("dropout", seeded(function, 0.4), spread(*shape), name=function.__name__,
       covers=(function,), oracle=False)

op("drop_connect", seeded(F.drop_connect, 0.4), spread(3, 4), name="drop_connect",
   covers=(F.drop_connect,), oracle=False)
for mode in ("row", "batch"):
    op("stochastic_depth", seeded(F.stochastic_depth, 0.4, mode), spread(5, 3, 2),
       name=f"stochastic_depth {mode}", covers=(F.stochastic_depth,), oracle=False)

# Maxout, poses, bit depth ---------------------------------------------------------------

for dim, pieces in ((1, 3), (0, 2), (-1, 4), (1, 1)):
    op("maxout", F.maxout, A, args=(pieces, dim), oracle=lambda torch, x, k=pieces, d=dim: (
        x.unflatten(d, (-1, k)).amax(d + 1 if d >= 0 else d)))
op("rotation", F.rotation_bank, spread(2, 3, 3, 3), oracle=lambda torch, w: torch.stack(
    [torch.rot90(w, r, (2, 3)) for r in range(4)], 1).flatten(0, 1))
for bits in (1, 3, 8):  # straight-through: its gradient is in test_quantize.py
    op("quantize", F.quantize, A, args=(bits, -1, 2), constants=(0,),
       oracle=lambda torch, x, b=bits: torch.floor(
           (x + 1) * (2**b / 3)).clamp(0, 2**b - 1))

# Normalisation --------------------------------------------------------------------------

IMAGES, GAMMA, BETA = spread(3, 4, 2, 3), positive(4), spread(4, seed=1)
MEAN, VAR = spread(4, seed=6), positive(4, seed=7)


def both(function):
    """The oracle is the same call of PyTorch's function."""
    return lambda torch, *tensors: function(torch.nn.functional, *tensors)


def same(subject, function, *arrays, name, constants=()):
    op(subject, lambda *ts: function(F, *ts), *arrays, name=name, oracle=both(function),
       covers=(getattr(F, name.split()[0]),), constants=constants)


for shape in ((3, 4, 2, 3), (5, 4), (2, 4, 6)):
    same("norm", lambda f, x, w, b: f.batch_norm(x, None, None, w, b, True), spread(*shape), GAMMA,
         BETA, name="batch_norm training")
same("norm", lambda f, x: f.batch_norm(x, None, None, None, None, True, 0.1, 0.3), IMAGES,
     name="batch_norm bare")
same("norm", lambda f, x, w: f.batch_norm(x, None, None, w, None, True), IMAGES, GAMMA,
     name="batch_norm weight")
same("norm", lambda f, x, w, b, m, v: f.batch_norm(x, m, v, w, b), IMAGES, GAMMA,
     BETA, MEAN, VAR, name="batch_norm evaluation", constants=(3, 4))
same("layer_norm", lambda f, x, w, b: f.layer_norm(x, (2, 3), w, b), IMAGES, positive(2, 3),
     spread(2, 3, seed=1), name="layer_norm")
same("layer_norm", lambda f, x: f.layer_norm(x, (3,)), IMAGES, name="layer_norm bare")
same("layer_norm", lambda f, x, w, b: f.group_norm(x, 2, w, b), IMAGES, GAMMA, BETA,
     name="group_norm")
same("layer_norm", lambda f, x: f.group_norm(x, 1), spread(3, 4), name="group_norm bare")
same("layer_norm", lambda f, x, w, b: f.instance_norm(x, None, None, w, b), IMAGES, GAMMA, BETA,
     name="instance_norm")

for args in ((3,), (2, 0.3, 0.5, 2.0), (5, 0.4, 1.25, 0.5), (9,), (1, 0.2)):
    op("local_response_norm", F.local_response_norm, IMAGES, args=args)
op("local_response_norm", F.local_response_norm, spread(2, 5, 3), args=(4, 0.7))
op("local_response_norm", F.local_response_norm, spread(1, 3, 2, 1, 2), args=(3, 0.7))

# Losses ---------------------------------------------------------------------------------

LOGITS, PIXELS = spread(5, 4), spread(2, 4, 3, 2)
LABELS, PLANE = classes(5, below=4), classes(2, 3, 2, below=4)
for reduction in ("mean", "sum", "none"):
    op("loss", F.cross_entropy, LOGITS, LABELS, reduction=reduction)
    op("loss", F.cross_entropy, PIXELS, PLANE, reduction=reduction)
    op("loss", F.cross_entropy, LOGITS, LABELS, reduction=reduction, ignore_index=2)
    op("loss", F.cross_entropy, LOGITS, LABELS, reduction=reduction, label_smoothing=0.2)
    op("loss", F.cross_entropy, PIXELS, share(2, 4, 3, 2), reduction=reduction,
       label_smoothing=0.1)
    op("loss", F.cross_entropy, LOGITS, share(5, 4), reduction=reduction)
    op("loss", F.nll_loss, LOGITS, LABELS, reduction=reduction)
    op("loss", F.nll_loss, PIXELS, PLANE, reduction=reduction, ignore_index=1)
    for function in (F.mse_loss, F.l1_loss, F.smooth_l1_loss):
        op("regression_loss", function, A, B, reduction=reduction)
    op("binary_loss", F.binary_cross_entropy, share(3, 4), share(3, 4, seed=1),
       reduction=reduction)
    op("binary_loss", F.binary_cross_entropy_with_logits, spread(3, 4), share(3, 4, seed=1),
       reduction=reduction)
    same("loss", lambda f, x, t, w, r=reduction: f.cross_entropy(
        x, t, w, ignore_index=2, reduction=r, label_smoothing=0.1), PIXELS, PLANE, positive(4),
        name=f"cross_entropy weighted {reduction}", constants=(2,))
    same("loss", lambda f, x, t, w, r=reduction: f.cross_entropy(
        x, t, w, reduction=r, label_smoothing=0.1), LOGITS, share(5, 4), positive(4),
        name=f"cross_entropy weighted probabilities {reduction}", constants=(2,))
    same("loss", lambda f, x, t, w, r=reduction: f.nll_loss(x, t, w, reduction=r), LOGITS,
         LABELS, positive(4), name=f"nll_loss weighted {reduction}", constants=(2,))
op("regression_loss", F.smooth_l1_loss, A, B, beta=0.3)
op("regression_loss", F.smooth_l1_loss, A, B, beta=0.0)
same("binary_loss", lambda f, y, t, w: f.binary_cross_entropy(y, t, w), share(3, 4),
     share(3, 4, seed=1), positive(4), name="binary_cross_entropy weighted", constants=(2,))
same("binary_loss", lambda f, x, t, w, p: f.binary_cross_entropy_with_logits(
    x, t, w, pos_weight=p), spread(3, 4), share(3, 4, seed=1), positive(3, 1),
    positive(4), name="binary_cross_entropy_with_logits weighted",
    constants=(2, 3))
op("encode", F.one_hot, LABELS, num_classes=6)
op("encode", F.one_hot, PLANE)

# Losses of segmentation, rare findings, distances and style ------------------------------


def weighted(torch, y, t, positive=1.0, negative=1.0):
    return -(positive * t * torch.log(y) + negative * (1 - t) * torch.log1p(-y))


def dice(torch, y, t, smooth, dims):
    return 1 - (2 * (y * t).sum(dims) + smooth) / (y.sum(dims) + t.sum(dims) + smooth)


def gram(torch, x):
    return torch.einsum("ncm,ndm->ncd", x.flatten(2), x.flatten(2))


def variation(torch, x):
    return sum(torch.diff(x, dim=axis).abs().flatten(1).sum(1) for axis in range(2, x.ndim))


def weight_map(labels, w0, sigma):
    """By SciPy's distance transform of each cell."""
    import scipy.ndimage

    distances = np.sort([scipy.ndimage.distance_transform_edt(labels != cell)
                         for cell in np.unique(labels[labels > 0])], axis=0)
    return 1 + w0 * np.exp(-((distances[0] + distances[1]) ** 2) / (2 * sigma**2))


REDUCED = {"mean": lambda t: t.mean(), "sum": lambda t: t.sum(), "none": lambda t: t}
MASKS, TRUTH = share(2, 3, 4, 2), share(2, 3, 4, 2, seed=1)
CELLS = np.array([[1, 1, 0, 0, 7], [1, 0, 0, 7, 7], [0, 0, 0, 0, 0], [3, 3, 0, 0, 0]])
for reduction, over in REDUCED.items():
    op("weighted_loss", F.weighted_binary_cross_entropy, share(3, 4), share(3, 4, seed=1),
       positive(4), positive(3, 1, seed=1), reduction=reduction,
       oracle=lambda torch, y, t, w, v, over=over: over(weighted(torch, y, t, w, v)))
    op("weighted_loss", F.weighted_binary_cross_entropy, share(3, 4), share(3, 4, seed=1),
       args=(2.5,), reduction=reduction,
       oracle=lambda torch, y, t, r=reduction: torch.nn.functional.binary_cross_entropy_with_logits(
           torch.logit(y), t, reduction=r, pos_weight=torch.tensor(2.5, dtype=y.dtype)))
    op("weighted_loss", F.multilabel_binary_cross_entropy, share(3, 4), share(3, 4, seed=1),
       positive(4), positive(4, seed=1), reduction=reduction,
       oracle=lambda torch, y, t, w, v, over=over: over(weighted(torch, y, t, w, v).sum(1)))
    for dim, smooth in ((None, 0.0), ((2, 3), 0.5), (1, 0.0), (-1, 1.0)):
        op("dice_loss", F.dice_loss, MASKS, TRUTH, smooth=smooth, dim=dim, reduction=reduction,
           oracle=lambda torch, y, t, s=smooth, d=dim, over=over: over(
               dice(torch, y, t, s, (0, 1, 2, 3) if d is None else d)))
    op("dice_loss", F.pixel_dice_loss, MASKS, TRUTH, reduction=reduction,
       oracle=lambda torch, y, t, over=over: over((y + t - 2 * y * t) / (1 + y + t)))
    op("weight_map", F.pixel_weighted_cross_entropy, PIXELS, PLANE, positive(2, 3, 2),
       reduction=reduction, oracle=lambda torch, x, t, w, over=over: over(
           w * torch.nn.functional.cross_entropy(x, t, reduction="none")))
    for p, swap, eps in ((2.0, False, 1e-6), (1, True, 0.0), (3, False, 0.1), (1.5, True, 1e-6),
                         (float("inf"), False, 1e-6)):
        op("metric_loss", F.triplet_margin_loss, spread(2, 4, 3), 1.1 * spread(2, 4, 3, seed=1),
           0.9 * spread(2, 4, 3, seed=2), margin=0.8, p=p, eps=eps, swap=swap, reduction=reduction)
    op("metric_loss", F.contrastive_loss, spread(6, 3), spread(6, 3, seed=1), classes(6, below=2),
       margin=3.0, reduction=reduction,
       oracle=lambda torch, a, b, s, over=over: over(torch.where(
           s > 0, ((a - b) ** 2).sum(-1), torch.relu(3 - torch.linalg.norm(a - b, dim=-1)) ** 2
       ) / 2))
    op("style_loss", F.content_loss, MASKS, spread(2, 3, 4, 2), reduction=reduction,
       oracle=lambda torch, x, t, over=over: over(((x - t) ** 2).flatten(1).sum(1) / 2))
    op("style_loss", F.style_loss, MASKS, spread(2, 3, 4, 2), reduction=reduction,
       oracle=lambda torch, x, t, over=over: over(
           ((gram(torch, x) - gram(torch, t)) ** 2).sum((1, 2)) / (4 * 3**2 * 8**2)))
    for shape in ((2, 2, 5), (2, 3, 4, 2), (1, 2, 3, 2, 2)):
        op("style_loss", F.total_variation, spread(*shape), reduction=reduction,
           oracle=lambda torch, x, over=over: over(variation(torch, x)))
for reduction in ("mean", "sum", "none"):
    op("weight_map", F.pixel_weighted_cross_entropy, PIXELS, share(2, 4, 3, 2), positive(3, 2),
       reduction=reduction, oracle=lambda torch, x, t, w, r=reduction: REDUCED[r](
           w * torch.nn.functional.cross_entropy(x, t, reduction="none")))
op("dice_loss", F.cross_entropy_dice_loss, PIXELS, PLANE, dice_weight=0.7, smooth=0.5,
   oracle=lambda torch, x, t: torch.nn.functional.cross_entropy(x, t) + 0.7 * dice(
       torch, x.softmax(1), torch.nn.functional.one_hot(t, 4).movedim(-1, 1), 0.5, (0, 2, 3)
   ).mean())
op("dice_loss", F.cross_entropy_dice_loss, spread(2, 1, 3, 2), share(2, 1, 3, 2),
   oracle=lambda torch, x, t: torch.nn.functional.binary_cross_entropy_with_logits(x, t) + dice(
       torch, x.sigmoid(), t, 0, (0, 2, 3)).mean())
op("style_loss", F.gram_matrix, spread(2, 3, 4, 2), oracle=gram)
op("multi_task", lambda a, b: F.multi_task_loss([a.sum(), (a * b).sum()], [0.5, 2]), A, ROW,
   name="multi_task_loss", covers=(F.multi_task_loss,),
   oracle=lambda torch, a, b: a.sum() / 2 + 2 * (a * b).sum())
op("weighted_loss", lambda t: mc.stack([mc.Tensor(w) for w in F.balanced_class_weights(t)]),
   classes(7, 3, below=2), name="balanced_class_weights", covers=(F.balanced_class_weights,),
   oracle=lambda torch, t: torch.stack([1 - t.double().mean(0), t.double().mean(0)]))
for w0, sigma in ((10.0, 5.0), (3, 0.7)):
    op("weight_map", lambda t, w0=w0, s=sigma: mc.Tensor(F.unet_weight_map(t, w0, s)), CELLS,
       name=f"unet_weight_map {sigma}", covers=(F.unet_weight_map,),
       oracle=lambda torch, t, w0=w0, s=sigma: torch.tensor(weight_map(t.numpy(), w0, s)))

# Images: against PyTorch in test files of their own -------------------------------------

for widths in ((1, 2), (0, 1, 2, 0), (1, 1, 2, 2, 0, 3), (-1, 2), (0, -2, -1, 0)):
    op("padding", F.pad, IMAGES, args=(widths,))
op("padding", F.pad, IMAGES, args=((1, 0),), value=2.5)
for mode in ("reflect", "replicate", "circular"):
    op("padding", F.pad, spread(2, 1, 4, 3), args=((2, 1, 1, 2),), mode=mode)
op("patches", F.unfold, spread(2, 2, 5, 4), args=((2, 3),), padding=1, stride=2)
op("patches", F.fold, spread(2, 12, 6), args=((4, 5), (2, 3)), dilation=1, padding=(0, 1),
   stride=2)
op("patches", F.pixel_shuffle, spread(2, 8, 2, 3), args=(2,))
op("patches", F.pixel_unshuffle, spread(1, 2, 4, 6), args=(2,))
for mode, rank in (("linear", 1), ("bilinear", 2), ("trilinear", 3)):
    for corners in (False, True):
        op("resize", F.interpolate, spread(1, 2, *(3, 2, 2)[:rank]),
           scale_factor=2.5, mode=mode, align_corners=corners)
op("resize", F.interpolate, spread(2, 2, 3, 4), scale_factor=2)
op("resize", F.interpolate, spread(2, 2, 3, 4), size=(5, 2))
op("crop", F.center_crop, spread(2, 5, 4), args=((2, 2),), oracle=lambda torch, x: x[:, 2:4, 1:3])
op("crop", F.crop_and_concatenate, spread(2, 1, 5, 4), spread(2, 2, 3, 4, seed=1),
   oracle=lambda torch, a, b: torch.cat([a[:, :, 1:4], b], 1))
for keepdim in (False, True):
    op("adaptive_pool", F.global_avg_pool2d, spread(2, 3, 4, 2), keepdim=keepdim,
       oracle=lambda torch, x, k=keepdim: x.mean((2, 3), k))
SAMPLES = share(2, 2, 2)
op("fractional_pool", lambda x, u: F.fractional_max_pool2d(x, (2, 3), (3, 2), _random_samples=u),
   spread(2, 2, 5, 6), SAMPLES, name="fractional_max_pool2d", covers=(F.fractional_max_pool2d,),
   constants=(1,), oracle=lambda torch, x, u: torch.nn.functional.fractional_max_pool2d(
       x, (2, 3), (3, 2), _random_samples=u))
for rank in (1, 2, 3):
    shape = (2, 2, 5, 4)[: rank + 2] if rank < 3 else (1, 2, 3, 2, 3)
    op("adaptive_pool", getattr(F, f"adaptive_avg_pool{rank}d"), spread(*shape), args=(2,))
    op("adaptive_pool", getattr(F, f"adaptive_avg_pool{rank}d"), spread(*shape), args=(1,))
    op("adaptive_pool", getattr(F, f"adaptive_max_pool{rank}d"), spread(*shape), args=(2,))
    op("pool", getattr(F, f"max_pool{rank}d"), spread(*shape), kernel_size=2, stride=1, padding=1)
    op("pool", getattr(F, f"avg_pool{rank}d"), spread(*shape), kernel_size=2, padding=1,
       count_include_pad=False)
    weight = spread(4, 1, *(3, 2, 2)[:rank], seed=1)
    op("conv", getattr(F, f"conv{rank}d"), spread(*shape), weight, spread(4, seed=2), stride=2,
       padding=1, groups=2)
    op("conv", getattr(F, f"conv_transpose{rank}d"), spread(*shape)[..., :2],
       spread(2, 2, *(3, 2, 2)[:rank], seed=1), spread(4, seed=2), stride=2, padding=1,
       output_padding=1, groups=2)


def unshared(torch, x, w, bias=None, stride=1, padding=0):
    """A locally connected layer in PyTorch: each window with the filters of its place."""
    axes = x.ndim - 2
    x = torch.nn.functional.pad(x, (padding,) * 2 * axes)
    for axis in range(axes):
        x = x.unfold(2 + axis, w.shape[2 + axis], stride)  # (N, C, P, Q, A, B)
    y = torch.einsum("ncpa,ocap->nop" if axes == 1 else "ncpqab,ocabpq->nopq", x, w)
    return y if bias is None else y + bias


op("locally_connected", F.locally_connected2d, spread(2, 2, 4, 5), spread(3, 2, 2, 3, 3, 3, seed=1),
   spread(3, 3, 3, seed=2), stride=(2, 2), padding=1,
   oracle=lambda torch, *ts: unshared(torch, *ts, stride=2, padding=1))
op("locally_connected", F.locally_connected2d, spread(1, 2, 3, 3), spread(2, 2, 2, 2, 2, 2, seed=1),
   oracle=unshared)
op("locally_connected", F.locally_connected1d, spread(2, 2, 6), spread(3, 2, 3, 2, seed=1),
   spread(3, 2, seed=2), stride=2, oracle=lambda torch, *ts: unshared(torch, *ts, stride=2))
