// The weight gradient, fast: gw[o, c, a] = sum over n, i of x[n, c, i·s + a·d − p] · g[n, o, i].
//
// Here the results are few (the filters) and the sum is long (every pixel of every image). A tile
// is R taps × V vectors of output channels and runs over the pixels of a band: at each pixel it
// spreads the R numbers of x that its taps meet there, and multiplies them with g's channels,
//
//     g as the tile reads it   (panels, pixels, V·lanes)      channels last, so turned over first
//     x as the tile reads it   the band of band.h (of a 1×1 convolution x itself)
//
// Sums of a task are kept in a block (panels, K, V·lanes) and added up at the end.
//
// Who computes what is fixed, whatever the number of threads: each block of channels of x is
// one task, or where these are few, each of some equal parts of all bands is. So the order of every
// addition is fixed as well, and the result has the same bits for any number of threads.
#pragma once

#include "../memory.h"
#include "../parallel.h"
#include "band.h"
#include "channels_last.h"
#include "tile.h"

namespace minicnn {
namespace {

template <class T>
using SumFunction = void (*)(const T* x, const int32_t* at, int64_t row_step, const T* g,
                             int64_t rows, int64_t columns, T* sums);

// Adds to sums (R, V·count).
template <class T, int R, int V, int count>
void sum_tile(const T* x, const int32_t* at, int64_t row_step, const T* g, int64_t rows,
              int64_t columns, T* sums) {
    Vector<T, count> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) acc[r][q] = Vector<T, count>{};
    }
    add_pixels<T, R, V, count>(acc, x, at, row_step, g, rows, columns);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) {
            T* to = sums + (r * V + q) * count;
            store(to, load<T, count>(to) + acc[r][q]);
        }
    }
}

// Rows of a tile: with 32 registers ten of two vectors, with 16 six. Of a single vector there may be
// ten as well: so many products are on their way at the same time, and so many places fit into the
// registers for addresses.
constexpr int most_taps = registers == 32 ? 10 : 6, most_taps_of_one = 10;

template <class T, int V, int count, int... R>
SumFunction<T> sum_tile_of(int64_t rows, std::integer_sequence<int, R...>) {
    static constexpr SumFunction<T> functions[] = {sum_tile<T, R + 1, V, count>...};
    return functions[rows - 1];
}

template <class T>
class WeightGradient {
  public:
    explicit WeightGradient(const Geometry& geometry)
        : geometry_(merged(geometry)),
          correlation_{{geometry_.axis[0]}, {geometry_.axis[1]}, {geometry_.axis[2]}} {
        constexpr int L = lanes<T>;
        O_ = geometry_.out_channels_per_group();
        C_ = geometry_.channels_per_group();
        taps_ = geometry_.taps();
        half_ = L >= 8 && O_ <= L / 2;
        vectors_ = O_ > L ? 2 : 1;
        width_ = half_ ? L / 2 : vectors_ * L;
        panels_ = (O_ + width_ - 1) / width_;

        constexpr int64_t block_bytes = 512 << 10;
        const int64_t one = taps_ * panels_ * width_ * static_cast<int64_t>(sizeof(T));
        block_ = std::min(C_, std::max<int64_t>(1, block_bytes / std::max<int64_t>(1, one)));
        blocks_ = (C_ + block_ - 1) / block_;
        block_ = (C_ + blocks_ - 1) / blocks_;
        // Rows of a band: x and g together in the second-level cache.
        constexpr int64_t band_bytes = 384 << 10;
        const int64_t P = geometry_.axis[1].output;
        const auto bytes = [&](int64_t rows) {
            const int64_t g = panels_ * width_ * rows * geometry_.axis[2].output;
            return (Band(correlation_, rows).plane * block_ + g) * static_cast<int64_t>(sizeof(T));
        };
        rows_ = 1;
        while (rows_ < P && bytes(rows_ + 1) <= band_bytes) ++rows_;
        bands_ = (P + rows_ - 1) / rows_;
        rows_ = (P + bands_ - 1) / bands_;
        bands_ = (P + rows_ - 1) / rows_;
        constexpr int64_t tasks = 8;
        const int64_t all = geometry_.batch * geometry_.axis[0].output * bands_;
        parts_ =
            std::min(all, (tasks + geometry_.groups * blocks_ - 1) / (geometry_.groups * blocks_));
    }

