// Rows in vectors of any width, and vectors taken apart into every other lane and put together.
#pragma once

#include "../vector.h"

namespace minicnn {
namespace {

// An integer as wide as T: comparing Ts and choosing between these takes the same lanes.
template <class T>
using Wide = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;

// Calls body(j, width) until all of 0 .. count-1 are covered: j .. j+width-1 each time, `width`
// being a constant that the compiler knows. The last vector is laid over the end of the one
// before, so body must do no harm when it sees a number twice; fewer numbers than a vector has
// lanes go in narrower ones.
template <int width, class Body>
inline __attribute__((always_inline)) void in_vectors(int64_t count, const Body& body) {
    if (count >= width) {
        constexpr std::integral_constant<int, width> known{};
        int64_t j = 0;
        for (; j + width < count; j += width) body(j, known);
        body(count - width, known);
    } else if constexpr (width > 1) {
        in_vectors<width / 2>(count, body);
    }
}

// Lanes 0, 2, 4, ... of a, then lanes 1, 3, 5, ... of b.
template <class T, int width, int... k>
inline __attribute__((always_inline)) Vector<T, width> every_other(
    Vector<T, width> a, Vector<T, width> b, std::integer_sequence<int, k...>) {
#if defined(__clang__)
    return __builtin_shufflevector(a, b, (2 * k < width ? 2 * k : 2 * k + 1)...);
#else
    return __builtin_shuffle(a, b,
                             Vector<Wide<T>, width>{(2 * k < width ? 2 * k : 2 * k + 1)...});
#endif
}

// The half of a[0], b[0], a[1], b[1], ... that begins with lane `start` of both.
template <int start, class T, int width, int... k>
inline __attribute__((always_inline)) Vector<T, width> alternating(
    Vector<T, width> a, Vector<T, width> b, std::integer_sequence<int, k...>) {
#if defined(__clang__)
    return __builtin_shufflevector(a, b, (start + k / 2 + k % 2 * width)...);
#else
    return __builtin_shuffle(a, b, Vector<Wide<T>, width>{(start + k / 2 + k % 2 * width)...});
#endif
}

// from[0], from[stride], from[2·stride], ...; for strides other than 1 and 2 known_stride is 0.
template <int known_stride, class T, int width>
inline __attribute__((always_inline)) Vector<T, width> load_spaced(const T* from, int64_t stride) {
    if constexpr (known_stride == 1 || width == 1) {
        return load<T, width>(from);
    } else if constexpr (known_stride == 2) {
        // The second load begins a number early, so that it does not end a number late.
        const Vector<T, width> a = load<T, width>(from), b = load<T, width>(from + width - 1);
        return every_other<T, width>(a, b, std::make_integer_sequence<int, width>());
    } else {
        Vector<T, width> v{};
        for (int lane = 0; lane < width; ++lane) v[lane] = from[lane * stride];
        return v;
    }
}

// to[0] = a[0], to[1] = b[0], to[2] = a[1], ...: 2·width numbers.
template <class T, int width>
inline __attribute__((always_inline)) void store_alternating(T* to, Vector<T, width> a,
                                                             Vector<T, width> b) {
    if constexpr (width == 1) {
        to[0] = a[0];
        to[1] = b[0];
    } else {
        constexpr std::make_integer_sequence<int, width> lane{};
        store(to, alternating<0, T, width>(a, b, lane));
        store(to + width, alternating<width / 2, T, width>(a, b, lane));
    }
}

}  // namespace
}  // namespace minicnn
