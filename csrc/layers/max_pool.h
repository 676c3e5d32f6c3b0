// Max pooling: a tournament among the pixels of each window, for a vector of windows at a time.
//
// The taps take turns: the pixels under one tap, a stride apart, challenge the best so far of as
// many windows as a register has lanes. What is better replaces the best, and its tap's number the
// winner's; both stay in registers until all taps had their turn.
//
// The winner's number says where the gradient goes. It is kept as a byte where the window has no
// more than 255 taps: a quarter of the output's memory, an eighth of what an int64 index takes.
#pragma once

#include "windows.h"

namespace minicnn {
namespace {

// The number of the first tap that lies inside the image for output i of an axis. Where all
// pixels are −∞ and none is better than another, it wins: so even then a pixel gets the gradient.
inline int64_t first_inside(const Axis& axis, int64_t i) {
    const int64_t start = axis.position(i, 0);
    return start < 0 ? (-start + axis.dilation - 1) / axis.dilation : 0;
}

template <int known_stride, class T, class Winner>
void max_pool_plane(const Geometry& geometry, const T* x, T* y, Winner* winner) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    const Range within = inside(width);
    for_output_rows(geometry, [&](int64_t h, int64_t i, int64_t place) {
        const int64_t above = (first_inside(depth, h) * height.kernel + first_inside(height, i)) *
                              width.kernel;
        at_edges(width, within, [&](int64_t j) {
            T best = -std::numeric_limits<T>::infinity();
            int64_t won = above + first_inside(width, j);
            for_rows(geometry, h, i, [&](int64_t tap, int64_t row) {
                for (int64_t b = 0; b < width.kernel; ++b) {
                    const int64_t column = width.position(j, b);
                    if (column < 0 || column >= width.size) continue;
                    const T pixel = x[row + column];
                    if (pixel > best || pixel != pixel) {  // a NaN beats all, and stays
                        best = pixel;
                        won = tap + b;
                    }
                }
            });
            y[place + j] = best;
            winner[place + j] = static_cast<Winner>(won);
        });
        in_vectors<lanes<T>>(within.count(), [&](int64_t from, auto number) {
            constexpr int L = decltype(number)::value;
            const int64_t j = within.begin + from;
            auto best = broadcast<T, L>(-std::numeric_limits<T>::infinity());
            auto won = broadcast<Wide<T>, L>(static_cast<Wide<T>>(above));
            for_rows(geometry, h, i, [&](int64_t tap, int64_t row) {
                const T* const pixels = x + row + width.position(j, 0);
                for (int64_t b = 0; b < width.kernel; ++b) {
                    const auto pixel =
                        load_spaced<known_stride, T, L>(pixels + b * width.dilation, width.stride);
                    const auto better = (pixel > best) | (pixel != pixel);
                    best = better ? pixel : best;
                    won = better ? broadcast<Wide<T>, L>(static_cast<Wide<T>>(tap + b)) : won;
                }
            });
            store(y + place + j, best);
            store(winner + place + j, __builtin_convertvector(won, Vector<Winner, L>));
        });
    });
}

template <class T, class Winner>
void max_pool_as(const Geometry& geometry, const T* x, T* y, Winner* winner) {
    const int64_t size = geometry.input_plane(), places = geometry.output_plane();
    const int64_t stride = geometry.axis[2].stride;
    const auto pool = stride == 1   ? max_pool_plane<1, T, Winner>
                      : stride == 2 ? max_pool_plane<2, T, Winner>
                                    : max_pool_plane<0, T, Winner>;
    for_planes<T>(geometry.batch * geometry.channels, size + places * geometry.taps() / 4, 0,
                  [&](int64_t plane, T*) {
                      pool(geometry, x + plane * size, y + plane * places, winner + plane * places);
                  });
}

// Where a tap lies, relative to the first one of its window: looked up where there are few taps.
template <class Winner>
class TapPlaces {
  public:
    struct Place {
        int64_t page, line, column, pixel;  // pixel: all three as a distance in memory
    };

    explicit TapPlaces(const Geometry& geometry) : geometry_(geometry), taps_(geometry.taps()) {
        if constexpr (sizeof(Winner) == 1) {
            for (int64_t tap = 0; tap < taps_; ++tap) table_[tap] = worked_out(tap);
        }
    }

    bool has(Winner tap) const { return tap < taps_; }

    Place operator[](Winner tap) const {
        if constexpr (sizeof(Winner) == 1) {
            return table_[tap];
        } else {
            return worked_out(tap);
        }
    }

  private:
    const Geometry& geometry_;
    int64_t taps_;
    Place table_[sizeof(Winner) == 1 ? 256 : 1];

