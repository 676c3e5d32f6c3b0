// What forward and input gradient have in common: both are correlations, with taps in phases.
//
// Forward. Result i and tap a meet the source (the input) at i·s + a·d − p.
//
// Input gradient. Pixel X of the input gets g[i] · w[a] from every output i and tap a with
// i·s + a·d − p = X, so it meets the source (the gradient g) at i = (X + p − a·d) / s, for those
// taps only for which this is a whole number. Which ones they are depends on X mod s alone: the
// pixels fall into s phases on each axis, and within a phase, X = r + s·t, everything is as in a
// convolution with stride 1 and some of the taps: i = t + (r + p − a·d)/s.
//
//        X   0 1 2 3 4 5 6 7          s = 2, A = 3, p = 1:
//     phase  0 1 0 1 0 1 0 1          phase 0 has tap 1, phase 1 has taps 0 and 2
//
// So both directions are one loop over phases (forward has one), and a Phase says for an axis:
// result t of the phase is number first + step·t of the axis; its m-th tap is number
// tap + tap_step·m of the kernel and meets the source at t·source_step + offset + offset_step·m.
#pragma once

#include "../geometry.h"

namespace minicnn {
namespace {

// A 1×1 convolution does not care which pixels are neighbours, so its short rows are joined into
// longer ones, which make better tiles.
inline Geometry merged(const Geometry& geometry) {
    Geometry result = geometry;
    for (const Axis& a : geometry.axis) {
        if (a.kernel != 1 || a.stride != 1 || a.padding != 0 || a.size != a.output) return result;
    }
    constexpr int64_t long_enough = 256;
    Axis &depth = result.axis[0], &rows = result.axis[1], &columns = result.axis[2];
    rows.size *= depth.size;
    depth.size = depth.output = 1;
    int64_t join = 1;
    for (int64_t k = 2; k <= rows.size && k * columns.size <= long_enough; ++k) {
        if (rows.size % k == 0) join = k;
    }
    rows.size = rows.output = rows.size / join;
    columns.size = columns.output = columns.size * join;
    return result;
}

struct Phase {
    int64_t first = 0, step = 1, count = 0;
    int64_t tap = 0, tap_step = 1, taps = 0;
    int64_t offset = 0, offset_step = 0, source_step = 1;

    int64_t lowest() const {
        return offset + (offset_step < 0 ? offset_step * (taps - 1) : 0);
    }
    int64_t highest() const {
        return offset + (offset_step > 0 ? offset_step * (taps - 1) : 0);
    }
};

inline int64_t greatest_common_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// One axis of a correlation: `source` numbers in, `result` numbers out, in `phases` phases.
struct Correlation {
    Axis axis;
    bool backward = false;  // the input gradient

    int64_t source() const { return backward ? axis.output : axis.size; }
    int64_t result() const { return backward ? axis.size : axis.output; }
    int64_t phases() const { return backward ? std::min(axis.stride, axis.size) : 1; }
    int64_t source_step() const { return backward ? 1 : axis.stride; }

    Phase phase(int64_t r) const {
        Phase phase;
        if (!backward) {
            phase.count = axis.output;
            phase.taps = axis.kernel;
            phase.offset = -axis.padding;
            phase.offset_step = axis.dilation;
            phase.source_step = axis.stride;
            return phase;
        }
        const int64_t s = axis.stride, d = axis.dilation;
        const int64_t shared = greatest_common_divisor(s, d);
        phase.first = r;
        phase.step = s;
        phase.count = (axis.size - r + s - 1) / s;
        phase.tap_step = s / shared;
        phase.offset_step = -(d / shared);
        // The first tap that belongs to this phase, if one does: they repeat every s/shared taps.
        int64_t a = 0;
        while (a < std::min(phase.tap_step, axis.kernel) && (r + axis.padding - a * d) % s != 0) {
            ++a;
        }
        if (a < std::min(phase.tap_step, axis.kernel)) {
            phase.tap = a;
            phase.taps = (axis.kernel - a + phase.tap_step - 1) / phase.tap_step;
            phase.offset = (r + axis.padding - a * d) / s;
        }
        return phase;
    }

    // The lowest and highest offset of any tap in any phase that has taps.
    Range offsets() const {
        Range all{0, 0};
        bool found = false;
        for (int64_t r = 0; r < phases(); ++r) {
            const Phase p = phase(r);
            if (p.taps == 0) continue;
            all.begin = found ? std::min(all.begin, p.lowest()) : p.lowest();
            all.end = found ? std::max(all.end, p.highest() + 1) : p.highest() + 1;
            found = true;
        }
        return all;
    }
};

}  // namespace
}  // namespace minicnn
