"""What modules do beside computing, on a stand-in for a GPU's arrays: made, drawn, loaded, clipped.

What the layers compute there is in ``tests/test_strict_device.py``.
"""

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device "strict")

import minicnn as mc
from minicnn import nn
from minicnn.nn import init
from minicnn.nn.utils import clip_grad_norm_, clip_grad_value_


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
