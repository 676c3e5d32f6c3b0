"""A filter of few coefficients that comes as near as it can to an ideal one.

A filter f of A × B coefficients has the frequency response F = B·f, the Fourier transform

    F(ω) = Σ_k f(k)·e^{−i ω·k}        k from the filter's middle, ω in radians a pixel

so B is a matrix with a row for each frequency and a column for each coefficient. Wanted are a
response F_i and coefficients f_i (few far from the middle, say). What matters more is weighted
more, F_w among the frequencies and f_w among the coefficients (002 "FILTER OPTIMIZATION"):

    ε² = ‖F_w·(F_i − B·f)‖² + α·‖f_w·(f_i − f)‖²

Where its gradient is zero,

    (Bᴴ F_w² B + α f_w²)·f = Bᴴ F_w² F_i + α f_w² f_i        (A·B, A·B) @ (A·B,)

:func:`optimise_filter` solves that; :func:`optimise_filter_by_descent` walks down ε² instead, with
the engine's gradients, as a network would. They arrive at the same filter. (Knutsson, Andersson &
Wiklund 1999, "Advanced filter design".)
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from ..creation import zeros
from ..geometry import per_axis, whole_number
from ..tensor import tensor


def frequency_grid(shape: int | Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The frequencies (ω_y, ω_x) of a grid (U, V), in radians a pixel from −π on: two arrays.

    In the order of ``np.fft.fft2``: entry [0, 0] is frequency 0, and negative ones stand at the
    end (``np.fft.fftshift`` puts 0 in the middle, for a picture). x runs to the right, y down.
    """
    U, V = per_axis("frequency_grid", "shape", shape, 2, least=1)
    return tuple(np.meshgrid(
        2 * np.pi * np.fft.fftfreq(U), 2 * np.pi * np.fft.fftfreq(V), indexing="ij"
    ))


def optimise_filter(
    ideal: Any,
    size: int | Sequence[int],
    frequency_weight: Any = 1.0,
    spatial_weight: Any = 1.0,
    alpha: float = 0.0,
    ideal_filter: Any = 0.0,
) -> np.ndarray:
    """f = (Bᴴ F_w² B + α f_w²)⁻¹ (Bᴴ F_w² F_i + α f_w² f_i): the filter with the least ε².

    ``ideal`` F_i (U, V) is the response wanted at the frequencies of :func:`frequency_grid`, real
    or complex; ``size`` of the filter one number or (A, B), at most (U, V); ``frequency_weight``
    F_w an array (U, V) or a number; ``spatial_weight`` f_w and ``ideal_filter`` f_i arrays (A, B)
    or numbers; ``alpha`` is how much the error among the coefficients counts. Returned is (A, B),
    complex128: its imaginary part is zero (but for rounding) where F_i(−ω) is the conjugate of
    F_i(ω). ValueError for shapes that do not fit and where the weights leave coefficients free.
    """
    p = _problem("optimise_filter", ideal, size, frequency_weight, spatial_weight, alpha,
                 ideal_filter)
    adjoint = p.matrix.conj().T * p.frequency_weight**2  # Bᴴ F_w²        (A·B, U·V)
    coefficients = alpha * p.spatial_weight**2
    normal = adjoint @ p.matrix + np.diag(coefficients)
    right = adjoint @ p.ideal + coefficients * p.ideal_filter
    if np.linalg.matrix_rank(normal, hermitian=True) < len(normal):
        raise ValueError(
            "optimise_filter: the weights leave some of the coefficients free: make fewer "
            "frequency weights zero, or alpha and the spatial weights positive"
        )
    return np.linalg.solve(normal, right).reshape(p.size)


