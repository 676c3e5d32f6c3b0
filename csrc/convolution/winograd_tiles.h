// The way to Winograd's points and back: between the pixels of tiles and V, the filters and U, M and
// the results. (What V, U and M are, and what is done with them, is said in winograd.h.)
//
// Channels lie side by side in V, U and M, for vectors of them are what is multiplied; images lie
// plane by plane. So each transform turns its data over on the way: channels_last.h.
#pragma once

#include "../geometry.h"
#include "channels_last.h"
#include "winograd_matrices.h"

namespace minicnn {
namespace {
namespace winograd {

constexpr int L = lanes<float>;

// From one point to the next: an odd number of cache lines. A tile's 36 places, one at each point,
// then fall into 36 of the first-level cache's 64 sets of lines. 2 KB apart they would share two of
// them, of eight lines each, and push each other out.
inline int64_t padded_stride(int64_t numbers) {
    constexpr int64_t line = cache_line<float>;
    return ((numbers + line - 1) / line | 1) * line;
}

// From one tile to the next at the same point: the channels, in whole vectors, and again not a
// large power of two, for a block of tiles is read side by side.
inline int64_t padded_step(int64_t channels) {
    const int64_t vectors = (channels + L - 1) / L * L;
    return vectors % 256 == 0 ? vectors + cache_line<float> : vectors;
}

// One 3×3, stride 1 convolution as Winograd's algorithm sees it, from either direction.
struct Problem {
    int64_t batch, in, out;                  // images, channels read, channels computed
    int64_t height, width, P, Q;             // of what is read, of what is computed
    int64_t above, left;                     // padding before
    bool flipped;  // the input gradient: filters turned, (in, out) = (O, C)
    int64_t rows, columns;                   // of tiles
    int64_t width_of_panel, panels;          // output channels side by side: one or two vectors
    int64_t tile_step;                       // from tile to tile of V

