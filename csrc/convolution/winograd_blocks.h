// Winograd's weight gradient of large filters: Vx and Vg of as many images as fit, then blocks of
// filters, each through all tiles.
//
// 36 sums of a large block would not stay in a core's cache. But Gᵀ S G takes the columns of points
// one by one, S (6 points, C, O) at a time:
//
//     gw[u, v] = sum over columns j of  G[j, v] · (sum over i of G[i, u] S[i, j])
//
// so a task has sums for one column, and what it adds to the 9 taps, and its block can be the larger
// for it: of a tile and a point, x · g filters read x + g numbers.
#pragma once

#include "../memory.h"
#include "../parallel.h"
#include "winograd_sums.h"

namespace minicnn {
namespace {
namespace winograd {

// How filters are cut into blocks: as large as a second-level cache allows, but enough for all threads.
// (No number of the result depends on it: each filter is one sum over the tiles, in their order.)
struct Blocks {
    int64_t x = 128, g = 64;  // channels of x and of g in a block
    int64_t x_count, g_count;

    Blocks(int64_t C, int64_t O, int64_t least) {
        cut(C, O);
        while (count() < least && x > 64) halve(x, C, O);
        while (count() < least && g > unit) halve(g, C, O);
    }
    int64_t count() const { return x_count * g_count; }

  private:
    // Pairs of vectors and whole cache lines.
    static constexpr int64_t unit = std::max<int64_t>(2 * L, cache_line<float>);

