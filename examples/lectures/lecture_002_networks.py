"""Lecture 002, second half: the networks that it names, VGG16's summary, U-Net and its losses.

The networks themselves stand in networks.py. They are built without drawing weights
(``nn.utils.skip_init``), as here they are only counted.
"""

from __future__ import annotations

from functools import cache
from math import log, prod

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import metrics, nn

from . import networks
from .rows import row

made = nn.utils.skip_init


# -- networks and their layers ---------------------------------------------------------------------


@row("2.23", slide="POPULAR 2D CNN CLASSIFICATION ARCHITECTURES: LeNet-5", prints={"layers": 7})
def lenet(network=networks.lenet5):
    """C1, S2, C3, S4, C5, F6 and the output, whose prototypes are fixed: nothing is learned there.

    C5 and F6 are the two dense layers of row 2.20, with the counts that are right.
    """
    layers = list(made(network).children())
    learned = [networks.parameters(layer) for layer in layers]
    return {"layers": len(layers), "parameters": learned, "in all": sum(learned)}


@row(
    "2.24",
    slide="POPULAR 2D CNN CLASSIFICATION ARCHITECTURES: GoogLeNet",
    prints={"layers": 22},
)
def googlenet(network=networks.googlenet, image=(3, 64, 64)):
    """22 layers lie behind one another: 3, two in each of 9 inception modules, and the last."""
    net = made(network)
    return {
        "layers": networks.depth(net, image),
        "convolutions in all": networks.count(net, nn.Conv2d),
        "dense layers": networks.count(net, nn.Linear),
        "parameters": networks.parameters(net),
    }


@row(
    "2.25",
    slide="POPULAR 2D CNN CLASSIFICATION ARCHITECTURES; WHY DEEP LEARNING?; VGGNET",
    prints={
        "AlexNet: convolutional layers": 5,
        "AlexNet: dense layers": 3,
        "AlexNet: layers (\"5-layer CNN\")": 5,
        "AlexNet: layers (\"7 for AlexNet\")": 7,
        "VGGNet: convolutional layers": 16,
        "VGG19: layers": 19,
        "ResNet: convolutional layers": 152,
    },
    why="""Three slides, three numbers for AlexNet: it has {AlexNet: convolutional layers} +
        {AlexNet: dense layers} = {AlexNet: layers ("7 for AlexNet")} layers with weights. VGG16
        has {VGGNet: convolutional layers} convolutional and {VGG16: dense layers} dense layers;
        the one with {VGG19: convolutional layers} convolutional layers is VGG19. ResNet-152 has
        {ResNet: convolutional layers} one after the other, and a dense one at the end; with the
        projections beside them they are {ResNet: convolutions in all}.""",
)
def layers_with_weights(
    alexnet=networks.alexnet, vgg16=networks.vgg16, vgg19=networks.vgg19,
    resnet=networks.resnet152, images=((3, 227, 227), (3, 224, 224), (3, 64, 64)),
):
    """The layers with weights, counted on the longest way from the image to the classes."""
    alexnet, vgg16, vgg19, resnet = made(alexnet), made(vgg16), made(vgg19), made(resnet)
    for_alexnet, for_vgg, for_resnet = images
    alexnet_layers = networks.depth(alexnet, for_alexnet)
    return {
        "AlexNet: convolutional layers": networks.count(alexnet, nn.Conv2d),
        "AlexNet: dense layers": networks.count(alexnet, nn.Linear),
        "AlexNet: layers (\"5-layer CNN\")": alexnet_layers,
        "AlexNet: layers (\"7 for AlexNet\")": alexnet_layers,
        "VGGNet: convolutional layers": networks.count(vgg16, nn.Conv2d),
        "VGG16: dense layers": networks.count(vgg16, nn.Linear),
        "VGG19: layers": networks.depth(vgg19, for_vgg),
        "VGG19: convolutional layers": networks.count(vgg19, nn.Conv2d),
        "ResNet: convolutional layers":
            networks.depth(resnet, for_resnet) - networks.count(resnet, nn.Linear),
        "ResNet: convolutions in all": networks.count(resnet, nn.Conv2d),
    }


