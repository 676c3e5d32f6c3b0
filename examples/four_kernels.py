"""One convolution computed in four ways, and what the four do with the same list of triples.

A convolution adds up x[pixel] · w[tap] into y[place], over all triples (pixel, tap, place) that
meet (minicnn/functional/conv.py has the formula). Each kernel is a way to go through the list:

    direct     visits the triples one by one
    sparse     looks along the taps: a matrix W with w[tap] at (place, pixel), times the image
    im2col     looks along the pixels: a matrix with x[pixel] at (tap, place), times the filters
    cpp        visits them again, in compiled loops

The small convolution that is drawn is from the lecture EPFL CS502 ("Convolution Operation").
The script also shows that the four agree to the last bit on integers, and times them.

    python examples/four_kernels.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lectures.images import IMAGE_8X6
from support import options
from support.picture import BLUE, GREEN, ORANGE, PURPLE, plt, save
from support.threads import one_blas_thread

import minicnn as mc
import minicnn.functional as F
from minicnn import filters
from minicnn.geometry import Geometry
from minicnn.kernels import direct, im2col, sparse

IMAGE = IMAGE_8X6[None, None]  # (N, C, H, W) = (1, 1, 8, 6)
FILTER = filters.laplacian()[None, None]
ON_THE_SLIDE = (77, 172, -124, 178)  # the first row of its result

COLORS = {"direct": ORANGE, "sparse": GREEN, "im2col": BLUE, "cpp": PURPLE}


def show_the_slide() -> None:
    """The lecture's example, and the number on the slide that is wrong."""
    y = F.conv2d(mc.tensor(IMAGE), mc.tensor(FILTER)).numpy()[0, 0]
    print("\nThe lecture's image (8×6 pixels) through its filter (3×3):")
    print(np.array2string(y.astype(int), prefix=""))
    for place, (ours, printed) in enumerate(zip(y[0], ON_THE_SLIDE, strict=True)):
        if ours != printed:
            window, taps = IMAGE[0, 0, :3, place : place + 3], FILTER[0, 0]
            terms = " ".join(
                f"{int(w):+d}·{int(p)}" for w, p in zip(taps.flat, window.flat, strict=True) if w
            )
            print(f"The slide prints {printed} at place (0, {place}), but {terms} = {ours:.0f}.")


def show_the_triples(geometry: Geometry) -> tuple[np.ndarray, ...]:
    """Prints a few triples, and returns all as flat indices (pixel, tap, place)."""
    listed = list(direct.triples(1, 1, 1, geometry))
    pixel, tap, place = sparse.index_triples(1, 1, geometry)
    print(f"\n{len(listed)} triples of pixel, tap and place (all in image 0, channel 0, filter 0):")
    for at_x, at_w, at_y in (*listed[:3], listed[-1]):
        print(f"    y{list(at_y[2:])} += x{list(at_x[2:])} · w{list(at_w[2:])}")
    same = {tuple(t) for t in zip(pixel.tolist(), tap.tolist(), place.tolist(), strict=True)} == {
        (np.ravel_multi_index(x, IMAGE.shape), np.ravel_multi_index(w, FILTER.shape),
         np.ravel_multi_index(y, (1, 1, *geometry.output))) for x, w, y in listed
    }
    print(f"the non-zeros of sparse's matrix are the same triples: {same}")
    return pixel, tap, place


