"""What each rival runs. A function here gets a case and returns its `Work`.

Every function imports its own engine inside: the harness never loads one, and each rival's
process loads only the one that it runs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .layers import Layer
from .worker import Work


@dataclass(frozen=True)
class ConvCase:
    """A convolution layer, forward only, or forward and the gradients of input and weight."""

    layer: Layer
    gradients: bool


def minicnn_conv(case: ConvCase, threads: int, kernel: str) -> Work:
    """This engine through its public API, as a user calls it."""
    import minicnn as mc
    import minicnn.functional as F

    mc.set_num_threads(threads)
    x, w, g = case.layer.arrays()
    x = mc.tensor(x, requires_grad=case.gradients)
    w = mc.tensor(w, requires_grad=case.gradients)
    stride, padding = case.layer.stride, case.layer.padding

    def forward() -> mc.Tensor:
        return F.conv2d(x, w, stride=stride, padding=padding, kernel=kernel)

    def both() -> mc.Tensor:
        x.grad = w.grad = None
        y = forward()
        y.backward(g)
        return y

    def results() -> dict[str, np.ndarray]:
        y = call()
        if not case.gradients:
            return {"y": y.data}
        return {"y": y.data, "gx": x.grad, "gw": w.grad}

    call = both if case.gradients else forward
    return Work(call, [x.data, w.data, g], results)


def torch_conv(case: ConvCase, threads: int, dtype: str = "float32") -> Work:
    """PyTorch, default layout. In float64 it is the reference that errors are measured from."""
    import torch

    torch.set_num_threads(threads)
    # clone() gives the memory that PyTorch's own allocator aligns.
    x, w, g = (torch.from_numpy(array).clone() for array in case.layer.arrays(dtype))
    x.requires_grad_(case.gradients)
    w.requires_grad_(case.gradients)
    stride, padding = case.layer.stride, case.layer.padding
    conv2d = torch.nn.functional.conv2d

    def forward() -> torch.Tensor:
        return conv2d(x, w, stride=stride, padding=padding)

    def both() -> torch.Tensor:
        x.grad = w.grad = None
        y = forward()
        y.backward(g)
        return y

    def results() -> dict[str, np.ndarray]:
        y = call().detach().numpy()
        return {"y": y, "gx": x.grad.numpy(), "gw": w.grad.numpy()} if case.gradients else {"y": y}

    call = both if case.gradients else forward
    return Work(call, [t.detach().numpy() for t in (x, w, g)], results)


def numpy_matmul(n: int, threads: int) -> Work:
    """A product of two n × n matrices in float32: what im2col rests on."""
    a, b = np.random.default_rng(n).standard_normal((2, n, n), dtype=np.float32)
    out = np.empty_like(a)
    return Work(lambda: np.matmul(a, b, out=out), [a, b], lambda: {"c": a @ b})


def torch_matmul(n: int, threads: int) -> Work:
    """The same product by PyTorch."""
    import torch

    torch.set_num_threads(threads)
    a, b = np.random.default_rng(n).standard_normal((2, n, n), dtype=np.float32)
    ta, tb = torch.from_numpy(a), torch.from_numpy(b)
    out = torch.empty_like(ta)
    return Work(
        lambda: torch.matmul(ta, tb, out=out), [a, b], lambda: {"c": torch.matmul(ta, tb).numpy()}
    )


def torch_facts() -> str:
    """PyTorch's version, that of the library behind its convolutions, and the level they use."""
    import torch

    onednn = re.search(r"v([\d.]+)", "".join(re.findall(r"MKL-DNN.*", torch.__config__.show())))
    level = torch.backends.cpu.get_cpu_capability()
    return (
        f"PyTorch {torch.__version__} ({'oneDNN ' + onednn[1] if onednn else 'no oneDNN'}, {level})"
    )


def minicnn_missing(kernels: Sequence[str]) -> dict[str, str]:
    """Those of the kernels that cannot be measured here, and why, in one line each."""
    import minicnn as mc
    import minicnn.functional as F

    x, w = mc.tensor(np.ones((1, 1, 3, 3), "f4")), mc.tensor(np.ones((1, 1, 2, 2), "f4"))
    missing = {}
    for kernel in kernels:
        try:
            F.conv2d(x, w, kernel=kernel)
        except (ImportError, RuntimeError, ValueError, NotImplementedError) as error:
            missing[kernel] = " ".join(str(error).split())
    return missing
