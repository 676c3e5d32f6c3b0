"""A small convolutional network learns to read handwritten digits, from first to last line.

The data are scikit-learn's 1,797 real scans of 8×8 pixels (no download). One part trains the
network, one watches over it while it learns (validation), and one is looked at once, at the end:
only what a network says of scans that nobody has chosen anything by tells how good it is.

    python examples/train_digits.py
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from support import options
from support.extras import extra
from support.picture import BLUE, ORANGE, plt, save
from support.threads import one_blas_thread

import minicnn as mc
import minicnn.functional as F
from minicnn import data, nn, optim

load_digits = extra("sklearn.datasets").load_digits
tqdm = extra("tqdm").tqdm

CLASSES = 10
LINE = (
    "epoch {:3d}/{}   training loss {:.4f}, accuracy {:6.2f} %"
    "   validation loss {:.4f}, accuracy {:6.2f} %"
)


def load(seed: int) -> tuple[np.ndarray, ...]:
    """x_train, x_val, x_test of shape (N, 1, 8, 8) and y_train, y_val, y_test of shape (N,).

    70 : 10 : 20, every digit in its share. Pixels are scaled to mean 0 and standard deviation 1
    as the training part has them, for the others are not to be looked at.
    """
    digits = load_digits()
    x = digits.images[:, None].astype("float32")
    y = digits.target.astype("int64")
    parts = data.split(x, y, fractions=(0.7, 0.1, 0.2), stratify=y, seed=seed)
    normalizer = data.Normalizer().fit(parts[0])
    return (*map(normalizer, parts[:3]), *parts[3:])


def network() -> nn.Sequential:
    """Three convolutions, each with batch norm and ReLU; the image shrinks 8×8 → 4×4 → 2×2."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1, bias=False),  # batch norm has a bias of its own
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(64 * 2 * 2, CLASSES),
    )


class Shift:
    """Moves each image by at most a pixel up or down, left or right: a digit stays what it is."""

    def __init__(self, seed: int, background: float):
        self.rng, self.background = np.random.default_rng(seed), background

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n, _, height, width = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=self.background)
        down, right = self.rng.choice((-1, 0, 0, 0, 0, 1), size=(2, n, 1, 1))
        rows = 1 + down + np.arange(height)[:, None]  # (N, H, 1)
        columns = 1 + right + np.arange(width)  # (N, 1, W)
        return padded[np.arange(n)[:, None, None], :, rows, columns].transpose(0, 3, 1, 2), y


