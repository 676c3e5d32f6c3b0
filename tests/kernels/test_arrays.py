"""kernels/arrays.py: every other primitive, against its formula written out and against PyTorch."""

import numpy as np
import pytest

from minicnn.geometry import Geometry
from minicnn.kernels import arrays

RNG = np.random.default_rng

POOLS = {
    "apart": Geometry.pool((2, 3, 6, 4), 2),
    "overlapping": Geometry.pool((2, 3, 5, 6), 3, 1, 1),
    "dilated": Geometry.pool((2, 3, 7, 7), (2, 3), (1, 2), (1, 0), (3, 2)),
    "padded by two, dilated": Geometry.pool((2, 3, 9, 6), (4, 5), 2, (2, 2), (2, 1)),
    "ceil_mode": Geometry.pool((2, 3, 6, 5), (3, 2), 2, (1, 0), ceil_mode=True),
    "gaps": Geometry.pool((2, 3, 8, 8), (1, 2), 3),
    "signal": Geometry.pool((2, 3, 9), 4, 3, 1, axes=1),
    "volume": Geometry.pool((2, 3, 4, 3, 5), (2, 1, 3), (1, 2, 2), (1, 0, 1), axes=3),
}
each_pool = pytest.mark.parametrize("name", POOLS)


def windows(geometry):
    """For every output place, the taps that lie inside: (number of the tap, pixel)."""
    for place in np.ndindex(*geometry.output):
        inside = []
        for number, tap in enumerate(np.ndindex(*geometry.kernel)):
            pixel = tuple(
                i * s + t * d - before
                for i, s, t, d, (before, _) in zip(place, geometry.stride, tap, geometry.dilation,
                                                   geometry.padding, strict=True)
            )
            if all(0 <= at < n for at, n in zip(pixel, geometry.size, strict=True)):
                inside.append((number, pixel))
        yield place, inside


@each_pool
def test_max_pool_by_its_definition(name):
    geometry = POOLS[name]
    x = RNG(0).integers(-3, 4, (2, 3, *geometry.size)).astype("float32")  # with many ties
    y, winner = arrays.max_pool(x, geometry)
    assert y.dtype == x.dtype and y.shape == winner.shape == (2, 3, *geometry.output)
    for n, c in np.ndindex(2, 3):
        for place, inside in windows(geometry):
            best = max(x[(n, c, *pixel)] for _, pixel in inside)
            first = next(number for number, pixel in inside if x[(n, c, *pixel)] == best)
            assert (y[(n, c, *place)], winner[(n, c, *place)]) == (best, first)


@each_pool
def test_of_minus_infinities_the_first_inside_wins(name):
    geometry = POOLS[name]
    _, winner = arrays.max_pool(np.full((1, 1, *geometry.size), -np.inf), geometry)
    for place, inside in windows(geometry):
        assert winner[(0, 0, *place)] == inside[0][0]


@each_pool
def test_max_pool_put_and_take_by_their_definition(name):
    geometry = POOLS[name]
    rng = RNG(0)
    shapes = (2, 3, *geometry.size), (2, 3, *geometry.output)
    x, g = (rng.integers(-9, 10, shape).astype(float) for shape in shapes)
    _, winner = arrays.max_pool(rng.standard_normal(x.shape), geometry)
    put, taken = np.zeros(x.shape), np.zeros(g.shape)
    for n, c in np.ndindex(2, 3):
        for place, inside in windows(geometry):
            pixel = dict(inside)[winner[(n, c, *place)]]
            put[(n, c, *pixel)] += g[(n, c, *place)]
            taken[(n, c, *place)] = x[(n, c, *pixel)]
    np.testing.assert_array_equal(arrays.max_pool_put(g, winner, geometry), put)
    np.testing.assert_array_equal(arrays.max_pool_take(x, winner, geometry), taken)
    assert (g * taken).sum() == (put * x).sum()  # each other's adjoint


