"""An optimiser: parameters in groups, and a rule that moves them against their gradients.

A rule is a subclass with one method, :meth:`Optimizer.update`: parameter and gradient come as
arrays, and the parameter is changed in place. Everything else is here: which parameters there
are and with what options, clearing gradients, and the state (momentum, running means) that a
rule keeps for each parameter and that has to be saved with the weights to go on with a training.

    class SignSGD(Optimizer):
        def __init__(self, params, lr=1e-3):
            super().__init__(params, {"lr": lr})

        def update(self, p, g, state, group):
            p -= group["lr"] * np.sign(g)
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import backend
from ..autograd import set_grad_enabled
from ..tensor import Tensor
from . import checks, groups, state


class Optimizer:
    """The base of every optimiser.

    ``params`` is an iterable of leaf Tensors, such as ``model.parameters()``, or a list of dicts,
    each a *group* with options of its own: ``[{"params": head, "lr": 0.1}, {"params": rest}]``.
    What a group leaves out is taken from ``defaults``. ``param_groups`` holds the groups and may
    be changed between steps (that is what a schedule does); ``state`` holds, for each parameter,
    what its rule remembers.

    Unlike PyTorch's, an option that does not exist is refused (a group may have a ``"name"``),
    and so is a parameter given twice.
    """

    def __init__(self, params: Iterable, defaults: dict[str, Any]):
        self.defaults = dict(defaults)
        self.check_options(self.defaults)
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        for group in groups.from_params(params, self._name):
            self.add_param_group(group)
        if not any(group["params"] for group in self.param_groups):
            raise ValueError(
                f"{self._name} got no parameters. A generator is empty once it has been looped "
                f"over: pass list(model.parameters()), or call model.parameters() anew"
            )

    # What a rule defines --------------------------------------------------------------------

    def update(self, p: Any, g: Any, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Changes the array ``p`` in place, given its gradient ``g``, which must stay as it is.

        ``state`` is a dict, empty at first, that belongs to this parameter: arrays of its shape,
        and numbers.
        """
        raise NotImplementedError(f"{self._name} must define update(self, p, g, state, group)")

    def check_options(self, options: dict[str, Any]) -> None:
        """Raises for an option out of range, and makes the numbers plain floats."""
        if "lr" in options:
            options["lr"] = checks.real(self._name, "lr", options["lr"])

    def state_names(self, group: dict[str, Any]) -> tuple[str, ...]:
        """What ``state`` holds after an update: :meth:`load_state_dict` asks for all of it."""
        return ()

    # What a training loop calls -------------------------------------------------------------

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients, or with ``set_to_none=False`` fills them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad[...] = 0

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One update of every parameter that has a gradient; ``.grad`` itself is not changed.

        ``closure``, if given, is called first: it computes the loss and its gradients again, and
        step returns what it returned. A gradient that does not fit its parameter raises, before
        anything is changed.
        """
        loss = None
        if closure is not None:
            if not callable(closure):
                raise TypeError(
                    f"{self._name}.step takes a function that computes the loss, or nothing, got "
                    f"{type(closure).__name__}; call loss.backward(), then step()"
                )
            with set_grad_enabled(True):
                loss = closure()
        work = []
        number = 0
        for group in self.param_groups:
            self.check_options(group)
            for p in group["params"]:
                if p.grad is not None:
                    _check_gradient(p, number)
                    self._check_state(p, number, group)
                    work.append((p, group))
                number += 1
        for p, group in work:
            g = -p.grad if group.get("maximize") else p.grad
            self.update(p.data, g, self.state[p], group)
        return loss

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group ``{"params": ..., option: value, ...}``, for instance layers unfrozen."""
        group = groups.checked(param_group, self.defaults, self.param_groups, self._name)
        self.check_options(group)
        self.param_groups.append(group)

    # Saving and loading ---------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """``{"state": {number: {...}}, "param_groups": [{option: value, "params": [numbers]}]}``.

        Parameters are known by their position, counted through all groups. Arrays are copies.
        """
        numbers = {}
        saved_groups = []
        for group in self.param_groups:
            for p in group["params"]:
                numbers[p] = len(numbers)
            options = {k: copy.deepcopy(v) for k, v in group.items() if k != "params"}
            saved_groups.append({**options, "params": [numbers[p] for p in group["params"]]})
        saved = {numbers[p]: entry for p, entry in self.state.items() if p in numbers and entry}
        return {
            "state": {
                number: {name: _copied(value) for name, value in saved[number].items()}
                for number in sorted(saved)
            },
            "param_groups": saved_groups,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over options and state from a :meth:`state_dict`; arrays are copied.

        Groups and parameters are matched by position; the copies take the device and dtype of
        the parameter. What does not fit (other numbers of groups or parameters, other shapes,
        options of another optimiser) raises and changes nothing.
        """
        new_groups, numbers = state.checked_groups(state_dict, self.param_groups, self._name)
        for i, group in enumerate(new_groups):
            missing = sorted(set(self.defaults) - set(group))
            if missing:
                raise ValueError(
                    f"{self._name}: param_groups[{i}] of the state dict lacks {missing}; was it "
                    f"saved by another kind of optimiser? It has {sorted(set(group))}"
                )
            self.check_options(group)
        new_state = state.checked_state(
            state_dict["state"], new_groups, numbers, self.state_names, self._name
        )
        for group, new in zip(self.param_groups, new_groups, strict=True):
            group.clear()
            group.update(new)
        self.state = defaultdict(dict, new_state)

    # ----------------------------------------------------------------------------------------

    def _check_state(self, p: Tensor, number: int, group: dict[str, Any]) -> None:
        """What is remembered of a parameter is of its dtype still, and where it is."""
        kept = self.state[p]
        if not kept:
            return
        plain = type(p.data) is np.ndarray
        for name in self.state_names(group):
            a = kept.get(name)
            if plain and type(a) is np.ndarray and a.dtype == p.data.dtype:
                continue  # the usual case
            if backend.is_array(a) and (a.dtype != p.dtype or backend.device_of(a) != p.device):
                raise RuntimeError(
                    f"{self._name}: parameter {number} (shape {p.shape}) is {p.dtype} on "
                    f"{p.device}, but its {name} is {a.dtype} on {backend.device_of(a)}: make the "
                    f"optimiser after model.to(...), or load its state_dict() into a new one"
                )

    @property
    def _name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"  group {i}: {len(group['params'])} parameters")
            lines += [f"    {k}: {group[k]}" for k in sorted(group) if k != "params"]
        return "\n".join([*lines, ")"])


