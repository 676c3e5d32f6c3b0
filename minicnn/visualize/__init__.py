"""Pictures of what the engine does. matplotlib is imported when one is drawn, never before."""

from .curves import draw_precision_recall, draw_roc
from .graph import draw_graph
from .matrix import draw_confusion_matrix
