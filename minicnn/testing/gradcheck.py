"""gradcheck: is this gradient right?

A backward is compared with differences of the forward (:mod:`.differences`); then, as the
gradient is itself a function, its backward with differences of the gradient, and so on.
What stands in the way of a comparison is named (:mod:`.conditions`), and so is what usually
makes a gradient wrong in the way that was found (:mod:`.diagnosis`).
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import backend
from ..autograd import Function, grad, is_grad_enabled, no_grad, set_grad_enabled
from ..tensor import Tensor, wrap
from . import differences
from .conditions import (
    require_finite,
    require_repeatable,
    require_same_with_graph,
    require_unchanged,
)
from .diagnosis import Wrong, report


def gradcheck(
    fn: Callable[..., Tensor | Sequence[Tensor]],
    inputs: Any,
    order: int = 2,
    *,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    seed: int = 0,
) -> bool:
    """True if the derivatives of ``fn`` are right up to ``order``; else an AssertionError.

    A test of one's own operation, for pytest::

        import numpy as np, minicnn as mc

        def test_my_op():
            x = np.random.default_rng(0).normal(size=(3, 4))
            assert mc.gradcheck(lambda x: MyOp(2.0)(x), x)

    ``fn`` takes the input Tensors and returns a Tensor or a tuple of Tensors. ``inputs`` is a
    Tensor or an array, or a sequence of them. Floats are copied to float64 Tensors that require
    gradients; integers and booleans are passed on. The check is of this one point: choose it away
    from kinks and ties (relu at 0, equal pixels in a pooling window), which are errors here, for
    no derivative exists there.

    First order: with a random cotangent c (sign random, size from 0.5 to 1.5), the gradient of
    f = <c, fn(x)> that ``minicnn.grad`` gives is compared, for every entry of every input, with

        (8·[f(x + h) − f(x − h)] − [f(x + 2h) − f(x − 2h)]) / 12h,    h = 0.001·max(1, |x|),

    and smaller h where that is in doubt. Entries are right where
    |analytic − numeric| ≤ rtol·|numeric| + atol·(median |numeric|). Second order: the same for
    G(x, c) = ∂<c, fn(x)>/∂x as a function of x and c; and so on. The cost is four evaluations an
    entry and order.

    The AssertionError shows the entries that are wrong, by how much, and the likely cause where
    it can be told: a factor, a sign, a transposition, a missing term, what backward treats as a
    constant. It also names kinks, ties and jumps at the point, NaN and infinity, in-place changes
    of inputs or gradients, and results that are not repeatable. ``seed`` draws other cotangents.

    TypeError for inputs or results that are no float Tensors, ValueError for no float input or an
    order below 1. Exceptions of ``fn`` pass through.
    """
    __tracebackhide__ = True  # pytest then shows the message, not this file
    order = _checked_order(order)
    if isinstance(fn, type) and issubclass(fn, Function):
        raise TypeError(
            f"gradcheck calls fn(*inputs), and {fn.__name__} is a class whose settings come first: "
            f"pass lambda *x: {fn.__name__}(...)(*x)"
        )
    tensors = _leaves(inputs)
    names = _names(fn, len(tensors))
    rng = np.random.default_rng(seed)
    for level in range(1, order + 1):
        cotangents = _check(fn, tensors, names, level, rng, rtol, atol)
        fn = _gradient_of(fn, len(tensors))
        names = names + [_cotangent_name(j, len(cotangents), level) for j in range(len(cotangents))]
        tensors = tensors + [Tensor(c, requires_grad=True) for c in cotangents]
    return True


def _check(
    fn: Callable, tensors: list[Tensor], names: list[str], level: int, rng: Any,
    rtol: float, atol: float,
) -> list[Any]:
    """Checks the gradient of fn; returns new cotangents, for the check of the next order."""
    __tracebackhide__ = True
    where = f"gradcheck, order {level}"
    forward, backward = ("forward", "backward") if level == 1 else ("backward", "second backward")
    saved = [t.data.copy() for t in tensors]

    def evaluate() -> list[Any]:
        with no_grad():  # copies, for some may be views of the inputs
            return [y.data.copy() for y in _outputs(fn(*tensors))]

    # NaN is named below, not warned about
    with np.errstate(all="ignore"), set_grad_enabled(True):
        outputs = _outputs(fn(*tensors))
        require_unchanged(where, forward, names, tensors, saved)
        at_point = evaluate()
        for j, y in enumerate(at_point):
            require_finite(where, _result_name(level) + (f" {j}" if j else ""), y)
        require_repeatable(where, evaluate, at_point, times=1)
        require_same_with_graph(where, at_point, outputs, level)

        cotangents = [_random_cotangent(rng, y) for y in at_point]
        given = [wrap(c.copy()) for c in cotangents]
        gradients = _pull_back(outputs, tensors, given, create_graph=False)
        require_unchanged(where, backward, names, tensors, saved)
        labels = [_cotangent_name(j, len(given), level) for j in range(len(given))]
        require_unchanged(where, backward, labels, given, cotangents)

        has_graph = any(y.requires_grad for y in outputs)
        del outputs
        wrong = []
        f = differences.Contraction(
            lambda: _outputs(fn(*tensors)), at_point, cotangents, _result_name(level)
        )
        for name, x, g in zip(names, tensors, gradients, strict=True):
            if not x.requires_grad:
                continue
            analytic = np.zeros(x.shape) if g is None else backend.to_numpy(g.data)
            require_finite(where, f"the gradient by {name}", analytic)
            try:
                with no_grad():
                    numeric, off = differences.compare(f, x, analytic.reshape(-1), rtol, atol)
            except differences.NotSmoothError as error:
                require_repeatable(where, evaluate, at_point, times=8)
                i = tuple(int(k) for k in np.unravel_index(error.entry, x.shape))
                value = float(backend.to_numpy(x.data)[i])
                raise AssertionError(
                    f"{where}: {name}, entry {i}, value {value:.8g}: {error.reason}"
                ) from None
            if off.any():
                wrong.append(
                    Wrong(name, backend.to_numpy(x.data), analytic, numeric.reshape(x.shape),
                          off.reshape(x.shape), g is None, list(map(backend.to_numpy, cotangents)))
                )
        if wrong:
            require_repeatable(where, evaluate, at_point, times=8)
            raise AssertionError(report(where, level, wrong, has_graph))
    return [_random_cotangent(rng, y) for y in at_point]


def _gradient_of(fn: Callable, count: int) -> Callable:
    """G(x, c) = ∂<c, fn(x)>/∂x: one Tensor for each of the ``count`` inputs that is a float's.

    Under ``no_grad`` it gives the values only, as ``backward()`` does.
    """

    def gradient(*tensors: Tensor) -> list[Tensor]:
        xs, cs = tensors[:count], tensors[count:]
        create_graph = is_grad_enabled()
        with set_grad_enabled(True):
            gradients = _pull_back(_outputs(fn(*xs)), xs, cs, create_graph)
        return [
            wrap(backend.array_module(x.data).zeros_like(x.data)) if g is None else g
            for x, g in zip(xs, gradients, strict=True)
            if x.requires_grad
        ]

    return gradient


def _pull_back(
    outputs: Sequence[Tensor], xs: Sequence[Tensor], cotangents: Sequence[Tensor],
    create_graph: bool,
) -> list[Tensor | None]:
    """∂ Σ <c, y> / ∂x for each x; None for those that nothing depends on."""
    floats = [i for i, x in enumerate(xs) if x.requires_grad]
    totals: list[Tensor | None] = [None] * len(xs)
    for y, c in zip(outputs, cotangents, strict=True):
        if not y.requires_grad:
            continue
        found = grad(
            y, [xs[i] for i in floats], c,
            retain_graph=True, create_graph=create_graph, allow_unused=True,
        )
        for i, g in zip(floats, found, strict=True):
            if g is not None:
                totals[i] = g if totals[i] is None else totals[i] + g
    return totals


def _outputs(result: Any) -> list[Tensor]:
    """What fn returned as a list of float64 Tensors."""
    outputs = list(result) if isinstance(result, (tuple, list)) else [result]
    if not outputs:
        raise ValueError("gradcheck: fn returned no Tensor: there is nothing to check")
    for y in outputs:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"gradcheck: fn must return a Tensor or a tuple of Tensors, got {type(y).__name__}"
            )
        if y.dtype != np.float64:
            raise TypeError(
                f"gradcheck: fn got float64 Tensors and returned {y.dtype}: a check needs float64 "
                f"throughout"
            )
    return outputs


def _leaves(inputs: Any) -> list[Tensor]:
    """Float inputs as float64 copies that require gradients, the others as copies."""
    given = inputs if isinstance(inputs, (list, tuple)) else [inputs]
    leaves = []
    for i, value in enumerate(given):
        data = value.data if isinstance(value, Tensor) else value
        if not backend.is_array(data):
            raise TypeError(
                f"gradcheck: input {i} must be a Tensor or an array, got {type(value).__name__}"
            )
        if data.dtype.kind not in "fiub":
            raise TypeError(f"gradcheck: input {i} must hold floats or integers, got {data.dtype}")
        dtype = np.dtype("float64") if data.dtype.kind == "f" else data.dtype.newbyteorder("=")
        data = backend.array_module(data).array(data, dtype=dtype, order="C")
        if dtype.kind == "f":
            require_finite("gradcheck", f"input {i}", data)
        leaves.append(Tensor(data, requires_grad=dtype.kind == "f"))
    if not any(t.requires_grad for t in leaves):
        raise ValueError(
            f"gradcheck: needs at least one input of floats, got "
            f"{[str(t.dtype) for t in leaves] or 'no inputs'}"
        )
    return leaves


def _checked_order(order: Any) -> int:
    try:
        value = operator.index(order)
    except TypeError:
        raise TypeError(f"gradcheck: order must be a whole number, got {order!r}") from None
    if isinstance(order, bool) or value < 1:
        raise ValueError(f"gradcheck: order must be 1 or more, got {order!r}")
    return value


def _random_cotangent(rng: np.random.Generator, y: Any) -> Any:
    """Signs at random, sizes from 0.5 to 1.5: no entry of the gradient is left out or cancels."""
    c = rng.choice([-1.0, 1.0], size=y.shape) * rng.uniform(0.5, 1.5, size=y.shape)
    return backend.to_device(np.asarray(c), backend.device_of(y))


def _names(fn: Callable, count: int) -> list[str]:
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [f"input {i}" + (f" ({named[i]})" if i < len(named) else "") for i in range(count)]


def _cotangent_name(j: int, count: int, level: int) -> str:
    return "the incoming gradient" + (f" {j}" if count > 1 else "") + (
        f" of order {level}" if level > 1 else ""
    )


def _result_name(level: int) -> str:
    return "the result" if level == 1 else f"the gradient of order {level - 1}"
