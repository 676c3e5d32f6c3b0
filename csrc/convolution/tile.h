// The innermost loops: a block of results that stays in registers while its whole sum runs by.
//
// A processor multiplies and adds one or two vectors a cycle, but needs each operand from memory
// first. A block of R × V results turns R numbers and V vectors into R·V vector operations:
//
//     acc[r][q] += number[r] · vector[q]          r < R, q < V
//
// Every number is spread over all lanes of a register (a broadcast, for free while it is loaded).
// R·V is chosen so that acc just fits into the registers: 14 × 2 with AVX-512's 32 registers, 6 × 2
// with 16. The compiler keeps acc there because R and V are known to it and all loops are unrolled.
#pragma once

#include <algorithm>

#include "../vector.h"

namespace minicnn {
namespace {

// `count` results in as few tiles of at most `most` as there can be, and these as equal as possible:
// 28 = 14 + 14, not 16 + 12. A short tile has too few sums to keep the processor busy.
struct EvenParts {
    int64_t parts, size, longer;  // so many, of this size, and the first few of one more
    EvenParts(int64_t count, int64_t most)
        : parts((count + most - 1) / most),
          size(parts > 0 ? count / parts : 0),
          longer(count - parts * size) {}
    int64_t begin(int64_t part) const { return part * size + std::min(part, longer); }
    int64_t size_of(int64_t part) const { return size + (part < longer ? 1 : 0); }
    int64_t largest() const { return size_of(0); }
};

// What the R results of a tile begin at: pixels side by side, or each in a register of its own.
template <class T>
struct SideBySide {
    const T* first;
    const T* operator[](int r) const { return first + r; }
};
template <class T, int R>
struct Apart {
    const T* pixel[R];
    const T* operator[](int r) const { return pixel[r]; }
};

// R pixels × V vectors of output channels: the sum over k, that is over input channels and taps,
// of  pixel[r][at[k]] · filter[k][lane].
//     pixel    of the band; at[k] leads from there to the pixel that the result meets at k
//     filters  (K, V·lanes), or of longer rows the first V·lanes, `step` from row to row
//     ahead    what is wanted after this tile and still far away: if the tile `fetches`, a line of it
//              at each k. (A loop of its own: where nothing is far away, fetching would cost the other
//              tiles a twentieth of their time.)
template <bool fetches = false, class T, int R, int V, class Pixels>
inline __attribute__((always_inline)) void add_filtered(Vector<T> (&acc)[R][V], Pixels pixel,
                                                        const int32_t* at, const T* filters,
                                                        int64_t K, int64_t step = V * lanes<T>,
                                                        const T* ahead = nullptr) {
    constexpr int L = lanes<T>, to_second_level_cache = 2;
    for (int64_t k = 0; k < K; ++k, filters += step) {
        const int64_t here = at[k];
        if constexpr (fetches) {
            __builtin_prefetch(ahead + k * cache_line<T>, 0, to_second_level_cache);
        }
        Vector<T> w[V];
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) w[q] = load(filters + q * L);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
            const Vector<T> one = broadcast(pixel[r][here]);
#pragma GCC unroll 8
            for (int q = 0; q < V; ++q) acc[r][q] += one * w[q];
        }
    }
}

// R output channels × V vectors of pixels side by side: the same sum with the roles exchanged.
//     filters  (K, R)
template <class T, int R, int V>
inline __attribute__((always_inline)) void add_filtered_pixels(Vector<T> (&acc)[R][V],
                                                               const T* pixels, const int32_t* at,
                                                               const T* filters, int64_t K) {
    constexpr int L = lanes<T>;
    for (int64_t k = 0; k < K; ++k, filters += R) {
        Vector<T> x[V];
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) x[q] = load(pixels + at[k] + q * L);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) {
            const Vector<T> one = broadcast(filters[r]);
#pragma GCC unroll 8
            for (int q = 0; q < V; ++q) acc[r][q] += one * x[q];
        }
    }
}

// R taps × V vectors of output channels: the sum over pixels of  x[at[r]] · g[lane], where x and g
// walk over the pixels of some rows. (Of the weight gradient: the one sum whose results are
// filters.) The R places are registers that all count from one moving pointer.
//     x    the band, `row_step` numbers from row to row
//     g    (rows, columns, V·count)
template <class T, int R, int V, int count>
inline __attribute__((always_inline)) void add_pixels(Vector<T, count> (&acc)[R][V], const T* x,
                                                      const int32_t* at, int64_t row_step,
                                                      const T* g, int64_t rows, int64_t columns) {
    int64_t place[R];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) place[r] = at[r];
    for (int64_t i = 0; i < rows; ++i, x += row_step) {
        const T* pixel = x;
        for (int64_t j = 0; j < columns; ++j, ++pixel, g += V * count) {
            Vector<T, count> gradient[V];
#pragma GCC unroll 8
            for (int q = 0; q < V; ++q) gradient[q] = load<T, count>(g + q * count);
#pragma GCC unroll 16
            for (int r = 0; r < R; ++r) {
                const Vector<T, count> one = broadcast<T, count>(pixel[place[r]]);
#pragma GCC unroll 8
                for (int q = 0; q < V; ++q) acc[r][q] += one * gradient[q];
            }
        }
    }
}

}  // namespace
}  // namespace minicnn