@row("2.26", slide="GOOGLENET (INCEPTION V1): Figure 2", picture="inception.modules")
def inception_modules(
    image=(192, 28, 28), ones=64, threes=(96, 128), fives=(16, 32), pooled=32
):
    """The first module of GoogLeNet, without and with the 1×1 convolutions that reduce.

    The naive one lets all channels through its pooling, so they grow with every module.
    """
    channels = image[0]
    naive = made(networks.naive_inception, channels, ones, threes[1], fives[1])
    reduced = made(networks.inception, channels, ones, threes, fives, pooled)
    x = mc.zeros(image)[None]
    return {
        "channels out, naive": naive(x).shape[1],
        "parameters, naive": networks.parameters(naive),
        "channels out, reduced": reduced(x).shape[1],
        "parameters, reduced": networks.parameters(reduced),
    }


# -- VGG16 -----------------------------------------------------------------------------------------

# "MODEL SUMMARY - VGG16", the column Param # exactly as printed.
VGG16_PARAMS = {
    "block1_conv1": 1792, "block1_conv2": 36928,
    "block2_conv1": 73856, "block2_conv2": 147584,
    "block3_conv1": 295168, "block3_conv2": 590080, "block3_conv3": 590080,
    "block4_conv1": 1180160, "block4_conv2": 2359808, "block4_conv3": 2359808,
    "block5_conv1": 2359808, "block5_conv2": 2359808, "block5_conv3": 2359808,
    "fc1": 102744544, "fc2": 16781312, "predictions": 4097000,
}
# And the column Output Shape.
VGG16_SHAPES = {
    "block1_conv1": "[None, 224, 224, 64]", "block1_conv2": "[None, 224, 224, 64]",
    "block1_pool": "[None, 112, 112, 64]",
    "block2_conv1": "[None, 112, 112, 128]", "block2_conv2": "[None, 112, 112, 128]",
    "block2_pool": "[None, 56, 56, 128]",
    "block3_conv1": "[None, 56, 56, 256]", "block3_conv2": "[None, 56, 56, 256]",
    "block3_conv3": "[None, 56, 56, 256]", "block3_pool": "[None, 28, 28, 256]",
    "block4_conv1": "[None, 28, 28, 512]", "block4_conv2": "[None, 28, 28, 512]",
    "block4_conv3": "[None, 28, 28, 512]", "block4_pool": "[None, 14, 14, 512]",
    "block5_conv1": "[None, 14, 14, 512]", "block5_conv2": "[None, 14, 14, 512]",
    "block5_conv3": "[None, 14, 14, 512]", "block5_pool": "[None, 7, 7, 512]",
    "flatten": "[None, 25088]", "fc1": "[None, 4096]", "fc2": "[None, 4096]",
    "predictions": "[None, 1000]",
}


@cache
def vgg16_summary(classes, size, width, nodes):
    """VGG16 and its table: run once for all the rows that read it."""
    net = made(networks.vgg16, classes, size, width, nodes)
    return net, networks.table(net, (3, size, size))


@row("2.27", slide="MODEL SUMMARY - VGG16: Output Shape", prints=VGG16_SHAPES)
def vgg16_shapes(classes=1000, size=224, width=64, nodes=4096):
    """Shapes layer by layer. Keras prints the channels last, so they are moved there."""
    _, table = vgg16_summary(classes, size, width, nodes)
    shapes = {r.name: list(r.output_shape) for r in table.rows}
    return {
        name: str([batch, *rest[1:], *rest[:1]]) for name, (batch, *rest) in shapes.items()
    }


@row(
    "2.28",
    slide="MODEL SUMMARY - VGG16: Param #",
    prints=VGG16_PARAMS,
    why="""fc1 joins the 7·7·512 = 25088 numbers of flatten to 4096 nodes: 25088·4096 weights and
        4096 biases are {fc1}. A digit of the slide's number slipped; all others are right.""",
)
def vgg16_parameters(classes=1000, size=224, width=64, nodes=4096):
    """Parameters layer by layer, of those that have any."""
    _, table = vgg16_summary(classes, size, width, nodes)
    return {r.name: r.params for r in table.rows if r.params}