@each_pool
def test_sum_pool_and_spread_by_their_definition(name):
    geometry = POOLS[name]
    rng = RNG(0)
    shapes = (2, 3, *geometry.size), (2, 3, *geometry.output)
    x, g = (rng.integers(-9, 10, shape).astype(float) for shape in shapes)
    summed, spread = np.zeros(g.shape), np.zeros(x.shape)
    for n, c in np.ndindex(2, 3):
        for place, inside in windows(geometry):
            for _, pixel in inside:
                summed[(n, c, *place)] += x[(n, c, *pixel)]
                spread[(n, c, *pixel)] += g[(n, c, *place)]
    np.testing.assert_array_equal(arrays.sum_pool(x, geometry), summed)
    np.testing.assert_array_equal(arrays.spread_pool(g, geometry), spread)
    assert (g * summed).sum() == (spread * x).sum()


def test_pooling_keeps_the_dtype_and_a_small_winner():
    x = np.ones((1, 1, 20, 20), "float32")
    y, winner = arrays.max_pool(x, Geometry.pool(x.shape, 15))
    assert (y.dtype, winner.dtype) == ("float32", "uint8")
    y, winner = arrays.max_pool(x, Geometry.pool(x.shape, 17))
    assert (y.dtype, winner.dtype) == ("float32", "uint16")
    geometry = Geometry.pool(x.shape, 17)
    assert arrays.max_pool_put(y, winner, geometry).dtype == "float32"
    assert arrays.max_pool_take(x, winner, geometry).dtype == "float32"
    assert arrays.sum_pool(x, geometry).dtype == arrays.spread_pool(y, geometry).dtype == "float32"


# The others


def test_matmul():
    a, b = RNG(0).integers(-5, 6, (2, 3, 4)), RNG(1).integers(-5, 6, (4, 5))
    expected = np.einsum("nik,kj->nij", a, b)
    np.testing.assert_array_equal(arrays.matmul(a, b), expected)


def test_relu_and_its_gradient():
    x = np.array([-2.0, -0.0, 0.0, 3.0, np.inf, -np.inf, np.nan], "float32")
    y = arrays.relu(x)
    np.testing.assert_array_equal(y, [0, 0, 0, 3, np.inf, 0, np.nan])
    assert y.dtype == "float32"
    g = np.array([1, 2, 3, 4, 5, np.inf, 7], "float32")
    again, mask = arrays.relu_with_mask(x)
    np.testing.assert_array_equal(again, y)
    got = arrays.relu_gradient(g, mask)
    np.testing.assert_array_equal(got, [0, 0, 0, 4, 5, 0, 0])  # an infinite gradient times 0 is 0
    assert got.dtype == "float32"


# Random numbers by place.


@pytest.mark.parametrize("key", [0, 1, 2**63, 2**64 - 1])
def test_random_bits_are_a_function_of_key_and_place(key):
    whole = arrays.random_bits(key, 40_000, np)
    assert whole.dtype == np.uint32 and whole.shape == (40_000,)
    for n in (0, 1, 16_383, 16_384, 16_385):
        np.testing.assert_array_equal(arrays.random_bits(key, n, np), whole[:n])
    assert (arrays.random_bits(key ^ 1, 40_000, np) != whole).mean() > 0.999


def test_every_bit_is_fair_and_depends_on_no_other():
    """Bits, pairs of bits of a number, and the same bit of neighbours and of other chunks."""
    n = 1 << 18
    bits = np.unpackbits(arrays.random_bits(12345, n, np).view(np.uint8)).reshape(n, 32)
    signs = bits.astype(np.float32) * 2 - 1
    limit = 5 * n**-0.5  # of a mean of n signs
    assert abs(signs.mean(0)).max() < limit
    together = signs.T @ signs / n - np.eye(32)
    assert abs(together).max() < limit
    for lag in (1, 2, 3, 7, 16, 64, 512, 16_384):
        assert abs((signs[lag:].T @ signs[:-lag]) / (n - lag)).max() < 1.1 * limit
    # Bytes: each of 256 values as often as any other, by the chi-square test.
    counts = np.bincount(arrays.random_bits(12345, n, np).view(np.uint8), minlength=256)
    chi_square = ((counts - 4 * n / 256) ** 2 / (4 * n / 256)).sum()
    assert abs(chi_square - 255) < 5 * (2 * 255) ** 0.5


