"""Dice losses: one minus how well a predicted mask covers the true one.

For a mask of probabilities y and a true mask t the Dice *score* is 2Σty/(Σy + Σt): twice the
overlap, over both sizes; 1 for two masks that agree, 0 for two apart. What is minimised is the
*loss*, one minus the score. (The slides write "Dice = 1 − ..." of the loss and elsewhere "Dice" of
the score.) There are two, and they are not the same:

    global    1 − 2Σty / (Σy + Σt)         one number a mask; from 0 to 1
    pixel     1 − (2ty + 1)/(y + t + 1)    one number a pixel; from 0 to ½

The global loss sees the mask as a whole, so that a small structure counts as much as a large one.
The pixel one sees each pixel alone, where a score of 0/0 would be usual: hence its +1, because of
which a pixel that is wholly wrong costs ½ and not 1.

Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION", 004 "Image Segmentation".
"""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from .activation import sigmoid
from .binary_loss import binary_cross_entropy_with_logits
from .encode import one_hot
from .loss import cross_entropy
from .operands import as_tensor, cast
from .reduce import Dim, axes_of, sum
from .reduction import alike, check_share, reduced, setting
from .select import where
from .shape import permute
from .softmax import softmax


def dice_loss(
    input: Tensor,
    target: Any,
    smooth: float = 0.0,
    dim: Dim = None,
    reduction: str = "mean",
) -> Tensor:
    """1 − (2Σty + s)/(Σy + Σt + s): the global Dice loss, from 0 to 1.

    Probabilities y and masks t (booleans, 0 and 1, or probabilities) of one shape. The sums run
    over ``dim``: None is everything, one number for the whole batch; (2, 3) makes one for each
    image and class of (N, C, H, W). ``reduction`` is over what is left. ``smooth`` s pulls small
    masks towards a score of 1.

    Two empty masks (Σy + Σt + s = 0, which would be 0/0) agree: their loss is 0, with gradient 0,
    as it is for every s > 0. An empty t and a y that is not empty cost 1 without smoothing,
    whatever y is, so that nothing is learnt from them; s = 1 mends that.

    ValueError for what is no probability, for two shapes and a negative ``smooth``; IndexError for
    a ``dim`` that does not exist. Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION" ("global
    Dice loss", s = 0); Milletari et al. 2016, arXiv 1606.04797 (with squares in the denominator).
    """
    op = "dice_loss"
    y, t = _masks(op, input, target, reduction)
    smooth = setting(smooth, "smooth", op)
    axes = axes_of(dim, y.ndim, op)
    covered = 2 * sum(y * t, axes) + smooth
    sizes = sum(y, axes) + sum(t, axes) + smooth
    empty = sizes.data == 0
    score = where(empty, 1.0, covered / where(empty, 1.0, sizes))
    return reduced(1 - score, reduction, op)


def pixel_dice_loss(input: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """1 − (2ty + 1)/(y + t + 1) for each pixel on its own: the pixel Dice loss, from 0 to ½.

    0 where y and t are the same 0 or 1, ½ (never more) where one is 0 and the other 1; a y of ½
    that is undecided costs 0.2 where t = 1 and 1/3 where t = 0. Not the global :func:`dice_loss`:
    that is one minus the score of the sums, this a mean of losses. It is defined for every pixel,
    so empty masks need no rule of their own (their loss is 0).

    Probabilities and masks of one shape; errors as there.
    Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION".
    """
    op = "pixel_dice_loss"
    y, t = _masks(op, input, target, reduction)
    return reduced(1 - (2 * t * y + 1) / (y + t + 1), reduction, op)


def cross_entropy_dice_loss(
    input: Tensor, target: Any, dice_weight: float = 1.0, smooth: float = 0.0
) -> Tensor:
    """Cross-entropy (local) + ``dice_weight`` · Dice loss (global): one number for the batch.

    Logits (N, C, ...) and class indices (N, ...): :func:`cross_entropy` averaged over the pixels,
    and the :func:`dice_loss` of softmax(x), for each class over all pixels of the batch, averaged
    over the C classes (the background is one of them). With a single channel (C = 1) each pixel is
    a yes or no: masks (N, 1, ...), binary cross-entropy and the Dice loss of σ(x).

    A class that no pixel has costs a Dice loss of 1 without ``smooth``. All pixels count: there is
    no ignored index. IndexError for a class that does not exist, ValueError and TypeError as in
    both losses. Source: 002 "LOSS FUNCTIONS FOR IMAGE SEGMENTATION" ("combinations").
    """
    op = "cross_entropy_dice_loss"
    dice_weight = setting(dice_weight, "dice_weight", op)
    smooth = setting(smooth, "smooth", op)
    x = as_tensor(input)
    if x.ndim < 2:
        raise ValueError(f"{op}: the input must be logits (N, C, ...), got shape {x.shape}")
    pixels = (0, *range(2, x.ndim))
    if x.shape[1] == 1:
        x, t = alike(x, target, "mean", op)
        t = cast(t, x.dtype)
        check_share(t.data, "target", op, "with one channel it is a mask of the input's shape")
        local, y = binary_cross_entropy_with_logits(x, t), sigmoid(x)
    else:
        labels = as_tensor(target)
        if labels.dtype.kind not in "iu":
            raise TypeError(f"{op}: the target must be class indices, got {labels.dtype}")
        if labels.data.size and labels.data.min() < 0:
            raise IndexError(f"{op}: class index {int(labels.data.min())} is negative; every pixel "
                             f"counts here, none is ignored")
        local, y = cross_entropy(x, labels), softmax(x, 1)
        rows = one_hot(labels, x.shape[1])  # (N, ..., C)
        t = cast(permute(rows, (0, x.ndim - 1, *range(1, x.ndim - 1))), x.dtype)  # (N, C, ...)
    return local + dice_weight * dice_loss(y, t, smooth, pixels)


def _masks(op: str, input: Any, target: Any, reduction: str) -> tuple[Tensor, Tensor]:
    y, t = alike(input, target, reduction, op)
    t = cast(t, y.dtype)
    for name, mask in (("input", y), ("target", t)):
        check_share(mask.data, name, op, "logits go through sigmoid or softmax first")
    return y, t