@row("2.29", slide="MODEL SUMMARY - VGG16")
def vgg16_totals(classes=1000, size=224, width=64, nodes=4096, printed=VGG16_PARAMS):
    """The total, which the slide does not print, and where most parameters are."""
    net, table = vgg16_summary(classes, size, width, nodes)
    dense = sum(networks.parameters(layer) for layer in net if isinstance(layer, nn.Linear))
    return {
        "total": table.total_params,
        "the slide's rows added up": sum(printed.values()),
        "convolutions": table.total_params - dense,
        "dense layers": dense,
        "% in the dense layers": 100 * dense / table.total_params,
    }


@row("2.30", slide="CNN ARCHITECTURE - CLASSIFICATION: Figure 2.4, data flow through VGG16")
def vgg16_data_flow(classes=1000, size=224, width=64, nodes=4096):
    """The figure's sizes [c, h, w], how many numbers each layer puts out, and the work.

    A weight of a convolution is multiplied once for every pixel of the output, one of a dense
    layer once an image.
    """
    net, table = vgg16_summary(classes, size, width, nodes)
    layers = dict(net.named_children())
    shapes = {"image": (3, size, size)} | {r.name: r.output_shape[1:] for r in table.rows}
    products = {
        name: layer.weight.numel() * prod(shapes[name][1:])
        for name, layer in layers.items() if isinstance(layer, (nn.Conv2d, nn.Linear))
    }
    dense = sum(products[name] for name, layer in layers.items() if isinstance(layer, nn.Linear))
    return {
        "image, after each pooling": [
            shape for name, shape in shapes.items() if name == "image" or name.endswith("pool")
        ],
        "dense layers": [shapes[name][0] for name in ("fc1", "fc2", "predictions")],
        "numbers in the image and out of each layer": [prod(shape) for shape in shapes.values()],
        "multiply-adds, convolutions": sum(products.values()) - dense,
        "multiply-adds, dense layers": dense,
        "multiply-adds": sum(products.values()),
    }


@cache
def vgg16_features(size, width):
    """How many numbers the convolutions of VGG16 leave of an image."""
    return made(networks.vgg16, None, size, width)(mc.zeros(1, 3, size, size)).numel()


def refusal(do):
    """What Python says when this is run: "AttributeError: ...", or "it runs"."""
    try:
        do()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "it runs"


@row(
    "2.31",
    slide="CHANGING DEFAULT CLASSIFIER - KERAS",
    prints={"model.add(Flatten())": "it runs"},
    why="""The code stops: VGG16(...) returns a network that is complete, and nothing can be added
        to it (nor are Flatten and Dense imported). Here too: {model.add(Flatten())}. The old
        network becomes a part of a new one, as below. Dense(10) also lacks the softmax that the
        slide "FULLY CONNECTED LAYER - KERAS" has.""",
)
def new_classifier(classes=10, size=224, width=64):
    """VGG16 without its dense layers, and one new dense layer for the classes."""
    model = made(networks.vgg16, None, size, width)
    head = made(nn.Linear, vgg16_features(size, width), classes)
    new = nn.Sequential({"vgg16": model, "flatten": nn.Flatten(), "predictions": head})
    return {
        "model.add(Flatten())": refusal(lambda: model.add(nn.Flatten())),
        "kept": networks.parameters(model),
        "new": networks.parameters(head),
        "in all": networks.parameters(new),
    }


@row(
    "2.32",
    slide="FREEZING LAYERS - KERAS",
    prints={"VGG16.layers[:10]": "it runs"},
    why="""VGG16 is the function that makes the network, and has no layers: {VGG16.layers[:10]}.
        It should read model.layers[:10].""",
)
def freezing(layers=10, size=224, width=64, classes=10):
    """The first layers as Keras counts them, its input layer being one: they are not trained.

    A parameter with requires_grad=False gets no gradient, and its gradient is never computed.
    """
    model = made(networks.vgg16, None, size, width)
    frozen = list(model.named_children())[: layers - 1]
    for _, layer in frozen:
        layer.requires_grad_(False)
    head = made(nn.Linear, vgg16_features(size, width), classes)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    return {
        "VGG16.layers[:10]": refusal(lambda: networks.vgg16.layers[:layers]),
        "frozen layers": [name for name, _ in frozen],
        "parameters frozen": networks.parameters(model) - trained,
        "convolutions' parameters trained": trained,
        "with the new classifier's": trained + networks.parameters(head),
    }


