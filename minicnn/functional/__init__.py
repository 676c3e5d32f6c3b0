"""Differentiable operations, one subject a file: ``import minicnn.functional as F``.

Floor 3 of the house: everything here is a Function (or composed of such) over the array code of
:mod:`minicnn.kernels`.
"""

from . import methods as _methods  # noqa: F401  (hangs the operators onto Tensor)
from .activation import relu, sigmoid, tanh
from .adaptive_pool import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from .binary_loss import binary_cross_entropy, binary_cross_entropy_with_logits
from .conv import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from .dropout import dropout, dropout1d, dropout2d, dropout3d
from .encode import one_hot
from .layer_norm import group_norm, instance_norm, layer_norm
from .length import cosine_similarity, normalize
from .loss import cross_entropy, nll_loss
from .matmul import linear, matmul
from .norm import batch_norm
from .padding import pad
from .patches import fold, pixel_shuffle, pixel_unshuffle, unfold
from .pool import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from .rectifiers import elu, gelu, hardtanh, leaky_relu, relu6, silu, softplus
from .regression_loss import l1_loss, mse_loss, smooth_l1_loss
from .resize import interpolate
from .shape import cat, flatten, stack
from .softmax import log_softmax, logsumexp, softmax

__all__ = [name for name in dir() if not name.startswith("_") and callable(globals()[name])]
