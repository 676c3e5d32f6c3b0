"""Every layer and loss, once: what makes it and what goes in (the input, then a loss's target).

A layer that is missing here fails ``test_strict_device.py``.
"""

import numpy as np
from op_table import classes, share, spread

from minicnn import nn

WEIGHTS = np.array([1.0, 2.0, 0.5])  # of three classes
YES = classes(4, 3, below=2).astype("float64")

LAYERS = {
    # convolution
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3, padding=1), spread(2, 2, 5)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3, stride=2, padding="same"), spread(2, 2, 5, 4)),
    "Conv3d": (lambda: nn.Conv3d(2, 2, 2), spread(1, 2, 2, 3, 2)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(2, 2, 3, stride=2), spread(2, 2, 4)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(2, 3, 3, stride=2), spread(2, 2, 3, 2)),
    "ConvTranspose3d": (lambda: nn.ConvTranspose3d(2, 1, 2, padding=1), spread(1, 2, 3, 2, 2)),
    "LocallyConnected1d": (lambda: nn.LocallyConnected1d(2, 3, 3, 5, padding=1), spread(2, 2, 5)),
    "LocallyConnected2d": (
        lambda: nn.LocallyConnected2d(2, 3, 3, (5, 4), stride=2, padding="same"),
        spread(2, 2, 5, 4)),
    "RotationInvariantConv2d": (
        lambda: nn.RotationInvariantConv2d(2, 3, 3, padding=1), spread(2, 2, 4, 3)),
    "UpsampleConv2d": (lambda: nn.UpsampleConv2d(2, 3, 3, mode="bilinear"), spread(2, 2, 3, 2)),
    # pooling
    "MaxPool1d": (lambda: nn.MaxPool1d(3, 2, 1), spread(2, 2, 6)),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), spread(2, 2, 4, 5)),
    "MaxPool3d": (lambda: nn.MaxPool3d(2, 1), spread(1, 2, 3, 2, 3)),
    "AvgPool1d": (lambda: nn.AvgPool1d(3, 2, 1, count_include_pad=False), spread(2, 2, 6)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2, padding=1), spread(2, 2, 4, 5)),
    "AvgPool3d": (lambda: nn.AvgPool3d(2, 1, divisor_override=3), spread(1, 2, 3, 2, 3)),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(3), spread(2, 2, 5)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((3, None)), spread(2, 2, 4, 5)),
    "AdaptiveAvgPool3d": (lambda: nn.AdaptiveAvgPool3d(1), spread(1, 2, 3, 2, 3)),
    "AdaptiveMaxPool1d": (lambda: nn.AdaptiveMaxPool1d(3), spread(2, 2, 5)),
    "AdaptiveMaxPool2d": (lambda: nn.AdaptiveMaxPool2d((3, None)), spread(2, 2, 4, 5)),
    "AdaptiveMaxPool3d": (lambda: nn.AdaptiveMaxPool3d(2), spread(1, 2, 3, 2, 3)),
    "GlobalAvgPool2d": (nn.GlobalAvgPool2d, spread(2, 3, 4, 2)),
    "FractionalMaxPool2d": (
        lambda: nn.FractionalMaxPool2d(2, output_ratio=0.6, _random_samples=share(2, 2, 2)),
        spread(2, 2, 5, 6)),
    "Maxout": (lambda: nn.Maxout(2), spread(2, 6, 3)),
    # normalisation and dropout
    "BatchNorm1d": (lambda: nn.BatchNorm1d(4), spread(5, 4)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(4), spread(3, 4, 2, 2)),
    "BatchNorm3d": (lambda: nn.BatchNorm3d(2), spread(2, 2, 2, 1, 2)),
    "LayerNorm": (lambda: nn.LayerNorm((3, 4)), spread(2, 3, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2, 4), spread(2, 4, 3)),
    "InstanceNorm1d": (lambda: nn.InstanceNorm1d(3), spread(2, 3, 5)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(3, affine=True), spread(2, 3, 2, 3)),
    "InstanceNorm3d": (lambda: nn.InstanceNorm3d(2), spread(1, 2, 2, 2, 3)),
    "Dropout": (lambda: nn.Dropout(0.4), spread(3, 5)),
    "Dropout1d": (lambda: nn.Dropout1d(0.4), spread(3, 5, 2)),
    "Dropout2d": (lambda: nn.Dropout2d(0.4), spread(3, 5, 2, 1)),
    "Dropout3d": (lambda: nn.Dropout3d(0.4), spread(3, 5, 2, 1, 1)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3, 0.3), spread(2, 4, 2, 3)),
    "DropConnectLinear": (lambda: nn.DropConnectLinear(4, 3, 0.4), spread(5, 4)),
    "StochasticDepth": (lambda: nn.StochasticDepth(0.4, "row"), spread(5, 3, 2)),
    # activations
    "ELU": (nn.ELU, spread(3, 4)),
    "GELU": (nn.GELU, spread(3, 4)),
    "Hardtanh": (nn.Hardtanh, spread(3, 4)),
    "LeakyReLU": (nn.LeakyReLU, spread(3, 4)),
    "LogSoftmax": (lambda: nn.LogSoftmax(1), spread(3, 4)),
    "ReLU": (nn.ReLU, spread(3, 4)),
    "ReLU6": (nn.ReLU6, spread(3, 4)),
    "SiLU": (nn.SiLU, spread(3, 4)),
    "Sigmoid": (nn.Sigmoid, spread(3, 4)),
    "Softmax": (lambda: nn.Softmax(1), spread(3, 4)),
    "Softplus": (nn.Softplus, spread(3, 4)),
    "Tanh": (nn.Tanh, spread(3, 4)),
    # linear, and what only moves numbers
    "Linear": (lambda: nn.Linear(4, 3), spread(5, 4)),
    "Flatten": (nn.Flatten, spread(2, 3, 2)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), spread(2, 6)),
    "Identity": (nn.Identity, spread(2, 3)),
    "CropAndConcatenate": (nn.CropAndConcatenate, spread(2, 1, 5, 4), spread(2, 2, 3, 2, seed=1)),
    "Quantize": (lambda: nn.Quantize(3, -1, 2), spread(3, 4)),
    "Upsample": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), spread(1, 2, 3, 2)),
    "Unfold": (lambda: nn.Unfold(2, padding=1), spread(1, 2, 3, 4)),
    "Fold": (lambda: nn.Fold((3, 4), 2), spread(2, 8, 6)),
    "PixelShuffle": (lambda: nn.PixelShuffle(2), spread(1, 8, 2, 3)),
    "PixelUnshuffle": (lambda: nn.PixelUnshuffle(2), spread(1, 2, 4, 2)),
    "CircularPad1d": (lambda: nn.CircularPad1d((1, 2)), spread(2, 3, 4)),
    "CircularPad2d": (lambda: nn.CircularPad2d((1, 0, 2, 1)), spread(1, 2, 3, 4)),
    "CircularPad3d": (lambda: nn.CircularPad3d(1), spread(1, 1, 2, 3, 2)),
    "ConstantPad1d": (lambda: nn.ConstantPad1d((1, 2), 1.5), spread(2, 3, 4)),
    "ConstantPad2d": (lambda: nn.ConstantPad2d((1, 0, 2, 1), 1.5), spread(1, 2, 3, 4)),
    "ConstantPad3d": (lambda: nn.ConstantPad3d(1, 1.5), spread(1, 1, 2, 3, 2)),
    "ReflectionPad1d": (lambda: nn.ReflectionPad1d((1, 2)), spread(2, 3, 4)),
    "ReflectionPad2d": (lambda: nn.ReflectionPad2d((1, 0, 2, 1)), spread(1, 2, 3, 4)),
    "ReflectionPad3d": (lambda: nn.ReflectionPad3d(1), spread(1, 1, 2, 3, 2)),
    "ReplicationPad1d": (lambda: nn.ReplicationPad1d((1, 2)), spread(2, 3, 4)),
    "ReplicationPad2d": (lambda: nn.ReplicationPad2d((1, 0, 2, 1)), spread(1, 2, 3, 4)),
    "ReplicationPad3d": (lambda: nn.ReplicationPad3d(1), spread(1, 1, 2, 3, 2)),
    "ZeroPad1d": (lambda: nn.ZeroPad1d((1, 2)), spread(2, 3, 4)),
    "ZeroPad2d": (lambda: nn.ZeroPad2d((1, 0, 2, 1)), spread(1, 2, 3, 4)),
    "ZeroPad3d": (lambda: nn.ZeroPad3d(1), spread(1, 1, 2, 3, 2)),
    # losses
    "CrossEntropyLoss": (
        lambda: nn.CrossEntropyLoss(WEIGHTS, label_smoothing=0.1), spread(4, 3),
        classes(4, below=3)),
    "NLLLoss": (lambda: nn.NLLLoss(WEIGHTS), spread(4, 3), classes(4, below=3)),
    "MSELoss": (nn.MSELoss, spread(4, 3), spread(4, 3, seed=1)),
    "L1Loss": (nn.L1Loss, spread(4, 3), spread(4, 3, seed=1)),
    "SmoothL1Loss": (lambda: nn.SmoothL1Loss(beta=0.6), spread(4, 3), spread(4, 3, seed=1)),
    "BCELoss": (lambda: nn.BCELoss(WEIGHTS), share(4, 3), YES),
    "BCEWithLogitsLoss": (
        lambda: nn.BCEWithLogitsLoss(WEIGHTS, pos_weight=WEIGHTS), spread(4, 3), YES),
    "WeightedBCELoss": (lambda: nn.WeightedBCELoss(WEIGHTS, 0.5), share(4, 3), YES),
    "MultilabelBCELoss": (lambda: nn.MultilabelBCELoss(2.0, WEIGHTS), share(4, 3), YES),
    "DiceLoss": (lambda: nn.DiceLoss(0.5, 1), share(4, 3), YES),
    "PixelDiceLoss": (nn.PixelDiceLoss, share(4, 3), YES),
    "CrossEntropyDiceLoss": (
        lambda: nn.CrossEntropyDiceLoss(0.7, 0.5), spread(2, 3, 2, 2), classes(2, 2, 2, below=3)),
    "PixelWeightedCrossEntropyLoss": (
        nn.PixelWeightedCrossEntropyLoss, spread(2, 3, 2, 2), classes(2, 2, 2, below=3),
        share(2, 2, 2)),
    "TripletMarginLoss": (
        lambda: nn.TripletMarginLoss(0.8, swap=True), spread(4, 3), spread(4, 3, seed=1),
        spread(4, 3, seed=2)),
    "ContrastiveLoss": (
        lambda: nn.ContrastiveLoss(3.0), spread(4, 3), spread(4, 3, seed=1), classes(4, below=2)),
    "ContentLoss": (nn.ContentLoss, spread(2, 3, 4), spread(2, 3, 4, seed=1)),
    "StyleLoss": (nn.StyleLoss, spread(2, 3, 4), spread(2, 3, 4, seed=1)),
    "TotalVariationLoss": (nn.TotalVariationLoss, spread(2, 3, 4, 2)),
    "MultiTaskLoss": (lambda: nn.MultiTaskLoss([2.0, 1.0, 0.5]), spread(3)),
}
