// Sums over a contiguous run, in whole registers.
//
// Without permission to reorder additions a compiler adds one number after the other. So the order
// is chosen here: a few registers of partial sums, whose lanes are added at the end. That is
// quicker by the number of lanes, and more accurate: each lane adds few numbers.
#pragma once

#include "../vector.h"

namespace minicnn {
namespace {

// Lane k + h mod L in lane k, for the lanes k.
template <class T, int h, int... k>
inline Vector<T> rotated(Vector<T> v, std::integer_sequence<int, k...>) {
    return shuffle<T, ((k + h) % lanes<T>)...>(v, v);
}

// The sum of all lanes, by halves: L/2 sums of two, L/4 sums of four, ...
template <class T, int h = lanes<T> / 2>
inline T sum_of_lanes(Vector<T> v) {
    if constexpr (h == 0) {
        return v[0];
    } else {
        v += rotated<T, h>(v, std::make_integer_sequence<int, lanes<T>>());
        return sum_of_lanes<T, h / 2>(v);
    }
}

// Σ x over a run of any length: a thousand numbers in T, sums of those in double.
template <class T>
double sum_of_run(const T* x, int64_t count) {
    constexpr int64_t L = lanes<T>, chunk = 1024;
    double total = 0;
    int64_t k = 0;
    while (k + L <= count) {
        Vector<T> partial[4] = {};
        const int64_t end = std::min(count, k + chunk);
        for (; k + 4 * L <= end; k += 4 * L) {
            for (int part = 0; part < 4; ++part) partial[part] += load(x + k + part * L);
        }
        for (; k + L <= end; k += L) partial[0] += load(x + k);
        total += static_cast<double>(
            sum_of_lanes<T>((partial[0] + partial[1]) + (partial[2] + partial[3])));
    }
    for (; k < count; ++k) total += static_cast<double>(x[k]);
    return total;
}

struct TwoSums {
    double first = 0, second = 0;
};

// Σ (x − centre) and Σ (x − centre)² over a run of at most a few thousand numbers.
template <class T>
TwoSums centred_sums(const T* x, int64_t count, T centre) {
    constexpr int64_t L = lanes<T>;
    const Vector<T> centres = broadcast(centre);
    Vector<T> sum[2] = {}, square[2] = {};
    int64_t k = 0;
    for (; k + 2 * L <= count; k += 2 * L) {
        for (int half = 0; half < 2; ++half) {
            const Vector<T> apart = load(x + k + half * L) - centres;
            sum[half] += apart;
            square[half] += apart * apart;
        }
    }
    T rest = 0, rest_square = 0;
    for (; k < count; ++k) {
        const T apart = x[k] - centre;
        rest += apart;
        rest_square += apart * apart;
    }
    return {static_cast<double>(sum_of_lanes<T>(sum[0] + sum[1]) + rest),
            static_cast<double>(sum_of_lanes<T>(square[0] + square[1]) + rest_square)};
}

// Σ g and Σ g·(x − centre) over a run of at most a few thousand numbers.
template <class T>
TwoSums weighted_sums(const T* g, const T* x, int64_t count, T centre) {
    constexpr int64_t L = lanes<T>;
    const Vector<T> centres = broadcast(centre);
    Vector<T> sum[2] = {}, product[2] = {};
    int64_t k = 0;
    for (; k + 2 * L <= count; k += 2 * L) {
        for (int half = 0; half < 2; ++half) {
            const Vector<T> weights = load(g + k + half * L);
            sum[half] += weights;
            product[half] += weights * (load(x + k + half * L) - centres);
        }
    }
    T rest = 0, rest_product = 0;
    for (; k < count; ++k) {
        rest += g[k];
        rest_product += g[k] * (x[k] - centre);
    }
    return {static_cast<double>(sum_of_lanes<T>(sum[0] + sum[1]) + rest),
            static_cast<double>(sum_of_lanes<T>(product[0] + product[1]) + rest_product)};
}

}  // namespace
}  // namespace minicnn
