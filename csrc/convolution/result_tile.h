// The tiles of forward and input gradient as functions: which kind, how large, and how it is stored.
//
// The lanes of a vector are output channels, and a tile is turned over (transposed) before it is
// stored; or they are pixels of a row, and each filter number is spread over all of them. With few
// output channels, or few pixels in a row, one of the two leaves lanes idle. Where both have work for
// all, a short sum (few input channels and taps) speaks for pixels: turning a tile over takes as long
// as some twenty steps of the sum (eight with vectors of half the length).
//
// Or the lanes are images: a small image leaves lanes idle either way, a batch of them does not. Pixels
// of the same place lie side by side then (a bundle, in band.h), so that a row is as many times longer
// and a step along it as many times wider: for the tile nothing else changes. What is won besides:
// at the image's edge, a tile of two or three columns leaves out the taps that meet only padding.
//
// How many rows a tile has is a template argument, so that its sums stay in registers; tables of
// functions lead from a number to it.
#pragma once

#include <algorithm>

#include "channels_last.h"
#include "tile.h"

namespace minicnn {
namespace {

// Pixels of a tile with two vectors of channels and with one.
constexpr int longest_of_two = most_accumulators / 2;
constexpr int longest_of_one = registers == 32 ? 16 : most_accumulators;

// Rows of a tile whose lanes are pixels, and how many vectors of them: R·V sums, V vectors of pixels
// and one number are to fit into the registers.
constexpr int most_rows_of_pixels = registers == 32 ? 8 : 6;
constexpr int most_vectors_of_pixels(int rows) {
    return std::min(4, (registers - 1) / (rows + 1));
}

// What a correlation is like, as far as the choice of tiles is concerned.
struct Sums {
    int64_t batch, in, out, columns;  // images, channels, results in a row
    int64_t K;                        // products of a result
    bool bundles;                     // images may be computed in bundles
    double met;                       // the part of the products that meets the source, along a row
};

enum class Lanes { channels, pixels, images };

// How results are cut into tiles for one correlation.
template <class T>
struct Shape {
    Lanes lanes_are;
    int64_t vectors;     // V: of channels, or of pixels
    int64_t width;       // output channels of a panel: V·lanes, or at most 8 rows
    int64_t images = 1;  // of a bundle

    explicit Shape(const Sums& sums) {
        constexpr int L = lanes<T>;
        const auto used = [](int64_t count, int64_t unit) {
            return static_cast<double>(count) /
                   static_cast<double>((count + unit - 1) / unit * unit);
        };
        constexpr bool wide = L * sizeof(T) == 64;
        const int64_t out = sums.out, columns = sums.columns;
        const double K = static_cast<double>(sums.K);
        const int64_t rows = EvenParts(out, most_rows_of_pixels).largest();
        const int most = most_vectors_of_pixels(static_cast<int>(rows));
        const int64_t of_pixels = EvenParts((columns + L - 1) / L, most).largest();
        const int64_t of_images = EvenParts(columns, most).largest();
        // What part of the time is spent on products that are wanted, each way. A product takes four
        // cycles, and one starts in a cycle, or two with vectors of half the length: so many sums are
        // needed. Vectors of pixels that lie across the cache's lines cost a little; so do the many
        // numbers that are read for a single vector of channels, where two products start in a cycle.
        constexpr int turning = wide ? 20 : 8;
        const auto busy = [](int64_t accumulators) {
            return std::min(1.0, static_cast<double>(accumulators) / (wide ? 4 : 8));
        };
        const double numbers = !wide && out <= L ? 0.85 : 1.0;
        const double reading = wide && columns % L == 0 ? 0.98 : 0.9;
        const double as_channels = numbers * used(out, L) * K / (K + turning);
        const double as_pixels =
            reading * used(columns, L) * used(out, rows) * busy(rows * of_pixels);
        // Images are turned over on their way in and out, and lie far apart.
        const double products = static_cast<double>(out) * K * sums.met;
        const double turned = (wide ? 7.0 : 10.0) * static_cast<double>(sums.in + out);
        const double as_images = (wide ? 0.93 : 0.97) * used(sums.batch, L) * used(out, rows) *
                                 busy(rows * of_images) * (products / (products + turned)) /
                                 sums.met;
        if (sums.bundles && as_images > std::max(as_channels, as_pixels)) {
            lanes_are = Lanes::images;
            images = L;
        } else {
            lanes_are = as_channels >= as_pixels ? Lanes::channels : Lanes::pixels;
        }
        if (lanes_are == Lanes::channels) {
            vectors = out > L ? 2 : 1;
            width = vectors * L;
        } else {
            width = rows;
            vectors = lanes_are == Lanes::images ? of_images : of_pixels;
        }
    }

    // A row's results are cut between units of so many numbers, and a tile has at most so many units.
    int64_t unit() const { return lanes_are == Lanes::channels ? 1 : lanes<T>; }
    int64_t longest() const {
        if (lanes_are != Lanes::channels) return vectors;
        return vectors == 2 ? longest_of_two : longest_of_one;
    }
};

// Weights that are wanted soon and lie in main memory: each tile takes a piece, which it fetches into
// the second-level cache while it computes.
template <class T>
struct Ahead {
    const T *next = nullptr, *end = nullptr;