@row(
    "2.32b",
    slide="FREEZING LAYERS IN PRETRAINED MODELS",
    prints={"top layers": "the first"},
    reading="INCONS",
    why=""""Freeze early (top) layers": but include_top=False, one slide earlier, leaves out
        {left out without the top}, {top layers} ones. Say first and last, or early and late.""",
)
def top_layers(network=networks.vgg16):
    """Which layers are the top? Keras draws networks upwards, the slide downwards."""
    whole = [name for name, _ in made(network).named_children()]
    without = [name for name, _ in made(network, None).named_children()]
    left_out = [name for name in whole if name not in without]
    return {
        "left out without the top": left_out,
        "top layers": "the last" if left_out == whole[len(without):] else "the first",
    }


# -- segmentation ----------------------------------------------------------------------------------

# Two masks of 6×6 pixels that overlap in part, as 000's and 001's slides on R1 and R2 draw them.
TRUTH, FOUND = np.zeros((6, 6)), np.zeros((6, 6))
TRUTH[1:4, 1:5] = FOUND[2:5, 1:6] = 1
ONES = np.ones((4, 4))


def weighted_formula(t, y, betas):
    """The slide's L, as printed."""
    return {
        "L, a row for each β": [
            [-(b * t * log(y) + (1 - t) * log(1 - y)) for t, y in zip(t, y, strict=True)]
            for b in betas
        ]
    }


@row("2.33", slide="LOSS FUNCTIONS FOR IMAGE SEGMENTATION: weighted cross entropy",
     prints=weighted_formula)
def weighted_cross_entropy(t=(1, 0, 1, 0), y=(0.9, 0.2, 0.1, 0.9), betas=(0.5, 1, 3)):
    """Four pixels: two found rightly, then one missed (a false negative) and a false alarm.

    With β > 1 the missed one costs more, with β < 1 less; the false alarm costs the same.
    """
    t, y = mc.tensor(t, dtype="float64"), mc.tensor(y, dtype="float64")
    losses = [
        F.weighted_binary_cross_entropy(y, t, positive_weight=beta, reduction="none").data
        for beta in betas
    ]
    return {"L, a row for each β": losses}


@row(
    "2.34",
    slide="LOSS FUNCTIONS FOR IMAGE SEGMENTATION: Dice for a pixel",
    prints=lambda y, t: {
        "Dice": [1 - (2 * t * y + 1) / (y + t + 1) for y, t in zip(y, t, strict=True)]
    },
    reading="LOOSE",
    why="""The formula is the Dice *loss*, small where the two agree; lecture 004's Dice is large
        there. And on one pixel the worst that it reaches is {worst}, where a loss of 1 would say
        "nothing in common": both come from the 1 that stands above and below.""",
)
def pixel_dice(y=(0, 1, 0, 1, 1, 0, 0.5), t=(0, 1, 1, 0, 0.5, 0.5, 0.5)):
    """Every pixel by itself, predicted y and true t."""
    y, t = mc.tensor(y, dtype="float64"), mc.tensor(t, dtype="float64")
    losses = F.pixel_dice_loss(input=y, target=t, reduction="none")
    return {"Dice": losses, "worst": losses.max()}


def global_formula(y, t):
    """The slide's loss, as printed: 0/0 for two empty masks."""
    return {"Dice": 1 - 2 * (t * y).sum() / (y.sum() + t.sum())}


@row(
    "2.35",
    slide="LOSS FUNCTIONS FOR IMAGE SEGMENTATION: global Dice loss",
    prints=global_formula,
    reading="LOOSE",
    why="""A loss once more: the Dice score of these masks is {Dice score}. Where both masks are
        empty the formula is 0/0; F.dice_loss gives {two empty masks}, as the two agree. And for a
        single pixel it is not the loss of row 2.34, which is smoothed by a 1: with
        y = {y of the pixel} and t = 1 they are {one pixel, global} and {one pixel, by itself}.""",
)
def global_dice(y=FOUND, t=TRUTH, pixel=0.5):
    """All pixels together: twice what the masks share, against what both have."""
    y, t = mc.tensor(y), mc.tensor(t)
    one, sure = mc.tensor([pixel], dtype="float64"), mc.ones(1, dtype="float64")
    return {
        "Dice": F.dice_loss(input=y, target=t),
        "Dice score": metrics.dice_score(t, y),
        "two empty masks": F.dice_loss(mc.zeros_like(y), mc.zeros_like(t)),
        "y of the pixel": one.item(),
        "one pixel, global": F.dice_loss(input=one, target=sure),
        "one pixel, by itself": F.pixel_dice_loss(input=one, target=sure),
    }


