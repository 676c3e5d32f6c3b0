"""What the rows of lecture 002's second half are held against: networks and segmentation."""

import math
from fractions import Fraction

import numpy as np
import torch
import torch_networks as theirs
from checks import Oracle
from lectures import networks

# The row gets a network of ours; the oracle builds the one of the same name in PyTorch.
THEIRS = {
    getattr(networks, name): getattr(theirs, name)
    for name in ("lecture_net", "alexnet", "vgg16", "vgg19", "googlenet", "resnet34", "resnet152")
}
CONVS = torch.nn.Conv2d, torch.nn.ConvTranspose2d


def lenet(network):
    if network is networks.lenet5:  # LeCun et al. 1998, section II.B
        seen = 6 * [3] + 9 * [4] + [6]  # maps that each filter of C3 sees
        learned = [
            6 * 26, 6 * 2, sum(25 * maps + 1 for maps in seen), 16 * 2, 120 * (16 * 25 + 1),
            84 * 121, 0,
        ]
    else:
        learned = [
            theirs.parameters(layer) for layer in theirs.meta(THEIRS[network])
            if not isinstance(layer, torch.nn.ReLU)  # ours are part of their layer
        ]
    return {"layers": len(learned), "parameters": learned, "in all": sum(learned)}


def googlenet(network, image):
    net = theirs.meta(THEIRS[network])
    return {
        "layers": theirs.depth(net, image),
        "convolutions in all": theirs.count(net, *CONVS),
        "dense layers": theirs.count(net, torch.nn.Linear),
        "parameters": theirs.parameters(net),
    }


def layers_with_weights(alexnet, vgg16, vgg19, resnet, images):
    alexnet, vgg16, vgg19, resnet = (
        theirs.meta(THEIRS[network]) for network in (alexnet, vgg16, vgg19, resnet)
    )
    return {
        "AlexNet: convolutional layers": theirs.count(alexnet, *CONVS),
        "AlexNet: dense layers": theirs.count(alexnet, torch.nn.Linear),
        'AlexNet: layers ("5-layer CNN")': theirs.depth(alexnet, images[0]),
        'AlexNet: layers ("7 for AlexNet")': theirs.depth(alexnet, images[0]),
        "VGGNet: convolutional layers": theirs.count(vgg16, *CONVS),
        "VGG16: dense layers": theirs.count(vgg16, torch.nn.Linear),
        "VGG19: layers": theirs.depth(vgg19, images[1]),
        "VGG19: convolutional layers": theirs.count(vgg19, *CONVS),
        "ResNet: convolutional layers":
            theirs.depth(resnet, images[2]) - theirs.count(resnet, torch.nn.Linear),
        "ResNet: convolutions in all": theirs.count(resnet, *CONVS),
    }


def inception_modules(image, ones, threes, fives, pooled):
    channels, _, _ = image
    naive = theirs.meta(theirs.naive_inception, channels, ones, threes[1], fives[1])
    reduced = theirs.meta(theirs.inception, channels, ones, *threes, *fives, pooled)
    return {
        "channels out, naive": ones + threes[1] + fives[1] + channels,
        "parameters, naive": theirs.parameters(naive),
        "channels out, reduced": ones + threes[1] + fives[1] + pooled,
        "parameters, reduced": theirs.parameters(reduced),
    }


NAMES = [
    "block1_conv1", "block1_conv2", "block1_pool", "block2_conv1", "block2_conv2", "block2_pool",
    "block3_conv1", "block3_conv2", "block3_conv3", "block3_pool",
    "block4_conv1", "block4_conv2", "block4_conv3", "block4_pool",
    "block5_conv1", "block5_conv2", "block5_conv3", "block5_pool",
    "flatten", "fc1", "fc2", "predictions",
]


def vgg16_layers(classes, size, width, nodes=4096):
    """(name, layer, shape of its output) in Keras' order, ReLU being part of its layer."""
    net = theirs.meta(theirs.vgg16, classes, size, width, nodes)
    seen = [s for s in theirs.shapes(net, (3, size, size)) if not isinstance(s[0], torch.nn.ReLU)]
    return [(name, *s) for name, s in zip(NAMES, seen, strict=classes is not None)]


def vgg16_shapes(**settings):
    texts = {}
    for name, _, shape in vgg16_layers(**settings):
        last = torch.empty(shape, device="meta").moveaxis(0, -1).shape
        texts[name] = f"[{', '.join(['None', *map(str, last)])}]"
    return texts


