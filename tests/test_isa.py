"""Every instruction set that this machine has computes the same: MINICNN_ISA forces one."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

_ext = pytest.importorskip("minicnn._ext", reason="the C++ extension is not built")

TESTS = Path(__file__).parent
LEVELS = _ext.build_info()["instruction_sets"]


def run(arguments, level):
    environment = {**os.environ, "MINICNN_ISA": level}
    environment.pop("CI", None)  # fewer draws than where the best level is tested
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True,
                          timeout=900, env=environment, cwd=TESTS.parent)


def test_the_levels_are_named_best_first():
    assert LEVELS == [name for name in ("avx512", "avx2", "baseline") if name in LEVELS]
    assert LEVELS[-1] == "baseline"
    asked_for = os.environ.get("MINICNN_ISA") or LEVELS[0]
    assert _ext.build_info()["instruction_set"] == asked_for


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="reads Linux's /proc/cpuinfo")
def test_the_levels_are_those_that_the_system_sees():
    flags = set()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            flags = set(line.partition(":")[2].split())
            break
    avx2 = {"avx2", "fma", "bmi1", "bmi2"}
    needed = {"avx512": avx2 | {"avx512f", "avx512vl", "avx512bw", "avx512dq"}, "avx2": avx2}
    assert LEVELS == [name for name, wanted in needed.items() if wanted <= flags] + ["baseline"]


@pytest.mark.parametrize("level", LEVELS)
def test_the_environment_variable_forces_a_level(level):
    program = "import minicnn as mc; mc.show_config()"
    text = run(["-c", program], level).stdout
    line = next(line for line in text.splitlines() if "instruction set" in line)
    assert line.split("instruction set", 1)[1].split()[0] == level
    assert f"can run {', '.join(LEVELS)}" in line


@pytest.mark.parametrize("level", ["avx1024", "AVX2", " "])
def test_a_level_that_the_machine_lacks_is_refused_in_words(level):
    """The import says so; minicnn goes on without the C++ kernels, and says why."""
    refused = run(["-c", "from minicnn import _ext"], level)
    assert refused.returncode != 0
    message = f"MINICNN_ISA asks for '{level}'; this machine can run: {', '.join(LEVELS)}"
    assert f"ImportError: the environment variable {message}" in refused.stderr
    program = (
        "import numpy as np, minicnn as mc\n"
        "mc.show_config()\n"
        "x = mc.tensor(np.ones((1, 1, 3, 3)))\n"
        "assert mc.functional.conv2d(x, x).item() == 9\n"
        "try: mc.functional.conv2d(x, x, kernel='cpp')\n"
        "except RuntimeError as error: print(error)\n"
    )
    done = run(["-c", program], level)
    assert done.returncode == 0, done.stderr
    assert f"missing: the C++ extension was built, but cannot be loaded: the environment " \
           f"variable {message}" in done.stdout
    assert done.stdout.count(message) >= 2  # and the refused kernel says it too


def test_an_empty_variable_asks_for_nothing():
    done = run(["-c", "from minicnn import _ext; print(_ext.build_info()['instruction_set'])"], "")
    assert done.stdout.strip() == LEVELS[0], done.stderr


# What the other levels compute. The best one (or the one that is forced) runs all of these anyway.
OTHERS = [name for name in LEVELS if name != _ext.build_info()["instruction_set"]]
SELECTIONS = {
    "convolution": ["kernels/test_convolution.py", "-k", "cpp"],
    "the rest": ["kernels/test_cpp.py", "kernels/test_cpp_planes.py", "kernels/test_cpp_points.py",
                 "kernels/test_arrays.py", "test_ext.py", "-k",
                 "not without and not threads and not wrong"],
}


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("level", OTHERS)
def test_every_level_passes_the_kernels_tests(level, selection):
    if selection == "convolution":
        pytest.importorskip("torch", reason="test_convolution.py compares with PyTorch")
    first, *rest = SELECTIONS[selection]
    paths = [word for word in (first, *rest) if word.endswith(".py")]
    options = [word for word in rest if not word.endswith(".py")]
    done = run(["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                *(str(TESTS / path) for path in paths), *options], level)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " passed" in done.stdout


def results():
    """Float64 results that do not depend on the order of sums: small whole numbers."""
    rng = np.random.default_rng(0)

    def whole(*shape):
        return rng.integers(-3, 4, shape).astype(np.float64)

    x, w, g = whole(2, 6, 9, 11), whole(8, 6, 3, 3), whole(2, 8, 9, 11)
    settings = (1, 1), (1, 1), (1, 1), 1
    made = [
        _ext.conv_forward(x, w, None, (9, 11), *settings),
        _ext.conv_input_gradient(g, w, None, (9, 11), *settings),
        _ext.conv_weight_gradient(x, g, (3, 3), *settings),
        _ext.matmul(whole(30, 41), whole(41, 50)),
        _ext.sum(x, 1, 2),
        *_ext.max_pool(x, (2, 2), (4, 5), (2, 2), (0, 0), (1, 1)),
        _ext.dropout(x, 12345, 2**31, 2.0),
    ]
    return "".join(array.tobytes().hex() for array in made)


def test_levels_agree_in_every_bit_where_sums_are_exact():
    mine = results()
    for level in OTHERS:
        program = f"import sys; sys.path.insert(0, {str(TESTS)!r}); import test_isa; " \
                  "print(test_isa.results())"
        assert run(["-c", program], level).stdout.strip() == mine
