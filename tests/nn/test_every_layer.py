"""What holds for every layer: copies, pickles, training modes, summaries, dtypes, state dicts."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from layer_table import LAYERS

import minicnn as mc
from minicnn import nn

LOSSES = {name for name in LAYERS if name.endswith("Loss")}
each = pytest.mark.parametrize("name", LAYERS)


def made(name, dtype="float64"):
    """The layer, and what goes into it as Tensors."""
    mc.manual_seed(0)
    make, array, *targets = LAYERS[name]
    return make().to(dtype), [mc.tensor(array.astype(dtype)), *map(mc.tensor, targets)]


def bits(layer):
    return {name: array.tobytes() for name, array in layer.state_dict().items()}


@each
def test_deep_copies_and_pickles_compute_the_same(name):
    layer, inputs = made(name)
    layer.eval()
    expected = layer(*inputs).data
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert type(twin) is type(layer) and repr(twin) == repr(layer) and not twin.training
        np.testing.assert_array_equal(twin(*inputs).data, expected)
        assert bits(twin) == bits(layer)
        for theirs, ours in zip(twin.parameters(), layer.parameters(), strict=True):
            assert type(theirs) is nn.Parameter and theirs.data is not ours.data


@each
def test_modes(name):
    layer, inputs = made(name)
    assert layer.training
    before = bits(layer)
    layer.eval()
    first, second = layer(*inputs).data, layer(*inputs).data
    np.testing.assert_array_equal(first, second)
    assert bits(layer) == before, "evaluation changed a buffer"
    layer.train()(*inputs)
    assert (bits(layer) != before) == name.startswith("BatchNorm")


@each
def test_the_output_has_the_dtype_of_the_input(name):
    for dtype in ("float32", "float64"):
        layer, (x, *rest) = made(name, dtype)
        rest = [t.to(dtype) if t.dtype.kind == "f" else t for t in rest]
        assert layer(x, *rest).dtype == dtype


@pytest.mark.parametrize("name", sorted(set(LAYERS) - LOSSES))
def test_summary(name):
    layer, inputs = made(name, "float32")
    inputs = [x.to("float32") for x in inputs]
    (row,) = mc.summary(layer, [x.shape[1:] for x in inputs], print_fn=None).rows
    assert row.type == name and row.output_shape == (None, *layer(*inputs).shape[1:])
    assert row.params == sum(p.numel() for p in layer.parameters())


@each
def test_state_dicts_go_round(name):
    layer, inputs = made(name)
    for tensor in [*layer.parameters(), *layer.buffers()]:
        tensor.data += 1.25
        if name == "FractionalMaxPool2d":  # whose buffer holds random numbers from 0 to 1
            tensor.data %= 1
    mc.manual_seed(7)
    other = LAYERS[name][0]().double()
    assert other.load_state_dict(layer.state_dict()) == ([], [])
    np.testing.assert_array_equal(other.eval()(*inputs).data, layer.eval()(*inputs).data)


@each
def test_is_documented(name):
    layer = getattr(nn, name)
    assert layer.__doc__ and layer.forward is not nn.Module.forward


@each
def test_the_constructor_is_pytorchs(torch, name):
    """The same arguments in the same order with the same defaults, but for those named below."""
    if name in OURS:
        assert not hasattr(torch.nn, name)
        return
    ours, theirs = arguments(nn, name), arguments(torch.nn, name)
    assert [n for n in ours if n in theirs] == [n for n in theirs if n not in NOT_HERE]
    assert set(ours) - set(theirs) <= ONLY_HERE
    for n in set(ours) & set(theirs):
        assert ours[n].default == theirs[n].default, n


def arguments(module, name):
    given = inspect.signature(getattr(module, name)).parameters.items()
    return {n: p for n, p in given if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


OURS = {  # layers that PyTorch does not have
    "ContentLoss", "ContrastiveLoss", "CrossEntropyDiceLoss", "DiceLoss", "MultiTaskLoss",
    "MultilabelBCELoss", "PixelDiceLoss", "PixelWeightedCrossEntropyLoss", "StyleLoss",
    "TotalVariationLoss", "WeightedBCELoss",
    "CropAndConcatenate", "DropConnectLinear", "GlobalAvgPool2d", "LocallyConnected1d",
    "LocallyConnected2d", "Maxout", "Quantize", "RotationInvariantConv2d", "StochasticDepth",
    "UpsampleConv2d",
}
NOT_HERE = {"size_average", "reduce", "min_value", "max_value", "recompute_scale_factor"}
ONLY_HERE = {"kernel", "bias"}  # PyTorch's normalisation layers have a bias from 2.13 on