def show_equality(names: list[str]) -> bool:
    """Output and both gradients on random integers, kernel by kernel, compared bit for bit."""
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-8, 9, s).astype("float64") for s in ((2, 4, 9, 8), (6, 2, 3, 2)))
    settings = dict(stride=(2, 1), padding=((1, 0), (2, 1)), dilation=(1, 2), groups=2)
    g = rng.integers(-8, 9, F.conv2d(mc.tensor(x), w, **settings).shape).astype("float64")
    print(f"\nInput {x.shape}, weight {w.shape}, {settings}: small integers, so sums are exact.")
    print("kernel     y, gx, gw as from direct      <g, y>     <x, gx>     <w, gw>")
    reference, fine = None, True
    for name in names:
        tx, tw = mc.tensor(x, requires_grad=True), mc.tensor(w, requires_grad=True)
        y = F.conv2d(tx, tw, kernel=name, **settings)
        y.backward(g)
        results = [y.numpy(), tx.grad, tw.grad]
        reference = reference or results
        same = [a.tobytes() == b.tobytes() for a, b in zip(results, reference, strict=True)]
        products = [(g * y.numpy()).sum(), (x * tx.grad).sum(), (w * tw.grad).sum()]
        fine = fine and all(same) and len(set(products)) == 1
        words = ", ".join("same bits" if s else "DIFFERENT" for s in same)
        print(f"{name:<8}   {words}" + "".join(f"{p:12.0f}" for p in products))
    return fine


def measure(names: list[str], quick: bool) -> dict[str, tuple[list[int], list[float]]]:
    """Seconds of a forward pass on one thread; a kernel stops before it would take too long."""
    sides = [4, 8, 16] if quick else [8, 16, 32, 64, 128, 256, 512]
    patience = 0.05 if quick else 1.0
    rng = np.random.default_rng(0)
    w = mc.tensor(rng.standard_normal((8, 8, 3, 3)).astype("float32"))
    times: dict[str, tuple[list[int], list[float]]] = {}
    for name in names:
        done, seconds = times.setdefault(name, ([], []))
        for side in sides:
            if len(done) > 1 and 4 * seconds[-1] > patience:  # twice the side, 4 times the work
                break
            x = mc.tensor(rng.standard_normal((1, 8, side, side)).astype("float32"))
            done.append(side)
            seconds.append(shortest_time(lambda x=x, k=name: F.conv2d(x, w, padding=1, kernel=k)))
    print(
        "\nMilliseconds of a forward pass: one image of side H = W, 8 → 8 channels, 3×3, float32, "
        "one thread"
    )
    print("side   " + "".join(f"{side:>11}" for side in sides))
    for name, (_, seconds) in times.items():
        print(f"{name:<7}" + "".join(f"{1e3 * s:11.3f}" for s in seconds))
    return times


def shortest_time(call: Any) -> float:
    """The quickest of the calls that fit into a tenth of a second, or of two slow ones."""
    call()  # warm
    samples: list[float] = []
    while len(samples) < 2 or sum(samples) < 0.1:
        begin = time.perf_counter()
        call()
        samples.append(time.perf_counter() - begin)
    return min(samples)


def draw(triples: tuple, geometry: Geometry, times: dict, path: Path) -> None:
    """Triples, sparse matrix, columns and times."""
    figure = plt.figure(figsize=(16, 10), layout="constrained")
    figure.suptitle("One convolution, four kernels, one list of triples", fontsize=24)
    left, right = figure.subfigures(1, 2, width_ratios=(5, 6))
    upper_left, lower_left = left.subfigures(2, 1, height_ratios=(5, 4))
    upper_right, lower_right = right.subfigures(2, 1, height_ratios=(5, 4))
    colors = plt.get_cmap("tab10")(np.arange(FILTER.size))
    draw_triples(upper_left.add_subplot(projection="3d"), triples, colors)
    draw_matrix(upper_right.subplots(), triples, geometry, colors)
    draw_columns(lower_left, geometry, colors)
    draw_times(lower_right.subplots(), times)
    save(figure, path)


def draw_triples(ax: Any, triples: tuple, colors: np.ndarray) -> None:
    """The triples as points in space."""
    pixel, tap, place = triples
    ax.scatter(pixel, tap, place, c=colors[tap], s=14, depthshade=False)
    ax.set_title("direct, cpp: the triples, one by one")
    ax.set(xticks=range(0, 48, 10), yticks=range(0, 9, 2), zticks=range(0, 24, 5))
    ax.set_xlabel("pixel of x", labelpad=14)
    ax.set_ylabel("tap of w", labelpad=12)
    ax.set_zlabel("place of y", labelpad=6)
    ax.invert_zaxis()
    ax.view_init(elev=22, azim=-50)
    ax.set_box_aspect((4, 2.4, 2.4), zoom=0.95)


