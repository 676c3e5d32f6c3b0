// Winograd's convolution with 3×3 taps and stride 1: forward and input gradient.
//
// The image is cut into tiles of 4×4 results, each of which sees 6×6 pixels. With the matrices of
// winograd_matrices.h, at each of 36 points ξ:
//
//     inputs   V[ξ] (tiles, C)          = Bᵀ x B of each tile, a vector of channels at a time
//     filters  U[ξ] (C, O)              = G w Gᵀ of each filter
//     products M[ξ] (tiles, O)          = V[ξ] U[ξ]       36 plain matrix products: all the work
//     results  y    4×4 pixels a tile   = Aᵀ M A
//
// The input gradient is the same with the filters turned by half a turn, C and O exchanged, and
// padding 2 − p.
//
// Two orders of the loops. With small filters, U is computed once, and a task takes some rows of
// tiles from pixels to results with V and M in its own cache. With large ones (U beyond 8 MB) V is
// computed first, for as many images as fit, and a task takes a panel of output channels: it
// transforms the panel's filters and uses them for all tiles at once.
#pragma once

#include "../memory.h"
#include "../parallel.h"
#include "finish.h"
#include "tile.h"
#include "weight_gradient.h"
#include "winograd_tiles.h"

namespace minicnn {
namespace {
namespace winograd {

constexpr int64_t second_level = 1 << 20;  // bytes of that cache, about

// Rows of M at once: the places of as many tiles of V are counted from one pointer.
constexpr int most_tiles = most_taps;

// R tiles times a panel. If V is `far`, beyond the second-level cache, the rows of the next R tiles
// are fetched meanwhile.
template <int R, int V>
void product_tile(const float* inputs, const int32_t* at, const float* filters, int64_t in,
                  bool far, float* products) {
    Vector<float> acc[R][V];
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) acc[r][q] = Vector<float>{};
    }
    if (!far) {
        add_pixels<float, R, V, L>(acc, inputs, at, 0, filters, 1, in);
    } else {
        for (int64_t k = 0; k < in; k += L) {
#pragma GCC unroll 16
            for (int r = 0; r < R; ++r) __builtin_prefetch(inputs + at[R - 1] + at[1] + at[r] + k);
            add_pixels<float, R, V, L>(acc, inputs + k, at, 0, filters + k * V * L, 1,
                                       std::min<int64_t>(L, in - k));
        }
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
        for (int q = 0; q < V; ++q) store(products + (r * V + q) * L, acc[r][q]);
    }
}

using ProductFunction = void (*)(const float*, const int32_t*, const float*, int64_t, bool,
                                 float*);

template <int V, int... R>
ProductFunction product_of(int64_t rows, std::integer_sequence<int, R...>) {
    static constexpr ProductFunction functions[] = {product_tile<R + 1, V>...};
    return functions[rows - 1];
}

// M[ξ] (count, width) = V[ξ] (count, in) U[ξ] (in, width), at all points.
inline void multiply(const Problem& p, const float* inputs, int64_t input_stride,
                     const float* filters, int64_t count, float* products,
                     int64_t product_stride) {
    using Rows = std::make_integer_sequence<int, most_tiles>;
    const int64_t width = p.width_of_panel;
    const EvenParts rows(count, most_tiles);
    int32_t at[most_tiles];
    for (int r = 0; r < most_tiles; ++r) at[r] = static_cast<int32_t>(r * p.tile_step);
    const bool far = points * input_stride * static_cast<int64_t>(sizeof(float)) > second_level;
    for (int64_t point = 0; point < points; ++point) {
        for (int64_t part = 0; part < rows.parts; ++part) {
            const int64_t t = rows.begin(part), now = rows.size_of(part);
            const ProductFunction function =
                width == L ? product_of<1>(now, Rows()) : product_of<2>(now, Rows());
            function(inputs + point * input_stride + t * p.tile_step, at,
                     filters + point * p.filter_stride(), p.in, far,
                     products + point * product_stride + t * width);
        }
    }
}

// Tile rows first .. last − 1 of `images` images from n on, from V to results, for one panel.
inline void finish(const Problem& p, const float* inputs, int64_t input_stride,
                   const float* filters, int64_t panel, const float* bias, int64_t n,
                   int64_t images, int64_t first, int64_t last, const Finish<float>& after,
                   float* products, float* lines, float* result) {
    const int64_t each = (last - first) * p.columns, width = p.width_of_panel;
    const int64_t stride = padded_stride(images * each * width);
    multiply(p, inputs, input_stride, filters, images * each, products, stride);
    for (int64_t k = 0; k < images; ++k) {
        transform_products(p, products + k * each * width, stride, panel, bias, first, last,
                           result + (n + k) * p.out * p.P * p.Q, lines);
    }
    if (nothing(after)) return;
    const int64_t begin = first * tile * p.Q, end = std::min(p.P, last * tile) * p.Q;
    for (int64_t k = 0; k < images; ++k) {
        for (int64_t o = panel * width; o < std::min(p.out, (panel + 1) * width); ++o) {
            apply(after, result, ((n + k) * p.out + o) * p.P * p.Q + begin, end - begin);
        }
    }
}

// U of all panels: (panels, points, in, width_of_panel).
inline void transform_all(const Problem& p, const float* w, float* filters) {
    parallel_for(p.panels, 20.0 * p.panel_size(), [&](int64_t panel) {
        transform_filters(p, w, panel, filters + panel * p.panel_size());
    });
}

// How images are shared out: tile rows of one image, or some whole small ones, so that a task has
// tiles enough to be worth the filters that it multiplies them with.
struct Parts {
    int64_t images = 1, rows, bands;  // images and tile rows of a part; parts of an image
    int64_t count;

