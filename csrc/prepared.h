// A convolution whose filters are kept in the order in which the kernels read them.
//
// A forward convolution begins by packing its filters (convolution/filters.h) or by transforming
// them (convolution/winograd.h). Where they stay the same from call to call, that is done once.
// Which order is wanted depends on the image's size, too, so it has a name, the layout; a filter
// may be kept in several.
#pragma once

#include "geometry.h"

namespace minicnn {

// What is done with results while they are in the cache: y + added, where that is not null (it has
// the shape of y), then max(y, 0) where `relu`. NaN stays NaN.
template <class T>
struct Finish {
    const T* added = nullptr;
    bool relu = false;
};

template <class T>
struct Prepared {
    // The layout that this convolution reads, a small number; `winograd` allows that algorithm.
    int64_t (*layout)(const Geometry&, bool winograd);
    // How many numbers its filters take in that layout.
    int64_t (*size)(const Geometry&, bool winograd);
    // Writes them. w (O, C/groups, *kernel).
    void (*pack)(const Geometry&, bool winograd, const T* w, T* packed);
    // y = finish(bias + sum over c, a of w[o, c, a] · x[n, c, i·s + a·d − p])
    void (*forward)(const Geometry&, bool winograd, const T* x, const T* packed, const T* bias,
                    const Finish<T>& finish, T* y);
};

}  // namespace minicnn