def vgg16_parameters(**settings):
    counted = {name: theirs.parameters(layer) for name, layer, _ in vgg16_layers(**settings)}
    return {name: n for name, n in counted.items() if n > 0}


def vgg16_totals(printed, **settings):
    counted = vgg16_parameters(**settings)
    convs = sum(n for name, n in counted.items() if "conv" in name)
    total = sum(counted.values())
    return {
        "total": total,
        "the slide's rows added up": math.fsum(printed.values()),
        "convolutions": convs,
        "dense layers": total - convs,
        "% in the dense layers": float((1 - Fraction(convs, total)) * 100),
    }


def vgg16_data_flow(classes, size, width, nodes):
    convs = dense = 0
    sizes, pools = [3 * size * size], [[3, size, size]]
    for name, layer, shape in vgg16_layers(classes, size, width, nodes):
        sizes.append(math.prod(shape))
        if name.endswith("pool"):
            pools.append(list(shape))
        elif isinstance(layer, torch.nn.Conv2d):
            convs += shape[0] * shape[1] * shape[2] * layer.in_channels * 9
        elif isinstance(layer, torch.nn.Linear):
            dense += layer.in_features * layer.out_features
    return {
        "image, after each pooling": pools,
        "dense layers": [nodes, nodes, classes],
        "numbers in the image and out of each layer": sizes,
        "multiply-adds, convolutions": convs,
        "multiply-adds, dense layers": dense,
        "multiply-adds": convs + dense,
    }


