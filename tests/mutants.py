"""Breaks each formula of the heart once, in a copy, and sees whether a test goes red.

    python tests/mutants.py                   all mutants, two at a time
    python tests/mutants.py geometry im2col   only the files whose path contains one of these

A mutant is one exact replacement in one file: a sign, a stride, a transposition, an off by one, a
dropped term. The package and its tests are copied to a temporary folder, the text is replaced
there (for ``csrc/`` the extension is rebuilt) and the test files that belong to the source file
run until the first failure. A mutant that no test notices *survives*: then a test is missing, or
the text does not matter. Not collected by pytest. On two cores those of minicnn/ take about half
an hour, and those of csrc/, which rebuild the extension, hours.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("minicnn", "benchmarks", "tests", "csrc", "setup.py", "pyproject.toml", "README.md", "LICENSE")
TIMEOUT = 240  # seconds for one mutant: an endless loop is noticed too
BUILD_TIMEOUT = 1200  # a build that takes longer must not pass for a mutant that is caught

CONV = ["tests/functional/test_conv.py", "tests/kernels/test_convolution.py"]
FAST = ["tests/kernels/test_cpp.py", "tests/kernels/test_convolution.py"]
POOL = ["tests/kernels/test_arrays.py", "tests/functional/test_pool.py"]
TESTS = {
    "minicnn/geometry.py": ["tests/test_geometry.py", *CONV, *POOL],
    "minicnn/kernels/__init__.py": ["tests/kernels/test_pick.py"],
    "minicnn/kernels/direct.py": ["tests/kernels/test_direct.py", *CONV],
    "minicnn/kernels/sparse.py": ["tests/kernels/test_sparse.py", *CONV],
    "minicnn/kernels/im2col.py": ["tests/kernels/test_im2col.py", *CONV],
    "minicnn/kernels/cpp.py": ["tests/kernels/test_cpp.py", *CONV],
    "minicnn/kernels/plain_memory.py": ["tests/kernels/test_plain_memory.py"],
    "minicnn/kernels/arrays.py": POOL,
    "minicnn/kernels/arrays_pools.py": POOL,
    "minicnn/kernels/arrays_updates.py": ["tests/kernels/test_arrays.py", "tests/optim"],
    "minicnn/functional/conv.py": CONV,
    "minicnn/functional/pool.py": ["tests/functional/test_pool.py"],
    "minicnn/autograd.py": ["tests/test_autograd.py", "tests/test_contract.py", "tests/test_memory.py", *CONV],
    "minicnn/ownership.py": ["tests/test_ownership.py", "tests/test_autograd.py"],
    "minicnn/contract.py": ["tests/test_contract.py", "tests/test_strict_device.py"],
    "minicnn/grad_mode.py": ["tests/test_grad_mode.py", "tests/test_autograd.py"],
    "minicnn/metrics/arguments.py": [
        "tests/metrics/test_arguments.py", "tests/metrics/test_devices.py",
        "tests/metrics/test_confusion.py",
    ],
    "minicnn/metrics/averages.py": ["tests/metrics/test_averages.py"],
    "minicnn/metrics/bootstrap.py": ["tests/metrics/test_bootstrap.py"],
    "minicnn/metrics/confusion.py": ["tests/metrics/test_confusion.py"],
    "minicnn/metrics/precision_recall.py": ["tests/metrics/test_precision_recall.py"],
    "minicnn/metrics/rates.py": ["tests/metrics/test_rates.py"],
    "minicnn/metrics/roc.py": ["tests/metrics/test_roc.py"],
    "minicnn/metrics/taxonomy.py": ["tests/metrics/test_taxonomy.py"],
    "minicnn/metrics/top_k.py": ["tests/metrics/test_top_k.py"],
    "minicnn/metrics/undefined.py": ["tests/metrics/test_undefined.py"],
    "minicnn/metrics/voting.py": ["tests/metrics/test_voting.py"],
    "minicnn/metrics/thresholds.py": [
        "tests/metrics/test_roc.py", "tests/metrics/test_precision_recall.py",
    ],
    "minicnn/functional/operands.py": ["tests/functional/test_pool.py"],
    "minicnn/functional/crop.py": ["tests/functional/test_crop.py"],
    "minicnn/functional/dice_loss.py": ["tests/functional/test_dice_loss.py"],
    "minicnn/functional/drop_connect.py": ["tests/functional/test_drop_connect.py"],
    "minicnn/functional/fractional_pool.py": ["tests/functional/test_fractional_pool.py"],
    "minicnn/functional/local_response_norm.py": ["tests/functional/test_local_response_norm.py"],
    "minicnn/functional/locally_connected.py": ["tests/functional/test_locally_connected.py"],
    "minicnn/functional/maxout.py": ["tests/functional/test_maxout.py"],
    "minicnn/functional/metric_loss.py": ["tests/functional/test_metric_loss.py"],
    "minicnn/functional/multi_task.py": ["tests/functional/test_multi_task.py"],
    "minicnn/functional/quantize.py": ["tests/functional/test_quantize.py"],
    "minicnn/functional/rotation.py": ["tests/functional/test_rotation.py"],
    "minicnn/functional/stochastic_depth.py": ["tests/functional/test_stochastic_depth.py"],
    "minicnn/functional/style_loss.py": ["tests/functional/test_style_loss.py"],
    "minicnn/functional/weight_map.py": ["tests/functional/test_weight_map.py"],
    "minicnn/functional/weighted_loss.py": ["tests/functional/test_weighted_loss.py"],
    "minicnn/functional/reduction.py": [
        "tests/functional/test_weighted_loss.py", "tests/functional/test_metric_loss.py",
        "tests/functional/test_dice_loss.py", "tests/functional/test_weight_map.py",
    ],
    "minicnn/nn/dense_to_conv.py": ["tests/nn/test_dense_to_conv.py"],
    "minicnn/nn/drop_connect.py": ["tests/nn/test_drop_connect.py"],
    "minicnn/nn/rotation.py": ["tests/nn/test_rotation.py"],
    "minicnn/nn/upsample_conv.py": ["tests/nn/test_upsample_conv.py"],
    "minicnn/nn/weighted_loss.py": ["tests/nn/test_weighted_loss.py"],
    "minicnn/metrics/boxes.py": ["tests/metrics/test_boxes.py"],
    "minicnn/metrics/image_quality.py": ["tests/metrics/test_image_quality.py"],
    "minicnn/metrics/overlap.py": ["tests/metrics/test_overlap.py"],
    "minicnn/filters/hand_made.py": ["tests/filters/test_hand_made.py"],
    "minicnn/filters/optimise.py": ["tests/filters/test_optimise.py"],
    "minicnn/filters/quadrature.py": ["tests/filters/test_quadrature.py"],
    "csrc/geometry.h": ["tests/test_ext.py", "tests/kernels/test_convolution.py"],
    "csrc/window.h": ["tests/test_ext.py", "tests/kernels/test_convolution.py"],
    "csrc/convolution/loops.h": [
        "tests/test_ext.py", "tests/kernels/test_cpp.py", "tests/kernels/test_ladder.py", *CONV,
    ],
    "csrc/convolution/correlate.h": [*FAST, "tests/test_ext_threads.py", "tests/test_prepare.py"],
    "csrc/convolution/panels.h": FAST,
    "csrc/convolution/rows.h": [*FAST, "tests/test_isa.py"],
    "csrc/convolution/sampled.h": FAST,
    "csrc/convolution/result_tile.h": FAST,
    "csrc/convolution/tile.h": FAST,
    "csrc/convolution/phases.h": FAST,
    "csrc/convolution/band.h": FAST,
    "csrc/convolution/weight_gradient.h": FAST,
    "csrc/convolution/winograd.h": FAST,
    "csrc/convolution/winograd_tiles.h": FAST,
    "csrc/convolution/winograd_matrices.h": FAST,
    "csrc/convolution/winograd_weights.h": FAST,
    "csrc/convolution/winograd_sums.h": FAST,
    "csrc/convolution/winograd_blocks.h": FAST,
    "csrc/convolution/filters.h": FAST,
    "csrc/convolution/deal.h": FAST,
    "csrc/layers/logarithm.h": ["tests/kernels/test_cpp_points.py"],
    "csrc/matmul/product.h": ["tests/kernels/test_cpp.py", "tests/functional/test_matmul.py"],
    "csrc/bindings.cpp": ["tests/test_ext.py", "tests/kernels/test_convolution.py"],
    "csrc/arguments.h": ["tests/test_ext.py", "tests/kernels/test_convolution.py"],
    "csrc/parallel.cpp": ["tests/test_ext_threads.py", "tests/kernels/test_cpp.py"],
}

# ruff: noqa: E501  (a replacement is easier to read on one line)
# For each file, pairs of (what stands there, what is put in its place).
MUTANTS = {
    "minicnn/geometry.py": [
        ("if type(item) is not int and not (", "if False and not ("),
        ("maxsize=1024, typed=True", "maxsize=1024"),
        ("tuple([before for before, _ in self.padding])",
         "tuple([after for _, after in self.padding])"),
        ("return dilation * (kernel - 1) + 1", "return dilation * (kernel - 1)"),
        ("return dilation * (kernel - 1) + 1", "return dilation * kernel"),
        ("return dilation * (kernel - 1) + 1", "return kernel"),
        ("places = room // s + 1", "places = room // s"),
        ("places = room // s + 1", "places = -(-room // s) + 1"),
        ("places = room // s + 1", "places = room + 1"),
        ("room = n + before + after - _extent(k, d)", "room = n + before - _extent(k, d)"),
        ("room = n + before + after - _extent(k, d)", "room = n + 2 * before - _extent(k, d)"),
        ("room = n + before + after - _extent(k, d)", "room = n + before + after - k"),
        ("if room < 0 and not (ceil_mode and room > -s):", "if room < 0 and not ceil_mode:"),
        ("if room < 0 and not (ceil_mode and room > -s):", "if room < 0:"),
        ("if ceil_mode and room % s and places * s < n + before:", "if ceil_mode and room % s:"),
        ("if ceil_mode and room % s and places * s < n + before:",
         "if ceil_mode and room % s and places * s <= n + before:"),
        ("if ceil_mode and room % s and places * s < n + before:",
         "if ceil_mode and room % s and places * s < n:"),
        ("if ceil_mode and room % s and places * s < n + before:", "if ceil_mode and room % s > 1:"),
        ("slice(t * d, t * d + (o - 1) * s + 1, s)", "slice(t, t + (o - 1) * s + 1, s)"),
        ("slice(t * d, t * d + (o - 1) * s + 1, s)", "slice(t * s, t * s + (o - 1) * d + 1, d)"),
        ("slice(t * d, t * d + (o - 1) * s + 1, s)", "slice(t * d, t * d + o, 1)"),
        ("slice(t * d, t * d + (o - 1) * s + 1, s)", "slice(t * d, t * d + (o - 1) * s, s)"),
        ("slice(before, before + n)\n", "slice(0, n)\n"),
        ("max(before + n + after, (o - 1) * s + e)", "before + n + after"),
        ("max(before + n + after, (o - 1) * s + e)", "(o - 1) * s + e"),
        ("(-(-n // s) - 1) * s + _extent(k, d) - n", "(n // s - 1) * s + _extent(k, d) - n"),
        ("(-(-n // s) - 1) * s + _extent(k, d) - n", "(-(-n // s) - 1) * s + k - n"),
        ("total = max(0, (-(-n", "total = abs((-(-n"),
        ("pairs.append((total // 2, total - total // 2))",
         "pairs.append((total - total // 2, total // 2))"),
        ("(n - 1) * s - before - after + _extent(k, d) + e",
         "n * s - before - after + _extent(k, d) + e"),
        ("(n - 1) * s - before - after + _extent(k, d) + e",
         "(n - 1) * s - before - after + _extent(k, d)"),
        ("(n - 1) * s - before - after + _extent(k, d) + e",
         "(n - 1) * s - before + _extent(k, d) + e"),
        ("(n - 1) * s - before - after + _extent(k, d) + e",
         "(n - 1) * s - before - after + k + e"),
        ("if e >= max(s, d):", "if e >= s:"),
        ("if e >= max(s, d):", "if e > max(s, d):"),
        ("if weight_shape[1] * groups != channels:", "if weight_shape[1] != channels:"),
        ("if weight_shape[1] * groups != channels:", "if weight_shape[1] * groups > channels:"),
        ("if channels % groups or out_channels % groups or groups", "if channels % groups or groups"),
        ("if channels % groups or out_channels % groups or groups",
         "if out_channels % groups or groups"),
        ("or groups > max(channels, out_channels, 1):", "or False:"),
        ("_check_bias(op, bias_shape, weight_shape[1] * groups)",
         "_check_bias(op, bias_shape, weight_shape[1])"),
        ("_check_bias(op, bias_shape, out_channels)", "_check_bias(op, bias_shape, channels)"),
        ("if 2 * p > k:", "if 2 * p >= k:"),
        ("if 2 * p > k:", "if p > k:"),
        ("stride = kernel if stride is None else stride", "stride = 1 if stride is None else stride"),
        ("if prod(sizes) > _MOST_POSITIONS:", "if prod(sizes) > _MOST_POSITIONS + 1:"),
        ("if prod(sizes) > _MOST_POSITIONS:", "if max(sizes) > _MOST_POSITIONS:"),
        ("if not isinstance(value, bool):", "if True:"),
        ("stride = tuple(1 if o <= 1 else s", "stride = tuple(s"),
        ("dilation = tuple(1 if k == 1 else d", "dilation = tuple(d"),
        ("paddings(op, padding, size, kernel, stride, dilation)\n        output",
         "paddings(op, padding, size, kernel, dilation, stride)\n        output"),
        ("if channels % groups or groups > max(channels, 1):", "if channels % groups:"),
        ("if channels % groups or groups > max(channels, 1):", "if groups > max(channels, 1):"),
        ("if min(places) < 1 or min(size) < 1:", "if min(places) < 1 or min(size) < 0:"),
    ],
    "minicnn/kernels/__init__.py": [
        ("        _chosen = self._before\n", "        pass\n"),
        ("self._name, self._before, _chosen = name, _chosen, name",
         "self._name, self._before, _chosen = name, 'auto', name"),
        ("        _chosen = self._name  #", "        pass  #"),
        ("    if isinstance(kernel, ModuleType):\n        return kernel\n", ""),
        ("        if primitive in module.PRIMITIVES:\n            reason", "        if True:\n            reason"),
        ("_chosen if kernel is None else kernel", "_chosen"),
        ("_chosen if kernel is None else kernel", "kernel or _chosen"),
        ("            if reason is None:\n                return module", "            return module"),
    ],
    "minicnn/kernels/direct.py": [
        ("i * s + a * d - before", "i * s + a * d + before"),
        ("i * s + a * d - before", "i * s + a * d"),
        ("i * s + a * d - before", "i * d + a * s - before"),
        ("i * s + a * d - before", "i * s - a * d + before"),
        ("0 <= at < size", "0 <= at <= size - 2"),
        ("0 <= at < size", "0 < at < size"),
        ("0 <= at < size", "at < size"),
        ("o // out_per_group * in_per_group", "o // out_per_group"),
        ("o // out_per_group * in_per_group", "o // in_per_group * out_per_group"),
        ("yield (n, first + c, *pixel)", "yield (n, c, *pixel)"),
        ("y[at_y] += x[at_x] * w[at_w]", "y[at_y] = x[at_x] * w[at_w]"),
        ("y[at_y] += x[at_x] * w[at_w]", "y[at_y] -= x[at_x] * w[at_w]"),
        ("gx[at_x] += w[at_w] * g[at_y]", "gx[at_x] -= w[at_w] * g[at_y]"),
        ("gx[at_x] += w[at_w] * g[at_y]", "gx[at_x] += g[at_y]"),
        ("gw[at_w] += x[at_x] * g[at_y]", "gw[at_w] += x[at_x]"),
        ("    _start(gx, bias)\n", ""),
        ("        y += bias.reshape", "        y -= bias.reshape"),
    ],
    "minicnn/kernels/sparse.py": [
        ("o // max(1, out_per_group) * in_per_group + c", "c"),
        ("o // max(1, out_per_group) * in_per_group + c", "o // max(1, in_per_group) * in_per_group + c"),
        ("at_w = o * in_per_group + c", "at_w = o + c * out_channels"),
        ("            place * geometry.stride[axis]\n", "            place\n"),
        ("            + tap * geometry.dilation[axis]\n", "            + tap\n"),
        ("            - geometry.padding[axis][0]\n", "            - geometry.padding[axis][1]\n"),
        ("            - geometry.padding[axis][0]\n", "            + geometry.padding[axis][0]\n"),
        ("(pixel >= 0) & (pixel < size)", "(pixel >= 0) & (pixel <= size)"),
        ("(pixel >= 0) & (pixel < size)", "(pixel > 0) & (pixel < size)"),
        ("at_x = (at_x[:, None] * size + pixel)", "at_x = (at_x[:, None] * places + pixel)"),
        ("at_w = (at_w[:, None] * taps + tap)", "at_w = (at_w[:, None] * taps - tap)"),
        ("at_y = (at_y[:, None] * places + place)", "at_y = (at_y[:, None] * size + place)"),
        ("coo_matrix((values, (at_y, at_x)), shape=shape)",
         "coo_matrix((values, (at_x, at_y)), shape=shape[::-1])"),
        (".tocsr()\n\n\ndef forward", ".tocsc()\n\n\ndef forward"),
        ("gx = matrix.T @", "gx = matrix @"),
        ("by_entry += image[at_x] * gradient[at_y]", "by_entry = image[at_x] * gradient[at_y]"),
        ("by_entry += image[at_x] * gradient[at_y]", "by_entry += image[at_x]"),
        ("xp.ones(entries, x.dtype)", "xp.ones(entries)"),
        ("xp.ascontiguousarray(columns.T)", "columns"),
        ("        images += bias.reshape", "        images -= bias.reshape"),
    ],
    "minicnn/kernels/im2col.py": [
        ("columns[(slice(None), *tap)] = window.swapaxes(0, 1)",
         "columns[(slice(None), *tap[::-1])] = window.swapaxes(0, 1)"),
        ("window += columns[(slice(None), *tap)].swapaxes(0, 1)",
         "window -= columns[(slice(None), *tap)].swapaxes(0, 1)"),
        ("window += columns[(slice(None), *tap)].swapaxes(0, 1)",
         "window[...] = columns[(slice(None), *tap)].swapaxes(0, 1)"),
        ("return padded[(..., *geometry.interior)]\n\n\ndef forward",
         "return padded\n\n\ndef forward"),
        ("product = filters @ columns", "product = -filters @ columns"),
        ("        shape = (w.shape[0], y[part].shape[0], *geometry.output)\n"
         "        y[part] = product.reshape(shape).swapaxes(0, 1)",
         "        y[part] = product.reshape(y[part].shape)"),
        ("filters = _filters(w, geometry).swapaxes(1, 2)", "filters = _filters(w, geometry)"),
        ("gw += _rows(g[part], geometry)", "gw = _rows(g[part], geometry)"),
        ("@ columns.swapaxes(1, 2)\n", "@ abs(columns).swapaxes(1, 2)\n"),
        ("return g.swapaxes(0, 1).reshape(shape)", "return g.reshape(shape)"),
        ("    if geometry.padded == geometry.size:\n        return x\n", ""),
        ("padded = array_module(x).zeros((*x.shape[:2], *geometry.padded), x.dtype)\n    padded",
         "padded = array_module(x).ones((*x.shape[:2], *geometry.padded), x.dtype)\n    padded"),
        ("yield slice(start, start + step)", "yield slice(start, start + step - 1)"),
        ("for start in range(0, images, step):", "for start in range(0, images - 1, step):"),
        ("step = max(1, _CHUNK_BYTES //", "step = images or max(1, _CHUNK_BYTES //"),
        ("columns.reshape(geometry.groups, columns.shape[0] // geometry.groups, columns.shape[1])",
         "columns.reshape(columns.shape[0] // geometry.groups, geometry.groups, -1).swapaxes(0, 1)"),
        ("        gx += bias.reshape", "        gx -= bias.reshape"),
        ("        y += bias.reshape", "        y += 2 * bias.reshape"),
        ("padded = array_module(columns).zeros((images, channels, *geometry.padded), columns.dtype)",
         "padded = array_module(columns).zeros((images, channels, *geometry.padded))"),
    ],
    "minicnn/kernels/plain_memory.py": [
        ("array.dtype.newbyteorder(\"=\"), (\"C\"", "array.dtype, (\"C\""),
        ("(\"C\", \"A\", \"E\"))", "(\"A\", \"E\"))"),
        ("(\"C\", \"A\", \"E\"))", "(\"C\", \"E\"))"),
        ("(\"C\", \"A\", \"E\"))", "(\"C\", \"A\"))"),
    ],
    "minicnn/kernels/cpp.py": [
        ("return geometry.stride, geometry.before, geometry.dilation, geometry.groups",
         "return geometry.dilation, geometry.before, geometry.stride, geometry.groups"),
        ("return geometry.stride, geometry.before, geometry.dilation, geometry.groups",
         "return geometry.stride, geometry.before, geometry.dilation, 1"),
        ("_on_plain(_ext.conv_forward, (x, w, bias)", "_on_plain(_ext.conv_forward, (x, w, None)"),
        ("_on_plain(_ext.conv_input_gradient, (g, w, bias)",
         "_on_plain(_ext.conv_input_gradient, (g, w, None)"),
        ("settings = geometry.size, *", "settings = geometry.padded, *"),
        ("_on_plain(_ext.conv_weight_gradient, (x, g)",
         "_on_plain(_ext.conv_weight_gradient, (g, x)"),
        ("return \"works on CPU arrays only\"", "return None"),
    ],
    "minicnn/kernels/arrays_pools.py": [
        ("better = (pixels > best) | (pixels != pixels)", "better = (pixels >= best) | (pixels != pixels)"),
        ("better = (pixels > best) | (pixels != pixels)", "better = pixels > best"),
        ("better = (pixels > best) | (pixels != pixels)", "better = (pixels < best) | (pixels != pixels)"),
        ("padded = _padded(x, geometry, -float(\"inf\"))", "padded = _padded(x, geometry, 0)"),
        ("    winner += _first_inside(geometry, xp)\n", ""),
        ("pixels += xp.where(winner == number, g, g.dtype.type(0))",
         "pixels -= xp.where(winner == number, g, g.dtype.type(0))"),
        ("pixels += xp.where(winner == number, g, g.dtype.type(0))", "pixels += g * (winner == number)"),
        ("pixels += xp.where(winner == number, g, g.dtype.type(0))",
         "pixels[...] = xp.where(winner == number, g, pixels)"),
        ("y += xp.where(winner == number, pixels, x.dtype.type(0))", "y += pixels * (winner == number)"),
        ("y += xp.where(winner == number, pixels, x.dtype.type(0))",
         "y += xp.where(winner != number, pixels, x.dtype.type(0))"),
        ("        y += padded[(..., *geometry.window(tap))]\n", "        y = y + padded[(..., *geometry.window(tap))] ** 2\n"),
        ("        pixels += entries\n", "        pixels[...] = entries\n"),
        ("    y *= share\n", ""),
        ("    entries = g * share\n", "    entries = g\n"),
        ("max(0, -(start // dilation)) if start < 0 else 0", "max(0, -start) if start < 0 else 0"),
        ("max(0, -(start // dilation)) if start < 0 else 0", "0"),
        ("behind = prod(geometry.kernel[axis + 1 :])", "behind = prod(geometry.kernel[axis:])"),
        ("winner = xp.zeros(shape, min_scalar_type(prod(geometry.kernel)))",
         "winner = xp.zeros(shape, min_scalar_type(1))"),
    ],
    "minicnn/kernels/arrays.py": [
        ("    return y, y > 0\n", "    return y, y >= 0\n"),
        ("where(mask, g, g.dtype.type(0))  # g may be infinite: no g · 0", "multiply(g, mask)"),
        ("(x - _channels(mean, x)) * _channels(scale, x)", "x * _channels(scale, x) - _channels(mean, x)"),
        ("    if shift is not None:\n        y +=", "    if shift is None:\n        y +="),
        ("    var = (centred * centred).mean(axis=axes)\n", "    var = (x * x).mean(axis=axes) - mean * mean\n"),
        ("    centred += _channels(bias, x)\n", ""),
        ("return centred.sum(axis=axes) * inverse, g.sum", "return centred.sum(axis=axes), g.sum"),
        ("    normal *= _channels(inverse * gw / n, x)\n", "    normal *= _channels(gw / n, x)\n"),
        ("    gx = g - _channels(gb / n, x)\n", "    gx = g + 0\n"),
        ("    gx -= normal\n", "    gx += normal\n"),
        ("    gx *= _channels(weight * inverse, x)\n", "    gx *= _channels(weight, x)\n"),
    ],
    "minicnn/kernels/arrays_updates.py": [
        ("velocity += g if dampening == 0 else (1 - dampening) * g", "velocity += g"),
        ("g + momentum * velocity if nesterov else velocity", "velocity"),
        ("    p -= lr * g\n", "    p += lr * g\n"),
        ("second += (1 - beta2) * (g * g)", "second += (1 - beta2) * abs(g)"),
        ("denominator *= 1 / (1 - beta2**step) ** 0.5", "denominator *= 1"),
        ("p -= (lr / (1 - beta1**step)) * first / denominator", "p -= lr * first / denominator"),
    ],
    "minicnn/functional/conv.py": [
        ("gx = self._x(g, w) if self.needs[0] else None\n        gw",
         "gx = self._x(g, w * -1) if self.needs[0] else None\n        gw"),
        ("gw = self._w(x, g) if self.needs[1] else None\n        return (gx, gw, self._bias(g))",
         "gw = self._w(x, g) * 2 if self.needs[1] else None\n        return (gx, gw, self._bias(g))"),
        ("return (gx, gw, self._bias(g))[: len(self.inputs)]",
         "return (gx, gw, self._bias(g * 2))[: len(self.inputs)]"),
        ("gg = self._y(x, w) if self.needs[0] else None\n        gw = self._w(x, g)",
         "gg = self._y(x * 2, w) if self.needs[0] else None\n        gw = self._w(x, g)"),
        ("return (gg, gw, self._bias(x))[: len(self.inputs)]",
         "return (gg, gw, None)[: len(self.inputs)]"),
        ("        gx = self._x(g, w) if self.needs[0] else None\n        gg = self._y(x, w)",
         "        gx = self._x(g, w).detach() if self.needs[0] else None\n        gg = self._y(x, w)"),
        ("        gg = self._y(x, w) if self.needs[1] else None\n        return gx, gg",
         "        gg = self._y(x, w) * -1 if self.needs[1] else None\n        return gx, gg"),
        ("        gg = self._y(x, w) if self.needs[1] else None\n        return gx, gg",
         "        gg = self._y(x, w).detach() if self.needs[1] else None\n        return gx, gg"),
        ("return InputGradient(self.geometry, self.kernel)(g, w)",
         "return InputGradient(self.geometry, kernels.pick('convolution', g.data))(g, w)"),
        ("return Convolution(self.geometry, self.kernel)(x, w)",
         "return Convolution(self.geometry, kernels.pick('convolution', x.data))(x, w)"),
        ("return WeightGradient(self.geometry, self.kernel)(x, g)",
         "return WeightGradient(self.geometry, kernels.pick('convolution', x.data))(x, g)"),
        ("return Sum((0, *range(2, grad.ndim)), keepdim=False)(grad)",
         "return Sum(tuple(range(2, grad.ndim)), keepdim=False)(grad)[0]"),
        ("        x, w = self.inputs[:2]\n        gx = self._x(g, w) if self.needs[0] else None",
         "        x, w = self.inputs[:2]\n        gx = self._x(g, w)"),
        ("names = (\"input\", \"weight\", \"bias\")\n    reads = ((1,), (0,), ())\n\n"
         "    def forward(self, x, w, bias=None):",
         "names = (\"input\", \"weight\", \"bias\")\n    reads = ((0,), (1,), ())\n\n"
         "    def forward(self, x, w, bias=None):"),
        ("names = (\"input\", \"weight\", \"bias\")\n    reads = ((1,), (0,), ())\n\n"
         "    def forward(self, g, w, bias=None):",
         "names = (\"input\", \"weight\", \"bias\")\n    reads = ((), (0,), ())\n\n"
         "    def forward(self, g, w, bias=None):"),
        ("    reads = ((1,), (0,))\n", "    reads = ((0,), (1,))\n"),
        ("*_shapes(operands), stride, padding, dilation, groups, _bias_shape(operands), op, axes",
         "*_shapes(operands), stride, padding, dilation, groups, None, op, axes"),
        ("*_shapes(operands), stride, padding, output_padding, groups, dilation,",
         "*_shapes(operands), stride, padding, 0, groups, dilation,"),
        ("if dtype.char not in \"fd\":", "if False:"),
        ("if dtype != first:", "if False:"),
        ("return self.kernel.input_gradient(g, w, self.geometry, bias)",
         "return self.kernel.input_gradient(g, w, self.geometry)"),
    ],
    "minicnn/functional/pool.py": [
        ("return MaxPoolPut(self.geometry, self.winner, self.kernel)(g)\n\n\nclass MaxPoolPut",
         "return MaxPoolPut(self.geometry, self.winner, self.kernel)(g * 2)\n\n\nclass MaxPoolPut"),
        ("return MaxPoolPut(self.geometry, self.winner, self.kernel)(g)\n\n\nclass MaxPoolPut",
         "return MaxPoolPut(self.geometry, self.winner, self.kernel)(g).detach()\n\n\nclass MaxPoolPut"),
        ("return MaxPoolTake(self.geometry, self.winner, self.kernel)(x)",
         "return MaxPool(self.geometry)(x)"),
        ("return MaxPoolPut(self.geometry, self.winner, self.kernel)(g)\n\n\nclass SumPool",
         "return MaxPoolPut(self.geometry, self.winner, self.kernel)(g) * -1\n\n\nclass SumPool"),
        ("return SpreadPool(self.geometry, self.share, self.kernel)(g)",
         "return SpreadPool(self.geometry, 1.0, self.kernel)(g)"),
        ("return SumPool(self.geometry, self.share, self.kernel)(x)",
         "return SumPool(self.geometry, self.share, self.kernel)(x) * 2"),
        ("SumPool(geometry, 1 / divisor)(x)", "SumPool(geometry, float(divisor))(x)"),
        ("    return 1 / product\n", "    return product\n"),
        ("return 1 / prod([along[0] for along in counts])", "return 1 / sum([along[0] for along in counts])"),
        ("low, high = (-before, n + after) if include_pad else (0, n)",
         "low, high = (0, n) if include_pad else (-before, n + after)"),
        ("low, high = (-before, n + after) if include_pad else (0, n)",
         "low, high = (-before, n + 99) if include_pad else (0, n)"),
        ("i * stride - before for i in range(places)", "i * stride for i in range(places)"),
        ("i * stride - before for i in range(places)", "i - before for i in range(places)"),
        ("min(start + taps, high) - max(start, low)", "start + taps - max(start, low)"),
        ("min(start + taps, high) - max(start, low)", "min(start + taps, high) - start"),
        ("shape = [-1 if i == axis else 1 for i in range(len(counts))]",
         "shape = [-1 if i == len(counts) - 1 - axis else 1 for i in range(len(counts))]"),
        ("<= high + before:", "<= high + before + 1:"),
    ],
    "minicnn/autograd.py": [
        ("gradients[key] = _plus(gradients, key, g) if key in gradients else g", "gradients[key] = g"),
        ("        return first[0] + g\n", "        return first[0] - g\n"),
        ("    if mode.enabled or not is_alone(first):", "    if not is_alone(first):"),
        ("    if mode.enabled or not is_alone(first):", "    if mode.enabled:"),
        ("with set_grad_enabled(create_graph):", "with set_grad_enabled(False):"),
        ("with set_grad_enabled(create_graph):", "with set_grad_enabled(True):"),
        ("node = order.pop()  #", "node = order.pop(0)  #"),
        ("            if not retain_graph:\n", "            if False:\n"),
        ("            if not retain_graph:\n", "            if True:\n"),
        ("if g is not None and node.needs[i]:", "if g is not None:"),
        ("[need and key in wanted for", "[need for"),
        ("                finally:\n                    node.needs = every_need\n",
         "                finally:\n                    pass\n"),
        ("gradients.get(node) if is_target else gradients.pop(node, None)",
         "gradients.pop(node, None)"),
        ("            wanted.discard(node)  #", "            pass  #"),
        ("leaf.grad = owned(g)", "leaf.grad = g[0]"),
        ("leaf.grad = added(before, g[0])", "leaf.grad = g[0]"),
        ("retain = create_graph if retain_graph is None else retain_graph",
         "retain = bool(retain_graph)"),
        ("return t if t.creator is None else t.creator", "return t"),
        ("        result.creator = self\n", ""),
        ("t if i in read or (t.creator is None and t._requires_grad) else Edge",
         "t if i in read else Edge"),
        ("            if need:\n                read.update", "            if True:\n                read.update"),
        ("needs = tuple([t._requires_grad for t in tensors])", "needs = tuple([True for t in tensors])"),
        ("            if key._released:\n", "            if False:\n"),
        ("        elif key not in seen:\n", "        else:\n"),
        ("        if output.data.size != 1:\n", "        if False:\n"),
        ("        self._called = True\n", ""),
    ],
    "minicnn/ownership.py": [
        ("or not is_alone(box):\n", "or False:\n"),
        ("flags.carray and (flags", "(flags"),
        ("(flags.owndata or kernels.cpp.in_pool(box[0]))", "True"),
        ("    return kernels.pick(\"copy\", box[0]).copy(box[0])", "    return box.pop()"),
        ("    total = box[0] + other", "    total = box[0]"),
        ("    if _is_free(box) and box[0].shape", "    if box[0].shape"),
        (".add_to(box[0], other)\n", ".add_to(other, box[0])\n"),
    ],
    "minicnn/contract.py": [
        ("if t.dtype != dtype and t.dtype in FLOATS and dtype in FLOATS:", "if False:"),
        ("if g.shape != t.shape or g.dtype != t.dtype:", "if False:"),
        ("if len(returned) != len(inputs):", "if False:"),
        ("if type(t.data) is not cls or", "if False and"),
    ],
    "minicnn/grad_mode.py": [
        ("mode.enabled = self.before.pop()", "mode.enabled = True"),
    ],
    "minicnn/metrics/arguments.py": [
        ("if here != there:", "if False:"),
        ("if len(a) != len(b):", "if False:"),
        ("len({_kind(a) for a in full.values()}) > 1", "len({_kind(a) for a in full.values()}) > 9"),
        ("not is_array(value) and _is_mixed(value)", "False"),
        ("return order[at], ordered[at] == y", "return at, ordered[at] == y"),
        ("if not xp.isfinite(array).all():", "if False:"),
        ("array = array.astype(str)", "array = array"),
    ],
    "minicnn/metrics/averages.py": [
        ('(t.right, t.predicted), "y', '(t.right, t.true), "y'),
        ('(t.right, t.true), "y', '(t.right, t.predicted), "y'),
        ("(2 * t.right, t.true", "(t.right, t.true"),
        ("true & predicted & (rows == columns)", "true & predicted"),
        ('if average == "weighted" else', 'if average == "macro" else'),
        ("xp.where(xp.isnan(each), 0, weight)", "weight"),
        ("if count > 2:", "if count > 3:"),
        ('{"y_true": truth, "y_pred": guess})\n    totals', '{"y_true": truth})\n    totals'),
    ],
    "minicnn/metrics/bootstrap.py": [
        ("generator.integers(0, count, count)", "generator.permutation(count)"),
        ("(1 - confidence) / 2, (1 + confidence) / 2", "1 - confidence, confidence"),
        ("if len(defined) < resamples:", "if False:"),
        ("return random.generator()", "return np.random.default_rng(0)"),
        ("[v for v in values if not isnan(v)]", "[0.0 if isnan(v) else v for v in values]"),
    ],
    "minicnn/metrics/confusion.py": [
        ("cell = (rows * count + columns)[both]", "cell = (columns * count + rows)[both]"),
        ("both = known_rows & known_columns", "both = known_rows"),
        ('matrix.sum(1, keepdims=True), "c', 'matrix.sum(0, keepdims=True), "c'),
        ("return 100 * ratio(", "return ratio("),
        ("Counts(tp, p - tp, predicted - tp", "Counts(tp, predicted - tp, p - tp"),
        ("truth.size - p - predicted + tp", "truth.size - p - predicted"),
    ],
    "minicnn/metrics/precision_recall.py": [
        ("precision = tp / (tp + fp)", "precision = tp / (1 + tp + fp)"),
        ("changes[:-1] | changes[1:]", "changes[:-1] & changes[1:]"),
        ("* precision[:-1]).sum()", "* precision[1:]).sum()"),
        ("xp.concatenate([recall[::-1], xp.zeros(1)])", "xp.concatenate([recall[::-1], xp.ones(1)])"),
        ("thresholds[::-1],\n    )", "thresholds,\n    )"),
    ],
    "minicnn/metrics/rates.py": [
        ('c.tp, c.tp + c.fn, "sensitivity"', 'c.tp, c.tp + c.fp, "sensitivity"'),
        ('c.tn, c.tn + c.fp, "specificity"', 'c.tn, c.tn + c.fn, "specificity"'),
        ('ratio(c.tp, c.tp + c.fp, "positive', 'ratio(c.tp, c.tp + c.fn, "positive'),
        ('ratio(c.tn, c.tn + c.fn, "negative', 'ratio(c.tn, c.tn + c.fp, "negative'),
        ("ratio(c.tp + c.fn, sum(c)", "ratio(c.tp + c.fp, sum(c)"),
        ("(1 - c) * (1 - p)", "(1 - c) * p"),
        ("c * (1 - p), (1 - s) * p", "c * (1 - p), s * p"),
    ],
    "minicnn/metrics/roc.py": [
        ("(xp.diff(fp, 2) != 0) | (xp", "(xp.diff(fp, 2) != 0) & (xp"),
        ("xp.full(1, inf)", "thresholds[:1]"),
        ("(y[1:] + y[:-1]) / 2", "y[1:]"),
        ("-area if falls", "area if falls"),
        ("truth == labels[-1]", "truth == labels[0]"),
        ("if len(labels) == 1:", "if False:"),
    ],
    "minicnn/metrics/taxonomy.py": [
        ("sum(parts[1:], parts[0].copy())", "sum(parts[1:], parts[0])"),
        ("sum(parts[1:], parts[0].copy())", "parts[0].copy()"),
        ("if child in parent:", "if False:"),
        ("if not 0 <= leaf < leaves:", "if not -leaves <= leaf < leaves:"),
    ],
    "minicnn/metrics/top_k.py": [
        ("(place > right[:, None])", "(place < right[:, None])"),
        ("better.sum(1) < k", "better.sum(1) <= k"),
        ("(0.5 if unit else 0)", "0.5"),
        ("score > (0.5", "score >= (0.5"),
    ],
    "minicnn/metrics/undefined.py": [
        ("xp.where(nothing, zero_division, numer", "xp.where(nothing, 0, numer"),
        ("if isnan(zero_division) and nothing.any()", "if nothing.any()"),
        ("stacklevel=level", "stacklevel=level - 1"),
    ],
    "minicnn/metrics/voting.py": [
        ("count > best", "count >= best"),
        ("yes >= (quorum", "yes > (quorum"),
        ("voters * (1 - 1e-12)", "voters"),
        ("right[voters // 2] / 2", "right[voters // 2]"),
        ("right[voters // 2 + 1 :]", "right[voters // 2 :]"),
    ],
    "minicnn/metrics/thresholds.py": [
        ("1 + last - tp", "last - tp"),
        ("score[1:] != score[:-1], xp", "score[1:] == score[1:], xp"),
        ("xp.argsort(score)[::-1]", "xp.argsort(score)"),
        ("y_true.sum(0) if", "(1 - y_true).sum(0) if"),
        ("xp.where(weight == 0, 0.0, each)", "each"),
        ("y_true.reshape(-1), score.reshape(-1)", "y_true.reshape(-1), score.T.reshape(-1)"),
    ],
    "minicnn/functional/operands.py": [
        ("    if x.dtype not in FLOATS:\n        raise", "    if False:\n        raise"),
    ],
    "minicnn/functional/crop.py": [
        ("round((n - p) / 2)", "(n - p) // 2"),
        ("cat([center_crop(skip, x.shape[2:]), x], 1)", "cat([x, center_crop(skip, x.shape[2:])], 1)"),
        ("or skip.shape[0] != x.shape[0] or", "or"),
    ],
    "minicnn/functional/dice_loss.py": [
        ("covered = 2 * sum(y * t, axes) + smooth", "covered = 2 * sum(y * t, axes)"),
        ("sum(t, axes) + smooth\n", "sum(t, axes)\n"),
        ("where(empty, 1.0, covered / where", "where(empty, 0.0, covered / where"),
        ("(2 * t * y + 1) / (y + t + 1)", "(2 * t * y + 1) / (y + t + 2)"),
        ("dice_loss(y, t, smooth, pixels)", "dice_loss(y, t, smooth)"),
        ("softmax(x, 1)", "softmax(x, -1)"),
        ("labels.data.min() < 0", "labels.data.min() < -999"),
    ],
    "minicnn/functional/drop_connect.py": [
        ("if training and p > 0", "if p > 0"),
        ("Dropout(p, key())", "Dropout(1 - p, key())"),
    ],
    "minicnn/functional/fractional_pool.py": [
        ("u[:, :, 1 - axis]", "u[:, :, axis]"),
        ("u.dtype.type(size - taps) / u.dtype.type(out - 1)", "u.dtype.type(size - taps) / u.dtype.type(out)"),
        ('.astype("int64") - (u * alpha).astype("int64")', '.astype("int64")'),
        ("    steps[..., -1] = size - taps\n", ""),
        ("p < 1 or p + a - 1 > n", "p < 1 or p + a > n"),
        ("(bits >> 8).astype", "(bits >> 9).astype"),
    ],
    "minicnn/functional/local_response_norm.py": [
        ("(n // 2, (n - 1) // 2)", "((n - 1) // 2, n // 2)"),
        ("SumPool(window, 1 / n)", "SumPool(window, 1.0)"),
        ("mean * alpha + k", "mean * alpha + 1"),
        ("x.shape[2:] if x.ndim < 5 else (x.shape[2], -1)", "x.shape[2:]"),
    ],
    "minicnn/functional/locally_connected.py": [
        ("    return y + rest[0]", "    return y"),
        ("weight_shape[: 2 + axes], stride, padding", "weight_shape[: 2 + axes], stride, 0"),
        ("if weight_shape[2 + axes :] != geometry.output:", "if False:"),
        ("if rest[0].shape != (o, *outs):", "if False:"),
    ],
    "minicnn/functional/maxout.py": [
        ("x.shape[axis] // k, k, *after)", "k, x.shape[axis] // k, *after)"),
        ("if k < 1 or x.shape[axis] % k:", "if k < 1:"),
    ],
    "minicnn/functional/metric_loss.py": [
        ("norm(x - y + eps, p, -1)", "norm(x - y, p, -1)"),
        ("minimum(far, distance(b, c))", "minimum(far, distance(c, b))"),
        ("distance(a, b) - far + margin", "distance(a, b) - far"),
        ("(1 - s) * apart * apart", "(1 - s) * apart"),
        ("margin - norm(difference, 2, -1)", "norm(difference, 2, -1) - margin"),
    ],
    "minicnn/functional/multi_task.py": [
        ("part = Scale(factor)(loss)", "part = loss"),
        ("weights = [weights[name] for name in names]", "weights = list(weights.values())"),
        ("if len(values) != len(names):", "if False:"),
    ],
    "minicnn/functional/quantize.py": [
        ("(levels - 1) / width", "levels / width"),
        ("(x >= self.low) & (x <= self.high)", "x >= self.low"),
        ("steps.clip(0, levels - 1)", "steps.clip(0, levels)"),
        ("(x - self.low) * x.dtype", "x * x.dtype"),
    ],
    "minicnn/functional/reduction.py": [
        ("        return losses\n    return mean(losses) if", "        return mean(losses)\n    return mean(losses) if"),
        ("if broadcast_shape(w.shape, x.shape) != x.shape:", "if False:"),
        ("~((values >= 0) & (values <= 1))", "(values < 0) | (values > 1)"),
        ("wrong = (values != 0) & (values != 1)", "wrong = values > 1"),
        ("    check_weights(w.data, name, op)\n", ""),
        ("(positive and value == 0)", "False"),
    ],
    "minicnn/functional/rotation.py": [
        ("flip(transpose(poses[-1], 2, 3), 2)", "flip(transpose(poses[-1], 2, 3), 3)"),
        ("stack(poses, 1)", "stack(poses, 0)"),
        ("or w.shape[2] != w.shape[3]:", "or False:"),
    ],
    "minicnn/functional/stochastic_depth.py": [
        ('x.shape[0] if mode == "row" else 1, *', 'x.shape[0] if mode == "batch" else 1, *'),
        ("if not training or p == 0:", "if p == 0:"),
        ('if x.ndim == 0 and mode == "row":', "if False:"),
    ],
    "minicnn/functional/style_loss.py": [
        ("tuple(range(1, x.ndim))) * 0.5", "tuple(range(1, x.ndim)))"),
        ("1 / (4 * size**2)", "1 / (4 * size)"),
        ("matmul(rows, transpose(rows, 1, 2))", "matmul(transpose(rows, 1, 2), rows)"),
        ("sum(abs_(steps)", "sum(steps"),
        ("total = total + part", "total = part"),
    ],
    "minicnn/functional/weight_map.py": [
        ("xp.minimum(second, xp.maximum(nearest, distance))", "xp.minimum(second, distance)"),
        ("distance_transform_edt(image != cell)", "distance_transform_edt(image == cell)"),
        ("((nearest + second) / sigma) ** 2) / 2", "((nearest + second) / sigma) ** 2)"),
        ("labels != 0, cells, background", "labels != 0, background, cells"),
        ("labels.size / (2 * n)", "labels.size / n"),
        ("losses * weights(", "weights("),
    ],
    "minicnn/functional/weighted_loss.py": [
        ("missed * t * BoundedLog()(y)", "invented * t * BoundedLog()(y)"),
        ("invented * (1 - t) * BoundedLog()(1 - y)", "invented * BoundedLog()(1 - y)"),
        ("sum(losses, 1)", "sum(losses, 0)"),
        ("xp.asarray((count - positive) / count)", "xp.asarray(positive / count)"),
        ("    if y.ndim != 2:", "    if False:"),
    ],
    "minicnn/nn/dense_to_conv.py": [
        ("type(linear).forward is not Linear.forward", "False"),
        ("or prod(shape) != linear.in_features", ""),
        ("conv.bias.data = bias.data.copy()", "conv.bias.data = bias.data"),
        ("conv.train(linear.training)", "conv"),
    ],
    "minicnn/nn/drop_connect.py": [
        ("self.p, self.training)", "self.p, True)"),
        ("self.weight, self.p, self.training), self.bias", "self.weight, self.p, self.training), None"),
    ],
    "minicnn/nn/rotation.py": [
        ("if rows != columns:", "if False:"),
        ("y + self.bias.reshape(-1, 1, 1)", "y"),
        ("None, self.stride, self.padding", "None, 1, self.padding"),
    ],
    "minicnn/nn/upsample_conv.py": [
        ("mode=self.mode)\n", 'mode="nearest")\n'),
        ("self.bias, 1, self.padding", "None, 1, self.padding"),
    ],
    "minicnn/nn/weighted_loss.py": [
        ("input, target, self.positive_weight, self.negative_weight, self.reduction\n        )\n\n\nclass",
         "input, target, self.negative_weight, self.positive_weight, self.reduction\n        )\n\n\nclass"),
        ("self.register_buffer(name, weight)", "setattr(self, name, weight)"),
        ("                check_weights(weight.data, name, layer)\n", ""),
    ],
    "minicnn/metrics/boxes.py": [
        ("own[0] + own[1] - both", "own[0] + own[1]"),
        ("overlap > iou_threshold", "overlap >= iou_threshold"),
        ("n - 1 - xp.argsort(scores[::-1], kind=\"stable\")[::-1]", "xp.argsort(scores, kind=\"stable\")[::-1]"),
        ("(a / sqrt(r), a * sqrt(r))", "(a * sqrt(r), a / sqrt(r))"),
        ("(np.arange(Q) + 0.5) * steps[1]", "(np.arange(Q) + 0.5) * steps[0]"),
    ],
    "minicnn/metrics/image_quality.py": [
        ("10 * log10(L * L / error)", "20 * log10(L * L / error)"),
        ("float(K1 * L) ** 2", "float(K1 * L)"),
        ("n / (n - 1) if", "(n - 1) / n if"),
        ("a.size - bool(use_sample_covariance)", "a.size"),
        ('mode="symmetric"', 'mode="reflect"'),
        ("high if float(a.min()) >= 0 else", "high if False else"),
    ],
    "minicnn/metrics/overlap.py": [
        ("return 2 * j / (1 + j)", "return j / (1 + j)"),
        ("return d / (2 - d)", "return d / (1 + d)"),
        ("ratio(2 * both, either", "ratio(both, either"),
    ],
    "minicnn/filters/hand_made.py": [
        ("square - square.min()", "square"),
        ("bell / bell.sum()", "bell"),
        ("1 / (A * B)", "1 / A"),
    ],
    "minicnn/filters/optimise.py": [
        ("p.matrix.conj().T * p.frequency_weight**2", "p.matrix.conj().T * p.frequency_weight"),
        ("coefficients * p.ideal_filter", "p.ideal_filter"),
        ("(n - 1) / 2 for n", "n / 2 for n"),
        ("alpha * ((f_w * (f_i - f)) ** 2)", "((f_w * (f_i - f)) ** 2)"),
        ("np.stack([re, -im], -1)", "np.stack([re, im], -1)"),
    ],
    "minicnn/filters/quadrature.py": [
        ("np.where(along > 0, along, 0.0)", "along"),
        ("bandwidth**2 * np.log(2)", "bandwidth**2"),
        ("weight[0, 0] *= 10", "weight[0, 0] *= 0"),
        ("omega_x * cos(angle) + omega_y * sin(angle)", "omega_x * cos(angle) - omega_y * sin(angle)"),
    ],
    "csrc/geometry.h": [
        ("return i * stride + a * dilation - padding;", "return i * stride + a * dilation + padding;"),
        ("return i * stride + a * dilation - padding;", "return i + a * dilation - padding;"),
        ("const int64_t lowest = padding - a * dilation;", "const int64_t lowest = padding - a;"),
        ("highest = lowest + size - 1;", "highest = lowest + size;"),
        ("std::min(output, highest / stride + 1)", "highest / stride + 1"),
        ("(lowest + stride - 1) / stride", "lowest / stride"),
        ("return axis[0].kernel * axis[1].kernel * axis[2].kernel;", "return axis[1].kernel * axis[2].kernel;"),
    ],
    "csrc/convolution/loops.h": [
        ("if (stride == 1) {  // contiguous", "if (true) {  // contiguous"),
        ("x[k * stride] += w * y[k];", "x[k * stride] = w * y[k];"),
        ("for (; k + lanes <= count; k += lanes) {\n            for (int lane = 0; lane < lanes; ++lane) {\n                sums",
         "for (; k + lanes < count + 2; k += lanes) {\n            for (int lane = 0; lane < lanes; ++lane) {\n                sums"),
        ("((sums[1] + sums[5]) + (sums[3] + sums[7]));", "((sums[1] + sums[5]) + (sums[3] - sums[7]));"),
        ("bias ? bias[o] : T(0)", "T(0)"),
        ("bias ? bias[c] : T(0)", "bias ? bias[0] : T(0)"),
        ("const T* filter = w + (o * C_group + k) * taps;", "const T* filter = w + o * C_group * taps;"),
        ("(o * C_group + c % C_group) * taps", "(o * C_group + c) * taps"),
        ("const int64_t o = c / C_group * O_group + k;", "const int64_t o = c / O_group * O_group + k;"),
        ("const int64_t y_row = i0 * height.output + i1;", "const int64_t y_row = i0 * height.size + i1;"),
        ("filter[w_at] += dot_run(", "filter[w_at] = dot_run("),
    ],
    "csrc/window.h": [
        ("window.stride[k], window.padding[k], window.dilation[k]};",
         "window.dilation[k], window.padding[k], window.stride[k]};"),
        ("{size[k],          kernel[k],         output[k],", "{output[k], kernel[k], size[k],"),
    ],
    "csrc/bindings.cpp": [
        ("joined(O, C / window.groups, window.given)", "joined(O, C, window.given)"),
        ("check_groups(O, \"the channels of g\", window.groups);\n", "\n"),
        ("if (g.shape(1) != O) {", "if (false) {"),
    ],
    "csrc/arguments.h": [
        ("if (!(given.flags() & py::array::c_style)) {", "if (false) {"),
        ("if (given.size() > 0 && address", "if (address"),
    ],
    "csrc/parallel.cpp": [
        ("item < share.end; item = share.next++)", "item < share.end - 1; item = share.next++)"),
        ("shared_[(own + k) % shares_]", "shared_[own % shares_]"),
        ("for (int64_t item = 0; item < count; ++item) task(body, item);",
         "for (int64_t item = 1; item < count; ++item) task(body, item);"),
    ],
    "csrc/convolution/correlate.h": [
        ("const T* in = pixels + t1 * correlation_[1].source_step() * band.row();",
         "const T* in = pixels;"),
        ("(rows_here.t0 * correlation_[1].source() + t1)", "rows_here.t0 * correlation_[1].source()"),
        ("(plane + k * roles_.groups) * roles_.out", "plane * roles_.out"),
        ("bias + number * shape_.width, panel", "bias, panel"),
        ("first_channel + panel * shape_.width, channels", "panel * shape_.width, channels"),
        ("if (this->samples_) {", "if (false) {"),
    ],
    "csrc/convolution/sampled.h": [
        ("if (pairs < count) to[pairs] = from[2 * pairs];", ""),
        ("i * depth.stride * rows.size", "i * rows.size"),
        ("j * rows.stride)", "j)"),
        ("if (a.position(a.output - 1, 0) >= a.size) return false;", ""),
        ("to[t] = from[step * t];", "to[t] = from[t];"),
    ],
    "csrc/convolution/panels.h": [
        ("bias[group * roles_.out + o]", "bias[o]"),
        ("p1.offset + m1 * p1.offset_step - band", "p1.offset + m1 - band"),
        ("return last + m * step < 0 ||", "return last + m * step <= 0 ||"),
    ],
    "csrc/convolution/rows.h": [
        (" && tap_rows_met(p0, p1, t + joined) == met)", ")"),
        ("shape_.joins_rows() && !apart &&", "shape_.joins_rows() &&"),
        ("!apart && grid_.counts[1] == 1;", "!apart;"),
        ("pixels += stretch.step - row;", "pixels += stretch.step;"),
        ("                    if (column == row) next_row();\n                    places", "                    places"),
        ("places[r] = pixels - first;", "places[r] = r;"),
        ("const int64_t first = met.begin * roles_.in;", "const int64_t first = 0;"),
        ("geometry_.groups * roles_.out * result_plane());", "roles_.out * result_plane());"),
        ("out[step * t + r] = from[t]", "out[step * t] = from[t]"),
    ],
    "csrc/convolution/result_tile.h": [
        ("acc[r][q] = broadcast(bias[r]);", "acc[r][q] = broadcast(bias[0]);"),
        ("acc[r][q] = load(bias + q * L);", "acc[r][q] = load(bias);"),
        ("last, in_last);", "last, in_last - 1);"),
        ("at += runs.step;", ""),
    ],
    "csrc/convolution/tile.h": [
        ("return part * size + std::min(part, longer);", "return part * size;"),
        ("place[r] = at[r];", "place[r] = at[0];"),
    ],
    "csrc/convolution/phases.h": [
        ("phase.offset_step = -(d / shared);", "phase.offset_step = d / shared;"),
        ("phase.tap_step = s / shared;", "phase.tap_step = s;"),
        ("(r + axis.padding - a * d) % s != 0", "(r - a * d) % s != 0"),
        ("phase.offset = -axis.padding;", "phase.offset = 0;"),
    ],
    "csrc/convolution/band.h": [
        ("if (odd_begin < even_begin) odd[odd_begin] = in[begin];", ""),
        ("if (odd_end < even_end) even[odd_end] = in[end - 1];", ""),
        ("clear(odd + odd_end, pitch - odd_end);", ""),
        ("u % runs) * pitch + u / runs)", "u % runs) * pitch + u)"),
        ("y >= 0 && y < height;", "y >= 0 && y < height - 1;"),
        ("copy_row(in + k * step,", "copy_row(in,"),
        ("row[place] = in[place * runs];", "row[place] = in[place];"),
    ],
    "csrc/convolution/weight_gradient.h": [
        ("store(to, load<T, count>(to) + acc[r][q]);", "store(to, acc[r][q]);"),
        ("total[k] += from[k];", "total[k] = from[k];"),
        ("pixels += (t0 * geometry_.axis[1].size + t1) * Q;", ""),
        ("turned + ((n * groups + group) * panels_ + panel)", "turned + (n * groups * panels_ + panel)"),
        ("                               pixel * width_;", "                               0;"),
        ("a1 * axis[1].dilation,", "a1,"),
        ("geometry_.axis[1].stride * band.row();", "band.row();"),
    ],
    "csrc/convolution/winograd.h": [
        ("filters + k * V * L, 1,", "filters, 1,"),
        ("finish(p, inputs, stride, filters + panel * p.panel_size(), panel",
         "finish(p, inputs, stride, filters, panel"),
        ("n0 + n, std::min(group, now - n)", "n, std::min(group, now - n)"),
    ],
    "csrc/convolution/winograd_tiles.h": [
        ("above = backward ? 2 - h.padding : h.padding;", "above = h.padding;"),
        ("filter[p.flipped ? 8 - k : k] =", "filter[k] ="),
        ("start[o] = bias[channel + o];", "start[o] = bias[o];"),
    ],
    "csrc/convolution/winograd_matrices.h": [
        ("t[0] = x0 - 2.5f * x2 + x4;", "t[0] = x0 + 2.5f * x2 + x4;"),
        ("y[2 * to] = 0.5f * sum_a + 2.0f * sum_b;", "y[2 * to] = 0.5f * sum_a + 0.5f * sum_b;"),
        ("odd_b = b * (g1 + 2.0f * g3);", "odd_b = b * (g1 + 0.5f * g3);"),
        ("0.5f * sum_a + 2.0f * sum_b + m[5 * step];", "0.5f * sum_a + 2.0f * sum_b;"),
    ],
    "csrc/convolution/winograd_weights.h": [
        ("total[point] += load(from + part * points * sum);",
         "total[point] = load(from + part * points * sum);"),
        ("mine + point * sum, out, chunk > begin", "mine + point * sum, out, chunk > 0"),
    ],
    "csrc/convolution/winograd_sums.h": [
        ("acc[r][q] = add ? load(sums + r * sum_step + q * L) : Vector<float>{};",
         "acc[r][q] = Vector<float>{};"),
    ],
    "csrc/convolution/winograd_blocks.h": [
        ("const int64_t point = i * reach + j;", "const int64_t point = j * reach + i;"),
        ("{-2.0f / 3, 2.0f / 3 * a, -1.0f / 3},", "{-2.0f / 3, -2.0f / 3 * a, -1.0f / 3},"),
        ("point * x_stride_ + block.number * most_ * x_step_", "point * x_stride_"),
        ("if (n == 0) fill(sums", "fill(sums"),
    ],
    "csrc/convolution/filters.h": [
        ("group_step = O * C * taps;", "group_step = C * taps;"),
        ("return (r0 * counts[1] + r1) * counts[2] + r2;", "return r0 * counts[1] + r1 + r2;"),
        ("to += (roles.in - 1) * row;", "to += roles.in * row;"),
        ("to += next_channel;", ""),
        ("p2.tap + m2 * p2.tap_step;", "p2.tap + m2;"),
        ("body(taps_first ? j : i, taps_first ? i : j);", "body(i, j);"),
    ],
    "csrc/convolution/deal.h": [
        ("shuffle<T, (2 * k + 1)...>(a, b)", "shuffle<T, (2 * k)...>(a, b)"),
        ("(W / 2 + k / 2 + k % 2 * W)", "(k / 2 + k % 2 * W)"),
        ("deal<T, W / 2>(from, pairs, even, odd);", ""),
        ("join<T, W / 2>(even, odd, pairs, to);", ""),
    ],
    "csrc/layers/logarithm.h": [
        ("terms = 5;", "terms = 3;"),
        ("terms = 11;", "terms = 8;"),
        ("return x == x ? y : x;", "return y;"),
    ],
    "csrc/matmul/product.h": [
        ("first ? load(bias + q * L) : load(to", "true ? load(bias + q * L) : load(to"),
        ("k * (along ? p.a_row : p.a_column)", "k * p.a_row"),
        ("channels_last(p.b + k0 * p.b_row + j0 * p.b_column,", "channels_last(p.b + k0 * p.b_row,"),
        ("sums[lane] += sums[lane + half];", "sums[lane] += sums[half];"),
        ("p.bias[j + q] : T(0)", "p.bias[q] : T(0)"),
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {_short(self.old)}  →  {_short(self.new)}"


def _short(text: str) -> str:
    return " ".join(text.split())[:80] or "(nothing)"


def make_copy(folder: Path) -> None:
    """The package with its tests, and nothing else, in ``folder``."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, folder / name)