    bool fits() const {
        return static_cast<double>(Band(correlation_, 1).plane) * static_cast<double>(block_) < 5e7;
    }

    // x (N, C, *size), g (N, O, *output), w (O, C/groups, *kernel)
    void run(const T* x, const T* g, T* w) const {
        Band band(correlation_, rows_);
        // Of a 1×1 convolution x is read where it lies.
        const int64_t x_plane = geometry_.input_plane();
        const bool as_it_lies = rows_lie_as_band(correlation_) && !Band::thrashes(x_plane);
        if (as_it_lies) band.plane = x_plane;
        const int64_t depth = geometry_.axis[0].output, Q = geometry_.axis[2].output;
        const int64_t block_size = panels_ * block_ * taps_ * width_;
        const int64_t groups = geometry_.groups, all = geometry_.batch * depth * bands_;

        Scratch<int32_t> at(block_ * taps_);
        find_offsets(band, at);
        Scratch<T> sums(groups * blocks_ * parts_ * block_size);
        // All blocks of channels of x read the same g: where there are several, it is turned over
        // beforehand. (Half a register is written together with what lies behind it: not by several
        // threads.)
        const int64_t turned_plane = geometry_.output_plane() * width_;
        const bool turns_first = blocks_ > 1 && !half_;
        Scratch<T> turned(turns_first ? geometry_.batch * groups * panels_ * turned_plane : 1);
        if (turns_first) turn_over(g, turned);
        const double work = static_cast<double>(all) / parts_ * block_ * taps_ * O_ * rows_ * Q;
        parallel_for(groups * blocks_ * parts_, work, [&](int64_t item) {
            const int64_t part = item % parts_, block = item / parts_ % blocks_;
            const int64_t group = item / parts_ / blocks_;
            const int64_t channels = std::min(block_, C_ - block * block_);
            T* sum = sums.get() + item * block_size;
            fill(sum, block_size, T(0));
            Scratch<T> copied(as_it_lies ? 1 : band.plane * block_ + band_slack<T>);
            Scratch<T> gradient(turns_first ? 1 : width_ * rows_ * Q + lanes<T>);
            for (int64_t k = all * part / parts_; k < all * (part + 1) / parts_; ++k) {
                const int64_t t1 = k % bands_ * rows_, t0 = k / bands_ % depth;
                const int64_t n = k / bands_ / depth;
                const int64_t count = std::min(rows_, geometry_.axis[1].output - t1);
                if (count <= 0) continue;
                const T* pixels =
                    x + (n * geometry_.channels + group * C_ + block * block_) * x_plane;
                if (as_it_lies) {
                    pixels += (t0 * geometry_.axis[1].size + t1) * Q;
                } else {
                    copy_band(band, correlation_, pixels, channels, t0, t1, count, copied.get());
                    pixels = copied;
                }
                const int64_t pixel = (t0 * geometry_.axis[1].output + t1) * Q;
                for (int64_t panel = 0; panel < panels_; ++panel) {
                    const T* last = gradient;
                    if (turns_first) {
                        last = turned + ((n * groups + group) * panels_ + panel) * turned_plane +
                               pixel * width_;
                    } else {
                        turn_panel(g, n, group, panel, pixel, count * Q, gradient);
                    }
                    add_band(band, pixels, at, channels * taps_, last, count,
                             sum + panel * block_ * taps_ * width_);
                }
            }
        });
        add_up(sums, block_size, w);
    }

  private:
    Geometry geometry_;
    Correlation correlation_[3];
    int64_t O_, C_, taps_;             // of a group
    bool half_;                        // few output channels: vectors of half a register
    int64_t vectors_, width_, panels_;
    int64_t block_, blocks_;           // channels of x in a block
    int64_t rows_, bands_, parts_;

