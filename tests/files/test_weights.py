"""Weights in files: what comes back is what was saved; what does not fit changes nothing."""

import sys

import numpy as np
import pytest
from hostile_files import Payload, claim, damaged, little_memory, npy_bytes, zip_bytes
from strict_array import StrictArray

import minicnn as mc
from minicnn import nn

SUFFIXES = (".npz", ".safetensors")


@pytest.fixture(params=SUFFIXES)
def suffix(request):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    return request.param


@pytest.fixture
def safetensors():
    return pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")


def network(nn=nn):
    """A small network with parameters and running statistics, in minicnn or in PyTorch."""
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(),
        nn.Linear(3 * 4 * 4, 5), nn.BatchNorm1d(5),
    )


def trained(seed=0, dtype="float32"):
    mc.manual_seed(seed)
    model = network().to(dtype)
    model(mc.randn(8, 1, 6, 6, dtype=dtype))  # moves the running statistics
    return model


def bits(model):
    """Everything that a file could change, bit for bit."""
    return {name: (a.shape, a.dtype, a.tobytes()) for name, a in model.state_dict().items()}


def refused(model, path, *messages, strict=True):
    """Loading raises a ValueError that says all this, and changes nothing."""
    before, arrays = bits(model), [t.data for t in (*model.parameters(), *model.buffers())]
    with pytest.raises(ValueError) as caught:
        mc.load_weights(model, path, strict)
    assert bits(model) == before
    after = [t.data for t in (*model.parameters(), *model.buffers())]
    assert all(a is b for a, b in zip(after, arrays, strict=True))
    for message in (path.name, *messages):
        assert message in str(caught.value)


# -- what is saved comes back -------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_round_trip(tmp_path, suffix, dtype):
    model, other = trained(1, dtype), trained(2, dtype)
    path = tmp_path / f"w{suffix}"
    assert mc.save_weights(model, path) is None
    assert bits(other) != bits(model)
    assert mc.load_weights(other, str(path)) == ([], [])
    assert bits(other) == bits(model)
    x = mc.randn(2, 1, 6, 6, dtype=dtype)
    np.testing.assert_array_equal(model.eval()(x).numpy(), other.eval()(x).numpy())


def test_every_bit_pattern_comes_back(tmp_path, suffix):
    model = nn.Linear(6, 1, bias=False)
    odd = np.array([[np.nan, -0.0, np.inf, -np.inf, 1e-45, 3.4e38]], "float32")
    odd.view("u4")[0, 0] = 0x7FC12345  # a NaN with a payload
    model.weight.data = odd
    mc.save_weights(model, tmp_path / f"w{suffix}")
    other = nn.Linear(6, 1, bias=False)
    mc.load_weights(other, tmp_path / f"w{suffix}")
    assert other.weight.data.tobytes() == odd.tobytes()


ODD = {
    "Fortran order": np.asfortranarray,
    "every second column": lambda a: np.repeat(a, 2, 1)[:, ::2],
    "backwards": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
    "big-endian": lambda a: a.astype(">f4"),
    "one row many times": lambda a: np.broadcast_to(a[:1], a.shape),
}


@pytest.mark.parametrize("layout", ODD)
def test_arrays_of_any_layout(tmp_path, suffix, layout):
    model, other = nn.Linear(4, 3), nn.Linear(4, 3)
    array = ODD[layout](model.weight.data)
    model.weight.data = array
    mc.save_weights(model, tmp_path / f"w{suffix}")
    mc.load_weights(other, tmp_path / f"w{suffix}")
    np.testing.assert_array_equal(other.weight.data, array)
    assert other.weight.data.flags["C_CONTIGUOUS"] and other.weight.data.dtype == np.float32

    model.state_dict = lambda: {"weight": array, "bias": np.float64(3) * np.ones(3)}  # not copied
    mc.save_weights(model, tmp_path / f"w{suffix}")
    mc.load_weights(other, tmp_path / f"w{suffix}")
    np.testing.assert_array_equal(other.weight.data, array)
    assert (other.bias.data == 3).all()


