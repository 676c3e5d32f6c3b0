"""Every operation, layer, loss and optimiser on the strict device: nothing falls back to the CPU.

No GPU code runs here. What is shown is that arrays that refuse NumPy go through everything,
forward, backward and to second order, and come out as on the CPU.
"""

import inspect

import numpy as np
import op_table
import pytest
import strict_array
from layer_table import LAYERS
from oracles import close, cotangent
from strict_array import StrictArray, xp

import minicnn as mc
import minicnn.functional as F
from minicnn import nn, optim


def on(device, array, requires_grad=False):
    return mc.tensor(array, device=device, requires_grad=requires_grad)


def home(value, device):
    """A result as a NumPy array, once it is seen to live on ``device``."""
    if isinstance(value, mc.Tensor):
        expected = np.ndarray if device == "cpu" else StrictArray
        assert type(value.data) is expected, f"a {type(value.data).__name__} on {device}"
        return value.cpu().data
    return np.asarray(value)


def derivatives(function, tensors, device):
    """The output, its gradients, and the gradients of those, as NumPy arrays."""
    y = function(*tensors)
    found = [home(y, device)]
    if not isinstance(y, mc.Tensor) or not y.requires_grad:
        return found
    sources = [t for t in tensors if t.requires_grad]
    for order in (1, 2):
        c = on(device, cotangent(y.shape, y.dtype))
        last = order == 2
        gradients = mc.grad(y, sources, c, create_graph=not last, allow_unused=True)
        gradients = [g for g in gradients if g is not None]
        found += [home(g, device) for g in gradients]
        parts = [(g * (i + 1)).sum() for i, g in enumerate(gradients) if g.requires_grad]
        if not parts:
            break
        y = sum(parts[1:], parts[0])
    return found


def same_on_both(function, arrays, needs):
    def run(device):
        mc.manual_seed(0)
        tensors = [on(device, a, needs(i)) for i, a in enumerate(arrays)]
        return derivatives(function, tensors, device)

    here, there = run("cpu"), run("strict")
    assert len(here) == len(there)
    for a, b in zip(here, there, strict=True):
        close(b, a, tolerance=1e-12)


# Operations -----------------------------------------------------------------------------


@pytest.mark.parametrize("op", [o for o in op_table.OPS if o.subject != "conv"], ids=str)
def test_operation(op):
    same_on_both(op.ours, op.arrays, op.needs)


@pytest.mark.parametrize("kernel", ["direct", "sparse", "im2col"])
@pytest.mark.parametrize("op", op_table.of("conv"), ids=str)
def test_convolution(op, kernel):
    with mc.use_kernel(kernel):
        same_on_both(op.ours, op.arrays, op.needs)


def test_cpp_refuses_and_says_which_kernels_can():
    if mc.kernels.available()["cpp"] is not None:
        pytest.skip(f"kernel 'cpp': {mc.kernels.available()['cpp']}")
    x, w = mc.ones(1, 1, 3, 3, device="strict"), mc.ones(1, 1, 2, 2, device="strict")
    for call in (lambda: F.conv2d(x, w, kernel="cpp"), lambda: F.conv_transpose2d(
            x, w, kernel="cpp")):
        with pytest.raises(TypeError, match="'cpp'.*CPU.*'direct', 'sparse', 'im2col'"):
            call()
    with mc.use_kernel("cpp"), pytest.raises(TypeError, match="'im2col'"):
        F.conv2d(x, w)
    assert F.conv2d(x, w).device == "strict:0"  # under "auto" the next one serves


NO_OPERATIONS = {  # of a Tensor: no new Tensor is computed, or not on its device
    "backward", "cpu", "cuda", "detach", "dim", "item", "numel", "numpy", "requires_grad_", "size",
    "tolist", "float", "is_floating_point",
    "new_zeros", "new_ones", "new_empty", "new_full", "new_tensor",  # in CREATION
}


def public_functions(namespace):
    for name, value in vars(namespace).items():
        if not name.startswith("_") and inspect.isfunction(value):
            yield name, value