def draw_matrix(ax: Any, triples: tuple, geometry: Geometry, colors: np.ndarray) -> None:
    """The sparse matrix W: where its entries are, in the colour of the weight that stands there."""
    matrix = sparse.conv_matrix(FILTER, IMAGE.shape[1:])
    pixel, tap, place = triples
    ax.scatter(pixel, place, c=colors[tap], s=34, marker="s")
    share = 100 * matrix.nnz / np.prod(matrix.shape)
    ax.set(
        xlabel="pixel of x  (column of W)", ylabel="place of y  (row of W)",
        xlim=(-1, matrix.shape[1]), ylim=(matrix.shape[0], -1), aspect="equal",
    )
    ax.set_title(
        f"sparse: seen along the taps, the matrix W of y = W·x\n"
        f"{matrix.shape[0]}×{matrix.shape[1]}, {matrix.nnz} entries ({share:.0f} %), "
        f"{FILTER.size} weights",
    )
    handles = [
        plt.Line2D([], [], marker="s", linestyle="", color=color, label=f"{w:g}")
        for w, color in zip(FILTER.flat, colors, strict=True)
    ]
    ax.legend(handles=handles, title="the weights w, at tap 0, 1 … 8", ncols=9, loc="upper center",
              bbox_to_anchor=(0.5, -0.17), columnspacing=0.8, handletextpad=0.1, fontsize=12)


def draw_columns(figure: Any, geometry: Geometry, colors: np.ndarray) -> None:
    """The columns: the pixels under the filter, for every place."""
    ax = figure.subplots()
    columns = im2col.im2col(IMAGE, geometry)
    shown = ax.imshow(columns, cmap="gray", aspect="auto")
    ax.set(
        xlabel="place of y", ylabel="tap of w", yticks=range(len(columns)),
        xticks=range(0, columns.shape[1], 4),
    )
    ax.set_title(
        f"im2col: seen along the pixels, y = w · columns\n"
        f"{columns.shape[0]}×{columns.shape[1]} copies of {IMAGE.size} pixels"
    )
    for label, color in zip(ax.get_yticklabels(), colors, strict=True):
        label.set(color=color, weight="bold")
    figure.colorbar(shown, ax=ax, label="pixel value")


def draw_times(ax: Any, times: dict) -> None:
    """Time by size, both axes logarithmic."""
    for name, (sides, seconds) in times.items():
        ax.loglog(sides, seconds, marker="o", color=COLORS[name], label=name)
    every = sorted({side for sides, _ in times.values() for side in sides})
    ax.set_xticks(every, map(str, every), minor=False)
    ax.set_xticks([], minor=True)
    ax.set(
        title="Time by size (8 → 8 channels, 3×3, one thread)",
        xlabel="side of the image, H = W (pixels)", ylabel="forward pass (seconds)",
    )
    ax.grid(alpha=0.3)
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))


def main(argv: Sequence[str] | None = None) -> int:
    parser = options.parser(
        __doc__.splitlines()[0], "four_kernels.png",
        quick="time small images only",
    )
    args = parser.parse_args(argv)
    options.print_missing_kernels()
    names = [n for n, reason in mc.kernels.available().items() if reason is None and n in COLORS]
    geometry = Geometry.conv(IMAGE.shape, FILTER.shape)
    show_the_slide()
    triples = show_the_triples(geometry)
    equal = show_equality(names)
    threads = mc.get_num_threads()
    mc.set_num_threads(1)
    with one_blas_thread():
        times = measure(names, args.quick)
    mc.set_num_threads(threads)
    print()
    draw(triples, geometry, times, args.out)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