def optimise_filter_by_descent(
    ideal: Any,
    size: int | Sequence[int],
    frequency_weight: Any = 1.0,
    spatial_weight: Any = 1.0,
    alpha: float = 0.0,
    ideal_filter: Any = 0.0,
    steps: int = 1000,
    momentum: float = 0.9,
) -> np.ndarray:
    """The same filter, found by ``steps`` steps of gradient descent from zero.

    ε² is a Tensor, computed with the engine's operations (real and imaginary parts beside each
    other), and its gradient comes from ``backward()``. The step is 1/(the largest curvature ε² can
    have), with Nesterov's ``momentum``; the more the weights differ, the more steps it takes.
    """
    from .. import optim  # not needed to solve the equations

    op = "optimise_filter_by_descent"
    steps = whole_number(op, "steps", steps)
    if steps < 1:
        raise ValueError(f"{op}: steps={steps} must be at least 1")
    p = _problem(op, ideal, size, frequency_weight, spatial_weight, alpha, ideal_filter)

    def parts(values: np.ndarray) -> Any:
        return tensor(np.stack([values.real, values.imag], -1))  # (..., 2)

    # (Re + i·Im)·(re + i·im) as a product of real matrices, (U·V·2, A·B·2) @ (A·B·2,)
    re, im = p.matrix.real, p.matrix.imag
    real_matrix = np.stack([np.stack([re, -im], -1), np.stack([im, re], -1)], 1)
    B = tensor(real_matrix.reshape(2 * len(p.ideal), -1))
    F_i, f_i = parts(p.ideal).reshape(-1), parts(p.ideal_filter).reshape(-1)
    F_w = tensor(np.repeat(p.frequency_weight, 2))
    f_w = tensor(np.repeat(p.spatial_weight, 2))

    f = zeros(f_i.shape, dtype="float64", requires_grad=True)
    # BᴴB is U·V times the identity, as its columns are orthogonal
    curvature = 2 * (
        len(p.ideal) * (p.frequency_weight**2).max() + alpha * (p.spatial_weight**2).max()
    )
    rule = optim.SGD([f], lr=1 / curvature, momentum=momentum, nesterov=momentum > 0)
    for _ in range(steps):
        rule.zero_grad()
        error = ((F_w * (F_i - B @ f)) ** 2).sum() + alpha * ((f_w * (f_i - f)) ** 2).sum()
        error.backward()
        rule.step()
    found = f.numpy().reshape(-1, 2)
    return (found[:, 0] + 1j * found[:, 1]).reshape(p.size)


class _Problem(NamedTuple):
    """Everything as vectors: (U·V,) of frequencies, (A·B,) of coefficients."""

    matrix: np.ndarray  # B (U·V, A·B)
    ideal: np.ndarray
    frequency_weight: np.ndarray
    spatial_weight: np.ndarray
    ideal_filter: np.ndarray
    size: tuple[int, int]


def _problem(op, ideal, size, frequency_weight, spatial_weight, alpha, ideal_filter) -> _Problem:
    ideal = _numbers(op, "ideal", ideal)
    if ideal.ndim != 2 or not ideal.size:
        raise ValueError(f"{op}: ideal must be (U, V), a number a frequency, got {ideal.shape}")
    A, B = per_axis(op, "size", size, 2, least=1)
    if A > ideal.shape[0] or B > ideal.shape[1]:
        raise ValueError(
            f"{op}: a filter of {(A, B)} coefficients needs at least as many frequencies along "
            f"each axis, ideal has {ideal.shape}"
        )
    if not isinstance(alpha, Real) or not 0 <= alpha < inf:
        raise ValueError(f"{op}: alpha={alpha!r} must be a number from 0 on")
    weights = []
    for name, value, shape in (
        ("frequency_weight", frequency_weight, ideal.shape),
        ("spatial_weight", spatial_weight, (A, B)), ("ideal_filter", ideal_filter, (A, B)),
    ):
        value = _numbers(op, name, value)
        if value.shape not in ((), shape):
            raise ValueError(f"{op}: {name} must be a number or {shape}, got {value.shape}")
        if name != "ideal_filter" and (value.dtype.kind == "c" or (value < 0).any()):
            raise ValueError(f"{op}: {name} must be real and not negative")
        weights.append(np.broadcast_to(value, shape).reshape(-1))
    omega_y, omega_x = (w.reshape(-1, 1) for w in frequency_grid(ideal.shape))
    y, x = (np.arange(n) - (n - 1) / 2 for n in (A, B))
    y, x = (k.reshape(1, -1) for k in np.meshgrid(y, x, indexing="ij"))
    matrix = np.exp(-1j * (omega_y * y + omega_x * x))
    return _Problem(matrix, ideal.reshape(-1), *weights, (A, B))


def _numbers(op: str, name: str, value: Any) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{op}: the lists in {name} have different lengths") from None
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{op}: {name} must be numbers, got {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{op}: there is NaN or infinity in {name}")
    return array.astype("complex128" if array.dtype.kind == "c" else "float64")
