"""Every operation's second derivatives are PyTorch's (gradcheck compares them with differences)."""

import numpy as np
import op_table
import pytest
from oracles import close, cotangent, plain

import minicnn as mc

SMOOTH = [
    op for op in op_table.OPS
    if op.oracle is not False and any(op.needs(i) for i in range(len(op.arrays)))
    and op.subject not in ("conv", "operands")  # where kernels and dtypes are mixed: see there
]


@pytest.mark.parametrize("op", SMOOTH, ids=str)
def test_as_in_pytorch(op, torch):
    """The gradients of Σ <∂<c, y>/∂x_i, d_i>, for random c and d, by every x_i and by c."""
    tensors = [mc.Tensor(a, requires_grad=op.needs(i)) for i, a in enumerate(op.arrays)]
    oracles = [torch.tensor(plain(a), requires_grad=op.needs(i)) for i, a in enumerate(op.arrays)]
    y, expected = op.ours(*tensors), op.theirs(torch, *oracles)
    if not y.requires_grad or not expected.requires_grad:
        return  # places and answers; an oracle of values only
    sources = [t for t in tensors if t.requires_grad]
    c = cotangent(y.shape, y.dtype)
    directions = [cotangent(t.shape, t.dtype, seed) for seed, t in enumerate(sources, 1)]
    found = second(mc.grad, y, sources, mc.tensor(c, requires_grad=True),
                   [mc.tensor(d) for d in directions])

    expected = second(torch.autograd.grad, expected, [t for t in oracles if t.requires_grad],
                      torch.tensor(c, requires_grad=True), [torch.tensor(d) for d in directions])
    for ours, theirs, source in zip(found, expected, [*sources, y], strict=True):
        zeros = np.zeros(source.shape, source.dtype)
        theirs = zeros if theirs is None else theirs.numpy(force=True)
        close(zeros if ours is None else ours.data, theirs, tolerance=1e-10)


def second(grad, y, sources, c, directions):
    first = grad(y, sources, c, create_graph=True, allow_unused=True)
    parts = [(g * d).sum() for g, d in zip(first, directions, strict=True) if g is not None]
    total = sum(parts[1:], parts[0])
    if not total.requires_grad:
        return [None] * (len(sources) + 1)  # gradients that depend on nothing: zeros, or copies
    return grad(total, [*sources, c], allow_unused=True)
