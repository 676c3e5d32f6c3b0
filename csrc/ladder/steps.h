// The ladder's steps as one table.
//
// Steps 5 to 7 are the kernels that are used. Step 5, the band: a task copies as many rows of all
// channels as fit into the second-level cache and computes everything from there, one task after
// the other (convolution/correlate.h and, for the weight gradient, weight_gradient.h). Step 6: the
// same tasks on all threads. Step 7: Winograd's algorithm where it serves, else step 6.
#pragma once

#include "../convolution/engine.h"
#include "../ladder.h"
#include "naive.h"
#include "loop_order.h"
#include "register_tile.h"
#include "vectors.h"

namespace minicnn {
namespace {
namespace ladder {

template <class T>
void threaded_forward(const Geometry& geometry, const T* x, const T* w, T* y) {
    forward<T>(geometry, x, w, nullptr, y);
}

template <class T>
void threaded_input_gradient(const Geometry& geometry, const T* g, const T* w, T* x) {
    input_gradient<T>(geometry, g, w, nullptr, x);
}

template <class T>
void band_forward(const Geometry& geometry, const T* x, const T* w, T* y) {
    const OneThread alone;
    threaded_forward(geometry, x, w, y);
}

template <class T>
void band_input_gradient(const Geometry& geometry, const T* g, const T* w, T* x) {
    const OneThread alone;
    threaded_input_gradient(geometry, g, w, x);
}

template <class T>
void band_weight_gradient(const Geometry& geometry, const T* x, const T* g, T* w) {
    const OneThread alone;
    weight_gradient(geometry, x, g, w);
}

inline void fewer_forward(const Geometry& geometry, const float* x, const float* w, float* y) {
    winograd_forward(geometry, x, w, nullptr, y);
}

inline void fewer_input_gradient(const Geometry& geometry, const float* g, const float* w,
                                 float* x) {
    winograd_input_gradient(geometry, g, w, nullptr, x);
}

// Winograd's algorithm is for float32.
constexpr Step<float> last_step(float) {
    return {"winograd", fewer_forward, fewer_input_gradient, winograd_weight_gradient};
}
constexpr Step<double> last_step(double) {
    return {"winograd", threaded_forward<double>, threaded_input_gradient<double>,
            weight_gradient<double>};
}

}  // namespace ladder

template <class T>
constexpr Ladder<T> ladder_kernels() {
    using namespace ladder;
    return {{
        {"naive", naive_forward<T>, naive_input_gradient<T>, naive_weight_gradient<T>},
        {"loop-order", ordered_forward<T>, ordered_input_gradient<T>, ordered_weight_gradient<T>},
        {"vectors", vector_forward<T>, nullptr, nullptr},
        {"tile", tile_forward<T>, nullptr, nullptr},
        {"band", band_forward<T>, band_input_gradient<T>, band_weight_gradient<T>},
        {"threads", threaded_forward<T>, threaded_input_gradient<T>, weight_gradient<T>},
        last_step(T()),
    }};
}

}  // namespace
}  // namespace minicnn
