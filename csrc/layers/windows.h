// What all pooling has in common: planes shared out among threads, and rows of windows.
//
// Along a row, the windows wholly inside the image see their taps at equal distances: a vector of
// windows is computed at once. The few that hang over an edge go one by one.
#pragma once

#include "../memory.h"
#include "../parallel.h"
#include "chunks.h"
#include "pairs.h"
#include "planes.h"

namespace minicnn {
namespace {

// Calls body(plane, scratch) for each of the planes. `scratch` points to so many numbers of type S
// for the thread alone. Small planes go several to an item: taking an item from a shared
// counter, and a block of scratch, should cost little beside the work.
template <class S, class Body>
void for_planes(int64_t planes, int64_t numbers_per_plane, int64_t scratch_numbers,
                const Body& body) {
    constexpr int64_t numbers_per_item = 1 << 14;
    const int64_t numbers = std::max<int64_t>(numbers_per_plane, 1);
    const int64_t together = std::max<int64_t>(numbers_per_item / numbers, 1);
    const int64_t items = (planes + together - 1) / together;
    const double work = static_cast<double>(together) * static_cast<double>(numbers);
    parallel_for(items, work * work_per_number, [&](int64_t item) {
        const Scratch<S> scratch(scratch_numbers);
        const int64_t end = std::min(planes, (item + 1) * together);
        for (int64_t plane = item * together; plane < end; ++plane) body(plane, scratch.get());
    });
}

// The windows along an axis that lie wholly inside the image.
inline Range inside(const Axis& axis) {
    const Range first = axis.reach(0), last = axis.reach(axis.kernel - 1);
    return {first.begin, std::max(first.begin, last.end)};
}

inline bool has(const Range& range, int64_t i) { return range.begin <= i && i < range.end; }

// Row (h, i) of windows: calls visit(tap, row) for each first tap of a row of taps that meets the
// image, in order. `tap` is its number, `row` where its row of pixels begins.
template <class Visit>
inline __attribute__((always_inline)) void for_rows(const Geometry& geometry, int64_t h, int64_t i,
                                                    const Visit& visit) {
    const Axis &depth = geometry.axis[0], &height = geometry.axis[1], &width = geometry.axis[2];
    for (int64_t e = 0; e < depth.kernel; ++e) {
        const int64_t page = depth.position(h, e);
        if (page < 0 || page >= depth.size) continue;
        for (int64_t a = 0; a < height.kernel; ++a) {
            const int64_t line = height.position(i, a);
            if (line < 0 || line >= height.size) continue;
            visit((e * height.kernel + a) * width.kernel,
                  (page * height.size + line) * width.size);
        }
    }
}

// Calls body(h, i, place) for each row of windows, whose first has that place in the output.
template <class Body>
inline void for_output_rows(const Geometry& geometry, const Body& body) {
    int64_t place = 0;
    for (int64_t h = 0; h < geometry.axis[0].output; ++h) {
        for (int64_t i = 0; i < geometry.axis[1].output; ++i, place += geometry.axis[2].output) {
            body(h, i, place);
        }
    }
}

// Calls body(j) for the windows of a row that hang over one of the image's edges.
template <class Body>
inline void at_edges(const Axis& width, const Range& inside, const Body& body) {
    for (int64_t j = 0; j < std::min(inside.begin, width.output); ++j) body(j);
    for (int64_t j = std::max(inside.end, inside.begin); j < width.output; ++j) body(j);
}

// Whether windows lie side by side along an axis and wholly inside. (Where there is one window
// only, its stride says nothing.)
inline bool is_side_by_side(const Axis& axis) {
    return (axis.kernel == axis.stride || axis.output == 1) && axis.padding == 0 &&
           (axis.dilation == 1 || axis.kernel == 1) && axis.output * axis.kernel <= axis.size;
}

inline bool has_blocks(const Geometry& geometry) {
    return is_side_by_side(geometry.axis[0]) && is_side_by_side(geometry.axis[1]) &&
           is_side_by_side(geometry.axis[2]);
}

inline bool has_blocks_of_2x2(const Geometry& geometry) {
    return has_blocks(geometry) && geometry.axis[0].size == 1 && geometry.axis[0].kernel == 1 &&
           geometry.axis[1].kernel == 2 && geometry.axis[2].kernel == 2;
}

inline bool is_one_window(const Geometry& geometry) {
    return has_blocks(geometry) && geometry.taps() == geometry.input_plane() &&
           geometry.output_plane() == 1;
}

}  // namespace
}  // namespace minicnn
