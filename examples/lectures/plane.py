"""One grey image under one filter, without the axes for batch and channels."""

from __future__ import annotations

from typing import Any

import numpy as np

import minicnn as mc
import minicnn.functional as F


def correlate(image: np.ndarray, kernel: np.ndarray, **settings: Any) -> mc.Tensor:
    """(H, W) under (A, B) -> (P, Q) as F.conv2d computes it: the filter is not flipped."""
    image, kernel = np.ascontiguousarray(image), np.ascontiguousarray(kernel)
    return F.conv2d(mc.tensor(image[None, None]), mc.tensor(kernel[None, None]), **settings)[0, 0]


def convolve(image: np.ndarray, kernel: np.ndarray, **settings: Any) -> mc.Tensor:
    """Convolution as lecture 002 defines it: the filter is first flipped along x and y."""
    return correlate(image, kernel[::-1, ::-1], **settings)
