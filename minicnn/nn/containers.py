"""Containers: modules made of modules, in a row, in a list or by name."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .module import Module


class _Row(Module):
    """Modules in order, named "0", "1", ... unless they were given names."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            chosen = list(self._modules.items())[index]
            return self._made_of(chosen)
        return self._modules[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), self._layer(module, index))

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)
        for name in names[index] if isinstance(index, slice) else [self._name(index)]:
            del self._modules[name]
        self._renumber(names)

    def append(self, module: Module) -> _Row:
        """Adds one at the end; returns the container."""
        self.add_module(self._free_name(), self._layer(module, len(self)))
        return self

    def extend(self, modules: Iterable[Module]) -> _Row:
        """Adds several at the end; returns the container."""
        for i, module in enumerate(checked := list(modules)):
            self._layer(module, len(self) + i)
        for module in checked:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> _Row:
        """Puts one before the module at ``index``; those after it get new numbers."""
        index = operator.index(index)
        if not -len(self) <= index <= len(self):
            raise IndexError(f"{self._of(index)} does not exist: there are {len(self)} modules")
        before, name = list(self._modules), self._free_name()
        self.add_module(name, self._layer(module, index))
        items = list(self._modules.items())
        items.insert(index, items.pop())
        self._modules.clear()
        self._modules.update(items)
        self._renumber([*before, name])
        return self

    def _free_name(self) -> str:
        number = len(self)
        while str(number) in self._modules:
            number += 1
        return str(number)

    def _name(self, index: Any) -> str:
        try:
            place = operator.index(index)
        except TypeError:
            raise TypeError(
                f"{type(self).__name__}: an index is a whole number or a slice, got {index!r}"
            ) from None
        if not -len(self) <= place < len(self):
            raise IndexError(f"{self._of(index)} does not exist: there are {len(self)} modules")
        return list(self._modules)[place]

    def _layer(self, module: Any, place: int) -> Module:
        if isinstance(module, Module):
            return module
        if isinstance(module, type):
            got = f"the class {module.__name__}: make a module of it, {module.__name__}(...)"
        else:
            got = f"{module!r}" if callable(module) else type(module).__name__
        raise TypeError(f"{self._of(place)} must be a Module, got {got}")

    def _of(self, place: Any) -> str:
        return f"{type(self).__name__}[{place}]"

    def _renumber(self, before: list[str]) -> None:
        """Names that were 0, 1, ... before a change are so again; others stay."""
        if before == [str(i) for i in range(len(before))]:
            modules = list(self._modules.values())
            self._modules.clear()
            self._modules.update((str(i), m) for i, m in enumerate(modules))

    def _made_of(self, chosen: list[tuple[str, Module]]) -> _Row:
        raise NotImplementedError


class Sequential(_Row):
    """Modules applied one after the other: y = f_n(... f_2(f_1(x))).

    ``Sequential(conv, relu, pool)``, or with names, ``Sequential({"conv": conv, "relu": relu})``.
    An index gives a module, a slice a Sequential of the same modules under the same names.
    """

    def __init__(self, *modules: Module | Mapping[str, Module]):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.add_module(name, self._layer(module, name))
        elif len(modules) == 1 and isinstance(modules[0], (list, tuple)):
            raise TypeError("Sequential takes the modules one by one: Sequential(*modules)")
        else:
            self.extend(modules)

    def _made_of(self, chosen: list[tuple[str, Module]]) -> Sequential:
        return Sequential(dict(chosen))

    def forward(self, input: Any) -> Any:
        for module in self:
            input = module(input)
        return input


class ModuleList(_Row):
    """A list of modules that registers them, as a plain Python list would not.

    It has no forward: the network that owns it says how they are used.
    """

    def __init__(self, modules: Iterable[Module] | None = None):
        super().__init__()
        if modules is not None:
            if isinstance(modules, Module) and not isinstance(modules, _Row):
                raise TypeError("ModuleList takes a list of modules: ModuleList([module])")
            self.extend(modules)

    def _made_of(self, chosen: list[tuple[str, Module]]) -> ModuleList:
        return ModuleList(module for _, module in chosen)

    def forward(self, *args: Any) -> Any:
        raise NotImplementedError(
            "a ModuleList only keeps modules: call its members, or use nn.Sequential"
        )


class ModuleDict(Module):
    """Modules by name, in the order in which they came; registered, unlike in a plain dict.

    ``ModuleDict({"conv": conv, "pool": pool})`` or a list of (name, module). It has no forward.
    """

    def __init__(self, modules: Mapping[str, Module] | Iterable | None = None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def __getitem__(self, key: str) -> Module:
        if key not in self._modules:
            raise KeyError(f"this ModuleDict has no {key!r}, only {list(self._modules)}")
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        if module is None:
            raise TypeError(f"ModuleDict[{key!r}] must be a Module, got None")
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        self.pop(key)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._modules.values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """The (name, module) pairs."""
        return self._modules.items()

    def update(self, modules: Mapping[str, Module] | Iterable) -> None:
        """Adds or replaces the modules of a dict, another ModuleDict or a list of pairs."""
        pairs = modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules
        for key, module in pairs:
            self[key] = module

    def pop(self, key: str) -> Module:
        """Takes one out and returns it."""
        module = self[key]
        del self._modules[key]
        return module

    def clear(self) -> None:
        """Takes all out."""
        self._modules.clear()

    def forward(self, *args: Any) -> Any:
        raise NotImplementedError("a ModuleDict only keeps modules: call its members")
