"""And, or, not: masks put together, as in ``(x > 0) & ~(y == 2)``. No gradients.

``& | ^ ~`` work on booleans, and bit by bit on integers. (They bind more tightly than ``>``, hence
the brackets.) The ``logical_`` functions take any numbers, of which 0 is false and all else true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backend import array_module
from ..tensor import FLOATS, Tensor, wrap
from .arithmetic import Binary
from .operands import as_tensor, pair


class Bitwise(Binary):
    """and, or, xor of each pair of bits."""

    def __init__(self, name: str):
        self.name = name

    def forward(self, a, b):
        return getattr(array_module(a), self.name)(a, b)


def _bitwise(symbol: str, name: str) -> Callable[[Any, Any], Tensor]:
    def combine(a: Any, b: Any) -> Tensor:
        a, b = pair(a, b)
        _refuse_floats(symbol, a, b)
        return Bitwise(name)(a, b)

    combine.__name__ = combine.__qualname__ = name
    combine.__doc__ = f"a {symbol} b, of booleans or, bit by bit, of integers."
    return combine


bitwise_and = _bitwise("&", "bitwise_and")
bitwise_or = _bitwise("|", "bitwise_or")
bitwise_xor = _bitwise("^", "bitwise_xor")


def bitwise_not(x: Any) -> Tensor:
    """~x, of booleans or, bit by bit, of integers."""
    x = as_tensor(x)
    _refuse_floats("~", x)
    return wrap(array_module(x.data).invert(x.data))


def logical_and(a: Any, b: Any) -> Tensor:
    """Where both are true (not zero)."""
    return bitwise_and(_truth(a), _truth(b))


def logical_or(a: Any, b: Any) -> Tensor:
    """Where one or both are true (not zero)."""
    return bitwise_or(_truth(a), _truth(b))


def logical_xor(a: Any, b: Any) -> Tensor:
    """Where one is true (not zero), but not both."""
    return bitwise_xor(_truth(a), _truth(b))


def logical_not(x: Any) -> Tensor:
    """Where x is 0 (false)."""
    return wrap(as_tensor(x).data == 0)


def _truth(x: Any) -> Tensor:
    return wrap(as_tensor(x).data != 0)


def _refuse_floats(symbol: str, *tensors: Tensor) -> None:
    for x in tensors:
        if x.dtype in FLOATS:
            raise TypeError(
                f"{symbol} needs booleans or integers, got {x.dtype}: compare first, in brackets, "
                f"as in (x > 0) {symbol if symbol != '~' else '&'} (y > 0)"
            )
