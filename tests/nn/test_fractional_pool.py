import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

SAMPLES = np.random.default_rng(0).random((2, 3, 2))


@pytest.mark.parametrize("args, kwargs", [
    ((2, 4), {}), (((2, 3), (5, 4)), {}), ((2,), {"output_ratio": 0.6}),
    ((3,), {"output_ratio": (0.5, 0.4)}),
])
def test_is_pytorchs(torch, args, kwargs):
    x = np.random.default_rng(1).normal(size=(2, 3, 9, 8))
    ours = nn.FractionalMaxPool2d(*args, **kwargs, _random_samples=SAMPLES)
    theirs = torch.nn.FractionalMaxPool2d(*args, **kwargs, _random_samples=torch.tensor(SAMPLES))
    np.testing.assert_array_equal(ours(mc.tensor(x)).data, theirs(torch.tensor(x)).numpy())
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["_random_samples"]
    assert not nn.FractionalMaxPool2d(*args, **kwargs).state_dict()


def test_draws_at_every_call_in_evaluation_too():
    layer, x = nn.FractionalMaxPool2d(1, 5).eval(), mc.randn(1, 10, 8, 8)
    mc.manual_seed(0)
    first, second = layer(x).data, layer(x).data
    assert (first != second).any()
    mc.manual_seed(0)
    np.testing.assert_array_equal(layer(x).data, first)
    (row,) = mc.summary(layer, (10, 8, 8), print_fn=None).rows
    assert row.params == 0 and row.output_shape == (None, 10, 5, 5)


@pytest.mark.parametrize("args, kwargs, error, message", [
    ((2,), {}, ValueError, "FractionalMaxPool2d: give either output_size or output_ratio"),
    ((2, 3, 0.5), {}, ValueError, "give either"),
    ((0, 3), {}, ValueError, "FractionalMaxPool2d: kernel_size=0 must be at least 1"),
    ((2, (3, 3, 3)), {}, ValueError, "output_size=.*3 entries"),
    ((2, None, 1.5), {}, ValueError, "FractionalMaxPool2d: output_ratio=1.5 .*between 0 and 1"),
    ((2, None, "a"), {}, TypeError, "output_ratio must be a number or two"),
    ((2, 3, None, True), {}, ValueError, "return_indices=True is not supported"),
    ((2, 3), {"_random_samples": [0.5]}, TypeError, "_random_samples must be a Tensor or an"),
])
def test_refused(args, kwargs, error, message):
    with pytest.raises(error, match=message):
        nn.FractionalMaxPool2d(*args, **kwargs)
