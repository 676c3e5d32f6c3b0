// Winograd's weight gradient: gw = Gᵀ[ sum over tiles of (Bᵀ x B) ⊙ (A g Aᵀ) ]G.
//
// At each of the 36 points ξ it is a product of matrices over the tiles,
//
//     S[ξ] (C, O) = Vx[ξ]ᵀ (C, tiles) · Vg[ξ] (tiles, O)
//
// and only the sum over all tiles is transformed back, to 3×3 taps.
//
// With small filters, some equal parts of all tiles have sums of their own, (36, C, O) each, which
// are added up in a fixed order. With large ones Vx and Vg are computed first, for as many images
// as fit, and a task takes a block of filters through all tiles.
#pragma once

#include "winograd.h"

namespace minicnn {
namespace {
namespace winograd {

constexpr int most_rows = most_accumulators / 2;  // channels of x in a tile of S

template <int R, int V>
void outer_tile(const float* x, const int32_t* at, const float* g, int64_t step, int64_t tiles,
                float* sums, int64_t sum_step, bool add) {
    Vector<float> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) {
            acc[r][q] = add ? load(sums + r * sum_step + q * L) : Vector<float>{};
        }
    }
    add_filtered(acc, x, at, g, tiles, step);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) store(sums + r * sum_step + q * L, acc[r][q]);
    }
}

using OuterFunction = void (*)(const float*, const int32_t*, const float*, int64_t, int64_t, float*,
                               int64_t, bool);

template <int V, int... R>
OuterFunction outer_of(int64_t rows, std::integer_sequence<int, R...>) {
    static constexpr OuterFunction functions[] = {outer_tile<R + 1, V>...};
    return functions[rows - 1];
}

struct Weights {
    int64_t batch, C, O, height, width, P, Q, above, left, rows, columns;
    int64_t x_step, g_step;  // from tile to tile of Vx and Vg: C and O in whole vectors

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
        x_step = step_of(C);
        g_step = step_of(O);
    }

    // Whole vectors, and not a power of two of them: tiles far apart would share few cache lines.
    static int64_t step_of(int64_t channels) {
        const int64_t vectors = (channels + L - 1) / L * L;
        return vectors % 128 == 0 ? vectors + 16 : vectors;
    }

    // Vx and Vg of tile rows first .. last − 1 of image n, for channel blocks of L.
    void transform_x(const float* x, int64_t n, int64_t c, int64_t channels, int64_t first,
                     int64_t last, float* to, int64_t stride, float* lines) const {
        transform_image<InputTransform>(x + (n * C + c) * height * width, channels, height, width,
                                        above, left, columns, first, last, to + c, stride, x_step,
                                        L, lines);
    }
    void transform_g(const float* g, int64_t n, int64_t o, int64_t channels, int64_t first,
                     int64_t last, float* to, int64_t stride, float* lines) const {
        transform_image<GradientTransform>(g + (n * O + o) * P * Q, channels, P, Q, 0, 0, columns,
                                           first, last, to + o, stride, g_step, L, lines);
    }
};

// S[ξ] (rows of x's channels, sum_step) (+)= over `tiles` tiles, for `channels` channels of x and
// `out` (in whole vectors) of g.
inline void add_outer(const float* x, const int32_t* at, int64_t channels, const float* g,
                      int64_t g_step, int64_t out, int64_t tiles, float* sums, int64_t sum_step,
                      bool add) {
    using Rows = std::make_integer_sequence<int, most_rows>;
    const EvenParts rows(channels, most_rows);
    for (int64_t o = 0; o < out; o += 2 * L) {
        for (int64_t part = 0; part < rows.parts; ++part) {
            const int64_t c = rows.begin(part), now = rows.size_of(part);
            const OuterFunction function =
                out - o > L ? outer_of<2>(now, Rows()) : outer_of<1>(now, Rows());
            function(x + c, at, g + o, g_step, tiles, sums + c * sum_step + o, sum_step, add);
        }
    }
}

