// Layers that work on planes of pixels: pooling and batch norm.
//
// Images are (N, C, *size), C-contiguous: N·C planes, one after the other. A plane is a thread's
// unit of work in pooling, a channel (N planes, C planes apart) in batch norm; so every number
// is added up in one order, whatever the number of threads. Results are written whole.
#pragma once

#include <cstdint>

#include "../geometry.h"

namespace minicnn {

// Sizes of an image batch (N, C, ...) for batch norm: `pixels` is the product of the rest.
struct Channels {
    int64_t batch = 0, channels = 0, pixels = 0;
    int64_t values() const { return batch * pixels; }  // of one channel
};

template <class T>
struct Planes {
    // y[i] = the largest pixel of window i and winner[i] = the number of its tap in row-major
    // order: of equal pixels the first, of NaNs the last. Winners are unsigned integers of
    // `winner_bytes`: 1, 2 or 4.
    void (*max_pool)(const Geometry&, const T* x, T* y, void* winner, int winner_bytes);
    // x = 0, then x[pixel under winner[i] of window i] += g[i]; winners that name no pixel of
    // the image are passed over.
    void (*max_pool_put)(const Geometry&, const T* g, const void* winner, int winner_bytes, T* x);
    // y[i] = the pixel under winner[i] of window i, or 0 where that names none.
    void (*max_pool_take)(const Geometry&, const T* x, const void* winner, int winner_bytes, T* y);

    // y[i] = share · the sum of the pixels in window i; `shares`, where it is not null, holds a
    // share for each place i of the output plane and `share` is not read.
    void (*sum_pool)(const Geometry&, const T* x, const T* shares, T share, T* y);
    // x = 0, then x[pixel] += share · g[i] for every pixel in window i.
    void (*spread_pool)(const Geometry&, const T* g, const T* shares, T share, T* x);

    // y = (x − mean)·scale + shift, three numbers a channel; a null mean or shift is 0. With
    // `relu` max(y, 0), in the same pass.
    void (*batch_norm)(const Channels&, const T* x, const T* mean, const T* scale, const T* shift,
                       bool relu, T* y);
    // The same with the channel's own mean and variance: scale = weight/√(var + eps), shift =
    // bias. Writes mean, var and inverse = 1/√(var + eps) too.
    void (*batch_norm_train)(const Channels&, const T* x, const T* weight, const T* bias,
                             double eps, T* y, T* mean, T* var, T* inverse);
    // sum_g = Σ g and sum_gx = Σ g·(x − mean)·inverse over each channel.
    void (*batch_norm_sums)(const Channels&, const T* g, const T* x, const T* mean,
                            const T* inverse, T* sum_gx, T* sum_g);
    // The same sums (the gradients by weight and bias), and with n values a channel
    // gx = weight·inverse·(g − sum_g/n − (x − mean)·inverse·sum_gx/n).
    void (*batch_norm_gradient)(const Channels&, const T* g, const T* x, const T* mean,
                                const T* inverse, const T* weight, T* gx, T* sum_gx, T* sum_g);
};

}  // namespace minicnn
