// What a set of convolution kernels offers: the three partial derivatives of the trilinear form
//
//     T(x, w, g) = sum of x[n, c, i·s + a·d − p] · w[o, c, a] · g[n, o, i]      (on each axis)
//
// x (N, C, *size), w (O, C/groups, *kernel), y and g (N, O, *output), C-contiguous. A bias (null
// where there is none) is where the sum starts. Results are written whole, whatever was there.
#pragma once

#include "geometry.h"

namespace minicnn {

template <class T>
struct Convolution {
    // y[n, o, i] = bias[o] + sum over c, a of w[o, c, a] · x[n, c, i·s + a·d − p]
    void (*forward)(const Geometry&, const T* x, const T* w, const T* bias, T* y);
    // x[n, c, i·s + a·d − p] = bias[c] + sum over o, a of w[o, c, a] · g[n, o, i]
    void (*input_gradient)(const Geometry&, const T* g, const T* w, const T* bias, T* x);
    // w[o, c, a] = sum over n, i of x[n, c, i·s + a·d − p] · g[n, o, i]
    void (*weight_gradient)(const Geometry&, const T* x, const T* g, T* w);
};

}  // namespace minicnn
