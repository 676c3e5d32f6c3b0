// The arithmetic of the sliding window, for three spatial axes.
//
// One- and two-dimensional convolutions are padded in front with axes of size 1, so that every
// loop is written once. On each axis, output i and tap a meet the input at
//
//     position = i·s + a·d − p          s stride, d dilation, p padding
//
// and outside 0 <= position < size there are only zeros. The bindings keep every number below
// 2^31, so i·s + a·d stays below 2^63 and nothing here can overflow.
#pragma once

#include <algorithm>
#include <cstdint>

namespace minicnn {

// begin, begin + 1, ..., end − 1; nothing where end <= begin.
struct Range {
    int64_t begin, end;
    bool empty() const { return end <= begin; }
    int64_t count() const { return end - begin; }
    bool operator==(const Range& other) const { return begin == other.begin && end == other.end; }
};

struct Axis {
    int64_t size = 1, kernel = 1, output = 1;  // H, A, P (or W, B, Q)
    int64_t stride = 1, padding = 0, dilation = 1;

    int64_t position(int64_t i, int64_t a) const { return i * stride + a * dilation - padding; }

    // The outputs i for which tap a reads inside the input: 0 <= position(i, a) < size. Found
    // once, so that the loops over i need no test.
    Range reach(int64_t a) const {
        const int64_t lowest = padding - a * dilation;  // i·s must be at least this
        const int64_t highest = lowest + size - 1;      // and at most this
        const int64_t end = highest < 0 ? 0 : std::min(output, highest / stride + 1);
        const int64_t begin = lowest > 0 ? (lowest + stride - 1) / stride : 0;
        return {begin, end};
    }
};

struct Geometry {
    int64_t batch = 0, channels = 0, out_channels = 0;  // N, C, O
    int64_t groups = 1;
    Axis axis[3];

    int64_t input_plane() const { return axis[0].size * axis[1].size * axis[2].size; }
    int64_t taps() const { return axis[0].kernel * axis[1].kernel * axis[2].kernel; }
    int64_t output_plane() const { return axis[0].output * axis[1].output * axis[2].output; }

    int64_t channels_per_group() const { return channels / groups; }
    int64_t out_channels_per_group() const { return out_channels / groups; }

    // True if one of the three arrays is empty: then T sums over no triples at all.
    bool empty() const {
        return batch == 0 || channels == 0 || out_channels == 0 || input_plane() == 0 ||
               taps() == 0 || output_plane() == 0;
    }
};

}  // namespace minicnn
