import copy
import gc
import pickle

import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.bn = nn.BatchNorm2d(2)
        self.drop = nn.Dropout(0.5)
        self.fc = nn.Linear(2 * 4 * 4, 3)

    def forward(self, x):
        return self.fc(self.drop(F.relu(self.bn(self.conv(x)))).flatten(1))


@pytest.fixture
def net():
    mc.manual_seed(0)
    return Net()


@pytest.fixture
def x():
    return mc.tensor(np.random.default_rng(1).normal(size=(5, 1, 4, 4)).astype("float32"))


def test_calling_runs_forward(net, x):
    assert net.eval()(x).shape == (5, 3)


def test_keyword_arguments_reach_forward():
    class Add(nn.Module):
        def forward(self, x, *, y=1):
            return x + y

    assert Add()(2, y=3) == 5


def test_without_a_forward_the_class_is_named():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Empty has no forward"):
        Empty()(1)


def test_a_network_learns(net, x):
    target = mc.tensor([0, 1, 2, 0, 1])
    losses = []
    for _ in range(30):
        loss = F.cross_entropy(net.eval()(x), target)
        net.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.data -= 0.3 * p.grad
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_no_object_of_ours_is_left_to_the_garbage_collector(net, x):
    handle = net.conv.register_forward_hook(lambda module, args, output: None)
    gc.collect()
    gc.disable()
    try:
        F.cross_entropy(net(x), mc.tensor([0, 1, 2, 0, 1])).backward()
        handle.remove()
        del net, handle
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        assert not [o for o in gc.garbage if type(o).__module__.startswith("minicnn")]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


# Modes, gradients, conversion


def test_train_and_eval_reach_every_module(net):
    assert all(m.training for m in net.modules())
    assert net.eval() is net and not any(m.training for m in net.modules())
    assert net.bn.train() is net.bn and net.bn.training and not net.conv.training
    net.train()
    assert all(m.training for m in net.modules())


def test_requires_grad_freezes(net, x):
    assert net.conv.requires_grad_(False) is net.conv
    net(x).sum().backward()
    assert net.conv.weight.grad is None and net.fc.weight.grad is not None


