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
    global_avg_pool2d,
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
from .crop import center_crop, crop_and_concatenate
from .dice_loss import cross_entropy_dice_loss, dice_loss, pixel_dice_loss
from .drop_connect import drop_connect
from .dropout import dropout, dropout1d, dropout2d, dropout3d
from .encode import one_hot
from .fractional_pool import fractional_max_pool2d
from .layer_norm import group_norm, instance_norm, layer_norm
from .length import cosine_similarity, normalize
from .local_response_norm import local_response_norm
from .locally_connected import locally_connected1d, locally_connected2d
from .loss import cross_entropy, nll_loss
from .matmul import linear, matmul
from .maxout import maxout
from .metric_loss import contrastive_loss, triplet_margin_loss
from .multi_task import multi_task_loss
from .norm import batch_norm
from .padding import pad
from .patches import fold, pixel_shuffle, pixel_unshuffle, unfold
from .pool import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from .quantize import quantize
from .rectifiers import elu, gelu, hardtanh, leaky_relu, relu6, silu, softplus
from .regression_loss import l1_loss, mse_loss, smooth_l1_loss
from .resize import interpolate
from .rotation import rotation_bank
from .shape import cat, flatten, stack
from .softmax import log_softmax, logsumexp, softmax
from .stochastic_depth import stochastic_depth
from .style_loss import content_loss, gram_matrix, style_loss, total_variation
from .weight_map import pixel_weighted_cross_entropy, unet_weight_map
from .weighted_loss import (
    balanced_class_weights,
    multilabel_binary_cross_entropy,
    weighted_binary_cross_entropy,
)

__all__ = [name for name in dir() if not name.startswith("_") and callable(globals()[name])]
