// Winograd's weight gradient: gw = Gᵀ[ sum over tiles of (Bᵀ x B) ⊙ (A g Aᵀ) ]G.
//
// At each of the 36 points it is a product of matrices over the tiles (winograd_sums.h), and only the
// sum over all tiles is transformed back, to 3×3 taps.
//
// With small filters, here, some equal parts of all tiles have sums of their own, (36, C, O) each,
// which are added up in a fixed order. Large ones: winograd_blocks.h.
#pragma once

#include "winograd.h"
#include "winograd_blocks.h"

namespace minicnn {
namespace {
namespace winograd {

// gw[o, c] = Gᵀ S G for L output channels, from S's vectors at the 36 points.
inline void store_filters(const Vector<float>* s, int64_t O, int64_t C, int64_t o, int64_t c,
                          float* w) {
    Vector<float> filter[9];
    both_axes<FilterSumTransform>(s, filter);
    for (int lane = 0; lane < L && o + lane < O; ++lane) {
        float* to = w + ((o + lane) * C + c) * 9;
        for (int k = 0; k < 9; ++k) to[k] = filter[k][lane];
    }
}

// Small filters: equal parts of all tiles, each with sums of its own.
inline void weights_by_parts(const Weights& p, const float* x, const float* g, float* w) {
    constexpr int64_t parts_wanted = 8, least_bytes = 320 << 10;
    const int64_t out = (p.O + L - 1) / L * L, sum = padded_stride(p.C * out);
    const int64_t x_step = padded_step(p.C), g_step = padded_step(p.O);
    // Vx and Vg are twice what is read and written for them, the sums, or fill half of a cache.
    const int64_t bytes = std::max(2 * points * sum * 4, least_bytes);
    const int64_t per_tile = (x_step + g_step) * points * 4;
    const Parts chunks(p.batch, p.rows, p.columns, bytes / per_tile, parts_wanted);
    const int64_t parts = std::min(parts_wanted, chunks.count);
    Scratch<float> sums(parts * points * sum);
    const double work =
        static_cast<double>(p.batch * p.rows * p.columns) / parts * points * p.C * p.O;
    parallel_for(parts, work, [&](int64_t part) {
        const int64_t most = chunks.images * chunks.rows * p.columns;
        const int64_t x_stride = padded_stride(most * x_step);
        const int64_t g_stride = padded_stride(most * g_step);
        Scratch<float> vx(points * x_stride), vg(points * g_stride);
        Scratch<float> lines(line_buffer(p.columns));
        Scratch<int32_t> at(most);
        for (int64_t t = 0; t < most; ++t) at[t] = static_cast<int32_t>(t * x_step);
        float* const mine = sums + part * points * sum;
        const int64_t begin = chunks.count * part / parts, end = chunks.count * (part + 1) / parts;
        for (int64_t chunk = begin; chunk < end; ++chunk) {
            const int64_t n = chunk / chunks.bands * chunks.images;
            const int64_t first = chunk % chunks.bands * chunks.rows;
            const int64_t last = std::min(p.rows, first + chunks.rows);
            const int64_t images = std::min(chunks.images, p.batch - n);
            const int64_t each = (last - first) * p.columns;
            for (int64_t k = 0; k < images; ++k) {
                p.transform_x(x, n + k, 0, p.C, first, last, vx + k * each * x_step, x_stride,
                              x_step, lines);
                p.transform_g(g, n + k, 0, p.O, first, last, vg + k * each * g_step, g_stride,
                              g_step, lines);
            }
            for (int64_t point = 0; point < points; ++point) {
                const int64_t next = (point + 1) % points;
                Ahead<float> ahead{{mine + next * sum, mine + (next + 1) * sum}};
                add_outer(vx + point * x_stride, at, p.C, vg + point * g_stride, g_step, out,
                          images * each, mine + point * sum, out, chunk > begin, ahead);
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
            store_filters(total, p.O, p.C, o, c, w);
        }
    });
}

inline void convolve_weights(const Weights& p, const float* x, const float* g, float* w) {
    constexpr int64_t small_sums = 1 << 20;  // bytes of (36, C, O)
    if (points * p.C * p.O * static_cast<int64_t>(sizeof(float)) <= small_sums) {
        weights_by_parts(p, x, g, w);
    } else {
        WeightsByBlocks(p).run(x, g, w);
    }
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
