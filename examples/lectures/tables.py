"""The tables of results that lecture 004 prints, as printed, and its lists of classes."""

from __future__ import annotations

# "CheX-Net: Results", F1 scores of pneumonia detection: (score, low, high) of the 95 % interval.
F1_SCORES = {
    "Radiologist 1": (0.383, 0.309, 0.453),
    "Radiologist 2": (0.356, 0.282, 0.428),
    "Radiologist 3": (0.365, 0.291, 0.435),
    "Radiologist 4": (0.442, 0.390, 0.492),
    "Radiologist Avg.": (0.387, 0.330, 0.442),
    "CheXNet": (0.435, 0.387, 0.481),
}

# The same slide, AUROC by pathology: Wang et al. (2017), Yao et al. (2017), CheXNet.
AUROCS = {
    "Atelectasis": (0.716, 0.772, 0.8094),
    "Cardiomegaly": (0.807, 0.904, 0.9248),
    "Effusion": (0.784, 0.859, 0.8638),
    "Infiltration": (0.609, 0.695, 0.7345),
    "Mass": (0.706, 0.792, 0.8676),
    "Nodule": (0.671, 0.717, 0.7802),
    "Pneumonia": (0.633, 0.713, 0.7680),
    "Pneumothorax": (0.806, 0.841, 0.8887),
    "Consolidation": (0.708, 0.788, 0.7901),
    "Edema": (0.835, 0.882, 0.8878),
    "Emphysema": (0.815, 0.829, 0.9371),
    "Fibrosis": (0.769, 0.767, 0.8047),
    "Pleural Thickening": (0.708, 0.765, 0.8062),
    "Hernia": (0.767, 0.914, 0.9164),
}

# "Brain Tumor Segmentation: Results".
DICE_SCORES = {
    "TwoPathCNN*": 0.85,
    "LocalPathCNN*": 0.85,
    "AverageCNN*": 0.84,
    "GlobalPathCNN*": 0.82,
    "TwoPathCNN": 0.78,
    "LocalPathCNN": 0.77,
}
