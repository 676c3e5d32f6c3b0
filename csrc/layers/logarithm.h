// ln x for a register full of positive numbers.
//
// x is split as x = 2^k·m with a whole number k and m between √½ and √2, so that
// ln x = k·ln 2 + ln m. With z = (m − 1)/(m + 1), which is at most 0.172,
//
//     ln m = ln (1 + z)/(1 − z) = 2 (z + z³/3 + z⁵/5 + ...)
//
// Right to about one unit in the last place of k·ln 2 + ln m's larger part.
#pragma once

#include "exponential.h"

namespace minicnn {
namespace {

template <class T>
struct Logarithm;

template <>
struct Logarithm<float> {
    static constexpr int terms = 5;
    static constexpr int32_t root_of_half = 0x3F3504F3;  // the bits of √½
};

template <>
struct Logarithm<double> {
    static constexpr int terms = 11;
    static constexpr int64_t root_of_half = 0x3FE6A09E667F3BCD;
};

// For normal x > 0. NaN stays NaN.
template <class T>
inline Vector<T> logarithm(Vector<T> x) {
    using E = Exponential<T>;
    using Bits = Integers<T>;
    Bits bits;
    std::memcpy(&bits, &x, sizeof x);
    const Bits k = (bits - Logarithm<T>::root_of_half) >> E::mantissa_bits;
    bits -= k << E::mantissa_bits;
    Vector<T> m;
    std::memcpy(&m, &bits, sizeof m);
    const Vector<T> z = (m - T(1)) / (m + T(1)), square = z * z;
    Vector<T> sum = broadcast(T(2.0 / (2 * Logarithm<T>::terms - 1)));
#pragma GCC unroll 16
    for (int i = Logarithm<T>::terms - 1; i > 0; --i) sum = sum * square + T(2.0 / (2 * i - 1));
    const Vector<T> power = __builtin_convertvector(k, Vector<T>);
    const Vector<T> y = power * E::ln2_high + (power * E::ln2_low + z * sum);
    return x == x ? y : x;
}

}  // namespace
}  // namespace minicnn