def test_neighbouring_keys_draw_unlike_numbers():
    n = 1 << 16
    dropped = np.array([arrays.random_bits(key, n, np) < 2**31 for key in range(16)])
    signs = dropped.astype(np.float32) * 2 - 1
    alike = signs @ signs.T / n - np.eye(16)
    assert abs(alike).max() < 5 * n**-0.5
    shifted = signs[:, 1:] @ signs[:, :-1].T / n  # not the same numbers one place on, either
    assert abs(shifted).max() < 5 * n**-0.5


def test_dropout_settings():
    assert arrays.dropout_settings(0.5) == (2**31, 2.0)
    assert arrays.dropout_settings(1) == (2**32 - 1, 0.0)
    assert arrays.dropout_settings(1 - 2**-53)[0] == 2**32 - 1
    assert arrays.dropout_settings(0.25) == (2**30, 1 / 0.75)


def test_a_sum_is_multiplied_by_its_share():
    """A number for all windows, or one for each place of the output; its adjoint likewise."""
    geometry = POOLS["overlapping"]
    rng = RNG(0)
    shapes = (2, 3, *geometry.size), (2, 3, *geometry.output)
    x, g = (rng.integers(-9, 10, shape).astype(float) for shape in shapes)
    for share in (0.25, rng.integers(1, 9, geometry.output).astype(float)):
        summed = arrays.sum_pool(x, geometry, share)
        np.testing.assert_array_equal(summed, arrays.sum_pool(x, geometry) * share)
        spread = arrays.spread_pool(g, geometry, share)
        np.testing.assert_array_equal(spread, arrays.spread_pool(g * share, geometry))
        assert (g * summed).sum() == (spread * x).sum()


def test_batch_norm_by_its_formula():
    x = RNG(0).integers(-9, 10, (3, 2, 4, 5)) * 1.0
    y = arrays.batch_norm(x, np.array([1.0, 2]), np.array([3.0, -4]), np.array([5.0, 6]))
    np.testing.assert_array_equal(y[:, 0], (x[:, 0] - 1) * 3 + 5)
    np.testing.assert_array_equal(y[:, 1], (x[:, 1] - 2) * -4 + 6)
    y = arrays.batch_norm(x, None, np.array([3.0, -4]), None)
    np.testing.assert_array_equal(y[:, 1], x[:, 1] * -4)


def test_batch_norm_with_given_statistics():
    x = RNG(0).integers(-9, 10, (3, 2, 4, 5)) * 1.0
    mean, var = np.array([1.0, 2]), np.array([3.75, 15.75])
    y = arrays.batch_norm_fixed(x, mean, var, np.array([3.0, -4]), np.array([5.0, 6]), 0.25)
    np.testing.assert_array_equal(y[:, 0], (x[:, 0] - 1) * 1.5 + 5)
    np.testing.assert_array_equal(y[:, 1], (x[:, 1] - 2) * -1 + 6)
    narrow = x.astype("float32"), np.array([1, 2]), var, *np.ones((2, 2), "float32")
    assert arrays.batch_norm_fixed(*narrow, 0.25).dtype == "float32"


def test_batch_norm_with_the_batchs_own_statistics():
    x = RNG(0).integers(-9, 10, (3, 2, 4, 5)) * 1.0
    weight, bias = np.array([3.0, -4]), np.array([5.0, 6])
    y, mean, var, inverse = arrays.batch_norm_train(x, weight, bias, 0.5)
    for c in range(2):
        values = x[:, c].ravel()
        assert np.isclose(mean[c], values.mean(), rtol=1e-15)
        assert np.isclose(var[c], ((values - values.mean()) ** 2).mean(), rtol=1e-14)
        assert np.isclose(inverse[c], (var[c] + 0.5) ** -0.5, rtol=1e-15)
    np.testing.assert_allclose(y, arrays.batch_norm(x, mean, weight * inverse, bias), rtol=1e-13)


def test_statistics_of_large_numbers_do_not_cancel():
    """The variance is taken about the mean: E[x²] − E[x]² would lose everything here."""
    x = np.array([1e8, 1e8 + 1, 1e8 + 2]).reshape(3, 1)
    _, mean, var, _ = arrays.batch_norm_train(x, np.ones(1), np.zeros(1), 0.0)
    assert mean == 1e8 + 1 and np.isclose(var, 2 / 3, rtol=1e-15)


