"""Automatic differentiation: a Function for each operation, and the walk back through them.

Calling a :class:`Function` computes ``y = f(x, w, ...)`` on arrays and makes the Function itself
the *node* of the graph: the output Tensor points to it (``y.creator``), and it points to its
input Tensors. Each Function knows one formula an input: given the gradient of the loss by its
output, the gradient by that input, the chain rule

    ∂L/∂x = ∂L/∂y · ∂y/∂x .

:func:`_walk` starts at the loss and applies these formulas node by node, each node after
everything that used its output, adding up where a Tensor was used twice (001/004 "forward and
backward"; Griewank & Walther, Evaluating Derivatives, ch. 3). A backward is itself written with
differentiable operations, so the gradients can be differentiated again, to any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import backend
from .contract import check_gradients, checked_output, fitting, tensor_like
from .grad_mode import enable_grad as enable_grad
from .grad_mode import inference_mode as inference_mode
from .grad_mode import is_grad_enabled as is_grad_enabled
from .grad_mode import mode, set_grad_enabled
from .grad_mode import no_grad as no_grad
from .ownership import added, is_alone, owned
from .tensor import Tensor, wrap


class Edge(Tensor):
    """Stands for an input whose values no backward reads: a shape and a way on, but no array."""

    __slots__ = ("shape", "dtype", "device", "_name")

    def __init__(self, source: Tensor, name: str):
        data = source.data
        self.shape, self.dtype = data.shape, data.dtype
        self.device = "cpu" if type(data) is np.ndarray else source.device
        self.grad, self.creator = None, source.creator
        self._requires_grad = source._requires_grad
        self._name = name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def data(self):
        raise RuntimeError(
            f"{self._name} did not keep the values of this input (shape {self.shape}), because "
            f"its `reads` says that no gradient needs them; add the input there if one does"
        )


class Function:
    """A differentiable operation, and the graph's node for one call of it.

    A new operation is a class with two methods; settings go to ``__init__``, Tensors to the call::

        class Scale(Function):
            def __init__(self, factor):
                self.factor = factor
            def forward(self, x):              # arrays in, one array out
                return self.factor * x
            def backward(self, grad):          # a Tensor in, one Tensor (or None) an input out
                return self.factor * grad

        y = Scale(3.0)(x)

    ``forward`` sees arrays and must not change them. ``backward`` sees Tensors, finds the inputs
    in ``self.inputs``, and is written with differentiable operations, so second derivatives come
    for free. It returns a tuple with one entry an input, or the bare Tensor if there is one input;
    ``self.needs[i]`` says whether the gradient of input i is wanted; in ``forward`` it is empty if
    none is. One instance, one call.

    ``reads`` saves memory: ``reads[i]`` lists the inputs whose values the gradient of input i
    reads; an input that no wanted gradient reads is not kept. The default None keeps all.
    ``names`` of the inputs are for error messages.
    """

    reads: Sequence[Sequence[int]] | None = None
    names: Sequence[str] = ()
    inputs: tuple[Tensor, ...] | None = None
    needs: tuple[bool, ...] = ()
    _called = False
    _released = False

    def forward(self, *arrays):
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, *arrays)")

    def backward(self, grad: Tensor):
        raise NotImplementedError(
            f"{type(self).__name__} cannot be differentiated: it has no backward(self, grad)"
        )

    def __call__(self, *inputs: Any) -> Tensor:
        if self._called:
            raise RuntimeError(
                f"this {type(self).__name__} has been called before; one instance serves one "
                f"call: write {type(self).__name__}(...)(x) each time"
            )
        tensors = fitting(inputs, self)
        if mode.enabled:
            needs = tuple([t._requires_grad for t in tensors])
            if True in needs:
                self.needs = needs  # forward may look: without, nothing need be kept
        data = self.forward(*[t.data for t in tensors])
        if isinstance(data, np.generic):
            data = np.asarray(data)  # NumPy makes scalars of results without axes
        first = tensors[0]
        if type(data) is not type(first.data) or data.dtype is not first.data.dtype:
            data = self._checked_output(data, first)
        self._called = True
        output = wrap(data)
        if self.needs and data.dtype.kind == "f":
            self.inputs = self._kept(tensors)
            output.creator = self
            output._requires_grad = True
        return output

    def output(self, array) -> Tensor:
        """``array``, which forward returned, as the Tensor that this Function made.

        An operation whose gradient is a formula in its own output (sigmoid: y·(1 − y)) keeps
        that array and calls this in backward. The node never holds its output Tensor, which
        would be a reference cycle; and as this Tensor has a history, the formula is right when
        it is differentiated again.
        """
        result = wrap(array)
        result.creator = self
        result._requires_grad = True
        return result

    def _kept(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The inputs, with an Edge for each whose values no wanted gradient reads."""
        if self.reads is None:
            return tuple(tensors)
        read: set[int] = set()
        for inputs, need in zip(self.reads, self.needs, strict=False):
            if need:
                read.update(inputs)
        name = type(self).__name__
        return tuple(
            [
                t if i in read or (t.creator is None and t._requires_grad) else Edge(t, name)
                for i, t in enumerate(tensors)
            ]
        )

    def _checked_output(self, data: Any, first: Tensor) -> Any:
        return checked_output(data, first, type(self).__name__)

    def gradients(self, grad: Tensor) -> Sequence[Tensor | None]:
        """What backward returns, one entry an input, checked."""
        returned = self.backward(grad)
        if not isinstance(returned, (tuple, list)):
            returned = (returned,)
        check_gradients(returned, self)
        return returned

    def release(self) -> None:
        """Lets go of the inputs, and so of everything before this node."""
        self.inputs = None
        self._released = True