def test_zero_grad(net, x):
    net(x).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all((p.grad == 0).all() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_apply_goes_from_the_leaves_up(net):
    seen = []
    assert net.apply(lambda m: seen.append(type(m).__name__)) is net
    assert seen == ["Conv2d", "BatchNorm2d", "Dropout", "Linear", "Net"]


def test_to_converts_in_place(net, x):
    net(x).sum().backward()
    parameters, ids = list(net.parameters()), [id(p) for p in net.parameters()]
    net.register_buffer("steps", mc.tensor([3]))
    assert net.to("float64") is net
    assert [id(p) for p in net.parameters()] == ids
    assert all(p.dtype == p.grad.dtype == np.float64 for p in parameters)
    assert net.bn.running_mean.dtype == np.float64 and net.steps.dtype == np.int64
    assert net(x.double()).dtype == np.float64
    assert net.float().fc.weight.dtype == np.float32
    assert net.double().fc.weight.dtype == np.float64
    assert net.to("cpu", np.float32).cpu().fc.weight.device == "cpu"
    assert net.to(mc.zeros(1, dtype="float64")).fc.weight.dtype == np.float64
    assert net.to(device="cpu", dtype="float32").fc.weight.dtype == np.float32


@pytest.mark.parametrize(
    "argument, error, message",
    [
        ("int64", TypeError, "Net.to: .* not int64"),
        ("tpu", ValueError, "unknown device 'tpu'"),
        ("complex64", TypeError, "complex64"),
    ],
)
def test_to_refuses(net, argument, error, message):
    with pytest.raises(error, match=message):
        net.to(argument)
    assert all(p.dtype == np.float32 for p in net.parameters())


def test_train_takes_a_bool(net):
    with pytest.raises(TypeError, match="True or False, got 'eval'"):
        net.train("eval")
    assert net.training


# Hooks


def test_a_forward_hook_sees_and_replaces(net, x):
    seen = []
    handle = net.conv.register_forward_hook(
        lambda module, args, output: seen.append((module, args, output.shape))
    )
    net(x)
    assert seen == [(net.conv, (x,), (5, 2, 4, 4))]
    handle.remove()
    handle.remove()
    net(x)
    assert len(seen) == 1

    net.fc.register_forward_hook(lambda module, args, output: output * 0)
    net.fc.register_forward_hook(lambda module, args, output: output + 1)  # in this order
    assert (net(x).data == 1).all()


def test_a_forward_pre_hook_replaces_the_arguments():
    module = nn.ReLU()
    with module.register_forward_pre_hook(lambda module, args: -args[0]):
        assert module(mc.tensor([-2.0])).item() == 2
        with module.register_forward_pre_hook(lambda module, args: (args[0] * 3,)):
            assert module(mc.tensor([-2.0])).item() == 6
    assert module(mc.tensor([-2.0])).item() == 0


def test_removing_a_hook_twice_leaves_a_later_one_alone():
    module = nn.ReLU()
    first = module.register_forward_hook(lambda *_: None)
    first.remove()
    module.register_forward_hook(lambda module, args, output: output + 1)
    first.remove()
    assert module(mc.tensor([1.0])).item() == 2


def test_a_hook_registered_after_a_removal_takes_no_others_place():
    module, seen = nn.ReLU(), []
    first, _ = (module.register_forward_hook(lambda *_, i=i: seen.append(i)) for i in (1, 2))
    first.remove()
    module.register_forward_hook(lambda *_: seen.append(3))
    module(mc.ones(1))
    assert seen == [2, 3]


def test_a_hook_may_remove_itself_while_it_runs():
    module, seen = nn.ReLU(), []

    def once(module, args, output):
        seen.append(1)
        handle.remove()

    handle = module.register_forward_hook(once)
    module(mc.tensor([1.0]))
    module(mc.tensor([1.0]))
    assert seen == [1]


def test_a_hook_must_be_callable():
    with pytest.raises(TypeError, match="must be callable, got int"):
        nn.ReLU().register_forward_hook(3)


# Copies


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"]
)
def test_copies_of_models(net, x, copied):
    net(x)
    net.eval()
    net.tied = nn.Linear(32, 3)
    net.tied.weight = net.fc.weight
    other = copied(net)
    np.testing.assert_array_equal(other(x).data, net(x).data)
    assert not other.training and isinstance(other.fc.weight, nn.Parameter)
    assert other.tied.weight is other.fc.weight  # what was shared is shared in the copy
    other.fc.weight.data += 1
    other.bn.running_mean.data += 1
    assert (net.fc.weight.data != other.fc.weight.data).all()
    assert (net.bn.running_mean.data != other.bn.running_mean.data).all()
    other.new = nn.ReLU()  # the copy has registers of its own
    assert not hasattr(net, "new")


def _double(module, args, output):
    return output * 2


def test_hooks_are_copied_too(net, x):
    handle = net.eval().register_forward_hook(_double)
    twice = net(x)
    other = pickle.loads(pickle.dumps(net))
    handle.remove()
    np.testing.assert_array_equal(other(x).data, twice.data)
    assert (net(x).data * 2 == twice.data).all()


# repr


def test_repr_is_pytorchs(torch):
    def build(nn):
        inner = nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(inplace=True), nn.Sequential())
        return nn.Sequential(inner, nn.ModuleDict({"a": nn.Dropout(0.1), "b": nn.Flatten()}))

    assert repr(build(nn)) == repr(build(torch.nn))


def test_repr_of_ones_own_module():
    class Scale(nn.Module):
        def __init__(self, child=None):
            super().__init__()
            self.child = child

        def extra_repr(self):
            return "factor=2\nand more"

    assert repr(Scale()) == "Scale(\n  factor=2\n  and more\n)"
    assert repr(Scale(nn.ReLU())) == "Scale(\n  factor=2\n  and more\n  (child): ReLU()\n)"
    assert repr(nn.Module()) == "Module()"
