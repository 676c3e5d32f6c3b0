// Cross-entropy of the softmax, and its gradient, each in one walk over the scores.
//
//     loss = −ln (e^(x_label − m) / s) = ln s − (x_label − m),   m = max x,   s = Σ e^(x_c − m)
//     ∂loss/∂x_c = e^(x_c − m) / s − [c = label]
//
// With the largest exponent made 0 nothing overflows. Scores x are (N, C, P): C classes for each of
// P pixels of N images. Where P is 1 the classes are neighbours in memory and a register holds
// several of one row; else the pixels are, and a register holds one class of several.
#pragma once

#include "../vector.h"
#include "chunks.h"
#include "exponential.h"
#include "logarithm.h"

namespace minicnn {
namespace {
namespace points {

constexpr double work_per_exponential = 4 * work_per_number;

// The first `count` lanes from memory, `filling` in the others.
template <class T>
inline Vector<T> load_filled(const T* from, int64_t count, T filling) {
    Vector<T> v = broadcast(filling);
    std::memcpy(&v, from, static_cast<size_t>(count) * sizeof(T));
    return v;
}

// Up to a register of neighbouring pixels.
template <class T>
inline Vector<T> load_pixels(const T* from, int64_t count) {
    return count == lanes<T> ? load(from) : load_some(from, count);
}

template <class T>
inline void store_pixels(T* to, Vector<T> v, int64_t count) {
    if (count == lanes<T>) {
        store(to, v);
    } else {
        store_some(to, v, count);
    }
}

// The larger of each two lanes, NaN where one is NaN.
template <class T>
inline Vector<T> larger(Vector<T> a, Vector<T> b) {
    return ((a > b) | (a != a)) ? a : b;
}

// Largest score and 1 / Σ e^(x − largest) of one row of C neighbours; returns the logarithm of Σ.
template <class T>
inline T row_statistics(int64_t C, const T* x, T* largest, T* inverse) {
    constexpr int64_t L = lanes<T>;
    const T nothing = -std::numeric_limits<T>::infinity();  // e^nothing is 0
    Vector<T> top = broadcast(nothing);
    const int64_t whole = C / L * L;
    for (int64_t c = 0; c < whole; c += L) top = larger<T>(load(x + c), top);
    if (whole < C) top = larger<T>(load_filled(x + whole, C - whole, nothing), top);
    T m = top[0];
    for (int64_t l = 1; l < L; ++l) m = top[l] > m || top[l] != top[l] ? top[l] : m;

    Vector<T> total{};
#pragma GCC unroll 4
    for (int64_t c = 0; c < whole; c += L) total += exponential<T>(load(x + c) - m);
    if (whole < C) total += exponential<T>(load_filled(x + whole, C - whole, nothing) - m);
    T s = 0;
    for (int64_t l = 0; l < L; ++l) s += total[l];
    *largest = m;
    *inverse = T(1) / s;
    return std::log(s);
}

// Whether a label is that of a class. (What is ignored is not; nor is what another thread may have
// written into the labels since they were checked: it shall do no harm.)
inline bool counts(int64_t label, int64_t ignored, int64_t C) {
    return label != ignored && label >= 0 && label < C;
}

// The classes of neighbouring pixels, −1 where a pixel counts for nothing.
template <class T>
inline Integers<T> classes_of(const int64_t* labels, int64_t pixels, int64_t ignored, int64_t C) {
    Integers<T> classes = Integers<T>{} - 1;
    for (int64_t l = 0; l < pixels; ++l) {
        if (counts(labels[l], ignored, C)) classes[l] = labels[l];
    }
    return classes;
}

// The losses of up to a register of neighbouring pixels, whose classes lie P apart, and the same
// statistics for each. What belongs to the label is found by comparing it with each class.
template <class T>
inline Vector<T> pixel_losses(int64_t C, int64_t P, int64_t pixels, const T* x,
                              const Integers<T>& labels, T* largest, T* inverse) {
    using Class = typename IntegerOf<T>::type;
    Vector<T> top = load_pixels(x, pixels);
    for (int64_t c = 1; c < C; ++c) top = larger<T>(load_pixels(x + c * P, pixels), top);
    Vector<T> total{}, right{};
    for (int64_t c = 0; c < C; ++c) {
        const Vector<T> below = load_pixels(x + c * P, pixels) - top;
        total += exponential<T>(below);
        right = labels == static_cast<Class>(c) ? below : right;
    }
    store_pixels(largest, top, pixels);
    store_pixels(inverse, T(1) / total, pixels);
    return labels >= 0 ? logarithm<T>(total) - right : Vector<T>{};
}

// (softmax − [c = label])·g of the same pixels.
template <class T>
inline void pixel_gradients(int64_t C, int64_t P, int64_t pixels, const T* x,
                            const Integers<T>& labels, const T* largest, const T* inverse,
                            Vector<T> g, T* gx) {
    using Class = typename IntegerOf<T>::type;
    const Vector<T> top = load_pixels(largest, pixels), one = broadcast(T(1));
    const Vector<T> over_sum = load_pixels(inverse, pixels);
    for (int64_t c = 0; c < C; ++c) {
        const Vector<T> y = exponential<T>(load_pixels(x + c * P, pixels) - top) * over_sum;
        const Vector<T> right = labels == static_cast<Class>(c) ? one : Vector<T>{};
        store_pixels(gx + c * P, labels >= 0 ? (y - right) * g : Vector<T>{}, pixels);
    }
}

// body(n, i, pixels) for groups of neighbouring pixels, at most a register full.
template <class T, class Body>
inline void in_pixel_groups(int64_t N, int64_t C, int64_t P, const Body& body) {
    constexpr int64_t L = lanes<T>;
    const int64_t groups = (P + L - 1) / L;  // of one image
    // So many groups make a task.
    const int64_t block =
        std::max<int64_t>(1, chunk_length / std::max<int64_t>(1, C * std::min(P, L)));
    const int64_t tasks = (N * groups + block - 1) / block;
    const double numbers = static_cast<double>(block * C * std::min(P, L));
    parallel_for(tasks, numbers * work_per_exponential, [&](int64_t task) {
        for (int64_t k = task * block; k < std::min(N * groups, (task + 1) * block); ++k) {
            const int64_t i = k % groups * L;
            body(k / groups, i, std::min(L, P - i));
        }
    });
}

template <class T>
void cross_entropy(int64_t N, int64_t C, int64_t P, const T* x, const int64_t* labels,
                   int64_t ignored, T* losses, T* rows) {
    in_pixel_groups<T>(N, C, P, [=](int64_t n, int64_t i, int64_t pixels) {
        const T* const scores = x + n * C * P + i;
        const int64_t at = n * P + i;
        T *const largest = rows + at, *const inverse = largest + N * P;
        if (P > 1) {
            const Integers<T> classes = classes_of<T>(labels + at, pixels, ignored, C);
            store_pixels(losses + at,
                         pixel_losses<T>(C, P, pixels, scores, classes, largest, inverse), pixels);
            return;
        }
        const T logarithm = row_statistics(C, scores, largest, inverse);
        const int64_t label = labels[at];
        losses[at] = counts(label, ignored, C) ? logarithm - (scores[label] - *largest) : T(0);
    });
}

template <class T>
void cross_entropy_gradient(int64_t N, int64_t C, int64_t P, const T* x, const int64_t* labels,
                            int64_t ignored, const T* rows, const T* g, int64_t g_step, T* gx) {
    constexpr int64_t L = lanes<T>;
    in_pixel_groups<T>(N, C, P, [=](int64_t n, int64_t i, int64_t pixels) {
        const int64_t first = n * C * P + i, at = n * P + i;
        const T* const scores = x + first;
        T* const to = gx + first;
        const T *const largest = rows + at, *const inverse = largest + N * P;
        if (P > 1) {
            const Integers<T> classes = classes_of<T>(labels + at, pixels, ignored, C);
            const Vector<T> each = g_step == 0 ? broadcast(*g) : load_pixels(g + at, pixels);
            pixel_gradients<T>(C, P, pixels, scores, classes, largest, inverse, each, to);
            return;
        }
        const int64_t label = labels[at];
        if (!counts(label, ignored, C)) {
            fill(to, C, T(0));
            return;
        }
        const T m = *largest, each = g[at * g_step], factor = *inverse * each;
        int64_t c = 0;
        for (; c + L <= C; c += L) store(to + c, exponential<T>(load(scores + c) - m) * factor);
        store_some(to + c, exponential<T>(load_some(scores + c, C - c) - m) * factor, C - c);
        to[label] -= each;
    });
}

}  // namespace points
}  // namespace
}  // namespace minicnn
