// The convolution kernels that are used: fast ones, and the plain loops for what they do not take.
#pragma once

#include "../convolution.h"
#include "correlate.h"
#include "loops.h"
#include "weight_gradient.h"
#include "winograd.h"
#include "winograd_weights.h"

namespace minicnn {
namespace {

template <class T>
void forward(const Geometry& geometry, const T* x, const T* w, const T* bias, T* y) {
    if (geometry.empty()) return loops::forward(geometry, x, w, bias, y);
    const Correlator<T> correlator(geometry, false);
    if (!correlator.fits()) return loops::forward(geometry, x, w, bias, y);
    correlator.run(x, w, bias, y);
}

template <class T>
void input_gradient(const Geometry& geometry, const T* g, const T* w, const T* bias, T* x) {
    if (geometry.empty()) return loops::input_gradient(geometry, g, w, bias, x);
    const Correlator<T> correlator(geometry, true);
    if (!correlator.fits()) return loops::input_gradient(geometry, g, w, bias, x);
    correlator.run(g, w, bias, x);
}

template <class T>
void weight_gradient(const Geometry& geometry, const T* x, const T* g, T* w) {
    // With one or two output channels a group (depthwise) there is nothing to fill a vector with.
    if (geometry.empty() || geometry.out_channels_per_group() <= 2) {
        return loops::weight_gradient(geometry, x, g, w);
    }
    const WeightGradient<T> gradient(geometry);
    if (!gradient.fits()) return loops::weight_gradient(geometry, x, g, w);
    gradient.run(x, g, w);
}

template <class T>
constexpr Convolution<T> convolution_kernels() {
    return {forward<T>, input_gradient<T>, weight_gradient<T>};
}

// The same with Winograd's algorithm where it serves.
inline void winograd_forward(const Geometry& geometry, const float* x, const float* w,
                             const float* bias, float* y) {
    if (!geometry.empty() && winograd::suits(geometry)) {
        const winograd::Problem problem(geometry, false);
        if (winograd::worth(problem)) return winograd::convolve(problem, x, w, bias, y);
    }
    forward(geometry, x, w, bias, y);
}

inline void winograd_input_gradient(const Geometry& geometry, const float* g, const float* w,
                                    const float* bias, float* x) {
    if (!geometry.empty() && winograd::suits(geometry)) {
        const winograd::Problem problem(geometry, true);
        if (winograd::worth(problem)) return winograd::convolve(problem, g, w, bias, x);
    }
    input_gradient(geometry, g, w, bias, x);
}

inline void winograd_weight_gradient(const Geometry& geometry, const float* x, const float* g,
                                     float* w) {
    if (!geometry.empty() && winograd::suits(geometry)) {
        if (winograd::worth(winograd::Problem(geometry, false))) {
            return winograd::convolve_weights(winograd::Weights(geometry), x, g, w);
        }
    }
    weight_gradient(geometry, x, g, w);
}

constexpr Convolution<float> winograd_kernels() {
    return {winograd_forward, winograd_input_gradient, winograd_weight_gradient};
}

}  // namespace
}  // namespace minicnn
