"""Where a diagram is drawn: on the axes that are given, or on new ones."""

from __future__ import annotations

from typing import Any

GREY, INK = "#8C8C8C", "#222222"


def axes_for(ax: Any, name: str, size: tuple[float, float] = (4.8, 4.8)) -> Any:
    """``ax``, or for None the axes of a new figure, in inches; matplotlib is imported for that.

    The figure is not pyplot's: no window opens and none is to be closed. To save it:
    ``ax.figure.savefig(path)``.
    """
    if ax is None:
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            raise ImportError(
                f"{name} needs matplotlib ({error}): pip install 'minicnn[examples]'"
            ) from None
        return Figure(figsize=size, layout="constrained").subplots()
    if not hasattr(ax, "plot"):
        raise TypeError(f"{name}: ax must be matplotlib Axes or None, got {type(ax).__name__}")
    return ax
