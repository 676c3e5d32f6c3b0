"""Exercise 5: the training loop.

Images of 8×8 pixels show a horizontal (0) or a vertical (1) bar, under noise. Write the loop that
every training is: for each epoch, for each mini-batch

    1. the model's scores for the images          2. the cross-entropy loss
    3. the gradients forgotten from last time     4. loss.backward()
    5. a step against the gradient with momentum, written by you, without minicnn.optim:

        v ← momentum·v + p.grad,    p ← p − lr·v          (one array v for each parameter p)

Return the mean loss of each epoch. ``p.data`` is the parameter's array: change it in place.

Check yourself:  python examples/exercises/check.py 5
"""

import minicnn.functional as F
from minicnn import nn
from minicnn.data import DataLoader


def train(
    model: nn.Module, batches: DataLoader, epochs: int, lr: float, momentum: float
) -> list[float]:
    """Trains the model in place; returns the mean loss of each epoch."""
    losses = []
    for _ in range(epochs):
        for images, labels in batches:
            loss = F.cross_entropy(model(images), labels)
            raise NotImplementedError(f"exercise 5: steps 3 to 5; the loss is {loss.item():.3f}")
    return losses
