import numpy as np
import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("Linear", (3, 4), {}, (5, 3)),
    ("Linear", (3, 4), {"bias": False}, (2, 5, 3)),
    ("Linear", (3, 1), {}, (3,)),
    ("Flatten", (), {}, (2, 3, 4)),
    ("Flatten", (0, 1), {}, (2, 3, 4)),
    ("Flatten", (), {"start_dim": -2}, (2, 3, 4)),
    ("Unflatten", (1, (2, 3)), {}, (4, 6)),
    ("Unflatten", (-2, [2, -1]), {}, (4, 6, 5)),
    ("Identity", (), {}, (2, 3)),
    ("Identity", (54, "whatever"), {"at": "all"}, (2, 3)),
]


@pytest.mark.parametrize("name, args, kwargs, shape", CASES)
def test_is_pytorchs(compare, name, args, kwargs, shape):
    compare(name, args, kwargs, shape)


def test_starts_as_pytorchs(torch):
    mc.manual_seed(0)
    ours, theirs = nn.Linear(100, 400), torch.nn.Linear(100, 400)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert p.shape == tuple(q.shape) and p.dtype == np.float32 and p.requires_grad
        assert abs(p.data).max() <= 0.1  # 1/√100
        assert abs(p.data).max() > 0.098  # and the bound is reached
        assert abs(p.data.mean()) < 0.01
        assert p.data.std() == pytest.approx(q.detach().numpy().std(), rel=0.1)


def test_the_seed_decides_the_weights():
    mc.manual_seed(3)
    first = nn.Linear(4, 4)
    assert (first.weight.data != nn.Linear(4, 4).weight.data).any()
    mc.manual_seed(3)
    np.testing.assert_array_equal(nn.Linear(4, 4).weight.data, first.weight.data)
    mc.manual_seed(3)
    other = nn.Linear(4, 4, dtype="float64")
    assert other.weight.dtype == other.bias.dtype == np.float64
    first.reset_parameters()
    assert (first.weight.data != other.weight.data).any()


REFUSED = [
    (lambda: nn.Linear(0, 1), ValueError, "Linear: in_features=0 must be at least 1"),
    (lambda: nn.Linear(1, -1), ValueError, "Linear: out_features=-1"),
    (lambda: nn.Linear(1.5, 1), TypeError, "Linear: in_features must be a whole number, got 1.5"),
    (lambda: nn.Linear(1, 1, bias=3), TypeError, "Linear: bias must be True or False, got 3"),
    (lambda: nn.Linear(1, 1, dtype="int32"), TypeError, "Linear: dtype .* got int32"),
    (lambda: nn.Linear(1, 1, device="gpu"), ValueError, "unknown device 'gpu'"),
    (lambda: nn.Flatten("1"), TypeError, "Flatten: start_dim must be a whole number"),
    (lambda: nn.Unflatten("1", (2,)), TypeError, "Unflatten: dim must be a whole number, got '1'"),
    (lambda: nn.Unflatten(1, 6), TypeError, "unflattened_size must be a tuple of sizes, got 6"),
    (lambda: nn.Unflatten(1, ()), TypeError, r"must be a tuple of sizes, got \(\)"),
    (lambda: nn.Unflatten(1, (2, 0)), ValueError, "unflattened_size=0 must be at least 1"),
    (lambda: nn.Unflatten(1, (-1, -1)), ValueError, r"\(-1, -1\) may hold one -1, not more"),
    (lambda: nn.Unflatten(1, (2, 3))(mc.ones(2, 7)), ValueError, r"7 entries.*size=\(2, 3\)"),
    (lambda: nn.Unflatten(1, (2, -1))(mc.ones(2, 7)), ValueError, r"7 entries.*size=\(2, -1\)"),
    (lambda: nn.Unflatten(3, (2, 3))(mc.ones(2, 6)), IndexError, "Unflatten: axis 3 does not"),
    (lambda: nn.Linear(3, 1)(mc.ones(2, 4)), ValueError, r"\(2, 4\)"),
    (lambda: nn.Linear(3, 1)(mc.ones(2, 3, dtype="float64")), TypeError, "float64.*float32"),
]


@pytest.mark.parametrize("do, error, message", REFUSED)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