def test_no_operation_is_missing():
    covered = {f for o in op_table.OPS for f in o.covers}
    functions = {f"F.{n}": getattr(F, n) for n in F.__all__}
    functions |= {
        f"Tensor.{n}": f for n, f in public_functions(mc.Tensor) if n not in NO_OPERATIONS
    }
    functions |= {
        f"mc.{n}": f for n, f in public_functions(mc) if "functional" in f.__module__
    }
    missing = sorted(name for name, f in functions.items() if f not in covered)
    assert not missing, f"add a line for each of {missing} to tests/op_table.py"


def test_operators_with_numbers_on_both_sides():
    def formula(x):
        y = (2 - x) * (x / 3) + 1 / (x * x + 2) - x**2 + 2**x
        return y @ (np.float32(2) * x.T) + abs(-x).sum() * np.float64(0.5)

    same_on_both(formula, [op_table.spread(3, 4)], lambda i: True)


def test_integers_with_numbers_on_both_sides():
    for formula in (lambda i: i + 2, lambda i: 2.5 * i, lambda i: i + [1, 2], lambda i: i > 1.5,
                    lambda i: i + 300, lambda i: i / 2, lambda i: i**-1,
                    lambda i: i == np.int64(7)):
        for dtype in ("int64", "uint8"):
            same_on_both(formula, [np.array([3, 7], dtype)], lambda i: False)


# Creation, moving, looking --------------------------------------------------------------

CREATION = {
    "zeros": lambda d: mc.zeros(2, 3, device=d),
    "ones": lambda d: mc.ones((2, 3), device=d),
    "full": lambda d: mc.full((2,), 1.5, device=d),
    "zeros_like": lambda d: mc.zeros_like(mc.ones(2, device=d)),
    "ones_like": lambda d: mc.ones_like(mc.zeros(2, device=d)),
    "rand": lambda d: mc.rand(3, device=d),
    "randn": lambda d: mc.randn(2, 2, device=d),
    "empty": lambda d: mc.empty(2, device=d),
    "empty_like": lambda d: mc.empty_like(mc.ones(2, device=d)),
    "new_zeros": lambda d: mc.ones(1, device=d).new_zeros(2),
    "new_ones": lambda d: mc.ones(1, device=d).new_ones(2),
    "new_full": lambda d: mc.ones(1, device=d).new_full((2,), 3),
    "new_tensor": lambda d: mc.ones(1, device=d).new_tensor([1, 2]),
    "arange": lambda d: mc.arange(1, 7, 2, device=d),
    "eye": lambda d: mc.eye(3, 2, device=d),
    "linspace": lambda d: mc.linspace(0, 1, 5, device=d),
    "randint": lambda d: mc.randint(0, 9, (4,), device=d),
    "full_like": lambda d: mc.full_like(mc.zeros(2, device=d), 3),
    "rand_like": lambda d: mc.rand_like(mc.zeros(2, device=d)),
    "randn_like": lambda d: mc.randn_like(mc.zeros(2, device=d)),
    "as_tensor": lambda d: mc.as_tensor(np.ones(2, np.float32), device=d),
    "tensor": lambda d: mc.tensor([1, 2], dtype="float64", device=d),
}


@pytest.mark.parametrize("make", CREATION.values(), ids=CREATION)
def test_creation(make):
    found = []
    for device in ("cpu", "strict"):
        mc.manual_seed(3)
        found.append(home(make(device), device))
    close(found[1], found[0])


def test_no_creation_is_missing():
    made = {n for n, f in public_functions(mc) if "device" in inspect.signature(f).parameters
            or n.endswith("_like")}
    made |= {n for n, _ in public_functions(mc.Tensor) if n.startswith("new_")}
    assert made - {"new_empty"} == set(CREATION)  # which is new_zeros


