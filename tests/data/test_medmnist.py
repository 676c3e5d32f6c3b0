"""MedMNIST's .npz files, whole, of another form, damaged and hostile."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from minicnn.data import read_medmnist

RNG = np.random.default_rng(0)


def arrays(images, labels):
    return {f"{part}_{what}": a for part in ("train", "val", "test")
            for what, a in (("images", images), ("labels", labels))}


GREY = RNG.integers(0, 256, (6, 28, 28), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 28, 28, 3), dtype=np.uint8)
VOLUME = RNG.integers(0, 256, (6, 9, 28, 28), dtype=np.uint8)
LABELS = np.array([[0], [1], [1], [0], [1], [0]], np.uint8)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_grey_colour_and_volume(tmp_path, save):
    for images, expected in (
        (GREY, GREY[:, None]),
        (COLOUR, COLOUR.transpose(0, 3, 1, 2)),
        (VOLUME, VOLUME[:, None]),
        (np.asfortranarray(VOLUME), VOLUME[:, None]),
    ):
        path = tmp_path / "file.npz"
        save(path, **arrays(images, LABELS))
        read, labels = read_medmnist(path, "val")
        np.testing.assert_array_equal(read, expected)
        assert read.dtype == np.uint8 and read.flags.c_contiguous
        assert labels.dtype == np.int64 and labels.tolist() == [0, 1, 1, 0, 1, 0]


def test_several_labels_an_image(tmp_path):
    path = tmp_path / "chestmnist.npz"
    labels = RNG.integers(0, 2, (6, 14), dtype=np.uint8)
    np.savez(path, **arrays(GREY, labels))
    np.testing.assert_array_equal(read_medmnist(path)[1], labels)


@pytest.mark.parametrize("name", ["pneumoniamnist.npz", "pneumoniamnist_64.npz"])
def test_labels_outside_the_set_named_by_the_file(tmp_path, name):
    np.savez(tmp_path / name, **arrays(GREY, LABELS + 1))
    with pytest.raises(ValueError, match="labels from 1 to 2, they must be from 0 to 1"):
        read_medmnist(tmp_path / name)
    assert read_medmnist(tmp_path / name, classes=3)[1].max() == 2


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (GREY.astype("float32"), LABELS, "uint8 images"),
        (GREY[0], LABELS, "uint8 images"),
        (GREY, LABELS[:5], "labels .* for 6 images"),
        (GREY, LABELS[:, 0], "integer labels"),
        (GREY, LABELS.astype(float), "integer labels"),
        (GREY, LABELS.astype(int) - 1, "from -1 to 0, they must be 0 or more"),
        (GREY, LABELS.astype(object), "pickled Python objects, which are never loaded"),
        (GREY, np.array([{}] * 6, dtype=object), "pickled"),
    ],
)
def test_other_forms(tmp_path, images, labels, message):
    path = tmp_path / "file.npz"
    np.savez(path, **arrays(images, labels))
    with pytest.raises(ValueError, match=message):
        read_medmnist(path)


def npy(header, body=b""):
    header = header.encode("latin1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + body


def descr(shape, kind="|u1"):
    return npy(f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n", bytes(100))


HOSTILE = {
    "terabytes": (descr((2**40,)), "wrong size"),
    "more than 64 bits": (descr((2**62, 2**62)), "declares the shape"),
    "too short": (descr((101,)), "wrong size"),
    "too long": (descr((99,)), "wrong size"),
    "negative": (descr((-10, -10)), "declares the shape"),
    "of nothing": (descr((2**60,), "|V0"), "wrong size|declares|hold"),
    "objects": (descr((100,), "|O"), "pickled"),
    "no header": (b"", "no .npy header"),
    "no magic": (b"hello" * 30, "no .npy header"),
    "version 9": (b"\x93NUMPY\x09\x00" + bytes(100), "no .npy header"),
    "code": (npy("__import__('os').system('true')\n"), "no .npy header"),
    "nested": (npy("(" * 9000), "no .npy header"),
    "long header": (npy(" " * 60000), "no .npy header"),
    "not closed": (npy("{'descr': '|u1', 'shape': (3"), "no .npy header"),
    "shape of words": (descr("('a',)"), "no .npy header"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arrays_are_refused_without_taking_memory(tmp_path, name):
    content, message = HOSTILE[name]
    path = tmp_path / "file.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("train_images.npy", content)
        archive.writestr("train_labels.npy", content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            read_medmnist(path)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_a_zip_that_lies_about_its_size_is_refused_without_taking_memory(tmp_path):
    """The archive's index says that the array unpacks to gigabytes, as its header does."""
    header = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2147483648,), }\n")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("train_images.npy", header + bytes(100))
        archive.writestr("train_labels.npy", header)
    whole = bytearray(file.getvalue())
    size = struct.pack("<I", 2147483648 + len(header))
    # Too small a file for that much, and one large enough.
    for padding, message in ((0, "declares 2147"), (3 << 20, "declares 2147|truncated|intact")):
        content = whole.copy()
        place = content.index(b"PK\x01\x02")
        content[place + 24 : place + 28] = size
        path = tmp_path / "file.npz"
        path.write_bytes(bytes(padding) + content)
        tracemalloc.start()
        try:
            with pytest.raises(ValueError, match=message):
                read_medmnist(path)
            assert tracemalloc.get_traced_memory()[1] < 8 << 20
        finally:
            tracemalloc.stop()


def test_a_byte_changed_anywhere_is_an_error_or_the_same_array(tmp_path):
    path = tmp_path / "file.npz"
    np.savez_compressed(path, train_images=GREY[:1] // 64, train_labels=LABELS[:1])
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            images, labels = read_medmnist(path)
        except ValueError:
            refused += 1
        else:
            np.testing.assert_array_equal(images[:, 0], GREY[:1] // 64)
            assert labels.tolist() == [0]
    assert refused > len(whole) // 2


def test_truncated_anywhere(tmp_path):
    path = tmp_path / "file.npz"
    np.savez(path, train_images=GREY[:1], train_labels=LABELS[:1])
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="not an intact .npz"):
            read_medmnist(path)


def test_missing(tmp_path):
    path = tmp_path / "file.npz"
    with pytest.raises(FileNotFoundError, match="downloaded"):
        read_medmnist(path)
    np.savez(path, train_images=GREY)
    with pytest.raises(ValueError, match="lacks .'train_labels'"):
        read_medmnist(path)
    with pytest.raises(ValueError, match="part='validation'"):
        read_medmnist(path, "validation")
    with pytest.raises(TypeError, match="string or Path"):
        read_medmnist(3.0)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train_images", b"")
        archive.writestr("train_labels", b"")
    with pytest.raises(ValueError, match="is no array"):
        read_medmnist(path)
