import numpy as np
import pytest

import minicnn as mc
from minicnn import nn


def build(nn):
    """Every kind of layer that has something to save, in minicnn or in PyTorch."""
    return nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.Conv2d(4, 6, (3, 2), groups=2),
        nn.BatchNorm2d(6, affine=False), nn.Conv3d(6, 2, 1, bias=False), nn.BatchNorm3d(2),
        nn.ConvTranspose2d(2, 4, 3, groups=2), nn.ModuleList([nn.Linear(4, 3), nn.ReLU()]),
        nn.ModuleDict({"head": nn.Linear(3, 2, bias=False)}),
        nn.BatchNorm2d(6, track_running_stats=False),
    )


def to_arrays(state):
    return {name: tensor.numpy() for name, tensor in state.items()}


def assert_same(state, other):
    assert list(state) == list(other)
    for name in state:
        np.testing.assert_array_equal(state[name], other[name])


def test_round_trip_with_pytorch_both_ways(torch):
    ours, theirs = build(nn), build(torch.nn)
    for tensor in theirs.state_dict().values():
        if tensor.is_floating_point():
            tensor.normal_()
    expected = to_arrays(theirs.state_dict())
    ours.load_state_dict(expected)  # num_batches_tracked entries included
    kept = {k: v for k, v in expected.items() if not k.endswith("num_batches_tracked")}
    assert_same(ours.state_dict(), kept)  # PyTorch's names in PyTorch's order

    back = build(torch.nn)
    missing = back.load_state_dict(
        {k: torch.from_numpy(v) for k, v in ours.state_dict().items()}, strict=False
    ).missing_keys
    assert all(k.endswith("num_batches_tracked") for k in missing)
    for name, tensor in theirs.named_parameters():
        assert torch.equal(dict(back.named_parameters())[name], tensor)


def test_arrays_are_copied_out_and_in():
    layer = nn.Linear(2, 2)
    state = layer.state_dict()
    before = state["weight"].copy()
    layer.weight.data += 1
    np.testing.assert_array_equal(state["weight"], before)
    layer.load_state_dict(state)
    state["weight"] += 5
    np.testing.assert_array_equal(layer.weight.data, before)


def test_the_parameters_stay_the_same_objects_and_keep_dtype():
    layer = nn.Linear(2, 2)
    weight = layer.weight
    state = {"weight": np.ones((2, 2), ">f8"), "bias": mc.tensor([1, 2])}
    assert layer.load_state_dict(state) == ([], [])
    assert layer.weight is weight and weight.dtype == np.float32 and weight.requires_grad
    np.testing.assert_array_equal(layer.bias.data, [1, 2])


@pytest.mark.parametrize("make", [np.asfortranarray, lambda a: a[::-1][::-1], mc.tensor])
def test_odd_arrays_come_in_right(make):
    layer = nn.Linear(2, 3)
    value = np.arange(6, dtype="float32").reshape(3, 2)
    layer.load_state_dict({"weight": make(value), "bias": np.zeros(3)})
    np.testing.assert_array_equal(layer.weight.data, value)
    assert layer.weight.data.flags["C_CONTIGUOUS"] and layer.weight.data.flags["WRITEABLE"]


def test_shared_parameters_come_under_each_name():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    net.load_state_dict(net.state_dict())
    assert net[1].weight is net[0].weight


def test_buffers_that_are_not_persistent_stay_out():
    net = nn.Module()
    net.register_buffer("kept", mc.ones(1))
    net.register_buffer("scratch", mc.ones(1), persistent=False)
    assert list(net.state_dict()) == ["kept"]
    assert net.load_state_dict({"kept": np.zeros(1)}) == ([], [])
    net.register_buffer("scratch", mc.ones(1))
    assert list(net.state_dict()) == ["kept", "scratch"]


def test_a_prefix():
    assert list(nn.Linear(1, 1).state_dict(prefix="fc.")) == ["fc.weight", "fc.bias"]


def test_not_strict_returns_what_did_not_match():
    layer = nn.Linear(2, 2)
    result = layer.load_state_dict(
        {"weight": np.ones((2, 2)), "more": np.ones(1), "x.num_batches_tracked": np.array(3)},
        strict=False,
    )
    assert result.missing_keys == ["bias"] and result.unexpected_keys == ["more"]
    assert (layer.weight.data == 1).all()


def test_a_buffer_named_as_pytorchs_count_is_loaded_if_it_exists():
    net = nn.Module()
    net.register_buffer("num_batches_tracked", mc.tensor(0))
    net.load_state_dict({"num_batches_tracked": np.array(7)})
    assert net.num_batches_tracked.item() == 7


def good():
    return {name: array + 1 for name, array in build_small().state_dict().items()}


def build_small():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


def without(*names):
    return {name: array for name, array in good().items() if name not in names}


REFUSED = {
    "missing": (without("0.bias", "1.running_var"), True, ValueError,
                ["missing in the state dict: '0.bias', '1.running_var'"]),
    "unexpected": ({**good(), "2.weight": np.ones(2), "fc": 3}, True, ValueError,
                   ["unexpected", "'2.weight', 'fc'"]),
    "misshapen": ({**good(), "0.bias": np.ones(3), "1.bias": np.ones((2, 1))}, True, ValueError,
                  ["'0.bias' has shape (3,), the model's has (2,)", "'1.bias' has shape (2, 1)"]),
    "misshapen, not strict": ({**good(), "0.bias": np.ones(3)}, False, ValueError, ["'0.bias'"]),
    "all three": ({**without("0.weight"), "0.bias": np.ones(1), "zz": np.ones(1)}, True,
                  ValueError, ["'0.weight'", "'0.bias'", "'zz'"]),
    "no array": ({**good(), "0.bias": [1.0, 2.0]}, True, TypeError, ["'0.bias' is a list"]),
    "no array, not strict": ({**good(), "1.bias": None}, False, TypeError, ["'1.bias'"]),
    "complex": ({**good(), "0.bias": np.ones(2, complex)}, True, TypeError, ["complex128"]),
    "no dict": ([("0.bias", np.ones(2))], True, TypeError, ["got list"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_names_every_entry_and_changes_nothing(case):
    state, strict, error, words = REFUSED[case]
    net = build_small()
    before = net.state_dict()
    with pytest.raises(error) as caught:
        net.load_state_dict(state, strict)
    for word in words:
        assert word in str(caught.value)
    assert_same(net.state_dict(), before)


def test_floats_do_not_turn_into_integers():
    net = nn.Module()
    net.register_buffer("count", mc.tensor([1]))
    with pytest.raises(TypeError, match="'count' has dtype float64"):
        net.load_state_dict({"count": np.array([0.5])})


def test_pytorchs_tensors_are_refused_with_the_way_out(torch):
    theirs = torch.nn.Linear(2, 2)
    with pytest.raises(TypeError, match=r"'weight' is a Tensor.*\.detach\(\)\.cpu\(\)\.numpy\(\)"):
        nn.Linear(2, 2).load_state_dict(theirs.state_dict())
