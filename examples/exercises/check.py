"""Checks the exercises in this folder: ``python examples/exercises/check.py [1 ... 5]``.

Prints for each exercise what is right and, if it is not, what the check saw. With ``--folder`` it
checks the files of another folder, such as solutions/ or what a student has handed in. Exits with
0 if all that were asked for pass.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

import numpy as np

import minicnn as mc
import minicnn.functional as F
from minicnn import nn, optim
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
    for p in (block.bn2.weight, block.bn2.bias):
        p.data[...] = 0
    expect(
        np.allclose(block(x).numpy(), F.relu(x).numpy()),
        "with bn2 switched off the block should be relu(x): is the skip connection there?",
    )
    rng = np.random.default_rng(0)
    for layer in (block.bn1, block.bn2):  # fresh ones are all alike: an exchange would not show
        for tensor in (*layer.parameters(), *layer.buffers()):
            tensor.data[...] = rng.uniform(0.5, 1.5, tensor.shape)
    inner = F.relu(block.bn1(block.conv1(x)))
    expected = F.relu(x + block.bn2(block.conv2(inner)))
    expect(
        np.allclose(block(x).numpy(), expected.numpy(), atol=1e-5),
        "forward is not relu(x + bn2(conv2(relu(bn1(conv1(x))))))",
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


def small_network() -> nn.Module:
    """The network of exercise 5, the same weights every time."""
    mc.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(128, 2),
    )


def check_5(module: ModuleType) -> str:
    def batches(count: int) -> DataLoader:
        return DataLoader(*bars(count, seed=1), batch_size=20, shuffle=True, seed=2)

    # A short training, beside one with the engine's own optimiser.
    model, oracle, losses = small_network(), small_network(), []
    sgd = optim.SGD(oracle.parameters(), lr=0.1, momentum=0.5)
    returned = module.train(model, batches(100), epochs=1, lr=0.1, momentum=0.5)
    for images, labels in batches(100):
        loss = F.cross_entropy(oracle(images), labels)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    for (name, ours), right in zip(model.named_parameters(), oracle.parameters(), strict=True):
        expect(
            np.allclose(ours.numpy(), right.numpy(), rtol=1e-3, atol=1e-4),
            f"after 5 batches {name} is not where momentum should have taken it: are the "
            f"gradients forgotten each time, is v kept from batch to batch, is the formula right?",
        )
    expect(len(returned) == 1, f"1 epoch, but {len(returned)} losses were returned")
    expect(
        np.isclose(returned[0], np.mean(losses), rtol=1e-3),
        f"the losses of the batches were {losses}, their mean is not {returned[0]}",
    )

    # A long one, which has to learn, and to come out the same twice.
    model, twin = small_network(), small_network()
    losses = module.train(model, batches(400), epochs=8, lr=0.05, momentum=0.9)
    images, labels = bars(200, seed=3)
    with mc.no_grad():
        scores = model(mc.tensor(images))
    accuracy = float((scores.argmax(1).numpy() == labels).mean())
    expect(len(losses) == 8, f"8 epochs, but {len(losses)} losses were returned")
    expect(losses[-1] < 0.2 * losses[0], f"the loss should fall to a fifth, it was {losses}")
    expect(accuracy >= 0.95, f"{accuracy:.1%} of new images right, expected 95 % or more")
    again = module.train(twin, batches(400), epochs=8, lr=0.05, momentum=0.9)
    expect(again == losses, "a second run from the same seed gave other numbers")
    return f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, {accuracy:.1%} of new images right"


CHECKS = {1: check_1, 2: check_2, 3: check_3, 4: check_4, 5: check_5}


def load(number: int, folder: Path) -> ModuleType:
    """The exercise's file in ``folder``, as a module."""
    found = sorted(folder.glob(f"exercise_{number}_*.py"))
    expect(len(found) == 1, f"{folder} should have one exercise_{number}_*.py, it has {len(found)}")
    spec = importlib.util.spec_from_file_location(found[0].stem, found[0])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def place(error: Exception, folder: Path) -> str:
    """Where in the student's file the error came from, if it did."""
    lines = [
        f"\n    {Path(frame.filename).name}, line {frame.lineno}: {frame.line}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent == folder and Path(frame.filename).stem != "check"
    ]
    return lines[-1] if lines else ""


def run(number: int, folder: Path) -> bool:
    """Checks one exercise and prints the verdict."""
    try:
        said = CHECKS[number](load(number, folder))
    except NotImplementedError as error:
        print(f"exercise {number}: still blank ({error})")
    except AssertionError as error:
        print(f"exercise {number}: not yet right\n    " + str(error).replace("\n", "\n    "))
    except Exception as error:  # whatever a student's code raises is what they need to see
        print(f"exercise {number}: {type(error).__name__}: {error}{place(error, folder)}")
    else:
        print(f"exercise {number}: passed, {said}")
        return True
    return False


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Checks the exercises in this folder.")
    parser.add_argument(
        "numbers", nargs="*", type=int, metavar="NUMBER", help="which to check (default: all)"
    )
    parser.add_argument(
        "--folder", type=Path, default=HERE,
        help="where the files are (default: beside this script); solutions has the solutions",
    )
    options = parser.parse_args(argv)
    for number in options.numbers:
        if number not in CHECKS:
            parser.error(f"there is no exercise {number}: they are 1 to {len(CHECKS)}")
    folder = options.folder.resolve()
    if not folder.is_dir():
        parser.error(f"there is no folder {options.folder}")
    passed = [run(number, folder) for number in options.numbers or CHECKS]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