    Place worked_out(int64_t tap) const {
        const Axis &depth = geometry_.axis[0], &height = geometry_.axis[1],
                   &width = geometry_.axis[2];
        const int64_t row = tap / width.kernel;
        const int64_t page = row / height.kernel * depth.dilation;
        const int64_t line = row % height.kernel * height.dilation;
        const int64_t column = tap % width.kernel * width.dilation;
        return {page, line, column, (page * height.size + line) * width.size + column};
    }
};

// Calls visit(output place, pixel) for every window of a plane whose winner is a pixel.
template <class Winner, class Visit>
inline void for_winners(const Geometry& geometry, const TapPlaces<Winner>& taps,
                        const Winner* winner, const Visit& visit) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    const Range pages = inside(depth), lines = inside(height), columns = inside(width);
    for_output_rows(geometry, [&](int64_t h, int64_t i, int64_t place) {
        const int64_t page = depth.position(h, 0), line = height.position(i, 0);
        const auto anywhere = [&](int64_t j) {
            if (!taps.has(winner[place + j])) return;
            const auto tap = taps[winner[place + j]];
            const int64_t column = width.position(j, 0) + tap.column;
            if (page + tap.page < 0 || page + tap.page >= depth.size || line + tap.line < 0 ||
                line + tap.line >= height.size || column < 0 || column >= width.size) {
                return;
            }
            visit(place + j,
                  ((page + tap.page) * height.size + line + tap.line) * width.size + column);
        };
        if (!has(pages, h) || !has(lines, i)) {
            for (int64_t j = 0; j < width.output; ++j) anywhere(j);
            return;
        }
        at_edges(width, columns, anywhere);
        const int64_t first = (page * height.size + line) * width.size - width.padding;
        for (int64_t j = columns.begin; j < columns.end; ++j) {  // inside, wherever in the window
            const Winner tap = winner[place + j];
            if (taps.has(tap)) visit(place + j, first + j * width.stride + taps[tap].pixel);
        }
    });
}

// The 2×2 case: each entry goes to one of four pixels, and the other three get their 0 at once.
template <class T>
void max_pool_put_2x2_plane(const Geometry& geometry, const T* g, const uint8_t* winner, T* x) {
    const int64_t P = geometry.axis[1].output, Q = geometry.axis[2].output;
    const int64_t H = geometry.axis[1].size, W = geometry.axis[2].size;
    for (int64_t i = 0; i < P; ++i) {
        T* const row = x + 2 * i * W;
        in_vectors<lanes<T>>(Q, [&](int64_t j, auto number) {
            constexpr int L = decltype(number)::value;
            const auto entry = load<T, L>(g + i * Q + j);
            const auto won = __builtin_convertvector(load<uint8_t, L>(winner + i * Q + j),
                                                     Vector<Wide<T>, L>);
            const Vector<T, L> none{};
            const auto goes_to = [&](Wide<T> tap) {
                return won == broadcast<Wide<T>, L>(tap) ? entry : none;
            };
            store_alternating<T, L>(row + 2 * j, goes_to(0), goes_to(1));
            store_alternating<T, L>(row + W + 2 * j, goes_to(2), goes_to(3));
        });
        for (int64_t j = 2 * Q; j < W; ++j) row[j] = row[W + j] = 0;
    }
    for (int64_t k = 2 * P * W; k < H * W; ++k) x[k] = 0;
}

template <class T, class Winner>
void max_pool_put_as(const Geometry& geometry, const T* g, const Winner* winner, T* x) {
    const int64_t size = geometry.input_plane(), places = geometry.output_plane();
    const int64_t planes = geometry.batch * geometry.channels;
    if constexpr (sizeof(Winner) == 1) {
        if (has_blocks_of_2x2(geometry)) {
            for_planes<T>(planes, size, 0, [&](int64_t plane, T*) {
                max_pool_put_2x2_plane(geometry, g + plane * places, winner + plane * places,
                                       x + plane * size);
            });
            return;
        }
    }
    const TapPlaces<Winner> taps(geometry);
    for_planes<T>(planes, size + places, 0, [&](int64_t plane, T*) {
        T* const pixels = x + plane * size;
        const T* const entries = g + plane * places;
        for (int64_t k = 0; k < size; ++k) pixels[k] = 0;
        for_winners(geometry, taps, winner + plane * places,
                    [&](int64_t place, int64_t pixel) { pixels[pixel] += entries[place]; });
    });
}

template <class T, class Winner>
void max_pool_take_as(const Geometry& geometry, const T* x, const Winner* winner, T* y) {
    const int64_t size = geometry.input_plane(), places = geometry.output_plane();
    const TapPlaces<Winner> taps(geometry);
    for_planes<T>(geometry.batch * geometry.channels, size + places, 0, [&](int64_t plane, T*) {
        const T* const pixels = x + plane * size;
        T* const entries = y + plane * places;
        for (int64_t k = 0; k < places; ++k) entries[k] = 0;
        for_winners(geometry, taps, winner + plane * places,
                    [&](int64_t place, int64_t pixel) { entries[place] = pixels[pixel]; });
    });
}

// Calls body(winner) with the winners as what they are.
template <class Body>
void with_winners(void* winner, int winner_bytes, const Body& body) {
    if (winner_bytes == 1) return body(static_cast<uint8_t*>(winner));
    if (winner_bytes == 2) return body(static_cast<uint16_t*>(winner));
    return body(static_cast<uint32_t*>(winner));
}

template <class T>
void max_pool(const Geometry& geometry, const T* x, T* y, void* winner, int winner_bytes) {
    with_winners(winner, winner_bytes, [&](auto* out) { max_pool_as(geometry, x, y, out); });
}

template <class T>
void max_pool_put(const Geometry& geometry, const T* g, const void* winner, int winner_bytes,
                  T* x) {
    with_winners(const_cast<void*>(winner), winner_bytes,
                 [&](const auto* in) { max_pool_put_as(geometry, g, in, x); });
}

template <class T>
void max_pool_take(const Geometry& geometry, const T* x, const void* winner, int winner_bytes,
                   T* y) {
    with_winners(const_cast<void*>(winner), winner_bytes,
                 [&](const auto* in) { max_pool_take_as(geometry, x, in, y); });
}

}  // namespace
}  // namespace minicnn