def _copied(value: Any) -> Any:
    return value.copy() if backend.is_array(value) else copy.deepcopy(value)


def _check_gradient(p: Tensor, number: int) -> None:
    """The gradient is an array like the parameter's, which can be written to."""
    g, data = p.grad, p.data
    if type(g) is np.ndarray and type(data) is np.ndarray:
        if g.shape == data.shape and g.dtype == data.dtype and data.flags.writeable:
            return  # the usual case, without further questions
    where = f"the gradient of parameter {number} (shape {p.shape}, {p.dtype} on {p.device})"
    if isinstance(p.grad, np.generic):  # what NumPy makes of an array without axes, times 2
        p.grad = np.asarray(p.grad)
    if not backend.is_array(p.grad):
        raise TypeError(
            f"{where} is a {type(p.grad).__name__}: .grad holds an array; of a Tensor take .data"
        )
    if p.grad.shape != p.shape:
        raise ValueError(f"{where} has shape {p.grad.shape}: it must have the parameter's shape")
    if p.grad.dtype != p.dtype:
        raise TypeError(f"{where} has dtype {p.grad.dtype}: it must have the parameter's dtype")
    if backend.device_of(p.grad) != p.device:
        raise TypeError(
            f"{where} is on {backend.device_of(p.grad)}: nothing is moved implicitly; call "
            f"zero_grad() after a model has been moved"
        )
    if not getattr(getattr(p.data, "flags", None), "writeable", True):
        raise ValueError(
            f"parameter {number} (shape {p.shape}) is a read-only array and cannot be updated in "
            f"place: make it from a copy, with minicnn.tensor(...)"
        )
