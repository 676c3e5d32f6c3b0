// The output channels of a correlation in panels: how wide these are, and what each needs.
//
// A panel has the channels that a tile computes at once. Each has its filters packed in the order in
// which the tile reads them, for every phase, and they share a table that leads from a result to the
// pixels that it meets in a band. What is done with them is in rows.h.
#pragma once

#include "band.h"
#include "filters.h"
#include "sampled.h"
#include "shape.h"

namespace minicnn {
namespace {

template <class T>
class Panels {
  public:
    Panels(const Geometry& geometry, bool backward)
        : given_(geometry),
          samples_(!backward && samples_pixels(geometry)),
          geometry_(merged(samples_ ? sampled(geometry) : geometry)),
          correlation_{{geometry_.axis[0], backward},
                       {geometry_.axis[1], backward},
                       {geometry_.axis[2], backward}},
          roles_(geometry, backward),
          grid_(correlation_),
          shape_(sums()) {
        panels_ = (roles_.out + shape_.width - 1) / shape_.width;
    }

    // How the filters are packed, for ../prepared.h, as a number of its own.
    int64_t packing() const { return 2 * shape_.width + (order().taps_first ? 1 : 0); }
    int64_t packed_size() const { return roles_.groups * panels_ * Layout(*this).size(); }

    // All filters: (groups, panels, phases, K, width).
    void pack_all(const T* w, T* packed) const {
        const Layout layout(*this);
        parallel_for(roles_.groups * panels_, 2.0 * layout.size(), [&](int64_t item) {
            pack(w, item / panels_, item % panels_, layout, packed + item * layout.size());
        });
    }

  protected:
    Geometry given_;
    bool samples_;       // see sampled.h
    Geometry geometry_;
    Correlation correlation_[3];
    Roles roles_;
    PhaseGrid grid_;
    Shape<T> shape_;
    int64_t panels_;

    TapOrder order() const { return {shape_.lanes_are == Lanes::images}; }

    Sums sums() const {
        Sums sums{geometry_.batch, roles_.in, roles_.out, columns(),
                  roles_.in * geometry_.taps() / grid_.count(), false, 1.0};
        // Bundles of images are for short rows, whose results lie side by side; for channels enough
        // to make use of each vector that is read; and for bands that fit into the cache although
        // they hold many images.
        constexpr int64_t short_row = 64, enough = 3;
        if (geometry_.batch == 1 || correlation_[2].phases() > 1 || columns() > short_row ||
            roles_.out < enough) {
            return sums;
        }
        const Band band(correlation_, 1, lanes<T>);
        const double bytes = static_cast<double>(band.plane * roles_.in) * sizeof(T);
        sums.bundles = bytes <= static_cast<double>(band_bytes);
        const Phase phase = correlation_[2].phase(0);
        constexpr int64_t side_by_side = 3;  // columns of a tile, mostly
        int64_t met = 0;
        for (int64_t t = 0; t < phase.count; t += side_by_side) {
            const int64_t now = std::min(side_by_side, phase.count - t);
            met += now * taps_met(2, phase, t, now).count();
        }
        if (met == 0) return sums;
        sums.met = static_cast<double>(met) / static_cast<double>(phase.count * phase.taps);
        return sums;
    }

    // Results of the largest phase, along the columns and another axis.
    int64_t rows_of_phase(int axis) const {
        const Correlation& c = correlation_[axis];
        return (c.result() + c.phases() - 1) / c.phases();
    }
    int64_t columns() const { return rows_of_phase(2); }
    int64_t source_plane() const {
        return correlation_[0].source() * correlation_[1].source() * correlation_[2].source();
    }
    int64_t result_plane() const {
        return correlation_[0].result() * correlation_[1].result() * correlation_[2].result();
    }

    template <class Body>
    void for_each_phase(const Body& body) const {
        for (int64_t r0 = 0; r0 < grid_.counts[0]; ++r0) {
            for (int64_t r1 = 0; r1 < grid_.counts[1]; ++r1) {
                for (int64_t r2 = 0; r2 < grid_.counts[2]; ++r2) {
                    body(grid_.number(r0, r1, r2), correlation_[0].phase(r0),
                         correlation_[1].phase(r1), correlation_[2].phase(r2));
                }
            }
        }
    }

    // Where each phase's filters (of one panel) begin, and its offsets, which lead from a result to
    // the pixels that it meets in a band.
    struct Layout {
        int64_t phases;
        Scratch<int64_t> filter_at, offset_at;

        explicit Layout(const Panels& panels)
            : phases(panels.grid_.count()), filter_at(phases + 1), offset_at(phases + 1) {
            int64_t K = 0;
            panels.for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1,
                                      const Phase& p2) {
                offset_at[number] = K;
                filter_at[number] = K * panels.shape_.width;
                K += panels.roles_.in * p0.taps * p1.taps * p2.taps;
            });
            offset_at[phases] = K;
            filter_at[phases] = K * panels.shape_.width;
        }
        int64_t size() const { return filter_at[phases]; }      // numbers in a panel's filters
        int64_t offsets() const { return offset_at[phases]; }
    };

    // The filters of one panel, for every phase: (phases, K, width).
    void pack(const T* w, int64_t group, int64_t panel, const Layout& layout, T* packed) const {
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            pack_panel(w + group * roles_.group_step, roles_, geometry_.axis, p0, p1, p2,
                       order(), panel * shape_.width, shape_.width,
                       packed + layout.filter_at[number]);
        });
    }

    void find_offsets(const Band& band, const Layout& layout, int32_t* offsets) const {
        for_each_phase([&](int64_t number, const Phase& p0, const Phase& p1, const Phase& p2) {
            int32_t* to = offsets + layout.offset_at[number];
            for (int64_t m0 = 0; m0 < p0.taps; ++m0) {
                for (int64_t m1 = 0; m1 < p1.taps; ++m1) {
                    order().for_each(roles_.in, p2.taps, [&](int64_t c, int64_t m2) {
                        const int64_t place =
                            band.at(p0.offset + m0 * p0.offset_step - band.offsets[0].begin,
                                    p1.offset + m1 * p1.offset_step - band.offsets[1].begin,
                                    p2.offset + m2 * p2.offset_step - band.offsets[2].begin);
                        *to++ = static_cast<int32_t>(c * band.plane + place);
                    });
                }
            }
        });
    }

    void pad_bias(const T* bias, T* padded) const {
        for (int64_t group = 0; group < roles_.groups; ++group) {
            for (int64_t o = 0; o < panels_ * shape_.width; ++o) {
                *padded++ = bias != nullptr && o < roles_.out ? bias[group * roles_.out + o] : T(0);
            }
        }
    }

    // Which taps of the phase (the m-th to the n-th) meet the source at any of `count` results from
    // the t-th on, along an axis.
    Range taps_met(int axis, const Phase& phase, int64_t t, int64_t count) const {
        const int64_t size = correlation_[axis].source(), step = phase.offset_step;
        const int64_t first = t * phase.source_step + phase.offset;
        const int64_t last = first + (count - 1) * phase.source_step;
        const auto misses = [&](int64_t m) {
            return last + m * step < 0 || first + m * step >= size;
        };
        Range met{0, phase.taps};
        while (met.begin < met.end && misses(met.begin)) ++met.begin;
        while (met.end > met.begin && misses(met.end - 1)) --met.end;
        return met;
    }
};

}  // namespace
}  // namespace minicnn
