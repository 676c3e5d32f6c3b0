"""kernels/__init__.py: how an operation finds its algorithm."""

import types

import numpy as np
import pytest
from kernel_list import each_kernel

import minicnn as mc
import minicnn.functional as F
from minicnn import kernels
from minicnn.kernels import arrays, cpp, cpp_direct, direct, im2col, sparse

A = np.zeros(1)
AUTO, AUTO_NAME = (cpp, "cpp") if cpp.missing() is None else (im2col, "im2col")
FUNCTIONS = ("forward", "input_gradient", "weight_gradient")


@pytest.fixture(autouse=True)
def chosen():
    """Every test starts from "auto" and leaves the choice as it was."""
    before = kernels._chosen
    mc.use_kernel("auto")
    yield
    kernels._chosen = before


@pytest.fixture
def calls(monkeypatch):
    """The list of (kernel, function) that have run, as they run."""
    made = []

    def watched(module, name):
        run = getattr(module, name)
        kernel = module.__name__.rpartition(".")[2]

        def watch(*args, **options):  # "cpp-direct" runs cpp's functions with another algorithm
            directly = options.get("algorithm") == "direct"
            made.append(("cpp-direct" if directly else kernel, name))
            return run(*args, **options)

        return watch

    for module in (direct, sparse, im2col, cpp):
        for name in FUNCTIONS:
            monkeypatch.setattr(module, name, watched(module, name))
    return made


def operands(**kind):
    return mc.Tensor(np.ones((1, 1, 4, 4)), **kind), mc.Tensor(np.ones((1, 1, 2, 2)), **kind)


def test_auto_is_the_first_that_can():
    assert kernels.pick("convolution", A) is AUTO
    assert kernels.pick("convolution", A, "auto") is AUTO
    assert kernels.pick("convolution", A.astype("float16")) is im2col
    assert kernels.pick("max_pool", A) is (cpp if cpp.missing() is None else arrays)
    assert kernels.pick("max_pool", A.astype("float16")) is arrays
    assert kernels.pick("max_pool", A.astype("int32")) is arrays


def test_without_the_extension_arrays_serve(monkeypatch):
    monkeypatch.setattr(cpp, "_why_missing", "not built: install a compiler")
    assert kernels.pick("convolution", A) is im2col
    assert kernels.pick("max_pool", A) is arrays


@each_kernel
def test_a_kernel_named_in_the_call_is_the_one_that_runs(kernel, calls):
    F.conv2d(*operands(), kernel=kernel)
    assert calls == [(kernel, "forward")]


@each_kernel
def test_use_kernel_as_a_call_stays_until_the_next(kernel, calls):
    mc.use_kernel(kernel)
    F.conv2d(*operands())
    F.conv2d(*operands())
    mc.use_kernel("auto")
    F.conv2d(*operands())
    assert calls == [(kernel, "forward")] * 2 + [(AUTO_NAME, "forward")]


def test_use_kernel_as_a_context_manager_nests(calls):
    with mc.use_kernel("direct") as outer:
        F.conv2d(*operands())
        with mc.use_kernel("sparse"):
            F.conv2d(*operands())
            with mc.use_kernel("auto"):
                F.conv2d(*operands())
            F.conv2d(*operands())
        F.conv2d(*operands())
        F.conv2d(*operands(), kernel="im2col")  # the call's own choice comes first
    F.conv2d(*operands())
    assert isinstance(outer, mc.use_kernel)
    assert [name for name, _ in calls] == [
        "direct", "sparse", AUTO_NAME, "sparse", "direct", "im2col", AUTO_NAME
    ]


def test_the_choice_before_comes_back_after_an_error():
    mc.use_kernel("sparse")
    with pytest.raises(ZeroDivisionError):
        with mc.use_kernel("direct"):
            assert kernels.pick("convolution", A) is direct
            raise ZeroDivisionError
    assert kernels.pick("convolution", A) is sparse


def test_one_use_kernel_can_be_entered_again():
    directly = mc.use_kernel("direct")
    for _ in range(2):
        with directly:
            assert kernels.pick("convolution", A) is direct
        assert kernels.pick("convolution", A) is AUTO


@pytest.mark.parametrize("name", ["fft", "", "Direct", "cuda:0", "im2col "])
def test_unknown_names_are_refused_and_change_nothing(name):
    mc.use_kernel("sparse")
    everyone = "'auto', 'direct', 'sparse', 'im2col', 'cpp', 'cpp-direct'"
    for choose in (mc.use_kernel, lambda name: F.conv2d(*operands(), kernel=name)):
        with pytest.raises(ValueError) as caught:
            choose(name)
        assert repr(name) in str(caught.value) and everyone in str(caught.value)
    assert kernels.pick("convolution", A) is sparse


