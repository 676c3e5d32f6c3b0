"""What a graph keeps alive: the arrays that can be reached from a Tensor's history."""

import numpy as np

import minicnn as mc


def arrays_kept(*outputs, without=()):
    """All arrays that the histories of ``outputs`` hold, as {address of memory: bytes}.

    A view counts with all of the memory that it keeps. ``without`` are Tensors (parameters, the
    image) whose memory is there anyway.
    """
    found, seen = {}, set()
    todo = [t.creator for t in outputs]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or thing is None:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            memory = whole(thing)
            found[memory.ctypes.data] = memory.nbytes
        elif isinstance(thing, (tuple, list)):
            todo.extend(thing)
        elif isinstance(thing, mc.autograd.Edge):
            todo.append(thing.creator)
        elif isinstance(thing, mc.Tensor):
            todo += [thing.data, thing.creator]
        elif isinstance(thing, mc.Function):
            todo.extend(vars(thing).values())
    for t in without:
        found.pop(whole(t.data).ctypes.data, None)
    return found


def whole(array):
    """The array whose memory ``array`` is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
