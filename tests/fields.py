"""What the tests of receptive fields share: the numbers of a row, and what a gradient sees."""

import numpy as np

import minicnn as mc
from minicnn import nn


def numbers(row):
    return row.size, row.stride, row.centre


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def pixels(net, shape, place):
    """Where the gradient of the output at a place is not zero: a boolean image."""
    x = mc.rand(1, *shape, dtype="float64", requires_grad=True)
    net = net.double().eval()
    for p in net.parameters():
        p.data[...] = np.abs(p.data) + 0.1  # nothing cancels, and no ReLU cuts off
    (g,) = mc.grad(net(x)[(0, slice(None), *place)].sum(), [x], allow_unused=True)
    return np.zeros(shape[1:], bool) if g is None else (g.data[0] != 0).any(0)


def contained(seen, window):
    """The gradient is zero outside of the window; returned is whether it fills it."""
    inside = np.zeros_like(seen)
    inside[window] = True
    assert not (seen & ~inside).any(), f"{np.argwhere(seen).tolist()} leaves {window}"
    box = tuple(
        slice(int(where.min()), int(where.max()) + 1) if where.size else slice(0, 0)
        for where in np.nonzero(seen)
    )
    return box == window
