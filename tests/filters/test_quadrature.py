"""Quadrature filters: the magnitude of the response does not depend on the phase."""

import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import filters
from minicnn.filters import quadrature_pair, quadrature_response

PHASES = np.linspace(0, 2 * np.pi, 16, endpoint=False)


def wave(shape, frequency, angle, phase):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return np.cos(frequency * (np.cos(angle) * x + np.sin(angle) * y) + phase)


def responses(image, even, odd):
    """(2, P, Q), through the engine."""
    weight = mc.tensor(np.stack([even, odd])[:, None])
    return F.conv2d(mc.tensor(image[None, None]), weight).numpy()[0]


@pytest.mark.parametrize("angle", [0, np.pi / 2, 2.0])
@pytest.mark.parametrize("size, frequency", [(15, np.pi / 3), (21, np.pi / 4), ((15, 17), 1.4)])
def test_the_magnitude_is_invariant_to_phase(size, frequency, angle):
    even, odd = quadrature_pair(size, frequency, angle, 2.0)
    found, separate = [], []
    for phase in PHASES:
        e, o = responses(wave((24, 24), frequency, angle, phase), even, odd)
        found.append(np.hypot(e, o))
        separate.append(np.abs(e).min())
    found = np.array(found)
    assert found.mean() == pytest.approx(0.5, rel=0.06)
    assert np.ptp(found) < 0.04 * found.mean()
    assert min(separate) < 0.2 * found.mean(), "the even filter alone depends on it"


def test_exactly_where_the_filter_is_as_large_as_the_grid():
    """No frequency but those of the grid, and at those no error: exact."""
    n = 12
    ideal = quadrature_response(n, np.pi / 3, np.pi / 2, 2.0)
    f = filters.optimise_filter(ideal, n)
    magnitudes = [
        np.hypot(*responses(wave((20, 20), np.pi / 3, np.pi / 2, phase), f.real, f.imag))
        for phase in PHASES
    ]
    np.testing.assert_allclose(magnitudes, 0.5, rtol=1e-12)


def test_an_even_surface_and_other_directions_are_not_seen():
    even, odd = quadrature_pair(15, np.pi / 3, 0.0, 2.0)
    assert np.hypot(even.sum(), odd.sum()) < 1e-3
    across = np.hypot(*responses(wave((24, 24), np.pi / 3, np.pi / 2, 0.3), even, odd)).max()
    along = np.hypot(*responses(wave((24, 24), np.pi / 3, 0.0, 0.3), even, odd)).min()
    assert across < 0.05 * along


def test_even_and_odd():
    even, odd = quadrature_pair((9, 11), 1.0, 0.4, 2.0)
    assert even.shape == odd.shape == (9, 11) and even.dtype == odd.dtype == np.float64
    np.testing.assert_allclose(even[::-1, ::-1], even, atol=1e-13)
    np.testing.assert_allclose(odd[::-1, ::-1], -odd, atol=1e-13)
    e, o = quadrature_pair((9, 11), 1.0, 0.4 + np.pi, 2.0)  # the other half: the conjugate
    np.testing.assert_allclose(e, even, atol=1e-12)
    np.testing.assert_allclose(o, -odd, atol=1e-12)
    e, o = quadrature_pair(9, 1.0, np.pi / 2, 2.0)
    across = quadrature_pair(9, 1.0, 0.0, 2.0)
    np.testing.assert_allclose(e.T, across[0], atol=1e-12)
    np.testing.assert_allclose(o.T, across[1], atol=1e-12)


def test_the_ideal_response():
    ideal = quadrature_response((32, 64), np.pi / 4, 0.0, 2.0)
    assert ideal[0, 8] == pytest.approx(1) and ideal[0, 0] == 0 and ideal[4, 0] == 0
    assert (ideal[:, 32:] == 0).all() and (ideal[:, 1:32] > 0).all()
    # half as much an octave on each side of the centre: two octaves apart
    assert ideal[0, 4] == pytest.approx(0.5) and ideal[0, 16] == pytest.approx(0.5)
    # half an octave below, and 45° away: cos² is ½
    assert ideal[2, 4] == pytest.approx(2**-0.25 / 2)


@pytest.mark.parametrize("arguments, error, message", [
    ((9, 0, 0, 2), ValueError, "frequency=0 must be above 0 and at most π"),
    ((9, 4, 0, 2), ValueError, "frequency=4 must be above 0 and at most π"),
    ((9, 1, 0, 0), ValueError, "bandwidth=0 must be above 0"),
    ((9, 1, 0, np.inf), ValueError, "bandwidth=inf"),
    ((9, 1, np.nan, 2), ValueError, "angle=nan must be a number, in radians"),
    ((9, 1, "x", 2), ValueError, "angle='x'"),
    ((0, 1, 0, 2), ValueError, "must be at least 1"),
    ((9.5, 1, 0, 2), TypeError, "must be a whole number"),
])
@pytest.mark.parametrize("function", [quadrature_pair, quadrature_response])
def test_refused(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(*arguments)
