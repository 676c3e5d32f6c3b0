"""``mc.prepare(model)``: what can be computed once and for all before a model only predicts.

In evaluation mode batch norm is a constant factor and a constant term for each channel,

    γ·(x − E)/√(Var + ε) + β = scale·x + shift,    scale = γ/√(Var + ε),  shift = β − scale·E

and after a convolution y = W·x + b the factor goes into the filters and the rest into the bias,

    scale·(W·x + b) + shift = (scale·W)·x + (scale·b + shift),

one multiplication for each weight instead of one for each pixel. (Jacob et al. 2017, arXiv
1712.05877, section 3.2 "batch normalization folding".) A ReLU or an addition that follows is done
while the results are in the processor's cache, and the filters are kept in the order in which the
C++ reads them, Winograd's already transformed.

Nothing of the model is changed. Its convolutions and batch norms get a second way to compute,
which is taken only within a call of the prepared model, in evaluation mode under ``no_grad``. What
follows what is found out while it happens (:mod:`minicnn.functional.pending`).
"""

from __future__ import annotations

import threading
import warnings
import weakref
from operator import is_
from typing import Any

import numpy as np

from . import kernels
from .backend import array_module, device_of, to_numpy
from .functional import pending
from .functional.pending import NEVER, Pending, Work, now
from .geometry import Geometry
from .grad_mode import mode, no_grad
from .kernels import cpp
from .nn.conv import _ConvNd
from .nn.module import Module
from .nn.norm import _BatchNorm, check_channels
from .tensor import Tensor

TOLERANCE = 1e-4  # relative L2 error of the prepared model's first result


def prepare(model: Module, example: Any = None) -> Preparation:
    """Makes a model in evaluation mode predict faster, with the same results up to rounding.

    Batch norm is folded into the convolution before it, ReLU and addition after a convolution (or
    ReLU after another batch norm) are done with it in one pass, and the filters of convolutions
    are kept as the C++ kernels read them. The model stays the object that it was, with the same
    parameters and state dict. Returned is a :class:`Preparation`; print it to see what was done.

    ``example`` is an input, or a tuple of them: the model is called once both ways and the results
    are compared (RuntimeError if they differ by more than 1e-4). Without one the first call of the
    model does that, takes twice as long, and warns and undoes everything should they differ.

    It serves calls under ``no_grad``; with gradients enabled the model computes as ever.
    ``model.train()`` undoes it, and a copy of the model is not prepared. What is kept belongs to
    the parameters as they are now: a layer whose parameters get other arrays (``load_state_dict``,
    ``.to``) computes as ever, but numbers changed *within* an array (``p.data[...] = 0``, a step
    of an optimiser) are not seen: prepare the model again. Nor may its ``forward`` write into
    arrays. TypeError for what is no Module, RuntimeError for a model in training mode.
    """
    if not isinstance(model, Module):
        raise TypeError(f"prepare: expected a Module, got {type(model).__name__}")
    for path, module in model.named_modules():
        if module.training:
            where = f"{type(module).__name__} {path!r}" if path else "the model"
            raise RuntimeError(
                f"prepare: {where} is in training mode, where batch norm changes with every "
                f"batch; call model.eval() first"
            )
    _undo(model)
    prepared = Preparation(model)
    if example is not None:
        prepared._strict = True
        with no_grad():
            model(*example if isinstance(example, tuple) else (example,))
    return prepared


class _Second:
    """A second way to compute for a module. Copies of it, pickled ones too, have none."""

    def __reduce__(self):
        return type(None), ()


