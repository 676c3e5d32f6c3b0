// The filters in the order in which a tile reads them, with bias and padding lanes.
//
// A tile computes `width` output channels at once (vectors of them, or single rows), so for each
// k = (tap along depth, tap along height, input channel, tap along width) it wants their numbers
// side by side:
//
//     packed   (groups, panels, phases, K, width)       K differs from phase to phase
//
// The rows of taps come first so that at the image's upper and lower edge, where some of them meet
// nothing but padding, what is left is one run of k. For the same at the left and right edge, which
// tiles of images leave out (shape.h), their k = (tap along depth, height, width, channel).
//
// Channels beyond the last one are zeros: they cost time, but no thought.
#pragma once

#include "../memory.h"
#include "../parallel.h"
#include "channels_last.h"
#include "phases.h"

namespace minicnn {
namespace {

// How the weights (O, C/groups, taps) look from one direction: `out` channels are computed from
// `in` channels of each group, and these are the steps from one to the next.
struct Roles {
    int64_t groups = 1, in = 0, out = 0;
    int64_t in_step = 0, out_step = 0, group_step = 0;

    Roles(const Geometry& geometry, bool backward) {
        const int64_t taps = geometry.taps();
        const int64_t C = geometry.channels_per_group(), O = geometry.out_channels_per_group();
        groups = geometry.groups;
        group_step = O * C * taps;
        in = backward ? O : C;
        out = backward ? C : O;
        in_step = backward ? C * taps : taps;
        out_step = backward ? taps : C * taps;
    }
};

// The order of k within a row of taps.
struct TapOrder {
    bool taps_first;
    // body(channel, tap along the width)
    template <class Body>
    void for_each(int64_t channels, int64_t taps, const Body& body) const {
        for (int64_t i = 0; i < (taps_first ? taps : channels); ++i) {
            for (int64_t j = 0; j < (taps_first ? channels : taps); ++j) {
                body(taps_first ? j : i, taps_first ? i : j);
            }
        }
    }
};

// The phases of all three axes, as one list.
struct PhaseGrid {
    int64_t counts[3];
    explicit PhaseGrid(const Correlation* correlation) {
        for (int axis = 0; axis < 3; ++axis) counts[axis] = correlation[axis].phases();
    }
    int64_t count() const { return counts[0] * counts[1] * counts[2]; }
    int64_t number(int64_t r0, int64_t r1, int64_t r2) const {
        return (r0 * counts[1] + r1) * counts[2] + r2;
    }
};

// The filters of one phase and one panel: from (out, in, taps) to (K, width),
// K = (taps0, taps1, in and taps2 in their order).
//
// Along the axis that is contiguous in w, whole squares are read and turned over: input channels
// and taps in the forward direction (a square of them × output channels), and in the other the
// output channels themselves.
template <class T>
void pack_panel(const T* w, const Roles& roles, const Axis* axis, const Phase& p0, const Phase& p1,
                const Phase& p2, TapOrder order, int64_t first, int64_t width, T* packed) {
    constexpr int L = lanes<T>;
    const int64_t valid = std::min(width, roles.out - first);
    const int64_t kernel = axis[0].kernel * axis[1].kernel * axis[2].kernel;
    const bool as_in_w = p0.taps * p1.taps * p2.taps == kernel && p2.offset_step > 0 &&
                         roles.in_step == kernel && !order.taps_first;
    if (as_in_w && width % L == 0) {
        const T* const from = w + first * roles.out_step;
        if (kernel == 1) return channels_last(from, roles.out_step, valid, roles.in, width, packed);
        // A square's rows are neighbours in w, that is taps of a channel, then the next channel's.
        const int64_t row = axis[2].kernel * width, rows = kernel / axis[2].kernel;
        const int64_t next_channel = row - rows * roles.in * row;  // after a channel's last tap
        for (int64_t o = 0; o < width; o += L) {
            T* to = packed + o;
            int64_t a01 = 0, a2 = 0;
            for (int64_t m = 0; m < roles.in * kernel; m += L) {
                const int64_t count = std::min<int64_t>(L, roles.in * kernel - m);
                Vector<T> square[L];
                load_square(from + o * roles.out_step + m, roles.out_step, valid - o, count, square);
                transpose<T>(square);
#pragma GCC unroll 16
                for (int k = 0; k < L; ++k) {
                    if (k >= count) break;
                    store(to, square[k]);
                    to += width;
                    if (++a2 < axis[2].kernel) continue;
                    a2 = 0;
                    to += (roles.in - 1) * row;  // the next row of taps
                    if (++a01 < rows) continue;
                    a01 = 0;
                    to += next_channel;
                }
            }
        }
        return;
    }
    for (int64_t m0 = 0; m0 < p0.taps; ++m0) {
        for (int64_t m1 = 0; m1 < p1.taps; ++m1) {
            const int64_t a0 = p0.tap + m0 * p0.tap_step, a1 = p1.tap + m1 * p1.tap_step;
            const T* from =
                w + first * roles.out_step + (a0 * axis[1].kernel + a1) * axis[2].kernel;
            order.for_each(roles.in, p2.taps, [&](int64_t c, int64_t m2) {
                const T* tap = from + c * roles.in_step + p2.tap + m2 * p2.tap_step;
                if (roles.out_step == 1) {
                    copy(packed, tap, valid);
                } else {
                    for (int64_t o = 0; o < valid; ++o) packed[o] = tap[o * roles.out_step];
                }
                for (int64_t o = valid; o < width; ++o) packed[o] = T(0);
                packed += width;
            });
        }
    }
}

}  // namespace
}  // namespace minicnn
