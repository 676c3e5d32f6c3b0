// e^x for a register full of numbers that are not large.
//
// x is split as x = k·ln 2 + r with a whole number k and |r| <= ln 2 / 2, so that e^x = 2^k·e^r.
// e^r is Taylor's series, short because r is small; 2^k is k added to the exponent bits.
// Right to about one unit in the last place.
#pragma once

#include "../vector.h"
#include "integers.h"

namespace minicnn {
namespace {

template <class T>
struct Exponential;

template <>
struct Exponential<float> {
    static constexpr int terms = 7, mantissa_bits = 23;
    static constexpr float least = -87.33654f;      // below it e^x is less than the least normal
    static constexpr float half_bits = 12582912.0f;  // 1.5·2^23: adding it rounds to whole numbers
    static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;  // their sum is ln 2
};

template <>
struct Exponential<double> {
    static constexpr int terms = 13, mantissa_bits = 52;
    static constexpr double least = -708.39641853226408;
    static constexpr double half_bits = 6755399441055744.0;  // 1.5·2^52
    static constexpr double ln2_high = 0.6931471803691238, ln2_low = 1.9082149292705877e-10;
};

// For x from −∞ to 88 (a softmax has x <= 0). 0 where x is below `least`; NaN stays NaN.
template <class T>
inline Vector<T> exponential(Vector<T> x) {
    using E = Exponential<T>;
    using Bits = Integers<T>;
    const Vector<T> shifted = x * T(1.4426950408889634) + E::half_bits;  // x / ln 2, rounded, in
    const Vector<T> k = shifted - E::half_bits;                          // the low mantissa bits
    const Vector<T> r = (x - k * E::ln2_high) - k * E::ln2_low;
    Vector<T> y = broadcast(T(1));
#pragma GCC unroll 16
    for (int i = E::terms; i > 0; --i)
        y = y * r * T(1.0 / i) + T(1);  // Horner: 1 + r/1·(1 + r/2·(...
    Bits bits, power;
    std::memcpy(&bits, &y, sizeof y);
    std::memcpy(&power, &shifted, sizeof shifted);
    bits += power << E::mantissa_bits;  // all but k's lowest bits leave on the left
    std::memcpy(&y, &bits, sizeof y);
    y = x < E::least ? Vector<T>{} : y;
    return x == x ? y : x;
}

}  // namespace
}  // namespace minicnn
