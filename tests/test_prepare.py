"""mc.prepare: the same results in fewer passes, whatever a forward does, and undone by train()."""

import copy
import pickle
import threading
import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
import minicnn.functional as F
from benchmarks import classifiers
from minicnn import nn

SMALL = {
    "vgg16": (partial(classifiers.vgg16, width=8, classes=8), 1),
    "vgg16_batch": (partial(classifiers.vgg16, width=8, classes=8), 3),
    "resnet50": (partial(classifiers.resnet50, blocks=(1, 1, 1, 1)), 1),
    "densenet121": (partial(classifiers.densenet121, blocks=(1, 2, 1, 1)), 1),
}


def trained(model):
    """As after a training: statistics and biases moved from 0 and 1."""
    rng = np.random.default_rng(0)
    values = {}
    for name, value in model.state_dict().items():
        if value.ndim > 1:
            fan = np.prod(value.shape[1:])
            values[name] = rng.standard_normal(value.shape) * (2 / fan) ** 0.5
        else:
            values[name] = value + 0.2 * rng.uniform(-1, 1, value.shape)
    model.load_state_dict(values)
    return model.eval()


def images(*shape, seed=0, dtype="float32"):
    return mc.tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


def error(expected, got):
    return np.linalg.norm(expected.data - got.data) / np.linalg.norm(expected.data)


def check(model, x):
    """Prepares the model; the report."""
    before = model.state_dict()
    with mc.no_grad():
        expected = model(x)
        report = mc.prepare(model, x)
        for _ in range(3):
            got = model(x)
            assert type(got) is mc.Tensor
            assert error(expected, got) < 1e-5
    after = model.state_dict()
    assert list(before) == list(after)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    return report