def module_with(names):
    module = nn.Module()
    for i, name in enumerate(names):
        module.register_buffer(name, mc.tensor([float(i)]))
    return module


def test_any_name(tmp_path, suffix):
    names = ["file", "allow_pickle", "self", "arr_0", "a/b", "/up", "Größe", "x npy", "{}"]
    path = tmp_path / f"w{suffix}"
    mc.save_weights(module_with(names), path)
    model = module_with(names)
    for buffer in model.buffers():
        buffer.data[...] = -1
    mc.load_weights(model, path)
    assert [b.item() for b in model.buffers()] == list(range(len(names)))
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def odd_module(value):
    module = nn.Module()
    module.scale = nn.Parameter(np.array(value, "float32"))  # no axes
    module.nothing = nn.Parameter(np.zeros((0, 3), "float32"))
    module.register_buffer("count", mc.tensor(int(value)))
    module.register_buffer("mask", mc.tensor([value > 1, False]))
    return module


def test_no_axes_no_entries_integers_and_booleans(tmp_path, suffix):
    mc.save_weights(odd_module(2), tmp_path / f"w{suffix}")
    model = odd_module(1)
    mc.load_weights(model, tmp_path / f"w{suffix}")
    assert bits(model) == bits(odd_module(2)) != bits(odd_module(1))


def test_a_model_without_weights(tmp_path, suffix):
    mc.save_weights(nn.ReLU(), tmp_path / f"w{suffix}")
    assert mc.load_weights(nn.ReLU(), tmp_path / f"w{suffix}") == ([], [])


def test_a_model_on_another_device(tmp_path, suffix):
    path, model, other = tmp_path / f"w{suffix}", trained(1), trained(2).to("strict")
    mc.save_weights(model, path)
    mc.load_weights(other, path)
    assert all(type(t.data) is StrictArray for t in (*other.parameters(), *other.buffers()))
    mc.save_weights(other, path)
    back = trained(3)
    mc.load_weights(back, path)
    assert bits(back) == bits(model)


def test_others_can_read_the_file(tmp_path, safetensors):
    model = trained()
    mc.save_weights(model, tmp_path / "w.npz")
    mc.save_weights(model, tmp_path / "w.safetensors")
    with np.load(tmp_path / "w.npz") as npz:
        for read in (dict(npz), safetensors.load_file(tmp_path / "w.safetensors")):
            assert sorted(read) == sorted(model.state_dict())
            for name, array in model.state_dict().items():
                np.testing.assert_array_equal(read[name], array)


def test_a_pytorch_users_file(tmp_path, torch):
    st = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    theirs = network(torch.nn)
    theirs(torch.randn(8, 1, 6, 6))
    assert "1.num_batches_tracked" in theirs.state_dict()
    st.save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    ours = network()
    assert mc.load_weights(ours, tmp_path / "theirs.safetensors") == ([], [])
    x = np.random.default_rng(0).normal(size=(2, 1, 6, 6)).astype("float32")
    expected = theirs.eval()(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(ours.eval()(mc.tensor(x)).numpy(), expected, rtol=1e-4, atol=1e-5)

    mc.save_weights(ours, tmp_path / "ours.safetensors")
    back = network(torch.nn)
    missing, unexpected = back.load_state_dict(
        st.load_file(tmp_path / "ours.safetensors"), strict=False
    )
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing)
    assert torch.equal(back[4].weight, theirs[4].weight)


# -- dtypes and strictness ----------------------------------------------------------------------


def test_the_models_dtype_stays(tmp_path, suffix):
    double, path = trained(1, "float64"), tmp_path / f"w{suffix}"
    mc.save_weights(double, path)
    single = trained(2)
    mc.load_weights(single, path)
    for name, array in single.state_dict().items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, double.state_dict()[name].astype("float32"))
    mc.save_weights(single, path)
    mc.load_weights(double, path)
    for name, array in double.state_dict().items():
        assert array.dtype == np.float64
        np.testing.assert_array_equal(array, single.state_dict()[name])


