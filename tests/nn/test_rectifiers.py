import pytest

import minicnn as mc
from minicnn import nn

CASES = [
    ("LeakyReLU", (), {}),
    ("LeakyReLU", (0.2, False), {}),
    ("ELU", (), {}),
    ("ELU", (0.5,), {}),
    ("GELU", (), {}),
    ("GELU", (), {"approximate": "tanh"}),
    ("SiLU", (), {}),
    ("Softplus", (), {}),
    ("Softplus", (2, 0.5), {}),
    ("ReLU6", (), {}),
    ("Hardtanh", (), {}),
    ("Hardtanh", (-0.5, 2), {}),
]


@pytest.mark.parametrize("name, args, kwargs", CASES)
def test_is_pytorchs(compare, name, args, kwargs):
    compare(name, args, kwargs, (3, 4, 2))


@pytest.mark.parametrize(
    "name, args", [("LeakyReLU", (0.1,)), ("ELU", (1.0,)), ("SiLU", ()), ("ReLU6", ()),
                   ("Hardtanh", (-1.0, 1.0))]
)
def test_inplace_changes_nothing_in_place(torch, name, args):
    layer = getattr(nn, name)(*args, True)
    x = mc.tensor([-2.0, 8.0])
    assert layer(x).tolist() != [-2, 8] and x.tolist() == [-2, 8]
    assert repr(layer) == repr(getattr(torch.nn, name)(*args, True))


@pytest.mark.parametrize(
    "do, error, message",
    [
        (lambda: nn.LeakyReLU("0.1"), TypeError, "LeakyReLU: negative_slope must be a number"),
        (lambda: nn.LeakyReLU(0.1, 2), TypeError, "LeakyReLU: inplace must be True or False"),
        (lambda: nn.ELU(None), TypeError, "ELU: alpha must be a number, got None"),
        (lambda: nn.GELU("erf"), ValueError, "GELU: approximate='erf' must be one of 'none'"),
        (lambda: nn.SiLU(0), TypeError, "SiLU: inplace must be True or False, got 0"),
        (lambda: nn.Softplus(0), ValueError, "Softplus: beta=0 must be larger than 0"),
        (lambda: nn.Softplus(1, "20"), TypeError, "Softplus: threshold must be a number"),
        (lambda: nn.ReLU6("no"), TypeError, "ReLU6: inplace must be True or False, got 'no'"),
        (lambda: nn.Hardtanh(2, 1), ValueError, "min_val=2 must be smaller than max_val=1"),
        (lambda: nn.Hardtanh(1, 1.0), ValueError, "min_val=1 must be smaller than max_val=1.0"),
    ],
)
def test_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
