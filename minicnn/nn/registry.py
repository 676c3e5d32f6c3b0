"""What a module owns, by name: parameters, buffers and further modules.

Three dicts, filled by assigning attributes. A path of names joined by dots leads from a network
to each thing that it owns (``features.0.weight``), and the same object may stand at the end of
several paths: it is *shared*, and listed once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import backend
from ..tensor import Tensor
from .parameter import Parameter


class Registry:
    """The half of :class:`~minicnn.nn.Module` that keeps the books."""

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Registry | None]
    _not_persistent: set[str]  # names of buffers that are left out of state dicts

    def __init__(self):
        own = self.__dict__  # past __setattr__, which looks into the dicts made here
        own["_parameters"], own["_buffers"], own["_modules"] = {}, {}, {}
        own["_not_persistent"] = set()

    # -- registering -----------------------------------------------------------------------------

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """What ``self.name = param`` does; None holds the place of a parameter left out."""
        self._register(self._parameters, name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Remembers a Tensor (or an array, which is wrapped) that is not learnt, or None.

        Buffers move with the module and, if ``persistent``, are part of its state dict.
        """
        if backend.is_array(tensor):
            tensor = Tensor(tensor)
        self._register(self._buffers, name, tensor)
        (self._not_persistent.discard if persistent else self._not_persistent.add)(name)

    def add_module(self, name: str, module: Registry | None) -> None:
        """What ``self.name = module`` does, for names that are computed."""
        self._register(self._modules, name, module)

    def _register(self, register: dict, name: str, value: Any) -> None:
        self._check(register, name, value)
        if name not in register and hasattr(self, name):
            raise ValueError(f"{type(self).__name__} has an attribute {name!r} already")
        register[name] = value

    def _check(self, register: dict, name: str, value: Any) -> None:
        """Raises unless ``value`` may stand under ``name`` in that register."""
        where = f"{type(self).__name__}.{name}"
        if not isinstance(name, str):
            raise TypeError(f"{type(self).__name__}: a name is a string, got {name!r}")
        if not name or "." in name:
            raise ValueError(
                f"{type(self).__name__}: {name!r} cannot name a part of a module: a name is not "
                f"empty and has no dots, which join the names on a path"
            )
        if hasattr(type(self), name):
            raise ValueError(
                f"{where} is an attribute of the class, which would hide a part of the module "
                f"with that name: choose another name"
            )
        if value is None:
            return
        if register is self._parameters:
            kind, called = Parameter, "Parameter"
        else:
            kind, called = (Registry, "Module") if register is self._modules else (Tensor, "Tensor")
        if not isinstance(value, kind):
            got = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
            hint = ": wrap it, nn.Parameter(...)" if kind is Parameter else ""
            raise TypeError(f"{where} must be a {called} or None, got {got}{hint}")
        if kind is Tensor and value.requires_grad:
            raise ValueError(
                f"{where} is a buffer, which is not learnt, but this Tensor requires a gradient: "
                f"use its .detach(), or make it a Parameter"
            )
        if kind is Registry and any(m is self for m in value.modules()):
            raise ValueError(f"{where}: a module cannot contain itself")

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if "_modules" not in own:
            if isinstance(value, (Parameter, Registry)):
                raise AttributeError(_not_initialised(self))
            return object.__setattr__(self, name, value)
        registers = (self._parameters, self._buffers, self._modules)
        if isinstance(value, Parameter):
            register = self._parameters
        elif isinstance(value, Registry):
            register = self._modules
        else:
            register = next((r for r in registers if name in r), None)
        if register is None:
            return object.__setattr__(self, name, value)
        self._check(register, name, value)
        for other in (own, *registers):
            if other is not register:
                other.pop(name, None)
        register[name] = value

    def __getattr__(self, name: str) -> Any:  # only asked where nothing else has the name
        own = self.__dict__
        if "_modules" not in own:
            raise AttributeError(_not_initialised(self))
        for register in (own["_parameters"], own["_buffers"], own["_modules"]):
            if name in register:
                return register[name]
        raise AttributeError(
            f"{type(self).__name__!r} has no attribute {name!r}", name=name, obj=self
        )

    def __delattr__(self, name: str) -> None:
        for register in (self._parameters, self._buffers, self._modules):
            if name in register:
                del register[name]
                self._not_persistent.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        own = self.__dict__
        names = [n for r in ("_parameters", "_buffers", "_modules") for n in own.get(r, ())]
        return [*super().__dir__(), *names]

    # -- listing ---------------------------------------------------------------------------------

    def named_modules(
        self, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Registry]]:
        """The path and Module of this one and all below it; a shared one once, by default."""
        seen: set[Registry] = set()
        stack = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate and module in seen:
                continue
            seen.add(module)
            yield path, module
            stack.extend(
                (f"{path}.{name}" if path else name, child)
                for name, child in reversed(module._modules.items())
                if child is not None
            )

    def modules(self) -> Iterator[Registry]:
        """This Module and all below it, a shared one once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Registry]]:
        """The name and Module of those directly below, a shared one once."""
        seen: set[Registry] = set()
        for name, child in self._modules.items():
            if child is not None and child not in seen:
                seen.add(child)
                yield name, child

    def children(self) -> Iterator[Registry]:
        """The Modules directly below."""
        return (child for _, child in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The path and Parameter of each, here and below; a shared one once, by default."""
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The Parameters here and (unless ``recurse`` is False) below: what an optimiser takes."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The path and Tensor of each buffer, here and below."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers here and (unless ``recurse`` is False) below."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def _named(self, register: str, prefix: str, recurse: bool, remove_duplicate: bool):
        seen: set[Tensor] = set()
        found = self.named_modules(prefix, remove_duplicate) if recurse else [(prefix, self)]
        for path, module in found:
            for name, tensor in getattr(module, register).items():
                if tensor is None or (remove_duplicate and tensor in seen):
                    continue
                seen.add(tensor)
                yield (f"{path}.{name}" if path else name), tensor

    def get_submodule(self, target: str) -> Registry:
        """The Module at a path of names such as ``"features.0"``; the empty path is this one."""
        module = self
        for name in target.split(".") if target else ():
            if module._modules.get(name) is None:
                raise AttributeError(
                    f"{type(self).__name__} has no module at {target!r}: "
                    f"{type(module).__name__} has none named {name!r}, only {list(module._modules)}"
                )
            module = module._modules[name]
        return module


def _not_initialised(module: Registry) -> str:
    name = type(module).__name__
    return (
        f"{name}.__init__ must call super().__init__() before anything else: it makes the "
        f"registers of parameters and modules"
    )
