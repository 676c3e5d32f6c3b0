"""Weighted least squares: the closed form, the stacked system, and gradient descent agree."""

import numpy as np
import pytest

from minicnn import filters
from minicnn.filters import frequency_grid, optimise_filter, optimise_filter_by_descent


def stacked(ideal, size, frequency_weight=1.0, spatial_weight=1.0, alpha=0.0, ideal_filter=0.0):
    """numpy's lstsq of [F_w·B; √α·f_w]·f = [F_w·F_i; √α·f_w·f_i]; B column by column, by fft2."""
    columns = []
    for a in range(size[0]):
        for b in range(size[1]):
            impulse = np.zeros(ideal.shape)
            impulse[a, b] = 1
            columns.append(np.fft.fft2(impulse))
    omega_y, omega_x = (2 * np.pi * np.fft.fftfreq(n) for n in ideal.shape)
    middle = np.exp(1j * (omega_y[:, None] * (size[0] - 1) / 2 + omega_x * (size[1] - 1) / 2))
    matrix = np.stack([(c * middle).ravel() for c in columns], 1)
    F_w = np.broadcast_to(frequency_weight, ideal.shape).ravel()
    f_w = np.sqrt(alpha) * np.broadcast_to(spatial_weight, size).ravel()
    f_i = np.broadcast_to(ideal_filter, size).ravel()
    rows = np.concatenate([F_w[:, None] * matrix, np.diag(f_w)])
    right = np.concatenate([F_w * ideal.ravel(), f_w * f_i])
    return np.linalg.lstsq(rows, right, rcond=None)[0].reshape(size)


def problems():
    rng = np.random.default_rng(0)
    for size, grid in (((3, 3), (9, 9)), ((4, 5), (8, 11)), ((1, 5), (3, 16)), ((5, 5), (5, 5))):
        ideal = rng.standard_normal(grid) + 1j * rng.standard_normal(grid)
        yield ideal, size, {}
        yield ideal, size, {"frequency_weight": rng.uniform(0.3, 1, grid)}
        yield ideal, size, {
            "frequency_weight": rng.uniform(0.3, 1, grid),
            "spatial_weight": rng.uniform(0, 2, size), "alpha": 7.5,
            "ideal_filter": rng.standard_normal(size),
        }
        yield ideal.real, size, {"spatial_weight": 2, "alpha": 1, "ideal_filter": 1 + 2j}


@pytest.mark.parametrize("ideal, size, settings", list(problems()))
def test_closed_form_lstsq_and_descent_agree(ideal, size, settings):
    found = optimise_filter(ideal, size, **settings)
    assert found.shape == size and found.dtype == np.complex128
    np.testing.assert_allclose(found, stacked(ideal, size, **settings), rtol=1e-10, atol=1e-12)
    walked = optimise_filter_by_descent(ideal, size, **settings)
    np.testing.assert_allclose(walked, found, rtol=1e-9, atol=1e-11)


def test_no_other_filter_is_better():
    ideal, size, settings = list(problems())[6]
    best = optimise_filter(ideal, size, **settings)
    omega_y, omega_x = frequency_grid(ideal.shape)
    y, x = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in size), indexing="ij")

    def error(f):
        phase = omega_y[..., None, None] * y + omega_x[..., None, None] * x
        F = np.tensordot(np.exp(-1j * phase), f, 2)
        far = settings["spatial_weight"] * (settings["ideal_filter"] - f)
        off = settings["frequency_weight"] * (ideal - F)
        return (abs(off) ** 2).sum() + settings["alpha"] * (abs(far) ** 2).sum()

    rng = np.random.default_rng(1)
    for _ in range(20):
        step = rng.standard_normal(size) + 1j * rng.standard_normal(size)
        assert error(best + 1e-3 * step) > error(best)
        assert error(best + 1e-3 * step) == pytest.approx(error(best - 1e-3 * step), rel=1e-9)


