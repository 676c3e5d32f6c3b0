"""Algorithms on arrays, and the one place where an operation finds the one it runs.

A kernel is a module that offers *primitives* by name (its ``PRIMITIVES``). The primitive
``"convolution"`` is three functions that come together, the partial derivatives of

    T(x, w, g) = Σ x[n, c, i·s + a·d − p] · w[o, c, a] · g[n, o, i]

    forward(x, w, geometry, bias=None)          -> y   (N, O, *output)    ∂T/∂g
    input_gradient(g, w, geometry, bias=None)   -> x   (N, C, *size)      ∂T/∂x
    weight_gradient(x, g, geometry)             -> w   (O, C/groups, *kernel)   ∂T/∂w

where i stands for all output positions and a for all taps (a bias is where the sum starts).
Every other primitive is a function or a few of that name in :mod:`~minicnn.kernels.arrays`,
in plain array code; a faster module may offer the same.

What the kernels do with the index triples (of x, w, y) that T sums over:

    direct     visits them one by one: the definition, and the reference
    sparse     makes them a sparse matrix with the filter's values: the lecture's W·X + B
    im2col     gathers x by them into a matrix and multiplies
    cpp        visits them again, in compiled loops ordered for the processor; for 3×3 filters it
               multiplies fewer numbers than there are triples (Winograd)
    cpp-direct the same without Winograd's algorithm
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import arrays, cpp, cpp_direct, direct, im2col, sparse

_modules: dict[str, ModuleType] = {
    "direct": direct,
    "sparse": sparse,
    "im2col": im2col,
    "cpp": cpp,
    "cpp-direct": cpp_direct,
}
_AUTO = (cpp, im2col, arrays)  # under "auto" the first that can do the work does it
_chosen = "auto"


def available() -> dict[str, str | None]:
    """Each convolution kernel, with None if it can run here, else why not and what to do."""
    return {name: module.missing() for name, module in _modules.items()}


class use_kernel:
    """Chooses the kernel for what follows: ``use_kernel("direct")``.

    Also a context manager, ``with use_kernel("sparse"): ...``, which restores the choice before.
    Names: ``"auto"`` (the default), ``"direct"``, ``"sparse"``, ``"im2col"``, ``"cpp"``,
    ``"cpp-direct"``. A primitive that the kernel does not offer (pooling has no sparse form), or
    not for the array's dtype, runs as under "auto".
    """

    def __init__(self, name: str):
        global _chosen
        if name != "auto":
            _named(name)
        self._name, self._before, _chosen = name, _chosen, name

    def __enter__(self) -> use_kernel:
        global _chosen
        _chosen = self._name  # set already, but for one that is entered a second time
        return self

    def __exit__(self, *exc) -> None:
        global _chosen
        _chosen = self._before


def _named(name: str) -> ModuleType:
    """The kernel module of that name, if it exists and is built."""
    names = ", ".join(repr(n) for n in ("auto", *_modules))
    if not isinstance(name, str):
        raise TypeError(f"a kernel is chosen by name, got {name!r}: give one of {names}")
    if name not in _modules:
        raise ValueError(f"unknown kernel {name!r}: choose one of {names}")
    reason = _modules[name].missing()
    if reason is not None:
        usable = ", ".join(repr(n) for n, why in available().items() if why is None)
        raise RuntimeError(f"kernel {name!r} is not available: {reason}. Usable here: {usable}")
    return _modules[name]


def pick(primitive: str, array: Any, kernel: str | ModuleType | None = None) -> ModuleType:
    """The module whose ``primitive`` serves ``array``: named by the call, chosen, or automatic.

    A module is returned as it is: that is how a gradient runs on the kernel of its forward.
    """
    if isinstance(kernel, ModuleType):
        return kernel
    name = _chosen if kernel is None else kernel
    if name != "auto":
        module = _named(name)
        if primitive in module.PRIMITIVES:
            reason = module.refuses(array)
            if reason is None:
                return module
            if primitive not in arrays.PRIMITIVES:  # else the reference serves, as under "auto"
                able = [
                    n for n, m in _modules.items() if m.missing() is None and not m.refuses(array)
                ]
                raise TypeError(f"kernel {name!r} {reason}; use one of {able} or 'auto'")
    for module in _AUTO:
        if primitive in module.PRIMITIVES and module.refuses(array) is None:
            return module
    raise NotImplementedError(f"no kernel offers {primitive!r} for {type(array).__name__} arrays")