def test_moving_is_explicit_and_differentiable():
    x = mc.tensor([1.0, 2.0], requires_grad=True)
    y = x.to("strict")
    assert y.device == "strict:0" and type(y.data) is StrictArray
    assert y.to("strict") is y and y.to("strict:0") is y and x.to("cpu") is x
    (y * y).sum().backward()
    close(x.grad, np.array([2, 4], np.float32))
    assert y.to("cpu", "float64").dtype == np.float64
    assert y.to("float64").device == "strict:0"
    assert mc.zeros(1).to(y).device == "strict:0"
    assert y.cpu().tolist() == y.tolist() == [1.0, 2.0]
    assert y[1].item() == 2.0 and float(y[1]) == 2.0 and len(y) == 2 and bool(y[1] > 1)
    assert repr(y).startswith("tensor([1., 2.]") and "device='strict:0'" in repr(y)
    with pytest.raises(TypeError, match=r"strict:0.*\.cpu\(\)\.numpy\(\)"):
        y.numpy()
    with pytest.raises(TypeError, match="strict:0"):
        np.asarray(y)


def test_one_generator_a_device():
    mc.manual_seed(0)
    a, b = mc.rand(4, device="strict"), mc.rand(4, device="strict:0")
    assert a.tolist() != b.tolist()


X, Y = mc.ones(2, 3, device="strict"), mc.ones(2, 3)
MIXED = {
    "two Tensors": lambda: X + Y,
    "two Tensors turned round": lambda: Y @ X.T,
    "an array": lambda: X * np.ones((2, 3), np.float32),
    "an array on the left": lambda: np.ones((2, 3), np.float32) - X,
    "a device array": lambda: Y / X.data,
    "an index": lambda: X[np.array([0])],
    "an index Tensor": lambda: X[mc.tensor([0])],
    "a device index": lambda: Y[mc.tensor([0], device="strict")],
    "a condition": lambda: mc.where(np.ones(3, bool), X, X),
    "a target": lambda: F.cross_entropy(X, np.array([0, 1])),
    "a target Tensor": lambda: F.mse_loss(X, Y),
    "statistics": lambda: F.batch_norm(X, np.zeros(3, np.float32), np.ones(3, np.float32)),
    "cat": lambda: mc.cat([X, Y]),
    "a weight": lambda: F.linear(X, Y),
    "a kernel": lambda: F.conv1d(X[None], Y[None]),
    "a gradient": lambda: mc.grad((X.detach().requires_grad_() * 2), [], Y),
    "an optimiser's gradient": lambda: step_with_gradient(mc.ones(2).data),
}


def step_with_gradient(array):
    p = nn.Parameter(mc.ones(2, device="strict"))
    p.grad = array
    optim.SGD([p], lr=0.1).step()


@pytest.mark.parametrize("mix", MIXED.values(), ids=MIXED)
def test_mixing_devices_is_refused(mix):
    with pytest.raises(TypeError, match=r"(?s)(strict:0.*cpu|cpu.*strict:0)"):
        mix()


OUTSIDE = [[0, 3], (slice(None), [3]), ([-3],), (None, [2]), (..., [3]), (..., [-3], [0]),
           (np.array([[True] * 3] * 2), [0]), (0, ..., [3])]


@pytest.mark.parametrize("key", OUTSIDE, ids=str)
def test_index_arrays_are_checked_where_cupy_would_wrap_round(key):
    x = mc.ones(2, 3, device="strict")
    key = tuple(on("strict", k) if isinstance(k, np.ndarray) else k
                for k in (key if isinstance(key, tuple) else (key,)))
    with pytest.raises(IndexError):
        x[key]


@pytest.mark.parametrize("key", [(..., [2]), ([1], ...), (None, [1]), (..., [1], [2]), (0, [2])],
                         ids=str)
def test_places_that_exist_are_found(key):
    same_on_both(lambda x: x[key], [op_table.spread(2, 3)], lambda i: True)


# Layers and losses ----------------------------------------------------------------------


def labels(*shape):
    return op_table.classes(*shape, below=3)


CONTAINERS = {"Module", "Sequential", "ModuleList", "ModuleDict"}


@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, training):
    make, array, *targets = LAYERS[name]

    def run(device):
        mc.manual_seed(0)
        layer = make().train(training).to(device, "float64")
        x = on(device, array, True)
        given = [on(device, t) for t in targets]
        mc.manual_seed(1)  # for dropout
        own = list(layer.parameters())
        found = derivatives(lambda *sources: layer(sources[0], *given), [x, *own], device)
        return found + [home(b, device) for b in layer.buffers()]

    here, there = run("cpu"), run("strict")
    assert len(here) == len(there)
    for a, b in zip(here, there, strict=True):
        close(b, a, tolerance=1e-12)


