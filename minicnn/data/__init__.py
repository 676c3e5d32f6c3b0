"""From arrays and files to mini-batches.

    x, y = data.read_mnist(folder)
    x_train, x_val, x_test, y_train, y_val, y_test = data.split(x, y, stratify=y, seed=0)
    normalizer = data.Normalizer().fit(x_train)
    for x, y in data.DataLoader(normalizer(x_train), y_train, batch_size=32, shuffle=True): ...

Nothing here downloads anything: readers take the path of a file that is there.
"""

from .cifar10 import read_cifar10
from .dataset import Dataset, TensorDataset
from .idx import read_idx, read_mnist
from .loader import DataLoader
from .medmnist import read_medmnist
from .normalise import Normalizer
from .split import split, split_indices
from .subset import Subset, random_split

__all__ = [
    "DataLoader",
    "Dataset",
    "Normalizer",
    "Subset",
    "TensorDataset",
    "random_split",
    "read_cifar10",
    "read_idx",
    "read_medmnist",
    "read_mnist",
    "split",
    "split_indices",
]
