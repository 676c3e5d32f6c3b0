"""Draws the graphs that docs/autograd.md shows: ``python docs/images/draw.py [FOLDER]``."""

import sys
from pathlib import Path

import minicnn as mc
import minicnn.functional as F
from minicnn import nn


class Block(nn.Module):
    """A residual block: relu(x + bn2(conv2(relu(bn1(conv1(x))))))."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: mc.Tensor) -> mc.Tensor:
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


def first_order(path: Path) -> None:
    a, b = mc.ones(2, 3, requires_grad=True), mc.ones(3, requires_grad=True)
    d = a + b
    c = d * a
    mc.draw_graph(c, path, names={"a": a, "b": b, "c": c, "d": d})


def second_order(path: Path) -> None:
    x = mc.ones(2, requires_grad=True)
    y = mc.sin(x)
    v = mc.ones(2)
    (g,) = mc.grad(y, x, v, create_graph=True)
    mc.draw_graph(g, path, names={"x": x, "v": v, "g": g})


def block(path: Path) -> None:
    net = Block(16)
    x = mc.randn(2, 16, 8, 8, requires_grad=True)
    mc.draw_graph(net(x), path, names={"x": x, "": net})


def main(folder: Path) -> None:
    first_order(folder / "graph.svg")
    second_order(folder / "second_order.svg")
    block(folder / "residual_block.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
