// Batch norm where a channel has one number an image: rows of features, (N, C).
//
// A channel is a column then, and its numbers lie C apart. So a register takes a number each of
// as many neighbouring channels as it has lanes, and walks down the rows; what batch_norm.h does
// for one channel with many lanes is done here for many channels with one lane each.
#pragma once

#include "pairs.h"
#include "windows.h"

namespace minicnn {
namespace {

// Rows whose numbers are added up in T before the sum goes on in double.
constexpr int64_t rows_in_float = 64;

// Calls body(c, width) for `width` channels from c on at a time, several vectors to an item.
template <class T, class Body>
void for_columns(const Channels& sizes, const Body& body) {
    constexpr int64_t together = 64;
    const int64_t C = sizes.channels, items = (C + together - 1) / together;
    const double numbers = static_cast<double>(sizes.batch) * static_cast<double>(together);
    parallel_for(items, numbers * work_per_number, [&](int64_t item) {
        const int64_t begin = item * together;
        in_vectors<lanes<T>>(std::min(together, C - begin), [&](int64_t from, auto number) {
            body(begin + from, number);
        });
    });
}

// Two sums a lane, over all rows n: term(n, first, second) adds to both.
template <class T, int width, class Term>
inline void column_sums(int64_t rows, double* first, double* second, const Term& term) {
    for (int lane = 0; lane < width; ++lane) first[lane] = second[lane] = 0;
    for (int64_t start = 0; start < rows; start += rows_in_float) {
        Vector<T, width> a{}, b{};
        const int64_t end = std::min(rows, start + rows_in_float);
        for (int64_t n = start; n < end; ++n) term(n, a, b);
        for (int lane = 0; lane < width; ++lane) {
            first[lane] += static_cast<double>(a[lane]);
            second[lane] += static_cast<double>(b[lane]);
        }
    }
}

template <class T>
void batch_norm_train_rows(const Channels& sizes, const T* x, const T* weight, const T* bias,
                           double eps, T* y, T* mean, T* var, T* inverse) {
    const int64_t C = sizes.channels, N = sizes.batch;
    for_columns<T>(sizes, [&](int64_t c, auto number) {
        constexpr int L = decltype(number)::value;
        using V = Vector<T, L>;
        const auto row = [&](int64_t n) { return load<T, L>(x + n * C + c); };
        // The centre K: the mean of the first rows, or 0 where that is not finite.
        V centre{};
        const int64_t few = std::min(N, rows_in_float);
        for (int64_t n = 0; n < few; ++n) centre += row(n);
        centre /= broadcast<T, L>(static_cast<T>(few));
        centre = centre - centre == V{} ? centre : V{};
        double sum[L], square[L];
        column_sums<T, L>(N, sum, square, [&](int64_t n, V& a, V& b) {
            const V apart = row(n) - centre;
            a += apart;
            b += apart * apart;
        });
        V scale{};
        for (int lane = 0; lane < L; ++lane) {
            const double shift = sum[lane] / static_cast<double>(N);
            const double found = square[lane] / static_cast<double>(N) - shift * shift;
            const double variance = found < 0 ? 0 : found;
            mean[c + lane] = static_cast<T>(static_cast<double>(centre[lane]) + shift);
            var[c + lane] = static_cast<T>(variance);
            inverse[c + lane] = static_cast<T>(1 / std::sqrt(variance + eps));
            scale[lane] = weight[c + lane] * inverse[c + lane];
        }
        const V middle = load<T, L>(mean + c), shift = load<T, L>(bias + c);
        for (int64_t n = 0; n < N; ++n) store(y + n * C + c, (row(n) - middle) * scale + shift);
    });
}

// The sums, and with them gx unless that is null.
template <class T>
void batch_norm_gradient_rows(const Channels& sizes, const T* g, const T* x, const T* mean,
                              const T* inverse, const T* weight, T* gx, T* sum_gx, T* sum_g) {
    const int64_t C = sizes.channels, N = sizes.batch;
    for_columns<T>(sizes, [&](int64_t c, auto number) {
        constexpr int L = decltype(number)::value;
        using V = Vector<T, L>;
        const V middle = load<T, L>(mean + c);
        const auto entry = [&](int64_t n) { return load<T, L>(g + n * C + c); };
        const auto apart = [&](int64_t n) { return load<T, L>(x + n * C + c) - middle; };
        double sum[L], product[L];
        column_sums<T, L>(N, sum, product, [&](int64_t n, V& a, V& b) {
            const V weights = entry(n);
            a += weights;
            b += weights * apart(n);
        });
        V average{}, slope{}, scale{};
        for (int lane = 0; lane < L; ++lane) {
            const double r = static_cast<double>(inverse[c + lane]), n = static_cast<double>(N);
            sum_g[c + lane] = static_cast<T>(sum[lane]);
            sum_gx[c + lane] = static_cast<T>(product[lane] * r);
            average[lane] = static_cast<T>(sum[lane] / n);
            slope[lane] = static_cast<T>(product[lane] / n * r * r);
            if (gx != nullptr) scale[lane] = weight[c + lane] * inverse[c + lane];
        }
        if (gx == nullptr) return;
        for (int64_t n = 0; n < N; ++n) {
            store(gx + n * C + c, (entry(n) - average - apart(n) * slope) * scale);
        }
    });
}

}  // namespace
}  // namespace minicnn
