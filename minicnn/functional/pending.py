"""A result that waits to see what is done with it: several operations in one pass over memory.

In a model that was prepared (:mod:`minicnn.prepare`) a convolution does not compute at once. It
returns a Pending: a Tensor that has a shape, but numbers only when somebody reads ``.data``. A
batch norm, an addition or a ReLU that is handed a Pending returns another one, with one step more
to do; whoever else is handed it reads its numbers, and so has all steps computed, in one pass:

    max(norm(source(x)) + added, 0)

That is right for whatever a ``forward`` does, and nobody need know beforehand what it does. Should
a result be needed twice, before and after its next step, it is computed twice, but once only: the
source remembers (``limit``), and from then on it computes what is needed twice at once.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, NamedTuple

from ..tensor import Tensor, _rebuild, wrap

NEVER = 4  # beyond the last stage


class _Now(threading.local):
    waiting: list[weakref.ref] | None = None  # Pendings of the prepared call that is running
    seen: list[Work] | None = None  # what was computed in a call that is watched


now = _Now()


class Work(NamedTuple):
    """What is to be done. A source is a prepared module: ``compute(work)`` gives the array."""

    source: Any
    x: Any  # array
    geometry: Any = None
    norm: Any = None  # of a convolution: the batch norm that follows
    added: Any = None  # of a convolution: an array of the result's shape
    relu: bool = False

    @property
    def stage(self) -> int:
        """Steps are taken in this order: 0 the source, 1 norm, 2 addition, 3 ReLU."""
        if self.relu:
            return 3
        return 2 if self.added is not None else int(self.norm is not None)

    def run(self) -> Any:
        if now.seen is not None:
            now.seen.append(self)
        return self.source.compute(self)


class Pending(Tensor):
    """A Tensor whose array is computed when it is first read."""

    __slots__ = ("shape", "dtype", "device", "_work", "_array", "_used")

    def __init__(self, work: Work, shape: tuple[int, ...], dtype: Any, device: str):
        self.shape, self.dtype, self.device = shape, dtype, device
        self._work, self._array, self._used = work, None, False
        self.grad = self.creator = None
        self._requires_grad = False

    @property
    def data(self) -> Any:
        work = self._work
        if work is not None:
            if self._used:
                work.source.limit = min(work.source.limit, work.stage)
            self._array, self._work = work.run(), None
        return self._array

    @data.setter
    def data(self, array: Any) -> None:
        self._array, self._work = array, None
        self.shape, self.dtype = array.shape, array.dtype

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def takes(self, stage: int) -> bool:
        """Whether a step of that stage may follow."""
        work = self._work
        if work is None or self._used:
            return False
        return work.stage < stage and stage in work.source.takes

    def then(self, **step: Any) -> Tensor:
        """With one step more, which it takes."""
        self._used = True
        return started(self._work._replace(**step), self.shape, self.dtype, self.device)

    def __deepcopy__(self, memo) -> Tensor:
        return wrap(self.data.copy())

    def __reduce__(self):
        return _rebuild, (Tensor, self.data, False)


def started(work: Work, shape: tuple[int, ...], dtype: Any, device: str) -> Tensor:
    """A Pending; or, where its numbers are known to be needed now, a plain Tensor."""
    if work.stage >= work.source.limit:
        return wrap(work.run())
    result = Pending(work, shape, dtype, device)
    now.waiting.append(weakref.ref(result))
    return result


def rectified(x: Tensor) -> Tensor | None:
    """max(x, 0) of a Pending, or None: compute it as of any Tensor."""
    return x.then(relu=True) if now.waiting is not None and x.takes(3) else None


def sum_of(a: Any, b: Any) -> Tensor | None:
    """a + b, at least one of them a Pending, or None."""
    if now.waiting is None:
        return None
    for one, other in ((a, b), (b, a)):
        if type(one) is Pending and one.takes(2) and isinstance(other, Tensor) and one is not other:
            if (one.shape, one.dtype, one.device) == (other.shape, other.dtype, other.device):
                return one.then(added=other.data)
    return None


def settled(output: Any) -> Any:
    """What a forward returned, with plain Tensors in place of Pendings."""
    if type(output) is Pending:
        return wrap(output.data)
    if type(output) in (tuple, list):
        return type(output)([settled(item) for item in output])
    if type(output) is dict:
        return {key: settled(item) for key, item in output.items()}
    return output
