"""Every layer on a stand-in for a GPU's arrays: nothing falls back to the CPU on the way.

Says nothing about kernels that only a GPU runs.
"""

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device "strict")

import minicnn as mc
from minicnn import nn
from minicnn.nn import init
from minicnn.nn.utils import clip_grad_norm_, clip_grad_value_

LAYERS = {
    "Conv1d": (nn.Conv1d(2, 4, 3, padding="same"), (2, 2, 6)),
    "Conv2d": (nn.Conv2d(2, 4, 3, 2, 1, groups=2), (2, 2, 6, 5)),
    "Conv3d": (nn.Conv3d(2, 3, 2), (1, 2, 3, 3, 3)),
    "ConvTranspose2d": (nn.ConvTranspose2d(2, 3, 3, 2), (2, 2, 3, 3)),
    "Linear": (nn.Linear(3, 2), (4, 3)),
    "Flatten": (nn.Flatten(), (2, 3, 2)),
    "Identity": (nn.Identity(), (2, 3)),
    "MaxPool2d": (nn.MaxPool2d(3, 2, 1), (2, 3, 6, 5)),
    "AvgPool2d": (nn.AvgPool2d(3, 2, 1, count_include_pad=False), (2, 3, 6, 5)),
    "BatchNorm1d": (nn.BatchNorm1d(3), (5, 3)),
    "BatchNorm2d": (nn.BatchNorm2d(3), (2, 3, 2, 2)),
    "BatchNorm2d in evaluation": (nn.BatchNorm2d(3).eval(), (2, 3, 2, 2)),
    "BatchNorm3d": (nn.BatchNorm3d(3), (2, 3, 2, 2, 2)),
    "Dropout": (nn.Dropout(0.3), (5, 6)),
    "ReLU": (nn.ReLU(), (3, 4)),
    "Sigmoid": (nn.Sigmoid(), (3, 4)),
    "Tanh": (nn.Tanh(), (3, 4)),
    "Softmax": (nn.Softmax(1), (3, 4)),
    "LogSoftmax": (nn.LogSoftmax(1), (3, 4)),
    "CrossEntropyLoss": (nn.CrossEntropyLoss(mc.tensor([0.5, 1.0, 2.0])), (4, 3)),
    "NLLLoss": (nn.NLLLoss(), (4, 3)),
    "MSELoss": (nn.MSELoss(), (4, 3)),
}


def run(layer, x, target, device):
    """Output, gradients and buffers, as NumPy arrays."""
    mc.manual_seed(0)
    a = mc.tensor(x, requires_grad=True, device=device)
    y = layer(a, mc.tensor(target, device=device)) if target is not None else layer(a)
    (y * y).sum().backward()
    tensors = [a, *layer.parameters()]
    assert all(t.device.startswith(device) for t in [*tensors, *layer.buffers()])
    arrays = [y.data, *(t.grad for t in tensors), *(b.data for b in layer.buffers())]
    layer.zero_grad()
    return [mc.backend.to_numpy(array) for array in arrays]


@pytest.mark.parametrize("name", LAYERS)
def test_gives_what_the_cpu_gives(name):
    layer, shape = LAYERS[name]
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    target = {"MSELoss": x * 2}.get(name, np.array([0, 2, 1, 1]) if "Loss" in name else None)
    state = layer.state_dict()
    expected = run(layer, x, target, "cpu")
    layer.load_state_dict(state)
    found = run(layer.to("strict"), x, target, "strict")
    layer.cpu().load_state_dict(state)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_every_layer_is_here():
    keeps = {"Module", "ModuleDict", "ModuleList", "Parameter", "Sequential"}
    layers = {name for name in nn.__all__ if name[0].isupper()} - keeps
    assert layers == {name.split()[0] for name in LAYERS}


@pytest.mark.parametrize("make", [lambda d: nn.Linear(3, 2, device=d),
                                  lambda d: nn.BatchNorm1d(3, device=d),
                                  lambda d: nn.ConvTranspose2d(2, 2, 3, device=d)])
def test_layers_are_made_there(make):
    layer = make("strict")
    assert all(t.device == "strict:0" for t in [*layer.parameters(), *layer.buffers()])


@pytest.mark.parametrize("name", ["uniform_", "normal_", "ones_", "kaiming_normal_",
                                  "xavier_uniform_"])
def test_initialisation_draws_there(name):
    mc.manual_seed(0)
    there = getattr(init, name)(mc.zeros(3, 4, device="strict"))
    mc.manual_seed(0)
    here = getattr(init, name)(mc.zeros(3, 4))
    assert there.device == "strict:0" and there.tolist() == here.tolist()


def test_states_move_between_devices_when_they_are_loaded():
    layer, there = nn.Linear(2, 2), nn.Linear(2, 2, device="strict")
    there.load_state_dict(layer.state_dict())
    assert there.weight.device == "strict:0" and there.weight.tolist() == layer.weight.tolist()
    layer.load_state_dict(there.state_dict())
    assert layer.weight.device == "cpu"


def test_clipping():
    p = nn.Parameter(mc.zeros(2, device="strict"))
    p.grad = mc.tensor([3.0, 4.0], device="strict").data
    for norm_type in (2, 1, float("inf")):
        assert clip_grad_norm_([p], 100.0, norm_type).device == "strict:0"
    assert clip_grad_norm_([p], 1.0).item() == 5
    clip_grad_value_([p], 0.7)
    np.testing.assert_allclose(p.grad.tolist(), [0.6, 0.7], rtol=1e-5)
    q = nn.Parameter([1.0])
    q.grad = np.ones(1, np.float32)
    with pytest.raises(TypeError, match=r"several devices, \['cpu', 'strict:0'\]"):
        clip_grad_norm_([p, q], 1.0)


def test_a_model_with_parts_on_two_devices_says_so():
    with pytest.raises(TypeError, match="strict:0.*cpu|cpu.*strict:0"):
        nn.Linear(2, 2).to("strict")(mc.zeros(1, 2))


def test_summary_runs_there():
    net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Dropout()).to("strict")
    found = mc.summary(net, (3,), print_fn=None)
    assert found.total_params == 12 and found.rows[1].output_shape == (None, 2)
    assert net[1].running_mean.device == "strict:0"
