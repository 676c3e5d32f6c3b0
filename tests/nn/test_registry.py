import pytest

import minicnn as mc
from minicnn import nn


def names(pairs):
    return [name for name, _ in pairs]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter([1.0])
        self.body = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.BatchNorm1d(3))
        self.head = nn.Linear(3, 1, bias=False)
        self.register_buffer("steps", mc.zeros(1))


def test_assigned_parts_are_listed_under_their_paths():
    net = Net()
    assert names(net.named_parameters()) == [
        "scale", "body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias", "head.weight"
    ]
    assert names(net.named_buffers()) == ["steps", "body.2.running_mean", "body.2.running_var"]
    assert names(net.named_children()) == ["body", "head"]
    assert names(net.named_modules()) == ["", "body", "body.0", "body.1", "body.2", "head"]
    assert names(net.named_parameters(prefix="net", recurse=False)) == ["net.scale"]
    assert list(net.parameters()) == [p for _, p in net.named_parameters()]
    assert list(net.modules())[0] is net and list(net.children()) == [net.body, net.head]
    assert list(net.buffers(recurse=False)) == [net.steps]


def test_the_lists_are_pytorchs(torch):
    def build(nn):
        inner = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
        return nn.Sequential(inner, nn.ModuleList([inner, nn.Linear(2, 2)]), nn.ReLU())

    ours, theirs = build(nn), build(torch.nn)
    assert names(ours.named_parameters()) == names(theirs.named_parameters())
    assert names(ours.named_modules()) == names(theirs.named_modules())
    assert names(ours.named_modules(remove_duplicate=False)) == names(
        theirs.named_modules(remove_duplicate=False)
    )
    assert names(ours.named_children()) == names(theirs.named_children())
    assert names(ours.named_parameters(remove_duplicate=False)) == names(
        theirs.named_parameters(remove_duplicate=False)
    )


def test_shared_parameters_and_modules_are_listed_once():
    net = nn.Module()
    net.a, net.b = nn.Linear(2, 2), nn.Linear(2, 2)
    net.b.weight = net.a.weight
    net.c = net.a
    assert names(net.named_parameters()) == ["a.weight", "a.bias", "b.bias"]
    assert names(net.named_modules()) == ["", "a", "b"]
    assert len(list(net.named_parameters(remove_duplicate=False))) == 6


def test_assigning_again_replaces_and_moves_between_kinds():
    net = Net()
    net.head = nn.ReLU()
    assert "head.weight" not in names(net.named_parameters())
    net.scale = None
    assert net.scale is None and "scale" not in names(net.named_parameters())
    net.scale = nn.Parameter([2.0])
    assert "scale" in names(net.named_parameters())
    net.thing = 3
    net.thing = nn.Linear(1, 1)  # a plain attribute becomes a module
    assert isinstance(net.thing, nn.Linear) and "thing" not in net.__dict__
    net.steps = nn.Parameter([0.0])  # a buffer becomes a parameter
    assert names(net.named_buffers(recurse=False)) == []


def test_attributes_can_be_deleted():
    net = Net()
    del net.scale, net.head, net.steps
    net.plain = 1
    del net.plain
    for name in ("scale", "head", "steps", "plain"):
        assert not hasattr(net, name)
    assert names(net.named_children()) == ["body"]


def test_dir_lists_what_is_registered():
    assert {"scale", "body", "steps", "forward"} <= set(dir(Net()))


def test_buffers_may_be_given_as_arrays_and_replaced_by_tensors():
    net = Net()
    net.register_buffer("seen", mc.ones(2).data)
    assert type(net.seen) is mc.Tensor and not net.seen.requires_grad
    net.seen = net.seen + 1
    assert dict(net.named_buffers())["seen"].data.tolist() == [2, 2]
    net.register_buffer("none", None)
    assert net.none is None


def test_get_submodule():
    net = Net()
    assert net.get_submodule("body.0") is net.body[0] and net.get_submodule("") is net
    with pytest.raises(AttributeError, match=r"Net has no module at 'body.7'.*only \['0'"):
        net.get_submodule("body.7")


def forgets(value):
    class Forgetful(nn.Module):
        def __init__(self):
            self.part = value

    return Forgetful


@pytest.mark.parametrize("value", [nn.Linear(1, 1), nn.Parameter([1.0])], ids=["module", "param"])
def test_forgetting_super_init_is_told(value):
    with pytest.raises(AttributeError, match=r"Forgetful.__init__ must call super\(\)"):
        forgets(value)()


def test_forgetting_super_init_is_told_later_too():
    lazy = forgets(3)()
    with pytest.raises(AttributeError, match=r"Forgetful.__init__ must call super\(\)"):
        lazy(1)
    with pytest.raises(AttributeError, match=r"Forgetful.__init__ must call super\(\)"):
        list(lazy.parameters())
    with pytest.raises(AttributeError, match=r"Forgetful.__init__ must call super\(\)"):
        Net().lazy = lazy


def set_to(name, value):
    return lambda net: setattr(net, name, value)


REFUSED = {
    "no such attribute": (lambda n: n.wieght, AttributeError, "'Net' has no attribute 'wieght'"),
    "deleting nothing": (lambda n: delattr(n, "nope"), AttributeError, "nope"),
    "a Tensor as parameter": (
        set_to("scale", mc.ones(1)), TypeError, r"Net.scale must be a Parameter or None, got Tensor"
    ),
    "a number as module": (set_to("head", 3), TypeError, "Net.head must be a Module or None"),
    "an array as buffer": (set_to("steps", [1.0]), TypeError, "Net.steps must be a Tensor or None"),
    "a buffer with a gradient": (
        set_to("steps", mc.ones(1, requires_grad=True)), ValueError, r"buffer.*\.detach\(\)"
    ),
    "registering one": (
        lambda n: n.register_buffer("b", nn.Parameter([1.0])), ValueError, "buffer"
    ),
    "registering a number": (lambda n: n.register_buffer("b", 3), TypeError, "got int"),
    "a Tensor registered": (lambda n: n.register_parameter("p", mc.ones(1)), TypeError, "wrap it"),
    "a class": (lambda n: n.add_module("m", nn.ReLU), TypeError, "got the class ReLU"),
    "a dot": (lambda n: n.add_module("a.b", nn.ReLU()), ValueError, "'a.b' cannot name"),
    "no name": (lambda n: n.add_module("", nn.ReLU()), ValueError, "'' cannot name"),
    "a number as name": (lambda n: n.add_module(1, nn.ReLU()), TypeError, "name is a string"),
    "taken": (lambda n: n.add_module("steps", nn.ReLU()), ValueError, "'steps' already"),
    "a method": (set_to("forward", nn.ReLU()), ValueError, "forward is an attribute of the class"),
    "itself": (lambda n: setattr(n, "me", n), ValueError, "cannot contain itself"),
    "itself, deeper": (
        lambda n: n.body.add_module("up", nn.Sequential(n)), ValueError, "cannot contain itself"
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_nothing_changed(case):
    do, error, message = REFUSED[case]
    net = Net()
    before = [*net.named_parameters(), *net.named_buffers(), *net.named_modules()]
    attributes = dict(net.__dict__)
    with pytest.raises(error, match=message):
        do(net)
    assert [*net.named_parameters(), *net.named_buffers(), *net.named_modules()] == before
    assert net.__dict__.keys() == attributes.keys()