class Net(nn.Module):
    """Layers by name, and a forward given as a function of them and x."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.run = forward
        for name, layer in layers.items():
            self.add_module(name, layer)
        trained(self)

    def forward(self, x):
        return self.run(self, x)


def conv(channels=4, out=4, bias=False, **options):
    return nn.Conv2d(channels, out, 3, padding=1, bias=bias, **options)


X = images(2, 4, 9, 7)

# What each network has in it ----------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_the_networks_of_the_benchmark(name):
    build, batch = SMALL[name]
    report = check(trained(build(mc)), images(batch, 3, 32, 32))
    counts = report.norms, report.separate, report.relus, report.additions, report.convolutions
    assert counts == {
        "vgg16": (0, 0, 13, 0, 13), "vgg16_batch": (0, 0, 13, 0, 13),
        # 3 convolutions a block and 4 shortcuts; each block's last ReLU comes after an addition
        "resnet50": (17, 0, 13, 4, 17),
        # the first, and one a layer; before a layer, before 3 transitions and at the end they stay
        "densenet121": (6, 9, 15, 0, 14),
    }[name]


def test_the_report_says_what_was_done():
    model = trained(SMALL["resnet50"][0](mc))
    report = mc.prepare(model)
    assert "known after the model's first call" in str(report)
    with mc.no_grad():
        model(images(1, 3, 32, 32))
    text = str(report)
    assert "folded 17 batch norms into 17 convolutions; 13 ReLUs and 4 additions" in text
    assert report.error < 1e-5


def test_bias_groups_dilation_and_other_axes():
    model = nn.Sequential(
        nn.Conv2d(4, 6, 3, groups=2, dilation=2, padding="same"), nn.BatchNorm2d(6), nn.ReLU(),
        nn.Conv2d(6, 6, (1, 3), stride=(2, 1), groups=6), nn.BatchNorm2d(6, affine=False),
        nn.Flatten(2), nn.Conv1d(6, 5, 2), nn.BatchNorm1d(5, bias=False), nn.ReLU(),
    )
    assert check(trained(model), X).norms == 3
    assert check(trained(nn.Sequential(nn.Conv3d(2, 3, 2), nn.BatchNorm3d(3))),
                 images(2, 2, 3, 4, 5)).norms == 1


def test_float64():
    model = trained(nn.Sequential(conv(), nn.BatchNorm2d(4), nn.ReLU()).double())
    x = images(2, 4, 9, 7, dtype="float64")
    with mc.no_grad():
        expected = model(x)
        mc.prepare(model, x)
        assert error(expected, model(x)) < 1e-14


def test_a_single_layer():
    assert check(trained(conv(bias=True)), X).convolutions == 1
    assert check(trained(nn.BatchNorm2d(4)), X).separate == 1
    assert check(nn.ReLU().eval(), X).relus == 0


# Whatever a forward does --------------------------------------------------------------------------


def test_one_relu_used_many_times_and_one_convolution_used_twice():
    def forward(net, x):
        x = net.relu(net.bn1(net.conv(x)))
        return net.relu(net.relu(net.bn2(net.conv(x))) - 0.5)

    layers = dict(conv=conv(), bn1=nn.BatchNorm2d(4), bn2=nn.BatchNorm2d(4), relu=nn.ReLU())
    report = check(Net(forward, **layers), X)
    assert (report.convolutions, report.norms, report.relus) == (1, 2, 2)


def test_a_shared_batch_norm():
    def forward(net, x):
        return net.bn(net.first(x)) * net.bn(net.second(x)) + net.bn(x)

    report = check(Net(forward, first=conv(), second=conv(), bn=nn.BatchNorm2d(4)), X)
    assert (report.norms, report.separate) == (1, 1)


@pytest.mark.parametrize(
    "forward",
    [
        lambda net, x: (y := net.conv(x), net.bn(y) * y)[1],
        lambda net, x: (y := net.conv(x), y * net.bn(y))[1],
        lambda net, x: (y := net.conv(x), net.bn(y) + y)[1],
        lambda net, x: (y := net.bn(net.conv(x)), F.relu(y) + y)[1],
        lambda net, x: (y := net.conv(x) + x, F.relu(y) * y)[1],
        lambda net, x: (y := net.conv(x), y + y)[1],
        lambda net, x: (y := F.relu(net.conv(x)), F.relu(y) + y)[1],
        lambda net, x: (y := net.conv(x), mc.cat([net.bn(y), y, F.relu(net.bn(y))]))[1],
        lambda net, x: F.relu(net.bn(net.bn(net.conv(x)))),
        lambda net, x: F.relu(net.conv(net.conv(x)) + 1) + 1.0,
        lambda net, x: net.conv(x) + mc.tensor([1.0]),
        lambda net, x: 2.0 + net.bn(net.conv(x)),
        lambda net, x: (y := net.conv(x), x + net.conv(y) + y)[1],
        lambda net, x: F.relu(net.bn(x)) + F.relu(x),
        lambda net, x: net.bn(net.conv(x)).relu().relu(),
        lambda net, x: F.max_pool2d(net.bn(net.conv(x)), 2),
        lambda net, x: net.bn(net.conv(input=x)),
        lambda net, x: F.batch_norm(net.conv(x), net.bn.running_mean, net.bn.running_var),
    ],
)
def test_a_result_used_twice_or_otherwise(forward):
    check(Net(forward, conv=conv(), bn=nn.BatchNorm2d(4)), X)


def test_what_is_used_twice_is_computed_twice_once_only():
    model = Net(lambda net, x: (y := net.conv(x), net.bn(y) * y)[1],
                conv=conv(), bn=nn.BatchNorm2d(4))
    computed = []
    mc.prepare(model, X)
    second_way = model.conv._prepared
    second_way.compute = lambda work, compute=second_way.compute: (
        computed.append(work.stage), compute(work))[1]
    with mc.no_grad():
        model(X)
    assert computed == [0]


def test_results_of_any_structure():
    def forward(net, x):
        y = net.conv(x)
        return {"y": y, "more": [net.bn(y), (x, None, 3)]}

    model = Net(forward, conv=conv(), bn=nn.BatchNorm2d(4))
    with mc.no_grad():
        expected = model(X)
        mc.prepare(model, X)
        got = model(X)
    assert error(expected["y"], got["y"]) < 1e-6
    assert error(expected["more"][0], got["more"][0]) < 1e-6
    assert type(got["y"]) is type(got["more"][0]) is mc.Tensor
    assert got["more"][1] == (X, None, 3)


def test_hooks_see_the_numbers_they_saw_before():
    model = trained(nn.Sequential(conv(), nn.BatchNorm2d(4), nn.ReLU()))
    kept = []
    handle = model[0].register_forward_hook(lambda module, args, output: kept.append(output))
    with mc.no_grad():
        model(X)
        mc.prepare(model, X)
        model(X)
        assert error(kept[0], kept[-1]) < 1e-6
        handle.remove()
        model[1].register_forward_hook(lambda module, args, output: output * 2)
        got = model(X)
        assert error(nn.Sequential(*model[:2])(X).relu(), got) < 1e-6


def test_what_a_forward_keeps_has_its_numbers_when_the_call_is_over():
    def forward(net, x):
        net.run_kept = y = net.conv(x)
        return F.relu(net.bn(y))

    model = Net(forward, conv=conv(), bn=nn.BatchNorm2d(4))
    x = images(2, 4, 9, 7)
    mc.prepare(model, x)
    with mc.no_grad():
        model(x)
        expected = model.conv(x)
        x.data[...] = 0
    assert error(expected, model.run_kept) < 1e-6
    assert error(expected, copy.deepcopy(model.run_kept)) < 1e-6
    assert error(expected, pickle.loads(pickle.dumps(model.run_kept))) < 1e-6


def test_other_sizes_and_batches_afterwards():
    model = trained(SMALL["resnet50"][0](mc))
    sizes = [(1, 3, 32, 32), (3, 3, 48, 40), (1, 3, 64, 64), (0, 3, 32, 32)]
    with mc.no_grad():
        expected = [model(images(*size)) for size in sizes]
        mc.prepare(model, images(1, 3, 40, 40))
        for size, y in zip(sizes, expected, strict=True):
            got = model(images(*size))
            assert got.shape == y.shape
            assert y.data.size == 0 or error(y, got) < 1e-5


def test_nan_and_infinity_stay():
    model = trained(nn.Sequential(conv(), nn.BatchNorm2d(4), nn.ReLU()))
    x = images(1, 4, 20, 20)
    mc.prepare(model, x)
    x.data[0, 1, 3, 4] = np.nan
    with mc.no_grad():
        got = model(x).data
    assert np.isnan(got[0, :, 2:5, 3:6]).all() and np.isnan(got).sum() == 4 * 9


layer = st.sampled_from(["conv", "conv16", "norm", "relu", "add", "pool", "twice", "f_relu"])


@given(st.lists(layer, min_size=1, max_size=8), st.integers(0, 99))
def test_random_networks(names, seed):
    def forward(net, x):
        before = x
        for i, name in enumerate(names):
            if name == "add":
                x = x + before if x.shape == before.shape else x
            elif name == "twice":
                x = mc.cat([x, x[:, :2] * 0.5], 1)
                before = x
            elif name == "f_relu":
                x = F.relu(x)
            else:
                before, x = x, net.get_submodule(f"{name}{i}")(x)
        return x

    layers, channels = {}, 3
    for i, name in enumerate(names):
        if name in ("conv", "conv16"):
            out = 16 if name == "conv16" else 3 + (i + seed) % 4
            layers[f"{name}{i}"] = conv(channels, out, bias=bool((seed + i) % 2))
            channels = out
        elif name == "norm":
            layers[f"norm{i}"] = nn.BatchNorm2d(channels)
        elif name == "relu":
            layers[f"relu{i}"] = nn.ReLU()
        elif name == "pool":
            layers[f"pool{i}"] = nn.MaxPool2d(2, 1)
        elif name == "twice":
            channels += 2
    if not any(name.startswith(("conv", "norm")) for name in layers):
        layers["norm"] = nn.BatchNorm2d(3)  # so that there are weights
    check(Net(forward, **layers), images(1 + seed % 2, 3, 11 + seed % 3, 12, seed=seed))


# When it serves -----------------------------------------------------------------------------------


def prepared_small():
    model = trained(nn.Sequential(conv(), nn.BatchNorm2d(4), nn.ReLU(), conv(4, 2, bias=True)))
    return model, mc.prepare(model, X)


def test_train_undoes_it():
    model, _ = prepared_small()
    plain = copy.deepcopy(model)
    for net in (model, plain):
        net.train()
        net(X).sum().backward()
        net.eval()
    assert all(m._prepared is None for m in model.modules())
    for p, q in zip(model.parameters(), plain.parameters(), strict=True):
        assert np.array_equal(p.grad, q.grad)
    assert np.array_equal(model(X).data, plain(X).data)


def test_eval_does_not():
    model, report = prepared_small()
    assert model.eval()._prepared is report


def test_part_of_it_in_training_mode_computes_as_that_does():
    model, _ = prepared_small()
    model[1].train()
    plain = copy.deepcopy(model)
    with mc.no_grad():
        assert error(plain(X), model(X)) < 1e-5
    assert not np.array_equal(model[1].running_mean.data, np.zeros(4, "f4"))
    np.testing.assert_allclose(plain[1].running_mean.data, model[1].running_mean.data, rtol=1e-5)


def test_gradients_are_those_of_the_model():
    model, _ = prepared_small()
    plain = copy.deepcopy(model)
    for net in (model, plain):
        net(X).sum().backward()
    for p, q in zip(model.parameters(), plain.parameters(), strict=True):
        assert np.array_equal(p.grad, q.grad)


def test_gradients_enabled_inside_a_forward():
    def forward(net, x):
        with mc.enable_grad():
            return net.bn(net.conv(x))

    model = Net(forward, conv=conv(), bn=nn.BatchNorm2d(4))
    mc.prepare(model, X)
    with mc.no_grad():
        assert model(X).creator is not None


def test_copies_are_not_prepared():
    model, _ = prepared_small()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert all(m._prepared is None for m in twin.modules())
        with mc.no_grad():
            assert error(twin(X), model(X)) < 1e-5
    assert model._prepared is not None


def test_new_arrays_are_noticed():
    model, _ = prepared_small()
    state = {name: value * 2 for name, value in model.state_dict().items()}
    model.load_state_dict(state)
    plain = copy.deepcopy(model)
    with mc.no_grad():
        assert np.array_equal(model(X).data, plain(X).data)
        model.double()
        x = X.to("float64")
        assert np.array_equal(model(x).data, copy.deepcopy(model)(x).data)
    mc.prepare(model, x)
    model[0].weight = nn.Parameter(np.zeros(model[0].weight.shape))
    with mc.no_grad():
        assert error(copy.deepcopy(model)(x), model(x)) < 1e-12


def test_what_is_kept_is_a_snapshot():
    model, _ = prepared_small()
    with mc.no_grad():
        before = model(X)
        model[0].weight.data[...] = 0
        assert np.array_equal(model(X).data, before.data)
        mc.prepare(model, X)
        assert error(copy.deepcopy(model)(X), model(X)) < 1e-5


def test_a_part_called_alone_computes_as_ever():
    model, _ = prepared_small()
    with mc.no_grad():
        assert type(model[0](X)) is mc.Tensor
        assert np.array_equal(model[0](X).data, copy.deepcopy(model)[0](X).data)


def test_a_prepared_part_of_a_prepared_model():
    inner, _ = prepared_small()
    outer = nn.Sequential(inner, nn.ReLU()).eval()
    with mc.no_grad():
        assert error(F.relu(copy.deepcopy(inner)(X)), outer(X)) < 1e-5
    report = check(outer, X)
    assert (report.norms, report.relus) == (1, 2)
    assert outer[0] is inner


@pytest.mark.parametrize("name", ["direct", "sparse", "im2col", "cpp", "cpp-direct"])
def test_every_kernel(name):
    if mc.kernels.available()[name] is not None:
        pytest.skip(mc.kernels.available()[name])
    with mc.use_kernel(name):
        def forward(net, x):
            return F.relu(F.relu(net.bn1(net.conv(x))) + net.bn2(net.conv(x)))

        model = Net(forward, conv=conv(), bn1=nn.BatchNorm2d(4), bn2=nn.BatchNorm2d(4))
        report = check(model, images(1, 4, 6, 5))
    assert (report.norms, report.relus, report.additions) == (2, 2, 1)
    assert (report.bytes > 0) == name.startswith("cpp")


def test_without_the_extension_it_folds_and_says_so(monkeypatch):
    from minicnn.kernels import cpp

    monkeypatch.setattr(cpp, "_why_missing", "not here")
    report = prepared_small()[1]
    assert report.norms == 1 and report.bytes == 0
    assert "no filters kept, for the C++ extension is missing" in str(report)


def test_threads():
    model = trained(SMALL["resnet50"][0](mc))
    inputs = [images(1, 3, 32, 32, seed=k) for k in range(4)]
    with mc.no_grad():
        expected = [model(x) for x in inputs]
    mc.prepare(model)
    failures = []

    def predict(k):
        try:
            with mc.no_grad():
                for _ in range(5):
                    assert error(expected[k], model(inputs[k])) < 1e-5
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=predict, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_an_error_inside_leaves_nothing_behind():
    def forward(net, x):
        net.conv(x)
        raise KeyError("mine")

    model = Net(forward, conv=conv())
    mc.prepare(model)
    with mc.no_grad():
        for _ in range(2):
            with pytest.raises(KeyError, match="mine"):
                model(X)
        assert type(model.conv(X)) is mc.Tensor
        with pytest.raises(ValueError, match="channels"):
            mc.prepare(trained(nn.Sequential(conv(3))), X)


def test_wrong_shapes_raise_what_they_raised():
    model, _ = prepared_small()
    for x in (images(1, 3, 5, 5), images(4, 5, 5), images(1, 4, 5, 5, dtype="float64")):
        with mc.no_grad():
            with pytest.raises((TypeError, ValueError)) as plain:
                copy.deepcopy(model)(x)
            with pytest.raises(plain.type) as prepared:
                model(x)
        assert str(prepared.value) == str(plain.value)


# When it cannot -----------------------------------------------------------------------------------


def noisy():
    rng = np.random.default_rng(0)
    return Net(lambda net, x: net.conv(x) + float(rng.random()), conv=conv())


def test_results_that_differ_undo_it():
    model = noisy()
    with pytest.raises(RuntimeError, match="undone: prepared, the model's result differs by"):
        mc.prepare(model, X)
    assert all(m._prepared is None for m in model.modules())
    report = mc.prepare(model)
    with mc.no_grad(), pytest.warns(RuntimeWarning, match="undone"):
        assert model(X).shape == X.shape
    assert "undone" in str(report)
    assert all(m._prepared is None for m in model.modules())


def test_training_mode_and_what_is_no_module_are_refused():
    model = nn.Sequential(conv(), nn.BatchNorm2d(4))
    with pytest.raises(RuntimeError, match=r"the model is in training mode.*model.eval\(\)"):
        mc.prepare(model)
    model.eval()
    model[1].train()
    with pytest.raises(RuntimeError, match=r"BatchNorm2d '1' is in training mode"):
        mc.prepare(model)
    with pytest.raises(TypeError, match="expected a Module, got int"):
        mc.prepare(3)


def test_batch_norm_of_the_batch_is_left_alone():
    model = trained(nn.Sequential(conv(), nn.BatchNorm2d(4, track_running_stats=False)))
    report = check(model, X)
    assert (report.norms, report.separate) == (0, 0)


def test_a_subclass_with_a_forward_of_its_own():
    class Doubled(nn.Conv2d):
        def forward(self, input):
            return 2 * super().forward(input)

    assert check(trained(nn.Sequential(Doubled(4, 4, 3), nn.BatchNorm2d(4))), X).norms == 0


def test_no_warnings_in_the_usual_case():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepared_small()


# The extension's class, called directly -----------------------------------------------------------

ARGUMENTS = {"output": (3, 3), "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1}


@pytest.fixture
def ext():
    return pytest.importorskip("minicnn._ext", reason="the C++ extension was not built")


@pytest.mark.parametrize(
    "w, bias, algorithm, message",
    [
        ("text", None, "direct", "w must be"),
        (np.zeros((2, 3)), None, "direct", r"w must be \(O, C/groups, \*kernel\)"),
        (np.zeros((2, 3, 1)), np.zeros(3), "direct", "one value for each of the 2 filters"),
        (np.zeros((2, 3, 1)), np.zeros(2, "f4"), "direct", "float"),
        (np.zeros((2, 3, 1)).T, None, "direct", "contiguous"),
        (np.zeros((2, 3, 1)), None, "fast", "algorithm must be 'direct' or 'winograd'"),
    ],
)
def test_the_class_checks_what_it_keeps(ext, w, bias, algorithm, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ext.PreparedConvolution(w, bias, algorithm)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"x": np.zeros((1, 2, 3, 3))}, "float"),
        ({"x": np.zeros((1, 3, 3, 3), "f4")}, "x must have 2 channels"),
        ({"x": np.zeros((1, 2, 3), "f4")}, "x must"),
        ({"added": np.zeros((1, 2, 3, 4), "f4")}, "added must have the result's shape"),
        ({"added": np.zeros((1, 2, 3, 3))}, "float"),
        ({"groups": 2}, "x must have 4 channels"),
        ({"stride": (0, 1)}, "stride"),
        ({"output": (3,)}, "must"),
        ({"output": (2**30, 2**30)}, "too|large|elements|most"),
    ],
)
def test_the_class_checks_what_it_computes_with(ext, change, message):
    kept = ext.PreparedConvolution(np.zeros((2, 2, 1, 1), "f4"), None)
    with pytest.raises((TypeError, ValueError, MemoryError), match=message):
        kept.forward(**{"x": np.zeros((1, 2, 3, 3), "f4"), **ARGUMENTS, **change})


@given(st.data())
def test_the_class_computes_what_the_function_does(data):
    ext = pytest.importorskip("minicnn._ext", reason="the C++ extension was not built")
    draw = data.draw
    axes, groups = draw(st.integers(1, 3)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    several = lambda low, high: tuple(draw(st.integers(low, high)) for _ in range(axes))  # noqa: E731
    kernel = (3, 3) if axes == 2 and draw(st.booleans()) else several(1, 3)
    stride, padding, dilation = several(1, 2), several(0, 2), several(1, 2)
    if draw(st.booleans()):
        stride = dilation = (1,) * axes  # Winograd's
    channels, out = (groups * draw(st.sampled_from([0, 1, 3, 8, 16, 20])) for _ in range(2))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    dtype = draw(st.sampled_from(["f4", "f4", "f8"]))
    array = lambda *shape: rng.standard_normal(shape).astype(dtype)  # noqa: E731
    w = array(out, channels // groups, *kernel)
    bias = array(out) if draw(st.booleans()) else None
    algorithm = draw(st.sampled_from(["winograd", "direct"]))
    kept = ext.PreparedConvolution(w, bias, algorithm)
    for _ in range(2):  # of two sizes
        output = several(0, 20 if axes < 3 else 5)
        size = tuple(
            max(0, (o - 1) * s + (k - 1) * d + 1 - 2 * p)
            for o, s, k, d, p in zip(output, stride, kernel, dilation, padding, strict=True)
        )
        settings = output, stride, padding, dilation, groups
        x = array(draw(st.sampled_from([0, 1, 2, 3, 17])), channels, *size)
        expected = ext.conv_forward(x, w, bias, *settings, algorithm)
        assert np.array_equal(kept.forward(x, *settings), expected)
        added = array(*expected.shape)
        assert np.array_equal(kept.forward(x, *settings, added), expected + added)
        relu = np.maximum(expected + added, 0)
        assert np.array_equal(kept.forward(x, *settings, added, True), relu)
        assert np.array_equal(
            kept.forward(x, *settings, relu=True), np.maximum(expected, 0)
        )


def test_batch_norm_and_relu_in_one_pass(ext):
    for shape in ((3, 5), (2, 5, 1), (2, 5, 7, 3), (2, 5, 40, 40), (0, 5, 2)):
        x = images(*shape).data
        numbers = [images(5, seed=k).data for k in range(3)]
        for mean, scale, shift in (numbers, (None, numbers[1], None)):
            y = ext.batch_norm(x, mean, scale, shift)
            assert np.array_equal(
                ext.batch_norm(x, mean, scale, shift, True), np.maximum(y, 0)
            )
            reference = mc.kernels.arrays.batch_norm(x, mean, scale, shift, relu=True)
            np.testing.assert_allclose(np.maximum(y, 0), reference, rtol=1e-5, atol=1e-6)