    Parts(int64_t batch, int64_t all_rows, int64_t columns, int64_t tiles, int64_t least) {
        const int64_t wanted = std::max<int64_t>(1, tiles / columns);
        bands = (all_rows + wanted - 1) / wanted;
        rows = (all_rows + bands - 1) / bands;
        bands = (all_rows + rows - 1) / rows;
        int64_t groups = batch;
        if (bands == 1) {
            const int64_t most = std::max<int64_t>(1, tiles / (all_rows * columns));
            groups = std::max((batch + most - 1) / most, std::min(batch, least));
            images = (batch + groups - 1) / groups;
            groups = (batch + images - 1) / images;
            if (groups < least) {  // a few small images: fewer rows for each thread to have some
                rows = (all_rows * groups + least - 1) / least;
                bands = (all_rows + rows - 1) / rows;
            }
        }
        count = groups * bands;
    }
};

// Small filters: each task takes some tile rows, or some images, all the way.
inline void by_tiles(const Problem& p, const float* x, const float* w, const float* transformed,
                     const float* bias, const Finish<float>& after, float* result) {
    Scratch<float> own(transformed == nullptr ? p.panels * p.panel_size() : 1);
    if (transformed == nullptr) transform_all(p, w, own);
    const float* const filters = transformed == nullptr ? own.get() : transformed;

    constexpr int64_t enough = 56;
    const Parts parts(p.batch, p.rows, p.columns, enough, 2 * thread_count());
    const double work =
        static_cast<double>(parts.images * parts.rows * p.columns) * points * p.in * p.out;
    parallel_for(parts.count, work, [&](int64_t item) {
        const int64_t n = item / parts.bands * parts.images,
                      first = item % parts.bands * parts.rows;
        const int64_t last = std::min(p.rows, first + parts.rows);
        const int64_t images = std::min(parts.images, p.batch - n);
        const int64_t each = (last - first) * p.columns;
        const int64_t stride = padded_stride(images * each * p.tile_step);
        Scratch<float> inputs(points * stride);
        Scratch<float> products(points * padded_stride(images * each * p.width_of_panel));
        Scratch<float> lines(line_buffer(p.columns));
        for (int64_t k = 0; k < images; ++k) {
            transform_image<InputTransform>(x + (n + k) * p.in * p.height * p.width, p.in, p.height,
                                            p.width, p.above, p.left, p.columns, first, last,
                                            inputs + k * each * p.tile_step, stride, p.tile_step,
                                            L, lines);
        }
        for (int64_t panel = 0; panel < p.panels; ++panel) {
            finish(p, inputs, stride, filters + panel * p.panel_size(), panel, bias, n, images,
                   first, last, after, products, lines, result);
        }
    });
}

// Large filters: V first, then each task takes a panel of output channels through all tiles.
inline void by_panels(const Problem& p, const float* x, const float* w, const float* transformed,
                      const float* bias, const Finish<float>& after, float* result) {
    constexpr int64_t most_bytes = 16 << 20;  // of V
    const int64_t image_tiles = p.rows * p.columns;
    const int64_t image_bytes = points * image_tiles * p.in * static_cast<int64_t>(sizeof(float));
    const int64_t images = std::min(p.batch, std::max<int64_t>(1, most_bytes / image_bytes));
    const int64_t stride = padded_stride(images * image_tiles * p.tile_step);
    Scratch<float> inputs(points * stride);
    for (int64_t n0 = 0; n0 < p.batch; n0 += images) {
        const int64_t now = std::min(images, p.batch - n0);
        const int64_t blocks = (p.in + L - 1) / L;
        parallel_for(now * blocks, 10.0 * points * image_tiles * L, [&](int64_t item) {
            const int64_t n = item / blocks, c = item % blocks * L;
            Scratch<float> lines(line_buffer(p.columns));
            transform_image<InputTransform>(
                x + ((n0 + n) * p.in + c) * p.height * p.width, std::min<int64_t>(L, p.in - c),
                p.height, p.width, p.above, p.left, p.columns, 0, p.rows,
                inputs + n * image_tiles * p.tile_step + c, stride, p.tile_step, L, lines);
        });
        const double work = static_cast<double>(now * image_tiles) * points * p.in *
                            p.width_of_panel;
        parallel_for(p.panels, work, [&](int64_t panel) {
            Scratch<float> own(transformed == nullptr ? p.panel_size() : 1);
            if (transformed == nullptr) transform_filters(p, w, panel, own);
            const float* const filters =
                transformed == nullptr ? own.get() : transformed + panel * p.panel_size();
            constexpr int64_t enough = 128;  // tiles whose products stay in the cache
            const int64_t group = std::min(now, std::max<int64_t>(1, enough / image_tiles));
            Scratch<float> products(points * padded_stride(group * image_tiles * p.width_of_panel));
            Scratch<float> lines(line_buffer(p.columns));
            for (int64_t n = 0; n < now; n += group) {
                finish(p, inputs + n * image_tiles * p.tile_step, stride, filters, panel, bias,
                       n0 + n, std::min(group, now - n), 0, p.rows, after, products, lines, result);
            }
        });
    }
}

// Whether this convolution is one for Winograd's algorithm: 3×3, stride 1, in float32, from 16
// channels on both sides (so that the small integers of an example stay exact), and with tiles
// enough that fewer multiplications are worth the transforms.
inline bool suits(const Geometry& geometry) {
    const Axis &depth = geometry.axis[0], &h = geometry.axis[1], &w = geometry.axis[2];
    if (depth.size != 1 || depth.kernel != 1 || depth.output != 1) return false;
    if (h.kernel != 3 || w.kernel != 3 || h.stride != 1 || w.stride != 1) return false;
    if (h.dilation != 1 || w.dilation != 1 || geometry.groups != 1) return false;
    if (geometry.channels < 16 || geometry.out_channels < 16) return false;
    return true;
}

inline bool worth(const Problem& p) {
    return points * p.tiles() + 300 < 9 * p.batch * p.P * p.Q;
}

// U as transform_all left it may be given: then w is not read.
inline void convolve(const Problem& p, const float* x, const float* w, const float* bias,
                     float* result, const float* transformed = nullptr,
                     const Finish<float>& after = {}) {
    constexpr int64_t small_filters = 8 << 20;
    if (p.filter_bytes() <= small_filters) {
        by_tiles(p, x, w, transformed, bias, after, result);
    } else {
        by_panels(p, x, w, transformed, bias, after, result);
    }
}

}  // namespace winograd
}  // namespace
}  // namespace minicnn