Key = Any  # a Function, or a leaf Tensor: what a gradient belongs to


def _key(t: Tensor) -> Key:
    return t if t.creator is None else t.creator


def _sources(node: Function) -> list[Key]:
    """Where gradients go on to: the inputs that required one in the forward pass, and still do."""
    return [
        t if t.creator is None else t.creator
        for t, need in zip(node.inputs, node.needs, strict=True)
        if need and t._requires_grad
    ]


def _plan(root: Key, targets: set[Key] | None) -> tuple[list[Function], set[Key]]:
    """The nodes to visit, each before all that used its output, and all keys that lead to a target.

    Without ``targets`` every leaf that requires a gradient is one. Depth first, with a stack of
    our own: Python's would end after a thousand operations.
    """
    order: list[Function] = []
    wanted: set[Key] = set()
    seen: set[Key] = set()
    stack: list[tuple[Key, list[Key] | None]] = [(root, None)]
    while stack:
        key, sources = stack.pop()
        if sources is not None:  # for the second time, after all of them
            leads = not wanted.isdisjoint(sources)
            if leads:
                order.append(key)
            if leads or (targets is not None and key in targets):
                wanted.add(key)
        elif key not in seen:
            seen.add(key)
            if isinstance(key, Tensor):
                if targets is None or key in targets:
                    wanted.add(key)
                continue
            if key._released:
                raise RuntimeError(
                    f"the graph has been released by an earlier backward() (at "
                    f"{type(key).__name__}): pass retain_graph=True to that one to go back twice"
                )
            sources = _sources(key)
            stack.append((key, sources))
            stack.extend([(source, None) for source in sources])
    return order, wanted


def _walk(
    output: Tensor,
    seed: Tensor,
    targets: set[Key] | None,
    retain_graph: bool,
    create_graph: bool,
) -> dict[Key, Tensor]:
    """Gradients of <seed, output>: of every leaf, or of every target."""
    order, wanted = _plan(_key(output), targets)
    gradients: dict[Key, Tensor] = {_key(output): seed}
    with set_grad_enabled(create_graph):
        while order:
            node = order.pop()  # the last: all that used its output have been visited
            is_target = targets is not None and node in targets
            grad = gradients.get(node) if is_target else gradients.pop(node, None)
            if grad is not None:
                every_need = node.needs
                keys = [t if t.creator is None else t.creator for t in node.inputs]
                node.needs = tuple(
                    [need and key in wanted for need, key in zip(every_need, keys, strict=True)]
                )
                try:
                    for i, g in enumerate(node.gradients(grad)):
                        if g is not None and node.needs[i]:
                            key = keys[i]
                            gradients[key] = _plus(gradients, key, g) if key in gradients else g
                finally:
                    node.needs = every_need
            if not retain_graph:
                node.release()
            wanted.discard(node)  # so that nothing here keeps the node, and what it saved, alive
    return gradients


