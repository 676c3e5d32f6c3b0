// Neighbours dealt out into two runs, and two runs dealt back: what a stride of 2 does to rows.
//
//     a b c d e f ...   <->   a c e ...  and  b d f ...
//
// A register at a time, the last one laid over the end of the one before; shorter rows with halves.
#pragma once

#include <algorithm>

#include "../vector.h"

namespace minicnn {
namespace {

template <class T, int W, int... k>
inline __attribute__((always_inline)) void deal_vectors(const T* from, T* even, T* odd,
                                                        std::integer_sequence<int, k...>) {
    const Vector<T, W> a = load<T, W>(from), b = load<T, W>(from + W);
    store(even, shuffle<T, (2 * k)...>(a, b));
    store(odd, shuffle<T, (2 * k + 1)...>(a, b));
}

// even[t] = from[2t], odd[t] = from[2t + 1]
template <class T, int W = lanes<T>>
inline __attribute__((always_inline)) void deal(const T* from, int64_t pairs, T* even, T* odd) {
    if (pairs >= W) {
        for (int64_t next = 0; next < pairs; next += W) {
            const int64_t t = std::min(next, pairs - W);
            deal_vectors<T, W>(from + 2 * t, even + t, odd + t,
                               std::make_integer_sequence<int, W>());
        }
    } else if constexpr (W > 2) {
        deal<T, W / 2>(from, pairs, even, odd);
    } else if (pairs == 1) {
        *even = from[0];
        *odd = from[1];
    }
}

template <class T, int W, int... k>
inline __attribute__((always_inline)) void join_vectors(const T* even, const T* odd, T* to,
                                                        std::integer_sequence<int, k...>) {
    const Vector<T, W> a = load<T, W>(even), b = load<T, W>(odd);
    store(to, shuffle<T, (k / 2 + k % 2 * W)...>(a, b));
    store(to + W, shuffle<T, (W / 2 + k / 2 + k % 2 * W)...>(a, b));
}

// to[2t] = even[t], to[2t + 1] = odd[t]
template <class T, int W = lanes<T>>
inline __attribute__((always_inline)) void join(const T* even, const T* odd, int64_t pairs, T* to) {
    if (pairs >= W) {
        for (int64_t next = 0; next < pairs; next += W) {
            const int64_t t = std::min(next, pairs - W);
            join_vectors<T, W>(even + t, odd + t, to + 2 * t,
                               std::make_integer_sequence<int, W>());
        }
    } else if constexpr (W > 2) {
        join<T, W / 2>(even, odd, pairs, to);
    } else if (pairs == 1) {
        to[0] = *even;
        to[1] = *odd;
    }
}

}  // namespace
}  // namespace minicnn