// gw[o, c] = Gᵀ S G for L output channels, from S's vectors at the 36 points.
inline void store_filters(const Vector<float>* s, int64_t O, int64_t C, int64_t o, int64_t c,
                          bool add, float* w) {
    Vector<float> filter[9];
    both_axes<FilterSumTransform>(s, filter);
    for (int lane = 0; lane < L && o + lane < O; ++lane) {
        float* to = w + ((o + lane) * C + c) * 9;
        for (int k = 0; k < 9; ++k) to[k] = add ? to[k] + filter[k][lane] : filter[k][lane];
    }
}

// Small filters: equal parts of all tiles, each with sums of its own.
inline void weights_by_parts(const Weights& p, const float* x, const float* g, float* w) {
    constexpr int64_t parts_wanted = 8, bytes = 320 << 10;
    const int64_t per_tile = (p.x_step + p.g_step) * points * static_cast<int64_t>(sizeof(float));
    const Parts chunks(p.batch, p.rows, p.columns, bytes / per_tile, parts_wanted);
    const int64_t parts = std::min(parts_wanted, chunks.count);
    const int64_t out = (p.O + L - 1) / L * L, sum = p.C * out;
    Scratch<float> sums(parts * points * sum);
    const double work =
        static_cast<double>(p.batch * p.rows * p.columns) / parts * points * p.C * p.O;
    parallel_for(parts, work, [&](int64_t part) {
        const int64_t most = chunks.images * chunks.rows * p.columns;
        const int64_t x_stride = padded_stride(most * p.x_step);
        const int64_t g_stride = padded_stride(most * p.g_step);
        Scratch<float> vx(points * x_stride), vg(points * g_stride);
        Scratch<float> lines(line_buffer(p.columns));
        Scratch<int32_t> at(most);
        for (int64_t t = 0; t < most; ++t) at[t] = static_cast<int32_t>(t * p.x_step);
        float* const mine = sums + part * points * sum;
        const int64_t begin = chunks.count * part / parts, end = chunks.count * (part + 1) / parts;
        for (int64_t chunk = begin; chunk < end; ++chunk) {
            const int64_t n = chunk / chunks.bands * chunks.images;
            const int64_t first = chunk % chunks.bands * chunks.rows;
            const int64_t last = std::min(p.rows, first + chunks.rows);
            const int64_t images = std::min(chunks.images, p.batch - n);
            const int64_t each = (last - first) * p.columns;
            for (int64_t k = 0; k < images; ++k) {
                p.transform_x(x, n + k, 0, p.C, first, last, vx + k * each * p.x_step, x_stride,
                              lines);
                p.transform_g(g, n + k, 0, p.O, first, last, vg + k * each * p.g_step, g_stride,
                              lines);
            }
            for (int64_t point = 0; point < points; ++point) {
                add_outer(vx + point * x_stride, at, p.C, vg + point * g_stride, p.g_step, out,
                          images * each, mine + point * sum, out, chunk > begin);
            }
        }
    });
    parallel_for(p.C, 40.0 * parts * points * out / L, [&](int64_t c) {
        for (int64_t o = 0; o < p.O; o += L) {
            Vector<float> total[points];
            for (int64_t point = 0; point < points; ++point) {
                const float* from = sums + point * sum + c * out + o;
                total[point] = load(from);
                for (int64_t part = 1; part < parts; ++part) {
                    total[point] += load(from + part * points * sum);
                }
            }
            store_filters(total, p.O, p.C, o, c, false, w);
        }
    });
}

