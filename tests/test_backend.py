"""Which library an array belongs to, and that nothing moves unless asked to."""

import subprocess
import sys
import types

import numpy as np
import pytest
import strict_array

import minicnn as mc
from minicnn import backend


def test_numpy():
    array = np.zeros(2)
    assert backend.is_array(array) and backend.array_module(array) is np
    assert backend.device_of(array) == "cpu" and backend.module_for("cpu") is np
    assert backend.to_numpy(array) is array and backend.to_device(array, "cpu") is array
    assert backend.is_on(array, "cpu")


@pytest.mark.parametrize("value", [1.0, [1.0], None, "a", np.float64(1), mc.tensor(1.0)], ids=repr)
def test_no_arrays(value):
    assert not backend.is_array(value)
    for ask in (backend.backend_of, backend.array_module, backend.device_of, backend.to_numpy):
        with pytest.raises(TypeError, match=f"NumPy or CuPy array, got {type(value).__name__}"):
            ask(value)


def test_subclasses_belong_to_their_base():
    assert backend.device_of(np.ma.zeros(2)) == "cpu"


def test_a_registered_backend():
    there = backend.to_device(np.arange(3.0), "strict")
    assert type(there) is strict_array.StrictArray
    assert backend.array_module(there) is strict_array.xp
    assert backend.is_on(there, "strict") and backend.is_on(there, "strict:0")
    assert not backend.is_on(there, "strict:1") and not backend.is_on(there, "cpu")
    assert backend.to_device(there, "strict:0") is there
    back = backend.to_device(there, "cpu")
    assert type(back) is np.ndarray and back.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("device", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cpu:1.5", "CPU"])
def test_devices_that_do_not_exist(device):
    for ask in (backend.module_for, lambda d: backend.to_device(np.zeros(1), d)):
        with pytest.raises(ValueError, match=f"unknown device '{device}'.*'cpu', 'cuda'"):
            ask(device)


@pytest.mark.parametrize("device", [0, None, np.float32])
def test_devices_are_named(device):
    with pytest.raises(TypeError, match="a device is a string such as 'cpu'"):
        backend.module_for(device)


@pytest.fixture
def forget_cupy(monkeypatch):
    """As if CuPy had never been asked for."""
    monkeypatch.setattr(backend, "_backends", {"cpu": backend._backends["cpu"]})
    monkeypatch.setattr(backend, "_by_type", dict(backend._by_type))


def test_without_cupy(monkeypatch, forget_cupy):
    monkeypatch.setitem(sys.modules, "cupy", None)
    for ask in (lambda: mc.zeros(2, device="cuda"), lambda: mc.tensor([1.0]).cuda(),
                lambda: mc.tensor([1.0], device="cuda:1")):
        with pytest.raises(RuntimeError, match=r"CuPy is not installed.*minicnn\[cuda12\]"):
            ask()
    assert "pip install 'minicnn[cuda12]'" in backend.gpu_report()


class NoGPU(Exception):
    """What CuPy raises where there is no GPU."""


def cupy_without_a_gpu():
    """The few names of CuPy that are looked at before a GPU is."""
    cupy = types.ModuleType("cupy")

    class Runtime:
        CUDARuntimeError = NoGPU

        @staticmethod
        def getDeviceCount():
            raise NoGPU("cudaErrorNoDevice: no CUDA-capable device is detected")

    def device(number):
        raise NoGPU("cudaErrorNoDevice: no CUDA-capable device is detected")

    cupy.ndarray = type("ndarray", (), {"__module__": "cupy"})
    cupy.cuda = types.SimpleNamespace(runtime=Runtime, Device=device)
    cupy.asnumpy, cupy.__version__ = None, "14.2.0"
    return cupy


def test_cupy_without_a_gpu(monkeypatch, forget_cupy):
    monkeypatch.setitem(sys.modules, "cupy", cupy_without_a_gpu())
    with pytest.raises(RuntimeError, match=r"device 'cuda:1' cannot be used.*cudaErrorNoDevice"):
        backend.to_device(np.zeros(2), "cuda:1")
    assert "finds no usable GPU" in backend.gpu_report() and "14.2.0" in backend.gpu_report()


def test_an_array_of_cupy_registers_it(monkeypatch, forget_cupy):
    cupy = cupy_without_a_gpu()
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    assert backend.is_array(cupy.ndarray()) and backend.array_module(cupy.ndarray()) is cupy


def test_importing_imports_no_gpu_and_no_pictures():
    code = (
        "import sys, minicnn; "
        "print([m for m in ('cupy', 'matplotlib', 'sklearn', 'torch', 'tqdm') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cupy_is_loaded_is_the_truth():
    assert backend.cupy_is_loaded() == ("cupy" in sys.modules)
