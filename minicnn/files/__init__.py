"""Weights and checkpoints in files: read as untrusted, written whole or not at all."""

from .checkpoint import load_checkpoint, save_checkpoint
from .weights import load_weights, save_weights

__all__ = ["load_checkpoint", "load_weights", "save_checkpoint", "save_weights"]