def new_classifier(classes, size, width):
    kept = sum(theirs.parameters(layer) for _, layer, _ in vgg16_layers(None, size, width))
    new = (8 * width * (size // 32) ** 2 + 1) * classes
    return {
        "model.add(Flatten())": "AttributeError: 'Sequential' has no attribute 'add'",
        "kept": kept,
        "new": new,
        "in all": kept + new,
    }


def freezing(layers, size, width, classes):
    counted = [(name, theirs.parameters(layer)) for name, layer, _ in
               vgg16_layers(None, size, width)]
    first, others = counted[: layers - 1], counted[layers - 1 :]  # Keras' first is the input
    trained = sum(n for _, n in others)
    return {
        "VGG16.layers[:10]": "AttributeError: 'function' object has no attribute 'layers'",
        "frozen layers": [name for name, _ in first],
        "parameters frozen": sum(n for _, n in first),
        "convolutions' parameters trained": trained,
        "with the new classifier's": trained + (8 * width * (size // 32) ** 2 + 1) * classes,
    }


def upside_down(classes=1):
    """A network whose ``None`` leaves out the first layers."""
    from minicnn import nn

    layers = {"a": nn.ReLU(), "b": nn.ReLU(), "c": nn.Tanh()}
    return nn.Sequential(layers if classes is not None else {"c": layers["c"]})


def top_layers(network):
    left_out = {networks.vgg16: NAMES[-4:], upside_down: ["a", "b"]}[network]
    return {
        "left out without the top": left_out,
        "top layers": "the last" if network is networks.vgg16 else "the first",
    }


def weighted_cross_entropy(t, y, betas):
    y, t = torch.tensor(y, dtype=torch.float64), torch.tensor(t, dtype=torch.float64)
    losses = []
    for beta in betas:
        loss = torch.nn.BCEWithLogitsLoss(
            reduction="none", pos_weight=torch.tensor(beta, dtype=y.dtype)
        )
        losses.append(loss(torch.logit(y), t).numpy())
    return {"L, a row for each β": losses}


def pixel_dice(y, t):
    losses = [(a + b - 2 * a * b) / (a + b + 1) for a, b in zip(y, t, strict=True)]
    return {"Dice": losses, "worst": max(losses)}


def global_dice(y, t, pixel):
    both, either = float(np.minimum(y, t).sum()), float(np.maximum(y, t).sum())  # masks of 0 and 1
    jaccard = both / either
    return {
        "Dice": 1 - 2 * jaccard / (1 + jaccard),
        "Dice score": 2 * jaccard / (1 + jaccard),
        "two empty masks": 0,
        "y of the pixel": pixel,
        "one pixel, global": (1 - pixel) / (1 + pixel),
        "one pixel, by itself": (1 - pixel) / (2 + pixel),
    }


def unet(size, channels, classes, width, levels, thin):
    down, up = [], []
    for _ in range(levels):
        down.append([size, size - 2, size - 4])
        size = (size - 4) // 2
    bottom, size = size, size - 4
    for _ in range(levels):
        up.append([2 * size, 2 * size - 2, 2 * size - 4])
        size = 2 * size - 4
    net = theirs.meta(theirs.unet, channels, classes, width, levels)
    crops = [(d[2] - u[0]) / 2 for d, u in zip(reversed(down), up, strict=True)]
    return {
        "down: in, after a convolution, after two": down,
        "enters the lowest resolution": bottom,
        "leaves the lowest resolution": bottom - 4,
        "up: upsampled, after a convolution, after two": up,
        "pixels cropped from each side": crops,
        "output": [classes, size, size],
        "convolutions": theirs.count(net, *CONVS),
        "parameters": theirs.parameters(net),
    }


def skip_connections(unet, resnet, early, late):
    def month(number):
        return "{}-{}".format(2000 + int(number[:2]), number.split(".")[0][-2:])

    return {
        "U-Net": month(unet),
        "ResNet": month(resnet),
        "came first": "U-Net" if float(unet) < float(resnet) else "ResNet",
        "side by side": [*early, *late],
        "added": [a + b for a, b in zip(early, late, strict=True)],
    }


def increasing_resolution(image, large, small, stride):
    def painted(size):  # every pixel paints a square of its value
        h, w = image.shape
        canvas = np.zeros(((h - 1) * stride + size, (w - 1) * stride + size))
        for i, j in np.ndindex(h, w):
            canvas[i * stride : i * stride + size, j * stride : j * stride + size] += image[i, j]
        return canvas

    resized = np.kron(image, np.ones((stride, stride)))
    windows = np.lib.stride_tricks.sliding_window_view(resized, (large, large))
    full = (len(image) - 1) * stride + large
    return {
        "overlapping": painted(large),
        "as large as the stride": painted(small),
        "resize-convolution": windows.sum(axis=(2, 3)),
        "pixels with P = 0 and 1, OP = 0 and 1": [[full, full + 1], [full - 2, full - 1]],
    }


SMALL = {"classes": 7, "size": 64, "width": 8, "nodes": 30}
MASKS = np.random.default_rng(3).random((2, 5, 7)) > 0.4

ORACLES = {
    "2.23": Oracle(lenet, {"network": networks.lecture_net}),
    "2.24": Oracle(googlenet, [{"network": networks.resnet34, "image": (3, 96, 64)},
                               {"network": networks.alexnet, "image": (3, 227, 227)}]),
    "2.25": Oracle(
        layers_with_weights,
        {"alexnet": networks.resnet34, "vgg16": networks.googlenet, "vgg19": networks.resnet34,
         "resnet": networks.googlenet, "images": ((3, 64, 64), (3, 70, 60), (3, 80, 64))},
    ),
    "2.26": Oracle(
        inception_modules,
        {"image": (20, 9, 8), "ones": 5, "threes": (7, 3), "fives": (2, 11), "pooled": 6},
    ),
    "2.27": Oracle(vgg16_shapes, SMALL),
    "2.28": Oracle(vgg16_parameters, SMALL),
    "2.29": Oracle(vgg16_totals, SMALL | {"printed": {"fc1": 12.0, "fc2": 30.0}}),
    "2.30": Oracle(vgg16_data_flow, SMALL),
    "2.31": Oracle(
        new_classifier, {"classes": 3, "size": 64, "width": 8}, constant=["model.add(Flatten())"]
    ),
    "2.32": Oracle(
        freezing,
        {"layers": 6, "size": 64, "width": 8, "classes": 3},
        constant=["VGG16.layers[:10]"],
    ),
    "2.32b": Oracle(top_layers, {"network": upside_down}),
    "2.33": Oracle(
        weighted_cross_entropy,
        {"t": (1, 0.3, 0), "y": (0.7, 0.6, 0.05), "betas": (2, 0.7)},
    ),
    "2.34": Oracle(pixel_dice, {"y": (0.5, 0.125, 0.75), "t": (0.5, 1, 0.25)}),
    "2.35": Oracle(
        global_dice,
        {"y": MASKS[0] * 1.0, "t": MASKS[1] * 1.0, "pixel": 0.25},
        constant=["two empty masks"],
    ),
    "2.36": Oracle(
        unet,
        {"size": 140, "channels": 2, "classes": 3, "width": 5, "levels": 3, "thin": 2},
    ),
    "2.36b": Oracle(
        skip_connections,
        {"unet": "1912.00001", "resnet": "1702.12345", "early": (3, 5, 7), "late": (1, 1, 2)},
    ),
    "2.37": Oracle(
        increasing_resolution,
        {"image": np.arange(15.0).reshape(3, 5) % 4, "large": 4, "small": 3, "stride": 3},
    ),
}
