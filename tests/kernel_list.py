"""The convolution kernels as a pytest parameter: ``@each_kernel`` above a test of ``kernel``."""

import pytest

import minicnn as mc

KERNELS = [
    pytest.param(name, marks=pytest.mark.skipif(why is not None, reason=f"kernel {name!r}: {why}"))
    for name, why in mc.kernels.available().items()
]

each_kernel = pytest.mark.parametrize("kernel", KERNELS)