@pytest.mark.parametrize("name", [1, 0, True, ["direct"], ("direct",), b"direct", {}])
def test_names_are_strings(name):
    for choose in (mc.use_kernel, lambda name: F.conv2d(*operands(), kernel=name)):
        with pytest.raises(TypeError) as caught:
            choose(name)
        assert repr(name) in str(caught.value) and "'im2col'" in str(caught.value)
    assert kernels.pick("convolution", A) is AUTO


def test_use_kernel_needs_a_name():
    with pytest.raises(TypeError, match="None"):
        mc.use_kernel(None)


def test_a_kernel_that_is_missing_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(cpp, "_why_missing", "not built: install a compiler")
    for choose in (mc.use_kernel, lambda name: F.conv2d(*operands(), kernel=name)):
        for name in ("cpp", "cpp-direct"):
            with pytest.raises(RuntimeError) as caught:
                choose(name)
            message = str(caught.value)
            assert repr(name) in message and "install a compiler" in message
            assert message.endswith("Usable here: 'direct', 'sparse', 'im2col'")
    why = "not built: install a compiler"
    assert kernels.available() == {
        "direct": None, "sparse": None, "im2col": None, "cpp": why, "cpp-direct": why
    }
    assert kernels.pick("convolution", A) is im2col


def test_a_kernel_that_refuses_the_array_says_who_does_not(monkeypatch):
    monkeypatch.setattr(sparse, "refuses", lambda array: "works on odd days only")
    with pytest.raises(TypeError, match="kernel 'sparse' works on odd days only; use one of .*"
                                        "'direct', 'im2col'.* or 'auto'") as caught:
        F.conv2d(*operands(), kernel="sparse")
    assert str(caught.value).count("'sparse'") == 1
    with mc.use_kernel("sparse"), pytest.raises(TypeError, match="odd days"):
        F.conv2d(*operands())


def test_under_auto_the_next_one_serves_what_the_first_refuses(monkeypatch):
    monkeypatch.setattr(im2col, "refuses", lambda array: "not today")
    monkeypatch.setattr(kernels, "_AUTO", (im2col, direct, arrays))
    assert kernels.pick("convolution", A) is direct


def test_a_primitive_that_nobody_offers():
    with pytest.raises(NotImplementedError, match="'fft' for ndarray arrays"):
        kernels.pick("fft", A)


@each_kernel
def test_a_primitive_that_the_kernel_does_not_offer_runs_as_under_auto(kernel):
    x = mc.Tensor(np.arange(16.0).reshape(1, 1, 4, 4), requires_grad=True)
    with mc.use_kernel(kernel):
        assert kernels.pick("rmsprop", A) is arrays
        y = F.relu(F.avg_pool2d(F.max_pool2d(x, 2), 2))
        y.backward(np.ones((1, 1, 1, 1)))
    assert y.item() == (5 + 7 + 13 + 15) / 4
    assert x.grad[0, 0, 1, 1] == 0.25


def test_a_module_is_returned_as_it_is():
    module = types.ModuleType("mine")
    assert kernels.pick("convolution", A, module) is module
    assert kernels.pick("anything", A, module) is module


@pytest.mark.parametrize("op", ["conv2d", "conv_transpose2d"])
@each_kernel
def test_the_kernel_of_the_forward_pass_serves_gradients_of_every_order(kernel, op, calls):
    x, w = operands(requires_grad=True)
    function = getattr(F, op)
    with mc.use_kernel(kernel):
        y = (function(x, w) ** 3).sum()
    for _ in range(3):  # outside the with block: the choice is back at "auto"
        gx, gw = mc.grad(y, (x, w), create_graph=True)
        y = ((gx * gx).sum() + (gw * gw).sum()) * 1e-3
    assert y.requires_grad
    assert {name for name, _ in calls} == {kernel}
    assert {name for _, name in calls} == set(FUNCTIONS)
    assert len(calls) > 20


def test_every_kernel_offers_convolution_whole():
    for module in (direct, sparse, im2col, cpp, cpp_direct):
        assert "convolution" in module.PRIMITIVES
        assert all(callable(getattr(module, name)) for name in FUNCTIONS)
    for name in arrays.PRIMITIVES:
        assert callable(getattr(arrays, name))
