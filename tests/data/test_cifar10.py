"""CIFAR-10's records: one label, then three planes."""

import numpy as np
import pytest

from minicnn.data import read_cifar10

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (4, 3, 32, 32), dtype=np.uint8)
LABELS = np.array([9, 0, 3, 3], np.uint8)


def records(images=IMAGES, labels=LABELS):
    return np.concatenate([labels[:, None], images.reshape(len(images), -1)], axis=1).tobytes()


def test_file(tmp_path):
    path = tmp_path / "any.bin"
    path.write_bytes(records())
    images, labels = read_cifar10(path)
    np.testing.assert_array_equal(images, IMAGES)
    assert images.dtype == np.uint8 and labels.dtype == np.int64
    assert labels.tolist() == [9, 0, 3, 3]
    images[0] = 0  # the array is the caller's


def test_folder(tmp_path):
    for i, n in zip(range(1, 6), (2, 3, 4, 1, 2), strict=True):
        (tmp_path / f"data_batch_{i}.bin").write_bytes(records(IMAGES[:n], LABELS[:n]))
    (tmp_path / "test_batch.bin").write_bytes(records(IMAGES[2:], LABELS[2:]))
    images, labels = read_cifar10(tmp_path)
    assert images.shape == (12, 3, 32, 32) and labels[:5].tolist() == [9, 0, 9, 0, 3]
    images, labels = read_cifar10(str(tmp_path), train=False)
    np.testing.assert_array_equal(images, IMAGES[2:])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes"),
        (records()[:-1], "12291 bytes, which is no whole number of records of 3073"),
        (records() + b"\0", "no whole number"),
        (b"\n" + records()[1:], "label 10, outside 0 to 9"),
    ],
)
def test_wrong_files(tmp_path, content, message):
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_cifar10(path)


def test_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="data_batch_1.bin.*downloaded"):
        read_cifar10(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_cifar10(tmp_path / "none.bin")
    with pytest.raises(TypeError, match="string or Path"):
        read_cifar10(None)
