"""kernels/direct.py: the list of triples itself. (Its sums are held by test_convolution.py.)"""

from itertools import product

import numpy as np

from minicnn.geometry import Geometry
from minicnn.kernels import direct

GEOMETRY = Geometry.conv((2, 4, 5, 4), (6, 2, 3, 2), (2, 1), ((1, 0), (0, 2)), (1, 2), 2)


def test_triples_are_those_of_the_definition():
    """Written out: all i and a whose pixel i·s + a·d − p lies in the image, in the same group."""
    expected = []
    for n, o, c in product(range(2), range(6), range(2)):
        for i, j in product(range(GEOMETRY.output[0]), range(GEOMETRY.output[1])):
            for a, b in product(range(3), range(2)):
                row, column = 2 * i + a - 1, j + 2 * b
                if 0 <= row < 5 and 0 <= column < 4:
                    group = o // 3
                    expected.append(((n, 2 * group + c, row, column), (o, c, a, b), (n, o, i, j)))
    got = list(direct.triples(2, 6, 4, GEOMETRY))
    assert len(got) == len(set(got))
    assert sorted(got) == sorted(expected)


def test_the_number_of_triples_is_the_number_of_multiplications():
    plain = Geometry.conv((1, 1, 6, 7), (1, 1, 3, 3))
    assert sum(1 for _ in direct.triples(1, 1, 1, plain)) == 4 * 5 * 9
    same = Geometry.conv((1, 1, 6, 7), (1, 1, 3, 3), padding=1)
    assert sum(1 for _ in direct.triples(1, 1, 1, same)) == (3 * 6 - 2) * (3 * 7 - 2)
    assert sum(1 for _ in direct.triples(5, 8, 2, same)) == 5 * 8 * 2 * (3 * 6 - 2) * (3 * 7 - 2)


def test_a_forward_pass_by_hand():
    x = np.array([[[1.0, 2, 3, 4]]])
    w = np.array([[[10.0, 1]]])
    geometry = Geometry.conv(x.shape, w.shape, stride=2, padding=((1, 0),), axes=1)
    y = direct.forward(x, w, geometry, np.array([0.5]))
    np.testing.assert_array_equal(y, [[[1 + 0.5, 20 + 3 + 0.5]]])
    g = np.array([[[1.0, 100]]])
    np.testing.assert_array_equal(direct.input_gradient(g, w, geometry), [[[1, 1000, 100, 0]]])
    np.testing.assert_array_equal(direct.weight_gradient(x, g, geometry), [[[200, 1 + 300]]])
