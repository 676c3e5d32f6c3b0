// Step 4, the register tile: a block of outputs at once, all of it in registers.
//
// A tile is R neighbouring pixels of a row × V vectors of output channels. For each k it loads R
// numbers and V vectors and does R·V multiply-adds with them: 14 + 2 loads for 28 with AVX-512. And
// the R·V sums know nothing of each other, so there is always one that is not waiting. The block is
// convolution/tile.h; channel_tile() there is around it what turns the block over and stores it.
//
// What holds it back now is memory. A tile walks through all channels of its window, that is, it
// touches C·A places of the image, far apart; and when the next panel of output channels comes back
// to them, a whole image has passed through the cache.
#pragma once

#include "../convolution/result_tile.h"
#include "loop_order.h"
#include "padded.h"

namespace minicnn {
namespace {
namespace ladder {

template <class T>
void tile_forward(const Geometry& geometry, const T* x, const T* w, T* y) {
    if (geometry.empty() || !Padded<T>::fits(geometry)) {
        return ordered_forward(geometry, x, w, y);
    }
    constexpr int64_t width = 2 * lanes<T>;
    const Padded<T> padded(geometry, x, w, width);
    const T start[width] = {};  // of the sums
    const auto [N, C, O, H, W, A, B, P, Q] = padded.sizes;
    using Lengths = std::make_integer_sequence<int, longest_of_two>;
    const EvenParts tiles(Q, longest_of_two);
    for (int64_t panel = 0; panel < padded.panels; ++panel) {
        const int64_t first = panel * width;
        for (int64_t n = 0; n < N; ++n) {
            for (int64_t i = 0; i < P; ++i) {
                for (int64_t tile = 0; tile < tiles.parts; ++tile) {
                    const int64_t j = tiles.begin(tile), count = tiles.size_of(tile);
                    const Target<T> target{y + ((n * O + first) * P + i) * Q + j, P * Q,
                                           std::min(width, O - first)};
                    const TileFunction<T> sum = channel_tile_of<T, 2>(count, Lengths());
                    sum(padded.pixels(n, i) + j, nullptr, padded.at(), padded.filters(panel), {1, padded.K, 0},
                        start, count, target, nullptr);
                }
            }
        }
    }
}

}  // namespace ladder
}  // namespace
}  // namespace minicnn
