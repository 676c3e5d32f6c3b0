// The table of ../prepared.h: forward convolutions that find their filters packed or transformed.
#pragma once

#include "../prepared.h"
#include "engine.h"
#include "finish.h"

namespace minicnn {
namespace {
namespace prepared {

// Layouts. A filter packed in some order for panels has a number above 0.
constexpr int64_t as_given = 0, transformed = -1;

template <class T>
int64_t layout(const Geometry& geometry, bool winograd) {
    if (geometry.empty()) return as_given;
    if constexpr (std::is_same_v<T, float>) {
        if (winograd && winograd::suits(geometry) &&
            winograd::worth(winograd::Problem(geometry, false))) {
            return transformed;
        }
    }
    const Correlator<T> correlator(geometry, false);
    return correlator.fits() ? correlator.packing() : as_given;
}

template <class T>
int64_t size(const Geometry& geometry, bool winograd) {
    const int64_t which = layout<T>(geometry, winograd);
    if (which == as_given) {
        return geometry.out_channels * geometry.channels_per_group() * geometry.taps();
    }
    if (which == transformed) return winograd::Problem(geometry, false).filter_bytes() / 4;
    return Correlator<T>(geometry, false).packed_size();
}

template <class T>
void pack(const Geometry& geometry, bool winograd, const T* w, T* packed) {
    const int64_t which = layout<T>(geometry, winograd);
    if constexpr (std::is_same_v<T, float>) {
        if (which == transformed) {
            return winograd::transform_all(winograd::Problem(geometry, false), w, packed);
        }
    }
    if (which == as_given) {
        copy(packed, w, size<T>(geometry, winograd));
    } else {
        Correlator<T>(geometry, false).pack_all(w, packed);
    }
}

template <class T>
void forward(const Geometry& geometry, bool winograd, const T* x, const T* packed, const T* bias,
             const Finish<T>& finish, T* y) {
    const int64_t which = layout<T>(geometry, winograd);
    if constexpr (std::is_same_v<T, float>) {
        if (which == transformed) {
            const winograd::Problem problem(geometry, false);
            return winograd::convolve(problem, x, nullptr, bias, y, packed, finish);
        }
    }
    if (which != as_given) {
        return Correlator<T>(geometry, false).run(x, nullptr, bias, y, packed, finish);
    }
    loops::forward(geometry, x, packed, bias, y);
    if (nothing(finish)) return;
    apply(finish, y, 0, geometry.batch * geometry.out_channels * geometry.output_plane());
}

}  // namespace prepared

template <class T>
constexpr Prepared<T> prepared_kernels() {
    return {prepared::layout<T>, prepared::size<T>, prepared::pack<T>, prepared::forward<T>};
}

}  // namespace
}  // namespace minicnn
