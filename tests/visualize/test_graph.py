"""draw_graph: what stands behind a Tensor, read rightly and drawn."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

import minicnn as mc
import minicnn.functional as F
from minicnn import nn
from minicnn.visualize.graph import _known as known
from minicnn.visualize.graph import read_graph

pytest.importorskip("matplotlib", reason="the extra 'examples' is not installed")
IMAGES = Path(__file__).parents[2] / "docs" / "images"


def leaf(*shape, grad=True):
    return mc.tensor(np.ones(shape), requires_grad=grad)


def rows(boxes):
    """Each box as (kind, text, shape) and the texts of the boxes that its arrows come from."""
    return [
        (box.kind, box.text, box.shape, [boxes[arrow.source].text for arrow in box.arrows])
        for box in boxes
    ]


class Block(nn.Module):
    """A small residual block."""

    def __init__(self, n):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n, n, 3, padding=1, bias=False), nn.BatchNorm2d(n)
        self.conv2, self.bn2 = nn.Conv2d(n, n, 3, padding=1, bias=False), nn.BatchNorm2d(n)

    def forward(self, x):
        return F.relu(x + self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))


# -- the graph ----------------------------------------------------------------------------------


def test_a_sum_and_a_product():
    a, b = leaf(2, 3), leaf(3)
    d = a + b
    c = d * a
    boxes = read_graph(c, {a: "a", b: "b", d: "d", c: "c"})
    assert rows(boxes) == [
        ("leaf", "a", "(2, 3)", []),
        ("leaf", "b", "(3,)", []),
        ("operation", "Add", "d (2, 3)", ["a", "b"]),
        ("operation", "Mul", "(2, 3)", ["Add", "a"]),
        ("output", "c", "", ["Mul"]),
    ]
    # a sum's gradient needs neither summand, a product's needs both factors
    assert [[arrow.read for arrow in box.arrows] for box in boxes] == [
        [], [], [False, False], [True, True], [True]
    ]


def test_a_tensor_used_twice_has_two_arrows():
    a = leaf(2)
    b = a + a
    c = b + b
    assert rows(read_graph(c, {})) == [
        ("leaf", "leaf", "(2,)", []),
        ("operation", "Add", "(2,)", ["leaf", "leaf"]),
        ("operation", "Add", "(2,)", ["Add", "Add"]),
        ("output", "output", "", ["Add"]),
    ]


def test_constants():
    a, x = leaf(2), leaf(2, grad=False)
    boxes = read_graph(a * x * 2.5 + 1, {x: "x"})
    assert [row[:3] for row in rows(boxes) if row[0] != "operation"] == [
        ("leaf", "leaf", "(2,)"), ("constant", "x", "(2,)"), ("constant", "2.5", "()"),
        ("constant", "constant", "()"), ("output", "output", ""),
    ]
    # by a the product's gradient is g·x: a itself is not read, for x asks for no gradient
    assert [arrow.read for arrow in boxes[2].arrows] == [False, True]


def test_what_a_users_op_reads_and_is_called():
    class Cube(mc.Function):
        def forward(self, x):
            return x**3

        def backward(self, grad):
            (x,) = self.inputs
            return 3 * grad * x * x

    boxes = read_graph(Cube()(leaf(2)), {})
    assert boxes[1].text == "Cube" and boxes[1].arrows[0].read


def test_a_block_with_names():
    mc.manual_seed(0)
    block, x = Block(4), mc.randn(2, 4, 8, 8, requires_grad=True)
    y = block(x)
    with pytest.raises(TypeError):
        mc.draw_graph(y, names=[block])
    boxes = read_graph(y, known({"x": x, "block": block, "y": y}))
    names = {name for name, _ in block.named_parameters()}
    leaves = {box.text for box in boxes if box.kind == "leaf"}
    assert leaves == {f"block.{name}" for name in names} | {"x"}
    assert boxes[-1].text == "y"
    add = next(row for row in rows(boxes) if row[1] == "Add")
    assert add == ("operation", "Add", "(2, 4, 8, 8)", ["x", "BatchNorm"])
    assert {box.text for box in read_graph(y, known(block)) if box.kind == "leaf"} == names | {
        "leaf"
    }


def test_a_gradients_own_graph():
    x = leaf(3)
    (g,) = mc.grad((x * x * x).sum(), x, create_graph=True)
    boxes = read_graph(g, {x: "x"})
    assert sum(box.text == "x" for box in boxes) == 1  # one leaf, used often
    assert boxes[-1].kind == "output" and len(boxes) > 5


def test_drawing_leaves_the_graph_as_it_is():
    a, b = leaf(2), leaf(2)
    y = (a * b).sum()
    mc.draw_graph(y)
    y.backward()
    assert (a.grad == 1).all() and (b.grad == 1).all()


# -- the picture --------------------------------------------------------------------------------


def example():
    a, b = leaf(2, 3), leaf(3)
    c = (a + b) * a
    return c, {"a": a, "b": b, "c": c}


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_without_a_path_it_is_a_figure():
    c, names = example()
    figure = mc.draw_graph(c, names=names)
    assert type(figure).__name__ == "Figure"
    said = words(figure)
    for word in ("a", "b", "c", "Add", "Mul", "(2, 3)", "(3,)", "operation",
                 "leaf: gets a gradient", "not read by the backward"):
        assert word in said
    assert "constant" not in said


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_the_suffix_says_what_is_saved(tmp_path, suffix):
    c, names = example()
    path = tmp_path / f"c.{suffix}"
    assert mc.draw_graph(c, path, names) == path
    data = path.read_bytes()
    if suffix == "svg":
        assert ET.fromstring(data).tag.endswith("svg") and len(data) < 40_000
    else:
        assert data.startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[suffix])
    again = mc.draw_graph(c, str(tmp_path / f"again.{suffix}"), names)
    assert again.endswith(f"again.{suffix}")
    assert (tmp_path / f"again.{suffix}").read_bytes() == data  # the same graph, the same file


def test_a_block_is_drawn_in_one_page():
    mc.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3), Block(4), nn.Flatten(), nn.Linear(144, 5))
    figure = mc.draw_graph(net(mc.randn(2, 3, 8, 8)), names=net)
    width, height = figure.get_size_inches()
    assert 2 < width < 8 and 5 < height < 16
    assert sum(word == "BatchNorm" for word in words(figure)) == 2
    for text in figure.axes[0].texts:  # none sticks out of the picture
        box = text.get_window_extent()
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height


def test_the_documents_show_what_the_engine_draws(tmp_path):
    subprocess.run([sys.executable, IMAGES / "draw.py", tmp_path], check=True)

    def texts(folder):  # matplotlib draws letters as shapes, and puts the text into comments
        return {
            path.name: re.findall("<!-- (.*) -->", path.read_text(encoding="utf-8"))
            for path in folder.glob("*.svg")
        }

    assert len(texts(tmp_path)["residual_block.svg"]) > 30
    kept = texts(IMAGES)
    others = {name for name in kept if name.startswith("kernels_")}  # draw_kernels.py's
    assert texts(tmp_path) == {name: kept[name] for name in kept.keys() - others}
    source = (IMAGES / "draw_kernels.py").read_text(encoding="utf-8")
    drawn = re.search(r"for draw in \(([\w, ]+)\):\n.*kernels_", source)[1].split(", ")
    assert others == {f"kernels_{name}.svg" for name in drawn}


def test_signs_of_formulas_are_plain_text(tmp_path):
    a = leaf(2)
    mc.draw_graph(a * a, tmp_path / "a.png", names={"$no \\formula{$": a})  # or it would not parse


def test_matplotlib_is_imported_when_needed_and_named_when_missing():
    code = """