def run(command: list[str], folder: Path, timeout: float = TIMEOUT) -> tuple[int, str]:
    """Exit status and output of a command in the copy; 124 if it took too long."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1",
                   "OMP_NUM_THREADS": "1", "MINICNN_REQUIRE_EXT": "1"}
    environment.pop("CI", None)
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, timeout=timeout, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired:
        return 124, "took too long"
    return done.returncode, done.stdout


def pytest_on(files: list[str], folder: Path) -> tuple[bool, str]:
    """Whether all tests of the files pass, and which one failed first."""
    files = [name for name in files if (folder / name).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *files]
    status, output = run(command, folder)
    if status == 0:
        return True, ""
    failed = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if status < 0:
        return False, f"the interpreter crashed (signal {-status})"
    return False, failed[0].split(" - ")[0] if failed else output.strip().splitlines()[-1]


def build(folder: Path) -> tuple[bool, str]:
    status, output = run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], folder,
                         BUILD_TIMEOUT)
    return status == 0, output


def try_mutant(mutant: Mutant, folder: Path) -> tuple[bool, str]:
    """Whether the mutant is caught, and by what."""
    file = folder / mutant.path
    original = file.read_text()
    extensions = {p: p.read_bytes() for p in (folder / "minicnn").glob("_ext*")}
    file.write_text(original.replace(mutant.old, mutant.new))
    try:
        if mutant.path.startswith("csrc/"):
            os.utime(folder / "csrc" / "bindings.cpp")  # make sure that it is compiled again
            built, output = build(folder)
            if not built:
                return True, "does not compile: " + output.strip().splitlines()[-1]
        passed, by = pytest_on(TESTS[mutant.path], folder)
        return not passed, by
    finally:
        file.write_text(original)
        for path, content in extensions.items():
            path.write_bytes(content)


def check_texts(mutants: list[Mutant]) -> None:
    """Each text to replace must stand in its file exactly once."""
    stale = [m for m in mutants if (ROOT / m.path).read_text().count(m.old) != 1]
    for mutant in stale:
        count = (ROOT / mutant.path).read_text().count(mutant.old)
        print(f"stands {count} times, should once: {mutant}")
    if stale:
        sys.exit(f"{len(stale)} mutants do not fit the source any more: bring them up to date")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("only", nargs="*", help="parts of the paths to mutate (default: all)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (default: 2)")
    arguments = parser.parse_args()
    mutants = [
        Mutant(path, old, new)
        for path, pairs in MUTANTS.items()
        if not arguments.only or any(part in path for part in arguments.only)
        for old, new in pairs
    ]
    check_texts(mutants)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="minicnn-mutants-") as temporary:
        folders = [Path(temporary) / str(i) for i in range(arguments.jobs)]
        for folder in folders:
            make_copy(folder)
        if any(m.path.startswith("csrc/") for m in mutants):
            for folder in folders:
                built, output = build(folder)
                if not built:
                    sys.exit(f"the extension does not build:\n{output}")
        files = list(dict.fromkeys(f for m in mutants for f in TESTS[m.path]))
        passed, by = pytest_on(files, folders[0])
        if not passed:
            sys.exit(f"the tests must pass before anything is broken: {by}")
        print(f"{len(mutants)} mutants; the unbroken copy passes", flush=True)
        report(mutants, folders, started)


def report(mutants: list[Mutant], folders: list[Path], started: float) -> None:
    free, survived, counts = list(folders), [], {}

    def work(mutant: Mutant) -> tuple[Mutant, bool, str]:
        folder = free.pop()
        try:
            return mutant, *try_mutant(mutant, folder)
        finally:
            free.append(folder)

    with ThreadPoolExecutor(len(folders)) as pool:
        for mutant, caught, by in pool.map(work, mutants):
            print(f"{'caught  ' if caught else 'SURVIVED'}  {mutant}    {by}", flush=True)
            found, tried = counts.get(mutant.path, (0, 0))
            counts[mutant.path] = (found + caught, tried + 1)
            if not caught:
                survived.append(mutant)
    print()
    for path, (found, tried) in counts.items():
        print(f"{found:4} of {tried:3} caught   {path}")
    minutes = (time.monotonic() - started) / 60
    print(f"{len(mutants) - len(survived):4} of {len(mutants):3} caught   in {minutes:.0f} minutes")
    for mutant in survived:
        print(f"survived: {mutant}")
    sys.exit(1 if survived else 0)


if __name__ == "__main__":
    main()
