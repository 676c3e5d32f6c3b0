"""The cases: the same numbers and the same networks for every rival."""

import numpy as np
import pytest

import minicnn as mc
from benchmarks import around, classifiers, engines, inference, ladder, networks, training
from benchmarks.conv import LARGE
from benchmarks.layers import LAYERS, SHRUNKEN
from benchmarks.operations import Input, Operation


def test_shrunken_layers_keep_what_makes_the_layer():
    assert list(LAYERS) == list(SHRUNKEN)
    assert set(LARGE) < set(LAYERS)
    for name, layer in LAYERS.items():
        small = SHRUNKEN[name]
        assert (small.A, small.stride, small.padding) == (layer.A, layer.stride, layer.padding)
        assert small.flops <= 2 * 200_000  # triples that plain Python visits in a moment


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_the_arrays_that_it_says(name):
    layer = SHRUNKEN[name]
    operation = layer.operation(gradients=True)
    x, w = operation.arrays()
    np.testing.assert_array_equal(x, operation.arrays()[0])  # the same for every rival
    padded = layer.H + 2 * layer.padding
    assert (layer.P - 1) * layer.stride + layer.A <= padded  # the last window fits
    assert layer.P * layer.stride + layer.A > padded  # and the next one would not
    assert layer.flops == 2 * layer.N * layer.O * layer.P**2 * w[0].size
    assert operation.operations == 3 * layer.flops
    assert layer.operation(gradients=False).operations == layer.flops
    assert x.dtype == w.dtype == np.float32


def test_the_intensity_counts_each_number_once():
    layer = SHRUNKEN["lenet2"]  # 1,8,10×10 → 16, 5×5: 800 + 3200 + 576 numbers
    assert ladder.intensity(layer) == layer.flops / (4 * (800 + 3200 + 576))


def test_inputs_of_each_kind():
    rng = np.random.default_rng(0)
    labels = Input("labels", (1000,), classes=3)
    assert set(labels.array(rng)) == {0, 1, 2} and not labels.gradient
    constant = Input("var", (4,), constant=1)
    np.testing.assert_array_equal(constant.array(rng), np.ones(4, "f4"))
    assert not constant.gradient
    assert Input("x", (10_000,), scale=3.0).array(rng).std() == pytest.approx(3, rel=0.1)


def test_an_operation_with_its_gradients(engine):
    work = Operation("double", lambda lib: lambda x: x * 2, (Input("x", (3, 4)),)).work(engine)
    x, g = work.inputs
    x[...], g[...] = 1, 5  # in place: what a race changes is what the operation reads
    found = work.results()
    assert sorted(found) == ["gx", "y"]
    np.testing.assert_array_equal(found["y"], np.full((3, 4), 2.0))
    np.testing.assert_array_equal(found["gx"], np.full((3, 4), 10.0))
    work.call()
    np.testing.assert_array_equal(work.results()["gx"], found["gx"])  # not added up


@pytest.fixture(params=["minicnn", "torch"])
def engine(request):
    if request.param == "torch":
        pytest.importorskip("torch", reason="the rival")
        return engines.PyTorch(threads=1)
    return engines.Minicnn(threads=mc.get_num_threads())


# What stands round the convolutions --------------------------------------------------------------


def test_dropouts_results_without_their_chance():
    rng = np.random.default_rng(0)
    x, g = rng.standard_normal((2, 100_000))
    mask = 2.0 * (rng.random(x.shape) < 0.5)
    inputs = {"x": x, "g": g}
    found = around.whatever_was_dropped(inputs, {"y": x * mask, "gx": g * mask})
    np.testing.assert_array_equal(found["y"], x)
    np.testing.assert_array_equal(found["gx"], g)
    assert found["kept"] == 1

    other = 2.0 * (rng.random(x.shape) < 0.5)  # the gradient by another mask
    found = around.whatever_was_dropped(inputs, {"y": x * mask, "gx": g * other})
    assert np.isnan(found["gx"]).any() and (found["gx"] == 0).any()
    half = around.whatever_was_dropped(inputs, {"y": x * mask / 2, "gx": g * mask})
    assert not np.allclose(half["y"], x)
    rarely = 2.0 * (rng.random(x.shape) < 0.4)
    found = around.whatever_was_dropped(inputs, {"y": x * rarely, "gx": g * rarely})
    assert found["kept"] == pytest.approx(0.4, abs=0.01)


# Networks ---------------------------------------------------------------------------------------

SMALL = {
    **{name: step.build for name, step in training.steps(tiny=True).items()},
    **{name: case.build for name, case in inference.networks(tiny=True).items()},
}


@pytest.mark.parametrize("name", SMALL)
def test_both_engines_build_the_same_network(name):
    torch = pytest.importorskip("torch", reason="the rival")
    ours, theirs = (engines.shapes(SMALL[name](lib)) for lib in (mc, torch))
    assert ours == theirs


@pytest.mark.parametrize(
    "build, count",
    [
        (networks.lecture, 62_958),
        (networks.resnet20, 269_722),
        (classifiers.vgg16, 138_357_544),
        (classifiers.resnet50, 25_557_032),
        (classifiers.densenet121, 7_978_856),
    ],
)
def test_networks_have_their_papers_parameters(build, count):
    torch = pytest.importorskip("torch", reason="it counts without memory for the numbers")
    with torch.device("meta"):
        assert sum(p.numel() for p in build(torch).parameters()) == count


def test_weights_are_those_of_their_kind():
    wanted = {
        "0.weight": (64, 32, 3, 3), "0.bias": (64,),
        "1.weight": (64,), "1.bias": (64,), "1.running_mean": (64,), "1.running_var": (64,),
        "9.weight": (10, 64), "9.bias": (10,),
    }  # fmt: skip
    kinds = ("fresh", "he", "trained")
    fresh, he, trained = (engines.seeded_weights(wanted, kind) for kind in kinds)
    for values in (fresh, he):  # batch norm as the identity
        assert [set(values[f"1.{n}"]) for n in ("weight", "bias", "running_mean", "running_var")] \
            == [{1}, {0}, {0}, {1}]  # fmt: skip
    bound = 288**-0.5
    for name in ("0.weight", "0.bias"):
        assert 0.9 * bound < abs(fresh[name]).max() <= bound
    for values in (he, trained):
        assert values["0.weight"].std() == pytest.approx((2 / 288) ** 0.5, rel=0.02)
    assert set(he["0.bias"]) == {0}
    np.testing.assert_array_equal(he["9.weight"], fresh["9.weight"])
    assert trained["1.running_var"].min() > 0.7 and len(set(trained["1.running_var"])) > 1
    np.testing.assert_array_equal(he["0.weight"], trained["0.weight"])


def test_a_step_can_be_taken_back(engine):
    work = training.steps(tiny=True)["lecture"].work(engine)
    first = float(work.call().item())
    assert float(work.call().item()) != first
    work.reset()
    assert float(work.call().item()) == pytest.approx(first)
    losses = work.results()
    assert list(losses) == [f"loss {i}" for i in range(1, 11)]
    assert losses["loss 1"] == pytest.approx(first)
    assert len(set(map(float, losses.values()))) == 10
    for _ in range(3):  # momentum, which is to be forgotten
        work.call()
    again = work.results()
    assert [float(v) for v in again.values()] == pytest.approx([float(v) for v in losses.values()])
