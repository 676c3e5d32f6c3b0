// Convolution and its two gradients as plain loops, the first step of the ladder.
//
// The three are the partial derivatives of one trilinear form,
//
//     T(x, w, g) = sum of x[n, c, i·s + a·d − p] · w[o, c, a] · g[n, o, i]      (on each axis)
//
// so all three walk the same list of index triples (x-index, w-index, y-index). The walk takes
// the triples in runs: along a run the tap, and with it the w-index, stays; the y-index goes up
// by 1 and the x-index by the stride. forward adds w·x into y, input_gradient adds w·y into x,
// weight_gradient adds x·y into w: the loop along the run is all that differs.
//
// Every thread owns the planes it writes and adds to them in a fixed order, so there are no races
// and the result has the same bits for any number of threads. Sums are kept in the arrays' own
// type.
#pragma once

#include <algorithm>
#include <cstdint>

#include "../geometry.h"
#include "../parallel.h"

namespace minicnn {
namespace {
namespace loops {

// Calls run(x_at, w_at, y_at, count) for every run of triples between one plane of the input, one
// plane of the filter and one plane of the output. Padding is never visited: reach() has clipped
// each loop beforehand.
template <class Run>
void for_each_run(const Geometry& geometry, const Run& run) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    int64_t w_at = 0;
    for (int64_t a0 = 0; a0 < depth.kernel; ++a0) {
        const Range i0s = depth.reach(a0);
        for (int64_t a1 = 0; a1 < height.kernel; ++a1) {
            const Range i1s = height.reach(a1);
            for (int64_t a2 = 0; a2 < width.kernel; ++a2, ++w_at) {
                const Range i2s = width.reach(a2);
                if (i2s.empty()) continue;
                for (int64_t i0 = i0s.begin; i0 < i0s.end; ++i0) {
                    for (int64_t i1 = i1s.begin; i1 < i1s.end; ++i1) {
                        const int64_t x_row =
                            depth.position(i0, a0) * height.size + height.position(i1, a1);
                        const int64_t y_row = i0 * height.output + i1;
                        run(x_row * width.size + width.position(i2s.begin, a2), w_at,
                            y_row * width.output + i2s.begin, i2s.count());
                    }
                }
            }
        }
    }
}

// y[k] += w · x[k·stride]
template <class T>
void gather_run(T* __restrict y, T w, const T* __restrict x, int64_t stride, int64_t count) {
    if (stride == 1) {  // contiguous: the compiler makes vector instructions of it
        for (int64_t k = 0; k < count; ++k) y[k] += w * x[k];
    } else {
        for (int64_t k = 0; k < count; ++k) y[k] += w * x[k * stride];
    }
}

// x[k·stride] += w · y[k]
template <class T>
void scatter_run(T* __restrict x, T w, const T* __restrict y, int64_t stride, int64_t count) {
    if (stride == 1) {
        for (int64_t k = 0; k < count; ++k) x[k] += w * y[k];
    } else {
        for (int64_t k = 0; k < count; ++k) x[k * stride] += w * y[k];
    }
}

// The sum of x[k·stride] · y[k]. One running sum would chain every addition to the last one, and
// the compiler may not reorder it. Eight independent sums, added up at the end, may go into vector
// registers, and they round less.
template <class T>
T dot_run(const T* x, const T* y, int64_t stride, int64_t count) {
    constexpr int lanes = 8;
    T sums[lanes] = {};
    int64_t k = 0;
    if (stride == 1) {
        for (; k + lanes <= count; k += lanes) {
            for (int lane = 0; lane < lanes; ++lane) sums[lane] += x[k + lane] * y[k + lane];
        }
    } else {
        for (; k + lanes <= count; k += lanes) {
            for (int lane = 0; lane < lanes; ++lane) {
                sums[lane] += x[(k + lane) * stride] * y[k + lane];
            }
        }
    }
    for (int lane = 0; k < count; ++k, ++lane) sums[lane] += x[k * stride] * y[k];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) +
           ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

// y[n, o] = bias[o] + sum over c, a of w[o, c, a] · x[n, c, i·s + a·d − p]
// x (N, C, size), w (O, C/groups, kernel), bias (O) or null, y (N, O, output)
template <class T>
void forward(const Geometry& geometry, const T* x, const T* w, const T* bias, T* y) {
    const int64_t O = geometry.out_channels, C = geometry.channels;
    const int64_t C_group = geometry.channels_per_group();
    const int64_t O_group = geometry.out_channels_per_group();
    const int64_t x_plane = geometry.input_plane(), y_plane = geometry.output_plane();
    const int64_t taps = geometry.taps(), stride = geometry.axis[2].stride;
    if (geometry.batch == 0 || O == 0 || y_plane == 0) return;  // no y

    const double work = static_cast<double>(C_group) * taps * y_plane;
    parallel_for(geometry.batch * O, work, [&](int64_t item) {
        const int64_t n = item / O, o = item % O;
        T* y_out = y + item * y_plane;
        std::fill_n(y_out, y_plane, bias ? bias[o] : T(0));
        if (geometry.empty()) return;
        for (int64_t k = 0; k < C_group; ++k) {
            const int64_t c = o / O_group * C_group + k;
            const T* x_in = x + (n * C + c) * x_plane;
            const T* filter = w + (o * C_group + k) * taps;
            for_each_run(geometry, [&](int64_t x_at, int64_t w_at, int64_t y_at, int64_t count) {
                gather_run(y_out + y_at, filter[w_at], x_in + x_at, stride, count);
            });
        }
    });
}

// x[n, c, i·s + a·d − p] = bias[c] + sum over o, a of w[o, c, a] · g[n, o, i]
// g (N, O, output), w (O, C/groups, kernel), bias (C) or null, x (N, C, size)
template <class T>
void input_gradient(const Geometry& geometry, const T* g, const T* w, const T* bias, T* x) {
    const int64_t O = geometry.out_channels, C = geometry.channels;
    const int64_t C_group = geometry.channels_per_group();
    const int64_t O_group = geometry.out_channels_per_group();
    const int64_t x_plane = geometry.input_plane(), y_plane = geometry.output_plane();
    const int64_t taps = geometry.taps(), stride = geometry.axis[2].stride;
    if (geometry.batch == 0 || C == 0 || x_plane == 0) return;  // no x

    const double work = static_cast<double>(O_group) * taps * y_plane;
    parallel_for(geometry.batch * C, work, [&](int64_t item) {
        const int64_t n = item / C, c = item % C;
        T* x_out = x + item * x_plane;
        std::fill_n(x_out, x_plane, bias ? bias[c] : T(0));
        if (geometry.empty()) return;
        for (int64_t k = 0; k < O_group; ++k) {
            const int64_t o = c / C_group * O_group + k;
            const T* g_in = g + (n * O + o) * y_plane;
            const T* filter = w + (o * C_group + c % C_group) * taps;
            for_each_run(geometry, [&](int64_t x_at, int64_t w_at, int64_t y_at, int64_t count) {
                scatter_run(x_out + x_at, filter[w_at], g_in + y_at, stride, count);
            });
        }
    });
}

// w[o, c, a] = sum over n, i of x[n, c, i·s + a·d − p] · g[n, o, i]
// x (N, C, size), g (N, O, output), w (O, C/groups, kernel)
template <class T>
void weight_gradient(const Geometry& geometry, const T* x, const T* g, T* w) {
    const int64_t O = geometry.out_channels, C = geometry.channels;
    const int64_t C_group = geometry.channels_per_group();
    const int64_t O_group = geometry.out_channels_per_group();
    const int64_t x_plane = geometry.input_plane(), y_plane = geometry.output_plane();
    const int64_t taps = geometry.taps(), stride = geometry.axis[2].stride;
    if (O == 0 || C == 0 || taps == 0) return;  // no w

    const double work = static_cast<double>(geometry.batch) * taps * y_plane;
    parallel_for(O * C_group, work, [&](int64_t item) {
        const int64_t o = item / C_group, k = item % C_group;
        const int64_t c = o / O_group * C_group + k;
        T* filter = w + item * taps;
        std::fill_n(filter, taps, T(0));
        if (geometry.empty()) return;
        for (int64_t n = 0; n < geometry.batch; ++n) {
            const T* x_in = x + (n * C + c) * x_plane;
            const T* g_in = g + (n * O + o) * y_plane;
            for_each_run(geometry, [&](int64_t x_at, int64_t w_at, int64_t y_at, int64_t count) {
                filter[w_at] += dot_run(x_in + x_at, g_in + y_at, stride, count);
            });
        }
    });
}

}  // namespace loops
}  // namespace
}  // namespace minicnn
