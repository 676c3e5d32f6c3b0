// A 1×1 convolution with a stride reads some of the pixels and no others. Taken out and laid side by
// side, these are a smaller image, of which it is the plain 1×1 convolution: a quarter of the
// pixels to read with a stride of 2, and rows that can be joined (`merged` in phases.h).
#pragma once

#include "../geometry.h"
#include "../memory.h"
#include "../parallel.h"
#include "deal.h"

namespace minicnn {
namespace {

inline bool samples_pixels(const Geometry& geometry) {
    bool strided = false;
    for (const Axis& a : geometry.axis) {
        if (a.kernel != 1 || a.padding != 0) return false;
        if (a.position(a.output - 1, 0) >= a.size) return false;  // the last results meet padding
        strided = strided || a.stride != 1;
    }
    return strided;
}

// The same convolution of the pixels taken out.
inline Geometry sampled(const Geometry& geometry) {
    Geometry result = geometry;
    for (Axis& a : result.axis) {
        a.size = a.output;
        a.stride = 1;
    }
    return result;
}

// to[t] = from[step·t], of a row of `size` numbers. `others` has room for `count`.
template <class T>
void sample_row(const T* from, int64_t size, int64_t step, int64_t count, T* to, T* others) {
    if (step == 2) {
        const int64_t pairs = std::min(count, size / 2);
        deal(from, pairs, to, others);
        if (pairs < count) to[pairs] = from[2 * pairs];
        return;
    }
    for (int64_t t = 0; t < count; ++t) to[t] = from[step * t];
}

// The pixels of x (N, C, D, H, W) that are read, as (N, C, depth, rows, columns) of the results.
template <class T>
void sample_pixels(const Geometry& geometry, const T* x, T* to) {
    const Axis &depth = geometry.axis[0], &rows = geometry.axis[1], &columns = geometry.axis[2];
    const double work = static_cast<double>(geometry.output_plane());
    parallel_for(geometry.batch * geometry.channels, work, [&](int64_t plane) {
        Scratch<T> others(columns.output);
        const T* from = x + plane * geometry.input_plane();
        T* row = to + plane * geometry.output_plane();
        for (int64_t i = 0; i < depth.output; ++i) {
            for (int64_t j = 0; j < rows.output; ++j, row += columns.output) {
                sample_row(from + (i * depth.stride * rows.size + j * rows.stride) * columns.size,
                           columns.size, columns.stride, columns.output, row, others.get());
            }
        }
    });
}

}  // namespace
}  // namespace minicnn
