"""The pictures: each row's exists and is drawn, and there is none that no row names."""

import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="the extra 'examples' is not installed")
from lectures.rows import Row, load  # noqa: E402
from support.picture import plt  # noqa: E402

FOLDER = Path(importlib.import_module("lectures.pictures").__file__).parent


def pictures():
    """ "file.function" of every function that draws: the public ones without parameters."""
    found = []
    for path in sorted(FOLDER.glob("*.py")):
        module = importlib.import_module(f"lectures.pictures.{path.stem}")
        found += [
            f"{path.stem}.{name}" for name, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__
            and not inspect.signature(value).parameters
        ]
    return found


def drawn(name):
    file, _, function = name.partition(".")
    return getattr(importlib.import_module(f"lectures.pictures.{file}"), function)()


@pytest.mark.parametrize("name", pictures())
def test_is_worth_a_slide(name):
    """It has a title, several panels, and is not blank: many colours in what is drawn."""
    figure = drawn(name)
    try:
        assert figure.get_suptitle()
        assert len(figure.axes) >= 2
        figure.set_dpi(40)
        figure.canvas.draw()
        pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3].reshape(-1, 3)
        assert len(np.unique(pixels, axis=0)) > 50
    finally:
        plt.close(figure)


def test_rows_and_pictures_belong_together():
    named = {row.picture for row in load().values() if isinstance(row, Row) and row.picture}
    assert named == set(pictures())


def numbers(ax):
    """The numbers that are written onto a panel."""
    return [float(text.get_text().replace("−", "-")) for text in ax.texts]


def test_pooling_shows_what_the_engine_pools():
    from lectures.images import POOLED

    figure = drawn("pooling.example")
    first = figure.axes[:4]  # of channel 0
    np.testing.assert_array_equal(numbers(first[0]), POOLED[0].ravel())
    by_hand = POOLED[0].reshape(2, 2, 2, 2)  # (P, A, Q, B)
    np.testing.assert_array_equal(numbers(first[1]), by_hand.max(axis=(1, 3)).ravel())
    np.testing.assert_array_equal(numbers(first[2]), by_hand.mean(axis=(1, 3)).ravel())
    plt.close(figure)


def test_the_checkerboard_is_that_of_the_overlaps():
    figure = drawn("upsampling.checkerboard")
    stamps = np.convolve(np.kron(np.ones(4), [1, 0])[:-1], np.ones(3))  # 1 1 2 1 2 1 2 1 1
    np.testing.assert_array_equal(numbers(figure.axes[1]), np.outer(stamps, stamps).ravel())
    assert set(numbers(figure.axes[2])) == {1}
    assert set(numbers(figure.axes[3])) == {9}
    plt.close(figure)
