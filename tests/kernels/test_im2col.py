"""kernels/im2col.py: the columns, their adjoint, and work in chunks."""

import numpy as np
import pytest

from minicnn.geometry import Geometry
from minicnn.kernels import direct, im2col

GEOMETRIES = {
    "image": Geometry.conv((5, 3, 6, 7), (4, 3, 3, 2)),
    "padding": Geometry.conv((5, 3, 6, 7), (4, 3, 3, 3), padding=((1, 0), (2, 1))),
    "stride and dilation": Geometry.conv((5, 3, 6, 7), (4, 3, 2, 3), (2, 1), 1, (2, 3)),
    "stride beyond the kernel": Geometry.conv((5, 3, 6, 7), (4, 3, 1, 2), 3),
    "ceil_mode": Geometry.pool((5, 3, 6, 7), (3, 4), 2, ceil_mode=True),
    "output_padding": Geometry.conv_transpose((5, 4, 3, 2), (4, 3, 3, 2), 3, 1, (2, 1)),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_columns_are_windows(name):
    """Row (c, a, b), column (n, i, j): the pixel of x[n, c] that tap (a, b) meets at (i, j)."""
    geometry = GEOMETRIES[name]
    x = np.arange(1.0, 5 * 3 * np.prod(geometry.size) + 1).reshape(5, 3, *geometry.size)
    columns = im2col.im2col(x, geometry)
    (taps_a, taps_b), (rows, places) = geometry.kernel, geometry.output
    assert columns.shape == (3 * taps_a * taps_b, 5 * rows * places)
    columns = columns.reshape(3, taps_a, taps_b, 5, rows, places)
    for c, a, b, n, i, j in np.ndindex(columns.shape):
        row, column = (
            k * s + t * d - before for k, s, t, d, (before, _) in
            zip((i, j), geometry.stride, (a, b), geometry.dilation, geometry.padding, strict=True)
        )
        inside = 0 <= row < geometry.size[0] and 0 <= column < geometry.size[1]
        assert columns[c, a, b, n, i, j] == (x[n, c, row, column] if inside else 0)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_col2im_is_the_adjoint(name):
    """⟨columns, im2col(x)⟩ = ⟨col2im(columns), x⟩, exactly on small integers."""
    geometry = GEOMETRIES[name]
    rng = np.random.default_rng(0)
    x = rng.integers(-5, 6, (5, 3, *geometry.size)).astype(float)
    gathered = im2col.im2col(x, geometry)
    columns = rng.integers(-5, 6, gathered.shape).astype(float)
    added = im2col.col2im(columns, 5, 3, geometry)
    assert added.shape == x.shape
    assert (columns * gathered).sum() == (added * x).sum() != 0


def test_the_dtype_stays():
    geometry = Geometry.conv((5, 3, 6, 7), (4, 3, 3, 2), padding=1)
    columns = im2col.im2col(np.ones((5, 3, 6, 7), "float32"), geometry)
    assert columns.dtype == im2col.col2im(columns, 5, 3, geometry).dtype == "float32"


@pytest.mark.parametrize("chunk", [1, 1000, 5000, 10**9])
def test_chunks_of_the_batch_change_nothing(monkeypatch, chunk):
    monkeypatch.setattr(im2col, "_CHUNK_BYTES", chunk)
    geometry = Geometry.conv((5, 4, 6, 7), (6, 2, 3, 2), (2, 1), ((1, 0), (0, 2)), (1, 2), 2)
    rng = np.random.default_rng(0)
    x, w = rng.integers(-3, 4, (5, 4, 6, 7)) * 1.0, rng.integers(-3, 4, (6, 2, 3, 2)) * 1.0
    g, b, c = rng.integers(-3, 4, (5, 6, *geometry.output)) * 1.0, np.arange(6.0), np.arange(4.0)
    for name, arguments in (
        ("forward", (x, w, geometry, b)),
        ("input_gradient", (g, w, geometry, c)),
        ("weight_gradient", (x, g, geometry)),
    ):
        expected = getattr(direct, name)(*arguments)
        np.testing.assert_array_equal(getattr(im2col, name)(*arguments), expected)


def test_chunks_bound_the_memory(monkeypatch):
    """One image's columns take 4·6·30·8 bytes (C·A·B·P·Q float64): two images fit in 12,000."""
    geometry = Geometry.conv((5, 4, 6, 7), (6, 4, 2, 3))
    monkeypatch.setattr(im2col, "_CHUNK_BYTES", 12_000)
    widths = []
    gather = im2col.im2col

    def watched(x, geometry):
        columns = gather(x, geometry)
        widths.append(columns.nbytes)
        return columns

    monkeypatch.setattr(im2col, "im2col", watched)
    one = 4 * 6 * 25 * 8
    im2col.forward(np.ones((5, 4, 6, 7)), np.ones((6, 4, 2, 3)), geometry)
    assert widths == [2 * one, 2 * one, one]


def test_an_image_without_padding_is_not_copied():
    x = np.ones((2, 1, 4, 4))
    assert im2col._pad(x, Geometry.conv(x.shape, (1, 1, 2, 2))) is x
