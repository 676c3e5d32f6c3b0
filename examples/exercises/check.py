"""Checks the exercises in this folder: ``python examples/exercises/check.py [1 ... 5]``.

Prints for each exercise what is right and, if it is not, what the check saw. With ``--solutions``
it checks the files in solutions/ instead. Exits with 0 if all that were asked for pass.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import nn
from minicnn.data import DataLoader

HERE = Path(__file__).parent


def expect(condition: bool, message: str) -> None:
    """An AssertionError with ``message`` unless the condition holds."""
    if not condition:
        raise AssertionError(message)


def check_1(module: ModuleType) -> str:
    x = np.linspace(-4, 4, 17)
    y = module.Swish()(mc.tensor(x)).numpy()
    expect(np.allclose(y, x / (1 + np.exp(-x))), f"forward: at x = {x} you computed {y}")
    mc.gradcheck(lambda t: module.Swish()(t), mc.tensor(np.random.default_rng(0).normal(size=9)))
    return "forward is right, and backward to second order"


def check_2(module: ModuleType) -> str:
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-4, 5, shape).astype(float) for shape in ((2, 5, 6), (3, 2, 3, 2)))
    tx, tw = mc.tensor(x[None], requires_grad=True), mc.tensor(w, requires_grad=True)
    expected = F.conv2d(tx, tw)
    g = rng.integers(-4, 5, expected.shape[1:]).astype(float)
    expected.backward(g[None])
    for name, got, right in (
        ("forward", module.forward(x, w), expected.numpy()[0]),
        ("input_gradient", module.input_gradient(g, w, (5, 6)), tx.grad[0]),
        ("weight_gradient", module.weight_gradient(x, g, (3, 2)), tw.grad),
    ):
        shape = getattr(got, "shape", None)
        expect(shape == right.shape, f"{name}: shape {shape}, expected {right.shape}")
        wrong = int((got != right).sum())
        expect(wrong == 0, f"{name}: {wrong} of {right.size} entries differ from F.conv2d's")
    return "all three functions equal F.conv2d and its gradients, bit for bit"


def check_3(module: ModuleType) -> str:
    mc.manual_seed(0)
    block = module.ResidualBlock(4)
    names = [name for name, _ in block.named_parameters()]
    right = ["conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "bn2.bias"]
    expect(sorted(names) == sorted(right), f"the parameters are {names}, expected {right}")
    count = sum(p.numel() for p in block.parameters())
    expect(count == 2 * (4 * 4 * 9) + 2 * 8, f"{count} parameters, expected 304")
    x = mc.randn(2, 4, 6, 6)
    expect(block(x).shape == x.shape, f"the output has shape {block(x).shape}, not {x.shape}")
    block.eval()
    inner = F.relu(block.bn1(block.conv1(x)))
    expected = F.relu(x + block.bn2(block.conv2(inner)))
    expect(np.allclose(block(x).numpy(), expected.numpy()), "forward is not the formula")
    for p in (block.bn2.weight, block.bn2.bias):
        p.data[...] = 0
    expect(
        np.allclose(block(x).numpy(), F.relu(x).numpy()),
        "with bn2 switched off the block should be relu(x): is the skip connection there?",
    )
    return "four layers, 304 parameters, and the skip connection is there"


def check_4(module: ModuleType) -> str:
    x = np.random.default_rng(0).normal(size=(3, 5))
    y = module.Normalise()(mc.tensor(x)).numpy()
    right = F.layer_norm(mc.tensor(x), 5, eps=module.EPS).numpy()
    expect(np.allclose(y, right), f"forward: {y}, expected {right}")
    mc.gradcheck(lambda t: module.Normalise()(t), mc.tensor(x))
    return "forward is right, and backward to second order"


def bars(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 1, 8, 8) of a horizontal (label 0) or vertical (1) bar, under noise."""
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 0.5, (count, 1, 8, 8)).astype(np.float32)
    labels = rng.integers(0, 2, count)
    for image, label, place in zip(images[:, 0], labels, rng.integers(0, 8, count), strict=True):
        bar = image[place] if label == 0 else image[:, place]
        bar += 1
    return images, labels


def check_5(module: ModuleType) -> str:
    def run() -> tuple[list[float], float]:
        mc.manual_seed(0)
        model = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(128, 2),
        )
        batches = DataLoader(*bars(400, seed=1), batch_size=20, shuffle=True, seed=2)
        losses = module.train(model, batches, epochs=8, lr=0.05, momentum=0.9)
        images, labels = bars(200, seed=3)
        with mc.no_grad():
            scores = model(mc.tensor(images))
        return losses, float((scores.argmax(1).numpy() == labels).mean())

    losses, accuracy = run()
    expect(len(losses) == 8, f"8 epochs, but {len(losses)} losses were returned")
    expect(losses[-1] < 0.2 * losses[0], f"the loss should fall to a fifth, it was {losses}")
    expect(accuracy >= 0.95, f"{accuracy:.1%} of new images right, expected 95 % or more")
    expect(run() == (losses, accuracy), "a second run from the same seed gave other numbers")
    return f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, {accuracy:.1%} of new images right"


CHECKS = {1: check_1, 2: check_2, 3: check_3, 4: check_4, 5: check_5}


def load(number: int, folder: Path) -> ModuleType:
    """The exercise's file in ``folder``, as a module."""
    (path,) = folder.glob(f"exercise_{number}_*.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks the exercises in this folder.")
    parser.add_argument(
        "numbers", nargs="*", type=int, metavar="NUMBER", help="which to check (default: all)"
    )
    parser.add_argument("--solutions", action="store_true", help="check solutions/ instead")
    options = parser.parse_args(argv)
    for number in options.numbers:
        if number not in CHECKS:
            parser.error(f"there is no exercise {number}: they are 1 to {len(CHECKS)}")
    failed = 0
    for number in options.numbers or CHECKS:
        try:
            said = CHECKS[number](load(number, HERE / "solutions" if options.solutions else HERE))
            print(f"exercise {number}: passed, {said}")
        except NotImplementedError as error:
            print(f"exercise {number}: still blank ({error})")
            failed += 1
        except Exception as error:  # whatever a student's code raises is what they need to see
            print(f"exercise {number}: failed, {type(error).__name__}: {error}")
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