def test_an_ideal_that_can_be_reached_is():
    """The response of a 3 × 3 filter gives back that filter."""
    omega_y, omega_x = frequency_grid((8, 8))
    sobel = sum(
        value * np.exp(-1j * (omega_y * (a - 1) + omega_x * (b - 1)))
        for (a, b), value in np.ndenumerate(filters.sobel_x())
    )
    np.testing.assert_allclose(optimise_filter(sobel, 3), filters.sobel_x(), atol=1e-14)
    larger = optimise_filter(sobel, 5, np.random.default_rng(2).uniform(0.5, 1, (8, 8)))
    np.testing.assert_allclose(larger[1:4, 1:4], filters.sobel_x(), atol=1e-13)
    assert abs(larger).sum() == pytest.approx(8)
    # the spatial error alone: the ideal filter
    found = optimise_filter(sobel, 3, 0, 1, 2.0, np.arange(9).reshape(3, 3))
    np.testing.assert_allclose(found, np.arange(9).reshape(3, 3), atol=1e-14)


def test_alpha_pulls_towards_the_ideal_filter():
    ideal = filters.quadrature_response(21, np.pi / 3, 0.5, 2)
    y, x = np.mgrid[-4:5, -4:5]
    distance = np.hypot(x, y)
    spread = [
        (distance * abs(optimise_filter(ideal, 9, 1.0, distance, alpha))).sum()
        for alpha in (0, 10, 100)
    ]
    assert spread[0] > spread[1] > spread[2]


def test_the_grid():
    y, x = frequency_grid((4, 3))
    assert y.shape == x.shape == (4, 3)
    np.testing.assert_allclose(y[:, 0], [0, np.pi / 2, -np.pi, -np.pi / 2])
    np.testing.assert_allclose(x[0], [0, 2 * np.pi / 3, -2 * np.pi / 3])


IDEAL = np.ones((5, 5))


@pytest.mark.parametrize("optimise", [optimise_filter, optimise_filter_by_descent])
@pytest.mark.parametrize("settings, error, message", [
    ({"ideal": np.ones(5)}, ValueError, r"ideal must be \(U, V\).*got \(5,\)"),
    ({"ideal": np.ones((0, 3))}, ValueError, r"got \(0, 3\)"),
    ({"ideal": [[1, 2], [3]]}, ValueError, "lists in ideal have different lengths"),
    ({"ideal": [["a"]]}, TypeError, "ideal must be numbers, got <U1"),
    ({"ideal": IDEAL * np.inf}, ValueError, "NaN or infinity in ideal"),
    ({"size": 6}, ValueError, r"\(6, 6\) coefficients needs at least as many.* \(5, 5\)"),
    ({"size": 2.0}, TypeError, "size must be a whole number"),
    ({"frequency_weight": np.ones((3, 3))}, ValueError, r"a number or \(5, 5\), got \(3, 3\)"),
    ({"frequency_weight": -1}, ValueError, "frequency_weight must be real and not negative"),
    ({"spatial_weight": 1j}, ValueError, "spatial_weight must be real and not negative"),
    ({"ideal_filter": np.ones((5, 5))}, ValueError, r"ideal_filter must be a number or \(3, 3\)"),
    ({"alpha": -1}, ValueError, "alpha=-1 must be a number from 0 on"),
    ({"alpha": "1"}, ValueError, "alpha='1'"),
])
def test_refused(optimise, settings, error, message):
    with pytest.raises(error, match=f"{optimise.__name__}: .*{message}"):
        optimise(**{"ideal": IDEAL, "size": 3, **settings})


def test_refused_by_one_of_them():
    weight = np.zeros((5, 5))
    weight[0, 0] = 1
    with pytest.raises(ValueError, match="leave some of the coefficients free"):
        optimise_filter(IDEAL, 3, weight)
    with pytest.raises(ValueError, match="steps=0 must be at least 1"):
        optimise_filter_by_descent(IDEAL, 3, steps=0)