def judge(scores: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """The loss, and the accuracy in percent, of scores (N, 10) for the digits y (N,)."""
    return F.cross_entropy(scores, y).item(), 100 * float((scores.argmax(axis=1) == y).mean())


def train(model: nn.Module, parts: tuple, args: Any) -> tuple[list, list]:
    """Loss and accuracy after each epoch, of training and of validation.

    Adam, with a learning rate that falls along a cosine from ``args.lr`` to 0.
    """
    x_train, x_val, _, y_train, y_val, _ = parts
    loader = data.DataLoader(
        x_train, y_train, batch_size=args.batch_size, shuffle=True, seed=args.seed,
        transform=Shift(args.seed, background=x_train.min()),
    )
    steps = args.epochs * len(loader)
    optimizer = optim.Adam(model.parameters(), lr=args.lr)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    training, validation = [], []
    with tqdm(total=steps, desc="training", unit="batch", mininterval=0.5) as bar:
        for epoch in range(1, args.epochs + 1):
            model.train()
            seen = []
            for x, y in loader:
                scores = model(x)
                loss = F.cross_entropy(scores, y)
                if not math.isfinite(loss.item()):
                    raise SystemExit(f"the loss became {loss.item()}: try a smaller --lr")
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                seen.append((scores.numpy(), y.numpy()))
                bar.update()
            training.append(judge(*map(np.concatenate, zip(*seen, strict=True))))
            validation.append(judge(predict(model, x_val), y_val))
            bar.write(LINE.format(epoch, args.epochs, *training[-1], *validation[-1]))
    return training, validation


def predict(model: nn.Module, x: np.ndarray) -> np.ndarray:
    """The network's scores, (N, 10), in evaluation mode."""
    model.eval()
    with mc.no_grad():
        return model(mc.tensor(x)).numpy()


def print_confusion(is_: np.ndarray, said: np.ndarray) -> None:
    """How often each digit (row) was taken for each (column)."""
    counts = np.zeros((CLASSES, CLASSES), int)
    np.add.at(counts, (is_, said), 1)
    print("\nconfusion matrix of the test part: rows are what a digit is, columns what was said")
    print("         said" + "".join(f"{c:5d}" for c in range(CLASSES)))
    for digit, row in enumerate(counts):
        print(f"    is {digit}     " + "".join(f"{n or '.':>5}" for n in row))


def draw(
    curves: tuple[list, list], filters: np.ndarray, parts: tuple, scores: np.ndarray, path: Path
) -> None:
    """One slide: how it learnt, what its first layer looks for, and where it is wrong."""
    _, _, x, _, _, y = parts
    right = 100 * (scores.argmax(axis=1) == y).mean()
    figure = plt.figure(figsize=(16, 9), layout="constrained")
    figure.suptitle(
        f"Handwritten digits: {right:.1f} % of {len(y)} test scans read correctly", fontsize=24
    )
    left, other = figure.subfigures(1, 2, width_ratios=(3, 4))
    upper, lower = other.subfigures(2, 1, height_ratios=(4, 5))
    draw_curves(left, curves)
    draw_filters(upper, filters)
    draw_hardest(lower, x, y, scores)
    save(figure, path)


def draw_curves(figure: Any, curves: tuple[list, list]) -> None:
    """Loss and accuracy by epoch, training and validation."""
    top, bottom = figure.subplots(2, 1, sharex=True)
    names = ("training (shifted, with dropout)", "validation")
    for curve, name, color in zip(curves, names, (BLUE, ORANGE), strict=True):
        for ax, values in zip((top, bottom), zip(*curve, strict=True), strict=True):
            ax.plot(range(1, len(values) + 1), values, color=color, marker=".", label=name)
    top.set(title="Loss", ylabel="cross-entropy (nats)", yscale="log")
    bottom.set(title="Accuracy", ylabel="scans read correctly (%)", xlabel="epoch")
    bottom.xaxis.get_major_locator().set_params(integer=True)
    bottom.legend(loc="lower right")
    for ax in (top, bottom):
        ax.grid(alpha=0.3)


def draw_filters(figure: Any, filters: np.ndarray, columns: int = 8) -> None:
    """The filters (O, 1, A, B) of the first layer, side by side on one scale."""
    count, _, height, width = filters.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for i, picture in enumerate(filters[:, 0]):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        sheet[top : top + height, left : left + width] = picture
    limit = np.abs(filters).max()
    ax = figure.subplots()
    image = ax.imshow(sheet, cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.set_title(f"The {count} filters of the first layer, {height}×{width}")
    ax.axis("off")
    figure.colorbar(image, ax=ax, label="weight", shrink=0.9)


def draw_hardest(figure: Any, x: np.ndarray, y: np.ndarray, scores: np.ndarray) -> None:
    """What it got wrong, the surest mistakes first; then what it got right but was unsure of."""
    said = scores.argmax(axis=1)
    sure = 100 * F.softmax(mc.tensor(scores), 1).numpy().max(axis=1)
    order = np.argsort(np.where(said != y, -sure - 100, sure))  # wrong ones are below −100
    wrong, shown = int((said != y).sum()), 10
    if wrong > shown:
        title = f"{shown} of the {wrong} scans that it got wrong, the surest mistakes first"
    elif wrong:
        title = f"What it got wrong ({wrong}), and what it was least sure of"
    else:
        title = "It got none wrong; these it was least sure of"
    figure.suptitle(title, x=0.02, ha="left", fontsize=16, weight="bold")
    for ax, i in zip(figure.subplots(2, 5).ravel(), order, strict=False):
        ax.imshow(x[i, 0], cmap="gray_r")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="silver")
        ax.set_title(
            f"is {y[i]}, said {said[i]}\n{sure[i]:.0f} % sure", fontsize=14, weight="normal",
            loc="center", color=ORANGE if said[i] != y[i] else "black",
        )


def main(argv: Sequence[str] | None = None) -> int:
    parser = options.parser(
        __doc__.splitlines()[0], "train_digits.png",
        quick="2 epochs unless --epochs says otherwise: shows in seconds that everything works",
    )
    parser.add_argument(
        "--epochs", type=options.whole_number(1), metavar="N",
        help="how many times to go through the training scans (default: 20)",
    )
    parser.add_argument(
        "--batch-size", type=options.whole_number(1), default=64, metavar="N",
        help="scans for each step of the optimiser (default: %(default)s)",
    )
    parser.add_argument(
        "--lr", type=options.positive_number, default=3e-3, metavar="RATE",
        help="the learning rate of Adam at the start; it falls to 0 along a cosine "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=options.whole_number(0), default=0, metavar="N",
        help="chooses the split, the first weights and all else that is random: the same seed "
        "gives the same numbers (default: %(default)s)",
    )
    parser.add_argument(
        "--kernel", type=options.kernel_name, default="auto", metavar="NAME",
        help="the algorithm of the convolutions: auto, im2col, cpp; sparse takes minutes and "
        "direct many hours (default: %(default)s)",
    )
    args = parser.parse_args(argv)
    args.epochs = args.epochs or (2 if args.quick else 20)

    mc.manual_seed(args.seed)
    parts = load(args.seed)
    model = network()
    mc.summary(model, (1, 8, 8))
    kernel = mc.kernels.pick("convolution", parts[0], args.kernel).__name__.rpartition(".")[2]
    print(
        f"\n{len(parts[3])} scans to train with, {len(parts[4])} for validation, {len(parts[5])} "
        f"for the test; seed {args.seed}, convolution kernel {kernel!r}"
    )
    options.print_missing_kernels()
    with mc.use_kernel(args.kernel), one_blas_thread():
        start = time.perf_counter()
        curves = train(model, parts, args)
        print(f"trained in {time.perf_counter() - start:.1f} s")
        scores = predict(model, parts[2])
    said, is_ = scores.argmax(axis=1), parts[5]
    print_confusion(is_, said)
    right = int((said == is_).sum())
    print(f"\ntest accuracy: {100 * right / len(is_):.2f} %  ({right} of {len(is_)} scans)")
    draw(curves, model[0].weight.numpy(), parts, scores, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