// Large filters: all of Vx and Vg first, then blocks of filters. Both lie in blocks of channels,
//
//     (points, blocks, tiles, channels of a block)
//
// so that what a task reads, all tiles of one block of each, is one run of memory.
inline void weights_by_blocks(const Weights& p, const float* x, const float* g, float* w) {
    constexpr int64_t most_bytes = 24 << 20;  // of Vx and Vg
    const int64_t x_block = std::min<int64_t>(64, (p.C + L - 1) / L * L);
    const int64_t g_block = p.O > L ? 2 * L : L;
    const int64_t x_blocks = (p.C + x_block - 1) / x_block;
    const int64_t g_blocks = (p.O + g_block - 1) / g_block;
    const int64_t image_tiles = p.rows * p.columns;
    const int64_t image_bytes =
        points * image_tiles * (x_blocks * x_block + g_blocks * g_block) * 4;
    const int64_t images = std::min(p.batch, std::max<int64_t>(1, most_bytes / image_bytes));
    const int64_t most = images * image_tiles;
    const int64_t x_stride = padded_stride(most * x_blocks * x_block);
    const int64_t g_stride = padded_stride(most * g_blocks * g_block);
    Scratch<float> vx(points * x_stride), vg(points * g_stride);
    Scratch<int32_t> at(most);
    for (int64_t t = 0; t < most; ++t) at[t] = static_cast<int32_t>(t * x_block);
    const int64_t x_vectors = (p.C + L - 1) / L, g_vectors = (p.O + L - 1) / L;
    for (int64_t n0 = 0; n0 < p.batch; n0 += images) {
        const int64_t now = std::min(images, p.batch - n0), tiles = now * image_tiles;
        parallel_for(
            now * (x_vectors + g_vectors), 10.0 * points * image_tiles * L, [&](int64_t item) {
                Scratch<float> lines(line_buffer(p.columns));
                const int64_t n = item / (x_vectors + g_vectors),
                              k = item % (x_vectors + g_vectors);
                if (k < x_vectors) {
                    const int64_t c = k * L;
                    transform_image<InputTransform>(
                        x + ((n0 + n) * p.C + c) * p.height * p.width,
                        std::min<int64_t>(L, p.C - c), p.height, p.width, p.above, p.left,
                        p.columns, 0, p.rows,
                        vx + (c / x_block * most + n * image_tiles) * x_block + c % x_block,
                        x_stride, x_block, L, lines);
                } else {
                    const int64_t o = (k - x_vectors) * L;
                    transform_image<GradientTransform>(
                        g + ((n0 + n) * p.O + o) * p.P * p.Q, std::min<int64_t>(L, p.O - o), p.P,
                        p.Q, 0, 0, p.columns, 0, p.rows,
                        vg + (o / g_block * most + n * image_tiles) * g_block + o % g_block,
                        g_stride, g_block, L, lines);
                }
            });
        const double work = static_cast<double>(tiles) * points * x_block * g_block;
        parallel_for(x_blocks * g_blocks, work, [&](int64_t item) {
            const int64_t c0 = item % x_blocks * x_block, o0 = item / x_blocks * g_block;
            const int64_t channels = std::min(x_block, p.C - c0);
            const int64_t stride = padded_stride(channels * g_block);
            Scratch<float> sums(points * stride);
            for (int64_t point = 0; point < points; ++point) {
                add_outer(vx + point * x_stride + c0 * most, at, channels,
                          vg + point * g_stride + o0 * most, g_block, g_block, tiles,
                          sums + point * stride, g_block, false);
            }
            for (int64_t o = 0; o < g_block && o0 + o < p.O; o += L) {
                for (int64_t c = 0; c < channels; ++c) {
                    Vector<float> total[points];
                    for (int64_t point = 0; point < points; ++point) {
                        total[point] = load(sums + point * stride + c * g_block + o);
                    }
                    store_filters(total, p.O, p.C, o0 + o, c0 + c, n0 > 0, w);
                }
            }
        });
    }
}

inline void convolve_weights(const Weights& p, const float* x, const float* g, float* w) {
    constexpr int64_t small_sums = 1 << 20;  // bytes of (36, C, O)
    if (points * p.C * p.O * static_cast<int64_t>(sizeof(float)) <= small_sums) {
        weights_by_parts(p, x, g, w);
    } else {
        weights_by_blocks(p, x, g, w);
    }
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
