"""Mean 0 and standard deviation 1 for every channel, measured on the training part alone.

A network learns fastest when its inputs are centred and of one scale. The two numbers belong to
the model: measured on the test part too, they would tell the network about it.

    normalizer = Normalizer().fit(x_train)
    x_train, x_test = normalizer(x_train), normalizer(x_test)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import backend
from ..tensor import FLOATS, Tensor, wrap

_ROWS = 1024  # samples that are converted to float64 at a time


class Normalizer:
    """x̂ = (x − mean) / std, with one mean and one standard deviation for each channel.

    ``axis`` is where the channels are: 1 for images (N, C, H, W) and for tables (N, C). None
    takes one mean and one std for everything (images without a channel axis, (N, H, W)).
    ``mean`` and ``std`` may be given instead of measured: a number a channel, or one for all.

    :meth:`fit` measures ``.mean`` and ``.std`` (float64; σ = √(Σ(x − mean)²/n)); a constant
    channel gets std 1 and becomes 0. Arrays come back as new arrays, Tensors as leaf Tensors;
    floats keep their dtype, integers (pixels from 0 to 255) become float32.

    Errors: ValueError for samples with NaN or infinity in :meth:`fit`, and for another number of
    channels than was measured; RuntimeError before anything was measured.
    """

    def __init__(self, mean: Any = None, std: Any = None, axis: int | None = 1):
        if axis is not None and (isinstance(axis, bool) or not isinstance(axis, int) or axis < 0):
            raise ValueError(f"Normalizer: axis={axis!r} must be 0 or more, or None")
        if (mean is None) != (std is None):
            raise ValueError("Normalizer: give both mean and std, or neither and call fit()")
        self.axis = axis
        self.mean = self.std = None
        if mean is not None:
            mean, std = np.broadcast_arrays(np.asarray(mean, float), np.asarray(std, float))
            if mean.ndim > 1 or not np.isfinite(mean).all() or not np.isfinite(std).all():
                raise ValueError(
                    f"Normalizer: mean={mean} and std={std} must be finite, a number a channel"
                )
            if (std <= 0).any():
                raise ValueError(f"Normalizer: std={std} must be above 0")
            self.mean, self.std = mean.copy(), std.copy()

    def fit(self, x: Any) -> Normalizer:
        """Measures mean and std of ``x`` and returns the Normalizer."""
        array = self._array(x, "fit")
        if not array.size:
            raise ValueError(f"Normalizer.fit: there are no values in shape {array.shape}")
        others = tuple(a for a in range(array.ndim) if a != self.axis)
        low, high = (
            backend.to_numpy(extreme(axis=others, keepdims=True)).reshape(-1).astype("float64")
            for extreme in (array.min, array.max)
        )
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise ValueError("Normalizer.fit: there is NaN or infinity among the values")
        n = array.size // low.size
        mean = _sum(array, others) / n
        constant = low == high  # the sums may be off by a rounding, and a std of 1e-17 is no scale
        mean = np.where(constant, low, mean)
        std = np.sqrt(_sum(array, others, self._along(mean, array)) / n)
        constant |= std.astype(_float_of(array)) == 0
        self.mean, self.std = mean, np.where(constant, 1.0, std)
        return self

    def __call__(self, x: Any) -> Any:
        """(x − mean) / std."""
        array, mean, std = self._ready(x, "__call__")
        y = array - mean
        y /= std
        return wrap(y) if isinstance(x, Tensor) else y

    def inverse(self, x: Any) -> Any:
        """x·std + mean: what :meth:`__call__` did, undone (for pictures of what was learnt)."""
        array, mean, std = self._ready(x, "inverse")
        y = array * std
        y += mean
        return wrap(y) if isinstance(x, Tensor) else y

    def __repr__(self) -> str:
        if self.mean is None:
            return f"Normalizer(axis={self.axis})"
        return f"Normalizer(mean={self.mean.tolist()}, std={self.std.tolist()}, axis={self.axis})"

    def _array(self, x: Any, where: str) -> Any:
        array = x.data if isinstance(x, Tensor) else x
        array = array if backend.is_array(array) else np.asarray(array)
        if array.dtype not in FLOATS and array.dtype.kind not in "iub":
            raise TypeError(f"Normalizer.{where} takes numbers, got dtype {array.dtype}")
        if array.ndim <= (0 if self.axis is None else self.axis):
            raise ValueError(
                f"Normalizer.{where}: shape {array.shape} has no axis {self.axis} of channels; "
                f"for images without channels use Normalizer(axis=None)"
            )
        return array

    def _ready(self, x: Any, where: str) -> tuple[Any, Any, Any]:
        """The array in its float dtype, and mean and std of that dtype shaped to broadcast."""
        if self.mean is None:
            raise RuntimeError(f"Normalizer.{where}: call fit(x_train) first")
        array = self._array(x, where)
        channels = 1 if self.axis is None else array.shape[self.axis]
        if self.mean.size not in (1, channels):
            raise ValueError(
                f"Normalizer.{where}: measured on {self.mean.size} channels, but shape "
                f"{array.shape} has {channels} on axis {self.axis}"
            )
        dtype = _float_of(array)
        array = array.astype(dtype, copy=False)
        device = backend.device_of(array)
        return (array, *(
            backend.to_device(self._along(values, array).astype(dtype), device)
            for values in (self.mean, self.std)
        ))

    def _along(self, values: np.ndarray, array: Any) -> np.ndarray:
        """One number a channel, shaped to broadcast over ``array``."""
        return values.reshape([-1 if a == self.axis else 1 for a in range(array.ndim)])


def _float_of(array: Any) -> np.dtype:
    return array.dtype if array.dtype in FLOATS else np.dtype("float32")


def _sum(array: Any, axes: tuple[int, ...], mean: np.ndarray | None = None) -> np.ndarray:
    """Σ x, or with ``mean`` Σ (x − mean)², over ``axes`` in float64: one number a channel.

    A thousand samples at a time, so that no float64 copy of all is needed.
    """
    pieces = [array]
    if 0 in axes:
        pieces = (array[i : i + _ROWS] for i in range(0, len(array), _ROWS))
    total = 0.0
    for piece in pieces:
        rows = piece.astype("float64")
        if mean is not None:
            rows -= backend.to_device(mean, backend.device_of(rows))
            rows *= rows
        total = total + backend.to_numpy(rows.sum(axis=axes, keepdims=True)).reshape(-1)
    return total
