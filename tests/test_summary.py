import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn
from minicnn.summary import Row, summary


def lecture_net():
    return nn.Sequential({
        "conv1": nn.Conv2d(3, 8, 5), "relu1": nn.ReLU(), "pool1": nn.MaxPool2d(2),
        "conv2": nn.Conv2d(8, 16, 5), "relu2": nn.ReLU(), "pool2": nn.MaxPool2d(2),
        "flatten": nn.Flatten(),
        "fc3": nn.Linear(400, 120), "relu3": nn.ReLU(),
        "fc4": nn.Linear(120, 84), "relu4": nn.ReLU(),
        "fc5": nn.Linear(84, 10),
    })


def quiet(model, shape, **kwargs):
    return mc.summary(model, shape, print_fn=None, **kwargs)


def test_the_lectures_table():
    found = quiet(lecture_net(), (3, 32, 32))
    assert found.total_params == found.trainable_params == 62_958
    assert found.non_trainable_params == found.buffers == 0
    assert [r.params for r in found.rows if r.params] == [608, 3216, 48120, 10164, 850]
    assert [r.output_shape for r in found.rows if r.type != "ReLU"] == [
        (None, 8, 28, 28), (None, 8, 14, 14), (None, 16, 10, 10), (None, 16, 5, 5), (None, 400),
        (None, 120), (None, 84), (None, 10),
    ]
    assert found.rows[0] == Row("conv1", "Conv2d", (None, 8, 28, 28), 608)


def test_looks_like_keras(capsys):
    net = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2), nn.Flatten())
    net[0].requires_grad_(False)
    found = mc.summary(net, (1, 5, 5))
    printed = capsys.readouterr().out
    assert printed == (
        'Model: "Sequential"\n'
        "_________________________________________________________________\n"
        " Layer (type)                    Output Shape             Param #\n"
        "=================================================================\n"
        " 0 (Conv2d)                      (None, 2, 3, 3)               18\n"
        " 1 (BatchNorm2d)                 (None, 2, 3, 3)                4\n"
        " 2 (Flatten)                     (None, 18)                     0\n"
        "=================================================================\n"
        "Total params: 22\n"
        "Trainable params: 4\n"
        "Non-trainable params: 18\n"
        "Buffers, not parameters: 4\n"
        "_________________________________________________________________\n"
    )
    assert str(found) + "\n" == printed
    assert repr(found) == "Summary(Sequential: 3 rows, 22 parameters)"
    assert (found.total_params, found.non_trainable_params, found.buffers) == (22, 18, 4)


def test_the_lines_go_where_they_are_wanted():
    lines = []
    found = mc.summary(nn.Linear(3, 2), [3], print_fn=lines.append)
    assert lines == found.lines()
    assert found.rows == (Row("", "Linear", (None, 2), 8),)
    assert lines[4].split() == ["Linear", "(None,", "2)", "8"]


def test_long_names_widen_the_table():
    net = nn.Sequential({"a" * 60: nn.Linear(2, 2)})
    lines = quiet(net, (2,)).lines()
    width = len(lines[1])
    assert width > 65 and all(len(line) <= width for line in lines)
    assert lines[4].endswith("6")