def _plus(gradients: dict[Key, Tensor], key: Key, g: Tensor) -> Tensor:
    """gradients[key], which is taken out, + g."""
    first = [gradients.pop(key)]
    if mode.enabled or not is_alone(first):
        return first[0] + g
    first = [first.pop().data]  # that Tensor is gone, so its array may be nobody else's
    return wrap(added(first, g.data))


def _seed(output: Tensor, gradient: Any) -> Tensor:
    if not isinstance(output, Tensor):
        raise TypeError(f"can only differentiate a Tensor, got {type(output).__name__}")
    if not output.requires_grad:
        raise RuntimeError(
            "nothing to differentiate: this Tensor does not depend on any Tensor with "
            "requires_grad=True (or was computed under no_grad)"
        )
    if gradient is None:
        if output.data.size != 1:
            raise RuntimeError(
                f"backward() without a gradient needs a Tensor with one entry, this one has "
                f"shape {output.shape}: take its sum or mean, or pass gradient="
            )
        return wrap(backend.array_module(output.data).ones_like(output.data))
    seed = tensor_like(gradient, output)
    fits = seed.dtype == output.dtype and seed.device == output.device
    if seed.shape != output.shape or not fits:
        raise (ValueError if fits else TypeError)(
            f"the gradient has shape {seed.shape}, dtype {seed.dtype} on {seed.device}, but the "
            f"Tensor has shape {output.shape}, dtype {output.dtype} on {output.device}"
        )
    return seed


def backward(self: Tensor, gradient: Any = None, retain_graph: bool = False) -> None:
    """Adds ∂<gradient, self>/∂leaf to ``.grad`` of every leaf that requires a gradient.

    ``gradient`` has the Tensor's shape; it may be left out for a single number, a loss. The
    arrays left in ``.grad`` belong to the leaf alone and may be changed. The graph is released
    on the way unless ``retain_graph``.
    """
    gradients = _walk(self, _seed(self, gradient), None, retain_graph, create_graph=False)
    for leaf in list(gradients):
        if not isinstance(leaf, Tensor):
            continue
        g = [gradients.pop(leaf).data]
        if leaf.grad is None:
            leaf.grad = owned(g)  # others may hold this array: never share it
        else:
            before, leaf.grad = [leaf.grad], None
            try:
                leaf.grad = added(before, g[0])
            except BaseException:
                leaf.grad = before[0]
                raise


Tensor.backward = backward


def grad(
    output: Tensor,
    inputs: Tensor | Sequence[Tensor],
    grad_output: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """∂<grad_output, output>/∂input for each of ``inputs``, as a tuple; ``.grad`` stays as it is.

    ``inputs`` need not be leaves. With ``create_graph`` the results can be differentiated again;
    ``retain_graph`` follows it. An input that the output does not depend on raises, or with
    ``allow_unused`` gives None.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    for i, t in enumerate(inputs):
        if not isinstance(t, Tensor):
            raise TypeError(f"inputs[{i}] is a {type(t).__name__}, not a Tensor")
        if not t.requires_grad:
            raise RuntimeError(f"inputs[{i}] (shape {t.shape}) does not require a gradient")
    seed = _seed(output, grad_output)
    keys = [_key(t) for t in inputs]
    if not allow_unused:
        _, wanted = _plan(_key(output), set(keys))
        for i, key in enumerate(keys):
            if key not in wanted:
                raise RuntimeError(
                    f"the output does not depend on inputs[{i}] (shape {inputs[i].shape}): "
                    f"pass allow_unused=True to get None for it"
                )
    retain = create_graph if retain_graph is None else retain_graph
    gradients = _walk(output, seed, set(keys), retain, create_graph)
    return tuple([gradients.get(key) for key in keys])