def test_no_layer_is_missing():
    layers = {n for n in nn.__all__ if inspect.isclass(getattr(nn, n))
              and issubclass(getattr(nn, n), nn.Module)}
    assert layers - CONTAINERS == set(LAYERS), "add a line to tests/layer_table.py for each"


# Optimisers -----------------------------------------------------------------------------

OPTIMISERS = {
    "SGD": [{"lr": 0.1}, {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}],
    "Adam": [{}, {"weight_decay": 0.1, "amsgrad": True}],
    "AdamW": [{}],
    "RMSprop": [{}, {"centered": True, "momentum": 0.5}],
    "Adagrad": [{}],
}


@pytest.mark.parametrize("name, options", [(n, o) for n, each in OPTIMISERS.items() for o in each])
def test_optimiser(name, options):
    def run(device):
        mc.manual_seed(0)
        # No bias before batch norm: its gradient is 0 but for rounding, which Adam magnifies.
        net = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), nn.ReLU(),
                            nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 3)).to(device)
        optimiser = getattr(optim, name)(net.parameters(), **options)
        x = on(device, op_table.spread(5, 1, 4, 4).astype("float32"))
        target = on(device, labels(5))
        for _ in range(3):
            optimiser.zero_grad()
            F.cross_entropy(net(x), target).backward()
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
            nn.utils.clip_grad_value_(net.parameters(), 0.2)
            optimiser.step()
        assert all(type(p.grad) is type(p.data) for p in net.parameters())
        return [home(p, device) for p in net.parameters()]

    for a, b in zip(run("cpu"), run("strict"), strict=True):
        close(b, a, tolerance=1e-5)


def test_no_optimiser_is_missing():
    rules = {n for n in optim.__all__ if inspect.isclass(getattr(optim, n))}
    assert rules - {"Optimizer"} == set(OPTIMISERS), "add a line to OPTIMISERS for each"


# The stand-in itself --------------------------------------------------------------------

TRANSFERS = {
    "asarray": lambda a: np.asarray(a), "array": lambda a: np.array([a]), "ufunc": np.exp,
    "function": np.sum, "concatenate": lambda a: np.concatenate([a, a]),
    "operator": lambda a: a + np.ones(3), "right": lambda a: np.ones(3) * a,
    "in place": lambda a: np.ones(3).__iadd__(a), "index": lambda a: a[np.array([0])],
    "list": lambda a: a[[0]], "indexed": lambda a: np.ones(3)[a],
    "assignment": lambda a: a.__setitem__(0, np.ones(())), "xp": lambda a: xp.asarray(np.ones(3)),
    "twice": lambda a: a.__setitem__(xp.asarray([0, 0]), 1.0),
}


@pytest.mark.parametrize("transfer", TRANSFERS.values(), ids=TRANSFERS)
def test_the_stand_in_refuses(transfer):
    with pytest.raises((TypeError, IndexError)):
        transfer(StrictArray(np.arange(3.0)))


def test_the_stand_in_is_like_cupy():
    a = StrictArray(np.arange(6.0).reshape(2, 3))
    assert type(a.sum()) is StrictArray and a.sum().shape == ()
    assert type(a[0, 0]) is StrictArray
    assert float((np.float64(2) * a)[1, 2]) == 10.0  # NumPy's scalars are welcome
    assert int(a[0][xp.asarray([4])][0]) == 1  # out of range: wraps round
    assert np.isnan(float(xp.empty(1)[0]))
    for missing in ("errstate", "nditer", "block"):
        with pytest.raises(AttributeError, match="CuPy"):
            getattr(xp, missing)
    with pytest.raises(AttributeError):
        xp.multiply.at(a, 0, 1.0)
    with pytest.raises(ValueError, match="int64"):
        strict_array._Sparse.coo_matrix(
            (xp.ones(1, "int64"), (xp.zeros(1, int), xp.zeros(1, int))), (1, 1)
        )
