"""MNIST's files: whole ones are read, all others refused before memory is taken for them."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from minicnn.data import read_idx, read_mnist

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (5, 28, 28), dtype=np.uint8)
LABELS = np.array([3, 0, 9, 1, 1], np.uint8)


def idx(array, kind=8, sizes=None):
    sizes = array.shape if sizes is None else sizes
    return (bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)
            + array.tobytes())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(LABELS))
    (tmp_path / "t10k-images.idx3-ubyte.gz").write_bytes(gzip.compress(idx(IMAGES[:2])))
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(LABELS[:2])))
    return tmp_path


def test_mnist(folder):
    images, labels = read_mnist(folder)
    np.testing.assert_array_equal(images, IMAGES[:, None])
    assert images.dtype == np.uint8 and labels.dtype == np.int64
    assert labels.tolist() == [3, 0, 9, 1, 1]
    images[0] = 0  # the arrays are the caller's


def test_mnist_gzipped_and_under_other_names(folder):
    images, labels = read_mnist(str(folder), train=False)
    np.testing.assert_array_equal(images, IMAGES[:2, None])
    assert labels.tolist() == [3, 0]


@pytest.mark.parametrize(
    ("kind", "dtype"), [(8, "u1"), (9, "i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
def test_every_type(tmp_path, kind, dtype):
    array = np.arange(-6, 6).reshape(3, 4).astype(dtype)
    path = tmp_path / "array"
    path.write_bytes(idx(array, kind))
    read = read_idx(path)
    np.testing.assert_array_equal(read, array)
    assert read.dtype.isnative and read.dtype == np.dtype(dtype).newbyteorder("=")


def test_no_images(tmp_path):
    (tmp_path / "a").write_bytes(idx(IMAGES[:0]))
    assert read_idx(tmp_path / "a").shape == (0, 28, 28)


WHOLE = idx(IMAGES)
WRONG = {
    "empty": (b"", "truncated"),
    "three bytes": (WHOLE[:3], "truncated"),
    "no sizes": (WHOLE[:9], "truncated"),
    "truncated": (WHOLE[:-1], "truncated"),
    "too long": (WHOLE + b"\0", "longer than its sizes"),
    "magic": (b"\1" + WHOLE[1:], "no IDX file: it begins with 01 00 08 03"),
    "type": (WHOLE[:2] + b"\7" + WHOLE[3:], "no IDX file"),
    "no axes": (WHOLE[:3] + b"\0" + WHOLE[4:], "no IDX file"),
    "many axes": (WHOLE[:3] + b"\xff" + bytes(2000), "255 axes"),
    "huge": (idx(IMAGES, sizes=(2**32 - 1,) * 3), "truncated: its sizes .* need"),
    "huge, nothing": (idx(IMAGES, sizes=(2**31, 2**31, 2)), "cannot hold more"),
    "0 times huge": (idx(IMAGES[:0], sizes=(0,) + (2**32 - 1,) * 3), "too big"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "no IDX file"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", WRONG)
def test_wrong_files_are_refused_without_taking_memory(tmp_path, name, packed):
    content, message = WRONG[name]
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(content) if packed else content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_no_memory_is_taken_for_what_a_large_gzip_file_could_hold(tmp_path):
    path = tmp_path / "file.gz"
    content = idx(IMAGES, sizes=(500_000, 28, 28)) + RNG.bytes(1 << 20)
    path.write_bytes(gzip.compress(content))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="is truncated: 392000000 bytes are declared"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_damaged_gzip(tmp_path):
    path = tmp_path / "file.gz"
    whole = gzip.compress(WHOLE)
    for content in (
        whole[:20], whole[:-1], whole[:-8] + bytes(8), whole + b"junk", whole[:40] + bytes(60),
        b"\x1f\x8b" + bytes(30), b"\x1f\x8b",
    ):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="gzip|truncated|IDX"):
            read_idx(path)


def test_a_byte_changed_anywhere_is_an_error_or_another_pixel(tmp_path):
    path = tmp_path / "file"
    for packed in (False, True):
        whole = gzip.compress(idx(IMAGES[:1]), mtime=0) if packed else idx(IMAGES[:1])
        for place in range(0, min(len(whole), 400)):
            path.write_bytes(
                whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1:]
            )
            try:
                assert read_idx(path).nbytes == 784
            except ValueError:
                pass


def test_labels_and_images_that_do_not_fit(folder):
    labels, images = folder / "train-labels-idx1-ubyte", folder / "train-images-idx3-ubyte"
    labels.write_bytes(idx(LABELS[:4]))
    with pytest.raises(ValueError, match="each of the 5 images"):
        read_mnist(folder)
    labels.write_bytes(idx(LABELS + np.uint8(1)))
    with pytest.raises(ValueError, match="label 10, outside 0 to 9"):
        read_mnist(folder)
    assert read_mnist(folder, classes=47)[1].max() == 10
    images.write_bytes(idx(LABELS))
    with pytest.raises(ValueError, match="should hold uint8 images"):
        read_mnist(folder)


def test_missing_files_and_wrong_paths(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file train-images-idx3-ubyte .*downloaded"):
        read_mnist(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none")
    with pytest.raises(TypeError, match="must be a string or Path"):
        read_idx(3.5)
