"""A dense head as a convolution: the network slides over larger images."""

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device "strict")
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
from minicnn import nn


def network(seed):
    """10 × 9 pixels in, a class out: convolutions and pooling without padding, a dense head.

    Whole numbers as weights, so that sums are exact in any order.
    """
    net = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2),  # 8 × 7, then 4 × 3
        nn.Conv2d(3, 4, 2), nn.ReLU(),  # 3 × 2
        nn.Flatten(), nn.Linear(24, 5), nn.ReLU(), nn.Linear(5, 3),
    ).double()
    rng = np.random.default_rng(seed)
    for p in net.parameters():
        p.data[...] = rng.integers(-3, 4, p.shape)
    return net


def fully_convolutional(net):
    return nn.Sequential(
        *net[:5], nn.linear_to_conv2d(net[6], (4, 3, 2)), net[7],
        nn.linear_to_conv2d(net[8], (5, 1, 1)),
    )


@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 99))
def test_the_fully_convolutional_network_equals_the_sliding_window(down, right, seed):
    net = network(seed)
    full = fully_convolutional(net)
    # two pixels more give one place more: the window moves by the stride of the pooling
    height, width = 10 + 2 * down, 9 + 2 * right
    x = np.random.default_rng(seed).integers(-4, 5, (2, 2, height, width)).astype(float)
    slid = np.empty((2, 3, down + 1, right + 1))
    for i in range(down + 1):
        for j in range(right + 1):
            slid[:, :, i, j] = net(mc.tensor(x[:, :, 2 * i : 2 * i + 10, 2 * j : 2 * j + 9])).data
    np.testing.assert_array_equal(full(mc.tensor(x)).data, slid)


def test_parameters_are_as_many_and_copies():
    net = network(0)
    full = fully_convolutional(net)
    whole = mc.summary(net, (2, 10, 9), print_fn=None)
    found = mc.summary(full, (2, 10, 9), print_fn=None)
    assert found.total_params == whole.total_params
    assert found.rows[-1].output_shape == (None, 3, 1, 1)
    for theirs, ours in ((net[8].weight, full[-1].weight), (net[8].bias, full[-1].bias)):
        np.testing.assert_array_equal(ours.data.reshape(theirs.shape), theirs.data)
        assert not np.shares_memory(ours.data, theirs.data)


def test_dtype_device_bias_and_freezing_are_kept():
    linear = nn.Linear(12, 5, bias=False, device="strict", dtype="float64").eval()
    linear.requires_grad_(False)
    conv = nn.linear_to_conv2d(linear, [3, 2, 2])
    assert conv.weight.device == "strict:0" and conv.weight.dtype == np.float64
    assert conv.bias is None and not conv.weight.requires_grad and not conv.training
    assert repr(conv) == "Conv2d(3, 5, kernel_size=(2, 2), stride=(1, 1), bias=False)"
    assert isinstance(conv.weight, nn.Parameter) and list(conv.state_dict()) == ["weight"]


def test_no_random_number_is_drawn():
    linear = nn.Linear(12, 5)
    before = mc.random.get_state()
    nn.linear_to_conv2d(linear, (3, 2, 2))
    assert mc.random.get_state() == before
    x = mc.randn(2, 3, 2, 2)
    found = nn.linear_to_conv2d(linear, (3, 2, 2))(x).flatten(1)
    np.testing.assert_allclose(found.data, linear(x.flatten(1)).data, rtol=1e-5, atol=1e-6)


class Twice(nn.Linear):
    def forward(self, input):
        return 2 * super().forward(input)


@pytest.mark.parametrize("linear, shape, error, message", [
    (nn.Conv2d(1, 1, 1), (1, 1, 1), TypeError, "linear_to_conv2d: expected an nn.Linear, got Conv"),
    (Twice(2, 2), (2, 1, 1), TypeError, "got Twice"),
    (nn.DropConnectLinear(2, 2), (2, 1, 1), TypeError, "got DropConnectLinear"),
    (nn.Linear(12, 5), (3, 2, 3), ValueError, r"\(3, 2, 3\) must be .* C·H·W = 12"),
    (nn.Linear(12, 5), (12,), ValueError, r"must be \(C, H, W\)"),
    (nn.Linear(12, 5), (0, 2, 2), ValueError, "input_shape=0 must be at least 1"),
])
def test_refused(linear, shape, error, message):
    with pytest.raises(error, match=message):
        nn.linear_to_conv2d(linear, shape)
