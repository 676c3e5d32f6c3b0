"""The confusion matrix as a picture: the darker a cell, the larger its share of the row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..backend import to_numpy
from ..metrics import row_percentages
from ..metrics.arguments import as_array
from .axes import INK, axes_for

DARK = 60  # per cent of the row from which a cell is dark


def draw_confusion_matrix(
    matrix: Any, labels: Any = None, ax: Any = None, percentages: bool = False
) -> Any:
    """Draws a confusion matrix (K, K), rows the truth, columns the prediction; returns the Axes.

    ``matrix`` as :func:`minicnn.metrics.confusion_matrix` returns it; ``labels``: K names, by
    default the numbers from 0. A cell shows its entry, or for ``percentages=True`` its per cent of
    the row; colours are shares of the row either way. A row without samples stays white, with the
    warning that :func:`minicnn.metrics.row_percentages` gives. On new axes for ``ax=None``. Source:
    001 "Confusion Matrix: 2+ categories". ImportError where matplotlib is missing.
    """
    matrix = as_array(matrix, "draw_confusion_matrix: matrix")
    square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] > 0
    if not square or matrix.dtype.kind not in "biuf":
        raise ValueError(
            f"draw_confusion_matrix: a confusion matrix is (K, K) numbers, got {matrix.dtype} of "
            f"shape {matrix.shape}"
        )
    matrix = to_numpy(matrix)  # a picture is drawn on the CPU
    count = len(matrix)
    if labels is not None and not isinstance(labels, Iterable):
        raise TypeError(f"draw_confusion_matrix: labels must be a list of names, got {labels!r}")
    names = [str(name) for name in (range(count) if labels is None else labels)]
    if len(names) != count:
        raise ValueError(
            f"draw_confusion_matrix: {len(names)} labels for a matrix of {count} by {count}"
        )
    share = row_percentages(matrix)
    side = 2.2 + 0.55 * count
    ax = axes_for(ax, "draw_confusion_matrix", (side, side))
    ax.imshow(np.nan_to_num(share), cmap="Blues", vmin=0, vmax=100)
    for i in range(count):
        for j in range(count):
            text = f"{share[i, j]:.1f} %" if percentages else f"{matrix[i, j]:.4g}"
            if not percentages and matrix.dtype.kind in "biu":
                text = str(int(matrix[i, j]))
            ax.text(j, i, text, ha="center", va="center", fontsize=9,
                    color="white" if share[i, j] > DARK else INK)
    turned = {"rotation": 45, "ha": "right"} if max(map(len, names), default=0) > 6 else {}
    ax.set_xticks(range(count), names, **turned)
    ax.set_yticks(range(count), names)
    ax.set(xlabel="prediction", ylabel="truth")
    return ax
