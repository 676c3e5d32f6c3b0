// The products of Winograd's weight gradient: at each of the 36 points ξ, over the tiles of some images,
//
//     S[ξ] (C, O) = Vx[ξ]ᵀ (C, tiles) · Vg[ξ] (tiles, O)
//
// Each tile is a row of Vx and of Vg, so this is a sum of outer products, and its results are the
// few: R channels of x × V vectors of channels of g stay in registers while all tiles run by.
//
// A row is read for R · V vector operations only, and comes from far away: V is larger than the caches
// of a core. So while one product is computed, what the next one reads is fetched, a line of the
// cache at each tile.
#pragma once

#include "ahead.h"
#include "tile.h"
#include "winograd_tiles.h"

namespace minicnn {
namespace {
namespace winograd {

constexpr int most_rows = most_accumulators / 2;  // channels of x in a tile of S
constexpr int64_t line = cache_line<float>;

// `ahead` leads to a line of the cache for each tile that is fetched meanwhile.
template <int R, int V>
void outer_tile(const float* x, const int32_t* at, const float* g, int64_t step, int64_t tiles,
                float* sums, int64_t sum_step, bool add, const float* ahead) {
    Vector<float> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) {
            acc[r][q] = add ? load(sums + r * sum_step + q * L) : Vector<float>{};
        }
    }
    add_filtered<true>(acc, SideBySide<float>{x}, at, g, tiles, step, ahead);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) store(sums + r * sum_step + q * L, acc[r][q]);
    }
}

using OuterFunction = void (*)(const float*, const int32_t*, const float*, int64_t, int64_t, float*,
                               int64_t, bool, const float*);

template <int V, int... R>
OuterFunction outer_of(int64_t rows, std::integer_sequence<int, R...>) {
    static constexpr OuterFunction functions[] = {outer_tile<R + 1, V>...};
    return functions[rows - 1];
}

struct Weights {
    int64_t batch, C, O, height, width, P, Q, above, left, rows, columns;

    explicit Weights(const Geometry& geometry) {
        const Axis &h = geometry.axis[1], &w = geometry.axis[2];
        batch = geometry.batch;
        C = geometry.channels;
        O = geometry.out_channels;
        height = h.size;
        width = w.size;
        P = h.output;
        Q = w.output;
        above = h.padding;
        left = w.padding;
        rows = (P + tile - 1) / tile;
        columns = (Q + tile - 1) / tile;
    }

    // Vx and Vg of tile rows first .. last − 1 of image n, channels c .. c + channels − 1; `step`
    // from tile to tile.
    void transform_x(const float* x, int64_t n, int64_t c, int64_t channels, int64_t first,
                     int64_t last, float* to, int64_t stride, int64_t step, float* lines) const {
        transform_image<InputTransform>(x + (n * C + c) * height * width, channels, height, width,
                                        above, left, columns, first, last, to, stride, step, L,
                                        lines);
    }
    void transform_g(const float* g, int64_t n, int64_t o, int64_t channels, int64_t first,
                     int64_t last, float* to, int64_t stride, int64_t step, float* lines) const {
        transform_image<GradientTransform>(g + (n * O + o) * P * Q, channels, P, Q, 0, 0, columns,
                                           first, last, to, stride, step, L, lines);
    }
};

// S[ξ] (rows of x's channels, sum_step) (+)= over `tiles` tiles, for `channels` channels of x and
// `out` (in whole vectors) of g.
inline void add_outer(const float* x, const int32_t* at, int64_t channels, const float* g,
                      int64_t g_step, int64_t out, int64_t tiles, float* sums, int64_t sum_step,
                      bool add, Ahead<float>& ahead) {
    using Rows = std::make_integer_sequence<int, most_rows>;
    const EvenParts rows(channels, most_rows);
    for (int64_t o = 0; o < out; o += 2 * L) {
        for (int64_t part = 0; part < rows.parts; ++part) {
            const int64_t c = rows.begin(part), now = rows.size_of(part);
            const OuterFunction function =
                out - o > L ? outer_of<2>(now, Rows()) : outer_of<1>(now, Rows());
            const float* const far = ahead.take(tiles);
            const float* const near = g + o;  // where nothing is far away: it costs nothing
            function(x + c, at, g + o, g_step, tiles, sums + c * sum_step + o, sum_step, add,
                     far != nullptr ? far : near);
        }
    }
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
