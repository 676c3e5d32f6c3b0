"""Nothing is left behind by a training step, and nothing is kept that no gradient needs."""

import gc
import weakref

import numpy as np
import pytest
from reachable import arrays_kept

import minicnn as mc
import minicnn.functional as F
from minicnn import nn, optim


def network():
    mc.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.2), nn.Flatten(), nn.Linear(16, 3),
    )


X = np.random.default_rng(0).normal(size=(6, 1, 4, 4)).astype("float32")
LABELS = np.arange(6) % 3


def step(net, optimiser, second_order=False):
    optimiser.zero_grad()
    x = mc.tensor(X, requires_grad=second_order)
    loss = F.cross_entropy(net(x), LABELS)
    if second_order:
        (g,) = mc.grad(loss, [x], create_graph=True)
        loss = loss + (g * g).sum()
    loss.backward()
    optimiser.step()
    return loss


@pytest.fixture
def no_collector():
    """Only reference counts free memory in this test; what they leave is found afterwards."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def ours(things):
    return [t for t in things if type(t).__module__.split(".")[0] == "minicnn"
            or isinstance(t, np.ndarray)]


@pytest.mark.parametrize("second_order", [False, True], ids=["first order", "second order"])
@pytest.mark.parametrize("rule", [optim.SGD, optim.Adam])
def test_the_garbage_collector_finds_nothing_of_ours(no_collector, rule, second_order):
    net = network()
    optimiser = rule(net.parameters(), lr=0.01)
    step(net, optimiser, second_order)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        for _ in range(3):
            step(net, optimiser, second_order)
        gc.collect()
        left = ours(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    assert not left, f"in reference cycles: {[type(t).__name__ for t in left]}"


def test_the_collector_would_find_a_cycle(no_collector):
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        node = mc.Function()
        node.self = node
        del node
        gc.collect()
        assert ours(gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()


def test_backward_frees_the_graph_by_reference_counting_alone(no_collector):
    net = network()
    y = net(mc.tensor(X))
    loss = F.cross_entropy(y, LABELS)
    nodes, todo = [], [loss.creator]
    while todo:
        node = todo.pop()
        nodes.append(weakref.ref(node))
        todo += [t.creator for t in node.inputs if t.creator is not None]
    last = y.creator
    del node, y
    loss.backward()
    alive = {r() for r in nodes} - {None}
    assert alive <= {loss.creator, last}  # what is held from outside
    assert all(node.inputs is None for node in alive)
    assert len(nodes) >= 8


def test_each_node_is_freed_while_the_walk_goes_on(no_collector):
    alive = []

    class Watch(mc.Function):
        reads = ()

        def forward(self, x):
            return x + 0

        def backward(self, grad):
            alive.append(later() is not None)
            return grad

    x = mc.tensor(np.zeros(3), requires_grad=True)
    y = mc.exp(Watch()(x))
    later = weakref.ref(y.creator)
    y = y.sum()
    y.backward()
    assert alive == [False]


def test_a_graph_that_is_dropped_without_backward_is_freed(no_collector):
    net = network()
    x = mc.tensor(X, requires_grad=True)
    y = net(x)
    (g,) = mc.grad(y.sum(), [x], create_graph=True)
    nodes = [weakref.ref(t.creator) for t in (y, g)]
    del y, g
    assert [r() for r in nodes] == [None, None]


def test_a_failed_backward_leaves_no_gradient_and_no_cycle(no_collector):
    class Fails(mc.Function):
        def forward(self, x):
            return x * 2

        def backward(self, grad):
            raise KeyError("no")

    x = mc.tensor(np.zeros(3), requires_grad=True)
    y = (Fails()(x) + x).sum()
    with pytest.raises(KeyError):
        y.backward()
    assert x.grad is None
    node = weakref.ref(y.creator)
    del y
    assert node() is None


def test_a_thousand_steps_leave_the_process_no_larger():
    resource = pytest.importorskip("resource", reason="no resource module on this system")
    page = resource.getpagesize()

    def size():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * page

    try:
        size()
    except OSError:  # elsewhere the largest size so far must serve
        def size():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    net = network()
    optimiser = optim.Adam(net.parameters())
    for _ in range(100):
        step(net, optimiser)
    before = size()
    for _ in range(1000):
        step(net, optimiser)
    grown = size() - before
    assert grown < 4 * 2**20, f"grown by {grown / 2**20:.1f} MiB: {grown / 1000:.0f} bytes a step"


# What is kept ---------------------------------------------------------------------------

N = 1000  # entries; what an op keeps beside whole arrays is small against this
A = mc.tensor(np.linspace(0.5, 1.5, N), requires_grad=True)
B = mc.tensor(np.linspace(1.5, 0.5, N), requires_grad=True)
FIXED = mc.tensor(np.linspace(1.5, 2.5, N))
MASK = 1 / 8 if mc.kernels.cpp.missing() else 1 / 64  # a byte or a bit for each of 8 bytes
KEPT = {  # the operation, of Tensors that were computed, and how many float64 arrays it keeps
    "a + b": (lambda a, b: a + b, 0),
    "a - b": (lambda a, b: a - b, 0),
    "-a": (lambda a, b: -a, 0),
    "2 a": (lambda a, b: 2 * a, 0),
    "a / 2": (lambda a, b: a / 2, 0),
    "a b": (lambda a, b: a * b, 2),
    "a times a constant": (lambda a, b: a * FIXED, 0),
    "exp": (lambda a, b: mc.exp(a), 1),
    "sqrt": (lambda a, b: mc.sqrt(a), 1),
    "log": (lambda a, b: mc.log(a), 1),
    "relu": (lambda a, b: F.relu(a), MASK),
    "relu of exp": (lambda a, b: F.relu(mc.exp(a)), 1 + MASK),
    "sigmoid": (lambda a, b: F.sigmoid(a), 1),
    "tanh": (lambda a, b: F.tanh(a), 1),
    "softmax": (lambda a, b: F.softmax(a, 0), 1),
    "log_softmax": (lambda a, b: F.log_softmax(a, 0), 1),
    "sum": (lambda a, b: a.sum(), 0),
    "mean": (lambda a, b: a.mean(), 0),
    "max": (lambda a, b: a.max(), 0),
    "reshape": (lambda a, b: a.reshape(10, 100), 0),
    "permute": (lambda a, b: a.reshape(10, 100).T, 0),
    "slice": (lambda a, b: a[::-2], 0),
    "cat": (lambda a, b: mc.cat([a, b]), 0),
    "pad": (lambda a, b: F.pad(a, (3, 4)), 0),
    "expand": (lambda a, b: a.expand(5, N), 0),
    "where": (lambda a, b: mc.where(FIXED > 2, a, b), 1 / 8),
    "dropout": (lambda a, b: F.dropout(a), 0),
    "matmul": (lambda a, b: a @ b, 2),
    "linear without gradient by the weight": (
        lambda a, b: F.linear(a.reshape(10, 100), mc.ones(1, 100, dtype="float64")), 0.1),
    "max_pool2d": (lambda a, b: F.max_pool2d(a.reshape(1, 1, 20, 50), 2), 1 / 8 / 4),
    "avg_pool2d": (lambda a, b: F.avg_pool2d(a.reshape(10, 1, 10, 10), 2), 0),
    "batch_norm": (lambda a, b: F.batch_norm(a.reshape(100, 10), training=True), 1),
    "conv1d": (lambda a, b: F.conv1d(a.reshape(1, 1, N), mc.ones(1, 1, 2, dtype="float64")), 0),
}


@pytest.mark.parametrize("function, arrays", KEPT.values(), ids=KEPT)
def test_an_op_keeps_only_what_its_gradient_reads(function, arrays):
    a, b = A + 0, B + 0  # computed, so that the memory is the graph's own
    y = function(a, b)
    kept = sum(arrays_kept(y, without=[A, B, FIXED]).values())
    del a, b
    assert arrays * 8 * N <= kept <= arrays * 8 * N + 400


def test_an_op_of_ones_own_keeps_its_inputs():
    class Product(mc.Function):
        def forward(self, a, b):
            return a * b

    assert sum(arrays_kept(Product()(A + 0, B + 0), without=[A, B]).values()) == 2 * 8 * N
    with mc.no_grad():
        assert not arrays_kept(Product()(A, B))


def residual_block(f, x, w, labels):
    """A step of a small ResNet in minicnn's or PyTorch's functions, which have the same names."""
    y = f.relu(f.batch_norm(f.conv2d(x, w["c0"], None, 1, 1), None, None, w["g0"], w["b0"], True))
    z = f.relu(f.batch_norm(f.conv2d(y, w["c1"], None, 1, 1), None, None, w["g1"], w["b1"], True))
    z = f.batch_norm(f.conv2d(z, w["c2"], None, 1, 1), None, None, w["g2"], w["b2"], True)
    y = f.relu(z + y)
    y = f.conv2d(y, w["c3"], None, 2, 1) + f.conv2d(y, w["c4"], None, 2)
    y = f.relu(y)
    y = f.adaptive_avg_pool2d(y, 1).flatten(1)
    return f.cross_entropy(f.linear(y, w["l"], w["d"]), labels)


def test_a_residual_block_keeps_no_more_than_pytorch_keeps(torch):
    rng = np.random.default_rng(0)
    shapes = {"c0": (16, 3, 3, 3), "c1": (16, 16, 3, 3), "c2": (16, 16, 3, 3),
              "c3": (32, 16, 3, 3), "c4": (32, 16, 1, 1), "l": (10, 32), "d": (10,)}
    shapes |= {f"{k}{i}": (16,) for k in "gb" for i in range(3)}
    arrays = {k: rng.normal(size=s).astype("float32") for k, s in shapes.items()}
    x, labels = rng.normal(size=(8, 3, 16, 16)).astype("float32"), rng.integers(0, 10, 8)

    weights = {k: mc.tensor(a, requires_grad=True) for k, a in arrays.items()}
    image, target = mc.tensor(x), mc.tensor(labels)
    loss = residual_block(F, image, weights, target)
    kept = arrays_kept(loss, without=[image, *weights.values()])

    saved = {}

    def pack(tensor):
        saved[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    theirs = {k: torch.tensor(a, requires_grad=True) for k, a in arrays.items()}
    their_image = torch.tensor(x)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        their_loss = residual_block(
            torch.nn.functional, their_image, theirs, torch.tensor(labels))
    for tensor in (their_image, *theirs.values()):
        saved.pop(tensor.untyped_storage().data_ptr(), None)

    assert abs(loss.item() - their_loss.item()) < 1e-4
    assert len(kept) > 10 and sum(saved.values()) > 500_000
    assert sum(kept.values()) <= sum(saved.values()), (kept.values(), saved.values())