    void find_offsets(const Band& band, int32_t* at) const {
        const Axis* axis = geometry_.axis;
        for (int64_t c = 0; c < block_; ++c) {
            for (int64_t a0 = 0; a0 < axis[0].kernel; ++a0) {
                for (int64_t a1 = 0; a1 < axis[1].kernel; ++a1) {
                    for (int64_t a2 = 0; a2 < axis[2].kernel; ++a2) {
                        *at++ = static_cast<int32_t>(
                            c * band.plane + band.at(a0 * axis[0].dilation, a1 * axis[1].dilation,
                                                     a2 * axis[2].dilation));
                    }
                }
            }
        }
    }

    SumFunction<T> function(int64_t rows) const {
        constexpr int L = lanes<T>;
        using Rows = std::make_integer_sequence<int, most_taps_of_one>;
        if constexpr (L >= 8) {
            if (half_) return sum_tile_of<T, 1, L / 2>(rows, Rows());
        }
        return vectors_ == 2
                   ? sum_tile_of<T, 2, L>(rows, std::make_integer_sequence<int, most_taps>())
                   : sum_tile_of<T, 1, L>(rows, Rows());
    }

    // Pixels first .. first + count − 1 of a panel of g, channels last: (count, width).
    void turn_panel(const T* g, int64_t n, int64_t group, int64_t panel, int64_t first,
                    int64_t count, T* to) const {
        const int64_t plane = geometry_.output_plane(), o = panel * width_;
        channels_last(g + (n * geometry_.out_channels + group * O_ + o) * plane + first, plane,
                      O_ - o, count, width_, to);
    }

    // All of g: (batch, groups, panels, pixels, width).
    void turn_over(const T* g, T* turned) const {
        const int64_t plane = geometry_.output_plane(), of_image = geometry_.groups * panels_;
        const double work = 4.0 * static_cast<double>(plane * width_);
        parallel_for(geometry_.batch * of_image, work, [&](int64_t item) {
            turn_panel(g, item / of_image, item / panels_ % geometry_.groups, item % panels_, 0,
                       plane, turned + item * plane * width_);
        });
    }

    // sum (K, width) += a panel's share of this band; g (rows, columns, width)
    void add_band(const Band& band, const T* pixels, const int32_t* at, int64_t K, const T* g,
                  int64_t rows, T* sum) const {
        const int64_t row_step = geometry_.axis[1].stride * band.row();
        const EvenParts tiles(K, vectors_ == 2 ? most_taps : most_taps_of_one);
        for (int64_t tile = 0; tile < tiles.parts; ++tile) {
            const int64_t k = tiles.begin(tile);
            function(tiles.size_of(tile))(pixels, at + k, row_step, g, rows,
                                          geometry_.axis[2].output, sum + k * width_);
        }
    }

    // w[o, c, taps] = the parts added up, from (groups, blocks, parts, panels, K, width)
    void add_up(const T* sums, int64_t block_size, T* w) const {
        constexpr int L = lanes<T>;
        const int64_t row = C_ * taps_, panel_size = block_ * taps_ * width_;
        const double work = static_cast<double>(parts_ * panel_size) / L;
        parallel_for(geometry_.groups * blocks_ * panels_, work, [&](int64_t item) {
            const int64_t panel = item % panels_, rest = item / panels_;
            const int64_t block = rest % blocks_, group = rest / blocks_;
            const int64_t K = std::min(block_, C_ - block * block_) * taps_;
            const T* from = sums + rest * parts_ * block_size + panel * panel_size;
            Scratch<T> total((K + L) * width_ + L);  // (K, width), and what is read beyond
            copy(total.get(), from, K * width_);
            for (int64_t part = 1; part < parts_; ++part) {
                from += block_size;
                for (int64_t k = 0; k < K * width_; ++k) total[k] += from[k];
            }
            for (int64_t o = 0; o < width_; o += L) {
                const int64_t first = panel * width_ + o;
                channels_first(total + o, width_, K, std::min(width_, O_ - first),
                               w + (group * O_ + first) * row + block * block_ * taps_, row);
            }
        });
    }
};

}  // namespace
}  // namespace minicnn
