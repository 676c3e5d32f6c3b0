// Sum pooling and its adjoint, spreading: average pooling, nearest interpolation and their
// gradients.
//
// Sum pooling adds up the pixels in each window; its adjoint adds each entry to every pixel in its
// window. Divided by the window's size the first is average pooling and the second its gradient.
// And where windows lie side by side, spreading repeats each pixel as a block of pixels: that is
// nearest interpolation by a whole factor, and sum pooling its gradient.
//
// Three ways: blocks (windows side by side) add whole rows first, which are contiguous, and
// neighbours in a row afterwards; one window that covers the plane is one long sum; other windows
// go tap by tap, a vector of windows at a time, as in max pooling.
#pragma once

#include "vector_sums.h"
#include "windows.h"

namespace minicnn {
namespace {

// What each sum is multiplied by: one number, or one for each place of the output plane.
template <class T>
struct Shares {
    const T* each;
    T all;
};

// to[k] = from[k] · the share of place `first` + k; `from` and `to` may be the same.
template <class T>
inline void times_shares(const T* from, int64_t count, Shares<T> shares, int64_t first, T* to) {
    if (shares.each == nullptr) {
        for (int64_t k = 0; k < count; ++k) to[k] = from[k] * shares.all;
    } else {
        for (int64_t k = 0; k < count; ++k) to[k] = from[k] * shares.each[first + k];
    }
}

// y[j] = columns[j·B] + ... + columns[j·B + B − 1]
template <int64_t known_width, class T>
inline void sum_neighbours(const T* __restrict columns, int64_t any_width, int64_t count,
                           T* __restrict y) {
    const int64_t B = known_width > 0 ? known_width : any_width;
    for (int64_t j = 0; j < count; ++j) {
        T total = columns[j * B];
        for (int64_t b = 1; b < B; ++b) total += columns[j * B + b];
        y[j] = total;
    }
}

// x[j·B + b] = entries[j] for each b below B
template <int64_t known_width, class T>
inline void repeat_neighbours(const T* __restrict entries, int64_t any_width, int64_t count,
                              T* __restrict x) {
    const int64_t B = known_width > 0 ? known_width : any_width;
    for (int64_t j = 0; j < count; ++j) {
        for (int64_t b = 0; b < B; ++b) x[j * B + b] = entries[j];
    }
}

// Block (h, i) of rows: page by page, line by line, added up in `columns`, (W,).
template <class T>
inline void sum_block_rows(const Geometry& geometry, const T* x, int64_t h, int64_t i,
                           int64_t count, T* __restrict columns) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    for (int64_t e = 0; e < depth.kernel; ++e) {
        for (int64_t a = 0; a < height.kernel; ++a) {
            const int64_t page = h * depth.kernel + e, line = i * height.kernel + a;
            const T* __restrict row = x + (page * height.size + line) * width.size;
            if (e + a == 0) {
                for (int64_t k = 0; k < count; ++k) columns[k] = row[k];
            } else {
                for (int64_t k = 0; k < count; ++k) columns[k] += row[k];
            }
        }
    }
}

template <class T>
void sum_blocks_plane(const Geometry& geometry, const T* x, Shares<T> shares, T* columns, T* y) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    const int64_t Q = width.output;
    const auto neighbours = width.kernel == 2 ? sum_neighbours<2, T> : sum_neighbours<0, T>;
    int64_t place = 0;
    for (int64_t h = 0; h < depth.output; ++h) {
        for (int64_t i = 0; i < height.output; ++i, place += Q) {
            sum_block_rows(geometry, x, h, i, Q * width.kernel, columns);
            neighbours(columns, width.kernel, Q, y + place);
        }
    }
    times_shares(y, geometry.output_plane(), shares, 0, y);
}

template <class T>
void repeat_blocks_plane(const Geometry& geometry, const T* g, Shares<T> shares, T* entries, T* x) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    const int64_t Q = width.output, W = width.size;
    const auto neighbours = width.kernel == 2 ? repeat_neighbours<2, T> : repeat_neighbours<0, T>;
    for (int64_t page = 0; page < depth.size; ++page) {
        const int64_t h = page / depth.kernel;
        for (int64_t line = 0; line < height.size; ++line) {
            const int64_t i = line / height.kernel;
            T* const row = x + (page * height.size + line) * W;
            if (h >= depth.output || i >= height.output) {
                for (int64_t k = 0; k < W; ++k) row[k] = 0;
            } else if (line > i * height.kernel) {  // the row above, once more
                std::memcpy(row, row - W, static_cast<size_t>(W) * sizeof(T));
            } else {
                const int64_t place = (h * height.output + i) * Q;
                times_shares(g + place, Q, shares, place, entries);
                neighbours(entries, width.kernel, Q, row);
                for (int64_t k = Q * width.kernel; k < W; ++k) row[k] = 0;
            }
        }
    }
}

