"""Module: what every layer and every network is.

A Module owns parameters (learnt), buffers (Tensors that are remembered but not learnt, such as
running statistics) and further Modules, and has a ``forward``. Assigning one of them as an
attribute registers it under the attribute's name, so that everything a network owns can be
listed, moved, saved and loaded through the path of names that leads to it::

    class Net(nn.Module):
        def __init__(self):
            super().__init__()                          # first: it makes the registers
            self.conv = nn.Conv2d(1, 8, 3, padding=1)
            self.fc = nn.Linear(8 * 8 * 8, 10)

        def forward(self, x):                           # (N, 1, 8, 8)
            return self.fc(F.relu(self.conv(x)).flatten(1))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import backend
from ..functional.operands import checked_dtype, names_a_dtype
from ..tensor import FLOATS, Tensor
from . import state
from .checks import flag
from .registry import Registry


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook off; also for ``with``."""

    def __init__(self, hooks: dict[int, Callable], hook: Callable):
        self._key = max(hooks, default=-1) + 1
        self._hooks: dict[int, Callable] | None = hooks
        hooks[self._key] = hook

    def remove(self) -> None:
        """Takes the hook off; a second call does nothing."""
        if self._hooks is not None:
            self._hooks.pop(self._key, None)
        self._hooks = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc) -> None:
        self.remove()


class Module(Registry):
    """The base of layers and networks: subclass it, call ``super().__init__()``, write forward.

    ``module(x)`` runs the forward pre-hooks, ``forward`` and the forward hooks. ``training`` says
    how dropout and batch norm behave; :meth:`train` and :meth:`eval` set it throughout.
    """

    training: bool
    _prepared: Any = None  # another way to compute the same, from minicnn.prepare

    def __init__(self):
        super().__init__()
        self.training = True
        self._forward_hooks: dict[int, Callable] = {}
        self._forward_pre_hooks: dict[int, Callable] = {}

    # -- calling ---------------------------------------------------------------------------------

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass writes its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, ...): write one")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._forward_pre_hooks:
            for hook in tuple(self._forward_pre_hooks.values()):
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        if self._prepared is None:
            output = self.forward(*args, **kwargs)
        else:
            output = self._prepared.call(self, args, kwargs)
        if self._forward_hooks:
            for hook in tuple(self._forward_hooks.values()):
                changed = hook(self, args, output)
                if changed is not None:
                    output = changed
        return output

    def register_forward_hook(self, hook: Callable) -> RemovableHandle:
        """``hook(module, args, output)`` after each forward; what it returns, unless None,
        replaces the output. The handle's ``remove()`` takes it off."""
        return RemovableHandle(self._forward_hooks, _callable(hook))

    def register_forward_pre_hook(self, hook: Callable) -> RemovableHandle:
        """``hook(module, args)`` before each forward; what it returns, unless None, replaces the
        arguments (a tuple, or the only one)."""
        return RemovableHandle(self._forward_pre_hooks, _callable(hook))

    # -- changing --------------------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], Any]) -> Module:
        """``fn(module)`` for every Module below, then for this one: for initialising weights."""
        _callable(fn, "what is applied")
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Module:
        """Training mode (or, with False, evaluation) for this Module and all below it.

        Training mode undoes :func:`minicnn.prepare`.
        """
        self.training = flag("train", "mode", mode)
        if mode:
            self.__dict__.pop("_prepared", None)
        for child in self.children():
            child.train(mode)
        return self

    def eval(self) -> Module:
        """Evaluation mode: no dropout, batch norm with its running statistics."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Module:
        """Sets ``requires_grad`` of every parameter: False freezes the module."""
        requires_grad = flag("requires_grad_", "requires_grad", requires_grad)
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients of every parameter, or fills them with zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = backend.array_module(parameter.grad).zeros_like(parameter.grad)

    def to(self, *args: Any, device: str | None = None, dtype: Any = None) -> Module:
        """Moves or converts parameters and float buffers in place, gradients with them.

        ``net.to("cuda")``, ``net.to("float64")``, ``net.to("cuda", "float64")``, ``net.to(tensor)``
        for that Tensor's device and dtype. The Parameters stay the same objects. Returns the
        module. TypeError for a dtype that is no float's; where anything fails, nothing changes.
        """
        for arg in args:
            if isinstance(arg, Tensor):
                device, dtype = arg.device, arg.dtype
            elif isinstance(arg, str) and not names_a_dtype(arg):
                device = arg
            elif arg is not None:
                dtype = arg
        if dtype is not None:
            dtype = checked_dtype(dtype)
            if dtype not in FLOATS:
                raise TypeError(
                    f"{type(self).__name__}.to: the parameters of a module are floats, so dtype "
                    f"must be one too, such as 'float32', not {dtype}"
                )
        if device is not None:
            backend.module_for(device)  # raises for a device that is none

        def converted(array: Any) -> Any:
            if array is None:
                return None
            if device is not None:
                array = backend.to_device(array, device)
            if dtype is not None and array.dtype in FLOATS:
                array = array.astype(dtype, copy=False)
            return array

        tensors = [*self.parameters(), *self.buffers()]
        ready = [(t, converted(t.data), converted(t.grad)) for t in tensors]
        for tensor, data, grad in ready:
            tensor.data, tensor.grad = data, grad
        return self

    def float(self) -> Module:
        """Parameters and float buffers as float32."""
        return self.to(dtype="float32")

    def double(self) -> Module:
        """Parameters and float buffers as float64."""
        return self.to(dtype="float64")

    def cpu(self) -> Module:
        """Parameters and buffers on the CPU."""
        return self.to(device="cpu")

    def cuda(self, device: int | str = "cuda") -> Module:
        """Parameters and buffers on a GPU: ``"cuda"``, ``"cuda:1"`` or its number."""
        return self.to(device=device if isinstance(device, str) else f"cuda:{device}")

    # -- saving ----------------------------------------------------------------------------------

    def state_dict(self, prefix: str = "") -> dict[str, Any]:
        """name -> array for every parameter and persistent buffer, PyTorch's names, copied out."""
        return state.state_dict(self, prefix)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> state.IncompatibleKeys:
        """Copies arrays or Tensors in, each to the dtype and device of its parameter or buffer.

        With ``strict`` the names must be exactly the model's; otherwise what is missing or
        unexpected is returned. ValueError names every entry that is missing, unexpected or of
        another shape, TypeError every one that is no array or does not convert (floats do not
        turn into integers); then nothing has been changed. PyTorch's ``num_batches_tracked`` is
        accepted and not kept.
        """
        return state.load_state_dict(self, state_dict, strict)

    # -- showing ---------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What stands in the brackets of the repr: a layer's settings."""
        return ""

    def __repr__(self) -> str:
        lines = [line for line in self.extra_repr().split("\n") if line]
        name = type(self).__name__
        if not self._modules:
            if len(lines) <= 1:
                return f"{name}({''.join(lines)})"
        for key, child in self._modules.items():
            lines.append(f"({key}): " + repr(child).replace("\n", "\n  "))
        return f"{name}(\n  " + "\n  ".join(lines) + "\n)"


def _callable(function: Any, called: str = "a hook") -> Callable:
    if not callable(function):
        raise TypeError(f"{called} must be callable, got {type(function).__name__}")
    return function