def test_concatenate_and_split_take_each_other_back():
    parts = [RNG(n).standard_normal((2, n, 3)) for n in (1, 4, 0, 2)]
    joined = arrays.concatenate(parts, 1)
    assert joined.shape == (2, 7, 3)
    for part, again in zip(parts, arrays.split(joined, [1, 4, 0, 2], 1), strict=True):
        np.testing.assert_array_equal(again, part)


@pytest.mark.parametrize("shape", [(4, 3, 5, 2), (6, 3)])
def test_batch_norm_gradient_is_pytorchs(shape):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    rng = RNG(0)
    x, g, weight = rng.standard_normal(shape), rng.standard_normal(shape), rng.standard_normal(3)
    _, mean, _, inverse = arrays.batch_norm_train(x, weight, np.zeros(3), 1e-5)
    got = arrays.batch_norm_gradient(g, x, mean, inverse, weight)
    for a, b in zip(got[1:], arrays.batch_norm_sums(g, x, mean, inverse), strict=True):
        np.testing.assert_array_equal(a, b)
    xt, wt = (torch.tensor(a, requires_grad=True) for a in (x, weight))
    bt = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    y = torch.nn.functional.batch_norm(xt, None, None, wt, bt, True, eps=1e-5)
    expected = torch.autograd.grad(y, (xt, wt, bt), torch.tensor(g))
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-11, atol=1e-12)


SGD = {
    "plain": dict(momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False),
    "momentum": dict(momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False),
    "dampening": dict(momentum=0.8, dampening=0.25, weight_decay=0.0, nesterov=False),
    "weight decay": dict(momentum=0.9, dampening=0.0, weight_decay=0.3, nesterov=False),
    "nesterov": dict(momentum=0.9, dampening=0.0, weight_decay=0.2, nesterov=True),
}


@pytest.mark.parametrize("name", SGD)
def test_sgd_by_its_formula(name):
    """g ← g + decay·p;  v ← m·v + (1 − d)·g;  p ← p − lr·v, or with Nesterov − lr·(g + m·v)."""
    settings, rng = SGD[name], RNG(0)
    m, d, decay = settings["momentum"], settings["dampening"], settings["weight_decay"]
    p = rng.standard_normal((2, 3))
    expected, velocity = p.copy(), np.zeros((2, 3)) if m else None
    v = np.zeros((2, 3))
    for _ in range(3):
        g = rng.standard_normal((2, 3))
        before = g.copy()
        arrays.sgd(p, g, velocity, lr=0.1, **settings)
        np.testing.assert_array_equal(g, before)
        g = g + decay * expected
        v = m * v + (1 - d) * g
        expected = expected - 0.1 * (g if not m else g + m * v if settings["nesterov"] else v)
        np.testing.assert_allclose(p, expected, rtol=1e-13)


@pytest.mark.parametrize("decay, decoupled", [(0.0, False), (0.2, False), (0.2, True)])
@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_by_its_formula(decay, decoupled, amsgrad):
    rng = RNG(0)
    largest, most = np.zeros(5) if amsgrad else None, np.zeros(5)
    p, first, second = rng.standard_normal(5), np.zeros(5), np.zeros(5)
    expected, m, v = p.copy(), np.zeros(5), np.zeros(5)
    for step in range(1, 5):
        g = rng.standard_normal(5) / step  # shrinking, so that the largest is not the last
        before = g.copy()
        arrays.adam(p, g, first, second, largest, step, lr=0.01, beta1=0.9, beta2=0.99, eps=1e-3,
                    weight_decay=decay, decoupled=decoupled)
        np.testing.assert_array_equal(g, before)
        if decoupled:
            expected = expected * (1 - 0.01 * decay)
        else:
            g = g + decay * expected
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g**2
        most = np.maximum(most, v)
        hat_m, hat_v = m / (1 - 0.9**step), (most if amsgrad else v) / (1 - 0.99**step)
        expected = expected - 0.01 * hat_m / (np.sqrt(hat_v) + 1e-3)
        np.testing.assert_allclose(p, expected, rtol=1e-13)
        np.testing.assert_allclose(first, m, rtol=1e-13)
        np.testing.assert_allclose(second, v, rtol=1e-13)
