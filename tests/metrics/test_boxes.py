"""Boxes: areas counted pixel by pixel, suppression by its definition, anchors one by one."""

import warnings

import numpy as np
import pytest
import strict_array  # noqa: F401  (registers the device)
from hypothesis import given
from hypothesis import strategies as st

import minicnn as mc
from minicnn.metrics import UndefinedMetricWarning, anchor_boxes, box_iou, nms


def boxes_of(rng, n, size=12):
    corners = rng.integers(0, size, (n, 2))
    return np.concatenate([corners, corners + rng.integers(1, size, (n, 2))], 1)


def pixel_iou(a, b, size=24):
    y, x = np.mgrid[:size, :size]
    one, two = ((x >= c[0]) & (x < c[2]) & (y >= c[1]) & (y < c[3]) for c in (a, b))
    return (one & two).sum() / (one | two).sum()


@pytest.mark.parametrize("dtype", ["int64", "int16", "float32", "float64"])
def test_iou_counted_in_pixels(dtype):
    rng = np.random.default_rng(0)
    first, second = boxes_of(rng, 9), boxes_of(rng, 7)
    found = box_iou(first.astype(dtype), second.astype(dtype))
    expected = [[pixel_iou(a, b) for b in second] for a in first]
    assert found.shape == (9, 7)
    assert found.dtype == ("float32" if dtype == "float32" else "float64")
    np.testing.assert_allclose(found, expected, rtol=1e-6 if dtype == "float32" else 1e-14)


def test_iou_by_hand():
    ours = box_iou([[0, 0, 2, 2], [0, 0, 1, 1], [5, 5, 6, 6]], [[1, 1, 3, 3], [0, 0, 2, 2]])
    assert ours.tolist() == [[1 / 7, 1], [0, 1 / 4], [0, 0]]
    assert box_iou([], [[0, 0, 1, 1]]).shape == (0, 1)
    assert box_iou([[0, 0, 1, 1]], np.zeros((0, 4))).shape == (1, 0)
    assert box_iou(mc.tensor([[0.0, 0, 1, 1]]), mc.tensor([[0.0, 0, 1, 2]])).tolist() == [[0.5]]
    half = box_iou(np.ones((1, 4), "f2"), np.array([[0, 0, 2, 2]], "f2"))
    assert half.dtype == np.float32 and half.tolist() == [[0]]


def test_integers_take_the_others_dtype():
    floats = np.array([[0, 0, 2, 2]], "f4")
    for found in (box_iou([[0, 0, 1, 2]], floats), box_iou(floats, np.array([[0, 0, 1, 2]], "u1"))):
        assert found.dtype == np.float32 and found.tolist() == [[0.5]]
    wide = np.array([[0, 0, 255, 255], [250, 250, 255, 255]], "u1")  # areas beyond 255
    assert box_iou(wide, wide)[0].tolist() == [1, 25 / 255**2]
    assert nms(wide, [1, 2], 0.5).tolist() == [1, 0]