    Problem(const Geometry& geometry, bool backward) {
        const Axis &h = geometry.axis[1], &w = geometry.axis[2];
        batch = geometry.batch;
        in = backward ? geometry.out_channels : geometry.channels;
        out = backward ? geometry.channels : geometry.out_channels;
        height = backward ? h.output : h.size;
        width = backward ? w.output : w.size;
        P = backward ? h.size : h.output;
        Q = backward ? w.size : w.output;
        above = backward ? 2 - h.padding : h.padding;
        left = backward ? 2 - w.padding : w.padding;
        flipped = backward;
        rows = (P + tile - 1) / tile;
        columns = (Q + tile - 1) / tile;
        width_of_panel = out > L ? 2 * L : L;
        panels = (out + width_of_panel - 1) / width_of_panel;
        tile_step = padded_step(in);
    }
    int64_t tiles() const { return batch * rows * columns; }
    // Of U from one point to the next, and of one panel.
    int64_t filter_stride() const { return padded_stride(in * width_of_panel); }
    int64_t panel_size() const { return points * filter_stride(); }
    int64_t filter_bytes() const { return panels * panel_size() * 4; }
};

// Pixels first .. first + count − 1 of one row, for L channels from plane c on, as vectors of
// channels: to (count, L). Pixels outside the row and channels beyond the last are zeros.
inline void channels_of_row(const float* row, int64_t plane, int64_t channels, int64_t width,
                            int64_t first, int64_t count, float* to) {
    const int64_t begin = std::min(std::max<int64_t>(0, -first), count);
    const int64_t end = std::max(begin, std::min(count, width - first));
    fill(to, begin * L, 0.0f);
    channels_last(row + first + begin, plane, channels, end - begin, static_cast<int64_t>(L),
                  to + begin * L);
    fill(to + end * L, (count - end) * L, 0.0f);
}

// Transforms a row of tiles for L channels: source rows 4t − above ... in `lines` (6 of them, each
// (4·columns + 2, L)); results go to V[point·stride + tile·tile_step].
template <class Transform>
inline void transform_tiles(const float* const* lines, int64_t columns, float* to, int64_t stride,
                            int64_t tile_step) {
    constexpr int in = Transform::in;
    for (int64_t column = 0; column < columns; ++column) {
        Vector<float> x[in * in], v[points];
#pragma GCC unroll 8
        for (int i = 0; i < in; ++i) {
#pragma GCC unroll 8
            for (int j = 0; j < in; ++j) x[i * in + j] = load(lines[i] + (tile * column + j) * L);
        }
        both_axes<Transform>(x, v);
#pragma GCC unroll 36
        for (int point = 0; point < points; ++point) {
            store(to + point * stride + column * tile_step, v[point]);
        }
    }
}

// Room for the lines of one row of tiles, as transform_image and transform_products want it.
inline int64_t line_buffer(int64_t columns) { return reach * (tile * columns + 2) * L + L * L; }

// Fetches rows first .. last − 1 of the next L planes into the second-level cache. (Not the first:
// planes of a power of two would all fall into the same few of its sets.)
inline void fetch_rows(const float* planes, int64_t channels, int64_t height, int64_t width,
                       int64_t first, int64_t last) {
    constexpr int to_second_level_cache = 2;
    first = std::max<int64_t>(0, first);
    const int64_t numbers = (std::min(last, height) - first) * width;
    for (int64_t c = 0; c < std::min<int64_t>(L, channels); ++c) {
        const float* row = planes + (c * height + first) * width;
        for (int64_t k = 0; k < numbers; k += cache_line<float>) {
            __builtin_prefetch(row + k, 0, to_second_level_cache);
        }
    }
}

// Bᵀ x B, or A g Aᵀ, of tile rows first .. last − 1 of one image, L channels at a time. Channel
// block k of tile number m goes to to[point·stride + m·tile_step + k·block_step].
template <class Transform>
void transform_image(const float* image, int64_t channels, int64_t height, int64_t width,
                     int64_t above, int64_t left, int64_t columns, int64_t first, int64_t last,
                     float* to, int64_t stride, int64_t tile_step, int64_t block_step,
                     float* buffer) {
    constexpr int64_t in = Transform::in;
    const int64_t count = tile * (columns - 1) + in;
    for (int64_t c = 0; c < channels; c += L, to += block_step) {
        // The last rows of a tile are the first of the next: a ring of `in` lines keeps them.
        int64_t done = tile * first - above;
        for (int64_t row = first; row < last; ++row) {
            const int64_t top = tile * row - above;
            const float* lines[in];
            for (int64_t i = 0; i < in; ++i) {
                const int64_t y = top + i;
                float* line = buffer + ((y % in + in) % in) * count * L;
                lines[i] = line;
                if (y < done) continue;
                const bool inside = y >= 0 && y < height;
                if (inside) {
                    channels_of_row(image + (c * height + y) * width, height * width, channels - c,
                                    width, -left, count, line);
                } else {
                    fill(line, count * L, 0.0f);
                }
            }
            done = top + in;
            if (row + 1 < last) {
                fetch_rows(image + c * height * width, channels - c, height, width, done,
                           done + tile);
            } else {
                fetch_rows(image + (c + L) * height * width, channels - c - L, height, width,
                           tile * first - above, tile * first - above + in);
            }
            transform_tiles<Transform>(lines, columns, to + (row - first) * columns * tile_step,
                                       stride, tile_step);
        }
    }
}

// U of one panel: (points, in, width_of_panel), from w (O, C, 3, 3).
inline void transform_filters(const Problem& p, const float* w, int64_t panel, float* to) {
    const int64_t out_step = p.flipped ? 9 : p.in * 9, in_step = p.flipped ? p.out * 9 : 9;
    const int64_t width = p.width_of_panel;
    const float* const end = w + p.in * p.out * 9;
    constexpr int64_t soon = 8;  // channels ahead: so many rows at once are more than a processor foresees
    for (int64_t q = 0; q < width; q += L) {
        const int64_t first = panel * width + q;
        const int64_t valid = std::max<int64_t>(0, std::min<int64_t>(L, p.out - first));
        for (int64_t c = 0; c < p.in; ++c) {
            // L filters of 9 taps, turned over: 9 vectors of channels. They are read 16 numbers at a
            // time, of which 7 are of other filters, or, at the end of w, of a copy.
            const float* from = w + first * out_step + c * in_step;
            int64_t step = out_step;
            float copied[L * 9 + 7];
            if (valid < L || from + (L - 1) * out_step + 16 > end) {
                fill(copied, L * 9 + 7, 0.0f);
                for (int64_t o = 0; o < valid; ++o) copy(copied + o * 9, from + o * out_step, 9);
                from = copied;
                step = 9;
            }
            Vector<float> filter[9], u[points];
#pragma GCC unroll 4
            for (int k0 = 0; k0 < 9; k0 += L) {
                Vector<float> square[L];
#pragma GCC unroll 16
                for (int o = 0; o < L; ++o) {
                    __builtin_prefetch(from + o * step + soon * in_step);
                    square[o] = load(from + o * step + k0);
                }
                transpose<float>(square);
                for (int k = k0; k < k0 + L && k < 9; ++k) {
                    filter[p.flipped ? 8 - k : k] = square[k - k0];
                }
            }
            both_axes<FilterTransform>(filter, u);
#pragma GCC unroll 36
            for (int point = 0; point < points; ++point) {
                store(to + point * p.filter_stride() + c * width + q, u[point]);
            }
        }
    }
}

// y = Aᵀ M A + bias for tile rows first .. last − 1 of one image and the channels of one panel.
inline void transform_products(const Problem& p, const float* products, int64_t stride,
                               int64_t panel, const float* bias, int64_t first, int64_t last,
                               float* image, float* lines) {
    const int64_t width = p.width_of_panel, line = tile * p.columns * L;
    for (int64_t q = 0; q < width; q += L) {
        const int64_t channel = panel * width + q, channels = p.out - channel;
        if (channels <= 0) break;
        Vector<float> start{};
        for (int64_t o = 0; o < std::min<int64_t>(L, channels) && bias != nullptr; ++o) {
            start[o] = bias[channel + o];
        }
        for (int64_t row = first; row < last; ++row) {
            for (int64_t column = 0; column < p.columns; ++column) {
                const float* from = products + ((row - first) * p.columns + column) * width + q;
                Vector<float> m[points], y[tile * tile];
#pragma GCC unroll 36
                for (int point = 0; point < points; ++point) m[point] = load(from + point * stride);
                both_axes<OutputTransform>(m, y);
#pragma GCC unroll 4
                for (int i = 0; i < tile; ++i) {
#pragma GCC unroll 4
                    for (int j = 0; j < tile; ++j) {
                        store(lines + i * line + (column * tile + j) * L,
                              y[i * tile + j] + start);
                    }
                }
            }
            for (int64_t i = 0; i < tile && tile * row + i < p.P; ++i) {
                channels_first(lines + i * line, L, p.Q, channels,
                               image + (channel * p.P + tile * row + i) * p.Q, p.P * p.Q);
            }
        }
    }
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
