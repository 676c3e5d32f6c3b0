// Step 2, loop order: the taps outside, a run of the row inside.
//
//     for n, o, c, a, b, i:
//         for j:  y[n, o, i, j] += w[o, c, a, b] · x[n, c, i·s + a − p, j·s + b − p]
//
// The same products in another order: convolution/loops.h, on one thread. Nothing is lost, since a
// sum may be taken in any order, and much is won. For one tap, the outputs that meet a pixel at all
// are an interval that is known beforehand (Axis::reach), so no question is left inside. Neighbours
// in y meet neighbours in x, which come from memory line by line and not number by number. And the
// iterations no longer wait for each other: the compiler makes vector instructions by itself.
//
// What holds it back now: y is loaded and stored again for every tap. That is two loads and a store
// for one multiply-add, and a processor that could do two multiply-adds a cycle does two loads and
// one store.
#pragma once

#include "../convolution/loops.h"

namespace minicnn {
namespace {
namespace ladder {

template <class T>
void ordered_forward(const Geometry& geometry, const T* x, const T* w, T* y) {
    const OneThread alone;
    loops::forward<T>(geometry, x, w, nullptr, y);
}

template <class T>
void ordered_input_gradient(const Geometry& geometry, const T* g, const T* w, T* x) {
    const OneThread alone;
    loops::input_gradient<T>(geometry, g, w, nullptr, x);
}

template <class T>
void ordered_weight_gradient(const Geometry& geometry, const T* x, const T* g, T* w) {
    const OneThread alone;
    loops::weight_gradient(geometry, x, g, w);
}

}  // namespace ladder
}  // namespace
}  // namespace minicnn