    void halve(int64_t& side, int64_t C, int64_t O) {
        side /= 2;
        cut(C, O);
    }
    void cut(int64_t C, int64_t O) {
        x = even(C, x);
        g = even(O, g);
        x_count = (C + x - 1) / x;
        g_count = (O + g - 1) / g;
    }
    // The channels of parts of at most `most`, or a unit: as equal as units allow.
    static int64_t even(int64_t channels, int64_t most) {
        const int64_t parts = (channels + most - 1) / most;
        return ((channels + parts - 1) / parts + unit - 1) / unit * unit;
    }
};

// sums (channels, 9, width) += what one column of points ξ = (i, j), for all i, adds to GᵀSG: to tap
// (u, v)  G[j, v]  times  sum over i of G[i, u] S[i].
template <int j>
void add_column(const float* s, int64_t stride, int64_t channels, int64_t width, float* sums) {
    constexpr float G[reach][3] = {{1, 0, 0},
                                   {-2.0f / 3, -2.0f / 3 * a, -1.0f / 3},
                                   {-2.0f / 3, 2.0f / 3 * a, -1.0f / 3},
                                   {1.0f / 6, 1.0f / 6 * b, 1.0f / 3},
                                   {1.0f / 6, -1.0f / 6 * b, 1.0f / 3},
                                   {0, 0, 1}};
    for (int64_t c = 0; c < channels; ++c, s += width, sums += 9 * width) {
        for (int64_t o = 0; o < width; o += L) {
            Vector<float> column[reach], taps[3];
#pragma GCC unroll 8
            for (int i = 0; i < reach; ++i) column[i] = load(s + i * stride + o);
            FilterSumTransform::apply(column, 1, taps, 1);
#pragma GCC unroll 4
            for (int u = 0; u < 3; ++u) {
#pragma GCC unroll 4
                for (int v = 0; v < 3; ++v) {
                    if (G[j][v] == 0) continue;
                    float* to = sums + (3 * u + v) * width + o;
                    store(to, load(to) + G[j][v] * taps[u]);
                }
            }
        }
    }
}

using ColumnFunction = void (*)(const float*, int64_t, int64_t, int64_t, float*);
constexpr ColumnFunction add_columns[] = {add_column<0>, add_column<1>, add_column<2>,
                                          add_column<3>, add_column<4>, add_column<5>};

// What a task reads lies in runs of memory:
//
//     Vx (points, blocks, tiles, x_step)     Vg (points, panels, tiles, 2·lanes)
inline void weights_by_blocks(const Weights& p, const float* x, const float* g, float* w) {
    constexpr int64_t most_bytes = 24 << 20;  // of Vx and Vg
    constexpr int64_t panel = 2 * L;
    const Blocks blocks(p.C, p.O, 2 * thread_count());
    const int64_t x_step = padded_stride(blocks.x), panels = (p.O + panel - 1) / panel;
    const int64_t image_tiles = p.rows * p.columns;
    const int64_t image_bytes = points * image_tiles * (p.C + p.O) * 4;
    const int64_t images = std::min(p.batch, std::max<int64_t>(1, most_bytes / image_bytes));
    const int64_t most = images * image_tiles;
    const int64_t x_stride = padded_stride(most * blocks.x_count * x_step);
    const int64_t g_stride = padded_stride(most * panels * panel);
    Scratch<float> vx(points * x_stride), vg(points * g_stride);
    Scratch<int32_t> at(most);
    for (int64_t t = 0; t < most; ++t) at[t] = static_cast<int32_t>(t * x_step);

    const int64_t x_lines = (p.C + line - 1) / line, g_lines = (p.O + line - 1) / line;
    const int64_t size = (blocks.x * 9 + L) * blocks.g;  // of a block's sums, with what is read beyond
    const bool in_turns = images < p.batch;
    Scratch<float> kept(in_turns ? blocks.count() * size : 1);
    for (int64_t n0 = 0; n0 < p.batch; n0 += images) {
        const int64_t now = std::min(images, p.batch - n0), tiles = now * image_tiles;
        // A task's channels fill whole cache lines, which no other thread then writes to.
        const double turned = 10.0 * points * image_tiles * line;
        parallel_for(now * (x_lines + g_lines), turned, [&](int64_t item) {
            const int64_t n = item / (x_lines + g_lines), k = item % (x_lines + g_lines);
            Scratch<float> lines(line_buffer(p.columns));
            if (k < x_lines) {
                for (int64_t c = k * line; c < std::min(p.C, (k + 1) * line); c += L) {
                    float* to = vx + (c / blocks.x * most + n * image_tiles) * x_step + c % blocks.x;
                    p.transform_x(x, n0 + n, c, std::min<int64_t>(L, p.C - c), 0, p.rows, to,
                                  x_stride, x_step, lines);
                }
            } else {
                const int64_t first = (k - x_lines) * line;
                for (int64_t o = first; o < std::min(p.O, first + line); o += L) {
                    float* to = vg + (o / panel * most + n * image_tiles) * panel + o % panel;
                    p.transform_g(g, n0 + n, o, std::min<int64_t>(L, p.O - o), 0, p.rows, to,
                                  g_stride, panel, lines);
                }
            }
        });
        const double work = static_cast<double>(tiles) * points * blocks.x * blocks.g;
        parallel_for(blocks.count(), work, [&](int64_t item) {
            const int64_t block = item % blocks.x_count, c0 = block * blocks.x;
            const int64_t o0 = item / blocks.x_count * blocks.g;
            const int64_t channels = std::min(blocks.x, p.C - c0);
            const int64_t width = std::min(blocks.g, (p.O - o0 + L - 1) / L * L);
            const int64_t stride = padded_stride(channels * width);
            Scratch<float> s(reach * stride), own(in_turns ? 1 : size);
            float* const sums = in_turns ? kept + item * size : own.get();
            if (n0 == 0) fill(sums, channels * 9 * width, 0.0f);
            for (int64_t j = 0; j < reach; ++j) {
                for (int64_t i = 0; i < reach; ++i) {
                    const int64_t point = i * reach + j;
                    const int64_t next = i + 1 < reach ? point + reach : (j + 1) % reach;
                    Ahead ahead{{vx + next * x_stride + block * most * x_step, tiles * x_step / line},
                                {vg + next * g_stride + o0 * most, most * width / line}};
                    for (int64_t o = 0; o < width; o += panel) {
                        add_outer(vx + point * x_stride + block * most * x_step, at, channels,
                                  vg + point * g_stride + (o0 + o) * most, panel,
                                  std::min(panel, width - o), tiles, s + i * stride + o, width,
                                  false, ahead);
                    }
                }
                add_columns[j](s, stride, channels, width, sums);
            }
            if (n0 + now < p.batch) return;
            for (int64_t o = 0; o < width; o += L) {
                channels_first(sums + o, width, channels * 9, p.O - o0 - o,
                               w + ((o0 + o) * p.C + c0) * 9, p.C * 9);
            }
        });
    }
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
