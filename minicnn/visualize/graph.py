"""The graph behind a Tensor, drawn: what :meth:`Tensor.backward` will walk.

:func:`draw_graph` follows ``y.creator`` and each Function's ``inputs`` back to the leaves, as the
backward walk does (:mod:`minicnn.autograd`), and draws what it meets. No graphviz is needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..autograd import Edge, Function
from ..nn.module import Module
from ..tensor import Tensor
from .box import Arrow, Box

_MOST = 500  # boxes; more of them nobody can read
_SUFFIXES = (".svg", ".png", ".pdf")


def draw_graph(
    y: Tensor,
    path: str | os.PathLike | None = None,
    names: Module | Mapping[str, Tensor | Module] | None = None,
) -> Any:
    """Draws how ``y`` was computed; saves it as ``path`` (.svg, .png or .pdf) and returns that.

    Without ``path`` the matplotlib Figure is returned. Data flows down, the gradient will flow
    up. Blue boxes are operations, one for each Function; orange ones leaves that will get a
    gradient; grey ones constants, which will not. Under a box stands the shape of its Tensor. An
    arrow is dashed where the operation's backward does not read the values that came along it,
    and so does not keep them.

    ``names`` gives names to Tensors, leaves and others: ``{"a": a, "b": b}``, a Module for its
    parameters, or a dict of both. A constant whose values no backward reads has no name, for the
    graph does not hold it; one with a single entry shows its value.

    ValueError if nothing was recorded (no input requires a gradient, or ``no_grad``), for more
    than 500 boxes, or another suffix; RuntimeError for a graph that ``backward()`` has released.
    ImportError, with the way to get it, where matplotlib is missing.
    """
    if not isinstance(y, Tensor):
        raise TypeError(f"draw_graph draws the graph of a Tensor, got {type(y).__name__}")
    if path is not None and Path(path).suffix not in _SUFFIXES:
        raise ValueError(f"draw_graph: {path} must end with {', '.join(_SUFFIXES)}")
    boxes = read_graph(y, _known(names))
    try:
        from . import picture
    except ImportError as error:
        raise ImportError(
            f"draw_graph needs matplotlib ({error}): pip install 'minicnn[examples]'"
        ) from None
    figure = picture.draw(boxes)
    if path is None:
        return figure
    picture.save(figure, path)
    return path


def read_graph(y: Tensor, names: Mapping[Tensor, str]) -> list[Box]:
    """The boxes, each after those with arrows into it; the last stands for ``y`` itself."""
    if y.creator is None:
        raise ValueError(
            "draw_graph: there is no graph behind this Tensor: nothing it was computed from "
            "requires a gradient, or it was computed under no_grad"
        )
    outputs = {t.creator: name for t, name in names.items() if t.creator is not None}
    boxes: list[Box] = []
    numbers: dict[Function | Tensor, int] = {}
    stack: list[tuple[Function, bool]] = [(y.creator, False)]
    while stack:  # depth first; Python's own stack would end after a thousand operations
        node, inputs_done = stack.pop()
        if node in numbers:
            continue
        if node.inputs is None:
            raise RuntimeError(
                f"draw_graph: the graph has been released by backward() (at "
                f"{type(node).__name__}): draw it before, or pass retain_graph=True"
            )
        if not inputs_done:
            stack.append((node, True))
            stack.extend((t.creator, False) for t in reversed(node.inputs) if t.creator is not None)
            continue
        arrows = []
        for t, read in zip(node.inputs, _read_by(node), strict=True):
            key = t if t.creator is None else t.creator
            if key not in numbers:
                numbers[key] = len(boxes)
                boxes.append(_leaf(t, names.get(t, "")))
            elif t.creator is not None:
                boxes[numbers[key]].shape = _under(outputs.get(key, ""), t)
            arrows.append(Arrow(numbers[key], read))
        numbers[node] = len(boxes)
        boxes.append(Box("operation", type(node).__name__.lstrip("_"), "", arrows))
        if len(boxes) > _MOST:
            raise ValueError(
                f"draw_graph: more than {_MOST} boxes make no readable picture: draw the graph "
                f"of a part of the network, or of a smaller one"
            )
    boxes[-1].shape = str(y.shape)
    boxes.append(Box("output", names.get(y, "output"), "", [Arrow(len(boxes) - 1, True)]))
    return boxes


def _leaf(t: Tensor, name: str) -> Box:
    """The box of a Tensor that no operation made."""
    kind = "leaf" if t.requires_grad else "constant"
    if not name and kind == "constant" and not isinstance(t, Edge) and t.numel() == 1:
        return Box(kind, f"{t.item():.4g}", str(t.shape), [])
    return Box(kind, name or kind, str(t.shape), [])


def _under(name: str, t: Tensor) -> str:
    return f"{name} {t.shape}" if name else str(t.shape)


def _read_by(node: Function) -> list[bool]:
    """For each input, whether backward reads its values (``Function.reads``)."""
    if node.reads is None:
        return [True] * len(node.inputs)
    read = {j for r, need in zip(node.reads, node.needs, strict=False) if need for j in r}
    return [i in read for i in range(len(node.inputs))]


def _known(names: Any) -> dict[Tensor, str]:
    """The name of each Tensor that has one."""
    if names is None:
        return {}
    given = {"": names} if isinstance(names, Module) else names
    if not isinstance(given, Mapping):
        raise TypeError(
            f"draw_graph: names is a Module or a dict of names and Tensors or Modules, got "
            f"{type(names).__name__}"
        )
    known: dict[Tensor, str] = {}
    for name, value in given.items():
        if isinstance(value, Module):
            pairs = [*value.named_parameters(), *value.named_buffers()]
            known.update({t: f"{name}.{inner}" if name else inner for inner, t in pairs})
        elif isinstance(value, Tensor):
            known[value] = str(name)
        else:
            raise TypeError(
                f"draw_graph: names[{name!r}] must be a Tensor or a Module, got "
                f"{type(value).__name__}"
            )
    return known
