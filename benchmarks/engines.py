"""The two engines behind one face, so that a case is written once and run by both.

An engine has a namespace `lib`, `minicnn` or `torch`, in which the same names stand for the same
things (`lib.nn.Conv2d`, `lib.nn.functional.relu`, `lib.cat`), and the few things below that the
two say differently. Each is made in a rival's own process: nothing here is imported before.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from .worker import Work


class Minicnn:
    """This engine as a user has it; `kernel` as for `use_kernel`, `prepared` by `mc.prepare`."""

    def __init__(self, threads: int, kernel: str = "auto", prepared: bool = False) -> None:
        import minicnn as mc

        mc.set_num_threads(threads)
        mc.use_kernel(kernel)
        self.lib, self.prepared = mc, prepared

    def tensor(self, array: np.ndarray, gradient: bool = False) -> Any:
        return self.lib.tensor(array, requires_grad=gradient)

    def memory(self, tensor: Any) -> np.ndarray:
        """The tensor's numbers, not a copy of them."""
        return tensor.data if isinstance(tensor, self.lib.Tensor) else tensor

    def backward(self, y: Any, g: Any) -> None:
        y.backward(g.data)

    def no_grad(self) -> AbstractContextManager:
        return self.lib.no_grad()

    def model(self, build: Callable[[Any], Any], weights: str = "fresh") -> Any:
        """The network with seeded weights of a kind, in training mode unless they are trained."""
        model = build(self.lib)
        model.load_state_dict(seeded_weights(shapes(model), weights))
        model.train(weights != "trained")
        if self.prepared:
            ready = self.lib.prepare(model)
            model = ready if isinstance(ready, self.lib.nn.Module) else model
        return model

    def state(self, model: Any) -> dict[str, Any]:
        """The weights and running statistics as they are now, copied."""
        return model.state_dict()

    def compiled(self, function: Callable) -> Callable:
        return function


class PyTorch:
    """PyTorch on the CPU: its default layout or channels last, as it is or by torch.compile."""

    def __init__(
        self,
        threads: int,
        dtype: str = "float32",
        channels_last: bool = False,
        compile: bool = False,
    ) -> None:
        import torch

        torch.set_num_threads(threads)
        self.lib, self.compile = torch, compile
        self.dtype = getattr(torch, dtype)
        self.layout = torch.channels_last if channels_last else torch.contiguous_format

    def tensor(self, array: np.ndarray, gradient: bool = False) -> Any:
        tensor = self.lib.from_numpy(array)
        kind = self.dtype if tensor.is_floating_point() else tensor.dtype
        # A copy in memory that PyTorch's own allocator aligns.
        tensor = tensor.to(kind, copy=True)
        if tensor.ndim == 4:
            tensor = tensor.contiguous(memory_format=self.layout)
        return tensor.requires_grad_(gradient)

    def memory(self, tensor: Any) -> np.ndarray:
        return tensor.detach().numpy()

    def backward(self, y: Any, g: Any) -> None:
        y.backward(g)

    def no_grad(self) -> AbstractContextManager:
        return self.lib.no_grad()

    def model(self, build: Callable[[Any], Any], weights: str = "fresh") -> Any:
        model = build(self.lib)
        values = seeded_weights(shapes(model), weights)
        found = model.load_state_dict(
            {name: self.lib.from_numpy(value) for name, value in values.items()}, strict=False
        )
        missing = [n for n in found.missing_keys if not n.endswith("num_batches_tracked")]
        if missing or found.unexpected_keys:
            raise RuntimeError(f"weights do not fit: {missing}, {found.unexpected_keys}")
        model.train(weights != "trained")
        return model.to(dtype=self.dtype, memory_format=self.layout)

    def state(self, model: Any) -> dict[str, Any]:
        return {name: value.clone() for name, value in model.state_dict().items()}

    def compiled(self, function: Callable) -> Callable:
        return self.lib.compile(function) if self.compile else function


def minicnn(case: Any, **options: Any) -> Work:
    """What a process runs for a case of any kind, with this engine."""
    return case.work(Minicnn(**options))


def pytorch(case: Any, **options: Any) -> Work:
    """What a process runs for a case of any kind, with PyTorch."""
    return case.work(PyTorch(**options))


# Weights ----------------------------------------------------------------------------------------


def shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter and running statistic, by name; batch counts left out."""
    found = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    return {n: s for n, s in found.items() if not n.endswith("num_batches_tracked")}


def seeded_weights(
    wanted: Mapping[str, tuple[int, ...]], kind: str = "fresh"
) -> dict[str, np.ndarray]:
    """The same weights for every engine, random by name.

    fresh     as layers begin in both engines: uniform within ±1/√fan, biases too
    he        normal with variance 2/fan and biases zero, for deep stacks without batch norm; the
              last layer fresh, so that the loss of C classes begins near ln C
    trained   he throughout, and biases, batch norm's weights and running statistics moved from
              where they begin (0 and 1), as training does

    fan is the number of inputs that a weight's output sums over.
    """
    values: dict[str, np.ndarray] = {}
    last = [name for name, shape in wanted.items() if len(shape) > 1][-1].rpartition(".")[0]
    for name, shape in wanted.items():
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        layer, _, what = name.rpartition(".")
        fan = int(np.prod(wanted.get(f"{layer}.weight", shape)[1:]))  # 1 for batch norm
        fresh = kind == "fresh" or (kind == "he" and layer == last)
        if len(shape) > 1 and not fresh:
            value = rng.standard_normal(shape, dtype=np.float32) * np.float32((2 / fan) ** 0.5)
        elif fan > 1 and fresh:
            value = rng.uniform(-(fan**-0.5), fan**-0.5, shape).astype(np.float32)
        else:
            value = np.full(shape, what in ("weight", "running_var"), np.float32)
            if kind == "trained":
                value += 0.2 * rng.uniform(-1, 1, shape).astype(np.float32)
        values[name] = value
    return values


# Facts ------------------------------------------------------------------------------------------


def torch_facts() -> str:
    """PyTorch's version, that of the library behind its convolutions, and the level they use."""
    import torch

    onednn = re.search(r"v([\d.]+)", "".join(re.findall(r"MKL-DNN.*", torch.__config__.show())))
    level = torch.backends.cpu.get_cpu_capability()
    return (
        f"PyTorch {torch.__version__} ({'oneDNN ' + onednn[1] if onednn else 'no oneDNN'}, {level})"
    )


def minicnn_missing(kernels: Iterable[str], prepared: bool = False) -> dict[str, str]:
    """Those of the kernels that cannot be measured here, and why, in one line each."""
    import minicnn as mc
    import minicnn.functional as F

    x, w = mc.tensor(np.ones((1, 1, 3, 3), "f4")), mc.tensor(np.ones((1, 1, 2, 2), "f4"))
    missing = {}
    for kernel in kernels:
        try:
            with mc.use_kernel(kernel):
                F.conv2d(x, w)
        except (ImportError, RuntimeError, ValueError, NotImplementedError) as error:
            missing[kernel] = " ".join(str(error).split())
    if prepared and not hasattr(mc, "prepare"):
        missing["prepared"] = "this minicnn has no mc.prepare"
    return missing