@row(
    "2.36",
    slide="SEGMENTATION ARCHITECTURES - U-NET: Fig. 1",
    prints={"enters the lowest resolution": 32},
)
def unet(size=572, channels=1, classes=2, width=64, levels=4, thin=1):
    """The sizes of the figure: no padding, so 32×32 pixels enter the lowest level and 28×28 leave.

    They do not depend on the number of channels: a network that starts with a single filter (thin)
    shows them. The parameters are those of the whole one.
    """
    outline = made(networks.unet, channels, classes, thin, levels)
    rows = networks.table(outline, (channels, size, size)).rows
    *shapes, last = [r.output_shape for r in rows if r.type != "CropAndConcatenate"]
    heights = [size, *(height for _, _, height, _ in shapes)]
    by_level = np.array(heights).reshape(2 * levels + 1, 3)
    down, bridge, up = by_level[:levels], by_level[levels], by_level[levels + 1 :]
    net = made(networks.unet, channels, classes, width, levels)
    return {
        "down: in, after a convolution, after two": down,
        "enters the lowest resolution": bridge[0],
        "leaves the lowest resolution": bridge[-1],
        "up: upsampled, after a convolution, after two": up,
        "pixels cropped from each side": (down[::-1, -1] - up[:, 0]) // 2,
        "output": last[1:],
        "convolutions": networks.count(net, nn.Conv2d, nn.ConvTranspose2d),
        "parameters": networks.parameters(net),
    }


@row(
    "2.36b",
    slide="SEGMENTATION ARCHITECTURES - U-NET",
    prints={"came first": "ResNet"},
    why=""""Skip connections, inspired by ResNet": U-Net's number on the slide, arXiv 1505.04597,
        is of {U-Net}, ResNet's, 1512.03385, of {ResNet}. Nor are they the same: U-Net puts
        channels side by side, {side by side}, ResNet adds them, {added}.""",
)
def skip_connections(unet="1505.04597", resnet="1512.03385", early=(1, 2), late=(10, 20)):
    """An arXiv number begins with the year and the month. And what the two kinds of skip do with
    two channels of one pixel."""
    dates = {name: f"20{n[:2]}-{n[2:4]}" for name, n in (("U-Net", unet), ("ResNet", resnet))}
    early, late = (mc.tensor(pixel)[None, :, None, None] for pixel in (early, late))
    return {
        **dates,
        "came first": min(dates, key=dates.get),
        "side by side": F.crop_and_concatenate(early, late).flatten(),
        "added": (early + late).flatten(),
    }


@row(
    "2.37",
    slide="CONV2DTRANSPOSE LAYER; INCREASING RESOLUTION",
    picture="upsampling.checkerboard",
)
def increasing_resolution(image=ONES, large=3, small=2, stride=2):
    """Transposed convolution of ones with ones: where its prints overlap, a checkerboard of sums.

    None where the filter is as large as the stride, nor with resize-convolution (away from the
    border). An output has (W − 1)·S − 2P + F + OP pixels.
    """
    x = mc.tensor(image[None, None])

    def ones(size):
        return mc.ones((size, size), dtype=x.dtype)[None, None]

    def padded(p, more):
        return F.conv_transpose2d(x, ones(large), stride=stride, padding=p, output_padding=more)

    resized = F.interpolate(x, scale_factor=stride)
    return {
        "overlapping": F.conv_transpose2d(x, ones(large), stride=stride)[0, 0],
        "as large as the stride": F.conv_transpose2d(x, ones(small), stride=stride)[0, 0],
        "resize-convolution": F.conv2d(resized, ones(large))[0, 0],
        "pixels with P = 0 and 1, OP = 0 and 1":
            [[padded(p, more).shape[2] for more in (0, 1)] for p in (0, 1)],
    }
