"""Batches: every sample once, in an order that the seed and the epoch determine."""

import numpy as np
import pytest

import minicnn as mc
from minicnn import data
from minicnn.data import DataLoader, Dataset, TensorDataset

X = np.arange(20, dtype="float32").reshape(10, 2)
Y = np.arange(10)


def order(loader):
    return [batch[-1].data.tolist() for batch in loader]


def test_batches_in_order():
    loader = DataLoader(X, Y, batch_size=4)
    assert len(loader) == 3
    batches = list(loader)
    assert [x.shape for x, _ in batches] == [(4, 2), (4, 2), (2, 2)]
    assert order(loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    for x, y in batches:
        assert isinstance(x, mc.Tensor) and x.dtype == "float32" and y.dtype == Y.dtype
        np.testing.assert_array_equal(x.data, X[y.data])
        assert not x.requires_grad
    assert len(loader.dataset) == 10


def test_drop_last():
    loader = DataLoader(X, Y, batch_size=4, drop_last=True)
    assert len(loader) == 2 == len(list(loader))


def test_shuffled_epochs_are_fresh_complete_and_repeatable():
    loader = DataLoader(X, Y, batch_size=3, shuffle=True, seed=5)
    epochs = [order(loader) for _ in range(4)]
    assert all(sorted(sum(epoch, [])) == list(range(10)) for epoch in epochs)
    assert len({str(epoch) for epoch in epochs}) == 4
    again = DataLoader(X, Y, batch_size=3, shuffle=True, seed=5)
    assert [order(again) for _ in range(4)] == epochs
    other = DataLoader(X, Y, batch_size=3, shuffle=True, seed=6)
    assert order(other) != epochs[0]
    resumed = DataLoader(X, Y, batch_size=3, shuffle=True, seed=5)
    resumed.epoch = 2
    assert order(resumed) == epochs[2] and resumed.epoch == 3


def test_loops_inside_each_other_do_not_disturb():
    loader = DataLoader(X, Y, batch_size=5, shuffle=True, seed=1)
    first, second = iter(loader), iter(loader)
    mixed = [[b[1].data.tolist() for b in pair] for pair in zip(first, second, strict=True)]
    again = DataLoader(X, Y, batch_size=5, shuffle=True, seed=1)
    assert [a for a, _ in mixed] == order(again) and [b for _, b in mixed] == order(again)


def test_manual_seed_rules_where_no_seed_is_given():
    mc.manual_seed(4)
    loader = DataLoader(X, Y, batch_size=10, shuffle=True)
    a, b = order(loader), order(loader)
    mc.manual_seed(4)
    assert order(loader) == a != b


def test_as_pytorch_is_used():
    x, y = mc.tensor(X), mc.tensor(Y)
    dataset = TensorDataset(x, y)
    assert len(dataset) == 10
    image, label = dataset[3]
    assert image.tolist() == [6, 7] and label.item() == 3
    seen = 0
    for xb, yb in DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2, pin_memory=True):
        np.testing.assert_array_equal(xb.data, X[yb.data])
        seen += len(yb)
    assert seen == 10
    assert [len(xb) for xb, _ in DataLoader(dataset, 8)] == [8, 2]


def test_one_array_gives_tensors_and_a_dataset_of_one_gives_tuples():
    assert [b.shape for b in DataLoader(X, batch_size=5)] == [(5, 2)] * 2
    assert [b.shape for (b,) in DataLoader(TensorDataset(X), batch_size=5)] == [(5, 2)] * 2
    assert [b.shape for b in DataLoader(mc.tensor(X), batch_size=5)] == [(5, 2)] * 2


def test_dtypes_are_kept():
    for dtype in ("float64", "uint8", "int32", "bool"):
        (x,) = next(iter(DataLoader(TensorDataset(X.astype(dtype)), batch_size=2)))
        assert x.dtype == dtype


def test_batches_never_share_memory_with_the_data():
    for batch in (next(iter(DataLoader(X, batch_size=10))), next(iter(DataLoader([*X], 10)))):
        assert not np.shares_memory(batch.data, X)


def test_history_is_left_behind():
    w = mc.tensor(X, requires_grad=True)
    (x,) = next(iter(DataLoader(TensorDataset(w * 2))))
    assert not x.requires_grad and x.creator is None


class Squares(Dataset):
    def __len__(self):
        return 7

    def __getitem__(self, number):
        return np.full((2, 3), number, "float32"), number * number


def test_a_dataset_of_ones_own():
    x, y = next(iter(DataLoader(Squares(), batch_size=4)))
    assert x.shape == (4, 2, 3) and x.dtype == "float32"
    assert y.dtype == "int64" and y.tolist() == [0, 1, 4, 9]


def test_a_list_of_samples():
    x, y = next(iter(DataLoader(list(zip(X, Y, strict=True)), batch_size=3)))
    np.testing.assert_array_equal(x.data, X[:3])
    assert y.tolist() == [0, 1, 2]


def test_transform_gets_copies_and_its_answer_is_used():
    def double(x, y):
        x *= 2
        return x, y + 1

    before = X.copy()
    x, y = next(iter(DataLoader(X, Y, batch_size=10, transform=double)))
    np.testing.assert_array_equal(x.data, 2 * before)
    np.testing.assert_array_equal(y.data, Y + 1)
    np.testing.assert_array_equal(X, before)
    x = next(iter(DataLoader(X, batch_size=10, transform=lambda x: x[:, ::-1])))
    np.testing.assert_array_equal(x.data, X[:, ::-1])


WRONG = [
    (lambda: DataLoader(), TypeError, "needs arrays, or a dataset"),
    (lambda: DataLoader(X, Y[:9]), ValueError, r"lengths are \[10, 9\]"),
    (lambda: DataLoader(X, np.float32(1)), ValueError, r"tensors\[1\] must have a first axis"),
    (lambda: DataLoader(X, batch_size=0), ValueError, "batch_size=0"),
    (lambda: DataLoader(X, batch_size=2.0), TypeError, "batch_size=2.0"),
    (lambda: DataLoader(X, batch_size=True), TypeError, "batch_size=True"),
    (lambda: DataLoader(X, shuffle=True, seed=-3), ValueError, "seed=-3"),
    (lambda: DataLoader(X, transform=3), TypeError, "transform=3"),
    (lambda: DataLoader(3.5), TypeError, "float is no dataset"),
    (lambda: DataLoader(X[:0]), ValueError, "0 samples make no batch"),
    (lambda: DataLoader(X, batch_size=11, drop_last=True), ValueError, "with drop_last"),
    (lambda: TensorDataset(), TypeError, "at least one array"),
    (lambda: TensorDataset(X.astype(complex)), TypeError, "complex128"),
    (lambda: list(DataLoader(X, Y, transform=lambda x, y: x)), TypeError, "2 arrays and must"),
    (lambda: list(DataLoader(X, Y, transform=lambda x, y: (x,))), TypeError, "a tuple.*got 1"),
    (lambda: list(DataLoader(X, Y, batch_size=2, transform=lambda x, y: (x[:1], y))), ValueError,
     "lengths"),
    (lambda: list(DataLoader([X, X[:3]], batch_size=2)), ValueError, "cannot be stacked"),
    (lambda: list(DataLoader([(X, 1), (X,)], batch_size=2)), ValueError, "as many entries"),
    (lambda: len(Dataset()), NotImplementedError, "__len__"),
    (lambda: Dataset()[0], NotImplementedError, "__getitem__"),
]


@pytest.mark.parametrize(("make", "error", "message"), WRONG)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_names_are_exported():
    assert all(hasattr(data, name) for name in data.__all__)
