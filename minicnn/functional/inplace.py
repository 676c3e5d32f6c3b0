"""``w -= lr * w.grad``: the one change in place that there is, of a parameter under ``no_grad``.

Everywhere else ``x -= y`` means ``x = x - y``, a new Tensor, for a backward pass may need the
values of the old one. But the rule of gradient descent is written in this way,

    with mc.no_grad():
        for p in model.parameters():
            p -= lr * p.grad

and a new Tensor in the loop's variable would leave the model as it was, without a word. So a leaf
that requires a gradient is changed where it is, and only where nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd import is_grad_enabled
from ..tensor import Tensor


def _in_place(symbol: str, operation: Callable[[Any, Any], Tensor]) -> Callable:
    def change(self: Tensor, other: Any) -> Tensor:
        if self.creator is not None or not self.requires_grad:
            return NotImplemented  # Python computes self - other and gives it the name
        if is_grad_enabled():
            raise RuntimeError(
                f"this Tensor is a leaf that requires a gradient, and {symbol} would put a "
                f"computed one in its place: write it under `with no_grad():`, where it changes "
                f"the leaf itself, or give the result another name"
            )
        result = operation(self, other)
        if result.shape != self.shape:
            raise ValueError(
                f"{symbol}: a Tensor of shape {self.shape} cannot become one of {result.shape}"
            )
        self.data[...] = result.data
        return self

    change.__name__ = change.__qualname__ = symbol
    change.__doc__ = f"self {symbol} other."
    return change


def hang_on(operations: dict[str, Callable[[Any, Any], Tensor]]) -> None:
    """Gives Tensor ``__isub__`` and its like, for operators by name."""
    symbols = {"add": "+=", "sub": "-=", "mul": "*=", "truediv": "/="}
    for name, symbol in symbols.items():
        setattr(Tensor, f"__i{name}__", _in_place(symbol, operations[name]))
