// The band: the part of an image that a task works on, copied to where it is quick to reach.
//
// A task computes some rows of one image's result. It first copies the rows of the source that
// these meet, for all channels of a group, into a scratch that fits into the second-level cache.
// The copy brings the padding with it, so that nothing after it asks where the image ends; and it
// puts the pixels of a strided convolution side by side: with step s, results t and t + 1 meet
// pixels s apart, so the columns are dealt out into s runs, column u to place u / s of run u mod s.
//
//     band   (channels, slabs, rows, runs, pitch)        slabs: one for each tap along the depth
//
// Every tap then reads neighbours for neighbouring results, whatever stride and dilation.
#pragma once

#include <algorithm>
#include <cstring>

#include "../vector.h"
#include "deal.h"
#include "phases.h"

namespace minicnn {
namespace {

// What is read or written beyond the band's last row, at most.
template <class T>
constexpr int64_t band_slack = 4 * lanes<T>;

struct Band {
    int64_t slabs = 1, rows = 0, runs = 1, pitch = 0, plane = 0;
    int64_t width = 0;      // columns of the source that a row covers
    Range offsets[3];       // of the taps, on each axis

    // For `result_rows` rows (counted in t, in each phase) of the results.
    Band(const Correlation* correlation, int64_t result_rows) {
        for (int axis = 0; axis < 3; ++axis) offsets[axis] = correlation[axis].offsets();
        slabs = offsets[0].count();
        rows = (result_rows - 1) * correlation[1].source_step() + offsets[1].count();
        runs = correlation[2].source_step();
        const int64_t columns = (correlation[2].result() + correlation[2].phases() - 1) /
                                correlation[2].phases();
        width = (columns - 1) * runs + offsets[2].count();
        pitch = (width + runs - 1) / runs;
        // A band so large is never made (fits() refuses it), but its size is asked for: cut short,
        // nothing that it is multiplied with overflows.
        constexpr double most = 1e9;
        const double numbers = static_cast<double>(slabs) * static_cast<double>(rows) *
                               static_cast<double>(runs) * static_cast<double>(pitch);
        plane = numbers < most ? slabs * rows * runs * pitch : static_cast<int64_t>(most);
        if (thrashes(plane)) plane += 16;
    }

    // Planes a multiple of 1 KB apart would all fall into the same few sets of the cache.
    static bool thrashes(int64_t plane) { return plane % 256 < 16; }

    // Where a tap's pixel for result (t1, t2) = (0, 0) of the band lies, within a plane. The
    // offsets count from the lowest.
    int64_t at(int64_t slab, int64_t row_offset, int64_t column_offset) const {
        const int64_t u = column_offset;
        return ((slab * rows + row_offset) * runs + u % runs) * pitch + u / runs;
    }
};

// Whether some rows of the source are what a band of them would be, so that it needs no copy: under
// 1×1 taps, with no step and no padding.
inline bool rows_lie_as_band(const Correlation* correlation) {
    for (int axis = 0; axis < 3; ++axis) {
        const Correlation& c = correlation[axis];
        if (c.phases() != 1 || c.source_step() != 1 || c.source() != c.result()) return false;
        if (c.offsets().begin != 0 || c.offsets().count() != 1) return false;
    }
    return true;
}

// Zeros, and a few more up to the end of a vector: rows are written in the order in which they lie,
// so the next row covers what is too much, and the scratch ends a vector later than the band.
template <class T>
inline void clear(T* to, int64_t count) {
    for (int64_t k = 0; k < count; k += lanes<T>) store(to + k, Vector<T>{});
}

// One row of the band: columns first .. first + width − 1 of `source` (zeros where it has none),
// dealt out into runs.
template <class T>
inline __attribute__((always_inline)) void copy_row(const T* source, int64_t size, int64_t first, int64_t width, int64_t runs,
              int64_t pitch, T* row) {
    const int64_t begin = std::min(std::max<int64_t>(0, -first), width);
    const int64_t end = std::max(begin, std::min(width, size - first));
    if (runs == 1) {
        clear(row, begin);
        copy(row + begin, source + first + begin, end - begin);
        clear(row + end, pitch - end);
        return;
    }
    if (runs == 2 && begin < end) {
        T *const even = row, *const odd = row + pitch;
        const int64_t even_begin = (begin + 1) / 2, even_end = (end + 1) / 2;
        const int64_t odd_begin = begin / 2, odd_end = end / 2;
        clear(even, even_begin);
        clear(even + even_end, pitch - even_end);
        clear(odd, odd_begin);
        clear(odd + odd_end, pitch - odd_end);
        const T* in = source + first;
        if (odd_begin < even_begin) odd[odd_begin] = in[begin];
        deal(in + 2 * even_begin, odd_end - even_begin, even + even_begin, odd + even_begin);
        if (odd_end < even_end) even[odd_end] = in[end - 1];
        return;
    }
    for (int64_t run = 0; run < runs; ++run, row += pitch) {
        // The places of this run whose columns place·runs + run lie within [begin, end).
        const int64_t from = begin <= run ? 0 : (begin - run + runs - 1) / runs;
        const int64_t to = std::max(from, end <= run ? 0 : (end - run + runs - 1) / runs);
        const T* in = source + first + run;
        clear(row, from);
        for (int64_t place = from; place < to; ++place) row[place] = in[place * runs];
        clear(row + to, pitch - to);
    }
}

template <class T>
inline void fetch_row(const T* row, int64_t columns) {
    for (int64_t k = 0; k < columns; k += cache_line<T>) __builtin_prefetch(row + k);
}

// Copies the band for results (t0, t1 .. t1 + count − 1) from `channels` planes of the source.
template <class T>
void copy_band(const Band& band, const Correlation* correlation, const T* source,
               int64_t channels, int64_t t0, int64_t t1, int64_t count, T* to) {
    const int64_t depth = correlation[0].source(), height = correlation[1].source();
    const int64_t columns = correlation[2].source();
    const int64_t first_slab = t0 * correlation[0].source_step() + band.offsets[0].begin;
    const int64_t first_row = t1 * correlation[1].source_step() + band.offsets[1].begin;
    const int64_t rows = (count - 1) * correlation[1].source_step() + band.offsets[1].count();
    // The rows of the next channel lie in another page of memory, which a processor does not foresee.
    const bool far = channels >= 8 && height * columns * sizeof(T) >= 4096;
    for (int64_t c = 0; c < channels; ++c, to += band.plane) {
        for (int64_t slab = 0; slab < band.slabs; ++slab) {
            T* row = to + slab * band.rows * band.runs * band.pitch;
            for (int64_t k = 0; k < rows; ++k, row += band.runs * band.pitch) {
                const int64_t z = first_slab + slab, y = first_row + k;
                if (z < 0 || z >= depth || y < 0 || y >= height) {
                    clear(row, band.runs * band.pitch);
                } else {
                    const T* const in = source + ((c * depth + z) * height + y) * columns;
                    if (far && c + 1 < channels) fetch_row(in + depth * height * columns, columns);
                    copy_row(in, columns, band.offsets[2].begin, band.width, band.runs,
                             band.pitch, row);
                }
            }
        }
    }
}

}  // namespace
}  // namespace minicnn
