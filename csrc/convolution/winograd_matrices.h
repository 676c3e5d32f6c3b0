// Winograd's algorithm F(4×4, 3×3): the three small matrices, derived.
//
// In one dimension: 4 outputs of a filter with 3 taps need 4·3 = 12 multiplications the plain way,
// and 6 this way. Take the polynomials w(z) = w0 + w1 z + w2 z² and g(z) = g0 + ... + g3 z³. Their
// product has degree 5, so its values at 6 points determine it (Toom and Cook): evaluate w and g
// there, multiply value by value, interpolate. With five points p and the point at infinity (where
// a polynomial's value is its highest coefficient), evaluation is the matrices
//
//     rows of A:  1, p, p², p³    (last row 0 0 0 1)         rows of G:  (1, p, p²)/N(p)   (0 0 1)
//
// and N(p) = the product of p − q over the other points q belongs to the interpolation, whose
// matrix B has in column p the coefficients of the product of (z − q) over the other points q, and
// in the last one those of the product of all (z − q). So  w · g = B [(G w) ⊙ (A g)], or, as one
// trilinear form in which the correlation's three tensors play equal parts,
//
//     T(x, w, g) = sum over the 6 points of  (Bᵀ x) · (G w) · (A g)
//
// Its derivatives are the three convolutions: forward  y = Aᵀ[(G w) ⊙ (Bᵀ x)], and the weight
// gradient  gw = Gᵀ[(Bᵀ x) ⊙ (A g)]. In two dimensions each matrix is applied along both axes:
// 36 multiplications instead of 144. The transforms cost additions, but these are few where
// there are many channels, since a tile is transformed once for all of them.
//
// The points decide how much is lost to rounding. 0, ±1/√2, ±√2 keep all numbers near 1: a third of
// the error of the usual 0, ±1, ±2. With a² = 1/2, b² = 2 it is (z² − a²)(z² − b²) = z⁴ − 5/2 z² + 1.
//
// Sources: S. Winograd, Arithmetic Complexity of Computations, 1980; Lavin and Gray 2016, "Fast
// algorithms for convolutional neural networks", arXiv 1509.09308.
#pragma once

#include "../vector.h"

namespace minicnn {
namespace {
namespace winograd {

constexpr int64_t tile = 4, reach = 6, points = 36;  // outputs, inputs and points of a tile
constexpr float a = 0.70710678118654752f, b = 1.41421356237309505f;

// Each takes its numbers `step` apart and leaves its results `to_step` apart. The points come in
// pairs ±p, whose even and odd parts are computed once.

struct InputTransform {  // Bᵀ: 6 -> 6
    static constexpr int in = 6, out = 6;
    template <class V>
    static inline __attribute__((always_inline)) void apply(const V* x, int step, V* t, int to) {
        const V x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step],
                x5 = x[5 * step];
        const V even_a = x4 - 2.0f * x2, odd_a = a * (x3 - 2.0f * x1);
        const V even_b = x4 - 0.5f * x2, odd_b = b * (x3 - 0.5f * x1);
        t[0] = x0 - 2.5f * x2 + x4;
        t[to] = even_a + odd_a;
        t[2 * to] = even_a - odd_a;
        t[3 * to] = even_b + odd_b;
        t[4 * to] = even_b - odd_b;
        t[5 * to] = x1 - 2.5f * x3 + x5;
    }
};

struct OutputTransform {  // Aᵀ: 6 -> 4
    static constexpr int in = 6, out = 4;
    template <class V>
    static inline __attribute__((always_inline)) void apply(const V* m, int step, V* y, int to) {
        const V sum_a = m[step] + m[2 * step], difference_a = a * (m[step] - m[2 * step]);
        const V sum_b = m[3 * step] + m[4 * step], difference_b = b * (m[3 * step] - m[4 * step]);
        y[0] = m[0] + sum_a + sum_b;
        y[to] = difference_a + difference_b;
        y[2 * to] = 0.5f * sum_a + 2.0f * sum_b;
        y[3 * to] = 0.5f * difference_a + 2.0f * difference_b + m[5 * step];
    }
};

struct GradientTransform {  // A: 4 -> 6
    static constexpr int in = 4, out = 6;
    template <class V>
    static inline __attribute__((always_inline)) void apply(const V* g, int step, V* t, int to) {
        const V g0 = g[0], g1 = g[step], g2 = g[2 * step], g3 = g[3 * step];
        const V even_a = g0 + 0.5f * g2, odd_a = a * (g1 + 0.5f * g3);
        const V even_b = g0 + 2.0f * g2, odd_b = b * (g1 + 2.0f * g3);
        t[0] = g0;
        t[to] = even_a + odd_a;
        t[2 * to] = even_a - odd_a;
        t[3 * to] = even_b + odd_b;
        t[4 * to] = even_b - odd_b;
        t[5 * to] = g3;
    }
};

struct FilterTransform {  // G: 3 -> 6, with N(0) = 1, N(±a) = −3/2, N(±b) = 6
    static constexpr int in = 3, out = 6;
    template <class V>
    static inline __attribute__((always_inline)) void apply(const V* w, int step, V* t, int to) {
        constexpr float in_a = -2.0f / 3, in_b = 1.0f / 6;
        const V w0 = w[0], w1 = w[step], w2 = w[2 * step];
        const V even_a = in_a * (w0 + 0.5f * w2), odd_a = (in_a * a) * w1;
        const V even_b = in_b * (w0 + 2.0f * w2), odd_b = (in_b * b) * w1;
        t[0] = w0;
        t[to] = even_a + odd_a;
        t[2 * to] = even_a - odd_a;
        t[3 * to] = even_b + odd_b;
        t[4 * to] = even_b - odd_b;
        t[5 * to] = w2;
    }
};

struct FilterSumTransform {  // Gᵀ: 6 -> 3
    static constexpr int in = 6, out = 3;
    template <class V>
    static inline __attribute__((always_inline)) void apply(const V* m, int step, V* w, int to) {
        constexpr float in_a = -2.0f / 3, in_b = 1.0f / 6;
        const V sum_a = in_a * (m[step] + m[2 * step]);
        const V sum_b = in_b * (m[3 * step] + m[4 * step]);
        w[0] = m[0] + sum_a + sum_b;
        w[to] = (in_a * a) * (m[step] - m[2 * step]) + (in_b * b) * (m[3 * step] - m[4 * step]);
        w[2 * to] = 0.5f * sum_a + 2.0f * sum_b + m[5 * step];
    }
};

// M X Mᵀ for a square X (in, in) of vectors: the matrix along the columns, then along the rows.
template <class Transform, class V>
inline __attribute__((always_inline)) void both_axes(const V* from, V* to) {
    constexpr int in = Transform::in, out = Transform::out;
    V half[out * in];
#pragma GCC unroll 8
    for (int column = 0; column < in; ++column) {
        Transform::apply(from + column, in, half + column, in);
    }
#pragma GCC unroll 8
    for (int row = 0; row < out; ++row) Transform::apply(half + row * in, 1, to + row * out, 1);
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
