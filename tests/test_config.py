"""show_config and the thread count, with the C++ extension and without."""

import io
import os
import platform

import numpy as np
import pytest
import scipy

import minicnn
from minicnn import config, kernels


@pytest.fixture
def without_extension(monkeypatch):
    """As after an install without a compiler."""
    reason = "the C++ extension was not built; run: pip install something"
    monkeypatch.setattr(config, "_extension", lambda: None)
    monkeypatch.setattr(config, "_threads", 3)
    monkeypatch.setattr(kernels, "available", lambda: {"direct": None, "cpp": reason})
    return reason


@pytest.fixture
def threads():
    """The setting is put back afterwards."""
    before = config.get_num_threads()
    yield
    config.set_num_threads(before)


def shown():
    file = io.StringIO()
    assert config.show_config(file) is None
    return file.getvalue()


def test_show_config_names_versions_kernels_and_threads(threads):
    config.set_num_threads(5)
    text = shown()
    for version in (minicnn.__version__, platform.python_version(), np.__version__,
                    scipy.__version__):
        assert version in text
    lines = [line.split(maxsplit=1) for line in text.splitlines()]
    assert ["threads", "5"] in lines
    for name, missing in kernels.available().items():
        assert [name, "available" if missing is None else f"missing: {missing}"] in lines
    assert "GPU" in text


def test_show_config_prints_to_standard_output(capsys):
    config.show_config()
    assert capsys.readouterr().out == shown()


def test_show_config_says_why_a_kernel_is_missing_and_how_to_get_it(without_extension):
    text = shown()
    assert f"missing: {without_extension}" in text
    assert "direct          available" in text
    assert "loaded          no: see 'cpp' above" in text


def test_show_config_names_the_compiler():
    extension = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")
    built, text = extension.build_info(), shown()
    for key in ("compiler", "standard", "instruction_set"):
        assert built[key] in text


@pytest.mark.parametrize("extension", ["as it is", "missing"])
def test_the_thread_count_is_remembered(extension, threads, request):
    if extension == "missing":
        request.getfixturevalue("without_extension")
    for n in (1, 2, np.int64(7), 4096):
        config.set_num_threads(n)
        assert config.get_num_threads() == n


def test_the_extension_hears_of_it(threads):
    extension = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")
    config.set_num_threads(6)
    assert extension.get_num_threads() == 6


@pytest.mark.parametrize("extension", ["as it is", "missing"])
@pytest.mark.parametrize("n, error", [
    (0, ValueError), (-3, ValueError), (4097, ValueError), (2**70, ValueError),
    (True, TypeError), (np.True_, TypeError), (2.0, TypeError), ("2", TypeError), (None, TypeError),
], ids=str)
def test_wrong_thread_counts_are_refused(extension, n, error, request):
    if extension == "missing":
        request.getfixturevalue("without_extension")
    before = config.get_num_threads()
    with pytest.raises(error, match="number of threads.*got"):
        config.set_num_threads(n)
    assert config.get_num_threads() == before


@pytest.mark.parametrize("setting, expected", [
    ("37", 37), ("37,2", 37), (" 37 ", 37), ("0", None), ("-2", None), ("37x", None), ("", None),
    ("99999999999999999999", None), (None, None),
])
def test_without_the_extension_the_default_is_the_same(setting, expected, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if setting is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", setting)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert config._default_threads() == (expected or usable)
