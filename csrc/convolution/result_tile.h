// The tiles of forward and input gradient as functions: how a tile is computed and stored.
//
// What lies in the lanes, and how large tiles are, is chosen in shape.h. A tile of channels is turned
// over (transposed) before it is stored. How many rows a tile has is a template argument, so that its
// sums stay in registers; tables of functions lead from a number to it.
#pragma once

#include <algorithm>

#include "ahead.h"
#include "channels_last.h"
#include "shape.h"
#include "tile.h"

namespace minicnn {
namespace {

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

// `places` leads from the tile's first pixel to each of them; null where they lie side by side.
template <class T>
using TileFunction = void (*)(const T* pixels, const int64_t* places, const int32_t* at,
                              const T* filters, const TapRuns& runs, const T* bias, int64_t count,
                              const Target<T>& target, const T* ahead);

// With one vector of channels rows are not joined (there are too few registers for twelve
// addresses), and nothing is fetched ahead (there is one panel, the last).
template <class T, int R, int V>
inline __attribute__((always_inline)) void add_up(Vector<T> (&acc)[R][V], const T* pixels,
                                                  const int64_t* places, const int32_t* at,
                                                  const T* filters, int64_t K, const T* ahead) {
    if constexpr (V == 2 && may_join_rows) {
        if (places != nullptr) {
            Apart<T, R> apart;
            for (int r = 0; r < R; ++r) apart.pixel[r] = pixels + places[r];
            return add_filtered(acc, apart, at, filters, K);
        }
    }
    if constexpr (V == 2) {
        if (ahead != nullptr) {
            return add_filtered<true>(acc, SideBySide<T>{pixels}, at, filters, K, V * lanes<T>,
                                      ahead);
        }
    }
    add_filtered(acc, SideBySide<T>{pixels}, at, filters, K);
}

// R pixels, V vectors of channels; of one run. bias (V·lanes).
template <class T, int R, int V>
void channel_tile(const T* pixels, const int64_t* places, const int32_t* at, const T* filters,
                  const TapRuns& runs, const T* bias, int64_t, const Target<T>& target,
                  const T* ahead) {
    constexpr int L = lanes<T>;
    const int64_t K = runs.K;
    Vector<T> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) acc[r][q] = load(bias + q * L);
    }
    add_up(acc, pixels, places, at, filters, K, ahead);
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
void pixel_tile(const T* pixels, const int64_t*, const int32_t* at, const T* filters,
                const TapRuns& runs, const T* bias, int64_t count, const Target<T>& target,
                const T*) {
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
