"""Layers that own parameters, and how networks are made of them: ``from minicnn import nn``.

Floor 4 of the house: a layer keeps settings, parameters and buffers; what it computes stands in
:mod:`minicnn.functional` under the same name.
"""

from .. import functional
from . import init, utils
from .activation import LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from .adaptive_pool import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    GlobalAvgPool2d,
)
from .binary_loss import BCELoss, BCEWithLogitsLoss
from .containers import ModuleDict, ModuleList, Sequential
from .conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .crop import CropAndConcatenate
from .dense_to_conv import linear_to_conv2d
from .dice_loss import CrossEntropyDiceLoss, DiceLoss, PixelDiceLoss
from .drop_connect import DropConnectLinear
from .dropout import Dropout, Dropout1d, Dropout2d, Dropout3d
from .fractional_pool import FractionalMaxPool2d
from .layer_norm import GroupNorm, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, LayerNorm
from .linear import Flatten, Identity, Linear, Unflatten
from .local_response_norm import LocalResponseNorm
from .locally_connected import LocallyConnected1d, LocallyConnected2d
from .loss import CrossEntropyLoss, NLLLoss
from .maxout import Maxout
from .metric_loss import ContrastiveLoss, TripletMarginLoss
from .module import Module
from .multi_task import MultiTaskLoss
from .norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from .padding import (
    CircularPad1d,
    CircularPad2d,
    CircularPad3d,
    ConstantPad1d,
    ConstantPad2d,
    ConstantPad3d,
    ReflectionPad1d,
    ReflectionPad2d,
    ReflectionPad3d,
    ReplicationPad1d,
    ReplicationPad2d,
    ReplicationPad3d,
    ZeroPad1d,
    ZeroPad2d,
    ZeroPad3d,
)
from .parameter import Parameter
from .patches import Fold, PixelShuffle, PixelUnshuffle, Unfold
from .pool import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool1d, MaxPool2d, MaxPool3d
from .quantize import Quantize
from .rectifiers import ELU, GELU, Hardtanh, LeakyReLU, ReLU6, SiLU, Softplus
from .regression_loss import L1Loss, MSELoss, SmoothL1Loss
from .resize import Upsample
from .rotation import RotationInvariantConv2d
from .stochastic_depth import StochasticDepth
from .style_loss import ContentLoss, StyleLoss, TotalVariationLoss
from .upsample_conv import UpsampleConv2d
from .weight_map import PixelWeightedCrossEntropyLoss
from .weighted_loss import MultilabelBCELoss, WeightedBCELoss

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "CircularPad1d",
    "CircularPad2d",
    "CircularPad3d",
    "ConstantPad1d",
    "ConstantPad2d",
    "ConstantPad3d",
    "ContentLoss",
    "ContrastiveLoss",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "CrossEntropyDiceLoss",
    "CropAndConcatenate",
    "CrossEntropyLoss",
    "DiceLoss",
    "DropConnectLinear",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "ELU",
    "Flatten",
    "Fold",
    "FractionalMaxPool2d",
    "GELU",
    "GlobalAvgPool2d",
    "GroupNorm",
    "Hardtanh",
    "Identity",
    "InstanceNorm1d",
    "InstanceNorm2d",
    "InstanceNorm3d",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LocalResponseNorm",
    "LocallyConnected1d",
    "LocallyConnected2d",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Maxout",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiTaskLoss",
    "MultilabelBCELoss",
    "NLLLoss",
    "Parameter",
    "PixelDiceLoss",
    "PixelShuffle",
    "PixelUnshuffle",
    "PixelWeightedCrossEntropyLoss",
    "Quantize",
    "ReLU",
    "ReLU6",
    "ReflectionPad1d",
    "ReflectionPad2d",
    "ReflectionPad3d",
    "ReplicationPad1d",
    "ReplicationPad2d",
    "ReplicationPad3d",
    "RotationInvariantConv2d",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "StyleLoss",
    "StochasticDepth",
    "Tanh",
    "TotalVariationLoss",
    "TripletMarginLoss",
    "Unflatten",
    "Unfold",
    "Upsample",
    "UpsampleConv2d",
    "WeightedBCELoss",
    "ZeroPad1d",
    "ZeroPad2d",
    "ZeroPad3d",
    "functional",
    "init",
    "linear_to_conv2d",
    "utils",
]
