// The ladder: the steps from plain loops to the kernels that are used, each one compiled, so that
// they can be run, compared and measured (docs/kernels.md walks them). They lie in ladder/.
#pragma once

#include "geometry.h"

namespace minicnn {

constexpr int ladder_steps = 7;

// A step computes two-dimensional convolutions without bias, groups and dilation: axis[0] of its
// Geometry is of size 1. x (N, C, H, W), w (O, C, A, B), y and g (N, O, P, Q), as in convolution.h.
// A function is null where the step has nothing to say about a gradient.
template <class T>
struct Step {
    const char* name;
    void (*forward)(const Geometry&, const T* x, const T* w, T* y);
    void (*input_gradient)(const Geometry&, const T* g, const T* w, T* x);
    void (*weight_gradient)(const Geometry&, const T* x, const T* g, T* w);
};

template <class T>
struct Ladder {
    Step<T> steps[ladder_steps];  // the slowest first
};

}  // namespace minicnn
