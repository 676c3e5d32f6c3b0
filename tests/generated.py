"""The tests that every operation of :mod:`op_table` gets, a few lines for a whole file of them::

    test_against_pytorch, test_odd_memory, test_each_alone, test_gradcheck = generated("select")
"""

import numpy as np
import op_table
import pytest
from odd_arrays import LAYOUTS, repeated
from oracles import close, compare, cotangent

import minicnn as mc


def generated(*subjects):
    """The four test functions for all operations of some subjects."""
    ops = op_table.of(*subjects)
    each = pytest.mark.parametrize("op", ops, ids=str)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("op", [o for o in ops if o.oracle is not False], ids=str)
    def against_pytorch(op, dtype, torch):
        compare(torch, op, [a.astype(dtype) if a.dtype.kind == "f" else a for a in op.arrays])

    @each
    def odd_memory(op):
        plain = values_and_gradients(op, op.arrays)
        for layout, change in LAYOUTS.items():
            for expected, found in zip(
                plain, values_and_gradients(op, [change(a) for a in op.arrays]), strict=True
            ):
                close(found, expected, layout)
        same = [repeated(a) for a in op.arrays]
        for expected, found in zip(
            values_and_gradients(op, [a.copy() for a in same]),
            values_and_gradients(op, same),
            strict=True,
        ):
            close(found, expected, "repeated by broadcasting")

    @pytest.mark.parametrize("op", [o for o in ops if sum(map(o.needs, range(9)[: len(o.arrays)]))],
                             ids=str)
    def each_alone(op):
        """The gradient by one input is the same where no other is wanted, and less is kept."""
        needed = [i for i in range(len(op.arrays)) if op.needs(i)]
        _, *every = values_and_gradients(op, op.arrays)
        for i, expected in zip(needed, every, strict=False):
            leaf = mc.Tensor(op.arrays[i], requires_grad=True)
            tensors = [mc.Tensor(a) for a in op.arrays]
            tensors[i] = leaf * 1  # computed: of what computed it, only what is read is kept
            y = op.ours(*tensors)
            y.backward(cotangent(y.shape, y.dtype))
            close(leaf.grad, expected, f"gradient by input {i} alone")

    @each
    def gradcheck(op):
        needed = [i for i in range(len(op.arrays)) if op.needs(i)]
        if not needed or values_and_gradients(op, op.arrays)[0].dtype != np.float64:
            return  # places, answers, counts: nothing to differentiate

        def fn(*tensors):
            every = [mc.Tensor(a) for a in op.arrays]
            for i, t in zip(needed, tensors, strict=True):
                every[i] = t
            return op.ours(*every)

        assert mc.gradcheck(fn, [op.arrays[i] for i in needed])

    return against_pytorch, odd_memory, each_alone, gradcheck


def values_and_gradients(op, arrays):
    """The output, and the gradient by each input that has one, as arrays; rules of ownership."""
    tensors = [mc.Tensor(a, requires_grad=op.needs(i)) for i, a in enumerate(arrays)]
    y = op.ours(*tensors)
    if not isinstance(y, mc.Tensor):
        return [np.asarray(y)]
    if not y.requires_grad:
        return [y.data]
    c = cotangent(y.shape, y.dtype)
    y.backward(c)
    gradients = [t.grad for t in tensors if t.grad is not None]
    for i, g in enumerate(gradients):
        assert type(g) is np.ndarray and g.flags.c_contiguous and g.flags.writeable
        others = [c, y.data, *gradients[:i], *(t.data for t in tensors)]
        assert not any(np.shares_memory(g, other) for other in others)
    return [y.data, *gradients]
