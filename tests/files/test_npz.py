"""Reading ``.npz`` files that nobody vouches for."""

import io
import zipfile

import numpy as np
import pytest
from hostile_files import (
    Payload,
    claim,
    damaged,
    header_bytes,
    little_memory,
    nested,
    npy_bytes,
    with_claimed_size,
    zip_bytes,
)

from minicnn.files.npz import NpzReader, write_npz

ODD = {
    "file": np.arange(6, dtype="f4").reshape(2, 3),
    "allow_pickle": np.array([np.nan, -0.0, np.inf, 5e-324]),
    "self": np.array(3, "i8"),
    "a/b.c": np.zeros((0, 3), "f2"),
    "Größe": np.array([[True], [False]]),
    "x.npy": np.arange(24, dtype=">i2").reshape(2, 3, 4).transpose(2, 0, 1)[::-1],
    "": np.asfortranarray(np.arange(6, dtype="u1").reshape(2, 3)),
}


def same(a, b):
    """The same shape, dtype and bits."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def test_round_trip(tmp_path):
    path = tmp_path / "a.npz"
    write_npz(path, ODD)
    with NpzReader(path) as reader, np.load(path) as loaded:
        assert list(reader.headers) == list(ODD)
        for name, array in ODD.items():
            assert reader.headers[name].shape == array.shape
            assert reader.headers[name].dtype == array.dtype
            assert same(reader.read(name), array), name
            assert same(loaded[name], array), name


def test_the_same_arrays_give_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_npz(tmp_path / name, ODD)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_numpys_own_files_are_read(tmp_path, save):
    path = tmp_path / "a.npz"
    arrays = {name: array for name, array in ODD.items() if name not in ("file", "allow_pickle")}
    save(path, **arrays)
    with NpzReader(path) as reader:
        for name, array in arrays.items():
            assert same(reader.read(name), array), name


def test_no_arrays_at_all(tmp_path):
    write_npz(tmp_path / "a.npz", {})
    with NpzReader(tmp_path / "a.npz") as reader:
        assert reader.headers == {}


@pytest.mark.parametrize(
    "array", [np.array(["text"]), np.array([None]), np.ones(2, complex), np.zeros(2, "i4,f4")]
)
def test_what_would_not_be_read_is_not_written(tmp_path, array):
    with pytest.raises(TypeError, match="'b' has dtype .*only real numbers"):
        write_npz(tmp_path / "a.npz", {"a": np.ones(2), "b": array})
    with pytest.raises(ValueError, match="cannot name an array"):
        write_npz(tmp_path / "a.npz", {"a\0b": np.ones(2)})
    assert list(tmp_path.iterdir()) == []


GOOD = npy_bytes(np.arange(3, dtype="f4"))

HOSTILE = {
    "an empty file": (b"", "not an intact .npz file"),
    "text": (b"0.1, 0.2, 0.3\n" * 50, "not an intact .npz file"),
    "one array without a zip": (GOOD, "not an intact .npz file"),
    "another zip": (zip_bytes([("a.npy", GOOD), ("data.pkl", b"x")]), "'data.pkl' is no array"),
    "a name twice": (None, "'a.npy' is there twice"),
    "not an array": (zip_bytes([("a.npy", b"hello, world")]), "'a.npy' has no .npy header"),
    "no header": (zip_bytes([("a.npy", b"\x93NUMPY")]), "'a.npy' has no .npy header"),
    "format version 3": (
        zip_bytes([("a.npy", b"\x93NUMPY\x03\x00" + GOOD[8:])]), "version is \\(3, 0\\)"
    ),
    "text and not a number": (zip_bytes([("a.npy", npy_bytes(["x"]))]), "holds <U1, not real"),
    "a record": (zip_bytes([("a.npy", npy_bytes(np.zeros(2, "i4,f4")))]), "not real numbers"),
    "complex numbers": (zip_bytes([("a.npy", npy_bytes([1j]))]), "complex128, not real"),
    "a header that is a program": (
        zip_bytes([("a.npy", header_bytes("__import__('os').abort()"))]), "no .npy header"
    ),
    "a header of brackets": (
        zip_bytes([("a.npy", header_bytes("(" * 9000, (2, 0)))]), "no .npy header"
    ),
    "a header that claims 4 GB": (
        zip_bytes([("a.npy", header_bytes(" " * 20_000_000, (2, 0), 2**32 - 1))],
                  zipfile.ZIP_DEFLATED),
        "no .npy header",
    ),
    "a huge shape": (zip_bytes([("a.npy", claim((2**40,)))]), "wrong size: shape .* there are 0"),
    "a negative shape": (zip_bytes([("a.npy", claim((-1,)) + b"1234")]), "declares the shape"),
    "a shape that no array has": (
        zip_bytes([("a.npy", claim((0, 2**62, 2**62)))]), "declares the shape"
    ),
    "too many axes": (zip_bytes([("a.npy", claim((1,) * 100) + b"1234")]), "declares the shape"),
    "more bytes than the shape": (zip_bytes([("a.npy", GOOD + b"1234")]), "bytes, there are 16"),
    "fewer bytes than the shape": (zip_bytes([("a.npy", GOOD[:-1])]), "bytes, there are 11"),
    "a directory that claims 4 GB": (
        with_claimed_size([("a.npy", claim((2**30 - 40,)))], 2**32 - 2), "more than the file"
    ),
    "the same, packed": (
        with_claimed_size([("a.npy", claim((2**30 - 40,)))], 2**32 - 2, zipfile.ZIP_DEFLATED),
        "more than the file",
    ),
    "packed with bzip2": (zip_bytes([("a.npy", GOOD)], zipfile.ZIP_BZIP2), "by method 12"),
    "packed with lzma": (zip_bytes([("a.npy", GOOD)], zipfile.ZIP_LZMA), "by method 14"),
    "arrays in arrays": (nested(100, 1000), "its members overlap"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_before_memory_is_spent(tmp_path, case):
    data, message = HOSTILE[case]
    if case == "a name twice":
        with pytest.warns(UserWarning, match="Duplicate name"):
            data = zip_bytes([("a.npy", GOOD), ("a.npy", GOOD)])
    path = tmp_path / "hostile.npz"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as caught, little_memory():
        NpzReader(path)
    assert "hostile.npz" in str(caught.value)


def test_a_pickle_is_never_run(tmp_path):
    path = tmp_path / "hostile.npz"
    path.write_bytes(zip_bytes([("a.npy", npy_bytes(np.array([Payload(tmp_path / "proof")])))]))
    with pytest.raises(ValueError, match="pickled Python objects, which are never loaded"):
        NpzReader(path)
    assert not (tmp_path / "proof").exists()
    np.load(path, allow_pickle=True)["a"]  # the payload is a real one
    assert (tmp_path / "proof").exists()


def test_a_bomb_takes_no_memory_until_it_is_asked_for(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, a=np.zeros(100_000_000, "u1"), b=np.ones(3))
    with little_memory(), NpzReader(path) as reader:
        assert reader.headers["a"].shape == (100_000_000,)
        assert reader.read("b").sum() == 3
    with pytest.raises(ValueError, match="by method 8, it should be stored as it is"):
        NpzReader(path, compressed=False)


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(FileNotFoundError):
        NpzReader(tmp_path / "a.npz")
    with pytest.raises(IsADirectoryError):
        NpzReader(tmp_path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_damage_far_behind_the_header_is_found_on_reading(tmp_path, save):
    path = tmp_path / "a.npz"
    save(path, a=np.random.default_rng(0).normal(size=10_000), b=np.ones(2))
    data = bytearray(path.read_bytes())
    data[50_000] ^= 1
    path.write_bytes(data)
    with NpzReader(path) as reader:
        assert reader.read("b").sum() == 2
        with pytest.raises(ValueError, match="a.npz: 'a' cannot be read: "):
            reader.read("a")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_file_gives_the_arrays_or_a_value_error(tmp_path, save):
    arrays = {"a": np.arange(40, dtype="f4"), "b": np.linspace(0, 1, 7)}
    file = io.BytesIO()
    save(file, **arrays)
    path = tmp_path / "a.npz"
    refused = 0
    for what, data in damaged(file.getvalue(), flips=1500):
        path.write_bytes(data)
        try:
            with NpzReader(path) as reader:
                read = {name: reader.read(name) for name in reader.headers}
        except ValueError:
            refused += 1
            continue
        # Dates and permissions may flip, and a name; no array may.
        assert len(read) == 2, what
        for array in read.values():
            assert any(same(array, right) for right in arrays.values()), what
    assert refused > 1000
