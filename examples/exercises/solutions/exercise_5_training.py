"""Exercise 5, solved: a training loop, with momentum by hand."""

import numpy as np

import minicnn.functional as F
from minicnn import nn
from minicnn.data import DataLoader


def train(
    model: nn.Module, batches: DataLoader, epochs: int, lr: float, momentum: float
) -> list[float]:
    """Trains the model in place; returns the mean loss of each epoch."""
    parameters = list(model.parameters())
    velocities = [np.zeros_like(p.data) for p in parameters]
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            model.zero_grad()
            loss.backward()
            for p, v in zip(parameters, velocities, strict=True):
                v *= momentum
                v += p.grad
                p.data -= lr * v
            total += loss.item()
        losses.append(total / len(batches))
    return losses