def test_floats_do_not_turn_into_integers(tmp_path, suffix):
    def counter(value):
        module = nn.Module()
        module.register_buffer("count", mc.tensor(value))
        return module

    mc.save_weights(counter([2.0]), tmp_path / f"w{suffix}")
    refused(counter([7]), tmp_path / f"w{suffix}", "'count' has dtype float32", "int64")


def test_every_entry_that_does_not_fit_is_named(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    mc.save_weights(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)), path)
    model = nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 2))
    refused(
        model, path, "'0.weight' has shape (2, 3), the model's has (2, 4)",
        "missing in the state dict: '1.weight', '1.bias'", "'2.bias'", "'2.weight'",
    )
    refused(model, path, "'0.weight' has shape", strict=False)


def test_not_strict(tmp_path, suffix):
    path = tmp_path / f"w{suffix}"
    head, old = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2)), nn.ModuleDict()
    old["0"], old["old"] = nn.Linear(3, 2), nn.Linear(7, 7)
    mc.save_weights(old, path)
    before = bits(head[1])
    missing, unexpected = mc.load_weights(head, path, strict=False)
    assert missing == ["1.weight", "1.bias"]
    assert sorted(unexpected) == ["old.bias", "old.weight"]
    assert bits(head[0]) == bits(old["0"]) and bits(head[1]) == before


# -- arguments and files that are wrong ---------------------------------------------------------


def test_wrong_arguments(tmp_path):
    model = nn.Linear(2, 2)
    for call in (mc.save_weights, mc.load_weights):
        for path in ("w.pth", "w", ".npz", "w.npz.gz"):
            with pytest.raises(ValueError, match=r"must end with '\.npz' or '\.safetensors'"):
                call(model, tmp_path / path)
        with pytest.raises(TypeError, match="the model must be a Module, got 'w.npz'"):
            call("w.npz", model)
        with pytest.raises(TypeError, match="the model must be a Module, got <class"):
            call(nn.Linear, tmp_path / "w.npz")
        with pytest.raises(TypeError, match="int"):
            call(model, 3)
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_not_there(tmp_path, suffix):
    model = nn.Linear(2, 2)
    before = bits(model)
    with pytest.raises(FileNotFoundError, match=f"w{suffix}"):
        mc.load_weights(model, tmp_path / f"w{suffix}")
    with pytest.raises(FileNotFoundError, match="the folder .*nowhere does not exist"):
        mc.save_weights(model, tmp_path / "nowhere" / f"w{suffix}")
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    for call in (mc.load_weights, mc.save_weights):
        with pytest.raises(IsADirectoryError, match="folder"):
            call(model, folder)
    assert bits(model) == before and list(tmp_path.iterdir()) == [folder]


def test_the_missing_library_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    model, path = nn.Linear(2, 2), tmp_path / "w.safetensors"
    for call in (mc.save_weights, mc.load_weights):
        with pytest.raises(ImportError, match=r"pip install 'minicnn\[weights\]'"):
            call(model, path)
    assert list(tmp_path.iterdir()) == []
    mc.save_weights(model, tmp_path / "w.npz")  # needs no library


def test_a_pickle_is_never_run(tmp_path):
    model, path = nn.Linear(1, 1), tmp_path / "w.npz"
    payload = npy_bytes(np.array([[Payload(tmp_path / "proof")]]))
    path.write_bytes(zip_bytes([("weight.npy", payload), ("bias.npy", npy_bytes(np.zeros(1)))]))
    refused(model, path, "'weight.npy'", "pickled Python objects, which are never loaded")
    assert not (tmp_path / "proof").exists()


def test_pytorchs_own_files_are_refused(tmp_path, torch):
    torch.save(torch.nn.Linear(2, 2).state_dict(), tmp_path / "w.npz")
    refused(nn.Linear(2, 2), tmp_path / "w.npz", "data.pkl' is no array")


