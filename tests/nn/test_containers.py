import pytest

import minicnn as mc
from minicnn import nn


def layers(n):
    return [nn.Linear(2, 2) for _ in range(n)]


def names(module):
    return [name for name, _ in module.named_children()]


def test_sequential_applies_in_order():
    net = nn.Sequential(nn.ReLU(), nn.Flatten(0))
    assert net(mc.tensor([[-1.0, 2.0]])).tolist() == [0, 2]
    assert nn.Sequential()(3) == 3


def test_sequential_indexing_and_slicing():
    a, b, c = layers(3)
    net = nn.Sequential(a, b, c)
    assert len(net) == 3 and list(net) == [a, b, c]
    assert net[0] is a and net[-1] is c
    part = net[1:]
    assert type(part) is nn.Sequential and list(part) == [b, c] and names(part) == ["1", "2"]
    net[1] = nn.ReLU()
    assert isinstance(net[1], nn.ReLU)


def test_sequential_with_names():
    a, b = layers(2)
    net = nn.Sequential({"first": a, "second": b})
    assert net.first is a and names(net) == ["first", "second"] and net[1] is b
    assert names(net[:1]) == ["first"]
    net.append(nn.ReLU())
    assert names(net) == ["first", "second", "2"]
    del net[0]
    assert names(net) == ["second", "2"]
    net.append(nn.Tanh())  # "2" is taken
    assert names(net) == ["second", "2", "3"]


def test_growing_and_shrinking():
    a, b, c, d = layers(4)
    row = nn.ModuleList([a])
    assert row.append(b) is row and row.extend([c]) is row
    row.insert(1, d)
    assert list(row) == [a, d, b, c] and names(row) == ["0", "1", "2", "3"]
    del row[0]
    assert list(row) == [d, b, c] and names(row) == ["0", "1", "2"]
    del row[1:]
    assert list(row) == [d] and row[-1] is d
    row.insert(-1, a)
    assert list(row) == [a, d]
    assert type(row[:1]) is nn.ModuleList and list(row[:1]) == [a]


def test_module_list_registers_what_a_list_would_not():
    net = nn.Module()
    net.plain = layers(2)
    assert list(net.parameters()) == []
    net.row = nn.ModuleList(layers(2))
    assert [n for n, _ in net.named_parameters()] == [
        "row.0.weight", "row.0.bias", "row.1.weight", "row.1.bias"
    ]
    with pytest.raises(NotImplementedError, match="ModuleList only keeps modules"):
        net.row(1)


def test_module_dict():
    a, b = layers(2)
    table = nn.ModuleDict({"a": a})
    table["b"] = b
    assert len(table) == 2 and "a" in table and "z" not in table
    assert list(table) == ["a", "b"] == list(table.keys())
    assert list(table.values()) == [a, b] and list(table.items()) == [("a", a), ("b", b)]
    assert table["a"] is table.a is a
    assert table.pop("a") is a and "a" not in table
    table.update([("c", a)])
    table.update(nn.ModuleDict({"b": a}))
    assert list(table.items()) == [("b", a), ("c", a)]
    del table["c"]
    table.clear()
    assert len(table) == 0
    with pytest.raises(NotImplementedError, match="ModuleDict only keeps modules"):
        table(1)


REFUSED = [
    (lambda: nn.Sequential([nn.ReLU()]), TypeError, r"Sequential\(\*modules\)"),
    (lambda: nn.Sequential(nn.ReLU(), mc.relu), TypeError, r"Sequential\[1\] must be a Module"),
    (lambda: nn.Sequential(nn.ReLU), TypeError, r"the class ReLU: make a module of it, ReLU\("),
    (lambda: nn.Sequential({"a": None}), TypeError, r"Sequential\[a\] must be a Module.*NoneType"),
    (lambda: nn.ModuleList([3]), TypeError, r"ModuleList\[0\] must be a Module, got int"),
    (lambda: nn.ModuleList(nn.ReLU()), TypeError, r"ModuleList\(\[module\]\)"),
    (lambda: nn.Sequential(nn.ReLU())[1], IndexError, r"Sequential\[1\] .* there are 1 modules"),
    (lambda: nn.Sequential(nn.ReLU())[-2], IndexError, "there are 1"),
    (lambda: nn.Sequential(nn.ReLU())["0"], TypeError, "whole number or a slice, got '0'"),
    (lambda: nn.ModuleList().insert(1, nn.ReLU()), IndexError, "there are 0"),
    (lambda: nn.ModuleDict({"a": 3}), TypeError, "ModuleDict.a must be a Module or None, got int"),
    (lambda: nn.ModuleDict({"a": None}), TypeError, "got None"),
    (lambda: nn.ModuleDict({"a": nn.ReLU()})["b"], KeyError, r"no 'b', only \['a'\]"),
    (lambda: nn.ModuleDict({"pop": nn.ReLU()}), ValueError, "attribute of the class"),
    (lambda: nn.ModuleDict({"a": nn.ReLU()}).pop("b"), KeyError, "'b'"),
]


@pytest.mark.parametrize("do, error, message", REFUSED)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()


def test_extending_with_one_that_is_no_module_adds_none():
    row = nn.ModuleList()
    with pytest.raises(TypeError, match=r"ModuleList\[1\]"):
        row.extend([nn.ReLU(), 3])
    assert len(row) == 0
