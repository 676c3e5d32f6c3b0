// The convolution kernels that are used: fast ones, and the plain loops for what they do not take.
#pragma once

#include "../convolution.h"
#include "correlate.h"
#include "loops.h"
#include "weight_gradient.h"

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
Convolution<T> convolution_kernels() {
    return {forward<T>, input_gradient<T>, weight_gradient<T>};
}

}  // namespace
}  // namespace minicnn
