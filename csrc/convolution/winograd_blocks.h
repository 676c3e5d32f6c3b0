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

class WeightsByBlocks {
  public:
    explicit WeightsByBlocks(const Weights& p)
        : p_(p),
          blocks_(p.C, p.O, 2 * thread_count()),
          panels_((p.O + panel - 1) / panel),
          x_step_(padded_stride(blocks_.x)),
          tiles_(p.rows * p.columns),
          images_(std::clamp<int64_t>(most_bytes / (points * tiles_ * (p.C + p.O) * 4), 1, p.batch)),
          most_(images_ * tiles_),
          x_stride_(padded_stride(most_ * blocks_.x_count * x_step_)),
          g_stride_(padded_stride(most_ * panels_ * panel)),
          vx_(points * x_stride_),
          vg_(points * g_stride_),
          at_(most_) {
        for (int64_t t = 0; t < most_; ++t) at_[t] = static_cast<int32_t>(t * x_step_);
    }

    void run(const float* x, const float* g, float* w) const {
        const bool in_turns = images_ < p_.batch;
        Scratch<float> kept(in_turns ? blocks_.count() * sums_size() : 1);
        for (int64_t n = 0; n < p_.batch; n += images_) {
            const int64_t now = std::min(images_, p_.batch - n);
            transform(x, g, n, now);
            const double work = static_cast<double>(now * tiles_) * points * blocks_.x * blocks_.g;
            parallel_for(blocks_.count(), work, [&](int64_t item) {
                const Block block = this->block(item);
                Scratch<float> own(in_turns ? 1 : sums_size());
                float* const sums = in_turns ? kept + item * sums_size() : own.get();
                if (n == 0) fill(sums, block.channels * 9 * block.width, 0.0f);
                add_products(block, now * tiles_, sums);
                if (n + now == p_.batch) store_block(block, sums, w);
            });
        }
    }

  private:
    static constexpr int64_t most_bytes = 24 << 20;  // of Vx and Vg
    static constexpr int64_t panel = 2 * L;

    // Filters of channels c, c + 1 … of x and o, o + 1 … of g; `width` in whole vectors.
    struct Block {
        int64_t number, c, channels, o, width;
    };
    Block block(int64_t item) const {
        const int64_t number = item % blocks_.x_count;
        const int64_t c = number * blocks_.x, o = item / blocks_.x_count * blocks_.g;
        return {number, c, std::min(blocks_.x, p_.C - c), o,
                std::min(blocks_.g, (p_.O - o + L - 1) / L * L)};
    }
    // Of a block's (channels, 9, width), with what channels_first reads beyond.
    int64_t sums_size() const { return (blocks_.x * 9 + L) * blocks_.g; }

    // Of a point, what tasks read, in runs of memory.
    const float* vx(int64_t point, const Block& block) const {
        return vx_.get() + point * x_stride_ + block.number * most_ * x_step_;
    }
    const float* vg(int64_t point, int64_t o) const {
        return vg_.get() + point * g_stride_ + o * most_;
    }

    // Vx and Vg of `images` images from the n-th on. A task's channels fill whole cache lines, which
    // no other thread then writes to.
    void transform(const float* x, const float* g, int64_t n, int64_t images) const {
        const int64_t x_lines = (p_.C + line - 1) / line, g_lines = (p_.O + line - 1) / line;
        const double work = 10.0 * points * tiles_ * line;
        parallel_for(images * (x_lines + g_lines), work, [&](int64_t item) {
            const int64_t image = item / (x_lines + g_lines), k = item % (x_lines + g_lines);
            Scratch<float> lines(line_buffer(p_.columns));
            if (k < x_lines) {
                for (int64_t c = k * line; c < std::min(p_.C, (k + 1) * line); c += L) {
                    float* to = vx_.get() +
                                (c / blocks_.x * most_ + image * tiles_) * x_step_ + c % blocks_.x;
                    p_.transform_x(x, n + image, c, std::min<int64_t>(L, p_.C - c), 0, p_.rows, to,
                                   x_stride_, x_step_, lines);
                }
            } else {
                const int64_t first = (k - x_lines) * line;
                for (int64_t o = first; o < std::min(p_.O, first + line); o += L) {
                    float* to = vg_.get() + (o / panel * most_ + image * tiles_) * panel + o % panel;
                    p_.transform_g(g, n + image, o, std::min<int64_t>(L, p_.O - o), 0, p_.rows, to,
                                   g_stride_, panel, lines);
                }
            }
        });
    }

    // A block's taps, (channels, 9, width), += what these tiles give, column by column of points.
    void add_products(const Block& block, int64_t tiles, float* sums) const {
        const int64_t stride = padded_stride(block.channels * block.width);
        Scratch<float> s(reach * stride);
        for (int64_t j = 0; j < reach; ++j) {
            for (int64_t i = 0; i < reach; ++i) {
                const int64_t point = i * reach + j;
                const int64_t next = i + 1 < reach ? point + reach : (j + 1) % reach;
                const float *next_x = vx(next, block), *next_g = vg(next, block.o);
                Ahead<float> ahead{{next_x, next_x + tiles * x_step_},
                                   {next_g, next_g + most_ * block.width}};
                for (int64_t o = 0; o < block.width; o += panel) {
                    add_outer(vx(point, block), at_, block.channels, vg(point, block.o + o), panel,
                              std::min(panel, block.width - o), tiles, s + i * stride + o,
                              block.width, false, ahead);
                }
            }
            add_columns[j](s, stride, block.channels, block.width, sums);
        }
    }

    void store_block(const Block& block, const float* sums, float* w) const {
        for (int64_t o = 0; o < block.width; o += L) {
            channels_first(sums + o, block.width, block.channels * 9, p_.O - block.o - o,
                           w + ((block.o + o) * p_.C + block.c) * 9, p_.C * 9);
        }
    }

    Weights p_;
    Blocks blocks_;
    int64_t panels_, x_step_;
    int64_t tiles_, images_, most_;  // of an image; of which V holds so many, and so many tiles
    int64_t x_stride_, g_stride_;    // from point to point
    Scratch<float> vx_;              // (points, blocks, tiles, x_step)
    Scratch<float> vg_;              // (points, panels, tiles, panel)
    Scratch<int32_t> at_;            // of the tiles in a block of Vx
};

}  // namespace winograd
}  // namespace
}  // namespace minicnn
