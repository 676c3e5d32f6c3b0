"""MedMNIST: small medical images, 2-D and 3-D, in eighteen sets of one form.

Each set is one ``.npz`` file with the arrays ``train_images``, ``train_labels`` and the same for
``val`` and ``test``. Source: Yang et al. 2023, "MedMNIST v2", Scientific Data 10.
"""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np

from .files import path_of
from .npz import read_npz

# Classes of each set; chestmnist's fourteen findings are each present or not.
CLASSES = {
    "pathmnist": 9, "chestmnist": 2, "dermamnist": 7, "octmnist": 4, "pneumoniamnist": 2,
    "retinamnist": 5, "breastmnist": 2, "bloodmnist": 8, "tissuemnist": 8, "organamnist": 11,
    "organcmnist": 11, "organsmnist": 11, "organmnist3d": 11, "nodulemnist3d": 2,
    "adrenalmnist3d": 2, "fracturemnist3d": 3, "vesselmnist3d": 2, "synapsemnist3d": 2,
}


def read_medmnist(
    path: Any, part: str = "train", classes: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, C, H, W) or volumes (N, 1, D, H, W), uint8, and labels, int64, of one part.

    ``path`` is the ``.npz`` file, ``part`` "train", "val" or "test". Labels are (N,), or (N, L)
    where each image has several (chest). They must be from 0 to ``classes`` − 1; without
    ``classes``, the file's name (``pathmnist.npz``, ``pathmnist_64.npz``) tells, and for
    another name only negative labels are refused. ValueError for a file that is damaged,
    pickled or of another form.
    """
    path = path_of(path, "read_medmnist")
    if part not in ("train", "val", "test"):
        raise ValueError(f"read_medmnist: part={part!r} must be 'train', 'val' or 'test'")
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"no file {path}: nothing is downloaded, save the set's .npz file there first"
        )
    arrays = read_npz(path, (f"{part}_images", f"{part}_labels"))
    images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise ValueError(
            f"{path} should hold uint8 images (N, H, W), (N, H, W, 3) or volumes (N, D, H, W), "
            f"it holds {images.dtype} of shape {images.shape}"
        )
    if labels.dtype.kind not in "iu" or labels.ndim != 2 or len(labels) != len(images):
        raise ValueError(
            f"{path} should hold integer labels (N, L) for {len(images)} images, it holds "
            f"{labels.dtype} of shape {labels.shape}"
        )
    if classes is None:
        classes = CLASSES.get(re.sub(r"(_\d+)?\.npz$", "", os.path.basename(path)))
    if labels.size:
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or (classes is not None and high >= classes):
            range_ = "0 or more" if classes is None else f"from 0 to {classes - 1}"
            raise ValueError(f"{path} has labels from {low} to {high}, they must be {range_}")
    colour = images.ndim == 4 and images.shape[-1] == 3
    images = np.moveaxis(images, -1, 1) if colour else images[:, None]
    labels = labels[:, 0] if labels.shape[1] == 1 else labels
    return np.ascontiguousarray(images), labels.astype(np.int64)