    // What the tile with a sum over K is to fetch; null where everything is on its way.
    const T* take(int64_t K) {
        if (next >= end) return nullptr;
        const T* const piece = next;
        next += std::min(end - next, K * cache_line<T>);
        return piece;
    }
};

// Where a tile's results go: channel o at to + o·plane.
template <class T>
struct Target {
    T* to;
    int64_t plane;
    int64_t channels;  // of the panel's, so many exist
};

// The products of a result that meet the source: `count` runs of K, `step` from one to the next.
struct TapRuns {
    int64_t count, K, step;
};

template <class T>
using TileFunction = void (*)(const T* pixels, const int32_t* at, const T* filters,
                              const TapRuns& runs, const T* bias, int64_t count,
                              const Target<T>& target, const T* ahead);

// R pixels, V vectors of channels; of one run. bias (V·lanes).
template <class T, int R, int V>
void channel_tile(const T* pixels, const int32_t* at, const T* filters, const TapRuns& runs,
                  const T* bias, int64_t, const Target<T>& target, const T* ahead) {
    constexpr int L = lanes<T>;
    const int64_t K = runs.K;
    Vector<T> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) acc[r][q] = load(bias + q * L);
    }
    if (V == 2 && ahead != nullptr) {  // with one vector of channels there is one panel, the last
        add_filtered<V == 2>(acc, pixels, at, filters, K, V * L, ahead);
    } else {
        add_filtered(acc, pixels, at, filters, K, V * L);
    }
    for (int q = 0; q < V; ++q) {
        const int64_t channels = std::min<int64_t>(L, target.channels - q * L);
        T* to = target.to + q * L * target.plane;
#pragma GCC unroll 8
        for (int r0 = 0; r0 < R; r0 += L) {
            constexpr int whole = L;
            Vector<T> square[whole];
#pragma GCC unroll 16
            for (int r = 0; r < L; ++r) {
                square[r] = r0 + r < R ? acc[r0 + r < R ? r0 + r : 0][q] : Vector<T>{};
            }
            transpose<T>(square);
            const int valid = R - r0 < L ? R - r0 : L;
#pragma GCC unroll 16
            for (int o = 0; o < L; ++o) {
                if (o < channels) {
                    std::memcpy(to + o * target.plane + r0, &square[o], valid * sizeof(T));
                }
            }
        }
    }
}

// R channels, V vectors of pixels, of which `count` pixels are wanted. bias (R).
template <class T, int R, int V>
void pixel_tile(const T* pixels, const int32_t* at, const T* filters, const TapRuns& runs,
                const T* bias, int64_t count, const Target<T>& target, const T*) {
    constexpr int L = lanes<T>;
    Vector<T> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) acc[r][q] = broadcast(bias[r]);
    }
    for (int64_t run = 0; run < runs.count; ++run) {
        add_filtered_pixels(acc, pixels, at, filters, runs.K);
        at += runs.step;
        filters += runs.step * R;
    }
    const int64_t in_last = count - (V - 1) * L;  // of the last vector, wanted
    T last[L];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
        if (r >= target.channels) break;
        T* to = target.to + r * target.plane;
#pragma GCC unroll 8
        for (int q = 0; q + 1 < V; ++q) store(to + q * L, acc[r][q]);
        if (in_last == L) {
            store(to + (V - 1) * L, acc[r][V - 1]);
        } else {
            store(last, acc[r][V - 1]);
            copy(to + (V - 1) * L, last, in_last);
        }
    }
}

// The functions by their R, so that the loops know it.
template <class T, int V, int... R>
TileFunction<T> channel_tile_of(int64_t rows, std::integer_sequence<int, R...>) {
    static constexpr TileFunction<T> functions[] = {channel_tile<T, R + 1, V>...};
    return functions[rows - 1];
}

template <class T, int R, int... V>
TileFunction<T> pixel_tile_of(int64_t vectors, std::integer_sequence<int, V...>) {
    static constexpr TileFunction<T> functions[] = {pixel_tile<T, R, V + 1>...};
    return functions[vectors - 1];
}

template <class T, int R = 1>
TileFunction<T> pixel_tile_of(int64_t rows, int64_t vectors) {
    if (rows == R) {
        return pixel_tile_of<T, R>(vectors,
                                   std::make_integer_sequence<int, most_vectors_of_pixels(R)>());
    }
    if constexpr (R < most_rows_of_pixels) return pixel_tile_of<T, R + 1>(rows, vectors);
    return nullptr;
}

template <class T>
TileFunction<T> tile_function(const Shape<T>& shape, int64_t count) {
    if (shape.lanes_are == Lanes::channels) {
        return shape.vectors == 2
                   ? channel_tile_of<T, 2>(count, std::make_integer_sequence<int, longest_of_two>())
                   : channel_tile_of<T, 1>(count,
                                           std::make_integer_sequence<int, longest_of_one>());
    }
    return pixel_tile_of<T>(shape.width, (count + lanes<T> - 1) / lanes<T>);
}

}  // namespace
}  // namespace minicnn
