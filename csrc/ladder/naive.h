// Step 1, naive: the formula, written down.
//
//     y[n, o, i, j] = sum over c, a, b of w[o, c, a, b] · x[n, c, i·s + a − p, j·s + b − p]
//
// One output at a time, and for each one sum over its window: seven loops. Pixels in the padding
// are zeros, so the innermost loop asks each time whether there is a pixel at all.
//
// It is slow for three reasons, and the next steps take them away one after the other. The question
// about the padding stands in the way of every multiplication. The sum is one chain of additions,
// each of which waits some four cycles for the one before. And of a register of 16 numbers one is
// used: no compiler may add up in another order than the one written here.
//
// Left out, here and in all steps: a bias, groups, dilation, one and three axes.
#pragma once

#include "../geometry.h"

namespace minicnn {
namespace {
namespace ladder {

// The sizes of a two-dimensional convolution by their letters.
struct Sizes {
    int64_t N, C, O, H, W, A, B, P, Q;
    explicit Sizes(const Geometry& geometry)
        : N(geometry.batch), C(geometry.channels), O(geometry.out_channels),
          H(geometry.axis[1].size), W(geometry.axis[2].size), A(geometry.axis[1].kernel),
          B(geometry.axis[2].kernel), P(geometry.axis[1].output), Q(geometry.axis[2].output) {}
};

// x (N, C, H, W), w (O, C, A, B), y (N, O, P, Q)
template <class T>
void naive_forward(const Geometry& geometry, const T* x, const T* w, T* y) {
    const auto [N, C, O, H, W, A, B, P, Q] = Sizes(geometry);
    for (int64_t n = 0; n < N; ++n) {
        for (int64_t o = 0; o < O; ++o) {
            for (int64_t i = 0; i < P; ++i) {
                for (int64_t j = 0; j < Q; ++j) {
                    T sum = 0;
                    for (int64_t c = 0; c < C; ++c) {
                        for (int64_t a = 0; a < A; ++a) {
                            for (int64_t b = 0; b < B; ++b) {
                                const int64_t row = geometry.axis[1].position(i, a);
                                const int64_t column = geometry.axis[2].position(j, b);
                                if (row < 0 || row >= H || column < 0 || column >= W) continue;
                                sum += w[((o * C + c) * A + a) * B + b] *
                                       x[((n * C + c) * H + row) * W + column];
                            }
                        }
                    }
                    y[((n * O + o) * P + i) * Q + j] = sum;
                }
            }
        }
    }
}

// Calls body(x_at, w_at, y_at) for every product that the convolution is the sum of.
template <class Body>
void for_each_triple(const Geometry& geometry, const Body& body) {
    const auto [N, C, O, H, W, A, B, P, Q] = Sizes(geometry);
    for (int64_t n = 0; n < N; ++n) {
        for (int64_t o = 0; o < O; ++o) {
            for (int64_t i = 0; i < P; ++i) {
                for (int64_t j = 0; j < Q; ++j) {
                    for (int64_t c = 0; c < C; ++c) {
                        for (int64_t a = 0; a < A; ++a) {
                            for (int64_t b = 0; b < B; ++b) {
                                const int64_t row = geometry.axis[1].position(i, a);
                                const int64_t column = geometry.axis[2].position(j, b);
                                if (row < 0 || row >= H || column < 0 || column >= W) continue;
                                body(((n * C + c) * H + row) * W + column,
                                     ((o * C + c) * A + a) * B + b,
                                     ((n * O + o) * P + i) * Q + j);
                            }
                        }
                    }
                }
            }
        }
    }
}

// The gradients are sums over the same products; only what is added to what changes.
template <class T>
void naive_input_gradient(const Geometry& geometry, const T* g, const T* w, T* x) {
    const auto [N, C, O, H, W, A, B, P, Q] = Sizes(geometry);
    for (int64_t k = 0; k < N * C * H * W; ++k) x[k] = T(0);
    for_each_triple(geometry, [&](int64_t x_at, int64_t w_at, int64_t y_at) {
        x[x_at] += w[w_at] * g[y_at];
    });
}

template <class T>
void naive_weight_gradient(const Geometry& geometry, const T* x, const T* g, T* w) {
    const auto [N, C, O, H, W, A, B, P, Q] = Sizes(geometry);
    for (int64_t k = 0; k < O * C * A * B; ++k) w[k] = T(0);
    for_each_triple(geometry, [&](int64_t x_at, int64_t w_at, int64_t y_at) {
        w[w_at] += x[x_at] * g[y_at];
    });
}

}  // namespace ladder
}  // namespace
}  // namespace minicnn