import sys
import minicnn as mc
assert not any(name.partition('.')[0] == 'matplotlib' for name in sys.modules)
a = mc.ones(2, requires_grad=True)
try:
    mc.draw_graph(a)
except ValueError:
    pass
assert 'matplotlib' not in sys.modules
mc.draw_graph(a * a)
assert 'matplotlib.pyplot' not in sys.modules
for name in [n for n in sys.modules if n.startswith(('matplotlib', 'minicnn.visualize.picture'))]:
    del sys.modules[name]
sys.modules['matplotlib'] = None
del mc.visualize.picture
try:
    mc.draw_graph(a * a, sys.argv[1])
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, "a.svg"], capture_output=True, text=True, check=True
    )
    assert "draw_graph needs matplotlib" in done.stdout, done
    assert "pip install 'minicnn[examples]'" in done.stdout


# -- what cannot be drawn -----------------------------------------------------------------------


def test_nothing_was_recorded():
    a = leaf(2)
    with mc.no_grad():
        unrecorded = a * a
    for y in (a, unrecorded, mc.ones(2) + 1, (a * a).detach()):
        with pytest.raises(ValueError, match="no graph behind this Tensor"):
            mc.draw_graph(y)


def test_a_released_graph():
    y = (leaf(2) * 2).sum()
    y.backward()
    with pytest.raises(RuntimeError, match=r"released by backward\(\) \(at Sum\).*retain_graph"):
        mc.draw_graph(y)


def test_too_much_for_a_picture():
    y = leaf(1)
    for _ in range(50_000):
        y = -y
    with pytest.raises(ValueError, match="more than 500 boxes"):
        mc.draw_graph(y)


def test_wrong_arguments(tmp_path):
    c, names = example()
    with pytest.raises(TypeError, match="the graph of a Tensor, got ndarray"):
        mc.draw_graph(c.data)
    for path in ("c.jpg", "c", "c.svgz"):
        with pytest.raises(ValueError, match=r"must end with \.svg, \.png, \.pdf"):
            mc.draw_graph(c, tmp_path / path)
    with pytest.raises(TypeError, match="names is a Module or a dict"):
        mc.draw_graph(c, names="a")
    with pytest.raises(TypeError, match=r"names\['a'\] must be a Tensor or a Module, got ndarray"):
        mc.draw_graph(c, names={"a": names["a"].data})
    with pytest.raises(FileNotFoundError):
        mc.draw_graph(c, tmp_path / "nowhere" / "c.svg")
    assert list(tmp_path.iterdir()) == []