class Preparation(_Second):
    """What :func:`prepare` did for a model. ``print`` tells it once the model has been called.

    convolutions   how many convolutions are prepared
    norms          how many batch norms went into them
    separate       how many batch norms are left, for no convolution comes before them
    relus          how many ReLUs are computed along with something else, in one call
    additions      the same of additions
    bytes          memory of the filters that are kept for the C++ kernels
    error          relative L2 error of the first result
    """

    def __init__(self, model: Module):
        self.convolutions = self.norms = self.separate = self.relus = self.additions = 0
        self.error: float | None = None
        self.undone: str | None = None
        self._strict = False  # whether to raise where the results differ
        self._lock = threading.Lock()
        self._kept: list[_Convolution] = []
        for module in model.modules():
            # A subclass with a forward of its own does as it likes.
            forward = module.__dict__.get("forward", type(module).forward)
            if forward is _ConvNd.forward and not module.transposed:
                module._prepared = _Convolution(module)
                self._kept.append(module._prepared)
            elif forward is _BatchNorm.forward and module.track_running_stats:
                module._prepared = _Norm(module)
        self._inner = model._prepared
        model._prepared = self

    @property
    def bytes(self) -> int:
        return sum(c.bytes for c in self._kept)

    def call(self, model: Module, args: tuple, kwargs: dict) -> Any:
        """What the model computes for these arguments."""
        if mode.enabled or model.training or self.undone or now.waiting is not None:
            return self._forward(model, args, kwargs)
        if self.error is None:
            with self._lock:
                if self.error is None and not self.undone:
                    return self._watched(model, args, kwargs)
        return self._at_once(model, args, kwargs)

    def _forward(self, model: Module, args: tuple, kwargs: dict) -> Any:
        if self._inner is not None:
            return self._inner.call(model, args, kwargs)
        return model.forward(*args, **kwargs)

    def _at_once(self, model: Module, args: tuple, kwargs: dict) -> Any:
        now.waiting = []
        try:
            output = pending.settled(self._forward(model, args, kwargs))
            for waiting in now.waiting:  # kept by a hook, say
                result = waiting()
                if result is not None:
                    _ = result.data
            return output
        finally:
            now.waiting = None

    def _watched(self, model: Module, args: tuple, kwargs: dict) -> Any:
        """The first call: both ways, compared."""
        expected = self._forward(model, args, kwargs)
        now.seen = []
        try:
            output = self._at_once(model, args, kwargs)
            seen = now.seen
        finally:
            now.seen = None
        error = _difference(expected, output)
        if not error <= TOLERANCE:
            self.undone = (
                f"undone: prepared, the model's result differs by {error:.1e} (relative L2); it "
                f"may draw random numbers, or write into arrays in its forward"
            )
            _undo(model)
            if self._strict:
                raise RuntimeError(f"prepare: {self.undone}")
            warnings.warn(f"prepare: {self.undone}", RuntimeWarning, stacklevel=4)
            return expected
        norms = {work.norm for work in seen if work.norm is not None}
        self.norms = len(norms)
        self.convolutions = len({w.source for w in seen if isinstance(w.source, _Convolution)})
        self.separate = len({w.source for w in seen if isinstance(w.source, _Norm)})
        self.relus = sum(work.relu for work in seen)
        self.additions = sum(work.added is not None for work in seen)
        self.error = error
        return output

    def __repr__(self) -> str:
        if self.undone:
            return self.undone
        if self.error is None:
            return "prepared; what could be done is known after the model's first call"
        parts = [f"folded {self.norms} batch norms into {self.convolutions} convolutions"]
        if self.separate:
            parts.append(f"{self.separate} other batch norms stay")
        parts.append(f"{self.relus} ReLUs and {self.additions} additions joined to what is before")
        if self.bytes:
            parts.append(f"filters kept as the C++ kernels read them ({self.bytes / 1e6:.1f} MB)")
        elif cpp.missing() is not None:
            parts.append("no filters kept, for the C++ extension is missing")
        return "; ".join(parts) + f"; relative error {self.error:.1e}"


class _Convolution(_Second):
    """A convolution's second way: filters with a batch norm in them, kept for each kernel."""

    takes = (1, 2, 3)  # stages of pending.Work
    limit = NEVER

    def __init__(self, module: _ConvNd):
        self._module = weakref.ref(module)
        self._arrays, self._all = _arrays(module, "weight", "bias"), _all(module)
        self._geometries: dict[tuple, Geometry] = {}
        self._ready: dict[tuple, Any] = {}  # (norm, kernel) -> how to compute

    def call(self, module: _ConvNd, args: tuple, kwargs: dict) -> Tensor:
        x = args[0] if len(args) == 1 and not kwargs else None
        if (
            now.waiting is None or mode.enabled or not isinstance(x, Tensor)
            or not _same(self._all, _all(module))
        ):
            return module.forward(*args, **kwargs)
        data, (w, b) = x.data, self._arrays
        if data.dtype != w.dtype or x.device != device_of(w):
            return module.forward(*args, **kwargs)  # which says what is wrong
        key = data.shape, module.stride, module.padding, module.dilation, module.groups
        geometry = self._geometries.get(key)
        if geometry is None:
            if len(self._geometries) > 64:
                self._geometries.clear()
            geometry = self._geometries[key] = Geometry.conv(
                data.shape, w.shape, *key[1:], None if b is None else b.shape,
                type(module).function.__name__, module.axes,
            )
        shape = (data.shape[0], w.shape[0], *geometry.output)
        return pending.started(Work(self, data, geometry), shape, data.dtype, x.device)

    def compute(self, work: Work) -> Any:
        kernel = kernels.pick("convolution", work.x, self._module().kernel)
        key = work.norm, kernel
        if key not in self._ready:
            w, b = self._arrays if work.norm is None else work.norm.folded_into(*self._arrays)
            make = getattr(kernel, "prepared", None)
            self._ready[key] = _Plain(kernel, w, b) if make is None else make(w, b)
        return self._ready[key].forward(work.x, work.geometry, work.added, work.relu)

    @property
    def bytes(self) -> int:
        return sum(ready.bytes for ready in list(self._ready.values()))


