// Step 3, vectors: as many output channels at once as a register has lanes, the sum in a register.
//
//     acc = 0
//     for k:  acc += filters[k][o .. o + L − 1] · pixels[at[k] + ...]
//     y[n, o .. o + L − 1, i, j] = acc
//
// All L channels meet the same pixel, so its number is spread over the lanes (a broadcast, which
// costs no more than a load), and the filters were laid out beforehand such that the L numbers of
// one k lie side by side. y is stored once.
//
// What holds it back now: all additions go into one register, and each waits for the one before.
// A multiply-add takes about four cycles, and a processor could have begun seven others meanwhile:
// at best an eighth of the peak is left. And there are still two loads for one multiply-add.
#pragma once

#include "loop_order.h"
#include "padded.h"

namespace minicnn {
namespace {
namespace ladder {

template <class T>
void vector_forward(const Geometry& geometry, const T* x, const T* w, T* y) {
    if (geometry.empty() || !Padded<T>::fits(geometry)) {
        return ordered_forward(geometry, x, w, y);
    }
    constexpr int64_t L = lanes<T>;
    const Padded<T> padded(geometry, x, w, L);
    const auto [N, C, O, H, W, A, B, P, Q] = padded.sizes;
    for (int64_t panel = 0; panel < padded.panels; ++panel) {
        const T* filters = padded.filters(panel);
        const int32_t* at = padded.at();
        for (int64_t n = 0; n < N; ++n) {
            for (int64_t i = 0; i < P; ++i) {
                for (int64_t j = 0; j < Q; ++j) {
                    const T* pixel = padded.pixels(n, i) + j;
                    Vector<T> acc{};
                    for (int64_t k = 0; k < padded.K; ++k) {
                        acc += load(filters + k * L) * broadcast(pixel[at[k]]);
                    }
                    for (int64_t lane = 0; lane < L && panel * L + lane < O; ++lane) {
                        y[((n * O + panel * L + lane) * P + i) * Q + j] = acc[lane];
                    }
                }
            }
        }
    }
}

}  // namespace ladder
}  // namespace
}  // namespace minicnn