def test_sizes_that_are_claimed_take_no_memory(tmp_path):
    model, path = nn.Linear(2, 2), tmp_path / "w.npz"
    path.write_bytes(zip_bytes([("weight.npy", claim((2**40,))), ("bias.npy", claim((2,)))]))
    with little_memory():
        refused(model, path, "wrong size: shape (1099511627776,)")
    np.savez_compressed(path, weight=np.zeros((10_000, 10_000), "u1"), bias=np.zeros(2))
    with little_memory():
        refused(model, path, "'weight' has shape (10000, 10000), the model's has (2, 2)")
    np.savez_compressed(
        path, weight=np.ones((2, 2)), bias=np.ones(2), bomb=np.zeros(100_000_000, "u1")
    )
    with little_memory():
        refused(model, path, "'bomb'")
        assert mc.load_weights(model, path, strict=False).unexpected_keys == ["bomb"]
    assert model.weight.data.sum() == 4


NOT_SAFETENSORS = {
    "empty": b"",
    "text": b"0.1, 0.2, 0.3\n" * 50,
    "a zip": zip_bytes([("weight.npy", npy_bytes(np.zeros((2, 2))))]),
    "a header of 2**60 bytes": (2**60).to_bytes(8, "little") + b"{}",
    "a header of 50 MB that is not there": (50_000_000).to_bytes(8, "little") + b"{}",
    "no JSON": (4).to_bytes(8, "little") + b"{,,}",
    "nothing behind the header": None,
    "a shape for more bytes than there are": None,
    "a negative shape": None,
    "a shape that no array has": None,
}
HEADERS = {
    "nothing behind the header": b'{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}',
    "a shape for more bytes than there are":
        b'{"weight":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,0]}}',
    "a negative shape": b'{"weight":{"dtype":"F32","shape":[-2],"data_offsets":[0,0]}}',
    "a shape that no array has":
        b'{"weight":{"dtype":"F32","shape":[0,4611686018427387904,9],"data_offsets":[0,0]}}',
}


@pytest.mark.parametrize("case", NOT_SAFETENSORS)
def test_files_that_are_no_safetensors(tmp_path, safetensors, case):
    data = NOT_SAFETENSORS[case]
    if data is None:
        data = len(HEADERS[case]).to_bytes(8, "little") + HEADERS[case]
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    refused(nn.Linear(2, 2), path, "is not a .safetensors file, or was cut off")


@pytest.mark.parametrize("case", ["bfloat16", "float8_e4m3fn"])
def test_dtypes_that_numpy_does_not_have(tmp_path, torch, case):
    st = pytest.importorskip("safetensors.torch", reason="safetensors is not installed")
    path = tmp_path / "w.safetensors"
    state = {
        "weight": torch.zeros(2, 2, dtype=getattr(torch, case)), "bias": torch.ones(2),
    }
    st.save_file(state, path)
    name = {"bfloat16": "BF16", "float8_e4m3fn": "F8_E4M3"}[case]
    model = nn.Linear(2, 2)
    refused(model, path, f"'weight' has dtype {name}, which NumPy does not have", "F32")
    refused(nn.Linear(3, 2), path, "'weight' has shape (2, 2), the model's has (2, 3)")
    state["other"] = state.pop("weight")
    st.save_file(state, path)
    assert mc.load_weights(model, path, strict=False) == (["weight"], ["other"])
    assert (model.bias.data == 1).all()


def test_a_damaged_file_changes_nothing(tmp_path, suffix):
    model, other = trained(1), trained(2)
    path = tmp_path / f"w{suffix}"
    mc.save_weights(model, path)
    good = path.read_bytes()
    right, before = bits(model), bits(other)
    header = 8 + int.from_bytes(good[:8], "little")  # of a .safetensors file
    refusals = 0
    for what, data in damaged(good, flips=500):
        path.write_bytes(data)
        try:
            mc.load_weights(other, path)
        except ValueError:
            refusals += 1
            assert bits(other) == before, what
            continue
        if suffix == ".npz":  # dates and permissions may flip, no number may
            assert bits(other) == right, what
        else:  # the format has no checksum, so numbers may; but then all is loaded
            assert "cut" not in what
            assert [v[:2] for v in bits(other).values()] == [v[:2] for v in right.values()]
            if int(what.split()[1]) >= header:
                changed = [name for name in right if bits(other)[name] != right[name]]
                assert len(changed) == 1, what
        other.load_state_dict(trained(2).state_dict())
        assert bits(other) == before
    assert refusals > 400