class Shared(nn.Module):
    """A layer used twice, a weight tied to another's, a nested block, an own parameter, a rest."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter([1.0, 1.0])
        self.fc = nn.Linear(4, 4)
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.fc.weight
        self.block = nn.Sequential(nn.Sequential(nn.Linear(4, 2)))
        self.unused = nn.Linear(3, 3)
        self.idle = nn.ReLU()

    def forward(self, x):
        return self.block(self.tied(self.fc(self.fc(x)))) * self.scale


def test_shared_nested_and_uncalled_modules():
    found = quiet(Shared(), (4,))
    assert [(r.name, r.params, r.shared) for r in found.rows] == [
        ("fc", 20, False), ("fc", 0, True), ("tied", 0, True), ("block.0.0", 10, False),
        ("", 2, False), ("unused", 12, False),
    ]
    assert found.rows[-1].output_shape is None
    assert found.total_params == sum(r.params for r in found.rows) == 44
    assert "shared" in str(found) and "not called" in str(found)


def test_several_inputs_and_outputs():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.both = Pair()

        def forward(self, image, vector):
            return self.both(image, vector)

    class Pair(nn.Module):
        def forward(self, image, vector):
            return {"sum": vector.sum(), "parts": (image, vector.sum(1)), "word": "yes"}

    (row,) = quiet(Two(), [(3, 4, 4), (5,)]).rows
    assert row.output_shape == {"sum": (), "parts": [(None, 3, 4, 4), (None,)], "word": "str"}


def test_the_input_has_the_models_dtype_or_the_one_asked_for():
    seen = []

    class Look(nn.Module):
        def forward(self, x):
            seen.append((x.dtype, x.shape, float(abs(x).sum())))
            return x

    net = nn.Sequential(Look(), nn.Linear(2, 2)).double()
    quiet(net, (2,))
    quiet(Look(), (2,))
    quiet(Look(), (2,), dtype="int64")
    assert [dtype for dtype, *_ in seen] == [np.float64, np.float32, np.int64]
    assert all(shape == (2, 2) and size == 0 for _, shape, size in seen)


def test_a_batch_norm_that_keeps_no_statistics_can_be_run():
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, track_running_stats=False))
    assert quiet(net, (2,)).rows[1].output_shape == (None, 3)


class Restless(nn.Module):
    """Changes all that a summary must give back."""

    def __init__(self, fails=False):
        super().__init__()
        self.fails = fails
        self.bn = nn.BatchNorm1d(2)
        self.register_buffer("calls", mc.zeros(1))
        self.fc = nn.Linear(2, 2)

    def forward(self, x):
        self.calls.data += 1
        x = F.batch_norm(x, self.bn.running_mean, self.bn.running_var, training=True)
        self.bn.running_mean = mc.ones(2)
        y = F.dropout(self.fc(x), 0.5)
        if self.fails:
            raise ValueError("no")
        return y


@pytest.mark.parametrize("fails", [False, True])
def test_leaves_everything_as_it_was(fails):
    net = Restless(fails)
    net.train()
    net.bn.eval()
    mean = net.bn.running_mean
    net.fc.weight.grad = np.ones((2, 2), np.float32)
    state = net.state_dict()
    mc.manual_seed(4)
    expected = mc.rand(6).tolist()
    mc.manual_seed(4)
    drawn = mc.rand(3).tolist()
    if fails:
        with pytest.raises(ValueError, match="no"):
            quiet(net, (2,))
    else:
        quiet(net, (2,))
    assert drawn + mc.rand(3).tolist() == expected
    assert net.training and net.fc.training and not net.bn.training
    assert net.bn.running_mean is mean
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, state[name], err_msg=name)
    assert (net.fc.weight.grad == 1).all() and net.fc.bias.grad is None
    assert not any(m._forward_hooks for m in net.modules())


def test_runs_once_in_evaluation_mode_without_gradients():
    seen = []

    class Look(nn.Module):
        def forward(self, x):
            seen.append((self.training, mc.is_grad_enabled()))
            return x

    quiet(Look(), (1,))
    assert seen == [(False, False)] and mc.is_grad_enabled()


@pytest.mark.parametrize(
    "shape, error, message",
    [
        (32, TypeError, r"without the batch, such as \(3, 32, 32\), got 32"),
        ("3", TypeError, "got '3'"),
        ((None, 3, 32, 32), TypeError, "each size in input_shape must be a whole number, got None"),
        ((3, 32.0, 32), TypeError, "got 32.0"),
        ((3, 0, 32), ValueError, "sizes from 1 on, without the batch"),
        ((3, -1, 32), ValueError, "sizes from 1 on"),
        ((1, 3, 32, 32), ValueError, r"does not take float32 input of shape \(None, 1, 3, 32, 32"),
        ((32, 32, 3), ValueError, r"\(None, 32, 32, 3\).*32 channels"),
        ([(3, 32, 32), (1,)], TypeError, r"\(None, 3, 32, 32\) and \(None, 1\)"),
    ],
)
def test_refused_shapes(shape, error, message):
    with pytest.raises(error, match=message):
        quiet(lecture_net(), shape)


def test_refuses_what_is_no_module():
    with pytest.raises(TypeError, match="expected a Module, got function"):
        summary(F.relu, (3,))
