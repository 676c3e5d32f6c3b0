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
//
// A band may also hold a bundle of images, as many as a vector has lanes, pixel beside pixel:
//
//     band   (channels, slabs, rows, runs, pitch, images)
#pragma once

#include <algorithm>
#include <cstring>

#include "../memory.h"
#include "../vector.h"
#include "channels_last.h"
#include "deal.h"
#include "phases.h"

namespace minicnn {
namespace {

// What is read or written beyond the band's last row, at most.
template <class T>
constexpr int64_t band_slack = 4 * lanes<T>;

// Of the second-level cache, for a band of forward or input gradient.
constexpr int64_t band_bytes = 320 << 10;

struct Band {
    int64_t slabs = 1, rows = 0, runs = 1, pitch = 0, images = 1, plane = 0;
    int64_t width = 0;      // columns of the source that a row covers
    Range offsets[3];       // of the taps, on each axis

    // For `result_rows` rows (counted in t, in each phase) of the results, of so many images.
    Band(const Correlation* correlation, int64_t result_rows, int64_t bundle = 1) : images(bundle) {
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
                               static_cast<double>(runs * images) * static_cast<double>(pitch);
        plane = numbers < most ? slabs * rows * row() : static_cast<int64_t>(most);
        if (thrashes(plane)) plane += 16;
    }

    // Planes a multiple of 1 KB apart would all fall into the same few sets of the cache.
    static bool thrashes(int64_t plane) { return plane % 256 < 16; }

    // Numbers from row to row.
    int64_t row() const { return runs * pitch * images; }

    // Where a tap's pixel for result (t1, t2) = (0, 0) of the band lies, within a plane. The
    // offsets count from the lowest.
    int64_t at(int64_t slab, int64_t row_offset, int64_t column_offset) const {
        const int64_t u = column_offset;
        return (((slab * rows + row_offset) * runs + u % runs) * pitch + u / runs) * images;
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
    if (count <= 0) return;
    store(to, Vector<T>{});  // most are no longer; what follows may become a call
    for (int64_t k = lanes<T>; k < count; k += lanes<T>) store(to + k, Vector<T>{});
}

// Copies rows of the source, of `size` numbers, into rows of the band (zeros where the source has
// none), dealt out into runs. What is the same for all rows is found once.
template <class T>
class RowCopy {
  public:
    RowCopy(const Band& band, int64_t size)
        : runs(band.runs), pitch(band.pitch), first(band.offsets[2].begin),
          begin(std::min(std::max<int64_t>(0, -first), band.width)),
          end(std::max(begin, std::min(band.width, size - first))) {}

    inline __attribute__((always_inline)) void operator()(const T* source, T* row) const {
        if (runs == 1) {
            clear(row, begin);
            copy(row + begin, source + first + begin, end - begin);
            clear(row + end, pitch - end);
        } else if (runs == 2 && begin < end) {
            two_runs(source, row, row + pitch);
        } else {
            many_runs(source, row);
        }
    }

  private:
    int64_t runs, pitch, first, begin, end;  // columns begin .. end − 1 of a row are the source's

    inline __attribute__((always_inline)) void two_runs(const T* source, T* even, T* odd) const {
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
    }

    void many_runs(const T* source, T* row) const {
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
};

template <class T>
inline void fetch_row(const T* row, int64_t columns) {
    for (int64_t k = 0; k < columns; k += cache_line<T>) __builtin_prefetch(row + k);
}

// Calls body(source row or null where there is none, band row) for each row of the band for results
// (t0, t1 .. t1 + count − 1), from `channels` planes of the source.
template <class T, class Body>
inline __attribute__((always_inline)) void for_each_row(
    const Band& band, const Correlation* correlation, const T* source, int64_t channels, int64_t t0,
    int64_t t1, int64_t count, T* to, const Body& body) {
    const int64_t depth = correlation[0].source(), height = correlation[1].source();
    const int64_t columns = correlation[2].source();
    const int64_t first_slab = t0 * correlation[0].source_step() + band.offsets[0].begin;
    const int64_t first_row = t1 * correlation[1].source_step() + band.offsets[1].begin;
    const int64_t rows = (count - 1) * correlation[1].source_step() + band.offsets[1].count();
    for (int64_t c = 0; c < channels; ++c, to += band.plane) {
        for (int64_t slab = 0; slab < band.slabs; ++slab) {
            T* row = to + slab * band.rows * band.row();
            for (int64_t k = 0; k < rows; ++k, row += band.row()) {
                const int64_t z = first_slab + slab, y = first_row + k;
                const bool inside = z >= 0 && z < depth && y >= 0 && y < height;
                body(c, inside ? source + ((c * depth + z) * height + y) * columns : nullptr, row);
            }
        }
    }
}

// Copies the band of one image.
template <class T>
void copy_band(const Band& band, const Correlation* correlation, const T* source,
               int64_t channels, int64_t t0, int64_t t1, int64_t count, T* to) {
    const int64_t columns = correlation[2].source();
    const int64_t plane = correlation[0].source() * correlation[1].source() * columns;
    // The rows of the next channel lie in another page of memory, which a processor does not foresee.
    const bool far = channels >= 8 && correlation[1].source() * columns * sizeof(T) >= 4096;
    const RowCopy<T> copy_row(band, columns);
    for_each_row(band, correlation, source, channels, t0, t1, count, to,
                 [=, &band](int64_t c, const T* in, T* row) {
        if (in == nullptr) return clear(row, band.row());
        if (far && c + 1 < channels) fetch_row(in + plane, columns);
        copy_row(in, row);
    });
}

// Copies the band of a bundle of images, `step` numbers apart, of which `images` exist.
template <class T>
void copy_bundle(const Band& band, const Correlation* correlation, const T* source, int64_t step,
                 int64_t images, int64_t channels, int64_t t0, int64_t t1, int64_t count, T* to) {
    const int64_t row_size = band.runs * band.pitch;
    Scratch<T> rows(images * row_size + lanes<T>);  // one row of each image
    const RowCopy<T> copy_row(band, correlation[2].source());
    for_each_row(band, correlation, source, channels, t0, t1, count, to,
                 [&](int64_t, const T* in, T* row) {
        if (in == nullptr) return clear(row, band.row());
        for (int64_t k = 0; k < images; ++k) copy_row(in + k * step, rows + k * row_size);
        channels_last<T>(rows, row_size, images, row_size, band.images, row);
    });
}

}  // namespace
}  // namespace minicnn
