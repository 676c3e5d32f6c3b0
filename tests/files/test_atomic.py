"""Files are written whole or not at all, whatever happens meanwhile."""

import os
import signal
import subprocess
import sys
import time

import pytest

from minicnn.files.atomic import atomic_write

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX: permissions, links and signals")


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "w.bin"
    with atomic_write(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new" and names(tmp_path) == ["w.bin"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "w.bin"
    path.write_bytes(b"old")
    with pytest.raises((OSError, KeyboardInterrupt)), atomic_write(path) as file:
        file.write(b"half")
        raise error
    assert path.read_bytes() == b"old" and names(tmp_path) == ["w.bin"]


def test_a_failing_rename_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_):
        raise PermissionError("the file is open elsewhere")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(PermissionError), atomic_write(tmp_path / "w.bin") as file:
        file.write(b"new")
    assert names(tmp_path) == []


def test_no_folder_and_a_folder(tmp_path):
    for path, error in (
        (tmp_path / "missing" / "w.bin", FileNotFoundError), (tmp_path, IsADirectoryError)
    ):
        with pytest.raises(error, match="cannot write"), atomic_write(path):
            pass
    assert names(tmp_path) == []


@posix
@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_permissions_are_as_the_umask_says(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with atomic_write(tmp_path / "w.bin"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "w.bin").stat().st_mode & 0o777 == mode


@posix
def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "private.bin"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with atomic_write(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o600


@posix
def test_through_a_link_the_file_behind_it_is_replaced(tmp_path):
    (tmp_path / "run1").mkdir()
    (tmp_path / "latest.bin").symlink_to(tmp_path / "run1" / "w.bin")
    with atomic_write(tmp_path / "latest.bin") as file:
        file.write(b"new")
    assert (tmp_path / "latest.bin").is_symlink()
    assert (tmp_path / "run1" / "w.bin").read_bytes() == b"new"


def test_a_long_name(tmp_path):
    path = tmp_path / ("w" * 250)
    with atomic_write(path):
        pass
    assert path.exists()


STOPS = """
import os, sys, time
from minicnn.files.atomic import atomic_write
def wait(handle):
    print("written", flush=True)
    time.sleep(60)
os.fsync = wait
with atomic_write(sys.argv[1]) as file:
    file.write(b"new" * 1000)
"""

ENDLESS = """
import sys
import numpy as np
import minicnn as mc
from minicnn import nn
model = nn.Linear(500, 2000)
print("ready", flush=True)
while True:
    for value in (1, 2):
        model.weight.data[...] = model.bias.data[...] = value
        mc.save_weights(model, sys.argv[1])
"""


def started(script, path):
    """The script in a process of its own, which has just printed a line."""
    process = subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL  # it was running: it did not end by itself


@posix
def test_killed_before_the_rename_the_old_file_is_there(tmp_path):
    path = tmp_path / "w.bin"
    path.write_bytes(b"old")
    kill(started(STOPS, path))
    assert path.read_bytes() == b"old"
    part, whole = names(tmp_path)
    assert whole == "w.bin" and part.startswith(".w.bin.") and part.endswith(".part")


@posix
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_killed_at_any_moment_a_file_is_the_old_or_the_new_one(tmp_path, suffix):
    import minicnn as mc
    from minicnn import nn

    if suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    path = tmp_path / f"w{suffix}"
    model = nn.Linear(500, 2000)
    for p in model.parameters():
        p.data[...] = 0
    mc.save_weights(model, path)
    for wait in (0.01, 0.05, 0.083, 0.12):
        process = started(ENDLESS, path)
        time.sleep(wait)
        kill(process)
        mc.load_weights(model, path)
        seen = {float(value) for p in model.parameters() for value in (p.data.min(), p.data.max())}
        assert len(seen) == 1, f"parts of two files: {seen}"
        assert [n for n in names(tmp_path) if n != path.name and not n.endswith(".part")] == []


LIMITED = """
import resource, signal, sys
import minicnn as mc
from minicnn import nn
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    mc.save_weights(nn.Linear(500, 2000), sys.argv[1])
except OSError as error:
    print(error)
else:
    print("no error")
"""


@posix
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_when_no_more_can_be_written_the_old_file_stays(tmp_path, suffix):
    if suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    path = tmp_path / f"w{suffix}"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, path], capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout, done
    assert path.read_bytes() == b"old" and names(tmp_path) == [path.name]