def test_boxes_without_area():
    point = [[1, 1, 1, 1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert box_iou(point, [[0, 0, 2, 2]]).tolist() == [[0]]
        assert nms(point * 3, [1, 3, 2], 0).tolist() == [1, 2, 0]
    with pytest.warns(UndefinedMetricWarning, match="two boxes without an area"):
        found = box_iou(point, [[1, 1, 1, 1], [0, 0, 2, 2]])
    np.testing.assert_array_equal(found, [[np.nan, 0]])


def by_definition(boxes, scores, threshold):
    """Kept is a box that no kept box of a higher rank overlaps."""
    ranked = sorted(range(len(boxes)), key=lambda i: (-scores[i], i))
    kept = []
    for i in ranked:
        if all(pixel_iou(boxes[i], boxes[k]) <= threshold for k in kept):
            kept.append(i)
    return kept


@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.integers(1, 6),
       st.sampled_from([0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 1]))
def test_nms_by_its_definition(seed, n, levels, threshold):
    """With ties in the scores, boxes that occur twice, and overlaps on the threshold."""
    rng = np.random.default_rng(seed)
    boxes, scores = boxes_of(rng, n, 5), rng.integers(0, levels, n)
    if n > 2:
        boxes[0] = boxes[-1]
    kept = nms(boxes, scores, threshold)
    assert kept.tolist() == by_definition(boxes, scores, threshold)
    assert kept.dtype == np.int64


def test_nms_by_hand():
    boxes = [[0, 0, 10, 10], [1, 1, 11, 11], [20, 20, 30, 30], [0, 0, 10, 5]]
    assert nms(boxes, [0.9, 0.8, 0.7, 0.95], 0.5).tolist() == [3, 0, 2]  # an IoU of ½ is not above
    assert nms(boxes, [0.9, 0.8, 0.7, 0.95], 0.49).tolist() == [3, 1, 2]
    assert nms(boxes, [0.9, 0.8, 0.7, 0.95], 1).tolist() == [3, 0, 1, 2]
    assert nms([], [], 0.5).tolist() == []
    assert nms(mc.tensor(boxes), mc.tensor([1.0, 1.0, 1.0, 1.0]), 0.5).tolist() == [0, 2, 3]
    assert nms(boxes, [-np.inf, 0, np.inf, 1], 0.5).tolist() == [2, 3, 1]


def test_suppression_is_not_passed_on():
    """B falls to A; C, which only B overlaps, stays."""
    assert nms([[0, 0, 4, 1], [2, 0, 6, 1], [4, 0, 8, 1]], [3, 2, 1], 0.3).tolist() == [0, 2]


def test_anchors_one_by_one():
    scales, ratios = (8, 16.5), (0.5, 1, 2)
    found = anchor_boxes((2, 3), (4, 5), scales, ratios)
    expected = []
    for i in range(2):
        for j in range(3):
            for ratio in ratios:
                for scale in scales:
                    height = np.sqrt(scale * scale * ratio)
                    width = scale * scale / height
                    x, y = 5 * j + 2.5, 4 * i + 2
                    expected.append([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
    width, height = (found[:, 2:] - found[:, :2]).T
    np.testing.assert_allclose((width * height).reshape(-1, 2), [[64, 16.5**2]] * 18, rtol=1e-13)
    assert anchor_boxes(1, 10, [10], [1]).tolist() == [[0, 0, 10, 10]]
    assert anchor_boxes(2, 10, 10, 1).tolist()[1] == [10, 0, 20, 10]


def test_on_another_device():
    rng = np.random.default_rng(1)
    first, second = boxes_of(rng, 20).astype("f8"), boxes_of(rng, 5).astype("f8")
    scores = rng.random(20)
    there = [mc.tensor(a, device="strict") for a in (first, second, scores)]
    assert box_iou(*there[:2]).tolist() == box_iou(first, second).tolist()
    assert nms(there[0], there[2], 0.2).tolist() == nms(first, scores, 0.2).tolist()
    with pytest.raises(TypeError, match="boxes1 is on cpu and boxes2 on strict:0; nothing is"):
        box_iou(first, there[1])
    with pytest.raises(TypeError, match="boxes is on strict:0 and scores on cpu"):
        nms(there[0], scores, 0.2)


BOX = [[0.0, 0.0, 1.0, 1.0]]


@pytest.mark.parametrize("call, error, message", [
    (lambda: box_iou([0, 0, 1, 1], BOX), ValueError, r"must be \(N, 4\).*got shape \(4,\)"),
    (lambda: box_iou([[0, 0, 1]], BOX), ValueError, r"got shape \(1, 3\)"),
    (lambda: box_iou([[2, 0, 1, 1]], BOX), ValueError, "boxes1 must have x1 ≤ x2.*converted"),
    (lambda: box_iou(BOX, [[0, 2, 1, 1]]), ValueError, "boxes2 must have x1 ≤ x2"),
    (lambda: box_iou(BOX, [[0, 0, np.inf, 1]]), ValueError, "NaN or infinity in boxes2"),
    (lambda: box_iou(np.ones((1, 4), "f4"), BOX), TypeError, "float32 and boxes2 float64"),
    (lambda: box_iou([["a"] * 4], BOX), TypeError, "boxes1 must be numbers"),
    (lambda: nms(BOX, [1, 2], 0.5), ValueError, r"must be \(1,\).*got \(2,\)"),
    (lambda: nms(BOX, ["a"], 0.5), TypeError, "scores must be numbers"),
    (lambda: nms(BOX, [np.nan], 0.5), ValueError, "NaN in the scores"),
    (lambda: nms(BOX, [1], 50), ValueError, "iou_threshold=50 must be a number from 0 to 1"),
    (lambda: nms(BOX, [1], None), ValueError, "iou_threshold=None"),
    (lambda: anchor_boxes(0, 1, [1], [1]), ValueError, "feature_size=0 must be at least 1"),
    (lambda: anchor_boxes((1, 2, 3), 1, [1], [1]), ValueError, "has 3 entries"),
    (lambda: anchor_boxes(1, 1.5, [1], [1]), TypeError, "stride must be a whole number"),
    (lambda: anchor_boxes(1, 1, [], [1]), ValueError, "one positive number or more"),
    (lambda: anchor_boxes(1, 1, None, [1]), ValueError, "scales=None must be one positive"),
    (lambda: anchor_boxes(1, 1, [1], [0]), ValueError, r"ratios=\[0\] must be"),
    (lambda: anchor_boxes(1, 1, ["a"], [1]), ValueError, r"scales=\['a'\] must be"),
])
def test_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
