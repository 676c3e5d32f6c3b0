"""A differentiable operation of your own in ten lines, and how to know that it is right.

The operation is the activation "snake" (Ziyin, Hartwig, Ueda 2020, arXiv 2006.08195),

    y = x + sin²(a·x)/a        ∂y/∂x = 1 + sin(2a·x)

Beside it stand two that are wrong, each with a mistake that is easily made, and what
``mc.gradcheck`` says of them. The picture shows the function and its two derivatives.

    python examples/your_own_op.py
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from support import options
from support.picture import BLUE, ORANGE, PURPLE, plt, save

import minicnn as mc


class Snake(mc.Function):
    """y = x + sin²(a·x)/a, entry by entry."""

    def __init__(self, a: float):  # settings go here
        self.a = a

    def forward(self, x):  # arrays in, one array out
        return x + np.sin(self.a * x) ** 2 / self.a

    def backward(self, grad):  # Tensors in; one Tensor out for each input
        (x,) = self.inputs
        return grad * (1 + mc.sin(2 * self.a * x))


class ForgetfulSnake(Snake):
    """Wrong: of sin²(a·x) it takes the outer derivative, 2·sin(a·x), and forgets the inner one."""

    def backward(self, grad):
        (x,) = self.inputs
        return grad * (1 + 2 * mc.sin(self.a * x))


class FrozenSnake(Snake):
    """Wrong at second order only: the slope is right, but an array, and an array has no history.

    The second derivative takes it for a constant. Training would never show it; a Hessian, a
    gradient penalty or a physics loss would silently be wrong.
    """

    def backward(self, grad):
        (x,) = self.inputs
        return grad * mc.tensor(1 + np.sin(2 * self.a * x.data))


A = 2.0  # snake's frequency
OPS = {"Snake": Snake, "ForgetfulSnake": ForgetfulSnake, "FrozenSnake": FrozenSnake}


def check(name: str) -> bool:
    """Gradchecks an op to second order, and prints the verdict."""
    x = np.random.default_rng(0).uniform(-2, 2, 6)
    print(f"\nmc.gradcheck(lambda x: {name}({A})(x), x)")
    try:
        mc.gradcheck(lambda x: OPS[name](A)(x), x)
    except AssertionError as error:
        print("  AssertionError: " + str(error).replace("\n", "\n  "))
        return False
    print("  True: right to second order")
    return True


def derivatives(op: type, points: np.ndarray) -> tuple[np.ndarray, ...]:
    """The op and its first and second derivative at each point, by minicnn."""
    x = mc.tensor(points, requires_grad=True)
    ones = np.ones_like(points)
    y = op(A)(x)
    (first,) = mc.grad(y, x, ones, create_graph=True)
    if not first.requires_grad:  # FrozenSnake's: to the engine a constant, with derivative 0
        return y.numpy(), first.numpy(), 0 * ones
    (second,) = mc.grad(first, x, ones)
    return y.numpy(), first.numpy(), second.numpy()


def differences(op: type, points: np.ndarray, h: float = 1e-4) -> tuple[Any, Any]:
    """Both derivatives from values of the forward alone: what the graph has to agree with."""
    f = op(A).forward
    ahead, here, behind = f(points + h), f(points), f(points - h)
    return (ahead - behind) / (2 * h), (ahead - 2 * here + behind) / h**2


def draw(path: Path) -> None:
    """Three panels: the function and its two derivatives, right and wrong, and differences."""
    line, dots = np.linspace(-2.5, 2.5, 500), np.linspace(-2.4, 2.4, 25)
    figure, axes = plt.subplots(1, 3, figsize=(16, 6), layout="constrained")
    looks = {
        "Snake": ("passes gradcheck", dict(color=BLUE, linewidth=3)),
        "ForgetfulSnake": ("refused at order 1", dict(color=ORANGE, linestyle="--")),
        "FrozenSnake": ("refused at order 2", dict(color=PURPLE, linestyle=":", linewidth=3)),
    }
    for name, (verdict, look) in looks.items():
        for ax, values in zip(axes, derivatives(OPS[name], line), strict=True):
            ax.plot(line, values, label=f"{name}: {verdict}", **look)
    for ax, values in zip(axes[1:], differences(Snake, dots), strict=True):
        ax.plot(dots, values, "o", color="black", markersize=4, label="differences of forward")
    titles = (f"Snake: y = x + sin²({A:g}x)/{A:g}", "First derivative", "Second derivative")
    labels = ("y  (one forward for all three)", "∂y/∂x", "∂²y/∂x²")
    for ax, title, label in zip(axes, titles, labels, strict=True):
        ax.set(title=title, xlabel="x", ylabel=label)
        ax.grid(alpha=0.3)
    figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    save(figure, path)


def main(argv: Sequence[str] | None = None) -> int:
    parser = options.parser(
        __doc__.splitlines()[0], "your_own_op.png", quick="changes nothing here: it is quick"
    )
    args = parser.parse_args(argv)
    verdicts = [check(name) for name in OPS]
    print()
    draw(args.out)
    return 0 if verdicts == [True, False, False] else 1


if __name__ == "__main__":
    sys.exit(main())
