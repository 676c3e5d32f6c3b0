"""How good is a model? Metrics of classification, of images and of boxes.

Arrays in (NumPy, CuPy, lists, Tensors), Python numbers or arrays out; nothing here has a gradient.
The names are scikit-learn's and scikit-image's where they have one, and so is the meaning. In a
confusion matrix **rows are the truth and columns the prediction**. What is 0/0 is NaN, with an
:class:`UndefinedMetricWarning` (:mod:`minicnn.metrics.undefined`).
"""

from .averages import f1_score, precision_score, recall_score
from .bootstrap import Interval, bootstrap_interval
from .boxes import anchor_boxes, box_iou, nms
from .confusion import Counts, binary_counts, confusion_matrix, row_percentages
from .image_quality import (
    global_structural_similarity,
    mean_squared_error,
    peak_signal_noise_ratio,
    structural_similarity,
)
from .overlap import dice_from_jaccard, dice_score, jaccard_from_dice, jaccard_score
from .precision_recall import average_precision_score, precision_recall_curve
from .rates import (
    accuracy_score,
    negative_predictive_value,
    positive_predictive_value,
    predictive_values,
    prevalence,
    sensitivity,
    specificity,
)
from .roc import auc, roc_auc_score, roc_curve
from .taxonomy import taxonomy_probabilities
from .top_k import top_k_accuracy_score
from .undefined import UndefinedMetricWarning
from .voting import consensus, majority_accuracy, majority_vote

__all__ = [
    "Counts",
    "Interval",
    "UndefinedMetricWarning",
    "accuracy_score",
    "anchor_boxes",
    "auc",
    "average_precision_score",
    "binary_counts",
    "bootstrap_interval",
    "box_iou",
    "confusion_matrix",
    "consensus",
    "dice_from_jaccard",
    "dice_score",
    "f1_score",
    "global_structural_similarity",
    "jaccard_from_dice",
    "jaccard_score",
    "majority_accuracy",
    "majority_vote",
    "mean_squared_error",
    "negative_predictive_value",
    "nms",
    "peak_signal_noise_ratio",
    "positive_predictive_value",
    "precision_recall_curve",
    "precision_score",
    "predictive_values",
    "prevalence",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "row_percentages",
    "sensitivity",
    "specificity",
    "structural_similarity",
    "taxonomy_probabilities",
    "top_k_accuracy_score",
]
