"""Cropping: what a U-Net does before it joins an early image to a late one.

Convolutions without padding take pixels off the border, so the image on the way down is larger
than the one that comes back up. Its middle is cut out and the channels are put side by side: fine
detail from before the pooling, and what was made of it after (DenseNet joins so too; ResNet adds).

Source: 002 "SEGMENTATION ARCHITECTURES - U-NET" ("copy and crop"); Ronneberger et al. 2015, arXiv
1505.04597.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..geometry import whole_number
from ..tensor import Tensor
from .index import get_item
from .operands import as_tensor
from .shape import cat


def center_crop(input: Tensor, size: int | Sequence[int]) -> Tensor:
    """The middle of an image: (..., H, W) -> (..., P, Q) from row round((H − P)/2) on, columns
    alike.

    ``size`` is one number for both of the last two axes, or one for each of the last axes (one,
    two, three, ...). Of an odd rest the pixel goes where Python's ``round`` puts it, to the even
    half, as in torchvision; where that pads an image that is too small, this raises ValueError.
    Any dtype: label images are cropped alike.
    """
    x = as_tensor(input)
    given = tuple(size) if isinstance(size, Sequence) and not isinstance(size, str) else (size,) * 2
    outs = tuple(whole_number("center_crop", "size", n) for n in given)
    if not outs or len(outs) > x.ndim or any(
        not 1 <= p <= n for n, p in zip(x.shape[x.ndim - len(outs) :], outs, strict=True)
    ):
        raise ValueError(
            f"center_crop: size={size!r} must be from 1 to the pixels of the last axes of the "
            f"input {x.shape}"
        )
    starts = [round((n - p) / 2) for n, p in zip(x.shape[x.ndim - len(outs) :], outs, strict=True)]
    return get_item(x, (..., *(slice(s, s + p) for s, p in zip(starts, outs, strict=True))))


def crop_and_concatenate(skip: Tensor, x: Tensor) -> Tensor:
    """``skip`` (N, C, H, W) cropped to the size of ``x`` (N, D, P, Q), and both joined:
    (N, C + D, P, Q), the channels of ``skip`` first.

    For any number of spatial axes. ValueError where ``skip`` is smaller than ``x``, or the batch
    or the number of axes differ.
    """
    skip, x = as_tensor(skip), as_tensor(x)
    if x.ndim < 3 or skip.ndim != x.ndim or skip.shape[0] != x.shape[0] or any(
        n < p for n, p in zip(skip.shape[2:], x.shape[2:], strict=True)
    ):
        raise ValueError(
            f"crop_and_concatenate: skip {skip.shape} and x {x.shape} must be (N, C, size...) of "
            f"one batch, and skip no smaller than x"
        )
    return cat([center_crop(skip, x.shape[2:]), x], 1)
