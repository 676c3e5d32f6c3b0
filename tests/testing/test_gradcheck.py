"""gradcheck itself: right operations pass, wrong ones are caught, and the message says why."""

import time

import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F

rng = np.random.default_rng(0)
X = rng.normal(size=(3, 4))
SQUARE = rng.normal(size=(3, 3))


class Op(mc.Function):
    """An operation made of two lambdas: forward(*arrays) and backward(grad, *inputs)."""

    def __init__(self, forward, backward):
        self.forward_with, self.backward_with = forward, backward

    def forward(self, *arrays):
        return self.forward_with(*arrays)

    def backward(self, g):
        return self.backward_with(g, *self.inputs)


def op(forward, backward):
    return lambda *tensors: Op(forward, backward)(*tensors)


def failure(fn, inputs, *args, **kwargs) -> str:
    """The message of the AssertionError that gradcheck must raise."""
    with pytest.raises(AssertionError) as caught:
        mc.gradcheck(fn, inputs, *args, **kwargs)
    return str(caught.value)


# --- right operations pass ----------------------------------------------------------------------

RIGHT = {
    "conv2d": (
        lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1, kernel="im2col"),
        [rng.normal(size=(2, 2, 5, 4)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=3)],
    ),
    "conv2d-direct": (
        lambda x, w: F.conv2d(x, w, kernel="direct"),
        [rng.normal(size=(1, 1, 3, 3)), rng.normal(size=(1, 1, 2, 2))],
    ),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2, 1), rng.normal(size=(2, 2, 4, 3))),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, weight=w, bias=b, training=True),
        [rng.normal(size=(4, 2, 3)), rng.normal(size=2), rng.normal(size=2)],
    ),
    "softmax": (lambda x: F.softmax(x, 1), X),
    "cross_entropy": (F.cross_entropy, [X, np.array([0, 3, 1])]),
    "pow": (lambda a, b: a**b, [rng.uniform(0.1, 2, size=(3, 4)), X]),
    "matmul": (lambda a, b: a @ b, [rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 2))]),
    "index": (lambda x: x[np.array([0, 0, 2]), ::-1], X),
    "max": (lambda x: x.max(1), X),
    "relu": (F.relu, X),
    "two results": (lambda x: (x.exp(), x[0] * x[1]), X),
    "unused input": (lambda x, y: x * x, [X, X]),
    "unused result": (lambda x: (x * x, mc.Tensor(np.ones(2))), X),
    "identity": (lambda x: x, X),
    "view": (lambda x: x.reshape(4, 3), X),
    "a number": (lambda x: x * x, np.array(2.0)),
    "empty": (lambda x: x * x, np.zeros((0, 3))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_operations_pass(name):
    fn, inputs = RIGHT[name]
    assert mc.gradcheck(fn, inputs) is True


def test_third_order():
    assert mc.gradcheck(lambda x: F.softmax(x, 1) * x, rng.normal(size=(2, 2)), 3)


CURVED = {
    "1/x": (lambda x: 1 / x, [0.05, 1e-3, 1e-7, -0.05]),
    "log": (lambda x: x.log(), [0.01, 1e-4, 3.0]),
    "sqrt": (lambda x: x.sqrt(), [0.01, 1e-6, 2.0]),
    "exp": (lambda x: x.exp(), [5.0, 20.0, -20.0]),
    "exp(50x)": (lambda x: (50 * x).exp(), [0.1, 0.3]),
    "x^5": (lambda x: x**5, [3.0, 0.0, -10.0, 1e-3]),
    "sin(10⁵x)": (lambda x: mc.sin(1e5 * x), [0.3, 2.0]),
    "cos at its top": (mc.cos, [0.0, 0.0]),
    "tiny": (lambda x: 1e-10 * x.exp(), [0.3, 0.4]),
    "huge": (lambda x: 1e10 * x.exp(), [0.3, 0.4]),
    "on top of 10⁸": (lambda x: 1e8 + x * x, [0.3, 0.4]),
    "scales apart": (lambda x: x * x * np.array([1e-8, 1.0, 1e8]), [1.0, 2.0, 3.0]),
}


@pytest.mark.parametrize("name", CURVED)
def test_strongly_curved_and_badly_scaled_functions_pass(name):
    fn, values = CURVED[name]
    assert mc.gradcheck(fn, np.array(values))


CONSTANT = {
    "sum of softmax": lambda x: F.softmax(x, 1).sum(),
    "zero": lambda x: F.softmax(x, 1).sum() - 3.0,
    "sum of batch norm": lambda x: F.batch_norm(x, training=True).sum(),
    "sum of batch norm, large mean": lambda x: F.batch_norm(x + 1000.0, training=True).sum(),
    "x − x": lambda x: x * x - x * x,
}


@pytest.mark.parametrize("name", CONSTANT)
def test_constants_computed_with_rounding_errors_pass(name):
    assert mc.gradcheck(CONSTANT[name], X)


def test_batch_norm_of_a_constant_channel_is_smooth():
    assert mc.gradcheck(lambda x: F.batch_norm(x, training=True), np.ones((3, 2)))


@pytest.mark.parametrize("d", [1e-3, -1.5e-3, 1.999999e-3, 1e-4, -1e-5, 1e-6, 1e-7, -1e-8])
def test_a_kink_near_the_point_passes(d):
    assert mc.gradcheck(F.relu, np.array([1.0, d]))
    assert mc.gradcheck(lambda x: mc.abs(x) * x, np.array([1.0, d]))
    assert mc.gradcheck(lambda x: x.max(), np.array([1.0, 1.0 + d]))


def test_a_wrong_gradient_near_a_kink_is_caught():
    wrong = op(lambda x: np.maximum(x, 0), lambda g, x: g * (x > 0).to("float64") * 1.0001)
    assert "a factor: analytic = 1.0001" in failure(wrong, np.array([1e-5, 1e-4, 1e-3]), order=1)


# --- wrong gradients are caught, and the cause is named -----------------------------------------


def softmax_arrays(x):
    e = np.exp(x)
    return e / e.sum(axis=1, keepdims=True)


WRONG_AT_ONCE = {
    "zero": (op(np.exp, lambda g, x: g * 0.0), X, "zero everywhere"),
    "none": (op(np.exp, lambda g, x: None), X, "missing: no gradient arrives"),
    "one of two": (
        op(np.multiply, lambda g, a, b: (g * b, None)), [X, X + 1],
        "input 1: missing: no gradient arrives",
    ),
    "zero, as with cotangents all one": (
        op(softmax_arrays, lambda g, x: g * 0.0), X, "zero everywhere",
    ),
    "detached": (lambda x: x.detach() * 2, X, "no graph at all"),
    "sign": (op(np.exp, lambda g, x: -g * x.exp()), X, "the sign"),
    "factor 2": (op(np.square, lambda g, x: g * 4 * x), X, "a factor: analytic = 2 ·"),
    "one entry": (op(np.square, lambda g, x: g * x), np.array(3.0), "a factor: analytic = 0.5 ·"),
    "mean for sum": (
        op(lambda x: x.mean(1), lambda g, x: g.reshape(3, 1) + 0 * x), X,
        "a factor: analytic = 4 · numeric (the size of axis 1",
    ),
    "transposed": (op(np.exp, lambda g, x: (g * x.exp()).T), SQUARE, "transposed"),
    "transposed and reshaped": (
        op(np.exp, lambda g, x: (g * x.exp()).T.reshape(3, 4)), X, "transposed",
    ),
    "flipped": (
        op(np.exp, lambda g, x: (g * x.exp()).flip(1)), X, "flipped: analytic = numeric in "
        "reverse order along axes (1,)",
    ),
    "exchanged": (
        op(np.multiply, lambda g, a, b: (g * a, g * b)), [X, X * X + 1],
        "input 0: exchanged: this is the gradient by input 1",
    ),
    "missing term": (
        op(lambda x: x**3 + x, lambda g, x: g * 3 * x * x), X,
        "a missing or extra term: analytic − numeric = -1 · the incoming gradient",
    ),
    "constant offset": (
        op(np.square, lambda g, x: g * 2 * x + 0.5), X,
        "a missing or extra term: analytic − numeric = 0.5 · a constant",
    ),
    "mean taken for a constant": (
        op(lambda x: x - x.mean(1, keepdims=True), lambda g, x: g), X,
        "a missing or extra term: analytic − numeric is the same all along axes (1,)",
    ),
    "softmax without its sum": (
        op(softmax_arrays, lambda g, x: g * F.softmax(x, 1)), X, "a missing or extra term",
    ),
    "last column": (
        op(np.exp, lambda g, x: F.pad((g * x.exp())[:, :-1], (0, 1))), X,
        "only 3 of 12 entries are wrong: (0, 3), (1, 3), (2, 3), all with index 3 on axis 1",
    ),
    "put, not added": (
        op(lambda x: x[[0, 0, 2]], lambda g, x: mc.stack([g[1], 0 * g[0], g[2]])), X,
        "all with index 0 on axis 0",
    ),
    "one of two results": (lambda x: (x * x, x * x.detach()), X, "a missing or extra term"),
}


@pytest.mark.parametrize("name", WRONG_AT_ONCE)
def test_wrong_at_first_order(name):
    fn, inputs, words = WRONG_AT_ONCE[name]
    message = failure(fn, inputs)
    assert "order 1" in message and words in message


WRONG_LATER = {
    "input detached": (
        op(np.exp, lambda g, x: g * x.exp().detach()), "backward treats input 0 as a constant",
    ),
    "input's array": (
        op(np.exp, lambda g, x: g * np.exp(x.data)), "backward treats input 0 as a constant",
    ),
    "incoming gradient detached": (
        op(np.exp, lambda g, x: g.detach() * x.exp()),
        "backward treats the incoming gradient as a constant",
    ),
    "arrays only": (
        op(np.exp, lambda g, x: mc.Tensor(g.data * np.exp(x.data))), "no graph at all",
    ),
    "half of it detached": (
        op(lambda x: x**3, lambda g, x: g * (3 * x * x.detach())),
        "treats something that depends on input 0 as a constant; a factor: analytic = 0.5",
    ),
    "inside a chain": (
        lambda y: op(np.exp, lambda g, x: g * x.exp().detach())(y * y),
        "treats something that depends on input 0 (y) as a constant",
    ),
}


@pytest.mark.parametrize("name", WRONG_LATER)
def test_right_to_first_order_only(name):
    fn, words = WRONG_LATER[name]
    assert mc.gradcheck(fn, X, order=1)
    message = failure(fn, X)
    assert "order 2" in message and "right to order 1 only" in message and words in message


def test_right_to_second_order_only():
    slope = op(lambda x: 3 * x**2, lambda g, x: g * 6 * x.detach())
    fn = op(lambda x: x**3, lambda g, x: g * slope(x))
    assert mc.gradcheck(fn, X)
    assert "right to order 2 only" in failure(fn, X[:1, :2], order=3)


def test_a_backward_that_takes_two_ways():
    def backward(g, x):
        return g * (3 * x * x) if not mc.is_grad_enabled() else g * (2 * x * x)

    assert "with create_graph=True" in failure(op(lambda x: x**3, backward), X)


@pytest.mark.parametrize("at", [0, 4321, 9999])
def test_one_entry_of_ten_thousand_off_by_a_ten_thousandth_in_seconds(at):
    x = rng.normal(size=10_000)
    factor = np.ones(10_000)
    factor[at] += 1e-4
    start = time.perf_counter()
    message = failure(op(np.exp, lambda g, x: g * x.exp() * factor), x, order=1)
    assert time.perf_counter() - start < 20  # about two on an idle laptop
    assert f"only 1 of 10000 entries is wrong: ({at},)" in message
    assert "1.0001" in message


def test_tiny_errors_are_caught_wherever_they_are():
    shape = (4, 5)
    for scale in (1e-8, 1e-3, 1.0, 1e6):
        for entry in [(0, 0), (2, 3), (3, 4)]:
            factor = np.full(shape, scale)
            factor[entry] *= 1 + 1e-4
            wrong = op(lambda x, s=scale: s * np.sin(x), lambda g, x, f=factor: g * mc.cos(x) * f)
            message = failure(wrong, rng.normal(size=shape), order=1)
            assert f"only 1 of 20 entries is wrong: {entry}" in message


def test_cotangents_have_random_signs_and_are_bounded_away_from_zero():
    seen = []

    def backward(g, x):
        seen.append(g.data.copy())
        return 2 * g

    mc.gradcheck(op(lambda x: 2 * x, backward), rng.normal(size=100), order=1)
    (c,) = seen
    assert abs(c).min() >= 0.5 and abs(c).max() <= 1.5
    assert 30 < (c > 0).sum() < 70 and len(set(abs(c).tolist())) == 100


def test_a_small_entry_among_large_ones_is_no_factor():
    scales = np.array([1e-8, 1.0, 1e8])
    wrong = scales * np.array([2.0, 1.0, 1.0])
    message = failure(op(lambda x: scales * x, lambda g, x: g * wrong), np.ones(3), order=1)
    assert "only 1 of 3 entries is wrong: (0,)" in message


def test_the_table_shows_the_worst_entries_first():
    factor = np.ones((3, 4))
    factor[1, 2], factor[0, 3] = 1.5, 1.01
    message = failure(op(np.exp, lambda g, x: g * x.exp() * factor), X, order=1)
    rows = [line for line in message.splitlines() if line.startswith("  input 0")]
    assert len(rows) == 2
    assert "(1, 2)" in rows[0] and rows[0].endswith("1.5")
    assert "(0, 3)" in rows[1] and rows[1].endswith("1.01")
    assert "is wrong in 2 of 12 entries" in message

    many = failure(op(np.exp, lambda g, x: -g * x.exp()), X, order=1)
    assert len([line for line in many.splitlines() if line.startswith("  input 0")]) == 10
    assert "... and 2 more" in many


def test_inputs_have_the_names_of_the_parameters():
    message = failure(lambda image, weight: image * weight.detach(), [X, X + 1])
    assert "input 1 (weight)" in message and "input 0" not in message


# --- points without a derivative ----------------------------------------------------------------

KINKS = {
    "abs": (mc.abs, [1.0, 0.0], "slope -1 on the left and 1 on the right"),
    "relu": (F.relu, [1.0, 0.0], "slope 0 on the left and 1 on the right"),
    "clip": (lambda x: x.clip(-1.0, 0.5), [0.2, 0.5], "slope 1 on the left and 0 on the right"),
    "max": (lambda x: x.max(), [0.5, 2.0, 2.0], "slope 0 on the left and 1 on the right"),
    "maximum": (lambda x: mc.maximum(x, 2.0), [0.5, 2.0], "slope 0 on the left and 1 on"),
    "max_pool": (
        lambda x: F.max_pool2d(x.reshape(1, 1, 2, 2), 2), [1.0, 3.0, 3.0, 2.0],
        "entry (0, 0, 0, 0) of the result has slope 0 on the left and 1 on the right",
    ),
    "small, on a slope": (lambda x: 1000 * x + 0.1 * F.relu(x), [1.0, 0.0], "slope 1000 on the"),
}


@pytest.mark.parametrize("name", KINKS)
def test_a_kink_or_tie_at_the_point_is_named(name):
    fn, values, words = KINKS[name]
    message = failure(fn, np.array(values))
    assert "order 1" in message and "entry (1,)" in message and f"value {values[1]:g}" in message
    assert "a kink or a tie at this point: move the input away" in message and words in message


def test_a_kink_of_the_gradient_is_named_at_second_order():
    message = failure(lambda x: x * mc.abs(x), np.array([1.0, 0.0]))
    assert "order 2" in message and "a kink or a tie" in message
    assert "of the gradient of order 1" in message


def test_jumps_are_named():
    fn = lambda x: mc.where(x.data >= 0, x + 0.25, x)  # noqa: E731
    message = failure(fn, np.array([1.0, 0.0]))
    assert "a jump at this point" in message and "jumps by 0.25" in message
    assert mc.gradcheck(fn, np.array([1.0, 1e-5]))


def test_infinite_slopes_are_named():
    message = failure(lambda x: mc.abs(x) ** 0.5, np.array([1.0, 1e-10]))
    assert "growing without bound" in message


def test_nan_and_infinity_are_named():
    assert "the result is nan at entry (1,)" in failure(mc.log, np.array([1.0, -1.0]))
    assert "the result is -inf at entry (1,)" in failure(mc.log, np.array([1.0, 0.0]))
    assert "the gradient by input 0 (x) is inf at entry (1,)" in failure(
        lambda x: x.sqrt(), np.array([1.0, 0.0])
    )
    assert "input 1 is nan at entry (0, 1)" in failure(
        lambda x, y: x, [X, np.array([[0, np.nan]])]
    )
    assert "NaN or infinity right beside this point" in failure(
        lambda x: x**1.5, np.array([1.0, 0.0]), order=1
    )
    nan_gradient = op(np.exp, lambda g, x: g * x.exp() * float("nan"))
    assert "the gradient by input 0 is nan at entry (0, 0) (12 of 12" in failure(nan_gradient, X)


def test_a_shape_that_depends_on_the_values_is_named():
    assert "(1,) at the point given, (2,) beside it" in failure(
        lambda x: x[x.data > 0], np.array([0.0, 1.0])
    )


# --- functions that misbehave -------------------------------------------------------------------


def doubled_in_place(x):
    x *= 2
    return x + 0.0


def double_gradient(g, x):
    g.data *= 2
    return g + 0.0


def double_input(g, x):
    x.data *= 2
    return 2 * g


def test_changing_arrays_in_place_is_named():
    double = np.array(2.0).__mul__
    cases = [
        (op(doubled_in_place, lambda g, x: 2 * g), "forward changed input 0 in place"),
        (op(double, double_gradient), "backward changed the incoming gradient in place"),
        (op(double, double_input), "backward changed input 0 in place"),
    ]
    for fn, words in cases:
        for order in (1, 2):
            message = failure(fn, X, order)
            assert words in message and "entry (0, 0)" in message


def test_only_a_sign_of_zero_changed_is_seen():
    def forward(x):
        x[0] = -0.0
        return x + 0.0

    assert "forward changed input 0" in failure(op(forward, lambda g, x: g), np.array([0.0, 1.0]))


def test_integer_inputs_are_guarded_too():
    def forward(x, k):
        k += 1
        return x * 2

    fn = op(forward, lambda g, x, k: (2 * g, None))
    assert "forward changed input 1" in failure(fn, [X, np.arange(12).reshape(3, 4)])


def test_randomness_is_named():
    assert "two different results" in failure(lambda x: F.dropout(x, 0.5), X)
    assert "two different results" in failure(
        lambda x: x * mc.randn(3, 4, dtype="float64"), X, order=1
    )

    def seeded(x):
        mc.manual_seed(0)
        return F.dropout(x, 0.5)

    assert mc.gradcheck(seeded, X)


def test_exceptions_of_fn_pass_through():
    with pytest.raises(ZeroDivisionError):
        mc.gradcheck(lambda x: x * (1 / 0), X)


def test_an_operation_without_second_derivative_passes_to_first_order():
    class Once(mc.Function):
        def forward(self, g):
            return 2 * g

    fn = op(lambda x: 2 * x, lambda g, x: Once()(g))
    assert mc.gradcheck(fn, X, order=1)
    with pytest.raises(NotImplementedError, match="Once cannot be differentiated"):
        mc.gradcheck(fn, X)


def test_what_is_given_is_left_alone():
    x = X.copy()
    x.flags.writeable = False
    tensor = mc.tensor(X, requires_grad=True)
    mc.gradcheck(lambda a, b: a * b, [x, tensor])
    assert (x == X).all() and (tensor.data == X).all() and tensor.grad is None
    with mc.no_grad():  # a check needs the graph, whatever the caller's mode
        assert mc.gradcheck(lambda a: a * a, x)
        assert not mc.is_grad_enabled()


@pytest.mark.parametrize(
    "x",
    [
        X.astype("float32"), X.astype("float16"), X.astype(">f8"), X.T, X[::-1, ::2],
        np.broadcast_to(X[0], (3, 4)), mc.tensor(X), mc.tensor(X.astype("float32")),
    ],
    ids=["float32", "float16", "big-endian", "Fortran", "strided", "broadcast", "Tensor",
         "float32 Tensor"],
)
def test_any_float_array_becomes_float64(x):
    seen = []

    def fn(t):
        seen.append((t.dtype, t.shape))
        return t * t

    assert mc.gradcheck(fn, x)
    assert set(seen) == {(np.dtype("float64"), x.shape)}


def test_the_seed_chooses_the_cotangents():
    bad = op(np.square, lambda g, x: g * x)
    assert failure(bad, X, seed=1) == failure(bad, X, seed=1) != failure(bad, X, seed=2)


@pytest.mark.parametrize(
    "inputs, error, words",
    [
        (3.0, TypeError, "input 0 must be a Tensor or an array, got float"),
        ([X, [1.0]], TypeError, "input 1 must be a Tensor or an array, got list"),
        (None, TypeError, "NoneType"),
        (X + 0j, TypeError, "complex128"),
        (np.array(["a"]), TypeError, "floats or integers"),
        (np.arange(3), ValueError, "at least one input of floats, got ['int64']"),
        ([], ValueError, "no inputs"),
    ],
)
def test_bad_inputs(inputs, error, words):
    with pytest.raises(error) as caught:
        mc.gradcheck(lambda *x: x[0], inputs)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "order, error", [(0, ValueError), (-1, ValueError), (True, ValueError), (1.0, TypeError)]
)
def test_bad_orders(order, error):
    with pytest.raises(error, match="order must be"):
        mc.gradcheck(lambda x: x, X, order)


@pytest.mark.parametrize(
    "fn, error, words",
    [
        (lambda x: x.data, TypeError, "must return a Tensor or a tuple of Tensors, got ndarray"),
        (lambda x: None, TypeError, "got NoneType"),
        (lambda x: (), ValueError, "no Tensor"),
        (lambda x: x.to("float32"), TypeError, "returned float32"),
        (lambda x: x > 0, TypeError, "returned bool"),
    ],
)
def test_bad_results(fn, error, words):
    with pytest.raises(error) as caught:
        mc.gradcheck(fn, X)
    assert words in str(caught.value)


def test_a_class_in_place_of_a_function_is_told_apart():
    class Twice(mc.Function):
        def forward(self, x):
            return 2 * x

        def backward(self, grad):
            return 2 * grad

    with pytest.raises(TypeError, match=r"lambda \*x: Twice\(\.\.\.\)\(\*x\)"):
        mc.gradcheck(Twice, np.ones(2))
    assert mc.gradcheck(lambda *x: Twice()(*x), np.ones(2))
