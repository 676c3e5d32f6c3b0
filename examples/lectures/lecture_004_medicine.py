"""Lecture 004, second half: CheXNet, the skin lesion network, brain tumour segmentation.

Their losses, and what the tables of their results tell.
"""

from __future__ import annotations

from math import log

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import filters, metrics, nn

from . import networks
from .rows import external, row
from .tables import AUROCS, DICE_SCORES, F1_SCORES

# A chest X-ray with three of CheXNet's 14 pathologies, and what a network might say of it.
PRESENT = (0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
PROBABILITIES = (
    0.2, 0.05, 0.7, 0.6, 0.1, 0.15, 0.85, 0.03, 0.3, 0.12, 0.02, 0.04, 0.08, 0.01
)

# A small tree of skin lesions, its leaves by number, and what a network might say of them.
LESIONS = ("mole", "keratosis", "melanoma", "basal cell", "squamous cell", "acne", "eczema")
LESION_PROBABILITIES = np.array([0.3, 0.05, 0.2, 0.15, 0.1, 0.05, 0.15])
TAXONOMY = {
    "skin": ["benign", "malignant", "non-neoplastic"],
    "benign": [0, 1],
    "malignant": [2, 3, 4],
    "non-neoplastic": [5, 6],
}

# An image of 4×5 pixels as Keras has it, (H, W, C); a tumour in 6×6 pixels, and what was found.
RGB, MEAN_3X3 = np.arange(60.0).reshape(4, 5, 3), filters.box(3)
TUMOUR, FOUND = np.zeros((6, 6), int), np.zeros((6, 6), int)
TUMOUR[1:4, 1:5] = 1
FOUND[2:5, 1:6] = 1


external(
    "4.21",
    slide="Radiology: Pneumonia Detection",
    says="Chest X-Ray14: more than 100,000 frontal images of more than 30,800 patients",
    source="Wang et al. 2017, as later released: 112,120 images of 30,805 patients; it fits",
)

external(
    "4.22",
    slide="CheX-Net Approach",
    says="ImageNet: 14,197,122 images annotated to 1000 classes",
    source="false by image-net.org: 14,197,122 images are the whole of it, in 21,841 classes; the "
    "set of 1000 classes (ILSVRC 2012) has 1,281,167 to train on (lecture 002: 1.2 million)",
)


@row("4.17", slide="CheX-Net: Pneumonia Detection, 2) Fine-tuning: Pneumonia Positive (85%)")
def loss_at_85_percent(probability=0.85):
    """The cross-entropy of an answer of 85 %: if the patient is ill, and if not."""
    p = mc.tensor([probability], dtype="float64")
    return {
        "loss if ill, −ln p": F.binary_cross_entropy(p, mc.ones_like(p)),
        "loss if not, −ln(1 − p)": F.binary_cross_entropy(p, mc.zeros_like(p)),
    }


def chexnet_formulas(labels, probability):
    """w₊ = |N|/(|P| + |N|), w₋ = |P|/(|P| + |N|), L = −w₊ y log p − w₋ (1 − y) log(1 − p)."""
    ill, well = sum(labels), len(labels) - sum(labels)
    w_ill, w_well = well / (ill + well), ill / (ill + well)
    return {
        "w₊": w_ill,
        "w₋": w_well,
        "loss if ill": -w_ill * log(probability),
        "loss if not": -w_well * log(1 - probability),
    }


@row(
    "4.16",
    slide="CheX-Net: Pneumonia Detection, 2) Fine-tuning: weighted binary cross entropy loss",
    prints=chexnet_formulas,
)
def weighted_loss(labels=(1, 0, 0, 1, 0, 0, 0, 1, 0, 0), probability=0.85):
    """The rarer class weighs more, so that both weigh the same in all: |P|·w₊ = |N|·w₋.

    Three pneumonias among ten patients, and a model that says 85 % for one of them.
    """
    target = mc.tensor(labels)
    w_ill, w_well = F.balanced_class_weights(target)
    p = mc.tensor([probability], dtype="float64")
    ill, well = (
        F.weighted_binary_cross_entropy(p, y, positive_weight=w_ill, negative_weight=w_well)
        for y in (mc.ones_like(p), mc.zeros_like(p))
    )
    return {
        "w₊": w_ill,
        "w₋": w_well,
        "loss if ill": ill,
        "loss if not": well,
        "all the ill, |P|·w₊": (target * w_ill).sum(),
        "all the others, |N|·w₋": ((1 - target) * w_well).sum(),
    }


def sum_of_losses(present, probabilities, guess):
    """Σ_c −y_c log p(Y_c = 1 | X) − (1 − y_c) log p(Y_c = 0 | X), as printed."""
    pairs = list(zip(present, probabilities, strict=True))
    return {
        "loss": sum(-y * log(p) - (1 - y) * log(1 - p) for y, p in pairs),
        "loss of a guess": sum(-y * log(guess) - (1 - y) * log(1 - guess) for y in present),
    }


@row(
    "4.18",
    slide="CheX-Net: Pneumonia Detection, 2) Fine-tuning: sum of binary cross entropy losses",
    prints=sum_of_losses,
)
def pathology_loss(present=PRESENT, probabilities=PROBABILITIES, guess=0.5):
    """14 pathologies, any number of them at once: 14 yes-or-no losses, added."""
    y, p = (mc.tensor([row], dtype="float64") for row in (present, probabilities))  # (N, C)
    return {
        "loss": F.multilabel_binary_cross_entropy(p, y),
        "loss of a guess": F.multilabel_binary_cross_entropy(mc.full_like(p, guess), y),
    }


@row(
    "4.19",
    slide="CheX-Net: Results, F1 Score (95% CI)",
    prints={"Radiologist Avg.": ".387"},
)
def f1_table(scores=F1_SCORES):
    """The radiologists' mean, and who is better than CheXNet."""
    people = {n: f1 for n, (f1, _, _) in scores.items() if n not in ("Radiologist Avg.", "CheXNet")}
    chexnet, low, high = scores["CheXNet"]
    mean = mc.tensor(list(people.values()), dtype="float64").mean()
    return {
        "Radiologist Avg.": mean,
        "CheXNet above their mean by": chexnet - mean,
        "better than CheXNet": [name for name, score in people.items() if score > chexnet],
        "within CheXNet's interval": [name for name, f1 in people.items() if low <= f1 <= high],
    }


@row("4.20", slide="CheX-Net: Results, pathology classification (AUROC)")
def auroc_table(scores=AUROCS):
    """The mean of each column, and by how much CheXNet leads in each of the 14 rows."""
    table = mc.tensor(list(scores.values()), dtype="float64")  # (pathology, paper)
    lead = table[:, 2] - table[:, :2].max(dim=1)
    names = list(scores)
    return {
        "means: Wang et al., Yao et al., CheXNet": table.mean(dim=0),
        "rows in which CheXNet is highest": (lead > 0).sum(),
        "least lead": lead.min(),
        "least lead in": names[lead.argmin().item()],
        "greatest lead": lead.max(),
        "greatest lead in": names[lead.argmax().item()],
    }


@row(
    "4.23",
    slide="CNNs for Skin Lesion Classification: Inception v3, 48 layers deep",
    prints={"layers with weights on the longest way": 48},
)
def inception_v3(network=networks.inception_v3, classes=1000, size=75):
    """The branches of an inception module run side by side: the longest way through them counts."""
    model = nn.utils.skip_init(network, classes)
    return {
        "layers with weights on the longest way": networks.depth(model, (3, size, size)),
        "convolutions in all": networks.count(model, nn.Conv2d),
        "parameters": networks.parameters(model),
    }


def taxonomy_formula(leaves, tree):
    """P(u) = Σ P(v) over the children v of u, as printed."""

    def probability(node):
        return sum(probability(v) for v in tree[node]) if node in tree else leaves[node]

    return {f"P({node})": probability(node) for node in tree}


@row(
    "4.24",
    slide="CNNs for Skin Lesion Classification: Classes, P(u) = Σ P(v)",
    prints=taxonomy_formula,
)
def taxonomy(
    leaves=LESION_PROBABILITIES, names=LESIONS, tree=TAXONOMY, top="skin", upper=(3, 9),
    classes=757, features=2048,
):
    """Trained on 757 leaves of a tree of diseases, asked for its 3 or 9 upper classes.

    The likeliest leaf need not lie in the likeliest class: many small leaves add up.
    """
    summed = metrics.taxonomy_probabilities(leaves, tree)
    logits, first = mc.zeros(classes, dtype="float64")[None], mc.zeros(1, dtype="int64")
    return {
        **{f"P({node})": summed[node] for node in tree},
        "likeliest leaf": names[leaves.argmax()],
        "likeliest of the upper classes": max(tree[top], key=summed.get),
        "chance among 3 and among 9 classes, %": [100 / count for count in upper],
        "loss before training, ln 757": F.cross_entropy(logits, first),
        "parameters of the new last layer":
            networks.parameters(nn.utils.skip_init(nn.Linear, features, classes)),
    }


@row(
    "4.27",
    slide="Image Segmentation: Shape of the RGB input, [3, height, width]",
    prints=lambda image: {"shape of the input": [3, image.shape[0], image.shape[1]]},
    reading="INCONS",
    why="""Lecture 002 has [height, width, 3], for it shows Keras: {shape in lecture 002}. minicnn
        takes channels first, like this slide and PyTorch. `image.transpose(2, 0, 1)` turns one into
        the other and `.transpose(1, 2, 0)` back. A reshape to the same shape does not: it leaves
        the numbers where they are, and channel 0 would begin {channel 0 by reshape} instead of
        {channel 0 by transpose}.""",
)
def layout(image=RGB, kernel=MEAN_3X3):
    """The same image in both layouts, through the same convolution."""
    first = image.transpose(2, 0, 1)
    weight = np.broadcast_to(kernel, (1, len(first), *kernel.shape)).copy()
    answer = F.conv2d(first[None], weight)[0]  # (O, P, Q)
    return {
        "shape of the input": first.shape,
        "shape in lecture 002": image.shape,
        "channel 0 by transpose": first[0, 0],
        "channel 0 by reshape": image.reshape(first.shape)[0, 0],
        "answer, channels first": answer,
        "answer, channels last": answer.permute(1, 2, 0),
    }


external(
    "4.28",
    slide="Brain Tumor Segmentation: Dataset",
    says="6,000 2D images",
    source="Havaei et al. 2017: the scans of 30 brains, some 200 slices each; it fits",
)


@row(
    "4.25",
    slide="Brain Tumor Segmentation: Results, Dice = 2|G ∩ P|/(|G| + |P|)",
    prints=lambda truth, prediction: {
        "Dice": 2 * (truth & prediction).sum() / (truth.sum() + prediction.sum())
    },
)
def dice(truth=TUMOUR, prediction=FOUND):
    """Twice the pixels in both masks over the pixels of each: the F1 score of the pixels.

    Lecture 002 calls the *loss* Dice, which is one minus this.
    """
    y, t = (mc.tensor(mask, dtype="float64") for mask in (prediction, truth))
    return {
        "Dice": metrics.dice_score(truth, prediction),
        "F1 of the pixels": metrics.f1_score(truth.ravel(), prediction.ravel()),
        "Dice loss (lecture 002)": F.dice_loss(y, t),
        "overlap (Jaccard)": metrics.jaccard_score(truth, prediction),
    }


@row(
    "4.26",
    slide='Brain Tumor Segmentation: Results, "0.85 of overlapping rate"',
    prints={"overlap": [".85", ".85", ".84", ".82", ".78", ".77"]},
    why="""The table is of Dice. The overlapping rate is |G ∩ P|/|G ∪ P|, the Jaccard index of the
        lectures 000 and 001, and is smaller: J = D/(2 − D), {overlap[0]:.4f} for the best. "G and P
        are in the same size" does not make the two equal. (The best net of the paper, Havaei et al.
        2017, is not in the table: InputCascadeCNN*, with a Dice of 0.88.)""",
)
def dice_table(scores=DICE_SCORES):
    """From the Dice coefficient to the overlap of truth and prediction, method by method."""
    overlap = metrics.jaccard_from_dice(np.array(list(scores.values())))
    return {"overlap": overlap, "back to Dice": metrics.dice_from_jaccard(overlap)}
