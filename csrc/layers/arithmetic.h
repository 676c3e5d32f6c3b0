// Copies, sums of two arrays, multiples, and sums over axes.
#pragma once

#include "../memory.h"
#include "../vector.h"
#include "chunks.h"

namespace minicnn {
namespace {
namespace points {

template <class T>
void copy(int64_t n, const T* x, T* y) {
    in_chunks(n, work_per_number, [=](int64_t begin, int64_t end) {
        std::memcpy(y + begin, x + begin, static_cast<size_t>(end - begin) * sizeof(T));
    });
}

// y may be a, so there is no __restrict: the compiler asks once and then takes whole registers.
template <class T>
void add(int64_t n, const T* a, const T* b, T* y) {
    in_chunks(n, work_per_number, [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) y[i] = a[i] + b[i];
    });
}

template <class T>
void add_row(int64_t rows, int64_t columns, const T* a, const T* b, T* y) {
    const int64_t block = std::max<int64_t>(1, chunk_length / std::max<int64_t>(columns, 1));
    const int64_t blocks = (rows + block - 1) / block;
    parallel_for(blocks, static_cast<double>(block * columns) * work_per_number, [=](int64_t k) {
        for (int64_t row = k * block; row < std::min(rows, (k + 1) * block); ++row) {
            const T* const from = a + row * columns;
            T* const to = y + row * columns;
            for (int64_t j = 0; j < columns; ++j) to[j] = from[j] + b[j];
        }
    });
}

template <class T>
void scale(int64_t n, T k, const T* x, T* y) {
    in_chunks(n, work_per_number, [=](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) y[i] = x[i] * k;
    });
}

// Sums are added in one order whatever the number of threads: each task adds a fixed part of the
// numbers, in registers, into `partial`, and at the end the parts are added up, in double.

// (rows, columns) -> (columns)
template <class T>
void sum_rows(int64_t rows, int64_t columns, const T* x, T* y) {
    const int64_t block = std::min<int64_t>(
        512, std::max<int64_t>(1, chunk_length / std::max<int64_t>(columns, 1)));
    const int64_t blocks = (rows + block - 1) / block;
    const Scratch<T> scratch(blocks * columns);
    T* const partial = scratch;
    parallel_for(blocks, static_cast<double>(block * columns) * work_per_number, [=](int64_t k) {
        T* const __restrict total = partial + k * columns;
        for (int64_t j = 0; j < columns; ++j) total[j] = x[k * block * columns + j];
        for (int64_t row = k * block + 1; row < std::min(rows, (k + 1) * block); ++row) {
            const T* const from = x + row * columns;
            for (int64_t j = 0; j < columns; ++j) total[j] += from[j];
        }
    });
    const Scratch<double> scratch_totals(columns);
    double* const totals = scratch_totals;
    fill(totals, columns, 0.0);
    for (int64_t k = 0; k < blocks; ++k) {
        for (int64_t j = 0; j < columns; ++j) totals[j] += partial[k * columns + j];
    }
    for (int64_t j = 0; j < columns; ++j) y[j] = static_cast<T>(totals[j]);
}

// The sum of `rows` rows of `length` numbers, `step` numbers apart.
template <class T>
inline T sum_runs(int64_t rows, int64_t step, int64_t length, const T* x) {
    constexpr int64_t L = lanes<T>;
    Vector<T> total[4] = {};
    T rest = 0;
    for (int64_t row = 0; row < rows; ++row, x += step) {
        int64_t i = 0;
        for (; i + 4 * L <= length; i += 4 * L) {
#pragma GCC unroll 4
            for (int q = 0; q < 4; ++q) total[q] += load(x + i + q * L);
        }
        for (; i + L <= length; i += L) total[0] += load(x + i);
        for (; i < length; ++i) rest += x[i];
    }
    const Vector<T> all = (total[0] + total[1]) + (total[2] + total[3]);
    for (int64_t l = 0; l < L; ++l) rest += all[l];
    return rest;
}

// (before, kept, after) -> (kept), after > 1
template <class T>
void sum_planes(int64_t before, int64_t kept, int64_t after, const T* x, T* y) {
    const int64_t rows = std::max<int64_t>(1, chunk_length / after);  // of one task
    const int64_t row_tasks = (before + rows - 1) / rows;
    const int64_t pieces = (after + chunk_length - 1) / chunk_length;  // of one row
    const int64_t tasks = row_tasks * pieces;                          // for one kept number
    const Scratch<T> scratch(kept * tasks);
    T* const partial = scratch;
    const double numbers = static_cast<double>(std::min(rows, before)) *
                           static_cast<double>(std::min(after, chunk_length));
    parallel_for(kept * tasks, numbers * work_per_number, [=](int64_t item) {
        const int64_t k = item / tasks, row = item % tasks / pieces * rows;
        const int64_t begin = item % pieces * chunk_length;
        partial[item] =
            sum_runs(std::min(rows, before - row), kept * after,
                     std::min(after - begin, chunk_length), x + (row * kept + k) * after + begin);
    });
    for (int64_t k = 0; k < kept; ++k) {
        double total = 0;
        for (int64_t task = 0; task < tasks; ++task) total += partial[k * tasks + task];
        y[k] = static_cast<T>(total);
    }
}

template <class T>
void sum(int64_t before, int64_t kept, int64_t after, const T* x, T* y) {
    if (before == 0 || after == 0) {
        for (int64_t k = 0; k < kept; ++k) y[k] = 0;
    } else if (kept == 1) {
        sum_planes<T>(1, 1, before * after, x, y);
    } else if (after == 1) {
        sum_rows(before, kept, x, y);
    } else {
        sum_planes(before, kept, after, x, y);
    }
}

}  // namespace points
}  // namespace
}  // namespace minicnn