template <int known_stride, class T>
void sum_pool_plane(const Geometry& geometry, const T* x, T* y) {
    const Axis& width = geometry.axis[2];
    const Range within = inside(width);
    for_output_rows(geometry, [&](int64_t h, int64_t i, int64_t place) {
        at_edges(width, within, [&](int64_t j) {
            T total = 0;
            for_rows(geometry, h, i, [&](int64_t, int64_t row) {
                for (int64_t b = 0; b < width.kernel; ++b) {
                    const int64_t column = width.position(j, b);
                    if (column >= 0 && column < width.size) total += x[row + column];
                }
            });
            y[place + j] = total;
        });
        in_vectors<lanes<T>>(within.count(), [&](int64_t from, auto number) {
            constexpr int L = decltype(number)::value;
            const int64_t j = within.begin + from;
            Vector<T, L> total{};
            for_rows(geometry, h, i, [&](int64_t, int64_t row) {
                const T* const pixels = x + row + width.position(j, 0);
                for (int64_t b = 0; b < width.kernel; ++b) {
                    total +=
                        load_spaced<known_stride, T, L>(pixels + b * width.dilation, width.stride);
                }
            });
            store(y + place + j, total);
        });
    });
}

template <class T>
void sum_pool_plane(const Geometry& geometry, const T* x, T* y) {
    const int64_t stride = geometry.axis[2].stride;
    if (stride == 1) return sum_pool_plane<1>(geometry, x, y);
    if (stride == 2) return sum_pool_plane<2>(geometry, x, y);
    return sum_pool_plane<0>(geometry, x, y);
}

// Entries added where they belong, one by one along each row of windows.
template <class T>
void spread_pool_plane(const Geometry& geometry, const T* entries, T* x) {
    const Axis& width = geometry.axis[2];
    const Range within = inside(width);
    fill(x, geometry.input_plane(), T(0));
    for_output_rows(geometry, [&](int64_t h, int64_t i, int64_t place) {
        for_rows(geometry, h, i, [&](int64_t, int64_t row) {
            for (int64_t b = 0; b < width.kernel; ++b) {
                at_edges(width, within, [&](int64_t j) {
                    const int64_t column = width.position(j, b);
                    if (column >= 0 && column < width.size) x[row + column] += entries[place + j];
                });
                for (int64_t j = within.begin; j < within.end; ++j) {
                    x[row + width.position(j, b)] += entries[place + j];
                }
            }
        });
    });
}

// Where windows move by one pixel, tap a of output i meets pixel i + a·d − p. Seen from the pixel,
// that is output pixel − a·d + p: the windows of a sum pooling over the entries, with the padding
// d·(A − 1) − p.
inline bool moves_by_one(const Geometry& geometry) {
    return geometry.axis[0].stride == 1 && geometry.axis[1].stride == 1 &&
           geometry.axis[2].stride == 1;
}

inline Geometry seen_from_pixels(const Geometry& geometry) {
    Geometry seen = geometry;
    for (Axis& axis : seen.axis) {
        std::swap(axis.size, axis.output);
        axis.padding = axis.dilation * (axis.kernel - 1) - axis.padding;
    }
    return seen;
}

template <class T>
void sum_pool(const Geometry& geometry, const T* x, const T* each, T all, T* y) {
    const Shares<T> shares{each, all};
    const Axis& width = geometry.axis[2];
    const int64_t size = geometry.input_plane(), places = geometry.output_plane();
    const int64_t planes = geometry.batch * geometry.channels;
    if (is_one_window(geometry)) {
        const T share = each == nullptr ? all : *each;
        for_planes<T>(planes, size, 0, [&](int64_t plane, T*) {
            y[plane] = static_cast<T>(sum_of_run(x + plane * size, size)) * share;
        });
    } else if (has_blocks(geometry)) {
        for_planes<T>(planes, size, width.size, [&](int64_t plane, T* columns) {
            sum_blocks_plane(geometry, x + plane * size, shares, columns, y + plane * places);
        });
    } else {
        for_planes<T>(planes, size + places * geometry.taps() / 4, 0, [&](int64_t plane, T*) {
            T* const sums = y + plane * places;
            sum_pool_plane(geometry, x + plane * size, sums);
            times_shares(sums, places, shares, 0, sums);
        });
    }
}

template <class T>
void spread_pool(const Geometry& geometry, const T* g, const T* each, T all, T* x) {
    const Shares<T> shares{each, all};
    const Axis& width = geometry.axis[2];
    const int64_t size = geometry.input_plane(), places = geometry.output_plane();
    const int64_t planes = geometry.batch * geometry.channels;
    if (is_one_window(geometry)) {
        const T share = each == nullptr ? all : *each;
        for_planes<T>(planes, size, 0, [&](int64_t plane, T*) {
            const T entry = g[plane] * share;
            for (int64_t k = plane * size; k < (plane + 1) * size; ++k) x[k] = entry;
        });
    } else if (has_blocks(geometry)) {
        for_planes<T>(planes, size, width.output, [&](int64_t plane, T* entries) {
            repeat_blocks_plane(geometry, g + plane * places, shares, entries, x + plane * size);
        });
    } else {
        const bool backwards = moves_by_one(geometry);
        const Geometry seen = seen_from_pixels(geometry);
        for_planes<T>(planes, size + places * geometry.taps() / 4, places,
                      [&](int64_t plane, T* entries) {
                          times_shares(g + plane * places, places, shares, 0, entries);
                          if (backwards) {
                              sum_pool_plane(seen, entries, x + plane * size);
                          } else {
                              spread_pool_plane(geometry, entries, x + plane * size);
                          }
                      });
    }
}

}  // namespace
}  // namespace minicnn