class _Plain:
    """The same for a kernel that keeps nothing: NumPy's and CuPy's."""

    bytes = 0

    def __init__(self, kernel: Any, w: Any, b: Any):
        self._kernel, self._w, self._b = kernel, w.copy(), None if b is None else b.copy()

    def forward(self, x: Any, geometry: Geometry, added: Any, relu: bool) -> Any:
        y = self._kernel.forward(x, self._w, geometry, self._b)
        if added is not None:
            y += added
        return array_module(y).maximum(y, 0, out=y) if relu else y


class _Norm(_Second):
    """A batch norm's second way: into the convolution before it, or one pass with a ReLU."""

    takes = (3,)
    limit = NEVER
    names = ("running_mean", "running_var", "weight", "bias")

    def __init__(self, module: _BatchNorm):
        self._arrays, self._all = _arrays(module, *self.names), _all(module)
        mean, var, gamma, beta = self._arrays
        # In float64, and rounded once where it is used.
        self._factor = 1 / (var.astype("float64") + module.eps) ** 0.5
        if gamma is not None:
            self._factor *= gamma
        self._term = (0 if beta is None else beta) - mean * self._factor
        self._mean, self._scale = mean.copy(), self._factor.astype(mean.dtype)
        self._beta = None if beta is None else beta.copy()

    def call(self, module: _BatchNorm, args: tuple, kwargs: dict) -> Tensor:
        x = args[0] if len(args) == 1 and not kwargs else None
        if (
            now.waiting is None or mode.enabled or module.training or not isinstance(x, Tensor)
            or x.ndim < 2 or self._mean.dtype != x.dtype or x.device != device_of(self._mean)
            or not _same(self._all, _all(module))
        ):
            return module.forward(*args, **kwargs)
        if x.ndim not in module.ranks or x.shape[1] != module.num_features:
            check_channels(f"{type(module).__name__}({module.num_features})", x.shape,
                           module.num_features, module.ranks)
        if type(x) is Pending and x.takes(1):
            return x.then(norm=self)
        return pending.started(Work(self, x.data), x.shape, x.dtype, x.device)

    def folded_into(self, w: Any, b: Any) -> tuple[Any, Any]:
        """Filters and bias of the convolution and then this."""
        factor = self._factor.reshape(-1, *(1,) * (w.ndim - 1))
        bias = self._term if b is None else b * self._factor + self._term
        return (w * factor).astype(w.dtype), bias.astype(w.dtype)

    def compute(self, work: Work) -> Any:
        kernel = kernels.pick("batch_norm", work.x)
        return kernel.batch_norm(work.x, self._mean, self._scale, self._beta, work.relu)


def _arrays(module: Module, *names: str) -> tuple:
    """The arrays of these parameters and buffers, None for what there is not."""
    return tuple([None if (t := getattr(module, name)) is None else t.data for name in names])


def _all(module: Module) -> list:
    """The arrays of all that the module itself owns."""
    tensors = (*module._parameters.values(), *module._buffers.values())
    return [None if t is None else t.data for t in tensors]


def _same(first: list, second: list) -> bool:
    """Whether these are the same arrays (not only equal ones)."""
    return len(first) == len(second) and all(map(is_, first, second))


def _undo(model: Module) -> None:
    for module in model.modules():
        module.__dict__.pop("_prepared", None)


def _difference(expected: Any, got: Any) -> float:
    """Relative L2 error over all Tensors in two results of a forward; inf if they do not fit."""
    if isinstance(expected, Tensor) and isinstance(got, Tensor):
        if expected.shape != got.shape:
            return float("inf")
        a, b = (to_numpy(t.data).astype("float64") for t in (expected, got))
        if not np.array_equal(np.isfinite(a), np.isfinite(b)):
            return float("inf")
        finite = np.isfinite(a)
        size = float(np.linalg.norm(a[finite]))
        return float(np.linalg.norm(a[finite] - b[finite])) / (size or 1.0)
    if type(expected) is type(got) and isinstance(expected, (tuple, list)):
        if len(expected) != len(got):
            return float("inf")
        return max(map(_difference, expected, got), default=0.0)
    if type(expected) is type(got) and isinstance(expected, dict):
        if expected.keys() != got.keys():
            return float("inf")
        return max([_difference(expected[k], got[k]) for k in expected], default=0.0)
    return 0.0  # nothing that convolutions computed
